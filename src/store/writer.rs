//! Group commit: one thread owns the writing connection of an environment, and takes whatever is
//! waiting in its queue into one transaction.
//!
//! A request that fails takes nothing of its neighbours with it: one statement is undone by SQLite
//! itself, and a request of several begins with [`Transaction::savepoint`]. Every answer leaves after
//! the commit has reached the disk. While one
//! batch is being synced the next one gathers; the busier the environment, the more requests share
//! an fsync.

use std::{
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::{mpsc, oneshot};

use super::{
    Error, PROBE_TABLE, Row, StoredTable,
    accounts::UserChange,
    directory,
    environment::{self, Durability, TableCache},
    failpoint,
    rows::{self, Current},
    tables::{self, Counters, Totals},
};
use crate::domain::{TableId, Timestamp};

/// Requests that may wait for one environment's writer. Each is answered within a few commits;
/// past this the disk is not keeping up, and refusing early keeps latency bounded.
const QUEUE: usize = 1024;

/// Requests in one transaction: enough to share an fsync widely, few enough that the first in it
/// does not wait long for the last.
const BATCH: usize = 256;

/// Bytes of write-ahead log past which it is folded into the file at once.
const LOG_BOUND: u64 = 16 << 20;

/// Batches between two looks at the log's length. Each may carry bodies of some megabytes.
const LOG_CHECKS: u32 = 16;

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

pub type OnCommit = Arc<dyn Fn(&Committed) + Send + Sync>;

/// A request: run inside the transaction, answered after it.
trait Job: Send {
    /// Whether it succeeded, and so is to be kept.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool;
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

/// What the writing thread is asked for.
enum Request {
    Write(Box<dyn Job>),
    MakeDurable(oneshot::Sender<Result<(), Error>>),
}

struct Waiting<T, E, F> {
    job: Option<F>,
    result: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Waiting<T, E, F>
where
    T: Send,
    E: From<Error> + Send,
    F: FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool {
        self.result = self.job.take().map(|job| job(transaction));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let result = match (self.result, committed) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::Closed.into()),
        };
        // A caller that has gone away does not undo its write.
        let _ = self.caller.send(result);
    }
}

/// The queue to the writing thread. Dropping it lets the thread finish what is queued and end.
#[derive(Debug)]
pub struct Writer {
    queue: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// `connection` syncs its commits as `durability` says, until [`Writer::make_durable`].
    pub fn start(
        path: PathBuf,
        connection: Connection,
        durability: Durability,
        shared: Arc<TableCache>,
        on_commit: OnCommit,
    ) -> Result<Self, Error> {
        let (queue, requests) = mpsc::channel(QUEUE);
        let worker = Worker {
            path,
            connection: Some(connection),
            durability,
            requests,
            shared,
            on_commit,
            tables: HashMap::new(),
            changes: Vec::new(),
            definitions: Vec::new(),
            counted: Totals::default(),
            users: Vec::new(),
            auth_policy: false,
        };
        let thread = thread::Builder::new()
            .name("writer".into())
            .stack_size(512 * 1024)
            .spawn(move || worker.run())
            .map_err(Error::io("starting a writer"))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs `job` in a transaction and answers when it is on the disk.
    ///
    /// # Errors
    /// The job's own; [`Error::Overloaded`] when the queue is full; the commit's, in which case
    /// nothing of the job remains.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        self.send(Request::Write(Box::new(Waiting { job: Some(job), result: None, caller })))?;
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Folds what was written before into the file and syncs that and its name; every later commit
    /// is synced before it is answered.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the queue is full, or a reader holds the log for too long; the disk's.
    pub async fn make_durable(&self) -> Result<(), Error> {
        let (caller, answer) = oneshot::channel();
        self.send(Request::MakeDurable(caller))?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    fn send(&self, request: Request) -> Result<(), Error> {
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Overloaded,
            mpsc::error::TrySendError::Closed(_) => Error::Closed,
        })
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the hook; the file is consistent all the same.
            let _ = thread.join();
        }
    }
}

/// What a request sees of the transaction it runs in.
pub struct Transaction<'a> {
    connection: &'a Connection,
    /// Definitions as this transaction sees them; readers have their own cache.
    tables: &'a mut HashMap<String, Arc<StoredTable>>,
    changes: Vec<Change>,
    definitions: Vec<Totals>,
    counted: Totals,
    users: Vec<UserChange>,
    auth_policy: bool,
    /// What earlier requests of the batch defined: visible already, and counted at its end.
    uncounted: Totals,
    /// Changes of rows by earlier requests of the batch, counted at its end as well.
    earlier: &'a [Change],
    has_savepoint: bool,
}

struct Change {
    table: Arc<StoredTable>,
    rows: i64,
    bytes: i64,
}

