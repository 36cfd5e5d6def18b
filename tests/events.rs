//! The event stream: nothing is missed, nothing comes twice, and what is lost is said.

mod harness;

use harness::{
    Backend, Text,
    accounts::{self, User},
    events::Events,
};
use reqwest::Method;
use serde_json::json;

fn stream(backend: &Backend) -> harness::Call {
    backend.operator(Method::GET, "/events")
}

#[tokio::test]
async fn an_environment_is_followed_from_its_creation_to_its_end() {
    let backend = Backend::start().await;
    backend.environment("dev").await;
    let mut events = Events::open(stream(&backend)).await;
    let qa = backend.environment("qa").await;
    let about = |name: &'static str, status: &'static str| {
        let id = qa.id.clone();
        move |event: &harness::events::Event| {
            event.name == name && event.data["id"] == id && (status.is_empty() || event.data["status"] == status)
        }
    };
    events.find(about("environment", "creating")).await;
    events.find(about("environment", "ready")).await;
    events.find(about("environment", "active")).await;
    backend.operator(Method::DELETE, &format!("/environments/{}", qa.id)).send().await.expect(202);
    events.find(about("environment", "deleting")).await;
    events.find(about("environment.deleted", "")).await;
}

#[tokio::test]
async fn tables_keys_rows_and_activity_are_announced() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let mut events = Events::open(stream(&backend)).await;
    backend.open_table(&dev, "posts", json!({})).await;
    let table = events.find(|event| event.name == "table").await;
    assert_eq!((&table.data["name"], &table.data["environmentId"]), (&json!("posts"), &json!(dev.id)));
    backend.post("/v1/data/posts", &json!({"a": 1})).key(&dev.key).send().await.expect(201);
    let write = events.find(|event| event.name == "data").await;
    assert_eq!((&write.data["environmentId"], &write.data["table"]), (&json!(dev.id), &json!("posts")));
    assert!(write.data["revision"].is_u64());
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let key = events.find(|event| event.name == "key" && event.data["name"] == "server").await;
    assert!(!key.data.to_string().contains(&secret), "a secret key is in an event");
    events.find(|event| event.name == "activity" && event.data["target"] == "server").await;
    let path = format!("/environments/{}/tables/posts", dev.id);
    backend.operator(Method::DELETE, &path).send().await.expect(200);
    events.find(|event| event.name == "table.deleted" && event.data["name"] == "posts").await;
}

#[tokio::test]
async fn a_stream_resumed_from_a_list_misses_nothing() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let tables = format!("/environments/{}/tables", dev.id);
    let list = backend.operator(Method::GET, &tables).send().await;
    let resume = list.header("x-event-id").expect("a list says where to resume").to_owned();
    // All of this happens while nobody listens.
    for name in ["a", "b", "c"] {
        backend.open_table(&dev, name, json!({})).await;
    }
    for by_header in [true, false] {
        let call = if by_header {
            stream(&backend).header("last-event-id", &resume)
        } else {
            stream(&backend).query(&[("lastEventId", &resume)])
        };
        let mut events = Events::open(call).await;
        for name in ["a", "b", "c"] {
            let table = events.find(|event| event.name == "table").await;
            assert_eq!(table.data["name"], name);
        }
    }
}

