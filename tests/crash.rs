//! Whatever is answered is on the disk, and nothing half-made is ever served: the process is killed
//! at every point where a crash leaves something to mend, and at random under load.
//!
//! The failpoints are in debug builds only; see `store::failpoint`.

mod harness;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use harness::{Backend, Text, until};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

/// Creates `staging` behind the failpoint's back, and does not wait for more than the acceptance.
async fn accepted(backend: &Backend) -> String {
    let path = format!("/projects/{}/environments", backend.project_id().await);
    backend.operator(Method::POST, &path).json(&json!({"name": "staging"})).send().await.expect(202)["id"].text()
}

#[rstest]
#[case("storage.folder")]
#[case("storage.written")]
#[case("storage.renamed")]
#[case("provisioning.system-tables")]
#[case("provisioning.key")]
#[case("provisioning.verify")]
#[case("provisioning.active")]
#[tokio::test(flavor = "multi_thread")]
async fn a_creation_killed_at_any_step_is_finished_by_the_next_start(#[case] failpoint: &str) {
    let backend = Backend::start().await;
    backend.environment("dev").await;
    let armed = backend.armed(failpoint).await;
    let id = accepted(&armed.backend).await;
    let backend = armed.killed_there().await;
    let environment = backend.until_status(&id, "active").await;
    assert_eq!(environment["reason"], Value::Null);
    assert_eq!(environment["usage"]["keys"], 1, "one first key, however often the step was done");
    assert_eq!(environment["usage"]["tables"], 0, "nothing of the probe is left");
    backend.expect_nothing_half_made().await;
    let staging = backend.environment("staging").await;
    backend.open_table(&staging, "posts", json!({})).await;
    backend.post("/v1/data/posts", &json!({"n": 1})).key(&staging.key).send().await.expect(201);
    let tables = backend.operator(Method::GET, &format!("/environments/{id}/tables")).send().await.expect(200);
    assert_eq!(tables["pagination"]["total"], 1);
}

#[rstest]
#[case("deletion.closed")]
#[case("deletion.renamed")]
#[case("deletion.removed")]
#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_killed_at_any_step_is_finished_by_the_next_start(#[case] failpoint: &str) {
    let backend = Backend::start().await;
    let staging = backend.environment("staging").await;
    backend.open_table(&staging, "posts", json!({})).await;
    let armed = backend.armed(failpoint).await;
    let path = format!("/environments/{}", staging.id);
    armed.backend.operator(Method::DELETE, &path).send().await.expect(202);
    let backend = armed.killed_there().await;
    backend.until_gone(&staging.id).await;
    backend.expect_nothing_half_made().await;
    let refused = backend.get("/v1/data/posts").key(&staging.key).send().await;
    refused.expect_error(401, "auth/invalid-token");
    backend.environment("staging").await;
}

#[rstest]
#[case("write.commit", false)]
#[case("write.committed", true)]
#[tokio::test(flavor = "multi_thread")]
async fn a_write_killed_around_its_commit_is_there_whole_or_not_at_all(#[case] failpoint: &str, #[case] there: bool) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, "posts", json!({})).await;
    backend.post("/v1/data/posts", &json!({"n": 1})).key(&dev.key).send().await.expect(201);
    let armed = backend.armed(failpoint).await;
    let (http, url, key) = (armed.backend.http.clone(), armed.backend.url.clone(), dev.key.clone());
    let unanswered = tokio::spawn(async move {
        let body = json!({"n": 2}).to_string();
        http.post(format!("{url}/v1/data/posts")).header("x-api-key", key).body(body).send().await
    });
    let backend = armed.killed_there().await;
    assert!(unanswered.await.expect("the request ends").is_err(), "nothing was promised");
    let list = backend.get("/v1/data/posts").key(&dev.key).send().await.expect(200);
    assert_eq!(list["pagination"]["total"], if there { 2 } else { 1 });
    assert_eq!(list["items"].as_array().map(Vec::len), Some(if there { 2 } else { 1 }), "counter and rows agree");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answered_write_survives_kills_at_random_moments_under_load() {
    const ROUNDS: usize = 4;
    const WRITERS: usize = 8;
    let mut backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, "posts", json!({"n": {"bsonType": "int", "required": true}})).await;
    let answered: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut created: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        let count = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (http, url, key) = (backend.http.clone(), backend.url.clone(), dev.key.clone());
                let (answered, count, stop) = (Arc::clone(&answered), Arc::clone(&count), Arc::clone(&stop));
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let body = json!({"n": writer}).to_string();
                        let request = http.post(format!("{url}/v1/data/posts")).header("x-api-key", &key).body(body);
                        let Ok(response) = request.send().await else { break };
                        if response.status() != 201 {
                            break;
                        }
                        let Ok(row) = response.json::<Value>().await else { break };
                        answered.lock().expect("no writer panics").push(row["id"].text());
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let path = format!("/projects/{}/environments", backend.project_id().await);
        let body = json!({"name": format!("round-{round}")});
        created.push(backend.operator(Method::POST, &path).json(&body).send().await.expect(202)["id"].text());
        // The moment differs from round to round and with the machine's mood.
        let enough = 40 + round * 37;
        until("writes are under way", async || count.load(Ordering::Relaxed) >= enough).await;
        backend = backend.killed_and_restarted().await;
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.await.expect("a writer ends with the connection");
        }
    }
    backend.expect_nothing_half_made().await;
    for id in &created {
        backend.until_status(id, "active").await;
    }
    let answered = answered.lock().expect("no writer panics").clone();
    for id in &answered {
        backend.get(&format!("/v1/data/posts/{id}")).key(&dev.key).send().await.expect(200);
    }
    let total =
        backend.get("/v1/data/posts?limit=1").key(&dev.key).send().await.expect(200)["pagination"]["total"].clone();
    let filter = "/v1/data/posts?limit=1&andFilters=%7B%22n%22%3A%7B%22%24gte%22%3A0%7D%7D";
    let counted = backend.get(filter).key(&dev.key).send().await.expect(200)["pagination"]["total"].clone();
    assert_eq!(total, counted, "the counter equals the rows");
    assert!(total.as_u64().is_some_and(|total| total >= answered.len() as u64));
    let environment = backend.until_status(&dev.id, "active").await;
    assert_eq!(environment["usage"]["rows"], total, "the mirror caught up after the crash");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_creation_says_why_and_a_retry_begins_from_empty_storage() {
    let backend = Backend::start_with(&[], &[("BKEND_FAILPOINT", "provisioning.verify=fail-once")]).await;
    let list = format!("/projects/{}/environments", backend.project_id().await);
    let id = backend.operator(Method::GET, &list).send().await.expect(200)["items"][0]["id"].text();
    let failed = backend.until_status(&id, "failed").await;
    assert_eq!(failed["step"]["name"], "verify");
    assert!(failed["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    backend.operator(Method::POST, &format!("/environments/{id}/retry")).send().await.expect(202);
    let active = backend.until_status(&id, "active").await;
    assert_eq!(active["usage"]["keys"], 1);
    backend.expect_nothing_half_made().await;
}
