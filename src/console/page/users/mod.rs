//! The Users page: who uses the apps of the selected environment.
//!
//! | File | Idea |
//! |---|---|
//! | `commands`, `choices` | what can be asked for here, and what is chosen from a list |
//! | `list`, `search` | a user on a line; what is sought among all of them |
//! | `detail`, `sessions`, `device` | the user under the cursor, and where they are signed in |
//! | `place` | where one was in an environment |
//! | `user_form`, `password_form` | the forms that create a user and set a password |
//! | `outcome` | what becomes of calls that were made here |

mod choices;
mod commands;
mod detail;
mod device;
mod list;
mod outcome;
mod password_form;
mod place;
mod search;
mod sessions;
mod user_form;

use std::{collections::HashSet, time::Duration};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::commands::COMMANDS;
use self::{list::BUTTON, place::Place, search::Sought};
use super::{
    Click, Page, absence,
    document::Document,
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
        fit,
        layout::Layout,
        motion::Motion,
        remote::PerEnvironment,
        session::Kept,
        shell::Shell,
        task::{Export, export::Source},
        toast::Tone,
        view::frame::rule,
        widget::Pen,
    },
    domain::{
        EnvironmentId, Status,
        account::ListedUser,
        api::{Environment, Event},
        auth_policy::AuthPolicy,
        session::Session,
    },
};

/// What of each goes out in a list.
const EXPORTED: [&str; 11] = [
    "id",
    "email",
    "name",
    "nickname",
    "role",
    "emailVerified",
    "createdAt",
    "updatedAt",
    "lastSeenAt",
    "sessions",
    "hasPassword",
];

#[derive(Debug, Default)]
pub struct Users {
    places: PerEnvironment<Place>,
    /// The environment that was shown last.
    shown: Option<EnvironmentId>,
}

fn parts(shell: &Shell) -> Parts {
    Parts::here(shell, detail::height(shell))
}

/// Rows that are visible.
fn height(shell: &Shell) -> usize {
    parts(shell).height()
}

/// Where a user opened whole is.
fn whole_area(area: Rect) -> Rect {
    Parts::of(area, 0).rows
}

impl Users {
    /// The user under the cursor, once it is one of those that were asked for.
    pub fn selected(&self, shell: &Shell) -> Option<&ListedUser> {
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
        self.here(shell).is_some_and(|place| place.whole.is_some())
    }

    /// What was typed to find users, also while one of them is open.
    pub fn filter_text(&self, shell: &Shell) -> String {
        self.here(shell).map(|place| place.list.filter.clone()).unwrap_or_default()
    }

    /// Where the user under the cursor is signed in, once that is read.
    pub fn sessions(&self, shell: &Shell) -> Option<&[Session]> {
        let place = self.here(shell)?;
        place.sessions.of(&place.list.paged.row()?.user.id)
    }

    /// What is asked of passwords; the usual, until it is read.
    pub fn policy(&self, environment: &EnvironmentId) -> AuthPolicy {
        self.places.get(environment).and_then(|place| place.policy.value().cloned()).unwrap_or_default()
    }

    /// Opens the user under the cursor whole.
    pub fn open(&mut self, shell: &Shell) {
        if let Some(place) = self.place(shell) {
            place.open();
        }
    }

