//! Projects, environments and keys in memory: what requests are settled from, and what lists are
//! answered from without opening a file.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use super::usage;
use crate::{
    domain::{
        EnvironmentId, KeyId, ProjectId, Status, Timestamp,
        api::{Environment, Event, Key, Project, Usage},
        key::KeyDigest,
    },
    store::{
        Committed, Totals,
        control::{Contents, StoredKey},
    },
};

/// A change that is on the disk and now becomes visible.
#[derive(Debug)]
pub(super) enum Edit {
    PutProject(Project),
    DeleteProject(Project),
    PutEnvironment(Environment),
    DeleteEnvironment(Environment),
    PutKey(StoredKey),
    RevokeKey(KeyId),
}

/// A key, with when it was last used; that moves with every request and reaches the disk now and
/// then.
#[derive(Debug)]
pub(super) struct KeyEntry {
    pub key: Key,
    pub digest: KeyDigest,
    pub revoked: bool,
    /// Milliseconds; 0 is never.
    last_used: AtomicI64,
}

impl KeyEntry {
    fn new(stored: StoredKey) -> Self {
        let last_used = stored.key.last_used_at.map_or(0, Timestamp::millis);
        Self { key: stored.key, digest: stored.digest, revoked: stored.revoked, last_used: last_used.into() }
    }

    pub fn resource(&self) -> Key {
        let used = self.last_used.load(Ordering::Relaxed);
        Key { last_used_at: (used != 0).then(|| Timestamp::from_millis(used)), ..self.key.clone() }
    }

