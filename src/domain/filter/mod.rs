//! The filter language of list calls: JSON in, a checked tree out.
//!
//! ```text
//! Filters = { field: Cond, … } | { "$and": [Filters…] } | { "$or": [Filters…] } | { "$not": Filters }
//! Cond    = scalar | null | array | object without $      equality
//!         | { operator: operand, … }                      all must hold
//! ```
//! Semantics, shared by every store and held by a property test against a plain in-memory model:
//!
//! - `null` equals null and missing; `$ne` and `$nin` are the negations of `$eq` and `$in`, so they
//!   are true for missing fields.
//! - A scalar equals an array when it equals one of its elements.
//! - `$gt $gte $lt $lte` compare numbers with numbers and strings with strings; a value of another
//!   type never matches. Dates compare as instants.
//! - `$regex` matches strings only, unanchored, in linear time.
//! - `$exists` asks for the key; null counts as present.
//!
//! | File | Idea |
//! |---|---|
//! | `mod` | the tree |
//! | `parse` | JSON to the tree, within its limits |
//! | `pattern` | regular expressions that cost little |
//! | [`bracket`] | the same filters spelt in a query string, `andFilters[views][$gt]=5` |

pub mod bracket;
mod matcher;
mod parse;
mod pattern;

use std::fmt;

use serde_json::Value;

use super::Invalid;

pub use matcher::{Matcher, TooMuchWork};
pub use pattern::{Pattern, compile};

const MAX_DEPTH: usize = 8;

#[derive(Clone, Debug)]
pub enum Filter {
    /// None at all let everything through.
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Field(Path, Test),
    /// Some declared column of strings matches.
    Search(Pattern),
}

#[derive(Clone, Debug)]
pub enum Test {
    Equal(Value),
    In(Vec<Value>),
    Compare(Comparison, Operand),
    Matches(Pattern),
    Exists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What an ordering compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Number(f64),
    Text(String),
}

/// A field, or a property inside an object: `title`, `address.city`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
}

impl Path {
    /// # Errors
    /// [`Invalid`] for an empty segment, one that starts with `$`, or characters that no path can
    /// carry.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let segments: Vec<String> = text.split('.').map(str::to_owned).collect();
        let bad = |segment: &String| {
            segment.is_empty()
                || segment.starts_with('$')
                || segment.len() > 256
                || segment.chars().any(|c| c == '"' || c == '\\' || c.is_control())
        };
        if segments.len() > MAX_DEPTH || segments.iter().any(bad) {
            return Err(Invalid::new(format!("{text:?} is not the name of a field")));
        }
        Ok(Self { segments })
    }

    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The name, when the path is a single column.
    pub fn column(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("."))
    }
}