#[tokio::test]
async fn identifiers_count_up_without_a_gap_over_interrupted_streams() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let projects = backend.operator(Method::GET, "/projects").send().await;
    let mut last: u64 = projects.header("x-event-id").expect("an id").parse().expect("a number");
    for round in 0..4 {
        backend.open_table(&dev, &format!("t{round}"), json!({})).await;
        let mut events = Events::open(stream(&backend).header("last-event-id", &last.to_string())).await;
        loop {
            let event = events.next().await.expect("the stream goes on");
            assert_ne!(event.name, "reset");
            assert_eq!(event.id, last + 1, "{event:?}");
            last = event.id;
            if event.name == "table" && event.data["name"] == format!("t{round}") {
                break;
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_known_any_more_is_a_reset() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    for (table, lost) in [("a", "0"), ("b", "1"), ("c", "18446744073709551615")] {
        let mut events = Events::open(stream(&backend).header("last-event-id", lost)).await;
        let reset = events.next().await.expect("an event");
        assert_eq!(reset.name, "reset", "{lost}");
        backend.open_table(&dev, table, json!({})).await;
        let next = events.next().await.expect("an event");
        assert!(next.id > reset.id);
    }
}

#[tokio::test]
async fn a_restart_is_a_reset() {
    let backend = Backend::start().await;
    backend.environment("dev").await;
    let list = backend.operator(Method::GET, "/projects").send().await;
    let before = list.header("x-event-id").expect("an id").to_owned();
    let backend = backend.killed_and_restarted().await;
    let mut events = Events::open(stream(&backend).header("last-event-id", &before)).await;
    assert_eq!(events.next().await.expect("an event").name, "reset");
}

#[tokio::test]
async fn an_id_that_is_no_number_is_refused() {
    let backend = Backend::start().await;
    let answer = stream(&backend).header("last-event-id", "x").send().await;
    answer.expect_refusal(400, "common/invalid-parameters");
}

#[tokio::test]
async fn usage_is_announced_at_most_once_a_second() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, "posts", json!({})).await;
    let mut events = Events::open(stream(&backend)).await;
    let begun = std::time::Instant::now();
    for n in 0..100 {
        backend.post("/v1/data/posts", &json!({"n": n})).key(&dev.key).send().await.expect(201);
    }
    let mut announced = 0;
    loop {
        let event = events.find(|event| event.name == "environment" && event.data["id"] == dev.id).await;
        announced += 1;
        if event.data["usage"]["rows"] == 100 {
            break;
        }
    }
    // One at once, one for every second that has begun since, and one for the last rows.
    let most = begun.elapsed().as_secs() + 2;
    assert!(announced <= most, "{announced} in {:?}", begun.elapsed());
}

#[tokio::test]
async fn who_signs_in_and_out_is_announced_as_they_are() {
    let (backend, dev) = accounts::dev().await;
    let ann = backend.sign_up(&dev, "ann").await;
    let mut events = Events::open(stream(&backend)).await;
    let about_ann = |event: &harness::events::Event| event.name == "user" && event.data["id"] == ann.id;
    let other = backend.sign_in(&dev, &ann).await;
    let signed_in = events.find(about_ann).await;
    assert_eq!((&signed_in.data["environmentId"], &signed_in.data["email"]), (&json!(dev.id), &json!(ann.email)));
    backend.post("/v1/auth/signout", &json!({})).key(&dev.key).bearer(&other.access).send().await.expect(200);
    events.find(about_ann).await;
    let sessions = format!("/environments/{}/users/{}/sessions", dev.id, ann.id);
    backend.operator(Method::DELETE, &sessions).send().await.expect(200);
    events.find(about_ann).await;
}

#[tokio::test]
async fn tokens_renewed_over_and_over_are_announced_once_a_second() {
    let (backend, dev) = accounts::dev().await;
    let ann = backend.sign_up(&dev, "ann").await;
    let mut events = Events::open(stream(&backend)).await;
    let begun = std::time::Instant::now();
    let mut token = ann.refresh.clone();
    for _ in 0..100 {
        token = User::of(&accounts::refresh(&backend, &dev, &token).await.expect(200)).refresh;
    }
    // The last event of all: it is told when it is committed.
    backend.sign_up(&dev, "bob").await;
    let mut announced = 0;
    loop {
        let event = events.find(|event| event.name == "user").await;
        if event.data["email"] == "bob@example.com" {
            break;
        }
        announced += 1;
    }
    let most = begun.elapsed().as_secs() + 2;
    assert!((1..=most).contains(&announced), "{announced} in {:?}", begun.elapsed());
}

#[tokio::test]
async fn streams_have_a_bound_and_a_closed_one_makes_room() {
    let backend = Backend::start().await;
    let mut open = Vec::new();
    let refused = loop {
        let response = stream(&backend).stream().await;
        if response.status() != 200 {
            break response;
        }
        open.push(response);
        assert!(open.len() <= 64, "there is no bound");
    };
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(open.len(), 64);
    drop(open);
    harness::until("there is room again", async || stream(&backend).stream().await.status() == 200).await;
}

#[tokio::test]
async fn the_ids_of_events_and_lists_are_of_one_count() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let mut events = Events::open(stream(&backend)).await;
    backend.open_table(&dev, "posts", json!({})).await;
    let table = events.find(|event| event.name == "table").await;
    let list = backend.operator(Method::GET, &format!("/environments/{}/tables", dev.id)).send().await;
    let at: u64 = list.header("x-event-id").expect("an id").parse().expect("a number");
    assert!(at >= table.id);
    assert_eq!(list.body["items"][0]["id"].text(), table.data["id"].text());
}
