//! What was opened, and lists, in the person's pager: it has the terminal meanwhile, and gives it back.

mod harness;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use harness::{
    Backend,
    terminal::{ENTER, Terminal},
};
use serde_json::json;

/// Shows its arguments and the first lines of its input, and waits for a key of the terminal.
const PAGER: &str = "echo \"paging with $*:\"; head -n 12; read answer < /dev/tty; echo \"$answer\" > \"$0.heard\"";

fn script(folder: &Path, text: &str) -> String {
    let path = folder.join("pager");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a script that runs");
    path.to_str().expect("a plain path").to_owned()
}

/// A backend with three posts, and its console in their rows.
async fn opened(variables: &[(&str, &str)]) -> (Backend, Terminal) {
    let backend = Backend::start().await;
    let environment = backend.environment("dev").await;
    backend.open_table(&environment, "posts", json!({"title": {"bsonType": "string"}})).await;
    for number in 1..=3 {
        let body = json!({"title": format!("Post {number}")});
        backend.post("/v1/data/posts", &body).key(&environment.key).send().await.expect(201);
    }
    let mut terminal = Terminal::open_with(backend.data_dir(), &[], variables);
    terminal.wait("it is connected", |screen| screen.contains("● live") && screen.contains("pk_"));
    terminal.keys("gd");
    terminal.wait_for("posts");
    terminal.keys(ENTER);
    terminal.wait_for("Post 3");
    (backend, terminal)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_goes_to_the_pager_and_the_console_comes_back_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let pager = script(folder.path(), PAGER);
    let (_backend, mut terminal) = opened(&[("PAGER", &format!("{pager} -S --chop"))]).await;
    terminal.keys(ENTER);
    let before = terminal.wait("the row is open", |screen| {
        screen.contains("\"title\": \"Post 3\"") && screen.contains("d delete  esc back")
    });

    terminal.keys("|");
    let shown = terminal.wait_for("paging with -S --chop:");
    assert!(!shown.contains("my-app"), "the terminal is the pager's:\n{shown}");
    terminal.wait_for("\"title\": \"Post 3\"");
    terminal.keys("enough\r");
    // Whether a blank was drawn or never touched is nothing that is seen.
    let seen = |screen: &str| screen.lines().map(str::trim_end).map(str::to_owned).collect::<Vec<_>>();
    terminal.wait("the console is back", |screen| seen(screen) == seen(&before));
    let heard = fs::read_to_string(format!("{pager}.heard")).expect("it read a line");
    assert_eq!(heard.trim(), "enough", "what was typed was the pager's");

    terminal.keys("q");
    assert!(terminal.expect_given_back().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_and_a_list_go_there_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_backend, mut terminal) = opened(&[("PAGER", &script(folder.path(), PAGER))]).await;
    terminal.keys("lo");
    terminal.wait_for("text, 6 characters");
    terminal.keys("|");
    terminal.wait("the cell alone is paged", |screen| screen.contains("paging with :\nPost"));
    terminal.keys("\r");
    terminal.wait_for("text, 6 characters");
    terminal.keys("q");
    terminal.wait("the cell is closed", |screen| !screen.contains("text, 6 characters"));

    terminal.keys("|");
    let list = terminal.wait_for("paging with :");
    assert!(!list.contains("my-app"), "{list}");
    terminal.wait("all rows are there", |screen| (1..=3).all(|number| screen.contains(&format!("Post {number}"))));
    terminal.keys("\r");
    terminal.wait_for("● live");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_pager_it_is_less_and_where_that_is_missing_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_backend, mut terminal) = opened(&[("PAGER", ""), ("PATH", folder.path().to_str().expect("text"))]).await;
    terminal.keys(ENTER);
    terminal.wait_for("\"title\": \"Post 3\"");
    terminal.keys("|");
    terminal.wait_for("less could not be started");
    let screen = terminal.wait_for("set PAGER to the pager that you use");
    assert!(screen.contains("\"title\": \"Post 3\""), "the console is there whole:\n{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pager_that_fails_is_said() {
    let (_backend, mut terminal) = opened(&[("PAGER", "false")]).await;
    terminal.keys(ENTER);
    terminal.wait_for("\"title\": \"Post 3\"");
    terminal.keys("|");
    terminal.wait_for("false ended with exit status: 1");
}
