//! An import in the console, over a real backend.

mod harness;

use std::{fs, path::Path};

use harness::{
    Backend,
    terminal::{ENTER, ESCAPE, TAB, Terminal},
};
use reqwest::Method;
use serde_json::{Value, json};

const ROWS: usize = 130;

fn export(folder: &Path) {
    for (page, rows) in [(1, 0..100), (2, 100..ROWS)] {
        let items: Vec<Value> =
            rows.map(|row| json!({"id": format!("{row:024x}"), "title": format!("Post {row}")})).collect();
        let pagination = json!({"total": ROWS, "page": page, "limit": 100, "hasNext": page == 1});
        let page_file = folder.join(format!("posts_page{page}.json"));
        fs::write(page_file, json!({"items": items, "pagination": pagination}).to_string()).expect("written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_planned_agreed_to_and_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    export(folder.path());
    let backend = Backend::start().await;
    let environment = backend.environment("dev").await;
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("it is connected", |screen| screen.contains("● live") && screen.contains("pk_"));

    terminal.keys("gdI");
    terminal.wait_for("Import an export into dev");
    terminal.paste(folder.path().to_str().expect("a plain path"));
    terminal.keys(ENTER);
    let plan = terminal.wait_for("imports it, while you go on");
    assert!(plan.contains("130 of 130 values") && plan.contains("is created"), "{plan}");
    let tables = format!("/environments/{}/tables", environment.id);
    assert_eq!(backend.operator(Method::GET, &tables).send().await.expect(200)["items"], json!([]));

    terminal.keys(ENTER);
    terminal
        .wait("it is there", |screen| screen.contains("imported 1 table with 130 rows") && screen.contains("posts"));
    let table = &backend.operator(Method::GET, &tables).send().await.expect(200)["items"][0];
    assert_eq!((&table["name"], &table["rows"]), (&json!("posts"), &json!(ROWS)));

    terminal.keys("I");
    terminal.wait_for("Import an export into dev");
    terminal.paste(folder.path().to_str().expect("a plain path"));
    terminal.keys(ENTER);
    terminal.wait_for("everything of it is imported already");
    terminal.keys(&format!("e{TAB}"));
    terminal.wait_for("reads it and shows the plan");
    terminal.keys(ESCAPE);
}
