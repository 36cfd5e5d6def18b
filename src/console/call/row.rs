use super::{Impact, Reply};
use crate::{
    client::{Client, Error, RowsQuery},
    domain::EnvironmentId,
};

#[derive(Clone, Debug)]
pub enum RowCall {
    Page { table: String, query: RowsQuery },
}

impl RowCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::Page { .. } => Impact::Reads,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::Page { table, .. } => format!("reading the rows of {table}"),
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId) -> Result<Reply, Error> {
        Ok(match self {
            Self::Page { table, query } => Reply::Rows(client.rows(id, table, query).await?),
        })
    }
}
