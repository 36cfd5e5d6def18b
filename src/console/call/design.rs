use std::time::Duration;

use serde_json::json;

use super::{DEADLINE, Impact, Reply};
use crate::{
    client::{Client, Error, RowsQuery},
    console::page::list::pages::ROWS,
    domain::{
        EnvironmentId,
        list::Direction,
        permission::Permissions,
        table::{IndexChange, SchemaChange},
    },
};

/// A little longer than the client waits for a change that moves every row.
const CHANGE_DEADLINE: Duration = Duration::from_mins(11);

/// Versions of a page.
const VERSIONS: u64 = ROWS as u64;

/// What is asked about a table that exists: its columns, its indexes, who may do what.
#[derive(Clone, Debug)]
pub enum DesignCall {
    ChangeSchema {
        change: SchemaChange,
        /// The environment's name, where values go.
        confirm: Option<String>,
    },
    /// A page of what the columns were; the first one is 1.
    SchemaVersions(u64),
    RollBackSchema(u64),
    ChangeIndexes(IndexChange),
    IndexVersions(u64),
    RollBackIndexes(u64),
    SetPermissions(Permissions),
    ResetPermissions,
    /// How many rows have a value in that column.
    CountValues(String),
}

impl DesignCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::SchemaVersions(_) | Self::IndexVersions(_) | Self::CountValues(_) => Impact::Reads,
            Self::ChangeSchema { change, .. } if !change.fields_to_remove.is_empty() => Impact::Destroys,
            Self::ChangeSchema { .. }
            | Self::RollBackSchema(_)
            | Self::ChangeIndexes(_)
            | Self::RollBackIndexes(_)
            | Self::SetPermissions(_)
            | Self::ResetPermissions => Impact::Changes,
        }
    }

    pub fn doing(&self, table: &str) -> String {
        match self {
            Self::ChangeSchema { .. } => format!("changing the columns of {table}"),
            Self::SchemaVersions(_) => format!("reading the versions of {table}"),
            Self::RollBackSchema(version) => format!("bringing back version {version} of the columns of {table}"),
            Self::ChangeIndexes(_) => format!("changing the indexes of {table}"),
            Self::IndexVersions(_) => format!("reading the versions of the indexes of {table}"),
            Self::RollBackIndexes(version) => format!("bringing back version {version} of the indexes of {table}"),
            Self::SetPermissions(_) => format!("setting the permissions of {table}"),
            Self::ResetPermissions => format!("going back to the default permissions of {table}"),
            Self::CountValues(column) => format!("counting the values of {column} in {table}"),
        }
    }

    pub(super) const fn deadline(&self) -> Duration {
        match self {
            Self::ChangeSchema { .. } | Self::RollBackSchema(_) | Self::ChangeIndexes(_) | Self::RollBackIndexes(_) => {
                CHANGE_DEADLINE
            }
            _ => DEADLINE,
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId, table: &str) -> Result<Reply, Error> {
        let changed = match self {
            Self::ChangeSchema { change, confirm } => {
                client.change_schema(id, table, change, confirm.as_deref()).await?
            }
            Self::RollBackSchema(version) => client.roll_back_schema(id, table, *version).await?,
            Self::ChangeIndexes(change) => client.change_indexes(id, table, change).await?,
            Self::RollBackIndexes(version) => client.roll_back_indexes(id, table, *version).await?,
            Self::SetPermissions(permissions) => client.set_permissions(id, table, *permissions).await?,
            Self::ResetPermissions => client.reset_permissions(id, table).await?,
            Self::SchemaVersions(page) => {
                return Ok(Reply::SchemaVersions(client.schema_versions_page(id, table, *page, VERSIONS).await?));
            }
            Self::IndexVersions(page) => {
                return Ok(Reply::IndexVersions(client.index_versions_page(id, table, *page, VERSIONS).await?));
            }
            Self::CountValues(column) => {
                let page = client.rows(id, table, &having(column)).await?;
                return Ok(Reply::Count(page.pagination.total));
            }
        };
        Ok(Reply::Table(Box::new(changed)))
    }
}

/// One row is read for the number of all.
fn having(column: &str) -> RowsQuery {
    let and_filters = Some(json!({ column: { "$ne": null } }));
    RowsQuery { page: 1, limit: 1, sort_by: None, direction: Direction::Descending, and_filters }
}
