//! What each message does to the state. No I/O: what must happen outside is returned.
//!
//! | File | Idea |
//! |---|---|
//! | `keyboard`, `pointer` | what a key means; what the mouse does where it points |
//! | `filter_line`, `paste` | typing the filter of a list; pasting into whatever is typed into |
//! | `modals` | what lies over the page is asked first |
//! | `places` | to a page, to a place, and the way back |
//! | `news` | answers, long work, copies |
//! | `allowed` | production's lock: what of the effects is carried out |
//! | `quitting` | what `q` does |

mod allowed;
mod filter_line;
mod keyboard;
mod modals;
mod news;
mod paste;
mod places;
mod pointer;
mod quitting;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::layout::Rect;

pub use self::{
    allowed::allowed,
    places::{go_to, tread},
    quitting::quit,
};
use super::{
    call::Call,
    colour::Depth,
    command::{self, Command},
    effect::{Effect, Exit},
    key::Key,
    layout::Layout,
    message::{Message, Moment},
    shell::{REST, Shell},
    state::State,
    stream,
    theme::{Theme, ThemeName},
    toast::Tone,
    widget::Field,
};

/// Ends the console wherever `quit` may have been moved to.
const ALWAYS_QUITS: Key = Key { code: KeyCode::Char('c'), modifiers: KeyModifiers::CONTROL };

/// Starts the console: what has to be read before anything can be shown.
pub fn start(state: &mut State) -> Vec<Effect> {
    vec![state.shell.read(Call::Projects, |shell| &mut shell.projects)]
}

/// Handles one message.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    if matches!(message, Message::Key(_) | Message::Mouse(_) | Message::Paste(_)) {
        if state.shell.lent {
            // Typed before the keyboard was handed over, by somebody who had asked for the program.
            return Vec::new();
        }
        if Layout::of(state.shell.area).is_none() {
            return blind(state, &message);
        }
        state.touch();
    }
    if matches!(message, Message::Edited(_) | Message::Paged(_)) {
        state.shell.lent = false;
    }
    let is_news = matches!(message, Message::Answer { .. } | Message::Stream(_));
    let mut effects = match message {
        Message::Clock(now) => clock(state, now),
        Message::Key(key) => keyboard::key(state, key),
        Message::Paste(text) => paste::paste(state, &text),
        Message::Mouse(event) => pointer::mouse(state, event),
        Message::Resize { width, height } => {
            state.shell.area = Rect::new(0, 0, width, height);
            Vec::new()
        }
        Message::Background { light } => {
            background(&mut state.shell, light);
            Vec::new()
        }
        Message::Answer { ticket, call, result } => news::answer(state, &ticket, &call, result),
        Message::Stream(update) => stream::update(state, update),
        Message::Copied { what, result } => {
            news::copied(&mut state.shell, &what, result);
            Vec::new()
        }
        Message::Task { id, news } => news::task(state, id, news),
        Message::Usage(usage) => quitting::ask_or_quit(state, Some(&usage)),
        // Plain mode reads them.
        Message::Line(_) | Message::InputEnded => Vec::new(),
        Message::Edited(result) => modals::edited(state, result),
        Message::Paged(result) => {
            if let Err(reason) = result {
                state.shell.say(Tone::Error, None, reason);
            }
            Vec::new()
        }
        Message::Resumed => vec![Effect::TakeTerminal],
        Message::Terminate | Message::Interrupt => vec![Effect::Quit(Exit::Terminated)],
        Message::Stop => vec![Effect::Suspend],
        Message::TaskDied => {
            let text = "a background task ended by a defect; the log file has its report";
            state.shell.say(Tone::Error, None, text);
            Vec::new()
        }
    };
    if is_news {
        modals::follow(&mut state.shell);
    }
    places::lead_back(state);
    let (shell, page) = state.parts();
    // What is shown now may have a filter of its own.
    if shell.filtering.as_ref().is_some_and(|line| line.text() != page.filter(shell)) {
        shell.filtering = Some(Field::new(&page.filter(shell)));
    }
    if shell.moved_at.is_none() {
        effects.extend(page.refresh(shell));
    }
    if let Some(environment) = shell.environments.selected() {
        shell.trail.visit(shell.page, &environment.environment.id, page.opened(shell), shell.now.uptime);
    }
    command::reconsider(state);
    let shell = &mut state.shell;
    effects.retain(|effect| shell.habits.bell || !matches!(effect, Effect::Bell));
    let effects = allowed(&mut state.shell, effects);
    state.shell.lent |= effects.iter().any(|effect| matches!(effect, Effect::Edit(_) | Effect::Page(_)));
    effects
}

/// Where nothing can be shown nothing is done but what the note there offers, whatever lies below it. It asks
/// nothing either, as that could not be read: what is lost is told as after any other end.
fn blind(state: &State, message: &Message) -> Vec<Effect> {
    let keymap = &state.shell.keymap;
    match message {
        Message::Key(key) if keymap.runs("quit", *key) || *key == ALWAYS_QUITS => {
            vec![Effect::Quit(Exit::Terminated)]
        }
        _ => Vec::new(),
    }
}

fn clock(state: &mut State, now: Moment) -> Vec<Effect> {
    state.shell.now = now;
    let keep = state.session_due().map(|session| Effect::Keep(Box::new(session)));
    let mut effects = time_passed(state, now);
    effects.extend(keep);
    effects
}

fn time_passed(state: &mut State, now: Moment) -> Vec<Effect> {
    let shell = &mut state.shell;
    shell.toasts.expire(now.uptime);
    if shell.moved_at.is_some_and(|at| now.uptime >= at + REST) {
        shell.moved_at = None;
    }
    if shell.retry_at.is_some_and(|at| now.uptime >= at) {
        shell.retry_at = None;
        return stream::read_again(state);
    }
    if shell.refresh_at.is_some_and(|at| now.uptime >= at) {
        shell.refresh_at = shell.habits.refresh.map(|every| now.uptime + every);
        return stream::read_again(state);
    }
    Vec::new()
}

fn background(shell: &mut Shell, light: bool) {
    if shell.chosen_theme.is_some() || shell.depth == Depth::Sixteen {
        return;
    }
    shell.theme = Theme::load(if light { ThemeName::Light } else { ThemeName::Dark }, shell.depth);
}

/// Runs a command that was chosen by name, on its own page.
pub fn run(state: &mut State, command: &'static Command) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.shell.remember(command.name);
    if let Some(page) = command::page_of(command).filter(|page| *page != state.shell.page) {
        go_to(state, page);
        // What it works on is known to its page once that is shown.
        let (shell, page) = state.parts();
        effects = page.refresh(shell);
    }
    effects.extend(command.invoke(state));
    effects
}
