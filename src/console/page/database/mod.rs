//! The Database page: the tables of the selected environment, the rows of one, one row whole.
//!
//! | File | Idea |
//! |---|---|
//! | `commands` | what can be asked for here |
//! | `tables` | the list of tables |
//! | `table_form` | the form that creates one |
//! | `rows`, `rows_view` | an open table: what is asked for; its rows on the screen |
//! | `query` | sorting, as the server is asked for it |
//! | `columns`, `cell` | which columns there are and how wide; one value on one line |
//! | `record` | a row opened whole |
//! | `outcome` | what becomes of calls that were made here |
//! | `mouse` | what a click on a list means |
//! | `curl` | the same requests for an app |
//! | [`filter`], `row_filter` | the language of filters; the filter of an open table |
//! | `row_commands` | what can be asked for in an open table |
//! | `row_form`, `row_input` | the form of a row; a column as one of its fields |
//! | `draft`, `row_text` | a row in an editor: what is wrong with it; as JSON and back |
//! | `deletion` | rows deleted, and put back for a while |
//! | `cell_view`, `highlight` | a cell opened whole; JSON in the colours of its tokens |
//! | `column_choice` | which columns are shown |
//! | `kept` | what the session keeps, and a table that is opened once it is known |

mod cell;
mod cell_view;
mod column_choice;
mod columns;
mod commands;
mod curl;
mod deletion;
mod draft;
mod filter;
pub mod highlight;
mod kept;
mod mouse;
mod outcome;
mod query;
mod record;
mod row_commands;
mod row_filter;
mod row_form;
mod row_input;
mod row_text;
mod rows;
mod rows_view;
mod table_form;
mod tables;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::commands::COMMANDS;
use self::{deletion::Undo, kept::Reopening, query::Order, record::OpenRecord, rows::OpenTable, tables::TableList};
use super::{
    Click, FilterAid, Page, PageId, absence,
    list::{Item as _, Parts},
};
use crate::{
    client,
    console::{
        call::{Call, Reply},
        command::Command,
        effect::{Effect, Ticket},
        motion::Motion,
        remote::{PerEnvironment, Remote},
        session::Kept,
        shell::Shell,
        task::Export,
        toast::Tone,
    },
    domain::{
        EnvironmentId, Status, TableId,
        api::{Event, Table},
        list::Direction,
    },
};

/// The numbers of rows in the list are read again this often while rows are being written.
const BETWEEN_COUNTS: Duration = Duration::from_secs(1);

/// The commands of an open table, which have their keys while it is shown.
pub const INNER: &[(PageId, &str, &[Command])] =
    &[(PageId::Database, "Database: the rows of a table", row_commands::COMMANDS)];

#[derive(Debug, Default)]
pub struct Database {
    places: PerEnvironment<Place>,
    /// The environment that was shown last.
    shown: Option<EnvironmentId>,
    undo: Option<Undo>,
}

/// Where one was in an environment.
#[derive(Debug, Default)]
struct Place {
    tables: TableList,
    open: Option<OpenTable>,
    /// A table that is to be opened, but is not known yet.
    reopening: Option<Reopening>,
    /// Rows were written: when the list, which counts them, is read again.
    count_at: Option<Duration>,
}

/// The fields of an exported table.
const EXPORTED: [&str; 9] =
    ["id", "name", "displayName", "description", "rows", "bytes", "schema", "createdAt", "updatedAt"];

