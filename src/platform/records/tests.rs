//! Who may do what to whose records: section 4.5 of the contract for every kind of caller.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::{
    domain::{
        api::CreateTable,
        list::Window,
        permission::{Group, Permissions, Requester},
    },
    platform::{Config, ListQuery},
};

struct Fixture {
    platform: Platform,
    operator: Access,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new(permissions: Value) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let platform = Platform::open(Config::new(folder.path())).await.expect("opens");
        platform.start_jobs(Arc::new(|_, _| Box::pin(async { Ok(()) })));
        platform.settled(Duration::from_secs(30)).await.expect("dev becomes active");
        let one = Window { page: 1, limit: 1 };
        let project = platform.projects(one).page.items.remove(0);
        let dev = platform.environments(&project.id, one).expect("listed").page.items.remove(0);
        let operator = platform.operator_access(&dev.id).expect("the operator");
        let table: CreateTable = serde_json::from_value(json!({"name": "notes"})).expect("a table");
        platform.create_table(&dev.id, table).await.expect("created");
        let fixture = Self { platform, operator, _folder: folder };
        fixture.set(permissions).await;
        fixture
    }

    async fn set(&self, permissions: Value) {
        let permissions: Option<Permissions> = serde_json::from_value(permissions).expect("a matrix");
        let changed = self.platform.set_permissions(self.operator.environment(), "notes", permissions);
        changed.await.expect("changed");
    }

    fn caller(&self, group: Group, id: &str) -> Access {
        self.operator.clone().on_behalf_of(Requester { group, id: id.into() })
    }

    fn user(&self, id: &str) -> Access {
        self.caller(Group::User, id)
    }

    async fn create(&self, access: &Access) -> Result<String, Error> {
        let body = json!({"text": "a"}).as_object().cloned();
        let payload = self.platform.create_record(access, "notes", body).await?;
        let record: Value = serde_json::from_slice(&payload.json).expect("JSON");
        assert_eq!(record["createdBy"], access.requester().id);
        Ok(record["id"].as_str().expect("an id").to_owned())
    }

    /// What a caller is answered: read, update, delete of a record, in short.
    async fn tried(&self, access: &Access, id: &str) -> [&'static str; 3] {
        let body = json!({"text": "b"}).as_object().cloned();
        [
            short(self.platform.get_record(access, "notes", id).await),
            short(self.platform.update_record(access, "notes", id, Expected::Any, body).await),
            short(self.platform.delete_record(access, "notes", id, Expected::Any).await),
        ]
    }

    /// How many records a caller is shown, and is told that there are.
    async fn listed(&self, access: &Access) -> Result<(usize, u64), Error> {
        let query = ListQuery::page(Window { page: 1, limit: 100 });
        let payload = self.platform.list_records(access, "notes", query).await?;
        let page: Value = serde_json::from_slice(&payload.json).expect("JSON");
        Ok((page["items"].as_array().expect("items").len(), page["pagination"]["total"].as_u64().expect("a number")))
    }
}

fn short(result: Result<Payload, Error>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(Error::PermissionDenied { .. }) => "403",
        Err(Error::RecordNotFound { .. }) => "404",
        Err(other) => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn a_self_flag_is_about_records_of_ones_own() {
    let own = json!({"read": true, "list": true, "update": true, "delete": true});
    let fixture = Fixture::new(json!({"user": {"create": true}, "self": own})).await;
    let (one, two) = (fixture.user("u1"), fixture.user("u2"));
    let mine = fixture.create(&one).await.expect("created");
    let others = fixture.create(&two).await.expect("created");
    let unowned = fixture.create(&fixture.operator).await.expect("created");
    assert_eq!(fixture.listed(&one).await.expect("listed"), (1, 1), "the total counts own records only");
    assert_eq!(fixture.listed(&fixture.operator).await.expect("listed"), (3, 3));
    for id in [&others, &unowned] {
        assert_eq!(fixture.tried(&one, id).await, ["403"; 3], "it is there, and somebody else's");
    }
    assert_eq!(fixture.tried(&one, "0123456789abcdef01234567").await, ["404"; 3]);
    assert_eq!(fixture.tried(&one, &mine).await, ["done"; 3]);
    assert_eq!(fixture.tried(&one, &mine).await, ["404"; 3]);
    for nobody in [fixture.caller(Group::Guest, ""), fixture.caller(Group::User, "")] {
        assert_eq!(fixture.tried(&nobody, &unowned).await, ["403"; 3], "nobody owns what nobody made");
        assert!(matches!(fixture.listed(&nobody).await, Err(Error::PermissionDenied { .. })));
    }
    let demoted = fixture.caller(Group::Guest, "u2");
    assert!(matches!(fixture.create(&demoted).await, Err(Error::PermissionDenied { .. })), "creating is not self's");
    assert_eq!(fixture.listed(&demoted).await.expect("listed"), (1, 1), "a signed-in guest has records of its own");
    assert_eq!(fixture.tried(&demoted, &others).await, ["done"; 3]);
}

#[tokio::test]
async fn a_flag_of_the_group_beats_self() {
    let fixture = Fixture::new(json!({
        "user": {"create": true, "read": true, "list": true}, "self": {"list": true, "update": true, "delete": true},
    }))
    .await;
    let (one, two) = (fixture.user("u1"), fixture.user("u2"));
    let mine = fixture.create(&one).await.expect("created");
    let others = fixture.create(&two).await.expect("created");
    assert_eq!(fixture.listed(&one).await.expect("listed"), (2, 2), "no filter is added");
    assert_eq!(fixture.tried(&one, &others).await, ["done", "403", "403"]);
    fixture.set(json!({"user": {"list": false}, "self": {"read": true}})).await;
    assert_eq!(fixture.listed(&one).await.expect("listed"), (1, 1), "a missing list of self follows its read");
    assert_eq!(fixture.tried(&one, &mine).await, ["done", "403", "403"]);
    fixture.set(json!({"self": {"create": true}})).await;
    assert!(matches!(fixture.create(&one).await, Err(Error::PermissionDenied { .. })), "it has no meaning");
    fixture.set(Value::Null).await;
    assert_eq!(fixture.tried(&one, &mine).await, ["done", "403", "403"], "the default matrix has no self");
    assert_eq!(fixture.tried(&fixture.operator, &mine).await, ["done"; 3]);
}

#[tokio::test]
async fn a_filter_of_the_callers_own_does_not_widen_what_it_may_list() {
    let fixture = Fixture::new(json!({"user": {"create": true}, "self": {"list": true}})).await;
    let (one, two) = (fixture.user("u1"), fixture.user("u2"));
    fixture.create(&one).await.expect("created");
    fixture.create(&two).await.expect("created");
    for filter in [json!({"createdBy": "u2"}), json!({"$or": [{"text": "a"}]}), json!({"createdBy": {"$ne": "u1"}})] {
        let filter = crate::domain::filter::Filter::parse(&filter).expect("a filter");
        let query = ListQuery { filters: vec![filter], ..ListQuery::page(Window { page: 1, limit: 100 }) };
        let payload = fixture.platform.list_records(&one, "notes", query).await.expect("listed");
        let page: Value = serde_json::from_slice(&payload.json).expect("JSON");
        let items = page["items"].as_array().expect("items");
        assert!(items.iter().all(|item| item["createdBy"] == "u1"), "{page}");
    }
}
