//! Records: what a write may contain, and the form in which it is stored.

use serde_json::{Map, Value};

use super::{
    Timestamp, Violation,
    table::{Kind, Property, SYSTEM_COLUMNS, Schema, whole},
};

/// Keys of a write body that are never columns: the system's own, and the envelope's, because apps
/// send back records as they received them.
const IGNORED: [&str; 7] = ["id", "_id", "createdBy", "createdAt", "updatedAt", "success", "data"];

/// Makes a new record's document from a write body: defaults filled in, every value checked,
/// dates and numbers in their stored form.
///
/// # Errors
/// One [`Violation`] for each field that breaks a rule.
pub fn create(schema: &Schema, body: Map<String, Value>) -> Result<Map<String, Value>, Vec<Violation>> {
    let mut document = writable(schema, body);
    let mut violations = Vec::new();
    for column in schema.columns() {
        if !document.contains_key(&column.name)
            && let Some(default) = &column.default
        {
            document.insert(column.name.clone(), default.clone());
        }
        if column.required && document.get(&column.name).is_none_or(Value::is_null) {
            violations.push(required(&column.name));
        }
    }
    check_and_store(schema, &mut document, &mut violations);
    if violations.is_empty() { Ok(document) } else { Err(violations) }
}

/// Merges a write body into a stored document: top-level keys are replaced whole, and only those
/// that were sent are checked.
///
/// # Errors
/// One [`Violation`] for each field that breaks a rule.
pub fn update(
    schema: &Schema,
    mut stored: Map<String, Value>,
    body: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Violation>> {
    let mut changes = writable(schema, body);
    let mut violations: Vec<_> = schema
        .columns()
        .iter()
        .filter(|column| column.required && changes.get(&column.name).is_some_and(Value::is_null))
        .map(|column| required(&column.name))
        .collect();
    check_and_store(schema, &mut changes, &mut violations);
    if !violations.is_empty() {
        return Err(violations);
    }
    stored.extend(changes);
    Ok(stored)
}

/// What has to be sent so that `before` becomes `after`: the columns that differ, null for one that is
/// gone. Whatever somebody else changed meanwhile in other columns stays.
pub fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let column = |name: &str| !SYSTEM_COLUMNS.contains(&name);
    let changed = after.iter().filter(|(name, value)| column(name) && before.get(*name) != Some(value));
    let gone = before.iter().filter(|(name, value)| column(name) && !value.is_null() && !after.contains_key(*name));
    let changed = changed.map(|(name, value)| (name.clone(), value.clone()));
    changed.chain(gone.map(|(name, _)| (name.clone(), Value::Null))).collect()
}

/// Checks the columns of a row that was written elsewhere, and brings dates and numbers into their
/// stored form.
pub(super) fn check_imported(schema: &Schema, document: &mut Map<String, Value>, violations: &mut Vec<Violation>) {
    let missing = |name: &str| document.get(name).is_none_or(Value::is_null);
    let required_columns = schema.columns().iter().filter(|column| column.required);
    violations.extend(required_columns.filter(|column| missing(&column.name)).map(|column| required(&column.name)));
    check_and_store(schema, document, violations);
}

fn writable(schema: &Schema, mut body: Map<String, Value>) -> Map<String, Value> {
    body.retain(|key, _| !IGNORED.contains(&key.as_str()) || schema.get(key).is_some());
    body
}

fn check_and_store(schema: &Schema, document: &mut Map<String, Value>, violations: &mut Vec<Violation>) {
    for (name, value) in document.iter_mut() {
        normalise_numbers(value);
        let Some(column) = schema.get(name) else { continue };
        if value.is_null() {
            continue;
        }
        match column.property.check(value) {
            Ok(()) => store_dates(&column.property, value),
            Err((rule, message)) => violations.push(Violation {
                field: name.clone(),
                rule: rule.into(),
                message: format!("{name} {message}"),
            }),
        }
    }
}

/// Writes dates as instants, wherever the schema says that one is.
fn store_dates(property: &Property, value: &mut Value) {
    match (property.kind, value) {
        (Kind::Date, value) => {
            if let Some(instant) = value.as_str().and_then(Timestamp::parse) {
                *value = instant.to_string().into();
            }
        }
        (Kind::Array, Value::Array(values)) => {
            let Some(items) = &property.items else { return };
            for item in values {
                store_dates(items, item);
            }
        }
        (Kind::Object, Value::Object(object)) => {
            for (name, nested, _) in &property.properties {
                if let Some(value) = object.get_mut(name) {
                    store_dates(nested, value);
                }
            }
        }
        _ => {}
    }
}

