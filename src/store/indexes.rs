//! Unique columns and declared indexes as SQLite has them.
//!
//! Their names say what they are for, so that the message SQLite refuses a value with can be read back:
//! `<storage>_u_<column>`, `<storage>_x_<index>`.

use super::{StoredTable, tables::accessor};
use crate::domain::table::Index;

/// One index of SQLite.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SqlIndex {
    pub name: String,
    pub ddl: String,
}

impl SqlIndex {
    pub fn is_unique(&self) -> bool {
        self.ddl.starts_with("CREATE UNIQUE")
    }
}

/// Those that come with every table, for the fields that every record has.
pub(super) fn built_in(table: &StoredTable) -> [SqlIndex; 3] {
    let storage = &table.sql.table;
    ["created_at", "updated_at", "created_by"].map(|column| {
        let name = format!("{storage}_{column}");
        let ddl = format!("CREATE INDEX {name} ON {storage} ({column}, id);");
        SqlIndex { name, ddl }
    })
}

/// Every index of a table that its definition asks for.
pub(super) fn of(table: &StoredTable) -> Vec<SqlIndex> {
    let storage = &table.sql.table;
    let unique = table.schema.columns().iter().filter(|column| column.unique).map(|column| {
        // NULLs are distinct to SQLite, so records without a value never collide.
        let name = format!("{storage}_u_{}", encode(&column.name));
        let ddl = format!("CREATE UNIQUE INDEX {name} ON {storage} ({});", accessor(&column.name));
        SqlIndex { name, ddl }
    });
    unique.chain(table.indexes.iter().flat_map(|index| declared(storage, index))).collect()
}

fn declared(storage: &str, index: &Index) -> Vec<SqlIndex> {
    let columns: Vec<_> = index
        .fields
        .iter()
        .map(|(column, direction)| (accessor(column), if direction.as_i64() == Some(-1) { " DESC" } else { "" }))
        .collect();
    let list = |wrap: fn(&str) -> String| -> String {
        columns.iter().map(|(column, direction)| wrap(column) + direction).collect::<Vec<_>>().join(", ")
    };
    let plain = list(str::to_owned);
    // The tie-breaker of every sort ends every index, in the direction that a scan of the first
    // column in either sense reads it.
    let ending = columns.last().map_or("", |(_, direction)| *direction);
    let name = format!("{storage}_x_{}", encode(&index.name));
    let searched = |name: String| {
        let ddl = format!("CREATE INDEX {name} ON {storage} ({plain}, id{ending});");
        SqlIndex { name, ddl }
    };
    match (index.unique, index.sparse) {
        (false, _) => vec![searched(name)],
        (true, true) => {
            let ddl = format!("CREATE UNIQUE INDEX {name} ON {storage} ({plain});");
            vec![SqlIndex { name, ddl }]
        }
        // Missing counts as one value: an empty blob stands for it, which no JSON value equals.
        // The plain index beside it serves queries, which cannot use the wrapped expression.
        (true, false) => {
            let wrapped = list(|column| format!("ifnull({column}, x'')"));
            let ddl = format!("CREATE UNIQUE INDEX {name} ON {storage} ({wrapped});");
            vec![SqlIndex { name, ddl }, searched(format!("{storage}_q_{}", encode(&index.name)))]
        }
    }
}

impl StoredTable {
    /// The columns that a unique index is about, from the message SQLite refuses a value with.
    pub fn fields_of_conflict(&self, message: &str) -> Vec<String> {
        if let Some((_, quoted)) = message.split_once("index '") {
            let name = quoted.trim_end_matches('\'');
            if let Some((_, column)) = name.split_once("_u_") {
                return vec![decode(column)];
            }
            if let Some((_, name)) = name.split_once("_x_") {
                let name = decode(name);
                let index = self.indexes.iter().find(|index| index.name == name);
                // One that is being built is not part of this definition yet.
                return index.map_or_else(|| vec![name], |index| index.fields.keys().cloned().collect());
            }
        }
        // An index on columns of SQLite alone is told by those: `t_1.created_by, t_1.created_at`.
        let columns = message.rsplit(": ").next().unwrap_or_default().split(", ");
        let fields = columns.map(|column| match column.rsplit('.').next() {
            Some("created_by") => "createdBy",
            Some("created_at") => "createdAt",
            Some("updated_at") => "updatedAt",
            _ => "id",
        });
        fields.map(str::to_owned).collect()
    }
}

/// A name whose case counts, for SQLite, to which it does not: `$` stands before a capital.
fn encode(name: &str) -> String {
    name.chars().fold(String::with_capacity(name.len()), |mut text, c| match c {
        'A'..='Z' => {
            text.extend(['$', c.to_ascii_lowercase()]);
            text
        }
        '-' => text + "$0",
        c => {
            text.push(c);
            text
        }
    })
}

fn decode(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '$' => match characters.next() {
                Some('0') => name.push('-'),
                Some(letter) => name.push(letter.to_ascii_uppercase()),
                None => {}
            },
            c => name.push(c),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_a_database_that_ignores_case() {
        for name in ["title", "Title", "by-Two_Words", "X0-0x"] {
            assert_eq!(decode(&encode(name)), name);
            assert!(!encode(name).contains(|c: char| c.is_ascii_uppercase() || c == '-'));
        }
        assert_ne!(encode("Title"), encode("title"));
    }
}
