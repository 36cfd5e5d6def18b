//! Tables as operators design them: section 4 of the contract, case by case.

mod harness;

use harness::{Answer, Backend, Environment, Text, events::Events};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

struct Table {
    backend: Backend,
    dev: Environment,
}

impl Table {
    /// A table `posts` that guests may use freely.
    async fn new(schema: Value) -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        backend.open_table(&dev, "posts", schema).await;
        Self { backend, dev }
    }

    async fn send(&self, method: Method, what: &str, body: &Value) -> Answer {
        let path = format!("/environments/{}/tables/posts{what}", self.dev.id);
        self.backend.operator(method, &path).json(body).send().await
    }

    async fn schema(&self, change: Value) -> Answer {
        self.send(Method::PATCH, "/schema", &change).await
    }

    async fn indexes(&self, change: Value) -> Answer {
        self.send(Method::PATCH, "/indexes", &change).await
    }

    async fn get(&self, what: &str) -> Value {
        self.send(Method::GET, what, &Value::Null).await.expect(200)
    }

    async fn create(&self, row: Value) -> Value {
        self.backend.post("/v1/data/posts", &row).key(&self.dev.key).send().await.expect(201)
    }

    async fn row(&self, id: &Value) -> Value {
        let path = format!("/v1/data/posts/{}", id.text());
        self.backend.get(&path).key(&self.dev.key).send().await.expect(200)["data"].clone()
    }

    async fn found(&self, filter: Value) -> Value {
        let query = [("andFilters", &*filter.to_string())];
        let page = self.backend.get("/v1/data/posts").query(&query).key(&self.dev.key).send().await.expect(200);
        page["pagination"]["total"].clone()
    }
}

fn names(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|item| item["name"].text()).collect()
}

fn numbers(versions: &Value) -> Vec<(u64, bool)> {
    let items = versions["items"].as_array().expect("a list");
    items.iter().map(|item| (item["version"].as_u64().expect("a number"), item["current"] == true)).collect()
}

// 4.3 Columns and their versions

#[tokio::test]
async fn a_change_of_columns_is_one_request_and_one_version() {
    let table =
        Table::new(json!({"title": {"bsonType": "string", "required": true}, "views": {"bsonType": "int"}})).await;
    let changed = table
        .schema(json!({
            "fieldsToAddOrUpdate": {"slug": {"bsonType": "string"}, "views": {"bsonType": "double", "minimum": 0}},
            "requiredFieldsToAdd": ["slug"], "requiredFieldsToRemove": ["title"],
        }))
        .await
        .expect(200);
    assert_eq!(changed["schema"]["required"], json!(["slug"]));
    assert_eq!(changed["schema"]["properties"]["views"], json!({"bsonType": "double", "minimum": 0}));
    assert!(changed["updatedAt"].text() >= changed["createdAt"].text());
    let refused = table.backend.post("/v1/data/posts", &json!({"title": "a"})).key(&table.dev.key).send().await;
    assert_eq!(refused.expect_error(400, "data/validation-error")["message"], "Validation failed: slug is required");
    table.create(json!({"slug": "a", "views": 1.5})).await;

    let versions = table.get("/schema/versions").await;
    assert_eq!(numbers(&versions), [(2, true), (1, false)]);
    let newest = &versions["items"][0];
    assert_eq!((&newest["schema"], &newest["createdBy"]), (&changed["schema"], &json!("operator")));
    assert!(newest["createdAt"].is_string());
    table.schema(json!({})).await.expect(200);
    assert_eq!(numbers(&table.get("/schema/versions").await).len(), 2, "nothing changed");
    assert_eq!(numbers(&table.get("/schema/versions?limit=1&page=2").await), [(1, false)]);
}

#[tokio::test]
async fn a_removed_column_takes_its_values_along_for_good() {
    let table = Table::new(json!({"title": {"bsonType": "string"}, "secret": {"bsonType": "string"}})).await;
    let first = table.create(json!({"title": "a", "secret": "x", "extra": 1})).await;
    let before = table.get("").await["bytes"].as_u64().expect("a number");
    table.schema(json!({"fieldsToRemove": ["secret"]})).await.expect(200);
    let mut row = table.row(&first["id"]).await;
    assert_eq!((row.get("secret"), &row["title"], &row["extra"]), (None, &json!("a"), &json!(1)));
    assert_eq!(row["updatedAt"], first["updatedAt"], "the record itself was not changed");
    assert!(table.get("").await["bytes"].as_u64().expect("a number") < before);

    let restored = table.send(Method::POST, "/schema/rollback", &json!({"version": 1})).await.expect(200);
    assert!(restored["schema"]["properties"]["secret"].is_object());
    row = table.row(&first["id"]).await;
    assert_eq!(row.get("secret"), None, "its values do not come back");
    assert_eq!(table.found(json!({"secret": "x"})).await, 0);
    assert_eq!(numbers(&table.get("/schema/versions").await), [(3, true), (2, false), (1, false)]);
}

