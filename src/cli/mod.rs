//! The command line: its grammar, and one file for each noun.
//!
//! | File | Idea |
//! |---|---|
//! | [`settings`], [`config`] | flags, variables and the configuration file, settled |
//! | [`session`](self), [`context`] | the server, project and environment a command is for |
//! | [`output`], [`failure`] | what people and scripts read; exit codes |
//! | `columns` | which columns of a table fit on a terminal |
//! | `progress` | how far a transfer is |
//! | `confirm`, `password` | the question before a deletion; a password, typed unseen |
//! | `project`, `env`, `connect`, `key`, `table`, `user`, `file`, `import` | the commands |
//! | [`doctor`], [`configuration`], [`completions`], [`launch`] | and those beside them |
//!
//! Nothing here starts a server: the binary does, and hands a [`Session`] over.

#![allow(clippy::doc_markdown, reason = "doc comments of arguments are help texts, where backticks would show")]

mod columns;
pub mod completions;
pub mod config;
pub mod configuration;
mod confirm;
mod connect;
pub mod context;
pub mod doctor;
mod env;
pub mod failure;
mod file;
mod import;
mod key;
pub mod launch;
pub mod output;
mod password;
mod progress;
mod project;
mod session;
pub mod settings;
mod table;
mod user;

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser, Subcommand, builder::Resettable, error::ErrorKind};

use confirm::Sure;

pub use failure::Failure;
pub use session::Session;
pub use settings::{Global, Settings};

/// A terminal console and an embedded backend for apps written against the bkend.ai REST API.
///
/// Without a command it opens the console. Every other command is `bkend NOUN VERB`; each has its
/// own --help with an example.
#[derive(Debug, Parser)]
#[command(name = "bkend", version, max_term_width = 100, after_help = EXAMPLES, after_long_help = LONG_HELP)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,

    #[command(flatten)]
    pub console: launch::Console,

    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  bkend                                       open the console
  bkend env create staging --wait             a new environment, when it is active
  bkend connect staging --format curl         how an app reaches it";

const LONG_HELP: &str = "\
Examples:
  bkend                                       open the console
  bkend env create staging --wait             a new environment, when it is active
  bkend table create posts title:string! --env staging
  bkend connect staging --format curl         how an app reaches it
  bkend --json env list | jq '.items[].name'  for scripts

Exit codes:
  0  done
  1  failed
  2  wrong usage, or input that is not valid
  3  not found
  4  refused, because of how things are
  5  unreachable, or not permitted

Environment variables:
  BKEND_TOKEN    the operator token for --url; a local server's token is found by itself
  BKEND_DATA_DIR, BKEND_URL, BKEND_PROJECT, BKEND_ENV, BKEND_CONFIG, BKEND_PUBLIC_URL
                   as their flags

