//! Read-only environments. Production opens as one, and unlocking it takes its name and lasts ten
//! minutes; any other is read-only while somebody wants it so.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use crate::domain::{EnvironmentId, EnvironmentType, api::Environment};

const UNLOCKED_FOR: Duration = Duration::from_mins(10);

#[derive(Debug, Default)]
pub struct Locks {
    /// Until when production is unlocked, as uptime.
    unlocked: HashMap<EnvironmentId, Duration>,
    /// Those that are read-only because somebody wants it; the session keeps them.
    pub chosen: BTreeSet<EnvironmentId>,
}

impl Locks {
    /// Whether changes to the environment are refused.
    pub fn holds(&self, environment: &Environment, now: Duration) -> bool {
        if guarded(environment) {
            return self.left(&environment.id, now).is_none();
        }
        self.chosen.contains(&environment.id)
    }

    /// Lets production be changed for a while, and any other environment from now on.
    pub fn open(&mut self, environment: &Environment, now: Duration) {
        if guarded(environment) {
            self.unlocked.insert(environment.id.clone(), now + UNLOCKED_FOR);
        } else {
            self.chosen.remove(&environment.id);
        }
    }

    pub fn close(&mut self, environment: &Environment) {
        if guarded(environment) {
            self.unlocked.remove(&environment.id);
        } else {
            self.chosen.insert(environment.id.clone());
        }
    }

    /// The environment is gone.
    pub fn forget(&mut self, id: &EnvironmentId) {
        self.unlocked.remove(id);
        self.chosen.remove(id);
    }

    /// Whatever was unlocked is locked again.
    pub fn close_all(&mut self) {
        self.unlocked.clear();
    }

    /// How much longer it stays unlocked.
    pub fn left(&self, id: &EnvironmentId, now: Duration) -> Option<Duration> {
        self.unlocked.get(id)?.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// The countdown shows minutes, and seconds in the last one.
    pub fn describe(left: Duration) -> String {
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        if seconds > 60 { format!("{} min", seconds.div_ceil(60)) } else { format!("{seconds} s") }
    }

    /// When the countdown of that environment changes.
    pub fn next_change(&self, id: &EnvironmentId, now: Duration) -> Option<Duration> {
        let left = self.left(id, now)?;
        let unit = if left > Duration::from_mins(1) { 60_000 } else { 1000 };
        let part = left.as_millis() % unit;
        let wait = u64::try_from(if part == 0 { unit } else { part }).unwrap_or(1000);
        // One more, so that the wake-up falls behind the turn and not on it.
        Some(now + Duration::from_millis(wait + 1))
    }
}

/// Whether the environment opens read-only.
pub const fn guarded(environment: &Environment) -> bool {
    matches!(environment.kind, EnvironmentType::Prod) || environment.protected
}
