//! `bkend project`.

use clap::{Args, Subcommand};

use super::{
    Failure, Session,
    columns::Heading,
    confirm::{Sure, check_protected},
    output::{Cell, count},
};
use crate::domain::{
    api::{CreateProject, Environment, Page, Project, ProjectStatus},
    error::code,
};

pub const EXAMPLES: &str = "\
Examples:
  bkend project list
  bkend project create shop --description 'The web shop'
  bkend project delete shop";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the projects
    #[command(visible_alias = "ls", after_help = "Example:\n  bkend project list --json")]
    List,
    /// Show one project
    #[command(visible_alias = "show", after_help = "Example:\n  bkend project get my-app")]
    Get {
        /// Its name or id
        name: String,
    },
    /// Create a project
    #[command(after_help = "Example:\n  bkend project create shop --description 'The web shop'")]
    Create {
        /// A lower-case letter, then letters, digits and hyphens
        name: String,
        /// What it is for
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    Delete(Delete),
}

/// Delete a project with all its environments
#[derive(Debug, Args)]
#[command(visible_alias = "rm", after_help = "Example:\n  bkend project delete shop --yes")]
pub struct Delete {
    /// Its name or id
    name: String,
    #[command(flatten)]
    pub sure: Sure,
    /// The project's name once more; needed if one of its environments is protected
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List => list(session).await,
            Self::Get { name } => {
                let project = session.project_named(&name).await?;
                session.output().result(&project, || details(session, &project))
            }
            Self::Create { name, description } => create(session, name, description).await,
            Self::Delete(delete) => delete.run(session).await,
        }
    }
}

async fn list(session: &Session) -> Result<(), Failure> {
    let listing = session.client.projects().await?;
    let page = Page { items: listing.items, pagination: listing.pagination };
    session.output().result(&page, || {
        let rows = page.items.iter().map(|project| {
            vec![
                project.name.as_str().into(),
                Cell::number(project.environments),
                wire_word(project.status).into(),
                Cell::time(project.created_at),
                project.description.as_deref().unwrap_or_default().into(),
            ]
        });
        let columns = [
            Heading::new("NAME"),
            Heading::new("ENVIRONMENTS").drop(2),
            Heading::new("STATUS"),
            Heading::new("CREATED").drop(3),
            Heading::new("DESCRIPTION").cut(16).drop(1),
        ];
        session.output().table(&columns, rows.collect())
    })
}

fn details(session: &Session, project: &Project) -> String {
    session.output().fields(vec![
        ("name", project.name.as_str().into()),
        ("id", project.id.as_str().into()),
        ("description", project.description.as_deref().unwrap_or_default().into()),
        ("status", wire_word(project.status).into()),
        ("environments", project.environments.to_string().into()),
        ("cors origins", project.cors_origins.join(", ").into()),
        ("created", Cell::time(project.created_at)),
    ])
}

async fn create(session: &Session, name: String, description: Option<String>) -> Result<(), Failure> {
    session.output().note(&format!("target: {name}"));
    let project = session.client.create_project(&CreateProject { name, description }).await?;
    session.output().result(&project, || {
        format!("created {0} with an environment dev; next: bkend connect --project {0}", project.name)
    })
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let project = session.project_named(&self.name).await?;
        session.announce(&project, None);
        let environments = session.client.environments(&project.id).await?.items;
        for environment in &environments {
            check_protected(environment, self.confirm.as_deref()).map_err(|_| protected(&project, environment))?;
        }
        let held = count(environments.len() as u64, "environment");
        self.sure.ask(&project.name, &format!("{} with {held} and all their data", project.name)).await?;
        // The server wants the name from every caller; here it was typed, or waived by --yes.
        let confirm = self.confirm.as_deref().unwrap_or(&project.name);
        let deleted = session.client.delete_project(&project.id, Some(confirm)).await?;
        session.output().result(&deleted, || format!("{} is being deleted", deleted.name))
    }
}

fn protected(project: &Project, environment: &Environment) -> Failure {
    let name = &project.name;
    Failure::Refused {
        code: code::ENVIRONMENT_PROTECTED,
        message: format!("{name} holds {}, which is protected: add --confirm {name}", environment.name),
    }
}

/// The word the API uses.
fn wire_word(status: ProjectStatus) -> &'static str {
    match status {
        ProjectStatus::Active => "active",
        ProjectStatus::Deleting => "deleting",
    }
}
