//! The table that the contract is tested on.

use serde_json::{Value, json};

use super::{Backend, Environment, Text};

/// A server with one environment and a table that guests may use freely.
pub async fn posts() -> (Backend, Environment) {
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

pub async fn create(backend: &Backend, dev: &Environment, body: Value) -> Value {
    backend.post("/v1/data/posts", &body).key(&dev.key).send().await.expect(201)
}

pub async fn list(backend: &Backend, dev: &Environment, query: &[(&str, &str)]) -> Value {
    backend.get("/v1/data/posts").query(query).key(&dev.key).send().await.expect(200)
}

pub async fn titles(backend: &Backend, dev: &Environment, query: &[(&str, &str)]) -> Vec<String> {
    let list = list(backend, dev, query).await;
    list["items"].as_array().expect("items").iter().map(|item| item["title"].text()).collect()
}
