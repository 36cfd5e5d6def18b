//! All that the console asks of the outside. `update` returns these; the runtime carries them out.

use secrecy::SecretString;

use crate::{
    client::RowsQuery,
    domain::{
        EnvironmentId, KeyId, ProjectId,
        api::{CreateEnvironment, CreateKey, CreateTable, Environment, Project},
    },
};

#[derive(Debug)]
pub enum Effect {
    Call(Request),
    /// Follow the server's events, from the one after `from`. Ends what was followed before.
    Follow {
        from: Option<u64>,
    },
    Copy {
        /// Named in the toast.
        what: String,
        text: SecretString,
    },
    Bell,
    /// Answered by [`Message::Usage`](super::message::Message::Usage).
    CheckUsage,
    /// Give the terminal back and stop the process, as `ctrl-z` does everywhere.
    Suspend,
    /// Set the terminal's modes again: somebody else had it.
    TakeTerminal,
    /// Draw every cell again.
    Repaint,
    Quit(Exit),
}

/// How the console ended, and so what becomes of an embedded backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Quit; an embedded backend ends with it.
    Quit,
    /// Quit, and the embedded backend goes on as `bkend serve` on the same address and data.
    KeepBackend,
    /// A signal or the terminal's end.
    Terminated,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub ticket: Ticket,
    pub call: Call,
}

/// What a request was made for. An answer whose ticket is no longer awaited is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub environment: Option<EnvironmentId>,
    /// Counts requests: a newer one for the same thing takes the older one's place.
    pub generation: u64,
}

/// One call of the management API.
#[derive(Clone, Debug)]
pub enum Call {
    Projects,
    Environments(ProjectId),
    CreateEnvironment(ProjectId, CreateEnvironment),
    DeleteEnvironment {
        id: EnvironmentId,
        confirm: String,
    },
    RetryEnvironment(EnvironmentId),
    /// Proves from outside that nothing of the environment is within reach of the others.
    Verify {
        project: Project,
        environment: Box<Environment>,
        others: Vec<Environment>,
    },
    Keys(EnvironmentId),
    CreateKey(EnvironmentId, CreateKey),
    DeleteKey(EnvironmentId, KeyId),
    Tables(EnvironmentId),
    CreateTable(EnvironmentId, CreateTable),
    DeleteTable {
        environment: EnvironmentId,
        table: String,
        confirm: String,
    },
    Rows {
        environment: EnvironmentId,
        table: String,
        query: RowsQuery,
    },
}

impl Call {
    /// The environment it reads or changes.
    pub const fn environment(&self) -> Option<&EnvironmentId> {
        match self {
            Self::Projects | Self::Environments(_) | Self::CreateEnvironment(..) => None,
            Self::Verify { environment, .. } => Some(&environment.id),
            Self::DeleteEnvironment { id, .. }
            | Self::RetryEnvironment(id)
            | Self::Keys(id)
            | Self::CreateKey(id, _)
            | Self::DeleteKey(id, _)
            | Self::Tables(id)
            | Self::CreateTable(id, _)
            | Self::DeleteTable { environment: id, .. }
            | Self::Rows { environment: id, .. } => Some(id),
        }
    }

    /// Whether it changes anything. A production environment takes none of these until unlocked;
    /// verifying is one of them, because its markers are written for a moment.
    pub const fn mutates(&self) -> bool {
        match self {
            Self::Projects | Self::Environments(_) | Self::Keys(_) | Self::Tables(_) | Self::Rows { .. } => false,
            Self::CreateEnvironment(..)
            | Self::DeleteEnvironment { .. }
            | Self::RetryEnvironment(_)
            | Self::Verify { .. }
            | Self::CreateKey(..)
            | Self::DeleteKey(..)
            | Self::CreateTable(..)
            | Self::DeleteTable { .. } => true,
        }
    }

    /// What is under way, for the line that shows it when it takes long.
    pub fn doing(&self) -> String {
        match self {
            Self::Projects => "reading the projects".into(),
            Self::Environments(_) => "reading the environments".into(),
            Self::CreateEnvironment(_, create) => format!("creating {}", create.name),
            Self::DeleteEnvironment { confirm, .. } => format!("deleting {confirm}"),
            Self::RetryEnvironment(_) => "asking for another try".into(),
            Self::Verify { environment, .. } => format!("verifying the isolation of {}", environment.name),
            Self::Keys(_) => "reading the keys".into(),
            Self::CreateKey(_, create) => format!("creating the key {}", create.name),
            Self::DeleteKey(..) => "deleting the key".into(),
            Self::Tables(_) => "reading the tables".into(),
            Self::CreateTable(_, create) => format!("creating the table {}", create.name),
            Self::DeleteTable { table, .. } => format!("deleting the table {table}"),
            Self::Rows { table, .. } => format!("reading the rows of {table}"),
        }
    }
}
