//! The one thread that changes `control.db`, and with it the copy in memory.
//!
//! A change is a transaction; when it is on the disk it becomes visible and followers are told, in
//! the order of the commits. Nothing else writes to either, so the two cannot differ.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
};

use tokio::sync::{mpsc, oneshot};

use super::{
    Error,
    catalog::{Catalog, Edit},
    events::{Events, Subscription},
    proofs::Proofs,
};
use crate::{
    domain::{
        EnvironmentId, ProjectId, Timestamp,
        api::{Activity, Actor, Environment, Event, Project},
        id::{ActivityId, Entropy},
    },
    store::{
        self, Durability,
        control::{Contents, Control, ControlStore, StoredKey},
    },
};

/// Changes that may wait; an operator's requests are few, and each waits for one or two fsyncs.
const QUEUE: usize = 256;

/// What is visible: the catalog and the events that led to it.
pub(super) struct Shared {
    catalog: RwLock<Catalog>,
    events: Events,
    proofs: Proofs,
}

impl Shared {
    pub fn new(contents: Contents, now: Timestamp) -> Self {
        Self { catalog: RwLock::new(Catalog::new(contents)), events: Events::starting(now), proofs: Proofs::default() }
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Catalog> {
        self.catalog.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, Catalog> {
        self.catalog.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The catalog, and the last event that is in it.
    pub fn snapshot(&self) -> (RwLockReadGuard<'_, Catalog>, u64) {
        let catalog = self.read();
        let event = self.events.latest();
        (catalog, event)
    }

    pub fn latest_event(&self) -> u64 {
        self.events.latest()
    }

    /// Changes the catalog and tells followers, as one step for whoever reads a [`snapshot`].
    ///
    /// [`snapshot`]: Shared::snapshot
    pub fn publish(&self, change: impl FnOnce(&mut Catalog) -> Vec<Event>) {
        let mut catalog = self.write();
        let events = change(&mut catalog);
        self.events.publish(events);
    }

    pub fn subscribe(&self, from: Option<u64>) -> Subscription {
        self.events.subscribe(from)
    }

    pub fn close_events(&self) {
        self.events.close();
    }
}

type Job = Box<dyn FnOnce(&mut ControlStore) + Send>;

pub(super) struct ControlThread {
    queue: mpsc::Sender<Job>,
    shared: Arc<Shared>,
}

impl ControlThread {
    /// The thread ends when the last sender is dropped.
    pub fn start(mut store: ControlStore, shared: Arc<Shared>) -> Result<Self, store::Error> {
        let (queue, mut jobs) = mpsc::channel::<Job>(QUEUE);
        let spawned = thread::Builder::new().name("control".into()).spawn(move || {
            while let Some(job) = jobs.blocking_recv() {
                // A panic is a defect of one change: its transaction is undone as it is dropped, its
                // caller learns of it by the answer that does not come, and the next ones go on.
                let _ = panic::catch_unwind(AssertUnwindSafe(|| job(&mut store)));
            }
        });
        spawned.map_err(store::Error::io("starting the control thread"))?;
        Ok(Self { queue, shared })
    }

    /// Runs `job` in a transaction and makes what it edited visible after the commit.
    ///
    /// # Errors
    /// The job's own, after which nothing of it remains; [`Error::Overloaded`] when too many wait.
    pub async fn change<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Change<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.change_with(Durability::Full, job).await
    }

    /// The same, on the disk as `durability` says.
    ///
    /// # Errors
    /// As [`ControlThread::change`].
    pub async fn change_with<T: Send + 'static>(
        &self,
        durability: Durability,
        job: impl FnOnce(&mut Change<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, answer) = oneshot::channel();
        self.send(self.transaction(durability, job, sender))?;
        answer.await.unwrap_or_else(|_| Err(unanswered()))
    }

    /// The same for the start, before there is anybody to keep waiting.
    ///
    /// # Errors
    /// As [`ControlThread::change`].
    pub fn change_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Change<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, answer) = oneshot::channel();
        self.send(self.transaction(Durability::Full, job, sender))?;
        answer.blocking_recv().unwrap_or_else(|_| Err(unanswered()))
    }

    fn transaction<T: Send + 'static>(
        &self,
        durability: Durability,
        job: impl FnOnce(&mut Change<'_>) -> Result<T, Error> + Send + 'static,
        sender: oneshot::Sender<Result<T, Error>>,
    ) -> Job {
        let shared = Arc::clone(&self.shared);
        Box::new(move |store| {
            let mut edits = Vec::new();
            let mut lines = Vec::new();
            let result = store.write(durability, |control| {
                job(&mut Change { control, shared: &shared, edits: &mut edits, lines: &mut lines })
            });
            if result.is_ok() {
                shared.proofs.written(&lines);
                shared.publish(|catalog| {
                    let mut events: Vec<_> = edits.into_iter().flat_map(|edit| catalog.apply(edit)).collect();
                    events.extend(lines.into_iter().map(Event::Activity));
                    events
                });
            }
            // A caller that has gone away does not undo the change.
            let _ = sender.send(result);
        })
    }

    /// Reads what is not kept in memory.
    ///
    /// # Errors
    /// What the read answers.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&ControlStore) -> Result<T, store::Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, answer) = oneshot::channel();
        self.send(Box::new(move |store| drop(sender.send(job(store)))))?;
        Ok(answer.await.map_err(|_| unanswered())??)
    }

    fn send(&self, job: Job) -> Result<(), Error> {
        self.queue.try_send(job).map_err(|_| Error::Overloaded)
    }
}