#[tokio::test]
async fn a_rollback_keeps_the_values_of_what_it_no_longer_declares() {
    let table = Table::new(json!({"title": {"bsonType": "string"}})).await;
    table.schema(json!({"fieldsToAddOrUpdate": {"views": {"bsonType": "int"}}})).await.expect(200);
    let row = table.create(json!({"title": "a", "views": 5})).await;
    let back = table.send(Method::POST, "/schema/rollback", &json!({"version": 1})).await.expect(200);
    assert!(back["schema"]["properties"].get("views").is_none());
    assert_eq!(table.row(&row["id"]).await["views"], 5);
    let missing = table.send(Method::POST, "/schema/rollback", &json!({"version": 9})).await;
    missing.expect_refusal(404, "version/not-found");
}

#[tokio::test]
async fn a_changed_type_keeps_what_is_stored() {
    let table = Table::new(json!({"code": {"bsonType": "string"}})).await;
    let row = table.create(json!({"code": "12"})).await;
    table.schema(json!({"fieldsToAddOrUpdate": {"code": {"bsonType": "int"}}})).await.expect(200);
    table.create(json!({"code": 12})).await;
    assert_eq!(table.row(&row["id"]).await["code"], "12");
    assert_eq!(table.found(json!({"code": 12})).await, 1, "like is compared with like only");
    assert_eq!(table.found(json!({"code": {"$gt": 1}})).await, 1);
    let path = format!("/v1/data/posts/{}", row["id"].text());
    let touched = table.backend.patch(&path, &json!({"other": 1})).key(&table.dev.key).send().await.expect(200);
    assert_eq!(touched["code"], "12", "only what is sent is checked");
}

