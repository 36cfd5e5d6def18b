//! Thousands of keys in no order, on a demonstration's real server: nothing panics, every place has
//! a way out, and nothing is destroyed that was not confirmed.
//!
//! The state, its updates and its views are the console's own; the calls that it asks for are made.
//! Answers come back late and in turn with the keys, as they do over a network.

use std::{
    collections::VecDeque,
    fs,
    io::{BufRead as _, BufReader},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process::{Child, Command, Stdio},
    time::Duration,
};

use bkend_console::{
    client::{Client, Events, Target},
    console::{
        Config, Depth,
        call::Impact,
        command,
        effect::{Effect, Request},
        key::Key,
        message::{BackendUsage, CopiedBy, Message, Moment},
        page::PageId,
        shell::Setup,
        state::State,
        update, view,
        zone::Zone,
    },
    domain::Timestamp,
};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use fastrand::Rng;
use futures_util::FutureExt as _;
use ratatui::{Terminal, backend::TestBackend, layout::Rect};
use rstest::rstest;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A failure names the seed and what was done last; the seed brings it back.
const KEYS: usize = 2500;
/// The way out is tried after so many keys.
const BETWEEN_WAYS_OUT: usize = 50;
/// More than anything lies over a page, or inside it.
const DEEPEST: usize = 16;
const LARGEST: (u16, u16) = (160, 50);
/// When it is in the demonstration, where the clock stands still.
const NOW: Timestamp = Timestamp::from_millis(1_795_416_159_120);

#[rstest]
fn no_keys_break_the_console(#[values(1, 2, 3)] seed: u64) {
    let demo = Demo::start();
    let mut person = Person::new(seed, &demo);
    let lived = catch_unwind(AssertUnwindSafe(|| {
        for number in 1..=KEYS {
            person.act();
            if number % BETWEEN_WAYS_OUT == 0 {
                person.find_the_way_out();
            }
        }
    }));
    if let Err(report) = lived {
        eprintln!("seed {seed}, at last: {}", Vec::from(person.last).join(", "));
        resume_unwind(report);
    }
    assert!(person.destroyed > 0, "no confirmation was ever given: the test looks away");
}

