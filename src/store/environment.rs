//! One open environment: its writer, its readers, and the definitions that readers share.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    Error, Facet, ListPlan, PROBE_TABLE, Row, StoredTable, Version,
    deadline::Deadline,
    frames, imports,
    query::Count,
    readers::Readers,
    rows,
    tables::{self, Counters},
    template,
    transaction::Transaction,
    versions,
    writer::{OnCommit, Writer},
};
use crate::domain::list::Window;

/// Without CREATE: a missing file is a fault to report, never a new and empty environment.
const OPEN: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Page cache of a connection, in KiB: the system's page cache holds the rest once for all of them.
pub(super) const PAGE_CACHE: i64 = 512;

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On the disk (`synchronous=FULL`): every write that an app is told about.
    Full,
    /// With the next commit that is `Full`, and not without those before it (`synchronous=NORMAL`).
    Deferred,
    /// Handed to the operating system (`synchronous=OFF`): while an environment is being made, and
    /// nobody has been promised anything of what is in it. A crash leaves a status that has it
    /// made again; `Directory::seal_environment` makes it last.
    ///
    /// Such a file has no log, and what would be in one is kept in memory; it is locked against
    /// other processes, which saves the file they would share (`unix-excl`,
    /// <https://www.sqlite.org/vfs.html>). That is three files less to make and to remove.
    Relaxed,
}

/// Definitions of tables by name, forgotten whenever one changes.
#[derive(Debug, Default)]
pub struct TableCache(RwLock<Definitions>);

#[derive(Debug, Default)]
struct Definitions {
    by_name: HashMap<String, Arc<StoredTable>>,
    /// How often they were forgotten.
    generation: u64,
}

impl TableCache {
    pub(super) fn forget(&self) {
        let mut definitions = self.0.write().unwrap_or_else(PoisonError::into_inner);
        definitions.by_name.clear();
        definitions.generation += 1;
    }

    /// The definition, or the generation that one read from now on belongs to.
    fn get(&self, name: &str) -> Result<Arc<StoredTable>, u64> {
        let definitions = self.0.read().unwrap_or_else(PoisonError::into_inner);
        definitions.by_name.get(name).map(Arc::clone).ok_or(definitions.generation)
    }

    /// Keeps what was read in a generation, unless that has passed: a table that was dropped while
    /// it was being looked up would otherwise hide its successor.
    fn keep(&self, table: &Arc<StoredTable>, generation: u64) {
        let mut definitions = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if definitions.generation == generation {
            definitions.by_name.insert(table.name.clone(), Arc::clone(table));
        }
    }
}

pub struct EnvironmentFile {
    path: PathBuf,
    readers: Arc<Readers>,
    /// Declared last, dropped last: the readers are closed by then, so its close is the one that
    /// folds the log into the file.
    writer: Writer,
}

impl fmt::Debug for EnvironmentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvironmentFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl EnvironmentFile {
    /// Opens the file and starts its writer. Blocks on the disk.
    ///
    /// # Errors
    /// When the file is missing, unreadable, or of a newer program; when one that is being made lacks
    /// what it is probed with.
    pub fn open(path: &Path, durability: Durability, on_commit: OnCommit) -> Result<Self, Error> {
        let connection = connect(path, durability).map_err(|error| error.of_file(path))?;
        template::check_version(&connection, &path.display().to_string()).map_err(|error| error.of_file(path))?;
        match durability {
            Durability::Relaxed => tables::find(&connection, PROBE_TABLE)?.map(drop).ok_or(Error::NoSuchTable)?,
            Durability::Full | Durability::Deferred => {
                imports::give_up_old(&connection).map_err(|error| error.of_file(path))?;
            }
        }
        let tables = Arc::new(TableCache::default());
        let writer = Writer::start(path.to_owned(), connection, durability, Arc::clone(&tables), on_commit)?;
        let readers = Arc::new(Readers::new(path.to_owned(), durability, tables));
        Ok(Self { path: path.to_owned(), readers, writer })
    }

    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.writer.write(job).await
    }

    /// Queues a last write and closes the file behind it, on the caller's thread, which may block.
    pub(super) fn close_after<T, E>(
        self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let mut answer = self.writer.send(job)?;
        // The writer finishes what is in its queue.
        drop(self);
        answer.try_recv().unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Opens a connection for the reads to come, on the caller's thread, which may block.
    pub fn open_reader(&self) -> Result<(), Error> {
        self.readers.open_one()
    }

    /// Runs `job` on the caller's thread, if a reading connection is free for it; otherwise the job comes
    /// back.
    pub(super) fn read_at_once<T, E: From<Error>, J: FnOnce(&Reader) -> Result<T, E>>(
        &self,
        job: J,
    ) -> Result<Result<T, E>, J> {
        self.readers.run_at_once(job)
    }

    /// Runs `job` on a reading connection, and drops `hold` when the connection is free again.
    pub(super) async fn read<T, E>(
        &self,
        hold: impl Send + 'static,
        job: impl FnOnce(&Reader) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.readers.run(hold, job).await
    }
}

