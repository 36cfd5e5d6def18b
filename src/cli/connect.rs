//! `bkend connect`: what an app needs to reach an environment.

use chrono::Utc;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Failure, Session, output};
use crate::{
    client::connect::{self, PREFIX},
    domain::{KeyType, Status, api::Key},
};

/// Print what an app needs to reach an environment: its base URL and publishable key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend connect >> .env.local
  bkend connect staging --format curl | sh
  bkend connect --prefix VITE_BKEND_ > .env")]
pub struct Connect {
    /// The environment [default: --env, the one that `env use` chose, or dev]
    environment: Option<String>,

    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Dotenv)]
    format: Format,

    /// What the variables' names begin with, in dotenv
    #[arg(long, value_name = "TEXT", default_value = PREFIX)]
    prefix: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Lines for an .env file
    Dotenv,
    /// A command for the shell
    Curl,
    /// JavaScript for a browser or Node
    Fetch,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Connection<'a> {
    project: &'a str,
    environment: &'a str,
    url: &'a str,
    key: &'a str,
}

impl Connect {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let project = session.project().await?;
        let environment = match &self.environment {
            Some(name) => session.environment_named(&project, name).await?,
            None => session.environment(&project).await?,
        };
        let keys = session.client.keys(&environment.id).await?.items;
        let key = keys.iter().find_map(usable).ok_or_else(|| Failure::NotFound {
            code: "key/not-found",
            message: format!(
                "{name} has no publishable key that works: make one with `bkend key create web --env {name}`",
                name = environment.name
            ),
        })?;
        let url = session.client.url();
        if environment.status != Status::Active {
            session
                .output()
                .note(&format!("{} is {}: it answers once it is active", environment.name, environment.status));
        } else if !session.listening {
            // Something else may listen there, so nothing is said of the address itself.
            session.output().note(&format!(
                "no server runs over this data directory now: open the console or run `bkend serve`, and {url} answers"
            ));
        }
        if session.output().json {
            let environment = environment.name.as_str();
            return session.output().json(&Connection { project: &project.name, environment, url, key });
        }
        let table = match self.format {
            Format::Dotenv => None,
            // One that exists, so that what is pasted answers at once.
            Format::Curl | Format::Fetch => session.client.tables(&environment.id).await?.items.into_iter().next(),
        };
        let table = table.as_ref().map(|table| table.name.as_str());
        let format = match self.format {
            Format::Dotenv => connect::Format::Dotenv,
            Format::Curl => connect::Format::Curl,
            Format::Fetch => connect::Format::Fetch,
        };
        output::print(&connect::snippet(format, url, key, table, &self.prefix))
    }
}

/// The text of a publishable key that works for everything its type allows.
fn usable(key: &Key) -> Option<&str> {
    let alive = key.expires_at.is_none_or(|at| at.millis() > Utc::now().timestamp_millis());
    let usable = key.kind == KeyType::Publishable && key.scopes.is_empty() && alive;
    key.key.as_deref().filter(|_| usable)
}
