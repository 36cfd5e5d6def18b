//! The shell: what every page and every modal knows and shares.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use ratatui::layout::Rect;

use super::{
    call::{Call, KeyCall, TableCall},
    catalog::{Catalog, Entry},
    colour::Depth,
    command::Command,
    config::{Config, Habits},
    connection::Connection,
    effect::{Effect, Request, Ticket},
    isolation::Isolation,
    key::Key,
    keymap::Keymap,
    layout::Layout,
    lock::{Locks, guarded},
    message::{Embedded, Moment},
    modal::{Modal, submitted::Submitted},
    page::PageId,
    posix,
    remote::{PerEnvironment, Remote},
    spinner,
    task::{Task, Tasks},
    theme::{Theme, ThemeName, Themes},
    toast::{PATIENCE, Toasts, Tone},
    trail::Trail,
    view::tabs::Cuts,
    widget::Field,
    zone::Zone,
};
use crate::{
    client,
    domain::{
        EnvironmentId, KeyType, Status, Timestamp,
        api::{Environment, Key as ApiKey, Project, Table},
        mistake::Mistake,
    },
};

/// Which half of the frame the movement keys belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Sidebar,
    Main,
}

/// What all of it is shown on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    Screen,
    /// Lines of text: there is no screen that a program could be lent.
    Lines,
}

#[derive(Debug)]
pub struct Shell {
    pub area: Rect,
    pub now: Moment,
    /// `bkend demo` stops the clock; then nothing on the screen moves by itself.
    pub clock_runs: bool,
    pub medium: Medium,
    pub zone: Zone,
    pub keymap: Keymap,
    pub theme: Theme,
    pub themes: Themes,
    pub depth: Depth,
    /// The theme follows the terminal's background until one is chosen.
    pub chosen_theme: Option<String>,
    pub habits: Habits,
    /// When everything is read again, if that is one of the habits.
    pub refresh_at: Option<Duration>,
    /// The base URL that apps use.
    pub url: String,
    pub embedded: Option<Embedded>,

    pub projects: Remote<Vec<Project>>,
    pub project: Option<Project>,
    /// The project and environment to show first, by name or identifier.
    pub wanted_project: Option<String>,
    pub wanted_environment: Option<String>,
    /// Whether the list of environments has been read; the environments are in the catalog.
    pub listing: Remote<()>,
    pub environments: Catalog,
    pub tab_cuts: Cuts,
    pub keys: PerEnvironment<Remote<Vec<ApiKey>>>,
    pub tables: PerEnvironment<Remote<Vec<Table>>>,
    pub isolation: Isolation,
    /// Columns of tables that are not shown, by the name of the table.
    pub hidden_columns: PerEnvironment<HashMap<String, BTreeSet<String>>>,
    pub connection: Connection,
    /// The event stream has been asked for; from then on it keeps itself alive.
    pub following: bool,
    /// The last event that changed an environment. A list made before it is out of date.
    pub last_change: u64,
    /// When a first reading that failed is tried again.
    pub retry_at: Option<Duration>,

    pub page: PageId,
    pub focus: Focus,
    pub modals: Vec<Box<dyn Modal>>,
    /// Forms that were sent: what is refused opens its form again.
    pub submitted: Submitted,
    pub toasts: Toasts,
    pub tasks: Tasks,
    pub locks: Locks,
    pub trail: Trail,
    /// Commands that were asked for by name, the last one first.
    pub recent: Vec<String>,
    /// The first keys of a sequence whose end is awaited.
    pub pending: Vec<Key>,
    /// The key that runs the command being run, for one that several keys run.
    pub pressed: Option<Key>,
    /// The filter while it is typed: the text that the page has, with a cursor.
    pub filtering: Option<Field>,
    /// When the selection last moved; what it needs is read once it rests.
    pub moved_at: Option<Duration>,
    /// The person's editor or pager has the terminal, or is about to.
    pub lent: bool,
    generation: u64,
}

/// What the console starts with.
#[derive(Debug)]
pub struct Setup {
    pub now: Moment,
    pub clock_runs: bool,
    pub config: Config,
    pub mistakes: Vec<Mistake>,
    pub depth: Depth,
    pub url: String,
    pub embedded: Option<Embedded>,
    pub project: Option<String>,
    pub environment: Option<String>,
    /// The environment was asked for at this very start.
    pub asked: bool,
    pub area: Rect,
}

/// Commands that come first in the palette.
const MOST_RECENT: usize = 8;
/// A selection that rests for this long is one to read details of. Keys of a burst come closer
/// together than that, and somebody who waits for the details does not notice it.
pub const REST: Duration = Duration::from_millis(20);

