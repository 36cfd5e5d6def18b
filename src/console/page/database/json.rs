//! JSON that a person wrote: read, or what is expected where it cannot be read.

use std::fmt;

use serde_json::{Value, error::Category};

use crate::domain::api::Record;

/// More of a word that nobody expected is not repeated.
const LONGEST_WORD: usize = 20;

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// 1 for the first, as are characters.
    pub line: usize,
    place: Place,
    /// The rest of the sentence: `a value is expected instead of x`.
    expected: String,
    is_one_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Character(usize),
    /// Behind all that was written.
    End,
}

/// Reads a value of any kind.
///
/// # Errors
/// What is expected, and where.
pub fn value(text: &str) -> Result<Value, Wrong> {
    serde_json::from_str(text).map_err(|error| Wrong::of(text, &error))
}

/// Reads an object.
///
/// # Errors
/// What is expected, and where.
pub fn object(text: &str) -> Result<Record, Wrong> {
    let kind = match value(text)? {
        Value::Object(object) => return Ok(object),
        Value::Array(_) => "an array",
        Value::String(_) => "a text",
        Value::Number(_) => "a number",
        Value::Bool(_) => "true or false",
        Value::Null => "null",
    };
    let begin = text.len() - text.trim_start().len();
    Err(Wrong::at(text, begin, format!("an object is expected instead of {kind}")))
}

impl Wrong {
    fn of(text: &str, error: &serde_json::Error) -> Self {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or(&reason);
        if error.classify() == Category::Eof {
            let missing = match reason {
                "EOF while parsing a list" => "] is missing",
                "EOF while parsing an object" => "} is missing",
                "EOF while parsing a string" => "\" is missing",
                _ => "a value is missing",
            };
            let wrong = Self::at(text, text.trim_end().len(), missing.to_owned());
            return Self { place: Place::End, ..wrong };
        }
        // The column counts bytes, and the last one read is what is wrong; before a first one there is
        // the end of the line above.
        let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let mut offset = (line + error.column()).saturating_sub(1).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        Self::at(text, offset, expected(reason, &found(&text[offset..])))
    }

    fn at(text: &str, offset: usize, expected: String) -> Self {
        let before = &text[..offset];
        let in_line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            line: before.matches('\n').count() + 1,
            place: Place::Character(in_line.chars().count() + 1),
            expected,
            is_one_line: !text.trim().contains('\n'),
        }
    }

    /// What is expected and where in its line, for whoever knows the line.
    pub fn within_line(&self) -> String {
        match self.place {
            Place::Character(character) => format!("at character {character}, {}", self.expected),
            Place::End => format!("at the end, {}", self.expected),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Character(character) if !self.is_one_line => {
                write!(f, "at line {}, character {character}, {}", self.line, self.expected)
            }
            Place::Character(_) | Place::End => f.write_str(&self.within_line()),
        }
    }
}

/// In words for people what the parser says in its own; `found` is what stands there.
fn expected(reason: &str, found: &str) -> String {
    let what = match reason {
        "expected value" => "a value is expected",
        "expected ident" => "true, false or null is expected",
        "expected `:`" => "a colon is expected",
        "expected `,` or `}`" => "a comma or } is expected",
        "expected `,` or `]`" => "a comma or ] is expected",
        "key must be a string" => "a name in double quotes is expected",
        "trailing comma" => "something is expected behind the comma",
        "trailing characters" => "the end is expected",
        "invalid number" => "a digit is expected",
        "number out of range" => return "the number is too large".into(),
        "recursion limit exceeded" => return "it is nested too deeply: 127 levels are the most".into(),
        "invalid escape" => return "\\ is expected before one of n t r b f u \" \\ / only".into(),
        "unexpected end of hex escape" | "lone leading surrogate in hex escape" | "invalid unicode code point" => {
            return "\\u and the four digits of a character are expected".into();
        }
        reason if reason.starts_with("control character") => {
            return "a text has to go on in its line: a line break is written as \\n, a tab as \\t".into();
        }
        other => other,
    };
    if found.is_empty() { what.to_owned() } else { format!("{what} instead of {found}") }
}

/// The word, or the sign, with which the text begins.
fn found(text: &str) -> String {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').take(LONGEST_WORD).collect();
    if word.is_empty() {
        text.chars().next().filter(|c| !c.is_control()).map(String::from).unwrap_or_default()
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_expected_is_said_in_words_and_where() {
        for (text, said) in [
            ("x", "at character 1, a value is expected instead of x"),
            ("[1, many]", "at character 5, a value is expected instead of many"),
            ("[é, trux]", "at character 2, a value is expected instead of é"),
            ("[\"é\", trux]", "at character 10, true, false or null is expected instead of x"),
            ("", "at the end, a value is missing"),
            ("[1, 2", "at the end, ] is missing"),
            ("{\"a\": 1\n", "at the end, } is missing"),
            ("\"a", "at the end, \" is missing"),
            ("{\"a\" 1}", "at character 6, a colon is expected instead of 1"),
            ("{a: 1}", "at character 2, a name in double quotes is expected instead of a"),
            ("{\n  \"a\": 1\n  \"b\": 2\n}", "at line 3, character 3, a comma or } is expected instead of \""),
            ("[1 2]", "at character 4, a comma or ] is expected instead of 2"),
            ("[1,]", "at character 4, something is expected behind the comma instead of ]"),
            ("[1] 2", "at character 5, the end is expected instead of 2"),
            ("[1.x]", "at character 4, a digit is expected instead of x"),
            ("1e999", "at character 5, the number is too large"),
            ("\"\\x\"", "at character 3, \\ is expected before one of n t r b f u \" \\ / only"),
            ("\"\\ud800\"", "at character 8, \\u and the four digits of a character are expected"),
            (
                "\"a\nb\"",
                "at line 1, character 3, a text has to go on in its line: a line break is written as \\n, a tab as \\t",
            ),
        ] {
            assert_eq!(value(text).expect_err(text).to_string(), said, "{text}");
        }
        let deep = value(&"[".repeat(200)).expect_err("deep").to_string();
        assert!(deep.ends_with("nested too deeply: 127 levels are the most"), "{deep}");
    }

    #[test]
    fn what_is_no_object_says_what_it_is() {
        assert_eq!(
            object(" [1]").expect_err("it is none").to_string(),
            "at character 2, an object is expected instead of an array"
        );
        assert_eq!(object("{\"a\": 1}").map(|object| object.len()), Ok(1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_is_explained_in_the_words_of_the_parser(text in "([\\[\\]{}:,\"\\\\ a1é\n\t.-]|true|\\\\u|null){0,12}") {
            if let Err(wrong) = value(&text) {
                let said = wrong.to_string();
                prop_assert!((1..=text.lines().count().max(1)).contains(&wrong.line), "{text:?}: {said}");
                prop_assert!(!["EOF", "expected value", "trailing", "invalid", "`"].iter().any(|word| said.contains(word)), "{text:?}: {said}");
            }
        }
    }
}
