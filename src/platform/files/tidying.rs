//! What nobody finished, and what a crash left.
//!
//! Once after the start, bytes of earlier processes that no row names are removed. Every hour, so is
//! what was abandoned: an address that got no bytes in a day, an upload in parts that is a week old,
//! and bytes that nobody can reach, because they were never registered and their client named a
//! visibility that is not public. What anybody can read stays, registered or not: apps that never
//! register show their pictures for as long as the environment is there.

use std::time::Duration;

use super::{Error, Platform};
use crate::{
    domain::{EnvironmentId, Status, Timestamp},
    store::{self, Durability, objects, uploads::Abandoned},
};

const ROUND: Duration = Duration::from_hours(1);

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Names looked up in one read, and objects removed in one transaction.
const BATCH: u32 = 500;

impl Abandoned {
    const fn at(now: Timestamp) -> Self {
        Self {
            single: now.plus_millis(-DAY_MILLIS),
            multipart: now.plus_millis(-7 * DAY_MILLIS),
            unregistered: now.plus_millis(-DAY_MILLIS),
        }
    }
}

impl Platform {
    pub(in crate::platform) fn start_tidying(&self) {
        let platform = self.clone();
        self.spawn(async move {
            let stopping = platform.0.stopping.clone();
            tokio::select! {
                () = platform.tidy_for_ever() => {}
                () = stopping.cancelled() => {}
            }
        });
    }

    async fn tidy_for_ever(&self) {
        for id in self.active_environments() {
            report(&id, self.sweep_objects(&id).await);
        }
        loop {
            for id in self.active_environments() {
                report(&id, self.remove_abandoned(&id).await);
            }
            tokio::time::sleep(ROUND).await;
        }
    }

    fn active_environments(&self) -> Vec<EnvironmentId> {
        let catalog = self.0.shared.read();
        catalog.environments.values().filter(|e| e.status == Status::Active).map(|e| e.id.clone()).collect()
    }

    /// Removes what an earlier process left. An environment without such files is not opened.
    async fn sweep_objects(&self, id: &EnvironmentId) -> Result<(), Error> {
        let (platform, folder) = (self.clone(), self.objects_folder(id));
        let listed = tokio::task::spawn_blocking(move || platform.0.objects.left_behind(&folder));
        let names = listed.await.unwrap_or(Err(store::Error::Closed))?;
        for batch in names.chunks(BATCH as usize) {
            let batch = batch.to_vec();
            let file = self.0.pool.get(id, Durability::Full).await?;
            let unknown = file.read(move |reader| reader.unknown_objects(batch)).await?;
            let folder = self.objects_folder(id);
            let removed = tokio::task::spawn_blocking(move || objects::remove(&folder, &unknown));
            removed.await.map_err(|_| store::Error::Closed)?;
        }
        Ok(())
    }

    /// Removes what was abandoned. Addresses alone take little: an environment without any bytes is
    /// not opened for them.
    async fn remove_abandoned(&self, id: &EnvironmentId) -> Result<(), Error> {
        let folder = self.objects_folder(id);
        let empty = tokio::task::spawn_blocking(move || {
            std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
        });
        if empty.await.unwrap_or(true) {
            return Ok(());
        }
        let before = Abandoned::at(self.0.clock.now());
        loop {
            let file = self.0.pool.get(id, Durability::Full).await?;
            if file.read(move |reader| reader.abandoned(before, 1)).await?.is_empty() {
                return Ok(());
            }
            let remove = move |transaction: &mut store::Transaction<'_>| {
                let abandoned = transaction.abandoned(before, BATCH)?;
                let mut files = Vec::new();
                for object in &abandoned {
                    files.extend(transaction.remove_object(object)?);
                }
                Ok::<_, store::Error>(files)
            };
            let files = file.write(remove).await?;
            self.discard(id, files);
        }
    }
}

fn report(id: &EnvironmentId, result: Result<(), Error>) {
    if let Err(error) = result {
        tracing::warn!(environment = %id, %error, "the files of an environment could not be tidied up");
    }
}
