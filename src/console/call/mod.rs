//! The calls of the management API that the console makes, by noun.
//!
//! To add one: a variant in its noun's file with its impact, its words and its performance, and a
//! [`Reply`] if it brings something new.

mod design;
mod environment;
mod file;
mod key;
mod password;
mod path;
mod project;
mod row;
mod table;
mod user;

use std::time::Duration;

use bytes::Bytes;
use secrecy::SecretString;

pub use self::{
    design::DesignCall,
    environment::EnvironmentCall,
    file::{Deleted, FileCall, Looked, PREVIEW},
    key::KeyCall,
    path::{downloads, own_name, typed},
    project::ProjectCall,
    row::{Change, RowCall, conflicts},
    table::TableCall,
    user::{Entry, NewUser, UserCall},
};
use super::{
    page::PageId,
    task::{Export, export::Format},
};
use crate::{
    client::{Client, Error, Listing, import::Wanted, verify::Proof},
    domain::{
        EnvironmentId, ProjectId, Timestamp,
        account::{ListedUser, User},
        api::{Activity, CreateEnvironment, Environment, Key as ApiKey, Page, Project, Record, Table},
        auth_policy::AuthPolicy,
        file::wire::File,
        metrics::Metrics,
        session::{Invitation, Session},
        table::{IndexVersion, SchemaVersion},
    },
};

/// A reading may take several pages, each with the client's own deadline.
const DEADLINE: Duration = Duration::from_secs(30);

/// One call of the management API.
#[derive(Clone, Debug)]
pub enum Call {
    Projects,
    Environments(ProjectId),
    Project(ProjectId, ProjectCall),
    CreateEnvironment(ProjectId, CreateEnvironment),
    Environment(EnvironmentId, EnvironmentCall),
    Key(EnvironmentId, KeyCall),
    Table(EnvironmentId, TableCall),
    /// Whether a folder of this machine holds an export; its plan follows the answer.
    LookForExport(EnvironmentId, Box<Wanted>),
    /// Whether a file of this machine can be written to; the export follows the answer.
    LookForPlace(Box<Export>, Place),
    /// Of the table of that name.
    Design(EnvironmentId, String, DesignCall),
    Row(EnvironmentId, RowCall),
    User(EnvironmentId, UserCall),
    File(EnvironmentId, FileCall),
}

/// Where an export goes, with the path as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub path: String,
    /// What the file is called in a folder.
    pub name: String,
    pub replace: bool,
    pub format: Format,
}

/// What a [`Call`] brought.
#[derive(Debug)]
pub enum Reply {
    Projects(Listing<Project>),
    Environments(Listing<Environment>),
    Environment(Box<Environment>),
    Keys(Listing<ApiKey>),
    Key(Box<ApiKey>),
    Tables(Listing<Table>),
    Table(Box<Table>),
    SchemaVersions(Page<SchemaVersion>),
    IndexVersions(Page<IndexVersion>),
    Rows(Page<Record>),
    Count(u64),
    Row(Box<Record>),
    /// As they were, to be put back.
    RowsDeleted(Vec<Record>),
    RowsRestored(u64),
    Proofs(Vec<Proof>),
    Users(Page<ListedUser>),
    User(Box<User>),
    NewUser(Box<NewUser>),
    Sessions(Vec<Session>),
    Invitation(Invitation),
    /// It is set; the one that was made, to be shown once.
    Password(Option<SecretString>),
    AuthPolicy(Box<AuthPolicy>),
    /// There is nothing more to say.
    Done,
    Metrics(Vec<Metrics>),
    Activity(Page<Activity>),
    Files(Page<File>),
    File(Box<File>),
    /// The beginning of a file.
    Bytes(Bytes),
    /// An address that is a secret while it lasts.
    Link {
        url: SecretString,
        expires_at: Timestamp,
    },
    Deleted(Deleted),
    Looked(Looked),
}

/// What a call does to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Impact {
    Reads,
    /// A production environment takes none of these until it is unlocked.
    Changes,
    /// Something is lost for good. Only a confirmation makes one.
    Destroys,
}

impl Call {
    /// The environment it reads or changes.
    pub const fn environment(&self) -> Option<&EnvironmentId> {
        match self {
            Self::Projects
            | Self::Environments(_)
            | Self::Project(..)
            | Self::CreateEnvironment(..)
            | Self::LookForPlace(..) => None,
            Self::Environment(id, _)
            | Self::Key(id, _)
            | Self::Table(id, _)
            | Self::LookForExport(id, _)
            | Self::Design(id, ..)
            | Self::Row(id, _)
            | Self::User(id, _)
            | Self::File(id, _) => Some(id),
        }
    }

