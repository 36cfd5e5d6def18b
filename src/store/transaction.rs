//! What a request sees of the transaction it runs in, and what it did there.

use std::{collections::HashMap, fmt, sync::Arc};

use rusqlite::Connection;

use super::{
    Error, PROBE_TABLE, Row, StoredTable,
    accounts::UserChange,
    rows::{self, Current, Undo},
    tables::{self, Counters, Totals},
};
use crate::domain::{TableId, Timestamp};

/// What a commit changed, told to the pool's `OnCommit` before any request of the batch is answered.
#[derive(Debug, Default)]
pub struct Committed {
    /// Name and new counters of every table whose rows changed.
    pub tables: Vec<(String, Counters)>,
    /// By how much the environment's totals changed.
    pub totals: Totals,
    /// Whether a table was created or dropped.
    pub definitions: bool,
    /// What happened to users, in this order.
    pub users: Vec<UserChange>,
    /// Whether the rules of sign-in changed.
    pub auth_policy: bool,
}

/// A request's view of the transaction that it shares with its batch.
pub struct Transaction<'a> {
    connection: &'a Connection,
    /// Definitions as this transaction sees them; readers have their own cache.
    tables: &'a mut HashMap<String, Arc<StoredTable>>,
    own: Changes,
    /// By earlier requests of the batch: visible already, and counted at its end.
    earlier: &'a Changes,
    has_savepoint: bool,
}

/// What requests did, to be counted before the commit and told after it.
#[derive(Default)]
pub(super) struct Changes {
    rows: Vec<RowChange>,
    /// Tables that were created, dropped or redefined.
    definitions: Vec<Totals>,
    /// What is held beside rows.
    held: Totals,
    users: Vec<UserChange>,
    auth_policy: bool,
}

struct RowChange {
    table: Arc<StoredTable>,
    rows: i64,
    bytes: i64,
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl<'a> Transaction<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        tables: &'a mut HashMap<String, Arc<StoredTable>>,
        earlier: &'a Changes,
    ) -> Self {
        Self { connection, tables, own: Changes::default(), earlier, has_savepoint: false }
    }

    /// What the request did, and whether it began with a savepoint.
    pub(super) fn end(self) -> (Changes, bool) {
        (self.own, self.has_savepoint)
    }

    pub fn table(&mut self, name: &str) -> Result<Option<Arc<StoredTable>>, Error> {
        if let Some(table) = self.tables.get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        let found = tables::find(self.connection, name)?.map(|(table, _)| Arc::new(table));
        if let Some(table) = &found {
            self.tables.insert(name.to_owned(), Arc::clone(table));
        }
        Ok(found)
    }

    pub fn counters(&self, table: &StoredTable) -> Result<Counters, Error> {
        tables::counters(self.connection, table)
    }

    /// Adds to what the environment holds beside rows.
    pub(super) fn count(&mut self, change: Totals) {
        self.own.held += change;
    }

    /// What the tables held before this batch; its own changes are counted at its end.
    pub fn totals(&self) -> Result<Totals, Error> {
        let mut totals = tables::totals(self.connection)?;
        for changes in [self.earlier, &self.own] {
            totals -= changes.totals();
        }
        Ok(totals)
    }

    /// How many tables there are, those of this batch included.
    pub fn table_count(&self) -> Result<i64, Error> {
        Ok(tables::totals(self.connection)?.tables)
    }

    /// Makes all that the request writes from here on undone together, should it fail. A request
    /// of one statement needs none, and is spared copies of the pages that it touches.
    pub fn savepoint(&mut self) -> Result<(), Error> {
        if !self.has_savepoint {
            self.connection.prepare_cached("SAVEPOINT request")?.execute([])?;
            self.has_savepoint = true;
        }
        Ok(())
    }

    pub(super) fn connection(&self) -> &Connection {
        self.connection
    }

    /// For several statements, which are undone together should the request fail.
    pub(super) fn several(&mut self) -> Result<&Connection, Error> {
        self.savepoint()?;
        Ok(self.connection)
    }

    /// Counts a table that the request created.
    pub(super) fn defined(&mut self, totals: Totals) {
        self.own.definitions.push(totals);
    }

    pub(super) fn user_changed(&mut self, change: UserChange) {
        self.own.users.push(change);
    }

    pub(super) const fn auth_policy_changed(&mut self) {
        self.own.auth_policy = true;
    }

    pub fn create_table(&mut self, table: &StoredTable) -> Result<(), Error> {
        self.savepoint()?;
        self.own.definitions.push(Totals { tables: 1, ..Totals::default() });
        tables::create(self.connection, table)
    }

    pub fn drop_table(&mut self, table: &StoredTable) -> Result<(), Error> {
        self.savepoint()?;
        let held = self.counters(table)?;
        self.own.definitions.push(Totals {
            tables: -1,
            rows: -signed(held.rows),
            bytes: -signed(held.bytes),
            ..Totals::default()
        });
        self.tables.remove(&table.name);
        tables::drop(self.connection, table)
    }

    /// Drops what a new environment is probed with.
    pub fn drop_probe_table(&mut self) -> Result<(), Error> {
        self.table(PROBE_TABLE)?.map_or(Ok(()), |table| self.drop_table(&table))
    }

    pub fn insert(&mut self, table: &Arc<StoredTable>, row: &Row) -> Result<(), Error> {
        let bytes = rows::insert(self.connection, table, row, self.undo(&row.document))?;
        self.changed(table, 1, signed(bytes));
        Ok(())
    }

    /// How the writing of this document is undone, after what the request has written already.
    fn undo(&self, document: &str) -> Undo {
        let written = self.own.rows.iter().map(|change| change.bytes.unsigned_abs()).sum::<u64>();
        Undo::of(written + document.len() as u64)
    }

    pub fn current(&self, table: &StoredTable, id: &str) -> Result<Option<Current>, Error> {
        rows::current(self.connection, table, id)
    }

    pub fn update(
        &mut self,
        table: &Arc<StoredTable>,
        id: &str,
        before: &Current,
        document: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let bytes = rows::update(self.connection, table, id, document, now, self.undo(document))?;
        self.changed(table, 0, signed(bytes) - signed(before.bytes));
        Ok(())
    }

    pub fn row(&self, table: &StoredTable, id: &str) -> Result<Option<Row>, Error> {
        rows::get(self.connection, table, id)
    }

    /// Inserts a row that was there before, with the time of its last change.
    pub fn restore(&mut self, table: &Arc<StoredTable>, row: &Row) -> Result<(), Error> {
        self.savepoint()?;
        self.insert(table, row)?;
        if row.updated_at != row.created_at {
            let undo = self.undo(&row.document);
            rows::update(self.connection, table, &row.id, &row.document, row.updated_at, undo)?;
        }
        Ok(())
    }

    /// Whether there was such a row.
    pub fn delete(&mut self, table: &Arc<StoredTable>, id: &str) -> Result<bool, Error> {
        let Some(bytes) = rows::delete(self.connection, table, id)? else { return Ok(false) };
        self.changed(table, -1, -signed(bytes));
        Ok(true)
    }

    /// Notes that a table is another one from here on, and by how much that changes the totals.
    pub(super) fn redefined(&mut self, name: &str, change: Totals) {
        self.own.definitions.push(change);
        self.tables.remove(name);
    }

    /// Bytes that this batch will add to a table's counter at its end.
    pub(super) fn uncounted_bytes(&self, table: &TableId) -> i64 {
        self.earlier
            .rows
            .iter()
            .chain(&self.own.rows)
            .filter(|change| change.table.id == *table)
            .map(|change| change.bytes)
            .sum()
    }

    pub(super) fn changed(&mut self, table: &Arc<StoredTable>, rows: i64, bytes: i64) {
        self.own.rows.push(RowChange { table: Arc::clone(table), rows, bytes });
    }
}

