//! What becomes of the things that were asked for here: creations, deletions, retries.

use std::{collections::HashMap, time::Duration};

use crate::{
    client,
    console::{
        call::{Call, EnvironmentCall, Reply},
        effect::{Effect, Ticket},
        fit,
        page::PageId,
        shell::Shell,
        toast::Tone,
    },
    domain::{
        EnvironmentId, Status,
        api::{Environment, Event},
    },
};

/// Longer than this, and whoever asked is looking elsewhere by now: the bell calls them back.
const BELL_AFTER: f64 = 2_000.0;

/// The environments whose becoming active is awaited, with the uptime at which that began.
#[derive(Debug, Default)]
pub struct Expected(HashMap<EnvironmentId, Duration>);

impl Expected {
    pub fn answer(&mut self, shell: &mut Shell, call: &Call, result: Result<Reply, client::Error>) -> Vec<Effect> {
        match (call, result) {
            (
                Call::CreateEnvironment(..) | Call::Environment(_, EnvironmentCall::Retry),
                Ok(Reply::Environment(environment)),
            ) => {
                let id = environment.id.clone();
                self.0.insert(id.clone(), shell.now.uptime);
                take_over(shell, *environment);
                // Its events may have been faster than the answer.
                self.check(shell, &id)
            }
            (Call::Environment(_, EnvironmentCall::Delete { .. }), Ok(Reply::Environment(environment))) => {
                take_over(shell, *environment);
                Vec::new()
            }
            (call, Err(error)) => {
                shell.say_failure(call, &error);
                Vec::new()
            }
            (_, Ok(_)) => Vec::new(),
        }
    }

    pub fn event(&mut self, shell: &mut Shell, event: &Event) -> Vec<Effect> {
        match event {
            Event::Environment(environment) => self.check(shell, &environment.id),
            Event::EnvironmentDeleted(environment) => {
                self.0.remove(&environment.id);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// A creation that takes long says what is usual, from a second on.
    pub fn next_change(&self, shell: &Shell) -> Option<Duration> {
        let begun = self.0.values().copied().max()?;
        [crate::console::toast::PATIENCE, Duration::from_secs(1)]
            .into_iter()
            .map(|wait| begun + wait)
            .find(|at| *at > shell.now.uptime)
    }

    /// Says it once when an awaited environment is active, or failed.
    fn check(&mut self, shell: &mut Shell, id: &EnvironmentId) -> Vec<Effect> {
        let Some(entry) = shell.environments.get(id).filter(|_| self.0.contains_key(id)) else { return Vec::new() };
        let environment = &entry.environment;
        let took = environment.active_after_ms;
        let (tone, text) = match environment.status {
            Status::Active => {
                let took = took.map(|ms| format!(" after {}", fit::milliseconds(ms))).unwrap_or_default();
                (Tone::Success, format!("is active{took}: {} connects an app", shell.keymap.way("connect")))
            }
            Status::Failed => {
                let reason = environment.reason.as_deref().unwrap_or("no reason was given");
                (Tone::Error, format!("failed: {reason}; {} tries again", shell.keymap.way("environment-retry")))
            }
            Status::Creating | Status::Ready | Status::Deleting => return Vec::new(),
        };
        let begun = self.0.remove(id);
        let waited = begun.map_or(Duration::ZERO, |begun| shell.now.uptime.saturating_sub(begun));
        shell.say(tone, Some(id), text);
        let slow = took.unwrap_or_default().max(waited.as_secs_f64() * 1000.0) >= BELL_AFTER;
        if slow { vec![Effect::Bell] } else { Vec::new() }
    }
}

/// The environment that was created or retried, for whoever still looks at where they asked: nobody is taken away
/// from what they do by now.
pub fn awaited(
    shell: &Shell,
    ticket: &Ticket,
    call: &Call,
    result: &Result<Reply, client::Error>,
) -> Option<EnvironmentId> {
    let is_free = shell.modals.is_empty() && !shell.is_filtering();
    let waits = shell.page == PageId::Environments && is_free && shell.selected_id() == ticket.selected;
    match (call, result) {
        (
            Call::CreateEnvironment(..) | Call::Environment(_, EnvironmentCall::Retry),
            Ok(Reply::Environment(environment)),
        ) => waits.then(|| environment.id.clone()),
        _ => None,
    }
}

/// Takes over the environment from an answer, unless an event has told something newer already.
fn take_over(shell: &mut Shell, environment: Environment) {
    let newer = shell.environments.get(&environment.id).is_some_and(|known| {
        let known = &known.environment;
        (known.updated_at, rank(known)) > (environment.updated_at, rank(&environment))
    });
    if !newer {
        shell.environments.put(environment, shell.now.uptime);
    }
}

/// The order of what can happen within one millisecond.
const fn rank(environment: &Environment) -> u8 {
    match environment.status {
        Status::Creating => 0,
        Status::Ready => 1,
        Status::Active | Status::Failed => 2,
        Status::Deleting => 3,
    }
}
