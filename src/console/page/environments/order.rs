//! Which environments are listed, and in which order.

use std::cmp::Ordering;

use crate::{
    console::catalog::{Catalog, Entry},
    domain::EnvironmentId,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// As the tabs are: by number, production last. It has no column of its own.
    #[default]
    Tab,
    Name,
    Type,
    Status,
    Created,
}

impl Column {
    pub const ALL: [Self; 5] = [Self::Tab, Self::Name, Self::Type, Self::Status, Self::Created];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Tab => "",
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
            Column::Tab => Column::Name,
            Column::Name => Column::Type,
            Column::Type => Column::Status,
            Column::Status => Column::Created,
            Column::Created => Column::Tab,
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
    // The catalog is in the order of the tabs, and sorting keeps that among equals.
    if order.column != Column::Tab {
        entries.sort_by(|one, other| compare(one, other, order.column));
    }
    if order.reversed {
        entries.reverse();
    }
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
        Column::Tab => Ordering::Equal,
        Column::Name => a.name.cmp(&b.name),
        Column::Type => a.kind.cmp(&b.kind),
        Column::Status => a.status.cmp(&b.status),
        Column::Created => a.created_at.cmp(&b.created_at),
    }
}