impl Changes {
    pub fn append(&mut self, later: Self) {
        let Self { rows, definitions, held, users, auth_policy } = later;
        self.rows.extend(rows);
        self.definitions.extend(definitions);
        self.held += held;
        self.users.extend(users);
        self.auth_policy |= auth_policy;
    }

    /// Whether there is something of rows or tables that would have to be undone.
    pub fn has_written(&self) -> bool {
        !self.rows.is_empty() || !self.definitions.is_empty()
    }

    /// By how much the totals change, but for rows, whose tables count them.
    fn totals(&self) -> Totals {
        let mut totals = self.held;
        for defined in &self.definitions {
            totals += *defined;
        }
        totals.users += self.users.iter().map(UserChange::count).sum::<i64>();
        totals
    }

    /// Adds the changes to the counters of their tables, one statement a table.
    pub fn count(self, connection: &Connection) -> Result<Committed, Error> {
        let mut committed = Committed {
            tables: Vec::new(),
            totals: self.totals(),
            definitions: !self.definitions.is_empty(),
            users: self.users,
            auth_policy: self.auth_policy,
        };
        let mut sums: Vec<(Arc<StoredTable>, i64, i64, i64)> = Vec::new();
        for change in self.rows {
            match sums.iter_mut().find(|(table, ..)| table.id == change.table.id) {
                Some((_, rows, bytes, revision)) => {
                    *rows += change.rows;
                    *bytes += change.bytes;
                    *revision += 1;
                }
                None => sums.push((change.table, change.rows, change.bytes, 1)),
            }
        }
        for (table, rows, bytes, revision) in sums {
            let mut statement = connection.prepare_cached(
                "UPDATE tables SET rows = rows + ?2, bytes = bytes + ?3, revision = revision + ?4 WHERE id = ?1",
            )?;
            // A table dropped later in the same batch took its counters with it.
            if statement.execute((table.id.as_str(), rows, bytes, revision))? > 0 {
                committed.totals += Totals { rows, bytes, ..Totals::default() };
                committed.tables.push((table.name.clone(), tables::counters(connection, &table)?));
            }
        }
        Ok(committed)
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
