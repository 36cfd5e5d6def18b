//! The system's own tables as the data API shows them to `admin`.
//!
//! Each is a subquery in the shape of a user table, so that lists, filters and sorts are those of every
//! other table. What is named here is shown, and nothing else: digests and hashes are not.

use std::sync::{Arc, LazyLock};

use serde_json::{Map, json};

use super::StoredTable;
use crate::domain::{TableId, Timestamp, table::Schema};

/// One of the system's tables; `None` for any other name.
pub fn system_table(name: &str) -> Option<Arc<StoredTable>> {
    static TABLES: LazyLock<Vec<Arc<StoredTable>>> =
        LazyLock::new(|| TABLES_SHOWN.iter().map(|shown| Arc::new(shown.table())).collect());
    TABLES.iter().find(|table| table.name == name).map(Arc::clone)
}

struct Shown {
    name: &'static str,
    rows: &'static str,
    created_by: &'static str,
    created_at: &'static str,
    updated_at: &'static str,
    /// Name, type, and the expression behind it.
    columns: &'static [(&'static str, &'static str, &'static str)],
}

const TABLES_SHOWN: [Shown; 4] = [
    Shown {
        name: "users",
        rows: "users WHERE deleted_at IS NULL",
        created_by: "id",
        created_at: "created_at",
        updated_at: "updated_at",
        columns: &[
            ("email", "string", "email"),
            ("name", "string", "name"),
            ("nickname", "string", "nickname"),
            ("role", "string", "role"),
            ("emailVerified", "date", "email_verified_at"),
            ("image", "string", "image"),
            ("onboardingStatus", "string", "onboarding_status"),
        ],
    },
    Shown {
        name: "sessions",
        rows: "sessions",
        created_by: "user_id",
        created_at: "created_at",
        updated_at: "last_activity_at",
        columns: &[
            ("userId", "string", "user_id"),
            ("userAgent", "string", "user_agent"),
            ("ipAddress", "string", "ip_address"),
            ("lastActivityAt", "date", "last_activity_at"),
            ("expiresAt", "date", "expires_at"),
        ],
    },
    Shown {
        name: "accounts",
        rows: "accounts",
        created_by: "user_id",
        created_at: "connected_at",
        updated_at: "connected_at",
        columns: &[
            ("userId", "string", "user_id"),
            ("provider", "string", "provider"),
            ("connectedAt", "date", "connected_at"),
        ],
    },
    Shown {
        name: "files",
        rows: "files",
        created_by: "owner_id",
        created_at: "created_at",
        updated_at: "updated_at",
        columns: &[
            ("originalName", "string", "original_name"),
            ("mimeType", "string", "mime_type"),
            ("size", "int", "size"),
            ("visibility", "string", "visibility"),
            ("ownerId", "string", "owner_id"),
            ("ownerType", "string", "owner_type"),
        ],
    },
];

impl Shown {
    fn table(&self) -> StoredTable {
        let Self { name, rows, created_by, created_at, updated_at, columns } = self;
        let types: Map<_, _> =
            columns.iter().map(|(column, kind, _)| ((*column).to_owned(), json!({ "bsonType": kind }))).collect();
        let members: Vec<_> = columns
            .iter()
            .map(|(column, kind, expression)| match *kind {
                "date" => format!("'{column}', strftime('%Y-%m-%dT%H:%M:%fZ', {expression} / 1000.0, 'unixepoch')"),
                _ => format!("'{column}', {expression}"),
            })
            .collect();
        let source = format!(
            "(SELECT id, {created_by} AS created_by, {created_at} AS created_at, {updated_at} AS updated_at, \
             jsonb_object({}) AS doc FROM {rows})",
            members.join(", ")
        );
        let schema = Schema::parse(&types).expect("the types above are types");
        let id = TableId::parse(&format!("{}{:024}", TableId::PREFIX, 0)).expect("24 digits are an identifier");
        StoredTable::over(id, (*name).to_owned(), schema, source, Timestamp::from_millis(0))
    }
}
