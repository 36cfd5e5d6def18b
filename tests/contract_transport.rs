//! Keys, headers and envelopes of the data plane: sections 1 and 2 of the contract, case by case.

mod harness;

use harness::{
    Backend, Text,
    posts::{create, list, posts},
};
use reqwest::Method;
use serde_json::{Value, json};

// 1. Keys and headers

#[tokio::test]
async fn a_missing_key_is_400_for_records_and_401_elsewhere() {
    let (backend, _) = posts().await;
    for path in ["/v1/data/posts", "/v1/posts", "/v1/data/posts/1", "/v1/posts/1"] {
        backend.get(path).send().await.expect_error(400, "data/invalid-header");
        backend.get(path).key("").send().await.expect_error(400, "data/invalid-header");
    }
    for path in ["/v1/auth/me", "/v1/users", "/v1/files/1", "/v1/a/b/c"] {
        backend.get(path).send().await.expect_error(401, "auth/unauthorized");
    }
}

#[tokio::test]
async fn a_key_that_does_not_work_is_401() {
    let (backend, dev) = posts().await;
    let unknown = format!("pk_{}", "0".repeat(64));
    let other_case = dev.key.to_uppercase().replace("PK_", "pk_");
    for key in ["x", "pk_", "pk_12", &format!("{}0", dev.key), &unknown, &other_case] {
        backend.get("/v1/data/posts").key(key).send().await.expect_error(401, "auth/invalid-token");
    }
}

#[tokio::test]
async fn an_expired_key_is_401() {
    let (backend, dev) = posts().await;
    let keys = format!("/environments/{}/keys", dev.id);
    let soon = (chrono::Utc::now() + chrono::TimeDelta::milliseconds(1500)).to_rfc3339();
    let body = json!({"name": "short", "type": "publishable", "expiresAt": soon});
    let key = backend.operator(Method::POST, &keys).json(&body).send().await.expect(201)["key"].text();
    harness::until("the key expires", async || {
        backend.get("/v1/data/posts").key(&key).send().await.code() == Some("auth/invalid-token")
    })
    .await;
}

#[tokio::test]
async fn a_deleted_key_stops_working_at_once() {
    let (backend, dev) = posts().await;
    let keys = format!("/environments/{}/keys", dev.id);
    let key = backend.operator(Method::POST, &keys).json(&json!({"name": "more"})).send().await.expect(201);
    let text = key["key"].text();
    backend.get("/v1/data/posts").key(&text).send().await.expect(200);
    backend.operator(Method::DELETE, &format!("{keys}/{}", key["id"].text())).send().await.expect(200);
    let refused = backend.get("/v1/data/posts").key(&text).send().await;
    assert_eq!(refused.status, 401, "{}", refused.text);
}

#[tokio::test]
async fn a_key_may_come_as_a_bearer_token_when_the_header_is_absent() {
    let (backend, dev) = posts().await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    backend.get("/v1/data/posts").bearer(&dev.key).send().await.expect(200);
    backend.get("/v1/data/posts").bearer(&secret).send().await.expect(200);
    backend.get("/v1/data/posts").key(&dev.key).bearer(&dev.key).send().await.expect(200);
    // Beside X-API-Key it is ignored, even one that does not work.
    backend.get("/v1/data/posts").key(&dev.key).bearer("sk_nonsense").send().await.expect(200);
    backend.get("/v1/data/posts").bearer("sk_nonsense").send().await.expect_error(401, "auth/invalid-token");
}

#[tokio::test]
async fn a_bad_user_token_is_never_downgraded_to_guest() {
    let (backend, dev) = posts().await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    for key in [&dev.key, &secret] {
        for token in ["abc", "a.b", "a.b.c.d", "null", "undefined", " a.b.c d", "a..c"] {
            let answer = backend.get("/v1/data/posts").key(key).bearer(token).send().await;
            answer.expect_error(401, "auth/invalid-token-format");
        }
        let answer = backend.get("/v1/data/posts").key(key).bearer("aaaa.bbbb.cccc").send().await;
        answer.expect_error(401, "auth/invalid-token");
        let answer = backend.get("/v1/data/posts").key(key).header("authorization", "Basic eDp5").send().await;
        answer.expect_error(401, "auth/invalid-token-format");
    }
}

#[tokio::test]
async fn legacy_headers_are_accepted_and_ignored() {
    let (backend, dev) = posts().await;
    let call = backend.get("/v1/data/posts").key(&dev.key);
    call.header("x-project-id", "another").header("x-environment", "prod").send().await.expect(200);
}

