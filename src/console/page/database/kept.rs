//! What the session keeps of the page: how the tables are listed, and the table that is open.

use super::{Database, Place, query::Order, rows::OpenTable, tables::TableList};
use crate::{
    console::session::Kept,
    domain::{EnvironmentId, TableId, api::Table, list::Direction},
};

/// A table that is opened as soon as the tables are known.
#[derive(Clone, Debug)]
pub struct Reopening {
    pub name: String,
    kept: Kept,
}

impl Reopening {
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), kept: Kept::default() }
    }
}

impl Database {
    pub(super) fn kept_of(&self, environment: &EnvironmentId) -> Option<Kept> {
        let place = self.places.get(environment)?;
        let kept = place.tables.kept();
        let opened = match (&place.open, &place.reopening) {
            (Some(open), _) => Some((open.name.clone(), Box::new(open.kept()))),
            (None, Some(reopening)) => Some((reopening.name.clone(), Box::new(reopening.kept.clone()))),
            (None, None) => None,
        };
        Some(Kept { opened, ..kept })
    }

    pub(super) fn keep_for(&mut self, environment: &EnvironmentId, kept: Kept) {
        let place = self.places.entry(environment);
        place.reopening = kept.opened.clone().map(|(name, kept)| Reopening { name, kept: *kept });
        place.tables.keep(kept);
    }
}

impl Place {
    /// Opens what was open before, now that the tables are known.
    pub(super) fn reopen(&mut self, tables: &[Table]) {
        let Some(Reopening { name, kept }) = self.reopening.take() else { return };
        if let Some(table) = tables.iter().find(|table| table.name == name) {
            let mut open = OpenTable::new(table);
            open.keep(kept);
            self.open = Some(open);
        }
    }
}

impl TableList {
    fn kept(&self) -> Kept {
        let (order, reversed) = self.sorting();
        let cursor = self.selected().map(ToString::to_string);
        Kept { filter: self.filter.clone(), order, reversed, cursor, ..Kept::default() }
    }

    fn keep(&mut self, kept: Kept) {
        self.sort_as(kept.order.as_deref(), kept.reversed);
        self.filter = kept.filter;
        if let Some(id) = kept.cursor.and_then(|id| TableId::parse(&id).ok()) {
            self.await_row(id);
        }
    }
}

impl OpenTable {
    fn kept(&self) -> Kept {
        let usual = self.order == Order::default();
        Kept {
            filter: self.filter.clone(),
            order: (!usual).then(|| self.order.column.clone()),
            reversed: !usual && self.order.direction == Direction::Descending,
            left: self.left,
            cursor: self.selected().map(str::to_owned),
            opened: None,
        }
    }

    fn keep(&mut self, kept: Kept) {
        // A column may be gone since.
        if let Some(column) = kept.order.filter(|column| self.columns.has(column)) {
            let direction = if kept.reversed { Direction::Descending } else { Direction::Ascending };
            self.order = Order { column, direction };
        }
        self.filter = kept.filter;
        self.left = kept.left;
        if let Some(id) = kept.cursor {
            self.await_row(id);
        }
    }
}
