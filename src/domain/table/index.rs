//! Indexes, as the API names them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Kind, SYSTEM_COLUMNS, Schema, check_identifier};
use crate::domain::Invalid;

const MAX_INDEXES: usize = 50;

/// An index as the API names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Index {
    pub name: String,
    /// Column to direction, 1 ascending or -1 descending, most significant first.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    #[serde(default)]
    pub unique: bool,
    /// A unique index that is sparse ignores records without a value.
    #[serde(default)]
    pub sparse: bool,
}

impl Index {
    /// Those that every table has and nobody can delete.
    pub fn built_in() -> [Self; 4] {
        let index = |name: &str, column: &str, direction: i8| Self {
            name: name.into(),
            fields: Map::from_iter([(column.to_owned(), direction.into())]),
            unique: column == "_id",
            sparse: false,
        };
        [
            index("_id_", "_id", 1),
            index("idx_createdAt_desc", "createdAt", -1),
            index("idx_updatedAt_desc", "updatedAt", -1),
            index("idx_createdBy", "createdBy", 1),
        ]
    }

    /// Checks a declared index against the columns it names.
    ///
    /// # Errors
    /// [`Invalid`] with what is wrong.
    pub fn check_all(indexes: &[Self], schema: &Schema) -> Result<(), Invalid> {
        if indexes.len() > MAX_INDEXES {
            return Err(Invalid::new(format!("a table has at most {MAX_INDEXES} indexes")));
        }
        for (position, index) in indexes.iter().enumerate() {
            let wrong = |message: String| Invalid::new(format!("index {}: {message}", index.name));
            check_identifier(&index.name, "an index name", |c| c == '_' || c == '-')?;
            let taken = Self::built_in().iter().any(|other| other.name == index.name)
                || indexes[..position].iter().any(|other| other.name == index.name);
            if taken {
                return Err(wrong("there is one of that name already".into()));
            }
            if index.fields.is_empty() || index.fields.len() > 8 {
                return Err(wrong("it needs one to eight columns".into()));
            }
            for (column, direction) in &index.fields {
                let system = SYSTEM_COLUMNS.contains(&column.as_str());
                if !system && schema.get(column).is_none() {
                    return Err(wrong(format!("{column} is not a column of the table")));
                }
                if schema.get(column).is_some_and(|c| matches!(c.property.kind, Kind::Object | Kind::Array)) {
                    return Err(wrong(format!("{column} holds objects or arrays, which cannot be indexed")));
                }
                if !matches!(direction.as_i64(), Some(1 | -1)) {
                    return Err(wrong(format!("the direction of {column} is 1 or -1")));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn indexes_name_columns_that_exist() {
        let columns = json!({"title": {"bsonType": "string"}});
        let schema = Schema::parse(columns.as_object().expect("an object")).expect("valid");
        let index = |json: Value| serde_json::from_value::<Index>(json).expect("an index");
        assert!(Index::check_all(&[index(json!({"name": "by_title", "fields": {"title": 1}}))], &schema).is_ok());
        assert!(Index::check_all(&[index(json!({"name": "by_x", "fields": {"x": 1}}))], &schema).is_err());
        assert!(Index::check_all(&[index(json!({"name": "by_title", "fields": {"title": 2}}))], &schema).is_err());
        assert!(Index::check_all(&[index(json!({"name": "_id_", "fields": {"title": 1}}))], &schema).is_err());
    }
}
