//! The form that creates an environment.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::{
    console::{
        call::Call,
        fit,
        key::Key,
        shell::Shell,
        theme::Paint,
        widget::{Field, Pen},
    },
    domain::{EnvironmentName, EnvironmentType, api::CreateEnvironment},
};

const WIDTH: u16 = 60;
const HEIGHT: u16 = 9;
/// Columns of the labels before the fields.
const LABEL: u16 = 7;

#[derive(Debug, Default)]
pub struct EnvironmentForm {
    name: Field,
    /// Follows the name until it is chosen by hand.
    chosen: Option<EnvironmentType>,
    focus: Focus,
    /// Why the server refused what was sent, until the name changes.
    refusal: Option<String>,
    /// Something was typed, and `esc` was pressed once.
    leaving: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Focus {
    #[default]
    Name,
    Type,
}

impl EnvironmentForm {
    /// The form again, as it was sent, with the reason why that was refused.
    pub fn refused(sent: &CreateEnvironment, reason: String) -> Self {
        Self { name: Field::new(&sent.name), chosen: sent.kind, refusal: Some(reason), ..Self::default() }
    }

    fn kind(&self) -> EnvironmentType {
        self.chosen.unwrap_or_else(|| EnvironmentType::from_name(self.name.text()))
    }

    /// What is wrong with the name as it stands.
    fn problem(&self, shell: &Shell) -> Option<String> {
        let name = self.name.text();
        if let Err(invalid) = EnvironmentName::parse(name) {
            return Some(invalid.to_string());
        }
        shell.environments.find(name).map(|_| format!("{name} is taken: choose another name"))
    }

    fn submit(&mut self, shell: &mut Shell) -> Outcome {
        if self.problem(shell).is_some() {
            self.focus = Focus::Name;
            return Outcome::Stay;
        }
        let Some(project) = &shell.project else {
            self.refusal = Some("the project is not known yet: wait until the console is connected".into());
            return Outcome::Stay;
        };
        let body = CreateEnvironment { name: self.name.text().to_owned(), kind: Some(self.kind()) };
        let call = Call::CreateEnvironment(project.id.clone(), body);
        Outcome::Done(vec![shell.request(call)])
    }

    fn choose(&mut self, steps: isize) {
        let all = EnvironmentType::ALL;
        let position = all.iter().position(|kind| *kind == self.kind()).unwrap_or(0).cast_signed();
        let next = (position + steps).rem_euclid(all.len().cast_signed());
        self.chosen = Some(all[next.cast_unsigned()]);
    }

    const fn turn_focus(&mut self) {
        self.focus = match self.focus {
            Focus::Name => Focus::Type,
            Focus::Type => Focus::Name,
        };
    }

    /// What is to be said of the name.
    fn note(&self, shell: &Shell) -> (String, Paint) {
        let theme = &shell.theme;
        match (&self.refusal, self.problem(shell)) {
            (Some(refusal), _) => (refusal.clone(), theme.error),
            (None, Some(_)) if self.name.text().is_empty() => {
                ("a to z, 0 to 9 and -, like staging or qa-2".into(), theme.muted)
            }
            (None, Some(problem)) => (problem, theme.warning),
            (None, None) => ("this name is free".into(), theme.success),
        }
    }

    /// The box, and how much higher than usual the note makes it.
    fn outer(&self, shell: &Shell, area: Rect) -> (Rect, u16) {
        let extra = dialog::extra_lines(&self.note(shell).0, area, WIDTH, LABEL);
        (dialog::place(area, WIDTH, HEIGHT.saturating_add(extra)), extra)
    }

