//! The terminal console: one loop, one owner of the state.
//!
//! Whatever happens comes in as a [`message::Message`], [`update::update`] changes the state and
//! returns [`effect::Effect`]s, [`view::view`] draws. No key ever waits for the network: calls run
//! as tasks, and their answers are messages like any other.
//!
//! | File | Idea |
//! |---|---|
//! | [`message`], [`effect`], [`call`] | all that can happen, all that the console asks of the outside, and of the server |
//! | [`mod@state`], [`shell`] | what is known: the whole, and what every page shares |
//! | [`update`], [`stream`] | what each message does; what the server's news do |
//! | [`view`], [`layout`], [`target`] | drawing, where everything is, what lies under the mouse |
//! | [`command`], [`shell_commands`] | the command table: keys, footer, palette, help, manual |
//! | [`keymap`], [`config`] | its keys as they are bound; what the configuration file settles |
//! | [`page`] | one folder for each page; their [frame](page::list) |
//! | [`modal`] | what lies over the pages: [forms](modal::form), questions, palette, help |
//! | [`task`] | long work that goes on by itself: exports, uploads, downloads |
//! | [`session`], [`trail`] | what the next start finds again; the way back |
//! | [`catalog`], [`remote`] | environments with their tab numbers; readings and how old they are |
//! | [`isolation`] | what was proved of environments, one or all in turn |
//! | [`event_loop`], [`inbox`], [`runtime`] | the loop, what it waits for, and the tasks that carry out effects |
//! | [`plain`] | the same as lines of text, for screen readers and logs |
//! | [`terminal`] | the terminal: taken, drawn on, given back |
//! | [`theme`], [`colour`], [`fit`] | how it looks, in how many colours, in how many columns |

pub mod call;
pub mod catalog;
pub mod colour;
pub mod command;
pub mod config;
pub mod connection;
pub mod effect;
pub mod event_loop;
pub mod fit;
pub mod inbox;
pub mod isolation;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod lock;
pub mod message;
pub mod modal;
pub mod motion;
pub mod page;
pub mod plain;
mod posix;
pub mod private_file;
pub mod remote;
pub mod runtime;
pub mod session;
pub mod shell;
pub mod shell_commands;
pub mod spinner;
pub mod state;
pub mod stream;
pub mod target;
pub mod task;
pub mod terminal;
pub mod theme;
pub mod toast;
pub mod trail;
pub mod update;
pub mod view;
pub mod widget;
pub mod zone;

#[cfg(test)]
mod tests;

use std::{
    io::{self, Write as _},
    panic,
    path::PathBuf,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use ratatui::layout::Rect;
use tokio::{
    runtime::Handle,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinSet,
};

pub use self::{
    colour::Depth,
    config::Config,
    effect::Exit,
    message::{BackendUsage, Embedded},
};
use self::{
    event_loop::EventLoop,
    inbox::Inbox,
    message::{Message, Moment},
    plain::{PlainLoop, Script, Teller},
    runtime::Runtime,
    session::Session,
    shell::{Medium, Setup},
    state::State,
    terminal::{Terminal, background, input::Keyboard, panic::PanicGuard},
    toast::Tone,
    zone::Zone,
};
use crate::{
    client::Client,
    domain::{Clock, mistake::Mistake},
};

/// Messages that wait for the loop. A burst of keys or events longer than this makes its sender
/// wait, and nobody else.
const WAITING: usize = 1024;

/// How the console is started.
#[derive(Debug)]
pub struct Options {
    pub clock: Clock,
    /// The project and environment to show first, by name or identifier.
    pub project: Option<String>,
    pub environment: Option<String>,
    /// Set when the backend runs inside this process.
    pub embedded: Option<Embedded>,
    pub color: ColorChoice,
    pub config: Config,
    /// What is wrong in the configuration file; said once the console is up.
    pub mistakes: Vec<Mistake>,
    /// The environment was asked for at this very start, and is not only remembered.
    pub asked: bool,
    /// Where the session is kept; absent for a console that leaves nothing behind.
    pub session_file: Option<PathBuf>,
    pub form: Form,
}

/// What the console is shown as, and what ends it where nobody quits it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Screen,
    /// Lines of text, until the input ends.
    Lines,
    /// Lines of text, beyond the end of the input.
    Log,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    #[default]
    Auto,
    /// Colours even where `NO_COLOR` is set.
    Always,
    Never,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the terminal failed ({0}): start the console in another one, or use the commands (bkend help)")]
    Terminal(#[from] io::Error),
    /// Its number, from 1. Why is told where it happened.
    #[error("line {0} of the script failed: it ends there")]
    Script(usize),
}

/// Runs the console until it is quit. Needs a terminal on standard input and output, unless it is
/// plain.
///
/// # Errors
/// When the terminal cannot be used.
///
/// # Panics
/// With the loop, if that panics; the terminal has been given back by then.
pub async fn run(client: Client, options: Options) -> Result<Exit, Error> {
    let (messages, received) = sync_channel(WAITING);
    let signals = forward_signals(&messages)?;
    let _end = EndOnDrop(messages.clone());
    let handle = Handle::current();
    let (ended, end) = oneshot::channel();
    // The loop blocks while it waits, so it has a thread of its own.
    let console = thread::Builder::new().name("console".into()).spawn(move || {
        let inbox = Inbox::new(received, options.clock, Instant::now());
        let exit = on_own_thread(client, options, handle, messages, inbox);
        // Only a caller that gave up does not listen.
        let _ = ended.send(());
        exit
    })?;
    // An error means that the thread died without a word; joining it tells why.
    let _ = end.await;
    drop(signals);
    match console.join() {
        Ok(exit) => exit,
        Err(report) => panic::resume_unwind(report),
    }
}

/// Ends the loop of a `run` that is given up. One that has ended takes no message.
struct EndOnDrop(SyncSender<Message>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        let _ = self.0.try_send(Message::Terminate);
    }
}

