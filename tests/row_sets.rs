//! Rows that an operator deletes together come back as they were.

mod harness;

use bkend_console::{
    client::{Client, ReadRow, RowVersion, RowsQuery},
    domain::{EnvironmentId, api::Record, list::Direction, record},
};
use harness::{Backend, Environment, accounts::User};
use reqwest::Method;
use serde_json::{Value, json};

struct World {
    backend: Backend,
    dev: Environment,
    id: EnvironmentId,
    client: Client,
    ann: User,
}

impl World {
    async fn new() -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        let schema =
            json!({"title": {"bsonType": "string", "required": true}, "slug": {"bsonType": "string", "unique": true}});
        backend.open_table(&dev, "posts", schema).await;
        let ann = backend.sign_up(&dev, "ann").await;
        Self { id: dev.id(), client: backend.client(), backend, dev, ann }
    }

    /// A row of ann's that was changed since it was made.
    async fn row(&self, slug: &str) -> String {
        let body = json!({"title": "a", "slug": slug, "tags": [1, 2]});
        let call = self.backend.post("/v1/data/posts", &body).key(&self.dev.key).bearer(&self.ann.access);
        let id = call.send().await.expect(201)["id"].as_str().expect("an id").to_owned();
        let path = format!("/v1/data/posts/{id}");
        self.backend.patch(&path, &json!({"title": "b"})).key(&self.dev.key).send().await.expect(200);
        id
    }

    async fn all(&self) -> Vec<Record> {
        let query =
            RowsQuery { page: 1, limit: 100, sort_by: None, direction: Direction::Ascending, and_filters: None };
        self.client.rows(&self.id, "posts", &query).await.expect("a page").items
    }

    async fn holds(&self) -> (u64, u64) {
        let table = self.client.table(&self.id, "posts").await.expect("the table");
        (table.rows, table.bytes)
    }
}

#[tokio::test]
async fn rows_come_back_with_their_ids_owners_and_times() {
    let world = World::new().await;
    let (first, second) = (world.row("one").await, world.row("two").await);
    let kept = world.row("three").await;
    let (before, counted) = (world.all().await, world.holds().await);
    let ids = vec![first, "gone".into(), second];
    let deleted = world.client.delete_rows(&world.id, "posts", ids, None).await.expect("deleted");
    assert_eq!((deleted.count, &deleted.items[..]), (2, &before[..2]));
    assert_eq!(world.all().await.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), [json!(kept)]);
    let restored = world.client.restore_rows(&world.id, "posts", deleted.items).await.expect("restored");
    assert_eq!(restored.count, 2);
    assert_eq!(world.all().await, before);
    assert_eq!(before[0]["createdBy"], json!(world.ann.id));
    assert_ne!(before[0]["createdAt"], Value::Null);
    assert_eq!(world.holds().await, counted, "the counters are right again");
}

#[tokio::test]
async fn nothing_comes_back_when_one_row_cannot() {
    let world = World::new().await;
    let ids = vec![world.row("one").await, world.row("two").await];
    let deleted = world.client.delete_rows(&world.id, "posts", ids, None).await.expect("deleted").items;
    let restore = async |rows: Vec<Record>| world.client.restore_rows(&world.id, "posts", rows).await;

    let twice = vec![deleted[0].clone(), deleted[0].clone()];
    let error = restore(twice).await.expect_err("refused");
    assert_eq!((error.status(), error.code()), (Some(409), Some("row/already-exists")));
    assert!(world.all().await.is_empty());
    world.row("two").await;
    let error = restore(deleted.clone()).await.expect_err("another row has the value");
    assert_eq!((error.status(), error.code()), (Some(409), Some("data/duplicate-value")));
    assert_eq!(world.all().await.len(), 1);
    let mut broken = deleted[0].clone();
    broken.shift_remove("title");
    let error = restore(vec![broken]).await.expect_err("not valid");
    assert_eq!((error.status(), error.code()), (Some(400), Some("data/validation-error")));
    restore(vec![deleted[0].clone()]).await.expect("restored");
    assert_eq!(restore(vec![deleted[0].clone()]).await.expect_err("there again").code(), Some("row/already-exists"));
}

#[tokio::test]
async fn a_protected_environment_asks_for_a_name_and_a_call_has_a_bound() {
    let world = World::new().await;
    let id = world.row("one").await;
    let path = format!("/environments/{}", world.dev.id);
    world.backend.operator(Method::PATCH, &path).json(&json!({"protected": true})).send().await.expect(200);
    let refused = world.client.delete_rows(&world.id, "posts", vec![id.clone()], None).await.expect_err("refused");
    assert_eq!(refused.code(), Some("environment/protected"));
    for ids in [Vec::new(), vec!["x".to_owned(); 1001]] {
        let refused = world.client.delete_rows(&world.id, "posts", ids, Some("dev")).await.expect_err("refused");
        assert_eq!(refused.status(), Some(400));
    }
    let of_the_system = world.client.delete_rows(&world.id, "users", vec![world.ann.id.clone()], Some("dev")).await;
    assert!(of_the_system.expect_err("no table of theirs").is_not_found());
    let deleted = world.client.delete_rows(&world.id, "posts", vec![id], Some("dev")).await.expect("deleted");
    assert_eq!(deleted.count, 1);
}

#[tokio::test]
async fn one_row_is_read_changed_and_deleted_and_several_are_created() {
    let world = World::new().await;
    let rows: Vec<Record> =
        ["one", "two"].map(|slug| json!({"title": "a", "slug": slug}).as_object().expect("an object").clone()).into();
    let created = world.client.create_rows(&world.id, "posts", &rows).await.expect("created");
    let id = created[0]["id"].as_str().expect("an id").to_owned();
    let ReadRow { row: before, version } = world.client.row(&world.id, "posts", &id).await.expect("the row");
    assert_eq!(before, created[0]);
    let mut after = before.clone();
    after.insert("title".into(), json!("b"));
    after.shift_remove("slug");
    let changes = record::changes(&before, &after);
    let change = |version| world.client.update_row(&world.id, "posts", &id, version, &changes);
    let row = change(version.clone()).await.expect("changed");
    assert_eq!((&row["title"], &row["slug"]), (&json!("b"), &Value::Null));
    assert!(change(version).await.expect_err("it is another version by now").is_other_version());
    change(RowVersion::ANY).await.expect("whatever version it is");
    world.client.delete_row(&world.id, "posts", &id).await.expect("deleted");
    assert!(world.client.row(&world.id, "posts", &id).await.expect_err("gone").is_not_found());
    assert_eq!(world.all().await.len(), 1);
}

#[tokio::test]
async fn the_activity_says_how_many_rows_went_and_came_back() {
    let world = World::new().await;
    let ids = vec![world.row("one").await, world.row("two").await];
    let deleted = world.client.delete_rows(&world.id, "posts", ids, None).await.expect("deleted");
    world.client.restore_rows(&world.id, "posts", deleted.items).await.expect("restored");
    let path = format!("/projects/{}/activity?action=row", world.backend.project_id().await);
    let lines = world.backend.operator(Method::GET, &path).send().await.expect(200);
    let told: Vec<_> = lines["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|line| (&line["action"], &line["target"], &line["detail"]))
        .collect();
    let (posts, two) = (json!("posts"), json!("2 rows"));
    assert_eq!(told, [(&json!("row.restore"), &posts, &two), (&json!("row.delete"), &posts, &two)]);
}
