//! Modals: what lies over the pages and takes the keys while it does.
//!
//! They are a stack; the top one is drawn last and asked first.

pub mod confirm;
pub mod connect;
pub mod dialog;
pub mod environment_form;
pub mod export_form;
pub mod form;
pub mod help;
pub mod import_form;
pub mod import_plan;
pub mod notes;
pub mod palette;
pub mod picker;
pub mod question;
pub mod quit;
pub mod shown_once;
pub mod submitted;
pub mod tasks;

use std::{fmt::Debug, time::Duration};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{command::Command, effect::Effect, key::Key, page::Choice, shell::Shell, task::TaskId, trail::Place};
use crate::{
    client::{self, import::Plan},
    domain::{EnvironmentId, api::Project},
};

pub trait Modal: Debug {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome;

    fn paste(&mut self, _shell: &mut Shell, _text: &str) -> Outcome {
        Outcome::Stay
    }

    /// A click anywhere on the screen; it is drawn in `area`.
    fn click(&mut self, _shell: &mut Shell, _area: Rect, _position: Position) -> Outcome {
        Outcome::Stay
    }

    fn scroll(&mut self, _shell: &mut Shell, _lines: isize) {}

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>);

    /// The keys that work while it is open, for the footer.
    fn hints(&self) -> Vec<Hint>;

    /// Commands that it runs too, with the keys that the key map has for them, as far as those are not
    /// its own.
    fn commands(&self, _shell: &Shell) -> Vec<(String, &'static str)> {
        Vec::new()
    }

    /// The environment without which it is about nothing.
    fn environment(&self) -> Option<&EnvironmentId> {
        None
    }

    /// What it [submitted](Outcome::Submitted) was refused, and it is open again.
    fn refused(&mut self, _error: &client::Error) {}

    /// Something came from the server that it may show.
    fn follow(&mut self, _shell: &Shell) {}

    /// The server is back: that it could not be reached is no reason any more.
    fn reconnected(&mut self) {}

    /// Why it did not take what was entered last, and is still open.
    fn objection(&self, _shell: &Shell) -> Option<String> {
        None
    }

    /// All that it says, where a screen shows a part; without it, what the screen shows.
    fn lines(&self, _shell: &Shell) -> Option<Vec<String>> {
        None
    }

    /// Whether it is only read, and asks nothing.
    fn is_only_read(&self) -> bool {
        false
    }

    /// Whether the editor that it asked for still runs.
    fn awaits_editor(&self) -> bool {
        false
    }

    /// That editor ended, with the text as it is now or with why there is none.
    fn edited(&mut self, _shell: &mut Shell, _result: Result<String, String>) -> Outcome {
        Outcome::Stay
    }

    /// The reading of an export whose plan it awaits.
    fn awaits_plan(&self) -> Option<TaskId> {
        None
    }

    /// The plan is made, or why there is none.
    fn planned(&mut self, _result: Result<Box<Plan>, String>) {}

    /// When something in it changes by itself, as uptime.
    fn next_change(&self, _shell: &Shell) -> Option<Duration> {
        None
    }
}

/// A key and what it does.
pub type Hint = (&'static str, &'static str);

/// What becomes of a modal after it was asked.
#[derive(Debug)]
pub enum Outcome {
    Stay,
    Close,
    /// Stays, and something is to be done.
    Effects(Vec<Effect>),
    /// Closes, and something is to be done.
    Done(Vec<Effect>),
    /// Closes, and opens again as it was if the first call is refused.
    Submitted(Vec<Effect>),
    /// Closes, and the page lists what the filter lets pass.
    Filter(String),
    /// Closes, and the page takes what was chosen.
    Chosen(Choice),
    /// Closes and runs a command.
    Run(&'static Command),
    /// Closes and goes somewhere.
    Go(Place),
    /// Closes and shows another project.
    Show(Box<Project>),
}

/// A refusal in one line, for a form: its details name the fields again.
pub fn refusal(error: &client::Error) -> String {
    match error {
        client::Error::Refused { message, details, .. } => {
            details.first().map_or(message, |violation| &violation.message).clone()
        }
        other => other.to_string(),
    }
}
