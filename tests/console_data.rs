//! The rows of a table in the console, over a real backend: filtered, written, deleted and put back.

mod harness;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use harness::{
    Backend, Text,
    terminal::{DOWN, ENTER, ESCAPE, TAB, Terminal},
};
use serde_json::{Value, json};

/// A backend with ten posts, and its console in their rows.
async fn opened(folder: &Path, editor: &str) -> (Backend, Environment, Terminal) {
    let backend = Backend::start().await;
    let environment = backend.environment("dev").await;
    let schema = json!({
        "title": {"bsonType": "string", "required": true}, "views": {"bsonType": "int"}, "done": {"bsonType": "bool"}
    });
    backend.open_table(&environment, "posts", schema).await;
    for number in 1..=10 {
        let body = json!({"title": format!("Post {number} of ten"), "views": number, "done": number > 5});
        backend.post("/v1/data/posts", &body).key(&environment.key).send().await.expect(201);
    }
    let editor = script(folder, editor);
    let mut terminal = Terminal::open_with(backend.data_dir(), &[], &[("EDITOR", &editor), ("VISUAL", "")]);
    terminal.wait("it is connected", |screen| screen.contains("● live") && screen.contains("pk_"));
    terminal.keys("gd");
    terminal.wait_for("posts");
    terminal.keys(ENTER);
    terminal.wait_for("Post 10 of ten");
    (backend, environment, terminal)
}

type Environment = harness::Environment;

fn script(folder: &Path, text: &str) -> String {
    let path = folder.join("editor");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a script that runs");
    path.to_str().expect("a plain path").to_owned()
}

async fn row(backend: &Backend, environment: &Environment, views: u64) -> Value {
    let path = format!("/v1/data/posts?andFilters=%7B%22views%22%3A{views}%7D");
    let found = backend.get(&path).key(&environment.key).send().await.expect(200);
    found["data"]["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_filtered_written_deleted_and_put_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (backend, environment, mut terminal) = opened(folder.path(), "exit 1").await;

    terminal.keys(&format!("/vi{TAB}> 8 and do{TAB}"));
    terminal.wait_for("/ views > 8 and done =");
    terminal.keys(&format!("{TAB}t{TAB}{ENTER}"));
    terminal.wait("two rows are left", |screen| screen.contains("2 of 10 rows") && !screen.contains("Post 8 of ten"));
    terminal.keys(ESCAPE);
    terminal.wait_for("Post 8 of ten");

    terminal.keys("n");
    terminal.wait_for("New Row of posts in dev");
    terminal.keys(&format!("Typed here{TAB}77{ENTER}"));
    terminal.wait("it is there", |screen| screen.contains("has a new row") && screen.contains("11 rows"));
    let created = row(&backend, &environment, 77).await;
    assert_eq!((created["title"].text(), created.get("done")), ("Typed here".into(), None));

    terminal.keys("i");
    terminal.wait_for("saves the row");
    terminal.keys(&format!("\x15Typed again{ENTER}"));
    terminal.wait_for("is saved");
    let before = row(&backend, &environment, 77).await;
    assert_eq!(before["title"], "Typed again");

    terminal.keys("d");
    terminal.wait_for("z puts it back");
    assert_eq!(row(&backend, &environment, 77).await, Value::Null);
    terminal.keys("z");
    terminal.wait("it is back", |screen| screen.contains("put back") && cursor(screen).contains("Typed again"));
    assert_eq!(row(&backend, &environment, 77).await, before, "with its id and its times");

    // What another client writes is there without a key, and the cursor stays with its row.
    terminal.keys(DOWN);
    terminal.wait("the cursor moved", |screen| cursor(screen).contains("Post 10 of ten"));
    let body = json!({"title": "From elsewhere"});
    backend.post("/v1/data/posts", &body).key(&environment.key).send().await.expect(201);
    let screen = terminal.wait_for("From elsewhere");
    assert!(cursor(&screen).contains("Post 10 of ten"), "{screen}");
}

fn cursor(screen: &str) -> &str {
    screen.lines().find(|line| line.contains("│ ▌ ")).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_while_an_editor_reads_nothing_is_no_command_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = folder.path().join("done");
    assert!(Command::new("mkfifo").arg(&done).status().expect("it runs").success());
    // As one with a window of its own, it waits for something else than keys.
    let editor = format!("echo in a window\nread -r word < {}", done.display());
    let (backend, environment, mut terminal) = opened(folder.path(), &editor).await;
    let before = row(&backend, &environment, 10).await;
    terminal.keys("E");
    terminal.wait_for("in a window");
    // Whole lines and the beginning of one: a terminal keeps the two apart.
    terminal.keys("d\ngeq");
    terminal.wait_for("geq");
    fs::write(&done, "done\n").expect("the editor reads it");
    terminal.wait_for("Post 10 of ten");
    terminal.keys("n");
    let screen = terminal.wait_for("New Row of posts");
    assert!(!screen.contains("z puts it back"), "{screen}");
    assert_eq!(row(&backend, &environment, 10).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_has_the_terminal_until_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = folder.path().join("seen");
    let editor = format!(
        "printf 'editing %s\\n' \"${{1##*/}}\"\nstat -c %a \"$1\" \"${{1%/*}}\" > {seen}\necho \"$1\" >> {seen}\n\
         read -r word\nsed -i \"s/Post/$word/\" \"$1\"",
        seen = seen.display()
    );
    let (backend, environment, mut terminal) = opened(folder.path(), &editor).await;
    terminal.keys("E");
    terminal.wait_for("editing posts-");
    // What is typed is the editor's: none of it is a command, and `q` would quit.
    terminal.keys("Gqd\n");
    terminal.wait("the console is back", |screen| screen.contains("is saved") && screen.contains("Gqd 10 of ten"));
    assert_eq!(row(&backend, &environment, 10).await["title"], "Gqd 10 of ten");
    let seen = fs::read_to_string(seen).expect("the editor looked");
    let lines: Vec<_> = seen.lines().collect();
    assert_eq!(lines[..2], ["600", "700"], "nobody else can read it");
    assert!(!Path::new(lines[2]).exists(), "the file is gone");
    // Keys are the console's again.
    terminal.keys("n");
    terminal.wait_for("New Row of posts");
}
