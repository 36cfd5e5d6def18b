//! User tables: how one is laid out in SQLite, and how its columns are reached.
//!
//! Rows are in `t_<id>` and not in a table of that name, because names are case-sensitive and SQLite's are
//! not; a change that rewrites them moves them to a storage of another number (see `rebuild`).
//! A record's columns live in `doc` as JSONB; [`accessor`] is the one expression for a column, in
//! indexes and in queries alike, since SQLite uses an expression index only for the same text.

use std::ops::{AddAssign, SubAssign};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Facet, imports, indexes, uploads, versions};
use crate::domain::{
    TableId, Timestamp,
    permission::Permissions,
    table::{Index, Schema},
};

/// A table's definition and the statements made from it once.
#[derive(Clone, Debug)]
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
    /// Columns that were declared, or declared anew, when there were rows already: those rows may hold
    /// values of any type there.
    pub loose: Vec<String>,
    pub(super) is_system: bool,
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

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        let Self { tables, rows, bytes, files, users } = other;
        self.tables += tables;
        self.rows += rows;
        self.bytes += bytes;
        self.files += files;
        self.users += users;
    }
}

impl SubAssign for Totals {
    fn sub_assign(&mut self, other: Self) {
        let Self { tables, rows, bytes, files, users } = other;
        *self += Self { tables: -tables, rows: -rows, bytes: -bytes, files: -files, users: -users };
    }
}

#[derive(Clone, Debug)]
pub(super) struct Statements {
    /// The storage: the table of SQLite that the rows are in.
    pub table: String,
    pub insert: String,
    pub get: String,
    pub document: String,
    pub length: String,
    pub update: String,
    pub delete: String,
}

impl Statements {
    fn new(table: String) -> Self {
        Self {
            insert: format!(
                "INSERT INTO {table} (id, created_by, created_at, updated_at, doc) \
                 VALUES (?1, ?2, ?3, ?3, ?4)"
            ),
            get: format!("SELECT id, created_by, created_at, updated_at, json(doc) FROM {table} WHERE id = ?1"),
            document: format!("SELECT created_by, created_at, json(doc), length(doc) FROM {table} WHERE id = ?1"),
            length: format!("SELECT length(doc) FROM {table} WHERE id = ?1"),
            update: format!("UPDATE {table} SET updated_at = ?2, doc = ?3 WHERE id = ?1"),
            delete: format!("DELETE FROM {table} WHERE id = ?1"),
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
        let storage = format!("t_{}", &id.as_str()[TableId::PREFIX.len()..]);
        Self {
            display_name,
            description,
            indexes,
            permissions,
            is_system: false,
            ..Self::over(id, name, schema, storage, now)
        }
    }

    /// One that is read from `source`, a name or a subquery, and that nobody designs.
    pub(super) fn over(id: TableId, name: String, schema: Schema, source: String, now: Timestamp) -> Self {
        Self {
            id,
            name,
            display_name: None,
            description: None,
            schema,
            indexes: Vec::new(),
            permissions: None,
            created_at: now,
            updated_at: now,
            loose: Vec::new(),
            is_system: true,
            sql: Statements::new(source),
        }
    }

    /// The same table with its rows in another storage.
    #[must_use]
    pub(super) fn stored_in(self, storage: String) -> Self {
        Self { sql: Statements::new(storage), ..self }
    }

    pub fn is_loose(&self, column: &str) -> bool {
        self.loose.iter().any(|loose| loose == column)
    }

    /// Those that come with every table that is designed.
    pub fn built_in_indexes(&self) -> Vec<Index> {
        if self.is_system { Vec::new() } else { Index::built_in().into() }
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

pub(super) fn create(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    define(connection, table)?;
    lay_out(connection, table)
}

/// Lists a table, whose rows are somewhere already or will be.
pub(super) fn define(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO tables (id, name, display_name, description, schema, indexes, permissions, storage, created_at,
                             updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        params![
            table.id.as_str(),
            table.name,
            table.display_name,
            table.description,
            to_json(&table.schema)?,
            to_json(&table.indexes)?,
            table.permissions.as_ref().map(to_json).transpose()?,
            table.sql.table,
            table.created_at.millis(),
        ],
    )?;
    for facet in [Facet::Schema, Facet::Indexes] {
        versions::append(connection, table, facet)?;
    }
    Ok(())
}

/// Makes the place for a table's rows, with its indexes.
pub(super) fn lay_out(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    lay_out_bare(connection, table)?;
    let ddl = indexes::built_in(table).into_iter().chain(indexes::of(table)).map(|index| index.ddl);
    Ok(connection.execute_batch(&ddl.collect::<String>())?)
}

/// Makes the place for a table's rows, which are found by their identifiers alone.
pub(super) fn lay_out_bare(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    // A rowid table and not WITHOUT ROWID: documents are larger than what SQLite's pages for
    // clustered keys hold well (https://www.sqlite.org/withoutrowid.html).
    Ok(connection.execute_batch(&format!(
        "CREATE TABLE {} (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            created_by TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            doc BLOB NOT NULL
        ) STRICT;",
        table.sql.table
    ))?)
}

/// Writes a changed definition down.
pub(super) fn redefine(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    let changed = connection.execute(
        "UPDATE tables SET schema = ?2, indexes = ?3, storage = ?4, loose = ?5, updated_at = ?6 WHERE id = ?1",
        params![
            table.id.as_str(),
            to_json(&table.schema)?,
            to_json(&table.indexes)?,
            table.sql.table,
            to_json(&table.loose)?,
            table.updated_at.millis(),
        ],
    )?;
    if changed == 0 { Err(Error::NoSuchTable) } else { Ok(()) }
}

pub(super) fn set_permissions(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    let permissions = table.permissions.as_ref().map(to_json).transpose()?;
    connection.execute(
        "UPDATE tables SET permissions = ?2, updated_at = ?3 WHERE id = ?1",
        params![table.id.as_str(), permissions, table.updated_at.millis()],
    )?;
    Ok(())
}

pub(super) fn drop(connection: &Connection, table: &StoredTable) -> Result<(), Error> {
    connection.execute("DELETE FROM tables WHERE id = ?1", [table.id.as_str()])?;
    imports::forget(connection, &table.id)?;
    connection.execute_batch(&format!("DROP TABLE {}", table.sql.table))?;
    Ok(())
}

const COLUMNS: &str = "id, name, display_name, description, schema, indexes, permissions, created_at, updated_at, \
                       rows, bytes, revision, storage, loose";

pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<(StoredTable, Counters)>, Error> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tables WHERE name = ?1"))?;
    let found = statement.query_row([name], |row| Ok(read(row))).optional()?;
    found.transpose()
}

/// Where the rows of a table are now.
pub(super) fn storage(connection: &Connection, name: &str) -> Result<Option<String>, Error> {
    let mut statement = connection.prepare_cached("SELECT storage FROM tables WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
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
    let loose: String = row.get(13)?;
    table.loose = serde_json::from_str(&loose).map_err(|_| corrupt("list of loose columns"))?;
    Ok((table.stored_in(row.get(12)?), read_counters(row, 9)?))
}

pub(super) fn read_counters(row: &Row<'_>, first: usize) -> rusqlite::Result<Counters> {
    Ok(Counters { rows: row.get(first)?, bytes: row.get(first + 1)?, revision: row.get(first + 2)? })
}

pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(format!("a definition cannot be written: {error}")))
}