    /// Where the four types are: the same for drawing and for clicks.
    fn type_areas(inner: Rect, extra: u16) -> [(EnvironmentType, Rect); 4] {
        let mut x = inner.x + LABEL;
        EnvironmentType::ALL.map(|kind| {
            let width = fit::width(kind.label()) + 3;
            let area = Rect { x, y: inner.y + 4 + extra, width, height: 1 }.intersection(inner);
            x += width + 1;
            (kind, area)
        })
    }
}

impl Modal for EnvironmentForm {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let leaving = std::mem::take(&mut self.leaving);
        // It is read by now, and what it says may have passed.
        self.refusal = None;
        match (key.code, self.focus) {
            (KeyCode::Esc, _) => {
                if leaving || self.name.text().is_empty() {
                    return Outcome::Close;
                }
                self.leaving = true;
            }
            (KeyCode::Enter, _) => return self.submit(shell),
            (KeyCode::Tab | KeyCode::Up | KeyCode::Down, _) => self.turn_focus(),
            (KeyCode::Left | KeyCode::Char('h'), Focus::Type) => self.choose(-1),
            (KeyCode::Right | KeyCode::Char('l' | ' '), Focus::Type) => self.choose(1),
            (KeyCode::Char('n'), Focus::Name) if key.modifiers == KeyModifiers::CONTROL => self.turn_focus(),
            (_, Focus::Name) => {
                self.name.key(key);
            }
            (_, Focus::Type) => {}
        }
        Outcome::Stay
    }

    fn paste(&mut self, _shell: &mut Shell, text: &str) -> Outcome {
        self.focus = Focus::Name;
        self.refusal = None;
        self.leaving = false;
        self.name.paste(text.trim());
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let (outer, extra) = self.outer(shell, area);
        let inner = dialog::inside(outer);
        for (kind, area) in Self::type_areas(inner, extra) {
            if area.contains(position) {
                self.focus = Focus::Type;
                self.chosen = Some(kind);
            }
        }
        if position.y == inner.y + 1 {
            self.focus = Focus::Name;
        }
        Outcome::Stay
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let title = "Create Environment";
        let (outer, extra) = self.outer(shell, area);
        let inner = dialog::open(frame, theme, outer, title);
        let buffer = frame.buffer_mut();
        let label = |focus| if self.focus == focus { theme.accent } else { theme.muted };

        Pen::line(buffer, inner, 1).column("Name", LABEL, label(Focus::Name));
        let room = inner.width.saturating_sub(LABEL);
        let field = Rect { x: inner.x + LABEL.min(inner.width), y: inner.y + 1, width: room.min(34), height: 1 };
        let cursor = self.name.view(theme, field.intersection(inner), buffer);
        let (text, style) = self.note(shell);
        let below = Rect { y: field.y + 1, width: room, height: extra + 1, ..field };
        dialog::note(buffer, below.intersection(inner), &text, style);

        Pen::line(buffer, inner, 4 + extra).column("Type", LABEL, label(Focus::Type));
        for (kind, area) in Self::type_areas(inner, extra) {
            let selected = kind == self.kind();
            let mark = if selected { "◉ " } else { "○ " };
            let style = match (selected, self.focus) {
                (true, Focus::Type) => theme.selection,
                (true, Focus::Name) => theme.strong,
                (false, _) => theme.muted,
            };
            Pen::new(buffer, area).put(mark, style).put(kind.label(), style);
        }
        let mut note = Pen::line(buffer, inner, 5 + extra);
        note.skip(LABEL);
        match (self.kind(), self.chosen) {
            (EnvironmentType::Prod, _) => note.put("opens read-only: u unlocks it for ten minutes", theme.warning),
            (_, None) => note.put("follows the name; tab to choose another", theme.muted),
            (_, Some(_)) => &mut note,
        };

        let mut last = Pen::line(buffer, inner, 7 + extra);
        if self.leaving {
            last.put("esc again discards what was typed", theme.warning);
        } else if self.refusal.is_some() {
            last.put("enter", theme.key).put(" tries again", theme.muted);
        } else {
            last.put("enter", theme.key).put(" creates it, empty", theme.muted);
            last.put_whole(" and apart from all others", theme.muted);
        }
        if let (Some(cursor), Focus::Name) = (cursor, self.focus) {
            frame.set_cursor_position(cursor);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self.focus {
            Focus::Name => vec![("enter", "create"), ("tab", "type"), ("esc", "cancel")],
            Focus::Type => vec![("enter", "create"), ("← →", "choose"), ("tab", "name"), ("esc", "cancel")],
        }
    }
}
