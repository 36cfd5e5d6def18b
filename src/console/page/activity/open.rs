//! A line opened whole: the sentence, and the line as the server has it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::words;
use crate::{
    console::{fit, motion::Motion, shell::Shell, widget::Pen},
    domain::api::Activity,
};

const INSET: u16 = 3;

#[derive(Debug)]
pub struct Open {
    pub line: Activity,
    first: usize,
}

impl Open {
    pub const fn new(line: Activity) -> Self {
        Self { line, first: 0 }
    }

    pub fn move_by(&mut self, motion: Motion, area: Rect) {
        let height = usize::from(area.height);
        let ends = self.lines(area.width).len().saturating_sub(height) + 1;
        self.first = motion.apply(self.first, ends, height);
    }

    pub fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let lines = self.lines(area.width);
        let first = self.first.min(lines.len().saturating_sub(usize::from(area.height)));
        for (y, (text, is_said)) in (0..area.height).zip(&lines[first..]) {
            let style = if *is_said { theme.strong } else { theme.text };
            Pen::line(buffer, area, y).skip(INSET).put(text, style);
        }
    }

    /// The lines for a width, and whether each belongs to the sentence.
    fn lines(&self, width: u16) -> Vec<(String, bool)> {
        let width = width.saturating_sub(INSET + 1);
        let line = &self.line;
        let mut lines: Vec<_> = fit::wrap(&words::sentence(line), width).into_iter().map(|text| (text, true)).collect();
        lines.push((String::new(), false));
        for text in json(line).lines() {
            // What is set in stays set in where a line is broken.
            let inset = text.len() - text.trim_start().len();
            let broken = fit::wrap(text, width.saturating_sub(u16::try_from(inset).unwrap_or(0)));
            lines.extend(broken.into_iter().map(|text| (format!("{:inset$}{text}", ""), false)));
        }
        lines
    }
}

/// The line as JSON, as people read and paste it.
pub fn json(line: &Activity) -> String {
    serde_json::to_string_pretty(line).expect("a line of activity has string keys")
}
