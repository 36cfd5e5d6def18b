//! A value of a row as one line of a table.

use std::{borrow::Cow, io};

use serde_json::Value;

pub use crate::console::fit::clean;
use crate::{
    console::{fit, zone::Zone},
    domain::Timestamp,
};

/// The value in about `most` characters. However large it is, no more of it is looked at.
pub fn text(value: &Value, most: usize) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::String(text) => clean(beginning(text, most)),
        Value::Array(_) | Value::Object(_) => Cow::Owned(clean(&json(value, most)).into_owned()),
    }
}

/// An instant to the second, which is how the system's own columns are read.
pub fn instant(value: &Value, zone: Zone) -> Option<String> {
    let at = Timestamp::parse(value.as_str()?)?;
    Some(zone.format(at, "%Y-%m-%d %H:%M:%S"))
}

/// Columns that the value takes, at most `most`.
pub fn width(value: &Value, most: u16) -> u16 {
    fit::width(&text(value, usize::from(most) + 1)).min(most)
}

/// One character more than is shown, so that the cut is seen.
fn beginning(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most + 1).map_or(text, |(end, _)| &text[..end])
}

fn json(value: &Value, most: usize) -> String {
    let mut beginning = Beginning { bytes: Vec::new(), most: most * 4 };
    // Ends in an error where the bound is reached.
    let _ = serde_json::to_writer(&mut beginning, value);
    String::from_utf8_lossy(&beginning.bytes).into_owned()
}

/// Takes the first bytes and refuses the rest, which ends the writing.
struct Beginning {
    bytes: Vec<u8>,
    most: usize,
}

impl io::Write for Beginning {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.most - self.bytes.len());
        if taken == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.bytes.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_never_holds_what_a_terminal_acts_on() {
        assert_eq!(text(&json!("a\nb\u{1b}[31m\u{9b}c\u{202e}d"), 40), "a b [31m c d");
        assert_eq!(text(&json!({"a": [1, "x\ny"]}), 40), r#"{"a":[1,"x\ny"]}"#);
    }

    #[test]
    fn only_the_beginning_of_a_large_value_is_looked_at() {
        assert_eq!(text(&json!("x".repeat(1 << 20)), 10).len(), 11);
        assert!(text(&json!(vec!["x"; 1 << 18]), 10).len() <= 40);
        assert_eq!(width(&json!("日本語".repeat(100)), 20), 20);
    }
}
