//! Who did what.

use super::{Error, Listed, Platform, Subscription};
use crate::domain::{
    ProjectId,
    api::{Activity, Page},
    list::{Pagination, Window},
};

impl Platform {
    /// A project's lines, newest first.
    pub async fn activity(&self, project: &ProjectId, window: Window) -> Result<Listed<Activity>, Error> {
        self.project(project)?;
        let event_id = self.0.shared.latest_event();
        let id = project.clone();
        let (items, total) = self.0.control.read(move |store| store.activity(&id, window)).await?;
        Ok(Listed { page: Page { items, pagination: Pagination::new(total, window) }, event_id })
    }

    /// Follows what happens, from after event `from` or from now.
    pub fn subscribe(&self, from: Option<u64>) -> Subscription {
        self.0.shared.subscribe(from)
    }
}
