//! `bkend file`: sent, listed, fetched, changed and deleted.

use std::fs;

use serde_json::Value;

use crate::bkend::{Bkend, Ran, run};

/// Runs a command whose arguments may hold spaces, and checks how it ends.
#[track_caller]
fn ran(bkend: &Bkend, code: i32, arguments: &[&str]) -> Ran {
    let ran = run(bkend.command("").args(arguments));
    assert_eq!(ran.code, code, "{arguments:?}: {ran:?}");
    ran
}

fn json(bkend: &Bkend, arguments: &[&str]) -> Value {
    ran(bkend, 0, &[&["--json"], arguments].concat()).json()
}

#[test]
fn a_file_goes_there_and_comes_back() {
    let bkend = Bkend::new();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("photo of me.jpg");
    let bytes: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
    fs::write(&path, &bytes).expect("written");
    let path = path.to_str().expect("text");

    let file = json(&bkend, &["file", "upload", path, "--visibility", "public"]);
    assert_eq!((&file["originalName"], &file["mimeType"]), (&"photo of me.jpg".into(), &"image/jpeg".into()));
    assert_eq!((&file["size"], &file["visibility"]), (&300_000.into(), &"public".into()));
    let list = json(&bkend, &["file", "list"]);
    assert_eq!((&list["items"][0], &list["pagination"]["total"]), (&file, &1.into()));
    assert_eq!(json(&bkend, &["file", "show", "photo of me.jpg"]), file);

    let back = folder.path().join("back.jpg");
    let back = back.to_str().expect("text");
    ran(&bkend, 0, &["file", "download", "photo of me.jpg", "--output", back]);
    assert_eq!(fs::read(back).expect("it is there"), bytes);
    let refused = ran(&bkend, 4, &["file", "download", "photo of me.jpg", "--output", back]);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    ran(&bkend, 0, &["file", "download", "photo of me.jpg", "--output", back, "--force"]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing beside the two");

    let id = file["id"].as_str().expect("an id");
    let private = json(&bkend, &["file", "visibility", id, "private"]);
    assert_eq!((&private["visibility"], private.get("url")), (&"private".into(), None));
    assert_eq!(ran(&bkend, 2, &["file", "delete", id]).stdout, "", "nobody can be asked");
    ran(&bkend, 0, &["file", "delete", id, "--yes"]);
    ran(&bkend, 3, &["file", "get", id]);
    ran(&bkend, 3, &["file", "get", "photo of me.jpg"]);
}

#[test]
fn a_large_file_goes_in_parts_past_the_bound_of_one() {
    let bkend = Bkend::new();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("large.bin");
    let size = 101 << 20;
    fs::File::create(&path).and_then(|file| file.set_len(size)).expect("a sparse file");
    let file = json(&bkend, &["file", "upload", path.to_str().expect("text")]);
    assert_eq!((&file["size"], &file["mimeType"]), (&size.into(), &"application/octet-stream".into()));
    let back = folder.path().join("back.bin");
    ran(&bkend, 0, &["file", "download", "large.bin", "--output", back.to_str().expect("text")]);
    assert_eq!(fs::metadata(back).expect("it is there").len(), size);
}

#[test]
fn names_that_mean_nothing_or_too_much_are_told() {
    let bkend = Bkend::new();
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("twice.txt");
    fs::write(&path, "x").expect("written");
    let path = path.to_str().expect("text");
    ran(&bkend, 0, &["file", "upload", path]);
    ran(&bkend, 0, &["file", "upload", path]);
    let refused = ran(&bkend, 2, &["file", "get", "twice.txt"]);
    assert!(refused.stderr.contains("by its id"), "{}", refused.stderr);
    ran(&bkend, 2, &["file", "upload", folder.path().to_str().expect("text")]);
    ran(&bkend, 2, &["file", "upload", "no such file"]);
    ran(&bkend, 2, &["file", "visibility", "twice.txt", "open"]);
}
