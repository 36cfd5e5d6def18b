//! What the session keeps of the page: how the tables are listed, and the table that is open.

use std::time::Duration;

use super::{
    Database, Place,
    query::Order,
    rows::{FIRST, Hidden, OpenTable},
    tab::Tab,
};
use crate::{
    console::session::Kept,
    domain::{EnvironmentId, api::Table, list::Direction},
};

/// A table that is opened as soon as the tables are known.
#[derive(Clone, Debug)]
pub struct Reopening {
    pub name: String,
    kept: Kept,
    pub(super) tab: Tab,
}

impl Reopening {
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), kept: Kept::default(), tab: Tab::Data }
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
        place.reopening = kept.opened.clone().map(|(name, kept)| Reopening { name, kept: *kept, tab: Tab::Data });
        place.tables.keep(kept);
    }
}

impl Place {
    /// Opens what was open before, now that the tables are known.
    pub(super) fn reopen(&mut self, tables: &[Table], hidden: Option<&Hidden>, now: Duration) {
        let Some(Reopening { name, kept, tab }) = self.reopening.take() else { return };
        if let Some(table) = tables.iter().find(|table| table.name == name) {
            let mut open = OpenTable::new(table);
            // The cursor comes back among the columns that are shown.
            open.choose_columns(hidden);
            open.keep(kept, now);
            open.design.show(tab);
            self.open = Some(open);
        }
    }
}

impl OpenTable {
    fn kept(&self) -> Kept {
        let usual = self.order == Order::default();
        Kept {
            filter: self.filter.text().to_owned(),
            order: (!usual).then(|| self.order.column.clone()),
            reversed: !usual && self.order.direction == Direction::Descending,
            left: self.left,
            cursor: self.list.selected().map(str::to_owned),
            column: (self.column != FIRST).then(|| self.column.clone()),
            ..Kept::default()
        }
    }

    fn keep(&mut self, kept: Kept, now: Duration) {
        // A column may be gone since.
        if let Some(column) = kept.order.filter(|column| self.columns.has(column)) {
            let direction = if kept.reversed { Direction::Descending } else { Direction::Ascending };
            self.sort_by(Order { column, direction });
        }
        self.set_filter(kept.filter, None, now);
        if let Some(column) = kept.column.filter(|name| self.columns.shown().any(|column| column.name() == name)) {
            self.column = column;
        }
        self.left = kept.left.min(self.columns.shown().count().saturating_sub(1));
        if let Some(id) = kept.cursor {
            self.list.await_row(id);
        }
    }
}
