//! The console without a terminal and without a server: keys are typed into `update`, answers are
//! handed over, and the screen is read.

mod activity;
mod behaviour;
mod compare;
mod database;
mod design;
mod extents;
mod files;
mod filters;
mod imports;
mod kept;
mod keys;
mod keys_named;
mod many;
mod overview;
mod posts;
mod rows;
mod safety;
mod said;
mod screens;
mod sizes;
mod tasks;
mod themes;
mod users;
mod whole;

use std::time::Duration;

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    layout::{Position, Rect},
};
use serde_json::json;

use super::{
    call::{Call, EnvironmentCall, KeyCall, Looked, ProjectCall, Reply, RowCall, TableCall},
    colour::Depth,
    config::Config,
    effect::{Effect, Request},
    key::Key,
    message::{Message, Moment},
    shell::Setup,
    state::State,
    update::{self, update},
    view,
    zone::Zone,
};
use crate::{
    client::{self, Listing, Update},
    domain::{
        Timestamp,
        api::{Environment, Event, Key as ApiKey, Project, Table},
        list::{Pagination, Window},
    },
};

/// A console on a screen of that size, and everything it has asked for.
pub struct Console {
    pub state: State,
    /// Requests that are not answered yet.
    pub requests: Vec<Request>,
    /// Every other effect, in its order.
    pub effects: Vec<Effect>,
}

const NOW: &str = "2026-11-23T06:42:41.000Z";

impl Console {
    pub fn setup(width: u16, height: u16) -> Setup {
        Setup {
            now: Moment { wall: Timestamp::parse(NOW).expect("a time"), uptime: Duration::from_secs(1) },
            clock_runs: true,
            config: Config { zone: Zone::Utc, ..Config::default() },
            mistakes: Vec::new(),
            depth: Depth::True,
            url: "http://127.0.0.1:4600".into(),
            embedded: None,
            project: None,
            environment: None,
            asked: false,
            area: Rect::new(0, 0, width, height),
        }
    }

    /// Before anything is known.
    pub fn starting(width: u16, height: u16) -> Self {
        Self::from(Self::setup(width, height))
    }

    pub fn from(setup: Setup) -> Self {
        let state = State::new(setup);
        let mut console = Self { state, requests: Vec::new(), effects: Vec::new() };
        let effects = update::start(&mut console.state);
        console.take(effects);
        console
    }

    /// Connected, with these environments and the keys of the selected one.
    pub fn with(width: u16, height: u16, environments: Vec<Environment>) -> Self {
        Self::connected(Self::setup(width, height), environments)
    }

    pub fn connected(setup: Setup, environments: Vec<Environment>) -> Self {
        let mut console = Self::from(setup);
        console.connect(environments);
        console
    }

    /// The server answers the first questions.
    fn connect(&mut self, environments: Vec<Environment>) {
        self.answer(|call| matches!(call, Call::Projects), Ok(Reply::Projects(listing(vec![project()]))));
        self.answer(|call| matches!(call, Call::Environments(_)), Ok(Reply::Environments(listing(environments))));
        self.send(Message::Stream(Update::Connected));
        self.pass(super::toast::PATIENCE);
        if self.state.shell.selected().is_some() {
            let id = self.state.shell.selected_id().expect("one is selected");
            self.answer(
                |call| matches!(call, Call::Key(_, KeyCall::List)),
                Ok(Reply::Keys(listing(vec![publishable(&id.to_string())]))),
            );
        }
    }

    /// The sketch of the specification: dev, staging, a creation under way, production.
    pub fn sample(width: u16, height: u16) -> Self {
        Self::with(width, height, sample())
    }

    pub fn send(&mut self, message: Message) {
        let effects = update(&mut self.state, message);
        self.take(effects);
    }

