//! What SQLite says of how it will run list calls: on indexed columns nothing is scanned or sorted.

use rusqlite::{Connection, params_from_iter};
use serde_json::{Value, json};

use super::*;
use crate::{
    domain::{
        TableId, Timestamp,
        id::Entropy,
        table::{Index, Schema},
    },
    store::{Durability, environment::connect, fixture::DataFile, tables},
};

/// A table with an index on each kind of column. Its file goes when this returns, and stays readable.
fn database() -> (Connection, StoredTable) {
    let schema = json!({
        "status": {"bsonType": "string"}, "views": {"bsonType": "int"}, "due": {"bsonType": "date"},
        "slug": {"bsonType": "string", "unique": true}, "loose": {"bsonType": "string"},
        "code": {"bsonType": "string"},
    });
    let index = |name: &str, column: &str, unique: bool| Index {
        name: name.into(),
        fields: [(column.to_owned(), 1.into())].into_iter().collect(),
        unique,
        sparse: false,
    };
    let indexes = vec![
        index("by_status", "status", false),
        index("by_views", "views", false),
        index("by_due", "due", false),
        index("by_code", "code", true),
    ];
    let now = Timestamp::from_millis(1);
    let table = StoredTable::new(
        TableId::generate(&Entropy::seeded(1), now),
        "posts".into(),
        None,
        None,
        Schema::parse(schema.as_object().expect("an object")).expect("valid"),
        indexes,
        None,
        now,
    );
    let file = DataFile::new();
    let connection = connect(file.path(), Durability::Full).expect("opens");
    tables::create(&connection, &table).expect("created");
    (connection, table)
}

/// The plans of the page and of the count.
fn explain(connection: &Connection, plan: &ListPlan) -> Vec<String> {
    let bounds = [Sql::Integer(20), Sql::Integer(0)];
    let mut lines = Vec::new();
    for sql in [&plan.select, &plan.count] {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("compiles");
        let count = statement.parameter_count();
        let values: Vec<_> = plan.values.iter().chain(&bounds).take(count).cloned().collect();
        let rows = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).expect("runs");
        lines.extend(rows.map(|row| row.expect("a line")));
    }
    lines
}

fn plan(table: &StoredTable, filter: &Value, sort: &str, direction: Direction) -> ListPlan {
    let filter = Filter::parse(filter).expect("a filter");
    let order = Order { field: Path::parse(sort).expect("a path"), direction };
    ListPlan::new(table, &[filter], &order).expect("compiles")
}

#[test]
fn filters_and_sorts_on_indexed_columns_scan_and_sort_nothing() {
    let (connection, table) = database();
    for (filter, sort) in [
        (json!({"status": "open"}), "id"),
        (json!({"status": {"$eq": "open"}}), "status"),
        (json!({"status": {"$in": ["open", "shut"]}}), "status"),
        (json!({"views": 5}), "id"),
        (json!({"views": {"$gte": 1, "$lt": 9}}), "views"),
        (json!({"due": {"$gte": "2025-01-20", "$lte": "2025-01-26"}}), "due"),
        (json!({"slug": "a"}), "id"),
        (json!({"code": "a"}), "id"),
        (json!({"status": null}), "id"),
        (json!({"createdBy": {"$in": ["u1", "u2"]}}), "createdBy"),
        (json!({"createdAt": {"$gt": "2025-01-20"}}), "createdAt"),
        (json!({"id": {"$gt": "0123"}}), "id"),
        (json!({"status": "open", "loose": {"$ne": "x"}}), "id"),
        (json!({"$and": [{"status": "open"}, {"views": {"$gt": 3}}]}), "id"),
    ] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let lines = explain(&connection, &plan(&table, &filter, sort, direction));
            assert!(lines.iter().any(|line| line.contains("SEARCH t_")), "{filter} by {sort}: {lines:?}");
            for line in &lines {
                let scans = line.starts_with("SCAN t_");
                assert!(!scans && !line.contains("TEMP B-TREE FOR ORDER BY"), "{filter} by {sort}: {lines:?}");
            }
        }
    }
}

#[test]
fn columns_that_were_declared_later_are_found_by_their_index_too() {
    let (connection, mut table) = database();
    table.loose = table.schema.columns().iter().map(|column| column.name.clone()).collect();
    for (filter, sort) in [
        (json!({"status": "open"}), "id"),
        (json!({"status": {"$in": ["open", "shut"]}}), "status"),
        (json!({"views": {"$gte": 1, "$lt": 9}}), "views"),
        (json!({"due": {"$gte": "2025-01-20", "$lte": "2025-01-26"}}), "due"),
        (json!({"slug": "a"}), "id"),
    ] {
        let lines = explain(&connection, &plan(&table, &filter, sort, Direction::Descending));
        assert!(lines.iter().any(|line| line.contains("SEARCH t_")), "{filter} by {sort}: {lines:?}");
        let sorts = |line: &String| line.starts_with("SCAN t_") || line.contains("TEMP B-TREE FOR ORDER BY");
        assert!(!lines.iter().any(sorts), "{filter} by {sort}: {lines:?}");
    }
}

#[test]
fn sorting_by_an_indexed_column_walks_its_index() {
    let (connection, table) = database();
    for sort in ["id", "status", "views", "due", "createdAt", "updatedAt", "createdBy"] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let lines = explain(&connection, &plan(&table, &json!({}), sort, direction));
            assert!(lines[0].contains("USING INDEX") && !lines[0].contains("TEMP"), "by {sort}: {lines:?}");
            assert!(lines.iter().all(|line| !line.contains("TEMP B-TREE")), "by {sort}: {lines:?}");
        }
    }
}

#[test]
fn counting_an_indexed_equality_reads_no_row() {
    let (connection, table) = database();
    let lines = explain(&connection, &plan(&table, &json!({"status": "open"}), "id", Direction::Descending));
    let count = lines.last().expect("a plan");
    assert!(count.contains("USING COVERING INDEX"), "{lines:?}");
}

#[test]
fn a_list_without_filter_counts_from_the_counter() {
    let (_, table) = database();
    assert_eq!(plan(&table, &json!({}), "id", Direction::Descending).total, Count::Stored);
    assert_eq!(plan(&table, &json!({"status": "a"}), "id", Direction::Descending).total, Count::Matching);
}
