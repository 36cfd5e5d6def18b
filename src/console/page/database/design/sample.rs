//! Values that a table takes, for requests to try it with.

use serde_json::{Map, Value, json};

use crate::domain::{
    api::Record,
    table::{Column, Kind, Property, Schema},
};

/// Columns of a body beyond the required ones.
const MOST: usize = 5;
/// Nobody has it yet, in all likelihood.
const UNLIKELY: i64 = 1_000_001;

/// A row that the server takes: what is required, and a few columns more. `row` is one that is
/// there; its values help where the schema alone does not say enough.
pub fn body(schema: &Schema, row: Option<&Record>) -> Value {
    let required = schema.columns().iter().filter(|column| column.required);
    let others = schema.columns().iter().filter(|column| !column.required && column.default.is_none());
    let room = MOST.saturating_sub(required.clone().count());
    let columns = required.chain(others.take(room));
    Value::Object(columns.map(|column| (column.name.clone(), value(column, row))).collect())
}

/// A change of one column, the most ordinary there is.
pub fn change(schema: &Schema, row: Option<&Record>) -> Value {
    let plain = |column: &&Column| !matches!(column.property.kind, Kind::Object | Kind::Array);
    let columns = || schema.columns().iter().filter(plain);
    let chosen = columns().find(|column| !column.unique).or_else(|| columns().next()).or(schema.columns().first());
    let fields = chosen.map(|column| (column.name.clone(), value(column, row)));
    Value::Object(fields.into_iter().collect())
}

/// A filter that means something for the table, and lets the row pass.
pub fn filter(schema: &Schema, row: Option<&Record>) -> Option<Value> {
    let rank = |column: &&Column| match column.property.kind {
        Kind::Boolean => Some(0),
        _ if !column.property.allowed.is_empty() => Some(1),
        Kind::Integer | Kind::Number => Some(2),
        Kind::Date => Some(3),
        Kind::String => Some(4),
        Kind::Object | Kind::Array => None,
    };
    let column = schema.columns().iter().filter(|column| rank(column).is_some()).min_by_key(rank)?;
    let known = row.and_then(|row| row.get(&column.name)).filter(|value| !value.is_null()).cloned();
    let value = known.unwrap_or_else(|| value(column, None));
    Some(match column.property.kind {
        Kind::Integer | Kind::Number | Kind::Date => json!({ &column.name: { "$gte": value } }),
        _ => json!({ &column.name: value }),
    })
}

fn value(column: &Column, row: Option<&Record>) -> Value {
    let property = &column.property;
    let made = if column.unique { unlike_any(property, &column.name) } else { of(property) };
    if property.check(&made).is_ok() {
        return made;
    }
    // A pattern says what a value looks like, but nothing makes one from it.
    let known = row.and_then(|row| row.get(&column.name)).or(column.default.as_ref());
    known.filter(|value| !value.is_null()).cloned().unwrap_or(made)
}

fn of(property: &Property) -> Value {
    if let Some(first) = property.allowed.first() {
        return first.clone();
    }
    match property.kind {
        Kind::String if property.reference.is_some() => "0123456789abcdef01234567".into(),
        Kind::String => text("text", property),
        Kind::Integer | Kind::Number => number(1, property),
        Kind::Boolean => true.into(),
        Kind::Date => "2026-01-31".into(),
        Kind::Array => property.items.iter().map(|items| of(items)).collect(),
        Kind::Object => {
            let needed = property.properties.iter().filter(|(.., required)| *required);
            Value::Object(needed.map(|(name, property, _)| (name.clone(), of(property))).collect::<Map<_, _>>())
        }
    }
}

fn unlike_any(property: &Property, name: &str) -> Value {
    match property.kind {
        Kind::String if property.allowed.is_empty() => text(&format!("example-{name}"), property),
        Kind::Integer | Kind::Number => number(UNLIKELY, property),
        Kind::Date => "2031-01-31T12:34:56Z".into(),
        _ => of(property),
    }
}

/// The word, cut or drawn out to a length that is allowed.
fn text(word: &str, property: &Property) -> Value {
    let least = property.min_length.unwrap_or(0);
    let most = property.max_length.unwrap_or(usize::MAX);
    // A schema may ask for more than anybody would paste.
    let length = word.len().max(least.min(1000)).min(most);
    word.chars().cycle().take(length).collect::<String>().into()
}

#[expect(clippy::cast_possible_truncation, reason = "an example is a small whole number")]
fn number(wanted: i64, property: &Property) -> Value {
    let least = property.minimum.map_or(i64::MIN, |least| least.ceil() as i64);
    let most = property.maximum.map_or(i64::MAX, |most| most.floor() as i64);
    if least > most { property.minimum.into() } else { wanted.clamp(least, most).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(json: &Value) -> Schema {
        Schema::parse(json.as_object().expect("an object")).expect("valid")
    }

    #[test]
    fn a_body_is_one_that_the_schema_takes() {
        let schema = schema(&json!({
            "title": {"bsonType": "string", "required": true, "minLength": 8, "maxLength": 9},
            "slug": {"bsonType": "string", "required": true, "unique": true, "pattern": "^[a-z-]+$"},
            "state": {"bsonType": "string", "required": true, "enum": ["draft", "live"]},
            "stars": {"bsonType": "int", "required": true, "minimum": 3, "maximum": 5},
            "author": {"bsonType": "object", "required": true},
            "tags": {"bsonType": "array", "items": {"bsonType": "int"}}
        }));
        let body = body(&schema, None);
        for column in schema.columns() {
            let Some(value) = body.get(&column.name) else { continue };
            assert_eq!(column.property.check(value), Ok(()), "{} {value}", column.name);
        }
        assert_eq!(body.as_object().map(Map::len), Some(5), "the required ones: {body}");
    }

    #[test]
    fn where_the_schema_does_not_say_enough_a_row_does() {
        let schema = schema(&json!({"code": {"bsonType": "string", "required": true, "pattern": "^[A-Z]{3}$"}}));
        let row = json!({"code": "ABC"});
        assert_eq!(body(&schema, row.as_object()), json!({"code": "ABC"}));
    }

    #[test]
    fn a_filter_lets_the_row_pass_that_it_was_made_from() {
        let schema = schema(&json!({"title": {"bsonType": "string"}, "views": {"bsonType": "int"}}));
        let row = json!({"title": "a", "views": 7});
        assert_eq!(filter(&schema, row.as_object()), Some(json!({"views": {"$gte": 7}})));
        assert_eq!(filter(&Schema::default(), None), None);
    }
}
