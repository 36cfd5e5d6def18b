//! How far an import has come.

use std::{fmt, sync::Arc};

use super::TableOutcome;
use crate::domain::number::grouped;

/// Is told of every step, on whatever thread takes it, and does not wait.
pub type Watch = Arc<dyn Fn(&Step<'_>) + Send + Sync>;

#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A page of the first reading is about to be read.
    Reading { list: &'a str, page: usize, of: usize },
    /// One more file is there.
    File { done: u64, of: u64 },
    /// So many `more` users are there.
    Users { done: u64, more: u64 },
    /// So many `more` rows were taken, so many a second until now.
    Rows { table: &'a str, done: u64, of: u64, more: u64, rate: u64 },
    /// A table is complete.
    Imported(&'a TableOutcome),
}

impl Step<'_> {
    /// Pages read, or things sent, by this step.
    pub const fn more(&self) -> u64 {
        match self {
            Self::Reading { .. } | Self::File { .. } => 1,
            Self::Users { more, .. } | Self::Rows { more, .. } => *more,
            Self::Imported(_) => 0,
        }
    }
}

impl fmt::Display for Step<'_> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shown whole"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading { list, page, of } => write!(f, "reading {list}: page {page} of {of}"),
            Self::File { done, of } => write!(f, "files: {done} of {of}"),
            Self::Users { done, .. } => write!(f, "users: {done}"),
            Self::Rows { table, done, of, rate, .. } => {
                write!(f, "{table}: {} of {} rows, {} a second", grouped(*done), grouped(*of), grouped(*rate))
            }
            Self::Imported(TableOutcome { table, rows, seconds, .. }) => {
                let rate = (*rows as f64 / seconds.max(0.001)) as u64;
                write!(f, "{table}: {} rows in {seconds:.1} s, {} a second", grouped(*rows), grouped(rate))
            }
        }
    }
}