fn on_own_thread(
    client: Client,
    options: Options,
    handle: Handle,
    messages: SyncSender<Message>,
    inbox: Inbox,
) -> Result<Exit, Error> {
    if options.form != Form::Screen {
        return plainly(client, options, handle, messages, inbox);
    }
    let _panics = PanicGuard::install(thread::current().id());
    let mut terminal = Terminal::take(options.config.habits.mouse)?;
    let depth = match options.color {
        ColorChoice::Never => Depth::None,
        ColorChoice::Auto => Depth::detect(|name| std::env::var(name).ok()),
        ColorChoice::Always => match Depth::detect(|name| std::env::var(name).ok().filter(|_| name != "NO_COLOR")) {
            Depth::None => Depth::Sixteen,
            depth => depth,
        },
    };
    let follows_terminal = options.config.theme.is_none() && matches!(depth, Depth::Indexed | Depth::True);
    let session_file = options.session_file.clone();
    let state = state(options, &client, depth, terminal.area());
    if follows_terminal && state.shell.chosen_theme.is_none() {
        terminal.write(background::QUESTION)?;
    }
    let keyboard = Keyboard::new(messages.clone())?;
    let runtime = Runtime::new(handle, client, messages, session_file.clone());
    let (exit, state) = EventLoop { state, terminal, keyboard, runtime, inbox }.run()?;
    // The terminal has been given back: nobody waits for the disk.
    keep_session(session_file, &state);
    tell_what_is_lost(exit, &state);
    Ok(exit)
}

/// The same without a screen.
fn plainly(
    client: Client,
    mut options: Options,
    handle: Handle,
    messages: SyncSender<Message>,
    inbox: Inbox,
) -> Result<Exit, Error> {
    options.config.habits.bell = false;
    let (form, session_file) = (options.form, options.session_file.clone());
    let (width, height) = plain::AREA;
    let mut state = state(options, &client, Depth::None, Rect::new(0, 0, width, height));
    // Nothing that only moves is told.
    state.shell.clock_runs = false;
    state.shell.medium = Medium::Lines;
    plain::read_lines(messages.clone())?;
    let runtime = Runtime::new(handle, client, messages, session_file.clone());
    let script = Script::of_input(form);
    let teller = Teller::new(io::stdout(), script.prompts());
    let (exit, state, failed) = PlainLoop { state, runtime, inbox, teller, script }.run()?;
    keep_session(session_file, &state);
    tell_what_is_lost(exit, &state);
    match (exit, failed) {
        (Exit::Quit, Some(line)) => Err(Error::Script(line)),
        _ => Ok(exit),
    }
}

/// A signal ends the console without a question, and so does `q` where none could be read: what is taken along
/// is said on the terminal behind it.
fn tell_what_is_lost(exit: Exit, state: &State) {
    let unsaved = state.pages.database.unsaved(&state.shell);
    if exit == Exit::Terminated && !unsaved.is_empty() {
        // Nobody may be there to read it: a hangup takes the terminal along.
        let _ = writeln!(io::stderr(), "ended without a question; not saved: {}", unsaved.join(", "));
    }
}

/// The state to start with, and what the last session left of it.
fn state(options: Options, client: &Client, depth: Depth, area: Rect) -> State {
    let clock_runs = matches!(options.clock, Clock::System);
    // Pictures of a demo are the same everywhere.
    let zone = if clock_runs { options.config.zone } else { Zone::Utc };
    let mut state = State::new(Setup {
        now: Moment { wall: options.clock.now(), uptime: Duration::ZERO },
        clock_runs,
        config: Config { zone, ..options.config },
        mistakes: options.mistakes,
        depth,
        url: client.url().to_owned(),
        embedded: options.embedded,
        project: options.project,
        environment: options.environment,
        asked: options.asked,
        area,
    });
    if let Some(path) = options.session_file {
        let loaded = Session::load(&path);
        if let Err(reason) = &loaded {
            state.shell.say(Tone::Warning, None, reason.clone());
        }
        state.take_up(loaded.ok().flatten().unwrap_or_default());
    }
    state
}

fn keep_session(path: Option<PathBuf>, state: &State) {
    if let (Some(path), Some(session)) = (path, state.session_to_keep()) {
        session.write_or_warn(&path);
    }
}

/// Turns signals into messages for as long as the returned tasks live.
fn forward_signals(messages: &SyncSender<Message>) -> io::Result<JoinSet<()>> {
    type Make = fn() -> Message;
    let table: [(SignalKind, Make); 5] = [
        (SignalKind::terminate(), || Message::Terminate),
        (SignalKind::hangup(), || Message::Terminate),
        (SignalKind::interrupt(), || Message::Interrupt),
        (SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()), || Message::Stop),
        (SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()), || Message::Resumed),
    ];
    let mut tasks = JoinSet::new();
    for (kind, message) in table {
        let mut signal = signal(kind)?;
        let messages = messages.clone();
        tasks.spawn(async move {
            while signal.recv().await.is_some() {
                if messages.send(message()).is_err() {
                    return;
                }
            }
        });
    }
    Ok(tasks)
}
