//! The Environments page: the list, and what is to be known of the selected one.
//!
//! The row under the cursor and the selected tab are one thing: the page keeps no cursor of its
//! own, it moves the shell's selection.
//!
//! | File | Idea |
//! |---|---|
//! | `commands` | what can be asked for here |
//! | `order` | sorting and filtering |
//! | `outcome` | what becomes of creations, deletions, retries and proofs |
//! | `list` | the table |
//! | `detail` | the pane below it |

mod commands;
mod detail;
mod list;
mod order;
mod outcome;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::commands::COMMANDS;
use self::{
    order::{Column, Order},
    outcome::Expected,
};
use super::{Click, Page};
use crate::{
    client,
    console::{
        call::{Call, Reply},
        command::Command,
        effect::{Effect, Ticket},
        layout::Layout,
        motion::{Motion, window},
        session::Kept,
        shell::Shell,
        task::Export,
        view::frame::rule,
    },
    domain::{EnvironmentId, api::Event},
};

/// The fields of an exported environment.
const EXPORTED: [&str; 9] = ["id", "name", "type", "status", "reason", "protected", "createdAt", "updatedAt", "usage"];

#[derive(Debug, Default)]
pub struct Environments {
    filter: String,
    order: Order,
    /// What is listed, in its order; derived from the catalog, filter and order.
    rows: Vec<EnvironmentId>,
    /// Columns of the longest name among all, so that filtering moves no column.
    longest: u16,
    /// The first row that is visible.
    first: usize,
    /// What `rows` was derived from.
    derived_from: Option<(u64, String, Order)>,
    expected: Expected,
}

/// The parts of the page.
#[derive(Clone, Copy, Debug)]
struct Parts {
    title: Rect,
    heading: Rect,
    rows: Rect,
    /// The pane below, with the line above it; absent on a low screen.
    detail: Option<(u16, Rect)>,
}

impl Parts {
    fn of(area: Rect) -> Self {
        let wanted = detail::HEIGHT + 1;
        // The list keeps at least six rows.
        let detail_height = if area.height >= wanted + 8 { wanted } else { 0 };
        let list = Rect { height: area.height - detail_height, ..area };
        let line = |y: u16| Rect { y: list.y + y, height: list.height.saturating_sub(y).min(1), ..list };
        let rows = Rect { y: list.y + 2.min(list.height), height: list.height.saturating_sub(2), ..list };
        let detail = (detail_height > 0).then(|| {
            let y = list.bottom();
            (y, Rect { y: y + 1, height: detail_height - 1, ..area })
        });
        Self { title: line(0), heading: line(1), rows, detail }
    }
}

impl Environments {
    fn page_height(shell: &Shell) -> usize {
        Layout::of(shell.area).map_or(1, |layout| usize::from(Parts::of(layout.main).rows.height))
    }

    /// Where the selected environment is in the list; nowhere when the filter hides it.
    fn position(&self, shell: &Shell) -> Option<usize> {
        let id = &shell.selected()?.id;
        self.rows.iter().position(|row| row == id)
    }

    /// Derives the rows again if anything they depend on changed.
    fn derive(&mut self, shell: &Shell) {
        let revision = shell.environments.revision();
        let current = self
            .derived_from
            .as_ref()
            .is_some_and(|(r, filter, order)| (*r, filter, *order) == (revision, &self.filter, self.order));
        if !current {
            self.longest = list::longest(&shell.environments);
            self.rows = order::rows(&shell.environments, &self.filter, self.order);
            self.derived_from = Some((revision, self.filter.clone(), self.order));
        }
        let page = Self::page_height(shell);
        let position = self.position(shell).unwrap_or_else(|| self.first.min(self.rows.len().saturating_sub(1)));
        self.first = window(self.first, position, self.rows.len(), page);
    }

    fn select_row(&self, shell: &mut Shell, row: usize) {
        if let Some(id) = self.rows.get(row) {
            shell.environments.select(id);
            shell.moved();
        }
    }
}

impl Page for Environments {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn count(&self, _shell: &Shell) -> Option<u64> {
        None
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        self.derive(shell);
        let selected = shell.selected_id();
        selected.and_then(|id| shell.want_keys(&id)).into_iter().collect()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        let page = Self::page_height(shell);
        let row = match self.position(shell) {
            Some(position) => motion.apply(position, self.rows.len(), page),
            // The selection is hidden by the filter: the first movement comes to the list.
            None => 0,
        };
        self.select_row(shell, row);
        self.derive(shell);
        Vec::new()
    }

    fn filter(&self, _shell: &Shell) -> String {
        self.filter.clone()
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        self.filter = text;
        self.derive(shell);
        if !self.filter.is_empty() && self.position(shell).is_none() {
            self.select_row(shell, 0);
        }
        Vec::new()
    }

    fn sort(&mut self, shell: &mut Shell, turn_round: bool) -> Vec<Effect> {
        if turn_round {
            self.order.reversed = !self.order.reversed;
        } else {
            self.order = self.order.next();
        }
        self.derive(shell);
        Vec::new()
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let shown = self.rows.iter().filter_map(|id| shell.environments.get(id)).map(|entry| &entry.environment);
        (!self.rows.is_empty()).then(|| Export::known("environments", None, &EXPORTED, shown))
    }

    /// The list is one for all environments.
    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        let order = (self.order.column != Column::Tab).then(|| self.order.column.title().to_owned());
        let kept = Kept { filter: self.filter.clone(), order, reversed: self.order.reversed, ..Kept::default() };
        environment.is_none().then_some(kept)
    }

    fn keep(&mut self, _environment: Option<&EnvironmentId>, kept: Kept) {
        let column = Column::ALL.into_iter().find(|column| Some(column.title()) == kept.order.as_deref());
        self.order = Order { column: column.unwrap_or_default(), reversed: kept.reversed };
        self.filter = kept.filter;
    }

    fn answer(
        &mut self,
        shell: &mut Shell,
        _ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect> {
        let effects = self.expected.answer(shell, call, result);
        self.derive(shell);
        if !self.filter.is_empty() && self.position(shell).is_none() {
            // What was just created or retried has to be seen.
            self.filter.clear();
            self.derive(shell);
        }
        effects
    }

    fn event(&mut self, shell: &mut Shell, event: &Event) -> Vec<Effect> {
        self.expected.event(shell, event)
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = Parts::of(area);
        if list::button(parts.title).contains(position) {
            return Click::Command("environment-create");
        }
        if parts.heading.contains(position) {
            if let Some(column) = list::column_at(self, parts.heading, position.x) {
                self.order = self.order.by(column);
                self.derive(shell);
            }
            return Click::Nothing;
        }
        if parts.rows.contains(position) {
            let row = self.first + usize::from(position.y - parts.rows.y);
            let again = self.position(shell) == Some(row);
            if again {
                return Click::Command("environment-open");
            }
            self.select_row(shell, row);
            return Click::Nothing;
        }
        match parts.detail {
            Some((_, pane)) if detail::connect_line(pane).contains(position) => Click::Command("connect"),
            _ => Click::Nothing,
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let parts = Parts::of(area);
        list::title(self, shell, parts.title, buffer);
        list::heading(self, parts.heading, &shell.theme, buffer);
        list::rows(self, shell, parts.rows, buffer);
        if let (Some((line, pane)), Some(entry)) = (parts.detail, shell.environments.selected()) {
            rule(shell, area, line, entry.environment.name.as_str(), buffer);
            detail::view(shell, entry, pane, buffer);
        }
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        self.expected.next_change(shell)
    }
}
