//! Which environments are open: at most a bounded number, the least recently used closed first.
//!
//! A slot is `Opening`, `Open` or `Closing`. Whoever needs an environment that is on its way in or
//! out waits for that to end and looks again, so a file is never opened twice, and never opened
//! while its last handle is still folding the log in. Deletion closes before it renames, and keeps
//! the slot [`Closed`] until it is done, so that nobody opens what is being taken away.

use std::{
    collections::HashMap,
    ops::Deref,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use super::{
    Error, Template,
    directory::Directory,
    environment::{Durability, EnvironmentFile, Reader},
    transaction::Committed,
};
use crate::domain::EnvironmentId;

/// How long a request waits for a slot, an opening or a closing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Told what each commit changed, before its writers are.
pub type OnCommit = Arc<dyn Fn(&EnvironmentId, &Committed) + Send + Sync>;

pub struct Pool {
    slots: Mutex<Slots>,
    /// Wakes those who wait whenever a slot changes.
    changed: Notify,
    bound: usize,
    on_commit: OnCommit,
    directory: Arc<Directory>,
    template: Template,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("bound", &self.bound).finish_non_exhaustive()
    }
}

/// An open environment in use. It is not closed before the last lease on it is dropped.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Taken only by `drop`.
    file: Option<Arc<EnvironmentFile>>,
    pool: Arc<Pool>,
}

impl Deref for Lease {
    type Target = EnvironmentFile;

    fn deref(&self) -> &EnvironmentFile {
        self.file.as_ref().expect("a lease holds its file until it is dropped")
    }
}

impl Lease {
    fn new(pool: &Arc<Pool>, file: Arc<EnvironmentFile>) -> Self {
        Self { file: Some(file), pool: Arc::clone(pool) }
    }

    /// Runs `job` on a reading connection, on a thread that may block. The lease lasts until that
    /// thread is done: a caller that goes away ends the wait and not the read.
    ///
    /// # Errors
    /// The job's own; [`Error::Overloaded`] when every connection stays in use; [`Error::TooSlow`]
    /// past the deadline of a read.
    pub async fn read<T, E>(&self, job: impl FnOnce(&Reader) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        EnvironmentFile::read(self, self.clone(), job).await
    }

    /// Runs `job`, which finds a row or two by their keys, where the caller is: handing it to another
    /// thread and back costs more than it does. It waits for a thread as [`Lease::read`] does when no
    /// connection is free at once.
    ///
    /// # Errors
    /// As [`Lease::read`].
    pub async fn look_up<T, E>(&self, job: impl FnOnce(&Reader) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match self.read_at_once(job) {
            Ok(result) => result,
            Err(job) => self.read(job).await,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.file = None;
        self.pool.changed.notify_waiters();
    }
}

/// An environment that is closed and cannot be opened for as long as this lives.
#[derive(Debug)]
#[must_use]
pub struct Closed {
    id: EnvironmentId,
    pool: Arc<Pool>,
}

impl Drop for Closed {
    fn drop(&mut self) {
        self.pool.free(&self.id);
    }
}

#[derive(Default)]
struct Slots {
    by_id: HashMap<EnvironmentId, Slot>,
    /// Counts uses, to tell the least recent.
    clock: u64,
}

enum Slot {
    Opening,
    Open {
        file: Arc<EnvironmentFile>,
        used: u64,
    },
    /// On its way out, or kept out by a [`Closed`].
    Closing,
}

/// What to do about an environment that is not open.
enum Next {
    Use(Arc<EnvironmentFile>),
    Open,
    Close(Arc<EnvironmentFile>, EnvironmentId),
    Wait,
}

/// What to do about an environment that nobody may open.
enum Out {
    Kept,
    Close(Arc<EnvironmentFile>),
    Wait,
}

impl Pool {
    /// # Errors
    /// When SQLite cannot build the template.
    pub fn new(directory: Arc<Directory>, bound: usize, on_commit: OnCommit) -> Result<Self, Error> {
        Ok(Self {
            slots: Mutex::default(),
            changed: Notify::new(),
            bound: bound.max(1),
            on_commit,
            directory,
            template: Template::build()?,
        })
    }

    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The open file of an environment, opened if it is not.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when every slot stays in use; what opening the file answers.
    pub async fn get(self: &Arc<Self>, id: &EnvironmentId, durability: Durability) -> Result<Lease, Error> {
        let open = self.lock().open(id);
        if let Some(file) = open {
            return Ok(Lease::new(self, file));
        }
        let opened = self.wait(id, |pool, id| pool.open(id, durability));
        tokio::time::timeout(PATIENCE, opened).await.unwrap_or(Err(Error::Overloaded))
    }

    /// Waits until there is room for an environment that is not open, and has it opened.
    async fn wait<O: Future<Output = Result<Lease, Error>>>(
        self: &Arc<Self>,
        id: &EnvironmentId,
        open: impl Fn(Arc<Self>, EnvironmentId) -> O,
    ) -> Result<Lease, Error> {
        let mut victim = None;
        loop {
            // Created before the look, so that a change in between is not missed.
            let changed = self.changed.notified();
            let next = self.lock().next(id, self.bound, victim.as_ref());
            match next {
                Next::Use(file) => return Ok(Lease::new(self, file)),
                Next::Open => return open(Arc::clone(self), id.clone()).await,
                Next::Close(file, id) => {
                    victim = Some(id.clone());
                    self.finish_closing(file, id);
                }
                Next::Wait => changed.await,
            }
        }
    }