    pub fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Call(request) => self.requests.push(request),
                other => self.effects.push(other),
            }
        }
    }

    /// Types keys: `press("n q a enter")`.
    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.send(Message::Key(Key::parse(key).unwrap_or_else(|| panic!("{key} is no key"))));
        }
    }

    pub fn write(&mut self, text: &str) {
        for character in text.chars() {
            self.send(Message::Key(Key::char(character)));
        }
    }

    pub fn click(&mut self, column: u16, row: u16) {
        let kind = MouseEventKind::Down(MouseButton::Left);
        self.send(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    /// Clicks where the screen shows the text.
    pub fn click_on(&mut self, text: &str) {
        let screen = self.screen();
        let (row, column) = screen
            .lines()
            .enumerate()
            .find_map(|(row, line)| line.find(text).map(|at| (row, line[..at].chars().count())))
            .unwrap_or_else(|| panic!("{text} is not on the screen:\n{screen}"));
        self.click(u16::try_from(column).expect("a column"), u16::try_from(row).expect("a row"));
    }

    pub fn pass(&mut self, time: Duration) {
        let now = self.state.shell.now;
        let wall = now.wall.plus_millis(i64::try_from(time.as_millis()).expect("a short time"));
        self.send(Message::Clock(Moment { wall, uptime: now.uptime + time }));
    }

    /// Lets the selection rest, so that its details are read.
    pub fn rest(&mut self) {
        self.pass(super::shell::REST);
    }

    /// Answers the newest request that fits.
    pub fn answer(&mut self, fits: impl Fn(&Call) -> bool, result: Result<Reply, client::Error>) {
        let position = self.requests.iter().rposition(|request| fits(&request.call));
        let position = position.unwrap_or_else(|| panic!("no such request among {:?}", self.requests));
        let Request { ticket, call } = self.requests.remove(position);
        self.send(Message::Answer { ticket, call: Box::new(call), result });
    }

    /// Exports what is listed to a file that can be written to.
    pub fn export(&mut self) {
        self.press("X enter");
        let path = self.requests.iter().rev().find_map(|request| match &request.call {
            Call::LookForPlace(_, place) => Some(place.path.clone()),
            _ => None,
        });
        let path = path.unwrap_or_else(|| panic!("no place is asked for among {:?}", self.requests));
        self.answer(|call| matches!(call, Call::LookForPlace(..)), Ok(Reply::Looked(Looked(path.into()))));
    }

    pub fn happens(&mut self, event: Event) {
        let id = self.state.shell.last_change + 1;
        self.send(Message::Stream(Update::Event { id, event }));
    }

    pub fn asked(&self, fits: impl Fn(&Call) -> bool) -> bool {
        self.requests.iter().any(|request| fits(&request.call))
    }

    pub fn selected(&self) -> &str {
        self.state.shell.selected().map_or("", |environment| environment.name.as_str())
    }

    fn terminal(&self) -> Terminal<TestBackend> {
        let area = self.state.shell.area;
        let mut terminal = Terminal::new(TestBackend::new(area.width, area.height)).expect("memory");
        terminal.draw(|frame| view::view(&self.state, frame)).expect("memory");
        terminal
    }

    pub fn drawn(&self) -> Buffer {
        self.terminal().backend().buffer().clone()
    }

    /// Where the screen's cursor is.
    pub fn cursor(&self) -> Position {
        self.terminal().get_cursor_position().expect("memory")
    }

    pub fn screen(&self) -> String {
        text(&self.drawn())
    }
}

/// What stands in the cells, line by line.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += super::fit::width(symbol).max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

pub fn listing<T>(items: Vec<T>) -> Listing<T> {
    let total = u64::try_from(items.len()).expect("few");
    let pagination = Pagination::new(total, Window { page: 1, limit: 100 });
    Listing { items, pagination, event_id: Some(0) }
}

pub fn project() -> Project {
    serde_json::from_value(json!({
        "id": "proj_000000000000000000000001", "name": "my-app", "description": null, "status": "active",
        "corsOrigins": [], "environments": 4, "createdAt": NOW, "updatedAt": NOW
    }))
    .expect("a project")
}

/// An active environment; `number` makes its identifier.
pub fn environment(number: u32, name: &str, kind: &str, created: &str) -> Environment {
    serde_json::from_value(json!({
        "id": format!("env_{number:024x}"), "projectId": "proj_000000000000000000000001", "name": name,
        "type": kind, "status": "active", "step": null, "reason": null, "protected": kind == "prod",
        "createdAt": created, "updatedAt": created, "activeAfterMs": 9.0,
        "steps": [
            {"name": "reserve", "ms": 1.1}, {"name": "storage", "ms": 3.0}, {"name": "system-tables", "ms": 1.9},
            {"name": "key", "ms": 0.6}, {"name": "verify", "ms": 2.1}
        ],
        "usage": {"tables": 4, "rows": 1204, "users": 31, "keys": 2, "files": 12, "bytes": 3_100_000}
    }))
    .expect("an environment")
}

/// The same environment in another status.
pub fn changed(environment: &Environment, change: &serde_json::Value) -> Environment {
    let mut json = serde_json::to_value(environment).expect("JSON");
    for (field, value) in change.as_object().expect("fields") {
        json[field] = value.clone();
    }
    serde_json::from_value(json).expect("an environment")
}

pub fn creating(number: u32, name: &str, step: &str, index: u8, created: &str) -> Environment {
    changed(
        &environment(number, name, "custom", created),
        &json!({
            "status": "creating", "step": {"name": step, "index": index, "of": 5}, "activeAfterMs": null,
            "steps": [{"name": "reserve", "ms": 612.0}, {"name": "storage", "ms": 840.0}],
            "usage": {"tables": 0, "rows": 0, "users": 0, "keys": 0, "files": 0, "bytes": 0}
        }),
    )
}

pub fn sample() -> Vec<Environment> {
    vec![
        environment(1, "prod", "prod", "2026-10-13T11:02:00.000Z"),
        environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z"),
        environment(3, "staging", "staging", "2026-11-23T04:40:00.000Z"),
        creating(4, "qa", "system-tables", 3, "2026-11-23T06:42:39.000Z"),
    ]
}

pub fn publishable(environment: &str) -> ApiKey {
    serde_json::from_value(json!({
        "id": "key_000000000000000000000001", "environmentId": environment, "name": "default",
        "type": "publishable", "key": format!("pk_4f{}9c", "0a".repeat(30)), "mask": "pk_4f0a…0a9c",
        "scopes": [], "expiresAt": null, "lastUsedAt": null, "createdAt": NOW
    }))
    .expect("a key")
}

pub fn table(number: u32, environment: &Environment, name: &str) -> Table {
    serde_json::from_value(json!({
        "id": format!("tbl_{number:024x}"), "environmentId": environment.id, "name": name, "displayName": null,
        "description": null, "status": "deployed", "schema": {"title": {"bsonType": "string", "required": true}},
        "indexes": [], "permissions": null, "rows": 12, "bytes": 4096, "revision": 1,
        "createdAt": NOW, "updatedAt": NOW
    }))
    .expect("a table")
}

pub fn refused(message: &str) -> client::Error {
    client::Error::Refused {
        status: 409,
        code: "environment/already-exists".into(),
        message: message.into(),
        details: Vec::new(),
    }
}
