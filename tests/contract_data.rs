//! Records as apps of the hosted service expect them: sections 3.1 to 3.3, 3.6, 3.7 and 4.5 of the
//! contract, case by case.

mod harness;

use harness::{
    Answer, Text,
    posts::{create, list, posts},
};
use reqwest::Method;
use serde_json::{Value, json};

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
