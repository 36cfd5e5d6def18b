//! Imports: a whole table at once, with the identifiers, owners and times that its rows came with.
//!
//! Rows go into a table that nobody sees, in batches, and are published together by the last call.
//! Users and files come with their identifiers too, by calls of their own ([`users`], [`files`]).

pub mod files;
pub mod users;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

use super::{
    EnvironmentId, TableId, Timestamp, Violation,
    api::CreateTable,
    id::ImportId,
    record,
    table::{SYSTEM_COLUMNS, Schema},
};

/// Rows of one batch: a transaction of so many is over before another writer notices.
pub const MAX_BATCH_ROWS: usize = 1000;

/// Bytes of one batch as the CLI sends them; a row that is larger goes alone.
pub const BATCH_BYTES: usize = 2 << 20;

/// Bytes of one row: with its batch around it, it must stay within the largest body.
pub const MAX_ROW_BYTES: usize = 8 << 20;

/// Rows that a table which is there already takes at once. They go in within one transaction, and
/// every other writer of the environment waits for its end: about a second for so many.
pub const MAX_ADDED_ROWS: u64 = 100_000;

/// Characters of an identifier that came from elsewhere.
const MAX_ID: usize = 255;

/// An import of one table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    #[schema(value_type = String)]
    pub id: ImportId,
    #[schema(value_type = String)]
    pub environment_id: EnvironmentId,
    /// The table's name.
    pub table: String,
    pub status: ImportStatus,
    /// The table that the rows are in; absent until it is finished.
    #[schema(value_type = Option<String>)]
    pub table_id: Option<TableId>,
    /// What the importing side knows its source by: equal text, equal rows.
    pub source: String,
    pub rows: u64,
    pub bytes: u64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImportStatus {
    /// Takes rows, and shows them to nobody.
    Open,
    Finished,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeginImport {
    /// What the table is made of. Of one that is there already only the name counts.
    pub table: CreateTable,
    /// Kept beside the table, so that the same import is recognised when it comes again.
    pub source: String,
    /// The rows are added to a table that is there already, by its schema.
    #[serde(default)]
    pub existing: bool,
}

/// A batch of rows, each an object as a list call answers it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportRows {
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Box<RawValue>>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinishImport {
    /// How many rows were sent, those that came twice counted once. Another number is refused.
    pub rows: u64,
    /// Of a table that is there already: rows whose identifier it has are left as they are, and not
    /// refused.
    #[serde(default)]
    pub keep_existing: bool,
}

/// A row of an export, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRow {
    pub id: String,
    /// Empty when nobody is named.
    pub created_by: String,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
    /// The columns as they are stored.
    pub document: Map<String, Value>,
}

impl ImportedRow {
    /// Takes the system fields out of `row` and checks the rest by `schema`. No default is filled in,
    /// and no undeclared column is dropped: what was exported is what is kept.
    ///
    /// # Errors
    /// One [`Violation`] for each field that breaks a rule.
    pub fn read(schema: &Schema, mut row: Map<String, Value>) -> Result<Self, Vec<Violation>> {
        let mut violations = Vec::new();
        let mut keep = |read: Result<_, Violation>| read.map_err(|violation| violations.push(violation)).ok().flatten();
        let id = keep(identifier(&row).map(|id| Some(id.to_owned())));
        let created_by = keep(owner(&row).map(Some));
        let [created_at, updated_at] = ["createdAt", "updatedAt"].map(|field| instant(&row, field));
        let times = [created_at, updated_at].map(|read| read.map_err(|violation| violations.push(violation)).ok());
        row.retain(|name, _| !SYSTEM_COLUMNS.contains(&name.as_str()) && name != "_id");
        record::check_imported(schema, &mut row, &mut violations);
        match (id, created_by, times) {
            (Some(id), Some(created_by), [Some(created_at), Some(updated_at)]) if violations.is_empty() => {
                Ok(Self { id, created_by, created_at, updated_at: updated_at.or(created_at), document: row })
            }
            _ => Err(violations),
        }
    }
}

/// What a row is known by.
///
/// # Errors
/// A [`Violation`] when it is missing, or nothing that can be one.
pub fn identifier(row: &Map<String, Value>) -> Result<&str, Violation> {
    let wrong = |message: &str| violation("id", message.to_owned());
    match row.get("id").or_else(|| row.get("_id")) {
        None | Some(Value::Null) => Err(wrong("id is missing")),
        Some(Value::String(id)) if id.is_empty() => Err(wrong("id is empty")),
        Some(Value::String(id)) if id.chars().count() > MAX_ID => {
            Err(wrong(&format!("id has more than {MAX_ID} characters")))
        }
        Some(Value::String(id)) => Ok(id),
        Some(_) => Err(wrong("id must be a string")),
    }
}

fn owner(row: &Map<String, Value>) -> Result<String, Violation> {
    match row.get("createdBy") {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(owner)) => Ok(owner.clone()),
        Some(_) => Err(violation("createdBy", "createdBy must be a string".to_owned())),
    }
}

fn instant(row: &Map<String, Value>, field: &'static str) -> Result<Option<Timestamp>, Violation> {
    match row.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str().and_then(Timestamp::parse) {
            Some(instant) => Ok(Some(instant)),
            None => Err(violation(field, format!("{field} must be an ISO 8601 date"))),
        },
    }
}

fn violation(field: &str, message: impl Into<String>) -> Violation {
    Violation { field: field.to_owned(), rule: "import".into(), message: message.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(row: &Value) -> Result<ImportedRow, Vec<Violation>> {
        let schema = json!({"due": {"bsonType": "date"}, "title": {"bsonType": "string", "required": true}});
        let schema = Schema::parse(schema.as_object().expect("an object")).expect("valid");
        ImportedRow::read(&schema, row.as_object().expect("an object").clone())
    }

    #[test]
    fn what_the_row_came_with_is_kept() {
        let row = read(&json!({
            "id": "a", "title": "x", "success": false, "data": [1.0], "due": "2025-01-20T09:00:00+09:00",
            "createdBy": "u", "createdAt": "2025-01-20T00:00:00Z", "updatedAt": null, "_id": "other"
        }))
        .expect("valid");
        assert_eq!((row.id.as_str(), row.created_by.as_str()), ("a", "u"));
        assert_eq!(row.updated_at, row.created_at, "never changed since");
        assert_eq!(
            Value::Object(row.document),
            json!({"title": "x", "success": false, "data": [1], "due": "2025-01-20T00:00:00.000Z"})
        );
    }

    #[test]
    fn every_field_that_cannot_be_kept_is_named() {
        let refused = read(&json!({"id": 7, "createdBy": {}, "createdAt": "soon", "updatedAt": 1, "due": "late"}));
        let fields: Vec<_> = refused.expect_err("refused").into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, ["id", "createdBy", "createdAt", "updatedAt", "title", "due"]);
    }
}
