//! The management plane: projects, keys, tables, pages, what does not exist, and the description of
//! itself. The life cycle of environments is in `lifecycle.rs`.

mod harness;

use harness::{Backend, Text, until};
use reqwest::Method;
use serde_json::{Value, json};

const TABLE: &str = "posts";

// Projects

#[tokio::test]
async fn a_project_is_created_with_a_dev_changed_and_deleted_with_everything() {
    let backend = Backend::start().await;
    let body = json!({"name": "shop", "description": "sells"});
    let project = backend.operator(Method::POST, "/projects").json(&body).send().await.expect(201);
    let path = format!("/projects/{}", project["id"].text());
    let environments = backend.operator(Method::GET, &format!("{path}/environments")).send().await.expect(200);
    assert_eq!(environments["items"][0]["name"], "dev");
    let dev = environments["items"][0]["id"].text();
    backend.until_status(&dev, "active").await;
    let again = backend.operator(Method::POST, "/projects").json(&json!({"name": "shop"})).send().await;
    again.expect_refusal(409, "project/already-exists");
    let change = json!({"description": "sells more", "corsOrigins": ["https://shop.example"]});
    let changed = backend.operator(Method::PATCH, &path).json(&change).send().await.expect(200);
    assert_eq!(changed["description"], "sells more");
    for origins in
        [json!(["*"]), json!(["shop.example"]), json!(["https://a.b", "https://c.d", "https://e.f", "https://g.h"])]
    {
        let refused = backend.operator(Method::PATCH, &path).json(&json!({"corsOrigins": origins})).send().await;
        refused.expect_refusal(400, "common/invalid-parameters");
    }
    let refused = backend.operator(Method::DELETE, &path).send().await;
    assert_eq!((refused.status, refused.code()), (409, Some("project/confirmation-needed")), "{}", refused.text);
    let deleting = backend.operator(Method::DELETE, &format!("{path}?confirm=shop")).send().await.expect(202);
    assert_eq!(deleting["status"], "deleting");
    backend.until_gone(&dev).await;
    until("the project is gone", async || backend.operator(Method::GET, &path).send().await.status == 404).await;
}

// Keys and tables

#[tokio::test]
async fn a_secret_key_is_shown_once_and_a_publishable_one_always() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let keys = format!("/environments/{}/keys", dev.id);
    let body = json!({"name": "server", "type": "secret", "scopes": ["posts:read", "*:list"]});
    let secret = backend.operator(Method::POST, &keys).json(&body).send().await.expect(201);
    let text = secret["key"].text();
    assert!(text.starts_with("sk_") && text.len() == 67, "{text}");
    assert_eq!(secret["mask"], format!("{}…{}", &text[..7], &text[63..]));
    let list = backend.operator(Method::GET, &keys).send().await;
    assert!(!list.text.contains(&text), "a secret key appears in a list");
    let items = list.expect(200)["items"].clone();
    let shown = |name: &str| {
        items.as_array().expect("keys").iter().find(|key| key["name"] == name).map(|key| key["key"].clone())
    };
    assert_eq!(shown("server"), Some(Value::Null));
    assert_eq!(shown("default"), Some(json!(dev.key)));
    let again = backend.operator(Method::POST, &keys).json(&body).send().await;
    again.expect_refusal(409, "key/already-exists");
    for bad in [json!({"name": "x", "scopes": ["posts"]}), json!({"name": "x", "type": "admin"}), json!({"name": ""})] {
        let refused = backend.operator(Method::POST, &keys).json(&bad).send().await;
        refused.expect_refusal(400, "common/invalid-parameters");
    }
}

#[tokio::test]
async fn a_key_is_reached_through_its_own_environment_only() {
    let backend = Backend::start().await;
    let (dev, qa) = (backend.environment("dev").await, backend.environment("qa").await);
    let keys = backend.operator(Method::GET, &format!("/environments/{}/keys", dev.id)).send().await.expect(200);
    let id = keys["items"][0]["id"].text();
    let strange = backend.operator(Method::DELETE, &format!("/environments/{}/keys/{id}", qa.id)).send().await;
    strange.expect_refusal(404, "key/not-found");
    backend.operator(Method::DELETE, &format!("/environments/{}/keys/{id}", dev.id)).send().await.expect(200);
}

#[tokio::test]
async fn a_table_shows_its_schema_its_indexes_and_its_size() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let body = json!({
        "name": TABLE,
        "schema": {"title": {"bsonType": "string", "required": true}},
        "indexes": [{"name": "by_title", "fields": {"title": 1}}]
    });
    backend.table(&dev, &body).await;
    let path = format!("/environments/{}/tables", dev.id);
    let again = backend.operator(Method::POST, &path).json(&body).send().await;
    again.expect_refusal(409, "table/already-exists");
    for bad in [
        json!({"name": "users"}),
        json!({"name": "1a"}),
        json!({"name": "x", "schema": {"id": {"bsonType": "string"}}}),
    ] {
        let refused = backend.operator(Method::POST, &path).json(&bad).send().await;
        refused.expect_refusal(400, "common/invalid-parameters");
    }
    let mount = format!("/environments/{}/v1/data/{TABLE}", dev.id);
    backend.operator(Method::POST, &mount).json(&json!({"title": "a"})).send().await.expect(201);
    let table = backend.operator(Method::GET, &format!("{path}/{TABLE}")).send().await.expect(200);
    assert_eq!(table["schema"]["required"], json!(["title"]));
    let names: Vec<_> =
        table["indexes"].as_array().expect("indexes").iter().map(|index| index["name"].text()).collect();
    assert_eq!(names, ["_id_", "idx_createdAt_desc", "idx_updatedAt_desc", "idx_createdBy", "by_title"]);
    assert_eq!(table["rows"], 1);
}

