//! The box that shows a new secret key: the only time that anybody sees it.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    console::{
        effect::Effect,
        fit,
        key::Key,
        modal::{Hint, Modal, Outcome, dialog},
        shell::Shell,
        widget::Pen,
    },
    domain::EnvironmentId,
};

/// A key on one line.
const WIDTH: u16 = 68;
const HEIGHT: u16 = 8;

/// Its `Debug` does not show the key, as that of no secret does.
#[derive(Debug)]
pub struct Created {
    environment: EnvironmentId,
    name: String,
    key: SecretString,
    copied: bool,
    /// It was not copied, and `esc` was pressed once.
    leaving: bool,
}

impl Created {
    pub const fn new(environment: EnvironmentId, name: String, key: SecretString) -> Self {
        Self { environment, name, key, copied: false, leaving: false }
    }

    fn copy(&mut self, shell: &Shell) -> Outcome {
        self.copied = true;
        self.leaving = false;
        let environment = shell.name_of(&self.environment).unwrap_or_default();
        let what = format!("the secret key {} of {environment}", self.name);
        Outcome::Effects(vec![Effect::Copy { what, text: self.key.clone() }])
    }
}

impl Modal for Created {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        match key.code {
            KeyCode::Char('y') => self.copy(shell),
            KeyCode::Esc | KeyCode::Enter if self.copied || self.leaving => Outcome::Close,
            KeyCode::Esc | KeyCode::Enter => {
                self.leaving = true;
                Outcome::Stay
            }
            _ => Outcome::Stay,
        }
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(dialog::place(area, WIDTH, HEIGHT), position) { Outcome::Stay } else { self.copy(shell) }
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let environment = shell.name_of(&self.environment).unwrap_or_default();
        let title = format!("The secret key {} of {environment}", self.name);
        let inner = dialog::open(frame, theme, dialog::place(area, WIDTH, HEIGHT), &title);
        let buffer = frame.buffer_mut();
        let mut line = 1;
        for text in fit::wrap(self.key.expose_secret(), inner.width) {
            Pen::line(buffer, inner, line).put(&text, theme.accent);
            line += 1;
        }
        line += 1;
        let told = "This is the only time it is shown. It passes every permission: keep it on servers.";
        for text in fit::wrap(told, inner.width) {
            Pen::line(buffer, inner, line).put(&text, theme.text);
            line += 1;
        }
        let mut pen = Pen::line(buffer, inner, inner.height.saturating_sub(1));
        match (self.copied, self.leaving) {
            (true, _) => pen.put("copied; ", theme.success).put("esc", theme.key).put(" closes", theme.muted),
            (false, true) => pen.put("it has not been copied: esc again closes all the same", theme.warning),
            (false, false) => pen.put("y", theme.key).put(" copies it", theme.muted),
        };
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("y", "copy"), ("esc", "close")]
    }
}
