//! Who did what.

use super::{Error, Listed, Platform, Subscription, control::Deed};
use crate::domain::{
    EnvironmentId, ProjectId,
    activity::ActivityFilter,
    api::{Activity, Actor, Page},
    list::{Pagination, Window},
};

impl Platform {
    /// A project's lines, newest first.
    pub async fn activity(
        &self,
        project: &ProjectId,
        filter: ActivityFilter,
        window: Window,
    ) -> Result<Listed<Activity>, Error> {
        self.project(project)?;
        let event_id = self.0.shared.latest_event();
        let id = project.clone();
        let (items, total) = self.0.control.read(move |store| store.activity(&id, &filter, window)).await?;
        Ok(Listed { page: Page { items, pagination: Pagination::new(total, window) }, event_id })
    }

    /// Follows what happens, from after event `from` or from now.
    pub fn subscribe(&self, from: Option<u64>) -> Subscription {
        self.0.shared.subscribe(from)
    }

    /// Logs what is on the disk already; a line that cannot be written does not undo it.
    pub(super) async fn log_deed(
        &self,
        id: &EnvironmentId,
        actor: Actor,
        action: &'static str,
        target: &str,
        detail: Option<String>,
    ) {
        let (platform, id, target) = (self.clone(), id.clone(), target.to_owned());
        let logged = self.0.control.change(move |change| {
            let environment = platform.environment(&id)?;
            let deed = Deed { actor, action, target: &target, detail: detail.as_deref() };
            change.log_unless_of_proof(deed.in_environment(&environment, &platform.0.entropy, platform.0.clock.now()))
        });
        if let Err(error) = logged.await {
            tracing::warn!(%error, "a line of activity was lost");
        }
    }
}
