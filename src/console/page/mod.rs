//! Pages: one folder each, with its own state, commands, update and view.
//!
//! To add one: a folder with a type that is a [`Page`], a variant of [`PageId`], a field of
//! [`Pages`], and its commands in [`COMMANDS`].

pub mod absence;
pub mod activity;
pub mod compare;
pub mod database;
pub mod document;
pub mod environments;
pub mod files;
pub mod keys;
pub mod list;
pub mod overview;
pub mod title;
pub mod users;

use std::{fmt::Debug, ops::Range, time::Duration};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    call::{Call, Reply},
    command::Command,
    effect::{Effect, Ticket},
    motion::Motion,
    session::Kept,
    shell::Shell,
    task::Export,
    theme::Paint,
    widget::Field,
};
use crate::{
    client,
    domain::{EnvironmentId, api::Event},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageId {
    Overview,
    Environments,
    Database,
    Users,
    Files,
    Keys,
    Activity,
    Compare,
}

impl PageId {
    pub const ALL: [Self; 8] = [
        Self::Overview,
        Self::Environments,
        Self::Database,
        Self::Users,
        Self::Files,
        Self::Keys,
        Self::Activity,
        Self::Compare,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Environments => "Environments",
            Self::Database => "Database",
            Self::Users => "Users",
            Self::Files => "Files",
            Self::Keys => "API Keys",
            Self::Activity => "Activity",
            Self::Compare => "Compare",
        }
    }

    /// What the configuration file calls it: `g d` runs `go-database`.
    pub fn name(self) -> &'static str {
        self.way().trim_start_matches("go-")
    }

    pub const fn commands(self) -> &'static [Command] {
        COMMANDS[self as usize]
    }

    /// The command that goes there.
    pub const fn way(self) -> &'static str {
        match self {
            Self::Overview => "go-overview",
            Self::Environments => "go-environments",
            Self::Database => "go-database",
            Self::Users => "go-users",
            Self::Files => "go-files",
            Self::Keys => "go-keys",
            Self::Activity => "go-activity",
            Self::Compare => "go-compare",
        }
    }
}

/// The commands of each page, in the order of [`PageId`].
pub const COMMANDS: [&[Command]; 8] = [
    overview::COMMANDS,
    environments::COMMANDS,
    database::COMMANDS,
    users::COMMANDS,
    files::COMMANDS,
    keys::COMMANDS,
    activity::COMMANDS,
    compare::COMMANDS,
];

/// The commands of the tabs inside a page that have keys of their own, with a title for the manual.
pub const INNER: &[(PageId, &str, &[Command])] = database::INNER;

/// What the shell knows of a page.
pub trait Page: Debug {
    fn commands(&self) -> &'static [Command];

