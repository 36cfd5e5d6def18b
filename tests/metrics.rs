//! Requests of apps are counted for whoever watches an environment.

mod harness;

use harness::{Backend, Environment};
use reqwest::Method;
use serde_json::{Value, json};

async fn metrics(backend: &Backend, environment: &Environment) -> Value {
    backend.operator(Method::GET, &format!("/environments/{}/metrics", environment.id)).send().await.expect(200)
}

#[tokio::test]
async fn requests_of_apps_are_counted_with_their_errors_and_latencies() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, "posts", json!({"title": {"bsonType": "string", "required": true}})).await;
    let before = metrics(&backend, &dev).await;
    assert_eq!(
        before["total"],
        json!({"requests": 0, "clientErrors": 0, "serverErrors": 0, "p50Ms": null, "p99Ms": null})
    );

    let call = async |body: Value| backend.post("/v1/data/posts", &body).key(&dev.key).send().await;
    for _ in 0..8 {
        call(json!({"title": "a"})).await.expect(201);
    }
    call(json!({})).await.expect(400);
    backend.get("/v1/data/nowhere").key(&dev.key).send().await.expect(404);

    let after = metrics(&backend, &dev).await;
    assert_eq!(after["environmentId"], json!(dev.id));
    assert_eq!(after["total"]["requests"], 10);
    assert_eq!(after["total"]["clientErrors"], 2);
    assert_eq!(after["total"]["serverErrors"], 0);
    let [p50, p99] = ["p50Ms", "p99Ms"].map(|name| after["total"][name].as_f64().expect("a latency"));
    assert!(p50 > 0.0 && p50 <= p99, "{after}");
    let steps = |name: &str| after[name].as_array().expect("steps").clone();
    for name in ["requests", "clientErrors", "serverErrors", "p50Ms", "p99Ms"] {
        assert_eq!(steps(name).len(), 60, "{name}");
    }
    assert_eq!(steps("requests").iter().filter_map(Value::as_u64).sum::<u64>(), 10);
}

#[tokio::test]
async fn what_the_operator_asks_and_what_no_key_admits_is_not_counted() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let mount = format!("/environments/{}/v1/users", dev.id);
    backend.operator(Method::GET, &mount).send().await.expect(200);
    backend.get("/v1/users").key(&format!("pk_{}", "0".repeat(64))).send().await.expect(401);
    assert_eq!(metrics(&backend, &dev).await["total"]["requests"], 0);
}

#[tokio::test]
async fn a_project_tells_of_the_environments_that_are_asked_and_each_has_its_own_counts() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let staging = backend.environment("staging").await;
    backend.environment("quiet").await;
    for (environment, times) in [(&dev, 3), (&staging, 1)] {
        for _ in 0..times {
            backend.get("/v1/files").key(&environment.key).send().await.expect(200);
        }
    }
    let path = format!("/projects/{}/metrics", backend.project_id().await);
    let list = backend.operator(Method::GET, &path).send().await.expect(200);
    let items = list["items"].as_array().expect("a list");
    let of = |environment: &Environment| {
        let found = items.iter().find(|metrics| metrics["environmentId"] == json!(environment.id));
        found.map(|metrics| metrics["total"]["requests"].clone())
    };
    assert_eq!((of(&dev), of(&staging)), (Some(json!(3)), Some(json!(1))));
    assert_eq!((items.len(), &list["pagination"]["total"]), (2, &json!(2)));
}