/// `bkend demo --headless`, and what its operator needs.
struct Demo {
    process: Child,
    url: String,
    token: String,
    _folder: TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut process = Command::new(env!("CARGO_BIN_EXE_bkend"))
            .args(["demo", "--headless", "--listen", "127.0.0.1:0", "--rows", "300"])
            .env("TMPDIR", folder.path())
            // Nothing of the machine's own configuration.
            .env_remove("BKEND_CONFIG")
            .env("XDG_CONFIG_HOME", folder.path().join("configuration"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a first line");
        let url = line.trim().strip_prefix("listening on ").expect("the first line says where").to_owned();
        let data = fs::read_dir(folder.path()).expect("a folder").next().expect("its data").expect("readable");
        let token = fs::read_to_string(data.path().join("data/operator.token")).expect("a token");
        Self { process, url, token: token.trim().to_owned(), _folder: folder }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody who presses anything.
struct Person {
    random: Rng,
    keys: Vec<Vec<Key>>,
    state: State,
    screen: Terminal<TestBackend>,
    client: Client,
    url: String,
    events: Option<Events>,
    runtime: Runtime,
    waiting: VecDeque<Request>,
    uptime: Duration,
    destroyed: usize,
    last: VecDeque<String>,
}

impl Person {
    fn new(seed: u64, demo: &Demo) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let target = Target { url: demo.url.clone(), token: demo.token.clone().into(), socket: None };
        let keys = command::all().flat_map(|command| command.keys).filter_map(|keys| Key::parse_sequence(keys));
        let mut person = Self {
            random: Rng::with_seed(seed),
            keys: keys.collect(),
            state: state(&demo.url),
            screen: Terminal::new(TestBackend::new(100, 30)).expect("a screen in memory"),
            client: Client::new(target).expect("a client"),
            url: demo.url.clone(),
            events: None,
            runtime: runtime.expect("a runtime"),
            waiting: VecDeque::new(),
            uptime: Duration::ZERO,
            destroyed: 0,
            last: VecDeque::new(),
        };
        person.start();
        person
    }

    fn start(&mut self) {
        let effects = update::start(&mut self.state);
        self.take(effects, false);
    }

    fn act(&mut self) {
        self.uptime += Duration::from_millis(self.random.u64(0..120));
        self.send(Message::Clock(Moment { wall: NOW, uptime: self.uptime }));
        if self.random.u8(0..3) == 0 {
            self.answer();
        }
        self.follow();
        match self.random.u8(0..100) {
            0..2 => self.resize(),
            2..6 => self.click(),
            6..8 => self.send(Message::Paste("dev staging\tposts\n".into())),
            8..30 => {
                let common = ["enter", "esc", "tab", "j", "k", "down", "up", "left", "right", "space", "backspace"];
                let name = self.random.choice(common).expect("there are some");
                self.press(Key::parse(name).expect("a key"));
            }
            30..45 => {
                let typed = self.random.alphanumeric();
                self.press(Key::char(typed));
            }
            45..55 => self.confirm(),
            _ => {
                let position = self.random.usize(..self.keys.len());
                for key in self.keys[position].clone() {
                    self.press(key);
                }
            }
        }
    }

    fn resize(&mut self) {
        let size = match self.random.u8(0..4) {
            0 => (self.random.u16(1..60), self.random.u16(1..20)),
            1 => (80, 24),
            _ => (self.random.u16(40..=LARGEST.0), self.random.u16(10..=LARGEST.1)),
        };
        self.note(format!("{}x{}", size.0, size.1));
        self.screen.backend_mut().resize(size.0, size.1);
        self.send(Message::Resize { width: size.0, height: size.1 });
    }

    fn click(&mut self) {
        let area = self.state.shell.area;
        let (column, row) = (self.random.u16(0..area.width), self.random.u16(0..area.height));
        let kinds = [
            MouseEventKind::Down(MouseButton::Left),
            MouseEventKind::Down(MouseButton::Left),
            MouseEventKind::ScrollDown,
            MouseEventKind::ScrollUp,
        ];
        let kind = self.random.choice(kinds).expect("there are some");
        self.note(format!("{kind:?} at {column},{row}"));
        self.send(Message::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    /// Types the name that a confirmation asks for, and asks for one where there is none.
    fn confirm(&mut self) {
        if self.confirmation().is_none() {
            self.press(Key::char('d'));
        }
        let asked = self.confirmation();
        for character in asked.iter().flat_map(|name| name.chars()) {
            self.press(Key::char(character));
        }
        if asked.is_some() {
            self.press(Key::parse("enter").expect("a key"));
        }
    }

    /// The name that the confirmation on top asks for.
    fn confirmation(&self) -> Option<String> {
        let shown = format!("{:?}", self.state.shell.modals.last()?);
        let name = shown.strip_prefix("Confirm {")?.split("name: \"").nth(1)?;
        Some(name.split('"').next()?.to_owned())
    }

    fn press(&mut self, key: Key) {
        self.note(format!("{key:?}"));
        self.send(Message::Key(key));
    }

    fn note(&mut self, done: String) {
        self.last.push_back(done);
        if self.last.len() > 60 {
            self.last.pop_front();
        }
    }

    fn send(&mut self, message: Message) {
        let confirmed = self.confirmation().is_some();
        let effects = update::update(&mut self.state, message);
        self.screen.draw(|frame| view::view(&self.state, frame)).expect("a screen in memory");
        self.take(effects, confirmed);
    }

    fn take(&mut self, effects: Vec<Effect>, confirmed: bool) {
        for effect in effects {
            match effect {
                Effect::Call(request) => {
                    if request.call.impact() == Impact::Destroys {
                        assert!(confirmed, "{} was not confirmed", request.call.doing());
                        self.destroyed += 1;
                    }
                    self.waiting.push_back(request);
                }
                Effect::Follow { from } => {
                    let _inside = self.runtime.enter();
                    self.events = Some(self.client.events(from));
                }
                Effect::Copy { what, .. } => {
                    self.send(Message::Copied { what, result: Ok(CopiedBy::Terminal) });
                }
                Effect::CheckUsage => self.send(Message::Usage(BackendUsage { app_requests: 1, other_consoles: 0 })),
                // Another console is opened after that one.
                Effect::Quit(_) => {
                    self.state = state(&self.url);
                    let area = self.screen.size().expect("a screen in memory");
                    self.state.shell.area = Rect::new(0, 0, area.width, area.height);
                    self.waiting.clear();
                    self.events = None;
                    self.start();
                    return;
                }
                _ => {}
            }
        }
    }

    /// Makes one of the calls that wait, not always the oldest.
    fn answer(&mut self) {
        let position = self.random.usize(0..2);
        let Some(Request { ticket, call }) = self.waiting.remove(position) else { return };
        let result = self.runtime.block_on(call.perform(&self.client));
        self.send(Message::Answer { ticket, call: Box::new(call), result });
    }

    /// Hands over what the server told meanwhile.
    fn follow(&mut self) {
        while let Some(update) = self.events.as_mut().and_then(|events| events.next().now_or_never()).flatten() {
            self.send(Message::Stream(update));
        }
    }

    /// Wherever one is, `esc` and the way to the first page lead out.
    fn find_the_way_out(&mut self) {
        let size = (100, 30);
        self.screen.backend_mut().resize(size.0, size.1);
        self.send(Message::Resize { width: size.0, height: size.1 });
        for _ in 0..DEEPEST {
            self.press(Key::parse("esc").expect("a key"));
        }
        assert!(self.state.shell.modals.is_empty(), "esc leaves {:?} open", self.state.shell.modals);
        for key in Key::parse_sequence("g e").expect("keys") {
            self.press(key);
        }
        assert_eq!(self.state.shell.page, PageId::Environments);
    }
}

fn state(url: &str) -> State {
    State::new(Setup {
        now: Moment { wall: NOW, uptime: Duration::ZERO },
        clock_runs: false,
        config: Config { zone: Zone::Utc, ..Config::default() },
        mistakes: Vec::new(),
        depth: Depth::True,
        url: url.to_owned(),
        embedded: None,
        project: None,
        environment: None,
        asked: false,
        area: Rect::new(0, 0, 100, 30),
    })
}
