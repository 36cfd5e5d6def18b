//! The tabs of an open table, in a pseudo-terminal over a real server: what is designed there is
//! so, and what is copied there works when it is pasted.

mod harness;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Output},
};

use harness::{
    Backend, Environment,
    terminal::{DOWN, ENTER, Terminal},
    until,
};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A console in the only table of `dev`, and a clipboard that a test can read.
struct World {
    terminal: Terminal,
    backend: Backend,
    dev: Environment,
    clipboard: TempDir,
}

impl World {
    async fn with(schema: Value) -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        backend.open_table(&dev, "posts", schema).await;
        for n in 1..=2 {
            let body = json!({"title": format!("Post {n}"), "slug": format!("post-{n}"), "views": n});
            backend.post("/v1/data/posts", &body).key(&dev.key).send().await.expect(201);
        }
        let clipboard = clipboard();
        let path = format!("{}:{}", clipboard.path().display(), std::env::var("PATH").expect("a path"));
        let variables = [
            ("DISPLAY", ":0"),
            ("PATH", &path),
            ("SSH_TTY", ""),
            ("SSH_CONNECTION", ""),
            ("WAYLAND_DISPLAY", ""),
            ("TMUX", ""),
        ];
        let mut terminal = Terminal::open_with(backend.data_dir(), &["--env", "dev"], &variables);
        terminal.wait_for("● live");
        terminal.keys("gd");
        terminal.wait_for("title, slug, views");
        terminal.keys(ENTER);
        terminal.wait_for("post-2");
        Self { terminal, backend, dev, clipboard }
    }

    async fn table(&self) -> Value {
        let path = format!("/environments/{}/tables/posts", self.dev.id);
        self.backend.operator(Method::GET, &path).send().await.expect(200)
    }

    /// What `y` copies.
    async fn copied(&mut self) -> String {
        let file = self.file();
        let _ = fs::remove_file(&file);
        self.terminal.keys("y");
        until("it is copied", async || file.exists()).await;
        fs::read_to_string(file).expect("text")
    }

    fn file(&self) -> PathBuf {
        self.clipboard.path().join("copied")
    }
}

/// A program that takes the place of the desktop's clipboard.
fn clipboard() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let (program, file) = (folder.path().join("xclip"), folder.path().join("copied"));
    let script = format!("#!/bin/sh\ncat > {0}.part && mv {0}.part {0}\n", file.display());
    fs::write(&program, script).expect("a script");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it may run");
    folder
}

/// Pastes into a shell.
fn pasted(text: &str, secret: Option<&str>) -> Output {
    let script = format!("{} -sS -w ' %{{http_code}}'", text.trim_end());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).env_remove("BKEND_SECRET_KEY");
    if let Some(secret) = secret {
        shell.env("BKEND_SECRET_KEY", secret);
    }
    shell.output().expect("a shell")
}

