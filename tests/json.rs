//! What is written comes back: equal JSON values with their keys in the order they were sent in.

use std::{sync::Arc, time::Duration};

use bkend_console::{
    domain::{api::CreateTable, list::Window},
    platform::{Access, Config, Platform},
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Map, Value, json};

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i16>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        prop::num::f64::SUBNORMAL.prop_map(Value::from),
        any::<i32>().prop_map(|n| Value::from(f64::from(n))),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        any::<String>().prop_map(Value::from),
        "\\PC*".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn document() -> impl Strategy<Value = Map<String, Value>> {
    // Names that belong to the system, or to the envelope, are not the caller's.
    let name = any::<String>().prop_filter("a column of the caller's", |name| {
        !["id", "_id", "createdBy", "createdAt", "updatedAt", "success", "data"].contains(&name.as_str())
    });
    prop::collection::vec((name, value()), 0..8).prop_map(|members| members.into_iter().collect())
}

/// Equality of JSON in which the order of keys counts and `5.0` is `5`.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(l), Value::Number(r)) => {
            l == r || (l.is_f64() != r.is_f64() || l.is_f64()) && l.as_f64() == r.as_f64()
        }
        (Value::Array(l), Value::Array(r)) => l.len() == r.len() && l.iter().zip(r).all(|(l, r)| same(l, r)),
        (Value::Object(l), Value::Object(r)) => {
            l.len() == r.len() && l.iter().zip(r).all(|((k, v), (m, w))| k == m && same(v, w))
        }
        _ => left == right,
    }
}

async fn platform(folder: &std::path::Path) -> (Platform, Access) {
    let platform = Platform::open(Config::new(folder)).await.expect("opens");
    platform.start_jobs(Arc::new(|_, _| Box::pin(async { Ok(()) })));
    platform.settled(Duration::from_secs(30)).await.expect("dev becomes active");
    let one = Window { page: 1, limit: 1 };
    let project = platform.projects(one).page.items.remove(0);
    let dev = platform.environments(&project.id, one).expect("listed").page.items.remove(0);
    let table: CreateTable = serde_json::from_value(json!({"name": "things"})).expect("a table");
    platform.create_table(&dev.id, table).await.expect("created");
    let access = platform.operator_access(&dev.id).expect("the operator");
    (platform, access)
}

#[test]
fn what_is_written_comes_back_equal_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (platform, access) = runtime.block_on(platform(folder.path()));
    let answer = |json: &[u8]| serde_json::from_slice::<Map<String, Value>>(json).expect("an object");
    let mut runner = TestRunner::new(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() });
    let outcome = runner.run(&document(), |sent| {
        // As it arrives: text that is parsed.
        let body = answer(&serde_json::to_vec(&sent).expect("JSON"));
        let created = runtime.block_on(platform.create_record(&access, "things", Some(body))).expect("valid");
        let id = answer(&created.json)["id"].as_str().expect("an id").to_owned();
        let found = runtime.block_on(platform.get_record(&access, "things", &id)).expect("found");
        for json in [&created.json, &found.json] {
            let mut columns = answer(json);
            for system in ["id", "createdBy", "createdAt", "updatedAt"] {
                columns.shift_remove(system);
            }
            let (sent, got) = (Value::Object(sent.clone()), Value::Object(columns));
            prop_assert!(same(&sent, &got), "sent {sent}, got {got}");
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
