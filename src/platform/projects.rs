//! Projects: what environments belong to.

use super::{
    Error, Listed, Noun, Platform,
    control::{Change, Deed},
    environments::reserve,
};
use crate::domain::{
    EnvironmentId, ProjectId, Status,
    api::{Actor, CreateEnvironment, CreateProject, Environment, Project, ProjectStatus, UpdateProject},
    environment::Transition,
    list::Window,
};

/// What a new data directory holds, so that the first start shows something that works.
const FIRST_PROJECT: &str = "my-app";

/// As many as the hosted service allowed.
const MAX_ORIGINS: usize = 3;

impl Platform {
    pub fn projects(&self, window: Window) -> Listed<Project> {
        let (catalog, event) = self.0.shared.snapshot();
        Listed::of(catalog.projects.values().cloned(), window, event)
    }

    pub fn project(&self, id: &ProjectId) -> Result<Project, Error> {
        self.0.shared.read().projects.get(id).cloned().ok_or(Error::NotFound(Noun::Project))
    }

    /// A project comes with a `dev` environment, as it did in the hosted service.
    pub async fn create_project(&self, body: CreateProject) -> Result<Project, Error> {
        let CreateProject { name, description } = body;
        let name = project_name(&name)?;
        let project = self.new_project(name, description);
        let platform = self.clone();
        let environment =
            self.0.control.change(move |change| platform.insert_project(change, &project, Actor::Operator)).await?;
        self.start_provisioning(environment.id, None);
        self.project(&environment.project_id)
    }

    /// The same for a data directory that has none; its environment is made when the jobs start.
    pub(super) fn create_first_project(&self) -> Result<(), crate::store::Error> {
        let project = self.new_project(FIRST_PROJECT.into(), None);
        let platform = self.clone();
        let created =
            self.0.control.change_blocking(move |change| platform.insert_project(change, &project, Actor::System));
        created.map(drop).map_err(|error| crate::store::Error::Commit(error.to_string()))
    }

    fn new_project(&self, name: String, description: Option<String>) -> Project {
        let now = self.0.clock.now();
        Project {
            id: ProjectId::generate(&self.0.entropy, now),
            name,
            description,
            status: ProjectStatus::Active,
            cors_origins: Vec::new(),
            environments: 0,
            created_at: now,
            updated_at: now,
        }
    }

    fn insert_project(&self, change: &mut Change<'_>, project: &Project, actor: Actor) -> Result<Environment, Error> {
        refuse_taken(change, &project.name)?;
        let now = project.created_at;
        let deed = Deed { actor, action: "project.create", target: &project.name, detail: None };
        let line = deed.in_project(&project.id, &self.0.entropy, now);
        change.put_project(project.clone())?;
        change.log(line)?;
        let body = CreateEnvironment { name: "dev".into(), kind: None };
        reserve(self, change, &project.id, &body, actor)
    }

    pub async fn update_project(&self, id: &ProjectId, body: UpdateProject) -> Result<Project, Error> {
        let (id, platform) = (id.clone(), self.clone());
        let name = body.name.as_deref().map(project_name).transpose()?;
        let origins = body.cors_origins.map(checked_origins).transpose()?;
        self.0
            .control
            .change(move |change| {
                let mut project = platform.project(&id)?;
                if let Some(name) = name.filter(|name| *name != project.name) {
                    refuse_taken(change, &name)?;
                    project.name = name;
                }
                project.description = body.description.or(project.description);
                project.cors_origins = origins.unwrap_or(project.cors_origins);
                project.updated_at = platform.0.clock.now();
                let deed =
                    Deed { actor: Actor::Operator, action: "project.update", target: &project.name, detail: None };
                let line = deed.in_project(&id, &platform.0.entropy, project.updated_at);
                change.put_project(project.clone())?;
                change.log(line)?;
                Ok(project)
            })
            .await
    }

    /// Deletes all its environments; it goes with the last of them.
    pub async fn delete_project(&self, id: &ProjectId, confirm: Option<&str>) -> Result<Project, Error> {
        let project = self.project(id)?;
        if confirm != Some(project.name.as_str()) {
            return Err(Error::Unconfirmed { noun: Noun::Project, name: project.name });
        }
        let (id, platform) = (id.clone(), self.clone());
        let (project, deleting) = self.0.control.change(move |change| platform.begin_deletion(change, &id)).await?;
        for environment in deleting {
            self.start_deletion(environment);
        }
        Ok(project)
    }

    fn begin_deletion(&self, change: &mut Change<'_>, id: &ProjectId) -> Result<(Project, Vec<EnvironmentId>), Error> {
        let now = self.0.clock.now();
        let mut project = self.project(id)?;
        let environments: Vec<_> =
            change.catalog().environments.values().filter(|e| e.project_id == *id).cloned().collect();
        project.status = ProjectStatus::Deleting;
        project.updated_at = now;
        let mut deleting = Vec::new();
        for mut environment in environments {
            if environment.status != Status::Deleting {
                environment.status = environment
                    .status
                    .transition(Transition::Delete)
                    .map_err(|refused| Error::InvalidTransition { name: environment.name.clone(), refused })?;
                environment.updated_at = now;
                deleting.push(environment.id.clone());
                change.put_environment(environment)?;
            }
        }
        if deleting.is_empty() && change.catalog().environments.values().all(|e| e.project_id != *id) {
            change.delete_project(project.clone())?;
        } else {
            change.put_project(project.clone())?;
        }
        Ok((project, deleting))
    }

    pub(super) fn cors_origins_of(&self, id: &ProjectId) -> Vec<String> {
        self.0.shared.read().projects.get(id).map(|project| project.cors_origins.clone()).unwrap_or_default()
    }
}

fn refuse_taken(change: &Change<'_>, name: &str) -> Result<(), Error> {
    if change.catalog().projects.values().any(|project| project.name == name) {
        return Err(Error::AlreadyExists { noun: Noun::Project, name: name.into() });
    }
    Ok(())
}

/// 1 to 64 printable characters; people type it to confirm, so none at the edges is a space.
fn project_name(text: &str) -> Result<String, Error> {
    let fits = !text.is_empty() && text.chars().count() <= 64 && text.trim() == text;
    if fits && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Error::Invalid("a project's name has 1 to 64 characters and no spaces around it".into()))
    }
}

fn checked_origins(origins: Vec<String>) -> Result<Vec<String>, Error> {
    if origins.len() > MAX_ORIGINS {
        return Err(Error::Invalid(format!("a project has at most {MAX_ORIGINS} origins")));
    }
    for origin in &origins {
        let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let fits = rest.is_some_and(|host| {
            !host.is_empty() && !host.contains(['/', '*', '?', '#', '@']) && !host.contains(char::is_whitespace)
        });
        if !fits {
            return Err(Error::Invalid(format!("{origin} is not an origin: write it like https://app.example.com")));
        }
    }
    Ok(origins)
}
