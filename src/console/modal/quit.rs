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
    lines: Vec<String>,
}

impl Quit {
    pub fn new(embedded: &Embedded, usage: &BackendUsage) -> Self {
        let mut users = Vec::new();
        if usage.app_requests > 0 {
            users.push(format!("apps have made {} to it", fit::count(usage.app_requests, "request")));
        }
        if usage.other_consoles > 0 {
            let others = u64::try_from(usage.other_consoles).unwrap_or(u64::MAX);
            users.push(format!("{} attached to it", fit::count(others, "other console")));
        }
        let lines = vec![
            format!("The backend at {} runs inside this console, and {}.", embedded.address, users.join(", and ")),
            String::new(),
            "k  keep it running, as `bkend serve` on the same address and data".into(),
            "s  stop it, and quit".into(),
            "esc  stay here".into(),
        ];
        Self { lines }
    }

    fn text(&self, width: u16) -> Vec<String> {
        self.lines.iter().flat_map(|line| fit::wrap(line, width)).collect()
    }

    fn outer(&self, area: Rect) -> Rect {
        let lines = self.text(WIDTH.min(area.width.saturating_sub(4))).len();
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
        let inner = dialog::open(frame, &shell.theme, self.outer(area), "Quit");
        for (line, text) in (0..).zip(self.text(inner.width)) {
            Pen::line(frame.buffer_mut(), inner, line).put(&text, shell.theme.text);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("k", "keep it running"), ("s", "stop it and quit"), ("esc", "stay")]
    }
}
