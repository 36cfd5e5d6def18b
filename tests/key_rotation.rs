//! A key is replaced while apps use it, and nobody is refused before the overlap is over.

mod harness;

use harness::{Answer, Backend, Environment, Text};
use reqwest::Method;
use serde_json::{Value, json};

struct World {
    backend: Backend,
    dev: Environment,
    keys: String,
}

impl World {
    async fn new() -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        backend.open_table(&dev, "posts", json!({})).await;
        Self { keys: format!("/environments/{}/keys", dev.id), backend, dev }
    }

    async fn create(&self, body: &Value) -> Value {
        self.backend.operator(Method::POST, &self.keys).json(body).send().await.expect(201)
    }

    async fn rotate(&self, key: &Value, body: &Value) -> Answer {
        let path = format!("{}/{}/rotate", self.keys, key["id"].text());
        self.backend.operator(Method::POST, &path).json(body).send().await
    }

    async fn list(&self) -> Vec<Value> {
        let list = self.backend.operator(Method::GET, &self.keys).send().await.expect(200);
        list["items"].as_array().expect("a list").clone()
    }

    async fn named(&self, name: &str) -> Option<Value> {
        self.list().await.into_iter().find(|key| key["name"] == name)
    }

    async fn opens(&self, key: &str) -> u16 {
        self.backend.get("/v1/data/posts").key(key).send().await.status
    }
}

#[tokio::test]
async fn both_keys_work_during_the_overlap_and_the_new_one_has_the_name() {
    let world = World::new().await;
    let before = world.create(&json!({"name": "ci", "type": "secret", "scopes": ["posts:*"]})).await;
    let after = world.rotate(&before, &json!({"overlapSeconds": 3600})).await.expect(201);
    for name in ["name", "type", "scopes", "environmentId", "expiresAt"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!((world.opens(&before["key"].text()).await, world.opens(&after["key"].text()).await), (200, 200));

    let replaced = world.named("ci (replaced)").await.expect("the key before");
    assert_eq!((&replaced["id"], &replaced["replacedBy"]), (&before["id"], &after["id"]));
    let ends = chrono::DateTime::parse_from_rfc3339(&replaced["expiresAt"].text()).expect("an instant");
    let left = ends.signed_duration_since(chrono::Utc::now()).num_seconds();
    assert!((3500..=3600).contains(&left), "{left}");
    assert_eq!(world.named("ci").await.expect("the new key")["key"], Value::Null, "a secret is shown once");
    let activity = format!("/projects/{}/activity", world.backend.project_id().await);
    let lines = world.backend.operator(Method::GET, &activity).send().await.expect(200);
    assert_eq!(
        (lines["items"][0]["action"].text(), lines["items"][0]["target"].text()),
        ("key.rotate".into(), "ci".into())
    );
    assert!(!lines.to_string().contains(&after["key"].text()));
}

#[tokio::test]
async fn without_an_overlap_the_key_before_is_refused_at_once() {
    let world = World::new().await;
    let before = world.create(&json!({"name": "leaked"})).await;
    let after = world.rotate(&before, &json!({"overlapSeconds": 0})).await.expect(201);
    world.backend.get("/v1/data/posts").key(&before["key"].text()).send().await.expect_error(401, "auth/token-revoked");
    assert_eq!(world.opens(&after["key"].text()).await, 200);
    assert_eq!(world.named("leaked (replaced)").await, None);
    world.rotate(&before, &json!({})).await.expect_refusal(409, "key/already-replaced");
}

#[tokio::test]
async fn a_call_that_is_repeated_makes_no_third_key() {
    let world = World::new().await;
    let before = world.create(&json!({"name": "web"})).await;
    let after = world.rotate(&before, &json!({})).await.expect(201);
    let refusal = world.rotate(&before, &json!({})).await.expect_refusal(409, "key/already-replaced");
    assert!(refusal["error"]["message"].text().contains(&after["id"].text()), "{refusal}");
    assert_eq!(world.list().await.len(), 3, "the first of the environment, and two");
    let third = world.rotate(&after, &json!({})).await.expect(201);
    assert_eq!(third["name"], "web");
    assert!(world.named("web (replaced 2)").await.is_some());
}

#[tokio::test]
async fn an_overlap_never_prolongs_a_key_and_the_new_one_lives_as_long_as_it_was_to() {
    let world = World::new().await;
    let soon = (chrono::Utc::now() + chrono::TimeDelta::seconds(600)).to_rfc3339();
    let before = world.create(&json!({"name": "short", "expiresAt": soon})).await;
    let after = world.rotate(&before, &json!({"overlapSeconds": 86400})).await.expect(201);
    assert_eq!(world.named("short (replaced)").await.expect("the key before")["expiresAt"], before["expiresAt"]);
    let instant =
        |key: &Value, name: &str| chrono::DateTime::parse_from_rfc3339(&key[name].text()).expect("an instant");
    let life = |key: &Value| instant(key, "expiresAt").signed_duration_since(instant(key, "createdAt"));
    assert_eq!(life(&after), life(&before));
}

#[tokio::test]
async fn what_cannot_be_rotated_is_refused() {
    let world = World::new().await;
    let key = world.create(&json!({"name": "web"})).await;
    world.rotate(&key, &json!({"overlapSeconds": 2_592_001})).await.expect_refusal(400, "common/invalid-parameters");
    world.rotate(&key, &json!({"overlap": "1h"})).await.expect_refusal(400, "common/invalid-parameters");
    let path = format!("{}/{}", world.keys, key["id"].text());
    world.backend.operator(Method::DELETE, &path).send().await.expect(200);
    world.rotate(&key, &json!({})).await.expect_refusal(404, "key/not-found");
    let staging = world.backend.environment("staging").await;
    let keys = format!("/environments/{}/keys", staging.id);
    let list = world.backend.operator(Method::GET, &keys).send().await.expect(200);
    world.rotate(&list["items"][0], &json!({})).await.expect_refusal(404, "key/not-found");
}

#[tokio::test]
async fn a_rotation_outlives_a_kill() {
    let World { backend, dev, keys } = World::new().await;
    let world = World { backend, dev, keys };
    let before = world.create(&json!({"name": "ci", "type": "secret"})).await;
    let after = world.rotate(&before, &json!({})).await.expect(201);
    let World { backend, dev, keys } = world;
    let world = World { backend: backend.killed_and_restarted().await, dev, keys };
    assert_eq!((world.opens(&before["key"].text()).await, world.opens(&after["key"].text()).await), (200, 200));
    assert_eq!(world.named("ci (replaced)").await.expect("the key before")["replacedBy"], after["id"]);
    assert_eq!(world.opens(&world.dev.key).await, 200);
    world.rotate(&before, &json!({})).await.expect_refusal(409, "key/already-replaced");
}
