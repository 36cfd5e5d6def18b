//! Users who signed in or out, on their way to followers.
//!
//! A commit marks them. A task that sleeps while nothing does tells each once, within 20 ms, and then at most a
//! hundred a second: apps renew tokens by the thousand, and the ring of events keeps a few thousand for everybody.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::sleep};

use crate::{
    domain::{
        EnvironmentId,
        account::{EnvironmentUser, User},
        api::Event,
    },
    platform::{Error, Platform},
    store::accounts::UserChange,
};

/// How long they are gathered before the first are told: below what a person notices.
const GATHER: Duration = Duration::from_millis(20);

/// Between two tellings. Together with [`AT_ONCE`] it keeps what else happens in the ring for some 40 seconds.
const PAUSE: Duration = Duration::from_secs(1);

const AT_ONCE: usize = 100;

/// Users who may wait to be told. Past it the next are left out: who lists users reads them again for those
/// who wait.
const MOST: usize = 4000;

#[derive(Debug, Default)]
pub struct Presence {
    waiting: Mutex<Waiting>,
    wake: Notify,
}

type Subject = (EnvironmentId, String);

/// Each user once, the longest waiting first.
#[derive(Debug, Default)]
struct Waiting {
    in_order: BTreeMap<u64, Subject>,
    places: HashMap<Subject, u64>,
    next: u64,
}

impl Presence {
    /// What followers are told of a commit at once: whose own resource changed. Those whose sessions alone began
    /// or ended are marked.
    pub fn committed(&self, id: &EnvironmentId, changes: &[UserChange]) -> Vec<Event> {
        let here = |user: &User| EnvironmentUser { environment_id: id.clone(), user: user.clone() };
        let mut waiting = self.lock();
        let mut told = Vec::new();
        for change in changes {
            match change {
                UserChange::Created(user) | UserChange::Updated(user) => told.push(Event::User(here(user))),
                UserChange::Deleted(user) => told.push(Event::UserDeleted(here(user))),
                UserChange::Sessions(user) => waiting.mark((id.clone(), user.clone())),
            }
        }
        // One event is enough for what happened in one commit.
        for change in changes.iter().filter(|change| !matches!(change, UserChange::Sessions(_))) {
            waiting.take(&(id.clone(), change.user_id().to_owned()));
        }
        if !waiting.in_order.is_empty() {
            self.wake.notify_one();
        }
        told
    }

    /// Those who are told next, by environment. They go on waiting until they are [`Presence::read`].
    fn next(&self) -> HashMap<EnvironmentId, Vec<String>> {
        let mut next: HashMap<EnvironmentId, Vec<String>> = HashMap::new();
        for (environment, user) in self.lock().in_order.values().take(AT_ONCE) {
            next.entry(environment.clone()).or_default().push(user.clone());
        }
        next
    }

    /// What is told of users who were read. Of one who changed since, followers were told more already.
    fn read(&self, id: &EnvironmentId, asked: Vec<String>, mut found: HashMap<String, User>) -> Vec<Event> {
        let mut waiting = self.lock();
        let still_wait = asked.into_iter().filter_map(|user| waiting.take(&(id.clone(), user)));
        still_wait
            .filter_map(|(environment_id, user)| Some(EnvironmentUser { environment_id, user: found.remove(&user)? }))
            .map(Event::User)
            .collect()
    }