    /// The commands that have their keys now: a tab inside the page may have its own.
    fn keymap(&self, _shell: &Shell) -> &'static [Command] {
        self.commands()
    }

    /// The number beside its name in the sidebar, of the selected environment.
    fn count(&self, _shell: &Shell) -> Option<u64> {
        None
    }

    /// The page is shown, another environment was selected, or something it may show changed:
    /// returns the readings it lacks.
    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect>;

    /// What it read for itself may be old: returns the readings that make it new.
    fn outdated(&mut self, _shell: &mut Shell) -> Vec<Effect> {
        Vec::new()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect>;

    /// Moves sideways. Returns whether there was anywhere to go; otherwise the sidebar gets it.
    fn sideways(&mut self, _shell: &mut Shell, _steps: isize) -> bool {
        false
    }

    /// The next or previous of its inner tabs.
    fn turn(&mut self, _shell: &mut Shell, _steps: isize) -> Vec<Effect> {
        Vec::new()
    }

    /// Leaves what `enter` opened. Returns whether there was anything to leave.
    fn back(&mut self, _shell: &mut Shell) -> bool {
        false
    }

    /// Whether `enter` opened something that can be left.
    fn is_inside(&self, _shell: &Shell) -> bool {
        false
    }

    /// What is open, by its name.
    fn opened(&self, _shell: &Shell) -> Option<&str> {
        None
    }

    /// Why what has that name, or nothing, cannot be open in that environment: something else stays open.
    fn stays_open(&self, _environment: &EnvironmentId, _name: Option<&str>) -> Option<String> {
        None
    }

    /// Opens what has that name in the selected environment as soon as it is known, or nothing. Where
    /// something else stays open it says so. Returns whether it did not.
    fn open_named(&mut self, _shell: &mut Shell, _name: Option<&str>) -> bool {
        true
    }

    /// The text of what was opened whole.
    fn document(&self, _shell: &Shell) -> Option<String> {
        None
    }

    /// The list that is shown, to be written to a file or into a program.
    fn export(&self, _shell: &Shell) -> Option<Export> {
        None
    }

    /// Whether there is such a list. Commands ask for that alone: where it may be long, the answer is there
    /// without building it.
    fn is_exportable(&self, shell: &Shell) -> bool {
        self.export(shell).is_some()
    }

    /// What of the page the session keeps: of an environment, or what is of none.
    fn kept(&self, _environment: Option<&EnvironmentId>) -> Option<Kept> {
        None
    }

    /// Takes up what the session kept. Nothing has been read yet.
    fn keep(&mut self, _environment: Option<&EnvironmentId>, _kept: Kept) {}

    /// Whether there are columns beyond an edge.
    fn is_wide(&self, _shell: &Shell) -> bool {
        false
    }

    /// Whether what it shows has an order.
    fn is_sorted(&self, _shell: &Shell) -> bool {
        true
    }

    /// Whether what it shows can be filtered.
    fn is_filterable(&self, _shell: &Shell) -> bool {
        true
    }

    /// What the list is filtered by; empty lets everything pass.
    fn filter(&self, shell: &Shell) -> String;

    /// What is to be said of the filter while it is typed.
    fn filter_aid(&self, _shell: &Shell) -> FilterAid {
        FilterAid::default()
    }

    /// What help says of it besides its commands.
    fn told(&self, _shell: &Shell) -> Told {
        Told::default()
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect>;

    /// Whether the filter is still to be asked for, because more of it may be typed.
    fn is_unasked(&self, _shell: &Shell) -> bool {
        false
    }

    /// Sorts by the next column, or turns the order round.
    fn sort(&mut self, _shell: &mut Shell, _turn_round: bool) -> Vec<Effect> {
        Vec::new()
    }

    /// What was chosen from a picker that it opened.
    fn chosen(&mut self, _shell: &mut Shell, _choice: Choice) -> Vec<Effect> {
        Vec::new()
    }

    /// An answer to one of its own calls.
    fn answer(
        &mut self,
        shell: &mut Shell,
        ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect>;

    /// The server says that something changed; the shell has taken it over already.
    fn event(&mut self, _shell: &mut Shell, _event: &Event) -> Vec<Effect> {
        Vec::new()
    }

    /// A click into the page. `area` is where [`Page::view`] draws.
    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click;

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer);

    /// When something it shows changes by itself, as uptime.
    fn next_change(&self, _shell: &Shell) -> Option<Duration> {
        None
    }
}

/// What a picker gives back to the page that opened it.
#[derive(Debug)]
pub enum Choice {
    /// The other environment of the Compare page.
    CompareWith(EnvironmentId),
    /// What the Activity page is narrowed to.
    Activity(activity::Chosen),
}

/// What can be typed somewhere on a page: in words of its language, and what they mean.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub title: &'static str,
    pub lines: &'static [(&'static str, &'static str)],
}

/// What helps whoever types a filter.
#[derive(Debug, Default)]
pub struct FilterAid {
    /// The part of the text that is wrong.
    pub wrong: Option<Range<usize>>,
    /// Why, or what is probably not meant.
    pub note: Option<(String, Paint)>,
    /// What may come next, in parts with two blanks between them; the likeliest is the first.
    pub hint: Option<String>,
    /// How its word may go on, shown at that place in bytes.
    pub rest: (usize, String),
    /// The filter with that, which `tab` takes.
    pub completed: Option<Field>,
}

/// What a click on a page means.
#[derive(Debug)]
pub enum Click {
    Nothing,
    Effects(Vec<Effect>),
    Command(&'static str),
}

#[derive(Debug, Default)]
pub struct Pages {
    pub overview: overview::Overview,
    pub environments: environments::Environments,
    pub database: database::Database,
    pub users: users::Users,
    pub files: files::Files,
    pub keys: keys::Keys,
    pub activity: activity::Activities,
    pub compare: compare::Compare,
}

impl Pages {
    pub fn get(&self, id: PageId) -> &dyn Page {
        match id {
            PageId::Overview => &self.overview,
            PageId::Environments => &self.environments,
            PageId::Database => &self.database,
            PageId::Users => &self.users,
            PageId::Files => &self.files,
            PageId::Keys => &self.keys,
            PageId::Activity => &self.activity,
            PageId::Compare => &self.compare,
        }
    }

    pub fn get_mut(&mut self, id: PageId) -> &mut dyn Page {
        match id {
            PageId::Overview => &mut self.overview,
            PageId::Environments => &mut self.environments,
            PageId::Database => &mut self.database,
            PageId::Users => &mut self.users,
            PageId::Files => &mut self.files,
            PageId::Keys => &mut self.keys,
            PageId::Activity => &mut self.activity,
            PageId::Compare => &mut self.compare,
        }
    }
}
