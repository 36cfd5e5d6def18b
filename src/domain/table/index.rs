//! Indexes, as the API names them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Kind, SYSTEM_COLUMNS, Schema, check_identifier};
use crate::domain::Invalid;

const MAX_INDEXES: usize = 50;

/// An index as the API names it.
///
/// It is also read as the documentation of the hosted service prints it, `{"key":{"title":1}}`; its name
/// is made of its columns then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Written")]
pub struct Index {
    pub name: String,
    /// Column to direction, 1 ascending or -1 descending, most significant first.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    #[schema(default = false)]
    pub unique: bool,
    /// A unique index that is sparse ignores records without a value.
    #[schema(default = false)]
    pub sparse: bool,
}

#[derive(Deserialize)]
struct Written {
    name: Option<String>,
    fields: Option<Map<String, Value>>,
    key: Option<Map<String, Value>>,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    sparse: bool,
}

impl TryFrom<Written> for Index {
    type Error = Invalid;

    fn try_from(written: Written) -> Result<Self, Invalid> {
        let Written { name, fields, key, unique, sparse } = written;
        let fields = fields.or(key).ok_or_else(|| Invalid::new("an index needs fields, like {\"title\":1}"))?;
        let name = name.unwrap_or_else(|| Self::name_of(&fields));
        Ok(Self { name, fields, unique, sparse })
    }
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

    fn name_of(fields: &Map<String, Value>) -> String {
        let built_in = Self::built_in().into_iter().find(|index| index.fields == *fields);
        let parts = || fields.iter().map(|(column, direction)| format!("{column}_{direction}")).collect::<Vec<_>>();
        built_in.map_or_else(|| parts().join("_"), |index| index.name)
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
    fn an_index_is_also_read_without_a_name() {
        let index = |json: Value| serde_json::from_value::<Index>(json);
        assert_eq!(index(json!({"key": {"a": 1, "b": -1}})).expect("an index").name, "a_1_b_-1");
        assert_eq!(index(json!({"key": {"_id": 1}})).expect("an index").name, "_id_");
        let both = json!({"name": "n", "key": {"a": 1}, "fields": {"a": -1}, "unique": true});
        let both = index(both).expect("an index");
        assert_eq!((both.fields["a"].as_i64(), both.unique), (Some(-1), true));
        assert!(index(json!({"name": "n"})).is_err());
    }

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
