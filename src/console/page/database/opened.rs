//! Opening a table, and leaving it: on the tab where it was left, and not without its changes.

use super::{Database, design, rows::OpenTable, tab, table};
use crate::{
    console::{motion::Motion, page::list::Item as _, remote::Remote, shell::Shell},
    domain::{EnvironmentId, api::Table},
};

impl Database {
    /// Opens the table, or the row, under the cursor.
    pub fn open(&mut self, shell: &Shell) {
        let Some(place) = self.place(shell) else { return };
        if let Some(open) = &mut place.open {
            open.open_record();
            return;
        }
        place.open = place.tables.selected().and_then(|id| table(shell, id)).map(OpenTable::new);
        if let Some(open) = &mut place.open {
            open.design.show(place.tabs.get(&open.id).copied().unwrap_or_default());
        }
    }

    /// Opens the rows of the table of that name, if the selected environment has it.
    pub fn open_table_named(&mut self, shell: &Shell, name: &str) {
        let Some(environment) = shell.selected() else { return };
        let tables = shell.tables.get(&environment.id).and_then(Remote::value);
        if let Some(table) = tables.and_then(|tables| tables.iter().find(|table| table.name == name)) {
            self.places.entry(&environment.id).open = Some(OpenTable::new(table));
        }
    }

    /// The table of that name, if it is open in that environment.
    pub(super) fn opened(&mut self, environment: &EnvironmentId, table: &str) -> Option<&mut OpenTable> {
        let open = self.places.get_mut(environment)?.open.as_mut();
        open.filter(|open| open.name == table)
    }

    /// Marks the row under the cursor and goes on to the next. Returns whether one may be marked.
    pub(super) fn mark(&mut self, shell: &Shell) -> bool {
        let Some(open) = self.open_table(shell) else { return true };
        let marked = open.mark();
        open.move_by(Motion::Lines(1), tab::parts_here(shell).height());
        marked
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

    /// Goes back to the tables, whatever was not saved.
    pub(super) fn close_table(&mut self, shell: &Shell) {
        let Some(place) = self.place(shell) else { return };
        if let Some(open) = place.open.take() {
            place.tabs.insert(open.id, open.design.tab);
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
