//! What may stand where a filter is typed: at the end of its text, or of a word inside.

use serde_json::Value;

use super::{Expected, Field, Literal, language::SHORT, parse};
use crate::domain::table::Kind;

/// The end of a filter as it may go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is still to be typed of it.
    pub rest: String,
    /// The filter up to there with it.
    pub whole: String,
}

/// Where the word at that place ends.
pub fn word_end(text: &str, place: usize) -> usize {
    let behind = &text[place..];
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '=' | '<' | '>' | '~' | '!' | '"');
    place + behind.find(ends).unwrap_or(behind.len())
}

/// The likeliest way to go on, if there is one. With something `behind` it, only a word that was
/// begun is finished.
pub fn complete(text: &str, behind: &str, fields: &[&Field]) -> Option<Completion> {
    let (from, candidates) = candidates(text, fields);
    let typed = &text[from..];
    let lower = typed.to_lowercase();
    let begins = |candidate: &&str| {
        candidate.len() > typed.len()
            && candidate.to_lowercase().starts_with(&lower)
            && candidate.is_char_boundary(typed.len())
    };
    let is_last = behind.trim().is_empty();
    let is_word = |candidate: &&str| is_last || !typed.is_empty() && !candidate[typed.len()..].contains(' ');
    // The blank behind a word may be there already.
    let candidates = candidates.iter().map(|candidate| if is_last { candidate } else { candidate.trim_end() });
    let found = candidates.filter(begins).find(is_word)?;
    // The case of letters is the column's own.
    Some(Completion { rest: found[typed.len()..].to_owned(), whole: format!("{}{found}", &text[..from]) })
}

/// What can stand there, in words.
pub fn hint(text: &str, fields: &[&Field]) -> Option<String> {
    let field = |name: &str| fields.iter().copied().find(|field| field.name == name);
    match parse(text).expected {
        Expected::Term { from: 0, .. } if text.trim().is_empty() => Some(SHORT.into()),
        Expected::Operator { column, .. } => {
            let operators: Vec<_> = operators(field(&column)?).into_iter().map(str::trim_end).collect();
            Some(operators.join("  "))
        }
        Expected::Value { column, from } if from == text.len() => Some(wanted(field(&column)?)),
        _ => None,
    }
}

/// Where what can be completed begins, and what it can be, the likeliest first.
fn candidates(text: &str, fields: &[&Field]) -> (usize, Vec<String>) {
    let field = |name: &str| fields.iter().copied().find(|field| field.name == name);
    match parse(text).expected {
        Expected::Nothing => (text.len(), Vec::new()),
        Expected::Term { from, .. } if from == text.len() => (from, Vec::new()),
        Expected::Term { from, behind_one } => {
            let typed = &text[from..];
            let mut names: Vec<_> = fields.iter().map(|field| format!("{} ", name(&field.name))).collect();
            // A whole name goes on with an operator.
            names.extend(field(typed).map(|field| format!("{typed} {}", operators(field).first().unwrap_or(&""))));
            names.retain(|name| name.trim_end() != typed || name.len() > typed.len() + 1);
            if behind_one {
                names.extend(["and ".to_owned(), "or ".to_owned()]);
            }
            names.push("not ".to_owned());
            (from, names)
        }
        Expected::Operator { column, from } => match field(&column) {
            Some(field) => (from, operators(field).into_iter().map(str::to_owned).collect()),
            None => (from, vec!["and ".to_owned(), "or ".to_owned()]),
        },
        Expected::Join { from } => (from, vec!["and ".to_owned(), "or ".to_owned()]),
        Expected::Value { column, from } => (from, field(&column).map(values).unwrap_or_default()),
    }
}

/// The operators that make sense for a column, the likeliest first.
fn operators(field: &Field) -> Vec<&'static str> {
    match field.kind {
        _ if !field.allowed.is_empty() => vec!["= ", "!= ", "in ("],
        None | Some(Kind::String) => vec!["~ ", "= ", "!= ", "!~ ", "in ("],
        Some(Kind::Integer | Kind::Number) => vec!["> ", ">= ", "< ", "<= ", "= ", "!= ", "in ("],
        Some(Kind::Date) => vec![">= ", "> ", "<= ", "< ", "= ", "!= "],
        Some(Kind::Array) => vec!["= ", "!= ", "in ("],
        Some(Kind::Boolean | Kind::Object) => vec!["= ", "!= "],
    }
}

fn values(field: &Field) -> Vec<String> {
    let flags = if field.kind == Some(Kind::Boolean) { &["true ", "false "][..] } else { &[] };
    let allowed = field.allowed.iter().map(|value| match value {
        Value::String(text) => format!("{} ", self::value(text)),
        other => format!("{other} "),
    });
    allowed.chain(flags.iter().map(|flag| (*flag).to_owned())).collect()
}

fn wanted(field: &Field) -> String {
    let allowed: Vec<_> = values(field).iter().map(|value| value.trim_end().to_owned()).collect();
    if !allowed.is_empty() {
        return allowed.join("  ");
    }
    match field.kind {
        Some(Kind::Integer | Kind::Number) => "a number",
        Some(Kind::Date) => "a date, like 2026-10-01",
        Some(Kind::Object) => "null; a field of it is compared by its path",
        _ => "a word, or several in quotes",
    }
    .into()
}

/// A name, in quotes where it would be read as something else.
fn name(text: &str) -> String {
    let reads_back = |expected: &Expected| matches!(expected, Expected::Term { from: 0, .. });
    let parsed = parse(text);
    let is_plain = reads_back(&parsed.expected) && parsed.expression.is_ok() && !text.starts_with('"');
    Literal { text: text.to_owned(), quoted: !is_plain, place: 0..0 }.to_string()
}

/// A value, in quotes where it would be read as something else.
fn value(text: &str) -> String {
    let breaks = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',');
    let quoted = text.is_empty() || text == "null" || text.starts_with('"') || text.contains(breaks);
    Literal { text: text.to_owned(), quoted, place: 0..0 }.to_string()
}

/// Whether the text ends in a word that may still become something else: a column, or the beginning
/// of one or of a keyword. Nothing is to be sought for it yet.
pub fn is_being_typed(text: &str, fields: &[&Field]) -> bool {
    let (from, behind_one) = match parse(text).expected {
        Expected::Term { from, behind_one } => (from, behind_one),
        Expected::Operator { column, .. } => return fields.iter().any(|field| field.name == column),
        Expected::Nothing | Expected::Value { .. } | Expected::Join { .. } => return false,
    };
    let typed = text[from..].to_lowercase();
    let begins = |word: &str| word.to_lowercase().starts_with(&typed);
    let keywords = if behind_one { &["and", "or", "not"][..] } else { &["not"] };
    !typed.is_empty() && (fields.iter().any(|field| begins(&field.name)) || keywords.iter().any(|word| begins(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_that_is_offered_is_one_that_is_read() {
        for kind in [Kind::String, Kind::Integer, Kind::Date, Kind::Array, Kind::Boolean, Kind::Object] {
            let field = Field { name: "x".into(), kind: Some(kind), items: None, allowed: Vec::new() };
            for operator in operators(&field) {
                let text = format!("x {operator}1{}", if operator.contains('(') { ")" } else { "" });
                assert!(matches!(parse(&text).expression, Ok(Some(_))), "{text}");
            }
        }
    }
}