#[tokio::test]
async fn a_column_becomes_unique_only_when_its_values_are() {
    let table = Table::new(json!({"slug": {"bsonType": "string"}})).await;
    let twin = table.create(json!({"slug": "same"})).await;
    table.create(json!({"slug": "same"})).await;
    table.create(json!({})).await;
    table.create(json!({"slug": null})).await;
    let unique = json!({"fieldsToAddOrUpdate": {"slug": {"bsonType": "string", "unique": true}}});
    let refused = table.schema(unique.clone()).await.expect_refusal(409, "data/duplicate-value");
    assert!(refused["error"]["message"].text().contains(r#"slug "same""#), "{refused}");
    assert!(table.get("").await["schema"]["properties"]["slug"].get("unique").is_none());
    assert_eq!(numbers(&table.get("/schema/versions").await), [(1, true)]);
    table.create(json!({"slug": "same"})).await;

    for id in [&twin["id"]] {
        let path = format!("/v1/data/posts/{}", id.text());
        table.backend.delete(&path).key(&table.dev.key).send().await.expect(200);
    }
    table.schema(unique.clone()).await.expect_refusal(409, "data/duplicate-value");
    let all = table.backend.get("/v1/data/posts").key(&table.dev.key).send().await.expect(200);
    let last = all["items"].as_array().expect("a list").iter().find(|row| row["slug"] == "same").expect("one of two");
    let path = format!("/v1/data/posts/{}", last["id"].text());
    table.backend.delete(&path).key(&table.dev.key).send().await.expect(200);
    table.schema(unique).await.expect(200);
    let refused = table.backend.post("/v1/data/posts", &json!({"slug": "same"})).key(&table.dev.key).send().await;
    assert!(refused.expect_error(409, "data/duplicate-value")["message"].text().contains("slug"));
    table.create(json!({})).await;
}

#[tokio::test]
async fn what_cannot_be_done_to_a_column_is_refused() {
    let table = Table::new(json!({"title": {"bsonType": "string"}, "meta": {"bsonType": "object"}})).await;
    table.indexes(json!({"indexesToAddOrUpdate": [{"name": "by_title", "fields": {"title": 1}}]})).await.expect(200);
    for change in [
        json!({"fieldsToRemove": ["nowhere"]}),
        json!({"fieldsToAddOrUpdate": {"createdAt": {"bsonType": "date"}}}),
        json!({"fieldsToAddOrUpdate": {"a b": {"bsonType": "string"}}}),
        json!({"fieldsToAddOrUpdate": {"meta": {"bsonType": "object", "unique": true}}}),
        json!({"fieldsToAddOrUpdate": {"title": {"bsonType": "array"}}}),
        json!({"requiredFieldsToAdd": ["nowhere"]}),
        json!({"columns": {}}),
    ] {
        table.schema(change).await.expect_refusal(400, "common/invalid-parameters");
    }
    let refused = table.schema(json!({"fieldsToRemove": ["title"]})).await;
    let body = refused.expect_refusal(409, "table/column-indexed");
    assert!(body["error"]["message"].text().contains("by_title"), "{body}");
    let nowhere = format!("/environments/{}/tables/nowhere/schema", table.dev.id);
    let missing = table.backend.operator(Method::PATCH, &nowhere).json(&json!({"fieldsToRemove": []})).send().await;
    missing.expect_refusal(404, "table/not-found");
}

#[tokio::test]
async fn values_of_a_protected_environment_go_only_with_its_name() {
    let backend = Backend::start().await;
    let prod = backend.environment("prod").await;
    backend.open_table(&prod, "posts", json!({"title": {"bsonType": "string"}})).await;
    let path = format!("/environments/{}/tables/posts/schema", prod.id);
    let change = json!({"fieldsToRemove": ["title"]});
    let refused = backend.operator(Method::PATCH, &path).json(&change).send().await;
    refused.expect_refusal(409, "environment/protected");
    let refused = backend.operator(Method::PATCH, &format!("{path}?confirm=dev")).json(&change).send().await;
    refused.expect_refusal(409, "table/confirmation-needed");
    let added = json!({"fieldsToAddOrUpdate": {"slug": {"bsonType": "string"}}});
    backend.operator(Method::PATCH, &path).json(&added).send().await.expect(200);
    backend.operator(Method::PATCH, &format!("{path}?confirm=prod")).json(&change).send().await.expect(200);
}

// 4.4 Indexes

#[tokio::test]
async fn indexes_come_go_and_come_back_without_touching_rows() {
    let table =
        Table::new(json!({"title": {"bsonType": "string"}, "Title": {"bsonType": "string"}, "n": {"bsonType": "int"}}))
            .await;
    let row = table.create(json!({"title": "a", "Title": "b", "n": 1})).await;
    let change = json!({"indexesToAddOrUpdate": [
        {"name": "by_title", "fields": {"title": 1}}, {"name": "BY_TITLE", "fields": {"Title": -1, "n": 1}},
    ]});
    let changed = table.indexes(change).await.expect(200);
    let built_in = ["_id_", "idx_createdAt_desc", "idx_updatedAt_desc", "idx_createdBy"];
    assert_eq!(names(&changed["indexes"])[..4], built_in);
    assert_eq!(names(&changed["indexes"])[4..], ["by_title", "BY_TITLE"]);
    assert_eq!(changed["indexes"][4]["unique"], false);

    let changed = table.indexes(json!({"indexesToRemove": ["by_title"]})).await.expect(200);
    assert_eq!(names(&changed["indexes"])[4..], ["BY_TITLE"]);
    let versions = table.get("/indexes/versions").await;
    assert_eq!(numbers(&versions), [(3, true), (2, false), (1, false)]);
    assert_eq!(names(&versions["items"][1]["indexes"]), ["by_title", "BY_TITLE"]);
    assert_eq!(numbers(&table.get("/schema/versions").await), [(1, true)], "columns have versions of their own");
    let back = table.send(Method::POST, "/indexes/rollback", &json!({"version": 2})).await.expect(200);
    assert_eq!(names(&back["indexes"])[4..], ["by_title", "BY_TITLE"]);
    assert_eq!(table.row(&row["id"]).await["n"], 1);
    assert_eq!(table.found(json!({"title": "a", "Title": "b"})).await, 1);

    for change in [
        json!({"indexesToRemove": ["_id_"]}),
        json!({"indexesToRemove": ["nowhere"]}),
        json!({"indexesToAddOrUpdate": [{"name": "x", "fields": {"nowhere": 1}}]}),
        json!({"indexesToAddOrUpdate": [{"name": "x", "fields": {"title": 2}}]}),
        json!({"indexesToAddOrUpdate": [{"name": "idx_createdBy", "fields": {"title": 1}}]}),
        json!({"indexesToAddOrUpdate": [{"name": "x", "fields": {}}]}),
    ] {
        table.indexes(change).await.expect_refusal(400, "common/invalid-parameters");
    }
    assert_eq!(numbers(&table.get("/indexes/versions").await)[0], (4, true));
}

#[tokio::test]
async fn a_unique_index_treats_missing_as_a_value_unless_it_is_sparse() {
    let table = Table::new(json!({"a": {"bsonType": "string"}, "b": {"bsonType": "int"}})).await;
    table.create(json!({"a": "x"})).await;
    table.create(json!({"a": "x", "b": 1})).await;
    table.create(json!({})).await;
    table.create(json!({})).await;
    let unique = |fields: Value, sparse: bool| json!({"indexesToAddOrUpdate": [{"name": "one", "fields": fields, "unique": true, "sparse": sparse}]});
    let refused = table.indexes(unique(json!({"b": 1}), false)).await.expect_refusal(409, "data/duplicate-value");
    assert!(refused["error"]["message"].text().contains("b null"), "{refused}");
    let refused = table.indexes(unique(json!({"a": 1}), true)).await.expect_refusal(409, "data/duplicate-value");
    assert!(refused["error"]["message"].text().contains(r#"a "x""#), "{refused}");
    let refused =
        table.indexes(unique(json!({"a": 1, "b": 1}), false)).await.expect_refusal(409, "data/duplicate-value");
    assert!(refused["error"]["message"].text().contains("a null and b null"), "{refused}");
    let refused =
        table.indexes(unique(json!({"createdBy": 1}), true)).await.expect_refusal(409, "data/duplicate-value");
    assert!(refused["error"]["message"].text().contains(r#"createdBy """#), "{refused}");
    assert_eq!(table.get("").await["indexes"].as_array().map(Vec::len), Some(4), "nothing of them is left");

    table.indexes(unique(json!({"b": 1}), true)).await.expect(200);
    let refused = table.backend.post("/v1/data/posts", &json!({"b": 1})).key(&table.dev.key).send().await;
    assert!(refused.expect_error(409, "data/duplicate-value")["message"].text().contains("this b"));
    table.create(json!({})).await;
    // The same name with other columns is another index.
    table.indexes(unique(json!({"createdAt": 1}), true)).await.expect(200);
    table.create(json!({"b": 1})).await;
}

// 4.5 Permissions

#[tokio::test]
async fn permissions_are_replaced_whole_and_go_back_to_the_default() {
    let table = Table::new(json!({"title": {"bsonType": "string"}})).await;
    let row = table.create(json!({"title": "a"})).await;
    let path = format!("/v1/data/posts/{}", row["id"].text());
    let status = async |method: Method, path: &str| {
        let call = table.backend.request(method, path).key(&table.dev.key).json(&json!({"title": "b"}));
        call.send().await.status
    };
    let set =
        table.send(Method::PUT, "/permissions", &json!({"guest": {"read": true, "list": false}})).await.expect(200);
    assert_eq!(set["permissions"], json!({"guest": {"read": true, "list": false}}));
    assert_eq!(status(Method::GET, &path).await, 200);
    assert_eq!(status(Method::GET, "/v1/data/posts").await, 403);
    assert_eq!(status(Method::POST, "/v1/data/posts").await, 403, "what is left out is denied");

    table.send(Method::PUT, "/permissions", &json!({"guest": {"read": true}})).await.expect(200);
    assert_eq!(status(Method::GET, "/v1/data/posts").await, 200, "a missing list follows read");
    table.send(Method::PUT, "/permissions", &json!({"guest": {}})).await.expect(200);
    assert_eq!(status(Method::GET, &path).await, 403);
    table.send(Method::PUT, "/permissions", &json!({})).await.expect(200);
    assert_eq!(status(Method::GET, &path).await, 403);
    table.send(Method::PUT, "/permissions", &json!({"self": {"read": true, "update": true}})).await.expect(200);
    assert_eq!(status(Method::GET, &path).await, 403, "a guest owns nothing");
    assert_eq!(status(Method::GET, "/v1/data/posts").await, 403);

    for bad in [json!({"owner": {}}), json!({"guest": {"write": true}}), json!({"guest": {"read": "yes"}})] {
        table.send(Method::PUT, "/permissions", &bad).await.expect_refusal(400, "common/invalid-parameters");
    }
    let reset = table.send(Method::DELETE, "/permissions", &Value::Null).await.expect(200);
    assert_eq!(reset["permissions"], Value::Null);
    assert_eq!((status(Method::GET, &path).await, status(Method::POST, "/v1/data/posts").await), (200, 403));
    let schema = table.get("/schema/versions").await;
    assert_eq!(numbers(&schema), [(1, true)], "permissions are no version of the columns");
}

/// Enough that its index takes many slices on any machine.
const MANY: usize = 20_000;

#[tokio::test]
async fn writes_go_on_while_an_index_on_a_large_table_is_built() {
    let table = Table::new(json!({"title": {"bsonType": "string"}, "n": {"bsonType": "int"}})).await;
    for hundred in 0..MANY / 100 {
        let rows: Vec<_> = (0..100).map(|n| json!({"title": "a title", "n": hundred * 100 + n})).collect();
        table.create(rows.into()).await;
    }
    let change = json!({"indexesToAddOrUpdate": [{"name": "by_n", "fields": {"n": 1}, "unique": true}]});
    let (built, building) = tokio::sync::watch::channel(false);
    let (changed, written) = tokio::join!(
        async {
            let changed = table.indexes(change).await;
            built.send_replace(true);
            changed
        },
        async {
            // Each is answered before the next is sent, so none of them waits for the whole build.
            let mut ids = Vec::new();
            while !*building.borrow() {
                let n = MANY + ids.len();
                ids.push(table.create(json!({"title": "meanwhile", "n": n})).await["id"].clone());
            }
            ids
        }
    );
    assert_eq!(names(&changed.expect(200)["indexes"])[4..], ["by_n"]);
    assert!(written.len() > 2, "{} writes were answered meanwhile", written.len());
    let total = table.get("").await["rows"].as_u64().expect("a number");
    assert_eq!(total, (MANY + written.len()) as u64);
    assert_eq!(table.found(json!({"title": "meanwhile"})).await, written.len());
    assert_eq!(table.found(json!({"n": {"$gte": MANY}})).await, written.len(), "the new index has them");
    let refused = table.backend.post("/v1/data/posts", &json!({"n": 5})).key(&table.dev.key).send().await;
    refused.expect_error(409, "data/duplicate-value");
}

#[tokio::test]
async fn one_change_at_a_time_is_made_in_an_environment() {
    let table = Table::new(json!({"n": {"bsonType": "int"}})).await;
    for _ in 0..MANY / 100 {
        table.create(vec![json!({"n": 1}); 100].into()).await;
    }
    let index = |name: &str| json!({"indexesToAddOrUpdate": [{"name": name, "fields": {"n": 1}}]});
    let (one, two) = tokio::join!(table.indexes(index("one")), table.indexes(index("two")));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.text, two.text);
    let refused = if one.status == 409 { one } else { two };
    refused.expect_refusal(409, "table/changing");
}

#[rstest]
#[case("rebuild.slice", false)]
#[case("rebuild.finish", false)]
#[case("rebuild.sweep", true)]
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_change_leaves_it_made_or_not_begun(#[case] failpoint: &str, #[case] made: bool) {
    let Table { backend, dev } = Table::new(json!({"n": {"bsonType": "int"}, "gone": {"bsonType": "string"}})).await;
    for _ in 0..MANY / 100 {
        let rows = vec![json!({"n": 1, "gone": "x"}); 100];
        backend.post("/v1/data/posts", &rows.into()).key(&dev.key).send().await.expect(201);
    }
    let armed = backend.armed(failpoint).await;
    let path = format!("/environments/{}/tables/posts/schema", dev.id);
    let change = armed.backend.operator(Method::PATCH, &path).json(&json!({"fieldsToRemove": ["gone"]}));
    let waiting = tokio::spawn(change.unanswered());
    let backend = armed.killed_there().await;
    waiting.await.expect("the connection ended");
    let table = Table { backend, dev };
    let properties = table.get("").await["schema"]["properties"].clone();
    assert_eq!(properties.get("gone").is_none(), made);
    let left = if made { 0 } else { MANY };
    assert_eq!(table.found(json!({"gone": {"$exists": true}})).await, left);
    assert_eq!((table.found(json!({"n": 1})).await, table.get("").await["rows"].clone()), (json!(MANY), json!(MANY)));
    if !made {
        harness::until("what was left is swept", async || {
            let answer = table.schema(json!({"fieldsToRemove": ["gone"]})).await;
            answer.status == 200 || answer.expect_refusal(409, "table/changing").is_null()
        })
        .await;
    }
    table.create(json!({"n": 2})).await;
    assert_eq!(table.found(json!({"gone": {"$exists": true}})).await, 0);
    assert_eq!(table.found(json!({"n": {"$exists": true}})).await, MANY + 1);
}

#[tokio::test]
async fn users_have_their_own_rows_and_nobody_elses() {
    let Table { backend, dev } = Table::new(json!({"title": {"bsonType": "string"}})).await;
    let own = json!({"read": true, "list": true, "update": true, "delete": true});
    let path = format!("/environments/{}/tables/posts/permissions", dev.id);
    let private = json!({"user": {"create": true}, "self": own});
    backend.operator(Method::PUT, &path).json(&private).send().await.expect(200);
    let (ann, ben) = (backend.sign_up(&dev, "ann").await, backend.sign_up(&dev, "ben").await);
    let admin = backend.sign_up_as(&dev, "root", "admin").await;
    let call = |method: Method, path: &str, token: &str| {
        backend.request(method, path).key(&dev.key).bearer(token).json(&json!({"title": "b"}))
    };
    let made = call(Method::POST, "/v1/data/posts", &ann.access).send().await.expect(201);
    assert_eq!(made["createdBy"], ann.id);
    call(Method::POST, "/v1/data/posts", &ben.access).send().await.expect(201);
    let total = async |token: &str| {
        call(Method::GET, "/v1/data/posts", token).send().await.expect(200)["pagination"]["total"].clone()
    };
    assert_eq!((total(&ann.access).await, total(&admin.access).await), (json!(1), json!(2)));
    let row = format!("/v1/data/posts/{}", made["id"].text());
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let refused = call(method.clone(), &row, &ben.access).send().await;
        refused.expect_error(403, "data/permission-denied");
        let guest = backend.request(method.clone(), &row).key(&dev.key).json(&json!({})).send().await;
        guest.expect_error(403, "data/permission-denied");
        let missing = call(method, "/v1/data/posts/0123456789abcdef01234567", &ben.access).send().await;
        missing.expect_error(404, "data/not-found");
    }
    call(Method::PATCH, &row, &ann.access).send().await.expect(200);
    let both = json!({"user": {"create": true, "list": true}, "self": own});
    backend.operator(Method::PUT, &path).json(&both).send().await.expect(200);
    assert_eq!(total(&ann.access).await, 2, "the group's flag beats self");
    call(Method::DELETE, &row, &ann.access).send().await.expect(200);

    let secret = backend.secret_key(&dev, "server", &[]).await;
    let users = backend.get("/v1/data/users").query(&[("search", "ann")]).key(&secret).send().await.expect(200);
    assert_eq!(users["pagination"]["total"], 1);
    let shown = users["items"][0].as_object().expect("a record");
    assert_eq!(shown["id"], ann.id);
    assert!(shown.keys().all(|name| !name.to_lowercase().contains("password")), "{shown:?}");
    let sessions = backend.get("/v1/data/sessions").key(&secret).send().await.expect(200);
    assert!(sessions["pagination"]["total"].as_u64() >= Some(3));
    assert!(!sessions.to_string().to_lowercase().contains("digest"));
}

#[tokio::test]
async fn changes_of_a_table_are_announced_and_written_down() {
    let table = Table::new(json!({"title": {"bsonType": "string"}})).await;
    let mut events = Events::open(table.backend.operator(Method::GET, "/events")).await;
    table.schema(json!({"fieldsToAddOrUpdate": {"n": {"bsonType": "int"}}})).await.expect(200);
    events.find(|event| event.name == "table" && event.data["schema"]["properties"]["n"].is_object()).await;
    table.indexes(json!({"indexesToAddOrUpdate": [{"name": "by_n", "fields": {"n": 1}}]})).await.expect(200);
    events.find(|event| event.name == "table" && event.data["indexes"][4]["name"] == "by_n").await;
    table.send(Method::PUT, "/permissions", &json!({"guest": {"read": true}})).await.expect(200);
    let changed =
        events.find(|event| event.name == "table" && event.data["permissions"]["guest"]["create"].is_null()).await;
    assert_eq!(changed.data["permissions"], json!({"guest": {"read": true}}));

    let path = format!("/projects/{}/activity", table.backend.project_id().await);
    let lines = table.backend.operator(Method::GET, &path).send().await.expect(200);
    let details: Vec<_> = lines["items"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|line| line["action"] == "table.update")
        .map(|line| (line["target"].text(), line["detail"].text()))
        .collect();
    let line = |detail: &str| ("posts".to_owned(), detail.to_owned());
    assert_eq!(details, [line("permissions"), line("indexes, version 2"), line("columns, version 2")]);
}
