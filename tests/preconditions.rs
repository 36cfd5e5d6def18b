//! A change that is meant for one version of a record never takes the place of somebody else's.

mod harness;

use harness::{
    Answer, Backend, Environment, Text,
    posts::{create, posts},
};
use reqwest::Method;
use serde_json::{Value, json};

struct World {
    backend: Backend,
    dev: Environment,
    path: String,
}

impl World {
    async fn new() -> Self {
        let (backend, dev) = posts().await;
        let id = create(&backend, &dev, json!({"title": "one", "note": "\u{e4}\"\\\u{1f600}\n", "ratio": 1.50})).await;
        Self { path: format!("/v1/data/posts/{}", id["id"].text()), backend, dev }
    }

    async fn read(&self) -> (Value, String) {
        let answer = self.backend.get(&self.path).key(&self.dev.key).send().await;
        let tag = tag(&answer);
        (answer.expect(200), tag)
    }

    async fn change(&self, changes: Value, tags: &str) -> Answer {
        self.backend.patch(&self.path, &changes).key(&self.dev.key).header("if-match", tags).send().await
    }

    async fn delete(&self, tags: &str) -> Answer {
        self.backend.delete(&self.path).key(&self.dev.key).header("if-match", tags).send().await
    }
}

fn tag(answer: &Answer) -> String {
    answer.header("etag").expect("an ETag").to_owned()
}

#[tokio::test]
async fn every_answer_that_is_one_record_has_the_tag_of_its_version() {
    let world = World::new().await;
    let body = json!({"title": "two", "note": "\u{e4}\"\\\u{1f600}\n", "ratio": 1.50, "views": 10_000_000_000_i64});
    let created = world.backend.post("/v1/data/posts", &body).key(&world.dev.key).send().await;
    let created_tag = tag(&created);
    let path = format!("/v1/data/posts/{}", created.expect(201)["id"].text());
    let got = world.backend.get(&path).key(&world.dev.key).send().await;
    assert_eq!(tag(&got), created_tag, "a version has one tag, however it is answered");
    let as_operator = format!("/environments/{}{path}", world.dev.id);
    assert_eq!(tag(&world.backend.operator(Method::GET, &as_operator).send().await), created_tag);

    let changed = world.backend.patch(&path, &json!({"views": 1})).key(&world.dev.key).send().await;
    assert_ne!(tag(&changed), created_tag);
    let got = world.backend.get(&path).key(&world.dev.key).send().await;
    assert_eq!(tag(&got), tag(&changed));
    for several in [
        world.backend.get("/v1/data/posts").key(&world.dev.key).send().await,
        world.backend.post("/v1/data/posts", &json!([{"title": "a"}])).key(&world.dev.key).send().await,
        world.backend.delete(&path).key(&world.dev.key).send().await,
    ] {
        assert_eq!(several.header("etag"), None, "{}", several.text);
    }
}

#[tokio::test]
async fn another_version_is_neither_changed_nor_deleted() {
    let world = World::new().await;
    let (_, before) = world.read().await;
    world.change(json!({"views": 1}), &before).await.expect(200);
    let (after, now) = world.read().await;
    for tags in [before.as_str(), "\"other\"", "", &format!("W/{now}")] {
        let refused = world.change(json!({"views": 2}), tags).await;
        refused.expect_error(412, "data/precondition-failed");
        world.delete(tags).await.expect_error(412, "data/precondition-failed");
    }
    assert_eq!(world.read().await, (after, now.clone()), "nothing was written");
    world.change(json!({"views": 3}), "*").await.expect(200);
    let (_, latest) = world.read().await;
    world.delete(&format!("{now}, {latest}")).await.expect(200);
}

#[tokio::test]
async fn what_would_be_refused_anyway_is_refused_for_that_reason() {
    let world = World::new().await;
    let id = world.path.rsplit('/').next().expect("an id").to_owned();
    let nowhere = world.path.replace(&id, &"0".repeat(24));
    for tags in ["*", "\"other\""] {
        let missing = world.backend.patch(&nowhere, &json!({})).key(&world.dev.key).header("if-match", tags);
        missing.send().await.expect_error(404, "data/not-found");
        let missing = world.backend.delete(&nowhere).key(&world.dev.key).header("if-match", tags);
        missing.send().await.expect_error(404, "data/not-found");
    }
    let keyless = world.backend.patch(&world.path, &json!({})).header("if-match", "\"other\"").send().await;
    assert_eq!(keyless.status, 400);
    // A body counts only after the version (RFC 9110, section 13.2.1).
    world.change(json!({"views": "many"}), "\"other\"").await.expect_error(412, "data/precondition-failed");
}

#[tokio::test]
async fn two_writers_who_count_in_one_column_lose_nothing() {
    const EACH: usize = 25;
    let world = World::new().await;
    let writer = async || {
        for _ in 0..EACH {
            loop {
                let (row, tag) = world.read().await;
                let views = row["views"].as_u64().expect("a number") + 1;
                let answer = world.change(json!({"views": views}), &tag).await;
                if answer.status == 200 {
                    break;
                }
                answer.expect_error(412, "data/precondition-failed");
            }
        }
    };
    tokio::join!(writer(), writer());
    assert_eq!(world.read().await.0["views"], 2 * EACH);
}