impl std::fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl Transaction<'_> {
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
        self.counted.add_all(change);
    }

    /// What the tables held before this batch; its own changes are counted at its end.
    pub fn totals(&self) -> Result<Totals, Error> {
        let mut totals = tables::totals(self.connection)?;
        for defined in self.definitions.iter().chain([&self.uncounted, &self.counted]) {
            totals.subtract(*defined);
        }
        totals.users -= self.uncounted.users + self.users.iter().map(UserChange::count).sum::<i64>();
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
        self.definitions.push(totals);
    }

    pub(super) fn user_changed(&mut self, change: UserChange) {
        self.users.push(change);
    }

    pub(super) const fn auth_policy_changed(&mut self) {
        self.auth_policy = true;
    }

    fn has_written(&self) -> bool {
        !self.changes.is_empty() || !self.definitions.is_empty()
    }

    pub fn create_table(&mut self, table: &StoredTable) -> Result<(), Error> {
        self.savepoint()?;
        self.definitions.push(Totals { tables: 1, ..Totals::default() });
        tables::create(self.connection, table)
    }

    pub fn drop_table(&mut self, table: &StoredTable) -> Result<(), Error> {
        self.savepoint()?;
        let held = self.counters(table)?;
        self.definitions.push(Totals {
            tables: -1,
            rows: -signed(held.rows),
            bytes: -signed(held.bytes),
            ..Totals::default()
        });
        self.tables.remove(&table.name);
        tables::drop(self.connection, table)
    }

    /// Drops what a new environment is probed with, where it is still there.
    pub fn drop_probe_table(&mut self) -> Result<(), Error> {
        self.table(PROBE_TABLE)?.map_or(Ok(()), |table| self.drop_table(&table))
    }

    pub fn insert(&mut self, table: &Arc<StoredTable>, row: &Row) -> Result<(), Error> {
        let bytes = rows::insert(self.connection, table, row)?;
        self.changed(table, 1, signed(bytes));
        Ok(())
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
        let bytes = rows::update(self.connection, table, id, document, now)?;
        self.changed(table, 0, signed(bytes) - signed(before.bytes));
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
        self.definitions.push(change);
        self.tables.remove(name);
    }

    /// Bytes that this batch will add to a table's counter at its end.
    pub(super) fn uncounted_bytes(&self, table: &TableId) -> i64 {
        self.earlier
            .iter()
            .chain(&self.changes)
            .filter(|change| change.table.id == *table)
            .map(|change| change.bytes)
            .sum()
    }

    pub(super) fn changed(&mut self, table: &Arc<StoredTable>, rows: i64, bytes: i64) {
        self.changes.push(Change { table: Arc::clone(table), rows, bytes });
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

struct Worker {
    path: PathBuf,
    /// Absent after a failure that needs a fresh handle, until the next batch opens one.
    connection: Option<Connection>,
    durability: Durability,
    requests: mpsc::Receiver<Request>,
    shared: Arc<TableCache>,
    on_commit: OnCommit,
    tables: HashMap<String, Arc<StoredTable>>,
    /// Changes of the batch's successful requests, counted into their tables before the commit.
    changes: Vec<Change>,
    /// Tables that the batch's successful requests created or dropped.
    definitions: Vec<Totals>,
    /// What the batch's successful requests did to what is held beside rows.
    counted: Totals,
    /// What they did to users.
    users: Vec<UserChange>,
    auth_policy: bool,
}

impl Worker {
    fn run(mut self) {
        let mut batches: u32 = 0;
        while let Some(request) = self.requests.blocking_recv() {
            let behind = match request {
                Request::Write(first) => self.batch(first),
                Request::MakeDurable(caller) => Some(caller),
            };
            if let Some(caller) = behind {
                // A caller that has gone away does not undo it.
                let _ = caller.send(self.make_durable());
            }
            batches = batches.wrapping_add(1);
            if batches.is_multiple_of(LOG_CHECKS) {
                self.bound_log();
            }
        }
        // The last connection to close folds the log into the file, which must not outrun its sync.
        if let Some(connection) = &self.connection {
            let _ = environment::set_durability(connection, Durability::Full);
        }
    }

    /// Runs `first` and the writes that are queued behind it in one transaction, and answers all of
    /// them. Returns who waits for something else behind those.
    fn batch(&mut self, first: Box<dyn Job>) -> Option<oneshot::Sender<Result<(), Error>>> {
        let mut jobs = vec![first];
        let mut behind = None;
        let result = self.commit(&mut jobs, &mut behind);
        match &result {
            Ok(committed) => {
                if committed.definitions {
                    self.shared.forget();
                }
                (self.on_commit)(committed);
            }
            Err(error) => {
                tracing::error!(%error, file = %self.path.display(), "a batch of writes failed");
                self.roll_back(error);
            }
        }
        for job in jobs {
            job.answer(result.as_ref().map(|_| ()).map_err(Error::repeat));
        }
        behind
    }

    fn commit(
        &mut self,
        jobs: &mut Vec<Box<dyn Job>>,
        behind: &mut Option<oneshot::Sender<Result<(), Error>>>,
    ) -> Result<Committed, Error> {
        self.connect()?;
        self.execute("BEGIN IMMEDIATE")?;
        let mut next = 0;
        while let Some(job) = jobs.get_mut(next) {
            self.run_job(job.as_mut())?;
            next += 1;
            if next < BATCH && behind.is_none() {
                match self.requests.try_recv() {
                    Ok(Request::Write(job)) => jobs.push(job),
                    Ok(Request::MakeDurable(caller)) => *behind = Some(caller),
                    Err(_) => {}
                }
            }
        }
        let committed = self.count()?;
        failpoint::reach("write.commit")?;
        self.execute("COMMIT")?;
        failpoint::reach("write.committed")?;
        Ok(committed)
    }

    /// Runs one request: what fails leaves nothing, what succeeds is counted.
    fn run_job(&mut self, job: &mut dyn Job) -> Result<(), Error> {
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        let mut uncounted = self.counted;
        for defined in &self.definitions {
            uncounted.add_all(*defined);
        }
        uncounted.users = self.users.iter().map(UserChange::count).sum();
        let mut transaction = Transaction {
            connection,
            tables: &mut self.tables,
            changes: Vec::new(),
            definitions: Vec::new(),
            counted: Totals::default(),
            users: Vec::new(),
            auth_policy: false,
            uncounted,
            earlier: &self.changes,
            has_savepoint: false,
        };
        // A panic is a defect of one request; its neighbours' writes and this thread survive it.
        let succeeded = panic::catch_unwind(AssertUnwindSafe(|| job.run(&mut transaction))).unwrap_or(false);
        let has_written = transaction.has_written();
        let Transaction { changes, definitions, counted, users, auth_policy, has_savepoint, .. } = transaction;
        // A full disk or an I/O error may have ended the whole transaction, not just this request
        // (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction").
        if connection.is_autocommit() {
            return Err(Error::RolledBack);
        }
        if succeeded {
            self.changes.extend(changes);
            self.definitions.extend(definitions);
            self.counted.add_all(counted);
            self.users.extend(users);
            self.auth_policy |= auth_policy;
        } else if has_savepoint {
            self.execute("ROLLBACK TO request")?;
            self.tables.clear();
        } else if has_written {
            // It cannot be undone alone. That is a defect, and losing the batch is its safe end.
            return Err(Error::RolledBack);
        }
        if has_savepoint { self.execute("RELEASE request") } else { Ok(()) }
    }

    /// Adds the batch's changes to the counters of its tables, one statement a table.
    fn count(&mut self) -> Result<Committed, Error> {
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        let mut committed = Committed { definitions: !self.definitions.is_empty(), ..Committed::default() };
        committed.totals = std::mem::take(&mut self.counted);
        for defined in self.definitions.drain(..) {
            committed.totals.add_all(defined);
        }
        committed.users = std::mem::take(&mut self.users);
        committed.totals.users = committed.users.iter().map(UserChange::count).sum();
        committed.auth_policy = std::mem::take(&mut self.auth_policy);
        let mut sums: Vec<(Arc<StoredTable>, i64, i64, i64)> = Vec::new();
        for change in self.changes.drain(..) {
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
                "UPDATE tables SET rows = rows + ?2, bytes = bytes + ?3, revision = revision + ?4
                 WHERE id = ?1 RETURNING rows, bytes, revision",
            )?;
            let counters = statement
                .query_row((table.id.as_str(), rows, bytes, revision), |row| tables::read_counters(row, 0))
                .optional()?;
            // A table dropped later in the same batch took its counters with it.
            if let Some(counters) = counters {
                committed.totals.add_all(Totals { rows, bytes, ..Totals::default() });
                committed.tables.push((table.name.clone(), counters));
            }
        }
        Ok(committed)
    }

    fn roll_back(&mut self, error: &Error) {
        self.changes.clear();
        self.definitions.clear();
        self.counted = Totals::default();
        self.users.clear();
        self.auth_policy = false;
        self.tables.clear();
        if error.needs_reopening() {
            self.connection = None;
        } else if self.connection.as_ref().is_some_and(|connection| !connection.is_autocommit()) {
            let _ = self.execute("ROLLBACK");
        }
    }

    /// Keeps the write-ahead log short: automatic checkpoints cannot start it over while readers
    /// come and go without a pause, so a long one is folded in while they wait.
    fn bound_log(&self) {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        let too_long = std::fs::metadata(log).is_ok_and(|file| file.len() > LOG_BOUND);
        if let (true, Some(connection)) = (too_long, &self.connection) {
            let result = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
            tracing::debug!(?result, "folded a long log in");
        }
    }

    fn connect(&mut self) -> Result<(), Error> {
        if self.connection.is_none() {
            self.connection = Some(environment::connect(&self.path, self.durability)?);
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), Error> {
        self.connect()?;
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        let is_busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))?;
        if is_busy {
            return Err(Error::Overloaded);
        }
        directory::sync_with_names(&self.path).map_err(Error::io(format!("syncing {}", self.path.display())))?;
        self.durability = Durability::Full;
        environment::set_durability(connection, Durability::Full)
    }

    fn execute(&self, sql: &str) -> Result<(), Error> {
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
