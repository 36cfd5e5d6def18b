//! Plain mode: the same content as lines of text, for screen readers and for logs.
//!
//! State, updates and effects are those of the screen. Instead of cells, lines are written: all of
//! a page when it is come to, and afterwards those that changed. What is typed is the name of a
//! command, with what the command would ask for behind it.
//!
//! | File | Idea |
//! |---|---|
//! | `lines` | what is shown, as lines |
//! | `columns` | the lines of a list, each value behind the title of its column |
//! | `prompt` | what a typed line means |

mod columns;
mod lines;
mod prompt;

pub use self::lines::without_marks;

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    io::{self, BufRead as _, IsTerminal as _, Write},
    sync::mpsc::SyncSender,
    thread,
    time::Duration,
};

use super::{
    Form,
    effect::{Effect, Exit},
    inbox::Inbox,
    message::Message,
    runtime::Runtime,
    state::State,
    terminal::clipboard::Way,
    toast::Tone,
    update,
};

/// Columns and rows of the page that the lines are taken from: enough for nothing to be cut.
pub const AREA: (u16, u16) = (160, 60);
/// A script's next line is not kept waiting longer by calls that nobody answers.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest line that is typed; the rest of a longer one is no command.
const LONGEST_LINE: usize = 64 * 1024;

#[derive(Debug)]
pub struct PlainLoop<W> {
    pub state: State,
    pub runtime: Runtime,
    pub inbox: Inbox,
    pub teller: Teller<W>,
    pub script: Script,
}

/// What was typed and is not carried out yet.
#[derive(Debug, Default)]
pub struct Script {
    lines: VecDeque<String>,
    /// Somebody types on a terminal, waits for nothing, and sees what went wrong.
    interactive: bool,
    /// The end of the input is not the end.
    follows: bool,
    ended: bool,
    /// How many lines were begun.
    begun: usize,
    /// Which of them failed, from 1. Those behind it are left out: they were written for what it was to bring about.
    failed: Option<usize>,
    /// Calls that are not answered yet.
    awaited: usize,
    /// Since when the next line waits for them, as uptime.
    since: Option<Duration>,
}

impl Script {
    pub fn of_input(form: Form) -> Self {
        Self { interactive: io::stdin().is_terminal(), follows: form == Form::Log, ..Self::default() }
    }

    /// Whether somebody types and reads on a terminal.
    pub fn prompts(&self) -> bool {
        self.interactive && io::stdout().is_terminal()
    }

    /// The next line, once what the one before asked for is there.
    fn next(&mut self, state: &State) -> Option<String> {
        let now = state.shell.now.uptime;
        let waited = self.since.is_some_and(|since| now >= since + LONGEST_WAIT);
        if self.failed.is_some() {
            self.lines.clear();
        }
        if self.lines.is_empty() || !(self.interactive || waited || self.is_settled(state)) {
            return None;
        }
        self.since = Some(now);
        self.begun += 1;
        self.lines.pop_front()
    }

    /// Whether what was asked for is there.
    fn is_settled(&self, state: &State) -> bool {
        let shell = &state.shell;
        self.awaited == 0
            && shell.moved_at.is_none()
            && shell.tasks.running().next().is_none()
            && !state.page().is_unasked(shell)
    }

    /// Whether everything that was typed is done.
    fn is_over(&self, state: &State) -> bool {
        (self.ended || self.failed.is_some()) && !self.follows && self.lines.is_empty() && self.is_settled(state)
    }

    /// What was said while a line was carried out, or of what it had asked for. Nobody is there to see it
    /// and type something else.
    fn hear(&mut self, said: Tone, worst: Tone) {
        if !self.interactive && said >= worst && self.begun > 0 {
            self.failed.get_or_insert(self.begun);
        }
    }

    /// Leaves what did not take its answer, and says why.
    fn leave(&mut self, state: &mut State) {
        if self.interactive || !self.is_settled(state) {
            return;
        }
        let Some(modal) = state.shell.modals.last() else { return };
        if let Some(objection) = modal.objection(&state.shell) {
            state.shell.modals.clear();
            state.shell.say(Tone::Error, None, objection);
        }
    }
}

impl<W: Write> PlainLoop<W> {
    /// How it ended, and which line of a script failed, from 1.
    ///
    /// # Errors
    /// When nothing can be written any more.
    pub fn run(mut self) -> io::Result<(Exit, State, Option<usize>)> {
        let effects = update::start(&mut self.state);
        let mut exit = self.carry_out(effects)?;
        while exit.is_none() {
            let first = self.inbox.wait(self.state.next_change());
            let now = self.inbox.now();
            let mut effects = update::update(&mut self.state, Message::Clock(now));
            let mut next = first;
            while let Some(message) = next {
                effects.extend(self.take(message));
                next = self.inbox.next();
            }
            exit = self.carry_out(effects)?;
            // What a line asked for is told before the next one goes elsewhere.
            self.tell(Tone::Error)?;
            while exit.is_none()
                && let Some(line) = self.script.next(&self.state)
            {
                let effects = prompt::run(&mut self.state, &line);
                exit = self.carry_out(effects)?;
                self.tell(Tone::Warning)?;
            }
            if exit.is_none() && self.script.is_over(&self.state) {
                exit = Some(Exit::Quit);
            }
        }
        self.runtime.finish();
        Ok((exit.unwrap_or(Exit::Quit), self.state, self.script.failed))
    }

