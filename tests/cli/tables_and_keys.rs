use std::{fs::File, process::Stdio};

use crate::bkend::{Bkend, names, run};

#[test]
fn columns_are_words() {
    let bkend = Bkend::new();
    let table = bkend.json("table create posts title:string! views:int tags:array author:reference");
    assert_eq!(table["schema"]["required"], serde_json::json!(["title"]));
    assert_eq!(table["schema"]["properties"]["views"]["bsonType"], "int");
    assert_eq!(table["schema"]["properties"]["author"]["bsonType"], "string");
    assert_eq!(names(&bkend.json("table list")), ["posts"]);
    assert!(bkend.done("table get posts").stdout.contains("title"));
}

#[test]
fn columns_are_a_file() {
    let bkend = Bkend::new();
    let file = bkend.file("columns.json", r#"{"title":{"bsonType":"string","required":true,"unique":true}}"#);
    let table = bkend.json(&format!("table create posts --schema {}", file.display()));
    assert_eq!(table["schema"]["properties"]["title"]["unique"], true);

    // What the API answers for a table is a definition of the same table.
    let copy = bkend.file("copy.json", &table.to_string());
    let stdin = File::open(copy).expect("just written");
    let copied = run(bkend.command("table create copy --schema - --json").stdin(Stdio::from(stdin))).json();
    assert_eq!((&copied["schema"], &copied["indexes"]), (&table["schema"], &table["indexes"]));
}

#[test]
fn a_secret_is_printed_once_and_alone() {
    let bkend = Bkend::new();
    let created = bkend.done("key create ci --type secret --scope posts:read --scope posts:list --expires 90d");
    let secret = created.stdout.trim_end();
    assert!(secret.starts_with("sk_") && secret.len() == 67, "{created:?}");
    assert!(created.stderr.contains("only time"), "{created:?}");

    let list = bkend.json("key list");
    assert_eq!(names(&list), ["default", "ci"]);
    assert_eq!(list["items"][1]["key"], serde_json::Value::Null);
    assert_eq!(list["items"][1]["scopes"], serde_json::json!(["posts:read", "posts:list"]));
    assert!(list["items"][1]["expiresAt"].is_string());
    assert!(!list.to_string().contains(secret));

    assert_eq!(bkend.json("key delete ci --yes")["name"], "ci");
    assert_eq!(names(&bkend.json("key list")), ["default"]);
}
