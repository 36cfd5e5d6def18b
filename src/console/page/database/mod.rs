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
//! | `tab`, `opened` | the tabs of an open table; opening and leaving it |
//! | `design` | the tabs beside its rows: columns, indexes, permissions, calls |
//! | `filter`, `row_filter` | the language of filters; the filter of an open table |
//! | `row_commands` | what can be asked for in an open table |
//! | `row_form`, `row_input` | the form of a row; a column as one of its fields |
//! | `draft`, `row_text` | a row in an editor: what is wrong with it; as JSON and back |
//! | `json` | JSON that a person wrote, and what is wrong with it |
//! | `deletion` | rows deleted, and put back for a while |
//! | `cell_view` | a cell opened whole |
//! | `column_choice` | which columns are shown |
//! | `kept` | what the session keeps, and a table that is opened once it is known |

mod cell;
mod cell_view;
mod column_choice;
mod columns;
mod commands;
mod curl;
mod deletion;
mod design;
mod draft;
mod filter;
mod json;
mod kept;
mod mouse;
mod opened;
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
mod tab;
mod table_form;
mod tables;

use std::{collections::HashMap, time::Duration};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::commands::COMMANDS;
use self::{deletion::Deletions, kept::Reopening, rows::OpenTable, tables::TableList};
pub use self::{opened::Showing, tab::Tab};
use super::{Click, FilterAid, Page, PageId, Told, absence, list::Parts};
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
    },
};

/// The numbers of rows in the list are read again this often while rows are being written.
const BETWEEN_COUNTS: Duration = Duration::from_secs(1);

/// The commands of an open table: of its rows, and of the tabs beside them.
pub const INNER: &[(PageId, &str, &[Command])] = &[
    (PageId::Database, "Database: the rows of a table", row_commands::COMMANDS),
    (PageId::Database, "Database: Schema", design::SCHEMA),
    (PageId::Database, "Database: Indexes", design::INDEXES),
    (PageId::Database, "Database: Permissions", design::PERMISSIONS),
    (PageId::Database, "Database: API", design::CALLS),
];

#[derive(Debug, Default)]
pub struct Database {
    places: PerEnvironment<Place>,
    /// The environment that was shown last.
    shown: Option<EnvironmentId>,
    deletions: Deletions,
}

/// Where one was in an environment.
#[derive(Debug, Default)]
struct Place {
    tables: TableList,
    open: Option<OpenTable>,
    /// A table that is to be opened, but is not known yet.
    reopening: Option<Reopening>,
    /// On which tab each table was left: it opens there again.
    tabs: HashMap<TableId, Tab>,
    /// Rows were written: when the list, which counts them, is read again.
    count_at: Option<Duration>,
}

/// The fields of an exported table.
const EXPORTED: [&str; 9] =
    ["id", "name", "displayName", "description", "rows", "bytes", "schema", "createdAt", "updatedAt"];

