use serde_json::Value;

use super::{Impact, Reply};
use crate::{
    client::{Client, Error, RowsQuery},
    domain::{EnvironmentId, Violation, api::Record},
};

#[derive(Clone, Debug)]
pub enum RowCall {
    Page {
        table: String,
        query: RowsQuery,
    },
    Create {
        table: String,
        row: Record,
    },
    Change {
        table: String,
        change: Change,
    },
    Delete {
        table: String,
        ids: Vec<String>,
        confirm: Option<String>,
    },
    /// Puts back what a deletion answered.
    Restore {
        table: String,
        rows: Vec<Record>,
    },
}

/// What is to become different in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub id: String,
    pub changes: Record,
    /// What these columns held when the row was read. One that holds something else by now was
    /// changed by somebody else, who is not overwritten without a question.
    pub was: Record,
}

/// The code of a change that would overwrite somebody else's.
const CHANGED_MEANWHILE: &str = "console/changed-meanwhile";
const LONGEST_SHOWN: usize = 60;

impl RowCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::Page { .. } => Impact::Reads,
            // A deletion answers the rows, which can be put back as they were.
            Self::Create { .. } | Self::Change { .. } | Self::Delete { .. } | Self::Restore { .. } => Impact::Changes,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::Page { table, .. } => format!("reading the rows of {table}"),
            Self::Create { table, .. } => format!("creating a row of {table}"),
            Self::Change { table, .. } => format!("changing a row of {table}"),
            Self::Delete { table, ids, .. } => format!("deleting {} of {table}", rows(ids.len())),
            Self::Restore { table, rows } => format!("putting {} of {table} back", self::rows(rows.len())),
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId) -> Result<Reply, Error> {
        Ok(match self {
            Self::Page { table, query } => Reply::Rows(client.rows(id, table, query).await?),
            Self::Create { table, row } => Reply::Row(Box::new(client.create_row(id, table, row).await?)),
            Self::Change { table, change } => Reply::Row(Box::new(change.perform(client, id, table).await?)),
            Self::Delete { table, ids, confirm } => {
                let deleted = client.delete_rows(id, table, ids.clone(), confirm.as_deref()).await?;
                Reply::RowsDeleted(deleted.items)
            }
            Self::Restore { table, rows } => {
                Reply::RowsRestored(client.restore_rows(id, table, rows.clone()).await?.count)
            }
        })
    }
}

impl Change {
    async fn perform(&self, client: &Client, environment: &EnvironmentId, table: &str) -> Result<Record, Error> {
        if !self.was.is_empty() {
            let current = client.row(environment, table, &self.id).await?;
            let details = self.conflicts(&current);
            if !details.is_empty() {
                let message = format!("somebody else has changed this row meanwhile: {}", details[0].message);
                return Err(Error::Refused { status: 409, code: CHANGED_MEANWHILE.into(), message, details });
            }
        }
        client.update_row(environment, table, &self.id, &self.changes).await
    }

    /// Columns that hold neither what they held nor what they are to hold.
    fn conflicts(&self, current: &Record) -> Vec<Violation> {
        let value = |row: &Record, name: &str| row.get(name).cloned().unwrap_or(Value::Null);
        let differ = |(name, was): (&String, &Value)| {
            let now = value(current, name);
            (now != *was && now != value(&self.changes, name)).then(|| Violation {
                field: name.clone(),
                rule: CHANGED_MEANWHILE.into(),
                message: format!("{name} is {} by now: saved again, this takes its place", short(&now)),
            })
        };
        self.was.iter().filter_map(differ).collect()
    }
}

/// The columns that somebody else has changed meanwhile, where a change was refused for that.
pub fn conflicts(error: &Error) -> Vec<String> {
    match error {
        Error::Refused { code, details, .. } if code == CHANGED_MEANWHILE => {
            details.iter().map(|violation| violation.field.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn rows(number: usize) -> String {
    if number == 1 { "a row".into() } else { format!("{number} rows") }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_columns_that_both_changed_conflict() {
        let object = |value: Value| value.as_object().expect("an object").clone();
        let change = Change {
            id: "1".into(),
            changes: object(json!({"title": "mine", "views": 2, "tags": null})),
            was: object(json!({"title": "before", "views": 1, "tags": ["a"]})),
        };
        let fields = |current| -> Vec<String> {
            change.conflicts(&object(current)).into_iter().map(|violation| violation.field).collect()
        };
        assert!(fields(json!({"title": "before", "views": 1, "tags": ["a"], "other": 5})).is_empty());
        assert!(fields(json!({"title": "mine", "views": 1})).is_empty(), "what is there already is no conflict");
        assert_eq!(fields(json!({"title": "theirs", "views": 1, "tags": ["b"]})), ["title", "tags"]);
    }
}
