//! The Environments page: the list, and what is to be known of the selected one.
//!
//! The row under the cursor and the selected tab are one thing: the page keeps no cursor of its
//! own, it moves the shell's selection.
//!
//! | File | Idea |
//! |---|---|
//! | `commands` | what can be asked for here |
//! | `outcome` | what becomes of creations, deletions, retries and proofs |
//! | `list` | what a line of the list shows |
//! | `detail` | the pane below it |

mod commands;
mod detail;
mod list;
mod outcome;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::commands::COMMANDS;
use self::{
    list::{EnvironmentList, Field},
    outcome::Expected,
};
use super::{
    Click, Page,
    list::{Hit, Order, Parts},
};
use crate::{
    client,
    console::{
        call::{Call, Reply},
        command::Command,
        effect::{Effect, Ticket},
        motion::Motion,
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
    list: EnvironmentList,
    /// What the rows were derived from: the catalog's revision, filter and order.
    derived_from: Option<(u64, String, Order<Field>)>,
    expected: Expected,
}

impl Environments {
    /// Derives the rows again if anything they depend on changed.
    fn derive(&mut self, shell: &Shell) {
        let height = height(shell);
        let now = (shell.environments.revision(), self.list.filter.clone(), self.list.order());
        if self.derived_from.as_ref() != Some(&now) {
            self.list.derive(shell.environments.entries(), height);
            self.derived_from = Some(now);
        }
        self.list.stand_on(shell.selected().map(|environment| &environment.id), height);
    }

    /// The row under the cursor is the selected environment from now on.
    fn select(&self, shell: &mut Shell) {
        if let Some(id) = self.list.selected() {
            shell.environments.select(id);
            shell.moved();
        }
    }

    /// The selection is hidden by the filter.
    fn is_hidden(&self) -> bool {
        !self.list.filter.is_empty() && self.list.selected().is_none()
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
        // The selection may have moved elsewhere since.
        self.derive(shell);
        self.list.move_by(motion, height(shell));
        self.select(shell);
        Vec::new()
    }

    fn filter(&self, _shell: &Shell) -> String {
        self.list.filter.clone()
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        self.list.filter = text;
        self.derive(shell);
        if self.is_hidden() {
            self.list.move_by(Motion::First, height(shell));
            self.select(shell);
        }
        Vec::new()
    }

    fn sort(&mut self, shell: &mut Shell, turn_round: bool) -> Vec<Effect> {
        self.list.sort(turn_round);
        self.derive(shell);
        Vec::new()
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let shown = self.list.listed().filter_map(|id| shell.environments.get(id)).map(|entry| &entry.environment);
        self.is_exportable(shell).then(|| Export::known("environments", None, &EXPORTED, shown))
    }

    fn is_exportable(&self, _shell: &Shell) -> bool {
        !self.list.is_empty()
    }

    /// The list is one for all environments, and its cursor the shell's selection.
    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        environment.is_none().then(|| Kept { cursor: None, ..self.list.kept() })
    }

    fn keep(&mut self, _environment: Option<&EnvironmentId>, kept: Kept) {
        self.list.keep(kept);
    }

    fn answer(
        &mut self,
        shell: &mut Shell,
        ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect> {
        let awaited = outcome::awaited(shell, ticket, call, &result);
        let effects = self.expected.answer(shell, call, result);
        if let Some(id) = &awaited {
            shell.environments.select(id);
            shell.moved();
        }
        self.derive(shell);
        if awaited.is_some() && self.is_hidden() {
            // It has to be seen.
            self.list.filter.clear();
            self.derive(shell);
        }
        effects
    }

    fn event(&mut self, shell: &mut Shell, event: &Event) -> Vec<Effect> {
        self.expected.event(shell, event)
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = Parts::of(area, detail::HEIGHT);
        if list::BUTTON.area(&shell.keymap, parts.title).contains(position) {
            return Click::Command("environment-create");
        }
        if parts.detail.is_some_and(|(_, pane)| detail::connect_line(pane).contains(position)) {
            return Click::Command("connect");
        }
        self.derive(shell);
        match self.list.click(&parts, position) {
            Hit::Again => return Click::Command("environment-open"),
            Hit::Row => self.select(shell),
            Hit::Sorted => self.derive(shell),
            Hit::Nothing => {}
        }
        Click::Nothing
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let parts = Parts::of(area, detail::HEIGHT);
        list::view(&self.list, shell, &parts, buffer);
        if let (Some((line, pane)), Some(entry)) = (parts.detail, shell.environments.selected()) {
            rule(shell, area, line, entry.environment.name.as_str(), buffer);
            detail::view(shell, entry, pane, buffer);
        }
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        self.expected.next_change(shell)
    }
}

/// Rows of the list that are visible.
fn height(shell: &Shell) -> usize {
    Parts::here(shell, detail::HEIGHT).height()
}
