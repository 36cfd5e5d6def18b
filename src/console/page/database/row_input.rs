//! A column of a row as a field of a form: which kind of field, what stands in it, and what that is
//! as a value.

use std::borrow::Cow;

use serde_json::Value;

use super::{filter::Field, json};
use crate::{
    console::{fit, modal::form::Input},
    domain::{
        Timestamp,
        table::{Column, Kind, Property},
    },
};

/// More allowed values are typed instead of chosen.
const MOST_OPTIONS: usize = 12;
/// Longer texts, and those of several lines, have several lines to be typed in.
const ONE_LINE: usize = 80;
const TEXT_LINES: u16 = 5;
const JSON_LINES: u16 = 4;
/// What makes a text of nothing: an empty field is no value.
const EMPTY: &str = "\"\"";

/// How a column is edited.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    Text,
    /// Text of several lines.
    Lines,
    Number,
    /// A number without a fraction.
    Integer,
    Date,
    /// One of these, or none.
    Choice(Vec<Value>),
    Json,
}

impl Way {
    pub fn of(column: &Column, value: Option<&Value>) -> Self {
        let property = &column.property;
        let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
        let allowed = &property.allowed;
        if !allowed.is_empty() && allowed.len() <= MOST_OPTIONS && allowed.iter().all(is_scalar) {
            let mut options = allowed.clone();
            // What is there stays what it is, allowed or not.
            options.extend(value.filter(|value| !value.is_null() && !allowed.contains(value)).cloned());
            return Self::Choice(options);
        }
        match property.kind {
            Kind::Boolean => Self::Choice(vec![true.into(), false.into()]),
            Kind::Number => Self::Number,
            Kind::Integer => Self::Integer,
            Kind::Date => Self::Date,
            Kind::Object | Kind::Array => Self::Json,
            Kind::String => match value {
                Some(Value::String(text)) if text.contains('\n') || text.chars().count() > ONE_LINE => Self::Lines,
                _ => Self::Text,
            },
        }
    }

    pub fn input(&self, value: Option<&Value>, absent: &'static str) -> Input {
        let value = value.filter(|value| !value.is_null());
        match self {
            Self::Choice(options) => {
                let chosen = value.and_then(|value| options.iter().position(|option| option == value));
                let labels = options.iter().map(|option| Cow::Owned(plain(option)));
                Input::choice([Cow::Borrowed(absent)].into_iter().chain(labels), chosen.map_or(0, |place| place + 1))
            }
            Self::Text | Self::Number | Self::Integer | Self::Date => Input::text(&typed(value)),
            Self::Lines => Input::lines(&typed(value), TEXT_LINES),
            Self::Json => Input::lines(&value.map(pretty).unwrap_or_default(), JSON_LINES),
        }
    }

