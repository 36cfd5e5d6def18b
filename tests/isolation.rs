//! The product's promise: what is in one environment is out of reach with every key of another.
//!
//! Each environment gets a marker of its own in a schema, a row, a key's name and a table's name.
//! Then every marker is sought with every other environment's keys on every route there is.

mod harness;

use harness::{Answer, Backend, Call, Environment, Text};
use reqwest::Method;
use serde_json::json;

const NAMES: [&str; 4] = ["dev", "staging", "qa", "prod"];

/// An environment with its marker and everything that carries it.
struct Marked {
    environment: Environment,
    secret: String,
    marker: String,
    row: String,
}

impl Marked {
    async fn new(backend: &Backend, name: &str) -> Self {
        let environment = backend.environment(name).await;
        let marker = format!("marker{}", environment.id.trim_start_matches("env_"));
        let secret = backend.secret_key(&environment, &format!("server-{marker}"), &[]).await;
        let schema = json!({"text": {"bsonType": "string", "description": marker}});
        backend.open_table(&environment, "shared", schema).await;
        backend.open_table(&environment, &marker, json!({})).await;
        let body = json!({"text": marker});
        let row = backend.post("/v1/data/shared", &body).key(&environment.key).send().await.expect(201)["id"].text();
        backend.post(&format!("/v1/data/{marker}"), &body).key(&environment.key).send().await.expect(201);
        Self { environment, secret, marker, row }
    }

    fn keys(&self) -> [&str; 2] {
        [&self.environment.key, &self.secret]
    }
}

async fn marked_environments() -> (Backend, Vec<Marked>) {
    let backend = Backend::start().await;
    let mut environments = Vec::new();
    for name in NAMES {
        environments.push(Marked::new(&backend, name).await);
    }
    (backend, environments)
}

/// Every request of the data plane that could reach for something of `target`.
fn attempts(target: &Marked) -> Vec<(Method, String)> {
    let Marked { marker, row, .. } = target;
    let filter = format!("%7B%22text%22%3A%22{marker}%22%7D");
    let mut attempts = Vec::new();
    for prefix in ["/v1/data", "/v1"] {
        for (method, path) in [
            (Method::GET, format!("{prefix}/shared?limit=100")),
            (Method::GET, format!("{prefix}/shared?andFilters={filter}")),
            (Method::GET, format!("{prefix}/shared/{row}")),
            (Method::PATCH, format!("{prefix}/shared/{row}")),
            (Method::DELETE, format!("{prefix}/shared/{row}")),
            (Method::GET, format!("{prefix}/{marker}")),
            (Method::POST, format!("{prefix}/{marker}")),
            (Method::GET, format!("{prefix}/{marker}/{row}")),
            (Method::PATCH, format!("{prefix}/{marker}/{row}")),
            (Method::DELETE, format!("{prefix}/{marker}/{row}")),
            (Method::GET, format!("{prefix}/shared/spec")),
            (Method::GET, format!("{prefix}/shared/openapi")),
        ] {
            attempts.push((method, path));
        }
    }
    for table in ["users", "accounts", "sessions", "files"] {
        attempts.push((Method::GET, format!("/v1/data/{table}")));
        attempts.push((Method::GET, format!("/v1/data/{table}/{row}")));
    }
    for path in ["/v1/users", "/v1/files", "/v1/auth/me", "/v1/auth/sessions"] {
        attempts.push((Method::GET, path.to_owned()));
    }
    attempts
}

/// The ways in which a caller could try to point a key at another environment.
fn disguises(call: impl Fn() -> Call, target: &Marked) -> Vec<Call> {
    let Environment { id, name, key } = &target.environment;
    vec![
        call(),
        call().header("x-environment", name),
        call().header("x-environment", id).header("x-project-id", "my-app"),
        call().header("x-environment-id", id).header("x-bkend-environment", name),
        call().bearer(key),
        call().bearer(&target.secret),
        call().header("host", &format!("{name}.localhost")),
        call().header("cookie", &format!("environment={id}; x-api-key={key}")),
    ]
}

fn check(answer: &Answer, target: &Marked, what: &str) {
    let own_words = ["data/table-not-found", "data/not-found", "common/not-implemented"];
    // A refusal may repeat the name that the caller sent, and nothing else.
    let repeats = answer.code().is_some_and(|code| own_words.contains(&code));
    assert!(repeats || !answer.text.contains(&target.marker), "{what}: {}", answer.text);
    assert!(answer.status != 200 || !answer.text.contains(&target.row), "{what}: {}", answer.text);
    assert_ne!(answer.status, 201, "{what}: {}", answer.text);
}