impl Database {
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
            open.list.rest(tab::parts_here(shell).height());
        }
        self.places.retain(|id| shell.environments.get(id).is_some());
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
            Showing::Design(open, _) => open.design.keymap().unwrap_or(row_commands::COMMANDS),
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
        let place = self.places.entry(&id);
        if let Some(tables) = shell.tables.get(&id).and_then(Remote::value) {
            place.tables.derive(tables, height(shell));
            place.reopen(tables, shell.hidden_columns.get(&id), now);
        }
        if let Some(open) = &mut place.open {
            if let Some(table) = table(shell, &open.id) {
                open.renew(table);
            }
            if !shell.is_filtering() {
                open.settle_filter();
            }
            open.choose_columns(shell.hidden_columns.get(&id));
            let height = tab::parts_here(shell).height();
            open.list.fit(height);
            if let Some(record) = &mut open.record {
                record.document.fit(Parts::here(shell, 0).rows);
            }
            if environment.status == Status::Active {
                // The calls are written for the row under the cursor.
                if matches!(open.design.tab, Tab::Data | Tab::Api) {
                    effects.extend(open.want(shell, &id, height));
                }
                if let Some(table) = table(shell, &open.id).filter(|_| open.is_aside()).cloned() {
                    effects.extend(open.design.refresh(shell, &id, &table));
                }
            }
        }
        effects
    }

    fn outdated(&mut self, shell: &mut Shell) -> Vec<Effect> {
        if let Some(open) = self.open_table(shell) {
            open.list.outdate();
            open.design.outdate();
        }
        Vec::new()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        if let Some(place) = self.place(shell) {
            match &mut place.open {
                Some(open) if open.is_aside() => open.design.move_by(shell, motion),
                Some(OpenTable { record: Some(record), .. }) => {
                    record.document.move_by(motion, Parts::here(shell, 0).rows);
                }
                Some(open) => open.move_by(motion, tab::parts_here(shell).height()),
                None => place.tables.move_by(motion, height(shell)),
            }
        }
        Vec::new()
    }

    fn sideways(&mut self, shell: &mut Shell, steps: isize) -> bool {
        let width = rows_view::columns_area(Parts::here(shell, 0).heading).width;
        let Some(open) = self.open_table(shell) else { return false };
        if open.is_aside() {
            return open.design.sideways(steps);
        }
        open.record.is_none() && open.step(steps, width)
    }

    /// From one tab of a table to the next; from one row that is open whole to the next.
    fn turn(&mut self, shell: &mut Shell, steps: isize) -> Vec<Effect> {
        let height = tab::parts_here(shell).height();
        match self.open_table(shell) {
            Some(open) if open.record.is_some() && !open.is_aside() => {
                open.move_by(Motion::Lines(steps), height);
                if open.list.row().is_some() {
                    open.open_record();
                }
            }
            Some(open) => open.design.show(open.design.tab.turned(steps)),
            None => {}
        }
        Vec::new()
    }

    fn back(&mut self, shell: &mut Shell) -> bool {
        match self.open_table(shell) {
            Some(open) if open.record.is_some() && !open.is_aside() => open.record = None,
            Some(open) if !open.marked.is_empty() && !open.is_aside() => open.marked.clear(),
            Some(_) => self.leave_table(shell),
            None => return self.place(shell).is_some_and(|place| place.reopening.take().is_some()),
        }
        true
    }

    fn opened(&self, shell: &Shell) -> Option<&str> {
        let place = self.places.get(&shell.selected()?.id)?;
        let opening = place.reopening.as_ref().map(|reopening| reopening.name.as_str());
        opening.or_else(|| place.open.as_ref().map(|open| open.name.as_str()))
    }

    fn stays_open(&self, environment: &EnvironmentId, name: Option<&str>) -> Option<String> {
        let open = self.places.get(environment)?.open.as_ref()?;
        let stays = Some(open.name.as_str()) != name && open.design.unsaved().is_some();
        stays.then(|| format!("{} stays open: its permissions are not saved", open.name))
    }

    fn open_named(&mut self, shell: &mut Shell, name: Option<&str>) -> bool {
        let Some(environment) = shell.selected_id() else { return true };
        if let Some(text) = self.stays_open(&environment, name) {
            shell.say(Tone::Warning, Some(&environment), text);
            return false;
        }
        let place = self.places.entry(&environment);
        if place.open.as_ref().is_none_or(|open| Some(open.name.as_str()) != name) {
            place.open = None;
            place.reopening = name.map(Reopening::named);
        }
        true
    }

    fn document(&self, shell: &Shell) -> Option<String> {
        match self.showing(shell) {
            Showing::Record(_, record) => Some(record.json()),
            Showing::Tables(_) | Showing::Rows(_) | Showing::Design(..) => None,
        }
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let environment = &shell.selected()?.id;
        let place = self.places.get(environment)?;
        if let Some(open) = &place.open {
            // Beside the rows nothing is a list of them.
            return (!open.is_aside()).then(|| open.export(environment));
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
        matches!(self.showing(shell), Showing::Tables(_) | Showing::Rows(_))
    }

    fn is_filterable(&self, shell: &Shell) -> bool {
        match self.showing(shell) {
            Showing::Design(open, _) => open.design.is_filterable(),
            Showing::Tables(_) | Showing::Rows(_) | Showing::Record(..) => true,
        }
    }

    fn filter(&self, shell: &Shell) -> String {
        let place = shell.selected().and_then(|environment| self.places.get(&environment.id));
        match place {
            Some(Place { open: Some(open), .. }) if open.is_aside() => open.design.filter(),
            // `esc` goes back to the rows before it clears their filter.
            Some(Place { open: Some(OpenTable { record: Some(_), .. }), .. }) | None => String::new(),
            Some(Place { open: Some(open), .. }) => open.filter.text().to_owned(),
            Some(place) => place.tables.filter.clone(),
        }
    }

    fn filter_aid(&self, shell: &Shell) -> FilterAid {
        match self.showing(shell) {
            Showing::Rows(open) => {
                let line = shell.filtering.as_ref();
                line.map(|line| open.filter.aid(line, &open.columns, &shell.theme)).unwrap_or_default()
            }
            Showing::Tables(_) | Showing::Record(..) | Showing::Design(..) => FilterAid::default(),
        }
    }

    fn told(&self, shell: &Shell) -> Told {
        match self.showing(shell) {
            Showing::Rows(_) => filter::LANGUAGE,
            Showing::Tables(_) | Showing::Record(..) | Showing::Design(..) => Told::default(),
        }
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        let now = shell.now.uptime;
        if let Some(place) = self.place(shell) {
            match &mut place.open {
                Some(open) if open.is_aside() => open.design.set_filter(text),
                Some(open) => {
                    open.record = None;
                    open.set_filter(text, shell.filtering.as_ref(), now);
                }
                None => place.tables.filter = text,
            }
        }
        Vec::new()
    }

    fn is_unasked(&self, shell: &Shell) -> bool {
        matches!(self.showing(shell), Showing::Rows(open) if open.list.is_unasked(shell.now.uptime))
    }

    fn sort(&mut self, shell: &mut Shell, turn_round: bool) -> Vec<Effect> {
        let width = rows_view::columns_area(Parts::here(shell, 0).heading).width;
        let Some(place) = self.place(shell) else { return Vec::new() };
        match &mut place.open {
            Some(open) if open.record.is_some() || open.is_aside() => {}
            Some(open) => open.sort(turn_round, width),
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
        if let (Call::LookForExport(environment, wanted), Ok(Reply::Done)) = (call, &result) {
            return outcome::found_export(shell, environment, wanted);
        }
        outcome::answer(self, shell, ticket, call, result);
        Vec::new()
    }

    fn event(&mut self, shell: &mut Shell, event: &Event) -> Vec<Effect> {
        match event {
            Event::Data(change) => self.written(shell, &change.environment_id, &change.table),
            Event::Table(table) => self.redesigned(table),
            Event::TableDeleted(table) => self.table_deleted(shell, table),
            Event::EnvironmentDeleted(environment) => self.places.remove(&environment.id),
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        match self.place(shell) {
            Some(Place { open: Some(open), .. }) if open.is_aside() => open.design.click(area, position),
            Some(Place { open: Some(open), .. }) if open.record.is_none() => mouse::rows(open, area, position),
            Some(Place { open: None, tables, .. }) => mouse::tables(tables, shell, Parts::of(area, 0), position),
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
            Showing::Design(open, table) => open.design.view(shell, table, open.list.row(), area, buffer),
            Showing::Rows(open) => {
                let (bar, parts) = tab::parts(area);
                tab::view(Tab::Data, open.design.unsaved(), shell, bar, buffer);
                let table = table(shell, &open.id);
                rows_view::title(open, shell, table, parts.title, buffer);
                rows_view::heading(open, shell, parts.heading, buffer);
                rows_view::rows(open, shell, table, parts.rows, buffer);
            }
            Showing::Record(open, record) => {
                rows_view::record_title(open, shell, parts.rows, parts.title, buffer);
                record.document.view(shell, parts.rows, buffer);
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
        let open = place.and_then(|place| place.open.as_ref());
        let rows = open.and_then(|open| open.list.next_change(now));
        let design = open.and_then(|open| open.design.next_change(now));
        let counted = place.and_then(|place| place.count_at);
        let undo = self.deletions.next_change(now);
        [said, rows, design, counted, undo].into_iter().flatten().min()
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
