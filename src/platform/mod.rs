//! The use cases: every rule that both planes need, once.
//!
//! | File | Idea |
//! |---|---|
//! | [`error`] | what can go wrong, in the words of the product |
//! | `catalog` | projects, environments and keys in memory, equal to `control.db` |
//! | `control` | the one thread that changes both |
//! | [`events`] | what happened, for whoever follows |
//! | `projects`, `environments`, `keys`, `rotation`, `tables`, `activity` | the management plane's nouns |
//! | `design` | changes of tables that exist, with their versions |
//! | `imports` | tables that come from elsewhere |
//! | `provisioning`, `deletion` | the jobs behind an environment's life cycle |
//! | [`access`] | who asks, and for which environment |
//! | [`records`], [`listing`], [`payload`] | the data plane: one record, a page of them, their JSON |
//! | `row_sets` | rows that are deleted together, and put back |
//! | [`files`] | files and who may have them |
//! | `spec` | a table described to apps |
//! | [`accounts`] | users, and who is signed in |
//! | `proofs` | proofs of isolation in the activity |
//! | `traffic` | requests of apps, counted |
//! | `usage` | counters on their way from environments to `control.db` |

pub mod access;
pub mod accounts;
mod activity;
mod catalog;
mod control;
mod deletion;
mod design;
mod environments;
pub mod error;
pub mod events;
pub mod files;
mod imports;
mod keys;
pub mod listing;
pub mod payload;
mod projects;
mod proofs;
mod provisioning;
pub mod records;
mod rotation;
mod row_sets;
mod spec;
mod tables;
mod traffic;
mod usage;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    domain::{ApiKey, Clock, EnvironmentId, Status, api::Page, id::Entropy, list::Pagination, list::Window},
    store::{self, control::ControlStore, directory::Directory, objects::Objects, pool::Pool},
};

pub use crate::store::directory::OpenError;
pub use access::{Access, KeyRefusal};
pub use error::{Error, Noun};
pub use events::Subscription;
pub use listing::ListQuery;
pub use payload::{Payload, Splice};

use control::{ControlThread, Shared};

/// How many environments are made or deleted at the same time; the disk is the bottleneck, and
/// requests are served meanwhile.
const JOBS_AT_ONCE: usize = 4;

/// How long closing waits for jobs before it leaves them to the next start.
const CLOSING: Duration = Duration::from_secs(20);

/// Asks the running server, with the first key of an environment that is not active yet, whether
/// rows go in and come out.
pub type Probe = Arc<dyn Fn(EnvironmentId, ApiKey) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

#[derive(Debug)]
pub struct Config {
    pub directory: PathBuf,
    pub clock: Clock,
    pub entropy: Entropy,
    /// Stretches the making of an environment over this time, for demonstrations.
    pub pace: Option<Duration>,
    /// Whether to finish what an earlier process left under way. A demonstration shows it as it is.
    pub resume: bool,
    /// How many environments may be open at once.
    pub open_environments: usize,
    /// Bytes of a file, or of a part of one.
    pub max_file_size: u64,
}

impl Config {
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            clock: Clock::System,
            entropy: Entropy::system(),
            pace: None,
            resume: true,
            open_environments: 64,
            max_file_size: files::MAX_FILE_SIZE,
        }
    }
}

/// A page, and the event to follow on from so that nothing in between is missed.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    pub page: Page<T>,
    pub event_id: u64,
}

impl<T> Listed<T> {
    /// The page of `all` that `window` asks for.
    fn of(all: impl Iterator<Item = T>, window: Window, event_id: u64) -> Self {
        let all: Vec<T> = all.collect();
        let total = all.len() as u64;
        let skip = usize::try_from(window.offset()).unwrap_or(usize::MAX);
        let take = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let items = all.into_iter().skip(skip).take(take).collect();
        Self { page: Page { items, pagination: Pagination::new(total, window) }, event_id }
    }
}

/// A backend over one data directory. Clones share it.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("directory", &self.0.directory.path()).finish_non_exhaustive()
    }
}

struct Inner {
    clock: Clock,
    entropy: Entropy,
    pace: Option<Duration>,
    resume: bool,
    /// Owns `control.db`; ends when the last clone of the platform is dropped.
    control: ControlThread,
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    /// What is known of who is signed in.
    realms: Arc<accounts::Realms>,
    /// Who signed in or out and is still to be told.
    presence: Arc<accounts::Presence>,
    hasher: accounts::Hasher,
    usage: Arc<usage::Tracker>,
    counters: traffic::Counters,
    under_way: design::UnderWay,
    objects: Objects,
    max_file_size: u64,
    /// Set once the jobs are started, and taken back at the close: it leads through the server to
    /// this platform again, and the directory's lock would never be let go of.
    probe: RwLock<Option<Probe>>,
    /// Every background task; [`Platform::close`] waits for them.
    jobs: TaskTracker,
    job_permits: Semaphore,
    /// Tells jobs to leave what they do to the next start.
    stopping: CancellationToken,
    /// Declared last: its lock is released when everything that uses the files is gone.
    directory: Arc<Directory>,
}

