//! What each message does to the state. No I/O: what must happen outside is returned.

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{
    call::{Call, Reply},
    command::{self, Command, Meaning},
    effect::{Effect, Exit, Ticket},
    key::Key,
    message::{BackendUsage, CopiedBy, Message, Moment},
    modal::{Modal, Outcome, quit::Quit},
    motion::Motion,
    page::{Click, PageId},
    shell::{Focus, REST, Shell, read_only},
    state::State,
    stream,
    target::{self, Target},
    theme::{Theme, ThemeName},
    toast::Tone,
};
use crate::client;

/// Starts the console: what has to be read before anything can be shown.
pub fn start(state: &mut State) -> Vec<Effect> {
    vec![state.shell.read(Call::Projects, |shell| &mut shell.projects)]
}

/// Handles one message.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Clock(now) => clock(state, now),
        Message::Key(key) => self::key(state, key),
        Message::Paste(text) => paste(state, &text),
        Message::Mouse(event) => mouse(state, event),
        Message::Resize { width, height } => {
            state.shell.area = Rect::new(0, 0, width, height);
            Vec::new()
        }
        Message::Background { light } => {
            background(&mut state.shell, light);
            Vec::new()
        }
        Message::Answer { ticket, call, result } => answer(state, &ticket, &call, result),
        Message::Stream(update) => stream::update(state, update),
        Message::Copied { what, result } => {
            copied(&mut state.shell, &what, result);
            Vec::new()
        }
        Message::Edited(result) => edited(state, result),
        Message::Usage(usage) => usage_known(&mut state.shell, &usage),
        Message::Resumed => vec![Effect::TakeTerminal],
        Message::Terminate | Message::Interrupt => vec![Effect::Quit(Exit::Terminated)],
        Message::Stop => vec![Effect::Suspend],
        Message::TaskDied => {
            let text = "a background task ended by a defect; the log file has its report";
            state.shell.say(Tone::Error, None, text);
            Vec::new()
        }
    };
    let (shell, page) = state.parts();
    if shell.moved_at.is_none() {
        effects.extend(page.refresh(shell));
    }
    read_only_holds(&mut state.shell, effects)
}

/// The last word on production: whatever view, command or dialog asked for it, a call that changes
/// a locked environment is not made.
fn read_only_holds(shell: &mut Shell, effects: Vec<Effect>) -> Vec<Effect> {
    let refused = |effect: &Effect| match effect {
        Effect::Call(request) if request.call.mutates() => {
            let id = request.call.environment()?;
            shell.is_locked(id).then(|| (id.clone(), request.ticket.clone()))
        }
        _ => None,
    };
    let (kept, refused): (Vec<_>, Vec<_>) =
        effects.into_iter().map(|effect| (refused(&effect), effect)).partition(|(refused, _)| refused.is_none());
    for (id, ticket) in refused.into_iter().filter_map(|(refused, _)| refused) {
        shell.toasts.done(&ticket);
        shell.modals.extend(shell.submitted.take(&ticket));
        if let Some(entry) = shell.environments.get(&id) {
            let text = read_only(&entry.environment);
            shell.say(Tone::Warning, Some(&id), text);
        }
    }
    kept.into_iter().map(|(_, effect)| effect).collect()
}

fn clock(state: &mut State, now: Moment) -> Vec<Effect> {
    let shell = &mut state.shell;
    shell.now = now;
    shell.toasts.expire(now.uptime);
    if shell.moved_at.is_some_and(|at| now.uptime >= at + REST) {
        shell.moved_at = None;
    }
    if shell.retry_at.is_some_and(|at| now.uptime >= at) {
        shell.retry_at = None;
        return stream::read_again(state);
    }
    Vec::new()
}

