//! What a new table is made of: columns as words on the command line, or a JSON file.

use std::{fs, io, path::Path};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::cli::Failure;
use crate::domain::{
    column_text::{ColumnText, schema},
    permission::Permissions,
    table::Index,
};

/// What a new table is made of.
#[derive(Debug, Default, PartialEq)]
pub struct Definition {
    pub schema: Map<String, Value>,
    pub indexes: Vec<Index>,
    pub permissions: Option<Permissions>,
}

impl Definition {
    pub fn from_arguments(columns: Vec<ColumnText>) -> Result<Self, Failure> {
        let schema = schema(columns).map_err(|invalid| Failure::Usage(invalid.to_string()))?;
        Ok(Self { schema, ..Self::default() })
    }

    /// Reads a JSON file, or stdin for `-`.
    pub fn from_file(path: &Path) -> Result<Self, Failure> {
        Self::from_json(&read(path)?).map_err(|reason| named(path, &reason))
    }

    fn from_json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Spec {
            schema: Map<String, Value>,
            #[serde(default)]
            indexes: Vec<Index>,
            #[serde(default)]
            permissions: Option<Permissions>,
        }
        let json: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| format!("expected a JSON object: {error}"))?;
        if !json.contains_key("schema") {
            return Ok(Self { schema: json, ..Self::default() });
        }
        let Spec { schema, mut indexes, permissions } =
            serde_json::from_value(Value::Object(json)).map_err(|error| error.to_string())?;
        // `spec` prints the indexes that every table has; a new one gets them anyway.
        let built_in = Index::built_in();
        indexes.retain(|index| !built_in.iter().any(|other| other.name == index.name));
        Ok(Self { schema, indexes, permissions })
    }
}

/// Reads a JSON file into `T`, or stdin for `-`.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    serde_json::from_str(&read(path)?).map_err(|error| named(path, &error.to_string()))
}

fn read(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
    text.map_err(|error| named(path, &error.to_string()))
}

fn named(path: &Path, reason: &str) -> Failure {
    Failure::Usage(format!("{}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_given_twice_is_refused() {
        let columns = ["a:int", "a:string"].map(|text| text.parse().expect("a column"));
        assert!(matches!(Definition::from_arguments(columns.into()), Err(Failure::Usage(_))));
    }

    #[test]
    fn a_file_is_a_map_of_columns_or_what_spec_prints() {
        let map = Definition::from_json(r#"{"title":{"bsonType":"string","required":true}}"#).expect("a map");
        assert!(map.schema.contains_key("title") && map.indexes.is_empty());

        let spec = r#"{
            "tableName": "posts",
            "schema": {"bsonType":"object","required":["title"],"properties":{"title":{"bsonType":"string"}}},
            "indexes": [
                {"name":"_id_","key":{"_id":1},"fields":{"_id":1},"unique":true,"sparse":false},
                {"name":"by_title","key":{"title":1},"fields":{"title":1},"unique":false,"sparse":false}
            ],
            "permissions": {"guest":{"read":true}}
        }"#;
        let spec = Definition::from_json(spec).expect("a spec");
        assert!(spec.schema.contains_key("properties") && spec.permissions.is_some());
        let names: Vec<_> = spec.indexes.iter().map(|index| index.name.as_str()).collect();
        assert_eq!(names, ["by_title"]);

        for bad in ["", "[]", "{\"schema\":1}", "{\"schema\":{},\"indexes\":[{}]}"] {
            assert!(Definition::from_json(bad).is_err(), "{bad}");
        }
    }
}