impl Platform {
    /// Takes the data directory, and brings it to a state in which nothing half-made is left.
    ///
    /// # Errors
    /// [`OpenError::Held`] when another process has it; what reading it answers.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(config));
        opening.await.unwrap_or(Err(OpenError::Store(store::Error::Closed)))
    }

    fn open_blocking(config: Config) -> Result<Self, OpenError> {
        let Config { directory, clock, entropy, pace, resume, open_environments, max_file_size } = config;
        let directory = Arc::new(Directory::open(&directory, &entropy)?);
        let control = ControlStore::open(&directory.control_file())?;
        let contents = control.contents()?;
        let is_new = contents.projects.is_empty();
        if is_new {
            directory.check_new()?;
        }
        directory.sweep(|id| contents.environments.iter().any(|environment| environment.id == *id))?;
        let shared = Arc::new(Shared::new(contents, clock.now()));
        let usage = Arc::new(usage::Tracker::default());
        let (observer, subject) = (Arc::clone(&usage), Arc::clone(&shared));
        let realms = Arc::new(accounts::Realms::default());
        let presence = Arc::new(accounts::Presence::default());
        let (remembered, present) = (Arc::clone(&realms), Arc::clone(&presence));
        let on_commit = move |id: &EnvironmentId, committed: &store::Committed| {
            remembered.committed(id, committed);
            subject.write().count(id, committed, &observer);
            if !committed.users.is_empty() {
                subject.publish(|_| present.committed(id, &committed.users));
            }
        };
        let pool = Arc::new(Pool::new(Arc::clone(&directory), open_environments, Arc::new(on_commit))?);
        let platform = Self(Arc::new(Inner {
            clock,
            entropy,
            pace,
            resume,
            control: ControlThread::start(control, Arc::clone(&shared))?,
            shared,
            pool,
            realms,
            presence,
            hasher: accounts::Hasher::new(),
            usage,
            counters: traffic::Counters::new(clock),
            under_way: design::UnderWay::default(),
            objects: Objects::default(),
            max_file_size,
            probe: RwLock::new(None),
            jobs: TaskTracker::new(),
            job_permits: Semaphore::new(JOBS_AT_ONCE),
            stopping: CancellationToken::new(),
            directory,
        }));
        if is_new {
            platform.create_first_project()?;
        }
        Ok(platform)
    }

    pub fn operator_token(&self) -> &SecretString {
        self.0.directory.operator_token()
    }

    pub fn clock(&self) -> Clock {
        self.0.clock
    }

    pub fn path(&self) -> &Path {
        self.0.directory.path()
    }

    /// Tells other processes where this one listens; without an address, only that it is there.
    pub fn announce(&self, url: Option<&str>) -> Result<(), Error> {
        Ok(self.0.directory.announce(url, self.0.clock.now())?)
    }

    /// Tells other processes that nobody should come any more.
    pub fn withdraw(&self) {
        self.0.directory.withdraw();
    }

    /// Finishes what an earlier process left under way, and begins to take on new work.
    pub fn start_jobs(&self, probe: Probe) {
        {
            let mut current = self.0.probe.write().unwrap_or_else(PoisonError::into_inner);
            if current.is_some() {
                return;
            }
            *current = Some(probe);
        }
        if self.0.resume {
            self.take_up();
        }
        self.start_usage();
        self.start_telling_presence();
        self.start_tidying();
    }

    /// Starts the jobs that the rows say are unfinished.
    fn take_up(&self) {
        let unfinished: Vec<_> = {
            let catalog = self.0.shared.read();
            catalog.environments.values().map(|environment| (environment.id.clone(), environment.status)).collect()
        };
        for (id, status) in unfinished {
            match status {
                Status::Creating | Status::Ready => self.start_provisioning(id, None),
                Status::Deleting => self.start_deletion(id),
                Status::Active | Status::Failed => {}
            }
        }
    }

    /// Waits for the turn of a job; none when the platform closes first, and the next start has it.
    async fn job_permit(&self) -> Option<SemaphorePermit<'_>> {
        tokio::select! {
            biased;
            () = self.0.stopping.cancelled() => None,
            permit = self.0.job_permits.acquire() => permit.ok(),
        }
    }

    /// Runs `job` as a task that [`Platform::close`] waits for.
    fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        self.0.jobs.spawn(job);
    }

    /// Waits until nothing is being created or deleted, for a command that ends after it.
    ///
    /// # Errors
    /// The number of environments still under way when the time is over.
    pub async fn settled(&self, patience: Duration) -> Result<(), usize> {
        let under_way = || {
            let catalog = self.0.shared.read();
            let moving = |status| matches!(status, Status::Creating | Status::Ready | Status::Deleting);
            catalog.environments.values().filter(|e| moving(e.status) && e.reason.is_none()).count()
        };
        let mut events = self.subscribe(None);
        let settle = async { while under_way() > 0 && events.next().await.is_some() {} };
        let _ = tokio::time::timeout(patience, settle).await;
        match under_way() {
            0 => Ok(()),
            left => Err(left),
        }
    }

    /// Waits for jobs, within bounds, and closes every file. What a job could not finish is
    /// finished by the next start.
    pub async fn close(&self) {
        self.0.jobs.close();
        self.0.stopping.cancel();
        if tokio::time::timeout(CLOSING, self.0.jobs.wait()).await.is_err() {
            tracing::warn!("some jobs did not end in time; the next start finishes them");
        }
        self.0.pool.close_all().await;
        // Last, because closing lets the writers finish what is in their queues.
        self.mirror_usage().await;
        if let Err(error) = self.0.control.read(ControlStore::fold).await {
            tracing::warn!(%error, "the log of control.db stays beside it");
        }
        self.0.shared.close_events();
        *self.0.probe.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
