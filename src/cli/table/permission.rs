//! `bkend table permission`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{definition, find};
use crate::{
    cli::{Failure, Session, columns::Heading, output::Cell},
    domain::{
        api::Table,
        permission::{Flags, Operation, effective},
        permission_text::{PermissionText, matrix},
    },
};

pub const EXAMPLES: &str = "\
Examples:
  bkend table permission get posts
  bkend table permission set posts user:create,read,list self:update,delete guest:read,list
  bkend table permission reset posts";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show who may do what to a table
    #[command(visible_alias = "show", after_help = "Example:\n  bkend table permission get posts")]
    Get {
        /// The table's name; case counts
        table: String,
    },
    Set(Set),
    /// Go back to the default: guests read, users read and create
    #[command(after_help = "Example:\n  bkend table permission reset posts")]
    Reset {
        /// The table's name; case counts
        table: String,
    },
}

/// Set who may do what to a table
///
/// Permissions are replaced whole: a group or an operation that is left out is denied. Groups are user,
/// guest and self, which is about rows of one's own; operations are create, read, list, update and
/// delete. A list that is not named follows read, and is denied with -list. Secret keys may do
/// everything.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  bkend table permission set posts user:create,read self:update,delete guest:read
  bkend table permission set drafts user:create self:all guest:none
  echo '{"guest":{"read":true}}' | bkend table permission set posts --file -"#)]
pub struct Set {
    /// The table's name; case counts
    table: String,
    /// A group with what it may do; all and none are words for it too
    #[arg(value_name = "GROUP:OPERATION,...", required_unless_present = "file", conflicts_with = "file")]
    rows: Vec<PermissionText>,
    /// Read them from a JSON file, as spec prints them; - is stdin
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Get { table } => {
                let (_, environment) = session.target().await?;
                let table = find(session, &environment, &table).await?;
                session.output().result(&table, || permissions(session, &table))
            }
            Self::Set(set) => set.run(session).await,
            Self::Reset { table } => {
                let (_, environment) = session.target_to_write().await?;
                let table = session.client.reset_permissions(&environment.id, &table).await?;
                session.output().result(&table, || format!("{} is under the default permissions", table.name))
            }
        }
    }
}

impl Set {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let permissions = match &self.file {
            Some(path) => definition::read_json(path)?,
            None => matrix(&self.rows)?,
        };
        let (_, environment) = session.target_to_write().await?;
        let table = session.client.set_permissions(&environment.id, &self.table, permissions).await?;
        session.output().result(&table, || permissions_of(session, &table))
    }
}

fn permissions(session: &Session, table: &Table) -> String {
    let whose = if table.permissions.is_some() { "its own" } else { "the default ones" };
    format!("{}\n\n{}", permissions_of(session, table), whose)
}

fn permissions_of(session: &Session, table: &Table) -> String {
    let matrix = effective(table.permissions.as_ref(), &table.name);
    let row = |group: &'static str, flags: Option<Flags>| {
        let flags = flags.unwrap_or_default();
        let operations = [Operation::Create, Operation::Read, Operation::List, Operation::Update, Operation::Delete];
        let cells = operations.map(|operation| Cell::from(if flags.allows(operation) { "yes" } else { "" }));
        [Cell::from(group)].into_iter().chain(cells).collect()
    };
    let rows = vec![row("user", matrix.user), row("guest", matrix.guest), row("self", matrix.own)];
    session.output().table(&["GROUP", "CREATE", "READ", "LIST", "UPDATE", "DELETE"].map(Heading::new), rows)
}
