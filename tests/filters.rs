//! The filter language, held against a plain model of it: for random filters the store must let
//! through exactly the records that the model does, in the order that the model gives them.

use std::{cmp::Ordering, sync::Arc, time::Duration};

use bkend_console::{
    domain::{
        EnvironmentId, Status,
        api::CreateTable,
        filter::{Filter, Path},
        list::{Direction, Window},
        table::{Index, IndexChange, SchemaChange},
    },
    platform::{Access, Config, ListQuery, Platform},
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Map, Value, json};

/// Small pools, so that filters and records meet.
const TEXTS: [&str; 6] = ["", "a", "b", "ab", "[1]", "2025-01-20"];
const NUMBERS: [f64; 6] = [-1.0, 0.0, 1.0, 1.5, 2.0, 1e20];
const DATES: [&str; 3] = ["2025-01-20", "2025-01-20T00:00:00.000Z", "2025-02-01T10:00:00Z"];

/// Every shape of value that a column or an undeclared field may hold, several records each.
fn records() -> Vec<Value> {
    let mut all = vec![json!({}), json!({"text": null, "number": null, "list": null, "loose": null})];
    let (texts, numbers, dates) = (TEXTS.len(), NUMBERS.len(), DATES.len());
    for i in 0..24 {
        let loose = match i % 8 {
            0 => json!(TEXTS[i % texts]),
            1 => json!(NUMBERS[i % numbers]),
            2 => json!(i % 3 == 0),
            3 => json!([TEXTS[i % texts], NUMBERS[i % numbers], true]),
            4 => json!({"inner": TEXTS[i % texts], "n": NUMBERS[i % numbers]}),
            5 => json!({"inner": [TEXTS[i % texts]]}),
            6 => json!([[1], {"a": 1}]),
            _ => Value::Null,
        };
        all.push(json!({
            "text": TEXTS[i % texts], "number": NUMBERS[i % numbers], "whole": i % 4, "flag": i % 2 == 0,
            "day": DATES[i % dates], "list": [TEXTS[i % texts], i % 3], "thing": {"a": i % 2}, "loose": loose,
        }));
        all.push(json!({"text": TEXTS[i % texts], "loose": loose, "list": [], "number": NUMBERS[(i + 1) % numbers]}));
    }
    all
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => prop::sample::select(TEXTS.to_vec()).prop_map(Value::from),
        3 => prop::sample::select(NUMBERS.to_vec()).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => scalar(),
        1 => prop::collection::vec(scalar(), 0..3).prop_map(Value::from),
        1 => (0..2i64).prop_map(|n| json!({"a": n})),
    ]
}

fn ordering() -> impl Strategy<Value = Value> {
    let operator = prop::sample::select(vec!["$gt", "$gte", "$lt", "$lte"]);
    let operand = prop_oneof![
        prop::sample::select(TEXTS.to_vec()).prop_map(Value::from),
        prop::sample::select(NUMBERS.to_vec()).prop_map(Value::from),
    ];
    (operator, operand).prop_map(|(operator, operand)| json!({ operator: operand }))
}

fn condition() -> impl Strategy<Value = Value> {
    let pattern = prop::sample::select(vec!["^a", "b$", "A", "^$", "[0-9]"]);
    prop_oneof![
        3 => value(),
        2 => (prop::sample::select(vec!["$eq", "$ne"]), value()).prop_map(|(o, v)| json!({ o: v })),
        2 => (prop::sample::select(vec!["$in", "$nin"]), prop::collection::vec(value(), 0..4))
            .prop_map(|(o, v)| json!({ o: v })),
        3 => ordering(),
        1 => any::<bool>().prop_map(|b| json!({"$exists": b})),
        1 => (pattern, any::<bool>())
            .prop_map(|(p, i)| if i { json!({"$regex": p, "$options": "i"}) } else { json!({"$regex": p}) }),
    ]
}

