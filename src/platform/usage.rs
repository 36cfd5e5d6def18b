//! Counters on their way from environments to followers and to `control.db`.
//!
//! Commits mark what changed; a task that sleeps while nothing does tells followers of changed rows
//! within 20 ms, and of changed usage at most once a second, when it also writes it down.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{Platform, control::Change};
use crate::{
    domain::{
        EnvironmentId, KeyId, Status, Timestamp,
        api::{DataChanged, Event},
    },
    store::{self, Committed, Durability},
};

/// How long changes of rows are gathered before followers are told: below what a person notices.
const GATHER: Duration = Duration::from_millis(20);

/// How often usage is told and written down.
const MIRROR: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Tracker {
    dirty: Mutex<Dirty>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Dirty {
    /// The newest revision of each changed table.
    rows: HashMap<(EnvironmentId, String), u64>,
    environments: HashSet<EnvironmentId>,
    keys: HashMap<KeyId, Timestamp>,
}

impl Tracker {
    pub fn changed(&self, id: &EnvironmentId, committed: &Committed) {
        let mut dirty = self.lock();
        for (table, counters) in &committed.tables {
            dirty.rows.insert((id.clone(), table.clone()), counters.revision);
        }
        dirty.environments.insert(id.clone());
        drop(dirty);
        self.wake.notify_one();
    }

    pub fn used(&self, key: &KeyId, now: Timestamp) {
        self.lock().keys.insert(key.clone(), now);
        self.wake.notify_one();
    }

    pub fn corrected(&self, id: &EnvironmentId) {
        self.lock().environments.insert(id.clone());
        self.wake.notify_one();
    }

    /// Marks again what could not be written down. Wakes nobody: a disk that is full now would be so
    /// again at once.
    fn put_back(&self, environments: HashSet<EnvironmentId>, keys: HashMap<KeyId, Timestamp>) {
        let mut dirty = self.lock();
        dirty.environments.extend(environments);
        for (key, used) in keys {
            dirty.keys.entry(key).or_insert(used);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Dirty> {
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Platform {
    pub(super) fn start_usage(&self) {
        let platform = self.clone();
        self.spawn(async move {
            let stopping = platform.0.stopping.clone();
            tokio::select! {
                () = platform.follow_usage() => {}
                () = stopping.cancelled() => {}
            }
        });
        let platform = self.clone();
        self.spawn(async move {
            let stopping = platform.0.stopping.clone();
            tokio::select! {
                () = platform.recount_after_crash() => {}
                () = stopping.cancelled() => {}
            }
        });
    }

    async fn follow_usage(&self) {
        let tracker = &self.0.usage;
        let mut mirrored: Option<Instant> = None;
        let mut waiting = false;
        loop {
            if waiting {
                let due = mirrored.map_or_else(Instant::now, |last| last + MIRROR);
                tokio::select! {
                    () = tracker.wake.notified() => {}
                    () = tokio::time::sleep_until(due) => {}
                }
            } else {
                tracker.wake.notified().await;
            }
            tokio::time::sleep(GATHER).await;
            self.tell_rows();
            waiting = mirrored.is_some_and(|last| last.elapsed() < MIRROR);
            if !waiting {
                self.mirror_usage().await;
                mirrored = Some(Instant::now());
            }
        }
    }

    fn tell_rows(&self) {
        let rows = std::mem::take(&mut self.0.usage.lock().rows);
        self.0.shared.publish(|_| {
            rows.into_iter()
                .map(|((environment_id, table), revision)| Event::Data(DataChanged { environment_id, table, revision }))
                .collect()
        });
    }

    /// Tells usage to followers and writes it down.
    pub(super) async fn mirror_usage(&self) {
        let (environments, keys) = {
            let mut dirty = self.0.usage.lock();
            (std::mem::take(&mut dirty.environments), std::mem::take(&mut dirty.keys))
        };
        if environments.is_empty() && keys.is_empty() {
            return;
        }
        let (usage, events) = {
            let catalog = self.0.shared.read();
            let changed = || environments.iter().filter_map(|id| catalog.environments.get(id));
            let usage: Vec<_> = changed().map(|environment| (environment.id.clone(), environment.usage)).collect();
            let used = keys.keys().filter_map(|id| catalog.keys.get(id)).filter(|entry| !entry.revoked);
            let events: Vec<_> = changed()
                .cloned()
                .map(Event::Environment)
                .chain(used.map(|entry| Event::Key(entry.resource())))
                .collect();
            (usage, events)
        };
        self.0.shared.publish(|_| events);
        let used = keys.clone();
        let written = self.0.control.change(move |change: &mut Change<'_>| {
            for (id, usage) in &usage {
                change.put_usage(id, usage)?;
            }
            for (id, used) in &used {
                change.touch_key(id, *used)?;
            }
            Ok(())
        });
        if let Err(error) = written.await {
            tracing::warn!(%error, "counters were not mirrored, and are with the next change or at the end");
            self.0.usage.put_back(environments, keys);
        }
    }

    /// After a crash the mirror may be a second behind. A log beside an environment's file says
    /// that it was not closed, and only those are opened and counted again.
    async fn recount_after_crash(&self) {
        let active: Vec<EnvironmentId> = {
            let catalog = self.0.shared.read();
            catalog.environments.values().filter(|e| e.status == Status::Active).map(|e| e.id.clone()).collect()
        };
        for id in active {
            if self.0.directory.was_left_open(&id)
                && let Err(error) = self.recount(&id).await
            {
                tracing::warn!(environment = %id, %error, "an environment could not be counted again");
            }
        }
    }

    /// Counts inside the writer, so that no commit falls between reading the totals and using them.
    async fn recount(&self, id: &EnvironmentId) -> Result<(), store::Error> {
        let file = self.0.pool.get(id, Durability::Full).await?;
        let (shared, subject) = (Arc::clone(&self.0.shared), id.clone());
        let correct = move |transaction: &mut store::Transaction<'_>| -> Result<bool, store::Error> {
            Ok(shared.write().correct(&subject, transaction.totals()?))
        };
        if file.write(correct).await? {
            self.0.usage.corrected(id);
        }
        drop(file);
        if let Err(error) = self.sweep_unless_changing(id).await {
            tracing::warn!(environment = %id, %error, "what a change of a table left is there until the next one");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_down_is_marked_again_behind_what_is_newer() {
        let tracker = Tracker::default();
        let id = EnvironmentId::parse("env_0123456789abcdef01234567").expect("valid");
        let key = KeyId::parse("key_0123456789abcdef01234567").expect("valid");
        let [before, after] = [1, 2].map(Timestamp::from_millis);
        tracker.corrected(&id);
        tracker.used(&key, before);
        let (environments, keys) = {
            let mut dirty = tracker.lock();
            (std::mem::take(&mut dirty.environments), std::mem::take(&mut dirty.keys))
        };
        tracker.used(&key, after);
        tracker.put_back(environments, keys);
        let dirty = tracker.lock();
        assert!(dirty.environments.contains(&id));
        assert_eq!(dirty.keys.get(&key), Some(&after));
    }
}
