//! The Overview page: the environments of the project side by side.
//!
//! | File | Idea |
//! |---|---|
//! | `commands` | what can be asked for here |
//! | `figures` | what the server has counted, and when it is asked again |
//! | `columns` | one column for each environment, as many as fit |
//! | `lines` | which lines there is room for |
//! | `view`, `isolation` | the lines on the screen |
//! | `export` | the same as rows of a list |

mod columns;
mod commands;
mod export;
mod figures;
mod isolation;
mod lines;
mod view;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use self::{columns::Columns, figures::Figures, lines::Line};
pub use commands::COMMANDS;

use super::{Click, Page, absence, title::Button};
use crate::{
    client,
    console::{
        call::{Call, ProjectCall, Reply},
        command::Command,
        effect::{Effect, Ticket},
        layout::Layout,
        motion::{Motion, window},
        session::Kept,
        shell::Shell,
        spinner, stream,
        task::Export,
    },
    domain::{
        EnvironmentId, ProjectId,
        api::{Environment, Event},
    },
};

const BUTTON: Button = Button { text: "Verify All", short: "", command: "overview-verify-all" };

#[derive(Debug, Default)]
pub struct Overview {
    /// What all of this is of.
    project: Option<ProjectId>,
    figures: Figures,
    filter: String,
    /// The environments that are listed, in the order of their tabs.
    listed: Vec<EnvironmentId>,
    /// What `listed` was derived from.
    derived_from: Option<(u64, String)>,
    /// The largest, with its size: the whole length of a bar.
    largest: Option<(u64, EnvironmentId)>,
    /// The first column that is visible.
    first: usize,
}

impl Overview {
    fn columns(&self, area: Rect) -> Columns {
        Columns::of(area, self.listed.len())
    }

    /// Columns that fit on the screen as it is.
    fn page(&self, shell: &Shell) -> usize {
        Layout::of(shell.area).map_or(1, |layout| self.columns(layout.main).shown)
    }

    /// Where the selected environment is in the list; nowhere when the filter hides it.
    fn position(&self, shell: &Shell) -> Option<usize> {
        let selected = shell.environments.selected_position()?;
        // They stand in the order of the tabs.
        self.listed.binary_search_by_key(&Some(selected), |id| shell.environments.position(id)).ok()
    }

    /// Derives the list again if anything that it depends on changed.
    fn derive(&mut self, shell: &Shell) {
        let revision = shell.environments.revision();
        if self.derived_from.as_ref().is_none_or(|(r, filter)| (*r, filter) != (revision, &self.filter)) {
            let words: Vec<_> = self.filter.split_whitespace().map(str::to_lowercase).collect();
            let environments = shell.environments.entries().iter().map(|entry| &entry.environment);
            let matches = |name: &str| words.iter().all(|word| name.contains(word));
            let listed: Vec<_> = environments.filter(|environment| matches(environment.name.as_str())).collect();
            let largest = listed.iter().max_by_key(|environment| environment.usage.bytes);
            self.largest = largest.map(|largest| (largest.usage.bytes, largest.id.clone()));
            self.listed = listed.into_iter().map(|environment| environment.id.clone()).collect();
            self.derived_from = Some((revision, self.filter.clone()));
        }
        let position = self.position(shell).unwrap_or_else(|| self.first.min(self.listed.len().saturating_sub(1)));
        self.first = window(self.first, position, self.listed.len(), self.page(shell));
    }

    /// The size of the largest.
    fn largest(&self) -> u64 {
        self.largest.as_ref().map_or(0, |(bytes, _)| *bytes)
    }

    /// An environment holds another amount, which moves none in the list: only the largest may be another.
    fn weighed(&mut self, environment: &Environment) {
        let bytes = environment.usage.bytes;
        let is_largest = self.largest.as_ref().is_some_and(|(_, largest)| *largest == environment.id);
        if bytes > self.largest() && (is_largest || self.filter.is_empty()) {
            self.largest = Some((bytes, environment.id.clone()));
        } else if bytes > self.largest() || is_largest && bytes < self.largest() {
            self.derived_from = None;
        }
    }

    fn select(&mut self, shell: &mut Shell, column: usize) {
        if let Some(id) = self.listed.get(column) {
            shell.environments.select(id);
            shell.moved();
            self.derive(shell);
        }
    }

    /// The figures of the environment under the cursor.
    fn figures(&self, shell: &Shell) -> Option<&crate::domain::metrics::Metrics> {
        self.figures.of(&shell.selected()?.id)
    }
}