    /// Tells what is new. What is said as bad as `worst` is about the line that was carried out last.
    fn tell(&mut self, worst: Tone) -> io::Result<()> {
        for tone in self.teller.tell(&mut self.state)? {
            self.script.hear(tone, worst);
        }
        self.script.leave(&mut self.state);
        for tone in self.teller.tell(&mut self.state)? {
            self.script.hear(tone, worst);
        }
        Ok(())
    }

    fn take(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Line(line) => {
                self.script.lines.push_back(line);
                return Vec::new();
            }
            Message::InputEnded => {
                self.script.ended = true;
                return Vec::new();
            }
            Message::Answer { .. } => self.script.awaited = self.script.awaited.saturating_sub(1),
            _ => {}
        }
        update::update(&mut self.state, message)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<Option<Exit>> {
        for effect in effects {
            let more = match effect {
                Effect::Call(request) => {
                    self.script.awaited += 1;
                    self.runtime.call(request);
                    Vec::new()
                }
                Effect::Follow { from } => {
                    self.runtime.follow(from);
                    Vec::new()
                }
                Effect::Start { id, task } => {
                    self.runtime.start(id, *task);
                    Vec::new()
                }
                Effect::Stop(id) => {
                    self.runtime.stop(id);
                    Vec::new()
                }
                Effect::Keep(session) => {
                    self.runtime.keep(*session);
                    Vec::new()
                }
                Effect::Copy { what, text } => match Way::here() {
                    Way::Program { name, arguments } => {
                        self.runtime.copy(name, arguments, what, text);
                        Vec::new()
                    }
                    Way::Terminal => {
                        let result = Err("no program that owns the clipboard is installed".to_owned());
                        update::update(&mut self.state, Message::Copied { what, result })
                    }
                },
                Effect::CheckUsage => {
                    let usage = self.state.shell.embedded.as_ref().map(|embedded| (embedded.usage)());
                    update::update(&mut self.state, Message::Usage(usage.unwrap_or_default()))
                }
                Effect::Edit(_) => {
                    let reason = "an editor needs a screen: plain mode has none".to_owned();
                    update::update(&mut self.state, Message::Edited(Err(reason)))
                }
                Effect::Page(_) => {
                    let reason = "a pager needs a screen: plain mode has none".to_owned();
                    update::update(&mut self.state, Message::Paged(Err(reason)))
                }
                Effect::Repaint => {
                    self.teller.forget();
                    Vec::new()
                }
                Effect::Quit(exit) => return Ok(Some(exit)),
                // What only a terminal has: there is nothing to ring, to take or to give back.
                Effect::Bell | Effect::Mouse { .. } | Effect::Suspend | Effect::TakeTerminal => Vec::new(),
            };
            if let Some(exit) = self.carry_out(more)? {
                return Ok(Some(exit));
            }
        }
        Ok(None)
    }
}

/// Writes what is new.
#[derive(Debug)]
pub struct Teller<W> {
    out: W,
    /// Where the lines are from: another place is told whole.
    place: String,
    told: Vec<String>,
    notes: u64,
    /// A mark that something can be typed.
    prompts: bool,
}

impl<W: Write> Teller<W> {
    pub const fn new(out: W, prompts: bool) -> Self {
        Self { out, place: String::new(), told: Vec::new(), notes: 0, prompts }
    }

    /// Tells everything the next time.
    fn forget(&mut self) {
        self.place.clear();
    }

    /// Returns how good or bad the notes are that were new.
    fn tell(&mut self, state: &mut State) -> io::Result<Vec<Tone>> {
        let (tones, mut news): (Vec<_>, Vec<_>) = self.notes(state).into_iter().unzip();
        let (place, lines) = lines::of(state);
        if place == self.place {
            news.extend(lines.iter().filter(|line| !self.told.contains(line)).cloned());
        } else {
            if !self.told.is_empty() {
                news.push(String::new());
            }
            news.extend(lines.iter().cloned());
        }
        self.place = place;
        self.told = lines;
        // What is only read is put away again: there is nothing on the screen that it would hide.
        state.shell.modals.retain(|modal| !modal.is_only_read());
        if news.is_empty() {
            return Ok(tones);
        }
        for line in news {
            writeln!(self.out, "{line}")?;
        }
        if self.prompts {
            write!(self.out, "> ")?;
        }
        self.out.flush()?;
        Ok(tones)
    }

    fn notes(&mut self, state: &State) -> Vec<(Tone, String)> {
        let toasts = &state.shell.toasts;
        let new = usize::try_from(toasts.count() - self.notes).unwrap_or(usize::MAX);
        self.notes = toasts.count();
        let mut notes: Vec<_> = toasts
            .said()
            .take(new)
            .map(|(_, toast)| {
                let kind = match toast.tone {
                    Tone::Info => "note",
                    Tone::Success => "done",
                    Tone::Warning => "warning",
                    Tone::Error => "error",
                };
                (toast.tone, format!("{kind}: {}", toast.sentence()))
            })
            .collect();
        notes.reverse();
        notes
    }
}

/// Reads lines from standard input until it ends. The thread ends with it, or with the process.
///
/// # Errors
/// When no thread can be started.
pub fn read_lines(messages: SyncSender<Message>) -> io::Result<()> {
    thread::Builder::new().name("input".into()).spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = io::Read::take(&mut input, LONGEST_LINE as u64).read_until(b'\n', &mut line);
            let message = match read {
                Ok(0) | Err(_) => Message::InputEnded,
                Ok(_) => Message::Line(String::from_utf8_lossy(&line).trim().to_owned()),
            };
            let ended = matches!(message, Message::InputEnded);
            if messages.send(message).is_err() || ended {
                return;
            }
        }
    })?;
    Ok(())
}
