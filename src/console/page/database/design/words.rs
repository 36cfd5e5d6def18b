//! Columns and indexes in words.

use serde_json::Value;

use crate::{
    console::fit,
    domain::{
        compare::Part,
        table::{Column, Index, Kind, Property},
    },
};

/// `string`, `array of int`, `reference to people`.
pub fn kind(property: &Property) -> String {
    match (&property.reference, &property.items) {
        (Some(table), _) if table.is_empty() => "reference".into(),
        (Some(table), _) => format!("reference to {table}"),
        (None, Some(items)) => format!("array of {}", kind(items)),
        (None, None) => property.kind.bson_type().into(),
    }
}

/// [`kind`] where there is no room for what it is of.
pub fn short_kind(property: &Property) -> String {
    KINDS[place(property)].into()
}

/// `required, unique`.
pub fn rules(column: &Column) -> String {
    let rules = [(column.required, "required"), (column.unique, "unique")];
    rules.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

/// `1 to 80 characters; one of draft, published; like ^[a-z]+$`.
pub fn limits(property: &Property) -> String {
    let mut parts = Vec::new();
    let length = range(property.min_length, property.max_length);
    parts.extend(length.map(|range| format!("{range} characters")));
    parts.extend(range(property.minimum, property.maximum));
    if !property.allowed.is_empty() {
        let values: Vec<_> = property.allowed.iter().map(plain).collect();
        parts.push(format!("one of {}", values.join(", ")));
    }
    parts.extend(property.pattern.as_ref().map(|pattern| format!("like {}", pattern.as_str())));
    if !property.properties.is_empty() {
        let names: Vec<_> = property.properties.iter().map(|(name, ..)| name.as_str()).collect();
        parts.push(format!("with {}", names.join(", ")));
    }
    if let Some(items) = property.items.as_ref().map(|items| limits(items)).filter(|text| !text.is_empty()) {
        parts.push(format!("each {items}"));
    }
    parts.join("; ")
}

fn range<T: std::fmt::Display>(least: Option<T>, most: Option<T>) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    }
}

/// A value as people write it: text without quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a column that every table has is for.
pub fn system(column: &str) -> (&'static str, &'static str) {
    match column {
        "id" => ("string", "the row's identifier, made by the server"),
        "createdBy" => ("string", "the user who created it; empty for a secret key"),
        "createdAt" => ("date", "when it was created"),
        _ => ("date", "when it was last written"),
    }
}

/// `views descending, title`.
pub fn fields(index: &Index) -> String {
    let direction = |value: &Value| if value.as_i64() == Some(-1) { " descending" } else { "" };
    let fields: Vec<_> = index.fields.iter().map(|(column, value)| format!("{column}{}", direction(value))).collect();
    fields.join(", ")
}

/// `unique, sparse`.
pub fn flags(index: &Index) -> String {
    let flags = [(index.unique, "unique"), (index.sparse, "sparse")];
    flags.into_iter().filter(|(holds, _)| *holds).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

/// A column or an index that differs, in one line behind its mark and name.
pub fn difference(part: &Part) -> String {
    use crate::domain::compare::Difference;
    match part.difference {
        Difference::Same => String::new(),
        Difference::New => attributes(part.definition.right.as_ref()),
        Difference::Missing => attributes(part.definition.left.as_ref()),
        Difference::Changed => {
            let side = |value: Option<&Value>| value.map_or_else(|| "none".into(), plain);
            let mut attributes = part.attributes();
            attributes.sort_by_key(|(name, sides)| rank(name, sides.left.or(sides.right)));
            let changes: Vec<_> = attributes
                .into_iter()
                .map(|(name, sides)| match (sides.left, sides.right) {
                    (None, Some(Value::Bool(true))) => word(name).to_owned(),
                    (Some(Value::Bool(true)), None) => format!("not {}", word(name)),
                    (left, right) => format!("{} {} → {}", word(name), side(left), side(right)),
                })
                .collect();
            changes.join(", ")
        }
    }
}

fn attributes(definition: Option<&serde_json::Map<String, Value>>) -> String {
    let mut attributes: Vec<_> = definition.into_iter().flatten().collect();
    attributes.sort_by_key(|(name, value)| rank(name, Some(value)));
    let parts: Vec<_> = attributes
        .into_iter()
        .map(|(name, value)| match (name.as_str(), value) {
            ("bsonType", value) => plain(value),
            ("fields", Value::Array(fields)) => fields.iter().map(plain).collect::<Vec<_>>().join(", "),
            (name, Value::Bool(true)) => word(name).to_owned(),
            (name, value) => format!("{} {}", word(name), plain(value)),
        })
        .collect();
    parts.join(", ")
}

/// What decides most and is short comes first: the type, then what a word says. However long a pattern
/// is, it is seen whether the column is unique.
fn rank(attribute: &str, value: Option<&Value>) -> u8 {
    match (attribute, value) {
        ("bsonType" | "fields", _) => 0,
        (_, Some(Value::Bool(_))) => 1,
        _ => 2,
    }
}

/// What people call an attribute.
fn word(attribute: &str) -> &str {
    match attribute {
        "bsonType" => "type",
        "minLength" => "least length",
        "maxLength" => "greatest length",
        "enum" => "values",
        "fields" => "columns",
        other => other,
    }
}

/// How many rows a change meets: none, or `1,204 rows`.
pub fn rows(rows: u64) -> String {
    if rows == 0 { "no row".into() } else { fit::count(rows, "row") }
}

/// The types that a column may have, as the contract spells them.
pub const KINDS: [&str; 8] = ["string", "int", "double", "bool", "date", "object", "array", "reference"];

/// The place of the property's type among [`KINDS`].
pub fn place(property: &Property) -> usize {
    if property.reference.is_some() {
        return KINDS.len() - 1;
    }
    KINDS.iter().position(|kind| *kind == property.kind.bson_type()).unwrap_or(0)
}

/// Whether the values of that type have a length, or a size.
pub const fn has_limits(kind: Kind) -> bool {
    matches!(kind, Kind::String | Kind::Integer | Kind::Number)
}
