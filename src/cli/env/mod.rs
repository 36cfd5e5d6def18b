//! `bkend env`.

mod compare;
mod verify;
mod wait;

use std::time::Duration;

use clap::{Args, Subcommand};

use self::{
    compare::Compare,
    wait::{Until, Wait},
};
use super::{
    Failure, Session,
    columns::Heading,
    confirm::Sure,
    output::{Cell, count},
};
use crate::domain::{
    EnvironmentType, Status,
    api::{CreateEnvironment, Environment, Page, Project, UpdateEnvironment},
    duration,
};

pub const EXAMPLES: &str = "\
Examples:
  bkend env list
  bkend env create staging --wait
  bkend env use staging
  bkend env verify staging
  bkend env compare dev staging
  bkend env delete staging";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the environments; * marks the one that is used when none is named
    #[command(visible_alias = "ls", after_help = "Example:\n  bkend env list --json | jq '.items[].status'")]
    List,
    /// Show one environment
    #[command(visible_alias = "show", after_help = "Example:\n  bkend env get staging")]
    Get(Named),
    Create(Create),
    Update(Update),
    Delete(Delete),
    Retry(Retry),
    Wait(Wait),
    /// Use this environment when none is named
    ///
    /// Remembered beside the configuration, for this data directory or URL. --env and BKEND_ENV
    /// come first.
    #[command(after_help = "Example:\n  bkend env use staging && bkend table list")]
    Use(Named),
    /// Prove that nothing of this environment can be reached from another
    ///
    /// Plants a table, a row, a user, a file and keys in each active environment, tries to reach them
    /// with every other environment's keys and tokens, and removes them. One line for each kind; exit
    /// code 1 if one fails.
    #[command(after_help = "Example:\n  bkend env verify staging")]
    Verify(Named),
    Compare(Compare),
}

#[derive(Debug, Args)]
pub struct Named {
    /// Its name or id
    name: String,
}

/// Create an environment
///
/// Returns when the creation has begun, or with --wait when the environment is active.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend env create staging --wait
  bkend env create load-test --type custom --json")]
pub struct Create {
    /// A lower-case letter, then up to 31 letters, digits and hyphens
    name: String,
    /// dev, staging, prod or custom [default: what the name suggests]
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<EnvironmentType>,
    #[command(flatten)]
    patience: Patience,
}

/// Change whether an environment is protected
///
/// Deleting a protected environment, or a table in it, needs its name as confirmation from every
/// caller. One of type prod is protected from the start.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bkend env update staging --protected true")]
pub struct Update {
    /// Its name or id
    name: String,
    /// true or false
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    protected: bool,
}

/// Delete an environment with all it holds
#[derive(Debug, Args)]
#[command(
    visible_alias = "rm",
    after_help = "Examples:\n  bkend env delete staging\n  bkend env delete prod --yes --confirm prod --wait"
)]
pub struct Delete {
    /// Its name or id
    name: String,
    #[command(flatten)]
    sure: Sure,
    /// Its name once more; needed if it is protected
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
    #[command(flatten)]
    patience: Patience,
}

/// Try again to create one that failed
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bkend env retry staging --wait")]
pub struct Retry {
    /// Its name or id
    name: String,
    #[command(flatten)]
    patience: Patience,
}

#[derive(Debug, Args)]
struct Patience {
    /// Return when it is done, not when it has begun
    #[arg(long)]
    wait: bool,
    /// With --wait, the longest to wait
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration::parse)]
    timeout: Duration,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List => list(session).await,
            Self::Get(named) => {
                let (project, environment) = named.find(session).await?;
                session.output().result(&environment, || details(session, &project, &environment))
            }
            Self::Create(create) => create.run(session).await,
            Self::Update(update) => update.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
            Self::Retry(retry) => retry.run(session).await,
            Self::Wait(wait) => wait.run(session).await,
            Self::Use(named) => {
                let (project, environment) = named.find(session).await?;
                session.choose(&project, &environment)?;
                session.output().result(&environment, || {
                    format!("{} of {} is used when no environment is named", environment.name, project.name)
                })
            }
            Self::Verify(named) => {
                let (project, environment) = named.find(session).await?;
                verify::run(session, &project, &environment).await
            }
            Self::Compare(compare) => compare.run(session).await,
        }
    }
}

impl Named {
    async fn find(&self, session: &Session) -> Result<(Project, Environment), Failure> {
        find(session, &self.name).await
    }
}

async fn find(session: &Session, name: &str) -> Result<(Project, Environment), Failure> {
    let project = session.project().await?;
    let environment = session.environment_named(&project, name).await?;
    Ok((project, environment))
}

