//! `bkend doctor`: everything that can be wrong between a command and its answer, in the order in
//! which it would matter.

use serde::Serialize;

use super::{
    Failure, Session, Settings,
    output::{Cell, count},
};
use crate::{
    client::local,
    domain::{
        KeyType, Status,
        api::{Environment, Project},
        mistake::Mistake,
    },
};

/// What one look found.
#[derive(Debug, Serialize)]
pub struct Check {
    subject: String,
    verdict: Verdict,
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Note,
    Problem,
}

/// What is wrong in the configuration, where every other command would have ended.
#[derive(Debug)]
pub struct Configuration {
    /// The file is named, and is not there.
    pub absent: Option<Failure>,
    /// In its part and in the console's.
    pub mistakes: Vec<Mistake>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    healthy: bool,
    checks: &'a [Check],
}

/// Examines what is configured, and the server if there is one: `session` is the attempt to reach
/// it, or nothing where a server would first have to make its data directory.
pub async fn run(
    settings: &Settings,
    configuration: &Configuration,
    session: Option<Result<&Session, Failure>>,
) -> Result<(), Failure> {
    let mut checks = configured(settings, configuration);
    match session {
        None => checks.push(
            note("server", "none has been started for this data directory yet").mend("bkend, or bkend serve, makes it"),
        ),
        Some(Err(failure)) => {
            checks.push(problem("server", failure.to_string()));
        }
        Some(Ok(session)) => reachable(session, &mut checks).await,
    }
    let problems = checks.iter().filter(|check| check.verdict == Verdict::Problem).count();
    settings
        .output
        .result(&Report { healthy: problems == 0, checks: &checks }, || settings.output.lines(&lines(&checks)))?;
    match problems {
        0 => Ok(()),
        _ => Err(Failure::Failed(format!("{} found", count(problems as u64, "problem")))),
    }
}

fn ok(subject: impl Into<String>, message: impl Into<String>) -> Check {
    Check { subject: subject.into(), verdict: Verdict::Ok, message: message.into(), mend: None }
}

fn note(subject: impl Into<String>, message: impl Into<String>) -> Check {
    Check { verdict: Verdict::Note, ..ok(subject, message) }
}

fn problem(subject: impl Into<String>, message: impl Into<String>) -> Check {
    Check { verdict: Verdict::Problem, ..ok(subject, message) }
}

impl Check {
    fn mend(self, how: impl Into<String>) -> Self {
        Self { mend: Some(how.into()), ..self }
    }
}

fn configured(settings: &Settings, configuration: &Configuration) -> Vec<Check> {
    let file = &settings.config_file;
    let defaults = if file.exists() { "" } else { " (not there: everything is at its default)" };
    let mut checks = vec![ok("version", env!("CARGO_PKG_VERSION"))];
    checks.push(match &configuration.absent {
        Some(failure) => problem("configuration", failure.to_string()),
        None => ok("configuration", format!("{}{defaults}", file.display())),
    });
    checks.extend(configuration.mistakes.iter().map(|mistake| {
        problem("configuration", mistake.to_string())
            .mend("the rest is said as if this entry were not there; `bkend config check` looks again")
    }));
    checks.push(match settings.context().choice(&settings.backend()) {
        Ok(Some(choice)) => ok("chosen", format!("{}/{} by `bkend env use`", choice.project, choice.environment)),
        Ok(None) => ok("chosen", "nothing by `bkend env use`: dev is used where no environment is named"),
        Err(failure) => problem("chosen", failure.to_string()),
    });
    match &settings.url {
        Some(url) => {
            checks
                .push(ok("server elsewhere", format!("{url}, by --url or BKEND_URL; the data directory is not used")));
        }
        None => checks.extend(data_directory(settings)),
    }
    checks
}

