//! A row as JSON for an editor, and what comes back of it.

use serde_json::{Map, Value};

use super::{json, record::pretty};
use crate::domain::{
    Violation,
    api::Record,
    table::{SYSTEM_COLUMNS, Schema},
};

/// What is wrong with a text, and on which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// 1 for the first.
    pub line: usize,
    pub message: String,
}

/// The row without what is the server's own.
pub fn of_row(row: &Record) -> String {
    let mut row = row.clone();
    row.retain(|name, _| !SYSTEM_COLUMNS.contains(&name.as_str()));
    pretty(&row) + "\n"
}

/// Every column with its default or null, to be filled in.
pub fn template(schema: &Schema) -> String {
    let value = |default: &Option<Value>| default.clone().unwrap_or(Value::Null);
    let columns = schema.columns().iter().map(|column| (column.name.clone(), value(&column.default)));
    pretty(&columns.collect::<Map<_, _>>()) + "\n"
}

/// Reads what was edited; `is_new` leaves out the columns that are still null.
///
/// # Errors
/// Everything that is wrong, in the order of the lines.
pub fn read(text: &str, schema: &Schema, is_new: bool) -> Result<Record, Vec<Mistake>> {
    let mut row = json::object(text).map_err(|wrong| {
        vec![Mistake { line: wrong.line, message: format!("this is no JSON object: {}", wrong.within_line()) }]
    })?;
    if is_new {
        row.retain(|_, value| !value.is_null());
    }
    let mut wrong = Vec::new();
    for name in SYSTEM_COLUMNS.iter().filter(|name| row.contains_key(**name)) {
        wrong.push(((*name).to_owned(), format!("{name} is the server's own: take this line out")));
    }
    for column in schema.columns() {
        let name = &column.name;
        let value = row.get(name).filter(|value| !value.is_null());
        match value.map(|value| column.property.check(value)) {
            Some(Err((_, problem))) => wrong.push((name.clone(), format!("{name} {problem}"))),
            None if column.required && (!is_new || column.default.is_none()) => {
                wrong.push((name.clone(), format!("{name} is required")));
            }
            _ => {}
        }
    }
    if wrong.is_empty() { Ok(row) } else { Err(placed(text, wrong)) }
}

/// What the server refuses, each on the line of its column.
pub fn refused(text: &str, violations: &[Violation]) -> Vec<Mistake> {
    placed(text, violations.iter().map(|violation| (violation.field.clone(), violation.message.clone())).collect())
}

fn placed(text: &str, wrong: Vec<(String, String)>) -> Vec<Mistake> {
    let place = |(name, message): (String, String)| {
        let column = name.split('.').next().unwrap_or(&name);
        Mistake { line: line_of(text, column).unwrap_or(1), message }
    };
    let mut mistakes: Vec<_> = wrong.into_iter().map(place).collect();
    mistakes.sort_by_key(|mistake| mistake.line);
    mistakes
}

/// The line on which the value of a column begins.
fn line_of(text: &str, column: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    let mut found = None;
    while let Some(character) = text[at..].chars().next() {
        match character {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            '"' => {
                let mut strings = serde_json::Deserializer::from_str(&text[at..]).into_iter::<String>();
                let name = strings.next()?.ok()?;
                let end = at + strings.byte_offset();
                if depth == 1 && name == column && text[end..].trim_start().starts_with(':') {
                    // Of a column that is there twice the last one counts.
                    found = Some(text[..at].matches('\n').count() + 1);
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += character.len_utf8();
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        let columns = json!({
            "title": {"bsonType": "string", "required": true, "maxLength": 5}, "views": {"bsonType": "int", "default": 0},
            "meta": {"bsonType": "object"},
        });
        Schema::parse(columns.as_object().expect("an object")).expect("a schema")
    }

    fn object(value: &Value) -> Record {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn a_row_comes_back_without_what_is_the_servers_own() {
        let row = object(
            &json!({"id": "1", "title": "a", "meta": {"id": 1}, "createdBy": null, "createdAt": "x", "updatedAt": "y"}),
        );
        assert_eq!(read(&of_row(&row), &schema(), false), Ok(object(&json!({"title": "a", "meta": {"id": 1}}))));
    }

    #[test]
    fn of_a_new_row_only_what_was_filled_in_is_taken() {
        let text = template(&schema());
        assert_eq!(text, "{\n  \"title\": null,\n  \"views\": 0,\n  \"meta\": null\n}\n");
        assert_eq!(read(&text, &schema(), true), Err(vec![Mistake { line: 2, message: "title is required".into() }]));
        let filled = text.replacen("null", "\"a\"", 1);
        assert_eq!(read(&filled, &schema(), true), Ok(object(&json!({"title": "a", "views": 0}))));
    }

    #[test]
    fn what_is_wrong_stands_on_its_line() {
        let wrong = |text: &str| {
            let mistakes = read(text, &schema(), false).expect_err(text);
            mistakes.into_iter().map(|mistake| (mistake.line, mistake.message)).collect::<Vec<_>>()
        };
        assert_eq!(wrong("{\n\"title\": \"a\"\n\"views\": 1\n}")[0].0, 3);
        assert_eq!(wrong("")[0].0, 1);
        assert!(wrong("[]")[0].1.contains("no JSON object"));
        let text =
            "{\n  \"meta\": {\"title\": 1, \"x\": \"views\"},\n  \"title\": \"too long\",\n  \"views\": \"1\"\n}\n";
        let expected = [(3, "title must have at most 5 characters"), (4, "views must be a whole number")];
        assert_eq!(wrong(text), expected.map(|(line, message)| (line, message.to_owned())));
        assert!(
            wrong("{\"title\": \"a\",\n\"id\": 3}") == [(2, "id is the server's own: take this line out".to_owned())]
        );
        let refused =
            refused(text, &[Violation { field: "views".into(), rule: "unique".into(), message: "taken".into() }]);
        assert_eq!(refused, [Mistake { line: 4, message: "taken".into() }]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_or_refused_on_one_of_its_lines(text in "([\\[\\]{}:,\"\\\\ a1é\n]|title|\"title\"|\"views\":|null){0,12}") {
            if let Err(mistakes) = read(&text, &schema(), true) {
                prop_assert!(mistakes.iter().all(|mistake| (1..=text.lines().count().max(1)).contains(&mistake.line)));
            }
            let _ = line_of(&text, "title");
        }
    }
}
