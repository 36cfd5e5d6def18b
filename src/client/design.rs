//! Changes of a table that exists.

use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use super::{Client, Error, Listing, management, rows_path, segment, transport::Call};
use crate::domain::{
    EnvironmentId,
    api::{Page, Table},
    permission::Permissions,
    table::{IndexChange, IndexVersion, Rollback, SchemaChange, SchemaVersion},
};

/// How long a change that moves every row of a table may take: a million of them took a quarter of a
/// minute on a small machine.
const MOVING: Duration = Duration::from_mins(10);

impl Client {
    /// Replaces the permissions of a table whole.
    pub async fn set_permissions(
        &self,
        environment: &EnvironmentId,
        table: &str,
        permissions: Permissions,
    ) -> Result<Table, Error> {
        self.write(Method::PUT, &design_path(environment, table, "/permissions"), &permissions).await
    }

    /// Goes back to the default permissions.
    pub async fn reset_permissions(&self, environment: &EnvironmentId, table: &str) -> Result<Table, Error> {
        self.delete(&design_path(environment, table, "/permissions"), None).await
    }

    /// Columns that are removed from a table of a protected environment need its name as confirmation.
    pub async fn change_schema(
        &self,
        environment: &EnvironmentId,
        table: &str,
        change: &SchemaChange,
        confirm: Option<&str>,
    ) -> Result<Table, Error> {
        self.redesign(Method::PATCH, &design_path(environment, table, "/schema"), change, confirm).await
    }

    pub async fn schema_versions(
        &self,
        environment: &EnvironmentId,
        table: &str,
    ) -> Result<Listing<SchemaVersion>, Error> {
        self.list(&design_path(environment, table, "/schema/versions")).await
    }

    /// One page of them.
    pub async fn schema_versions_page(
        &self,
        environment: &EnvironmentId,
        table: &str,
        page: u64,
        limit: u64,
    ) -> Result<Page<SchemaVersion>, Error> {
        self.page_of(&design_path(environment, table, "/schema/versions"), page, limit).await
    }

    pub async fn roll_back_schema(
        &self,
        environment: &EnvironmentId,
        table: &str,
        version: u64,
    ) -> Result<Table, Error> {
        let path = design_path(environment, table, "/schema/rollback");
        self.redesign(Method::POST, &path, &Rollback { version }, None).await
    }

    pub async fn change_indexes(
        &self,
        environment: &EnvironmentId,
        table: &str,
        change: &IndexChange,
    ) -> Result<Table, Error> {
        self.redesign(Method::PATCH, &design_path(environment, table, "/indexes"), change, None).await
    }

    pub async fn index_versions(
        &self,
        environment: &EnvironmentId,
        table: &str,
    ) -> Result<Listing<IndexVersion>, Error> {
        self.list(&design_path(environment, table, "/indexes/versions")).await
    }

    /// One page of them.
    pub async fn index_versions_page(
        &self,
        environment: &EnvironmentId,
        table: &str,
        page: u64,
        limit: u64,
    ) -> Result<Page<IndexVersion>, Error> {
        self.page_of(&design_path(environment, table, "/indexes/versions"), page, limit).await
    }

    pub async fn roll_back_indexes(
        &self,
        environment: &EnvironmentId,
        table: &str,
        version: u64,
    ) -> Result<Table, Error> {
        let path = design_path(environment, table, "/indexes/rollback");
        self.redesign(Method::POST, &path, &Rollback { version }, None).await
    }

    /// A table as it describes itself to apps; another one can be created from it.
    pub async fn table_spec(&self, environment: &EnvironmentId, table: &str) -> Result<Value, Error> {
        let call = Call::get(rows_path(environment, table) + "/spec");
        self.transport.send(call).await?.enveloped()
    }

    async fn redesign(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        confirm: Option<&str>,
    ) -> Result<Table, Error> {
        let mut call = Call::new(method, management(path)).body(body)?.patience(MOVING);
        if let Some(name) = confirm {
            call = call.query("confirm", name);
        }
        self.transport.send(call).await?.json()
    }
}

fn design_path(environment: &EnvironmentId, table: &str, what: &str) -> String {
    format!("/environments/{environment}/tables/{}{what}", segment(table))
}
