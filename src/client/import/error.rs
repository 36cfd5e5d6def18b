//! Why an import went no further.

use crate::client;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder, or what is wanted of it, is not what can be imported.
    #[error("{0}")]
    Unusable(String),
    /// Possible, but not as things are.
    #[error("{message}")]
    Refused { code: &'static str, message: String },
    /// It was tried and went wrong.
    #[error("{0}")]
    Failed(String),
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error("interrupted")]
    Interrupted,
    /// While a table was being sent; `complete` tables are through.
    #[error("{source}; {}", left_behind(table, *complete))]
    CutShort { table: String, complete: usize, source: Box<Error> },
}

/// Says what an import that ends early leaves: whole tables.
pub fn left_behind(table: &str, complete: usize) -> String {
    let are = if complete == 1 { "is" } else { "are" };
    format!("nothing of {table} was imported; {complete} before it {are} complete")
}
