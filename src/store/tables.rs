//! User tables: how one is laid out in SQLite, and how its columns are reached.
//!
//! A table is `t_<id>` and not its name, because names are case-sensitive and SQLite's are not.
//! A record's columns live in `doc` as JSONB; [`accessor`] is the one expression for a column, in
//! indexes and in queries alike, since SQLite uses an expression index only for the same text.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, imports, uploads};
use crate::domain::{
    TableId, Timestamp,
    permission::Permissions,
    table::{Index, Schema},
};

/// A table's definition and the statements made from it once.
#[derive(Debug)]
pub struct StoredTable {
    pub id: TableId,
    pub name: String,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub schema: Schema,
    pub indexes: Vec<Index>,
    pub permissions: Option<Permissions>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub(super) sql: Statements,
}

/// What a table holds; counted in the transactions that change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub rows: u64,
    pub bytes: u64,
    pub revision: u64,
}

/// What the tables of an environment hold together, or how that changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub tables: i64,
    pub rows: i64,
    pub bytes: i64,
    pub files: i64,
    pub users: i64,
}

impl Totals {
    /// Adds all but users, whose changes are told one by one.
    pub(super) fn add_all(&mut self, other: Self) {
        let Self { tables, rows, bytes, files, users: _ } = other;
        self.tables += tables;
        self.rows += rows;
        self.bytes += bytes;
        self.files += files;
    }

    pub(super) fn subtract(&mut self, other: Self) {
        let Self { tables, rows, bytes, files, users } = other;
        self.add_all(Self { tables: -tables, rows: -rows, bytes: -bytes, files: -files, users });
    }
}

#[derive(Debug)]
pub(super) struct Statements {
    pub table: String,
    pub insert: String,
    pub get: String,
    pub document: String,
    pub update: String,
    pub delete: String,
}

impl Statements {
    fn new(id: &TableId) -> Self {
        let table = sql_name(id);
        Self {
            insert: format!(
                "INSERT INTO {table} (id, created_by, created_at, updated_at, doc) \
                 VALUES (?1, ?2, ?3, ?3, jsonb(?4)) RETURNING length(doc)"
            ),
            get: format!("SELECT id, created_by, created_at, updated_at, json(doc) FROM {table} WHERE id = ?1"),
            document: format!("SELECT created_by, created_at, json(doc), length(doc) FROM {table} WHERE id = ?1"),
            update: format!("UPDATE {table} SET updated_at = ?2, doc = jsonb(?3) WHERE id = ?1 RETURNING length(doc)"),
            delete: format!("DELETE FROM {table} WHERE id = ?1 RETURNING length(doc)"),
            table,
        }
    }
}

impl StoredTable {
    #[expect(clippy::too_many_arguments, reason = "one argument a column of the definition")]
    pub fn new(
        id: TableId,
        name: String,
        display_name: Option<String>,
        description: Option<String>,
        schema: Schema,
        indexes: Vec<Index>,
        permissions: Option<Permissions>,
        now: Timestamp,
    ) -> Self {
        let sql = Statements::new(&id);
        Self {
            id,
            name,
            display_name,
            description,
            schema,
            indexes,
            permissions,
            created_at: now,
            updated_at: now,
            sql,
        }
    }

    /// The columns that a unique index is about, from the message SQLite refuses a value with.
    pub fn fields_of_conflict(&self, message: &str) -> Vec<String> {
        let unique_columns = self.schema.columns().iter().enumerate().filter(|(_, column)| column.unique);
        for (position, column) in unique_columns {
            if message.contains(&format!("'{}'", column_index(&self.id, position))) {
                return vec![column.name.clone()];
            }
        }
        for (position, index) in self.indexes.iter().enumerate() {
            if message.contains(&format!("'{}'", user_index(&self.id, position))) {
                return index.fields.keys().cloned().collect();
            }
        }
        vec!["id".into()]
    }
}

/// The SQL expression for a declared or system column.
pub(super) fn accessor(column: &str) -> String {
    match column {
        "id" => "id".into(),
        "createdBy" => "created_by".into(),
        "createdAt" => "created_at".into(),
        "updatedAt" => "updated_at".into(),
        // Declared names are letters, digits and underscores: nothing to escape.
        name => format!("json_extract(doc,'$.{name}')"),
    }
}

fn sql_name(id: &TableId) -> String {
    format!("t_{}", &id.as_str()[TableId::PREFIX.len()..])
}

fn column_index(id: &TableId, position: usize) -> String {
    format!("{}_u{position}", sql_name(id))
}

fn user_index(id: &TableId, position: usize) -> String {
    format!("{}_x{position}", sql_name(id))
}

pub(super) fn create(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    define(connection, table)?;
    lay_out(connection, table)
}

/// Lists a table, whose rows are somewhere already or will be.
pub(super) fn define(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO tables (id, name, display_name, description, schema, indexes, permissions, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
        params![
            table.id.as_str(),
            table.name,
            table.display_name,
            table.description,
            to_json(&table.schema)?,
            to_json(&table.indexes)?,
            table.permissions.as_ref().map(to_json).transpose()?,
            table.created_at.millis(),
        ],
    )?;
    Ok(())
}

