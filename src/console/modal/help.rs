//! `?`: the keys of the page that is shown; `enter` runs the line.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    command::{self, Command},
    fit,
    key::Key,
    motion::{Motion, window},
    shell::Shell,
    state::State,
    widget::Pen,
};

const WIDTH: u16 = 88;

#[derive(Debug)]
pub struct Help {
    title: String,
    lines: Vec<Line>,
    cursor: usize,
    first: usize,
    page: usize,
}

#[derive(Clone, Copy, Debug)]
enum Line {
    Heading(&'static str),
    Command(&'static Command),
    Blank,
}

impl Help {
    pub fn new(state: &State) -> Self {
        let mut commands: Vec<_> = command::here(state).filter(|command| !command.keys.is_empty()).collect();
        commands.sort_by_key(|command| command.group);
        let mut lines = Vec::new();
        for group in commands.chunk_by(|one, other| one.group == other.group) {
            if !lines.is_empty() {
                lines.push(Line::Blank);
            }
            lines.push(Line::Heading(group[0].group.title()));
            lines.extend(group.iter().map(|command| Line::Command(command)));
        }
        let title = format!("Help: {}", state.shell.page.title());
        let page = usize::from(Self::rows(state.shell.area, lines.len()));
        Self { title, lines, cursor: 1, first: 0, page }
    }

    fn rows(area: Rect, lines: usize) -> u16 {
        u16::try_from(lines).unwrap_or(u16::MAX).min(area.height.saturating_sub(4))
    }

    fn outer(&self, area: Rect) -> Rect {
        dialog::place(area, WIDTH, Self::rows(area, self.lines.len()))
    }

    /// Moves to the next line that holds a command.
    fn move_by(&mut self, motion: Motion) {
        let target = motion.apply(self.cursor, self.lines.len(), self.page);
        let forward = target > self.cursor || target == 0;
        let is_command = |position: &usize| matches!(self.lines[*position], Line::Command(_));
        let next =
            if forward { (target..self.lines.len()).find(is_command) } else { (0..=target).rev().find(is_command) };
        if let Some(position) = next {
            self.cursor = position;
        } else if !forward {
            // Above the first command there is only its heading.
            self.first = 0;
            return;
        }
        self.first = window(self.first, self.cursor, self.lines.len(), self.page);
        if self.cursor == 1 {
            self.first = 0;
        }
    }
}

impl Modal for Help {
    fn key(&mut self, _shell: &mut Shell, key: Key) -> Outcome {
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc | KeyCode::Char('?' | 'q') => return Outcome::Close,
            KeyCode::Enter => {
                if let Line::Command(command) = self.lines[self.cursor] {
                    return Outcome::Run(command);
                }
            }
            KeyCode::Down | KeyCode::Char('j') => self.move_by(Motion::Lines(1)),
            KeyCode::Up | KeyCode::Char('k') => self.move_by(Motion::Lines(-1)),
            KeyCode::PageDown => self.move_by(Motion::Pages(1)),
            KeyCode::PageUp => self.move_by(Motion::Pages(-1)),
            KeyCode::Char('d') if control => self.move_by(Motion::HalfPages(1)),
            KeyCode::Char('u') if control => self.move_by(Motion::HalfPages(-1)),
            KeyCode::Home | KeyCode::Char('g') => self.move_by(Motion::First),
            KeyCode::End | KeyCode::Char('G') => self.move_by(Motion::Last),
            _ => {}
        }
        Outcome::Stay
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let outer = self.outer(area);
        if dialog::is_outside(outer, position) {
            return Outcome::Close;
        }
        let row = self.first + usize::from(position.y.saturating_sub(dialog::inside(outer).y));
        if let Some(Line::Command(_)) = self.lines.get(row) {
            self.cursor = row;
        }
        Outcome::Stay
    }

    fn scroll(&mut self, _shell: &mut Shell, lines: isize) {
        self.move_by(Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let inner = dialog::open(frame, theme, self.outer(area), &self.title);
        let buffer = frame.buffer_mut();
        let keys = self.lines.iter().filter_map(|line| match line {
            Line::Command(command) => Some(fit::width(&command.shown_keys())),
            Line::Heading(_) | Line::Blank => None,
        });
        let column = keys.max().unwrap_or(0).min(inner.width / 3);
        let first = window(self.first, self.cursor, self.lines.len(), usize::from(inner.height));
        for (line, (row, content)) in (0..inner.height).zip(self.lines.iter().enumerate().skip(first)) {
            let mut pen = Pen::line(buffer, inner, line);
            match content {
                Line::Blank => {}
                Line::Heading(title) => {
                    pen.put(title, theme.heading);
                }
                Line::Command(command) => {
                    let selected = row == self.cursor;
                    pen.put(if selected { "▌ " } else { "  " }, theme.accent);
                    pen.column(&command.shown_keys(), column, theme.key).skip(2);
                    pen.put(command.doc, if selected { theme.strong } else { theme.text });
                }
            }
        }
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("enter", "run the line"), ("j k", "move"), ("esc", "close")]
    }
}