Configuration file, every key optional:
  data-dir = \"/srv/bkend\"
  listen = \"127.0.0.1:4600\"
  color = \"auto\"
  theme = \"dark\"
  log-file = \"bkend.log\"
  public-url = \"https://api.example.com\"
  key-style = \"url\"
  max-file-size = 104857600
  [console]
  mouse = true                    bell, mouse, quit, refresh, start-page, time-zone
  [keys]
  environment-create = [\"n\", \"ctrl-n\"]
                                  any command of the console; `bkend config check` looks at all of it";

impl Cli {
    /// Reads the line. What is wrong with it is said without the variables: the usage would name each
    /// that is set, as if it had to be written.
    ///
    /// # Errors
    /// When it is no command, or asks for help.
    pub fn read(line: &[OsString]) -> Result<Self, clap::Error> {
        Self::try_parse_from(line).map_err(|error| {
            let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand || !error.use_stderr();
            let written = Self::command().mut_args(|arg| arg.env(Resettable::Reset));
            match written.try_get_matches_from(line) {
                Err(same) if !is_help && same.kind() == error.kind() => same,
                _ => error,
            }
        })
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Console(launch::Console),
    Serve(launch::Serve),
    Demo(launch::Demo),
    #[command(flatten)]
    Noun(Noun),
    /// Say what is configured, what is reachable, what is wrong, and how to mend it
    #[command(after_help = "Example:\n  bkend doctor --data-dir ./data")]
    Doctor,
    /// The configuration file: path, show, check
    #[command(subcommand, after_help = configuration::EXAMPLES)]
    Config(configuration::Verb),
    Completions(completions::Completions),
}

/// The commands that ask a server.
#[derive(Debug, Subcommand)]
pub enum Noun {
    /// Projects: list, get, create, delete
    #[command(subcommand, visible_alias = "projects", after_help = project::EXAMPLES)]
    Project(project::Verb),
    /// Environments: list, get, create, update, delete, retry, wait, use, verify, compare
    #[command(subcommand, visible_aliases = ["envs", "environment"], after_help = env::EXAMPLES)]
    Env(env::Verb),
    Connect(connect::Connect),
    /// API keys of an environment: list, create, rotate, delete
    #[command(subcommand, visible_alias = "keys", after_help = key::EXAMPLES)]
    Key(key::Verb),
    /// Tables of an environment: list, get, create, delete, column, index, permission
    #[command(subcommand, visible_alias = "tables", after_help = table::EXAMPLES)]
    Table(table::Verb),
    /// Files of an environment: list, get, upload, download, delete, visibility
    #[command(subcommand, visible_alias = "files", after_help = file::EXAMPLES)]
    File(file::Verb),
    Import(import::ImportFolder),
    /// Users of an environment: list, get, create, delete, role, set-password, invite, sessions
    #[command(subcommand, visible_alias = "users", after_help = user::EXAMPLES)]
    User(user::Verb),
}

impl Noun {
    /// Whether the command could be carried out at all, as far as that is known without a server. What
    /// a protected environment needs, and the plan of an import, are said with what else is missing.
    pub fn check(&self, settings: &Settings) -> Result<(), Failure> {
        if !self.may_begin() {
            settings.check_data()?;
        }
        match self {
            Self::Project(project::Verb::Delete(delete)) => delete.sure.check(),
            Self::Key(key::Verb::Delete(delete)) => delete.sure.check(),
            Self::Table(verb) => verb.sure().map_or(Ok(()), Sure::check),
            Self::File(file::Verb::Delete(delete)) => delete.sure.check(),
            Self::User(user::Verb::Delete(delete)) => delete.sure.check(),
            _ => Ok(()),
        }
    }

    /// Whether the command makes something that needs nothing to be there, so that it may be the first of all.
    const fn may_begin(&self) -> bool {
        matches!(self, Self::Project(project::Verb::Create { .. }) | Self::Env(env::Verb::Create(_)) | Self::Import(_))
    }

    /// Whether Ctrl-C may end the command where it is. A verification has to remove its markers, and
    /// an import what it began.
    pub const fn is_interruptible(&self) -> bool {
        !matches!(self, Self::Env(env::Verb::Verify(_)) | Self::Import(_))
    }

    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Project(verb) => verb.run(session).await,
            Self::Env(verb) => verb.run(session).await,
            Self::Connect(connect) => connect.run(session).await,
            Self::Key(verb) => verb.run(session).await,
            Self::Table(verb) => verb.run(session).await,
            Self::File(verb) => verb.run(session).await,
            Self::Import(import) => import.run(session).await,
            Self::User(verb) => verb.run(session).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_has_no_contradictions() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path} says nothing of itself");
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(example.contains("bkend"), "{path} has no example");
            command.get_subcommands().for_each(|verb| check(verb, &path));
        }
        check(&Cli::command(), "");
    }

    #[test]
    fn a_noun_names_all_of_its_verbs() {
        for noun in Cli::command().get_subcommands().filter(|noun| noun.has_subcommands()) {
            let about = noun.get_about().map(ToString::to_string).unwrap_or_default();
            for verb in noun.get_subcommands() {
                assert!(about.contains(verb.get_name()), "{}: {about} leaves {} out", noun.get_name(), verb.get_name());
            }
        }
    }

    #[test]
    fn short_names_mean_their_long_ones() {
        for noun in ["project", "env", "key", "table", "user", "file"] {
            let command = Cli::command();
            let noun = command.find_subcommand(noun).expect("a noun");
            for (short, long) in [("ls", "list"), ("show", "get"), ("rm", "delete")] {
                if let Some(verb) = noun.find_subcommand(long) {
                    assert!(verb.get_visible_aliases().any(|alias| alias == short), "{} {long}", noun.get_name());
                }
            }
        }
    }

    #[test]
    fn a_flag_may_stand_before_or_after_the_command() {
        for line in ["bkend --project shop env list --json", "bkend env list --json --project shop"] {
            let cli = Cli::try_parse_from(line.split(' ')).expect("valid");
            assert!(cli.global.settle().expect("settled").output.json, "{line}");
        }
    }
}
