//! The data plane as apps of the hosted service expect it: sections 1, 2, 3 and 4 of the contract,
//! case by case, over a real server.

mod harness;

use harness::{Answer, Backend, Environment, Text};
use reqwest::Method;
use serde_json::{Value, json};

/// A server with one environment and a table that guests may use freely.
async fn posts() -> (Backend, Environment) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let schema = json!({
        "title": {"bsonType": "string", "required": true, "maxLength": 20},
        "slug": {"bsonType": "string", "unique": true},
        "views": {"bsonType": "int", "default": 0, "minimum": 0},
        "price": {"bsonType": "double"},
        "published": {"bsonType": "bool", "default": false},
        "date": {"bsonType": "string"},
        "at": {"bsonType": "date"},
        "tags": {"bsonType": "array", "items": {"bsonType": "string"}},
        "meta": {"bsonType": "object"}
    });
    backend.open_table(&dev, "posts", schema).await;
    (backend, dev)
}

async fn create(backend: &Backend, dev: &Environment, body: Value) -> Value {
    backend.post("/v1/data/posts", &body).key(&dev.key).send().await.expect(201)
}

async fn list(backend: &Backend, dev: &Environment, query: &[(&str, &str)]) -> Value {
    backend.get("/v1/data/posts").query(query).key(&dev.key).send().await.expect(200)
}

