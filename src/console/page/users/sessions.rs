//! The sessions of the user under the cursor: read once the cursor rests there.

use std::time::Duration;

use crate::{
    console::{
        call::{Call, UserCall},
        effect::Effect,
        remote::Remote,
        shell::{REST, Shell},
    },
    domain::{EnvironmentId, Timestamp, account::ListedUser, session::Session},
};

#[derive(Debug, Default)]
pub struct Sessions {
    /// Whose they are.
    user: String,
    known: Remote<Vec<Session>>,
    /// Nothing is read before: the cursor may be on its way.
    at: Duration,
    /// What was known of the user when they were read; when that changes they are read again.
    seen: (u64, Option<Timestamp>),
}

impl Sessions {
    pub fn of(&self, user: &str) -> Option<&[Session]> {
        self.known.value().filter(|_| self.user == user).map(Vec::as_slice)
    }

    pub fn failure(&self, user: &str) -> Option<&str> {
        self.known.failure().filter(|_| self.user == user)
    }

    pub fn outdate(&mut self) {
        self.known.outdate();
    }

    /// The cursor is on that user: returns the reading that the pane lacks.
    pub fn want(&mut self, shell: &mut Shell, environment: &EnvironmentId, listed: &ListedUser) -> Option<Effect> {
        let now = shell.now.uptime;
        if self.user != listed.user.id {
            *self = Self { user: listed.user.id.clone(), at: now + REST, ..Self::default() };
        }
        let seen = (listed.sessions, listed.last_seen_at);
        if std::mem::replace(&mut self.seen, seen) != seen {
            self.known.outdate();
        }
        if listed.sessions == 0 || now < self.at || !self.known.is_wanted() {
            return None;
        }
        let (effect, generation) =
            shell.ask(Call::User(environment.clone(), UserCall::Sessions { user: self.user.clone() }));
        self.known.ask(generation, now);
        Some(effect)
    }

    pub fn answer(&mut self, generation: u64, result: Result<Vec<Session>, String>) {
        self.known.answer(generation, result);
    }

    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        (self.at > now).then_some(self.at)
    }
}
