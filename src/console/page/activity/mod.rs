//! The Activity page: who did what, newest first, in the whole project or in one environment.
//!
//! | File | Idea |
//! |---|---|
//! | `commands` | what can be asked for here |
//! | `narrow` | which lines are asked for |
//! | `log` | the lines that were read, the cursor, and following |
//! | `list`, `open` | the lines on the screen, and one whole |
//! | [`words`] | a line as a sentence |

mod commands;
mod list;
mod log;
mod narrow;
mod open;
pub mod words;

use std::{collections::HashMap, time::Duration};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::{commands::COMMANDS, narrow::Chosen};
use self::{log::Log, narrow::Narrow, open::Open};
use super::{
    Choice, Click, Page, absence,
    list::{Hit, Parts},
};
use crate::{
    client,
    console::{
        call::{Call, ProjectCall, Reply},
        command::Command,
        effect::{Effect, Ticket},
        motion::Motion,
        page::title::Title,
        session::Kept,
        shell::Shell,
        stream,
        task::{Export, export::Source},
    },
    domain::{
        EnvironmentId, ProjectId,
        api::{Activity, Event},
    },
};

#[derive(Debug, Default)]
pub struct Activities {
    /// What all of this is of.
    project: Option<ProjectId>,
    narrow: Narrow,
    filter: String,
    /// The lines of the project, and of each environment that it was narrowed to.
    logs: HashMap<Option<EnvironmentId>, Log>,
    /// Whose lines were shown last.
    shown: Option<EnvironmentId>,
    /// The line of an earlier session, for the first lines that are read.
    awaited: Option<String>,
    open: Option<Open>,
}

/// What of each line goes out in a list.
const EXPORTED: [&str; 7] = ["id", "createdAt", "environmentName", "actor", "action", "target", "detail"];

impl Activities {
    /// The line under the cursor, or the one that is open.
    pub fn line(&self, shell: &Shell) -> Option<&Activity> {
        match &self.open {
            Some(open) => Some(&open.line),
            None => self.here(shell)?.selected(),
        }
    }

    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub fn open(&mut self, shell: &Shell) {
        self.open = self.line(shell).cloned().map(Open::new);
    }

    pub fn follow(&mut self, shell: &Shell) {
        let height = height(shell);
        let log = self.log(shell);
        if log.following {
            log.pause();
        } else {
            log.follow(height);
        }
    }

    pub fn only_selected(&mut self) {
        self.narrow.scope = match self.narrow.scope {
            narrow::Scope::Project => narrow::Scope::Selected,
            narrow::Scope::Selected | narrow::Scope::One(_) => narrow::Scope::Project,
        };
    }

    fn here(&self, shell: &Shell) -> Option<&Log> {
        self.logs.get(&self.narrow.environment(shell))
    }

    fn log(&mut self, shell: &Shell) -> &mut Log {
        self.logs.entry(self.narrow.environment(shell)).or_default()
    }

    /// Other lines are wanted everywhere.
    fn narrowed(&mut self, change: impl FnOnce(&mut Narrow)) {
        let before = (self.narrow.kind, self.narrow.actor);
        change(&mut self.narrow);
        if before != (self.narrow.kind, self.narrow.actor) {
            self.logs.clear();
        }
    }

    /// What is out of sight keeps its place, and little of what was read for it.
    fn leave(&mut self, shell: &Shell) {
        let shown = self.narrow.environment(shell);
        if self.shown != shown {
            let left = std::mem::replace(&mut self.shown, shown);
            let height = height(shell);
            if let Some(log) = self.logs.get_mut(&left) {
                log.lines.rest(height);
            }
        }
    }
}

fn parts(area: Rect) -> Parts {
    Parts::of(area, 0)
}

fn height(shell: &Shell) -> usize {
    Parts::here(shell, 0).height()
}

