//! Imports: rows gathered in a table that is listed nowhere, and published in one small transaction.
//!
//! The gathering table has the identifier that the final one will have. Publishing it is one row in
//! `tables`, however many rows it holds. Its indexes are built when the rows are in, one a transaction:
//! kept while rows arrive in another order than theirs, they would be most of the work. A unique one is
//! there from the start, because it has to say which row it refuses. What a crash leaves is a row of `imports` that is not finished, and its table: nobody reads either, the next
//! import of the same table removes both, and so does opening the file a day later.

use std::{sync::Arc, time::Duration};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    Error, StoredTable, Transaction,
    environment::{PAGE_CACHE, Reader},
    indexes::{self, SqlIndex},
    tables::{self, Counters, Totals},
};
use crate::domain::{Clock, ImportId, TableId, Timestamp};

/// Rows past which indexes are not left to the end any more: an index of so many is built within a
/// few hundred milliseconds, and every other writer waits for that.
const INDEXED_LATE: u64 = 500_000;

/// Page cache of a batch, in KiB. Past the late indexes, a thousand rows touch as many pages of each.
const GATHERING_CACHE: i64 = 16 << 10;

/// An unfinished import that nobody sent anything to for so long is given up. Machines sleep over a
/// night with a command under way.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(24);

#[derive(Debug)]
pub struct StoredImport {
    pub id: ImportId,
    /// The table that the rows are gathered in, and its definition.
    pub table: Arc<StoredTable>,
    /// The rows are for a table that is there already.
    pub existing: bool,
    pub source: String,
    /// Where the rows are once it is finished.
    pub table_id: Option<TableId>,
    pub rows: u64,
    pub bytes: u64,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// A row on its way into the gathering table; `document` is JSON text.
#[derive(Debug)]
pub struct GatheredRow {
    pub id: String,
    pub created_by: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub document: String,
}

/// What adding to a table came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    pub rows: u64,
    pub bytes: u64,
    /// Rows whose identifier the table has already.
    pub present: u64,
}

/// Why indexes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    WhileRowsArrive,
    BeforeTheyAreShown,
}

impl StoredImport {
    /// The identifier of a table that is published from this import.
    pub fn table_id(id: &ImportId) -> TableId {
        let digits = &id.as_str()[ImportId::PREFIX.len()..];
        TableId::parse(&format!("{}{digits}", TableId::PREFIX)).expect("both are a prefix and 24 hex digits")
    }

    /// Whether it is time for the indexes that rows need not have while they arrive.
    pub const fn is_to_be_indexed(&self, when: Indexing) -> bool {
        // Rows for a table that is there find its indexes there.
        !self.existing
            && self.finished_at.is_none()
            && match when {
                Indexing::WhileRowsArrive => self.rows >= INDEXED_LATE,
                Indexing::BeforeTheyAreShown => true,
            }
    }

    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let id: String = row.get(0)?;
        let corrupt = |what: &str| Error::Corrupt(format!("the import {id} has an unreadable {what}"));
        let import_id = ImportId::parse(&id).map_err(|_| corrupt("id"))?;
        let (schema, indexes): (String, String) = (row.get(4)?, row.get(5)?);
        let permissions: Option<String> = row.get(6)?;
        let permissions = permissions.map(|json| serde_json::from_str(&json)).transpose();
        let table_id: Option<String> = row.get(9)?;
        let created_at = Timestamp::from_millis(row.get(12)?);
        let table = StoredTable::new(
            Self::table_id(&import_id),
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            serde_json::from_str(&schema).map_err(|_| corrupt("schema"))?,
            serde_json::from_str(&indexes).map_err(|_| corrupt("list of indexes"))?,
            permissions.map_err(|_| corrupt("permission matrix"))?,
            created_at,
        );
        Ok(Self {
            id: import_id,
            table: Arc::new(table),
            source: row.get(7)?,
            existing: row.get(8)?,
            table_id: table_id.map(|id| TableId::parse(&id)).transpose().map_err(|_| corrupt("table"))?,
            rows: row.get(10)?,
            bytes: row.get(11)?,
            created_at,
            finished_at: row.get::<_, Option<i64>>(13)?.map(Timestamp::from_millis),
        })
    }
}

const COLUMNS: &str = "id, name, display_name, description, schema, indexes, permissions, source, existing, table_id, \
                       rows, bytes, created_at, finished_at";

