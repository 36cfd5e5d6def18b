//! `bkend table column`.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::{find, versions};
use crate::{
    cli::{
        Failure, Session,
        columns::Heading,
        confirm::Sure,
        output::{Cell, count},
    },
    domain::{
        api::Table,
        column_text::{self, ColumnText},
        table::{Column, Kind, SchemaChange},
    },
};

pub const EXAMPLES: &str = "\
Examples:
  bkend table column list posts
  bkend table column add posts slug:string! status:string --default draft
  bkend table column update posts slug --unique
  bkend table column delete posts status
  bkend table column rollback posts 3";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the columns of a table
    #[command(visible_alias = "ls", after_help = "Example:\n  bkend table column list posts")]
    List {
        /// The table's name; case counts
        table: String,
    },
    Add(Add),
    Update(Update),
    Delete(Delete),
    /// List what the columns were, newest first
    #[command(after_help = "Example:\n  bkend table column versions posts")]
    Versions {
        /// The table's name; case counts
        table: String,
    },
    /// Make an earlier version of the columns the newest again; no values are removed or restored
    #[command(after_help = "Example:\n  bkend table column rollback posts 3")]
    Rollback {
        /// The table's name; case counts
        table: String,
        /// As `versions` lists it
        version: u64,
    },
}

/// Add columns
///
/// Columns are given as NAME:TYPE, with ! for a required one. What is stored already stays as it is:
/// defaults are for new rows, and only written values are checked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bkend table column add posts slug:string! views:int
  bkend table column add posts status:string --default draft
  bkend table column add users_extra code:string --unique")]
pub struct Add {
    /// The table's name; case counts
    table: String,
    /// A column, like slug:string!
    #[arg(value_name = "COLUMN:TYPE[!]", required = true)]
    columns: Vec<ColumnText>,
    /// No two rows may have the same value
    #[arg(long)]
    unique: bool,
    /// The value of new rows that come without one: JSON, or else a text
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    default: Option<String>,
}

/// Change a column
///
/// What is not named stays as it is. Values that are stored already are kept, whatever the new type.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bkend table column update posts slug --unique
  bkend table column update posts views --type double --optional
  bkend table column update posts status --default draft")]
pub struct Update {
    /// The table's name; case counts
    table: String,
    /// The column's name
    column: String,
    /// string, int, double, bool, date, object, array or reference
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// New rows need a value
    #[arg(long, conflicts_with = "optional")]
    required: bool,
    /// New rows need no value
    #[arg(long)]
    optional: bool,
    /// No two rows may have the same value
    #[arg(long, conflicts_with = "not_unique")]
    unique: bool,
    /// Rows may have the same value
    #[arg(long)]
    not_unique: bool,
    /// The value of new rows that come without one: JSON, or else a text
    #[arg(long, value_name = "VALUE", conflicts_with = "no_default", allow_hyphen_values = true)]
    default: Option<String>,
    /// New rows get no value of themselves
    #[arg(long)]
    no_default: bool,
}

/// Delete columns with all their values
#[derive(Debug, Args)]
#[command(
    visible_alias = "rm",
    after_help = "Examples:\n  bkend table column delete posts status\n  bkend table column delete posts status views --env prod --yes --confirm prod"
)]
pub struct Delete {
    /// The table's name; case counts
    table: String,
    /// The columns' names
    #[arg(value_name = "COLUMN", required = true)]
    columns: Vec<String>,
    #[command(flatten)]
    sure: Sure,
    /// The environment's name; needed if the environment is protected
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List { table } => {
                let (_, environment) = session.target().await?;
                let table = find(session, &environment, &table).await?;
                session.output().result(&table.schema, || columns(session, &table))
            }
            Self::Add(add) => add.run(session).await,
            Self::Update(update) => update.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
            Self::Versions { table } => list_versions(session, &table).await,
            Self::Rollback { table, version } => {
                let (_, environment) = session.target_to_write().await?;
                let table = session.client.roll_back_schema(&environment.id, &table, version).await?;
                changed(session, &table, format!("the columns of {} are those of version {version} again", table.name))
            }
        }
    }
}