impl Page for Activities {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        let project = shell.project.as_ref().map(|project| project.id.clone());
        if self.project != project {
            let before = std::mem::replace(self, Self { project: project.clone(), ..Self::default() });
            if before.project.is_none() {
                // What the session kept is of the first project that is shown.
                (self.narrow, self.filter, self.awaited) = (before.narrow, before.filter, before.awaited);
            }
        }
        let Some(project) = project else { return Vec::new() };
        self.leave(shell);
        let filter = self.narrow.filter(shell);
        let height = height(shell);
        let text = self.filter.clone();
        let awaited = self.awaited.take();
        let log = self.log(shell);
        if let Some(id) = awaited {
            log.come_back(id);
        }
        let effects = log.want(shell, &project, &filter, height);
        log.derive(&text, height);
        effects
    }

    fn outdated(&mut self, _shell: &mut Shell) -> Vec<Effect> {
        for log in self.logs.values_mut() {
            log.lines.outdate();
        }
        Vec::new()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        let parts = Parts::here(shell, 0);
        match &mut self.open {
            Some(open) => open.move_by(motion, parts.rows),
            None => self.log(shell).move_by(motion, parts.height()),
        }
        Vec::new()
    }

    /// From one line that is open whole to the next.
    fn turn(&mut self, shell: &mut Shell, steps: isize) -> Vec<Effect> {
        if self.open.take().is_some() {
            let height = height(shell);
            self.log(shell).move_by(Motion::Lines(steps), height);
            self.open(shell);
        }
        Vec::new()
    }

    fn back(&mut self, _shell: &mut Shell) -> bool {
        if self.open.take().is_some() {
            return true;
        }
        let narrowed = !self.narrow.is_everything();
        self.narrowed(|narrow| *narrow = Narrow::default());
        narrowed
    }

    fn is_inside(&self, _shell: &Shell) -> bool {
        self.open.is_some() || !self.narrow.is_everything()
    }

    fn is_sorted(&self, _shell: &Shell) -> bool {
        false
    }

    fn filter(&self, _shell: &Shell) -> String {
        // `esc` goes back to the lines before it clears their filter.
        if self.open.is_some() { String::new() } else { self.filter.clone() }
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        self.open = None;
        self.filter = text;
        let height = height(shell);
        let text = self.filter.clone();
        self.log(shell).derive(&text, height);
        Vec::new()
    }

    fn document(&self, _shell: &Shell) -> Option<String> {
        self.open.as_ref().map(|open| open::json(&open.line))
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let log = self.here(shell)?;
        if log.matching().unwrap_or(log.lines.pages.len()) == 0 {
            return None;
        }
        let filter = self.narrow.filter(shell);
        Some(Export {
            name: "activity".into(),
            environment: filter.environment.clone(),
            columns: EXPORTED.map(str::to_owned).to_vec(),
            source: Source::Activity { project: self.project.clone()?, filter, words: words::sought(&self.filter) },
        })
    }

    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        let log = self.logs.get(&self.shown);
        environment.is_none().then(|| Kept {
            filter: self.filter.clone(),
            choices: self.narrow.kept(),
            cursor: self.awaited.clone().or_else(|| log?.kept()),
            ..Kept::default()
        })
    }

    fn keep(&mut self, _environment: Option<&EnvironmentId>, kept: Kept) {
        self.narrow = Narrow::of_kept(&kept.choices);
        self.filter = kept.filter;
        self.awaited = kept.cursor;
    }

    fn chosen(&mut self, _shell: &mut Shell, choice: Choice) -> Vec<Effect> {
        if let Choice::Activity(chosen) = choice {
            self.open = None;
            self.narrowed(|narrow| narrow.take(chosen));
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
        let height = height(shell);
        let result = match result {
            Ok(Reply::Activity(page)) => Ok(page),
            Ok(_) => return Vec::new(),
            Err(error) => {
                stream::reading_failed(shell, &error);
                Err(error.to_string())
            }
        };
        if let Call::Project(_, ProjectCall::Activity { filter, .. }) = call
            && let Some(log) = self.logs.get_mut(&filter.environment)
        {
            log.answer(ticket.generation, result, height);
        }
        Vec::new()
    }

    fn event(&mut self, _shell: &mut Shell, event: &Event) -> Vec<Effect> {
        if let Event::Activity(line) = event
            && self.project.as_ref() == Some(&line.project_id)
        {
            let of = |environment: &Option<EnvironmentId>| {
                let filter = crate::domain::activity::ActivityFilter {
                    environment: environment.clone(),
                    action: self.narrow.kind.map(str::to_owned),
                    actor: self.narrow.actor,
                    since: None,
                };
                narrow::matches(&filter, line)
            };
            for (_, log) in self.logs.iter_mut().filter(|(environment, _)| of(environment)) {
                log.happened();
            }
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = parts(area);
        if list::BUTTON.area(&shell.keymap, parts.title).contains(position) {
            return Click::Command("activity-narrow");
        }
        if self.open.is_some() {
            return Click::Nothing;
        }
        match self.log(shell).click(&parts, position) {
            Hit::Again => Click::Command("activity-open"),
            Hit::Nothing | Hit::Row | Hit::Sorted => Click::Nothing,
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        if shell.project.is_none() {
            absence::without_environment(shell, area, buffer);
            return;
        }
        let parts = parts(area);
        if let Some(open) = &self.open {
            let count = format!("{}, by {}", shell.zone.minute(open.line.created_at), open.line.actor.as_str());
            let title = Title { name: "Activity", count, filter: "", note: None, button: None };
            title.view(shell, parts.title, buffer);
            open.view(shell, parts.rows, buffer);
            return;
        }
        let none = Log::default();
        list::view(self, self.here(shell).unwrap_or(&none), shell, &parts, buffer);
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        self.here(shell)?.next_change(shell.now.uptime)
    }
}
