//! What the columns and the indexes of a table were, version by version. The newest is the one in use.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, StoredTable};
use crate::domain::{Timestamp, list::Window};

/// The two halves of a design that are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    Schema,
    Indexes,
}

impl Facet {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Indexes => "indexes",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// 1 for the first.
    pub number: u64,
    /// JSON text.
    pub definition: String,
    pub created_by: String,
    pub created_at: Timestamp,
}

/// Who designs tables.
const OPERATOR: &str = "operator";

/// Writes what `table` is now as the next version, and returns its number.
pub(super) fn append(connection: &Connection, table: &StoredTable, facet: Facet) -> Result<u64, Error> {
    let definition = match facet {
        Facet::Schema => super::tables::to_json(&table.schema)?,
        Facet::Indexes => super::tables::to_json(&table.indexes)?,
    };
    let mut statement = connection.prepare_cached(
        "INSERT INTO table_versions (table_id, kind, version, definition, created_by, created_at)
         SELECT ?1, ?2, ifnull(max(version), 0) + 1, ?3, ?4, ?5 FROM table_versions WHERE table_id = ?1 AND kind = ?2
         RETURNING version",
    )?;
    let values = params![table.id.as_str(), facet.as_str(), definition, OPERATOR, table.updated_at.millis()];
    Ok(statement.query_row(values, |row| row.get(0))?)
}

/// A page, newest first, and how many there are.
pub(super) fn list(
    connection: &Connection,
    table: &StoredTable,
    facet: Facet,
    window: Window,
) -> Result<(Vec<Version>, u64), Error> {
    let clamp = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "SELECT version, definition, created_by, created_at FROM table_versions WHERE table_id = ?1 AND kind = ?2
         ORDER BY version DESC LIMIT ?3 OFFSET ?4",
    )?;
    let values = params![table.id.as_str(), facet.as_str(), clamp(window.limit), clamp(window.offset())];
    let page = statement.query_map(values, read)?.collect::<Result<_, _>>()?;
    let mut count =
        connection.prepare_cached("SELECT count(*) FROM table_versions WHERE table_id = ?1 AND kind = ?2")?;
    let total = count.query_row([table.id.as_str(), facet.as_str()], |row| row.get(0))?;
    Ok((page, total))
}

pub(super) fn get(
    connection: &Connection,
    table: &StoredTable,
    facet: Facet,
    number: u64,
) -> Result<Option<Version>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT version, definition, created_by, created_at FROM table_versions
         WHERE table_id = ?1 AND kind = ?2 AND version = ?3",
    )?;
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    Ok(statement.query_row(params![table.id.as_str(), facet.as_str(), number], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        number: row.get(0)?,
        definition: row.get(1)?,
        created_by: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
    })
}
