//! The tasks that run and those that ended, as the screen shows them.

use std::time::Duration;

use super::{Progress, Task, TaskId, Unit};
use crate::{console::fit, domain::EnvironmentId};

/// Tasks under way and waiting; more are refused, because nobody would find theirs among them.
const MOST: usize = 32;
/// Those that ended and are still shown.
const ENDED: usize = 16;

/// One line of the list.
#[derive(Debug)]
pub struct Entry {
    pub id: TaskId,
    pub title: String,
    pub environment: Option<EnvironmentId>,
    pub unit: Unit,
    pub progress: Progress,
    pub state: State,
    /// When it was asked for, as uptime.
    pub since: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    /// Somebody wants it stopped.
    Stopping,
    Done(String),
    Failed(String),
    Stopped,
}

#[derive(Debug, Default)]
pub struct Tasks {
    entries: Vec<Entry>,
    last: TaskId,
}

impl Tasks {
    /// In the order in which they were asked for.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn get(&self, id: TaskId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    pub fn running(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_running())
    }

    pub fn is_full(&self) -> bool {
        self.running().count() >= MOST
    }

    pub fn add(&mut self, task: &Task, now: Duration) -> TaskId {
        self.last += 1;
        self.entries.push(Entry {
            id: self.last,
            title: task.title(),
            environment: task.environment().cloned(),
            unit: task.unit(),
            progress: Progress::default(),
            state: State::Running,
            since: now,
        });
        self.last
    }

    pub fn progress(&mut self, id: TaskId, progress: Progress) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) {
            entry.progress = progress;
        }
    }

    /// Returns whether it ran until now.
    pub fn stop(&mut self, id: TaskId) -> bool {
        let entry = self.entries.iter_mut().find(|entry| entry.id == id && entry.state == State::Running);
        entry.map(|entry| entry.state = State::Stopping).is_some()
    }

    /// It ended, in one of the states that are none of running.
    pub fn end(&mut self, id: TaskId, state: State) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.id == id) else { return };
        entry.state = state;
        let ended = self.entries.iter().filter(|entry| !entry.is_running()).count();
        let mut surplus = ended.saturating_sub(ENDED);
        self.entries.retain(|entry| {
            let goes = surplus > 0 && !entry.is_running();
            surplus -= usize::from(goes);
            !goes
        });
    }

    /// Takes one back that was never begun.
    pub fn forget(&mut self, id: TaskId) {
        self.entries.retain(|entry| entry.id != id);
    }

    pub fn forget_ended(&mut self) {
        self.entries.retain(Entry::is_running);
    }

    /// `2 tasks 43%`; nothing where none runs.
    pub fn summary(&self) -> Option<String> {
        let count = self.running().count();
        let percents: Vec<_> = self.running().filter_map(|entry| entry.progress.percent()).collect();
        let average = (!percents.is_empty()).then(|| percents.iter().sum::<u64>() / percents.len() as u64);
        let count = (count > 0).then(|| fit::count(count as u64, "task"))?;
        Some(average.map_or_else(|| count.clone(), |percent| format!("{count} {percent}%")))
    }
}

impl Entry {
    pub const fn is_running(&self) -> bool {
        matches!(self.state, State::Running | State::Stopping)
    }

    /// `1,204 of 5,000 rows`, `3.1 MB`.
    pub fn amount(&self) -> String {
        let Progress { done, total } = self.progress;
        let noun = match self.unit {
            Unit::Bytes if total == 0 => return fit::bytes(done),
            Unit::Bytes => return format!("{} of {}", fit::bytes(done), fit::bytes(total)),
            Unit::Rows => "row",
            Unit::Pages => "page",
            Unit::Items => "item",
        };
        match total {
            0 => fit::count(done, noun),
            _ => format!("{} of {}", fit::grouped(done), fit::count(total, noun)),
        }
    }
}
