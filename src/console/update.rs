//! What each message does to the state. No I/O: what must happen outside is returned.

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{
    call::{Call, Impact, Reply},
    command::{self, Command, Meaning},
    config::Quitting,
    effect::{Effect, Exit, Paged, Ticket},
    fit,
    key::Key,
    message::{BackendUsage, CopiedBy, Message, Moment, TaskNews},
    modal::{Modal, Outcome, quit::Quit},
    motion::Motion,
    page::{Click, PageId},
    shell::{Focus, REST, Shell, read_only},
    shell_commands::show_project,
    state::State,
    stream,
    target::{self, Target},
    task::{self, TaskId},
    theme::{Theme, ThemeName},
    toast::Tone,
    trail::Place,
    widget::Field,
};
use crate::client::{self, import::Plan};

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
        state.touch();
    }
    if matches!(message, Message::Edited(_) | Message::Paged(_)) {
        state.shell.lent = false;
    }
    let is_news = matches!(message, Message::Answer { .. } | Message::Stream(_));
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
        Message::Task { id, news } => task_news(state, id, news),
        Message::Usage(usage) => ask_or_quit(state, Some(&usage)),
        // Plain mode reads them.
        Message::Line(_) | Message::InputEnded => Vec::new(),
        Message::Edited(result) => edited(state, result),
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
        follow(&mut state.shell);
    }
    lead_back(state);
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

/// What lies over the page takes over what the server said.
fn follow(shell: &mut Shell) {
    let mut modals = std::mem::take(&mut shell.modals);
    for modal in &mut modals {
        modal.follow(shell);
    }
    shell.modals = modals;
}

/// What was opened from another page is left: back to where it was opened.
fn lead_back(state: &mut State) {
    let (shell, page) = state.parts();
    let Some(environment) = shell.selected_id() else { return };
    if shell.trail.is_left(shell.page, &environment, page.opened(shell)) {
        tread(state, -1);
    }
}

/// Goes to the next place in that direction that is still there. One that something unsaved lies over
/// is passed by, and it is said why.
pub fn tread(state: &mut State, steps: isize) {
    let (shell, pages) = (&mut state.shell, &state.pages);
    let environments = &shell.environments;
    let mut passed_by = None;
    let found = shell.trail.step(steps, |place| {
        let stays_open = pages.get(place.page).stays_open(&place.environment, place.opened.as_deref());
        let is_free = stays_open.is_none();
        passed_by = passed_by.take().or(stays_open.map(|text| (place.environment.clone(), text)));
        is_free && environments.get(&place.environment).is_some()
    });
    if let Some((environment, text)) = passed_by {
        shell.say(Tone::Warning, Some(&environment), text);
    }
    if let Some(place) = found {
        go_to_place(state, &place);
    }
}

/// What was asked for and is refused.
enum Asked {
    Call(Ticket),
    Task(TaskId),
}