impl Shell {
    pub fn new(setup: Setup) -> Self {
        let Config { theme, themes, habits, start_page, zone, keymap } = setup.config;
        let fallback = if setup.depth == Depth::Sixteen { ThemeName::Ansi } else { ThemeName::Dark };
        let chosen = theme.as_deref().and_then(|name| themes.load(name, setup.depth));
        let mut toasts = Toasts::default();
        for mistake in &setup.mistakes {
            toasts.push(Tone::Warning, None, mistake.to_string(), setup.now);
        }
        if let Some(embedded) = &setup.embedded
            && let Some(wanted) = &embedded.instead_of
        {
            let text = format!(
                "{wanted} is in use: this backend listens on {}; a saved .env may point elsewhere, {} copies a new one",
                embedded.address,
                keymap.way("connect")
            );
            toasts.push(Tone::Warning, None, text, setup.now);
        }
        Self {
            area: setup.area,
            now: setup.now,
            clock_runs: setup.clock_runs,
            medium: Medium::Screen,
            zone,
            keymap,
            theme: chosen.unwrap_or_else(|| Theme::load(fallback, setup.depth)),
            themes,
            depth: setup.depth,
            chosen_theme: theme,
            habits,
            refresh_at: habits.refresh.map(|every| setup.now.uptime + every),
            url: setup.url,
            embedded: setup.embedded,
            projects: Remote::default(),
            project: None,
            wanted_project: setup.project,
            wanted_environment: setup.environment,
            listing: Remote::default(),
            environments: Catalog::default(),
            tab_cuts: Cuts::default(),
            keys: PerEnvironment::default(),
            tables: PerEnvironment::default(),
            isolation: Isolation::default(),
            hidden_columns: PerEnvironment::default(),
            connection: Connection::Connecting,
            following: false,
            last_change: 0,
            retry_at: None,
            page: start_page.unwrap_or(PageId::Environments),
            focus: Focus::Main,
            modals: Vec::new(),
            submitted: Submitted::default(),
            toasts,
            tasks: Tasks::default(),
            locks: Locks::default(),
            trail: Trail::default(),
            recent: Vec::new(),
            pending: Vec::new(),
            pressed: None,
            filtering: None,
            moved_at: None,
            lent: false,
            generation: 0,
        }
    }

    /// A request with a ticket of its own. One that changes something is shown while it takes
    /// long; a reading shows where its result will be.
    pub fn request(&mut self, call: Call) -> Effect {
        self.generation += 1;
        let revision = call.table().and_then(|(environment, name)| self.revision(environment, name));
        let (environment, selected) = (call.environment().cloned(), self.selected_id());
        let ticket = Ticket { environment, selected, generation: self.generation, revision };
        if call.mutates() {
            self.toasts.work(&ticket, call.doing(), self.now.uptime);
        }
        Effect::Call(Request { ticket, call })
    }

    fn revision(&self, environment: &EnvironmentId, name: &str) -> Option<u64> {
        let tables = self.tables.get(environment)?.value()?;
        tables.iter().find(|table| table.name == name).map(|table| table.revision)
    }

    /// Begins long work, which goes on when its page is left.
    pub fn start(&mut self, task: Task) -> Vec<Effect> {
        if self.tasks.is_full() {
            let text =
                format!("too much is under way: {} shows it, and stops what nobody needs", self.keymap.way("tasks"));
            self.say(Tone::Warning, None, text);
            return Vec::new();
        }
        let id = self.tasks.add(&task, self.now.uptime);
        vec![Effect::Start { id, task: Box::new(task) }]
    }

    /// A reading for a page that keeps its own account of what it awaits.
    pub fn ask(&mut self, call: Call) -> (Effect, u64) {
        let effect = self.request(call);
        (effect, self.generation)
    }

    /// A reading into `slot`, unless an answer to the same is awaited.
    pub fn read<T>(&mut self, call: Call, slot: impl FnOnce(&mut Self) -> &mut Remote<T>) -> Effect {
        let effect = self.request(call);
        let (generation, now) = (self.generation, self.now.uptime);
        slot(self).ask(generation, now);
        effect
    }

    /// Reads the projects and the environments again.
    pub fn refresh(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        // While an answer is awaited another request would only push it back.
        if self.projects.awaited_since().is_none() {
            effects.push(self.read(Call::Projects, |shell| &mut shell.projects));
        }
        if self.listing.awaited_since().is_none() {
            effects.extend(self.read_environments());
        }
        effects
    }

    pub fn read_environments(&mut self) -> Option<Effect> {
        let id = self.project.as_ref()?.id.clone();
        Some(self.read(Call::Environments(id), |shell| &mut shell.listing))
    }

    /// Reads the keys of an environment if they are not known.
    pub fn want_keys(&mut self, id: &EnvironmentId) -> Option<Effect> {
        let wanted = self.keys.entry(id).is_wanted();
        wanted.then(|| self.read(Call::Key(id.clone(), KeyCall::List), |shell| shell.keys.entry(id)))
    }

    /// Reads the tables of an environment if they are not known.
    pub fn want_tables(&mut self, id: &EnvironmentId) -> Option<Effect> {
        let wanted = self.tables.entry(id).is_wanted();
        wanted.then(|| self.read(Call::Table(id.clone(), TableCall::List), |shell| shell.tables.entry(id)))
    }

    pub fn selected(&self) -> Option<&Environment> {
        self.environments.selected().map(|entry| &entry.environment)
    }

    pub fn selected_id(&self) -> Option<EnvironmentId> {
        self.selected().map(|environment| environment.id.clone())
    }

