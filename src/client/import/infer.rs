//! What columns a table has, from the values that were seen: a fold that keeps counts and no values.

use std::collections::HashMap;

use chrono::{DateTime, Timelike as _};
use serde_json::{Map, Value, json};

use crate::domain::table::{Kind, SYSTEM_COLUMNS, check_column_name};

/// Columns that are told apart. A record used as a dictionary has no bound of its own, and a table
/// declares no more than these.
const MAX_COLUMNS: usize = 500;

/// What was seen of the columns of one table.
#[derive(Debug, Default)]
pub struct Columns {
    /// In the order in which they were first seen.
    seen: Vec<(String, Seen)>,
    by_name: HashMap<String, usize>,
    rows: u64,
    /// Values of columns past the bound.
    beyond: u64,
}

/// What was seen of one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub nulls: u64,
    pub booleans: u64,
    pub numbers: u64,
    pub strings: u64,
    /// Strings that are a full ISO 8601 instant.
    pub instants: u64,
    pub objects: u64,
    pub arrays: u64,
}

/// What a column becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inferred {
    Column(Kind),
    /// Values of several types: it stays undeclared, so that none of them is refused.
    Mixed,
    /// Nothing but nulls says nothing of its type.
    Empty,
    /// No column may have this name; undeclared fields may.
    Unnameable,
}

impl Columns {
    /// Looks at the columns of one row.
    pub fn add(&mut self, row: &Map<String, Value>) {
        self.rows += 1;
        for (name, value) in row {
            if SYSTEM_COLUMNS.contains(&name.as_str()) || name == "_id" {
                continue;
            }
            let position = match self.by_name.get(name) {
                Some(position) => *position,
                None if self.seen.len() == MAX_COLUMNS => {
                    self.beyond += 1;
                    continue;
                }
                None => {
                    self.seen.push((name.clone(), Seen::default()));
                    self.by_name.insert(name.clone(), self.seen.len() - 1);
                    self.seen.len() - 1
                }
            };
            self.seen[position].1.add(value);
        }
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Values of columns that were not looked at, because there were too many.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Seen, Inferred)> {
        self.seen.iter().map(|(name, seen)| (name.as_str(), *seen, seen.infer(name)))
    }

    /// The columns to declare, as a table's definition has them. `required` are those that every row
    /// has a value of, if that is asked for.
    pub fn schema(&self, required: Required) -> Map<String, Value> {
        let mut schema = Map::new();
        for (name, seen, inferred) in self.iter() {
            let Inferred::Column(kind) = inferred else { continue };
            let mut definition = json!({ "bsonType": kind.bson_type() });
            if required == Required::WhereAlwaysThere && seen.values() == self.rows {
                definition["required"] = true.into();
            }
            schema.insert(name.to_owned(), definition);
        }
        schema
    }
}

/// Which columns new rows must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    None,
    WhereAlwaysThere,
}

