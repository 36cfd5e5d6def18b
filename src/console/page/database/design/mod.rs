//! An open table beside its rows: columns, indexes, permissions and calls.
//!
//! | File | Idea |
//! |---|---|
//! | `commands`, `permission_commands`, `call_commands` | what can be asked for on each tab |
//! | `listed` | a list of the table's own names and of those of every table |
//! | `schema`, `column_form` | the columns; the form that adds and changes one |
//! | `indexes`, `index_form` | the indexes; the form that adds and changes one |
//! | `versions` | what both were, how they differ from now, and bringing them back |
//! | `words` | columns, indexes and differences in words |
//! | `loss` | what deleting a column would lose, counted before it is asked about |
//! | `matrix`, `matrix_view` | who may do what; the same on the screen |
//! | `calls` | the calls of the data API, with this environment's key |
//! | `request`, `sample` | one call as curl, fetch or axios; values that the table takes |
//! | `outcome` | what becomes of calls that were made here |

mod call_commands;
mod calls;
mod column_form;
mod commands;
mod index_form;
mod indexes;
mod listed;
mod loss;
mod matrix;
mod matrix_view;
mod outcome;
mod permission_commands;
mod request;
mod sample;
mod schema;
mod versions;
mod words;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::{
    call_commands::CALLS,
    commands::{INDEXES, SCHEMA},
    outcome::answer,
    permission_commands::{PERMISSIONS, ask_before_leaving},
};
use self::{calls::Calls, listed::Listed, loss::Loss, matrix::Matrix, versions::Versions};
use super::tab::{self, Tab};
use crate::{
    console::{
        call::{Call, DesignCall},
        command::Command,
        effect::Effect,
        layout::Layout,
        motion::Motion,
        page::{Click, absence, title::Title},
        remote::Remote,
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        api::{Record, Table},
    },
};

/// What is shown of an open table, and where one was in each of its tabs.
#[derive(Debug, Default)]
pub struct Design {
    pub tab: Tab,
    columns: Listed,
    indexes: Listed,
    /// The versions of the columns, or of the indexes, while they are open.
    schema_versions: Option<Versions>,
    index_versions: Option<Versions>,
    matrix: Matrix,
    calls: Calls,
    /// A deletion whose loss is being counted.
    loss: Option<Loss>,
}

/// The parts of a tab.
#[derive(Clone, Copy, Debug)]
struct Parts {
    title: Rect,
    tabs: Rect,
    heading: Rect,
    rows: Rect,
    /// Everything below the bar.
    below: Rect,
    /// The pane below, with the line above it; absent on a low screen.
    detail: Option<(u16, Rect)>,
}

impl Parts {
    fn of(area: Rect, detail: u16) -> Self {
        let from = |y: u16| Rect { y: area.y + y.min(area.height), height: area.height.saturating_sub(y), ..area };
        let line = |y: u16| Rect { height: area.height.saturating_sub(y).min(1), ..from(y) };
        let taken = if detail > 0 && area.height >= detail + 9 { detail + 1 } else { 0 };
        let rows = from(3);
        let rows = Rect { height: rows.height.saturating_sub(taken), ..rows };
        let detail = (taken > 0).then(|| (rows.bottom(), Rect { y: rows.bottom() + 1, height: detail, ..area }));
        Self { title: line(0), tabs: line(1), heading: line(2), rows, below: from(2), detail }
    }
}

fn here(shell: &Shell) -> Rect {
    Layout::of(shell.area).map_or(Rect::ZERO, |layout| layout.main)
}

