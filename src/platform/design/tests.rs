//! Changes that meet each other.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{domain::api::CreateTable, platform::Config};

#[tokio::test]
async fn one_change_at_a_time_is_made_in_an_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Platform::open(Config::new(folder.path())).await.expect("opens");
    platform.start_jobs(Arc::new(|_, _| Box::pin(async { Ok(()) })));
    platform.settled(Duration::from_secs(30)).await.expect("dev becomes active");
    let one = Window { page: 1, limit: 1 };
    let project = platform.projects(one).page.items.remove(0);
    let dev = platform.environments(&project.id, one).expect("listed").page.items.remove(0).id;
    let table: CreateTable = serde_json::from_value(json!({"name": "posts"})).expect("a table");
    platform.create_table(&dev, table).await.expect("created");

    let fields = json!({"n": {"bsonType": "int"}}).as_object().cloned().expect("an object");
    let change = SchemaChange { fields_to_add_or_update: fields, ..SchemaChange::default() };
    let under_way = platform.0.under_way.turn(&dev).expect("nobody else is there");
    let refused = platform.change_schema(&dev, "posts", change.clone(), None).await;
    assert!(matches!(refused, Err(Error::Changing { .. })), "{refused:?}");
    platform.sweep_unless_changing(&dev).await.expect("it leaves what is under way alone");
    platform.set_permissions(&dev, "posts", None).await.expect("permissions move no rows");
    drop(under_way);
    let changed = platform.change_schema(&dev, "posts", change, None).await.expect("changed");
    assert!(changed.schema.get("n").is_some());
}
