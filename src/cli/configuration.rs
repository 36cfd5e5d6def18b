//! `bkend config`: where the configuration file is, what is in it, and what is wrong with it.

use std::{fs, io, path::Path};

use clap::Subcommand;
use serde::Serialize;

use super::{
    Failure,
    config::Config,
    output::{Cell, Output, count},
};
use crate::domain::mistake::Mistake;

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
    pub fn run(&self, output: Output, path: &Path, console: &[Mistake]) -> Result<(), Failure> {
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

/// What is wrong in the file of that path, line by line: in the part that every command reads, and
/// in the console's.
pub fn mistakes(path: &Path, console: &[Mistake]) -> Vec<Mistake> {
    let (_, mut mistakes) = Config::read_right(path);
    // A line that is no TOML was found by both.
    mistakes.retain(|general| console.iter().all(|other| (&other.file, other.line) != (&general.file, general.line)));
    mistakes.extend_from_slice(console);
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    // Those of the themes beside it come after it.
    mistakes.sort_by_key(|mistake| (mistake.file != file, mistake.file.clone(), mistake.line));
    mistakes
}

fn check(output: Output, path: &Path, console: &[Mistake]) -> Result<(), Failure> {
    let mistakes: Vec<_> = mistakes(path, console).iter().map(ToString::to_string).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_stand_in_the_order_of_their_lines_and_name_the_file_alike() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("bad.toml");
        fs::write(&path, "theme = 1\ncolour = 2\n[keys]\nfrob = 3\n").expect("written");
        let console = |line, text: &str| Mistake { file: "bad.toml".into(), line, text: text.into() };
        let theme = Mistake { file: "themes/mine.toml".into(), ..console(1, "acent") };
        let found = mistakes(&path, &[theme, console(1, "theme"), console(4, "frob")]);
        let places: Vec<_> = found.iter().map(|mistake| (&*mistake.file, mistake.line)).collect();
        assert_eq!(places, [("bad.toml", 1), ("bad.toml", 2), ("bad.toml", 4), ("themes/mine.toml", 1)]);
    }
}