/// A field with a condition that its type allows; dates refuse what is no date, by design.
fn field() -> impl Strategy<Value = (String, Value)> {
    let names = vec!["text", "number", "whole", "flag", "list", "thing", "loose", "loose.inner", "thing.a", "absent"];
    let date = prop::sample::select(DATES.to_vec());
    let operator = prop::sample::select(vec!["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]);
    prop_oneof![
        8 => (prop::sample::select(names), condition()).prop_map(|(name, condition)| (name.to_owned(), condition)),
        1 => (operator, date).prop_map(|(operator, date)| ("day".to_owned(), json!({ operator: date }))),
    ]
}

fn filters() -> impl Strategy<Value = Value> {
    let leaf = prop::collection::vec(field(), 0..3).prop_map(|fields| Value::Object(fields.into_iter().collect()));
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|list| json!({"$and": list})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|list| json!({"$or": list})),
            inner.prop_map(|filter| json!({"$not": filter})),
        ]
    })
}

/// `orFilters` in both of its forms.
fn alternatives() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::collection::vec(field(), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        prop::collection::vec(filters(), 0..3).prop_map(Value::from),
    ]
}

/// What is searched for, and where.
fn search() -> impl Strategy<Value = Option<(&'static str, Option<&'static str>)>> {
    let field = prop::sample::select(vec![None, Some("text"), Some("loose"), Some("loose.inner"), Some("number")]);
    prop::option::of((prop::sample::select(vec!["A", "b", "[1", "2025", "."]), field))
}

/// The language in plain words.
mod model {
    use super::*;

    pub fn lets_through_any(filters: &Value, record: &Map<String, Value>) -> bool {
        match filters {
            Value::Array(list) => list.is_empty() || list.iter().any(|filter| lets_through(filter, record)),
            filters => {
                let fields = filters.as_object().expect("an object");
                let alone = |(name, condition): (&String, &Value)| lets_through(&json!({ name: condition }), record);
                fields.is_empty() || fields.iter().any(alone)
            }
        }
    }

    /// Whether a text is there, whatever the case of its letters; `text` is the one column of strings.
    pub fn contains(part: &str, field: Option<&str>, record: &Map<String, Value>) -> bool {
        let found = look_up(field.unwrap_or("text"), record).and_then(Value::as_str);
        found.is_some_and(|text| text.to_lowercase().contains(&part.to_lowercase()))
    }

    /// The record as a table sees it whose columns were declared later: a value that is not of its
    /// column's type is there, and equals nothing.
    pub fn declared_later(record: &Map<String, Value>) -> Map<String, Value> {
        let fits = |name: &str, value: &Value| match name {
            "text" => value.is_string(),
            "number" | "whole" => value.is_number(),
            "flag" => value.is_boolean(),
            "day" => value.as_str().is_some_and(|text| instant(text).is_some()),
            _ => true,
        };
        let seen = |(name, value): (&String, &Value)| {
            let value = if value.is_null() || fits(name, value) { value.clone() } else { json!({"stray": true}) };
            (name.clone(), value)
        };
        record.iter().map(seen).collect()
    }

    pub fn lets_through(filter: &Value, record: &Map<String, Value>) -> bool {
        filter.as_object().expect("an object").iter().all(|(name, condition)| match name.as_str() {
            "$and" => condition.as_array().expect("a list").iter().all(|filter| lets_through(filter, record)),
            "$or" => condition.as_array().expect("a list").iter().any(|filter| lets_through(filter, record)),
            "$not" => !lets_through(condition, record),
            _ => holds(look_up(name, record), condition, name == "day"),
        })
    }

