//! The columns of a new table, as words on the command line or as a JSON file.

use std::{collections::HashSet, fs, io, path::Path, str::FromStr};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Failure;
use crate::domain::{
    Invalid,
    permission::Permissions,
    table::{Index, Kind, check_column_name},
};

/// `COLUMN:TYPE` with `!` for one that is required.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnArg {
    name: String,
    definition: Value,
}

impl FromStr for ColumnArg {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, kind) = text.split_once(':').ok_or_else(|| {
            Invalid::new("write COLUMN:TYPE, like title:string, with ! for a required one: title:string!")
        })?;
        check_column_name(name)?;
        let (kind, required) = kind.strip_suffix('!').map_or((kind, false), |kind| (kind, true));
        // `reference` is a string that points to another table's rows; the word must survive.
        let bson_type = if kind == "reference" { kind } else { Kind::parse(kind)?.bson_type() };
        let definition = if required {
            json!({ "bsonType": bson_type, "required": true })
        } else {
            json!({ "bsonType": bson_type })
        };
        Ok(Self { name: name.to_owned(), definition })
    }
}

/// What a new table is made of.
#[derive(Debug, Default, PartialEq)]
pub struct Definition {
    pub schema: Map<String, Value>,
    pub indexes: Vec<Index>,
    pub permissions: Option<Permissions>,
}

impl Definition {
    pub fn from_arguments(columns: Vec<ColumnArg>) -> Result<Self, Failure> {
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|column| !seen.insert(column.name.clone())) {
            return Err(Failure::Usage(format!("the column {} is given twice", twice.name)));
        }
        let schema = columns.into_iter().map(|column| (column.name, column.definition)).collect();
        Ok(Self { schema, ..Self::default() })
    }

    /// Reads a JSON file, or stdin for `-`.
    pub fn from_file(path: &Path) -> Result<Self, Failure> {
        let text = if path == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(path) };
        let named = |reason: String| Failure::Usage(format!("{}: {reason}", path.display()));
        Self::from_json(&text.map_err(|error| named(error.to_string()))?).map_err(named)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_a_name_and_a_type() {
        let parse = |text: &str| text.parse::<ColumnArg>().map(|column| (column.name, column.definition));
        assert_eq!(parse("views:int"), Ok(("views".into(), json!({ "bsonType": "int" }))));
        assert_eq!(parse("title:string!"), Ok(("title".into(), json!({ "bsonType": "string", "required": true }))));
        assert_eq!(parse("author:reference"), Ok(("author".into(), json!({ "bsonType": "reference" }))));
        assert_eq!(parse("price:number"), Ok(("price".into(), json!({ "bsonType": "double" }))));
        for bad in ["title", "title:", "title:text", "title:string!!", ":string", "a b:string", "id:string", "!:int"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

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
