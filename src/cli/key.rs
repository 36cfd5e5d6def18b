//! `bkend key`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::{
    Failure, Session,
    columns::Heading,
    confirm::Sure,
    output::{self, Cell},
};
use crate::domain::{
    Clock, KeyType, Timestamp,
    api::{CreateKey, Environment, Key, Page, RotateKey},
    duration,
    key::Scope,
};

pub const EXAMPLES: &str = "\
Examples:
  bkend key list --env staging
  bkend key create ci --type secret --scope posts:read --expires 90d
  bkend key rotate ci --overlap 24h
  bkend key delete ci";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the keys of an environment
    #[command(visible_alias = "ls", after_help = "Example:\n  bkend key list --env staging")]
    List,
    Create(Create),
    Rotate(Rotate),
    Delete(Delete),
}

/// Create a key and print it
///
/// The key alone goes to stdout. A secret one is never shown again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend key create web
  SECRET=$(bkend key create ci --type secret --scope 'posts:*' --expires 90d --env prod)")]
pub struct Create {
    /// A name to find it by
    name: String,

    /// publishable for browsers and phones, secret for servers
    #[arg(long = "type", value_name = "TYPE", default_value = "publishable")]
    kind: KeyType,

    /// What it may be used for, as TABLE:OPERATION, either side may be *; repeatable [default: all]
    #[arg(long = "scope", value_name = "SCOPE", value_parser = Scope::parse)]
    scopes: Vec<Scope>,

    /// When it ends, as a time from now: 90d, 12h, 30m [default: never]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    expires: Option<Duration>,
}

/// Replace a key by a new one of the same name, and print it
///
/// The one before goes on for the overlap as NAME (replaced), so that apps can change over. The key
/// alone goes to stdout. A secret one is never shown again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  SECRET=$(bkend key rotate ci --env prod)
  bkend key rotate leaked --overlap 0s")]
pub struct Rotate {
    /// Its name or id
    name: String,

    /// How long both work: 24h, 7d, 30d at most; 0s ends the one before at once
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "24h")]
    overlap: Duration,
}

/// Delete a key; apps that use it are refused at once
#[derive(Debug, Args)]
#[command(visible_alias = "rm", after_help = "Example:\n  bkend key delete ci --yes")]
pub struct Delete {
    /// Its name or id
    name: String,
    #[command(flatten)]
    pub sure: Sure,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List => list(session).await,
            Self::Create(create) => create.run(session).await,
            Self::Rotate(rotate) => rotate.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
        }
    }
}

async fn list(session: &Session) -> Result<(), Failure> {
    let (_, environment) = session.target().await?;
    let listing = session.client.keys(&environment.id).await?;
    let page = Page { items: listing.items, pagination: listing.pagination };
    session.output().result(&page, || {
        let rows = page.items.iter().map(|key| {
            vec![
                key.name.as_str().into(),
                key.kind.as_str().into(),
                key.mask.as_str().into(),
                scopes(key).into(),
                key.expires_at.map_or_else(|| "never".into(), Cell::time),
                key.last_used_at.map_or_else(|| "never".into(), Cell::time),
                Cell::time(key.created_at),
            ]
        });
        let columns = [
            Heading::new("NAME"),
            Heading::new("TYPE"),
            Heading::new("KEY"),
            Heading::new("SCOPES").cut(8),
            Heading::new("EXPIRES").drop(1),
            Heading::new("LAST USED").drop(2),
            Heading::new("CREATED").drop(3),
        ];
        session.output().table(&columns, rows.collect())
    })
}

fn scopes(key: &Key) -> String {
    let scopes: Vec<_> = key.scopes.iter().map(Scope::to_string).collect();
    if scopes.is_empty() { "all".to_owned() } else { scopes.join(" ") }
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let expires_at = self.expires.map(from_now).transpose()?;
        let (_, environment) = session.target_to_write().await?;
        let body = CreateKey {
            name: self.name,
            kind: Some(self.kind),
            scopes: self.scopes.iter().map(Scope::to_string).collect(),
            expires_at,
        };
        reveal(session, &session.client.create_key(&environment.id, &body).await?)
    }
}

impl Rotate {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let before = find(session, &environment, &self.name).await?;
        let body = RotateKey { overlap_seconds: Some(self.overlap.as_secs()) };
        let key = session.client.rotate_key(&environment.id, &before.id, body).await?;
        reveal(session, &key)?;
        if self.overlap.is_zero() {
            session.output().note(&format!("{} is refused from now on", before.mask));
        } else {
            session
                .output()
                .note(&format!("{} goes on until its overlap ends: `bkend key list` says when", before.mask));
        }
        Ok(())
    }
}

/// Prints a key whose text this is the only answer to hold.
fn reveal(session: &Session, key: &Key) -> Result<(), Failure> {
    if session.output().json {
        return session.output().json(key);
    }
    output::print(key.key.as_deref().unwrap_or(&key.mask))?;
    if key.kind == KeyType::Secret {
        session.output().note("this is the only time the key is shown: keep it now");
    }
    Ok(())
}

fn from_now(duration: Duration) -> Result<Timestamp, Failure> {
    duration::ahead(Clock::System.now(), duration)
        .ok_or_else(|| Failure::Usage("the key would end too far in the future: leave --expires out".into()))
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let key = find(session, &environment, &self.name).await?;
        let what = format!("the {} key {} of {}", key.kind.as_str(), key.name, environment.name);
        self.sure.ask(&key.name, &what).await?;
        let deleted = session.client.delete_key(&environment.id, &key.id).await?;
        session.output().result(&deleted, || format!("{} is deleted", deleted.name))
    }
}

async fn find(session: &Session, environment: &Environment, name: &str) -> Result<Key, Failure> {
    let keys = session.client.keys(&environment.id).await?.items;
    let found = keys.into_iter().find(|key| key.name == name || key.id.as_str() == name);
    found.ok_or_else(|| Failure::NotFound {
        code: "key/not-found",
        message: format!("{} has no key {name}: `bkend key list` shows those there are", environment.name),
    })
}
