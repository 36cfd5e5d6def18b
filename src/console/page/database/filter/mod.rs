//! The language in which the rows of a table are filtered.
//!
//! ```text
//! filter     = all { "or" all }
//! all        = term { [ "and" ] term }
//! term       = "not" term | "(" filter ")" | comparison | word
//! comparison = column operator value | column [ "not" ] "in" "(" value { "," value } ")"
//! operator   = "=" | "!=" | ">" | ">=" | "<" | "<=" | "~" | "!~"
//! ```
//! A word is sought in every column of text, whatever its case; `~` does that in one column. Quotes
//! make one word of several, and text of what would mean something: `title = "null"`.
//!
//! | File | Idea |
//! |---|---|
//! | `mod` | what a filter says, and how it is printed |
//! | `parse` | text to a filter, or what is wrong with it and where |
//! | `condition` | a filter as the server is asked for it, each value of the type of its column |
//! | `doubt` | what can be read, and was probably not meant |
//! | `language` | the language in a few lines, for whoever types it |
//! | `complete` | what may stand where the text ends |

mod complete;
mod condition;
mod doubt;
mod language;
mod parse;
#[cfg(test)]
mod tests;

use std::{fmt, ops::Range};

use serde_json::Value;

pub use self::{
    complete::{complete, hint, is_being_typed, word_end},
    condition::{condition, holds_words},
    doubt::doubt,
    language::LANGUAGE,
    parse::{Expected, parse},
};
use crate::domain::table::Kind;

/// What is to be true of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// At least two of them.
    All(Vec<Self>),
    /// At least two of them.
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Sought in every column of text.
    Word(Literal),
    Compare(Literal, Operator, Literal),
    /// The column has one of the values.
    In(Literal, Vec<Literal>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    /// Is somewhere in the text, whatever the case.
    Contains,
}

/// A name or a value as it was typed.
#[derive(Clone, Debug)]
pub struct Literal {
    pub text: String,
    pub quoted: bool,
    /// Where in the text of the filter; no part of what it means.
    pub place: Range<usize>,
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.quoted == other.quoted
    }
}

/// What is known of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    /// Unknown of what the schema does not declare.
    pub kind: Option<Kind>,
    /// Of the elements of an array, where that is declared.
    pub items: Option<Kind>,
    /// All that it can hold, where only some values are allowed.
    pub allowed: Vec<Value>,
}

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub place: Range<usize>,
    pub message: String,
}

impl Error {
    fn new(place: &Range<usize>, message: impl Into<String>) -> Self {
        Self { place: place.clone(), message: message.into() }
    }
}

impl Operator {
    /// The longer ones first: `>` begins `>=`.
    const ALL: [(&'static str, Self); 7] = [
        ("!=", Self::NotEqual),
        (">=", Self::GreaterOrEqual),
        ("<=", Self::LessOrEqual),
        ("=", Self::Equal),
        (">", Self::Greater),
        ("<", Self::Less),
        ("~", Self::Contains),
    ];

    pub fn sign(self) -> &'static str {
        Self::ALL.into_iter().find(|(_, operator)| *operator == self).map_or("", |(sign, _)| sign)
    }
}

impl Expression {
    /// How many words are sought in every column.
    pub fn words(&self) -> usize {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().map(Self::words).sum(),
            Self::Not(inner) => inner.words(),
            Self::Word(_) => 1,
            Self::Compare(..) | Self::In(..) => 0,
        }
    }
}

impl fmt::Display for Expression {
    /// As it can be typed again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nested = |f: &mut fmt::Formatter<'_>, inner: &Self, alone: bool| {
            if alone { write!(f, "{inner}") } else { write!(f, "({inner})") }
        };
        match self {
            Self::All(list) | Self::Any(list) => {
                let is_all = matches!(self, Self::All(_));
                for (index, inner) in list.iter().enumerate() {
                    if index > 0 {
                        f.write_str(if is_all { " and " } else { " or " })?;
                    }
                    let binds_less = matches!(inner, Self::Any(_)) || is_all && matches!(inner, Self::All(_));
                    nested(f, inner, !binds_less)?;
                }
                Ok(())
            }
            Self::Not(inner) => {
                f.write_str("not ")?;
                nested(f, inner, !matches!(**inner, Self::All(_) | Self::Any(_)))
            }
            Self::Word(word) => write!(f, "{word}"),
            Self::Compare(column, operator, value) => write!(f, "{column} {} {value}", operator.sign()),
            Self::In(column, values) => {
                write!(f, "{column} in (")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.quoted {
            return f.write_str(&self.text);
        }
        write!(f, "\"{}\"", self.text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
