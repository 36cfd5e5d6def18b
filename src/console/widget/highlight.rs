//! Values on the screen: text broken to a width with its own lines, JSON with each token in the
//! colour of its kind. What is cut off or no JSON at all has tokens too.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Pen;
use crate::console::{
    fit::{self, clean},
    theme::{Paint, Theme},
};

const TAB: &str = "    ";
/// How far in a line goes on that was broken.
const HANGING: usize = 2;
/// Beyond this a line goes on without being pushed in as far as it began.
const DEEPEST: usize = 24;

/// One line as there is room for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    text: String,
    /// Where each stretch of one colour ends.
    stretches: Vec<(usize, Token)>,
}

/// What a stretch of JSON is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// Brackets, commas, and space; text that is no JSON.
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

impl Line {
    pub fn view(&self, theme: &Theme, line: Rect, buffer: &mut Buffer) {
        let mut pen = Pen::new(buffer, line);
        let mut start = 0;
        for (end, token) in &self.stretches {
            pen.put(&self.text[start..*end], token.paint(theme));
            start = *end;
        }
    }
}

/// JSON in lines of at most so many columns.
pub fn json(source: &str, width: u16) -> Vec<Line> {
    let line = |line: &str| {
        let line = clean(line);
        let indent = line.len() - line.trim_start().len();
        broken(&line, &tokens(&line), indent.min(DEEPEST) + HANGING, width)
    };
    source.lines().flat_map(line).collect()
}

/// Text in its own lines, each broken to so many columns.
pub fn text(source: &str, width: u16) -> Vec<Line> {
    let line = |line: &str| {
        let line = line.replace('\t', TAB);
        let line = clean(&line);
        broken(&line, &[(line.len(), Token::Plain)], 0, width)
    };
    source.lines().flat_map(line).collect()
}

/// One line on as many as it takes; what goes on below is pushed in.
fn broken(line: &str, tokens: &[(usize, Token)], hanging: usize, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    loop {
        let pushed = if start == 0 { 0 } else { hanging };
        let room = width.saturating_sub(u16::try_from(pushed).unwrap_or(u16::MAX)).max(8);
        let end = start + end_of(&line[start..], room);
        let text = format!("{}{}", " ".repeat(pushed), &line[start..end]);
        let here = tokens.iter().filter(|(token_end, _)| *token_end > start);
        let stretches = here.scan(false, |done, (token_end, token)| {
            (!std::mem::replace(done, *token_end >= end)).then_some(((*token_end).min(end) - start + pushed, *token))
        });
        lines.push(Line { stretches: stretches.collect(), text });
        start = end;
        if start >= line.len() {
            return lines;
        }
    }
}

/// Where the tokens of a line of JSON end.
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
                if after.starts_with(':') { Token::Key } else { Token::Text }
            }
            byte if is_literal(byte) => {
                at += bytes[at..].iter().take_while(|byte| is_literal(**byte)).count();
                if byte == b'-' || byte.is_ascii_digit() { Token::Number } else { Token::Literal }
            }
            _ => {
                at += bytes[at..].iter().take_while(|byte| **byte != b'"' && !is_literal(**byte)).count();
                Token::Plain
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
    fn keys_texts_numbers_and_literals_are_told_apart() {
        let document = super::json(r#"  "a\"b": ["x: y", -1.5e3, null],"#, 60);
        assert_eq!(
            stretches(&document[0]),
            [
                ("  ", Token::Plain),
                (r#""a\"b""#, Token::Key),
                (": [", Token::Plain),
                (r#""x: y""#, Token::Text),
                (", ", Token::Plain),
                ("-1.5e3", Token::Number),
                (", ", Token::Plain),
                ("null", Token::Literal),
                ("],", Token::Plain),
            ]
        );
    }

    #[test]
    fn long_lines_go_on_below_in_their_colours() {
        let json = json!({"a": "x".repeat(30), "日": "語"});
        let lines = super::json(&serde_json::to_string_pretty(&json).expect("JSON"), 20);
        assert_eq!(lines[1].text, r#"  "a": "xxxxxxxxxxxx"#);
        assert_eq!(lines[2].text, "    xxxxxxxxxxxxxxxx");
        assert_eq!(stretches(&lines[2]), [("    xxxxxxxxxxxxxxxx", Token::Text)]);
        assert_eq!(stretches(&lines[3]), [("    xx\"", Token::Text), (",", Token::Plain)]);
    }

    #[test]
    fn text_keeps_its_own_lines_and_no_character_is_cut() {
        let lines = super::text("one two three\n\n  日本語日本語\u{1b}[31m\n\tx", 8);
        let texts: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["one two ", "three", "", "  日本語", "日本語 ", "[31m", "    x"]);
        assert!(super::text("日本語日本語", 7).iter().all(|line| fit::width(&line.text) <= 8));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn whatever_it_is_nothing_of_it_is_lost(text in "[\\PC\"\\\\:{}\\[\\]0-9 ]{0,80}", width in 0u16..60) {
            for lines in [super::text(&text, width), super::json(&text, width)] {
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
