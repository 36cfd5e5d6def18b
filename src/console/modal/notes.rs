//! `m`: what was said, for whoever looked away, in full.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    fit,
    key::Key,
    motion::Motion,
    shell::Shell,
    theme::{Paint, Theme},
    toast::Tone,
    widget::Pen,
};

const WIDTH: u16 = 76;
/// Columns of the time and the gap behind it.
const TIME: u16 = 10;

#[derive(Debug)]
pub struct Notes {
    lines: Vec<Line>,
    first: usize,
    page: usize,
}

#[derive(Debug)]
struct Line {
    /// Only before the first line of a note.
    time: String,
    text: String,
    tone: Tone,
}

impl Notes {
    pub fn new(shell: &Shell) -> Self {
        let width = WIDTH.min(shell.modal_area().width.saturating_sub(4)).saturating_sub(TIME);
        let mut lines = Vec::new();
        for (at, toast) in shell.toasts.said() {
            let mut time = shell.zone.format(*at, "%H:%M:%S");
            for text in fit::wrap(&toast.sentence(), width) {
                lines.push(Line { time: std::mem::take(&mut time), text, tone: toast.tone });
            }
        }
        let page = usize::from(Self::rows(shell.modal_area(), lines.len()));
        Self { lines, first: 0, page }
    }

    fn rows(area: Rect, lines: usize) -> u16 {
        u16::try_from(lines).unwrap_or(u16::MAX).clamp(1, area.height.saturating_sub(2).max(1))
    }

    fn outer(&self, area: Rect) -> Rect {
        dialog::place(area, WIDTH, Self::rows(area, self.lines.len()))
    }

    fn move_by(&mut self, motion: Motion) {
        let last = self.lines.len().saturating_sub(self.page);
        self.first = motion.apply(self.first, last + 1, self.page);
    }
}

impl Modal for Notes {
    fn key(&mut self, _shell: &mut Shell, key: Key) -> Outcome {
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('m' | 'q') => return Outcome::Close,
            KeyCode::Down | KeyCode::Char('j') => self.move_by(Motion::Lines(1)),
            KeyCode::Up | KeyCode::Char('k') => self.move_by(Motion::Lines(-1)),
            KeyCode::Char('d') if control => self.move_by(Motion::HalfPages(1)),
            KeyCode::Char('u') if control => self.move_by(Motion::HalfPages(-1)),
            KeyCode::PageDown => self.move_by(Motion::Pages(1)),
            KeyCode::PageUp => self.move_by(Motion::Pages(-1)),
            KeyCode::Home | KeyCode::Char('g') => self.move_by(Motion::First),
            KeyCode::End | KeyCode::Char('G') => self.move_by(Motion::Last),
            _ => {}
        }
        Outcome::Stay
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(self.outer(area), position) { Outcome::Close } else { Outcome::Stay }
    }

    fn scroll(&mut self, _shell: &mut Shell, lines: isize) {
        self.move_by(Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let outer = self.outer(area);
        let inner = dialog::open(frame, theme, outer, "Notes");
        let buffer = frame.buffer_mut();
        let extent = fit::extent(self.first, usize::from(inner.height), self.lines.len());
        dialog::extent(buffer, theme, outer, extent);
        if self.lines.is_empty() {
            Pen::new(buffer, inner).put("nothing was said yet", theme.muted);
        }
        for (line, content) in (0..inner.height).zip(self.lines.iter().skip(self.first)) {
            Pen::line(buffer, inner, line)
                .column(&content.time, TIME, theme.muted)
                .put(&content.text, paint(theme, content.tone));
        }
    }

    fn is_only_read(&self) -> bool {
        true
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("j k", "move"), ("esc", "close")]
    }
}

const fn paint(theme: &Theme, tone: Tone) -> Paint {
    match tone {
        Tone::Info | Tone::Success => theme.text,
        Tone::Warning => theme.warning,
        Tone::Error => theme.error,
    }
}
