//! Making an environment: five steps, each safe to do again.
//!
//! | Step | What a crash after it leaves |
//! |---|---|
//! | reserve | a row that is `creating` |
//! | storage | that, and the complete folder (or a dotted one, which is swept) |
//! | system-tables | the same |
//! | key | a row that is `ready`, with its first key |
//! | verify | a row that is `active` |
//!
//! Whatever the row says before `active`, the next start makes the folder anew and keeps a first key
//! that is there: nobody has been promised anything of what the folder held. So its syncs can wait
//! until the probe is through, and the whole costs five: the reservation, the file, its folder, the
//! folder's name, and `active`. `ready` reaches the disk with `active` (see [`Durability`]).

use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use super::{
    Error, Platform,
    control::{Change, Deed},
    environments::{apply, milliseconds},
    keys::new_key,
};
use crate::{
    domain::{
        ApiKey, EnvironmentId, KeyType, Status, Step,
        api::{Actor, Environment, Event, StepTiming},
        environment::Transition,
    },
    store::{self, Durability, failpoint, pool::Lease},
};

/// The first key of every environment.
const FIRST_KEY: &str = "default";

/// How long the probe may take; it is two requests within this process.
const PROBE_DEADLINE: Duration = Duration::from_secs(15);

/// Why an attempt ended.
enum Interruption {
    /// The environment keeps the step and these words.
    Failed(Step, String),
    /// The process is stopping, or the environment was deleted meanwhile: the row says what is next.
    Left,
}

/// The clock of one attempt: when it began and what is done.
type Attempt = (Instant, Vec<StepTiming>);

impl Platform {
    /// Makes the environment ready and active in the background. Without an `attempt` it takes up
    /// what an earlier process began.
    pub(super) fn start_provisioning(&self, id: EnvironmentId, attempt: Option<Attempt>) {
        let platform = self.clone();
        self.spawn(async move {
            let Some(_permit) = platform.job_permit().await else { return };
            let (began, steps) = attempt.unwrap_or_else(|| (Instant::now(), Vec::new()));
            let progress = Progress { platform: platform.clone(), id, began, steps };
            // From here on a thread that may block: on the way to `active` there is more handing over
            // between threads than work, so the less of it the better.
            let runtime = Handle::current();
            let made = tokio::task::spawn_blocking(move || runtime.block_on(progress.finish()));
            // A panic has been reported; the row says what the next start has to do.
            let _ = made.await;
        });
    }

    async fn fail(&self, id: &EnvironmentId, step: Step, reason: String, steps: Vec<StepTiming>) {
        tracing::warn!(environment = %id, %step, reason, "an environment could not be made");
        let (platform, subject) = (self.clone(), id.clone());
        let recorded = self.0.control.change(move |change| {
            let mut environment = platform.environment(&subject)?;
            apply(&mut environment, Transition::Fail)?;
            environment.step = Some(step.into());
            environment.reason = Some(reason);
            environment.steps = steps;
            platform.log_and_put(change, environment, "environment.fail")
        });
        match recorded.await {
            // An operator deleted it meanwhile: there is nothing left to fail.
            Ok(()) | Err(Error::InvalidTransition { .. } | Error::NotFound(_)) => {}
            // The row still says `creating` or `ready`: the next start tries again.
            Err(error) => tracing::error!(environment = %id, %error, "the failure itself could not be written down"),
        }
    }

    /// Puts an environment that the server itself moved on, with a line of activity.
    fn log_and_put(
        &self,
        change: &mut Change<'_>,
        mut environment: Environment,
        action: &'static str,
    ) -> Result<(), Error> {
        environment.updated_at = self.0.clock.now();
        let target = environment.name.to_string();
        let detail = environment.reason.clone();
        let deed = Deed { actor: Actor::System, action, target: &target, detail: detail.as_deref() };
        let line = deed.in_environment(&environment, &self.0.entropy, environment.updated_at);
        change.put_environment(environment)?;
        change.log(line)
    }
}

