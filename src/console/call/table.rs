use super::{Impact, Reply};
use crate::{
    client::{Client, Error},
    domain::{EnvironmentId, api::CreateTable},
};

#[derive(Clone, Debug)]
pub enum TableCall {
    List,
    Create(CreateTable),
    Delete {
        table: String,
        /// The environment's name.
        confirm: String,
    },
}

impl TableCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::List => Impact::Reads,
            Self::Create(_) => Impact::Changes,
            Self::Delete { .. } => Impact::Destroys,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::List => "reading the tables".into(),
            Self::Create(create) => format!("creating the table {}", create.name),
            Self::Delete { table, .. } => format!("deleting the table {table}"),
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId) -> Result<Reply, Error> {
        Ok(match self {
            Self::List => Reply::Tables(client.tables(id).await?),
            Self::Create(body) => Reply::Table(Box::new(client.create_table(id, body).await?)),
            Self::Delete { table, confirm } => {
                Reply::Table(Box::new(client.delete_table(id, table, Some(confirm)).await?))
            }
        })
    }
}
