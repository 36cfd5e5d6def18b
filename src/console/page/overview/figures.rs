//! What the server has counted of the environments, and when it is asked again.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::{
    console::{
        call::{Call, ProjectCall},
        connection::Connection,
        effect::Effect,
        remote::Remote,
        shell::Shell,
    },
    domain::{EnvironmentId, ProjectId, api::Activity, key::PROOF, metrics::Metrics},
};

/// Between two readings of the counts.
const PACE: Duration = Duration::from_secs(2);
/// Lines of activity that are kept.
const REMEMBERED: usize = 20;

#[derive(Debug, Default)]
pub struct Figures {
    /// Of the environments that anybody asked in the last ten minutes.
    pub metrics: Remote<HashMap<EnvironmentId, Metrics>>,
    /// Newest first.
    pub latest: Remote<VecDeque<Activity>>,
    /// When the counts are read again.
    due: Duration,
    /// What the slowest of all environments took in milliseconds: the whole length of a bar.
    pub slowest: f64,
}

impl Figures {
    /// The readings that are due. Nothing is asked of a server that does not answer.
    pub fn want(&mut self, shell: &mut Shell, project: &ProjectId) -> Vec<Effect> {
        let now = shell.now.uptime;
        let mut effects = Vec::new();
        if reachable(shell) && now >= self.due && self.metrics.awaited_since().is_none() {
            let (effect, generation) = shell.ask(Call::Project(project.clone(), ProjectCall::Metrics));
            self.metrics.ask(generation, now);
            self.due = now + PACE;
            effects.push(effect);
        }
        if self.latest.is_wanted() {
            let (effect, generation) = shell.ask(Call::Project(project.clone(), ProjectCall::Latest));
            self.latest.ask(generation, now);
            effects.push(effect);
        }
        effects
    }

    pub fn outdate(&mut self) {
        self.due = Duration::ZERO;
        self.latest.outdate();
    }

    pub fn counted(&mut self, generation: u64, result: Result<Vec<Metrics>, String>) {
        let by_id = |all: Vec<Metrics>| all.into_iter().map(|one| (one.environment_id.clone(), one)).collect();
        self.metrics.answer(generation, result.map(by_id));
        let of = self.metrics.value().into_iter().flat_map(HashMap::values);
        self.slowest = of.filter_map(|metrics| metrics.total.p99_ms).fold(0.0, f64::max);
    }

    pub fn read(&mut self, generation: u64, result: Result<Vec<Activity>, String>) {
        let newest = |lines: Vec<Activity>| lines.into_iter().filter(is_news).take(REMEMBERED).collect();
        self.latest.answer(generation, result.map(newest));
    }

    /// A line of activity, told by an event.
    pub fn happened(&mut self, line: &Activity) {
        if !is_news(line) {
            return;
        }
        if let Some(latest) = self.latest.value_mut()
            && latest.iter().all(|known| known.id != line.id)
        {
            latest.push_front(line.clone());
            latest.truncate(REMEMBERED);
        }
        if self.latest.awaited_since().is_some() {
            // The answer may have been made before.
            self.latest.outdate();
        }
    }

    pub fn forget(&mut self, id: &EnvironmentId) {
        if let Some(metrics) = self.metrics.value_mut() {
            metrics.remove(id);
        }
    }

    pub fn of(&self, id: &EnvironmentId) -> Option<&Metrics> {
        self.metrics.value()?.get(id)
    }

    /// When something is to be read.
    pub fn next_change(&self, shell: &Shell) -> Option<Duration> {
        (reachable(shell) && self.metrics.awaited_since().is_none()).then_some(self.due)
    }
}

/// What a proof of isolation plants is removed at once.
fn is_news(line: &Activity) -> bool {
    !line.target.starts_with(PROOF)
}

fn reachable(shell: &Shell) -> bool {
    matches!(shell.connection, Connection::Live | Connection::Polling)
}