fn data_directory(settings: &Settings) -> Vec<Check> {
    let directory = &settings.data_dir;
    let shown = directory.display().to_string();
    if !local::is_begun(directory) {
        return vec![ok("data directory", format!("{shown} (not begun yet)"))];
    }
    let mut checks = vec![ok("data directory", shown)];
    checks.push(match local::announcement(directory) {
        Ok(Some(server)) => {
            let url = server.url.as_deref().unwrap_or("no address");
            ok("held by", format!("pid {} at {url}, version {}", server.pid, server.version))
        }
        Ok(None) => ok("held by", "no server: each command runs its own"),
        Err(error) => problem("held by", error.to_string()),
    });
    if let Err(error) = local::operator_token(directory) {
        checks.push(
            problem("operator token", error.to_string())
                .mend("run bkend as the user whom the data directory belongs to"),
        );
    }
    checks
}

async fn reachable(session: &Session, checks: &mut Vec<Check>) {
    let url = session.client.url();
    if let Err(error) = session.client.health().await {
        checks.push(problem("server", error.to_string()));
        return;
    }
    checks.push(if session.listening {
        ok("server", format!("answers at {url}"))
    } else {
        note("server", "answers, but only this command: none runs over this data directory")
            .mend(format!("bkend, or bkend serve, for apps to reach it at {url}"))
    });
    let project = match session.project().await {
        Ok(project) => project,
        Err(failure @ Failure::Client(crate::client::Error::Unauthorized { .. })) => {
            checks.push(problem("operator token", failure.to_string()));
            return;
        }
        Err(failure) => {
            checks.push(problem("project", failure.to_string()));
            return;
        }
    };
    checks.push(ok("project", format!("{} ({})", project.name, count(project.environments, "environment"))));
    if let Err(failure) = environments(session, &project, checks).await {
        checks.push(problem("environments", failure.to_string()));
    }
}

async fn environments(session: &Session, project: &Project, checks: &mut Vec<Check>) -> Result<(), Failure> {
    for environment in session.client.environments(&project.id).await?.items {
        checks.extend(unwell(&environment));
    }
    match session.environment(project).await {
        Ok(environment) => {
            checks.push(ok("environment", format!("{} is used where none is named", environment.name)));
            let keys = session.client.keys(&environment.id).await?.items;
            if !keys.iter().any(|key| key.kind == KeyType::Publishable) {
                let how = format!("bkend key create web --env {}", environment.name);
                checks.push(problem("keys", format!("{} has no publishable key", environment.name)).mend(how));
            }
        }
        Err(failure) => checks.push(problem("environment", failure.to_string()).mend("bkend env use NAME")),
    }
    Ok(())
}

/// What is worth saying of an environment that is not simply active.
fn unwell(environment: &Environment) -> Option<Check> {
    let name = environment.name.as_str();
    let reason = environment.reason.as_deref();
    match environment.status {
        Status::Active => None,
        Status::Creating | Status::Ready => Some(note(name, format!("is {}", environment.status))),
        Status::Failed => Some(
            problem(name, format!("failed: {}", reason.unwrap_or("without a reason")))
                .mend(format!("bkend env retry {name}, or bkend env delete {name}")),
        ),
        Status::Deleting => Some(match reason {
            None => note(name, "is being deleted"),
            Some(reason) => {
                problem(name, format!("cannot be deleted yet: {reason}")).mend("it is tried again by itself")
            }
        }),
    }
}

fn lines(checks: &[Check]) -> Vec<Vec<Cell>> {
    let mut lines = Vec::new();
    for check in checks {
        let verdict = match check.verdict {
            Verdict::Ok => Cell::good("ok"),
            Verdict::Note => "note".into(),
            Verdict::Problem => Cell::bad("problem"),
        };
        lines.push(vec![verdict, check.subject.as_str().into(), check.message.as_str().into()]);
        if let Some(mend) = &check.mend {
            lines.push(vec!["".into(), "".into(), format!("-> {mend}").into()]);
        }
    }
    lines
}