impl Page for Overview {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        let project = shell.project.as_ref().map(|project| project.id.clone());
        if self.project != project {
            let before = std::mem::replace(self, Self { project: project.clone(), ..Self::default() });
            if before.project.is_none() {
                // What the session kept is of the first project that is shown.
                self.filter = before.filter;
            }
        }
        self.derive(shell);
        project.map(|project| self.figures.want(shell, &project)).unwrap_or_default()
    }

    fn outdated(&mut self, _shell: &mut Shell) -> Vec<Effect> {
        self.figures.outdate();
        Vec::new()
    }

    /// Side by side or one after the other, they are one list.
    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        // While the selection moves on, nothing else derives the list.
        self.derive(shell);
        let column = match self.position(shell) {
            Some(position) => motion.apply(position, self.listed.len(), self.page(shell)),
            // The selection is hidden by the filter: the first movement comes to the list.
            None => 0,
        };
        self.select(shell, column);
        Vec::new()
    }

    fn sideways(&mut self, shell: &mut Shell, steps: isize) -> bool {
        self.derive(shell);
        let Some(position) = self.position(shell) else { return false };
        let last = self.listed.len().saturating_sub(1);
        let next = position.saturating_add_signed(steps).min(last);
        if next == position {
            return steps > 0;
        }
        self.select(shell, next);
        true
    }

    fn is_wide(&self, shell: &Shell) -> bool {
        self.listed.len() > self.page(shell)
    }

    fn is_sorted(&self, _shell: &Shell) -> bool {
        false
    }

    fn filter(&self, _shell: &Shell) -> String {
        self.filter.clone()
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        self.filter = text;
        self.derive(shell);
        if !self.filter.is_empty() && self.position(shell).is_none() {
            self.select(shell, 0);
        }
        Vec::new()
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        self.is_exportable(shell).then(|| export::export(self, shell))
    }

    fn is_exportable(&self, _shell: &Shell) -> bool {
        !self.listed.is_empty()
    }

    /// The page is one for all environments, and its place the shell's selection.
    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        environment.is_none().then(|| Kept { filter: self.filter.clone(), ..Kept::default() })
    }

    fn keep(&mut self, _environment: Option<&EnvironmentId>, kept: Kept) {
        self.filter = kept.filter;
    }

    fn answer(
        &mut self,
        shell: &mut Shell,
        ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect> {
        if let Err(error) = &result {
            stream::reading_failed(shell, error);
        }
        let generation = ticket.generation;
        match (call, result) {
            (Call::Project(_, ProjectCall::Metrics), Ok(Reply::Metrics(metrics))) => {
                self.figures.counted(generation, Ok(metrics));
            }
            (Call::Project(_, ProjectCall::Metrics), Err(error)) => {
                self.figures.counted(generation, Err(error.to_string()));
            }
            (Call::Project(_, ProjectCall::Latest), Ok(Reply::Activity(page))) => {
                self.figures.read(generation, Ok(page.items));
            }
            (Call::Project(_, ProjectCall::Latest), Err(error)) => {
                self.figures.read(generation, Err(error.to_string()));
            }
            (_, Ok(_) | Err(_)) => {}
        }
        Vec::new()
    }

    fn event(&mut self, _shell: &mut Shell, event: &Event) -> Vec<Effect> {
        match event {
            Event::Activity(line) if self.project.as_ref() == Some(&line.project_id) => self.figures.happened(line),
            Event::Environment(environment) => self.weighed(environment),
            Event::EnvironmentDeleted(environment) => self.figures.forget(&environment.id),
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        if BUTTON.area(&shell.keymap, Rect { height: area.height.min(1), ..area }).contains(position) {
            return Click::Command("overview-verify-all");
        }
        let lines = lines::lines(usize::from(area.height.saturating_sub(1)));
        let line = position.y.checked_sub(area.y + 1).and_then(|line| lines.get(usize::from(line)));
        if matches!(line, None | Some(Line::Lately | Line::Event(_))) {
            return if line.is_some() { Click::Command("go-activity") } else { Click::Nothing };
        }
        let Some(column) = self.columns(area).under(position).map(|column| self.first + column) else {
            return Click::Nothing;
        };
        match line {
            _ if self.position(shell) != Some(column) => {
                self.select(shell, column);
                Click::Nothing
            }
            Some(Line::Kind(_) | Line::Isolation | Line::Verified) => Click::Command("overview-verify"),
            _ => Click::Command("overview-open"),
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        if shell.environments.is_empty() {
            absence::without_environment(shell, area, buffer);
            return;
        }
        view::view(self, shell, area, buffer);
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        let now = shell.now.uptime;
        let turning = shell.isolation.round().and_then(|_| spinner::next_change(now, shell.clock_runs));
        self.figures.next_change(shell).into_iter().chain(turning).min()
    }
}
