//! Definitions in words, and a comparison as text for a message or an issue.

use std::fmt::Write as _;

use serde_json::Value;

use crate::domain::compare::{Definition, Difference, Part, Sides, TableComparison};

/// What a part of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Column,
    Index,
    Permission,
}

impl What {
    pub const ALL: [Self; 3] = [Self::Column, Self::Index, Self::Permission];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Column => "column",
            Self::Index => "index",
            Self::Permission => "permission",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.as_str() == name)
    }

    pub const fn of(self, table: &TableComparison) -> &Vec<Part> {
        match self {
            Self::Column => &table.columns,
            Self::Index => &table.indexes,
            Self::Permission => &table.permissions,
        }
    }
}

/// A definition on one line: `string! unique maxLength 9`, `views:desc createdAt`, `read list`.
pub fn definition(what: What, definition: &Definition) -> String {
    let mut words = Vec::new();
    match what {
        What::Column => {
            let required = definition.get("required").is_some_and(|required| *required == Value::Bool(true));
            let kind = definition.get("bsonType").map(value).unwrap_or_default();
            words.push(format!("{kind}{}", if required { "!" } else { "" }));
        }
        What::Index => words.extend(definition.get("fields").map(value)),
        What::Permission => {
            let allowed = definition.iter().filter(|(_, allowed)| **allowed == Value::Bool(true));
            words.extend(allowed.map(|(operation, _)| operation.clone()));
            return if words.is_empty() { "nothing".to_owned() } else { words.join(" ") };
        }
    }
    let said = ["bsonType", "required", "fields"];
    for (name, set) in definition.iter().filter(|(name, _)| !said.contains(&name.as_str())) {
        match set {
            Value::Bool(true) => words.push(name.clone()),
            Value::Bool(false) | Value::Null => {}
            set => words.push(format!("{name} {}", value(set))),
        }
    }
    words.join(" ")
}

/// A value without the marks of JSON where it can be read without.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(values) => values.iter().map(self::value).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// The attributes of a part that differ, each as `maxLength 9 → 20`.
pub fn attributes(part: &Part) -> Vec<String> {
    let side = |side: Option<&Value>| side.map_or_else(|| "none".to_owned(), value);
    let attribute =
        |(name, sides): (&str, Sides<&Value>)| format!("{name} {} → {}", side(sides.left), side(sides.right));
    part.attributes().into_iter().map(attribute).collect()
}

/// All differences as text, in the manner of `diff`.
pub fn text(left: &str, right: &str, tables: &[TableComparison]) -> String {
    let mut text = format!("--- {left}\n+++ {right}\n");
    for table in tables.iter().filter(|table| table.difference != Difference::Same) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{} {}", table.difference.mark(), table.name);
        if table.difference != Difference::Changed {
            continue;
        }
        for what in What::ALL {
            for part in what.of(table).iter().filter(|part| !part.is_same()) {
                let _ = write!(text, "  {} {} {}: ", part.difference.mark(), what.as_str(), part.name);
                let _ = match (&part.definition.left, &part.definition.right) {
                    (Some(_), Some(_)) => writeln!(text, "{}", attributes(part).join(", ")),
                    (Some(one), None) | (None, Some(one)) => writeln!(text, "{}", definition(what, one)),
                    (None, None) => writeln!(text),
                };
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(what: What, json: &Value) -> String {
        definition(what, json.as_object().expect("an object"))
    }

    #[test]
    fn definitions_are_short() {
        let column = json!({"bsonType": "string", "required": true, "maxLength": 9, "unique": true, "sparse": false});
        assert_eq!(of(What::Column, &column), "string! maxLength 9 unique");
        assert_eq!(of(What::Index, &json!({"fields": ["views:desc", "createdAt"]})), "views:desc createdAt");
        assert_eq!(of(What::Permission, &json!({"create": false, "read": true, "list": true})), "read list");
        assert_eq!(of(What::Permission, &json!({"create": false})), "nothing");
    }
}