fn key(state: &mut State, key: Key) -> Vec<Effect> {
    // No command is bound to alt. What looks like it is `esc` with the next key close behind, which
    // the terminal sends as the same bytes; but text fields know two such keys.
    if key.modifiers == KeyModifiers::ALT && !matches!(key.code, KeyCode::Char('b' | 'f') | KeyCode::Backspace) {
        let mut effects = self::key(state, Key::plain(KeyCode::Esc));
        effects.extend(self::key(state, Key::plain(key.code)));
        return effects;
    }
    let control = |character| key == Key { code: KeyCode::Char(character), modifiers: KeyModifiers::CONTROL };
    let over = !state.shell.modals.is_empty() || state.shell.filtering;
    if over && control('c') {
        // Out of whatever lies over the page first; what was typed is asked about there.
        return self::key(state, Key::plain(KeyCode::Esc));
    }
    if !control('z') {
        if let Some(modal) = state.shell.modals.pop() {
            return ask_modal(state, modal, |modal, shell| modal.key(shell, key));
        }
        if state.shell.filtering {
            return filter_key(state, key);
        }
        if state.shell.focus == Focus::Sidebar && key.code == KeyCode::Enter {
            state.shell.focus = Focus::Main;
            return Vec::new();
        }
    }
    state.shell.pending.push(key);
    let keys = std::mem::take(&mut state.shell.pending);
    match command::meaning(state, &keys) {
        Meaning::Command(command) => {
            state.shell.pressed = Some(key);
            let effects = command.invoke(state);
            state.shell.pressed = None;
            effects
        }
        Meaning::Prefix => {
            state.shell.pending = keys;
            Vec::new()
        }
        // The end of a sequence that does not exist; alone it may be a command.
        Meaning::Nothing if keys.len() > 1 && key.code != KeyCode::Esc => self::key(state, key),
        Meaning::Nothing => Vec::new(),
    }
}

/// Hands the top modal something and carries out what it decides.
fn ask_modal(
    state: &mut State,
    mut modal: Box<dyn Modal>,
    ask: impl FnOnce(&mut dyn Modal, &mut Shell) -> Outcome,
) -> Vec<Effect> {
    let below = state.shell.modals.len();
    let outcome = ask(&mut *modal, &mut state.shell);
    let keep = |state: &mut State, modal| {
        // What it opened lies over it.
        let place = below.min(state.shell.modals.len());
        state.shell.modals.insert(place, modal);
    };
    match outcome {
        Outcome::Stay => {
            keep(state, modal);
            Vec::new()
        }
        Outcome::Effects(effects) => {
            keep(state, modal);
            effects
        }
        Outcome::Close => Vec::new(),
        Outcome::Done(effects) => effects,
        Outcome::Submitted(effects) => {
            state.shell.submitted.keep(modal, &effects);
            effects
        }
        Outcome::Chosen(choice) => {
            let (shell, page) = state.parts();
            page.chosen(shell, choice)
        }
        Outcome::Run(command) => run(state, command),
    }
}

/// The editor ended: the modal that asked for it goes on.
fn edited(state: &mut State, result: Result<String, String>) -> Vec<Effect> {
    let Some(place) = state.shell.modals.iter().rposition(|modal| modal.awaits_editor()) else { return Vec::new() };
    let modal = state.shell.modals.remove(place);
    ask_modal(state, modal, |modal, shell| modal.edited(shell, result))
}

/// Runs a command that was chosen by name, on its own page.
fn run(state: &mut State, command: &'static Command) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(page) = command::page_of(command).filter(|page| *page != state.shell.page) {
        go_to(state, page);
        // What it works on is known to its page once that is shown.
        let (shell, page) = state.parts();
        effects = page.refresh(shell);
    }
    effects.extend(command.invoke(state));
    effects
}

/// The filter is live: every key changes what is listed.
fn filter_key(state: &mut State, key: Key) -> Vec<Effect> {
    let (shell, page) = state.parts();
    match key.code {
        KeyCode::Enter => {
            shell.filtering = false;
            Vec::new()
        }
        KeyCode::Esc => {
            shell.filtering = false;
            page.set_filter(shell, String::new())
        }
        KeyCode::Tab | KeyCode::Right if key.modifiers.is_empty() => match page.filter_aid(shell).completed {
            Some(whole) => page.set_filter(shell, whole),
            None => Vec::new(),
        },
        KeyCode::Down => page.motion(shell, Motion::Lines(1)),
        KeyCode::Up => page.motion(shell, Motion::Lines(-1)),
        KeyCode::Backspace if key.modifiers.is_empty() => {
            let mut text = page.filter(shell);
            if text.pop().is_none() {
                shell.filtering = false;
            }
            page.set_filter(shell, text)
        }
        KeyCode::Char('u' | 'w') if key.modifiers == KeyModifiers::CONTROL => page.set_filter(shell, String::new()),
        _ => match key.typed() {
            Some(character) => {
                let mut text = page.filter(shell);
                text.push(character);
                page.set_filter(shell, text)
            }
            None => Vec::new(),
        },
    }
}

fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(modal) = state.shell.modals.pop() {
        return ask_modal(state, modal, |modal, shell| modal.paste(shell, text));
    }
    if !state.shell.filtering {
        // Pasted into a list it would be a row of commands.
        state.shell.say(Tone::Info, None, "there is nothing to paste into here");
        return Vec::new();
    }
    let (shell, page) = state.parts();
    let filter = page.filter(shell) + text.lines().next().unwrap_or_default();
    page.set_filter(shell, filter.chars().filter(|c| !c.is_control()).collect())
}

