//! A table described to apps: its `spec`, and an `OpenAPI` document of its five calls.

use serde_json::{Map, Value, json};

use super::{Index, Kind, Property, SYSTEM_COLUMNS, Schema};
use crate::domain::permission::Permissions;

/// What `spec` prints; a table can be created from it again.
pub fn spec(name: &str, schema: &Schema, indexes: &[Index], permissions: &Permissions) -> Value {
    let indexes: Vec<_> = indexes
        .iter()
        .map(|index| {
            let Index { name, fields, unique, sparse } = index;
            json!({ "name": name, "key": fields, "fields": fields, "unique": unique, "sparse": sparse })
        })
        .collect();
    json!({ "tableName": name, "schema": schema, "indexes": indexes, "permissions": permissions })
}

/// `OpenAPI` 3.0.0 for the records of one table.
pub fn openapi(name: &str, schema: &Schema) -> Value {
    let reference = |schema: &str| json!({ "$ref": format!("#/components/schemas/{schema}") });
    let answer = |description: &str, schema: Value| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    let error = answer("What went wrong, and what to do next.", reference("Error"));
    let operation = |summary: &str, status: &str, success: Value| json!({ "summary": summary, "responses": { status: success, "default": error } });
    let with = |mut operation: Value, key: &str, value: Value| {
        operation[key] = value;
        operation
    };
    let body = json!({ "required": true, "content": { "application/json": { "schema": reference("Input") } } });
    let if_match = json!([{ "name": "If-Match", "in": "header", "schema": { "type": "string" },
        "description": "ETags: only one of these versions; 412 for any other." }]);
    let id = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
    let deleted = json!({ "type": "object", "properties": { "success": { "type": "boolean" } } });
    let page = json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": reference("Record") },
            "pagination": { "type": "object" }
        }
    });
    json!({
        "openapi": "3.0.0",
        "info": {
            "title": format!("{name} API"),
            "version": "1.0.0",
            "description": format!("The records of {name}: create, get, list, update and delete.")
        },
        "security": [{ "apiKey": [] }],
        "paths": {
            format!("/v1/data/{name}"): {
                "get": with(operation("List records", "200", answer("A page of records.", page)), "parameters", list_parameters()),
                "post": with(operation("Create a record", "201", answer("The new record.", reference("Record"))), "requestBody", body.clone()),
            },
            format!("/v1/data/{name}/{{id}}"): {
                "parameters": id,
                "get": operation("Get a record", "200", answer("The record.", reference("Record"))),
                "patch": with(with(operation("Change a record", "200", answer("The whole record.", reference("Record"))), "parameters", if_match.clone()), "requestBody",
                    json!({ "required": true, "content": { "application/json": { "schema": reference("Changes") } } })),
                "delete": with(operation("Delete a record", "200", answer("It is deleted.", deleted)), "parameters", if_match),
            }
        },
        "components": {
            "securitySchemes": { "apiKey": { "type": "apiKey", "in": "header", "name": "X-API-Key" } },
            "schemas": {
                "Record": record(schema),
                "Input": columns(schema, true),
                "Changes": columns(schema, false),
                "Error": {
                    "type": "object",
                    "properties": {
                        "success": { "type": "boolean" }, "statusCode": { "type": "integer" },
                        "code": { "type": "string" }, "message": { "type": "string" },
                        "error": { "type": "object" }
                    }
                }
            }
        }
    })
}

fn list_parameters() -> Value {
    let parameter = |name: &str, kind: &str, description: &str| json!({ "name": name, "in": "query", "description": description, "schema": { "type": kind } });
    json!([
        parameter("page", "integer", "1 for the first."),
        parameter("limit", "integer", "20 by default, at most 100."),
        parameter("sortBy", "string", "A column; id by default."),
        parameter("sortDirection", "string", "asc or desc, desc by default."),
        parameter("search", "string", "Part of a text, in any column of strings."),
        parameter("searchType", "string", "The one column to search in."),
        parameter("andFilters", "string", "JSON: all conditions must hold."),
        parameter("orFilters", "string", "JSON: one condition must hold."),
        parameter("select", "string", "Columns, with commas between them."),
    ])
}

fn record(schema: &Schema) -> Value {
    let mut record = columns(schema, true);
    if let Some(properties) = record["properties"].as_object_mut() {
        for name in SYSTEM_COLUMNS {
            let instant = json!({ "type": "string", "format": "date-time" });
            properties.insert(name.into(), if name.ends_with("At") { instant } else { json!({ "type": "string" }) });
        }
    }
    if let Some(required) = record["required"].as_array_mut() {
        required.extend(SYSTEM_COLUMNS.map(Value::from));
    } else {
        record["required"] = SYSTEM_COLUMNS.to_vec().into();
    }
    record
}

fn columns(schema: &Schema, with_required: bool) -> Value {
    let mut properties = Map::new();
    for column in schema.columns() {
        let mut property = described(&column.property);
        if let Some(default) = &column.default {
            property.insert("default".into(), default.clone());
        }
        properties.insert(column.name.clone(), property.into());
    }
    let required: Vec<_> = schema.columns().iter().filter(|column| column.required).map(|c| c.name.as_str()).collect();
    let mut object = json!({ "type": "object", "properties": properties });
    // An empty list of required properties is not valid.
    if with_required && !required.is_empty() {
        object["required"] = required.into();
    }
    object
}

fn described(property: &Property) -> Map<String, Value> {
    let mut json = property.to_json();
    json.shift_remove("bsonType");
    json.shift_remove("reference");
    let kind = match property.kind {
        Kind::String | Kind::Date => "string",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Object => "object",
        Kind::Array => "array",
    };
    json.insert("type".into(), kind.into());
    if property.kind == Kind::Date {
        json.insert("format".into(), "date-time".into());
    }
    if property.kind == Kind::Array {
        let items = property.items.as_deref().map(described).unwrap_or_default();
        json.insert("items".into(), items.into());
    }
    if !property.properties.is_empty() {
        let nested = property.properties.iter().map(|(name, nested, _)| (name.clone(), described(nested).into()));
        json.insert("properties".into(), Value::Object(nested.collect()));
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_openapi() {
        let columns = json!({
            "title": {"bsonType": "string", "required": true, "maxLength": 5}, "at": {"bsonType": "date"},
            "tags": {"bsonType": "array", "items": {"bsonType": "reference", "reference": "tags"}},
            "place": {"bsonType": "object", "properties": {"floor": {"bsonType": "int"}}},
        });
        let schema = Schema::parse(columns.as_object().expect("an object")).expect("valid");
        let document = openapi("posts", &schema);
        assert_eq!(document["openapi"], "3.0.0");
        assert!(document["paths"]["/v1/data/posts/{id}"]["patch"].is_object());
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Input"]["required"], json!(["title"]));
        assert_eq!(schemas["Changes"].get("required"), None);
        let properties = &schemas["Record"]["properties"];
        assert_eq!(properties["title"], json!({"maxLength": 5, "type": "string"}));
        assert_eq!(properties["at"], json!({"type": "string", "format": "date-time"}));
        assert_eq!(properties["tags"], json!({"items": {"type": "string"}, "type": "array"}));
        assert_eq!(properties["place"]["properties"]["floor"], json!({"type": "integer"}));
        assert_eq!(properties["createdAt"]["format"], "date-time");
        assert!(!document.to_string().contains("bsonType"));
    }
}
