//! A row opened whole: pretty JSON, broken to the width there is.

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::Value;

use super::cell::clean;
use crate::{
    console::{fit, motion::Motion, shell::Shell, widget::Pen},
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

#[derive(Debug)]
struct Line {
    text: String,
    /// Where the name of the field begins and ends.
    name: (usize, usize),
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
            self.lines = broken(&self.json(), area.width.saturating_sub(INSET + 1));
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
        let theme = &shell.theme;
        for (line, Line { text, name: (start, end) }) in (0..area.height).zip(self.lines.iter().skip(self.first)) {
            let mut pen = Pen::line(buffer, area, line);
            pen.skip(INSET).put(&text[..*start], theme.text).put(&text[*start..*end], theme.accent);
            pen.put(&text[*end..], theme.text);
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

fn broken(json: &str, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in json.lines() {
        let line = clean(line);
        let indent = line.len() - line.trim_start().len();
        let name = name(&line[indent..]);
        let mut rest = &*line;
        let mut begin = true;
        loop {
            let hanging = if begin { 0 } else { indent + 2 };
            let room = width.saturating_sub(u16::try_from(hanging).unwrap_or(u16::MAX)).max(8);
            let end = end_of(rest, room);
            let text = format!("{}{}", " ".repeat(hanging), &rest[..end]);
            let name = if begin { (indent.min(text.len()), (indent + name).min(text.len())) } else { (0, 0) };
            lines.push(Line { text, name });
            rest = &rest[end..];
            begin = false;
            if rest.is_empty() {
                break;
            }
        }
    }
    lines
}

/// Where a line of that many columns ends: behind a space, if there is one near.
fn end_of(text: &str, room: u16) -> usize {
    if text.len() <= usize::from(room) {
        return text.len();
    }
    let mut columns = 0;
    let past = text.char_indices().find(|(_, character)| {
        columns += fit::width(character.encode_utf8(&mut [0; 4]));
        columns > room
    });
    let Some((end, _)) = past else { return text.len() };
    let space = text[..end].rfind(' ').map(|space| space + 1);
    space.filter(|space| *space > end * 2 / 3).unwrap_or(end)
}

/// How long the name at the beginning of a line of JSON is; a value has none.
fn name(line: &str) -> usize {
    let mut values = serde_json::Deserializer::from_str(line).into_iter::<Value>();
    match values.next() {
        Some(Ok(Value::String(_))) if line[values.byte_offset()..].starts_with(':') => values.byte_offset(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_values_go_on_below_and_names_are_told_from_values() {
        let json = json!({"a": "x".repeat(30), "list": ["b: c"], "日": "語"});
        let lines = broken(&serde_json::to_string_pretty(&json).expect("JSON"), 20);
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts[1], r#"  "a": "xxxxxxxxxxxx"#);
        assert_eq!(texts[2], "    xxxxxxxxxxxxxxxx");
        let names: Vec<_> =
            lines.iter().map(|line| &line.text[line.name.0..line.name.1]).filter(|n| !n.is_empty()).collect();
        assert_eq!(names, ["\"a\"", "\"list\"", "\"日\""]);
        assert!(texts.iter().all(|text| fit::width(text) <= 20));
    }
}
