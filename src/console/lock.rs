//! Production opens read-only. Unlocking takes its name and lasts ten minutes.

use std::{collections::HashMap, time::Duration};

use crate::domain::{EnvironmentId, EnvironmentType, api::Environment};

const UNLOCKED_FOR: Duration = Duration::from_mins(10);

#[derive(Debug, Default)]
pub struct Locks(HashMap<EnvironmentId, Duration>);

impl Locks {
    /// Whether changes to the environment are refused.
    pub fn holds(&self, environment: &Environment, now: Duration) -> bool {
        guarded(environment) && self.left(&environment.id, now).is_none()
    }

    pub fn open(&mut self, id: &EnvironmentId, now: Duration) {
        self.0.insert(id.clone(), now + UNLOCKED_FOR);
    }

    pub fn close(&mut self, id: &EnvironmentId) {
        self.0.remove(id);
    }

    /// How much longer it stays unlocked.
    pub fn left(&self, id: &EnvironmentId, now: Duration) -> Option<Duration> {
        self.0.get(id)?.checked_sub(now).filter(|left| !left.is_zero())
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