// Lists, paths, errors

#[tokio::test]
async fn lists_come_in_pages_and_say_where_to_resume() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    for n in 0..5 {
        backend.open_table(&dev, &format!("t{n}"), json!({})).await;
    }
    let path = format!("/environments/{}/tables", dev.id);
    let first = backend.operator(Method::GET, &format!("{path}?limit=2")).send().await;
    assert!(first.header("x-event-id").is_some_and(|id| id.parse::<u64>().is_ok()));
    let mut names = Vec::new();
    for page in 1..=3 {
        let list = backend.operator(Method::GET, &format!("{path}?limit=2&page={page}")).send().await.expect(200);
        assert_eq!(list["pagination"]["totalPages"], 3);
        names.extend(list["items"].as_array().expect("items").iter().map(|table| table["name"].text()));
    }
    names.sort();
    assert_eq!(names, ["t0", "t1", "t2", "t3", "t4"]);
    for (limit, effective) in [("5000", 1000), ("x", 100), ("0", 100)] {
        let list = backend.operator(Method::GET, &format!("{path}?limit={limit}")).send().await.expect(200);
        assert_eq!(list["pagination"]["limit"], effective);
    }
}

#[tokio::test]
async fn the_activity_of_a_project_is_newest_first() {
    let backend = Backend::start().await;
    let qa = backend.environment("qa").await;
    backend.operator(Method::DELETE, &format!("/environments/{}", qa.id)).send().await.expect(202);
    backend.until_gone(&qa.id).await;
    let path = format!("/projects/{}/activity", backend.project_id().await);
    let list = backend.operator(Method::GET, &path).send().await.expect(200);
    let actions: Vec<_> = list["items"].as_array().expect("items").iter().map(|line| line["action"].text()).collect();
    let place = |action: &str| actions.iter().position(|a| a == action).expect("the action is logged");
    assert!(place("environment.delete") < place("environment.create"), "{actions:?}");
    assert_eq!(list["items"][place("environment.delete")]["environmentName"], "qa", "names outlive what they name");
}

#[tokio::test]
async fn what_does_not_exist_is_404_by_its_noun() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let ghost = "0".repeat(24);
    for (path, code) in [
        (format!("/projects/proj_{ghost}"), "project/not-found"),
        ("/projects/..%2f..%2fetc".to_owned(), "project/not-found"),
        (format!("/projects/proj_{ghost}/environments"), "project/not-found"),
        (format!("/projects/proj_{ghost}/activity"), "project/not-found"),
        (format!("/environments/env_{ghost}"), "environment/not-found"),
        ("/environments/x".to_owned(), "environment/not-found"),
        (format!("/environments/env_{ghost}/keys"), "environment/not-found"),
        (format!("/environments/env_{ghost}/tables"), "environment/not-found"),
        (format!("/environments/{}/tables/none", dev.id), "table/not-found"),
        ("/nothing".to_owned(), "common/not-found"),
    ] {
        backend.operator(Method::GET, &path).send().await.expect_refusal(404, code);
    }
    let orphan = backend.operator(Method::POST, &format!("/projects/proj_{ghost}/environments"));
    orphan.json(&json!({"name": "qa"})).send().await.expect_refusal(404, "project/not-found");
    let put = backend.operator(Method::PUT, "/projects").send().await;
    put.expect_refusal(405, "common/method-not-allowed");
}

#[tokio::test]
async fn only_the_operator_token_opens_the_management_plane() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let path = "/management/v1/projects";
    let stranger = backend.get(path).send().await;
    assert_eq!(stranger.header("www-authenticate"), Some("Bearer"));
    stranger.expect_refusal(401, "auth/unauthorized");
    for token in ["", "x", &dev.key, &secret, &backend.token[1..], &format!("{}0", backend.token)] {
        backend.get(path).bearer(token).send().await.expect_refusal(401, "auth/unauthorized");
    }
    backend.get(path).key(&secret).send().await.expect_refusal(401, "auth/unauthorized");
    backend.get(path).key(&backend.token).send().await.expect_refusal(401, "auth/unauthorized");
    backend.get("/management/v1/nothing").send().await.expect_refusal(401, "auth/unauthorized");
    backend.get("/v1/data/posts").bearer(&backend.token).send().await.expect_error(400, "data/invalid-header");
}

#[tokio::test]
async fn health_needs_no_credential() {
    let backend = Backend::start().await;
    backend.get("/healthz").send().await.expect(200);
    backend.get("/readyz").send().await.expect(200);
    backend.delete("/healthz").send().await.expect_error(405, "common/method-not-allowed");
}

// OpenAPI

#[tokio::test]
async fn every_reference_in_the_openapi_document_leads_somewhere() {
    let backend = Backend::start().await;
    let answer = backend.operator(Method::GET, "/openapi.json").send().await;
    let document = answer.body.clone();
    let references: Vec<_> =
        answer.text.split(r##""$ref":"#"##).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(!references.is_empty());
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}