    /// Notes a use; true when it is worth writing down, which is once a minute.
    pub fn touch(&self, now: Timestamp) -> bool {
        let before = self.last_used.load(Ordering::Relaxed);
        let due = before == 0 || now.millis() - before >= 60_000;
        due && self.last_used.compare_exchange(before, now.millis(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub projects: BTreeMap<ProjectId, Project>,
    pub environments: BTreeMap<EnvironmentId, Environment>,
    /// Revoked ones included, until their environment goes.
    pub keys: BTreeMap<KeyId, Arc<KeyEntry>>,
    pub by_digest: HashMap<KeyDigest, Arc<KeyEntry>>,
}

impl Catalog {
    pub fn new(contents: Contents) -> Self {
        let mut catalog = Self::default();
        catalog.projects.extend(contents.projects.into_iter().map(|project| (project.id.clone(), project)));
        catalog.environments.extend(contents.environments.into_iter().map(|e| (e.id.clone(), e)));
        for stored in contents.keys {
            catalog.put_key(stored);
        }
        let counts: Vec<_> =
            catalog.environments.keys().map(|id| (id.clone(), catalog.keys_of(id).count() as u64)).collect();
        for (id, count) in counts {
            if let Some(environment) = catalog.environments.get_mut(&id) {
                environment.usage.keys = count;
            }
        }
        catalog
    }

    fn put_key(&mut self, stored: StoredKey) -> Arc<KeyEntry> {
        let entry = Arc::new(KeyEntry::new(stored));
        self.keys.insert(entry.key.id.clone(), Arc::clone(&entry));
        self.by_digest.insert(entry.digest, Arc::clone(&entry));
        entry
    }

    /// The keys of an environment that still count.
    pub fn keys_of<'a>(&'a self, id: &'a EnvironmentId) -> impl Iterator<Item = &'a Arc<KeyEntry>> {
        self.keys.values().filter(move |entry| !entry.revoked && entry.key.environment_id == *id)
    }

    /// Makes an edit visible, and returns what followers are told.
    pub fn apply(&mut self, edit: Edit) -> Vec<Event> {
        match edit {
            Edit::PutProject(mut project) => {
                project.environments = self.count_environments(&project.id);
                self.projects.insert(project.id.clone(), project.clone());
                vec![Event::Project(project)]
            }
            Edit::DeleteProject(project) => {
                self.projects.remove(&project.id);
                vec![Event::ProjectDeleted(project)]
            }
            Edit::PutEnvironment(mut environment) => {
                // What it holds is counted elsewhere, and may have moved on since this was made.
                if let Some(before) = self.environments.get(&environment.id) {
                    environment.usage = before.usage;
                }
                let is_new = self.environments.insert(environment.id.clone(), environment.clone()).is_none();
                let mut events = vec![Event::Environment(environment.clone())];
                if is_new {
                    events.extend(self.recount(&environment.project_id));
                }
                events
            }
            Edit::DeleteEnvironment(environment) => {
                self.environments.remove(&environment.id);
                self.keys.retain(|_, entry| entry.key.environment_id != environment.id);
                self.by_digest.retain(|_, entry| entry.key.environment_id != environment.id);
                let project = self.recount(&environment.project_id);
                std::iter::once(Event::EnvironmentDeleted(environment)).chain(project).collect()
            }
            Edit::PutKey(stored) => {
                let key = self.put_key(stored).resource();
                let environment = self.recount_keys(&key.environment_id);
                std::iter::once(Event::Key(Key { key: shown(&key), ..key })).chain(environment).collect()
            }
            Edit::RevokeKey(id) => self.revoke(&id),
        }
    }

    fn revoke(&mut self, id: &KeyId) -> Vec<Event> {
        let Some(entry) = self.keys.get(id) else { return Vec::new() };
        let key = entry.resource();
        let gone = StoredKey { key: Key { key: None, ..key.clone() }, digest: entry.digest, revoked: true };
        self.put_key(gone);
        let environment = self.recount_keys(&key.environment_id);
        std::iter::once(Event::KeyDeleted(key)).chain(environment).collect()
    }

    fn count_environments(&self, id: &ProjectId) -> u64 {
        self.environments.values().filter(|environment| environment.project_id == *id).count() as u64
    }

    fn recount(&mut self, id: &ProjectId) -> Option<Event> {
        let count = self.count_environments(id);
        let project = self.projects.get_mut(id)?;
        project.environments = count;
        Some(Event::Project(project.clone()))
    }

    fn recount_keys(&mut self, id: &EnvironmentId) -> Option<Event> {
        let count = self.keys_of(id).count() as u64;
        let environment = self.environments.get_mut(id)?;
        environment.usage.keys = count;
        Some(Event::Environment(environment.clone()))
    }

    /// Adds what a commit changed. An environment that is being made is probed: nobody is told.
    pub fn count(&mut self, id: &EnvironmentId, committed: &Committed, tracker: &usage::Tracker) {
        let Some(environment) = self.environments.get_mut(id) else { return };
        if environment.status != Status::Active {
            return;
        }
        let Totals { tables, rows, bytes, users, files } = committed.totals;
        let usage = &mut environment.usage;
        usage.tables = usage.tables.saturating_add_signed(tables);
        usage.rows = usage.rows.saturating_add_signed(rows);
        usage.bytes = usage.bytes.saturating_add_signed(bytes);
        usage.files = usage.files.saturating_add_signed(files);
        usage.users = usage.users.saturating_add_signed(users);
        tracker.changed(id, committed);
    }

    /// Replaces the counted part of an environment's usage; true when it was not right.
    pub fn correct(&mut self, id: &EnvironmentId, totals: Totals) -> bool {
        let Some(environment) = self.environments.get_mut(id) else { return false };
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let right = Usage {
            tables: count(totals.tables),
            rows: count(totals.rows),
            bytes: count(totals.bytes),
            files: count(totals.files),
            users: count(totals.users),
            ..environment.usage
        };
        std::mem::replace(&mut environment.usage, right) != right
    }
}

/// What a key shows of itself after the answer that created it.
pub(super) fn shown(key: &Key) -> Option<String> {
    match key.kind {
        crate::domain::KeyType::Publishable => key.key.clone(),
        crate::domain::KeyType::Secret => None,
    }
}
