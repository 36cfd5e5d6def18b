//! The question before something is lost.

use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;

use super::{Failure, output::prose};
use crate::domain::{api::Environment, error::code};

#[derive(Clone, Copy, Debug, Args)]
pub struct Sure {
    /// Do not ask; needed where nobody can answer
    #[arg(short, long)]
    yes: bool,
}

impl Sure {
    pub const fn is_asked(self) -> bool {
        !self.yes
    }

    /// Refuses, before anything else happens, where the question could not be answered.
    pub fn check(self) -> Result<(), Failure> {
        if self.yes || (io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Ok(());
        }
        Err(Failure::Usage("nobody can be asked here: add --yes to go on without the question".into()))
    }

    /// Whether something of the environment may be deleted, before anybody is asked to type: all that
    /// is missing at once.
    pub fn check_in(self, environment: &Environment, confirm: Option<&str>) -> Result<(), Failure> {
        let name = environment.name.as_str();
        match (self.check(), check_protected(environment, confirm)) {
            (Err(_), Err(_)) => Err(Failure::Usage(format!(
                "nobody can be asked here, and {name} is protected: add --yes --confirm {name} to go on without the question"
            ))),
            (asked, protected) => asked.and(protected),
        }
    }

    /// Has the name typed, unless `--yes` was given.
    pub async fn ask(self, name: &str, what: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        self.check()?;
        let answer = answer(&format!("This deletes {what}. It cannot be undone.\nType {name} to go on: ")).await?;
        if answer == name {
            Ok(())
        } else {
            Err(Failure::Refused { code: "cli/not-confirmed", message: "nothing was deleted".into() })
        }
    }

    /// Asks for a yes before something is done that takes nothing away.
    pub async fn agree(self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        self.check()?;
        let answer = answer(&format!("{question} [y/N] ")).await?;
        if matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes") {
            Ok(())
        } else {
            Err(Failure::Refused { code: "cli/not-confirmed", message: "nothing was changed".into() })
        }
    }
}

async fn answer(question: &str) -> Result<String, Failure> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{}", prose(question))?;
    stderr.flush()?;
    drop(stderr);
    // On a thread of its own, so that Ctrl-C still ends the command in order.
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map(|_| answer)
    });
    Ok(answer.await.map_err(io::Error::other)??.trim().to_owned())
}

/// What the server would say, before anybody is asked to type.
pub fn check_protected(environment: &Environment, confirm: Option<&str>) -> Result<(), Failure> {
    let name = environment.name.as_str();
    let message = match confirm {
        _ if !environment.protected => return Ok(()),
        Some(confirmed) if confirmed == name => return Ok(()),
        Some(other) => format!("{name} is protected, and --confirm says {other}: write --confirm {name} to delete it"),
        None => format!("{name} is protected: add --confirm {name}"),
    };
    Err(Failure::Refused { code: code::ENVIRONMENT_PROTECTED, message })
}
