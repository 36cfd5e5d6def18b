//! The open table: on the tab where it was left, and not left without its changes.

use std::collections::HashMap;

use super::{
    BETWEEN_COUNTS, Database, design,
    record::OpenRecord,
    rows::OpenTable,
    tab::{self, Tab},
    table,
};
use crate::{
    console::{
        effect::Ticket,
        motion::Motion,
        page::{Page as _, list::Item as _},
        remote::Remote,
        shell::Shell,
        toast::Tone,
    },
    domain::{EnvironmentId, TableId, api::Table},
};

/// What the page shows.
#[derive(Debug)]
pub enum Showing<'a> {
    /// With the table under the cursor.
    Tables(Option<&'a Table>),
    Rows(&'a OpenTable),
    Record(&'a OpenTable, &'a OpenRecord),
    /// One of the tabs beside the rows.
    Design(&'a OpenTable, &'a Table),
}

impl Database {
    pub fn showing<'a>(&'a self, shell: &'a Shell) -> Showing<'a> {
        let place = shell.selected().and_then(|environment| self.places.get(&environment.id));
        match place.and_then(|place| place.open.as_ref()) {
            Some(open) => match (&open.record, table(shell, &open.id).filter(|_| open.is_aside())) {
                (_, Some(table)) => Showing::Design(open, table),
                (Some(record), None) => Showing::Record(open, record),
                (None, None) => Showing::Rows(open),
            },
            None => Showing::Tables(place.and_then(|place| table(shell, place.tables.selected()?))),
        }
    }

    /// Opens the table, or the row, under the cursor.
    pub fn open(&mut self, shell: &Shell) {
        let Some(place) = self.place(shell) else { return };
        if let Some(open) = &mut place.open {
            open.open_record();
            return;
        }
        let tabs = &place.tabs;
        place.open = place.tables.selected().and_then(|id| table(shell, id)).map(|table| opening(table, tabs));
    }

    /// Opens the rows of the table of that name, if the selected environment has it. One that is open
    /// with changes that are not saved stays.
    pub fn open_table_named(&mut self, shell: &Shell, name: &str) {
        let Some(environment) = shell.selected() else { return };
        let tables = shell.tables.get(&environment.id).and_then(Remote::value);
        let found = tables.and_then(|tables| tables.iter().find(|table| table.name == name));
        let place = self.places.entry(&environment.id);
        let is_unsaved = place.open.as_ref().is_some_and(|open| open.design.unsaved().is_some());
        if let Some(table) = found.filter(|_| !is_unsaved) {
            place.open = Some(OpenTable::new(table));
        }
    }

    /// Opens the table of that name on a tab of it, as soon as it is known. Returns whether the page goes there.
    pub fn open_at(&mut self, shell: &mut Shell, name: &str, tab: Tab) -> bool {
        if !self.open_named(shell, Some(name)) {
            return false;
        }
        let Some(place) = self.place(shell) else { return true };
        if let Some(reopening) = &mut place.reopening {
            reopening.tab = tab;
        } else if let Some(open) = place.open.as_mut().filter(|open| open.name == name) {
            open.design.show(tab);
        }
        true
    }

    /// Marks the row under the cursor and goes on to the next. Returns whether one may be marked.
    pub(super) fn mark(&mut self, shell: &Shell) -> bool {
        let Some(open) = self.open_table(shell) else { return true };
        let marked = open.mark();
        open.move_by(Motion::Lines(1), tab::parts_here(shell).height());
        marked
    }

    /// The table of that name, if it is open in that environment.
    pub(super) fn opened(&mut self, environment: &EnvironmentId, table: &str) -> Option<&mut OpenTable> {
        let open = self.places.get_mut(environment)?.open.as_mut();
        open.filter(|open| open.name == table)
    }

    /// Rows of the open table are known to be gone.
    pub(super) fn remove(&mut self, shell: &Shell, environment: &EnvironmentId, ids: &[String]) {
        if let Some(open) = self.places.get_mut(environment).and_then(|place| place.open.as_mut()) {
            open.record.take_if(|record| record.content().id().is_some_and(|id| ids.iter().any(|other| other == id)));
            open.remove(ids, tab::parts_here(shell).height());
        }
    }

    /// The open table with what the server says of it.
    pub(super) fn shown_table<'a>(&'a self, shell: &'a Shell) -> Option<(&'a OpenTable, &'a Table)> {
        let open = self.places.get(&shell.selected()?.id)?.open.as_ref()?;
        Some((open, table(shell, &open.id)?))
    }

    /// The open table while one of the tabs beside its rows is shown.
    pub(super) fn open_design(&mut self, shell: &Shell) -> Option<&mut OpenTable> {
        self.open_table(shell).filter(|open| open.is_aside())
    }

    /// Goes back a step: out of versions, or to the tables; what is not saved is asked about.
    pub(super) fn leave_table(&mut self, shell: &mut Shell) {
        let Some(open) = self.open_table(shell) else { return };
        if open.is_aside() && open.design.back() {
            return;
        }
        if open.design.unsaved().is_some() {
            design::ask_before_leaving(open, shell);
        } else {
            self.close_table(shell);
        }
    }

    /// What was changed in tables that are open in any environment, and not saved.
    pub fn unsaved(&self, shell: &Shell) -> Vec<String> {
        let environments = shell.environments.entries().iter().map(|entry| &entry.environment);
        let unsaved = environments.filter_map(|environment| {
            let open = self.places.get(&environment.id)?.open.as_ref()?;
            open.design.unsaved().map(|_| format!("the permissions of {} in {}", open.name, environment.name))
        });
        unsaved.collect()
    }

    /// Goes back to the tables, whatever was not saved.
    pub(super) fn close_table(&mut self, shell: &Shell) {
        let Some(place) = self.place(shell) else { return };
        if let Some(open) = place.open.take() {
            place.tabs.insert(open.id, open.design.tab);
        }
    }

    /// So many rows more, or fewer, are in a table, by what was done here. The number is there at once, beside
    /// what a filter lets pass, and read again like after any other write. A table that the server told of
    /// since it was asked may have them counted already.
    pub(super) fn count(
        &mut self,
        shell: &mut Shell,
        ticket: &Ticket,
        (environment, name): (&EnvironmentId, &str),
        change: i64,
    ) {
        let tables = shell.tables.get_mut(environment).and_then(Remote::value_mut);
        let table = tables.and_then(|tables| tables.iter_mut().find(|table| table.name == name));
        if let Some(table) = table.filter(|table| Some(table.revision) == ticket.revision) {
            table.rows = table.rows.saturating_add_signed(change);
        }
        self.written(shell, environment, name);
    }

    /// Rows of a table were written: it is read again if it is open, and so is their number.
    pub(super) fn written(&mut self, shell: &mut Shell, environment: &EnvironmentId, name: &str) {
        if let Some(open) = self.places.get_mut(environment).and_then(|place| place.open.as_mut())
            && open.name == name
        {
            open.list.change();
        }
        if shell.selected().is_some_and(|selected| selected.id == *environment) {
            let at = shell.now.uptime + BETWEEN_COUNTS;
            self.places.entry(environment).count_at.get_or_insert(at);
        } else if let Some(tables) = shell.tables.get_mut(environment) {
            // Nobody looks at it: it is read again when somebody does.
            tables.outdate();
        }
    }

    pub(super) fn table_deleted(&mut self, shell: &mut Shell, deleted: &Table) {
        let Some(place) = self.places.get_mut(&deleted.environment_id) else { return };
        place.tabs.remove(&deleted.id);
        if place.open.take_if(|open| open.id == deleted.id).is_some() {
            let text = format!("the table {} was deleted", deleted.name);
            shell.say(Tone::Warning, Some(&deleted.environment_id), text);
        }
    }

    /// The table was changed by whomever: what was read of its versions is old.
    pub(super) fn redesigned(&mut self, table: &Table) {
        let open = self.places.get_mut(&table.environment_id).and_then(|place| place.open.as_mut());
        if let Some(open) = open.filter(|open| open.id == table.id) {
            open.design.outdate();
        }
    }
}

/// The table on the tab where it was left.
fn opening(table: &Table, tabs: &HashMap<TableId, Tab>) -> OpenTable {
    let mut open = OpenTable::new(table);
    open.design.show(tabs.get(&table.id).copied().unwrap_or_default());
    open
}
