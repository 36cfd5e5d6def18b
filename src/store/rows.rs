//! Reading and writing one row.
//!
//! Statements that write have no RETURNING clause. With one, `SQLite` makes a table in memory for what is returned,
//! and copies every page before it touches it, to be able to undo the statement alone
//! (<https://www.sqlite.org/tempfiles.html>, section 2.5): a sixth of what a write costs the processor. What breaks a
//! rule is found before anything is written, so only what may fill the disk needs that.

use rusqlite::{Connection, OptionalExtension, Params, params};
use serde_json::{Map, Value};

use super::{Error, StoredTable};
use crate::domain::Timestamp;

/// Bytes from which on a document may find the disk full before its commit does: it pushes others out of the page
/// cache while it is written.
const LARGE: usize = 64 << 10;

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
pub(super) fn insert(connection: &Connection, table: &StoredTable, row: &Row) -> Result<u64, Error> {
    let document = encode(connection, &row.document)?;
    let values = params![row.id, row.created_by, row.created_at.millis(), document];
    write(connection, &table.sql.insert, &document, values)?;
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
) -> Result<u64, Error> {
    let document = encode(connection, document)?;
    write(connection, &table.sql.update, &document, params![id, now.millis(), document])?;
    Ok(document.len() as u64)
}

/// Runs a statement that writes one document. A large one that does not fit the disk takes no other request of the
/// transaction with it.
fn write(connection: &Connection, sql: &str, document: &[u8], values: impl Params) -> Result<(), Error> {
    if document.len() < LARGE {
        connection.prepare_cached(sql)?.execute(values)?;
    } else {
        connection.prepare(&format!("{sql} RETURNING row"))?.query_row(values, |_| Ok(()))?;
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
