//! Rows moved to another storage while they are read and written.
//!
//! SQLite builds an index in one go, and nobody else writes meanwhile: seconds on a large table. So a
//! change that needs every row (an index, a unique column, a column that goes with its values) makes a
//! second storage beside the first, with the new indexes and still empty. Triggers repeat there what is
//! written to the first; what was there before is copied in slices of a few milliseconds, each a request
//! among the others in the writer's queue. The last slice and the new definition are one transaction.
//! The old storage is then emptied in slices as well.
//!
//! A crash leaves the old definition and storage, and a row in `rebuilds` that names the other one; it
//! is garbage, and [`Transaction::sweep`] takes it away. After the last slice the row names the old one.
//!
//! While a unique index is built, a write that would break it is refused already.

use std::time::{Duration, Instant};

use rusqlite::OptionalExtension;
use serde_json::Value;

use super::{
    Error, Facet, Row, StoredTable, failpoint, indexes,
    tables::{self, Totals},
    transaction::Transaction,
    versions,
};
use crate::domain::Timestamp;

/// How long one slice may keep the writer: less than a commit takes on most disks.
const SLICE: Duration = Duration::from_millis(8);

/// Rows between two looks at the clock while they are deleted.
const HANDFUL: u32 = 64;

/// A move that is under way.
#[derive(Debug)]
pub struct Rebuild {
    from: String,
    to: StoredTable,
    facet: Facet,
    /// Whether values go, so that the rows get smaller.
    shrinks: bool,
    copy: String,
    /// The last row that was copied.
    after: i64,
}

/// How far a slice has come.
#[derive(Debug, PartialEq, Eq)]
pub enum Fill {
    More,
    /// Every row is in the new storage.
    Done,
    /// A row's values are those of another, where the new definition has them unique.
    Clash {
        fields: Vec<String>,
        values: Vec<Value>,
    },
}

impl Rebuild {
    pub const fn facet(&self) -> Facet {
        self.facet
    }
}