    /// Opens in a task of its own: a caller that goes away leaves no slot `Opening` for ever, and
    /// the lease that it did not take tells those who wait.
    async fn open(self: Arc<Self>, id: EnvironmentId, durability: Durability) -> Result<Lease, Error> {
        let opening = tokio::task::spawn_blocking(move || self.open_on_this_thread(id, durability));
        opening.await.map_err(|_| Error::Closed)?
    }

    /// Opens what has the slot `Opening`.
    fn open_on_this_thread(self: &Arc<Self>, id: EnvironmentId, durability: Durability) -> Result<Lease, Error> {
        let path: PathBuf = self.directory.data_file(&id);
        let (on_commit, subject) = (Arc::clone(&self.on_commit), id.clone());
        let result = EnvironmentFile::open(&path, durability, Arc::new(move |c| on_commit(&subject, c)));
        match result {
            Ok(file) => {
                let file = Arc::new(file);
                self.lock().opened(id, &file);
                self.changed.notify_waiters();
                Ok(Lease::new(self, file))
            }
            Err(error) => {
                self.free(&id);
                Err(error)
            }
        }
    }

    /// Closes an environment, waits until its file is closed, within the patience of a request, and
    /// keeps it closed until the answer is dropped.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when requests keep it in use for too long.
    pub async fn close(self: &Arc<Self>, id: &EnvironmentId) -> Result<Closed, Error> {
        let closed = async {
            loop {
                let changed = self.changed.notified();
                let out = self.lock().keep_out(id);
                match out {
                    Out::Kept => return Closed { id: id.clone(), pool: Arc::clone(self) },
                    Out::Close(file) => self.finish_closing(file, id.clone()),
                    Out::Wait => changed.await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.map_err(|_| Error::Overloaded)
    }

    /// Closes every environment, when the server stops.
    pub async fn close_all(self: &Arc<Self>) {
        let open: Vec<_> = self.lock().by_id.keys().cloned().collect();
        for id in open {
            if let Err(error) = self.close(&id).await {
                tracing::warn!(environment = %id, %error, "an environment did not close in time");
            }
        }
    }

    /// Waits for the last request to let go of the file, drops it, and frees the slot.
    fn finish_closing(self: &Arc<Self>, file: Arc<EnvironmentFile>, id: EnvironmentId) {
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            let mut file = file;
            let last = loop {
                let changed = pool.changed.notified();
                match Arc::try_unwrap(file) {
                    Ok(last) => break last,
                    Err(shared) => file = shared,
                }
                changed.await;
            };
            // Joins the writer and folds the log in; a panic in there has been reported.
            let _ = tokio::task::spawn_blocking(move || drop(last)).await;
            pool.free(&id);
        });
    }

    fn free(&self, id: &EnvironmentId) {
        self.lock().by_id.remove(id);
        self.changed.notify_waiters();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn open(&mut self, id: &EnvironmentId) -> Option<Arc<EnvironmentFile>> {
        self.clock += 1;
        match self.by_id.get_mut(id) {
            Some(Slot::Open { file, used }) => {
                *used = self.clock;
                Some(Arc::clone(file))
            }
            _ => None,
        }
    }

    fn opened(&mut self, id: EnvironmentId, file: &Arc<EnvironmentFile>) {
        self.clock += 1;
        self.by_id.insert(id, Slot::Open { file: Arc::clone(file), used: self.clock });
    }

    /// Takes the slot to keep the environment out, or says what has to happen first.
    fn keep_out(&mut self, id: &EnvironmentId) -> Out {
        match self.by_id.insert(id.clone(), Slot::Closing) {
            None => Out::Kept,
            Some(Slot::Open { file, .. }) => Out::Close(file),
            Some(on_its_way) => {
                self.by_id.insert(id.clone(), on_its_way);
                Out::Wait
            }
        }
    }

    /// `victim` is what the caller closed to make room; while it is on its way out, no other has to
    /// go for the same caller.
    fn next(&mut self, id: &EnvironmentId, bound: usize, victim: Option<&EnvironmentId>) -> Next {
        if let Some(file) = self.open(id) {
            return Next::Use(file);
        }
        if self.by_id.contains_key(id) {
            return Next::Wait;
        }
        if self.by_id.len() < bound {
            self.by_id.insert(id.clone(), Slot::Opening);
            return Next::Open;
        }
        if victim.is_some_and(|victim| matches!(self.by_id.get(victim), Some(Slot::Closing))) {
            return Next::Wait;
        }
        let least_recent = self
            .by_id
            .iter()
            .filter_map(|(id, slot)| match slot {
                Slot::Open { file, used } if Arc::strong_count(file) == 1 => Some((*used, id.clone())),
                _ => None,
            })
            .min();
        let Some((_, victim)) = least_recent else { return Next::Wait };
        match self.by_id.insert(victim.clone(), Slot::Closing) {
            Some(Slot::Open { file, .. }) => Next::Close(file, victim),
            _ => Next::Wait,
        }
    }
}

mod here;
#[cfg(test)]
mod tests;