impl Transaction<'_> {
    pub fn begin_import(&mut self, import: &StoredImport) -> Result<(), Error> {
        self.savepoint()?;
        let table = &import.table;
        self.connection().execute(
            &format!(
                "INSERT INTO imports ({COLUMNS}, touched_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, 0, 0, ?10, NULL, ?11)"
            ),
            params![
                import.id.as_str(),
                table.name,
                table.display_name,
                table.description,
                tables::to_json(&table.schema)?,
                tables::to_json(&table.indexes)?,
                table.permissions.as_ref().map(tables::to_json).transpose()?,
                import.source,
                import.existing,
                import.created_at.millis(),
                Clock::System.now().millis(),
            ],
        )?;
        tables::lay_out_bare(self.connection(), table)?;
        let unique = indexes::of(table).into_iter().filter(SqlIndex::is_unique).map(|index| index.ddl);
        Ok(self.connection().execute_batch(&unique.collect::<String>())?)
    }

    pub fn import(&self, id: &ImportId) -> Result<Option<StoredImport>, Error> {
        find(self.connection(), id)
    }

    /// The unfinished imports of one table.
    pub fn open_imports(&self, name: &str) -> Result<Vec<StoredImport>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM imports WHERE name = ?1 AND finished_at IS NULL");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let found = statement.query_map([name], |row| Ok(StoredImport::from_row(row)))?;
        found.map(|import| import?).collect()
    }

    /// Adds rows to an open import. Of two with the same identifier the one that was changed last
    /// stays, so a batch may be sent again after an answer was lost.
    ///
    /// # Errors
    /// The position of the row that was refused, if it was one.
    pub fn gather(&mut self, import: &StoredImport, rows: &[GatheredRow]) -> Result<(), (Option<usize>, Error)> {
        self.savepoint().map_err(|error| (None, error))?;
        self.cache(GATHERING_CACHE).map_err(|error| (None, error))?;
        let gathered = self.gather_all(import, rows);
        self.cache(PAGE_CACHE).map_err(|error| (None, error))?;
        gathered
    }

    fn gather_all(&self, import: &StoredImport, rows: &[GatheredRow]) -> Result<(), (Option<usize>, Error)> {
        let (mut count, mut bytes) = (0_i64, 0_i64);
        for (position, row) in rows.iter().enumerate() {
            let (more, longer) = self.gather_one(&import.table, row).map_err(|error| (Some(position), error))?;
            count += more;
            bytes += longer;
        }
        let sql = "UPDATE imports SET rows = rows + ?2, bytes = bytes + ?3, touched_at = ?4 WHERE id = ?1";
        let touched = Clock::System.now().millis();
        let updated = self.connection().execute(sql, params![import.id.as_str(), count, bytes, touched]);
        updated.map(drop).map_err(|error| (None, error.into()))
    }

    fn cache(&self, kibibytes: i64) -> Result<(), Error> {
        Ok(self.connection().pragma_update(None, "cache_size", -kibibytes)?)
    }

    /// Builds one index that an import still needs; returns whether there are more.
    pub fn index_import(&mut self, import: &StoredImport) -> Result<bool, Error> {
        self.savepoint()?;
        let mut missing = Vec::new();
        for index in indexes::built_in(&import.table).into_iter().chain(indexes::of(&import.table)) {
            let mut present =
                self.connection().prepare_cached("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)")?;
            if !present.query_row([&index.name], |row| row.get::<_, bool>(0))? {
                missing.push(index);
            }
        }
        if let Some(index) = missing.pop() {
            self.connection().execute_batch(&index.ddl)?;
        }
        Ok(!missing.is_empty())
    }

    /// By how much the counts of rows and bytes grow.
    fn gather_one(&self, table: &StoredTable, row: &GatheredRow) -> Result<(i64, i64), Error> {
        let values = params![row.id, row.created_by, row.created_at.millis(), row.updated_at.millis(), row.document];
        let name = &table.sql.table;
        let mut insert = self.connection().prepare_cached(&format!(
            "INSERT INTO {name} (id, created_by, created_at, updated_at, doc) VALUES (?1, ?2, ?3, ?4, jsonb(?5))
             ON CONFLICT (id) DO NOTHING RETURNING length(doc)"
        ))?;
        if let Some(length) = insert.query_row(values, |row| row.get(0)).optional()? {
            return Ok((1, length));
        }
        let mut present =
            self.connection().prepare_cached(&format!("SELECT length(doc), updated_at FROM {name} WHERE id = ?1"))?;
        let (length, updated_at): (i64, i64) = present.query_row([&row.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if updated_at >= row.updated_at.millis() {
            return Ok((0, 0));
        }
        let mut update = self.connection().prepare_cached(&format!(
            "UPDATE {name} SET created_by = ?2, created_at = ?3, updated_at = ?4, doc = jsonb(?5)
             WHERE id = ?1 RETURNING length(doc)"
        ))?;
        let longer: i64 = update.query_row(values, |row| row.get(0))?;
        Ok((0, longer - length))
    }

    /// Makes the gathering table one of the environment's.
    pub fn publish(&mut self, import: &StoredImport, now: Timestamp) -> Result<Counters, Error> {
        self.savepoint()?;
        let table = &import.table;
        tables::define(self.connection(), table)?;
        let counters = Counters { rows: import.rows, bytes: import.bytes, revision: 1 };
        self.connection().execute(
            "UPDATE tables SET rows = ?2, bytes = ?3, revision = ?4 WHERE id = ?1",
            params![table.id.as_str(), counters.rows, counters.bytes, counters.revision],
        )?;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.defined(Totals {
            tables: 1,
            rows: count(counters.rows),
            bytes: count(counters.bytes),
            ..Totals::default()
        });
        self.finish(import, &table.id, now)?;
        Ok(counters)
    }

    /// How many rows would go into `table`, and how many have an identifier that is there already.
    pub fn weigh(&self, import: &StoredImport, table: &StoredTable) -> Result<Added, Error> {
        let (from, into) = (&import.table.sql.table, &table.sql.table);
        let sql = format!(
            "SELECT count(*), coalesce(sum(length(doc)), 0) FROM {from} AS new
             WHERE NOT EXISTS (SELECT 1 FROM {into} WHERE id = new.id)"
        );
        let (rows, bytes) = self.connection().query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Added { rows, bytes, present: import.rows.saturating_sub(rows) })
    }

    /// Moves the gathered rows into a table that is there, those that it has already left out.
    pub fn add_to(
        &mut self,
        import: &StoredImport,
        table: &Arc<StoredTable>,
        added: Added,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.savepoint()?;
        let (from, into) = (&import.table.sql.table, &table.sql.table);
        self.connection().execute(
            &format!(
                "INSERT INTO {into} (id, created_by, created_at, updated_at, doc)
                 SELECT id, created_by, created_at, updated_at, doc FROM {from} AS new
                 WHERE NOT EXISTS (SELECT 1 FROM {into} WHERE id = new.id) ORDER BY new.row"
            ),
            [],
        )?;
        self.connection().execute_batch(&format!("DROP TABLE {from}"))?;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.changed(table, count(added.rows), count(added.bytes));
        self.finish(import, &table.id, now)
    }

    fn finish(&self, import: &StoredImport, table: &TableId, now: Timestamp) -> Result<(), Error> {
        self.connection().execute(
            "UPDATE imports SET table_id = ?2, finished_at = ?3 WHERE id = ?1",
            params![import.id.as_str(), table.as_str(), now.millis()],
        )?;
        Ok(())
    }

    /// Removes up to `rows` of an unfinished import, and with the last of them the import. Dropping a
    /// large table at once would hold every other writer up.
    ///
    /// # Errors
    /// What the database answers. `true` while rows are left.
    pub fn shrink(&mut self, import: &StoredImport, rows: u64) -> Result<bool, Error> {
        self.savepoint()?;
        let name = &import.table.sql.table;
        let sql = format!("DELETE FROM {name} WHERE row IN (SELECT row FROM {name} LIMIT ?1)");
        let removed = self.connection().execute(&sql, [rows])?;
        if removed as u64 == rows {
            return Ok(true);
        }
        remove(self.connection(), name, &import.id)?;
        Ok(false)
    }
}