/// What the page shows.
#[derive(Debug)]
pub enum Showing<'a> {
    /// With the table under the cursor.
    Tables(Option<&'a Table>),
    Rows(&'a OpenTable),
    Record(&'a OpenTable, &'a OpenRecord),
}

impl Database {
    pub fn showing<'a>(&'a self, shell: &'a Shell) -> Showing<'a> {
        let place = shell.selected().and_then(|environment| self.places.get(&environment.id));
        match place.and_then(|place| place.open.as_ref()) {
            Some(open) => match &open.record {
                Some(record) => Showing::Record(open, record),
                None => Showing::Rows(open),
            },
            None => Showing::Tables(place.and_then(|place| table(shell, place.tables.selected()?))),
        }
    }

    /// Opens the table of that name, if the selected environment has it.
    pub fn open_table_named(&mut self, shell: &Shell, name: &str) {
        let Some(environment) = shell.selected() else { return };
        let tables = shell.tables.get(&environment.id).and_then(Remote::value);
        if let Some(table) = tables.and_then(|tables| tables.iter().find(|table| table.name == name)) {
            self.places.entry(&environment.id).open = Some(OpenTable::new(table));
        }
    }

    /// Opens the table, or the row, under the cursor.
    pub fn open(&mut self, shell: &Shell) {
        let Some(place) = shell.selected().map(|environment| self.places.entry(&environment.id)) else { return };
        if let Some(open) = &mut place.open {
            open.open_record();
        } else {
            let found = place.tables.selected().and_then(|id| table(shell, id));
            place.open = found.map(OpenTable::new);
        }
    }

    /// Marks the row under the cursor and goes on to the next. Returns whether one may be marked.
    fn mark(&mut self, shell: &Shell) -> bool {
        let Some(open) = self.open_table(shell) else { return true };
        let marked = open.mark();
        open.move_by(Motion::Lines(1), height(shell));
        marked
    }

    /// The table of that name, if it is open in that environment.
    fn opened(&mut self, environment: &EnvironmentId, table: &str) -> Option<&mut OpenTable> {
        let open = self.places.get_mut(environment)?.open.as_mut();
        open.filter(|open| open.name == table)
    }

    /// Rows of the open table are known to be gone.
    fn remove(&mut self, shell: &Shell, environment: &EnvironmentId, ids: &[String]) {
        if let Some(open) = self.places.get_mut(environment).and_then(|place| place.open.as_mut()) {
            open.record.take_if(|record| record.content().id().is_some_and(|id| ids.iter().any(|other| other == id)));
            open.remove(ids, height(shell));
        }
    }

    fn place(&mut self, shell: &Shell) -> Option<&mut Place> {
        shell.selected().map(|environment| self.places.entry(&environment.id))
    }

    fn open_table(&mut self, shell: &Shell) -> Option<&mut OpenTable> {
        self.place(shell)?.open.as_mut()
    }

    /// What is out of sight keeps its place, and little of what was read for it.
    fn leave(&mut self, shell: &Shell, now_shown: &EnvironmentId) {
        if self.shown.as_ref() == Some(now_shown) {
            return;
        }
        let left = self.shown.replace(now_shown.clone());
        if let Some(open) = left.and_then(|left| self.places.get_mut(&left)?.open.as_mut()) {
            open.list.rest(height(shell));
        }
        self.places.retain(|id| shell.environments.get(id).is_some());
    }

    /// Rows of a table were written: it is read again if it is open, and so is their number.
    fn written(&mut self, shell: &mut Shell, environment: &EnvironmentId, name: &str) {
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

    fn table_deleted(&mut self, shell: &mut Shell, deleted: &Table) {
        let Some(place) = self.places.get_mut(&deleted.environment_id) else { return };
        if place.open.take_if(|open| open.id == deleted.id).is_some() {
            let text = format!("the table {} was deleted", deleted.name);
            shell.say(Tone::Warning, Some(&deleted.environment_id), text);
        }
    }
}

impl Page for Database {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn keymap(&self, shell: &Shell) -> &'static [Command] {
        match self.showing(shell) {
            Showing::Tables(_) => COMMANDS,
            Showing::Rows(_) | Showing::Record(..) => row_commands::COMMANDS,
        }
    }

    fn count(&self, shell: &Shell) -> Option<u64> {
        shell.selected().map(|environment| environment.usage.tables)
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        let Some(environment) = shell.selected().cloned() else { return Vec::new() };
        let id = environment.id;
        self.leave(shell, &id);
        let now = shell.now.uptime;
        if self.places.entry(&id).count_at.take_if(|at| *at <= now).is_some() {
            shell.tables.entry(&id).outdate();
        }
        let mut effects = Vec::new();
        if environment.status == Status::Active {
            effects.extend(shell.want_tables(&id));
            effects.extend(shell.want_keys(&id));
        }
        let parts = Parts::here(shell, 0);
        let height = usize::from(parts.rows.height);
        let place = self.places.entry(&id);
        if let Some(tables) = shell.tables.get(&id).and_then(Remote::value) {
            place.tables.derive(tables, height);
            place.reopen(tables, now);
        }
        if let Some(open) = &mut place.open {
            if let Some(table) = table(shell, &open.id) {
                open.renew(table);
            }
            if !shell.filtering {
                open.settle_filter();
            }
            open.choose_columns(shell.hidden_columns.get(&id));
            open.list.fit(height);
            if let Some(record) = &mut open.record {
                record.fit(parts.rows);
            }
            if environment.status == Status::Active {
                effects.extend(open.want(shell, &id, height));
            }
        }
        effects
    }

    fn outdated(&mut self, shell: &mut Shell) -> Vec<Effect> {
        if let Some(open) = self.open_table(shell) {
            open.list.outdate();
        }
        Vec::new()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        let parts = Parts::here(shell, 0);
        let height = usize::from(parts.rows.height);
        if let Some(place) = self.place(shell) {
            match &mut place.open {
                Some(OpenTable { record: Some(record), .. }) => record.move_by(motion, parts.rows),
                Some(open) => open.move_by(motion, height),
                None => place.tables.move_by(motion, height),
            }
        }
        Vec::new()
    }

    fn sideways(&mut self, shell: &mut Shell, steps: isize) -> bool {
        let width = rows_view::columns_area(Parts::here(shell, 0).heading).width;
        let Some(open) = self.open_table(shell).filter(|open| open.record.is_none()) else { return false };
        open.step(steps, width)
    }

    /// From one row that is open whole to the next.
    fn turn(&mut self, shell: &mut Shell, steps: isize) -> Vec<Effect> {
        let height = height(shell);
        if let Some(open) = self.open_table(shell).filter(|open| open.record.is_some()) {
            open.move_by(Motion::Lines(steps), height);
            if open.list.row().is_some() {
                open.open_record();
            }
        }
        Vec::new()
    }

    fn back(&mut self, shell: &mut Shell) -> bool {
        let Some(place) = self.place(shell) else { return false };
        match &mut place.open {
            Some(open) if open.record.is_some() => open.record = None,
            Some(open) if !open.marked.is_empty() => open.marked.clear(),
            Some(_) => place.open = None,
            None => return place.reopening.take().is_some(),
        }
        true
    }

    fn opened(&self, shell: &Shell) -> Option<&str> {
        let place = self.places.get(&shell.selected()?.id)?;
        let opening = place.reopening.as_ref().map(|reopening| reopening.name.as_str());
        opening.or_else(|| place.open.as_ref().map(|open| open.name.as_str()))
    }

    fn open_named(&mut self, shell: &Shell, name: Option<&str>) {
        let Some(place) = self.place(shell) else { return };
        let is_open = place.open.as_ref().is_some_and(|open| Some(open.name.as_str()) == name);
        if !is_open {
            place.open = None;
            place.reopening = name.map(Reopening::named);
        }
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let environment = &shell.selected()?.id;
        let place = self.places.get(environment)?;
        if let Some(open) = &place.open {
            return Some(open.export(environment));
        }
        let shown = place.tables.listed().filter_map(|id| table(shell, id));
        (!place.tables.is_empty()).then(|| Export::known("tables", Some(environment), &EXPORTED, shown))
    }

    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        self.kept_of(environment?)
    }

    fn keep(&mut self, environment: Option<&EnvironmentId>, kept: Kept) {
        if let Some(environment) = environment {
            self.keep_for(environment, kept);
        }
    }

    fn is_inside(&self, shell: &Shell) -> bool {
        !matches!(self.showing(shell), Showing::Tables(_))
    }

    fn is_wide(&self, shell: &Shell) -> bool {
        let Showing::Rows(open) = self.showing(shell) else { return false };
        let width = rows_view::columns_area(Parts::here(shell, 0).heading).width;
        open.left > 0 || open.columns.line(width, open.left).hidden > 0
    }

    fn is_sorted(&self, shell: &Shell) -> bool {
        !matches!(self.showing(shell), Showing::Record(..))
    }

    fn filter(&self, shell: &Shell) -> String {
        let place = shell.selected().and_then(|environment| self.places.get(&environment.id));
        match place {
            // `esc` goes back to the rows before it clears their filter.
            Some(Place { open: Some(OpenTable { record: Some(_), .. }), .. }) | None => String::new(),
            Some(Place { open: Some(open), .. }) => open.filter.text().to_owned(),
            Some(place) => place.tables.filter.clone(),
        }
    }

    fn filter_aid(&self, shell: &Shell) -> FilterAid {
        match self.showing(shell) {
            Showing::Rows(open) => open.filter.aid(&open.columns, &shell.theme),
            Showing::Tables(_) | Showing::Record(..) => FilterAid::default(),
        }
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        let now = shell.now.uptime;
        if let Some(place) = self.place(shell) {
            match &mut place.open {
                Some(open) => {
                    open.record = None;
                    open.set_filter(text, shell.filtering, now);
                }
                None => place.tables.filter = text,
            }
        }
        Vec::new()
    }

    fn sort(&mut self, shell: &mut Shell, turn_round: bool) -> Vec<Effect> {
        let width = rows_view::columns_area(Parts::here(shell, 0).heading).width;
        let Some(place) = self.place(shell) else { return Vec::new() };
        match &mut place.open {
            Some(open) if open.record.is_some() => {}
            Some(open) => {
                let mut order = open.order.clone();
                if turn_round {
                    order.turn_round();
                } else {
                    let column = open.columns.after(&order.column).to_owned();
                    open.go_to_column(column.clone(), width);
                    order = Order { column, direction: Direction::Ascending };
                }
                open.sort_by(order);
            }
            None => place.tables.sort(turn_round),
        }
        Vec::new()
    }

    fn answer(
        &mut self,
        shell: &mut Shell,
        ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect> {
        outcome::answer(self, shell, ticket, call, result);
        Vec::new()
    }

    fn event(&mut self, shell: &mut Shell, event: &Event) -> Vec<Effect> {
        match event {
            Event::Data(change) => self.written(shell, &change.environment_id, &change.table),
            Event::TableDeleted(table) => self.table_deleted(shell, table),
            Event::EnvironmentDeleted(environment) => self.places.remove(&environment.id),
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = Parts::of(area, 0);
        match self.place(shell) {
            Some(Place { open: Some(open), .. }) if open.record.is_none() => mouse::rows(open, parts, position),
            Some(Place { open: None, tables, .. }) => mouse::tables(tables, parts, position),
            _ => Click::Nothing,
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let parts = Parts::of(area, 0);
        let Some(environment) = shell.selected() else {
            absence::without_environment(shell, area, buffer);
            return;
        };
        match self.showing(shell) {
            Showing::Rows(open) => {
                let table = table(shell, &open.id);
                rows_view::title(open, shell, table, parts.title, buffer);
                rows_view::heading(open, shell, parts.heading, buffer);
                rows_view::rows(open, shell, table, parts.rows, buffer);
            }
            Showing::Record(open, record) => {
                rows_view::record_title(open, shell, parts.rows, parts.title, buffer);
                record.view(shell, parts.rows, buffer);
            }
            Showing::Tables(_) => {
                let first = TableList::default();
                let list = self.places.get(&environment.id).map_or(&first, |place| &place.tables);
                let known = shell.tables.get(&environment.id);
                tables::view(list, shell, environment, known, &parts, buffer);
            }
        }
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        let now = shell.now.uptime;
        let environment = shell.selected()?;
        let tables = shell.tables.get(&environment.id).and_then(Remote::awaited_since);
        let said = absence::next_change(tables, now);
        let place = self.places.get(&environment.id);
        let rows = place.and_then(|place| place.open.as_ref()?.list.next_change(now));
        let counted = place.and_then(|place| place.count_at);
        let undo = self.undo.as_ref().and_then(|undo| undo.ends(now));
        [said, rows, counted, undo].into_iter().flatten().min()
    }
}

/// Rows of a list that are visible.
fn height(shell: &Shell) -> usize {
    Parts::here(shell, 0).height()
}

fn table<'a>(shell: &'a Shell, id: &TableId) -> Option<&'a Table> {
    let environment = shell.selected()?;
    shell.tables.get(&environment.id)?.value()?.iter().find(|table| table.id == *id)
}