/// The columns of a table, for people.
pub fn columns(session: &Session, table: &Table) -> String {
    let yes = |flag: bool| Cell::from(if flag { "yes" } else { "" });
    let rows = table.schema.columns().iter().map(|column| {
        vec![
            column.name.as_str().into(),
            column.property.kind.bson_type().into(),
            yes(column.required),
            yes(column.unique),
            column.default.as_ref().map(ToString::to_string).unwrap_or_default().into(),
        ]
    });
    let columns = [
        Heading::new("COLUMN"),
        Heading::new("TYPE"),
        Heading::new("REQUIRED"),
        Heading::new("UNIQUE"),
        Heading::new("DEFAULT").cut(8),
    ];
    session.output().table(&columns, rows.collect())
}

async fn list_versions(session: &Session, table: &str) -> Result<(), Failure> {
    let (_, environment) = session.target().await?;
    let table = find(session, &environment, table).await?;
    let listing = session.client.schema_versions(&environment.id, &table.name).await?;
    versions::print(session, listing, "COLUMNS", |version| versions::Line {
        version: version.version,
        current: version.current,
        names: version.schema.columns().iter().map(|column| column.name.as_str()).collect(),
        created_at: version.created_at,
    })
}

impl Add {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let mut definitions = column_text::schema(self.columns)?;
        for definition in definitions.values_mut() {
            if self.unique {
                definition["unique"] = true.into();
            }
            if let Some(text) = &self.default {
                definition["default"] = value(definition, text);
            }
        }
        let (_, environment) = session.target_to_write().await?;
        let table = find(session, &environment, &self.table).await?;
        if let Some(known) = definitions.keys().find(|name| table.schema.get(name).is_some()) {
            let message =
                format!("{} has a column {known} already: `bkend table column update` changes it", table.name);
            return Err(Failure::Refused { code: "column/already-exists", message });
        }
        let names: Vec<_> = definitions.keys().cloned().collect();
        let change = SchemaChange { fields_to_add_or_update: definitions, ..SchemaChange::default() };
        let table = session.client.change_schema(&environment.id, &table.name, &change, None).await?;
        changed(session, &table, format!("{} has {}", table.name, names.join(" and ")))
    }
}

impl Update {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let table = find(session, &environment, &self.table).await?;
        let column = table.schema.get(&self.column).ok_or_else(|| no_column(&table, &self.column))?;
        let definition = self.definition(column);
        let named = |asked: bool| if asked { vec![self.column.clone()] } else { Vec::new() };
        let change = SchemaChange {
            fields_to_add_or_update: Map::from_iter([(self.column.clone(), definition)]),
            required_fields_to_add: named(self.required),
            required_fields_to_remove: named(self.optional),
            ..SchemaChange::default()
        };
        let table = session.client.change_schema(&environment.id, &table.name, &change, None).await?;
        changed(session, &table, format!("{} of {} is changed", self.column, table.name))
    }

    fn definition(&self, column: &Column) -> Value {
        let mut definition = column.to_json();
        if let Some(kind) = &self.kind {
            definition["bsonType"] = kind.as_str().into();
        }
        if self.unique || self.not_unique {
            definition["unique"] = self.unique.into();
        }
        if let Some(text) = &self.default {
            definition["default"] = value(&definition, text);
        }
        if self.no_default {
            definition["default"] = Value::Null;
        }
        definition
    }
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        self.sure.check_in(&environment, self.confirm.as_deref())?;
        let table = find(session, &environment, &self.table).await?;
        if let Some(name) = self.columns.iter().find(|name| table.schema.get(name).is_none()) {
            return Err(no_column(&table, name));
        }
        let names = self.columns.join(" and ");
        let what = format!("{names} of {} with the values of {}", table.name, count(table.rows, "row"));
        self.sure.ask(&table.name, &what).await?;
        let change = SchemaChange { fields_to_remove: self.columns, ..SchemaChange::default() };
        let confirm = self.confirm.as_deref();
        let table = session.client.change_schema(&environment.id, &table.name, &change, confirm).await?;
        changed(session, &table, format!("{names} of {} is deleted", table.name))
    }
}

fn changed(session: &Session, table: &Table, sentence: String) -> Result<(), Failure> {
    session.output().result(table, || sentence)
}

fn no_column(table: &Table, column: &str) -> Failure {
    let message = format!("{} has no column {column}: `bkend table column list {}` shows them", table.name, table.name);
    Failure::NotFound { code: "column/not-found", message }
}

/// A default as it was typed: for a column of strings the text itself.
fn value(definition: &Value, text: &str) -> Value {
    let kind = definition["bsonType"].as_str().and_then(|kind| Kind::parse(kind).ok());
    match kind {
        Some(Kind::String | Kind::Date) => text.into(),
        _ => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}