fn unanswered() -> Error {
    Error::Internal("a change of control.db ended in a panic".into())
}

/// A change in the making: statements run at once, the rest of the world sees them after the
/// commit.
pub(super) struct Change<'a> {
    control: &'a Control<'a>,
    shared: &'a Shared,
    edits: &'a mut Vec<Edit>,
    lines: &'a mut Vec<Activity>,
}

impl Change<'_> {
    /// What is visible now; this thread is the only one that changes it, but for what environments
    /// hold.
    pub fn catalog(&self) -> RwLockReadGuard<'_, Catalog> {
        self.shared.read()
    }

    pub fn put_project(&mut self, project: Project) -> Result<(), Error> {
        self.control.put_project(&project)?;
        self.edits.push(Edit::PutProject(project));
        Ok(())
    }

    pub fn delete_project(&mut self, project: Project) -> Result<(), Error> {
        self.control.delete_project(&project.id)?;
        self.edits.push(Edit::DeleteProject(project));
        Ok(())
    }

    pub fn put_environment(&mut self, environment: Environment) -> Result<(), Error> {
        self.control.put_environment(&environment)?;
        self.edits.push(Edit::PutEnvironment(environment));
        Ok(())
    }

    pub fn delete_environment(&mut self, environment: Environment) -> Result<(), Error> {
        self.control.delete_environment(&environment.id)?;
        self.edits.push(Edit::DeleteEnvironment(environment));
        Ok(())
    }

    pub fn put_key(&mut self, key: StoredKey) -> Result<(), Error> {
        self.control.insert_key(&key)?;
        self.edits.push(Edit::PutKey(key));
        Ok(())
    }

    /// Writes the key as it is after another one took its place.
    pub fn replace_key(&mut self, key: StoredKey) -> Result<(), Error> {
        self.control.replace_key(&key.key)?;
        self.edits.push(Edit::PutKey(key));
        Ok(())
    }

    pub fn revoke_key(&mut self, id: &crate::domain::KeyId, now: Timestamp) -> Result<(), Error> {
        self.control.revoke_key(id, now)?;
        self.edits.push(Edit::RevokeKey(id.clone()));
        Ok(())
    }

    /// Counters on their way to the disk; they are visible already.
    pub fn put_usage(&mut self, id: &EnvironmentId, usage: &crate::domain::api::Usage) -> Result<(), Error> {
        Ok(self.control.put_usage(id, usage)?)
    }

    pub fn touch_key(&mut self, id: &crate::domain::KeyId, used: Timestamp) -> Result<(), Error> {
        Ok(self.control.touch_key(id, used)?)
    }

    /// The same for what may be the deed of a proof of isolation.
    pub fn log_unless_of_proof(&mut self, deed: Activity) -> Result<(), Error> {
        self.shared.proofs.line(deed).map_or(Ok(()), |line| self.log(line))
    }

    pub fn log(&mut self, line: Activity) -> Result<(), Error> {
        self.control.insert_activity(&line)?;
        self.lines.push(line);
        Ok(())
    }
}

/// A line of activity, but for when and by whom it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<'a> {
    pub actor: Actor,
    pub action: &'static str,
    pub target: &'a str,
    pub detail: Option<&'a str>,
}

impl Deed<'_> {
    pub fn in_environment(self, environment: &Environment, entropy: &Entropy, now: Timestamp) -> Activity {
        Activity {
            environment_id: Some(environment.id.clone()),
            environment_name: Some(environment.name.to_string()),
            ..self.in_project(&environment.project_id, entropy, now)
        }
    }

    pub fn in_project(self, project: &ProjectId, entropy: &Entropy, now: Timestamp) -> Activity {
        Activity {
            id: ActivityId::generate(entropy, now),
            project_id: project.clone(),
            environment_id: None,
            environment_name: None,
            actor: self.actor,
            action: self.action.into(),
            target: self.target.into(),
            detail: self.detail.map(str::to_owned),
            created_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api::ProjectStatus;

    #[tokio::test]
    async fn a_change_that_panics_leaves_nothing_and_does_not_stop_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = ControlStore::open(&folder.path().join("control.db")).expect("opens");
        let now = Timestamp::from_millis(1);
        let shared = Arc::new(Shared::new(store.contents().expect("read"), now));
        let control = ControlThread::start(store, Arc::clone(&shared)).expect("starts");
        let project = |name: &str| Project {
            id: ProjectId::generate(&Entropy::system(), now),
            name: name.to_owned(),
            description: None,
            status: ProjectStatus::Active,
            cors_origins: Vec::new(),
            environments: 0,
            created_at: now,
            updated_at: now,
        };
        let first = project("one");
        let broken = control.change(move |change| -> Result<(), Error> {
            change.put_project(first)?;
            unreachable!("a defect")
        });
        assert!(matches!(broken.await, Err(Error::Internal(_))));
        let second = project("one");
        control.change(move |change| change.put_project(second)).await.expect("the name was not taken");
        assert_eq!(shared.read().projects.len(), 1);
        let stored = control.read(|store| Ok(store.contents()?.projects.len())).await.expect("read");
        assert_eq!(stored, 1);
    }
}