    fn look_up<'a>(path: &str, record: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
        let value = record.get(first)?;
        rest.map_or(Some(value), |rest| look_up(rest, value.as_object()?))
    }

    fn holds(value: Option<&Value>, condition: &Value, is_date: bool) -> bool {
        match condition.as_object().filter(|map| map.keys().any(|key| key.starts_with('$'))) {
            None => equal(value, condition, is_date),
            Some(operators) => operators.iter().all(|(operator, operand)| match operator.as_str() {
                "$eq" => equal(value, operand, is_date),
                "$ne" => !equal(value, operand, is_date),
                "$in" => operand.as_array().expect("a list").iter().any(|operand| equal(value, operand, is_date)),
                "$nin" => !operand.as_array().expect("a list").iter().any(|operand| equal(value, operand, is_date)),
                "$exists" => value.is_some() == operand.as_bool().expect("a flag"),
                "$regex" => matches(value, operand.as_str().expect("text"), operators.contains_key("$options")),
                "$options" => true,
                ordering => order(value, operand, is_date).is_some_and(|found| match ordering {
                    "$gt" => found == Ordering::Greater,
                    "$gte" => found != Ordering::Less,
                    "$lt" => found == Ordering::Less,
                    _ => found != Ordering::Greater,
                }),
            }),
        }
    }

    fn equal(value: Option<&Value>, operand: &Value, is_date: bool) -> bool {
        match (value, operand) {
            (None | Some(Value::Null), operand) => operand.is_null(),
            (Some(Value::String(text)), Value::String(operand)) if is_date => instant(text) == instant(operand),
            (Some(Value::Array(values)), operand)
                if !operand.is_array() && !operand.is_object() && !operand.is_null() =>
            {
                values.iter().any(|value| same(value, operand))
            }
            (Some(value), operand) => same(value, operand),
        }
    }

    fn same(left: &Value, right: &Value) -> bool {
        match (left, right) {
            (Value::Number(l), Value::Number(r)) => l.as_f64() == r.as_f64(),
            (Value::Array(l), Value::Array(r)) => l.len() == r.len() && l.iter().zip(r).all(|(l, r)| same(l, r)),
            (Value::Object(l), Value::Object(r)) => {
                l.len() == r.len() && l.iter().zip(r).all(|((k, v), (l, w))| k == l && same(v, w))
            }
            _ => left == right,
        }
    }

    fn order(value: Option<&Value>, operand: &Value, is_date: bool) -> Option<Ordering> {
        match (value?, operand) {
            (Value::String(text), Value::String(operand)) if is_date => instant(text).partial_cmp(&instant(operand)),
            (Value::String(text), Value::String(operand)) => Some(text.as_bytes().cmp(operand.as_bytes())),
            (Value::Number(number), Value::Number(operand)) => number.as_f64()?.partial_cmp(&operand.as_f64()?),
            _ => None,
        }
    }

    fn matches(value: Option<&Value>, pattern: &str, ignore_case: bool) -> bool {
        let pattern = regex::RegexBuilder::new(pattern).case_insensitive(ignore_case).build().expect("a pattern");
        value.and_then(Value::as_str).is_some_and(|text| pattern.is_match(text))
    }

    fn instant(text: &str) -> Option<i64> {
        bkend_console::domain::Timestamp::parse(text).map(bkend_console::domain::Timestamp::millis)
    }
}

struct Backend {
    _folder: tempfile::TempDir,
    platform: Platform,
    environment: EnvironmentId,
    access: Access,
    /// As the server answers them, in the order of creation.
    stored: Vec<Map<String, Value>>,
}

fn columns() -> Map<String, Value> {
    let columns = json!({
        "text": {"bsonType": "string"}, "number": {"bsonType": "double"}, "whole": {"bsonType": "int"},
        "flag": {"bsonType": "bool"}, "day": {"bsonType": "date"}, "list": {"bsonType": "array"},
        "thing": {"bsonType": "object"},
    });
    columns.as_object().expect("an object").clone()
}

fn indexes() -> Vec<Index> {
    let index = |name: &str, column: &str| json!({"name": name, "fields": {column: 1}});
    let indexes = [index("by_text", "text"), index("by_number", "number"), index("by_day", "day")];
    indexes.map(|json| serde_json::from_value(json).expect("an index")).into()
}