fn mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let position = Position { x: event.column, y: event.row };
    let lines = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => return click(state, position),
        MouseEventKind::ScrollDown => 3,
        MouseEventKind::ScrollUp => -3,
        MouseEventKind::ScrollRight => return scroll_sideways(state, 1),
        MouseEventKind::ScrollLeft => return scroll_sideways(state, -1),
        _ => return Vec::new(),
    };
    if let Some(modal) = state.shell.modals.pop() {
        return ask_modal(state, modal, |modal, shell| {
            modal.scroll(shell, lines);
            Outcome::Stay
        });
    }
    let (shell, page) = state.parts();
    page.motion(shell, Motion::Lines(lines))
}

fn scroll_sideways(state: &mut State, steps: isize) -> Vec<Effect> {
    if state.shell.modals.is_empty() {
        let (shell, page) = state.parts();
        page.sideways(shell, steps);
    }
    Vec::new()
}

fn click(state: &mut State, position: Position) -> Vec<Effect> {
    match target::at(state, position) {
        Some(Target::Key(key)) => return self::key(state, key),
        Some(Target::Command(command)) if state.shell.modals.is_empty() => {
            state.shell.filtering = false;
            return command.invoke(state);
        }
        _ => {}
    }
    if let Some(modal) = state.shell.modals.pop() {
        let area = state.shell.area;
        return ask_modal(state, modal, |modal, shell| modal.click(shell, area, position));
    }
    match target::at(state, position) {
        Some(Target::Tab(id)) => {
            state.shell.environments.select(&id);
            state.shell.moved();
            Vec::new()
        }
        Some(Target::Page(page)) => {
            go_to(state, page);
            Vec::new()
        }
        Some(Target::Main(area)) => {
            state.shell.focus = Focus::Main;
            let (shell, page) = state.parts();
            match page.click(shell, area, position) {
                Click::Nothing => Vec::new(),
                Click::Effects(effects) => effects,
                Click::Command(name) => command::named(name).map(|command| command.invoke(state)).unwrap_or_default(),
            }
        }
        Some(Target::Key(_) | Target::Command(_)) | None => Vec::new(),
    }
}

/// Shows a page.
pub fn go_to(state: &mut State, page: PageId) {
    state.shell.page = page;
    state.shell.filtering = false;
    state.shell.focus = Focus::Main;
}

fn background(shell: &mut Shell, light: bool) {
    if shell.chosen_theme.is_some() || shell.depth == super::colour::Depth::Sixteen {
        return;
    }
    shell.theme = Theme::load(if light { ThemeName::Light } else { ThemeName::Dark }, shell.depth);
}

fn answer(state: &mut State, ticket: &Ticket, call: &Call, result: Result<Reply, client::Error>) -> Vec<Effect> {
    if call.mutates() && !state.shell.toasts.done(ticket) {
        // Asked for in a project that is no longer shown.
        return Vec::new();
    }
    if let (Some(mut form), Err(error)) = (state.shell.submitted.take(ticket), &result) {
        tracing::warn!(%error, "{} failed", call.doing());
        form.refused(error);
        state.shell.modals.push(form);
        return Vec::new();
    }
    match call.owner() {
        Some(id) => state.pages.get_mut(id).answer(&mut state.shell, ticket, call, result),
        None => stream::take_over(state, ticket, call, result),
    }
}

fn copied(shell: &mut Shell, what: &str, result: Result<CopiedBy, String>) {
    match result {
        Ok(CopiedBy::Terminal) => shell.say(Tone::Success, None, format!("copied {what} through the terminal")),
        Ok(CopiedBy::Program(name)) => shell.say(Tone::Success, None, format!("copied {what} with {name}")),
        Err(reason) => shell.say(Tone::Error, None, format!("{what} could not be copied: {reason}")),
    }
}

/// The answer to whether quitting would hurt anybody.
fn usage_known(shell: &mut Shell, usage: &BackendUsage) -> Vec<Effect> {
    let Some(embedded) = shell.embedded.clone() else { return vec![Effect::Quit(Exit::Quit)] };
    if usage.app_requests == 0 && usage.other_consoles == 0 {
        return vec![Effect::Quit(Exit::Quit)];
    }
    shell.open(Quit::new(&embedded, usage));
    Vec::new()
}

/// What `q` does: at once, unless a backend would end that may be in use.
pub fn quit(shell: &Shell) -> Vec<Effect> {
    match shell.embedded {
        Some(_) => vec![Effect::CheckUsage],
        None => vec![Effect::Quit(Exit::Quit)],
    }
}