    fn wake_if_any(&self) {
        if !self.lock().in_order.is_empty() {
            self.wake.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn mark(&mut self, subject: Subject) {
        if self.places.len() < MOST && !self.places.contains_key(&subject) {
            self.in_order.insert(self.next, subject.clone());
            self.places.insert(subject, self.next);
            self.next += 1;
        }
    }

    fn take(&mut self, subject: &Subject) -> Option<Subject> {
        self.in_order.remove(&self.places.remove(subject)?)
    }
}

impl Platform {
    pub(in crate::platform) fn start_telling_presence(&self) {
        let platform = self.clone();
        self.spawn(async move {
            let stopping = platform.0.stopping.clone();
            tokio::select! {
                () = platform.follow_presence() => {}
                () = stopping.cancelled() => {}
            }
        });
    }

    async fn follow_presence(&self) {
        loop {
            self.0.presence.wake.notified().await;
            sleep(GATHER).await;
            for (environment, users) in self.0.presence.next() {
                let found = self.read_users(&environment, users.clone()).await.unwrap_or_else(|error| {
                    tracing::debug!(%environment, %error, "nobody is told who signed in");
                    HashMap::new()
                });
                // Under the lock of the catalog, as commits tell theirs: what is older never comes after what is newer.
                self.0.shared.publish(|_| self.0.presence.read(&environment, users, found));
            }
            sleep(PAUSE).await;
            self.0.presence.wake_if_any();
        }
    }

    async fn read_users(&self, id: &EnvironmentId, users: Vec<String>) -> Result<HashMap<String, User>, Error> {
        let access = self.operator_access(id)?;
        let file = self.file(&access).await?;
        let found = file.read(move |reader| {
            let accounts = reader.accounts();
            let found = users.into_iter().filter_map(|id| accounts.user(&id).transpose());
            let found = found.map(|stored| stored.map(|stored| (stored.user.id.clone(), stored.user)));
            Ok::<_, Error>(found.collect::<Result<_, _>>()?)
        });
        found.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> EnvironmentId {
        EnvironmentId::parse("env_0123456789abcdef01234567").expect("valid")
    }

    fn signed_in(user: &str) -> UserChange {
        UserChange::Sessions(user.into())
    }

    /// Whom followers are told about when everybody who is next is read.
    fn tell(presence: &Presence) -> Vec<String> {
        let next = presence.next();
        let told = next.into_iter().flat_map(|(id, users)| {
            let found = users.iter().map(|id| (id.clone(), User::sample(id))).collect();
            presence.read(&id, users, found)
        });
        told.filter_map(|event| match event {
            Event::User(told) => Some(told.user.id),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn many_sign_ins_of_one_user_are_told_once() {
        let presence = Presence::default();
        for _ in 0..50 {
            assert!(presence.committed(&id(), &[signed_in("ann")]).is_empty());
        }
        assert_eq!(tell(&presence), ["ann"]);
        assert!(tell(&presence).is_empty());
        presence.committed(&id(), &[signed_in("ann")]);
        assert_eq!(tell(&presence), ["ann"], "the next time again");
    }

    #[test]
    fn a_storm_is_told_a_hundred_at_a_time_in_the_order_of_its_coming_and_has_an_end() {
        let presence = Presence::default();
        for number in 0..MOST + 500 {
            presence.committed(&id(), &[signed_in(&number.to_string())]);
        }
        let hundred: Vec<_> = (0..AT_ONCE).map(|number| number.to_string()).collect();
        assert_eq!(tell(&presence), hundred);
        let left: usize = std::iter::from_fn(|| Some(tell(&presence).len())).take_while(|told| *told > 0).sum();
        assert_eq!(left, MOST - AT_ONCE);
    }

    #[test]
    fn who_changed_in_the_same_commit_or_while_they_were_read_is_not_told_twice() {
        let presence = Presence::default();
        let told = presence.committed(&id(), &[UserChange::Created(User::sample("ann")), signed_in("ann")]);
        assert_eq!(told.len(), 1);
        assert!(tell(&presence).is_empty());

        presence.committed(&id(), &[signed_in("ann")]);
        let next = presence.next();
        let renamed = User { name: "Anne".into(), ..User::sample("ann") };
        presence.committed(&id(), &[UserChange::Updated(renamed)]);
        for (id, users) in next {
            let old = HashMap::from([("ann".to_owned(), User::sample("ann"))]);
            assert!(presence.read(&id, users, old).is_empty(), "what was read is old");
        }
    }

    #[test]
    fn who_is_gone_when_they_are_read_is_not_told() {
        let presence = Presence::default();
        presence.committed(&id(), &[signed_in("ann")]);
        assert!(presence.read(&id(), vec!["ann".into()], HashMap::new()).is_empty());
        assert!(tell(&presence).is_empty());
    }
}
