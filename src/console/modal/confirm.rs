//! Questions that are answered by typing a name: deleting, and unlocking production.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    effect::Effect,
    fit,
    key::Key,
    shell::Shell,
    theme::Paint,
    widget::{Field, Pen},
};

const WIDTH: u16 = 62;

/// What happens once the name is typed.
type Answered = Box<dyn FnOnce(&mut Shell) -> Vec<Effect> + Send>;

/// Asks for `name` to be typed before `run` happens.
pub struct Confirm {
    title: String,
    /// What will happen, and what is lost, in numbers.
    lines: Vec<String>,
    name: String,
    verb: &'static str,
    dangerous: bool,
    field: Field,
    /// What was typed is not the name.
    wrong: bool,
    run: Answered,
}

impl std::fmt::Debug for Confirm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Confirm").field("title", &self.title).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Confirm {
    /// A deletion of `name`; `lines` say where and what is lost.
    pub fn deletion(
        title: impl Into<String>,
        lines: Vec<String>,
        name: impl Into<String>,
        run: impl FnOnce(&mut Shell) -> Vec<Effect> + Send + 'static,
    ) -> Self {
        Self::new(title.into(), lines, name.into(), "delete", true, Box::new(run))
    }

    /// Anything else that takes a second thought.
    pub fn unlocking(
        title: impl Into<String>,
        lines: Vec<String>,
        name: impl Into<String>,
        run: impl FnOnce(&mut Shell) -> Vec<Effect> + Send + 'static,
    ) -> Self {
        Self::new(title.into(), lines, name.into(), "unlock", false, Box::new(run))
    }

    fn new(
        title: String,
        lines: Vec<String>,
        name: String,
        verb: &'static str,
        dangerous: bool,
        run: Answered,
    ) -> Self {
        Self { title, lines, name, verb, dangerous, field: Field::default(), wrong: false, run }
    }

    fn is_typed(&self) -> bool {
        self.field.text() == self.name
    }

    /// The text above the field, broken to the room there is.
    fn text(&self, width: u16) -> Vec<String> {
        self.lines.iter().flat_map(|line| fit::wrap(line, width)).collect()
    }

    fn outer(&self, area: Rect) -> Rect {
        let width = WIDTH.min(area.width.saturating_sub(4));
        let lines = u16::try_from(self.text(width).len()).unwrap_or(u16::MAX);
        dialog::place(area, WIDTH, lines.saturating_add(5))
    }
}

impl Modal for Confirm {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        match key.code {
            KeyCode::Esc => Outcome::Close,
            KeyCode::Enter if self.is_typed() => {
                let run = std::mem::replace(&mut self.run, Box::new(|_| Vec::new()));
                Outcome::Done(run(shell))
            }
            KeyCode::Enter => {
                self.wrong = true;
                Outcome::Stay
            }
            _ => {
                self.wrong &= !self.field.key(key);
                Outcome::Stay
            }
        }
    }

    fn paste(&mut self, _shell: &mut Shell, text: &str) -> Outcome {
        self.field.paste(text);
        Outcome::Stay
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(self.outer(area), position) { Outcome::Close } else { Outcome::Stay }
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let inner = dialog::open(frame, theme, self.outer(area), &self.title);
        let text = self.text(inner.width);
        let buffer = frame.buffer_mut();
        for (line, text) in (0..).zip(&text) {
            Pen::line(buffer, inner, line).put(text, theme.text);
        }
        // Where the screen is too low for everything, the field keeps its place at the end.
        let below = u16::try_from(text.len()).unwrap_or(u16::MAX).saturating_add(1);
        let line = below.min(inner.height.saturating_sub(4));
        Pen::line(buffer, inner, line)
            .put("Type ", theme.muted)
            .put(&self.name, theme.strong)
            .put(&format!(" to {} it:", self.verb), theme.muted);
        let field = Rect { y: inner.y + line + 1, height: 1.min(inner.height), ..inner };
        let cursor = self.field.view(theme, field, buffer);
        let mut pen = Pen::line(buffer, inner, line + 3);
        match (self.is_typed(), self.wrong) {
            (true, _) => {
                let style: Paint = if self.dangerous { theme.error } else { theme.warning };
                pen.put(&format!("enter {}s {}", self.verb, self.name), style)
            }
            (false, true) => pen.put("that is not its name", theme.warning),
            (false, false) => pen.put("esc leaves everything as it is", theme.muted),
        };
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
    }

    fn objection(&self, _shell: &Shell) -> Option<String> {
        self.wrong.then(|| format!("{} is not its name: nothing to {} was named", self.field.text(), self.verb))
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("enter", self.verb), ("esc", "cancel")]
    }
}
