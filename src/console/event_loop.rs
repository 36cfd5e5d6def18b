//! The loop: waits for a message, handles it and all that are queued, draws once.

use std::{io, sync::mpsc::SyncSender};

use super::{
    effect::{Effect, Exit},
    inbox::Inbox,
    message::{CopiedBy, Message},
    runtime::Runtime,
    state::State,
    terminal::{
        Terminal,
        clipboard::{self, Way},
        editor,
        input::Keyboard,
        lent::Lent,
        pager,
    },
    update,
};

#[derive(Debug)]
pub struct EventLoop {
    pub state: State,
    pub terminal: Terminal,
    pub keyboard: Keyboard,
    pub runtime: Runtime,
    pub inbox: Inbox,
}

impl EventLoop {
    /// # Errors
    /// When the terminal fails.
    pub fn run(mut self) -> io::Result<(Exit, State)> {
        // The first frame stands before anything is asked of the network.
        self.terminal.draw(&self.state)?;
        let effects = update::start(&mut self.state);
        if let Some(exit) = self.carry_out(effects)? {
            return Ok(self.end(exit));
        }
        loop {
            let first = self.inbox.wait(self.state.next_change());
            let now = Message::Clock(self.inbox.now());
            let mut effects = update::update(&mut self.state, now);
            let mut next = first;
            while let Some(message) = next {
                effects.extend(self.take(message)?);
                next = self.inbox.next();
            }
            self.terminal.draw(&self.state)?;
            if let Some(exit) = self.carry_out(effects)? {
                return Ok(self.end(exit));
            }
        }
    }

    /// Work under way is given up in order: it leaves no unfinished file.
    fn end(self, exit: Exit) -> (Exit, State) {
        let Self { state, terminal, runtime, .. } = self;
        drop(terminal);
        runtime.finish();
        (exit, state)
    }

    /// Returns how the console ends, if it does.
    fn carry_out(&mut self, effects: Vec<Effect>) -> io::Result<Option<Exit>> {
        for effect in effects {
            match effect {
                Effect::Call(request) => self.runtime.call(request),
                Effect::Follow { from } => self.runtime.follow(from),
                Effect::Copy { what, text } => match Way::here() {
                    Way::Program { name, arguments } => self.runtime.copy(name, arguments, what, text),
                    Way::Terminal => {
                        self.terminal.write(clipboard::sequence(&text).as_bytes())?;
                        let copied = Message::Copied { what, result: Ok(CopiedBy::Terminal) };
                        if let Some(exit) = self.handle(copied)? {
                            return Ok(Some(exit));
                        }
                    }
                },
                Effect::Bell => self.terminal.write(b"\x07")?,
                Effect::Mouse { taken } => self.terminal.mouse(taken)?,
                Effect::Start { id, task } => self.runtime.start(id, *task),
                Effect::Stop(id) => self.runtime.stop(id),
                Effect::Keep(session) => self.runtime.keep(*session),
                Effect::CheckUsage => {
                    let usage = self.state.shell.embedded.as_ref().map(|embedded| (embedded.usage)());
                    if let Some(exit) = self.handle(Message::Usage(usage.unwrap_or_default()))? {
                        return Ok(Some(exit));
                    }
                }
                Effect::Edit(edit) => {
                    let failed = |reason| Message::Edited(Err(reason));
                    if let Some(exit) = self.lend(|messages| editor::start(&edit, messages), failed)? {
                        return Ok(Some(exit));
                    }
                }
                Effect::Page(text) => {
                    let failed = |reason| Message::Paged(Err(reason));
                    if let Some(exit) = self.lend(|messages| pager::start(text, messages), failed)? {
                        return Ok(Some(exit));
                    }
                }
                Effect::Suspend => self.terminal.stop_process()?,
                Effect::TakeTerminal => self.take_terminal_again()?,
                Effect::Repaint => {
                    self.terminal.forget()?;
                    self.terminal.draw(&self.state)?;
                }
                Effect::Quit(exit) => return Ok(Some(exit)),
            }
        }
        Ok(None)
    }

    /// Hands a message to the state; while another program has the terminal, some are for it alone.
    fn take(&mut self, message: Message) -> io::Result<Vec<Effect>> {
        match message {
            Message::Interrupt | Message::Resumed if self.keyboard.is_lent() => return Ok(Vec::new()),
            Message::Edited(_) | Message::Paged(_) => {
                self.keyboard.take_back()?;
                self.take_terminal_again()?;
            }
            _ => {}
        }
        Ok(update::update(&mut self.state, message))
    }

    /// Lends terminal and keyboard to a program, or says why it could not be started.
    fn lend(
        &mut self,
        start: impl FnOnce(SyncSender<Message>) -> Result<Lent, String>,
        failed: impl FnOnce(String) -> Message,
    ) -> io::Result<Option<Exit>> {
        if self.keyboard.is_lent() {
            // The state asks for one at a time; a second one would read the same terminal.
            tracing::warn!("a program has the terminal: no other one is started");
            return Ok(None);
        }
        self.keyboard.lend();
        self.terminal.lend();
        match self.keyboard.lend_to(start) {
            Ok(()) => Ok(None),
            Err(reason) => {
                self.keyboard.take_back()?;
                self.take_terminal_again()?;
                self.handle(failed(reason))
            }
        }
    }

    /// Handles a message that is an effect's own answer.
    fn handle(&mut self, message: Message) -> io::Result<Option<Exit>> {
        let effects = update::update(&mut self.state, message);
        self.terminal.draw(&self.state)?;
        self.carry_out(effects)
    }

    fn take_terminal_again(&mut self) -> io::Result<()> {
        let size = self.terminal.take_again()?;
        update::update(&mut self.state, Message::Resize { width: size.width, height: size.height });
        self.terminal.draw(&self.state)
    }
}
