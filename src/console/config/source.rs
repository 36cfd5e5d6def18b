//! A TOML file, read so that whatever is wrong in it can be named with its line.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use crate::domain::{mistake::Mistake, nearest::nearest};

/// The text of a file, and what was found wrong in it so far.
#[derive(Debug)]
pub struct Source<'a> {
    file: &'a str,
    text: &'a str,
    mistakes: Vec<Mistake>,
    /// Lines that are no TOML: whatever else seems wrong there is of the same making.
    broken: Vec<usize>,
}

impl<'a> Source<'a> {
    pub const fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, mistakes: Vec::new(), broken: Vec::new() }
    }

    /// Its entries, without those that are no TOML.
    pub fn table(&mut self) -> DeTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let place = error.span().unwrap_or_default();
            let line = self.line(&place);
            self.wrong(place, error.message().to_owned());
            self.broken.push(line);
        }
        table.into_inner()
    }

    pub fn wrong(&mut self, place: Range<usize>, text: impl Into<String>) {
        let line = self.line(&place);
        if !self.broken.contains(&line) {
            self.mistakes.push(Mistake { file: self.file.to_owned(), line, text: text.into() });
        }
    }

    fn line(&self, place: &Range<usize>) -> usize {
        let before = self.text.get(..place.start).unwrap_or(self.text);
        before.matches('\n').count() + 1
    }

    /// A name that means nothing: `what` says what it was taken for.
    pub fn unknown(&mut self, what: &str, name: &Spanned<DeString<'_>>, known: &[&str]) {
        let written = name.get_ref();
        let instead = match nearest(written, known.iter().copied()) {
            Some(meant) => format!("{meant} is the nearest"),
            None => format!("there are {}", known.join(", ")),
        };
        self.wrong(name.span(), format!("{written} is no {what}: {instead}"));
    }

    pub fn boolean(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<bool> {
        let read = value.get_ref().as_bool();
        if read.is_none() {
            self.wrong(value.span(), format!("{name} is true or false"));
        }
        read
    }

    pub fn string<'v>(&mut self, name: &str, value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
        let read = value.get_ref().as_str();
        if read.is_none() {
            self.wrong(value.span(), format!("{name} is a text in quotation marks"));
        }
        read
    }

    /// One of a few words.
    pub fn one_of<T: Copy>(&mut self, name: &str, value: &Spanned<DeValue<'_>>, words: &[(&str, T)]) -> Option<T> {
        let written = self.string(name, value)?;
        let found = words.iter().find(|(word, _)| *word == written);
        if found.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(value.span(), format!("{name} is not {written:?}: it is one of {}", words.join(", ")));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// In the order of their lines.
    pub fn finish(mut self) -> Vec<Mistake> {
        self.mistakes.sort_by_key(|mistake| mistake.line);
        self.mistakes
    }
}
