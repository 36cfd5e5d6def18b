//! What a command works with: a server to ask, and which project and environment are meant.

use tokio_util::sync::CancellationToken;

use crate::{
    client::Client,
    domain::{
        ProjectId,
        api::{Environment, Project},
    },
};

use super::{Failure, Settings, context::Choice, output::Output};

#[derive(Debug)]
pub struct Session {
    pub client: Client,
    pub settings: Settings,
    /// Whether apps can reach the server at the client's URL; a one-shot server listens nowhere.
    pub listening: bool,
    /// Tells a command that must not simply be cut off to end in order.
    pub stopping: CancellationToken,
}

/// The environment meant, if none is named: never production by default.
const DEFAULT_ENVIRONMENT: &str = "dev";

impl Session {
    pub fn output(&self) -> Output {
        self.settings.output
    }

    /// `--project`, the context file's, or the only one.
    pub async fn project(&self) -> Result<Project, Failure> {
        if let Some(name) = &self.settings.project {
            return self.project_named(name).await;
        }
        if let Some(choice) = self.choice()? {
            return self.project_named(&choice.project).await.map_err(|failure| match failure {
                Failure::NotFound { code, message } => Failure::NotFound {
                    code,
                    message: format!("{message}; `bkend env use` chose it, and can choose another with --project"),
                },
                other => other,
            });
        }
        let mut projects = self.client.projects().await?.items;
        match projects.len() {
            0 => Err(Failure::Usage("there is no project: make one with `bkend project create NAME`".into())),
            1 => Ok(projects.remove(0)),
            _ => {
                let names: Vec<_> = projects.iter().map(|project| project.name.as_str()).collect();
                Err(Failure::Usage(format!(
                    "say which project with --project, or choose one with `bkend env use dev --project {}`: {}",
                    names[0],
                    names.join(", ")
                )))
            }
        }
    }

    /// By name or id.
    pub async fn project_named(&self, name: &str) -> Result<Project, Failure> {
        let projects = self.client.projects().await?.items;
        let found = projects.into_iter().find(|project| project.name == name || project.id.as_str() == name);
        found.ok_or_else(|| Failure::NotFound {
            code: "project/not-found",
            message: format!("there is no project {name}: `bkend project list` shows those there are"),
        })
    }

    /// The environment that [`Session::chosen_name`] names.
    pub async fn environment(&self, project: &Project) -> Result<Environment, Failure> {
        let name = self.chosen_name(project)?;
        match self.find_environment(&project.id, &name).await? {
            Some(environment) => Ok(environment),
            None if self.settings.environment.is_none() && name == DEFAULT_ENVIRONMENT => Err(Failure::Usage(format!(
                "{} has no environment {name}: say which with --env, or choose one with `bkend env use`",
                project.name
            ))),
            None => Err(no_environment(project, &name)),
        }
    }

    /// `--env`, the context file's if it is of this project, or `dev`.
    pub fn chosen_name(&self, project: &Project) -> Result<String, Failure> {
        if let Some(name) = &self.settings.environment {
            return Ok(name.clone());
        }
        let choice = self.choice()?.filter(|choice| choice.project == project.name);
        Ok(choice.map_or_else(|| DEFAULT_ENVIRONMENT.to_owned(), |choice| choice.environment.to_string()))
    }

    /// By name or id.
    pub async fn environment_named(&self, project: &Project, name: &str) -> Result<Environment, Failure> {
        self.find_environment(&project.id, name).await?.ok_or_else(|| no_environment(project, name))
    }

    async fn find_environment(&self, project: &ProjectId, name: &str) -> Result<Option<Environment>, Failure> {
        let environments = self.client.environments(project).await?.items;
        Ok(environments
            .into_iter()
            .find(|environment| environment.name.as_str() == name || environment.id.as_str() == name))
    }

    /// The project and environment that a command about tables or keys is for.
    pub async fn target(&self) -> Result<(Project, Environment), Failure> {
        let project = self.project().await?;
        let environment = self.environment(&project).await?;
        Ok((project, environment))
    }

    /// The same for a command that writes, which says first what it writes to.
    pub async fn target_to_write(&self) -> Result<(Project, Environment), Failure> {
        let (project, environment) = self.target().await?;
        self.announce(&project, Some(environment.name.as_str()));
        Ok((project, environment))
    }

    /// Says what is about to be written to.
    pub fn announce(&self, project: &Project, environment: Option<&str>) {
        let name = &project.name;
        let target = environment.map_or_else(|| name.clone(), |environment| format!("{name}/{environment}"));
        self.output().note(&format!("target: {target}"));
    }

    pub fn choose(&self, project: &Project, environment: &Environment) -> Result<(), Failure> {
        let choice = Choice { project: project.name.clone(), environment: environment.name.clone() };
        self.settings.context().choose(&self.settings.backend(), choice)
    }

    fn choice(&self) -> Result<Option<Choice>, Failure> {
        self.settings.context().choice(&self.settings.backend())
    }
}

fn no_environment(project: &Project, name: &str) -> Failure {
    Failure::NotFound {
        code: "environment/not-found",
        message: format!("{} has no environment {name}: `bkend env list` shows those there are", project.name),
    }
}