async fn titles(backend: &Backend, dev: &Environment, query: &[(&str, &str)]) -> Vec<String> {
    let list = list(backend, dev, query).await;
    list["items"].as_array().expect("items").iter().map(|item| item["title"].text()).collect()
}

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
async fn the_content_type_of_json_may_come_without_a_body() {
    let (backend, dev) = posts().await;
    let id = create(&backend, &dev, json!({"title": "one"})).await["id"].text();
    for (method, path) in [
        (Method::GET, "/v1/data/posts".to_owned()),
        (Method::GET, format!("/v1/data/posts/{id}")),
        (Method::DELETE, format!("/v1/data/posts/{id}")),
    ] {
        let call = backend.request(method, &path).key(&dev.key).header("content-type", "application/json");
        call.body("").send().await.expect(200);
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
        backend.request(method, path).key(&dev.key).send().await.expect_error(405, "common/method-not-allowed");
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
async fn sign_in_users_and_files_are_doors_that_are_still_closed() {
    let (backend, dev) = posts().await;
    for (method, path) in [
        (Method::POST, "/v1/auth/email/signin"),
        (Method::GET, "/v1/auth/me"),
        (Method::GET, "/v1/users"),
        (Method::PATCH, "/v1/users/1/profile"),
        (Method::POST, "/v1/files/presigned-url"),
        (Method::GET, "/v1/files"),
        (Method::GET, "/v1/data/posts/spec"),
        (Method::GET, "/v1/data/posts/openapi"),
    ] {
        backend.request(method, path).key(&dev.key).send().await.expect_error(501, "common/not-implemented");
    }
}

// 3. Records

#[tokio::test]
async fn the_short_form_behaves_like_the_long_one() {
    let (backend, dev) = posts().await;
    let created = backend.post("/v1/posts", &json!({"title": "one"})).key(&dev.key).send().await.expect(201);
    let id = created["id"].text();
    let long = backend.get(&format!("/v1/data/posts/{id}")).key(&dev.key).send().await;
    let short = backend.get(&format!("/v1/posts/{id}")).key(&dev.key).send().await;
    assert_eq!(long.text, short.text);
    let long = backend.get("/v1/data/posts").key(&dev.key).send().await;
    let short = backend.get("/v1/posts").key(&dev.key).send().await;
    assert_eq!(long.text, short.text);
    backend.patch(&format!("/v1/posts/{id}"), &json!({"views": 2})).key(&dev.key).send().await.expect(200);
    backend.delete(&format!("/v1/posts/{id}")).key(&dev.key).send().await.expect(200);
}

#[tokio::test]
async fn table_names_keep_their_case() {
    let (backend, dev) = posts().await;
    backend.open_table(&dev, "Posts", json!({})).await;
    backend.post("/v1/data/Posts", &json!({"a": 1})).key(&dev.key).send().await.expect(201);
    assert_eq!(list(&backend, &dev, &[]).await["pagination"]["total"], 0);
    backend.get("/v1/data/POSTS").key(&dev.key).send().await.expect_error(404, "data/table-not-found");
}

#[tokio::test]
async fn a_missing_table_says_how_to_make_one() {
    let (backend, dev) = posts().await;
    let body = backend.get("/v1/data/comments").key(&dev.key).send().await.expect_error(404, "data/table-not-found");
    assert!(body["message"].text().contains("bkend table create comments"), "{body}");
}

#[tokio::test]
async fn a_new_record_carries_all_four_system_fields() {
    let (backend, dev) = posts().await;
    let body = json!({"title": "one", "id": "mine", "createdBy": "me", "createdAt": "2001-01-01", "updatedAt": 5});
    let created = create(&backend, &dev, body).await;
    let id = created["id"].text();
    assert!(id.len() == 24 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert_eq!(created["createdBy"], "");
    for column in ["createdAt", "updatedAt"] {
        let text = created[column].text();
        assert!(text.len() == 24 && text.ends_with('Z') && !text.starts_with("2001"), "{text}");
    }
    assert_eq!((&created["views"], &created["published"]), (&json!(0), &json!(false)), "defaults fill what is absent");
}

#[tokio::test]
async fn an_explicit_null_is_not_filled_with_the_default() {
    let (backend, dev) = posts().await;
    let created = create(&backend, &dev, json!({"title": "one", "views": null})).await;
    assert_eq!(created["data"]["views"], Value::Null);
}

#[tokio::test]
async fn undeclared_columns_are_stored_as_sent() {
    let (backend, dev) = posts().await;
    let created = create(&backend, &dev, json!({"title": "one", "extra": {"deep": [1, 2.5, "x"]}})).await;
    let path = format!("/v1/data/posts/{}", created["id"].text());
    let found = backend.get(&path).key(&dev.key).send().await.expect(200);
    assert_eq!(found["extra"], json!({"deep": [1, 2.5, "x"]}));
}

#[tokio::test]
async fn whole_numbers_have_no_fraction() {
    let (backend, dev) = posts().await;
    let call = backend.request(Method::POST, "/v1/data/posts").key(&dev.key).header("content-type", "application/json");
    let answer = call.body(r#"{"title":"one","price":5.0,"views":3.0,"extra":7.0}"#).send().await;
    assert!(answer.text.contains(r#""price":5,"#) && answer.text.contains(r#""views":3,"#), "{}", answer.text);
    assert!(!answer.text.contains(".0"), "{}", answer.text);
}

#[tokio::test]
async fn a_missing_record_is_404_whatever_is_done_to_it() {
    let (backend, dev) = posts().await;
    for id in ["0123456789abcdef01234567", "x", "%27%20OR%201=1"] {
        let path = format!("/v1/data/posts/{id}");
        backend.get(&path).key(&dev.key).send().await.expect_error(404, "data/not-found");
        backend.delete(&path).key(&dev.key).send().await.expect_error(404, "data/not-found");
        backend.patch(&path, &json!({"views": 1})).key(&dev.key).send().await.expect_error(404, "data/not-found");
    }
}

#[tokio::test]
async fn an_update_merges_top_level_keys_and_replaces_what_is_nested() {
    let (backend, dev) = posts().await;
    let created = create(&backend, &dev, json!({"title": "one", "meta": {"a": 1, "b": 2}, "tags": ["x"]})).await;
    let path = format!("/v1/data/posts/{}", created["id"].text());
    let body = json!({"meta": {"c": 3}, "tags": [], "createdAt": "2001-01-01T00:00:00.000Z"});
    let updated = backend.patch(&path, &body).key(&dev.key).send().await.expect(200);
    assert_eq!((&updated["title"], &updated["meta"], &updated["tags"]), (&json!("one"), &json!({"c": 3}), &json!([])));
    assert_eq!(updated["createdAt"], created["createdAt"], "system fields are not the caller's");
    let untouched = backend.patch(&path, &json!({})).key(&dev.key).send().await.expect(200);
    assert_eq!(untouched["meta"], json!({"c": 3}));
    assert!(untouched["updatedAt"].text() >= updated["updatedAt"].text());
}

#[tokio::test]
async fn null_clears_an_optional_column_and_not_a_required_one() {
    let (backend, dev) = posts().await;
    let created = create(&backend, &dev, json!({"title": "one", "slug": "one"})).await;
    let path = format!("/v1/data/posts/{}", created["id"].text());
    let cleared = backend.patch(&path, &json!({"slug": null})).key(&dev.key).send().await.expect(200);
    assert_eq!(cleared["slug"], Value::Null);
    let refused = backend.patch(&path, &json!({"title": null})).key(&dev.key).send().await;
    refused.expect_error(400, "data/validation-error");
}

// 3.4 List parameters

#[tokio::test]
async fn lists_are_newest_first_and_pages_of_twenty() {
    let (backend, dev) = posts().await;
    for n in 0..22 {
        create(&backend, &dev, json!({"title": format!("{n:02}")})).await;
    }
    let page = list(&backend, &dev, &[]).await;
    assert_eq!(page["items"].as_array().map(Vec::len), Some(20));
    assert_eq!(page["items"][0]["title"], "21");
    assert_eq!(page["pagination"]["limit"], 20);
    let oldest = list(&backend, &dev, &[("sortDirection", "asc"), ("limit", "1")]).await;
    assert_eq!(oldest["items"][0]["title"], "00");
    let second = list(&backend, &dev, &[("offset", "20")]).await;
    assert_eq!((&second["pagination"]["page"], &second["items"][0]["title"]), (&json!(2), &json!("01")));
}

#[tokio::test]
async fn a_limit_above_the_most_is_clamped_and_what_cannot_be_read_is_the_default() {
    let (backend, dev) = posts().await;
    for (limit, effective) in [("200", 100), ("100", 100), ("0", 20), ("-5", 20), ("x", 20), ("", 20), ("1", 1)] {
        let page = list(&backend, &dev, &[("limit", limit)]).await;
        assert_eq!(page["pagination"]["limit"], effective, "{limit}");
    }
    for page in ["0", "-1", "x", ""] {
        assert_eq!(list(&backend, &dev, &[("page", page)]).await["pagination"]["page"], 1, "{page}");
    }
}

#[tokio::test]
async fn any_column_sorts_and_ties_follow_the_id() {
    let (backend, dev) = posts().await;
    for (title, views) in [("b", 2), ("a", 1), ("d", 2), ("c", 3)] {
        create(&backend, &dev, json!({"title": title, "views": views, "meta": {"rank": -views}})).await;
    }
    let up = [("sortBy", "views"), ("sortDirection", "asc")];
    assert_eq!(titles(&backend, &dev, &up).await, ["a", "b", "d", "c"]);
    assert_eq!(titles(&backend, &dev, &[("sortBy", "views")]).await, ["c", "d", "b", "a"]);
    assert_eq!(
        titles(&backend, &dev, &[("sortBy", "meta.rank"), ("sortDirection", "asc")]).await,
        ["c", "b", "d", "a"]
    );
    assert_eq!(
        titles(&backend, &dev, &[("sortBy", "createdAt"), ("sortDirection", "asc")]).await,
        ["b", "a", "d", "c"]
    );
    assert_eq!(titles(&backend, &dev, &[("sortBy", "nowhere")]).await.len(), 4, "an unknown column is not an error");
    assert_eq!(titles(&backend, &dev, &[("sortBy", "")]).await, ["c", "d", "a", "b"]);
    let refused = backend.get("/v1/data/posts").query(&[("sortBy", "$where")]).key(&dev.key).send().await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_400() {
    let (backend, dev) = posts().await;
    for filter in ["{", "x", "[]", "1", "\"title\""] {
        let answer = backend.get("/v1/data/posts").query(&[("andFilters", filter)]).key(&dev.key).send().await;
        let body = answer.expect_error(400, "data/validation-error");
        assert_eq!(body["message"], "Invalid filter format", "{filter}");
    }
    for filter in [r#"{"a":{"$nope":1}}"#, r#"{"$where":"1"}"#, r#"{"a":{"$in":1}}"#, r#"{"a":{"$regex":"("}}"#] {
        let answer = backend.get("/v1/data/posts").query(&[("andFilters", filter)]).key(&dev.key).send().await;
        answer.expect_error(400, "data/validation-error");
    }
    assert_eq!(list(&backend, &dev, &[("andFilters", "{}")]).await["pagination"]["total"], 0);
    assert_eq!(list(&backend, &dev, &[("andFilters", "")]).await["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_plus_in_a_query_is_a_space() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "a b"})).await;
    for query in ["%7B%22title%22:%22a+b%22%7D", "%7B%22title%22:%22a%20b%22%7D"] {
        let found = backend.get(&format!("/v1/data/posts?andFilters={query}")).key(&dev.key).send().await.expect(200);
        assert_eq!(found["pagination"]["total"], 1, "{query}");
    }
}

// 3.5 Filters

#[tokio::test]
async fn every_operator_selects_what_it_says() {
    let (backend, dev) = posts().await;
    for record in [
        json!({"title": "a", "views": 1, "date": "2025-01-19", "tags": ["red", "blue"], "published": true}),
        json!({"title": "b", "views": 2, "date": "2025-01-20", "tags": ["red"], "slug": "b"}),
        json!({"title": "c", "views": 3, "date": "2025-01-26", "meta": {"n": 5}}),
        json!({"title": "D", "views": null, "date": "2025-01-27", "tags": []}),
    ] {
        create(&backend, &dev, record).await;
    }
    for (filter, expected) in [
        (json!({"title": "a"}), vec!["a"]),
        (json!({"published": true}), vec!["a"]),
        (json!({"views": {"$eq": 2}}), vec!["b"]),
        (json!({"views": {"$ne": 2}}), vec!["a", "c", "D"]),
        (json!({"slug": {"$ne": null}}), vec!["b"]),
        (json!({"slug": null}), vec!["a", "c", "D"]),
        (json!({"views": {"$gt": 1}}), vec!["b", "c"]),
        (json!({"views": {"$gte": 1, "$lt": 3}}), vec!["a", "b"]),
        (json!({"views": {"$gt": "1"}}), vec![]),
        (json!({"views": "1"}), vec![]),
        (json!({"date": {"$gte": "2025-01-20", "$lte": "2025-01-26"}}), vec!["b", "c"]),
        (json!({"title": {"$in": ["a", "c", "x"]}}), vec!["a", "c"]),
        (json!({"title": {"$nin": ["a", "c"]}}), vec!["b", "D"]),
        (json!({"slug": {"$nin": ["b"]}}), vec!["a", "c", "D"]),
        (json!({"title": {"$regex": "^[a-c]$"}}), vec!["a", "b", "c"]),
        (json!({"title": {"$regex": "d", "$options": "i"}}), vec!["D"]),
        (json!({"title": {"$regex": "d"}}), vec![]),
        (json!({"slug": {"$exists": true}}), vec!["b"]),
        (json!({"meta": {"$exists": false}}), vec!["a", "b", "D"]),
        (json!({"views": {"$exists": true}, "title": "D"}), vec!["D"]),
        (json!({"tags": "red"}), vec!["a", "b"]),
        (json!({"tags": ["red"]}), vec!["b"]),
        (json!({"meta.n": 5}), vec!["c"]),
        (json!({"meta": {"n": 5}}), vec!["c"]),
        (json!({"$or": [{"title": "a"}, {"views": 3}]}), vec!["a", "c"]),
        (json!({"$and": [{"views": {"$gt": 1}}, {"tags": "red"}]}), vec!["b"]),
        (json!({"$not": {"title": "a"}}), vec!["b", "c", "D"]),
        (json!({"createdBy": ""}), vec!["a", "b", "c", "D"]),
        (json!({"createdAt": {"$gte": "2020-01-01"}}), vec!["a", "b", "c", "D"]),
    ] {
        let query = [("andFilters", &*filter.to_string()), ("sortBy", "id"), ("sortDirection", "asc")];
        assert_eq!(titles(&backend, &dev, &query).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn dates_compare_as_instants() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "a", "at": "2025-01-20T09:00:00+09:00"})).await;
    let found = list(&backend, &dev, &[("andFilters", r#"{"at":"2025-01-20"}"#)]).await;
    assert_eq!(found["items"][0]["at"], "2025-01-20T00:00:00.000Z");
    let later = r#"{"at":{"$gt":"2025-01-20T00:00:00Z"}}"#;
    assert_eq!(list(&backend, &dev, &[("andFilters", later)]).await["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_feed_may_name_hundreds_of_authors() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "a"})).await;
    let authors: Vec<_> = (0..900).map(|n| format!("00000000-0000-4000-8000-{n:012}")).chain([String::new()]).collect();
    let filter = json!({"createdBy": {"$in": authors}}).to_string();
    assert_eq!(list(&backend, &dev, &[("andFilters", &filter)]).await["pagination"]["total"], 1);
}

// 3.6 Validation, 3.7 unique

#[tokio::test]
async fn nothing_is_coerced_and_every_violation_is_named() {
    let (backend, dev) = posts().await;
    for (body, field, rule) in [
        (json!({}), "title", "required"),
        (json!({"title": null}), "title", "required"),
        (json!({"title": 5}), "title", "type"),
        (json!({"title": "x".repeat(21)}), "title", "maxLength"),
        (json!({"title": "a", "views": "1"}), "views", "type"),
        (json!({"title": "a", "views": 1.5}), "views", "type"),
        (json!({"title": "a", "views": -1}), "views", "minimum"),
        (json!({"title": "a", "published": "true"}), "published", "type"),
        (json!({"title": "a", "at": "tomorrow"}), "at", "type"),
        (json!({"title": "a", "tags": "red"}), "tags", "type"),
        (json!({"title": "a", "tags": [1]}), "tags", "type"),
        (json!({"title": "a", "meta": []}), "meta", "type"),
    ] {
        let answer = backend.post("/v1/data/posts", &body).key(&dev.key).send().await;
        let error = answer.expect_error(400, "data/validation-error");
        let detail = &error["error"]["details"][0];
        assert_eq!((&detail["field"], &detail["rule"]), (&json!(field), &json!(rule)), "{body}: {error}");
        assert!(error["message"].text().starts_with("Validation failed: "), "{error}");
    }
    let two = backend.post("/v1/data/posts", &json!({"views": "x"})).key(&dev.key).send().await;
    let error = two.expect_error(400, "data/validation-error");
    assert_eq!(error["error"]["details"].as_array().map(Vec::len), Some(2), "{error}");
    assert_eq!(error["message"], "Validation failed: title is required");
    assert_eq!(list(&backend, &dev, &[]).await["pagination"]["total"], 0);
}

#[tokio::test]
async fn an_empty_required_string_is_allowed() {
    let (backend, dev) = posts().await;
    assert_eq!(create(&backend, &dev, json!({"title": ""})).await["title"], "");
}

#[tokio::test]
async fn a_unique_column_refuses_a_second_value_but_not_a_second_null() {
    let (backend, dev) = posts().await;
    create(&backend, &dev, json!({"title": "a", "slug": "one"})).await;
    let other = create(&backend, &dev, json!({"title": "b"})).await;
    create(&backend, &dev, json!({"title": "c", "slug": null})).await;
    let refused = backend.post("/v1/data/posts", &json!({"title": "d", "slug": "one"})).key(&dev.key).send().await;
    refused.expect_error(409, "data/duplicate-value");
    let path = format!("/v1/data/posts/{}", other["id"].text());
    let refused = backend.patch(&path, &json!({"slug": "one"})).key(&dev.key).send().await;
    refused.expect_error(409, "data/duplicate-value");
    assert_eq!(list(&backend, &dev, &[]).await["pagination"]["total"], 3);
}

// 4.5 Permissions

#[tokio::test]
async fn without_permissions_guests_read_and_secret_keys_do_everything() {
    let (backend, dev) = posts().await;
    backend.table(&dev, &json!({"name": "news", "schema": {"title": {"bsonType": "string"}}})).await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let created = backend.post("/v1/data/news", &json!({"title": "a"})).key(&secret).send().await.expect(201);
    assert_eq!(created["createdBy"], "");
    let path = format!("/v1/data/news/{}", created["id"].text());
    backend.get("/v1/data/news").key(&dev.key).send().await.expect(200);
    backend.get(&path).key(&dev.key).send().await.expect(200);
    let refuse = |answer: Answer| answer.expect_error(403, "data/permission-denied");
    refuse(backend.post("/v1/data/news", &json!({"title": "b"})).key(&dev.key).send().await);
    refuse(backend.patch(&path, &json!({"title": "b"})).key(&dev.key).send().await);
    refuse(backend.delete(&path).key(&dev.key).send().await);
    backend.patch(&path, &json!({"title": "b"})).key(&secret).send().await.expect(200);
    backend.delete(&path).key(&secret).send().await.expect(200);
}

#[tokio::test]
async fn permissions_that_are_set_deny_what_they_leave_out() {
    let (backend, dev) = posts().await;
    backend.table(&dev, &json!({"name": "box", "permissions": {"guest": {"create": true}}})).await;
    backend.post("/v1/data/box", &json!({"a": 1})).key(&dev.key).send().await.expect(201);
    backend.get("/v1/data/box").key(&dev.key).send().await.expect_error(403, "data/permission-denied");
}

#[tokio::test]
async fn system_tables_are_for_secret_keys_and_only_to_read() {
    let (backend, dev) = posts().await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    for table in ["users", "accounts", "sessions", "files"] {
        let path = format!("/v1/data/{table}");
        backend.get(&path).key(&dev.key).send().await.expect_error(403, "data/system-table-access");
        let refused = backend.post(&path, &json!({"a": 1})).key(&secret).send().await;
        refused.expect_error(403, "data/system-table-access");
    }
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