#[tokio::test]
async fn a_scope_is_checked_before_permissions_and_for_secret_keys_too() {
    let (backend, dev) = posts().await;
    let reader = backend.secret_key(&dev, "reader", &["posts:read"]).await;
    backend.get("/v1/data/posts").key(&reader).send().await.expect(200);
    let refused = backend.post("/v1/data/posts", &json!({"title": "x"})).key(&reader).send().await;
    let body = refused.expect_error(403, "data/scope-insufficient");
    assert!(body["message"].text().contains("posts:create"), "{body}");
    let lister = backend.secret_key(&dev, "lister", &["*:list"]).await;
    backend.get("/v1/data/posts").key(&lister).send().await.expect(200);
    let refused = backend.get("/v1/data/posts/0123456789abcdef01234567").key(&lister).send().await;
    refused.expect_error(403, "data/scope-insufficient");
}

// 2. Transport and envelopes

#[tokio::test]
async fn a_success_is_there_wrapped_and_bare() {
    let (backend, dev) = posts().await;
    let created = create(&backend, &dev, json!({"title": "one"})).await;
    assert_eq!(created["success"], true);
    assert_eq!(created["data"]["title"], "one");
    assert_eq!(created["title"], created["data"]["title"]);
    assert_eq!(created["id"], created["data"]["id"]);
    let page = list(&backend, &dev, &[]).await;
    assert_eq!(page["items"], page["data"]["items"]);
    assert_eq!(page["pagination"], page["data"]["pagination"]);
}

