//! Writing a line from left to right within its room.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::console::fit;

/// Writes on the first line of an area and never leaves it.
#[derive(Debug)]
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    pub fn new(buffer: &'a mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        let end = if area.height == 0 { area.x } else { area.right() };
        Self { buffer, x: area.x, y: area.y, end }
    }

    /// The `line`-th line of an area; nothing is written below its end.
    pub fn line(buffer: &'a mut Buffer, area: Rect, line: u16) -> Self {
        let height = area.height.saturating_sub(line).min(1);
        Self::new(buffer, Rect { y: area.y.saturating_add(line), height, ..area })
    }

    /// Columns left.
    pub const fn room(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }

    pub const fn position(&self) -> u16 {
        self.x
    }

    /// Writes the text, cut with an ellipsis where it does not fit.
    pub fn put(&mut self, text: &str, style: impl Into<Style>) -> &mut Self {
        let room = self.room();
        if room > 0 {
            let text = fit::truncate(text, room);
            (self.x, _) = self.buffer.set_stringn(self.x, self.y, text, usize::from(room), style);
        }
        self
    }

    /// Writes the text if all of it fits, else nothing.
    pub fn put_whole(&mut self, text: &str, style: impl Into<Style>) -> &mut Self {
        if fit::width(text) <= self.room() { self.put(text, style) } else { self }
    }

    /// Leaves columns free.
    pub fn skip(&mut self, columns: u16) -> &mut Self {
        self.x = self.x.saturating_add(columns).min(self.end);
        self
    }

    /// Writes into a column of that width and goes to its end.
    pub fn column(&mut self, text: &str, width: u16, style: impl Into<Style>) -> &mut Self {
        let start = self.x;
        let width = width.min(self.room());
        self.buffer.set_stringn(start, self.y, fit::truncate(text, width), usize::from(width), style);
        self.x = start + width;
        self
    }

    /// As [`Pen::column`], flush right.
    pub fn column_right(&mut self, text: &str, width: u16, style: impl Into<Style>) -> &mut Self {
        let width = width.min(self.room());
        let text = fit::truncate(text, width);
        self.skip(width - fit::width(&text));
        self.put(&text, style)
    }

    /// As [`Pen::column`], with the style on the padding too.
    pub fn block(&mut self, text: &str, width: u16, style: impl Into<Style> + Copy) -> &mut Self {
        let area = Rect { x: self.x, y: self.y, width: width.min(self.room()), height: 1 };
        self.column(text, width, style);
        self.buffer.set_style(area, style);
        self
    }

    /// As [`Pen::block`], flush right.
    pub fn block_right(&mut self, text: &str, width: u16, style: impl Into<Style> + Copy) -> &mut Self {
        let area = Rect { x: self.x, y: self.y, width: width.min(self.room()), height: 1 };
        self.column_right(text, width, style);
        self.buffer.set_style(area, style);
        self
    }

    /// Repeats a narrow character up to `until`.
    pub fn fill(&mut self, character: &str, until: u16, style: impl Into<Style>) -> &mut Self {
        let style = style.into();
        while self.x < until.min(self.end) {
            self.buffer.set_stringn(self.x, self.y, character, 1, style);
            self.x += 1;
        }
        self
    }

    /// Makes the rest of the line that much shorter and returns a pen for what was cut off.
    pub fn split_right(&mut self, width: u16) -> Pen<'_> {
        let width = width.min(self.room());
        self.end -= width;
        Pen { buffer: self.buffer, x: self.end, y: self.y, end: self.end + width }
    }
}
