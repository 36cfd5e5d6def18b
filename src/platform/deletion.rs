//! Taking an environment away, until it is gone.
//!
//! The row says `deleting` before anything is touched, and goes last: a crash in between leaves a
//! row without a folder, and the next start goes on. A step that fails is told in the row and tried
//! again, less and less often.

use std::{sync::Arc, time::Duration};

use super::{Error, Platform, control::Deed};
use crate::{
    domain::{
        EnvironmentId,
        api::{Actor, ProjectStatus},
    },
    store,
};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Platform {
    pub(super) fn start_deletion(&self, id: EnvironmentId) {
        let platform = self.clone();
        self.spawn(async move {
            let stopping = platform.0.stopping.clone();
            let mut pause = FIRST_PAUSE;
            loop {
                let error = {
                    let Some(_permit) = platform.job_permit().await else { return };
                    match platform.delete_once(&id).await {
                        Ok(()) => return,
                        Err(error) => error,
                    }
                };
                tracing::warn!(environment = %id, %error, "a deletion failed and will be tried again");
                platform.explain(&id, &error).await;
                tokio::select! {
                    () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    () = stopping.cancelled() => return,
                }
            }
        });
    }

    async fn delete_once(&self, id: &EnvironmentId) -> Result<(), Error> {
        // Held until the folder is gone: a request that came before the deletion must not open it.
        let _closed = self.0.pool.close(id).await?;
        let (directory, subject) = (Arc::clone(&self.0.directory), id.clone());
        let removed = tokio::task::spawn_blocking(move || directory.remove_environment(&subject));
        removed.await.unwrap_or(Err(store::Error::Closed))?;
        let (platform, gone) = (self.clone(), id.clone());
        self.0
            .control
            .change(move |change| {
                let environment = platform.environment(&gone)?;
                let now = platform.0.clock.now();
                let (others, project) = {
                    let catalog = change.catalog();
                    let others =
                        catalog.environments.values().any(|e| e.project_id == environment.project_id && e.id != gone);
                    (others, catalog.projects.get(&environment.project_id).cloned())
                };
                let target = environment.name.to_string();
                let deed = Deed { actor: Actor::System, action: "environment.gone", target: &target, detail: None };
                let line = deed.in_environment(&environment, &platform.0.entropy, now);
                change.delete_environment(environment)?;
                match project {
                    Some(project) if project.status == ProjectStatus::Deleting && !others => {
                        change.delete_project(project)
                    }
                    _ => change.log(line),
                }
            })
            .await?;
        // Last: nobody is admitted to it any more who would make it anew.
        self.0.realms.remove(id);
        Ok(())
    }

    /// Writes down why the environment is still there.
    async fn explain(&self, id: &EnvironmentId, error: &Error) {
        let (platform, id, reason) = (self.clone(), id.clone(), error.to_string());
        let explained = self.0.control.change(move |change| {
            let mut environment = platform.environment(&id)?;
            environment.reason = Some(reason);
            environment.updated_at = platform.0.clock.now();
            change.put_environment(environment)
        });
        if let Err(error) = explained.await {
            tracing::warn!(%error, "the reason could not be written down");
        }
    }
}
