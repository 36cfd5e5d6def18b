//! Values on the screen: JSON broken to a width with each token in the colour of its kind, and text
//! with its own lines.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::Value;

use super::cell::clean;
use crate::console::{
    fit,
    theme::{Paint, Theme},
    widget::Pen,
};

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Brackets, commas, and space.
    Plain,
    Key,
    Text,
    Number,
    /// `true`, `false` and `null`.
    Literal,
}

impl Token {
    const fn paint(self, theme: &Theme) -> Paint {
        match self {
            Self::Plain => theme.text,
            Self::Key => theme.json_key,
            Self::Text => theme.json_string,
            Self::Number => theme.json_number,
            Self::Literal => theme.json_literal,
        }
    }
}

/// One line, part by part.
#[derive(Clone, Debug, PartialEq)]
pub struct Line(Vec<(Token, String)>);

impl Line {
    pub fn view(&self, theme: &Theme, line: Rect, buffer: &mut Buffer) {
        let mut pen = Pen::new(buffer, line);
        for (token, text) in &self.0 {
            pen.put(text, token.paint(theme));
        }
    }

    #[cfg(test)]
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// JSON as people read it, in lines of at most so many columns.
pub fn json(value: &Value, width: u16) -> Vec<Line> {
    let pretty = serde_json::to_string_pretty(value).expect("a JSON value has string keys");
    pretty.lines().flat_map(|line| broken(&clean(line), width)).collect()
}

/// Text in its own lines, each broken to so many columns.
pub fn text(text: &str, width: u16) -> Vec<Line> {
    let line = |line: &str| {
        let line = clean(line);
        let mut rest = &*line;
        let mut lines = Vec::new();
        loop {
            let (begin, end) = rest.split_at(end_of(rest, width.max(2)));
            lines.push(Line(vec![(Token::Plain, begin.to_owned())]));
            rest = end;
            if rest.is_empty() {
                return lines;
            }
        }
    };
    text.split('\n').flat_map(line).collect()
}

/// One line of pretty JSON on as many lines as it takes; what goes on below is indented.
fn broken(line: &str, width: u16) -> Vec<Line> {
    let indent = line.len() - line.trim_start().len();
    let tokens = tokens(line, indent);
    let mut lines = Vec::new();
    let mut start = 0;
    loop {
        let hanging = if start == 0 { 0 } else { indent + 2 };
        let room = width.saturating_sub(u16::try_from(hanging).unwrap_or(u16::MAX)).max(8);
        let end = start + end_of(&line[start..], room);
        let mut parts = vec![(Token::Plain, " ".repeat(hanging))];
        for (token, range) in &tokens {
            let range = range.start.max(start)..range.end.min(end);
            if !range.is_empty() {
                parts.push((*token, line[range].to_owned()));
            }
        }
        parts.retain(|(_, text)| !text.is_empty());
        lines.push(Line(parts));
        start = end;
        if start == line.len() {
            return lines;
        }
    }
}

/// The parts of a line of pretty JSON: indentation, a key, a value, a comma.
fn tokens(line: &str, indent: usize) -> Vec<(Token, Range<usize>)> {
    let mut tokens = vec![(Token::Plain, 0..indent)];
    let mut at = indent;
    if let Some((_, end)) = scalar(&line[at..]).filter(|(_, end)| line[at + end..].starts_with(':')) {
        tokens.push((Token::Key, at..at + end));
        let behind = (at + end + 2).min(line.len());
        tokens.push((Token::Plain, at + end..behind));
        at = behind;
    }
    if let Some((token, end)) = scalar(&line[at..]) {
        tokens.push((token, at..at + end));
        at += end;
    }
    tokens.push((Token::Plain, at..line.len()));
    tokens
}

/// The kind and the length of the value that is no object and no array at the beginning of a text.
fn scalar(text: &str) -> Option<(Token, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let token = match values.next()?.ok()? {
        Value::String(_) => Token::Text,
        Value::Number(_) => Token::Number,
        Value::Bool(_) | Value::Null => Token::Literal,
        Value::Array(_) | Value::Object(_) => return None,
    };
    Some((token, values.byte_offset()))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_values_go_on_below_and_tokens_are_told_apart() {
        let value = json!({"a": "x".repeat(30), "list": ["b: c", 4, null], "日": "語", "e": {}});
        let lines = super::json(&value, 20);
        let texts: Vec<_> = lines.iter().map(Line::text).collect();
        assert_eq!(texts[1], r#"  "a": "xxxxxxxxxxxx"#);
        assert_eq!(texts[2], "    xxxxxxxxxxxxxxxx");
        let of = |token| -> Vec<_> {
            let parts = lines.iter().flat_map(|line| &line.0).filter(|(other, _)| *other == token);
            parts.map(|(_, text)| text.trim().to_owned()).collect()
        };
        assert_eq!(of(Token::Key), ["\"a\"", "\"list\"", "\"日\"", "\"e\""]);
        assert_eq!((of(Token::Number), of(Token::Literal)), (vec!["4".to_owned()], vec!["null".to_owned()]));
        assert_eq!(of(Token::Text)[1..], ["xxxxxxxxxxxxxxxx", "xx\"", "\"b: c\"", "\"語\""]);
        assert!(texts.iter().all(|text| fit::width(text) <= 20));
    }

    #[test]
    fn text_keeps_its_own_lines_and_no_character_is_cut() {
        let lines = super::text("one two three\n\n  日本語日本語\u{1b}[31m", 8);
        let texts: Vec<_> = lines.iter().map(Line::text).collect();
        assert_eq!(texts, ["one two ", "three", "", "  日本語", "日本語 ", "[31m"]);
        assert_eq!(super::text("日本", 1).len(), 2);
    }
}