#[tokio::test]
async fn no_key_reaches_another_environment_on_any_route() {
    let (backend, environments) = marked_environments().await;
    let mut tried = 0;
    for target in &environments {
        for other in environments.iter().filter(|other| other.environment.id != target.environment.id) {
            for key in other.keys() {
                for (method, path) in attempts(target) {
                    let call = || backend.request(method.clone(), &path).key(key).json(&json!({"text": "taken over"}));
                    for call in disguises(call, target) {
                        let answer = call.send().await;
                        check(&answer, target, &format!("{method} {path} with a key of {}", other.environment.name));
                        tried += 1;
                    }
                }
            }
        }
    }
    assert!(tried > 4 * 3 * 2 * 30 * 8 / 2, "{tried} attempts");
    for target in &environments {
        let path = format!("/v1/data/shared/{}", target.row);
        let row = backend.get(&path).key(&target.environment.key).send().await.expect(200);
        assert_eq!(row["text"], target.marker, "{} is as it was", target.environment.name);
        let rows = backend.get("/v1/data/shared").key(&target.environment.key).send().await.expect(200);
        assert_eq!(rows["pagination"]["total"], 1);
        let rows = backend.get(&format!("/v1/data/{}", target.marker)).key(&target.environment.key).send().await;
        assert_eq!(rows.expect(200)["pagination"]["total"], 1);
    }
}

#[tokio::test]
async fn an_environments_own_keys_do_find_the_marker() {
    // Without this the test above could pass against a server that answers nothing at all.
    let (backend, environments) = marked_environments().await;
    for target in &environments {
        for key in target.keys() {
            for path in ["/v1/data/shared", "/v1/shared"] {
                let answer = backend.get(path).key(key).send().await;
                assert!(answer.text.contains(&target.marker), "{}", answer.text);
                let answer = backend.get(&format!("{path}/{}", target.row)).key(key).send().await;
                assert!(answer.text.contains(&target.marker), "{}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn the_lists_of_an_environment_name_nothing_of_another() {
    let (backend, environments) = marked_environments().await;
    for own in &environments {
        for list in ["keys", "tables", "v1/data/shared"] {
            let path = format!("/environments/{}/{list}?limit=100", own.environment.id);
            let answer = backend.operator(Method::GET, &path).send().await;
            assert!(answer.text.contains(&own.marker), "{path}: {}", answer.text);
            for other in environments.iter().filter(|other| other.environment.id != own.environment.id) {
                assert!(!answer.text.contains(&other.marker), "{path}: {}", answer.text);
                assert!(!answer.text.contains(&other.row), "{path}: {}", answer.text);
            }
        }
        for other in environments.iter().filter(|other| other.environment.id != own.environment.id) {
            for path in [format!("tables/{}", other.marker), format!("v1/data/{}", other.marker)] {
                let path = format!("/environments/{}/{path}", own.environment.id);
                assert_eq!(backend.operator(Method::GET, &path).send().await.status, 404, "{path}");
            }
            let path = format!("/environments/{}/v1/data/shared/{}", own.environment.id, other.row);
            backend.operator(Method::GET, &path).send().await.expect_error(404, "data/not-found");
        }
    }
}

#[tokio::test]
async fn api_keys_are_401_on_every_route_of_the_management_plane() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let document = backend.operator(Method::GET, "/openapi.json").send().await.expect(200);
    let mut routes = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        let path = path
            .replace("{project_id}", &backend.project_id().await)
            .replace("{environment_id}", &dev.id)
            .replace("{key_id}", "key_0123456789abcdef01234567")
            .replace("{table}", "posts")
            .replace("{id}", "0123456789abcdef01234567");
        for method in item.as_object().expect("an item").keys() {
            let method: Method = method.to_uppercase().parse().expect("a method");
            for key in [&dev.key, &secret] {
                let call = || backend.request(method.clone(), &path).json(&json!({"name": "mine"}));
                for call in [call().bearer(key), call().key(key), call().key(key).bearer(key)] {
                    let answer = call.send().await;
                    assert_eq!((answer.status, answer.code()), (401, Some("auth/unauthorized")), "{method} {path}");
                }
            }
            routes += 1;
        }
    }
    assert!(routes > 70, "{routes} routes");
}

#[tokio::test]
async fn a_deleted_environment_leaves_nothing_to_its_successor() {
    let backend = Backend::start().await;
    let before = Marked::new(&backend, "qa").await;
    backend.operator(Method::DELETE, &format!("/environments/{}", before.environment.id)).send().await.expect(202);
    backend.until_gone(&before.environment.id).await;
    let after = backend.environment("qa").await;
    backend.get("/v1/data/shared").key(&after.key).send().await.expect_error(404, "data/table-not-found");
    for key in before.keys() {
        backend.get("/v1/data/shared").key(key).send().await.expect_error(401, "auth/invalid-token");
    }
    let list = backend.operator(Method::GET, &format!("/environments/{}/keys", after.id)).send().await;
    assert!(!list.text.contains(&before.marker), "{}", list.text);
}