#[tokio::test]
async fn json_is_compact_so_that_export_scripts_can_search_it() {
    let (backend, dev) = posts().await;
    for title in ["one", "two"] {
        create(&backend, &dev, json!({"title": title})).await;
    }
    let answer = backend.get("/v1/data/posts").query(&[("limit", "1")]).key(&dev.key).send().await;
    assert!(answer.text.contains(r#""hasNext":true"#), "{}", answer.text);
    assert!(answer.text.contains(r#""hasNextPage":true"#), "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_delete_answers_success_in_both_places() {
    let (backend, dev) = posts().await;
    let id = create(&backend, &dev, json!({"title": "one"})).await["id"].text();
    let answer = backend.delete(&format!("/v1/data/posts/{id}")).key(&dev.key).send().await;
    assert_eq!(answer.expect(200), json!({"success": true, "data": {"success": true}}));
}

#[tokio::test]
async fn a_record_that_was_fetched_can_be_sent_back() {
    let (backend, dev) = posts().await;
    let created = create(&backend, &dev, json!({"title": "one"})).await;
    let path = format!("/v1/data/posts/{}", created["id"].text());
    let updated = backend.patch(&path, &created).key(&dev.key).send().await.expect(200);
    assert!(updated["data"].get("data").is_none() && updated["data"].get("success").is_none(), "{updated}");
    let again = create(&backend, &dev, created).await;
    assert!(again["data"].get("data").is_none() && again["data"].get("success").is_none(), "{again}");
}

#[tokio::test]
async fn declared_columns_named_like_the_envelope_stay_inside_data() {
    let (backend, dev) = posts().await;
    let schema = json!({"data": {"bsonType": "string"}, "success": {"bsonType": "string"}, "x": {"bsonType": "int"}});
    backend.open_table(&dev, "odd", schema).await;
    let body = json!({"data": "mine", "success": "sure", "x": 1});
    let created = backend.post("/v1/data/odd", &body).key(&dev.key).send().await.expect(201);
    assert_eq!(created["success"], true);
    assert_eq!((&created["data"]["data"], &created["data"]["success"]), (&json!("mine"), &json!("sure")));
    assert_eq!(created["x"], 1);
}

#[tokio::test]
async fn pagination_has_the_names_of_every_client() {
    let (backend, dev) = posts().await;
    for n in 0..5 {
        create(&backend, &dev, json!({"title": n.to_string()})).await;
    }
    let page = list(&backend, &dev, &[("limit", "2"), ("page", "2")]).await;
    let expected = json!({
        "total": 5, "page": 2, "limit": 2, "totalPages": 3,
        "hasNext": true, "hasPrev": true, "hasNextPage": true, "hasPrevPage": true
    });
    assert_eq!(page["pagination"], expected);
    let past = list(&backend, &dev, &[("limit", "2"), ("page", "9")]).await;
    assert_eq!(past["items"], json!([]));
    assert_eq!(past["pagination"]["total"], 5);
    let filter = json!({"title": "nope"}).to_string();
    let empty = list(&backend, &dev, &[("andFilters", &filter)]).await;
    assert_eq!((&empty["pagination"]["total"], &empty["pagination"]["totalPages"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_body_that_is_not_a_json_object_is_400() {
    let (backend, dev) = posts().await;
    let id = create(&backend, &dev, json!({"title": "one"})).await["id"].text();
    for body in ["", "{", "title=one", "1", "null", "\"x\"", "{\"title\":\"a\"} trailing"] {
        for (method, path) in [(Method::POST, "/v1/data/posts".to_owned()), (Method::PATCH, format!("/v1/posts/{id}"))]
        {
            let call = backend.request(method, &path).key(&dev.key).header("content-type", "application/json");
            call.body(body).send().await.expect_error(400, "common/invalid-parameters");
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_wrong_method_405() {
    let (backend, dev) = posts().await;
    for path in ["/v1/a/b/c", "/v1/data", "/v1/data/posts/1/2", "/v1/data/posts/"] {
        backend.get(path).key(&dev.key).send().await.expect_error(404, "common/not-found");
    }
    backend.get("/nowhere").send().await.expect_error(404, "common/not-found");
    for (method, path) in [
        (Method::PUT, "/v1/data/posts"),
        (Method::PUT, "/v1/data/posts/1"),
        (Method::PUT, "/v1/posts/1"),
        (Method::POST, "/v1/data/posts/1"),
    ] {
        let answer = backend.request(method, path).key(&dev.key).send().await;
        assert!(answer.header("allow").is_some_and(|methods| methods.contains("GET")), "{path}");
        answer.expect_error(405, "common/method-not-allowed");
    }
}

#[tokio::test]
async fn changing_or_deleting_without_an_id_is_404() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "one"})).await;
    for path in ["/v1/data/posts", "/v1/posts"] {
        backend.delete(path).key(&dev.key).send().await.expect_error(404, "data/not-found");
        backend.patch(path, &json!({})).key(&dev.key).send().await.expect_error(404, "data/not-found");
    }
    assert_eq!(list(&backend, &dev, &[]).await["pagination"]["total"], 1);
}

#[tokio::test]
async fn the_order_of_checks_is_the_contracts() {
    let (backend, dev) = posts().await;
    backend.table(&dev, &json!({"name": "closed", "permissions": {}})).await;
    let scoped = backend.secret_key(&dev, "scoped", &["posts:read"]).await;
    let bad = |path: &str, key: &str| {
        backend.request(Method::POST, path).key(key).header("content-type", "application/json").body("{")
    };
    // The key comes before the user's token,
    let answer = bad("/v1/data/none", "pk_1").bearer("nonsense").send().await;
    assert_eq!(answer.code(), Some("auth/invalid-token"), "{}", answer.text);
    // the token before the route,
    let answer = bad("/v1/a/b/c", &dev.key).bearer("nonsense").send().await;
    assert_eq!(answer.code(), Some("auth/invalid-token-format"), "{}", answer.text);
    // the route before the table,
    let answer = backend.request(Method::PUT, "/v1/data/none").key(&dev.key).send().await;
    assert_eq!(answer.code(), Some("common/method-not-allowed"), "{}", answer.text);
    // the table before the scope,
    let answer = bad("/v1/data/none", &scoped).send().await;
    assert_eq!(answer.code(), Some("data/table-not-found"), "{}", answer.text);
    // the scope before the system table,
    let answer = bad("/v1/data/users", &scoped).send().await;
    assert_eq!(answer.code(), Some("data/scope-insufficient"), "{}", answer.text);
    // the system table before permissions,
    let answer = bad("/v1/data/users", &dev.key).send().await;
    assert_eq!(answer.code(), Some("data/system-table-access"), "{}", answer.text);
    // and permissions before the body.
    let answer = bad("/v1/data/closed", &dev.key).send().await;
    assert_eq!(answer.code(), Some("data/permission-denied"), "{}", answer.text);
    let answer = backend.get("/v1/data/closed").query(&[("andFilters", "{")]).key(&dev.key).send().await;
    assert_eq!(answer.code(), Some("data/permission-denied"), "{}", answer.text);
    let answer = bad("/v1/data/posts", &dev.key).send().await;
    assert_eq!(answer.code(), Some("common/invalid-parameters"), "{}", answer.text);
}

#[tokio::test]
async fn answers_to_apps_are_wrapped_as_it_is_configured() {
    for (envelope, wrapped) in [("bare", false), ("wrapped", true)] {
        let config = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(config.path(), format!("envelope = \"{envelope}\"\n")).expect("written");
        let backend = Backend::start_with(&["--config", config.path().to_str().expect("text")], &[]).await;
        let dev = backend.environment("dev").await;
        backend.open_table(&dev, "posts", json!({"title": {"bsonType": "string"}})).await;
        let payload = |answer: Value| {
            if !wrapped {
                return answer;
            }
            assert_eq!(
                (answer.as_object().expect("an object").len(), &answer["success"]),
                (2, &json!(true)),
                "{answer}"
            );
            answer["data"].clone()
        };
        let sent = backend.post("/v1/data/posts", &json!({"title": "a"})).key(&dev.key).send().await;
        assert!(sent.header("etag").is_some());
        let created = payload(sent.expect(201));
        assert_eq!((&created["title"], &created["data"]), (&json!("a"), &Value::Null), "{created}");
        let listed = payload(backend.get("/v1/data/posts").key(&dev.key).send().await.expect(200));
        assert_eq!((&listed["items"][0], &listed["pagination"]["total"]), (&created, &json!(1)));
        backend.get("/v1/data/posts/1").key(&dev.key).send().await.expect_error(404, "data/not-found");
        let head = backend.request(Method::HEAD, "/v1/data/posts").key(&dev.key).send().await;
        // Its length is that of the answer to a GET or not told (RFC 9110, section 8.6).
        let length = backend.get("/v1/data/posts").key(&dev.key).send().await.text.len().to_string();
        assert_eq!(head.status, 200);
        assert!(head.header("content-length").is_none_or(|told| told == length), "{:?}", head.header("content-length"));
        // The operator's own answers are for the console, and stay.
        let path = format!("/environments/{}/v1/data/posts", dev.id);
        let operators = backend.operator(Method::GET, &path).send().await.expect(200);
        assert_eq!(operators["items"], operators["data"]["items"]);
    }
}

#[tokio::test]
async fn a_key_has_as_many_requests_in_a_minute_as_are_configured() {
    let (backend, dev) = posts().await;
    let unlimited = backend.get("/v1/data/posts").key(&dev.key).send().await;
    assert_eq!(unlimited.header("x-ratelimit-limit"), None);

    let config = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(config.path(), "rate-limit = 3\n").expect("written");
    let backend = Backend::start_with(&["--config", config.path().to_str().expect("text")], &[]).await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, "posts", json!({"title": {"bsonType": "string"}})).await;
    for left in ["2", "1", "0"] {
        let answer =
            backend.get("/v1/data/posts").key(&dev.key).header("user-agent", "bkend-isolation-proof").send().await;
        let headers = ["x-ratelimit-limit", "x-ratelimit-remaining"].map(|name| answer.header(name));
        assert_eq!((answer.status, headers), (200, [Some("3"), Some(left)]));
    }
    for (path, code) in [("/v1/data/posts", "data/rate-limit-exceeded"), ("/v1/auth/me", "auth/too-many-requests")] {
        let answer = backend.get(path).key(&dev.key).header("origin", "https://app.example").send().await;
        let wait: u64 = answer.header("retry-after").expect("when to come again").parse().expect("whole seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
        assert!(answer.header("access-control-allow-origin").is_some(), "the page reads why");
        answer.expect_error(429, code);
    }
    let other = backend.secret_key(&dev, "server", &[]).await;
    backend.get("/v1/data/posts").key(&other).send().await.expect(200);
}

// The operator's mount

#[tokio::test]
async fn the_operators_answers_are_byte_for_byte_those_of_a_secret_key() {
    let (backend, dev) = posts().await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    for n in 0..3 {
        create(&backend, &dev, json!({"title": n.to_string()})).await;
    }
    let id = list(&backend, &dev, &[]).await["items"][0]["id"].text();
    let environment = format!("/environments/{}", dev.id);
    for (method, path, body) in [
        (Method::GET, "/v1/data/posts?limit=2".to_owned(), Value::Null),
        (Method::GET, "/v1/posts?sortBy=title".to_owned(), Value::Null),
        (Method::GET, format!("/v1/data/posts/{id}"), Value::Null),
        (Method::GET, "/v1/data/posts/nothing".to_owned(), Value::Null),
        (Method::GET, "/v1/data/nothing".to_owned(), Value::Null),
        (Method::POST, "/v1/data/posts".to_owned(), json!({"title": 5})),
        (Method::PUT, "/v1/data/posts".to_owned(), Value::Null),
        (Method::DELETE, "/v1/data/posts".to_owned(), Value::Null),
        (Method::GET, "/v1/users".to_owned(), Value::Null),
    ] {
        let by_key = backend.request(method.clone(), &path).key(&secret).json(&body).send().await;
        let by_operator = backend.operator(method.clone(), &format!("{environment}{path}")).json(&body).send().await;
        assert_eq!(by_key.status, by_operator.status, "{method} {path}");
        assert_eq!(by_key.text, by_operator.text, "{method} {path}");
    }
}

#[tokio::test]
async fn the_operator_writes_as_admin() {
    let (backend, dev) = posts().await;
    backend.table(&dev, &json!({"name": "closed", "permissions": {}})).await;
    let path = format!("/environments/{}/v1/data/closed", dev.id);
    let created = backend.operator(Method::POST, &path).json(&json!({"a": 1})).send().await.expect(201);
    assert_eq!(created["createdBy"], "");
    let record = format!("{path}/{}", created["id"].text());
    let updated = backend.operator(Method::PATCH, &record).json(&json!({"a": 2})).send().await.expect(200);
    assert_eq!(updated["a"], 2);
    backend.operator(Method::DELETE, &record).send().await.expect(200);
}
