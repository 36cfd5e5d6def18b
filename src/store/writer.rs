//! Group commit: one thread owns the writing connection of an environment, and takes whatever is
//! waiting in its queue into one transaction.
//!
//! A request that breaks a rule takes nothing of its neighbours with it: one statement is undone by SQLite
//! itself, and a request of several begins with [`Transaction::savepoint`]. So it is with a large one that finds the
//! disk full; where small ones find it full together, all of the batch are told to try again. Every answer leaves after
//! the commit has reached the disk. While one batch is being synced the next one gathers; the busier
//! the environment, the more requests share an fsync.

use std::{
    collections::HashMap,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

use super::{
    Error, StoredTable,
    environment::{self, Durability, TableCache},
    failpoint, frames,
    transaction::{Changes, Committed, Transaction},
};

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

pub type OnCommit = Arc<dyn Fn(&Committed) + Send + Sync>;

/// A request: run inside the transaction, answered after it.
trait Job: Send {
    /// Whether it succeeded, and so is to be kept.
    fn run(&mut self, transaction: &mut Transaction<'_>) -> bool;
    fn answer(self: Box<Self>, committed: Result<(), Error>);
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
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// `connection` syncs its commits as `durability` says.
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
            runtime: Handle::try_current().ok(),
            tables: HashMap::new(),
            changes: Changes::default(),
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
        self.send(job)?.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Queues `job`; its answer comes when it is on the disk.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when the queue is full.
    pub fn send<T, E>(
        &self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, E>>, Error>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(Error::Closed)?;
        queue.try_send(Box::new(Waiting { job: Some(job), result: None, caller })).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::Overloaded,
            mpsc::error::TrySendError::Closed(_) => Error::Closed,
        })?;
        Ok(answer)
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

struct Worker {
    path: PathBuf,
    /// Absent after a failure that needs a fresh handle, until the next batch opens one.
    connection: Option<Connection>,
    durability: Durability,
    requests: mpsc::Receiver<Box<dyn Job>>,
    shared: Arc<TableCache>,
    on_commit: OnCommit,
    /// Where the callers wait.
    runtime: Option<Handle>,
    tables: HashMap<String, Arc<StoredTable>>,
    /// What the batch's successful requests did.
    changes: Changes,
}

impl Worker {
    fn run(mut self) {
        let mut batches: u32 = 0;
        while let Some(first) = self.requests.blocking_recv() {
            self.batch(first);
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

    /// Runs `first` and what is queued behind it in one transaction, and answers all of them.
    fn batch(&mut self, first: Box<dyn Job>) {
        let mut jobs = vec![first];
        let result = self.commit(&mut jobs);
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
        let answer = move |jobs: Vec<Box<dyn Job>>| {
            for job in jobs {
                job.answer(result.as_ref().map(|_| ()).map_err(Error::repeat));
            }
        };
        // Each answer wakes the task that waits for it, which from outside of the runtime is a lock and often a system
        // call. Who closes the file waits for this thread and reads its answer then.
        match &self.runtime {
            Some(runtime) if jobs.len() > 1 && !self.requests.is_closed() => {
                runtime.spawn(async move { answer(jobs) });
            }
            _ => answer(jobs),
        }
    }

    fn commit(&mut self, jobs: &mut Vec<Box<dyn Job>>) -> Result<Committed, Error> {
        self.connect()?;
        self.execute("BEGIN IMMEDIATE")?;
        let mut next = 0;
        while let Some(job) = jobs.get_mut(next) {
            self.run_job(job.as_mut())?;
            next += 1;
            if next < BATCH
                && let Ok(job) = self.requests.try_recv()
            {
                jobs.push(job);
            }
        }
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        let committed = std::mem::take(&mut self.changes).count(connection)?;
        failpoint::reach("write.commit")?;
        frames::commit(connection)?;
        failpoint::reach("write.committed")?;
        Ok(committed)
    }

    /// Runs one request: what fails leaves nothing, what succeeds is counted.
    fn run_job(&mut self, job: &mut dyn Job) -> Result<(), Error> {
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        let mut transaction = Transaction::new(connection, &mut self.tables, &self.changes);
        // A panic is a defect of one request; its neighbours' writes and this thread survive it.
        let succeeded = panic::catch_unwind(AssertUnwindSafe(|| job.run(&mut transaction))).unwrap_or(false);
        let (changes, has_savepoint) = transaction.end();
        // A full disk or an I/O error may have ended the whole transaction, not just this request
        // (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction").
        if connection.is_autocommit() {
            return Err(Error::RolledBack);
        }
        if succeeded {
            self.changes.append(changes);
        } else if has_savepoint {
            self.execute("ROLLBACK TO request")?;
            self.tables.clear();
        } else if changes.has_written() {
            // It cannot be undone alone. That is a defect, and losing the batch is its safe end.
            return Err(Error::RolledBack);
        }
        if has_savepoint { self.execute("RELEASE request") } else { Ok(()) }
    }

    fn roll_back(&mut self, error: &Error) {
        self.changes = Changes::default();
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

    fn execute(&self, sql: &str) -> Result<(), Error> {
        let connection = self.connection.as_ref().ok_or(Error::Closed)?;
        connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
