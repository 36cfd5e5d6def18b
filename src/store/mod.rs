//! How things are kept: the data directory, `control.db`, and one SQLite file per environment.
//!
//! Every SQL statement of the product lives in this folder, and nothing outside it names SQLite.
//!
//! | File | Idea |
//! |---|---|
//! | [`directory`] | the data directory: its lock, its token, folders that appear and vanish whole |
//! | [`control`] | `control.db`: projects, environments, keys, activity |
//! | `template` | the file that every new environment starts as |
//! | [`environment`] | one open environment: a writer, readers, and what both know of its tables |
//! | `writer`, `transaction` | group commit: one thread, one transaction for many requests; what one of them sees |
//! | `frames` | how a commit is written to the log |
//! | [`pool`] | which environments are open |
//! | `tables`, `indexes` | user tables, and how their columns are indexed |
//! | `versions` | what a table's columns and indexes were before |
//! | `rebuild` | rows moved to another storage while they are written |
//! | `system` | the system's own tables, as `admin` reads them |
//! | [`accounts`] | users, their sessions and their tokens |
//! | `secrets` | what an environment signs with; its settings |
//! | `rows` | reading and writing one row |
//! | `imports` | tables that are filled out of sight and published whole |
//! | `query` | list calls: the filter language as SQL |
//! | `readers`, `deadline` | who reads at the same time, and for how long |
//! | [`files`] | registered files |
//! | [`uploads`] | objects and their segments: which bytes belong to which file |
//! | [`objects`] | the bytes themselves |
//! | [`failpoint`] | places where a test may stop the process |

pub mod accounts;
pub mod control;
mod deadline;
pub mod directory;
pub mod environment;
pub mod failpoint;
pub mod files;
#[cfg(test)]
mod fixture;
mod frames;
mod imports;
mod indexes;
pub mod objects;
pub mod pool;
mod query;
mod readers;
mod rebuild;
mod rows;
mod secrets;
mod system;
mod tables;
mod template;
mod transaction;
pub mod uploads;
mod versions;
mod writer;

use std::{io, path::Path};

use rusqlite::ErrorCode;

pub use environment::{Durability, EnvironmentFile, Reader};
pub use imports::{GatheredRow, Indexing, StoredImport};
pub use query::{ListPlan, Order};
pub use rebuild::{Fill, Rebuild};
pub use rows::Row;
pub use system::system_table;
pub use tables::{Counters, StoredTable, Totals};
pub use template::{PROBE_TABLE, Template};
pub use transaction::{Committed, Transaction};
pub use versions::{Facet, Version};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, or the limit on the file's size, is reached. Nothing was written.
    #[error("the disk is full")]
    Full,
    /// Another row has the value already; the name is the index's.
    #[error("a unique index refuses the value: {0}")]
    Duplicate(String),
    /// The table was dropped between looking it up and using it.
    #[error("the table is gone")]
    NoSuchTable,
    /// The queue of the writer is full, or too many environments are in use at once.
    #[error("too much is waiting to be written")]
    Overloaded,
    /// The environment is being closed or deleted.
    #[error("the environment is being closed")]
    Closed,
    /// The file was written by a newer version of this program.
    #[error("{file} has format {found}, and this version reads up to {known}: install a newer bkend")]
    TooNew { file: String, found: i64, known: i64 },
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    #[error("the database answered: {0}")]
    Database(rusqlite::Error),
    /// The commit that a request was part of failed; the text is the reason.
    #[error("nothing was written: {0}")]
    Commit(String),
    /// A statement of another request ended the transaction that this one shared with it.
    #[error("the database rolled the transaction back, so nothing was written: try again")]
    RolledBack,
    /// A read took longer than a request may.
    #[error("the query took too long and was stopped: narrow it, or add an index for what it filters by")]
    TooSlow,
    /// Something in a file is not what this program wrote.
    #[error("{0}")]
    Corrupt(String),
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => Self::Full,
            _ => Self::Io { what: what.into(), source },
        }
    }

    /// Says of which file the database complains, which its own words leave out.
    pub(crate) fn of_file(self, path: &Path) -> Self {
        match self {
            Self::Database(error) => {
                Self::Corrupt(format!("{} cannot be opened, and was left as it is: {error}", path.display()))
            }
            other => other,
        }
    }

    /// The same failure for the next of several requests that share it.
    pub(crate) fn repeat(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::RolledBack => Self::RolledBack,
            other => Self::Commit(other.to_string()),
        }
    }

    /// Whether the file can no longer be trusted to hold what was written to this handle: after a
    /// failed fsync the kernel may have dropped the pages, and only a fresh handle sees the truth.
    pub(crate) fn needs_reopening(&self) -> bool {
        matches!(self, Self::Database(rusqlite::Error::SqliteFailure(error, _))
            if matches!(error.code, ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
                ErrorCode::DiskFull => Self::Full,
                ErrorCode::OperationInterrupted => Self::TooSlow,
                ErrorCode::ConstraintViolation => Self::Duplicate(message.clone().unwrap_or_default()),
                _ if message.as_deref().is_some_and(|m| m.starts_with("no such table")) => Self::NoSuchTable,
                _ => Self::Database(error),
            },
            rusqlite::Error::SqlInputError { msg, .. } if msg.starts_with("no such table") => Self::NoSuchTable,
            _ => Self::Database(error),
        }
    }
}
