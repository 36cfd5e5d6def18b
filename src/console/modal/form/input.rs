//! The kinds of fields: how each takes keys.

use std::{borrow::Cow, fmt};

use crossterm::event::{KeyCode, KeyModifiers};
use secrecy::zeroize::Zeroize as _;

use crate::console::{
    key::Key,
    widget::{Field, TextArea},
};

#[derive(Clone, Debug)]
pub enum Input {
    Text(Field),
    /// One word; a space goes on to the next field.
    Word(Field),
    /// Text of several lines, so many of which are shown.
    Lines(TextArea, u16),
    Secret(Secret),
    Choice {
        options: Vec<Cow<'static, str>>,
        chosen: usize,
    },
    Toggle(bool),
}

impl Input {
    pub fn text(text: &str) -> Self {
        Self::Text(Field::new(text))
    }

    pub fn word(text: &str) -> Self {
        Self::Word(Field::new(text))
    }

    /// Several words on one line; [`Values::words`](super::Values::words) reads them.
    pub fn words<T: AsRef<str>>(words: &[T]) -> Self {
        let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
        Self::text(&words.join(" "))
    }

    pub fn lines(text: &str, height: u16) -> Self {
        Self::Lines(TextArea::new(text), height)
    }

    /// A text that is never shown.
    pub fn secret() -> Self {
        Self::Secret(Secret(Field::default()))
    }

    pub fn choice(options: impl IntoIterator<Item = impl Into<Cow<'static, str>>>, chosen: usize) -> Self {
        Self::Choice { options: options.into_iter().map(Into::into).collect(), chosen }
    }

    pub const fn toggle(on: bool) -> Self {
        Self::Toggle(on)
    }

    /// Handles a key. Returns whether it was one for this kind of field.
    pub(super) fn key(&mut self, key: Key) -> bool {
        let plain = key.modifiers.is_empty() || key.modifiers == KeyModifiers::SHIFT;
        match self {
            Self::Text(field) | Self::Word(field) | Self::Secret(Secret(field)) => field.key(key),
            Self::Lines(text, _) => text.key(key),
            Self::Choice { options, chosen } if plain => {
                let steps = match key.code {
                    KeyCode::Left | KeyCode::Char('h') => options.len().saturating_sub(1),
                    KeyCode::Right | KeyCode::Char('l' | ' ') => 1,
                    _ => return false,
                };
                *chosen = (*chosen + steps) % options.len().max(1);
                true
            }
            Self::Toggle(on) if plain => {
                let turns = matches!(key.code, KeyCode::Left | KeyCode::Right | KeyCode::Char('h' | 'l' | ' '));
                *on ^= turns;
                turns
            }
            Self::Choice { .. } | Self::Toggle(_) => false,
        }
    }

    /// Whether a line break has no place in it.
    pub(super) const fn is_one_line(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Secret(_))
    }

    pub(super) fn paste(&mut self, text: &str) -> bool {
        match self {
            Self::Text(field) | Self::Word(field) | Self::Secret(Secret(field)) => field.paste(text),
            Self::Lines(lines, _) => lines.paste(text),
            Self::Choice { .. } | Self::Toggle(_) => return false,
        }
        true
    }

    /// A click on one of its options.
    pub(super) fn choose(&mut self, option: usize) -> bool {
        match self {
            Self::Choice { options, chosen } if option < options.len() => *chosen = option,
            Self::Toggle(on) => *on = !*on,
            _ => return false,
        }
        true
    }

    pub(super) const fn takes_text(&self) -> bool {
        !matches!(self, Self::Choice { .. } | Self::Toggle(_))
    }

    /// The text of a single line, unless it is secret.
    pub(super) fn content(&self) -> &str {
        match self {
            Self::Text(field) | Self::Word(field) => field.text(),
            Self::Lines(..) | Self::Secret(_) | Self::Choice { .. } | Self::Toggle(_) => "",
        }
    }

    pub(super) fn is_typed_unlike(&self, original: &Self) -> bool {
        match (self, original) {
            (Self::Secret(one), Self::Secret(other)) => one.expose() != other.expose(),
            (Self::Lines(one, _), Self::Lines(other, _)) => one.text() != other.text(),
            _ => self.content() != original.content(),
        }
    }
}

/// A text that is seen by nobody: not on the screen, not in a log, not in memory that was freed.
#[derive(Clone, Default)]
pub struct Secret(Field);

impl Secret {
    pub(super) fn expose(&self) -> &str {
        self.0.text()
    }

    /// What the screen shows instead: a mark for every character, so that a key is seen to count.
    pub(super) fn masked(&self) -> Field {
        self.0.masked()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.take().zeroize();
    }
}
