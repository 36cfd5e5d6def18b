//! The first line of a page: its name, how much it lists, the filter, and a button.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    fit,
    theme::{Paint, Theme},
    widget::Pen,
};

/// Below this the button is its short form.
const ROOMY: u16 = 56;

#[derive(Debug)]
pub struct Title<'a> {
    pub name: &'a str,
    /// How much is listed.
    pub count: String,
    pub filter: &'a str,
    /// What has to be said of what is listed.
    pub note: Option<(String, Paint)>,
    pub button: Option<Button>,
}

#[derive(Clone, Copy, Debug)]
pub struct Button {
    pub text: &'static str,
    pub short: &'static str,
}

impl Button {
    const fn shown(self, line: Rect) -> &'static str {
        if line.width >= ROOMY { self.text } else { self.short }
    }

    pub fn area(self, line: Rect) -> Rect {
        let width = fit::width(self.shown(line));
        Rect { x: line.right().saturating_sub(width + 1), width, ..line }.intersection(line)
    }
}

impl Title<'_> {
    pub fn view(&self, theme: &Theme, line: Rect, buffer: &mut Buffer) {
        let mut end = line.right();
        if let Some(button) = self.button {
            let area = button.area(line);
            Pen::new(buffer, area).put(button.shown(line), theme.accent);
            end = area.x;
        }
        let room = Rect { width: end.saturating_sub(line.x + 1), ..line };
        let mut pen = Pen::new(buffer, room);
        pen.skip(1).put(self.name, theme.strong).skip(2).put(&self.count, theme.muted);
        if !self.filter.is_empty() {
            pen.skip(2).put(&format!("/{}", self.filter), theme.accent);
        }
        if let Some((note, style)) = &self.note {
            pen.skip(2).put(note, *style);
        }
    }
}