    /// The options by which the command line means that environment and no other: with the project
    /// where there are several, because there another may be the usual one.
    pub fn options(&self, environment: &Environment) -> String {
        let are_several = self.projects.value().is_some_and(|projects| projects.len() > 1);
        let project = self.project.as_ref().filter(|_| are_several);
        let project = project.map(|project| format!(" --project {}", posix::word(&project.name)));
        format!("--env {}{}", environment.name, project.unwrap_or_default())
    }

    pub fn name_of(&self, id: &EnvironmentId) -> Option<String> {
        self.environments.get(id).map(|entry| entry.environment.name.to_string())
    }

    /// Whether changes to the environment are refused until it is unlocked.
    pub fn is_locked(&self, id: &EnvironmentId) -> bool {
        let environment = self.environments.get(id).map(|entry| &entry.environment);
        environment.is_some_and(|environment| self.locks.holds(environment, self.now.uptime))
    }

    /// Whether the selected environment is unlocked, until its time is over.
    pub fn is_unlocked(&self) -> bool {
        self.selected().is_some_and(|environment| self.locks.left(&environment.id, self.now.uptime).is_some())
    }

    /// Why the selected environment cannot be changed now, for a command's availability.
    pub fn writable(&self) -> Result<&Environment, Cow<'static, str>> {
        let Some(environment) = self.selected() else { return Err("there is no environment yet".into()) };
        if self.locks.holds(environment, self.now.uptime) {
            return Err(read_only(environment, &self.keymap).into());
        }
        Ok(environment)
    }

    /// The publishable key that an app would use.
    pub fn publishable_key(&self, id: &EnvironmentId) -> Option<&ApiKey> {
        let keys = self.keys.get(id)?.value()?;
        let usable = |key: &&ApiKey| {
            key.kind == KeyType::Publishable && key.expires_at.is_none_or(|at| at > self.now.wall) && key.key.is_some()
        };
        keys.iter().filter(usable).min_by_key(|key| key.created_at)
    }

    pub fn say(&mut self, tone: Tone, about: Option<&EnvironmentId>, text: impl Into<String>) {
        let about = about.and_then(|id| self.name_of(id));
        self.toasts.push(tone, about, text, self.now);
    }

    /// Why a command cannot be run now, for as long as that is so.
    pub fn refuse(&mut self, command: &'static Command, reason: impl Into<String>) {
        let about = self.selected().map(|environment| environment.name.to_string());
        self.toasts.refuse(command, about, reason, self.now);
    }

    /// A failed call, as a note.
    pub fn say_failure(&mut self, call: &Call, error: &client::Error) {
        tracing::warn!(%error, "{} failed", call.doing());
        let about = call.environment().cloned();
        let text = format!("{} failed: {error}", call.doing());
        self.say(Tone::Error, about.as_ref(), text);
    }

    /// Whether the filter is being typed.
    pub const fn is_filtering(&self) -> bool {
        self.filtering.is_some()
    }

    /// Where modals are drawn.
    pub fn modal_area(&self) -> Rect {
        Layout::of(self.area).map_or(Rect::ZERO, |layout| layout.modals)
    }

    pub fn open(&mut self, modal: impl Modal + 'static) {
        self.modals.push(Box::new(modal));
    }

    /// How long ago that was; zero for what lies ahead.
    pub fn age(&self, at: Timestamp) -> i64 {
        self.now.wall.since(at).max(0)
    }

    /// The selection came to rest somewhere else.
    pub fn moved(&mut self) {
        self.moved_at = Some(self.now.uptime);
    }

    /// A command was asked for by its name.
    pub fn remember(&mut self, command: &str) {
        self.recent.retain(|other| other != command);
        self.recent.insert(0, command.to_owned());
        self.recent.truncate(MOST_RECENT);
    }

    /// Everything that belongs to the project that was shown is forgotten.
    pub fn leave_project(&mut self) {
        self.environments.clear();
        self.listing = Remote::default();
        self.keys.clear();
        self.tables.clear();
        self.isolation = Isolation::default();
        self.hidden_columns.clear();
        self.toasts.clear();
        self.submitted.clear();
        self.locks.close_all();
        self.wanted_environment = None;
    }
}

/// Why an environment refuses a change, and what to do.
pub fn read_only(environment: &Environment, keymap: &Keymap) -> String {
    let effect = if guarded(environment) { "unlocks it for ten minutes" } else { "lets it be changed" };
    format!("{} is read-only: {} {effect}", environment.name, keymap.way("unlock"))
}

/// The mark of a status. What moves on within a blink has none: it would only flash.
pub fn mark(entry: &Entry, now: Moment, clock_runs: bool) -> &'static str {
    match entry.environment.status {
        Status::Ready => "◐",
        Status::Active => "●",
        Status::Failed => "✗",
        Status::Creating | Status::Deleting if is_fresh(entry, now) => " ",
        Status::Creating | Status::Deleting => spinner::frame(now, clock_runs),
    }
}

/// Whether the status is so new that it may well be gone before anybody has read it.
pub fn is_fresh(entry: &Entry, now: Moment) -> bool {
    now.uptime.saturating_sub(entry.since) < PATIENCE
}