struct Progress {
    platform: Platform,
    id: EnvironmentId,
    began: Instant,
    steps: Vec<StepTiming>,
}

impl Progress {
    async fn finish(mut self) {
        match self.run().await {
            Ok(()) | Err(Interruption::Left) => {}
            Err(Interruption::Failed(step, reason)) => self.platform.fail(&self.id, step, reason, self.steps).await,
        }
    }

    async fn run(&mut self) -> Result<(), Interruption> {
        let status = self.platform.environment(&self.id).map_err(|_| Interruption::Left)?.status;
        self.storage().await?;
        let file = self.system_tables().await?;
        if status == Status::Creating {
            self.key(&file).await?;
        } else {
            // What `key` does meanwhile: a probe that finds a connection holds no lease behind its answer.
            step_of(Step::SystemTables, file.open_reader())?;
        }
        self.verify(file).await
    }

    /// The folder appears, whole. One that an earlier attempt left goes first.
    async fn storage(&mut self) -> Result<(), Interruption> {
        let began = self.begin(Step::Storage).await?;
        let is_left_over = self.platform.0.directory.has_environment(&self.id);
        let _closed =
            if is_left_over { Some(step_of(Step::Storage, self.platform.0.pool.close(&self.id).await)?) } else { None };
        let directory = &self.platform.0.directory;
        if is_left_over {
            step_of(Step::Storage, directory.remove_environment(&self.id))?;
        }
        step_of(Step::Storage, directory.create_environment(&self.id, self.platform.0.pool.template()))?;
        self.done(Step::Storage, began);
        Ok(())
    }

    /// It opens, it is of this version, and its tables are there.
    async fn system_tables(&mut self) -> Result<Lease, Interruption> {
        let began = self.begin(Step::SystemTables).await?;
        let opened = self.platform.0.pool.get_here(&self.id, Durability::Relaxed).await;
        let file = step_of(Step::SystemTables, opened)?;
        step_of(Step::SystemTables, failpoint::reach("provisioning.system-tables"))?;
        self.done(Step::SystemTables, began);
        Ok(file)
    }

    /// The first key and `ready` are one commit: there is no key without the status that says so.
    async fn key(&mut self, file: &Lease) -> Result<(), Interruption> {
        let began = self.begin(Step::Key).await?;
        let (platform, id, mut steps) = (self.platform.clone(), self.id.clone(), self.steps.clone());
        let changed = self.platform.0.control.change_with(Durability::Deferred, move |change| {
            failpoint::reach("provisioning.key")?;
            let mut environment = platform.environment(&id)?;
            apply(&mut environment, Transition::Provisioned)?;
            environment.step = Some(Step::Verify.into());
            environment.updated_at = platform.0.clock.now();
            steps.push(StepTiming { name: Step::Key, ms: milliseconds(began) });
            environment.steps = steps;
            let has_key = change.catalog().keys_of(&id).any(|entry| entry.key.name == FIRST_KEY);
            change.put_environment(environment)?;
            if !has_key {
                let (name, now) = (FIRST_KEY.into(), platform.0.clock.now());
                let (stored, _) = new_key(&platform, &id, name, KeyType::Publishable, Vec::new(), now, None);
                change.put_key(stored)?;
            }
            Ok(())
        });
        // The first connection for reading is opened meanwhile; the probe would wait for it.
        let (changed, opened) = tokio::join!(changed, async { file.open_reader() });
        recorded(Step::Key, changed)?;
        step_of(Step::Key, opened)?;
        self.steps.push(StepTiming { name: Step::Key, ms: milliseconds(began) });
        self.pause().await
    }

