//! The filter of an open table: what is typed, and what of it the server is asked for.

use serde_json::Value;

use super::{
    columns::Columns,
    filter::{self, Error, Expression, complete, hint, word_end},
};
use crate::console::{page::FilterAid, theme::Theme, widget::Field};

/// A text is asked for once it can be read; until then the one before it stays.
#[derive(Clone, Debug, Default)]
pub struct RowFilter {
    text: String,
    /// The last that could be read.
    applied: Option<Applied>,
    /// What is wrong with the text.
    error: Option<Error>,
    /// What is probably not meant by what could be read.
    doubt: Option<String>,
    /// The word at the cursor may still become a column.
    pending: bool,
}

#[derive(Clone, Debug)]
struct Applied {
    expression: Expression,
    condition: Value,
}

impl RowFilter {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// In the server's language; `None` lets every row pass.
    pub fn condition(&self) -> Option<&Value> {
        self.applied.as_ref().map(|applied| &applied.condition)
    }

    /// Whether anything in it is sought in several columns.
    pub fn has_words(&self) -> bool {
        self.applied.as_ref().is_some_and(|applied| applied.expression.words() > 0)
    }

    /// What is asked for instead of a text that is wrong, and why.
    pub fn mistake(&self) -> Option<(String, &str)> {
        let error = self.error.as_ref()?;
        let applied =
            self.applied.as_ref().map_or_else(|| "all rows".to_owned(), |applied| applied.expression.to_string());
        Some((applied, &error.message))
    }

    /// Whether it is not known yet what is to be asked for.
    pub const fn is_pending(&self) -> bool {
        self.pending
    }

    /// What of it is asked for and probably not meant.
    pub fn doubt(&self) -> Option<&str> {
        self.doubt.as_deref()
    }

    /// Takes over a text, and the line in which it is typed. Returns whether the server is to be asked
    /// for something else.
    pub fn set(&mut self, text: String, columns: &Columns, typed: Option<&Field>) -> bool {
        self.text = text;
        self.pending = typed.is_some_and(|line| {
            let end = word_end(line.text(), line.before().len());
            filter::is_being_typed(&line.text()[..end], &columns.fields())
        });
        if self.pending {
            // It was found in another text, and its place is one there.
            self.error = None;
            return false;
        }
        self.apply(columns)
    }

    /// Nothing more is typed. Returns as [`RowFilter::set`].
    pub fn settle(&mut self, columns: &Columns) -> bool {
        std::mem::take(&mut self.pending) && self.apply(columns)
    }

    fn apply(&mut self, columns: &Columns) -> bool {
        let parsed = filter::parse(&self.text).expression;
        let applied = parsed.and_then(|expression| {
            let Some(expression) = expression else { return Ok(None) };
            let condition = filter::condition(&expression, &columns.fields())?;
            Ok(Some(Applied { expression, condition }))
        });
        match applied {
            Ok(applied) => {
                self.error = None;
                self.doubt = applied.as_ref().and_then(|applied| filter::doubt(&applied.expression, &columns.fields()));
                let before = std::mem::replace(&mut self.applied, applied);
                before.map(|applied| applied.condition).as_ref() != self.condition()
            }
            Err(error) => {
                self.doubt = None;
                self.error = Some(error);
                false
            }
        }
    }

    /// What helps at the cursor of the line in which it is typed.
    pub fn aid(&self, line: &Field, columns: &Columns, theme: &Theme) -> FilterAid {
        let fields = columns.fields();
        let text = line.text();
        let end = word_end(text, line.before().len());
        let (word, behind) = text.split_at(end);
        let completion = complete(word, behind, &fields);
        let is_unfinished = |error: &Error| behind.is_empty() && error.place.end == text.len();
        // What is wrong where the text is typed may only be unfinished.
        let error = self.error.as_ref().filter(|error| !is_unfinished(error) || completion.is_none());
        let hint = hint(word, &fields);
        let note = match (error, &hint) {
            (Some(error), _) if !is_unfinished(error) => Some((error.message.clone(), theme.warning)),
            (Some(error), None) => Some((error.message.clone(), theme.muted)),
            (None, None) => self.doubt.clone().map(|doubt| (doubt, theme.warning)),
            (_, Some(_)) => None,
        };
        let wrong = error.filter(|error| !is_unfinished(error)).map(|error| error.place.clone());
        let completed = completion.as_ref().map(|completion| {
            let mut line = Field::new(&completion.whole);
            line.put_behind(behind);
            line
        });
        FilterAid {
            wrong,
            hint: hint.filter(|_| note.is_none()),
            note,
            rest: (end, completion.map(|completion| completion.rest).unwrap_or_default()),
            completed,
        }
    }
}
