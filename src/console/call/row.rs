use serde_json::Value;

use super::{Impact, Reply};
use crate::{
    client::{Client, Error, ReadRow, RowVersion, RowsQuery},
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
/// How often a change begins anew because the row became another one between its reading and its change.
const ATTEMPTS: usize = 5;
const LONGEST_SHOWN: usize = 60;

impl RowCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::Page { .. } => Impact::Reads,
            // A deletion answers the rows, which can be put back as they were.
            Self::Create { .. } | Self::Change { .. } | Self::Delete { .. } | Self::Restore { .. } => Impact::Changes,
        }
    }

    pub(super) const fn table(&self) -> &String {
        match self {
            Self::Page { table, .. }
            | Self::Create { table, .. }
            | Self::Change { table, .. }
            | Self::Delete { table, .. }
            | Self::Restore { table, .. } => table,
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
        let update = async |version| client.update_row(environment, table, &self.id, version, &self.changes).await;
        if self.was.is_empty() {
            return update(RowVersion::ANY).await;
        }
        for _ in 0..ATTEMPTS {
            let ReadRow { row, version } = client.row(environment, table, &self.id).await?;
            let details = self.conflicts(&row);
            if !details.is_empty() {
                let message = format!("somebody else has changed this row meanwhile: {}", details[0].message);
                return Err(Error::Refused { status: 409, code: CHANGED_MEANWHILE.into(), message, details });
            }
            match update(version).await {
                // Somebody changed it since it was read, perhaps other columns: they are looked at again.
                Err(error) if error.is_other_version() => {}
                result => return result,
            }
        }
        let message = "somebody else keeps changing this row: nothing was saved, so save it again".into();
        Err(Error::Refused { status: 409, code: CHANGED_MEANWHILE.into(), message, details: Vec::new() })
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
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use axum::{
        Router,
        http::{HeaderMap, StatusCode, header},
        response::IntoResponse,
        routing::get,
    };
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::{
        client::Target,
        domain::{Timestamp, id::Entropy},
    };

    fn object(value: &Value) -> Record {
        value.as_object().expect("an object").clone()
    }

    /// Changes the title of a row that somebody else changes each time after it was read, to the next of
    /// `versions`, whose last one stays. What becomes of it, and how often it was read.
    async fn changed_beside(versions: Vec<Value>) -> (Result<Record, Error>, usize) {
        let last = versions.len() - 1;
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let read = move || {
            let at = counted.fetch_add(1, Ordering::SeqCst).min(last);
            let body = json!({"success": true, "data": versions[at]}).to_string();
            async move { ([(header::ETAG, format!("\"{at}\""))], body) }
        };
        let write = move |headers: HeaderMap| async move {
            if headers[header::IF_MATCH] == format!("\"{last}\"") {
                return json!({"success": true, "data": {"title": "mine"}}).to_string().into_response();
            }
            let body = json!({"error": {"code": "data/precondition-failed", "message": "another version"}});
            (StatusCode::PRECONDITION_FAILED, body.to_string()).into_response()
        };
        let router = Router::new().fallback(get(read).patch(write));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::new(Target { url, token: "token".to_owned().into(), socket: None }).expect("usable");
        let environment = EnvironmentId::generate(&Entropy::system(), Timestamp::from_millis(0));
        let change = Change {
            id: "1".into(),
            changes: object(&json!({"title": "mine"})),
            was: object(&json!({"title": "before"})),
        };
        (change.perform(&client, &environment, "posts").await, reads.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn somebody_elses_change_of_other_columns_between_reading_and_writing_is_no_obstacle() {
        let version = |views| json!({"title": "before", "views": views});
        let (result, reads) = changed_beside(vec![version(1), version(2), version(3)]).await;
        assert_eq!((result.expect("saved")["title"].clone(), reads), (json!("mine"), 3));
    }

    #[tokio::test]
    async fn somebody_elses_change_of_the_same_column_between_reading_and_writing_is_asked_about() {
        let (result, _) = changed_beside(vec![json!({"title": "before"}), json!({"title": "theirs"})]).await;
        assert_eq!(conflicts(&result.expect_err("it is theirs by now")), ["title"]);
    }

    #[tokio::test]
    async fn a_row_that_never_rests_is_given_up() {
        let versions = (0..100).map(|views| json!({"title": "before", "views": views})).collect();
        let (result, reads) = changed_beside(versions).await;
        assert_eq!((result.expect_err("given up").status(), reads), (Some(409), ATTEMPTS));
    }

    #[test]
    fn only_columns_that_both_changed_conflict() {
        let change = Change {
            id: "1".into(),
            changes: object(&json!({"title": "mine", "views": 2, "tags": null})),
            was: object(&json!({"title": "before", "views": 1, "tags": ["a"]})),
        };
        let fields = |current: Value| -> Vec<String> {
            change.conflicts(&object(&current)).into_iter().map(|violation| violation.field).collect()
        };
        assert!(fields(json!({"title": "before", "views": 1, "tags": ["a"], "other": 5})).is_empty());
        assert!(fields(json!({"title": "mine", "views": 1})).is_empty(), "what is there already is no conflict");
        assert_eq!(fields(json!({"title": "theirs", "views": 1, "tags": ["b"]})), ["title", "tags"]);
    }
}