    /// A client's requests go through, and then everybody's do.
    async fn verify(&mut self, file: Lease) -> Result<(), Interruption> {
        let began = self.begin(Step::Verify).await?;
        step_of(Step::Verify, failpoint::reach("provisioning.verify"))?;
        self.probe().await.map_err(|reason| Interruption::Failed(Step::Verify, reason))?;
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime only")]
        let closed = self.platform.0.pool.close_here(&self.id, file, |transaction| transaction.drop_probe_table());
        let closed = step_of(Step::Verify, closed.await)?;
        step_of(Step::Verify, self.platform.0.directory.seal_environment(&self.id))?;
        // From here on it is opened like any other.
        drop(closed);
        let (platform, id, mut steps) = (self.platform.clone(), self.id.clone(), self.steps.clone());
        let request = self.began;
        let changed = self.platform.0.control.change(move |change| {
            failpoint::reach("provisioning.active")?;
            let mut environment = platform.environment(&id)?;
            apply(&mut environment, Transition::Verified)?;
            steps.push(StepTiming { name: Step::Verify, ms: milliseconds(began) });
            environment.steps = steps;
            environment.step = None;
            environment.active_after_ms = Some(milliseconds(request));
            platform.log_and_put(change, environment, "environment.active")
        });
        recorded(Step::Verify, changed.await)
    }

    async fn probe(&self) -> Result<(), String> {
        let text = {
            let catalog = self.platform.0.shared.read();
            let first = catalog.keys_of(&self.id).find(|entry| entry.key.name == FIRST_KEY);
            first.and_then(|entry| entry.key.key.clone())
        };
        let key = text.as_deref().and_then(|text| ApiKey::parse(text).ok());
        let probe = self.platform.0.probe.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(key), Some(probe)) = (key, probe) else {
            return Err("its first key is missing".into());
        };
        match tokio::time::timeout(PROBE_DEADLINE, probe(self.id.clone(), key)).await {
            Ok(result) => result,
            Err(_) => Err(format!("a first request was not answered within {} s", PROBE_DEADLINE.as_secs())),
        }
    }

    /// Shows the step to followers.
    async fn begin(&self, step: Step) -> Result<Instant, Interruption> {
        if self.platform.0.stopping.is_cancelled() && self.platform.0.pace.is_some() {
            return Err(Interruption::Left);
        }
        let mut goes_on = false;
        self.platform.0.shared.publish(|catalog| {
            // A ready environment may have been deleted since its last step: it has no steps then.
            let moving = |e: &&mut Environment| matches!(e.status, Status::Creating | Status::Ready);
            let Some(environment) = catalog.environments.get_mut(&self.id).filter(moving) else { return Vec::new() };
            goes_on = true;
            environment.step = Some(step.into());
            environment.steps.clone_from(&self.steps);
            vec![Event::Environment(environment.clone())]
        });
        if !goes_on {
            return Err(Interruption::Left);
        }
        let began = Instant::now();
        self.pause().await?;
        Ok(began)
    }

    fn done(&mut self, step: Step, began: Instant) {
        self.steps.push(StepTiming { name: step, ms: milliseconds(began) });
    }

    /// What a demonstration waits in each step.
    async fn pause(&self) -> Result<(), Interruption> {
        let Some(pace) = self.platform.0.pace else { return Ok(()) };
        tokio::select! {
            () = tokio::time::sleep(pace / 5) => Ok(()),
            () = self.platform.0.stopping.cancelled() => Err(Interruption::Left),
        }
    }
}

fn step_of<T>(step: Step, result: Result<T, store::Error>) -> Result<T, Interruption> {
    result.map_err(|error| Interruption::Failed(step, error.to_string()))
}

/// A transition that is refused means that an operator was faster, which is no failure.
fn recorded(step: Step, result: Result<(), Error>) -> Result<(), Interruption> {
    match result {
        Ok(()) => Ok(()),
        Err(Error::InvalidTransition { .. } | Error::NotFound(_)) => Err(Interruption::Left),
        Err(error) => Err(Interruption::Failed(step, error.to_string())),
    }
}
