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
    assert!(!answer.text.contains(".0,"), "{}", answer.text);
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

#[tokio::test]
async fn a_secret_key_reads_system_tables_without_what_is_secret() {
    let (backend, dev) = posts().await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    for table in ["users", "accounts", "sessions", "files"] {
        let path = format!("/v1/data/{table}");
        let page = backend.get(&path).key(&secret).send().await.expect(200);
        assert!(page["items"].is_array() && page["pagination"]["total"].is_u64(), "{page}");
        let query =
            [("andFilters", r#"{"createdAt":{"$gt":"2020-01-01"},"id":"x"}"#), ("sortBy", "id"), ("search", "a")];
        backend.get(&path).query(&query).key(&secret).send().await.expect(200);
        let missing = backend.get(&format!("{path}/0123")).key(&secret).send().await;
        missing.expect_error(404, "data/not-found");
        for (method, id) in [(Method::PATCH, "/x"), (Method::DELETE, "/x"), (Method::POST, "")] {
            let call = backend.request(method, &format!("{path}{id}")).key(&secret).json(&json!({"a": 1}));
            call.send().await.expect_error(403, "data/system-table-access");
        }
        let spec = backend.get(&format!("{path}/spec")).key(&secret).send().await.expect(200);
        let text = spec.to_string().to_lowercase();
        assert!(!["password", "digest", "token", "secret"].iter().any(|word| text.contains(word)), "{text}");
        backend.get(&format!("{path}/spec")).key(&dev.key).send().await.expect_error(403, "data/system-table-access");
    }
}

// 3.2 Many at once

#[tokio::test]
async fn an_array_creates_all_of_its_records_or_none() {
    let (backend, dev) = posts().await;
    let send = async |body: Value| backend.post("/v1/data/posts", &body).key(&dev.key).send().await;
    let made = send(json!([{"title": "a", "slug": "a"}, {"title": "b"}, {"title": "c"}])).await.expect(201);
    assert_eq!((&made["count"], &made["data"]["count"], &made["success"]), (&json!(3), &json!(3), &json!(true)));
    assert_eq!(made["items"], made["data"]["items"]);
    let titles: Vec<_> = made["items"].as_array().expect("a list").iter().map(|item| item["title"].text()).collect();
    assert_eq!(titles, ["a", "b", "c"]);
    let ids: Vec<_> = made["items"].as_array().expect("a list").iter().map(|item| item["id"].text()).collect();
    assert!(ids.is_sorted() && made["items"][0]["views"] == 0 && made["items"][0]["createdBy"] == "");

    let refused = send(json!([{"title": "d"}, {"views": "x"}, 5])).await.expect_error(400, "data/validation-error");
    let fields: Vec<_> =
        refused["error"]["details"].as_array().expect("details").iter().map(|detail| detail["field"].text()).collect();
    assert_eq!(fields, ["[1].title", "[1].views", "[2]"]);
    assert_eq!(refused["message"], "Validation failed: [1] title is required");
    let clash =
        send(json!([{"title": "e"}, {"title": "f", "slug": "a"}])).await.expect_error(409, "data/duplicate-value");
    assert!(clash["message"].text().contains("[1]") && clash["message"].text().contains("slug"), "{clash}");
    let twice = send(json!([{"title": "g", "slug": "g"}, {"title": "h", "slug": "g"}])).await;
    twice.expect_error(409, "data/duplicate-value");
    send(json!([])).await.expect_error(400, "data/validation-error");
    send(vec![json!({"title": "x"}); 101].into()).await.expect_error(400, "data/validation-error");
    assert_eq!(list(&backend, &dev, &[]).await["pagination"]["total"], 3, "what failed left nothing");
    send(vec![json!({"title": "x"}); 100].into()).await.expect(201);
    assert_eq!(list(&backend, &dev, &[]).await["pagination"]["total"], 103);

    backend.table(&dev, &json!({"name": "news"})).await;
    let denied = backend.post("/v1/data/news", &json!([])).key(&dev.key).send().await;
    denied.expect_error(403, "data/permission-denied");
}

// 3.8 spec, 3.9 openapi

#[tokio::test]
async fn a_table_describes_itself_to_whoever_may_read_it() {
    let (backend, dev) = posts().await;
    let body = json!({
        "name": "news",
        "schema": {"title": {"bsonType": "string", "required": true}, "at": {"bsonType": "date"}},
        "indexes": [{"name": "by_title", "fields": {"title": -1}, "unique": true}],
        "permissions": {"guest": {"read": true}, "user": {"create": true}},
    });
    backend.table(&dev, &body).await;
    let spec = backend.get("/v1/data/news/spec").key(&dev.key).send().await.expect(200);
    assert_eq!(spec["data"]["tableName"], "news");
    assert_eq!(spec["schema"]["required"], json!(["title"]));
    assert_eq!(spec["schema"]["properties"]["at"]["bsonType"], "date");
    let names: Vec<_> = spec["indexes"].as_array().expect("indexes").iter().map(|index| index["name"].text()).collect();
    assert_eq!(names, ["_id_", "idx_createdAt_desc", "idx_updatedAt_desc", "idx_createdBy", "by_title"]);
    let own =
        json!({"name": "by_title", "key": {"title": -1}, "fields": {"title": -1}, "unique": true, "sparse": false});
    assert_eq!(spec["indexes"][4], own);
    assert_eq!(spec["permissions"], json!({"user": {"create": true}, "guest": {"read": true}}));

    let answer = backend.get("/v1/news/openapi").key(&dev.key).send().await.expect(200);
    assert!(answer.get("success").is_none());
    assert_eq!((&answer["openapi"], &answer["info"]["title"]), (&json!("3.0.0"), &json!("news API")));
    assert!(answer["paths"]["/v1/data/news"]["post"].is_object());
    assert!(answer["paths"]["/v1/data/news/{id}"]["delete"].is_object());

    let copy = json!({"name": "copy", "schema": spec["schema"], "indexes": spec["indexes"], "permissions": spec["permissions"]});
    backend.table(&dev, &copy).await;
    let copied = backend.get("/v1/data/copy/spec").key(&dev.key).send().await.expect(200);
    for part in ["schema", "indexes", "permissions"] {
        assert_eq!(copied[part], spec[part], "{part}");
    }

    backend.table(&dev, &json!({"name": "shut", "permissions": {"self": {"read": true}}})).await;
    for what in ["spec", "openapi"] {
        let path = format!("/v1/data/shut/{what}");
        backend.get(&path).key(&dev.key).send().await.expect_error(403, "data/permission-denied");
        let secret = backend.secret_key(&dev, what, &[]).await;
        backend.get(&path).key(&secret).send().await.expect(200);
        let scoped = backend.secret_key(&dev, &format!("{what}-scoped"), &["posts:read"]).await;
        backend.get(&path).key(&scoped).send().await.expect_error(403, "data/scope-insufficient");
        let absent = format!("/v1/data/nowhere/{what}");
        backend.get(&absent).key(&dev.key).send().await.expect_error(404, "data/table-not-found");
    }
}

#[tokio::test]
async fn the_default_matrix_is_spelt_out() {
    let (backend, dev) = posts().await;
    backend.table(&dev, &json!({"name": "news"})).await;
    let spec = backend.get("/v1/data/news/spec").key(&dev.key).send().await.expect(200);
    let flags = |create, read, list, update, delete| json!({"create": create, "read": read, "list": list, "update": update, "delete": delete});
    assert_eq!(spec["permissions"]["admin"], flags(true, true, true, true, true));
    assert_eq!(spec["permissions"]["user"], flags(true, true, true, false, false));
    assert_eq!(spec["permissions"]["guest"], flags(false, true, true, false, false));
}