/// A connection that only reads.
pub struct Reader {
    connection: Connection,
    tables: Arc<TableCache>,
    deadline: Deadline,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl Reader {
    pub(super) fn open(path: &Path, durability: Durability, tables: Arc<TableCache>) -> Result<Self, Error> {
        let mut connection = connect(path, durability)?;
        connection.pragma_update(None, "query_only", true)?;
        let deadline = Deadline::default();
        deadline.enforce(&mut connection)?;
        Ok(Self { connection, tables, deadline })
    }

    /// All that one job reads is of one moment: a definition and the rows that it describes.
    pub(super) fn run<T, E: From<Error>>(&self, job: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.deadline.start();
        let result = self.execute("BEGIN").map_err(E::from).and_then(|()| job(self));
        self.deadline.lift();
        // It has read and nothing else, so however it ended there is nothing to keep or to lose.
        if !self.connection.is_autocommit() {
            self.execute("ROLLBACK")?;
        }
        result
    }

    fn execute(&self, sql: &str) -> Result<(), Error> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub fn table(&self, name: &str) -> Result<Option<Arc<StoredTable>>, Error> {
        let found = || Ok(tables::find(&self.connection, name)?.map(|(table, _)| Arc::new(table)));
        let generation = match self.tables.get(name) {
            // Its rows may have moved since it was looked up, and what they left may be gone soon.
            Ok(known) => {
                let is_current = tables::storage(&self.connection, name)?.is_some_and(|now| now == known.sql.table);
                return if is_current { Ok(Some(known)) } else { found() };
            }
            Err(generation) => generation,
        };
        let found = found()?;
        if let Some(table) = &found {
            self.tables.keep(table, generation);
        }
        Ok(found)
    }

    /// A page of what the columns or indexes of a table were, newest first, and how many there are.
    pub fn versions(&self, table: &StoredTable, facet: Facet, window: Window) -> Result<(Vec<Version>, u64), Error> {
        versions::list(&self.connection, table, facet, window)
    }

    pub fn tables(&self) -> Result<Vec<(StoredTable, Counters)>, Error> {
        tables::all(&self.connection)
    }

    pub fn counters(&self, table: &StoredTable) -> Result<Counters, Error> {
        tables::counters(&self.connection, table)
    }

    pub fn get(&self, table: &StoredTable, id: &str) -> Result<Option<Row>, Error> {
        rows::get(&self.connection, table, id)
    }

    /// Hands the rows of a page to `each` and returns how many there are on all pages.
    pub fn list(
        &self,
        table: &StoredTable,
        plan: &ListPlan,
        window: Window,
        each: impl FnMut(Row<&str>) -> Result<(), Error>,
    ) -> Result<u64, Error> {
        plan.rows(&self.connection, window, each)?;
        match plan.total {
            Count::Stored => Ok(self.counters(table)?.rows),
            Count::Matching => plan.matching(&self.connection),
        }
    }
}

/// Opens a connection with everything a connection needs.
pub(super) fn connect(path: &Path, durability: Durability) -> Result<Connection, Error> {
    // All connections of a process to one file have to agree on this.
    let connection = match durability {
        Durability::Relaxed if cfg!(unix) => Connection::open_with_flags_and_vfs(path, OPEN, c"unix-excl")?,
        _ => Connection::open_with_flags_and_vfs(path, OPEN, frames::vfs()?)?,
    };
    // Within one process readers wait for nobody and there is one writer; only a checkpoint that
    // starts the log over waits, for the readers under way.
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Otherwise a statement with a bound LIMIT is compiled anew each time, for a plan that might suit the
    // number better (https://www.sqlite.org/queryplanner-ng.html, section 6).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // What a savepoint or a sort sets aside is small; it need not become a file.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "cache_size", -PAGE_CACHE)?;
    connection.set_prepared_statement_cache_capacity(64);
    set_durability(&connection, durability)?;
    if durability == Durability::Relaxed {
        connection.pragma_update(None, "journal_mode", "memory")?;
    }
    Ok(connection)
}

pub(super) fn set_durability(connection: &Connection, durability: Durability) -> Result<(), Error> {
    let level = match durability {
        Durability::Full => "FULL",
        Durability::Deferred => "NORMAL",
        Durability::Relaxed => "OFF",
    };
    Ok(connection.pragma_update(None, "synchronous", level)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{TableId, Timestamp, id::Entropy, table::Schema};

    fn table() -> Arc<StoredTable> {
        let now = Timestamp::from_millis(1);
        let id = TableId::generate(&Entropy::system(), now);
        Arc::new(StoredTable::new(id, "posts".into(), None, None, Schema::default(), Vec::new(), None, now))
    }

    #[test]
    fn a_definition_read_before_its_table_was_dropped_is_not_kept() {
        let cache = TableCache::default();
        let (dropped, successor) = (table(), table());
        let before = cache.get("posts").expect_err("nothing is known");
        // The writer drops the table while a reader is still looking it up.
        cache.forget();
        cache.keep(&dropped, before);
        let after = cache.get("posts").expect_err("it was not kept");
        cache.keep(&successor, after);
        assert_eq!(cache.get("posts").expect("known").id, successor.id);
    }
}
