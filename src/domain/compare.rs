//! Two environments side by side: which tables, columns, indexes and permissions one of them lacks,
//! has beside the other, or has in another form.
//!
//! The directions are those of `diff LEFT RIGHT`: what is only on the right is new, what is only on
//! the left is missing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    api::Table,
    permission::{Flags, Operation, effective},
    table::{Column, Index, Schema},
};

/// Attributes of a column, an index or a group.
pub type Definition = Map<String, Value>;

/// How what is on the right stands to what is on the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Difference {
    Same,
    /// On the right alone.
    New,
    /// On both sides, in another form.
    Changed,
    /// On the left alone.
    Missing,
}

/// One value of each side; none where a side does not have the thing at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sides<T> {
    pub left: Option<T>,
    pub right: Option<T>,
}

/// A column, an index, or what one group may do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    pub name: String,
    pub difference: Difference,
    /// The definitions, as attributes: of a column those of its schema with `required` among them, of
    /// an index `fields` (`["views:desc", "createdAt"]`), `unique` and `sparse`, of a group its
    /// operations.
    #[serde(flatten)]
    pub definition: Sides<Definition>,
}

/// A table on either side. The rows are counted and do not make it another one: environments differ
/// in what they hold by their nature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableComparison {
    pub name: String,
    pub difference: Difference,
    pub columns: Vec<Part>,
    pub indexes: Vec<Part>,
    /// Of the groups `user`, `guest` and `self`, spelt out where the default applies: a table that
    /// says what is the default anyway is the same.
    pub permissions: Vec<Part>,
    pub rows: Sides<u64>,
}

/// How many tables there are of each [`Difference`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub same: usize,
    pub new: usize,
    pub changed: usize,
    pub missing: usize,
}

/// Compares the tables of two environments; the answer has every table of either, by name.
pub fn compare<'a>(left: &'a [Table], right: &'a [Table]) -> Vec<TableComparison> {
    let by_name = |tables: &'a [Table]| -> BTreeMap<&'a str, &'a Table> {
        tables.iter().map(|table| (table.name.as_str(), table)).collect()
    };
    let (left, right) = (by_name(left), by_name(right));
    let names: BTreeSet<_> = left.keys().chain(right.keys()).copied().collect();
    let sides = |name| Sides { left: left.get(name).copied(), right: right.get(name).copied() };
    names.into_iter().map(|name| TableComparison::of(name, sides(name))).collect()
}

/// Compares two versions of a table's columns.
pub fn compare_schemas(left: &Schema, right: &Schema) -> Vec<Part> {
    parts(columns(left), columns(right))
}

/// Compares two versions of a table's indexes.
pub fn compare_indexes(left: &[Index], right: &[Index]) -> Vec<Part> {
    parts(indexes(left), indexes(right))
}

pub fn count(tables: &[TableComparison]) -> Counts {
    let mut counts = Counts::default();
    for table in tables {
        *match table.difference {
            Difference::Same => &mut counts.same,
            Difference::New => &mut counts.new,
            Difference::Changed => &mut counts.changed,
            Difference::Missing => &mut counts.missing,
        } += 1;
    }
    counts
}

impl Difference {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Missing => "missing",
        }
    }

    /// The character that `diff` writes before a line.
    pub const fn mark(self) -> char {
        match self {
            Self::Same => ' ',
            Self::New => '+',
            Self::Changed => '~',
            Self::Missing => '-',
        }
    }

    /// What is on both sides is told apart by `same`.
    fn between<T>(sides: &Sides<T>, same: impl FnOnce() -> bool) -> Self {
        match (&sides.left, &sides.right) {
            (Some(_), None) => Self::Missing,
            (None, Some(_)) => Self::New,
            (Some(_), Some(_)) if !same() => Self::Changed,
            _ => Self::Same,
        }
    }
}

impl TableComparison {
    fn of(name: &str, tables: Sides<&Table>) -> Self {
        let of = |read: fn(&Table) -> Vec<(&str, Definition)>| {
            let [left, right] = [tables.left, tables.right].map(|table| table.map(read).unwrap_or_default());
            parts(left, right)
        };
        let columns = of(|table| columns(&table.schema));
        let indexes = of(|table| indexes(&table.indexes));
        let permissions = of(permissions);
        let same = || [&columns, &indexes, &permissions].into_iter().flatten().all(Part::is_same);
        let difference = Difference::between(&tables, same);
        let rows = Sides { left: tables.left.map(|table| table.rows), right: tables.right.map(|table| table.rows) };
        Self { name: name.to_owned(), difference, columns, indexes, permissions, rows }
    }