/// The last word on production: whatever view, command or dialog asked for it, a call that changes
/// a locked environment is not made.
pub fn allowed(shell: &mut Shell, effects: Vec<Effect>) -> Vec<Effect> {
    let refused = |effect: &Effect| match effect {
        Effect::Call(request) if request.call.mutates() => {
            let id = request.call.environment()?;
            shell.is_locked(id).then(|| (id.clone(), Asked::Call(request.ticket.clone())))
        }
        Effect::Start { id, task } if task.impact() >= Impact::Changes => {
            let environment = task.environment()?;
            shell.is_locked(environment).then(|| (environment.clone(), Asked::Task(*id)))
        }
        _ => None,
    };
    let (kept, refused): (Vec<_>, Vec<_>) =
        effects.into_iter().map(|effect| (refused(&effect), effect)).partition(|(refused, _)| refused.is_none());
    for (id, asked) in refused.into_iter().filter_map(|(refused, _)| refused) {
        match asked {
            Asked::Call(ticket) => {
                shell.toasts.done(&ticket);
                shell.modals.extend(shell.submitted.take(&ticket));
            }
            Asked::Task(id) => shell.tasks.forget(id),
        }
        if let Some(entry) = shell.environments.get(&id) {
            let text = read_only(&entry.environment, &shell.keymap);
            shell.say(Tone::Warning, Some(&id), text);
        }
    }
    kept.into_iter().map(|(_, effect)| effect).collect()
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

fn key(state: &mut State, key: Key) -> Vec<Effect> {
    if let Some(behind) = behind_escape(key).filter(|_| !is_bound(state, key)) {
        let mut effects = self::key(state, Key::plain(KeyCode::Esc));
        effects.extend(self::key(state, behind));
        return effects;
    }
    let control = |character| key == Key { code: KeyCode::Char(character), modifiers: KeyModifiers::CONTROL };
    let over = !state.shell.modals.is_empty() || state.shell.is_filtering();
    if over && control('c') {
        // Out of whatever lies over the page first; what was typed is asked about there.
        return self::key(state, Key::plain(KeyCode::Esc));
    }
    if !control('z') {
        if let Some(modal) = state.shell.modals.pop() {
            return ask_modal(state, modal, |modal, shell| modal.key(shell, key));
        }
        if let Some(line) = state.shell.filtering.take() {
            return filter_key(state, line, key);
        }
        if state.shell.focus == Focus::Sidebar && key.code == KeyCode::Enter {
            state.shell.focus = Focus::Main;
            return Vec::new();
        }
    }
    state.shell.pending.push(key);
    let keys = std::mem::take(&mut state.shell.pending);
    match state.shell.keymap.meaning(state.page().keymap(&state.shell), &keys) {
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

/// What looks like alt may be `esc` with another key close behind: the terminal sends the same
/// bytes. Text fields know some such keys, and of arrows and the like the bytes are others.
fn behind_escape(key: Key) -> Option<Key> {
    let is_ambiguous = match key.code {
        KeyCode::Char(character) => !matches!(character, 'b' | 'f'),
        KeyCode::Enter | KeyCode::Tab => true,
        _ => false,
    };
    (key.modifiers == KeyModifiers::ALT && is_ambiguous).then(|| Key::plain(key.code))
}

/// Whether a command of this page has the key, and would get it now.
fn is_bound(state: &State, key: Key) -> bool {
    let shell = &state.shell;
    let mut keys = shell.pending.clone();
    keys.push(key);
    let over = !shell.modals.is_empty() || shell.is_filtering();
    !over && !matches!(shell.keymap.meaning(state.page().keymap(shell), &keys), Meaning::Nothing)
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
        Outcome::Filter(text) => {
            let (shell, page) = state.parts();
            page.set_filter(shell, text)
        }
        Outcome::Chosen(choice) => {
            let (shell, page) = state.parts();
            page.chosen(shell, choice)
        }
        Outcome::Run(command) => run(state, command),
        Outcome::Show(project) => show_project(state, *project),
        Outcome::Go(place) => {
            go_to_place(state, &place);
            Vec::new()
        }
    }
}

/// The editor ended: the modal that asked for it goes on.
fn edited(state: &mut State, result: Result<String, String>) -> Vec<Effect> {
    let Some(place) = state.shell.modals.iter().rposition(|modal| modal.awaits_editor()) else { return Vec::new() };
    let modal = state.shell.modals.remove(place);
    ask_modal(state, modal, |modal, shell| modal.edited(shell, result))
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

/// The filter is live: every key that changes it changes what is listed.
fn filter_key(state: &mut State, mut line: Field, key: Key) -> Vec<Effect> {
    let (shell, page) = state.parts();
    let is_plain = key.modifiers.is_empty();
    let motion = match key.code {
        KeyCode::Enter => return Vec::new(),
        KeyCode::Esc => return page.set_filter(shell, String::new()),
        // Once more than there was text to delete.
        KeyCode::Backspace if is_plain && line.text().is_empty() => return Vec::new(),
        KeyCode::Down => Motion::Lines(1),
        KeyCode::Up => Motion::Lines(-1),
        KeyCode::Tab | KeyCode::Right if is_plain && (key.code == KeyCode::Tab || line.is_at_end()) => {
            shell.filtering = Some(line.clone());
            let completed = page.filter_aid(shell).completed;
            return take_filter(state, completed.unwrap_or(line));
        }
        _ => {
            line.key(key);
            return take_filter(state, line);
        }
    };
    shell.filtering = Some(line);
    page.motion(shell, motion)
}

/// The page lists what the line lets pass.
fn take_filter(state: &mut State, line: Field) -> Vec<Effect> {
    let (shell, page) = state.parts();
    let text = line.text().to_owned();
    let is_other = text != page.filter(shell);
    shell.filtering = Some(line);
    if is_other { page.set_filter(shell, text) } else { Vec::new() }
}

/// More is no line that anybody edits here: it would be looked through with every key.
const LONGEST_PASTE: usize = 1_000_000;

fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if text.len() > LONGEST_PASTE {
        let long = |bytes: usize| fit::bytes(u64::try_from(bytes).unwrap_or(u64::MAX));
        let text =
            format!("nothing was pasted: of {} at a time at most, it has {}", long(LONGEST_PASTE), long(text.len()));
        state.shell.say(Tone::Warning, None, text);
        return Vec::new();
    }
    if let Some(modal) = state.shell.modals.pop() {
        return ask_modal(state, modal, |modal, shell| modal.paste(shell, text));
    }
    let Some(mut line) = state.shell.filtering.take() else {
        // Pasted into a list it would be a row of commands.
        state.shell.say(Tone::Info, None, "there is nothing to paste into here");
        return Vec::new();
    };
    line.paste(text.lines().next().unwrap_or_default());
    take_filter(state, line)
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
            state.shell.filtering = None;
            return command.invoke(state);
        }
        _ => {}
    }
    if let Some(modal) = state.shell.modals.pop() {
        let area = state.shell.modal_area();
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
    state.shell.filtering = None;
    state.shell.focus = Focus::Main;
}

/// Shows a place: its page, its environment, and what was open there.
pub fn go_to_place(state: &mut State, place: &Place) {
    if state.shell.selected_id().as_ref() != Some(&place.environment) {
        state.shell.environments.select(&place.environment);
        state.shell.moved();
    }
    go_to(state, place.page);
    let (shell, page) = state.parts();
    page.open_named(shell, place.opened.as_deref());
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

/// Long work went on, or ended.
fn task_news(state: &mut State, id: TaskId, news: TaskNews) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(entry) = shell.tasks.get(id) else { return Vec::new() };
    let (title, environment) = (entry.title.clone(), entry.environment.clone());
    match news {
        TaskNews::Progress(progress) => shell.tasks.progress(id, progress),
        TaskNews::Planned(plan) => planned(shell, id, Ok(plan)),
        TaskNews::Uploaded(file) => {
            let text = format!("{} is there now", file.original_name);
            if let Some(environment) = &environment {
                state.pages.files.uploaded(shell, environment, &file);
            }
            shell.say(Tone::Success, environment.as_ref(), text.clone());
            shell.tasks.end(id, task::State::Done(text));
        }
        TaskNews::Ended(Err(reason)) if awaiting(shell, id).is_some() => planned(shell, id, Err(reason)),
        TaskNews::Written { text, said } => {
            shell.tasks.end(id, task::State::Done(said));
            // Whoever types something else by now is not taken away from it, and two programs cannot have
            // one terminal.
            if shell.modals.is_empty() && shell.filtering.is_none() && !shell.lent {
                return vec![Effect::Page(Paged::Written(text))];
            }
            let again = shell.keymap.way("pager");
            shell.say(Tone::Info, environment.as_ref(), format!("the {title} is not shown over this: {again} again"));
        }
        TaskNews::Ended(Ok(text)) => {
            shell.say(Tone::Success, environment.as_ref(), text.clone());
            shell.tasks.end(id, task::State::Done(text));
        }
        TaskNews::Ended(Err(reason)) => {
            shell.say(Tone::Error, environment.as_ref(), format!("the {title} failed: {reason}"));
            shell.tasks.end(id, task::State::Failed(reason));
        }
        TaskNews::Stopped => {
            shell.say(Tone::Info, environment.as_ref(), format!("the {title} was stopped"));
            shell.tasks.end(id, task::State::Stopped);
        }
    }
    Vec::new()
}

/// An export was read: the modal that waits for the plan has it, and the list no more to show.
fn planned(shell: &mut Shell, id: TaskId, result: Result<Box<Plan>, String>) {
    if let Some(modal) = awaiting(shell, id) {
        modal.planned(result);
    }
    shell.tasks.forget(id);
}

fn awaiting(shell: &mut Shell, id: TaskId) -> Option<&mut Box<dyn Modal>> {
    shell.modals.iter_mut().find(|modal| modal.awaits_plan() == Some(id))
}

/// What `q` does: at once, unless something would end that somebody uses or waits for.
pub fn quit(state: &mut State) -> Vec<Effect> {
    match state.shell.embedded {
        // Who uses it is known to the backend.
        Some(_) => vec![Effect::CheckUsage],
        None => ask_or_quit(state, None),
    }
}

fn ask_or_quit(state: &mut State, usage: Option<&BackendUsage>) -> Vec<Effect> {
    let unsaved = state.pages.database.unsaved(&state.shell);
    let shell = &mut state.shell;
    let in_use = usage.is_some_and(|usage| usage.app_requests > 0 || usage.other_consoles > 0);
    let asks =
        in_use || !unsaved.is_empty() || shell.tasks.running().next().is_some() || shell.habits.quit == Quitting::Asks;
    if !asks {
        return vec![Effect::Quit(Exit::Quit)];
    }
    let embedded = shell.embedded.as_ref().zip(usage);
    shell.open(Quit::new(embedded, &shell.tasks, &unsaved));
    Vec::new()
}
