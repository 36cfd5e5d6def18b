//! The verification against a server that isolates, and against ones that do not.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::{
    client::Target,
    domain::{
        EnvironmentId, EnvironmentName, KeyId, ProjectId, TableId, Timestamp,
        api::{ProjectStatus, Usage},
        list::{Pagination, Window},
    },
};

/// What the server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Rows of all environments lie in one table, and nobody filters them.
    SharedRows,
    /// The legacy header names the environment, whatever the key says.
    TrustsHeader,
    /// A user's token counts wherever it comes.
    SharedTokens,
    /// A file is shown to whoever knows its id.
    SharedFiles,
    /// A key opens the management plane too.
    KeyIsOperator,
    /// It fails under load.
    Overloaded,
}

/// Just enough of a backend. Everything is listed with its environment.
#[derive(Debug, Default)]
struct Backend {
    environments: Vec<(EnvironmentId, &'static str)>,
    tables: Vec<(String, String)>,
    rows: Vec<(String, String, Value)>,
    keys: Vec<(String, Value)>,
    files: Vec<(String, Value)>,
    users: Vec<(String, Value)>,
    requests: usize,
}

type Shared = (Fault, Arc<Mutex<Backend>>);

fn entropy() -> Entropy {
    Entropy::system()
}

const NOW: Timestamp = Timestamp::from_millis(1);

async fn answer(State((fault, backend)): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    let body: Map<String, Value> = serde_json::from_slice(&body).unwrap_or_default();
    let path = parts.uri.path().trim_start_matches('/').to_owned();
    let segments: Vec<_> = path.split('/').collect();
    let mut backend = backend.lock().expect("not poisoned");
    backend.requests += 1;
    if fault == Fault::Overloaded && backend.requests > 40 {
        return refusal(503);
    }
    match segments[..] {
        ["management", "v1", "environments", environment, ref rest @ ..] => {
            let operator = parts.headers.get("authorization").is_some_and(|value| value == "Bearer operator");
            if !operator && fault != Fault::KeyIsOperator {
                return refusal(401);
            }
            match rest {
                ["v1", "users"] => {
                    let here = backend.users.iter().filter(|(of, _)| of == environment).map(|(_, user)| user);
                    let page = json!({ "items": here.collect::<Vec<_>>(), "pagination": no_pages() });
                    Json(json!({ "data": page })).into_response()
                }
                ["users", id] => {
                    let index = backend.users.iter().position(|(_, user)| user["id"] == *id).expect("it was made");
                    Json(backend.users.remove(index).1).into_response()
                }
                ["v1", "files", rest @ ..] => files(&mut backend, environment, parts.method.as_str(), rest, &body),
                ["v1", "data", table] => data(&mut backend, fault, environment, parts.method.as_str(), &[*table], body),
                _ => manage(&mut backend, environment, parts.method.as_str(), rest, &body),
            }
        }
        ["v1", "auth" | "users", ref rest @ ..] => match environment_of(&backend, fault, &parts.headers) {
            Some(environment) => account(&mut backend, fault, &environment, &parts.headers, rest, &body),
            None => refusal(401),
        },
        // An address takes bytes and shows none: what is in it is private.
        ["v1", "objects", ..] if parts.method == "PUT" => ([("etag", "\"1\"")], "").into_response(),
        ["v1", "objects", ..] => refusal(403),
        ["v1", "files", ref rest @ ..] => match environment_of(&backend, fault, &parts.headers) {
            Some(environment) => {
                let seen = |of: &String| *of == environment || fault == Fault::SharedFiles;
                let file = backend.files.iter().find(|(of, file)| seen(of) && rest.first() == Some(&text(&file["id"])));
                file.map_or_else(|| refusal(404), |(_, file)| Json(file).into_response())
            }
            None => refusal(401),
        },
        ["v1", "data", ref rest @ ..] | ["v1", ref rest @ ..] => {
            match environment_of(&backend, fault, &parts.headers) {
                Some(environment) if is_foreign(&environment, fault, &parts.headers) => refusal(403),
                Some(environment) => data(&mut backend, fault, &environment, parts.method.as_str(), rest, body),
                None => refusal(401),
            }
        }
        _ => refusal(404),
    }
}

/// Files, as the operator plants and removes them.
fn files(backend: &mut Backend, environment: &str, method: &str, rest: &[&str], body: &Map<String, Value>) -> Response {
    match (method, rest) {
        ("POST", ["presigned-url"]) => {
            let key = format!("http://any.name/v1/objects/{environment}/{}/name", backend.requests);
            let url = format!("{key}?signature=1");
            let upload = json!({
                "url": url, "key": key, "filename": "name", "contentType": "text/plain", "fileId": "1",
                "expiresAt": NOW
            });
            Json(json!({ "data": upload })).into_response()
        }
        ("POST", []) => {
            let file = json!({
                "id": format!("file-{}", backend.requests), "s3Key": body["s3Key"], "key": body["s3Key"],
                "originalName": "name", "mimeType": "text/plain", "size": 1, "visibility": "private", "ownerId": "",
                "ownerType": "service", "metadata": body["metadata"], "createdAt": NOW, "updatedAt": NOW
            });
            backend.files.push((environment.to_owned(), file.clone()));
            Json(json!({ "data": file })).into_response()
        }
        ("DELETE", [id]) => {
            let index = backend.files.iter().position(|(_, file)| file["id"] == *id).expect("it was made");
            Json(json!({ "data": backend.files.remove(index).1 })).into_response()
        }
        _ => refusal(404),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn environment_of(backend: &Backend, fault: Fault, headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let key = text("x-api-key").or_else(|| text("authorization")?.strip_prefix("Bearer "))?;
    let (own, _) = backend.keys.iter().find(|(_, other)| other["key"] == key)?;
    let claimed = text("x-environment").filter(|_| fault == Fault::TrustsHeader);
    let claimed = backend.environments.iter().find(|(_, name)| Some(*name) == claimed);
    Some(claimed.map_or_else(|| own.clone(), |(id, _)| id.to_string()))
}

/// Tokens here are the environment's id and the user's.
fn token(headers: &HeaderMap) -> Option<(&str, &str)> {
    headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?.split_once('/')
}

fn is_foreign(environment: &str, fault: Fault, headers: &HeaderMap) -> bool {
    fault != Fault::SharedTokens && token(headers).is_some_and(|(of, _)| of != environment)
}

fn account(
    backend: &mut Backend,
    fault: Fault,
    environment: &str,
    headers: &HeaderMap,
    rest: &[&str],
    body: &Map<String, Value>,
) -> Response {
    if is_foreign(environment, fault, headers) {
        return refusal(403);
    }
    match rest {
        ["email", "signup"] => {
            let id = format!("user-{}", backend.requests);
            let user = json!({
                "id": id, "email": body["email"], "name": body["name"], "nickname": null, "role": "user",
                "emailVerified": null, "image": null, "onboardingStatus": "pending", "createdAt": NOW, "updatedAt": NOW
            });
            backend.users.push((environment.to_owned(), user.clone()));
            let token = format!("{environment}/{id}");
            Json(json!({
                "accessToken": token, "refreshToken": token, "tokenType": "Bearer", "expiresIn": 1, "user": user
            }))
            .into_response()
        }
        ["me"] => {
            let id = token(headers).map(|(_, id)| id);
            let found = backend.users.iter().find(|(_, user)| user["id"].as_str() == id);
            found.map_or_else(|| refusal(401), |(_, user)| Json(user).into_response())
        }
        _ => refusal(401),
    }
}

fn no_pages() -> Pagination {
    Pagination::new(0, Window { page: 1, limit: 1 })
}

fn data(
    backend: &mut Backend,
    fault: Fault,
    environment: &str,
    method: &str,
    rest: &[&str],
    body: Map<String, Value>,
) -> Response {
    let [table, id @ ..] = rest else { return refusal(404) };
    if !backend.tables.iter().any(|(of, name)| of == environment && name == table) {
        return refusal(404);
    }
    let seen = |of: &String| of == environment || fault == Fault::SharedRows;
    match (method, id) {
        ("POST", []) => {
            let mut row = body;
            row.insert("id".into(), format!("row-{}", backend.rows.len()).into());
            let row = Value::Object(row);
            backend.rows.push((environment.to_owned(), (*table).to_owned(), row.clone()));
            Json(json!({ "data": row })).into_response()
        }
        ("GET", []) => {
            let rows = backend.rows.iter().filter(|(of, name, _)| seen(of) && name == table);
            let items: Vec<_> = rows.map(|(_, _, row)| row).collect();
            Json(json!({ "items": items })).into_response()
        }
        ("GET", [id]) => {
            let row = backend.rows.iter().find(|(of, name, row)| seen(of) && name == table && row["id"] == *id);
            row.map_or_else(|| refusal(404), |(_, _, row)| Json(row).into_response())
        }
        _ => refusal(404),
    }
}

fn manage(
    backend: &mut Backend,
    environment: &str,
    method: &str,
    rest: &[&str],
    body: &Map<String, Value>,
) -> Response {
    match (method, rest) {
        ("GET", ["keys"]) => {
            let items: Vec<_> = backend.keys.iter().filter(|(of, _)| of == environment).map(|(_, key)| key).collect();
            Json(json!({ "items": items, "pagination": no_pages() })).into_response()
        }
        ("POST", ["keys"]) => {
            let id = KeyId::generate(&entropy(), NOW);
            let key = json!({
                "id": id, "environmentId": environment, "name": body["name"], "type": body["type"],
                "key": format!("key-of-{id}"), "mask": "key", "scopes": [], "expiresAt": null, "lastUsedAt": null,
                "createdAt": NOW
            });
            backend.keys.push((environment.to_owned(), key.clone()));
            Json(key).into_response()
        }
        ("DELETE", ["keys", id]) => {
            let index = backend.keys.iter().position(|(_, key)| key["id"] == *id).expect("it was made");
            Json(backend.keys.remove(index).1).into_response()
        }
        ("POST", ["tables"]) => {
            let name = body["name"].as_str().expect("a name").to_owned();
            backend.tables.push((environment.to_owned(), name.clone()));
            Json(table(environment, &name)).into_response()
        }
        ("DELETE", ["tables", name]) => {
            backend.tables.retain(|(of, other)| of != environment || other != name);
            backend.rows.retain(|(of, other, _)| of != environment || other != name);
            Json(table(environment, name)).into_response()
        }
        _ => refusal(404),
    }
}

fn table(environment: &str, name: &str) -> Value {
    json!({
        "id": TableId::generate(&entropy(), NOW), "environmentId": environment, "name": name, "displayName": null,
        "description": null, "status": "deployed", "schema": {}, "indexes": [], "permissions": null, "rows": 0,
        "bytes": 0, "revision": 0, "createdAt": NOW, "updatedAt": NOW
    })
}

fn refusal(status: u16) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, Json(json!({ "error": { "code": "x/y", "message": "no" } }))).into_response()
}

fn environment(project: &ProjectId, name: &str, status: Status) -> Environment {
    Environment {
        id: EnvironmentId::generate(&entropy(), NOW),
        project_id: project.clone(),
        name: EnvironmentName::parse(name).expect("a valid name"),
        kind: crate::domain::EnvironmentType::Custom,
        status,
        step: None,
        reason: None,
        protected: false,
        created_at: NOW,
        updated_at: NOW,
        active_after_ms: None,
        steps: Vec::new(),
        usage: Usage::default(),
    }
}

/// What is found over a server with this fault, and what is left on it.
async fn verified(fault: Fault) -> (Result<Vec<Proof>, Error>, usize) {
    let id = ProjectId::generate(&entropy(), NOW);
    let project = Project {
        id: id.clone(),
        name: "my-app".into(),
        description: None,
        status: ProjectStatus::Active,
        cors_origins: Vec::new(),
        environments: 3,
        created_at: NOW,
        updated_at: NOW,
    };
    let [one, two] = ["one", "two"].map(|name| environment(&id, name, Status::Active));
    let three = environment(&id, "three", Status::Failed);
    let backend =
        Backend { environments: vec![(one.id.clone(), "one"), (two.id.clone(), "two")], ..Backend::default() };
    let backend = Arc::new(Mutex::new(backend));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let router = Router::new().fallback(answer).with_state((fault, Arc::clone(&backend)));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client =
        Client::new(Target { url, token: "operator".to_owned().into(), socket: None }).expect("a usable target");
    let others = [one.clone(), two, three];
    let proofs = verify(&client, &project, &one, &others).await;
    let backend = backend.lock().expect("not poisoned");
    (proofs, backend.tables.len() + backend.rows.len() + backend.keys.len() + backend.users.len() + backend.files.len())
}

async fn failed_kinds(fault: Fault) -> Vec<Kind> {
    let (proofs, left) = verified(fault).await;
    assert_eq!(left, 0, "{fault:?} leaves nothing behind");
    proofs.expect("proofs").into_iter().filter(|proof| !proof.passed).map(|proof| proof.kind).collect()
}

#[tokio::test]
async fn a_server_that_isolates_passes_and_says_what_was_left_out() {
    let (proofs, left) = verified(Fault::None).await;
    assert_eq!(left, 0);
    for proof in proofs.expect("proofs") {
        assert!(proof.passed, "{proof:?}");
        assert!(proof.detail.contains("tried from two") && proof.detail.contains("three (failed)"), "{proof:?}");
    }
}

#[tokio::test]
async fn rows_that_are_shared_are_found() {
    assert_eq!(failed_kinds(Fault::SharedRows).await, [Kind::Rows]);
}

#[tokio::test]
async fn a_header_that_outranks_the_key_is_found() {
    assert_eq!(failed_kinds(Fault::TrustsHeader).await, [Kind::Schema, Kind::Rows, Kind::Users, Kind::Files]);
}

#[tokio::test]
async fn a_token_that_counts_everywhere_is_found() {
    assert_eq!(failed_kinds(Fault::SharedTokens).await, [Kind::Users]);
}

#[tokio::test]
async fn files_that_are_shared_are_found() {
    assert_eq!(failed_kinds(Fault::SharedFiles).await, [Kind::Files]);
}

#[tokio::test]
async fn a_key_that_opens_the_management_plane_is_found() {
    assert_eq!(failed_kinds(Fault::KeyIsOperator).await, [Kind::Keys]);
}

#[tokio::test]
async fn a_server_that_fails_proves_nothing() {
    let (proofs, _) = verified(Fault::Overloaded).await;
    assert!(matches!(proofs, Err(Error::Server { status: 503, .. })), "{proofs:?}");
}
