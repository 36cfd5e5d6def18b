//! Calls that import what comes from elsewhere: tables in batches, users, files.

use std::path::Path;

use bytes::Bytes;
use reqwest::Method;
use serde_json::{Map, Value, json, value::RawValue};

use crate::client::{Client, Error, Listing, files::Sent, management, transport::Call};
use crate::domain::{
    EnvironmentId, ImportId,
    import::{
        BATCH_BYTES, BeginImport, FinishImport, Import, MAX_BATCH_ROWS,
        files::{FileImported, ImportFile},
        users::UsersImported,
    },
};

/// Rows as the text that they were read as, ready to be sent.
#[derive(Clone, Debug, Default)]
pub struct RowBatch {
    json: Vec<u8>,
    rows: usize,
}

impl RowBatch {
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether another row of so many bytes still belongs into it.
    pub fn has_room_for(&self, bytes: usize) -> bool {
        self.is_empty() || (self.rows < MAX_BATCH_ROWS && self.json.len() + bytes < BATCH_BYTES)
    }

    pub fn push(&mut self, row: &RawValue) {
        self.json.extend_from_slice(if self.is_empty() { b"{\"rows\":[" } else { b"," });
        self.json.extend_from_slice(row.get().as_bytes());
        self.rows += 1;
    }

    /// The body of a call.
    pub fn into_body(mut self) -> Bytes {
        let end: &[u8] = if self.is_empty() { b"{\"rows\":[]}" } else { b"]}" };
        self.json.extend_from_slice(end);
        self.json.into()
    }
}

impl Client {
    pub async fn imports(&self, environment: &EnvironmentId) -> Result<Listing<Import>, Error> {
        self.list(&format!("/environments/{environment}/imports")).await
    }

    pub async fn begin_import(&self, environment: &EnvironmentId, body: &BeginImport) -> Result<Import, Error> {
        self.write(Method::POST, &format!("/environments/{environment}/imports"), body).await
    }

    /// May be sent again after a lost answer: rows that have arrived already change nothing.
    pub async fn import_rows(
        &self,
        environment: &EnvironmentId,
        import: &ImportId,
        rows: Bytes,
    ) -> Result<Import, Error> {
        let path = management(&format!("/environments/{environment}/imports/{import}/rows"));
        self.transport.send(Call::new(Method::POST, path).bytes(rows)).await?.json()
    }

    pub async fn finish_import(
        &self,
        environment: &EnvironmentId,
        import: &ImportId,
        body: FinishImport,
    ) -> Result<Import, Error> {
        self.write(Method::POST, &format!("/environments/{environment}/imports/{import}/finish"), &body).await
    }

    /// May be sent again: users who are there stay as they are.
    pub async fn import_users(
        &self,
        environment: &EnvironmentId,
        users: &[Map<String, Value>],
    ) -> Result<UsersImported, Error> {
        let path = format!("/environments/{environment}/imports/users");
        self.write(Method::POST, &path, &json!({ "users": users })).await
    }

    /// Sends a file and its bytes, unless it is there.
    pub async fn import_file(
        &self,
        environment: &EnvironmentId,
        file: &ImportFile,
        bytes: &Path,
        sent: &Sent,
    ) -> Result<FileImported, Error> {
        let path = format!("/environments/{environment}/imports/files");
        let answer: FileImported = self.write(Method::POST, &path, file).await?;
        let Some(url) = &answer.url else { return Ok(answer) };
        self.send_bytes(url, bytes, file.size, sent).await?;
        self.write(Method::POST, &path, file).await
    }

    pub async fn abandon_import(&self, environment: &EnvironmentId, import: &ImportId) -> Result<Import, Error> {
        self.delete(&format!("/environments/{environment}/imports/{import}"), None).await
    }
}