/// The columns of a stored document that a caller selects, in their stored order.
pub fn select(mut document: Map<String, Value>, columns: &[String]) -> Map<String, Value> {
    document.retain(|name, _| columns.iter().any(|column| column == name));
    document
}

/// Prints whole numbers without a fraction, all the way down.
pub fn normalise_numbers(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = whole(number.as_f64().unwrap_or_default()),
        Value::Array(values) => values.iter_mut().for_each(normalise_numbers),
        Value::Object(object) => object.values_mut().for_each(normalise_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn required(name: &str) -> Violation {
    Violation { field: name.to_owned(), rule: "required".into(), message: format!("{name} is required") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(json: Value) -> Map<String, Value> {
        match json {
            Value::Object(map) => map,
            other => unreachable!("{other} is not an object"),
        }
    }

    fn posts() -> Schema {
        Schema::parse(&object(json!({
            "title": {"bsonType": "string", "required": true, "maxLength": 5},
            "views": {"bsonType": "int", "default": 0},
            "due": {"bsonType": "date"},
        })))
        .expect("valid")
    }

    #[test]
    fn only_what_differs_is_sent() {
        let object = |json: Value| json.as_object().expect("an object").clone();
        let before = object(json!({"id": "1", "title": "a", "views": 1, "tags": ["x"], "gone": true, "none": null}));
        let after = object(json!({"id": "2", "title": "a", "views": 2, "tags": ["x"], "fresh": {}}));
        let expected = object(json!({"views": 2, "fresh": {}, "gone": null}));
        assert_eq!(changes(&before, &after), expected);
        assert!(changes(&after, &after).is_empty());
    }

    #[test]
    fn a_new_record_gets_defaults_and_loses_what_clients_may_not_set() {
        let sent = object(json!({"title": "a", "id": "x", "createdAt": "y", "success": true, "data": 1, "extra": 2.0}));
        let stored = create(&posts(), sent).expect("valid");
        assert_eq!(Value::Object(stored), json!({"title": "a", "extra": 2, "views": 0}));
    }

    #[test]
    fn an_explicit_null_is_not_a_default() {
        let stored = create(&posts(), object(json!({"title": "a", "views": null}))).expect("valid");
        assert_eq!(stored.get("views"), Some(&Value::Null));
    }

    #[test]
    fn dates_are_stored_as_instants() {
        let stored = create(&posts(), object(json!({"title": "a", "due": "2025-01-20"}))).expect("valid");
        assert_eq!(stored["due"], "2025-01-20T00:00:00.000Z");
    }

    #[test]
    fn dates_inside_lists_and_objects_are_instants_too() {
        let schema = Schema::parse(&object(json!({
            "days": {"bsonType": "array", "items": {"bsonType": "date"}},
            "stay": {"bsonType": "object", "properties": {"from": {"bsonType": "date"}, "note": {"bsonType": "string"}}},
        })))
        .expect("valid");
        let sent = json!({"days": ["2025-01-20"], "stay": {"from": "2025-01-20T09:00:00+09:00", "note": "2025-01-20"}});
        let stored = create(&schema, object(sent)).expect("valid");
        let midnight = "2025-01-20T00:00:00.000Z";
        let expected = json!({"days": [midnight], "stay": {"from": midnight, "note": "2025-01-20"}});
        assert_eq!(Value::Object(stored), expected);
    }

    #[test]
    fn every_field_that_breaks_a_rule_is_named() {
        let refused = create(&posts(), object(json!({"views": "many", "due": "soon"}))).expect_err("refused");
        let fields: Vec<_> = refused.iter().map(|v| (v.field.as_str(), v.rule.as_ref())).collect();
        assert_eq!(fields, [("title", "required"), ("views", "type"), ("due", "type")]);
        assert_eq!(refused[0].message, "title is required");
    }

    #[test]
    fn an_update_checks_only_what_it_changes() {
        let stored = object(json!({"title": "too long by now", "views": 1}));
        let merged = update(&posts(), stored.clone(), object(json!({"views": 2}))).expect("valid");
        assert_eq!(Value::Object(merged), json!({"title": "too long by now", "views": 2}));
        assert!(update(&posts(), stored.clone(), object(json!({"title": null}))).is_err());
        assert!(update(&posts(), stored, object(json!({"title": "still too long"}))).is_err());
    }
}