    /// The columns, indexes and permissions that are not the same, each with what it is.
    pub fn differing(&self) -> impl Iterator<Item = (&'static str, &Part)> {
        let parts = [("column", &self.columns), ("index", &self.indexes), ("permission", &self.permissions)];
        let all = parts.into_iter().flat_map(|(what, parts)| parts.iter().map(move |part| (what, part)));
        all.filter(|(_, part)| !part.is_same())
    }
}

impl Part {
    pub fn is_same(&self) -> bool {
        self.difference == Difference::Same
    }

    /// The attributes that differ, each with what either side says of it.
    pub fn attributes<'a>(&'a self) -> Vec<(&'a str, Sides<&'a Value>)> {
        let Sides { left, right } = &self.definition;
        let attributes =
            |side: &'a Option<Definition>| side.iter().flatten().map(|(name, value)| (name.as_str(), value));
        let both = sides(attributes(left), attributes(right));
        both.into_iter().filter(|(_, sides)| sides.left != sides.right).collect()
    }
}

/// What is on either side, by name: in the order of the left one, then what the right one has besides.
fn parts(left: Vec<(&str, Definition)>, right: Vec<(&str, Definition)>) -> Vec<Part> {
    let both = sides(left.into_iter(), right.into_iter());
    let part = |(name, definition): (&str, Sides<Definition>)| Part {
        name: name.to_owned(),
        difference: Difference::between(&definition, || definition.left == definition.right),
        definition,
    };
    both.into_iter().map(part).collect()
}

fn sides<K: PartialEq, V>(
    left: impl Iterator<Item = (K, V)>,
    right: impl Iterator<Item = (K, V)>,
) -> Vec<(K, Sides<V>)> {
    let mut both: Vec<_> = left.map(|(name, value)| (name, Sides { left: Some(value), right: None })).collect();
    for (name, value) in right {
        match both.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sides)) => sides.right = Some(value),
            None => both.push((name, Sides { left: None, right: Some(value) })),
        }
    }
    both
}

fn columns(schema: &Schema) -> Vec<(&str, Definition)> {
    let definition = |column: &Column| {
        let mut definition = column.to_json().as_object().cloned().unwrap_or_default();
        if column.required {
            definition.insert("required".into(), true.into());
        }
        definition
    };
    schema.columns().iter().map(|column| (column.name.as_str(), definition(column))).collect()
}

fn indexes(indexes: &[Index]) -> Vec<(&str, Definition)> {
    let definition = |index: &Index| {
        let fields: Vec<_> = index
            .fields
            .iter()
            .map(
                |(column, direction)| {
                    if direction.as_i64() == Some(-1) { format!("{column}:desc") } else { column.clone() }
                },
            )
            .collect();
        let flags = [("unique", index.unique), ("sparse", index.sparse)].into_iter().filter(|(_, set)| *set);
        let flags = flags.map(|(name, set)| (name.to_owned(), set.into()));
        std::iter::once(("fields".to_owned(), fields.into())).chain(flags).collect()
    };
    indexes.iter().map(|index| (index.name.as_str(), definition(index))).collect()
}