    /// What stands in the field as a value; `None` where nothing does.
    ///
    /// # Errors
    /// Why it is no value of that kind, as the rest of a sentence.
    pub fn read(&self, text: &str, chosen: usize) -> Result<Option<Value>, String> {
        match self {
            Self::Choice(options) => Ok(chosen.checked_sub(1).and_then(|place| options.get(place)).cloned()),
            Self::Text | Self::Lines if text == EMPTY => Ok(Some("".into())),
            Self::Text | Self::Lines => Ok((!text.is_empty()).then(|| text.into())),
            _ if text.trim().is_empty() => Ok(None),
            Self::Number => {
                let number = serde_json::from_str(text.trim()).ok().filter(Value::is_number);
                number.map(Some).ok_or_else(|| "is a number, like 10 or -2.5".into())
            }
            Self::Integer => {
                let number = serde_json::from_str(text.trim()).ok().filter(is_whole);
                number.map(Some).ok_or_else(|| "is a whole number, like 10 or -2".into())
            }
            Self::Date if Timestamp::parse(text.trim()).is_none() => {
                Err("is a date, like 2026-10-01 or 2026-10-01T09:30:00Z".into())
            }
            Self::Date => Ok(Some(text.trim().into())),
            Self::Json => json::value(text).map(Some).map_err(|wrong| format!("is not valid JSON: {wrong}")),
        }
    }
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// What the column may hold, in a few words.
pub fn described(column: &Column) -> String {
    let property = &column.property;
    let mut parts = vec![kind(property)];
    if property.kind == Kind::String {
        parts.extend(property.min_length.map(|least| format!("at least {least} characters")));
        parts.extend(property.max_length.map(|most| format!("at most {most} characters")));
        parts.extend(property.pattern.as_ref().map(|pattern| format!("like {}", pattern.as_str())));
    }
    parts.extend(property.minimum.map(|least| format!("{least} or more")));
    parts.extend(property.maximum.map(|most| format!("{most} or less")));
    if property.allowed.len() > MOST_OPTIONS {
        let some: Vec<_> = property.allowed.iter().take(MOST_OPTIONS).map(plain).collect();
        parts.push(format!("one of {} …", some.join(" ")));
    }
    if column.unique {
        parts.push("no two alike".into());
    }
    parts.extend(property.description.clone());
    parts.join(", ")
}

fn kind(property: &Property) -> String {
    let items = property.items.as_ref().map(|items| format!(" of {}", items.kind.bson_type())).unwrap_or_default();
    match (property.kind, &property.reference) {
        (_, Some(table)) if !table.is_empty() => format!("id of a row of {table}"),
        (_, Some(_)) => "id of a row".into(),
        (Kind::String, None) => "text".into(),
        (Kind::Integer, None) => "whole number".into(),
        (Kind::Number, None) => "number".into(),
        (Kind::Boolean, None) => "true or false".into(),
        (Kind::Date, None) => "date".into(),
        (Kind::Object, None) => "object, as JSON".into(),
        (Kind::Array, None) => format!("array{items}, as JSON"),
    }
}

/// A value in one short line.
pub fn short(value: &Value) -> String {
    let text = super::cell::text(value, 30);
    fit::truncate(&text, 30).into_owned()
}

/// What the filter has to know of a column.
pub fn field(column: &Column) -> Field {
    Field {
        name: column.name.clone(),
        kind: Some(column.property.kind),
        items: column.property.items.as_ref().map(|items| items.kind),
        allowed: column.property.allowed.clone(),
    }
}

fn typed(value: Option<&Value>) -> String {
    match value {
        None => String::new(),
        Some(Value::String(text)) if text.is_empty() => EMPTY.into(),
        Some(value) => plain(value),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a JSON value has string keys")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::table::Schema;

    fn column(definition: &Value) -> Column {
        let schema = json!({ "x": definition });
        let schema = Schema::parse(schema.as_object().expect("an object")).expect("a schema");
        schema.columns()[0].clone()
    }

    #[test]
    fn what_stands_in_a_field_reads_back_as_the_value_it_was() {
        for (definition, value) in [
            (json!({"bsonType": "string"}), json!("a \"b\" é")),
            (json!({"bsonType": "string"}), json!("")),
            (json!({"bsonType": "string"}), json!("null")),
            (json!({"bsonType": "string"}), json!("two\nlines")),
            (json!({"bsonType": "int"}), json!(-4)),
            (json!({"bsonType": "double"}), json!(2.5)),
            (json!({"bsonType": "bool"}), json!(false)),
            (json!({"bsonType": "date"}), json!("2026-10-01T00:00:00.000Z")),
            (json!({"bsonType": "object"}), json!({"a": [1, null]})),
            (json!({"bsonType": "array"}), json!(["a", 1])),
            (json!({"bsonType": "string", "enum": ["a", "b"]}), json!("b")),
            (json!({"bsonType": "string", "enum": ["a", "b"]}), json!("as it was before")),
        ] {
            let column = column(&definition);
            let way = Way::of(&column, Some(&value));
            let read = match way.input(Some(&value), "none") {
                Input::Text(field) | Input::Word(field) => way.read(field.text(), 0),
                Input::Lines(text, _) => way.read(&text.text(), 0),
                Input::Choice { chosen, .. } => way.read("", chosen),
                other => panic!("{other:?}"),
            };
            assert_eq!(read, Ok(Some(value)), "{definition}");
        }
    }

    #[test]
    fn nothing_is_no_value_and_what_is_wrong_is_said() {
        assert_eq!(Way::Text.read("", 0), Ok(None));
        assert_eq!(Way::Number.read(" ", 0), Ok(None));
        assert_eq!(Way::Choice(vec![json!(true)]).read("", 0), Ok(None));
        assert!(Way::Number.read("ten", 0).is_err_and(|error| error.contains("number")));
        assert_eq!(Way::Integer.read("-2", 0), Ok(Some(json!(-2))));
        assert_eq!(Way::Integer.read("2.0", 0), Ok(Some(json!(2.0))));
        assert!(Way::Integer.read("-2.5", 0).is_err_and(|error| error.contains("like 10 or -2")));
        assert!(Way::Date.read("soon", 0).is_err_and(|error| error.contains("2026-10-01")));
        assert!(Way::Json.read("{", 0).is_err_and(|error| error.contains("JSON")));
    }

    #[test]
    fn a_column_is_described_by_what_it_may_hold() {
        let described = |definition| described(&column(&definition));
        assert_eq!(described(json!({"bsonType": "string", "maxLength": 80})), "text, at most 80 characters");
        assert_eq!(
            described(json!({"bsonType": "int", "minimum": 0, "unique": true})),
            "whole number, 0 or more, no two alike"
        );
        assert_eq!(described(json!({"bsonType": "reference", "reference": "users"})), "id of a row of users");
        assert_eq!(described(json!({"bsonType": "array", "items": {"bsonType": "date"}})), "array of date, as JSON");
    }
}
