//! `bkend env wait`: until an environment is active, or gone.

use std::time::Duration;

use clap::{Args, ValueEnum};
use tokio::time::{Instant, timeout_at};

use super::{
    super::{Failure, Session},
    begun_or_active,
};
use crate::{
    client::{self, Update},
    domain::{
        Status,
        api::{Environment, Event},
        duration,
    },
};

/// Wait until an environment is active or deleted
///
/// One that fails ends the wait at once with exit code 1; so does the end of the time.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend env wait staging
  bkend env wait staging --for deleted --timeout 2m")]
pub struct Wait {
    /// Its name or id
    name: String,
    /// What to wait for
    #[arg(long = "for", value_enum, value_name = "STATE", default_value_t = Until::Active)]
    until: Until,
    /// The longest to wait
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration::parse)]
    timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Until {
    Active,
    Deleted,
}

impl Wait {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let project = session.project().await?;
        // The list's event id joins the reading and the following without a gap.
        let listing = session.client.environments(&project.id).await?;
        let found = listing
            .items
            .into_iter()
            .find(|environment| environment.name.as_str() == self.name || environment.id.as_str() == self.name);
        let Some(environment) = found else {
            return if self.until == Until::Deleted {
                session.output().result(&serde_json::Value::Null, || format!("{} has no {}", project.name, self.name))
            } else {
                Err(Failure::NotFound {
                    code: "environment/not-found",
                    message: format!("{} has no environment {}", project.name, self.name),
                })
            };
        };
        let last = until(session, environment, listing.event_id, self.until, self.timeout).await?;
        session.output().result(&last, || match self.until {
            Until::Active => begun_or_active(&last),
            Until::Deleted => format!("{} is deleted", last.name),
        })
    }
}

/// The state that ended the wait; for a deletion the last one before it was gone.
pub async fn until(
    session: &Session,
    mut environment: Environment,
    from: Option<u64>,
    until: Until,
    patience: Duration,
) -> Result<Environment, Failure> {
    let deadline = Instant::now() + patience;
    let mut events = session.client.events(from);
    let id = environment.id.clone();
    loop {
        if is_reached(&environment, until)? {
            return Ok(environment);
        }
        let status = environment.status;
        let Ok(update) = timeout_at(deadline, events.next()).await else {
            return Err(Failure::Failed(format!(
                "{} is still {status} after {patience:?}: `bkend env get {0}` shows more",
                environment.name
            )));
        };
        let seen = match update {
            Some(Update::Event { event: Event::Environment(seen), .. }) if seen.id == id => Some(seen),
            Some(Update::Event { event: Event::EnvironmentDeleted(seen), .. }) if seen.id == id => None,
            Some(Update::Connected | Update::Poll | Update::Event { event: Event::Reset, .. }) => {
                match session.client.environment(&id).await {
                    Ok(seen) => Some(seen),
                    Err(error) if error.is_not_found() => None,
                    // The stream tells when the server is there again.
                    Err(client::Error::Unreachable { .. } | client::Error::Server { .. }) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            Some(Update::Unauthorized { reason, .. }) => return Err(Failure::Unavailable(reason)),
            Some(Update::Disconnected { reason, .. }) => {
                session.output().note(&reason);
                continue;
            }
            Some(Update::Event { .. }) => continue,
            None => return Err(Failure::Failed("the events ended before the wait did".into())),
        };
        match (seen, until) {
            // The stream may begin with what came before the last reading.
            (Some(seen), _) if is_older(&seen, &environment) => {}
            (Some(seen), _) => {
                if seen.status != status {
                    session.output().note(&format!("{} is {}", seen.name, seen.status));
                }
                environment = seen;
            }
            (None, Until::Deleted) => return Ok(environment),
            (None, Until::Active) => return Err(Failure::Failed(format!("{} is deleted", environment.name))),
        }
    }
}

/// Two changes may fall into one millisecond; then the one that is further on is the later one.
fn is_older(seen: &Environment, known: &Environment) -> bool {
    let further_on = |status| match status {
        Status::Creating => 0,
        Status::Ready => 1,
        Status::Active | Status::Failed => 2,
        Status::Deleting => 3,
    };
    let age = |environment: &Environment| (environment.updated_at, further_on(environment.status));
    age(seen) < age(known)
}

/// # Errors
/// When what is waited for will not happen by itself.
fn is_reached(environment: &Environment, until: Until) -> Result<bool, Failure> {
    let name = &environment.name;
    match (environment.status, until) {
        (Status::Active, Until::Active) => Ok(true),
        (Status::Failed, _) => {
            let reason = environment.reason.as_deref().unwrap_or("without a reason");
            Err(Failure::Failed(format!("{name} failed: {reason}; `bkend env retry {name}` tries again")))
        }
        (Status::Deleting, Until::Active) => Err(Failure::Failed(format!("{name} is being deleted"))),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_stream_tells_late_changes_nothing() {
        let ready = environment(Status::Ready, 5);
        assert!(is_older(&environment(Status::Creating, 4), &ready), "of an earlier moment");
        assert!(is_older(&environment(Status::Creating, 5), &ready), "of the same one");
        assert!(!is_older(&environment(Status::Active, 5), &ready));
        let failed = environment(Status::Failed, 5);
        assert!(!is_older(&environment(Status::Creating, 6), &failed), "a retry goes back on purpose");
    }

    fn environment(status: Status, second: u8) -> Environment {
        let now = format!("2026-11-23T06:42:0{second}.000Z");
        serde_json::from_value(json!({
            "id": "env_00000000000000000000000a", "projectId": "proj_00000000000000000000000a",
            "name": "qa", "type": "custom", "status": status, "step": null, "reason": null,
            "protected": false, "createdAt": now, "updatedAt": now, "activeAfterMs": null, "steps": [],
            "usage": { "tables": 0, "rows": 0, "users": 0, "keys": 0, "files": 0, "bytes": 0 },
        }))
        .expect("an environment as the API answers it")
    }
}
