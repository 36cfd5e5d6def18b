//! `bkend table index`.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::{find, versions};
use crate::{
    cli::{Failure, Session, columns::Heading, confirm::Sure, output::Cell},
    domain::{
        Invalid,
        api::{Page, Table},
        list::{Pagination, Window},
        table::{Index, IndexChange},
    },
};

pub const EXAMPLES: &str = "\
Examples:
  bkend table index list posts
  bkend table index create posts by_status status created:desc
  bkend table index create posts one_slug slug --unique --sparse
  bkend table index delete posts by_status";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the indexes of a table
    #[command(visible_alias = "ls", after_help = "Example:\n  bkend table index list posts")]
    List {
        /// The table's name; case counts
        table: String,
    },
    Create(Create),
    Delete(Delete),
    /// List what the indexes were, newest first
    #[command(after_help = "Example:\n  bkend table index versions posts")]
    Versions {
        /// The table's name; case counts
        table: String,
    },
    /// Make an earlier version of the indexes the newest again
    #[command(after_help = "Example:\n  bkend table index rollback posts 2")]
    Rollback {
        /// The table's name; case counts
        table: String,
        /// As `versions` lists it
        version: u64,
    },
}

/// Create an index
///
/// Reads and writes go on while it is built. A unique one is refused if rows have the same values
/// already, and the first such value is named.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bkend table index create posts by_status status
  bkend table index create posts newest author createdAt:desc
  bkend table index create posts one_slug slug --unique --sparse")]
pub struct Create {
    /// The table's name; case counts
    table: String,
    /// A name for it
    name: String,
    /// A column, most significant first, with :desc for the largest value first
    #[arg(value_name = "COLUMN[:asc|:desc]", required = true, value_parser = field)]
    fields: Vec<(String, i8)>,
    /// No two rows may have the same values; rows without a value count as having the same
    #[arg(long)]
    unique: bool,
    /// With --unique: rows without a value do not count
    #[arg(long)]
    sparse: bool,
}

/// Delete an index; rows are not touched
#[derive(Debug, Args)]
#[command(visible_alias = "rm", after_help = "Example:\n  bkend table index delete posts by_status --yes")]
pub struct Delete {
    /// The table's name; case counts
    table: String,
    /// The index's name
    name: String,
    #[command(flatten)]
    pub sure: Sure,
}

fn field(text: &str) -> Result<(String, i8), Invalid> {
    match text.split_once(':') {
        None => Ok((text.to_owned(), 1)),
        Some((name, "asc" | "1")) => Ok((name.to_owned(), 1)),
        Some((name, "desc" | "-1")) => Ok((name.to_owned(), -1)),
        Some((_, other)) => Err(Invalid::new(format!("{other:?} is not a direction: use asc or desc"))),
    }
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List { table } => list(session, &table).await,
            Self::Create(create) => create.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
            Self::Versions { table } => list_versions(session, &table).await,
            Self::Rollback { table, version } => {
                let (_, environment) = session.target_to_write().await?;
                let table = session.client.roll_back_indexes(&environment.id, &table, version).await?;
                session
                    .output()
                    .result(&table, || format!("the indexes of {} are those of version {version} again", table.name))
            }
        }
    }
}

/// The indexes of a table, for people.
pub fn indexes(session: &Session, table: &Table) -> String {
    let yes = |flag: bool| Cell::from(if flag { "yes" } else { "" });
    let rows = table
        .indexes
        .iter()
        .map(|index| vec![index.name.as_str().into(), fields(index).into(), yes(index.unique), yes(index.sparse)]);
    session.output().table(
        &[Heading::new("INDEX"), Heading::new("COLUMNS").cut(20), Heading::new("UNIQUE"), Heading::new("SPARSE")],
        rows.collect(),
    )
}

fn fields(index: &Index) -> String {
    let fields: Vec<_> = index.fields.iter().map(|(column, direction)| format!("{column} {direction}")).collect();
    fields.join(", ")
}

async fn list(session: &Session, table: &str) -> Result<(), Failure> {
    let (_, environment) = session.target().await?;
    let table = find(session, &environment, table).await?;
    let total = table.indexes.len() as u64;
    let pagination = Pagination::new(total, Window { page: 1, limit: total.max(1) });
    let page = Page { items: table.indexes.clone(), pagination };
    session.output().result(&page, || indexes(session, &table))
}

async fn list_versions(session: &Session, table: &str) -> Result<(), Failure> {
    let (_, environment) = session.target().await?;
    let table = find(session, &environment, table).await?;
    let listing = session.client.index_versions(&environment.id, &table.name).await?;
    versions::print(session, listing, "INDEXES", |version| versions::Line {
        version: version.version,
        current: version.current,
        names: version.indexes.iter().map(|index| index.name.as_str()).collect(),
        created_at: version.created_at,
    })
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let table = find(session, &environment, &self.table).await?;
        if table.indexes.iter().any(|index| index.name == self.name) {
            let message = format!("{} has an index {} already: delete it first", table.name, self.name);
            return Err(Failure::Refused { code: "index/already-exists", message });
        }
        let fields: Map<_, Value> = self.fields.into_iter().map(|(name, direction)| (name, direction.into())).collect();
        let index = Index { name: self.name, fields, unique: self.unique, sparse: self.sparse };
        let sentence = format!("{} has the index {}", table.name, index.name);
        let change = IndexChange { indexes_to_add_or_update: vec![index], ..IndexChange::default() };
        let table = session.client.change_indexes(&environment.id, &table.name, &change).await?;
        session.output().result(&table, || sentence)
    }
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let table = find(session, &environment, &self.table).await?;
        if !table.indexes.iter().any(|index| index.name == self.name) {
            let message = format!(
                "{} has no index {}: `bkend table index list {}` shows them",
                table.name, self.name, table.name
            );
            return Err(Failure::NotFound { code: "index/not-found", message });
        }
        self.sure.ask(&self.name, &format!("the index {} of {}", self.name, table.name)).await?;
        let change = IndexChange { indexes_to_remove: vec![self.name.clone()], ..IndexChange::default() };
        let table = session.client.change_indexes(&environment.id, &table.name, &change).await?;
        session.output().result(&table, || format!("the index {} of {} is deleted", self.name, table.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_a_column_and_perhaps_a_direction() {
        assert_eq!(field("views"), Ok(("views".into(), 1)));
        assert_eq!(field("views:desc"), Ok(("views".into(), -1)));
        assert_eq!(field("views:-1"), Ok(("views".into(), -1)));
        assert!(field("views:down").is_err());
    }
}
