//! The environments of the project: which are known, which is selected, and their tab numbers.

use std::{collections::HashMap, time::Duration};

use crate::domain::{EnvironmentId, EnvironmentType, Status, api::Environment};

#[derive(Debug)]
pub struct Entry {
    pub environment: Environment,
    /// Sticks to the environment while the console runs and is never handed to another.
    pub number: usize,
    /// Since when its status is seen to be what it is, as uptime.
    pub since: Duration,
}

impl Entry {
    /// Whether something is under way, which moves on by itself.
    pub const fn is_moving(&self) -> bool {
        matches!(self.environment.status, Status::Creating | Status::Deleting)
    }

    pub const fn is_production(&self) -> bool {
        matches!(self.environment.kind, EnvironmentType::Prod)
    }
}

#[derive(Debug, Default)]
pub struct Catalog {
    /// In the order of the tabs: by number, production last.
    entries: Vec<Entry>,
    positions: HashMap<EnvironmentId, usize>,
    numbers: usize,
    selected: Option<EnvironmentId>,
    /// Counts changes of what lists are derived from, so that they know when they are out of date: which
    /// environments there are, and what each is called and is. What an environment holds is not in it.
    revision: u64,
    /// Counts changes of the order.
    arrangement: u64,
    /// Where those are that move on by themselves. Every frame asks for them.
    moving: Vec<usize>,
    /// What a creation usually takes here, in milliseconds: the median of those that are done.
    usual_creation: Option<f64>,
}

impl Catalog {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The same while the entries are, and stand where they stood.
    pub const fn arrangement(&self) -> u64 {
        self.arrangement
    }

    pub fn get(&self, id: &EnvironmentId) -> Option<&Entry> {
        self.position(id).map(|position| &self.entries[position])
    }

    pub fn position(&self, id: &EnvironmentId) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// Those that something is under way with.
    pub fn moving(&self) -> impl Iterator<Item = &Entry> {
        self.moving.iter().map(|position| &self.entries[*position])
    }

    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.environment.name.as_str() == name)
    }

    pub fn numbered(&self, number: usize) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    pub fn selected(&self) -> Option<&Entry> {
        self.get(self.selected.as_ref()?)
    }

    pub fn selected_position(&self) -> Option<usize> {
        self.positions.get(self.selected.as_ref()?).copied()
    }

    /// Selects the environment if it is known.
    pub fn select(&mut self, id: &EnvironmentId) {
        if self.positions.contains_key(id) {
            self.selected = Some(id.clone());
        }
    }

    /// Selects the tab `steps` further, past the ends to the other side.
    pub fn step(&mut self, steps: isize) {
        let count = self.entries.len();
        if count == 0 {
            return;
        }
        let position = self.selected_position().unwrap_or(0);
        let next = position.cast_signed().saturating_add(steps).rem_euclid(count.cast_signed());
        self.selected = Some(self.entries[next.cast_unsigned()].environment.id.clone());
    }

    /// Takes over a full reading. What is not in it is gone.
    pub fn replace(&mut self, mut environments: Vec<Environment>, now: Duration) {
        // Those that are new get their numbers in the order of the tabs.
        environments.sort_by(|one, other| {
            let place = |e: &Environment| (e.kind == EnvironmentType::Prod, e.created_at);
            place(one).cmp(&place(other)).then_with(|| one.id.cmp(&other.id))
        });
        let mut old: HashMap<_, _> =
            self.entries.drain(..).map(|entry| (entry.environment.id.clone(), entry)).collect();
        let position = self.selected.as_ref().and_then(|id| self.positions.get(id).copied());
        for environment in environments {
            let entry = match old.remove(&environment.id) {
                Some(entry) if entry.environment.status == environment.status => Entry { environment, ..entry },
                Some(entry) => Entry { environment, since: now, ..entry },
                None => self.first_seen(environment, now),
            };
            self.entries.push(entry);
        }
        self.arrange(position);
    }

    /// Takes over one environment as it is now. Returns the status it had before.
    pub fn put(&mut self, environment: Environment, now: Duration) -> Option<Status> {
        if let Some(position) = self.position(&environment.id) {
            let entry = &mut self.entries[position];
            let before = std::mem::replace(&mut entry.environment, environment);
            if before.status != entry.environment.status {
                entry.since = now;
            }
            let (was_moving, is_moving) = (self.moving.contains(&position), entry.is_moving());
            if was_moving && !is_moving {
                self.moving.retain(|other| *other != position);
            } else if is_moving && !was_moving {
                self.moving.push(position);
            }
            let after = &self.entries[position].environment;
            let told = |e: &Environment| (e.name.clone(), e.kind, e.status, e.created_at);
            self.revision += u64::from(told(&before) != told(after));
            if before.active_after_ms != after.active_after_ms {
                self.usual_creation = self.median_creation();
            }
            return Some(before.status);
        }
        let entry = self.first_seen(environment, now);
        self.entries.push(entry);
        let position = self.selected_position();
        self.arrange(position);
        None
    }

    pub fn remove(&mut self, id: &EnvironmentId) -> Option<Entry> {
        let position = self.positions.get(id).copied()?;
        let selected = self.selected_position();
        let entry = self.entries.remove(position);
        self.arrange(selected);
        Some(entry)
    }

    /// Forgets everything, numbers too: another project is shown from now on.
    pub fn clear(&mut self) {
        *self = Self { revision: self.revision + 1, arrangement: self.arrangement + 1, ..Self::default() };
    }

    /// What a creation usually takes here, in milliseconds.
    pub const fn usual_creation(&self) -> Option<f64> {
        self.usual_creation
    }

    fn median_creation(&self) -> Option<f64> {
        let mut times: Vec<_> = self.entries.iter().filter_map(|entry| entry.environment.active_after_ms).collect();
        let middle = times.len() / 2;
        (!times.is_empty()).then(|| *times.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    fn first_seen(&mut self, environment: Environment, now: Duration) -> Entry {
        self.numbers += 1;
        Entry { since: now, number: self.numbers, environment }
    }

    /// Puts the entries in order again; a selection that vanished moves to its neighbour.
    fn arrange(&mut self, selected: Option<usize>) {
        self.revision += 1;
        self.arrangement += 1;
        self.entries.sort_by_key(|entry| (entry.is_production(), entry.number));
        self.positions =
            self.entries.iter().enumerate().map(|(position, entry)| (entry.environment.id.clone(), position)).collect();
        let moving = self.entries.iter().enumerate().filter(|(_, entry)| entry.is_moving());
        self.moving = moving.map(|(position, _)| position).collect();
        self.usual_creation = self.median_creation();
        if self.selected().is_none() {
            // Nobody ends up in production by what somebody deletes, as long as there is anything else.
            let others = self.entries.partition_point(|entry| !entry.is_production());
            let last = if others > 0 { Some(others - 1) } else { self.entries.len().checked_sub(1) };
            let neighbour = selected.zip(last).map(|(position, last)| position.min(last));
            self.selected = neighbour.map(|position| self.entries[position].environment.id.clone());
        }
    }
}
