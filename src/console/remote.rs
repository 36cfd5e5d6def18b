//! Things that live on the server: what was last read of them, and how old that is.

use std::{collections::HashMap, time::Duration};

use super::toast::PATIENCE;
use crate::domain::EnvironmentId;

/// One thing that is read from the server.
///
/// A newer reading takes the place of an older one, an answer that is no longer awaited is
/// dropped, and what was read stays readable while the next reading is under way or fails.
#[derive(Clone, Debug)]
pub struct Remote<T> {
    value: Option<T>,
    awaited: Option<Awaited>,
    failure: Option<String>,
    stale: bool,
}

#[derive(Clone, Copy, Debug)]
struct Awaited {
    generation: u64,
    since: Duration,
}

impl<T> Default for Remote<T> {
    fn default() -> Self {
        Self { value: None, awaited: None, failure: None, stale: false }
    }
}

impl<T> Remote<T> {
    pub const fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    pub const fn value_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut()
    }

    /// Why the last reading failed.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Since when an answer is awaited, as uptime.
    pub fn awaited_since(&self) -> Option<Duration> {
        self.awaited.map(|awaited| awaited.since)
    }

    /// When it is time to say that an answer is awaited.
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        self.awaited_since().map(|since| since + PATIENCE).filter(|at| *at > now)
    }

    /// Whether it has to be read: never was, or changed on the server, and no answer is awaited.
    pub const fn is_wanted(&self) -> bool {
        self.awaited.is_none() && self.failure.is_none() && (self.value.is_none() || self.stale)
    }

    /// A request has been made; `generation` is its ticket's.
    pub const fn ask(&mut self, generation: u64, now: Duration) {
        self.awaited = Some(Awaited { generation, since: now });
        self.stale = false;
    }

    /// Hands over an answer. Returns whether it was awaited; otherwise nothing changes.
    pub fn answer(&mut self, generation: u64, result: Result<T, String>) -> bool {
        if self.awaited.is_none_or(|awaited| awaited.generation != generation) {
            return false;
        }
        self.awaited = None;
        match result {
            Ok(value) => {
                self.value = Some(value);
                self.failure = None;
            }
            Err(reason) => self.failure = Some(reason),
        }
        true
    }

    /// What was read is no longer how it is: it is to be read again.
    pub fn outdate(&mut self) {
        self.stale = true;
        self.failure = None;
    }
}

/// What every environment has of its own.
#[derive(Debug)]
pub struct PerEnvironment<T>(HashMap<EnvironmentId, T>);

impl<T> Default for PerEnvironment<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Default> PerEnvironment<T> {
    pub fn get(&self, id: &EnvironmentId) -> Option<&T> {
        self.0.get(id)
    }

    pub fn get_mut(&mut self, id: &EnvironmentId) -> Option<&mut T> {
        self.0.get_mut(id)
    }

    pub fn entry(&mut self, id: &EnvironmentId) -> &mut T {
        self.0.entry(id.clone()).or_default()
    }

    pub fn remove(&mut self, id: &EnvironmentId) {
        self.0.remove(id);
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&EnvironmentId) -> bool) {
        self.0.retain(|id, _| keep(id));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_answer_is_dropped() {
        let mut remote = Remote::default();
        remote.ask(1, Duration::ZERO);
        remote.ask(2, Duration::ZERO);
        assert!(!remote.answer(1, Ok("old")));
        assert!(remote.answer(2, Ok("new")));
        assert!(!remote.answer(2, Ok("twice")));
        assert_eq!(remote.value(), Some(&"new"));
    }

    #[test]
    fn what_was_read_survives_a_failed_reading() {
        let mut remote = Remote::default();
        remote.ask(1, Duration::ZERO);
        remote.answer(1, Ok("known"));
        remote.outdate();
        assert!(remote.is_wanted());
        remote.ask(2, Duration::ZERO);
        remote.answer(2, Err("the disk is full".into()));
        assert_eq!((remote.value(), remote.failure()), (Some(&"known"), Some("the disk is full")));
        assert!(!remote.is_wanted());
    }
}
