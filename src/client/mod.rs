//! A client of the management plane: what the console and the command line know of a server.
//!
//! | File | Idea |
//! |---|---|
//! | [`transport`](self) | one request: deadline, retry, size, and what an answer means |
//! | [`error`] | what can go wrong, each with what to do next |
//! | [`files`] | files: listed, sent, fetched |
//! | [`events`] | the event stream: resumed when lost, replaced by polling when absent |
//! | `sse` | the text format of the stream |
//! | `design` | changes of a table that exists |
//! | `rows` | rows of a table, one and many |
//! | [`import`] | what an export left in a folder, brought into an environment |
//! | [`verify`](mod@verify) | isolation of an environment, proved from outside |
//! | [`users`] | the users of an environment |
//! | [`connect`] | what an app needs, as .env, curl or fetch |
//! | [`local`] | how the server of a data directory is found |

pub mod connect;
mod design;
pub mod error;
pub mod events;
pub mod files;
pub mod import;
pub mod local;
mod rows;
mod sse;
#[cfg(test)]
mod tests;
mod transport;
pub mod users;
pub mod verify;

use std::{path::PathBuf, sync::Arc};

use reqwest::Method;
use secrecy::SecretString;
use serde::{Serialize, de::DeserializeOwned};

use crate::domain::{
    EnvironmentId, KeyId, ProjectId,
    activity::ActivityFilter,
    api::{
        Activity, CreateEnvironment, CreateKey, CreateProject, CreateTable, Environment, Key, Page, Project, RotateKey,
        Table, UpdateEnvironment, UpdateProject,
    },
    list::{Pagination, Window},
    metrics::Metrics,
};

pub use error::Error;
pub use events::{Events, Update};
pub use import::RowBatch;
pub use rows::{ReadRow, RowVersion, RowsQuery};
pub use verify::verify;

use events::Pace;
use transport::{Answer, Call, Transport};

/// The management plane's largest page.
const PAGE: u64 = 1000;

/// The data plane's.
const APP_PAGE: u64 = 100;

/// Where a server is, and the token of its operator.
#[derive(Clone, Debug)]
pub struct Target {
    /// The base URL that apps use too.
    pub url: String,
    pub token: SecretString,
    /// The Unix socket that answers for `url`, for a server that listens nowhere else.
    pub socket: Option<PathBuf>,
}

/// A connection to one server. Clones share it.
///
/// Every call ends within ten seconds, but for those that move the rows of a table or the bytes of a
/// file. A GET that meets no connection, or a server that is not ready, is sent twice more; anything
/// that writes is sent once, because nobody knows whether a lost answer means a lost write.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Arc<Transport>,
}

/// A whole list, and the event to follow it from.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing<T> {
    pub items: Vec<T>,
    /// As of one page that holds everything.
    pub pagination: Pagination,
    /// Following the events from here misses nothing that the list does not show.
    pub event_id: Option<u64>,
}

impl Client {
    /// # Errors
    /// [`Error::Malformed`] when the URL or the token cannot be used; nothing is sent yet.
    pub fn new(target: Target) -> Result<Self, Error> {
        Ok(Self { transport: Arc::new(Transport::new(target)?) })
    }

    /// The base URL that apps use, without a slash at its end.
    pub fn url(&self) -> &str {
        self.transport.url()
    }

    /// Whether the server answers at all; needs no permission.
    pub async fn health(&self) -> Result<(), Error> {
        self.transport.send(Call::get("/healthz")).await.map(drop)
    }

    pub async fn projects(&self) -> Result<Listing<Project>, Error> {
        self.list("/projects").await
    }

    pub async fn project(&self, project: &ProjectId) -> Result<Project, Error> {
        self.get(&format!("/projects/{project}")).await
    }

    pub async fn create_project(&self, body: &CreateProject) -> Result<Project, Error> {
        self.write(Method::POST, "/projects", body).await
    }

    pub async fn update_project(&self, project: &ProjectId, body: &UpdateProject) -> Result<Project, Error> {
        self.write(Method::PATCH, &format!("/projects/{project}"), body).await
    }

