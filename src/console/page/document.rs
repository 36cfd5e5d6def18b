//! A text opened whole: broken to the width there is, JSON in its colours, and scrolled.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use serde::Serialize;

use crate::console::{
    fit::{self, clean},
    motion::Motion,
    shell::Shell,
    theme::Theme,
    widget::Pen,
};

/// As far in as the rows of a list.
const INSET: u16 = 3;
const TAB: &str = "    ";
/// How far in a line goes on that was broken.
const HANGING: usize = 2;
/// Beyond this a line goes on without being pushed in as far as it began.
const DEEPEST: usize = 24;

#[derive(Debug)]
pub struct Document {
    source: String,
    is_json: bool,
    lines: Vec<Line>,
    /// The width that the lines were broken for.
    width: u16,
    first: usize,
}

#[derive(Debug)]
struct Line {
    text: String,
    /// Where each stretch of one colour ends.
    stretches: Vec<(usize, Token)>,
}

/// What a stretch of JSON is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Name,
    Text,
    /// A number, true, false or null.
    Literal,
    Mark,
}

impl Token {
    fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Name => theme.accent.0,
            Self::Text => theme.text.0,
            Self::Literal => theme.strong.0,
            Self::Mark => theme.muted.0,
        }
    }
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
            self.lines = broken(&self.source, self.is_json, area.width.saturating_sub(INSET + 1));
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
        let height = usize::from(area.height);
        let last = (self.first + height).min(self.lines.len());
        (self.lines.len() > height).then(|| format!("lines {}-{last} of {}", self.first + 1, self.lines.len()))
    }

    pub fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        for (y, Line { text, stretches }) in (0..area.height).zip(self.lines.iter().skip(self.first)) {
            let mut pen = Pen::line(buffer, area, y);
            pen.skip(INSET);
            let mut start = 0;
            for (end, token) in stretches {
                pen.put(&text[start..*end], token.style(&shell.theme));
                start = *end;
            }
        }
    }

    fn scroll_to(&mut self, first: usize, area: Rect) {
        self.first = first.min(self.lines.len().saturating_sub(usize::from(area.height)));
    }
}

fn broken(source: &str, is_json: bool, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in source.lines() {
        let line = line.replace('\t', TAB);
        let line = clean(&line);
        let tokens = if is_json { tokens(&line) } else { vec![(line.len(), Token::Text)] };
        let indent = if is_json { line.len() - line.trim_start().len() } else { 0 };
        let hanging = if is_json { indent.min(DEEPEST) + HANGING } else { 0 };
        let mut start = 0;
        loop {
            let pushed = if start == 0 { 0 } else { hanging };
            let room = width.saturating_sub(u16::try_from(pushed).unwrap_or(u16::MAX)).max(8);
            let end = start + end_of(&line[start..], room);
            let text = format!("{}{}", " ".repeat(pushed), &line[start..end]);
            let here = tokens.iter().filter(|(token_end, _)| *token_end > start);
            let stretches = here.scan(false, |done, (token_end, token)| {
                (!std::mem::replace(done, *token_end >= end))
                    .then_some(((*token_end).min(end) - start + pushed, *token))
            });
            lines.push(Line { stretches: stretches.collect(), text });
            start = end;
            if start >= line.len() {
                break;
            }
        }
    }
    lines
}

/// Where the tokens of a line of JSON end. What is cut off or no JSON at all has tokens too.
fn tokens(line: &str) -> Vec<(usize, Token)> {
    let bytes = line.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let token = match bytes[at] {
            b'"' => {
                at = end_of_text(bytes, at);
                let after = line[at..].trim_start();
                if after.starts_with(':') { Token::Name } else { Token::Text }
            }
            byte if is_literal(byte) => {
                at += bytes[at..].iter().take_while(|byte| is_literal(**byte)).count();
                Token::Literal
            }
            _ => {
                at += bytes[at..].iter().take_while(|byte| **byte != b'"' && !is_literal(**byte)).count();
                Token::Mark
            }
        };
        debug_assert!(at > start, "every token takes something");
        tokens.push((at, token));
    }
    tokens
}

const fn is_literal(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
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

    fn stretches(line: &Line) -> Vec<(&str, Token)> {
        let mut start = 0;
        let cut = line.stretches.iter().map(|(end, token)| {
            let text = &line.text[start..*end];
            start = *end;
            (text, *token)
        });
        cut.collect()
    }

    #[test]
    fn names_texts_and_literals_are_told_apart() {
        let document = broken(r#"  "a\"b": ["x: y", -1.5e3, null],"#, true, 60);
        assert_eq!(
            stretches(&document[0]),
            [
                ("  ", Token::Mark),
                (r#""a\"b""#, Token::Name),
                (": [", Token::Mark),
                (r#""x: y""#, Token::Text),
                (", ", Token::Mark),
                ("-1.5e3", Token::Literal),
                (", ", Token::Mark),
                ("null", Token::Literal),
                ("],", Token::Mark),
            ]
        );
    }

    #[test]
    fn long_lines_go_on_below_in_their_colours() {
        let json = json!({"a": "x".repeat(30), "日": "語"});
        let lines = broken(&serde_json::to_string_pretty(&json).expect("JSON"), true, 20);
        assert_eq!(lines[1].text, r#"  "a": "xxxxxxxxxxxx"#);
        assert_eq!(lines[2].text, "    xxxxxxxxxxxxxxxx");
        assert_eq!(stretches(&lines[2]), [("    xxxxxxxxxxxxxxxx", Token::Text)]);
        assert_eq!(stretches(&lines[3]), [("    xx\"", Token::Text), (",", Token::Mark)]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn whatever_it_is_nothing_of_it_is_lost(text in "[\\PC\"\\\\:{}\\[\\]0-9 ]{0,80}", width in 0u16..60) {
            for is_json in [false, true] {
                let lines = broken(&text, is_json, width);
                let mut shown = String::new();
                for line in &lines {
                    proptest::prop_assert_eq!(line.stretches.last().map_or(0, |(end, _)| *end), line.text.len());
                    shown.extend(line.text.chars().filter(|c| !c.is_whitespace()));
                }
                let whole: String = clean(&text).chars().filter(|c| !c.is_whitespace()).collect();
                proptest::prop_assert_eq!(shown, whole);
            }
        }
    }
}
