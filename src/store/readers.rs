//! The reading connections of an environment, and the queue in front of them.
//!
//! A thread that has finished a read takes the next one that waits, so in a busy environment no read is
//! handed from thread to thread: waking one costs as much as a short list.

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use tokio::sync::oneshot;

use super::{
    Error,
    deadline::READ_DEADLINE,
    environment::{Durability, Reader, TableCache},
};

/// Reads of one environment at the same time: as many as can be busy on a small machine, and each
/// connection costs memory for its page cache.
const AT_ONCE: usize = 4;

/// Reads that may wait for one environment. Past it they come in faster than they are answered.
const QUEUE: usize = 1024;

/// What is kept until a read is over and its connection is back.
type Hold = Box<dyn Any + Send>;
type Job = Box<dyn FnOnce(Result<&Reader, Error>) -> Hold + Send>;

pub(super) struct Readers {
    path: PathBuf,
    durability: Durability,
    tables: Arc<TableCache>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<Reader>,
    waiting: VecDeque<Job>,
    /// Threads that take what waits.
    threads: usize,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Readers {
    pub fn new(path: PathBuf, durability: Durability, tables: Arc<TableCache>) -> Self {
        Self { path, durability, tables, state: Mutex::default() }
    }

    /// Runs `job` on a thread that may block, and drops `hold` when the connection is free again.
    pub async fn run<T, E>(
        self: &Arc<Self>,
        hold: impl Send + 'static,
        job: impl FnOnce(&Reader) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let queued = Instant::now();
        let read: Job =
            Box::new(move |reader| {
                // Nobody waits for one whose caller has gone away.
                if !caller.is_closed() {
                    let in_time = reader.and_then(|reader| {
                        if queued.elapsed() < READ_DEADLINE { Ok(reader) } else { Err(Error::Overloaded) }
                    });
                    let _ = caller.send(in_time.map_err(E::from).and_then(|reader| reader.run(job)));
                }
                Box::new(hold)
            });
        let needs_thread = {
            let mut state = self.state();
            if state.waiting.len() >= QUEUE {
                return Err(Error::Overloaded.into());
            }
            state.waiting.push_back(read);
            let needs_thread = state.threads < AT_ONCE;
            state.threads += usize::from(needs_thread);
            needs_thread
        };
        if needs_thread {
            let readers = Arc::clone(self);
            tokio::task::spawn_blocking(move || readers.take_what_waits());
        }
        // Once for the wait and once for the read itself, which has this deadline too.
        let answered = tokio::time::timeout(READ_DEADLINE * 2, answer).await;
        answered.map_err(|_| Error::Overloaded)?.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Runs `job` on the caller's thread, if a connection is free for it; otherwise the job comes back.
    pub fn run_at_once<T, E: From<Error>, J: FnOnce(&Reader) -> Result<T, E>>(
        &self,
        job: J,
    ) -> Result<Result<T, E>, J> {
        let Some(reader) = self.state().idle.pop() else { return Err(job) };
        let result = reader.run(job);
        self.state().give_back(reader);
        Ok(result)
    }

    /// Opens a connection for the reads to come, on the caller's thread, which may block.
    pub fn open_one(&self) -> Result<(), Error> {
        let reader = self.open()?;
        // A connection learns what tables there are from its first statement.
        reader.run(|reader| reader.table(super::PROBE_TABLE))?;
        self.state().give_back(reader);
        Ok(())
    }

    /// The life of a thread: until nothing waits.
    fn take_what_waits(self: Arc<Self>) {
        let mut current = None;
        let mut held: Option<Hold> = None;
        loop {
            let job = {
                let mut state = self.state();
                let Some(job) = state.waiting.pop_front() else {
                    state.threads -= 1;
                    if let Some(reader) = current {
                        state.give_back(reader);
                    }
                    break;
                };
                current = current.or_else(|| state.idle.pop());
                job
            };
            let reader = current.take().map_or_else(|| self.open(), Ok);
            // A panic is a defect of one read. Its connection may be anywhere, and is closed.
            let ran = panic::catch_unwind(AssertUnwindSafe(|| job(reader.as_ref().map_err(Error::repeat))));
            if let Ok(hold) = ran {
                held = Some(hold);
                current = reader.ok();
            }
        }
        // The connections first: whoever closes the file next closes them too.
        drop(self);
        drop(held);
    }

    fn open(&self) -> Result<Reader, Error> {
        Reader::open(&self.path, self.durability, Arc::clone(&self.tables))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn give_back(&mut self, reader: Reader) {
        if self.idle.len() < AT_ONCE {
            self.idle.push(reader);
        }
    }
}
