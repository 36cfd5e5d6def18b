//! The box that shows a secret for the only time: an invitation, a password that was made here.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{effect::Effect, fit, key::Key, shell::Shell, widget::Pen};

const WIDTH: u16 = 68;

/// Its `Debug` does not show the secret, as that of none does.
#[derive(Debug)]
pub struct ShownOnce {
    pub title: String,
    /// What the toast calls it: `the invitation of ann@example.com`.
    pub what: String,
    pub secret: SecretString,
    /// What it is good for, and until when.
    pub told: Vec<String>,
    /// A request that uses it, to copy with `Y`.
    pub request: Option<SecretString>,
    copied: bool,
    /// It was not copied, and `esc` was pressed once.
    leaving: bool,
}

impl ShownOnce {
    pub fn new(title: impl Into<String>, what: impl Into<String>, secret: SecretString, told: Vec<String>) -> Self {
        Self { title: title.into(), what: what.into(), secret, told, request: None, copied: false, leaving: false }
    }

    #[must_use]
    pub fn with_request(self, request: SecretString) -> Self {
        Self { request: Some(request), ..self }
    }

    fn copy(&mut self, what: String, text: SecretString) -> Outcome {
        self.copied = true;
        self.leaving = false;
        Outcome::Effects(vec![Effect::Copy { what, text }])
    }

    /// The secret and what is told of it, broken to the room there is.
    fn lines(&self, width: u16) -> (Vec<String>, Vec<String>) {
        let told = self.told.iter().flat_map(|told| fit::wrap(told, width));
        (fit::wrap(self.secret.expose_secret(), width), told.collect())
    }

    fn outer(&self, area: Rect) -> Rect {
        let width = dialog::inside(dialog::place(area, WIDTH, 0)).width;
        let (secret, told) = self.lines(width);
        let lines = u16::try_from(secret.len() + told.len()).unwrap_or(u16::MAX);
        dialog::place(area, WIDTH, lines.saturating_add(4))
    }
}

impl Modal for ShownOnce {
    fn key(&mut self, _shell: &mut Shell, key: Key) -> Outcome {
        match (key.code, &self.request) {
            (KeyCode::Char('y'), _) => self.copy(self.what.clone(), self.secret.clone()),
            (KeyCode::Char('Y'), Some(request)) => {
                self.copy(format!("a request with {} as curl", self.what), request.clone())
            }
            (KeyCode::Esc | KeyCode::Enter, _) if self.copied || self.leaving => Outcome::Close,
            (KeyCode::Esc | KeyCode::Enter, _) => {
                self.leaving = true;
                Outcome::Stay
            }
            _ => Outcome::Stay,
        }
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(self.outer(area), position) {
            return Outcome::Stay;
        }
        self.copy(self.what.clone(), self.secret.clone())
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let inner = dialog::open(frame, theme, self.outer(area), &self.title);
        let buffer = frame.buffer_mut();
        let (secret, told) = self.lines(inner.width);
        let lines = secret.iter().map(|text| (text, theme.accent));
        let gap = String::new();
        let lines = lines.chain([(&gap, theme.text)]).chain(told.iter().map(|text| (text, theme.text)));
        for (y, (text, style)) in (1..inner.height.saturating_sub(2)).zip(lines) {
            Pen::line(buffer, inner, y).put(text, style);
        }
        let mut pen = Pen::line(buffer, inner, inner.height.saturating_sub(1));
        match (self.copied, self.leaving) {
            (true, _) => pen.put("copied; ", theme.success).put("esc", theme.key).put(" closes", theme.muted),
            (false, true) => pen.put("it has not been copied: esc again closes all the same", theme.warning),
            (false, false) => pen.put("y", theme.key).put(" copies it", theme.muted),
        };
        if self.request.is_some() && !self.leaving {
            pen.put_whole(",  ", theme.muted).put("Y", theme.key).put_whole(" the request that uses it", theme.muted);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let mut hints = vec![("y", "copy"), ("esc", "close")];
        if self.request.is_some() {
            hints.insert(1, ("Y", "curl"));
        }
        hints
    }
}