/// A table whose columns came with it.
async fn backend() -> Backend {
    let declared = CreateTable { schema: columns(), indexes: indexes(), ..table() };
    filled(declared, records()).await
}

/// A table whose columns were declared when its rows were there, some with values of other types.
async fn late_backend() -> Backend {
    let mut rows = records();
    // What has become a date since stays as it is written.
    for row in &mut rows {
        if let Some(day) = row.get_mut("day") {
            *day = json!("2025-02-01T10:00:00.000Z");
        }
    }
    rows.extend(strays());
    let backend = filled(table(), rows).await;
    let change = SchemaChange { fields_to_add_or_update: columns(), ..SchemaChange::default() };
    backend.platform.change_schema(&backend.environment, "things", change, None).await.expect("changed");
    let change = IndexChange { indexes_to_add_or_update: indexes(), ..IndexChange::default() };
    backend.platform.change_indexes(&backend.environment, "things", change).await.expect("changed");
    backend
}

fn strays() -> Vec<Value> {
    let values =
        [json!(1), json!(1.5), json!(true), json!("a"), json!("[1]"), json!(["a", 1]), json!({"a": 1}), json!(0)];
    let row = |value: &Value| -> Value {
        let columns = ["text", "number", "whole", "flag", "day", "list", "thing"];
        Value::Object(columns.map(|column| (column.to_owned(), value.clone())).into_iter().collect())
    };
    values.iter().map(row).collect()
}

fn table() -> CreateTable {
    serde_json::from_value(json!({"name": "things"})).expect("a table")
}

async fn filled(table: CreateTable, rows: Vec<Value>) -> Backend {
    let folder = tempfile::tempdir().expect("a folder");
    let platform = Platform::open(Config::new(folder.path())).await.expect("opens");
    platform.start_jobs(Arc::new(|_, _| Box::pin(async { Ok(()) })));
    platform.settled(Duration::from_secs(30)).await.expect("dev becomes active");
    let project = platform.projects(Window { page: 1, limit: 1 }).page.items.remove(0);
    let listed = platform.environments(&project.id, Window { page: 1, limit: 1 }).expect("listed");
    let environment = &listed.page.items[0];
    assert_eq!(environment.status, Status::Active);
    let id: EnvironmentId = environment.id.clone();
    platform.create_table(&id, table).await.expect("created");
    let access = platform.operator_access(&id).expect("the operator");
    let mut stored = Vec::new();
    for record in rows {
        let body = record.as_object().expect("an object").clone();
        let payload = platform.create_record(&access, "things", Some(body)).await.expect("valid");
        stored.push(serde_json::from_slice(&payload.json).expect("JSON"));
    }
    Backend { _folder: folder, platform, environment: id, access, stored }
}

impl Backend {
    async fn list(&self, filter: &Value, sort: &str, direction: Direction) -> (Vec<String>, u64) {
        self.list_by(vec![Filter::parse(filter).expect("a filter of the language")], sort, direction).await
    }

    async fn list_by(&self, filters: Vec<Filter>, sort: &str, direction: Direction) -> (Vec<String>, u64) {
        let query = ListQuery {
            sort_by: Some(sort.to_owned()),
            direction,
            filters,
            ..ListQuery::page(Window { page: 1, limit: 100 })
        };
        let payload = self.platform.list_records(&self.access, "things", query).await.expect("a list");
        let answer: Value = serde_json::from_slice(&payload.json).expect("JSON");
        let ids =
            answer["items"].as_array().expect("items").iter().map(|item| item["id"].as_str().expect("an id").into());
        (ids.collect(), answer["pagination"]["total"].as_u64().expect("a total"))
    }
}

