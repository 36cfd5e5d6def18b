//! Quitting would end a backend that others are using.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    effect::{Effect, Exit},
    fit,
    key::Key,
    message::{BackendUsage, Embedded},
    shell::Shell,
    widget::Pen,
};

const WIDTH: u16 = 60;

#[derive(Debug)]
pub struct Quit {
    /// Who would miss the backend.
    text: String,
}

const CHOICES: [(&str, &str); 3] =
    [("k", "keep it running, as `bkend serve` on the same address"), ("s", "stop it, and quit"), ("esc", "stay here")];

impl Quit {
    pub fn new(embedded: &Embedded, usage: &BackendUsage) -> Self {
        let mut users = Vec::new();
        if usage.app_requests > 0 {
            users.push(format!("apps have sent it {}", fit::count(usage.app_requests, "request")));
        }
        match usage.other_consoles {
            0 => {}
            1 => users.push("another console follows it".to_owned()),
            others => users.push(format!("{others} other consoles follow it")),
        }
        let users = users.join(", and ");
        Self { text: format!("The backend at {} ends with this console, but {users}.", embedded.address) }
    }

    fn outer(&self, area: Rect) -> Rect {
        let lines = fit::wrap(&self.text, WIDTH.min(area.width.saturating_sub(4))).len() + 1 + CHOICES.len();
        dialog::place(area, WIDTH, u16::try_from(lines).unwrap_or(u16::MAX))
    }
}

impl Modal for Quit {
    fn key(&mut self, _shell: &mut Shell, key: Key) -> Outcome {
        match key.code {
            KeyCode::Char('k') => Outcome::Done(vec![Effect::Quit(Exit::KeepBackend)]),
            KeyCode::Char('s') => Outcome::Done(vec![Effect::Quit(Exit::Quit)]),
            KeyCode::Esc => Outcome::Close,
            _ => Outcome::Stay,
        }
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(self.outer(area), position) { Outcome::Close } else { Outcome::Stay }
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let inner = dialog::open(frame, theme, self.outer(area), "Quit");
        let mut line = 0;
        for text in fit::wrap(&self.text, inner.width) {
            Pen::line(frame.buffer_mut(), inner, line).put(&text, theme.text);
            line += 1;
        }
        for (key, text) in CHOICES {
            line += 1;
            Pen::line(frame.buffer_mut(), inner, line).column(key, 5, theme.key).put(text, theme.text);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("k", "keep it running"), ("s", "stop it and quit"), ("esc", "stay")]
    }
}