    /// The user that is open, as it is shown.
    pub fn json(&self, shell: &Shell) -> Option<String> {
        Some(self.here(shell)?.whole.as_ref()?.1.source().to_owned())
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

impl Page for Users {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn count(&self, shell: &Shell) -> Option<u64> {
        shell.selected().map(|environment| environment.usage.users)
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        let Some(environment) = shell.selected().cloned() else { return Vec::new() };
        self.leave(shell, &environment.id);
        let place = self.places.entry(&environment.id);
        let parts = parts(shell);
        place.list.paged.fit(parts.height());
        place.list.paged.note = note(shell, &place.list.filter);
        if let Some((_, whole)) = &mut place.whole {
            whole.fit(whole_area(Layout::of(shell.area).map_or(Rect::ZERO, |layout| layout.main)));
        }
        if environment.status != Status::Active {
            return Vec::new();
        }
        place.want(shell, &environment.id, parts.height())
    }

    fn outdated(&mut self, shell: &mut Shell) -> Vec<Effect> {
        if let Some(place) = self.place(shell) {
            place.outdate();
        }
        Vec::new()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        let height = height(shell);
        let area = whole_area(Layout::of(shell.area).map_or(Rect::ZERO, |layout| layout.main));
        if let Some(place) = self.place(shell) {
            match &mut place.whole {
                Some((_, whole)) => whole.move_by(motion, area),
                None => place.list.paged.move_by(motion, height),
            }
        }
        Vec::new()
    }

    /// From one user that is open whole to the next.
    fn turn(&mut self, shell: &mut Shell, steps: isize) -> Vec<Effect> {
        let height = height(shell);
        if let Some(place) = self.place(shell).filter(|place| place.whole.is_some()) {
            place.list.paged.move_by(Motion::Lines(steps), height);
            place.open();
        }
        Vec::new()
    }

    fn back(&mut self, shell: &mut Shell) -> bool {
        self.place(shell).is_some_and(|place| place.whole.take().is_some())
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
        if let Some(place) = self.place(shell).filter(|place| place.whole.is_none()) {
            place.list.sort(turn_round);
        }
        Vec::new()
    }

    fn document(&self, shell: &Shell) -> Option<String> {
        self.json(shell)
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let environment = &shell.selected()?.id;
        let place = self.places.get(environment).filter(|place| !place.list.paged.pages.is_empty())?;
        Some(Export {
            name: "users".into(),
            environment: Some(environment.clone()),
            columns: EXPORTED.map(str::to_owned).to_vec(),
            source: Source::Users(list::query(Asked::Page(0), &place.list.filter, place.list.order)),
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
        if let Call::User(environment, call) = call {
            outcome::answer(&mut self.places, shell, ticket, environment, call, result);
        }
        Vec::new()
    }

    fn event(&mut self, shell: &mut Shell, event: &Event) -> Vec<Effect> {
        match event {
            Event::User(changed) => {
                if let Some(place) = self.places.get_mut(&changed.environment_id) {
                    place.take_over(&changed.user);
                }
            }
            Event::UserDeleted(gone) => {
                if let Some(place) = self.places.get_mut(&gone.environment_id) {
                    place.list.paged.change();
                    if place.whole.take_if(|(id, _)| *id == gone.user.id).is_some() {
                        let text = format!("{} was deleted", fit::clean(&gone.user.email));
                        shell.say(Tone::Warning, Some(&gone.environment_id), text);
                    }
                }
            }
            Event::EnvironmentDeleted(environment) => self.places.remove(&environment.id),
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = Parts::of(area, detail::height(shell));
        let Some(place) = self.place(shell).filter(|place| place.whole.is_none()) else { return Click::Nothing };
        if BUTTON.area(&shell.keymap, parts.title).contains(position) {
            return Click::Command("user-create");
        }
        match place.list.click(&parts, position) {
            Hit::Again => Click::Command("user-open"),
            Hit::Nothing | Hit::Row | Hit::Sorted => Click::Nothing,
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let Some(environment) = shell.selected() else {
            absence::without_environment(shell, area, buffer);
            return;
        };
        let Some(place) = self.places.get(&environment.id) else { return };
        if let (Some((_, whole)), Some(listed)) = (&place.whole, place.list.paged.row()) {
            opened(shell, place, whole, listed, area, buffer);
            return;
        }
        let parts = Parts::of(area, detail::height(shell));
        let empty = |area: Rect, buffer: &mut Buffer| empty(shell, environment, area, buffer);
        let about = About { name: "Users", noun: "users", button: Some(BUTTON), environment, empty: &empty };
        let all = usize::try_from(environment.usage.users).unwrap_or(usize::MAX);
        let none = HashSet::new();
        let shown = Shown { order: place.list.order, filter: &place.list.filter, all, marked: &none };
        place.list.paged.view(shell, &about, &shown, &parts, buffer);
        if let (Some((line, pane)), Some(listed)) = (parts.detail, place.list.paged.row()) {
            rule(shell, area, line, &fit::clean(&listed.user.name), buffer);
            detail::view(shell, listed, &place.sessions, pane, buffer);
        }
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        let now = shell.now.uptime;
        let place = self.here(shell)?;
        [place.list.paged.next_change(now), place.sessions.next_change(now)].into_iter().flatten().min()
    }
}

/// What the filter means, while it is typed, and what of it means nothing.
fn note(shell: &Shell, filter: &str) -> Option<String> {
    let problem = Sought::of(filter).problem;
    let hint = || shell.is_filtering().then_some("name or address, role:admin");
    problem.or_else(hint).map(str::to_owned)
}

fn opened(shell: &Shell, place: &Place, whole: &Document, listed: &ListedUser, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let parts = Parts::of(area, 0);
    let mut pen = Pen::new(buffer, parts.title);
    let aside = whole
        .extent(parts.rows)
        .into_iter()
        .chain([format!("{} users ", shell.keymap.way("back"))])
        .collect::<Vec<_>>()
        .join("   ");
    if parts.title.width > fit::width(&aside) + 24 {
        pen.split_right(fit::width(&aside)).put(&aside, theme.muted);
    }
    pen.skip(1).put(&fit::clean(&listed.user.email), theme.strong);
    let number = |number: usize| fit::grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let position = format!("{} of {}", number(place.list.paged.position() + 1), number(place.list.paged.pages.len()));
    pen.skip(2).put_whole(&position, theme.muted);
    whole.view(shell, whole_area(area), buffer);
}

/// What to do where there is nobody.
fn empty(shell: &Shell, environment: &Environment, area: Rect, buffer: &mut Buffer) {
    let told = format!(
        "{} has no user yet. People come when they sign up in your app; {} creates one by hand, and so does",
        environment.name,
        absence::way_to_first(shell, BUTTON.command)
    );
    let same = format!("bkend user create ann@example.com {}", shell.options(environment));
    absence::nothing_yet(shell, &told, &[same], area, buffer);
}
