//! The sample that `bkend demo` shows: a project as a small team would have it, with an environment
//! in each of the five states.
//!
//! Equal sizes give equal contents: identifiers and keys come from a seed, one after the other, and
//! the clock stands still.

use std::{cmp::Reverse, fmt::Display, path::Path, sync::Arc, time::Duration};

use bkend_console::{
    cli::Failure,
    domain::{
        Clock, ProjectId, Status, Step, Timestamp,
        api::{CreateEnvironment, Environment, StepTiming},
        id::Entropy,
        list::Window,
    },
    platform::{self, Config, Platform},
    store::{self, Durability, control::ControlStore},
};

use crate::{embedded::hold_alone, sample_rows, sample_users};

/// When it is, for as long as the demonstration lasts.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_416_159_120);

const FIRST: &str = "dev";
const CREATING: &str = "qa";
const READY: &str = "preview";
const FAILED: &str = "load-test";
const DELETING: &str = "old-api";

/// The environments that every sample begins with, and how many days ago each was made. The first
/// is there by itself.
const ENVIRONMENTS: [(&str, i64); 7] =
    [(FIRST, 41), (CREATING, 0), (READY, 6), (FAILED, 5), (DELETING, 39), ("staging", 34), ("prod", 27)];

/// How many days ago all others were made.
const OTHERS: i64 = 2;

const MILLIS_PER_MINUTE: i64 = 60_000;

const MILLIS_PER_DAY: i64 = 86_400_000;

const SEED: u64 = 4600;

/// Fills an empty folder.
pub async fn make(directory: &Path, environments: u32, rows: u32) -> Result<(), Failure> {
    let others = (ENVIRONMENTS.len()..environments as usize).map(|number| (OTHERS, format!("feature-{number}")));
    let first = ENVIRONMENTS.iter().map(|(name, days)| (*days, (*name).to_owned()));
    let mut names: Vec<_> = first.chain(others).take(environments as usize).collect();
    names.sort_by_key(|(days, _)| Reverse(*days));
    for made_together in names.chunk_by(|one, other| one.0 == other.0) {
        let days = made_together[0].0;
        let platform = hold_alone(|| config(directory, NOW.plus_millis(-days * MILLIS_PER_DAY))).await?;
        // Nothing is served yet, so there is nothing to ask for.
        platform.start_jobs(Arc::new(|_, _| Box::pin(async { Ok(()) })));
        let result = fill(&platform, made_together.iter().map(|(_, name)| name.as_str()), rows).await;
        platform.close().await;
        result.map_err(failed)?;
    }
    for (minutes, name, agent) in sample_users::LATELY {
        let platform = hold_alone(|| config(directory, NOW.plus_millis(-minutes * MILLIS_PER_MINUTE))).await?;
        let result = sign_in(&platform, name, agent).await;
        platform.close().await;
        result.map_err(failed)?;
    }
    pose(directory).map_err(failed)
}

/// The same folder as a running demonstration opens it.
pub fn running(directory: &Path, provision_time: Duration) -> Config {
    let pace = (!provision_time.is_zero()).then_some(provision_time);
    Config { pace, resume: false, ..config(directory, NOW) }
}

fn config(directory: &Path, now: Timestamp) -> Config {
    // A seed for each instant: equal seeds would begin with equal keys.
    let seed = SEED ^ now.millis().unsigned_abs();
    Config { clock: Clock::Fixed(now), entropy: Entropy::seeded(seed), ..Config::new(directory) }
}

async fn fill(platform: &Platform, names: impl Iterator<Item = &str>, rows: u32) -> Result<(), platform::Error> {
    let project = project(platform);
    for name in names {
        let existing = platform.environments(&project, all())?.page.items;
        let environment = match existing.into_iter().find(|environment| environment.name.as_str() == name) {
            Some(first) => first,
            None => platform.create_environment(&project, named(name)).await?,
        };
        // One after the other, so that each draws its keys in turn.
        let settled = platform.settled(Duration::from_mins(1)).await;
        settled.map_err(|_| platform::Error::Internal(format!("{name} did not become active")))?;
        let largest = match name {
            FIRST => rows,
            "staging" | "prod" => rows / 2,
            _ => rows.min(5),
        };
        sample_rows::write(platform, &environment, largest).await?;
        let users = match name {
            FIRST => 12,
            "staging" => 8,
            "prod" => 6,
            _ => 1,
        };
        sample_users::write(platform, &environment.id, users, name == FIRST).await?;
    }
    Ok(())
}

/// Into the environment that has users who signed up, if the sample is large enough to have it.
async fn sign_in(platform: &Platform, name: &str, agent: &str) -> Result<(), platform::Error> {
    let environments = platform.environments(&project(platform), all())?.page.items;
    match environments.iter().find(|environment| environment.name.as_str() == FIRST) {
        Some(first) => sample_users::sign_in(platform, &first.id, name, agent).await,
        None => Ok(()),
    }
}

pub fn failed(error: impl Display) -> Failure {
    Failure::Failed(format!("the sample cannot be made: {error}"))
}

fn named(name: &str) -> CreateEnvironment {
    CreateEnvironment { name: name.to_owned(), kind: None }
}

pub const fn all() -> Window {
    Window { page: 1, limit: u64::MAX }
}

/// The only project of the sample.
pub fn project(platform: &Platform) -> ProjectId {
    platform.projects(all()).page.items.swap_remove(0).id
}

/// Puts each environment into the state that it is there to show.
fn pose(directory: &Path) -> Result<(), store::Error> {
    let mut control = ControlStore::open(&directory.join("control.db"))?;
    let environments = control.contents()?.environments;
    control.write(Durability::Full, |control| {
        environments.into_iter().try_for_each(|made| control.put_environment(&posed(made)))
    })
}

/// The timings are the same on every machine.
fn posed(mut environment: Environment) -> Environment {
    let timings = [1.1, 3.0, 1.9, 0.6, 2.1];
    let (status, step, reason) = match environment.name.as_str() {
        CREATING => (Status::Creating, Some(Step::SystemTables), None),
        READY => (Status::Ready, Some(Step::Verify), None),
        FAILED => (Status::Failed, Some(Step::SystemTables), Some("the disk is full".to_owned())),
        DELETING => (Status::Deleting, None, None),
        _ => (Status::Active, None, None),
    };
    let timed = Step::ALL.into_iter().zip(timings).map(|(name, ms)| StepTiming { name, ms });
    environment.steps = timed.filter(|done| step.is_none_or(|step| done.name < step)).collect();
    environment.active_after_ms = step.is_none().then(|| timings.iter().sum());
    environment.status = status;
    environment.step = step.map(Into::into);
    environment.reason = reason;
    environment
}
