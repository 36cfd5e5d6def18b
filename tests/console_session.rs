//! The session: quit, start again, and be where one was.

mod harness;

use std::fs;

use harness::{
    Backend,
    terminal::{ENTER, TAB, Terminal},
};
use serde_json::json;

/// A backend whose `dev` has ten posts.
async fn posts() -> Backend {
    let backend = Backend::start().await;
    let environment = backend.environment("dev").await;
    backend.environment("staging").await;
    let schema = json!({"title": {"bsonType": "string"}, "views": {"bsonType": "int"}});
    backend.open_table(&environment, "posts", schema).await;
    for number in 1..=10 {
        let body = json!({"title": format!("Post {number} of ten"), "views": number});
        backend.post("/v1/data/posts", &body).key(&environment.key).send().await.expect(201);
    }
    backend
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_start_is_where_the_last_one_ended() {
    let backend = posts().await;
    let mut first = Terminal::open(backend.data_dir(), &[]);
    first.wait("it is connected", |screen| screen.contains("● live") && screen.contains("pk_"));
    first.keys("gd");
    first.wait_for("posts");
    first.keys(ENTER);
    first.wait_for("Post 10 of ten");
    first.keys(&format!("/views > 7{ENTER}"));
    first.wait_for("3 of 10 rows");
    first.keys("s");
    first.wait("it is sorted", |screen| {
        let places = ["title ↑", "Post 10", "Post 8", "Post 9"].map(|text| screen.find(text));
        places.is_sorted() && places[0].is_some()
    });
    first.keys("gg");
    first.wait_for("row 1 of 3");
    first.keys("j");
    let left = first.wait("the second row is selected", |screen| screen.contains("row 2 of 3"));
    first.keys("q");
    assert!(first.expect_given_back().success());

    let again = Terminal::open(backend.data_dir(), &[]);
    again.wait("rows, filter, order and cursor are as before", |screen| {
        let page = |screen: &str| screen.lines().skip(3).take(20).map(str::to_owned).collect::<Vec<_>>();
        page(screen) == page(&left)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_session_is_told_and_costs_nothing_else() {
    let backend = posts().await;
    let mut first = Terminal::open(backend.data_dir(), &[]);
    first.wait_for("● live");
    first.keys(&format!("gd{TAB}"));
    first.wait_for("▏2 staging");
    first.keys("q");
    assert!(first.expect_given_back().success());

    let folder = backend.data_dir().join("console");
    let files: Vec<_> = fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    fs::write(&files[0], "{\"version\": 1, \"page\": ").expect("written");

    let mut again = Terminal::open(backend.data_dir(), &[]);
    again.wait_for("the last session cannot be taken up");
    again.wait_for("● live");
    again.keys("q");
    assert!(again.expect_given_back().success());
    let text = fs::read_to_string(&files[0]).expect("a file");
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "the next one took its place: {text}");
}
