//! The columns of a table, in both forms that they are written in.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value, json};

use super::{
    Kind, Property, check_column_name,
    property::{flag, string_list},
};
use crate::domain::{Invalid, record::normalise_numbers};

pub(super) const MAX_COLUMNS: usize = 500;

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub property: Property,
    pub required: bool,
    pub unique: bool,
    pub default: Option<Value>,
}

/// The columns of a table, in the order of their declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    pub(super) columns: Vec<Column>,
}

impl Schema {
    /// Reads the short form, a map of columns (`{"title":{"bsonType":"string","required":true}}`),
    /// or the object form that `spec` prints (`{"bsonType":"object","required":[…],"properties":{…}}`).
    ///
    /// # Errors
    /// [`Invalid`] naming the column and what is wrong with it.
    pub fn parse(json: &Map<String, Value>) -> Result<Self, Invalid> {
        let object_form = json.get("bsonType").is_some_and(Value::is_string)
            || json.get("properties").is_some_and(Value::is_object)
                && json.get("properties").is_none_or(|p| p.get("bsonType").is_none());
        let empty = Map::new();
        let (properties, required) = if object_form {
            let properties = match json.get("properties") {
                None => &empty,
                Some(value) => value.as_object().ok_or_else(|| Invalid::new("properties: expected an object"))?,
            };
            (properties, string_list(json.get("required"), "required")?)
        } else {
            (json, Vec::new())
        };
        if properties.len() > MAX_COLUMNS {
            return Err(Invalid::new(format!("a table has at most {MAX_COLUMNS} columns")));
        }
        let mut columns = Vec::with_capacity(properties.len());
        for (name, definition) in properties {
            let column = Self::column(name, definition, required.contains(&name.as_str()))
                .map_err(|error| Invalid::new(format!("column {name}: {error}")))?;
            columns.push(column);
        }
        if let Some(unknown) = required.iter().find(|name| !properties.contains_key(**name)) {
            return Err(Invalid::new(format!("required names {unknown}, which is not a column")));
        }
        Ok(Self { columns })
    }

    pub(super) fn column(name: &str, definition: &Value, required: bool) -> Result<Column, Invalid> {
        check_column_name(name)?;
        let json = definition.as_object().ok_or_else(|| Invalid::new("expected an object with bsonType"))?;
        let property = Property::parse(json, 0)?;
        let unique = flag(json, "unique")?;
        if unique && matches!(property.kind, Kind::Object | Kind::Array) {
            return Err(Invalid::new("only a column of plain values can be unique"));
        }
        let mut default = json.get("default").filter(|value| !value.is_null()).cloned();
        if let Some(value) = &mut default {
            normalise_numbers(value);
            property
                .check(value)
                .map_err(|(_, message)| Invalid::new(format!("the default is not valid: it {message}")))?;
        }
        Ok(Column { name: name.to_owned(), required: required || flag(json, "required")?, unique, default, property })
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn get(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The object form, as `spec` prints it.
    pub fn to_json(&self) -> Value {
        let required: Vec<_> = self.columns.iter().filter(|c| c.required).map(|c| c.name.as_str()).collect();
        let properties: Map<_, _> = self.columns.iter().map(|column| (column.name.clone(), column.to_json())).collect();
        json!({ "bsonType": "object", "required": required, "properties": properties })
    }
}

impl Column {
    /// Its definition, without whether it is required: the table's list says that.
    pub fn to_json(&self) -> Value {
        let mut json = self.property.to_json();
        if self.unique {
            json.insert("unique".into(), true.into());
        }
        if let Some(default) = &self.default {
            json.insert("default".into(), default.clone());
        }
        Value::Object(json)
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(json: &Value) -> Result<Schema, Invalid> {
        Schema::parse(json.as_object().expect("an object"))
    }

    #[test]
    fn both_forms_of_a_schema_mean_the_same() {
        let short = schema(&json!({"title": {"bsonType": "string", "required": true}, "views": {"bsonType": "int"}}));
        let long = schema(&json!({
            "bsonType": "object", "required": ["title"],
            "properties": {"title": {"bsonType": "string"}, "views": {"bsonType": "int"}}
        }));
        assert_eq!(short, long);
    }

    #[test]
    fn a_schema_reads_back_what_it_prints() {
        let original = schema(&json!({
            "title": {"bsonType": "string", "required": true, "unique": true, "minLength": 1, "pattern": "^x"},
            "price": {"bsonType": "double", "minimum": 0, "default": 5.0},
            "items": {"bsonType": "array", "items": {"bsonType": "object", "properties": {"n": {"bsonType": "int"}}, "required": ["n"]}},
            "author": {"bsonType": "reference", "reference": "people"}
        }))
        .expect("valid");
        let printed = original.to_json();
        assert_eq!(
            printed["properties"]["price"]["default"],
            json!(5),
            "some clients read a whole number as an int only"
        );
        assert_eq!(Schema::parse(printed.as_object().expect("an object")).as_ref(), Ok(&original));
    }

    #[test]
    fn what_is_wrong_with_a_schema_names_the_column() {
        for (json, part) in [
            (json!({"createdAt": {"bsonType": "date"}}), "createdAt"),
            (json!({"a b": {"bsonType": "string"}}), "a b"),
            (json!({"title": {"bsonType": "text"}}), "not a type"),
            (json!({"title": {}}), "bsonType is needed"),
            (json!({"title": {"bsonType": "string", "pattern": "("}}), "regular expression"),
            (json!({"views": {"bsonType": "int", "default": "x"}}), "default"),
        ] {
            let error = schema(&json).expect_err("refused").to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
