//! A row opened whole: pretty JSON, broken to the width there is.

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::Value;

use super::highlight::{self, Line};
use crate::{
    console::{motion::Motion, shell::Shell},
    domain::api::Record,
};

const INSET: u16 = 3;

#[derive(Debug)]
pub struct OpenRecord {
    content: Record,
    lines: Vec<Line>,
    /// The width that the lines were broken for.
    width: u16,
    first: usize,
    /// It is no longer in the table.
    lost: bool,
}

impl OpenRecord {
    pub const fn new(content: Record) -> Self {
        Self { content, lines: Vec::new(), width: 0, first: 0, lost: false }
    }

    pub const fn content(&self) -> &Record {
        &self.content
    }

    pub fn json(&self) -> String {
        pretty(&self.content)
    }

    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    pub const fn lose(&mut self) {
        self.lost = true;
    }

    /// Takes over what was written to it; the place in it stays.
    pub fn renew(&mut self, content: &Record) {
        self.lost = false;
        if self.content != *content {
            self.content.clone_from(content);
            // The lines are broken anew before they are drawn.
            self.width = 0;
        }
    }

    /// Breaks the lines for the area.
    pub fn fit(&mut self, area: Rect) {
        if self.width != area.width {
            self.width = area.width;
            let width = area.width.saturating_sub(INSET + 1);
            self.lines = highlight::json(&Value::Object(self.content.clone()), width);
        }
        self.scroll_to(self.first, area);
    }

    pub fn move_by(&mut self, motion: Motion, area: Rect) {
        let height = usize::from(area.height);
        let ends = self.lines.len().saturating_sub(height) + 1;
        self.scroll_to(motion.apply(self.first, ends, height), area);
    }

    /// `1-20 of 64 lines`, where not all of it is on the screen.
    pub fn extent(&self, area: Rect) -> Option<String> {
        let height = usize::from(area.height);
        let last = (self.first + height).min(self.lines.len());
        (self.lines.len() > height).then(|| format!("lines {}-{last} of {}", self.first + 1, self.lines.len()))
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

/// The row as people read and paste it.
pub fn pretty(record: &Record) -> String {
    serde_json::to_string_pretty(record).expect("a JSON object has string keys")
}
