//! Tasks: long work that goes on when its page is left, with its progress and a way to stop it.
//!
//! A page hands a [`Task`] to [`Shell::start`](super::shell::Shell::start), which shows it in the
//! list; the runtime carries it out and tells how far it is at most ten times a second.
//!
//! | File | Idea |
//! |---|---|
//! | `list` | the tasks that run and those that ended, as the screen shows them |
//! | `export` | a list written to a file, or into a program |
//! | `transfer` | files sent and fetched |
//! | `import` | an export read, and brought into an environment |
//! | `output` | a file that is there whole, or not at all |

pub mod export;
mod import;
mod list;
mod output;
mod transfer;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use self::{
    export::{Export, ExportTo},
    import::Agreed,
    list::{Entry, State, Tasks},
};
use tokio_util::sync::CancellationToken;

use crate::{
    client::{
        self, Client,
        import::{self as importing, Plan, Wanted},
    },
    console::{call::Impact, private_file::PrivateFile},
    domain::{
        EnvironmentId,
        api::Environment,
        file::{Visibility, wire::File},
    },
};

/// Long work.
#[derive(Debug)]
pub enum Task {
    Export(Box<Export>, ExportTo),
    /// Sends a file and registers it.
    Upload {
        environment: EnvironmentId,
        path: PathBuf,
        visibility: Visibility,
    },
    /// Fetches a file to a path.
    Download {
        environment: EnvironmentId,
        file: Box<File>,
        to: PathBuf,
        replace: bool,
    },
    /// Reads an export, and makes the plan of its import.
    Survey {
        /// The name that the plan has for it.
        project: String,
        environment: Box<Environment>,
        wanted: Box<Wanted>,
    },
    Import(Box<Agreed>),
}

/// What came of a task.
#[derive(Debug)]
pub enum Product {
    /// A sentence says it.
    Said(String),
    /// A file that is there now.
    Uploaded(Box<File>),
    Plan(Box<Plan>),
    /// A text for the pager, with the sentence that says what it is.
    Written {
        text: PrivateFile,
        said: String,
    },
}

/// Numbers a task while the console runs.
pub type TaskId = u64;

/// How far a task is; it counts, and whoever shows it reads.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: Arc<AtomicU64>,
    total: AtomicU64,
}

/// What a meter says at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    /// Zero while it is not known.
    pub total: u64,
}

impl Meter {
    pub fn expect(&self, total: u64) {
        self.0.total.store(total, Ordering::Relaxed);
    }

    pub fn add(&self, done: u64) {
        self.0.done.fetch_add(done, Ordering::Relaxed);
    }

    /// For work that counts by itself.
    pub fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.0.done)
    }

    pub fn read(&self) -> Progress {
        Progress { done: self.0.done.load(Ordering::Relaxed), total: self.0.total.load(Ordering::Relaxed) }
    }
}

impl Progress {
    /// Whole percents, where the end is known.
    pub fn percent(self) -> Option<u64> {
        (self.total > 0).then(|| (self.done.min(self.total) * 100) / self.total)
    }
}

/// What a task counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Rows,
    Pages,
    /// Rows, users and files.
    Items,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error(transparent)]
    Import(#[from] importing::Error),
    #[error("{path} is there already: choose another name, or let it be replaced")]
    Exists { path: String },
    #[error("{path} cannot be written: {error}")]
    Unwritable { path: String, error: std::io::Error },
    #[error("{path} cannot be read: {error}")]
    Unreadable { path: String, error: std::io::Error },
    #[error("`{command}` {reason}")]
    Program { command: String, reason: String },
    #[error("{read} are more than a pager is given: write them to a file")]
    TooLong { read: String },
    /// A defect; the log has its report.
    #[error("it ended by a defect; the log file has its report")]
    Defect,
}

impl Task {
    /// `exporting posts`, in the list and in what is said of it.
    pub fn title(&self) -> String {
        match self {
            Self::Export(export, to) => format!("export of {} to {to}", export.name),
            Self::Upload { path, .. } => format!("upload of {}", file_name(path)),
            Self::Download { file, .. } => format!("download of {}", file.original_name),
            Self::Survey { wanted, .. } => format!("reading of {}", wanted.directory.display()),
            Self::Import(agreed) => format!("import of {}", agreed.plan.folder),
        }
    }

    pub fn environment(&self) -> Option<&EnvironmentId> {
        match self {
            Self::Export(export, _) => export.environment.as_ref(),
            Self::Upload { environment, .. } | Self::Download { environment, .. } => Some(environment),
            Self::Survey { environment, .. } => Some(&environment.id),
            Self::Import(agreed) => Some(&agreed.environment),
        }
    }

    pub const fn unit(&self) -> Unit {
        match self {
            Self::Export(..) => Unit::Rows,
            Self::Upload { .. } | Self::Download { .. } => Unit::Bytes,
            Self::Survey { .. } => Unit::Pages,
            Self::Import(_) => Unit::Items,
        }
    }

    /// What it does to the server.
    pub const fn impact(&self) -> Impact {
        match self {
            Self::Upload { .. } | Self::Import(_) => Impact::Changes,
            Self::Export(..) | Self::Download { .. } | Self::Survey { .. } => Impact::Reads,
        }
    }

    /// Whether it gives up what it began when it is told to stop, and wants a moment for that.
    pub const fn ends_in_order(&self) -> bool {
        matches!(self, Self::Import(_))
    }

    /// Does the work. It may be dropped at any moment.
    ///
    /// # Errors
    /// Why there is nothing of it.
    pub async fn run(self, client: &Client, meter: &Meter, stop: &CancellationToken) -> Result<Product, Error> {
        let said = match self {
            Self::Export(export, to) => return export.run(client, &to, meter).await,
            Self::Upload { environment, path, visibility } => {
                let file = transfer::upload(client, &environment, path, visibility, meter).await?;
                return Ok(Product::Uploaded(Box::new(file)));
            }
            Self::Download { environment, file, to, replace } => {
                transfer::download(client, &environment, &file, &to, replace, meter).await?
            }
            Self::Survey { project, environment, wanted } => {
                return import::survey(client, &project, &environment, &wanted, meter, stop).await.map(Product::Plan);
            }
            Self::Import(agreed) => import::import(client, &agreed, meter, stop).await?,
        };
        Ok(Product::Said(said))
    }
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
