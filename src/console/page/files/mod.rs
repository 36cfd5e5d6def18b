//! The Files page: what the apps of the selected environment have stored.
//!
//! | File | Idea |
//! |---|---|
//! | `commands`, `choices` | what can be asked for here, and what is chosen from a list |
//! | `list`, `search` | a file on a line; what is sought among all of them |
//! | `detail`, `preview` | the file under the cursor; its beginning, opened |
//! | `place` | where one was in an environment, and which files are marked |
//! | `transfer` | the forms of uploads and downloads, and the tasks that follow |
//! | `outcome` | what becomes of calls that were made here |

mod choices;
mod commands;
mod detail;
mod list;
mod outcome;
mod place;
mod preview;
mod search;
mod transfer;

mod view;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::commands::COMMANDS;
use self::{list::BUTTON, place::Place, search::Sought};
use super::{
    Click, Page, PageId, absence,
    list::{
        About, Hit, Parts,
        paged::{Asked, Shown},
    },
};
use crate::{
    client,
    console::{
        call::{Call, Reply},
        command::Command,
        effect::{Effect, Ticket},
        fit::clean,
        layout::Layout,
        motion::Motion,
        remote::PerEnvironment,
        session::Kept,
        shell::Shell,
        task::{Export, export::Source},
        toast::Tone,
        view::frame::rule,
    },
    domain::{EnvironmentId, Status, api::Event, file::wire::File},
};

/// What of each goes out in a list.
const EXPORTED: [&str; 10] =
    ["id", "originalName", "mimeType", "size", "visibility", "ownerId", "ownerType", "s3Key", "createdAt", "updatedAt"];

#[derive(Debug, Default)]
pub struct Files {
    places: PerEnvironment<Place>,
    /// The environment that was shown last.
    shown: Option<EnvironmentId>,
}

/// Rows that are visible.
fn height(shell: &Shell) -> usize {
    Parts::here(shell, detail::HEIGHT).height()
}

/// Where a file that is open is.
fn text_area(shell: &Shell) -> Rect {
    Parts::of(Layout::of(shell.area).map_or(Rect::ZERO, |layout| layout.main), 0).rows
}

impl Files {
    /// The file under the cursor, once it is one of those that were asked for.
    pub fn selected(&self, shell: &Shell) -> Option<&File> {
        self.here(shell)?.list.paged.chosen()
    }

    /// Whether what is listed is still what was asked for before.
    pub fn is_replaced(&self, shell: &Shell) -> bool {
        self.here(shell).is_some_and(|place| place.list.paged.pages.is_replaced())
    }

    pub fn is_being_read(&self, shell: &Shell) -> bool {
        self.here(shell).is_none_or(|place| place.list.paged.may_have_rows())
    }

    pub fn is_open(&self, shell: &Shell) -> bool {
        self.here(shell).is_some_and(|place| place.preview.is_some())
    }

    /// What was typed to find files, also while one of them is open.
    pub fn filter_text(&self, shell: &Shell) -> String {
        self.here(shell).map(|place| place.list.filter.clone()).unwrap_or_default()
    }

    /// Those that are marked, by identifier, name and size; none while one is open.
    pub fn marked_files(&self, shell: &Shell) -> Vec<(String, String, u64)> {
        let place = self.here(shell).filter(|place| place.preview.is_none());
        place.map(Place::marked_files).unwrap_or_default()
    }

    /// What is to be said of those of them that the filter hides.
    pub fn hidden_marks(&self, shell: &Shell) -> Option<String> {
        self.here(shell).and_then(Place::hidden_marks)
    }

    /// Opens the file under the cursor.
    pub fn open(&mut self, shell: &Shell) {
        if let Some(place) = self.place(shell) {
            place.open();
        }
    }

    /// Marks the file under the cursor, or takes its mark away. Returns whether there was room.
    pub fn mark(&mut self, shell: &Shell) -> bool {
        self.place(shell).is_none_or(Place::mark)
    }