    /// Accepted when it returns; the project goes with the last of its environments.
    pub async fn delete_project(&self, project: &ProjectId, confirm: Option<&str>) -> Result<Project, Error> {
        self.delete(&format!("/projects/{project}"), confirm).await
    }

    pub async fn environments(&self, project: &ProjectId) -> Result<Listing<Environment>, Error> {
        self.list(&format!("/projects/{project}/environments")).await
    }

    pub async fn environment(&self, environment: &EnvironmentId) -> Result<Environment, Error> {
        self.get(&format!("/environments/{environment}")).await
    }

    /// Accepted when it returns; the environment is `creating`.
    pub async fn create_environment(
        &self,
        project: &ProjectId,
        body: &CreateEnvironment,
    ) -> Result<Environment, Error> {
        self.write(Method::POST, &format!("/projects/{project}/environments"), body).await
    }

    pub async fn update_environment(
        &self,
        environment: &EnvironmentId,
        body: UpdateEnvironment,
    ) -> Result<Environment, Error> {
        self.write(Method::PATCH, &format!("/environments/{environment}"), &body).await
    }

    /// Accepted when it returns; the environment is `deleting`. A protected one needs its name as
    /// confirmation.
    pub async fn delete_environment(
        &self,
        environment: &EnvironmentId,
        confirm: Option<&str>,
    ) -> Result<Environment, Error> {
        self.delete(&format!("/environments/{environment}"), confirm).await
    }

    pub async fn retry_environment(&self, environment: &EnvironmentId) -> Result<Environment, Error> {
        let call = Call::new(Method::POST, management(&format!("/environments/{environment}/retry")));
        self.transport.send(call).await?.json()
    }

    pub async fn keys(&self, environment: &EnvironmentId) -> Result<Listing<Key>, Error> {
        self.list(&format!("/environments/{environment}/keys")).await
    }

    /// The only answer that holds the text of a secret key.
    pub async fn create_key(&self, environment: &EnvironmentId, body: &CreateKey) -> Result<Key, Error> {
        self.write(Method::POST, &format!("/environments/{environment}/keys"), body).await
    }

    /// Makes a key of the same name, type and scopes; the one before goes on for the overlap. The only
    /// answer that holds the text of a secret key.
    pub async fn rotate_key(&self, environment: &EnvironmentId, key: &KeyId, body: RotateKey) -> Result<Key, Error> {
        self.write(Method::POST, &format!("/environments/{environment}/keys/{key}/rotate"), &body).await
    }

    pub async fn delete_key(&self, environment: &EnvironmentId, key: &KeyId) -> Result<Key, Error> {
        self.delete(&format!("/environments/{environment}/keys/{key}"), None).await
    }

    pub async fn tables(&self, environment: &EnvironmentId) -> Result<Listing<Table>, Error> {
        self.list(&format!("/environments/{environment}/tables")).await
    }

    pub async fn table(&self, environment: &EnvironmentId, name: &str) -> Result<Table, Error> {
        self.get(&format!("/environments/{environment}/tables/{}", segment(name))).await
    }

    pub async fn create_table(&self, environment: &EnvironmentId, body: &CreateTable) -> Result<Table, Error> {
        self.write(Method::POST, &format!("/environments/{environment}/tables"), body).await
    }

    /// In a protected environment the confirmation is the environment's name.
    pub async fn delete_table(
        &self,
        environment: &EnvironmentId,
        name: &str,
        confirm: Option<&str>,
    ) -> Result<Table, Error> {
        self.delete(&format!("/environments/{environment}/tables/{}", segment(name)), confirm).await
    }

    /// Requests of the environment's apps in the last ten minutes.
    pub async fn metrics(&self, environment: &EnvironmentId) -> Result<Metrics, Error> {
        self.get(&format!("/environments/{environment}/metrics")).await
    }

