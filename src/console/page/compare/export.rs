//! What the page shows, as a list that goes out: a row for each table, and one for each of its parts.

use serde::Serialize;
use serde_json::{Map, Value};

use super::rows::Row;
use crate::{
    console::task::Export,
    domain::{
        EnvironmentId,
        compare::{Definition, Difference, Sides, TableComparison},
    },
};

const COLUMNS: [&str; 6] = ["table", "what", "name", "difference", "left", "right"];

#[derive(Serialize)]
struct Line<'a> {
    table: &'a str,
    /// `table`, or what part of one it is.
    what: &'static str,
    name: &'a str,
    difference: Difference,
    /// The definition on each side; of a table, how many rows it has.
    #[serde(flatten)]
    sides: Sides<Definition>,
}

/// The rows that the filter lets pass, whether they are folded or not.
pub fn export(environment: Option<&EnvironmentId>, other: &str, rows: &[Row], tables: &[TableComparison]) -> Export {
    let lines: Vec<_> = rows.iter().map(|row| line(*row, tables)).collect();
    Export::known(&format!("comparison-with-{other}"), environment, &COLUMNS, &lines)
}

fn line(row: Row, tables: &[TableComparison]) -> Line<'_> {
    let table = row.table(tables);
    let (what, name, difference, sides) = match row.part(tables) {
        Some((what, part)) => (what.as_str(), &part.name, part.difference, part.definition.clone()),
        None => ("table", &table.name, table.difference, counted(table.rows)),
    };
    Line { table: &table.name, what, name, difference, sides }
}

fn counted(rows: Sides<u64>) -> Sides<Definition> {
    let of = |rows: u64| Map::from_iter([("rows".to_owned(), Value::from(rows))]);
    Sides { left: rows.left.map(of), right: rows.right.map(of) }
}