    /// The table whose rows it is about.
    pub const fn table(&self) -> Option<(&EnvironmentId, &String)> {
        match self {
            Self::Row(environment, row) => Some((environment, row.table())),
            _ => None,
        }
    }

    pub const fn impact(&self) -> Impact {
        match self {
            Self::Projects | Self::Environments(_) | Self::LookForExport(..) | Self::LookForPlace(..) => Impact::Reads,
            Self::Project(_, call) => call.impact(),
            Self::CreateEnvironment(..) => Impact::Changes,
            Self::Environment(_, call) => call.impact(),
            Self::Key(_, call) => call.impact(),
            Self::Table(_, call) => call.impact(),
            Self::Design(_, _, call) => call.impact(),
            Self::Row(_, call) => call.impact(),
            Self::User(_, call) => call.impact(),
            Self::File(_, call) => call.impact(),
        }
    }

    /// Whether it changes anything.
    pub fn mutates(&self) -> bool {
        self.impact() >= Impact::Changes
    }

    /// What is under way, for the line that shows it when it takes long.
    pub fn doing(&self) -> String {
        match self {
            Self::Projects => "reading the projects".into(),
            Self::Environments(_) => "reading the environments".into(),
            Self::Project(_, call) => call.doing(),
            Self::CreateEnvironment(_, create) => format!("creating {}", create.name),
            Self::Environment(_, call) => call.doing(),
            Self::Key(_, call) => call.doing(),
            Self::Table(_, call) => call.doing(),
            Self::LookForExport(_, wanted) => format!("looking at {}", wanted.directory.display()),
            Self::LookForPlace(_, place) => format!("looking at {}", place.path),
            Self::Design(_, table, call) => call.doing(table),
            Self::Row(_, call) => call.doing(),
            Self::User(_, call) => call.doing(),
            Self::File(_, call) => call.doing(),
        }
    }

    /// The page that made it and gets the answer; the shell's own have none.
    pub const fn owner(&self) -> Option<PageId> {
        match self {
            Self::Projects
            | Self::Environments(_)
            | Self::LookForPlace(..)
            | Self::Environment(_, EnvironmentCall::Verify { .. })
            | Self::Key(_, KeyCall::List)
            | Self::Table(_, TableCall::List) => None,
            Self::Project(_, ProjectCall::Metrics | ProjectCall::Latest) => Some(PageId::Overview),
            Self::Project(_, ProjectCall::Activity { .. }) => Some(PageId::Activity),
            Self::CreateEnvironment(..) | Self::Environment(..) => Some(PageId::Environments),
            Self::Key(..) => Some(PageId::Keys),
            Self::Table(..) | Self::LookForExport(..) | Self::Design(..) | Self::Row(..) => Some(PageId::Database),
            Self::User(..) => Some(PageId::Users),
            Self::File(..) => Some(PageId::Files),
        }
    }

    /// How long it may take.
    pub const fn deadline(&self) -> Duration {
        match self {
            Self::Environment(_, call) => call.deadline(),
            Self::Design(_, _, call) => call.deadline(),
            _ => DEADLINE,
        }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// As the client's methods.
    pub async fn perform(&self, client: &Client) -> Result<Reply, Error> {
        Ok(match self {
            Self::Projects => Reply::Projects(client.projects().await?),
            Self::Environments(project) => Reply::Environments(client.environments(project).await?),
            Self::Project(id, call) => call.perform(client, id).await?,
            Self::CreateEnvironment(project, body) => {
                Reply::Environment(Box::new(client.create_environment(project, body).await?))
            }
            Self::Environment(id, call) => call.perform(client, id).await?,
            Self::Key(id, call) => call.perform(client, id).await?,
            Self::Table(id, call) => call.perform(client, id).await?,
            Self::LookForExport(_, wanted) => {
                path::export(&wanted.directory).await?;
                Reply::Done
            }
            Self::LookForPlace(_, Place { path, name, replace, .. }) => {
                Reply::Looked(Looked(path::target(path, name, *replace).await?))
            }
            Self::Design(id, table, call) => call.perform(client, id, table).await?,
            Self::Row(id, call) => call.perform(client, id).await?,
            Self::User(id, call) => call.perform(client, id).await?,
            Self::File(id, call) => call.perform(client, id).await?,
        })
    }
}
