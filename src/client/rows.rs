//! Rows of a table, as the operator: past every permission.

use reqwest::{Method, header::HeaderValue};
use serde::Serialize;
use serde_json::Value;

use super::{Client, Error, management, rows_path, segment, transport::Call};
use crate::domain::{
    EnvironmentId,
    api::{Page, Record},
    list::Direction,
    row_set::{DeleteRows, DeletedRows, RestoreRows, RestoredRows},
};

/// Which rows of a table to read.
#[derive(Clone, Debug)]
pub struct RowsQuery {
    /// 1 for the first.
    pub page: u64,
    /// At most 100.
    pub limit: u64,
    /// `id` when absent.
    pub sort_by: Option<String>,
    pub direction: Direction,
    /// Conditions that all hold, in the data plane's filter language.
    pub and_filters: Option<Value>,
}

/// A row, and the version that it is.
#[derive(Clone, Debug)]
pub struct ReadRow {
    pub row: Record,
    pub version: RowVersion,
}

/// Tells the version of a row from others, for a change that is meant for this one alone.
#[derive(Clone, Debug)]
pub struct RowVersion(Option<HeaderValue>);

impl RowVersion {
    /// Whatever is there.
    pub const ANY: Self = Self(None);
}

impl Client {
    /// One page of a table's rows.
    pub async fn rows(
        &self,
        environment: &EnvironmentId,
        table: &str,
        query: &RowsQuery,
    ) -> Result<Page<Record>, Error> {
        let sort_by = query.sort_by.as_deref().unwrap_or("id");
        let mut call =
            Call::get(rows_path(environment, table)).page(query.page, query.limit).sorted(sort_by, query.direction);
        if let Some(filter) = &query.and_filters {
            call = call.query("andFilters", filter);
        }
        self.transport.send(call).await?.enveloped()
    }

    pub async fn row(&self, environment: &EnvironmentId, table: &str, id: &str) -> Result<ReadRow, Error> {
        let answer = self.transport.send(Call::get(row_path(environment, table, id))).await?;
        Ok(ReadRow { row: answer.enveloped()?, version: RowVersion(answer.etag().cloned()) })
    }

    pub async fn create_row(&self, environment: &EnvironmentId, table: &str, row: &Record) -> Result<Record, Error> {
        let call = Call::new(Method::POST, rows_path(environment, table)).body(row)?;
        self.transport.send(call).await?.enveloped()
    }

    /// At most a hundred; all of them or, if one breaks a rule, none.
    pub async fn create_rows(
        &self,
        environment: &EnvironmentId,
        table: &str,
        rows: &[Record],
    ) -> Result<Vec<Record>, Error> {
        #[derive(serde::Deserialize)]
        struct Created {
            items: Vec<Record>,
        }
        let call = Call::new(Method::POST, rows_path(environment, table)).body(&rows)?;
        let created: Created = self.transport.send(call).await?.enveloped()?;
        Ok(created.items)
    }

    /// Merges `changes` into the row, column by column; [`changes`](crate::domain::record::changes) makes
    /// them of a row that was edited whole. The answer is the row as it is then;
    /// [`Error::is_other_version`] where the row is none of `version`.
    pub async fn update_row(
        &self,
        environment: &EnvironmentId,
        table: &str,
        id: &str,
        version: RowVersion,
        changes: &Record,
    ) -> Result<Record, Error> {
        let call = Call::new(Method::PATCH, row_path(environment, table, id)).if_match(version.0).body(changes)?;
        self.transport.send(call).await?.enveloped()
    }

    /// Nothing is left to put back; [`Client::delete_rows`] answers what it deletes.
    pub async fn delete_row(&self, environment: &EnvironmentId, table: &str, id: &str) -> Result<(), Error> {
        self.transport.send(Call::new(Method::DELETE, row_path(environment, table, id))).await.map(drop)
    }

    /// At most a thousand, all or none; the answer has them as they were, for
    /// [`Client::restore_rows`]. In a protected environment the confirmation is its name or the table's.
    pub async fn delete_rows(
        &self,
        environment: &EnvironmentId,
        table: &str,
        ids: Vec<String>,
        confirm: Option<&str>,
    ) -> Result<DeletedRows, Error> {
        let call =
            confirm.into_iter().fold(row_set(environment, table, "delete", &DeleteRows { ids })?, |call, name| {
                call.query("confirm", name)
            });
        self.transport.send(call).await?.json()
    }

    /// Puts rows back with their ids, owners and times: all of them, or none when one of the ids is
    /// there again.
    pub async fn restore_rows(
        &self,
        environment: &EnvironmentId,
        table: &str,
        rows: Vec<Record>,
    ) -> Result<RestoredRows, Error> {
        let call = row_set(environment, table, "restore", &RestoreRows { rows })?;
        self.transport.send(call).await?.json()
    }
}

fn row_path(environment: &EnvironmentId, table: &str, id: &str) -> String {
    format!("{}/{}", rows_path(environment, table), segment(id))
}

fn row_set(environment: &EnvironmentId, table: &str, what: &str, body: &impl Serialize) -> Result<Call, Error> {
    let path = format!("/environments/{environment}/tables/{}/rows/{what}", segment(table));
    Call::new(Method::POST, management(&path)).body(body)
}