async fn list(session: &Session) -> Result<(), Failure> {
    let project = session.project().await?;
    let listing = session.client.environments(&project.id).await?;
    let chosen = session.chosen_name(&project)?;
    let page = Page { items: listing.items, pagination: listing.pagination };
    session.output().result(&page, || {
        let rows = page.items.iter().map(|environment| {
            let usage = environment.usage;
            let protection = if environment.protected { ", protected" } else { "" };
            vec![
                if environment.name.as_str() == chosen { "*" } else { "" }.into(),
                environment.name.as_str().into(),
                format!("{}{protection}", environment.kind.label()).into(),
                Cell::status(environment),
                Cell::number(usage.tables),
                Cell::number(usage.rows),
                Cell::number(usage.keys),
                Cell::bytes(usage.bytes),
                Cell::time(environment.created_at),
                environment.reason.as_deref().unwrap_or_default().into(),
            ]
        });
        let columns = [
            Heading::new(""),
            Heading::new("NAME"),
            Heading::new("TYPE").cut(11),
            Heading::new("STATUS"),
            Heading::new("TABLES").drop(2),
            Heading::new("ROWS").drop(1),
            Heading::new("KEYS").drop(4),
            Heading::new("SIZE").drop(3),
            Heading::new("CREATED").drop(5),
            // Why it failed.
            Heading::new("").cut(16),
        ];
        session.output().table(&columns, rows.collect())
    })
}

fn details(session: &Session, project: &Project, environment: &Environment) -> String {
    let steps: Vec<_> = environment.steps.iter().map(|step| format!("{} {:.1}", step.name.label(), step.ms)).collect();
    let created_in = match environment.active_after_ms {
        Some(ms) => format!("{ms:.0} ms: {}", steps.join("  ")),
        None => steps.join("  "),
    };
    session.output().fields(vec![
        ("name", environment.name.as_str().into()),
        ("id", environment.id.as_str().into()),
        ("project", project.name.as_str().into()),
        ("type", environment.kind.label().into()),
        ("protected", if environment.protected { "yes" } else { "no" }.into()),
        ("status", Cell::status(environment)),
        ("reason", Cell::bad(environment.reason.as_deref().unwrap_or_default())),
        ("holds", holds(environment).into()),
        ("created", Cell::time(environment.created_at)),
        ("created in", created_in.into()),
        ("changed", Cell::time(environment.updated_at)),
    ])
}

fn holds(environment: &Environment) -> String {
    let usage = environment.usage;
    [(usage.tables, "table"), (usage.rows, "row"), (usage.users, "user"), (usage.files, "file"), (usage.keys, "key")]
        .map(|(number, noun)| count(number, noun))
        .join(", ")
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let project = session.project().await?;
        session.announce(&project, Some(&self.name));
        let body = CreateEnvironment { name: self.name, kind: self.kind };
        let created = session.client.create_environment(&project.id, &body).await?;
        let created = self.patience.until(session, created, Until::Active).await?;
        session.output().result(&created, || begun_or_active(&created))
    }
}

fn begun_or_active(environment: &Environment) -> String {
    let name = &environment.name;
    match (environment.status, environment.active_after_ms) {
        (Status::Active, Some(ms)) => format!("{name} is active after {ms:.0} ms; next: bkend connect {name}"),
        (Status::Active, None) => format!("{name} is active; next: bkend connect {name}"),
        (status, _) => format!("{name} is {status}; `bkend env wait {name}` returns when it is active"),
    }
}

impl Update {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (project, environment) = find(session, &self.name).await?;
        session.announce(&project, Some(environment.name.as_str()));
        let body = UpdateEnvironment { protected: self.protected };
        let updated = session.client.update_environment(&environment.id, body).await?;
        session.output().result(&updated, || {
            format!("{} is {}", updated.name, if updated.protected { "protected" } else { "not protected" })
        })
    }
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let found = find(session, &self.name).await;
        // Where nobody can be asked that is the first thing to mend.
        let (project, environment) = found.or_else(|error| self.sure.check().and(Err(error)))?;
        session.announce(&project, Some(environment.name.as_str()));
        self.sure.check_in(&environment, self.confirm.as_deref())?;
        let what = format!("{} of {} with {}", environment.name, project.name, holds(&environment));
        self.sure.ask(environment.name.as_str(), &what).await?;
        let deleted = session.client.delete_environment(&environment.id, self.confirm.as_deref()).await?;
        let waited = self.patience.wait;
        let deleted = self.patience.until(session, deleted, Until::Deleted).await?;
        session
            .output()
            .result(&deleted, || format!("{} is {}", deleted.name, if waited { "deleted" } else { "being deleted" }))
    }
}

impl Retry {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (project, environment) = find(session, &self.name).await?;
        session.announce(&project, Some(environment.name.as_str()));
        let retried = session.client.retry_environment(&environment.id).await?;
        let retried = self.patience.until(session, retried, Until::Active).await?;
        session.output().result(&retried, || begun_or_active(&retried))
    }
}

impl Patience {
    async fn until(&self, session: &Session, environment: Environment, until: Until) -> Result<Environment, Failure> {
        if self.wait { wait::until(session, environment, None, until, self.timeout).await } else { Ok(environment) }
    }
}
