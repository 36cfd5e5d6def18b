//! Reading and writing one row.

use rusqlite::{Connection, OptionalExtension, Params, params};
use serde_json::{Map, Value};

use super::{Error, StoredTable};
use crate::domain::Timestamp;

/// How a statement is undone that finds the disk full.
///
/// What breaks a rule is found before anything is written, and needs neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undo {
    /// With all of its transaction, whose callers are told to try again.
    WithTransaction,
    /// Alone. `SQLite` copies each page before the statement touches it, and a sixth more of the processor's time
    /// goes into a write. It does so for a statement that changes more than one thing, as one with a RETURNING clause
    /// (<https://www.sqlite.org/tempfiles.html>, section 2.5).
    Alone,
}

impl Undo {
    /// From so many bytes on a request fills the page cache, and so meets the disk before its commit does.
    const ALONE: u64 = 64 << 10;

    /// For a request that has written this much, the document at hand included.
    pub const fn of(bytes: u64) -> Self {
        if bytes < Self::ALONE { Self::WithTransaction } else { Self::Alone }
    }
}

/// A row as it is stored; `document` is the JSON text of its columns. Its texts are its own, or still
/// SQLite's (`&str`) until the next row is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T = String> {
    pub id: T,
    pub created_by: T,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub document: T,
}

impl<'a> Row<&'a str> {
    pub(super) fn borrow(row: &'a rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get_ref(0)?.as_str()?,
            created_by: row.get_ref(1)?.as_str()?,
            created_at: Timestamp::from_millis(row.get(2)?),
            updated_at: Timestamp::from_millis(row.get(3)?),
            document: row.get_ref(4)?.as_str()?,
        })
    }
}

impl Row {
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let Row { id, created_by, created_at, updated_at, document } = Row::borrow(row)?;
        Ok(Self { id: id.into(), created_by: created_by.into(), created_at, updated_at, document: document.into() })
    }
}

impl<T: AsRef<str>> Row<T> {
    /// # Errors
    /// [`Error::Corrupt`] when the stored text is no JSON object.
    pub fn columns(&self) -> Result<Map<String, Value>, Error> {
        serde_json::from_str(self.document.as_ref())
            .map_err(|_| Error::Corrupt(format!("the row {} is not a JSON object", self.id.as_ref())))
    }
}

/// What an update or delete has to know of the row before it changes it.
#[derive(Clone, Debug)]
pub struct Current {
    pub created_by: String,
    pub created_at: Timestamp,
    pub document: Map<String, Value>,
    pub(super) bytes: u64,
}

/// Returns the bytes that the document takes.
pub(super) fn insert(connection: &Connection, table: &StoredTable, row: &Row, undo: Undo) -> Result<u64, Error> {
    let document = encode(connection, &row.document)?;
    let values = params![row.id, row.created_by, row.created_at.millis(), document];
    write(connection, &table.sql.insert, values, undo)?;
    Ok(document.len() as u64)
}

/// A document as it is kept: `SQLite`'s own binary JSON.
fn encode(connection: &Connection, document: &str) -> Result<Vec<u8>, Error> {
    let mut statement = connection.prepare_cached("SELECT jsonb(?1)")?;
    Ok(statement.query_row([document], |row| row.get(0))?)
}

pub(super) fn get(connection: &Connection, table: &StoredTable, id: &str) -> Result<Option<Row>, Error> {
    let mut statement = connection.prepare_cached(&table.sql.get)?;
    Ok(statement.query_row([id], Row::read).optional()?)
}

pub(super) fn current(connection: &Connection, table: &StoredTable, id: &str) -> Result<Option<Current>, Error> {
    let mut statement = connection.prepare_cached(&table.sql.document)?;
    let found = statement
        .query_row([id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, u64>(3)?))
        })
        .optional()?;
    let Some((created_by, created_at, document, bytes)) = found else { return Ok(None) };
    let document = serde_json::from_str(&document)
        .map_err(|_| Error::Corrupt(format!("row {id} of {} is not a JSON object", table.name)))?;
    Ok(Some(Current { created_by, created_at: Timestamp::from_millis(created_at), document, bytes }))
}

/// Returns the bytes that the document takes now.
pub(super) fn update(
    connection: &Connection,
    table: &StoredTable,
    id: &str,
    document: &str,
    now: Timestamp,
    undo: Undo,
) -> Result<u64, Error> {
    let document = encode(connection, document)?;
    write(connection, &table.sql.update, params![id, now.millis(), document], undo)?;
    Ok(document.len() as u64)
}

fn write(connection: &Connection, sql: &str, values: impl Params, undo: Undo) -> Result<(), Error> {
    match undo {
        Undo::WithTransaction => connection.prepare_cached(sql)?.execute(values).map(drop)?,
        Undo::Alone => connection.prepare_cached(&format!("{sql} RETURNING row"))?.query_row(values, |_| Ok(()))?,
    }
    Ok(())
}

/// Returns the bytes that the document took.
pub(super) fn delete(connection: &Connection, table: &StoredTable, id: &str) -> Result<Option<u64>, Error> {
    let mut length = connection.prepare_cached(&table.sql.length)?;
    let Some(bytes) = length.query_row([id], |row| row.get(0)).optional()? else { return Ok(None) };
    connection.prepare_cached(&table.sql.delete)?.execute([id])?;
    Ok(Some(bytes))
}
