//! A text opened whole: broken to the width there is, JSON in its colours, and scrolled.

use ratatui::{buffer::Buffer, layout::Rect};
use serde::Serialize;

use crate::console::{
    fit,
    motion::Motion,
    shell::Shell,
    widget::highlight::{self, Line},
};

/// As far in as the rows of a list.
const INSET: u16 = 3;

#[derive(Debug)]
pub struct Document {
    source: String,
    is_json: bool,
    lines: Vec<Line>,
    /// The width that the lines were broken for.
    width: u16,
    first: usize,
}

impl Document {
    /// Something of the API, as people read and paste it.
    pub fn resource(resource: &impl Serialize) -> Self {
        Self::json(serde_json::to_string_pretty(resource).expect("a resource has string keys"))
    }

    /// JSON as it is, which may be cut off.
    pub const fn json(source: String) -> Self {
        Self { source, is_json: true, lines: Vec::new(), width: 0, first: 0 }
    }

    pub const fn text(source: String) -> Self {
        Self { source, is_json: false, lines: Vec::new(), width: 0, first: 0 }
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// Takes over what it has become; the place in it stays.
    pub fn renew(&mut self, other: Self) {
        if self.source != other.source {
            *self = Self { first: self.first, ..other };
        }
    }

    /// Breaks the lines for the area.
    pub fn fit(&mut self, area: Rect) {
        if self.width != area.width {
            self.width = area.width;
            let width = area.width.saturating_sub(INSET + 1);
            let broken = if self.is_json { highlight::json } else { highlight::text };
            self.lines = broken(&self.source, width);
        }
        self.scroll_to(self.first, area);
    }

    pub fn move_by(&mut self, motion: Motion, area: Rect) {
        let height = usize::from(area.height);
        let ends = self.lines.len().saturating_sub(height) + 1;
        self.scroll_to(motion.apply(self.first, ends, height), area);
    }

    /// `lines 1-20 of 64`, where not all of it is on the screen.
    pub fn extent(&self, area: Rect) -> Option<String> {
        let extent = fit::extent(self.first, usize::from(area.height), self.lines.len())?;
        Some(format!("lines {extent}"))
    }

    pub fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let inside = Rect { x: area.x + INSET.min(area.width), width: area.width.saturating_sub(INSET), ..area };
        for (y, line) in (0..area.height).zip(self.lines.iter().skip(self.first)) {
            line.view(&shell.theme, Rect { y: area.y + y, height: 1, ..inside }, buffer);
        }
    }

    fn scroll_to(&mut self, first: usize, area: Rect) {
        self.first = first.min(self.lines.len().saturating_sub(usize::from(area.height)));
    }
}
