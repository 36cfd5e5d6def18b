//! Tables: their names, the schema of their columns, and their indexes.
//!
//! | File | Idea |
//! |---|---|
//! | `mod` | names of tables and columns |
//! | `property` | what one value may be, and the check of it |
//! | `schema` | the columns of a table |
//! | `index` | declared and built-in indexes |
//! | `change` | what is asked of columns and indexes that exist |
//! | `spec` | a table described to apps |

mod change;
mod index;
mod property;
mod schema;
mod spec;

use std::{fmt, sync::Arc};

use super::Invalid;

pub use change::{IndexChange, IndexVersion, Rollback, SchemaChange, SchemaVersion};
pub use index::Index;
pub(super) use property::whole;
pub use property::{Kind, Pattern, Property};
pub use schema::{Column, Schema};
pub use spec::{openapi, spec};

/// Tables that come with every environment; the data API reads them for `admin` only.
pub const SYSTEM_TABLES: [&str; 4] = ["accounts", "sessions", "users", "files"];

/// Columns that every record has and no schema may declare.
pub const SYSTEM_COLUMNS: [&str; 4] = ["id", "createdBy", "createdAt", "updatedAt"];

const MAX_NAME: usize = 64;

/// A table's name: a letter, then up to 63 letters, digits, `_` and `-`. Case counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName(Arc<str>);

impl TableName {
    /// # Errors
    /// [`Invalid`] for a name that breaks the rule or belongs to a system table.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        check_table_name(text)?;
        if SYSTEM_TABLES.contains(&text) {
            return Err(Invalid::new(format!("{text} is a system table of every environment: choose another name")));
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

pub(in crate::domain) fn check_table_name(text: &str) -> Result<(), Invalid> {
    check_identifier(text, "a table name", |c| c == '_' || c == '-')
}

/// The rule for the name of a column.
///
/// # Errors
/// [`Invalid`] with what is wrong with the name.
pub fn check_column_name(text: &str) -> Result<(), Invalid> {
    check_identifier(text, "a column name", |c| c == '_')?;
    if SYSTEM_COLUMNS.contains(&text) || text == "_id" {
        return Err(Invalid::new(format!("every record has {text} already: choose another name")));
    }
    Ok(())
}

fn check_identifier(text: &str, what: &str, also: fn(char) -> bool) -> Result<(), Invalid> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(Invalid::new(format!("{what} starts with a letter")));
    }
    if let Some(other) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || also(*c))) {
        return Err(Invalid::new(format!("{what} cannot contain {other:?}")));
    }
    if text.len() > MAX_NAME {
        return Err(Invalid::new(format!("{what} has at most {MAX_NAME} characters")));
    }
    Ok(())
}
