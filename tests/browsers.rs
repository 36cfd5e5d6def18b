//! What pages in a browser may do: read the data plane from the origins that its project lists, and
//! never touch the management plane, by whatever name they reach it.

mod harness;

use harness::{Backend, posts::posts};
use reqwest::Method;
use serde_json::json;

// Hosts

#[tokio::test]
async fn the_management_plane_answers_to_its_own_names_only() {
    let backend = Backend::start_with(&["--allowed-host", "console.internal"], &[]).await;
    let dev = backend.environment("dev").await;
    for path in ["/projects".to_owned(), format!("/environments/{}/v1/data/posts", dev.id), "/events".to_owned()] {
        for host in ["evil.example", "evil.example:4600", "localhost.evil.example", "10.0.0.1"] {
            let answer = backend.operator(Method::GET, &path).header("host", host).send().await;
            assert_eq!((answer.status, answer.code()), (403, Some("common/host-not-allowed")), "{host}");
        }
    }
    for host in ["localhost", "localhost:4600", "127.0.0.1:1", "[::1]:4600", "console.internal"] {
        backend.operator(Method::GET, "/projects").header("host", host).send().await.expect(200);
    }
    // The data plane is what apps call by whatever name they know.
    let answer = backend.get("/v1/data/none").key(&dev.key).header("host", "app.example").send().await;
    answer.expect_error(404, "data/table-not-found");
}

// Origins

#[tokio::test]
async fn a_project_without_origins_lets_every_page_read() {
    let (backend, dev) = posts().await;
    let page = "https://anything.example";
    let answer = backend.get("/v1/data/posts").key(&dev.key).header("origin", page).send().await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(page));
    assert!(answer.header("access-control-expose-headers").is_some_and(|names| names.contains("Retry-After")));
    assert_eq!(answer.header("vary"), Some("Origin"));
    let none = backend.get("/v1/data/posts").key(&dev.key).send().await;
    assert_eq!(none.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_preflight_is_answered_without_a_key() {
    let (backend, _) = posts().await;
    for path in ["/v1/data/posts", "/v1/posts/1", "/v1/auth/email/signin", "/v1/a/b/c"] {
        let call = backend.request(Method::OPTIONS, path).header("origin", "https://app.example");
        let answer = call.header("access-control-request-method", "PATCH").send().await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        for method in ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"] {
            assert!(
                answer.header("access-control-allow-methods").is_some_and(|list| list.contains(method)),
                "{method}"
            );
        }
        for name in ["Content-Type", "Authorization", "X-API-Key", "X-Project-Id", "X-Environment", "If-Match"] {
            assert!(answer.header("access-control-allow-headers").is_some_and(|list| list.contains(name)), "{name}");
        }
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
    }
}

#[tokio::test]
async fn a_list_of_origins_is_kept_to_per_project() {
    let (backend, dev) = posts().await;
    let project = format!("/projects/{}", backend.project_id().await);
    let origins = json!({"corsOrigins": ["https://app.example"]});
    backend.operator(Method::PATCH, &project).json(&origins).send().await.expect(200);
    let allowed = async |origin: &str, key: &str| {
        let answer = backend.get("/v1/data/posts").key(key).header("origin", origin).send().await;
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    for origin in ["https://app.example", "http://localhost:3000", "http://127.0.0.1:5173"] {
        assert_eq!(allowed(origin, &dev.key).await.as_deref(), Some(origin));
    }
    for origin in ["https://evil.example", "http://app.example", "null", "https://localhost.evil.example"] {
        assert_eq!(allowed(origin, &dev.key).await, None, "{origin}");
        assert_eq!(allowed(origin, "pk_wrong").await, None, "{origin}");
    }
    let preflight = |origin: &str| backend.request(Method::OPTIONS, "/v1/data/posts").header("origin", origin);
    assert_eq!(preflight("https://evil.example").send().await.header("access-control-allow-origin"), None);
    // Another project without a list may be meant, and a preflight cannot say which.
    backend.operator(Method::POST, "/projects").json(&json!({"name": "open"})).send().await.expect(201);
    assert!(preflight("https://evil.example").send().await.header("access-control-allow-origin").is_some());
    assert_eq!(allowed("https://evil.example", &dev.key).await, None, "the answer itself knows the project");
}

#[tokio::test]
async fn an_app_in_a_browser_can_read_why_it_was_refused() {
    let (backend, dev) = posts().await;
    for key in ["", "pk_wrong", &dev.key] {
        let answer = backend.get("/v1/data/none").key(key).header("origin", "https://app.example").send().await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"), "{}", answer.text);
    }
}

#[tokio::test]
async fn no_page_may_call_the_management_plane() {
    let backend = Backend::start().await;
    let call = backend.operator(Method::GET, "/projects").header("origin", "http://localhost:3000");
    assert_eq!(call.send().await.header("access-control-allow-origin"), None);
    let call = backend.request(Method::OPTIONS, "/management/v1/projects").header("origin", "http://localhost:3000");
    let answer = call.header("access-control-request-method", "GET").send().await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (401, None));
}