impl Design {
    /// The keys of the tab that is shown; the rows have the page's own.
    pub fn keymap(&self) -> Option<&'static [Command]> {
        match self.tab {
            Tab::Data => None,
            Tab::Schema => Some(SCHEMA),
            Tab::Indexes => Some(INDEXES),
            Tab::Permissions => Some(PERMISSIONS),
            Tab::Api => Some(CALLS),
        }
    }

    pub fn show(&mut self, tab: Tab) {
        self.loss = None;
        self.tab = tab;
    }

    pub fn unsaved(&self) -> Option<Tab> {
        self.matrix.has_changes().then_some(Tab::Permissions)
    }

    fn versions(&self) -> Option<&Versions> {
        match self.tab {
            Tab::Schema => self.schema_versions.as_ref(),
            Tab::Indexes => self.index_versions.as_ref(),
            Tab::Data | Tab::Permissions | Tab::Api => None,
        }
    }

    fn versions_mut(&mut self) -> Option<&mut Versions> {
        match self.tab {
            Tab::Schema => self.schema_versions.as_mut(),
            Tab::Indexes => self.index_versions.as_mut(),
            Tab::Data | Tab::Permissions | Tab::Api => None,
        }
    }

    fn list(&self) -> Option<&Listed> {
        match self.tab {
            _ if self.versions().is_some() => None,
            Tab::Schema => Some(&self.columns),
            Tab::Indexes => Some(&self.indexes),
            Tab::Data | Tab::Permissions | Tab::Api => None,
        }
    }

    fn list_mut(&mut self) -> Option<&mut Listed> {
        match self.tab {
            _ if self.versions().is_some() => None,
            Tab::Schema => Some(&mut self.columns),
            Tab::Indexes => Some(&mut self.indexes),
            Tab::Data | Tab::Permissions | Tab::Api => None,
        }
    }

    fn parts(&self, area: Rect) -> Parts {
        Parts::of(area, if self.tab == Tab::Schema { schema::DETAIL } else { 0 })
    }

    fn height(&self, shell: &Shell) -> usize {
        usize::from(self.parts(here(shell)).rows.height)
    }

    /// Derives what is shown from the table as it is now, and asks for what it lacks.
    pub fn refresh(&mut self, shell: &mut Shell, environment: &EnvironmentId, table: &Table) -> Vec<Effect> {
        let area = here(shell);
        let parts = self.parts(area);
        let height = usize::from(parts.rows.height);
        match self.tab {
            Tab::Schema => schema::derive(&mut self.columns, table, height),
            Tab::Indexes => indexes::derive(&mut self.indexes, table, height),
            Tab::Data | Tab::Permissions | Tab::Api => {}
        }
        self.matrix.derive(table);
        let is_schema = self.tab == Tab::Schema;
        let Some(versions) = self.versions_mut() else { return Vec::new() };
        versions.derive(table, parts.below);
        versions.want(shell, parts.below, |page| {
            let call = if is_schema { DesignCall::SchemaVersions(page) } else { DesignCall::IndexVersions(page) };
            Call::Design(environment.clone(), table.name.clone(), call)
        })
    }

    /// The table was changed, by whomever: its versions are others now.
    pub fn outdate(&mut self) {
        for versions in [&mut self.schema_versions, &mut self.index_versions].into_iter().flatten() {
            versions.list.outdate();
        }
    }

    pub fn move_by(&mut self, shell: &Shell, motion: Motion) {
        self.loss = None;
        let height = self.height(shell);
        let below = self.parts(here(shell)).below;
        if let Some(versions) = self.versions_mut() {
            versions.move_by(motion, below);
        } else if let Some(list) = self.list_mut() {
            list.move_by(motion, height);
        } else if self.tab == Tab::Permissions {
            self.matrix.move_by(motion);
        } else {
            self.calls.move_by(motion);
        }
    }

    pub fn sideways(&mut self, steps: isize) -> bool {
        self.tab == Tab::Permissions && self.matrix.sideways(steps)
    }

    /// Leaves what was opened inside the tab. Returns whether there was anything to leave.
    pub fn back(&mut self) -> bool {
        self.loss = None;
        if self.versions_mut().is_some_and(Versions::back) {
            return true;
        }
        match self.tab {
            Tab::Schema => self.schema_versions.take().is_some(),
            Tab::Indexes => self.index_versions.take().is_some(),
            Tab::Data | Tab::Permissions | Tab::Api => false,
        }
    }

    pub fn is_filterable(&self) -> bool {
        self.list().is_some()
    }

    pub fn filter(&self) -> String {
        self.list().map(|list| list.filter.clone()).unwrap_or_default()
    }

    pub fn set_filter(&mut self, text: String) {
        if let Some(list) = self.list_mut() {
            list.filter = text;
        }
    }

    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let said = self.versions().and_then(|versions| versions.list.next_change(now));
        said.into_iter().chain(self.calls.next_change(now)).min()
    }

    pub fn click(&mut self, area: Rect, position: Position) -> Click {
        let parts = self.parts(area);
        if parts.tabs.contains(position) {
            if let Some(tab) = Tab::at(parts.tabs, position.x) {
                self.show(tab);
            }
            return Click::Nothing;
        }
        let height = usize::from(parts.rows.height);
        if let Some(versions) = self.versions_mut() {
            versions.click(parts.below, position.y);
            return Click::Nothing;
        }
        match self.tab {
            Tab::Permissions => {
                if let Some(cell) = matrix_view::cell_at(parts.below, position) {
                    let again = self.matrix.cursor() == cell;
                    self.matrix.go_to(cell);
                    return if again { Click::Command("permission-toggle") } else { Click::Nothing };
                }
            }
            Tab::Api => self.calls.click(parts.below, position),
            Tab::Schema if parts.rows.contains(position) => {
                if self.columns.click(position.y - parts.rows.y, height) {
                    return Click::Command("column-edit");
                }
            }
            Tab::Indexes if parts.rows.contains(position) => {
                if self.indexes.click(position.y - parts.rows.y, height) {
                    return Click::Command("index-edit");
                }
            }
            Tab::Data | Tab::Schema | Tab::Indexes => {}
        }
        Click::Nothing
    }

    /// Draws the tab; `row` is the one that is selected among the rows.
    pub fn view(&self, shell: &Shell, table: &Table, row: Option<&Record>, area: Rect, buffer: &mut Buffer) {
        let parts = self.parts(area);
        self.title(shell, table, parts.title, buffer);
        tab::view(self.tab, self.unsaved(), shell, parts.tabs, buffer);
        if let Some(versions) = self.versions() {
            versions.view(shell, parts.below, buffer);
            return;
        }
        match self.tab {
            Tab::Data => {}
            Tab::Schema => schema::view(&self.columns, shell, table, area, &parts, buffer),
            Tab::Indexes => indexes::view(&self.indexes, shell, table, &parts, buffer),
            Tab::Permissions => matrix_view::view(&self.matrix, shell, table, parts.below, buffer),
            Tab::Api => self.calls.view(shell, table, row, parts.below, buffer),
        }
    }

    fn title(&self, shell: &Shell, table: &Table, line: Rect, buffer: &mut Buffer) {
        let known = shell.tables.get(&table.environment_id);
        let counting = self.loss.as_ref().and_then(|loss| loss.note(shell));
        let pages = self.versions().map(|versions| &versions.list.pages);
        let failure = pages.and_then(|pages| pages.failure().filter(|_| pages.total().is_some()));
        let note = counting.or_else(|| {
            let awaited = known.and_then(Remote::awaited_since);
            absence::old(shell, failure.or_else(|| known.and_then(Remote::failure)), awaited)
        });
        let count = match self.tab {
            Tab::Schema if self.versions().is_some() => "versions of the columns".to_owned(),
            Tab::Indexes if self.versions().is_some() => "versions of the indexes".to_owned(),
            Tab::Schema => schema::count(&self.columns, table),
            Tab::Indexes => indexes::count(&self.indexes, table),
            Tab::Permissions if table.permissions.is_none() => "default matrix".to_owned(),
            Tab::Permissions => "its own matrix".to_owned(),
            Tab::Api => format!("{}/v1/data/{}", shell.url, table.name),
            Tab::Data => String::new(),
        };
        Title { name: &table.name, count, filter: &self.filter(), note, button: None }.view(shell, line, buffer);
    }
}
