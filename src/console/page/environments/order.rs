//! Which environments are listed, and in which order.

use std::cmp::Ordering;

use crate::{
    console::catalog::{Catalog, Entry},
    domain::EnvironmentId,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    Name,
    Type,
    Status,
    /// As the tabs are numbered.
    #[default]
    Created,
}

impl Column {
    pub const ALL: [Self; 4] = [Self::Name, Self::Type, Self::Status, Self::Created];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Type => "TYPE",
            Self::Status => "STATUS",
            Self::Created => "CREATED",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    pub column: Column,
    pub reversed: bool,
}

impl Order {
    #[must_use]
    pub const fn next(self) -> Self {
        let column = match self.column {
            Column::Name => Column::Type,
            Column::Type => Column::Status,
            Column::Status => Column::Created,
            Column::Created => Column::Name,
        };
        Self { column, reversed: false }
    }

    /// By that column; chosen again, the other way round.
    #[must_use]
    pub fn by(self, column: Column) -> Self {
        Self { column, reversed: self.column == column && !self.reversed }
    }
}

/// The environments whose name, type or status holds the filter's words, in the order.
pub fn rows(catalog: &Catalog, filter: &str, order: Order) -> Vec<EnvironmentId> {
    let words: Vec<_> = filter.split_whitespace().map(str::to_lowercase).collect();
    let mut entries: Vec<_> =
        catalog.entries().iter().filter(|entry| words.iter().all(|word| matches(entry, word))).collect();
    entries.sort_by(|one, other| {
        let ordering = compare(one, other, order.column).then_with(|| one.number.cmp(&other.number));
        if order.reversed { ordering.reverse() } else { ordering }
    });
    entries.into_iter().map(|entry| entry.environment.id.clone()).collect()
}

fn matches(entry: &Entry, word: &str) -> bool {
    let environment = &entry.environment;
    environment.name.as_str().contains(word)
        || environment.kind.label().to_lowercase().contains(word)
        || environment.status.as_str().contains(word)
}

fn compare(one: &Entry, other: &Entry, column: Column) -> Ordering {
    let (a, b) = (&one.environment, &other.environment);
    match column {
        Column::Name => a.name.cmp(&b.name),
        Column::Type => a.kind.cmp(&b.kind),
        Column::Status => a.status.cmp(&b.status),
        Column::Created => a.created_at.cmp(&b.created_at),
    }
}
