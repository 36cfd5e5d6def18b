//! Too many wrong passwords for one address, and nobody signs in with it for a while.
//!
//! It is kept in memory: an attacker who could restart the server would need no password. It counts
//! addresses that nobody has as well, or the lock would tell which ones exist.

use std::collections::HashMap;

use super::{Timestamp, auth_policy::AuthPolicy};

/// Addresses that are remembered. Each took an attempt at the cost of a hash.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub struct Lockout {
    by_subject: HashMap<String, Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    /// Within the window, oldest first; at most as many as lock.
    failures: Vec<Timestamp>,
    locked_until: Option<Timestamp>,
}

impl Lockout {
    /// # Errors
    /// Milliseconds until `subject` may try again.
    pub fn check(&self, subject: &str, now: Timestamp) -> Result<(), i64> {
        let until = self.by_subject.get(subject).and_then(|entry| entry.locked_until);
        match until.map(|until| until.since(now)) {
            Some(left) if left > 0 => Err(left),
            _ => Ok(()),
        }
    }

    pub fn failed(&mut self, subject: &str, policy: &AuthPolicy, now: Timestamp) {
        if !self.by_subject.contains_key(subject) {
            self.make_room(policy, now);
        }
        let entry = self.by_subject.entry(subject.to_owned()).or_default();
        entry.failures.retain(|failure| now.since(*failure) < policy.window_millis());
        entry.failures.push(now);
        if entry.failures.len() >= policy.lock_after_failures as usize {
            entry.failures.clear();
            entry.locked_until = Some(now.plus_millis(policy.lock_millis()));
        }
    }

    pub fn succeeded(&mut self, subject: &str) {
        self.by_subject.remove(subject);
    }

    /// Forgets what counts no longer, and if that is not enough, those who failed longest ago.
    fn make_room(&mut self, policy: &AuthPolicy, now: Timestamp) {
        if self.by_subject.len() < MOST {
            return;
        }
        self.by_subject.retain(|_, entry| entry.counts(policy, now));
        while self.by_subject.len() >= MOST {
            let oldest = self.by_subject.iter().min_by_key(|(_, entry)| (entry.is_locked(now), entry.last()));
            let Some(subject) = oldest.map(|(subject, _)| subject.clone()) else { return };
            self.by_subject.remove(&subject);
        }
    }
}

impl Entry {
    fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| until > now)
    }

    fn last(&self) -> Timestamp {
        self.failures.last().copied().or(self.locked_until).unwrap_or(Timestamp::from_millis(0))
    }

    fn counts(&self, policy: &AuthPolicy, now: Timestamp) -> bool {
        self.is_locked(now) || self.failures.last().is_some_and(|last| now.since(*last) < policy.window_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + minutes * MINUTE)
    }

    #[test]
    fn the_tenth_failure_in_a_quarter_of_an_hour_locks_for_as_long() {
        let (mut lockout, policy) = (Lockout::default(), AuthPolicy::default());
        for minute in 0..9 {
            lockout.failed("ann", &policy, at(minute));
            assert_eq!(lockout.check("ann", at(minute)), Ok(()));
        }
        lockout.failed("ann", &policy, at(9));
        assert_eq!(lockout.check("ann", at(9)), Err(15 * MINUTE));
        assert_eq!(lockout.check("ann", at(23)), Err(MINUTE));
        assert_eq!(lockout.check("ann", at(24)), Ok(()));
        assert_eq!(lockout.check("bob", at(9)), Ok(()), "others are not concerned");
    }

    #[test]
    fn failures_that_are_far_apart_do_not_lock() {
        let (mut lockout, policy) = (Lockout::default(), AuthPolicy::default());
        for minute in 0..100 {
            lockout.failed("ann", &policy, at(minute * 2));
            assert_eq!(lockout.check("ann", at(minute * 2)), Ok(()));
        }
    }

    #[test]
    fn a_success_begins_the_count_anew() {
        let (mut lockout, policy) = (Lockout::default(), AuthPolicy::default());
        for round in 0..3 {
            for _ in 0..9 {
                lockout.failed("ann", &policy, at(round));
            }
            lockout.succeeded("ann");
        }
        assert_eq!(lockout.check("ann", at(3)), Ok(()));
    }

    #[test]
    fn a_lock_that_is_over_needs_as_many_failures_again() {
        let (mut lockout, policy) = (Lockout::default(), AuthPolicy::default());
        for _ in 0..10 {
            lockout.failed("ann", &policy, at(0));
        }
        lockout.failed("ann", &policy, at(16));
        assert_eq!(lockout.check("ann", at(16)), Ok(()));
    }

    #[test]
    fn a_flood_of_addresses_does_not_unlock_one() {
        let (mut lockout, policy) = (Lockout::default(), AuthPolicy::default());
        for _ in 0..10 {
            lockout.failed("ann", &policy, at(0));
        }
        for stranger in 0..MOST + 100 {
            lockout.failed(&format!("stranger {stranger}"), &policy, at(1));
        }
        assert!(lockout.by_subject.len() <= MOST);
        assert!(lockout.check("ann", at(1)).is_err());
    }
}
