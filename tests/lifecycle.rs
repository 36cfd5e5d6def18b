//! The life of an environment: every transition there is, every one that is refused, and what
//! protects it from an accident.

mod harness;

use harness::{Backend, Text};
use reqwest::Method;
use serde_json::{Value, json};

const TABLE: &str = "posts";

async fn environments(backend: &Backend) -> String {
    format!("/projects/{}/environments", backend.project_id().await)
}

// The life cycle

#[tokio::test]
async fn a_first_start_has_a_project_with_an_active_dev() {
    let backend = Backend::start().await;
    let projects = backend.operator(Method::GET, "/projects").send().await.expect(200);
    assert_eq!(projects["pagination"]["total"], 1);
    assert_eq!(projects["items"][0]["name"], "my-app");
    let dev = backend.environment("dev").await;
    let resource = backend.until_status(&dev.id, "active").await;
    assert_eq!(resource["type"], "dev");
    assert_eq!(resource["usage"]["keys"], 1);
    assert!(dev.key.starts_with("pk_"));
}

#[tokio::test]
async fn a_new_environment_becomes_active_and_says_what_each_step_took() {
    let backend = Backend::start().await;
    let path = environments(&backend).await;
    let created = backend.operator(Method::POST, &path).json(&json!({"name": "staging"})).send().await.expect(202);
    assert_eq!((&created["type"], &created["status"]), (&json!("staging"), &json!("creating")));
    let active = backend.until_status(&created["id"].text(), "active").await;
    let steps: Vec<_> = active["steps"].as_array().expect("steps").iter().map(|step| step["name"].text()).collect();
    assert_eq!(steps, ["reserve", "storage", "system-tables", "key", "verify"]);
    assert!(active["activeAfterMs"].as_f64().is_some_and(|ms| ms > 0.0));
    assert_eq!((&active["step"], &active["reason"]), (&Value::Null, &Value::Null));
    assert_eq!(active["usage"], json!({"tables": 0, "rows": 0, "users": 0, "keys": 1, "files": 0, "bytes": 0}));
    let tables = format!("/environments/{}/tables", created["id"].text());
    let tables = backend.operator(Method::GET, &tables).send().await.expect(200);
    assert_eq!(tables["items"], json!([]), "the probe leaves nothing behind");
}

#[tokio::test]
async fn a_name_is_taken_until_its_environment_is_gone() {
    let backend = Backend::start().await;
    let path = environments(&backend).await;
    let qa = backend.environment("qa").await;
    let again = backend.operator(Method::POST, &path).json(&json!({"name": "qa"})).send().await;
    again.expect_refusal(409, "environment/already-exists");
    let deleting = backend.operator(Method::DELETE, &format!("/environments/{}", qa.id)).send().await.expect(202);
    assert_eq!(deleting["status"], "deleting");
    backend.until_gone(&qa.id).await;
    let successor = backend.operator(Method::POST, &path).json(&json!({"name": "qa"})).send().await.expect(202);
    assert_ne!(successor["id"], qa.id);
    backend.get("/v1/data/posts").key(&qa.key).send().await.expect_error(401, "auth/invalid-token");
}

#[tokio::test]
async fn what_is_not_a_name_or_a_type_is_refused() {
    let backend = Backend::start().await;
    let path = environments(&backend).await;
    for body in [
        json!({"name": ""}),
        json!({"name": "1a"}),
        json!({"name": "Staging"}),
        json!({"name": "a".repeat(33)}),
        json!({"name": "a/b"}),
        json!({"name": "ok", "type": "other"}),
        json!({"name": 5}),
        json!({"name": "ok", "colour": "red"}),
        json!({}),
    ] {
        let answer = backend.operator(Method::POST, &path).json(&body).send().await;
        answer.expect_refusal(400, "common/invalid-parameters");
    }
    let answer = backend.operator(Method::POST, &path).body("name=qa").send().await;
    answer.expect_refusal(400, "common/invalid-parameters");
}

#[tokio::test]
async fn an_environment_that_is_being_created_can_be_neither_deleted_nor_retried_nor_used() {
    let backend = Backend::start_with(&[], &[("BKEND_FAILPOINT", "storage.written=pause")]).await;
    let list = environments(&backend).await;
    let dev = backend.operator(Method::GET, &list).send().await.expect(200)["items"][0].clone();
    assert_eq!(dev["status"], "creating");
    let path = format!("/environments/{}", dev["id"].text());
    let refused = backend.operator(Method::DELETE, &path).send().await;
    refused.expect_refusal(409, "environment/invalid-transition");
    let refused = backend.operator(Method::POST, &format!("{path}/retry")).send().await;
    refused.expect_refusal(409, "environment/invalid-transition");
    let answer = backend.operator(Method::GET, &format!("{path}/v1/data/{TABLE}")).send().await;
    answer.expect_error(403, "data/environment-inactive");
}

