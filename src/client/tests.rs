//! The client against a server that answers what the test tells it to.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Query, Request},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, UnixListener};

use super::*;
use crate::domain::{Timestamp, api::Event, id::Entropy, list::Direction};

/// Serves `router` until the test's runtime ends.
async fn serve(router: Router) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    client(url)
}

fn client(url: String) -> Client {
    Client::new(Target { url, token: "token".to_owned().into(), socket: None }).expect("a usable target")
}

fn project_json(name: &str) -> Value {
    let now = Timestamp::from_millis(0);
    json!({
        "id": ProjectId::generate(&Entropy::system(), now), "name": name, "description": null, "status": "active",
        "corsOrigins": [], "environments": 0, "createdAt": now, "updatedAt": now
    })
}

fn failure(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, Json(json!({ "error": { "code": code, "message": "because" } }))).into_response()
}

#[tokio::test]
async fn a_get_is_tried_three_times_and_a_post_once() {
    let (gets, posts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (get_count, post_count) = (Arc::clone(&gets), Arc::clone(&posts));
    let list = move || async move {
        match get_count.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => failure(503, "common/overloaded"),
            _ => Json(json!({ "items": [], "pagination": Pagination::new(0, Window { page: 1, limit: 1000 }) }))
                .into_response(),
        }
    };
    let create = move || async move {
        post_count.fetch_add(1, Ordering::SeqCst);
        failure(503, "common/overloaded")
    };
    let client = serve(Router::new().route("/management/v1/projects", get(list).post(create))).await;

    assert_eq!(client.projects().await.expect("answered in the end").items, []);
    assert_eq!(gets.load(Ordering::SeqCst), 3);
    let body = CreateProject { name: "shop".into(), description: None };
    let error = client.create_project(&body).await.expect_err("refused");
    assert_eq!(error.status(), Some(503));
    assert_eq!(posts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn all_pages_of_a_list_become_one_that_is_followed_from_the_first() {
    #[derive(serde::Deserialize)]
    struct Paging {
        page: u64,
    }
    let list = |Query(Paging { page }): Query<Paging>| async move {
        let pagination = Pagination::new(3, Window { page, limit: 1 });
        let items = [project_json(&format!("project-{page}"))];
        (
            [(crate::domain::api::EVENT_ID_HEADER, (40 + page).to_string())],
            Json(json!({ "items": items, "pagination": pagination })),
        )
    };
    let client = serve(Router::new().route("/management/v1/projects", get(list))).await;

    let listing = client.projects().await.expect("listed");
    let names: Vec<_> = listing.items.iter().map(|project| project.name.as_str()).collect();
    assert_eq!(names, ["project-1", "project-2", "project-3"]);
    assert_eq!(listing.event_id, Some(41));
    assert_eq!((listing.pagination.total, listing.pagination.total_pages, listing.pagination.has_next), (3, 1, false));
}

#[tokio::test]
async fn every_refusal_keeps_its_status_code_and_sentence() {
    let answers = |headers: HeaderMap, request: Request| async move {
        assert_eq!(headers["authorization"], "Bearer token");
        match request.uri().path().rsplit('/').next().expect("a last segment") {
            "unauthorized" => failure(401, "auth/unauthorized"),
            "missing" => failure(404, "table/not-found"),
            "elsewhere" => failure(404, "common/not-found"),
            "broken" => failure(500, "common/internal-error"),
            "proxy" => (StatusCode::BAD_GATEWAY, "<html>").into_response(),
            "moved" => (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")]).into_response(),
            "words" => "hello".into_response(),
            other => (StatusCode::IM_A_TEAPOT, other.to_owned()).into_response(),
        }
    };
    let client = serve(Router::new().fallback(any(answers))).await;
    let environment = EnvironmentId::generate(&Entropy::system(), Timestamp::from_millis(0));
    let ask = async |name: &str| client.table(&environment, name).await.expect_err("refused");

    let unauthorized = ask("unauthorized").await;
    assert!(matches!(unauthorized, Error::Unauthorized { status: 401, .. }));
    assert!(unauthorized.to_string().contains("set BKEND_TOKEN"), "{unauthorized}");
    let missing = ask("missing").await;
    assert!(missing.is_not_found());
    assert_eq!(missing.to_string(), "because");
    assert_eq!(missing.to_body().error.code, "table/not-found");
    assert!(matches!(ask("broken").await, Error::Server { status: 500, .. }));
    let proxy = ask("proxy").await;
    assert!(matches!(proxy, Error::Server { status: 502, .. }));
    assert!(proxy.to_string().contains(client.url()), "{proxy}");
    for odd in ["moved", "words", "tea", "elsewhere"] {
        assert!(matches!(ask(odd).await, Error::Malformed { .. }), "{odd}");
    }
}

#[tokio::test]
async fn a_name_never_changes_the_path() {
    let seen = Arc::new(Mutex::new(String::new()));
    let seen_by_server = Arc::clone(&seen);
    let record = move |request: Request| async move {
        *seen_by_server.lock().expect("not poisoned") = request.uri().path().to_owned();
        failure(404, "table/not-found")
    };
    let client = serve(Router::new().fallback(any(record))).await;
    let environment = EnvironmentId::generate(&Entropy::system(), Timestamp::from_millis(0));
    client.table(&environment, "../a b?c#d").await.expect_err("not found");
    let path = seen.lock().expect("not poisoned").clone();
    assert!(path.ends_with("/tables/%2E%2E%2Fa%20b%3Fc%23d"), "{path}");
}

#[tokio::test]
async fn rows_come_out_of_the_dual_envelope() {
    let rows = |request: Request| async move {
        let query = request.uri().query().expect("a query").to_owned();
        let pagination = Pagination::new(1, Window { page: 2, limit: 5 });
        let items = [json!({ "id": "1", "query": query })];
        Json(json!({ "success": true, "data": { "items": items, "pagination": pagination }, "items": items }))
    };
    let client = serve(Router::new().fallback(any(rows))).await;
    let environment = EnvironmentId::generate(&Entropy::system(), Timestamp::from_millis(0));
    let query = RowsQuery {
        page: 2,
        limit: 5,
        sort_by: Some("title".into()),
        direction: Direction::Ascending,
        and_filters: Some(json!({ "views": { "$gt": 3 } })),
    };
    let page = client.rows(&environment, "posts", &query).await.expect("read");
    assert_eq!(page.pagination.page, 2);
    assert_eq!(
        page.items[0]["query"],
        "page=2&limit=5&sortDirection=asc&sortBy=title&andFilters=%7B%22views%22%3A%7B%22%24gt%22%3A3%7D%7D"
    );
}

#[tokio::test]
async fn a_server_on_a_unix_socket_answers_for_its_url() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let socket = directory.path().join("socket");
    let listener = UnixListener::bind(&socket).expect("bound");
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/healthz", get(|| async {}))).await });
    let target = Target { url: "http://127.0.0.1:1/".into(), token: "token".to_owned().into(), socket: Some(socket) };
    let client = Client::new(target).expect("a usable target");
    client.health().await.expect("answered");
    assert_eq!(client.url(), "http://127.0.0.1:1");
}

#[tokio::test]
async fn a_port_nobody_listens_on_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    drop(listener);
    let error = client(url).health().await.expect_err("nobody is there");
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[test]
fn a_url_that_is_none_is_refused_before_anything_is_sent() {
    for url in ["", "127.0.0.1:4600", "ftp://host", "http://"] {
        let target = Target { url: url.into(), token: "token".to_owned().into(), socket: None };
        assert!(matches!(Client::new(target), Err(Error::Malformed { .. })), "{url}");
    }
}

/// Fast enough for a test, slow enough that a loaded machine is not taken for a silent one.
const PACE: Pace = Pace {
    silence: Duration::from_millis(400),
    poll: Duration::from_millis(20),
    first_pause: Duration::from_millis(5),
    longest_pause: Duration::from_millis(40),
};

fn follow(client: &Client, from: Option<u64>) -> Events {
    Events::follow(Arc::clone(&client.transport), from, PACE)
}

/// The next update, before a deadline far beyond every wait of the pace.
async fn next(events: &mut Events) -> Update {
    tokio::time::timeout(Duration::from_secs(20), events.next()).await.expect("an update in time").expect("alive")
}

fn event_stream(body: Body) -> Response {
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

#[tokio::test]
async fn a_lost_stream_resumes_after_the_last_event_it_brought() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let asked_by_client = Arc::clone(&asked);
    let stream = move |headers: HeaderMap| async move {
        let from = headers.get("last-event-id").map(|id| id.to_str().expect("text").parse::<u64>().expect("a number"));
        asked_by_client.lock().expect("not poisoned").push(from);
        let id = from.unwrap_or_default() + 1;
        event_stream(format!("id: {id}\nevent: unknown\ndata: {{}}\n\nid: {id}\nevent: reset\ndata: {{}}\n\n").into())
    };
    let client = serve(Router::new().route("/management/v1/events", get(stream))).await;

    let mut events = follow(&client, Some(7));
    for id in [8, 9] {
        assert_eq!(next(&mut events).await, Update::Connected);
        assert_eq!(next(&mut events).await, Update::Event { id, event: Event::Reset });
        assert!(matches!(next(&mut events).await, Update::Disconnected { .. }));
    }
    assert_eq!(asked.lock().expect("not poisoned")[..2], [Some(7), Some(8)]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_puts_everything_in_question() {
    let stream = || async { event_stream("id: 1\nevent: table\ndata: {\"half\n\n".into()) };
    let client = serve(Router::new().route("/management/v1/events", get(stream))).await;
    let mut events = follow(&client, None);
    assert_eq!(next(&mut events).await, Update::Connected);
    assert_eq!(next(&mut events).await, Update::Event { id: 1, event: Event::Reset });
}

#[tokio::test]
async fn a_server_without_the_stream_is_polled() {
    let missing = || async { StatusCode::NOT_FOUND };
    let router = Router::new().route("/healthz", get(|| async {})).fallback(any(missing));
    let client = serve(router).await;
    let mut events = follow(&client, None);
    for _ in 0..3 {
        assert_eq!(next(&mut events).await, Update::Poll);
    }
}

#[tokio::test]
async fn a_server_that_fails_everything_is_disconnected() {
    let broken = || async { failure(500, "common/internal-error") };
    let client = serve(Router::new().fallback(any(broken))).await;
    let mut events = follow(&client, None);
    assert!(matches!(next(&mut events).await, Update::Disconnected { .. }));
}

#[tokio::test]
async fn a_silent_stream_is_polled_until_it_speaks() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let stream = move || async move {
        let quiet = futures_util::stream::pending::<Result<bytes::Bytes, Infallible>>();
        let spoken = futures_util::stream::iter([Ok(bytes::Bytes::from(": warm\n\n"))]);
        event_stream(match count.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => Body::from_stream(quiet),
            _ => Body::from_stream(futures_util::StreamExt::chain(spoken, quiet)),
        })
    };
    let router = Router::new().route("/healthz", get(|| async {})).route("/management/v1/events", get(stream));
    let client = serve(router).await;

    let mut events = follow(&client, Some(3));
    assert_eq!(next(&mut events).await, Update::Connected);
    let mut polls = 0;
    loop {
        match next(&mut events).await {
            Update::Poll => polls += 1,
            Update::Connected => break,
            other => unreachable!("a server that answers is not {other:?}"),
        }
    }
    assert!(polls >= 3, "the second silent stream is polled on, {polls} times");
    assert_eq!(opened.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_refused_token_is_told_and_tried_again() {
    let refuse = post(|| async {}).fallback(|| async { failure(401, "auth/unauthorized") });
    let client = serve(Router::new().route("/management/v1/events", refuse)).await;
    let mut events = follow(&client, None);
    for _ in 0..2 {
        assert!(matches!(next(&mut events).await, Update::Unauthorized { .. }));
    }
}
