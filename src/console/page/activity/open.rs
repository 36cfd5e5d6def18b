//! A line opened whole: the sentence, and the line as the server has it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::words;
use crate::{
    console::{
        fit,
        motion::Motion,
        shell::Shell,
        widget::{Pen, highlight},
    },
    domain::api::Activity,
};

const INSET: u16 = 3;

#[derive(Debug)]
pub struct Open {
    pub line: Activity,
    /// The first line of the screen that is visible.
    first: usize,
}

impl Open {
    pub const fn new(line: Activity) -> Self {
        Self { line, first: 0 }
    }

    pub fn move_by(&mut self, motion: Motion, area: Rect) {
        let (said, json) = self.lines(area);
        let height = usize::from(area.height);
        let ends = (said.len() + 1 + json.len()).saturating_sub(height) + 1;
        self.first = motion.apply(self.first, ends, height);
    }

    pub fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let (said, json) = self.lines(area);
        let lines = said.len() + 1 + json.len();
        let first = self.first.min(lines.saturating_sub(usize::from(area.height)));
        for (y, line) in (0..area.height).zip(first..lines) {
            let place = Rect { x: area.x + INSET, y: area.y + y, width: width(area), height: 1 }.intersection(area);
            if let Some(text) = said.get(line) {
                Pen::new(buffer, place).put(text, shell.theme.strong);
            } else if let Some(json) = line.checked_sub(said.len() + 1).and_then(|line| json.get(line)) {
                json.view(&shell.theme, place, buffer);
            }
        }
    }

    /// The sentence and the JSON, broken to the width there is.
    fn lines(&self, area: Rect) -> (Vec<String>, Vec<highlight::Line>) {
        (fit::wrap(&words::sentence(&self.line), width(area)), highlight::json(&json(&self.line), width(area)))
    }
}

const fn width(area: Rect) -> u16 {
    area.width.saturating_sub(INSET + 1)
}

/// The line as JSON, as people read and paste it.
pub fn json(line: &Activity) -> String {
    serde_json::to_string_pretty(line).expect("a line of activity has string keys")
}
