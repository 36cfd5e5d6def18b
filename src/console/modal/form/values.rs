//! What the fields of a form hold.

use std::{borrow::Cow, fmt::Debug};

use secrecy::SecretString;

use super::Input;

/// The word before a field.
#[derive(Clone, Debug)]
pub struct Label {
    pub shown: Cow<'static, str>,
    /// What the footer calls it.
    word: &'static str,
}

impl From<&'static str> for Label {
    /// A word as it stands in a sentence.
    fn from(word: &'static str) -> Self {
        let mut characters = word.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        Self { shown: first.chain(characters).collect::<String>().into(), word }
    }
}

impl From<String> for Label {
    /// A name that is the user's own, as that of a column.
    fn from(name: String) -> Self {
        Self { shown: name.into(), word: "next" }
    }
}

/// The fields of a form in their order.
#[derive(Debug)]
pub struct Values<F>(Vec<Entry<F>>);

#[derive(Debug)]
struct Entry<F> {
    field: F,
    label: Label,
    input: Input,
    /// What it held when the form opened.
    original: Input,
    explanation: &'static str,
}

impl<F: Copy + PartialEq> Values<F> {
    /// What stands in a field of text.
    pub fn text(&self, field: F) -> &str {
        self.get(field).map(Input::content).unwrap_or_default()
    }

    /// What stands in a field of text, word by word.
    pub fn words(&self, field: F) -> impl Iterator<Item = &str> {
        self.text(field).split_whitespace()
    }

    /// What stands in a field of several lines.
    pub fn lines(&self, field: F) -> String {
        match self.get(field) {
            Some(Input::Lines(text, _)) => text.text(),
            _ => String::new(),
        }
    }

    /// What stands in a secret field.
    pub fn secret(&self, field: F) -> SecretString {
        match self.get(field) {
            Some(Input::Secret(secret)) => secret.expose().into(),
            _ => SecretString::default(),
        }
    }

    /// The place of the option that is chosen.
    pub fn chosen(&self, field: F) -> usize {
        match self.get(field) {
            Some(Input::Choice { chosen, .. }) => *chosen,
            _ => 0,
        }
    }

    /// Whether a toggle is on.
    pub fn is_on(&self, field: F) -> bool {
        matches!(self.get(field), Some(Input::Toggle(true)))
    }

    /// Chooses for a field that follows another.
    pub fn choose(&mut self, field: F, option: usize) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.field == field) {
            entry.input.choose(option);
        }
    }

    /// Writes into a field of text that follows another. It counts as typed by nobody.
    pub fn write(&mut self, field: F, text: &str) {
        if let Some(entry) = self.0.iter_mut().find(|entry| entry.field == field) {
            entry.input = Input::text(text);
            entry.original = Input::text(text);
        }
    }

    /// Whether anything was typed since the form opened. What is chosen with a key is chosen again
    /// with one, so it does not count.
    pub(super) fn is_typed(&self) -> bool {
        self.0.iter().any(|entry| entry.input.is_typed_unlike(&entry.original))
    }

    fn get(&self, field: F) -> Option<&Input> {
        let input = self.0.iter().find(|entry| entry.field == field).map(|entry| &entry.input);
        debug_assert!(input.is_some(), "the form has the fields that its subject reads");
        input
    }
}

impl<F: Copy + PartialEq> Values<F> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn push(&mut self, field: F, label: Label, input: Input) {
        self.0.push(Entry { field, label, original: input.clone(), input, explanation: "" });
    }

    pub(super) fn explain(&mut self, text: &'static str) {
        if let Some(last) = self.0.last_mut() {
            last.explanation = text;
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = F> {
        self.0.iter().map(|entry| entry.field)
    }

    pub(super) fn field(&self, place: usize) -> Option<F> {
        self.0.get(place).map(|entry| entry.field)
    }

    /// Where the field is in the form.
    pub(super) fn place(&self, field: F) -> usize {
        self.fields().position(|other| other == field).unwrap_or(0)
    }

    pub(super) fn input(&self, place: usize) -> Option<&Input> {
        self.0.get(place).map(|entry| &entry.input)
    }

    pub(super) fn input_mut(&mut self, place: usize) -> Option<&mut Input> {
        self.0.get_mut(place).map(|entry| &mut entry.input)
    }

    pub(super) fn word(&self, place: usize) -> &'static str {
        self.0.get(place).map_or("next", |entry| entry.label.word)
    }

    /// Label, input and explanation of each.
    pub(super) fn shown(&self) -> impl Iterator<Item = (&str, &Input, &'static str)> {
        self.0.iter().map(|entry| (&*entry.label.shown, &entry.input, entry.explanation))
    }
}