fn columns() -> Value {
    json!({
        "title": {"bsonType": "string", "required": true}, "slug": {"bsonType": "string", "unique": true},
        "views": {"bsonType": "int"}
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_added_and_deleted_and_brought_back() {
    let mut world = World::with(columns()).await;
    world.terminal.keys("]");
    world.terminal.wait_for("3 columns");
    world.terminal.keys("n");
    world.terminal.wait_for("Add a column to posts in dev");
    world.terminal.keys("stars\t");
    world.terminal.keys("l");
    world.terminal.keys(ENTER);
    // The list changes with the event; the server takes the next change once this one is answered.
    world.terminal.wait_for("the column stars of posts is saved");
    world.terminal.wait_for("4 columns");
    assert_eq!(world.table().await["schema"]["properties"]["stars"], json!({"bsonType": "int"}));

    world.terminal.keys(&DOWN.repeat(2));
    world.terminal.wait_for("─ views ─");
    world.terminal.keys("d");
    world.terminal.wait_for("values of 2 rows");
    world.terminal.keys("views");
    world.terminal.keys(ENTER);
    world.terminal.wait_for("the column views of posts is deleted");
    world.terminal.wait_for("3 columns");
    assert_eq!(world.table().await["schema"]["properties"].get("views"), None);

    world.terminal.keys("v");
    world.terminal.wait("the versions are there", |screen| screen.contains("3 ● now") && screen.contains("-views"));
    world.terminal.keys("jb");
    world.terminal.wait_for("+ views int");
    world.terminal.keys("b");
    world.terminal.wait_for("those of version 2 again");
    world.terminal.wait_for("4 ● now");
    assert_eq!(world.table().await["schema"]["properties"]["views"], json!({"bsonType": "int"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_built_and_the_matrix_is_saved_whole() {
    let mut world = World::with(columns()).await;
    world.terminal.keys("]]");
    world.terminal.wait_for("idx_createdAt_desc");
    world.terminal.keys("n");
    world.terminal.wait_for("Add an index to posts in dev");
    world.terminal.keys("views:desc");
    world.terminal.keys(ENTER);
    world.terminal.wait("it is there", |screen| screen.contains("idx_views_desc") && screen.contains("1 index"));
    let indexes = world.table().await["indexes"].clone();
    let made = indexes.as_array().expect("a list").iter().find(|index| index["name"] == "idx_views_desc");
    assert_eq!(made.expect("the index")["fields"], json!({"views": -1}));

    world.terminal.keys("]jj ");
    world.terminal.wait_for("1 change not saved");
    world.terminal.keys("w");
    world.terminal.wait_for("guests may");
    world.terminal.keys(ENTER);
    world.terminal.wait_for("the permissions of posts are saved");
    let matrix = world.table().await["permissions"].clone();
    assert!(["admin", "user", "guest", "self"].iter().all(|group| matrix[group].is_object()), "{matrix}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_says_which_permissions_it_took_along() {
    for name in ["TERM", "INT"] {
        let mut world = World::with(columns()).await;
        world.terminal.keys("]]]jj ");
        world.terminal.wait_for("1 change not saved");
        world.terminal.signal(name);
        world.terminal.wait_for("ended without a question; not saved: the permissions of posts in dev");
        world.terminal.expect_given_back();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_that_is_copied_works_when_it_is_pasted() {
    let mut world = World::with(columns()).await;
    let all = json!({"create": true, "read": true, "list": true, "update": true, "delete": true});
    let path = format!("/environments/{}/tables/posts/permissions", world.dev.id);
    world.backend.operator(Method::PUT, &path).json(&json!({"guest": all})).send().await.expect(200);
    world.terminal.keys("[");
    world.terminal.wait("the calls are there", |screen| screen.contains("DELETE") && !screen.contains("secret key"));
    for (call, status) in [("list", "200"), ("read", "200"), ("create", "201"), ("update", "200"), ("delete", "200")] {
        let text = world.copied().await;
        let answer = pasted(&text, None);
        let said = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(said.ends_with(status), "{call}: {said}\n{}\n{text}", String::from_utf8_lossy(&answer.stderr));
        world.terminal.keys("j");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_guests_may_not_make_takes_a_secret_key_from_a_variable() {
    let mut world = World::with(columns()).await;
    let none = json!({"guest": {"read": true, "list": true}});
    let path = format!("/environments/{}/tables/posts/permissions", world.dev.id);
    world.backend.operator(Method::PUT, &path).json(&none).send().await.expect(200);
    let secret = world.backend.secret_key(&world.dev, "server", &[]).await;
    world.terminal.keys("[");
    world.terminal.wait_for("secret key");
    world.terminal.keys("jj");
    world.terminal.wait_for("Guests may not create here");
    let text = world.copied().await;
    let without = pasted(&text, None);
    assert!(String::from_utf8_lossy(&without.stderr).contains("set it to a secret key"), "{without:?}");
    let with = pasted(&text, Some(&secret));
    let said = String::from_utf8_lossy(&with.stdout).into_owned();
    assert!(said.ends_with("201"), "{said}\n{text}");
    assert_eq!(world.table().await["rows"], 3);
}