impl Transaction<'_> {
    /// Writes a changed definition down and returns the number of its version; `None` when it needs
    /// every row, and so a [`Rebuild`].
    pub fn redefine(&mut self, from: &StoredTable, to: &StoredTable, facet: Facet) -> Result<Option<u64>, Error> {
        let (before, after) = (indexes::of(from), indexes::of(to));
        if after.iter().any(|index| !before.contains(index)) {
            return Ok(None);
        }
        self.savepoint()?;
        for index in before.iter().filter(|index| !after.contains(index)) {
            self.connection().execute_batch(&format!("DROP INDEX {}", index.name))?;
        }
        tables::redefine(self.connection(), to)?;
        self.redefined(&from.name, Totals::default());
        versions::append(self.connection(), to, facet).map(Some)
    }

    /// Makes the second storage. The values of the `dropped` columns will not be in it.
    pub fn begin_rebuild(
        &mut self,
        from: &StoredTable,
        to: StoredTable,
        dropped: &[String],
        facet: Facet,
    ) -> Result<Rebuild, Error> {
        self.savepoint()?;
        let from = from.sql.table.clone();
        let storage = self.next_storage(&from)?;
        let to = to.stored_in(storage);
        let storage = &to.sql.table;
        tables::lay_out(self.connection(), &to)?;
        self.connection().execute("INSERT INTO rebuilds (storage) VALUES (?1)", [storage])?;
        let paths = dropped.iter().fold(String::new(), |paths, column| paths + ",'$." + column + "'");
        let document = |row: &str| {
            if paths.is_empty() { format!("{row}.doc") } else { format!("jsonb_remove({row}.doc{paths})") }
        };
        let (new, old) = (document("NEW"), document("old"));
        self.connection().execute_batch(&format!(
            "CREATE TRIGGER {storage}_insert AFTER INSERT ON {from} BEGIN
                 INSERT INTO {storage}
                 VALUES (NEW.row, NEW.id, NEW.created_by, NEW.created_at, NEW.updated_at, {new});
             END;
             CREATE TRIGGER {storage}_update AFTER UPDATE ON {from} BEGIN
                 UPDATE {storage} SET updated_at = NEW.updated_at, doc = {new} WHERE row = NEW.row;
             END;
             CREATE TRIGGER {storage}_delete AFTER DELETE ON {from} BEGIN
                 DELETE FROM {storage} WHERE row = OLD.row;
             END;"
        ))?;
        if !dropped.is_empty() {
            let count = |event: &str, bytes: &str| {
                format!(
                    "CREATE TRIGGER {storage}_counted_{event} AFTER {event} ON {storage} BEGIN
                         UPDATE rebuilds SET bytes = bytes + {bytes} WHERE storage = '{storage}';
                     END;"
                )
            };
            self.connection().execute_batch(&count("insert", "length(NEW.doc)"))?;
            self.connection().execute_batch(&count("update", "length(NEW.doc) - length(OLD.doc)"))?;
            self.connection().execute_batch(&count("delete", "0 - length(OLD.doc)"))?;
        }
        // A row number that was given back and taken again is behind the last one copied, and in
        // the new storage already.
        let copy = format!(
            "INSERT INTO {storage}
             SELECT old.row, old.id, old.created_by, old.created_at, old.updated_at, {old} FROM {from} AS old
             WHERE old.row > ?1 AND NOT EXISTS (SELECT 1 FROM {storage} AS new WHERE new.row = old.row)
             ORDER BY old.row LIMIT 1 RETURNING row"
        );
        Ok(Rebuild { from, to, facet, shrinks: !dropped.is_empty(), copy, after: i64::MIN })
    }

    /// Copies rows for as long as a slice lasts.
    pub fn fill(&mut self, rebuild: &mut Rebuild) -> Result<Fill, Error> {
        if rebuild.after > i64::MIN {
            failpoint::reach("rebuild.slice")?;
        }
        let begun = Instant::now();
        let mut copy = self.connection().prepare_cached(&rebuild.copy)?;
        loop {
            match copy.query_row([rebuild.after], |row| row.get(0)).optional().map_err(Error::from) {
                Ok(Some(row)) => rebuild.after = row,
                Ok(None) => return Ok(Fill::Done),
                Err(Error::Duplicate(message)) => return self.clash(rebuild, &message),
                Err(other) => return Err(other),
            }
            if begun.elapsed() > SLICE {
                return Ok(Fill::More);
            }
        }
    }

    /// Puts the filled storage and its definition in the place of the old ones, and returns the
    /// number of the version.
    pub fn finish_rebuild(&mut self, rebuild: &Rebuild, now: Timestamp) -> Result<(u64, StoredTable), Error> {
        self.savepoint()?;
        self.drop_triggers(&rebuild.to.sql.table)?;
        let (current, counters) = tables::find(self.connection(), &rebuild.to.name)?.ok_or(Error::NoSuchTable)?;
        if current.sql.table != rebuild.from {
            return Err(Error::NoSuchTable);
        }
        // Permissions may have changed meanwhile.
        let table = StoredTable { permissions: current.permissions, updated_at: now, ..rebuild.to.clone() };
        tables::redefine(self.connection(), &table)?;
        let mut change = Totals::default();
        if rebuild.shrinks {
            let (bytes, before) = (self.rebuilt_bytes(&table)?, i64::try_from(counters.bytes).unwrap_or(i64::MAX));
            self.connection().execute("UPDATE tables SET bytes = ?2 WHERE id = ?1", (table.id.as_str(), bytes))?;
            change.bytes += bytes - before;
        }
        self.connection()
            .execute("UPDATE rebuilds SET storage = ?2 WHERE storage = ?1", [&rebuild.to.sql.table, &rebuild.from])?;
        failpoint::reach("rebuild.finish")?;
        self.redefined(&table.name, change);
        let version = versions::append(self.connection(), &table, rebuild.facet)?;
        Ok((version, table))
    }

    /// Takes away a slice of what earlier moves left; returns whether there is more of it. Nothing may
    /// be under way.
    pub fn sweep(&mut self) -> Result<bool, Error> {
        let connection = self.connection();
        let next = || connection.query_row("SELECT storage FROM rebuilds LIMIT 1", [], |row| row.get(0)).optional();
        let Some(storage): Option<String> = next()? else { return Ok(false) };
        failpoint::reach("rebuild.sweep")?;
        self.drop_triggers(&storage)?;
        let index: Option<String> = connection
            .query_row(
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL LIMIT 1",
                [&storage],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(index) = index {
            connection.execute_batch(&format!("DROP INDEX {index}"))?;
            return Ok(true);
        }
        let begun = Instant::now();
        let handful =
            format!("DELETE FROM {storage} WHERE row IN (SELECT row FROM {storage} ORDER BY row LIMIT {HANDFUL})");
        let mut delete = connection.prepare(&handful)?;
        while begun.elapsed() < SLICE {
            if delete.execute([])? == 0 {
                drop(delete);
                connection.execute_batch(&format!("DROP TABLE {storage}"))?;
                connection.execute("DELETE FROM rebuilds WHERE storage = ?1", [&storage])?;
                return Ok(next()?.is_some());
            }
        }
        Ok(true)
    }

    /// Whether the table has no row, those of this transaction included.
    pub fn is_empty(&self, table: &StoredTable) -> Result<bool, Error> {
        let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", table.sql.table);
        Ok(self.connection().query_row(&sql, [], |row| row.get(0))?)
    }

    pub fn version(&self, table: &StoredTable, facet: Facet, number: u64) -> Result<Option<versions::Version>, Error> {
        versions::get(self.connection(), table, facet, number)
    }

    pub fn set_permissions(&mut self, table: &StoredTable) -> Result<(), Error> {
        self.savepoint()?;
        tables::set_permissions(self.connection(), table)?;
        self.redefined(&table.name, Totals::default());
        Ok(())
    }

    fn drop_triggers(&self, storage: &str) -> Result<(), Error> {
        let drops = ["insert", "update", "delete", "counted_insert", "counted_update", "counted_delete"]
            .map(|event| format!("DROP TRIGGER IF EXISTS {storage}_{event};"));
        Ok(self.connection().execute_batch(&drops.concat())?)
    }

    /// A name that no table of SQLite has: `t_<id>_2`, `t_<id>_3`, …
    fn next_storage(&self, from: &str) -> Result<String, Error> {
        let (base, number) = match from.splitn(3, '_').collect::<Vec<_>>()[..] {
            [t, id, number] => (format!("{t}_{id}"), number.parse().unwrap_or(1)),
            _ => (from.to_owned(), 1),
        };
        let mut taken = self.connection().prepare("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?1)")?;
        let mut number: u32 = number;
        loop {
            number = number.wrapping_add(1);
            let name = format!("{base}_{number}");
            if !taken.query_row([&name], |row| row.get::<_, bool>(0))? {
                return Ok(name);
            }
        }
    }

    /// The bytes of the new storage, without what this batch will add to the table's counter.
    fn rebuilt_bytes(&self, table: &StoredTable) -> Result<i64, Error> {
        let sql = "SELECT bytes FROM rebuilds WHERE storage = ?1";
        let bytes: i64 = self.connection().query_row(sql, [&table.sql.table], |row| row.get(0))?;
        Ok(bytes - self.uncounted_bytes(&table.id))
    }

    fn clash(&self, rebuild: &Rebuild, message: &str) -> Result<Fill, Error> {
        let fields = rebuild.to.fields_of_conflict(message);
        let sql = format!(
            "SELECT id, created_by, created_at, updated_at, json(doc) FROM {} AS old
             WHERE row > ?1 AND NOT EXISTS (SELECT 1 FROM {} AS new WHERE new.row = old.row) ORDER BY row LIMIT 1",
            rebuild.from, rebuild.to.sql.table
        );
        let row = self.connection().query_row(&sql, [rebuild.after], Row::read)?;
        let columns = row.columns()?;
        let value = |field: &String| match field.as_str() {
            "createdBy" => row.created_by.as_str().into(),
            "createdAt" => row.created_at.to_string().into(),
            "updatedAt" => row.updated_at.to_string().into(),
            name => columns.get(name).cloned().unwrap_or_default(),
        };
        let values = fields.iter().map(value).collect();
        Ok(Fill::Clash { fields, values })
    }
}

#[cfg(test)]
mod tests;