    /// A file was sent from here: the cursor goes to it, as to whatever was just made.
    pub fn uploaded(&mut self, shell: &Shell, environment: &EnvironmentId, file: &File) {
        let is_typed = shell.filtering.is_some() && shell.page == PageId::Files;
        self.places.entry(environment).expect(file, is_typed, shell.now.uptime);
    }

    fn here(&self, shell: &Shell) -> Option<&Place> {
        self.places.get(&shell.selected()?.id)
    }

    fn place(&mut self, shell: &Shell) -> Option<&mut Place> {
        shell.selected().map(|environment| self.places.entry(&environment.id))
    }

    /// What is out of sight keeps its place, and little of what was read for it.
    fn leave(&mut self, shell: &Shell, now_shown: &EnvironmentId) {
        if self.shown.as_ref() == Some(now_shown) {
            return;
        }
        if let Some(place) = self.shown.replace(now_shown.clone()).and_then(|left| self.places.get_mut(&left)) {
            place.list.paged.rest(height(shell));
        }
        self.places.retain(|id| shell.environments.get(id).is_some());
    }
}

impl Page for Files {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn count(&self, shell: &Shell) -> Option<u64> {
        shell.selected().map(|environment| environment.usage.files)
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        let Some(environment) = shell.selected().cloned() else { return Vec::new() };
        self.leave(shell, &environment.id);
        let (height, area) = (height(shell), text_area(shell));
        let place = self.places.entry(&environment.id);
        place.list.paged.fit(height);
        place.list.paged.note = note(shell, &place.list.filter);
        if let Some(document) = place.preview.as_mut().and_then(preview::Preview::document_mut) {
            document.fit(area);
        }
        if environment.status != Status::Active {
            return Vec::new();
        }
        place.want(shell, &environment.id, height)
    }

    fn outdated(&mut self, shell: &mut Shell) -> Vec<Effect> {
        if let Some(place) = self.place(shell) {
            place.outdate();
        }
        Vec::new()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        let (height, area) = (height(shell), text_area(shell));
        if let Some(place) = self.place(shell) {
            match &mut place.preview {
                Some(preview) => {
                    if let Some(document) = preview.document_mut() {
                        document.move_by(motion, area);
                    }
                }
                None => place.list.paged.move_by(motion, height),
            }
        }
        Vec::new()
    }

    /// From one file that is open to the next.
    fn turn(&mut self, shell: &mut Shell, steps: isize) -> Vec<Effect> {
        let height = height(shell);
        if let Some(place) = self.place(shell).filter(|place| place.preview.is_some()) {
            place.list.paged.move_by(Motion::Lines(steps), height);
            place.open();
        }
        Vec::new()
    }

    /// Out of a file that is open, then off the marks.
    fn back(&mut self, shell: &mut Shell) -> bool {
        self.place(shell).is_some_and(|place| place.preview.take().is_some() || place.unmark_all())
    }

    fn is_inside(&self, shell: &Shell) -> bool {
        self.is_open(shell)
    }

    fn is_sorted(&self, shell: &Shell) -> bool {
        !self.is_open(shell)
    }

    fn filter(&self, shell: &Shell) -> String {
        // `esc` goes back to the list before it clears the filter.
        if self.is_open(shell) { String::new() } else { self.filter_text(shell) }
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        let now = shell.now.uptime;
        if let Some(place) = self.place(shell) {
            place.set_filter(text, now);
        }
        Vec::new()
    }

    fn is_unasked(&self, shell: &Shell) -> bool {
        self.here(shell).is_some_and(|place| place.list.paged.is_unasked(shell.now.uptime))
    }

    fn sort(&mut self, shell: &mut Shell, turn_round: bool) -> Vec<Effect> {
        if let Some(place) = self.place(shell).filter(|place| place.preview.is_none()) {
            place.list.sort(turn_round);
        }
        Vec::new()
    }

