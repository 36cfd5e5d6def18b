//! The Files page of the console in a pseudo-terminal, over a real backend.

mod harness;

use harness::{
    Backend,
    terminal::{ENTER, ESCAPE, Terminal},
    until,
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn files_come_are_read_shown_to_others_and_deleted() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let key = backend.secret_key(&dev, "server", &[]).await;
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("dev is active, live", |screen| screen.contains("Active") && screen.contains("● live"));
    terminal.keys("gf");
    terminal.wait_for("dev has no file yet");
    // Another client: nobody presses a key.
    let settings =
        backend.file(&key, "settings.json", &json!({"mimeType": "application/json"}), b"{\"a\":[1,2]}").await;
    terminal.wait_for("▌ settings.json");
    backend.file(&key, "notes.txt", &json!({}), b"one\ntwo\n").await;
    terminal.wait("the cursor stays", |screen| screen.contains("notes.txt") && screen.contains("▌ settings.json"));
    terminal.keys(ENTER);
    terminal.wait("its JSON", |screen| screen.contains("\"a\": [") && screen.contains("2 of 2"));
    terminal.keys(ESCAPE);
    terminal.wait_for("▌ settings.json");
    terminal.keys("v");
    terminal.wait_for("Who may read it");
    terminal.keys("public");
    terminal.keys(ENTER);
    terminal.wait_for("settings.json is public");
    let path = settings["s3Key"].as_str().expect("an address").to_owned();
    assert_eq!(backend.at(reqwest::Method::GET, &path).send().await.status, 200, "anyone reads it");
    terminal.keys(" k ");
    terminal.wait_for("2 marked");
    terminal.keys("d");
    terminal.wait_for("2 files, 19 B altogether: notes.txt, settings.json");
    terminal.keys("2 files");
    terminal.keys(ENTER);
    terminal.wait_for("2 files are deleted");
    terminal.wait_for("dev has no file yet");
    until("their bytes go", async || backend.objects_on_disk(&dev.id) == (0, 0)).await;
}