/// Admins may do everything, whatever a matrix says.
fn permissions(table: &Table) -> Vec<(&str, Definition)> {
    use Operation::{Create, Delete, List, Read, Update};
    let matrix = effective(table.permissions.as_ref(), &table.name);
    let operations = |flags: Option<Flags>| {
        let flags = flags.unwrap_or_default();
        [Create, Read, List, Update, Delete]
            .map(|o| (o.as_str().to_owned(), flags.allows(o).into()))
            .into_iter()
            .collect()
    };
    vec![("user", operations(matrix.user)), ("guest", operations(matrix.guest)), ("self", operations(matrix.own))]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(name: &str, more: &Value) -> Table {
        let mut all = json!({
            "id": "tbl_0123456789abcdef01234567", "environmentId": "env_0123456789abcdef01234567", "name": name,
            "displayName": null, "description": null, "status": "deployed", "schema": {}, "indexes": [],
            "permissions": null, "rows": 0, "bytes": 0, "revision": 0,
            "createdAt": "2026-11-23T06:42:39.120Z", "updatedAt": "2026-11-23T06:42:39.120Z",
        });
        for (name, value) in more.as_object().expect("an object") {
            all[name] = value.clone();
        }
        serde_json::from_value(all).expect("a table")
    }

    fn one(left: &Value, right: &Value) -> TableComparison {
        compare(&[table("posts", left)], &[table("posts", right)]).remove(0)
    }

    #[test]
    fn tables_of_one_side_are_new_or_missing_with_everything_they_have() {
        let views = json!({"schema": {"views": {"bsonType": "int"}}, "rows": 7});
        let both =
            compare(&[table("b", &json!({})), table("a", &views)], &[table("c", &views), table("b", &json!({}))]);
        let differences: Vec<_> = both.iter().map(|t| (t.name.as_str(), t.difference.as_str())).collect();
        assert_eq!(differences, [("a", "missing"), ("b", "same"), ("c", "new")]);
        assert_eq!(both[0].columns[0].difference, Difference::Missing);
        assert_eq!(both[2].columns[0].difference, Difference::New);
        assert_eq!(both[2].rows, Sides { left: None, right: Some(7) });
        assert_eq!(count(&both), Counts { same: 1, new: 1, changed: 0, missing: 1 });
    }

    #[test]
    fn a_column_names_the_attributes_that_differ() {
        let compared = one(
            &json!({"schema": {"title": {"bsonType": "string", "maxLength": 9, "required": true}, "old": {"bsonType": "int"}}}),
            &json!({"schema": {"new": {"bsonType": "int"}, "title": {"bsonType": "string", "maxLength": 20, "unique": true}}}),
        );
        let differing: Vec<_> =
            compared.differing().map(|(what, part)| (what, part.name.as_str(), part.difference.mark())).collect();
        assert_eq!(differing, [("column", "title", '~'), ("column", "old", '-'), ("column", "new", '+')]);
        let attributes: Vec<_> = compared.columns[0]
            .attributes()
            .into_iter()
            .map(|(name, sides)| (name, sides.left.cloned(), sides.right.cloned()))
            .collect();
        let expected = [
            ("maxLength", Some(json!(9)), Some(json!(20))),
            ("required", Some(json!(true)), None),
            ("unique", None, Some(json!(true))),
        ];
        assert_eq!(attributes, expected);
    }

    #[test]
    fn the_order_of_columns_does_not_matter_and_that_of_an_index_does() {
        let [a, b] = [json!({"bsonType": "int"}), json!({"bsonType": "string"})];
        let index = |fields: Value| json!([{"name": "both", "fields": fields}]);
        let left = json!({"schema": {"a": a, "b": b}, "indexes": index(json!({"a": 1, "b": -1}))});
        let right = json!({"schema": {"b": b, "a": a}, "indexes": index(json!({"b": -1, "a": 1}))});
        let compared = one(&left, &right);
        let differing: Vec<_> = compared.differing().map(|(what, part)| (what, part.name.as_str())).collect();
        assert_eq!(differing, [("index", "both")]);
        assert_eq!(compared.indexes[0].attributes()[0].1.left, Some(&json!(["a", "b:desc"])));
    }

    #[test]
    fn a_matrix_that_says_what_the_default_says_is_the_same() {
        let matrix =
            json!({"permissions": {"user": {"create": true, "read": true}, "guest": {"read": true, "list": true}}});
        assert_eq!(one(&json!({}), &matrix).difference, Difference::Same);
        let stricter =
            json!({"permissions": {"user": {"create": true, "read": true}, "guest": {"read": true, "list": false}}});
        let compared = one(&json!({}), &stricter);
        let (what, part) = compared.differing().next().expect("a difference");
        assert_eq!((what, part.name.as_str(), part.attributes()[0].0), ("permission", "guest", "list"));
    }

    #[test]
    fn rows_are_counted_and_make_no_difference() {
        let compared = one(&json!({"rows": 1204}), &json!({"rows": 3}));
        assert_eq!(compared.difference, Difference::Same);
        assert_eq!(compared.rows, Sides { left: Some(1204), right: Some(3) });
    }
}