/// Makes the place for a table's rows, with its indexes.
pub(super) fn lay_out(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    let name = &table.sql.table;
    // A rowid table and not WITHOUT ROWID: documents are larger than what SQLite's pages for
    // clustered keys hold well (https://www.sqlite.org/withoutrowid.html).
    let mut ddl = format!(
        "CREATE TABLE {name} (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            created_by TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            doc BLOB NOT NULL
        ) STRICT;
        CREATE INDEX {name}_created_at ON {name} (created_at, id);
        CREATE INDEX {name}_updated_at ON {name} (updated_at, id);
        CREATE INDEX {name}_created_by ON {name} (created_by, id);"
    );
    for (position, column) in table.schema.columns().iter().enumerate().filter(|(_, column)| column.unique) {
        // NULLs are distinct to SQLite, so records without a value never collide.
        let index = column_index(&table.id, position);
        ddl.extend(["CREATE UNIQUE INDEX ", &index, " ON ", name, " (", &accessor(&column.name), ");"]);
    }
    for (position, index) in table.indexes.iter().enumerate() {
        ddl += &index_ddl(table, position, index);
    }
    connection.execute_batch(&ddl)?;
    Ok(())
}

fn index_ddl(table: &StoredTable, position: usize, index: &Index) -> String {
    let name = &table.sql.table;
    let sql_index = user_index(&table.id, position);
    let columns: Vec<(String, &str)> = index
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
    match (index.unique, index.sparse) {
        (false, _) => format!("CREATE INDEX {sql_index} ON {name} ({plain}, id{ending});"),
        (true, true) => format!("CREATE UNIQUE INDEX {sql_index} ON {name} ({plain});"),
        // Missing counts as one value: an empty blob stands for it, which no JSON value equals.
        // The plain index beside it serves queries, which cannot use the wrapped expression.
        (true, false) => {
            let wrapped = list(|column| format!("ifnull({column}, x'')"));
            format!(
                "CREATE UNIQUE INDEX {sql_index} ON {name} ({wrapped});
                 CREATE INDEX {sql_index}_q ON {name} ({plain}, id{ending});"
            )
        }
    }
}

pub(super) fn drop(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    connection.execute("DELETE FROM tables WHERE id = ?1", [table.id.as_str()])?;
    imports::forget(connection, &table.id)?;
    connection.execute_batch(&format!("DROP TABLE {}", table.sql.table))?;
    Ok(())
}

const COLUMNS: &str = "id, name, display_name, description, schema, indexes, permissions, created_at, updated_at, \
                       rows, bytes, revision";

pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<Arc<StoredTable>>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tables WHERE name = ?1"))?;
    let found = statement.query_row([name], |row| Ok(read(row))).optional()?;
    Ok(found.transpose()?.map(|(table, _)| Arc::new(table)))
}

pub(super) fn counters(connection: &Connection, table: &StoredTable) -> Result<Counters, Error> {
    let mut statement = connection.prepare_cached("SELECT rows, bytes, revision FROM tables WHERE id = ?1")?;
    let found = statement.query_row([table.id.as_str()], |row| read_counters(row, 0)).optional()?;
    found.ok_or(Error::NoSuchTable)
}

pub(super) fn totals(connection: &Connection) -> Result<Totals, Error> {
    let sql = "SELECT count(*), coalesce(sum(rows), 0), coalesce(sum(bytes), 0),
                      (SELECT count(*) FROM users WHERE deleted_at IS NULL)
               FROM tables";
    let mut statement = connection.prepare_cached(sql)?;
    let (files, stored) = uploads::totals(connection)?;
    let read = |row: &Row<'_>| {
        let bytes = row.get::<_, i64>(2)? + stored;
        Ok(Totals { tables: row.get(0)?, rows: row.get(1)?, bytes, users: row.get(3)?, files })
    };
    Ok(statement.query_row([], read)?)
}

pub(super) fn all(connection: &Connection) -> Result<Vec<(StoredTable, Counters)>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tables ORDER BY name"))?;
    let rows = statement.query_map([], |row| Ok(read(row)))?;
    rows.map(|row| row?).collect()
}

fn read(row: &Row<'_>) -> Result<(StoredTable, Counters), Error> {
    let id: String = row.get(0)?;
    let corrupt = |what: &str| Error::Corrupt(format!("the table {id} has an unreadable {what}"));
    let schema: String = row.get(4)?;
    let indexes: String = row.get(5)?;
    let permissions: Option<String> = row.get(6)?;
    let table_id = TableId::parse(&id).map_err(|_| corrupt("id"))?;
    let permissions = permissions.map(|json| serde_json::from_str(&json)).transpose();
    let mut table = StoredTable::new(
        table_id,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        serde_json::from_str(&schema).map_err(|_| corrupt("schema"))?,
        serde_json::from_str(&indexes).map_err(|_| corrupt("list of indexes"))?,
        permissions.map_err(|_| corrupt("permission matrix"))?,
        Timestamp::from_millis(row.get(7)?),
    );
    table.updated_at = Timestamp::from_millis(row.get(8)?);
    Ok((table, read_counters(row, 9)?))
}

pub(super) fn read_counters(row: &Row<'_>, first: usize) -> rusqlite::Result<Counters> {
    Ok(Counters { rows: row.get(first)?, bytes: row.get(first + 1)?, revision: row.get(first + 2)? })
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(format!("a definition cannot be written: {error}")))
}