#[expect(clippy::panic, reason = "that is how a test fails")]
fn check(backend: &Backend, view: fn(&Map<String, Value>) -> Map<String, Value>, cases: u32) {
    let runtime = tokio::runtime::Handle::current();
    let stored: Vec<_> = backend.stored.iter().map(view).collect();
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..Default::default() });
    let outcome = runner.run(&(filters(), alternatives(), search()), |(all, any, search)| {
        let expected: Vec<&str> = stored
            .iter()
            .filter(|record| model::lets_through(&all, record) && model::lets_through_any(&any, record))
            .filter(|record| search.is_none_or(|(text, field)| model::contains(text, field, record)))
            .map(|record| record["id"].as_str().expect("an id"))
            .collect();
        let mut filters = vec![
            Filter::parse(&all).expect("a filter of the language"),
            Filter::parse_any(&any).expect("alternatives of the language"),
        ];
        if let Some((text, field)) = search {
            let field = field.map(|name| Path::parse(name).expect("a path"));
            filters.push(Filter::search(text, field).expect("a search"));
        }
        let (found, total) = runtime.block_on(backend.list_by(filters, "id", Direction::Ascending));
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(total, expected.len() as u64);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn random_filters_let_through_what_the_model_does() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let backend = runtime.block_on(backend());
    let _entered = runtime.enter();
    check(&backend, Map::clone, 3000);
}

#[test]
fn columns_that_were_declared_later_compare_values_of_their_type_only() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let backend = runtime.block_on(late_backend());
    let _entered = runtime.enter();
    check(&backend, model::declared_later, 2000);
}

#[test]
fn sorting_puts_missing_first_and_breaks_ties_by_id() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let backend = runtime.block_on(backend());
    for column in ["text", "number", "whole", "day"] {
        let mut expected = backend.stored.clone();
        expected.sort_by(|left, right| {
            let key = |record: &Map<String, Value>| {
                let value = record.get(column).filter(|value| !value.is_null());
                let rank = u8::from(value.is_some());
                let number = value.and_then(Value::as_f64).unwrap_or_default();
                let text = value.and_then(Value::as_str).unwrap_or_default().to_owned();
                (rank, number, text, record["id"].as_str().expect("an id").to_owned())
            };
            key(left).partial_cmp(&key(right)).expect("comparable")
        });
        let ids: Vec<_> = expected.iter().map(|record| record["id"].as_str().expect("an id").to_owned()).collect();
        let (ascending, _) = runtime.block_on(backend.list(&json!({}), column, Direction::Ascending));
        assert_eq!(ascending, ids, "by {column}");
        let (descending, _) = runtime.block_on(backend.list(&json!({}), column, Direction::Descending));
        assert!(descending.iter().eq(ids.iter().rev()), "by {column}, descending");
    }
}

#[test]
fn a_thousand_values_of_any_type_fit_one_filter() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let backend = runtime.block_on(backend());
    let list = |of: fn(usize) -> Value| Value::from((0..1000).map(of).collect::<Vec<_>>());
    for values in [
        list(|i| json!(i % 2 == 0)),
        list(|_| Value::Null),
        list(|i| json!({"a": i})),
        list(|i| json!([i])),
        list(|i| if i % 2 == 0 { json!([TEXTS[i % TEXTS.len()]]) } else { json!(i) }),
    ] {
        for field in ["text", "number", "flag", "list", "thing", "loose", "absent"] {
            for operator in ["$in", "$nin"] {
                let filter = json!({ field: { operator: values } });
                let expected: Vec<&str> = backend
                    .stored
                    .iter()
                    .filter(|record| model::lets_through(&filter, record))
                    .map(|record| record["id"].as_str().expect("an id"))
                    .collect();
                let (found, _) = runtime.block_on(backend.list(&filter, "id", Direction::Ascending));
                assert_eq!(found, expected, "{operator} of {} ... on {field}", values[0]);
            }
        }
    }
    let empties = json!({"$or": vec![json!({}); 200]});
    let (found, _) = runtime.block_on(backend.list(&empties, "id", Direction::Ascending));
    assert_eq!(found.len(), backend.stored.len());
}
