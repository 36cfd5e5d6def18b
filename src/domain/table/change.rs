//! What is asked of the columns and indexes of a table that exists, and what they were before.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Column, Index, Schema, schema::MAX_COLUMNS};
use crate::domain::{Invalid, Timestamp, api::Actor};

/// A change of columns, in the words of the hosted service's tools.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SchemaChange {
    /// Column to definition: `{"slug":{"bsonType":"string","unique":true}}`. A definition takes the
    /// place of the one before it whole; whether the column is required stays as it is unless it says.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub fields_to_add_or_update: Map<String, Value>,
    /// Their values go as well, for good.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields_to_remove: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_fields_to_add: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required_fields_to_remove: Vec<String>,
}

/// A change of indexes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IndexChange {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub indexes_to_add_or_update: Vec<Index>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub indexes_to_remove: Vec<String>,
}

/// Makes an earlier version the newest again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollback {
    pub version: u64,
}

/// The columns of a table as they were, or are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SchemaVersion {
    /// 1 for the first.
    pub version: u64,
    /// Whether it is the one in use.
    pub current: bool,
    #[schema(value_type = Object)]
    pub schema: Schema,
    pub created_by: Actor,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// The declared indexes of a table as they were, or are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndexVersion {
    /// 1 for the first.
    pub version: u64,
    /// Whether it is the one in use.
    pub current: bool,
    pub indexes: Vec<Index>,
    pub created_by: Actor,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl SchemaChange {
    /// The columns as they are after the change.
    ///
    /// # Errors
    /// [`Invalid`] for a definition that is not valid, for a column that is not there, or for one that
    /// is to be both changed and removed.
    pub fn apply(&self, schema: &Schema) -> Result<Schema, Invalid> {
        let mut columns = schema.columns.clone();
        for name in &self.fields_to_remove {
            let position = columns.iter().position(|column| column.name == *name).ok_or_else(|| absent(name))?;
            if self.fields_to_add_or_update.contains_key(name) {
                return Err(Invalid::new(format!("{name} is to be changed and removed: choose one")));
            }
            columns.remove(position);
        }
        for (name, definition) in &self.fields_to_add_or_update {
            let known = columns.iter().position(|column| column.name == *name);
            let says = definition.get("required").is_some_and(Value::is_boolean);
            let was_required = known.is_some_and(|position| columns[position].required);
            let column = Schema::column(name, definition, was_required && !says)
                .map_err(|error| Invalid::new(format!("column {name}: {error}")))?;
            match known {
                Some(position) => columns[position] = column,
                None => columns.push(column),
            }
        }
        for (names, required) in [(&self.required_fields_to_add, true), (&self.required_fields_to_remove, false)] {
            for name in names {
                find(&mut columns, name)?.required = required;
            }
        }
        if columns.len() > MAX_COLUMNS {
            return Err(Invalid::new(format!("a table has at most {MAX_COLUMNS} columns")));
        }
        Ok(Schema { columns })
    }
}

impl IndexChange {
    /// The declared indexes as they are after the change; [`Index::check_all`] says whether they are
    /// possible.
    ///
    /// # Errors
    /// [`Invalid`] for an index that is not there or cannot be removed.
    pub fn apply(&self, indexes: &[Index]) -> Result<Vec<Index>, Invalid> {
        let mut indexes = indexes.to_vec();
        for name in &self.indexes_to_remove {
            if Index::built_in().iter().any(|built_in| built_in.name == *name) {
                return Err(Invalid::new(format!("every table has the index {name}: it cannot be deleted")));
            }
            let position = indexes.iter().position(|index| index.name == *name);
            indexes.remove(position.ok_or_else(|| Invalid::new(format!("the table has no index {name}")))?);
        }
        for index in &self.indexes_to_add_or_update {
            match indexes.iter_mut().find(|other| other.name == index.name) {
                Some(known) => known.clone_from(index),
                None => indexes.push(index.clone()),
            }
        }
        Ok(indexes)
    }
}

fn find<'a>(columns: &'a mut [Column], name: &str) -> Result<&'a mut Column, Invalid> {
    columns.iter_mut().find(|column| column.name == name).ok_or_else(|| absent(name))
}

fn absent(name: &str) -> Invalid {
    Invalid::new(format!("{name} is not a column of the table"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(change: Value) -> Result<Value, Invalid> {
        let columns = json!({"title": {"bsonType": "string", "required": true}, "views": {"bsonType": "int"}});
        let schema = Schema::parse(columns.as_object().expect("an object")).expect("valid");
        let change: SchemaChange = serde_json::from_value(change).map_err(|error| Invalid::new(error.to_string()))?;
        change.apply(&schema).map(|schema| schema.to_json())
    }

    #[test]
    fn columns_are_added_changed_and_removed_in_one_request() {
        let after = changed(json!({
            "fieldsToAddOrUpdate": {"title": {"bsonType": "string", "unique": true}, "slug": {"bsonType": "string"}},
            "fieldsToRemove": ["views"], "requiredFieldsToAdd": ["slug"],
        }));
        let properties = json!({"title": {"bsonType": "string", "unique": true}, "slug": {"bsonType": "string"}});
        assert_eq!(after, Ok(json!({"bsonType": "object", "required": ["title", "slug"], "properties": properties})));
    }

    #[test]
    fn a_column_stays_required_until_something_says_otherwise() {
        let required = |change| changed(change).map(|schema| schema["required"].clone());
        let text = json!({"bsonType": "string"});
        assert_eq!(required(json!({"fieldsToAddOrUpdate": {"title": text}})), Ok(json!(["title"])));
        let optional = json!({"bsonType": "string", "required": false});
        assert_eq!(required(json!({"fieldsToAddOrUpdate": {"title": optional}})), Ok(json!([])));
        assert_eq!(required(json!({"requiredFieldsToRemove": ["title"]})), Ok(json!([])));
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        for change in [
            json!({"fieldsToRemove": ["absent"]}),
            json!({"fieldsToRemove": ["title"], "requiredFieldsToAdd": ["title"]}),
            json!({"fieldsToRemove": ["title"], "fieldsToAddOrUpdate": {"title": {"bsonType": "int"}}}),
            json!({"fieldsToAddOrUpdate": {"id": {"bsonType": "string"}}}),
            json!({"fieldsToAddOrUpdate": {"a": {"bsonType": "text"}}}),
            json!({"requiredFieldsToAdd": ["absent"]}),
            json!({"fields": {}}),
        ] {
            assert!(changed(change.clone()).is_err(), "{change}");
        }
    }

    #[test]
    fn indexes_are_replaced_by_name_and_those_of_every_table_stay() {
        let index = |name: &str, column: &str| {
            serde_json::from_value::<Index>(json!({"name": name, "fields": {column: 1}})).expect("an index")
        };
        let before = [index("a", "title"), index("b", "title")];
        let change = |add: Vec<Index>, remove: &[&str]| {
            let remove = remove.iter().map(|name| (*name).to_owned()).collect();
            IndexChange { indexes_to_add_or_update: add, indexes_to_remove: remove }.apply(&before)
        };
        assert_eq!(
            change(vec![index("a", "views"), index("c", "title")], &["b"]),
            Ok(vec![index("a", "views"), index("c", "title")])
        );
        assert!(change(Vec::new(), &["_id_"]).is_err());
        assert!(change(Vec::new(), &["absent"]).is_err());
    }
}
