//! `bkend config`: where the configuration file is, what is in it, and what is wrong with it.

use std::{fs, io, path::Path};

use clap::Subcommand;
use serde::Serialize;

use super::{
    Failure,
    config::Config,
    output::{Cell, Output, count},
};

pub const EXAMPLES: &str = "\
Examples:
  bkend config path
  bkend config show
  bkend config check --config ./config.toml";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print where the file is, or would be
    #[command(after_help = "Example:\n  $EDITOR \"$(bkend config path)\"")]
    Path,
    /// Print what is in it
    #[command(visible_alias = "get", after_help = "Example:\n  bkend config show")]
    Show,
    /// Look for mistakes; each is named with its line, and 1 is the exit code if there is any
    #[command(after_help = "Example:\n  bkend config check && bkend")]
    Check,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    path: String,
    exists: bool,
    mistakes: &'a [String],
}

impl Verb {
    /// `console` are the mistakes that the console found in its part.
    pub fn run(&self, output: Output, path: &Path, console: &[String]) -> Result<(), Failure> {
        match self {
            Self::Path => output.result(&path.display().to_string(), || path.display().to_string()),
            Self::Show => show(output, path),
            Self::Check => check(output, path, console),
        }
    }
}

fn show(output: Output, path: &Path) -> Result<(), Failure> {
    match fs::read_to_string(path) {
        Ok(text) => output.result(&text, || text.trim_end().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            output.note(&format!("{} is not there: everything is at its default", path.display()));
            Ok(())
        }
        Err(error) => Err(Failure::Failed(format!("{} cannot be read: {error}", path.display()))),
    }
}

fn check(output: Output, path: &Path, console: &[String]) -> Result<(), Failure> {
    let mut mistakes = console.to_vec();
    if let Err(failure) = Config::read(path) {
        // A line that is no TOML was found by both.
        let is_new = |general: &&str| {
            let place = general.trim_start_matches(&*path.display().to_string()).split(':').nth(1);
            !place.is_some_and(|line| console.iter().any(|mistake| mistake.contains(&format!(":{line}: "))))
        };
        mistakes.splice(..0, failure.to_string().lines().filter(is_new).map(str::to_owned));
    }
    let exists = path.exists();
    let report = Report { path: path.display().to_string(), exists, mistakes: &mistakes };
    output.result(&report, || match (mistakes.is_empty(), exists) {
        (true, true) => format!("{} has no mistake", path.display()),
        (true, false) => format!("{} is not there: everything is at its default", path.display()),
        (false, _) => output.lines(&mistakes.iter().map(|mistake| vec![Cell::bad(mistake)]).collect::<Vec<_>>()),
    })?;
    match mistakes.len() {
        0 => Ok(()),
        found => Err(Failure::Failed(format!("{} found", count(found as u64, "mistake")))),
    }
}
