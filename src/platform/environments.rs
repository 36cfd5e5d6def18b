//! Environments, as an operator asks for them; the work itself is in `provisioning` and
//! `deletion`.

use std::time::Instant;

use super::{
    Error, Listed, Noun, Platform,
    control::{Change, Deed},
};
use crate::domain::{
    EnvironmentId, EnvironmentName, EnvironmentType, ProjectId, Status, Step,
    api::{Actor, CreateEnvironment, Environment, ProjectStatus, StepTiming, UpdateEnvironment, Usage},
    environment::Transition,
    list::Window,
};

impl Platform {
    pub fn environments(&self, project: &ProjectId, window: Window) -> Result<Listed<Environment>, Error> {
        let (catalog, event) = self.0.shared.snapshot();
        if !catalog.projects.contains_key(project) {
            return Err(Error::NotFound(Noun::Project));
        }
        let of_project = catalog.environments.values().filter(|e| e.project_id == *project).cloned();
        Ok(Listed::of(of_project, window, event))
    }

    pub fn environment(&self, id: &EnvironmentId) -> Result<Environment, Error> {
        self.0.shared.read().environments.get(id).cloned().ok_or(Error::NotFound(Noun::Environment))
    }

    /// Reserves the name and answers; the rest happens behind the answer, told by events.
    pub async fn create_environment(&self, project: &ProjectId, body: CreateEnvironment) -> Result<Environment, Error> {
        let began = Instant::now();
        let (platform, project) = (self.clone(), project.clone());
        let reserved = self.0.control.change(move |change| {
            if !change.catalog().projects.contains_key(&project) {
                return Err(Error::NotFound(Noun::Project));
            }
            reserve(&platform, change, &project, &body, Actor::Operator)
        });
        let mut environment = reserved.await?;
        environment.steps.push(StepTiming { name: Step::Reserve, ms: milliseconds(began) });
        self.start_provisioning(environment.id.clone(), Some((began, environment.steps.clone())));
        Ok(environment)
    }

    pub async fn update_environment(&self, id: &EnvironmentId, body: UpdateEnvironment) -> Result<Environment, Error> {
        let (action, detail) = if body.protected {
            ("environment.protect", "deleting it needs its name as confirmation")
        } else {
            ("environment.unprotect", "deleting it needs no confirmation any more")
        };
        self.edit(id, action, Some(detail), move |environment| {
            environment.protected = body.protected;
            Ok(())
        })
        .await
    }

    /// Accepts the deletion; the environment answers nobody from now on, and is gone when its
    /// storage is.
    pub async fn delete_environment(&self, id: &EnvironmentId, confirm: Option<&str>) -> Result<Environment, Error> {
        let confirm = confirm.map(str::to_owned);
        let environment = self
            .edit(id, "environment.delete", None, move |environment| {
                let name = environment.name.clone();
                match confirm {
                    None if environment.protected => return Err(Error::Protected { name }),
                    Some(confirm) if confirm != name.as_str() => {
                        return Err(Error::Unconfirmed { noun: Noun::Environment, name: name.to_string() });
                    }
                    _ => {}
                }
                apply(environment, Transition::Delete)?;
                (environment.step, environment.reason) = (None, None);
                Ok(())
            })
            .await?;
        self.start_deletion(environment.id.clone());
        Ok(environment)
    }

    /// Begins a failed creation again, from empty storage.
    pub async fn retry_environment(&self, id: &EnvironmentId) -> Result<Environment, Error> {
        let began = Instant::now();
        let environment = self
            .edit(id, "environment.retry", None, |environment| {
                apply(environment, Transition::Retry)?;
                environment.step = Some(Step::Reserve.into());
                environment.reason = None;
                environment.steps.clear();
                Ok(())
            })
            .await?;
        let steps = vec![StepTiming { name: Step::Reserve, ms: milliseconds(began) }];
        self.start_provisioning(environment.id.clone(), Some((began, steps)));
        Ok(environment)
    }

    /// An operator's change of one environment, logged.
    async fn edit(
        &self,
        id: &EnvironmentId,
        action: &'static str,
        detail: Option<&'static str>,
        edit: impl FnOnce(&mut Environment) -> Result<(), Error> + Send + 'static,
    ) -> Result<Environment, Error> {
        let (platform, id) = (self.clone(), id.clone());
        self.0
            .control
            .change(move |change| {
                let mut environment = platform.environment(&id)?;
                edit(&mut environment)?;
                environment.updated_at = platform.0.clock.now();
                let target = environment.name.to_string();
                let deed = Deed { actor: Actor::Operator, action, target: &target, detail };
                let line = deed.in_environment(&environment, &platform.0.entropy, environment.updated_at);
                change.put_environment(environment.clone())?;
                change.log(line)?;
                Ok(environment)
            })
            .await
    }
}

/// Moves an environment along its life cycle, or says why that cannot be.
pub(super) fn apply(environment: &mut Environment, transition: Transition) -> Result<(), Error> {
    environment.status = environment
        .status
        .transition(transition)
        .map_err(|refused| Error::InvalidTransition { name: environment.name.clone(), refused })?;
    Ok(())
}

/// Takes a name in a project: the row that says what is under way, should the process end.
pub(super) fn reserve(
    platform: &Platform,
    change: &mut Change<'_>,
    project: &ProjectId,
    body: &CreateEnvironment,
    actor: Actor,
) -> Result<Environment, Error> {
    let name = EnvironmentName::parse(&body.name).map_err(|error| Error::Invalid(format!("name: {error}")))?;
    {
        let catalog = change.catalog();
        let taken = catalog.environments.values().any(|e| e.project_id == *project && e.name == name);
        if taken {
            return Err(Error::AlreadyExists { noun: Noun::Environment, name: name.to_string() });
        }
        if catalog.projects.get(project).is_some_and(|p| p.status == ProjectStatus::Deleting) {
            return Err(Error::NotFound(Noun::Project));
        }
    }
    let kind = body.kind.unwrap_or_else(|| EnvironmentType::from_name(name.as_str()));
    let now = platform.0.clock.now();
    let environment = Environment {
        id: EnvironmentId::generate(&platform.0.entropy, now),
        project_id: project.clone(),
        name,
        kind,
        status: Status::Creating,
        step: Some(Step::Reserve.into()),
        reason: None,
        protected: kind == EnvironmentType::Prod,
        created_at: now,
        updated_at: now,
        active_after_ms: None,
        steps: Vec::new(),
        usage: Usage::default(),
    };
    let target = environment.name.to_string();
    let deed = Deed { actor, action: "environment.create", target: &target, detail: Some(kind.label()) };
    let line = deed.in_environment(&environment, &platform.0.entropy, now);
    change.put_environment(environment.clone())?;
    change.log(line)?;
    Ok(environment)
}

/// Milliseconds since `began`, to the hundredth.
pub(super) fn milliseconds(began: Instant) -> f64 {
    (began.elapsed().as_secs_f64() * 100_000.0).round() / 100.0
}
