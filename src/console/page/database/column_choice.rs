//! Which columns of a table are shown.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::cell::clean;
use crate::{
    console::{
        fit,
        key::Key,
        modal::{Hint, Modal, Outcome, dialog},
        motion::{Motion, window},
        shell::Shell,
        widget::Pen,
    },
    domain::EnvironmentId,
};

const WIDTH: u16 = 44;
const ROWS: usize = 16;

/// What is chosen holds at once; the page sees it when it is drawn.
#[derive(Debug)]
pub struct ColumnChoice {
    environment: EnvironmentId,
    table: String,
    /// All but the identifier, which is always shown.
    columns: Vec<String>,
    cursor: usize,
    first: usize,
}

impl ColumnChoice {
    /// Starts on the column `at`.
    pub fn new(environment: EnvironmentId, table: &str, columns: Vec<String>, at: &str) -> Self {
        let cursor = columns.iter().position(|column| column == at).unwrap_or(0);
        let first = window(0, cursor, columns.len(), ROWS);
        Self { environment, table: table.to_owned(), columns, cursor, first }
    }

    fn hidden<'a>(&self, shell: &'a mut Shell) -> &'a mut BTreeSet<String> {
        shell.hidden_columns.entry(&self.environment).entry(self.table.clone()).or_default()
    }

    fn turn(&self, shell: &mut Shell) {
        let Some(column) = self.columns.get(self.cursor) else { return };
        let hidden = self.hidden(shell);
        if !hidden.remove(column) {
            hidden.insert(column.clone());
        }
    }

    fn move_by(&mut self, motion: Motion) {
        self.cursor = motion.apply(self.cursor, self.columns.len(), ROWS);
        self.first = window(self.first, self.cursor, self.columns.len(), ROWS);
    }

    fn outer(&self, area: Rect) -> Rect {
        dialog::place(area, WIDTH, u16::try_from(self.columns.len().min(ROWS)).unwrap_or(u16::MAX))
    }
}

impl Modal for ColumnChoice {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | 'C') => return Outcome::Close,
            KeyCode::Char(' ') => {
                self.turn(shell);
                self.move_by(Motion::Lines(1));
            }
            KeyCode::Char('a') => self.hidden(shell).clear(),
            KeyCode::Char('x') => {
                let column = self.columns.get(self.cursor).cloned();
                let all = self.columns.iter().filter(|other| Some(*other) != column.as_ref()).cloned().collect();
                *self.hidden(shell) = all;
            }
            KeyCode::Char('j') | KeyCode::Down => self.move_by(Motion::Lines(1)),
            KeyCode::Char('k') | KeyCode::Up => self.move_by(Motion::Lines(-1)),
            KeyCode::Char('g') | KeyCode::Home => self.move_by(Motion::First),
            KeyCode::Char('G') | KeyCode::End => self.move_by(Motion::Last),
            KeyCode::PageDown => self.move_by(Motion::Pages(1)),
            KeyCode::PageUp => self.move_by(Motion::Pages(-1)),
            _ => {}
        }
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let outer = self.outer(area);
        if dialog::is_outside(outer, position) {
            return Outcome::Close;
        }
        let inner = dialog::inside(outer);
        if inner.contains(position) {
            self.cursor = (self.first + usize::from(position.y - inner.y)).min(self.columns.len().saturating_sub(1));
            self.turn(shell);
        }
        Outcome::Stay
    }

    fn scroll(&mut self, _shell: &mut Shell, lines: isize) {
        self.move_by(Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let outer = self.outer(area);
        let inner = dialog::open(frame, theme, outer, &format!("Columns of {}", self.table));
        let hidden = shell.hidden_columns.get(&self.environment).and_then(|tables| tables.get(&self.table));
        let first = window(self.first, self.cursor, self.columns.len(), usize::from(inner.height));
        let extent = fit::extent(first, usize::from(inner.height), self.columns.len());
        dialog::extent(frame.buffer_mut(), theme, outer, extent);
        for (line, (place, column)) in (0..inner.height).zip(self.columns.iter().enumerate().skip(first)) {
            let is_hidden = hidden.is_some_and(|hidden| hidden.contains(column));
            let mut pen = Pen::line(frame.buffer_mut(), inner, line);
            pen.put(if place == self.cursor { "▌ " } else { "  " }, theme.accent);
            pen.put(if is_hidden { "○ " } else { "◉ " }, if is_hidden { theme.muted } else { theme.success });
            let style = match (place == self.cursor, is_hidden) {
                (true, _) => theme.selection,
                (false, true) => theme.muted,
                (false, false) => theme.text,
            };
            pen.put(&clean(column), style);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("space", "show or hide"), ("a", "all"), ("x", "only this"), ("esc", "done")]
    }
}
