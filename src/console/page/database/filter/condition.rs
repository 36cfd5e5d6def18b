//! A filter as the server is asked for it: its own language of conditions, in JSON.

use serde_json::{Map, Value, json};

use super::{Error, Expression, Field, Literal, Operator};
use crate::domain::{Timestamp, filter::Filter, table::Kind};

/// Conditions that the words of one filter may send. The server has room for 200; a word takes one
/// for each column.
const MOST: usize = 160;
/// The longest text that is sought: escaped, it still fits a pattern of the server's.
const LONGEST: usize = 200;

/// The filter for the server, each value of the type of its column.
///
/// # Errors
/// Where a value is not one that its column can hold, or a comparison not one that it has.
pub fn condition(expression: &Expression, fields: &[&Field]) -> Result<Value, Error> {
    let room = MOST / expression.words().max(1);
    let condition = Writer { fields, room }.condition(expression)?;
    match Filter::parse(&condition) {
        Ok(_) => Ok(condition),
        Err(invalid) => Err(Error::new(&(0..0), invalid.to_string())),
    }
}

/// Whether words are sought in the column.
pub fn holds_words(field: &Field) -> bool {
    field.name != "createdBy" && matches!(field.kind, None | Some(Kind::String | Kind::Array))
}

struct Writer<'a> {
    fields: &'a [&'a Field],
    /// Columns that one word is sought in at most.
    room: usize,
}

impl Writer<'_> {
    fn condition(&self, expression: &Expression) -> Result<Value, Error> {
        match expression {
            Expression::All(list) => Ok(joined(&self.each(list)?)),
            Expression::Any(list) => Ok(json!({ "$or": self.each(list)? })),
            Expression::Not(inner) => Ok(json!({ "$not": self.condition(inner)? })),
            Expression::Word(word) => self.word(word),
            Expression::Compare(column, operator, value) => self.comparison(column, *operator, value),
            Expression::In(column, values) => {
                let field = self.field(&column.text);
                let values = values.iter().map(|value| typed(value, &column.text, field));
                Ok(json!({ &column.text: { "$in": values.collect::<Result<Vec<_>, _>>()? } }))
            }
        }
    }

    fn each(&self, list: &[Expression]) -> Result<Vec<Value>, Error> {
        list.iter().map(|inner| self.condition(inner)).collect()
    }

    fn word(&self, word: &Literal) -> Result<Value, Error> {
        let pattern = containing(word)?;
        let number = number(&word.text);
        let condition = |field: &&Field| match field.kind {
            // An array matches when one of its elements is the word.
            Some(Kind::Array) => Some(json!({ &field.name: word.text })),
            _ if holds_words(field) => Some(json!({ &field.name: pattern })),
            Some(Kind::Integer | Kind::Number) => number.as_ref().map(|number| json!({ &field.name: number })),
            _ => None,
        };
        let any: Vec<_> = self.fields.iter().filter_map(condition).take(self.room).collect();
        Ok(json!({ "$or": any }))
    }

    fn comparison(&self, column: &Literal, operator: Operator, value: &Literal) -> Result<Value, Error> {
        let name = &column.text;
        let field = self.field(name);
        let kind = field.and_then(|field| field.kind);
        let operator = match operator {
            Operator::Contains => return contains(column, kind, value),
            Operator::Equal => return Ok(json!({ name: typed(value, name, field)? })),
            Operator::NotEqual => return Ok(json!({ name: { "$ne": typed(value, name, field)? } })),
            Operator::Greater => "$gt",
            Operator::GreaterOrEqual => "$gte",
            Operator::Less => "$lt",
            Operator::LessOrEqual => "$lte",
        };
        if matches!(kind, Some(Kind::Boolean | Kind::Object | Kind::Array)) {
            return Err(Error::new(&column.place, format!("{name} has no order: compare it with = or !=")));
        }
        let value = match typed(value, name, field)? {
            Value::Null => return Err(Error::new(&value.place, "null has no order: compare with = or !=")),
            // Only numbers and texts come before or after one another.
            Value::Bool(flag) => flag.to_string().into(),
            value => value,
        };
        Ok(json!({ name: { operator: value } }))
    }

    /// The declared column that a name, dotted or not, begins with.
    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().copied().find(|field| field.name == name)
    }
}

fn contains(column: &Literal, kind: Option<Kind>, value: &Literal) -> Result<Value, Error> {
    let name = &column.text;
    match kind {
        None | Some(Kind::String) => Ok(json!({ name: containing(value)? })),
        Some(Kind::Array) => Ok(json!({ name: value.text })),
        Some(_) => Err(Error::new(&column.place, format!("{name} holds no text: compare it with =, > or <"))),
    }
}

fn containing(literal: &Literal) -> Result<Value, Error> {
    if literal.text.chars().count() > LONGEST {
        return Err(Error::new(&literal.place, format!("a text to look for has at most {LONGEST} characters")));
    }
    Ok(json!({ "$regex": regex::escape(&literal.text), "$options": "i" }))
}

/// The value as its column's type has it. Quotes make text of anything.
fn typed(literal: &Literal, name: &str, field: Option<&Field>) -> Result<Value, Error> {
    let text = literal.text.as_str();
    if text == "null" && !literal.quoted {
        return Ok(Value::Null);
    }
    let is_bare = !literal.quoted;
    let kind = match field.and_then(|field| field.kind) {
        Some(Kind::Array) => field.and_then(|field| field.items),
        kind => kind,
    };
    let flag = || text.parse::<bool>().ok().map(Value::from);
    let (value, wanted) = match kind {
        Some(Kind::Integer | Kind::Number) => (number(text).filter(|_| is_bare), "numbers"),
        Some(Kind::Boolean) => (flag().filter(|_| is_bare), "true and false"),
        Some(Kind::Date) => (Timestamp::parse(text).map(|_| text.into()), "dates, like 2026-10-01"),
        Some(Kind::Object | Kind::Array) => {
            let message = format!("{name} holds objects: compare one of their fields, like {name}.title");
            return Err(Error::new(&literal.place, message));
        }
        None if is_bare => (flag().or_else(|| number(text)).or_else(|| Some(text.into())), ""),
        Some(Kind::String) | None => (Some(text.into()), ""),
    };
    value.ok_or_else(|| Error::new(&literal.place, format!("{name} holds {wanted}")))
}

fn number(text: &str) -> Option<Value> {
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    starts.then(|| serde_json::from_str(text).ok()).flatten().filter(Value::is_number)
}

/// All conditions as one object where no two are about the same thing, which is how a person would
/// write them.
fn joined(conditions: &[Value]) -> Value {
    let mut all = Map::new();
    for condition in conditions {
        let fits =
            condition.as_object().is_some_and(|fields| fields.iter().all(|(name, test)| put(&mut all, name, test)));
        if !fits {
            return json!({ "$and": conditions });
        }
    }
    all.into()
}

/// Adds a test to those of its column. Returns whether it has a place there.
fn put(all: &mut Map<String, Value>, name: &str, test: &Value) -> bool {
    match (all.get_mut(name), test) {
        (None, test) => {
            all.insert(name.to_owned(), test.clone());
            true
        }
        (Some(Value::Object(tests)), Value::Object(more)) if !name.starts_with('$') => {
            let apart = more.keys().all(|operator| !tests.contains_key(operator));
            tests.extend(more.clone());
            apart
        }
        (Some(_), _) => false,
    }
}
