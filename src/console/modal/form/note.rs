//! What is said below a field.

use std::borrow::Cow;

use crate::console::theme::{Paint, Theme};

/// A note, and whether it stands in the way of sending the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    None,
    /// What the field is for, or what may be left out.
    Hint(Cow<'static, str>),
    /// The field is still to be filled: no reproach, but nothing is sent before.
    Needed(Cow<'static, str>),
    /// What is wrong, and what would be right.
    Wrong(Cow<'static, str>),
    /// What was typed is right, and what it means.
    Good(Cow<'static, str>),
    /// Right, with a consequence that is easily overlooked.
    Warning(Cow<'static, str>),
    /// The server did not take it.
    Refused(String),
}

impl Note {
    pub fn hint(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Hint(text.into())
    }

    pub fn needed(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Needed(text.into())
    }

    pub fn wrong(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Wrong(text.into())
    }

    pub fn good(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Good(text.into())
    }

    pub fn warning(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Warning(text.into())
    }

    /// Whether nothing is sent while it stands. A refusal does not hinder another try.
    pub const fn hinders(&self) -> bool {
        matches!(self, Self::Needed(_) | Self::Wrong(_))
    }

    pub fn text(&self) -> &str {
        match self {
            Self::None => "",
            Self::Hint(text) | Self::Needed(text) | Self::Wrong(text) | Self::Good(text) | Self::Warning(text) => text,
            Self::Refused(text) => text,
        }
    }

    pub const fn style(&self, theme: &Theme) -> Paint {
        match self {
            Self::None | Self::Hint(_) | Self::Needed(_) => theme.muted,
            Self::Wrong(_) | Self::Warning(_) => theme.warning,
            Self::Good(_) => theme.success,
            Self::Refused(_) => theme.error,
        }
    }
}