    fn document(&self, shell: &Shell) -> Option<String> {
        Some(self.here(shell)?.preview.as_ref()?.document()?.source().to_owned())
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let environment = &shell.selected()?.id;
        let place = self.places.get(environment).filter(|place| !place.list.paged.pages.is_empty())?;
        Some(Export {
            name: "files".into(),
            environment: Some(environment.clone()),
            columns: EXPORTED.map(str::to_owned).to_vec(),
            source: Source::Files(list::query(Asked::Page(0), &place.list.filter, place.list.order)),
        })
    }

    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        self.places.get(environment?).map(|place| place.list.kept())
    }

    fn keep(&mut self, environment: Option<&EnvironmentId>, kept: Kept) {
        if let Some(environment) = environment {
            self.places.entry(environment).list.keep(kept);
        }
    }

    fn answer(
        &mut self,
        shell: &mut Shell,
        ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect> {
        match call {
            Call::File(environment, call) => {
                outcome::answer(&mut self.places, shell, ticket, environment, call, result)
            }
            _ => Vec::new(),
        }
    }

    fn event(&mut self, shell: &mut Shell, event: &Event) -> Vec<Effect> {
        match event {
            Event::File(changed) => {
                if let Some(place) = self.places.get_mut(&changed.environment_id) {
                    place.take_over(&changed.file);
                }
            }
            Event::FileDeleted(gone) => {
                if let Some(place) = self.places.get_mut(&gone.environment_id)
                    && place.forget(&gone.file.id)
                {
                    let text = format!("{} was deleted", clean(&gone.file.original_name));
                    shell.say(Tone::Warning, Some(&gone.environment_id), text);
                }
            }
            Event::EnvironmentDeleted(environment) => self.places.remove(&environment.id),
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = Parts::of(area, detail::HEIGHT);
        let Some(place) = self.place(shell).filter(|place| place.preview.is_none()) else { return Click::Nothing };
        if BUTTON.area(&shell.keymap, parts.title).contains(position) {
            return Click::Command("file-upload");
        }
        match place.list.click(&parts, position) {
            Hit::Again => Click::Command("file-open"),
            Hit::Nothing | Hit::Row | Hit::Sorted => Click::Nothing,
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let Some(environment) = shell.selected() else {
            absence::without_environment(shell, area, buffer);
            return;
        };
        let Some(place) = self.places.get(&environment.id) else { return };
        if let Some(preview) = &place.preview {
            view::preview(shell, place, preview, area, buffer);
            return;
        }
        let parts = Parts::of(area, detail::HEIGHT);
        let empty = |area: Rect, buffer: &mut Buffer| view::empty(shell, environment, area, buffer);
        let about = About { name: "Files", noun: "files", button: Some(BUTTON), environment, empty: &empty };
        let all = usize::try_from(environment.usage.files).unwrap_or(usize::MAX);
        let shown = Shown { order: place.list.order, filter: &place.list.filter, all, marked: place.marked() };
        place.list.paged.view(shell, &about, &shown, &parts, buffer);
        if let (Some((line, pane)), Some(file)) = (parts.detail, place.list.paged.row()) {
            rule(shell, area, line, &clean(&file.original_name), buffer);
            detail::view(shell, file, pane, buffer);
        }
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        let now = shell.now.uptime;
        let place = self.here(shell)?;
        let preview = place.preview.as_ref().and_then(|preview| preview.content.awaited_since());
        [place.list.paged.next_change(now), absence::next_change(preview, now)].into_iter().flatten().min()
    }
}

/// What the filter means, while it is typed, and what of it means nothing.
fn note(shell: &Shell, filter: &str) -> Option<String> {
    let problem = Sought::of(filter).problem;
    let hint = || shell.is_filtering().then_some("name, type:image, visibility:public");
    problem.or_else(hint).map(str::to_owned)
}