impl Reader {
    pub fn import(&self, id: &ImportId) -> Result<Option<StoredImport>, Error> {
        find(self.connection(), id)
    }

    /// Every import that is open, and those whose table is still there; the oldest first.
    pub fn imports(&self) -> Result<Vec<StoredImport>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM imports ORDER BY id");
        let mut statement = self.connection().prepare_cached(&sql)?;
        let found = statement.query_map([], |row| Ok(StoredImport::from_row(row)))?;
        found.map(|import| import?).collect()
    }
}

fn find(connection: &Connection, id: &ImportId) -> Result<Option<StoredImport>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM imports WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row([id.as_str()], |row| Ok(StoredImport::from_row(row))).optional()?.transpose()
}

/// What a dropped table leaves of the import that filled it.
pub(super) fn forget(connection: &Connection, table: &TableId) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM imports WHERE table_id = ?1")?.execute([table.as_str()])?;
    Ok(())
}

/// Removes what was begun, never finished, and not touched for a day. For a file that is being opened.
pub(super) fn give_up_old(connection: &Connection) -> Result<(), Error> {
    let patience = i64::try_from(GIVEN_UP_AFTER.as_millis()).unwrap_or(i64::MAX);
    let before = Clock::System.now().plus_millis(-patience);
    let old: Vec<StoredImport> = {
        let sql = format!("SELECT {COLUMNS} FROM imports WHERE finished_at IS NULL AND touched_at < ?1");
        let mut statement = connection.prepare(&sql)?;
        let found = statement.query_map([before.millis()], |row| Ok(StoredImport::from_row(row)))?;
        found.map(|import| import?).collect::<Result<_, Error>>()?
    };
    for import in old {
        let transaction = connection.unchecked_transaction()?;
        remove(&transaction, &import.table.sql.table, &import.id)?;
        transaction.commit()?;
    }
    Ok(())
}

fn remove(connection: &Connection, table: &str, id: &ImportId) -> Result<(), Error> {
    connection.execute_batch(&format!("DROP TABLE {table}"))?;
    connection.execute("DELETE FROM imports WHERE id = ?1", [id.as_str()])?;
    Ok(())
}

#[cfg(test)]
mod tests;
