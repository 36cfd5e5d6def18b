//! Which two environments are compared, and the readings of their tables.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use crate::{
    console::{
        effect::Effect,
        remote::{PerEnvironment, Remote},
        shell::Shell,
    },
    domain::{
        EnvironmentId, Status,
        api::{Environment, Table},
        compare::{Sides, TableComparison, compare},
    },
};

/// Tables whose rows are being written are read again this often.
const PACE: Duration = Duration::from_secs(1);

/// What the session calls the choices: the other environment, and which side it is on.
const WITH: &str = "with";
const SIDE: &str = "side";
const LEFT: &str = "left";

/// The two that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub left: EnvironmentId,
    pub right: EnvironmentId,
}

/// What the selected environment is compared with.
#[derive(Debug, Default)]
pub struct Choice {
    other: Option<EnvironmentId>,
    swapped: bool,
}

/// The comparison of a pair, made again when a table of theirs is another one.
#[derive(Debug, Default)]
pub struct Comparison {
    pair: Option<Pair>,
    seen: (Vec<Table>, Vec<Table>),
    pub tables: Vec<TableComparison>,
}

/// When the tables of an environment are read again.
#[derive(Debug, Default)]
pub struct Readings {
    /// Environments whose rows were written since their tables were read.
    written: HashSet<EnvironmentId>,
    next: PerEnvironment<Duration>,
    /// When a reading that is put off is made.
    pub due: Option<Duration>,
}

impl Choice {
    pub fn choose(&mut self, other: &EnvironmentId) {
        self.other = Some(other.clone());
    }

    pub const fn swap(&mut self) {
        self.swapped = !self.swapped;
    }

    /// As the session keeps it.
    pub fn kept(&self) -> BTreeMap<String, String> {
        let other = self.other.iter().map(|id| (WITH.to_owned(), id.to_string()));
        other.chain(self.swapped.then(|| (SIDE.to_owned(), LEFT.to_owned()))).collect()
    }

    pub fn of_kept(kept: &BTreeMap<String, String>) -> Self {
        Self {
            other: kept.get(WITH).and_then(|id| EnvironmentId::parse(id).ok()),
            swapped: kept.get(SIDE).is_some_and(|side| side == LEFT),
        }
    }

    /// The other environment: the chosen one, or the next that is active.
    pub fn other<'a>(&self, shell: &'a Shell) -> Option<&'a Environment> {
        let selected = shell.environments.selected_position()?;
        let chosen = self.other.as_ref().and_then(|id| shell.environments.get(id));
        let entries = shell.environments.entries();
        let after = || (1..entries.len()).map(|step| &entries[(selected + step) % entries.len()]);
        let active = || after().find(|entry| entry.environment.status == Status::Active);
        chosen.or_else(active).or_else(|| after().next()).map(|entry| &entry.environment)
    }

    pub fn pair(&self, shell: &Shell) -> Option<Pair> {
        let selected = shell.selected_id()?;
        let other = self.other(shell)?.id.clone();
        let (left, right) = if self.swapped { (other, selected) } else { (selected, other) };
        Some(Pair { left, right })
    }
}

impl Pair {
    pub const fn both(&self) -> [&EnvironmentId; 2] {
        [&self.left, &self.right]
    }

    /// The environments, while both are known.
    pub fn environments<'a>(&self, shell: &'a Shell) -> Option<Sides<&'a Environment>> {
        let of = |id: &EnvironmentId| shell.environments.get(id).map(|entry| &entry.environment);
        Some(Sides { left: Some(of(&self.left)?), right: Some(of(&self.right)?) })
    }
}

impl Comparison {
    /// Compares again if anything that it depends on changed. Returns whether there is one.
    pub fn derive(&mut self, shell: &Shell, pair: &Pair) -> bool {
        let of = |id: &EnvironmentId| shell.tables.get(id).and_then(Remote::value);
        let (Some(left), Some(right)) = (of(&pair.left), of(&pair.right)) else {
            *self = Self::default();
            return false;
        };
        if self.pair.as_ref() != Some(pair) || self.seen.0 != *left || self.seen.1 != *right {
            self.tables = compare(left, right);
            self.seen = (left.clone(), right.clone());
            self.pair = Some(pair.clone());
        }
        true
    }

    pub const fn is_there(&self) -> bool {
        self.pair.is_some()
    }
}

impl Readings {
    pub fn written(&mut self, id: &EnvironmentId) {
        self.written.insert(id.clone());
    }

    pub fn forget(&mut self, id: &EnvironmentId) {
        self.written.remove(id);
        self.next.remove(id);
    }

    /// The readings that a pair lacks. What was read is not read again at once.
    pub fn want(&mut self, shell: &mut Shell, pair: &Pair) -> Vec<Effect> {
        let now = shell.now.uptime;
        self.due = None;
        let mut effects = Vec::new();
        for id in pair.both() {
            if shell.environments.get(id).is_none_or(|entry| entry.environment.status != Status::Active) {
                continue;
            }
            if self.written.remove(id) {
                shell.tables.entry(id).outdate();
            }
            let tables = shell.tables.entry(id);
            let next = *self.next.entry(id);
            if !tables.is_wanted() {
                continue;
            }
            if tables.value().is_some() && now < next {
                self.due = Some(self.due.map_or(next, |due| due.min(next)));
                continue;
            }
            *self.next.entry(id) = now + PACE;
            effects.extend(shell.want_tables(id));
        }
        effects
    }
}