    /// The same of every environment that was asked in them.
    pub async fn project_metrics(&self, project: &ProjectId) -> Result<Listing<Metrics>, Error> {
        self.list(&format!("/projects/{project}/metrics")).await
    }

    /// Who did what, newest first.
    pub async fn activity(&self, project: &ProjectId) -> Result<Listing<Activity>, Error> {
        self.list(&format!("/projects/{project}/activity")).await
    }

    /// One page of it.
    pub async fn activity_page(
        &self,
        project: &ProjectId,
        filter: &ActivityFilter,
        page: u64,
        limit: u64,
    ) -> Result<Page<Activity>, Error> {
        let mut call = Call::get(management(&format!("/projects/{project}/activity"))).page(page, limit);
        if let Some(environment) = &filter.environment {
            call = call.query("environment", environment);
        }
        if let Some(action) = &filter.action {
            call = call.query("action", action);
        }
        if let Some(actor) = filter.actor {
            call = call.query("actor", actor.as_str());
        }
        if let Some(since) = filter.since {
            call = call.query("since", since);
        }
        self.transport.send(call).await?.json()
    }

    /// Follows what changes, from just after event `from` or from now on. Dropping it ends it.
    pub fn events(&self, from: Option<u64>) -> Events {
        Events::follow(Arc::clone(&self.transport), from, Pace::default())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.transport.send(Call::get(management(path))).await?.json()
    }

    async fn write<T: DeserializeOwned>(&self, method: Method, path: &str, body: &impl Serialize) -> Result<T, Error> {
        self.transport.send(Call::new(method, management(path)).body(body)?).await?.json()
    }

    async fn delete<T: DeserializeOwned>(&self, path: &str, confirm: Option<&str>) -> Result<T, Error> {
        let mut call = Call::new(Method::DELETE, management(path));
        if let Some(name) = confirm {
            call = call.query("confirm", name);
        }
        self.transport.send(call).await?.json()
    }

    /// One page of a list.
    async fn page_of<T: DeserializeOwned>(&self, path: &str, page: u64, limit: u64) -> Result<Page<T>, Error> {
        self.transport.send(Call::get(management(path)).page(page, limit)).await?.json()
    }

    /// All pages as one list. What changes while they are read is in the events after the first
    /// page's id, so a follower ends up with the truth even if pages shifted in between.
    async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Listing<T>, Error> {
        self.pages(&Call::get(management(path)), PAGE, Answer::json).await
    }

    /// The same of the data plane, which tells of no event.
    async fn list_of_app<T: DeserializeOwned>(&self, path: String, search: Option<&str>) -> Result<Listing<T>, Error> {
        let call = search.into_iter().fold(Call::get(path), |call, text| call.query("search", text));
        self.pages(&call, APP_PAGE, Answer::enveloped).await
    }

    async fn pages<T>(
        &self,
        call: &Call,
        limit: u64,
        read: fn(&Answer) -> Result<Page<T>, Error>,
    ) -> Result<Listing<T>, Error> {
        let mut items = Vec::new();
        let mut event_id = None;
        for page in 1.. {
            let answer = self.transport.send(call.clone().query("page", page).query("limit", limit)).await?;
            event_id = event_id.or(answer.event_id());
            let Page { items: more, pagination } = read(&answer)?;
            let empty = more.is_empty();
            items.extend(more);
            if empty || !pagination.has_next {
                break;
            }
        }
        let total = items.len() as u64;
        let pagination = Pagination::new(total, Window { page: 1, limit: total.max(limit) });
        Ok(Listing { items, pagination, event_id })
    }
}

fn management(path: &str) -> String {
    format!("/management/v1{path}")
}

/// The data plane's path under the operator's own credential.
fn rows_path(environment: &EnvironmentId, table: &str) -> String {
    management(&format!("/environments/{environment}/v1/data/{}", segment(table)))
}

/// A name as one segment of a path, whatever somebody typed.
fn segment(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::with_capacity(name.len()), |mut text, byte| {
        // Dots are encoded where they would mean a folder.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            text.push(byte.into());
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
