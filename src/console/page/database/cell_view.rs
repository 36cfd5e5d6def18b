//! A cell opened whole: all of its value, broken to the width there is.

use std::cell::RefCell;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use serde_json::Value;

use super::{cell::clean, record};
use crate::{
    console::{
        effect::{Effect, Paged},
        fit,
        key::Key,
        modal::{Hint, Modal, Outcome, dialog},
        motion::Motion,
        shell::{Medium, Shell},
        widget::{
            Pen,
            highlight::{self, Line},
        },
    },
    domain::api::Record,
};

/// Columns inside the box, where the screen has them.
const WIDTH: u16 = 96;
/// Lines of the box beside those of the value: what it is, and air.
const AROUND: u16 = 2;
/// As much of a value as is shown; a copy has all of it.
const LONGEST: usize = 256 << 10;

#[derive(Debug)]
pub struct CellView {
    table: String,
    column: String,
    row: Record,
    value: Value,
    first: usize,
    broken: RefCell<Broken>,
}

/// The lines of the value for one width; another one breaks them again.
#[derive(Debug, Default)]
struct Broken {
    width: u16,
    lines: Vec<Line>,
}

/// What its own keys ask for. They come first, whatever keys commands have.
#[derive(Debug)]
enum Asked {
    Close,
    Copy,
    CopyRow,
    Move(Motion),
}

impl Asked {
    fn by(key: Key) -> Option<Self> {
        let control = key.modifiers == KeyModifiers::CONTROL;
        Some(match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | 'o') => Self::Close,
            KeyCode::Char('y') => Self::Copy,
            KeyCode::Char('Y') => Self::CopyRow,
            KeyCode::Char('d') if control => Self::Move(Motion::HalfPages(1)),
            KeyCode::Char('u') if control => Self::Move(Motion::HalfPages(-1)),
            KeyCode::Char('f') if control => Self::Move(Motion::Pages(1)),
            KeyCode::Char('b') if control => Self::Move(Motion::Pages(-1)),
            KeyCode::Char('j') | KeyCode::Down => Self::Move(Motion::Lines(1)),
            KeyCode::Char('k') | KeyCode::Up => Self::Move(Motion::Lines(-1)),
            KeyCode::PageDown | KeyCode::Char(' ') => Self::Move(Motion::Pages(1)),
            KeyCode::PageUp => Self::Move(Motion::Pages(-1)),
            KeyCode::Char('g') | KeyCode::Home => Self::Move(Motion::First),
            KeyCode::Char('G') | KeyCode::End => Self::Move(Motion::Last),
            _ => return None,
        })
    }
}

impl CellView {
    pub fn new(table: &str, column: &str, row: &Record) -> Self {
        let value = row.get(column).cloned().unwrap_or(Value::Null);
        let row = row.clone();
        Self { table: table.into(), column: column.into(), row, value, first: 0, broken: RefCell::default() }
    }

    /// The value as it is copied: text as it is, anything else as JSON.
    fn plain(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            other => serde_json::to_string_pretty(other).expect("a JSON value has string keys"),
        }
    }

    fn kind(&self) -> String {
        let count = |number: usize, noun| fit::count(u64::try_from(number).unwrap_or(u64::MAX), noun);
        match &self.value {
            Value::Null if self.row.contains_key(&self.column) => "null".into(),
            Value::Null => "not there".into(),
            Value::Bool(_) => "true or false".into(),
            Value::Number(_) => "number".into(),
            Value::String(text) => format!("text, {}", count(text.chars().count(), "character")),
            Value::Array(values) => format!("array, {}", count(values.len(), "element")),
            Value::Object(fields) => format!("object, {}", count(fields.len(), "field")),
        }
    }

    fn lines(&self, width: u16) -> Vec<Line> {
        match &self.value {
            Value::String(text) if text.len() > LONGEST => {
                let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
                let mut lines = highlight::text(&text[..end], width);
                lines.extend(highlight::text("\n… and more: y copies all of it", width));
                lines
            }
            Value::String(text) => highlight::text(text, width),
            _ => highlight::json(&self.plain(), width),
        }
    }

    fn count(&self, width: u16) -> usize {
        let mut broken = self.broken.borrow_mut();
        if broken.width != width {
            *broken = Broken { width, lines: self.lines(width) };
        }
        broken.lines.len()
    }

    /// The box, and how many lines of the value it shows.
    fn outer(&self, screen: Rect) -> (Rect, usize) {
        let width = dialog::inside(dialog::place(screen, WIDTH, 0)).width;
        let lines = u16::try_from(self.count(width)).unwrap_or(u16::MAX);
        let outer = dialog::place(screen, WIDTH, lines.saturating_add(AROUND));
        (outer, usize::from(dialog::inside(outer).height.saturating_sub(AROUND)))
    }

    fn move_by(&mut self, shell: &Shell, motion: Motion) {
        let (outer, height) = self.outer(shell.modal_area());
        let ends = self.count(dialog::inside(outer).width).saturating_sub(height) + 1;
        self.first = motion.apply(self.first, ends, height);
    }

    fn copy(shell: &Shell, what: String, text: String) -> Outcome {
        let here = shell.selected().map(|environment| format!(" in {}", environment.name)).unwrap_or_default();
        Outcome::Effects(vec![Effect::Copy { what: what + &here, text: text.into() }])
    }
}

impl Modal for CellView {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        match Asked::by(key) {
            Some(Asked::Close) => Outcome::Close,
            Some(Asked::Copy) => Self::copy(shell, format!("{} of a row of {}", self.column, self.table), self.plain()),
            Some(Asked::CopyRow) => {
                Self::copy(shell, format!("the row of {} as JSON", self.table), record::pretty(&self.row))
            }
            Some(Asked::Move(motion)) => {
                self.move_by(shell, motion);
                Outcome::Stay
            }
            None if shell.medium == Medium::Screen && shell.keymap.runs("pager", key) => {
                Outcome::Effects(vec![Effect::Page(Paged::Text(self.plain()))])
            }
            None => Outcome::Stay,
        }
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(self.outer(area).0, position) { Outcome::Close } else { Outcome::Stay }
    }

    fn scroll(&mut self, shell: &mut Shell, lines: isize) {
        self.move_by(shell, Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let (outer, height) = self.outer(area);
        let inner = dialog::open(frame, theme, outer, &format!("{} › {}", self.table, clean(&self.column)));
        let buffer = frame.buffer_mut();
        let lines = self.count(inner.width);
        let first = self.first.min(lines.saturating_sub(height));
        dialog::extent(buffer, theme, outer, fit::extent(first, height, lines));
        Pen::line(buffer, inner, 0).put(&self.kind(), theme.muted);
        for (y, line) in (0..).zip(self.broken.borrow().lines.iter().skip(first).take(height)) {
            let y = inner.y + AROUND + y;
            line.view(theme, Rect { y, height: 1, ..inner }.intersection(inner), buffer);
        }
    }

    fn is_only_read(&self) -> bool {
        true
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("y", "copy"), ("Y", "copy row"), ("j", "scroll"), ("esc", "close")]
    }

    fn commands(&self, shell: &Shell) -> Vec<(String, &'static str)> {
        let key = shell.keymap.key_of("pager", |key| Asked::by(key).is_none());
        key.filter(|_| shell.medium == Medium::Screen).map(|key| (key, "pager")).into_iter().collect()
    }
}