impl Seen {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Null => self.nulls += 1,
            Value::Bool(_) => self.booleans += 1,
            Value::Number(_) => self.numbers += 1,
            Value::String(text) => {
                self.strings += 1;
                self.instants += u64::from(is_instant(text));
            }
            Value::Array(_) => self.arrays += 1,
            Value::Object(_) => self.objects += 1,
        }
    }

    /// Values that are not null.
    pub const fn values(self) -> u64 {
        self.booleans + self.numbers + self.strings + self.objects + self.arrays
    }

    /// How many there were of each type, those that there were.
    pub fn by_type(self) -> Vec<(&'static str, u64)> {
        let all = [
            ("string", self.strings),
            ("number", self.numbers),
            ("boolean", self.booleans),
            ("object", self.objects),
            ("array", self.arrays),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    fn infer(self, name: &str) -> Inferred {
        if check_column_name(name).is_err() {
            return Inferred::Unnameable;
        }
        // Whole numbers are numbers too: the next row of a price of 5 may have one of 4.5.
        match self.values() {
            0 => Inferred::Empty,
            all if all == self.instants => Inferred::Column(Kind::Date),
            all if all == self.strings => Inferred::Column(Kind::String),
            all if all == self.numbers => Inferred::Column(Kind::Number),
            all if all == self.booleans => Inferred::Column(Kind::Boolean),
            all if all == self.objects => Inferred::Column(Kind::Object),
            all if all == self.arrays => Inferred::Column(Kind::Array),
            _ => Inferred::Mixed,
        }
    }
}

/// A date with its time and zone, to the millisecond: what a date column gives back as it was. A day
/// alone stays text, because apps compare it as text. A leap second counts past the second's end.
fn is_instant(text: &str) -> bool {
    let whole = |nanos: u32| nanos < 1_000_000_000 && nanos.is_multiple_of(1_000_000);
    DateTime::parse_from_rfc3339(text).is_ok_and(|instant| whole(instant.nanosecond()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{import::ImportedRow, table::Schema};

    fn inferred(values: &Value) -> Inferred {
        let mut columns = Columns::default();
        for value in values.as_array().expect("a list") {
            columns.add(&Map::from_iter([("a".to_owned(), value.clone())]));
        }
        let (_, _, inferred) = columns.iter().next().expect("a column");
        inferred
    }

    #[test]
    fn a_column_has_the_type_of_all_its_values() {
        for (values, kind) in [
            (json!(["x", null, ""]), Kind::String),
            (json!([1, 2.5, null]), Kind::Number),
            (json!([1, 2]), Kind::Number),
            (json!([true, false]), Kind::Boolean),
            (json!([{}, {"b": 1}]), Kind::Object),
            (json!([[], [1]]), Kind::Array),
            (json!(["2025-01-20T10:00:00Z", "2025-01-20T10:00:00.123+09:00"]), Kind::Date),
            (json!(["2025-01-20T10:00:00Z", "2025-01-20"]), Kind::String),
            (json!(["2025-01-20T10:00:00"]), Kind::String),
            (json!(["2025-01-20T10:00:00.123456Z"]), Kind::String),
        ] {
            assert_eq!(inferred(&values), Inferred::Column(kind), "{values}");
        }
        assert_eq!(inferred(&json!(["2016-12-31T23:59:60Z"])), Inferred::Column(Kind::String));
        assert_eq!(inferred(&json!(["1", 1])), Inferred::Mixed);
        assert_eq!(inferred(&json!([null, null])), Inferred::Empty);
    }

    #[test]
    fn only_what_every_row_has_can_be_required() {
        let mut columns = Columns::default();
        for row in [json!({"a": 1, "b": 1, "c": null}), json!({"a": 2, "c": 1})] {
            columns.add(row.as_object().expect("an object"));
        }
        let number = json!({"bsonType": "double"});
        assert_eq!(Value::Object(columns.schema(Required::None)), json!({"a": number, "b": number, "c": number}));
        assert_eq!(columns.schema(Required::WhereAlwaysThere)["a"]["required"], true);
        assert_eq!(columns.schema(Required::WhereAlwaysThere)["b"], number);
    }

    #[test]
    fn rows_that_are_dictionaries_do_not_fill_the_memory() {
        let mut columns = Columns::default();
        for number in 0..2 * MAX_COLUMNS {
            columns.add(&Map::from_iter([(format!("k{number}"), Value::from(1))]));
        }
        assert_eq!((columns.schema(Required::None).len(), columns.beyond()), (MAX_COLUMNS, MAX_COLUMNS as u64));
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,8}".prop_map(Value::from),
            Just(json!("2025-01-20T10:00:00Z")),
            Just(json!("2016-12-31T23:59:60Z")),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-z]{1,3}", inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    fn row() -> impl Strategy<Value = Map<String, Value>> {
        let name = prop_oneof!["[a-d]", "\\$[a-d]", ".{0,3}", Just("_id".to_owned()), Just("data".to_owned())];
        prop::collection::hash_map(name, json_value(), 0..6).prop_map(|map| {
            let mut row: Map<_, _> = map.into_iter().collect();
            row.insert("id".into(), "x".into());
            for field in ["createdBy", "createdAt", "updatedAt"] {
                row.remove(field);
            }
            row
        })
    }

    proptest! {
        #[test]
        fn inferred_columns_accept_every_value_that_was_seen(rows in prop::collection::vec(row(), 1..12)) {
            for required in [Required::None, Required::WhereAlwaysThere] {
                let mut columns = Columns::default();
                for row in &rows {
                    columns.add(row);
                }
                let schema = Schema::parse(&columns.schema(required)).expect("a schema");
                for row in &rows {
                    let read = ImportedRow::read(&schema, row.clone()).expect("accepted");
                    let kept = row.keys().filter(|name| *name != "id" && *name != "_id").count();
                    prop_assert_eq!(read.document.len(), kept);
                }
            }
        }
    }
}
