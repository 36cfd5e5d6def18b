//! `bkend table`, and what it has in it: `column`, `index`, `permission`.

mod column;
mod definition;
mod index;
mod permission;
mod versions;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    Failure, Session,
    columns::Heading,
    confirm::Sure,
    output::{Cell, count},
};
use definition::Definition;

use crate::domain::{
    api::{CreateTable, Environment, Page, Table},
    column_text::ColumnText,
};

pub const EXAMPLES: &str = "\
Examples:
  bkend table list --env staging
  bkend table create posts title:string! views:int tags:array
  bkend table get posts --json | jq .schema
  bkend table column add posts slug:string --unique
  bkend table index create posts by_views views:desc
  bkend table permission set posts user:create,read self:update,delete guest:read
  bkend table delete posts";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the tables of an environment
    #[command(visible_alias = "ls", after_help = "Example:\n  bkend table list --env staging")]
    List,
    /// Show a table's columns and indexes
    #[command(visible_alias = "show", after_help = "Example:\n  bkend table get posts")]
    Get {
        /// Its name; case counts
        name: String,
    },
    Create(Create),
    Delete(Delete),
    /// Columns: list, add, update, delete, versions, rollback
    #[command(subcommand, visible_alias = "columns", after_help = column::EXAMPLES)]
    Column(column::Verb),
    /// Indexes: list, create, delete, versions, rollback
    #[command(subcommand, visible_alias = "indexes", after_help = index::EXAMPLES)]
    Index(index::Verb),
    /// Permissions: get, set, reset
    #[command(subcommand, visible_alias = "permissions", after_help = permission::EXAMPLES)]
    Permission(permission::Verb),
}

/// Create a table
///
/// Columns are given as NAME:TYPE, with ! for a required one, or in a file. Types are string, int,
/// double, bool, date, object, array and reference. Columns that are not declared may be written
/// too; only declared ones are checked.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  bkend table create posts title:string! views:int tags:array
  bkend table create posts --schema posts.json
  echo '{"title":{"bsonType":"string","unique":true}}' | bkend table create posts --schema -

The file is a map of columns,
  {"title": {"bsonType": "string", "required": true, "unique": true, "default": "none"}}
or, with a "schema" key, what the data plane's spec prints:
  {"schema": {…}, "indexes": […], "permissions": {…}}"#)]
pub struct Create {
    /// A letter, then letters, digits, _ and -; case counts
    name: String,

    /// A column, like title:string!
    #[arg(value_name = "COLUMN:TYPE[!]", conflicts_with = "schema")]
    columns: Vec<ColumnText>,

    /// Read columns, indexes and permissions from a JSON file; - is stdin
    #[arg(long, value_name = "FILE")]
    schema: Option<PathBuf>,
}

/// Delete a table with all its rows
#[derive(Debug, Args)]
#[command(
    visible_alias = "rm",
    after_help = "Examples:\n  bkend table delete posts\n  bkend table delete posts --env prod --yes --confirm prod"
)]
pub struct Delete {
    /// Its name; case counts
    name: String,
    #[command(flatten)]
    sure: Sure,
    /// The environment's name; needed if the environment is protected
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List => list(session).await,
            Self::Get { name } => {
                let (_, environment) = session.target().await?;
                let table = find(session, &environment, &name).await?;
                session.output().result(&table, || details(session, &table))
            }
            Self::Create(create) => create.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
            Self::Column(verb) => verb.run(session).await,
            Self::Index(verb) => verb.run(session).await,
            Self::Permission(verb) => verb.run(session).await,
        }
    }

    /// The question that the command will ask whatever the environment is, if it asks one.
    pub fn sure(&self) -> Option<Sure> {
        match self {
            Self::Index(index::Verb::Delete(delete)) => Some(delete.sure),
            _ => None,
        }
    }
}

async fn find(session: &Session, environment: &Environment, name: &str) -> Result<Table, Failure> {
    session.client.table(&environment.id, name).await.map_err(|error| {
        if error.is_not_found() {
            let message = format!("{} has no table {name}: `bkend table list` shows those there are", environment.name);
            Failure::NotFound { code: "table/not-found", message }
        } else {
            error.into()
        }
    })
}

async fn list(session: &Session) -> Result<(), Failure> {
    let (_, environment) = session.target().await?;
    let listing = session.client.tables(&environment.id).await?;
    let page = Page { items: listing.items, pagination: listing.pagination };
    session.output().result(&page, || {
        let rows = page.items.iter().map(|table| {
            vec![
                table.name.as_str().into(),
                Cell::number(table.schema.columns().len() as u64),
                Cell::number(table.rows),
                Cell::bytes(table.bytes),
                Cell::time(table.updated_at),
            ]
        });
        let columns = [
            Heading::new("NAME"),
            Heading::new("COLUMNS").drop(2),
            Heading::new("ROWS"),
            Heading::new("SIZE").drop(1),
            Heading::new("DESIGNED").drop(3),
        ];
        session.output().table(&columns, rows.collect())
    })
}

fn details(session: &Session, table: &Table) -> String {
    let output = session.output();
    let head = output.fields(vec![
        ("name", table.name.as_str().into()),
        ("id", table.id.as_str().into()),
        ("description", table.description.as_deref().unwrap_or_default().into()),
        ("holds", format!("{}, {}", count(table.rows, "row"), count(table.bytes, "byte")).into()),
        ("permissions", if table.permissions.is_some() { "its own" } else { "the default ones" }.into()),
        ("created", Cell::time(table.created_at)),
    ]);
    format!("{head}\n\n{}\n\n{}", column::columns(session, table), index::indexes(session, table))
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let Definition { schema, indexes, permissions } = match &self.schema {
            Some(path) => Definition::from_file(path)?,
            None => Definition::from_arguments(self.columns)?,
        };
        let (_, environment) = session.target_to_write().await?;
        let body = CreateTable { name: self.name, display_name: None, description: None, schema, indexes, permissions };
        let table = session.client.create_table(&environment.id, &body).await?;
        session.output().result(&table, || {
            let columns = count(table.schema.columns().len() as u64, "column");
            format!("created {} with {columns} in {}", table.name, environment.name)
        })
    }
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        self.sure.check_in(&environment, self.confirm.as_deref())?;
        let table = find(session, &environment, &self.name).await?;
        let what = format!("the table {} of {} with {}", table.name, environment.name, count(table.rows, "row"));
        self.sure.ask(&table.name, &what).await?;
        let deleted = session.client.delete_table(&environment.id, &table.name, self.confirm.as_deref()).await?;
        session.output().result(&deleted, || format!("{} is deleted", deleted.name))
    }
}
