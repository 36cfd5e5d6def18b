//! Text of several lines that is typed.

use crossterm::event::KeyCode;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{Field, Pen};
use crate::console::{key::Key, theme::Theme};

/// Its lines, one of which has the cursor.
#[derive(Clone, Debug)]
pub struct TextArea {
    lines: Vec<Field>,
    line: usize,
}

impl Default for TextArea {
    fn default() -> Self {
        Self::new("")
    }
}

impl TextArea {
    /// With the cursor at the beginning.
    pub fn new(text: &str) -> Self {
        let mut lines: Vec<_> = text.split('\n').map(|line| Field::new(line.trim_end_matches('\r'))).collect();
        if let Some(first) = lines.first_mut() {
            first.set_cursor(0);
        }
        Self { lines, line: 0 }
    }

    pub fn text(&self) -> String {
        self.lines.iter().map(Field::text).collect::<Vec<_>>().join("\n")
    }

    /// Handles a key. Returns whether it was one for a text: moving up from the first line is not.
    pub fn key(&mut self, key: Key) -> bool {
        let column = self.lines[self.line].cursor();
        let length = self.lines[self.line].text().chars().count();
        let last = self.line + 1 == self.lines.len();
        match key.code {
            KeyCode::Enter => self.split(),
            KeyCode::Up if self.line > 0 => self.go_to(self.line - 1, column),
            KeyCode::Down if !last => self.go_to(self.line + 1, column),
            KeyCode::Up | KeyCode::Down => return false,
            KeyCode::Left if key.modifiers.is_empty() && column == 0 && self.line > 0 => {
                self.go_to(self.line - 1, usize::MAX);
            }
            KeyCode::Right if key.modifiers.is_empty() && column == length && !last => self.go_to(self.line + 1, 0),
            KeyCode::Backspace if column == 0 && self.line > 0 => {
                self.line -= 1;
                self.join();
            }
            KeyCode::Delete if column == length && !last => self.join(),
            _ => return self.lines[self.line].key(key),
        }
        true
    }

    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "  ");
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.split();
            }
            self.lines[self.line].paste(line);
        }
    }

    /// Draws the lines around the cursor and returns where that is.
    pub fn view(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let height = usize::from(area.height);
        let first = (self.line + 1).saturating_sub(height);
        let mut cursor = None;
        for y in 0..area.height {
            let line = Rect { y: area.y + y, height: 1, ..area };
            let index = first + usize::from(y);
            buffer.set_style(line.intersection(buffer.area), theme.input.0);
            if index == self.line {
                cursor = self.lines[index].view(theme, line, buffer);
            } else if let Some(field) = self.lines.get(index) {
                Pen::new(buffer, line).put(field.text(), theme.input);
            }
        }
        cursor
    }

    fn go_to(&mut self, line: usize, column: usize) {
        self.line = line;
        let length = self.lines[line].text().chars().count();
        self.lines[line].set_cursor(column.min(length));
    }

    /// Breaks the line at the cursor.
    fn split(&mut self) {
        let end = self.lines[self.line].cut_off();
        self.lines.insert(self.line + 1, Field::new(&end));
        self.go_to(self.line + 1, 0);
    }

    /// Joins the next line to the one with the cursor, which stays where they meet.
    fn join(&mut self) {
        let next = self.lines.remove(self.line + 1);
        let field = &mut self.lines[self.line];
        let length = field.text().chars().count();
        *field = Field::new(&format!("{}{}", field.text(), next.text()));
        field.set_cursor(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(text: &mut TextArea, keys: &str) {
        for key in keys.split(' ') {
            text.key(Key::parse(key).expect("a key"));
        }
    }

    #[test]
    fn lines_are_broken_and_joined_at_the_cursor() {
        let mut text = TextArea::new("ab\ncd");
        press(&mut text, "right enter");
        assert_eq!(text.text(), "a\nb\ncd");
        press(&mut text, "backspace end enter x down home backspace");
        assert_eq!(text.text(), "ab\nxcd");
        press(&mut text, "left left");
        assert_eq!((text.line, text.lines[0].cursor()), (0, 2), "over the beginning to the end before it");
    }

    #[test]
    fn the_cursor_leaves_only_over_the_first_and_the_last_line() {
        let mut text = TextArea::new("a\nb");
        let up = Key::parse("up").expect("a key");
        let down = Key::parse("down").expect("a key");
        assert!(!text.key(up) && text.key(down) && !text.key(down) && text.key(up));
    }

    #[test]
    fn a_paste_keeps_its_lines() {
        let mut text = TextArea::new("{}");
        press(&mut text, "right");
        text.paste("\r\n\t\"a\": 1,\r\n");
        assert_eq!(text.text(), "{\n  \"a\": 1,\n}");
    }
}
