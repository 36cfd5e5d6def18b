//! What can go wrong, in the words of the product. The server maps each variant once to a status,
//! a code and a sentence.

use std::fmt;

use serde_json::Value;

use super::{accounts::Refusal, design::clash};
use crate::{
    domain::{
        EnvironmentName, Invalid, KeyId, Status, Violation, environment::InvalidTransition, table::TableName,
        token::TokenRefusal,
    },
    store,
};

/// What a management path is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    Project,
    Environment,
    Key,
    Table,
    Row,
    Version,
    Import,
}

impl Noun {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Environment => "environment",
            Self::Key => "key",
            Self::Table => "table",
            Self::Row => "row",
            Self::Version => "version",
            Self::Import => "import",
        }
    }

    /// With its article.
    fn one(self) -> String {
        let article = if self.as_str().starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {self}")
    }
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Invalid(String),
    /// The caller of the platform knows why.
    #[error("the body could not be read")]
    Unreadable,
    #[error("Validation failed: {}", first(.0))]
    Validation(Vec<Violation>),
    #[error("{0}")]
    Filter(Invalid),
    #[error("there is no such {0}")]
    NotFound(Noun),
    #[error("there is {} named {name} already", .noun.one())]
    AlreadyExists { noun: Noun, name: String },
    #[error("{name} is protected: repeat with confirm={name} to go on")]
    Protected { name: EnvironmentName },
    /// The confirmation is missing or names something else.
    #[error("deleting {noun} {name} takes everything in it along: repeat with confirm={name} to go on")]
    Unconfirmed { noun: Noun, name: String },
    #[error("{name}: {refused}")]
    InvalidTransition { name: EnvironmentName, refused: InvalidTransition },
    #[error("{name} is {status}: wait until it is active")]
    NotActive { name: EnvironmentName, status: Status },
    #[error("this environment has no table {name}{}", how_to_create(name))]
    TableNotFound { name: String },
    #[error("there is no record {id} in {table}")]
    RecordNotFound { table: String, id: String },
    #[error("the record {id} of {table} is not the version that If-Match names: read it again, then change it")]
    OtherVersion { table: String, id: String },
    #[error("{operation} on {table} is not permitted to this caller: its permissions decide, or use a secret key")]
    PermissionDenied { table: String, operation: &'static str },
    #[error("this key lacks the scope {table}:{operation}")]
    ScopeInsufficient { table: String, operation: &'static str },
    #[error("{table} is a system table, which this caller may not use")]
    SystemTable { table: String },
    #[error("{}another record has this {} already", at(*.position), .fields.join(", "))]
    Duplicate {
        fields: Vec<String>,
        /// Of the record in the list that was sent.
        position: Option<usize>,
    },
    #[error("{name} was replaced by the key {by} already: use that one, or rotate it")]
    KeyReplaced { name: String, by: KeyId },
    /// Rows that exist are not what a unique column or index wants.
    #[error("several records have {}: change all but one of them, then try again", clash(.fields, .values))]
    Clash { fields: Vec<String>, values: Vec<Value> },
    #[error("the index {index} is on {column}: delete it first")]
    Indexed { column: String, index: String },
    #[error("{name} cannot be changed yet: another change of a table of this environment is under way, so wait for it")]
    Changing { name: String },
    /// `position` counts from 0 within the batch.
    #[error("row {position} of the batch{} cannot be imported: {reason}", named(id))]
    RowRefused { position: usize, id: String, reason: String },
    #[error("{0}")]
    ImportRefused(String),
    #[error("the environment of this key does not exist any more")]
    EnvironmentMissing,
    #[error("the environment of this key is {status}, not active: try again when it is")]
    EnvironmentInactive { status: Status },
    #[error(transparent)]
    File(#[from] super::files::Refusal),
    #[error("{0} comes with a later version")]
    NotImplemented(&'static str),
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    #[error(transparent)]
    Account(#[from] Refusal),
    #[error("the disk is full: nothing was written; free some space and try again")]
    Full,
    #[error("the server has more to do than it can take on: try again in a moment")]
    Overloaded,
    #[error("the query took too long and was stopped: narrow it, or add an index for what it filters by")]
    TooSlow,
    /// For the log; callers are told that it happened and nothing more.
    #[error("{0}")]
    Internal(String),
}

fn named(id: &str) -> String {
    if id.is_empty() { String::new() } else { format!(" (id {id})") }
}

fn first(violations: &[Violation]) -> &str {
    violations.first().map_or("the body is not valid", |violation| &violation.message)
}

/// Nothing for a name that no table could have: what a stranger typed is no command to paste.
fn how_to_create(name: &str) -> String {
    let is_name = TableName::parse(name).is_ok();
    if is_name { format!(": `bkend table create {name} title:string!` would make one") } else { String::new() }
}

fn at(position: Option<usize>) -> String {
    position.map(|position| format!("[{position}] ")).unwrap_or_default()
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Full => Self::Full,
            store::Error::TooSlow => Self::TooSlow,
            store::Error::Overloaded | store::Error::Closed | store::Error::RolledBack => Self::Overloaded,
            other => Self::Internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_has_its_article() {
        let said = |noun| Error::AlreadyExists { noun, name: "dev".into() }.to_string();
        assert_eq!(said(Noun::Environment), "there is an environment named dev already");
        assert_eq!(said(Noun::Table), "there is a table named dev already");
    }
}