#[tokio::test]
async fn an_active_environment_cannot_be_retried() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let refused = backend.operator(Method::POST, &format!("/environments/{}/retry", dev.id)).send().await;
    refused.expect_refusal(409, "environment/invalid-transition");
}

#[tokio::test]
async fn a_failed_environment_keeps_its_step_and_reason_and_can_be_retried() {
    let backend = Backend::start_with(&[], &[("BKEND_FAILPOINT", "provisioning.key=fail-once")]).await;
    let list = environments(&backend).await;
    let id = backend.operator(Method::GET, &list).send().await.expect(200)["items"][0]["id"].text();
    let failed = backend.until_status(&id, "failed").await;
    assert_eq!(
        (&failed["step"]["name"], &failed["step"]["index"], &failed["step"]["of"]),
        (&json!("key"), &json!(4), &json!(5))
    );
    assert!(failed["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    let retried = backend.operator(Method::POST, &format!("/environments/{id}/retry")).send().await.expect(202);
    assert_eq!((&retried["status"], &retried["reason"]), (&json!("creating"), &Value::Null));
    backend.until_status(&id, "active").await;
}

#[tokio::test]
async fn a_failed_environment_can_be_deleted() {
    let backend = Backend::start_with(&[], &[("BKEND_FAILPOINT", "provisioning.verify=fail")]).await;
    let list = environments(&backend).await;
    let id = backend.operator(Method::GET, &list).send().await.expect(200)["items"][0]["id"].text();
    backend.until_status(&id, "failed").await;
    backend.operator(Method::DELETE, &format!("/environments/{id}")).send().await.expect(202);
    backend.until_gone(&id).await;
}

#[tokio::test]
async fn an_environment_that_is_being_deleted_answers_nothing_and_cannot_be_deleted_again() {
    let backend = Backend::start_with(&[], &[("BKEND_FAILPOINT", "deletion.renamed=pause")]).await;
    let qa = backend.environment("qa").await;
    let path = format!("/environments/{}", qa.id);
    backend.operator(Method::DELETE, &path).send().await.expect(202);
    backend.operator(Method::DELETE, &path).send().await.expect_refusal(409, "environment/invalid-transition");
    let refused = backend.operator(Method::POST, &format!("{path}/retry")).send().await;
    refused.expect_refusal(409, "environment/invalid-transition");
    let answer = backend.get("/v1/data/posts").key(&qa.key).send().await;
    answer.expect_error(403, "data/environment-inactive");
    let again = backend.operator(Method::POST, &environments(&backend).await).json(&json!({"name": "qa"})).send().await;
    again.expect_refusal(409, "environment/already-exists");
}

// Protection

#[tokio::test]
async fn production_is_protected_until_it_is_named_or_unprotected() {
    let backend = Backend::start().await;
    let prod = backend.environment("prod").await;
    let path = format!("/environments/{}", prod.id);
    let resource = backend.operator(Method::GET, &path).send().await.expect(200);
    assert_eq!((&resource["type"], &resource["protected"]), (&json!("prod"), &json!(true)));
    backend.operator(Method::DELETE, &path).send().await.expect_refusal(409, "environment/protected");
    for confirm in ["", "dev", "PROD", "prod%20"] {
        let refused = backend.operator(Method::DELETE, &format!("{path}?confirm={confirm}")).send().await;
        refused.expect_refusal(409, "environment/confirmation-needed");
    }
    let lifted = backend.operator(Method::PATCH, &path).json(&json!({"protected": false})).send().await.expect(200);
    assert_eq!(lifted["protected"], false);
    backend.operator(Method::PATCH, &path).json(&json!({"protected": true})).send().await.expect(200);
    backend.operator(Method::DELETE, &format!("{path}?confirm=prod")).send().await.expect(202);
    backend.until_gone(&prod.id).await;
}

#[tokio::test]
async fn a_table_in_a_protected_environment_needs_the_environments_name() {
    let backend = Backend::start().await;
    let prod = backend.environment("prod").await;
    backend.open_table(&prod, TABLE, json!({})).await;
    let path = format!("/environments/{}/tables/{TABLE}", prod.id);
    let refused = backend.operator(Method::DELETE, &path).send().await;
    let refusal = refused.expect_refusal(409, "environment/protected");
    assert!(refusal["error"]["message"].text().contains("confirm=prod"), "{refusal}");
    backend.operator(Method::DELETE, &format!("{path}?confirm=prod")).send().await.expect(200);
}

#[tokio::test]
async fn an_unprotected_environment_goes_without_confirmation() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, TABLE, json!({})).await;
    let table = format!("/environments/{}/tables/{TABLE}", dev.id);
    let last = backend.operator(Method::DELETE, &table).send().await.expect(200);
    assert_eq!(last["name"], TABLE, "a removal answers the last state");
    backend.operator(Method::GET, &table).send().await.expect_refusal(404, "table/not-found");
    backend.operator(Method::DELETE, &format!("/environments/{}", dev.id)).send().await.expect(202);
}
