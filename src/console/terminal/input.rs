//! Keys, mouse, paste and size from the terminal, read by a thread of its own.
//!
//! A thread that blocks costs no wake-up while nothing is typed, and hands a key on sooner than a
//! task on the runtime would. It relies on crossterm's `use-dev-tty`: the other way to read waits for
//! edges, and can miss a change of size that comes with a key, or block on one that was read already.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::SyncSender,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossterm::event::{self, Event, EventStream, KeyEventKind};
use rustix::termios::QueueSelector;

use super::{
    background::{self, Heard, Listener},
    lent::Lent,
};
use crate::console::message::Message;

/// How long a reader may take to end before the terminal is lent. It is woken, so it takes none.
const ENDING: Duration = Duration::from_millis(200);

/// Owns the thread that reads. Dropping it ends that.
pub struct Input {
    stop: Arc<AtomicBool>,
    /// Never polled: dropping it is the way to wake a reader that waits.
    waker: Option<EventStream>,
    reader: JoinHandle<()>,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Input")
    }
}

impl Input {
    /// # Errors
    /// When no thread can be started.
    pub fn read_into(messages: SyncSender<Message>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        // Made before the reader holds the lock that both need.
        let waker = EventStream::new();
        let reader = thread::Builder::new().name("input".into()).spawn(move || {
            // Only a loop that is gone refuses a message, and a terminal that is gone fails.
            let _ = read(&stopped, &messages);
        })?;
        Ok(Self { stop, waker: Some(waker), reader })
    }
}

impl Input {
    /// Ends the reader and sees it gone, so that it takes no key that is for another program.
    fn end(mut self) {
        self.wake();
        let began = Instant::now();
        while !self.reader.is_finished() && began.elapsed() < ENDING {
            thread::yield_now();
        }
    }

    fn wake(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.waker.take();
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.wake();
    }
}

/// Who reads what is typed: the console, or a program that it lent the terminal to.
#[derive(Debug)]
pub struct Keyboard {
    messages: SyncSender<Message>,
    input: Option<Input>,
    lent: Option<Lent>,
}

impl Keyboard {
    /// # Errors
    /// When no thread can be started.
    pub fn new(messages: SyncSender<Message>) -> std::io::Result<Self> {
        let input = Some(Input::read_into(messages.clone())?);
        Ok(Self { messages, input, lent: None })
    }

    pub const fn is_lent(&self) -> bool {
        self.input.is_none()
    }

    pub fn lend(&mut self) {
        if let Some(input) = self.input.take() {
            input.end();
        }
    }

    /// Starts a program, which reads from now on.
    ///
    /// # Errors
    /// Why it cannot be started.
    pub fn lend_to(&mut self, start: impl FnOnce(SyncSender<Message>) -> Result<Lent, String>) -> Result<(), String> {
        self.lent = Some(start(self.messages.clone())?);
        Ok(())
    }

    /// Reads again after the program ended. What was typed meanwhile and not read by it was meant for it: one
    /// with a window of its own reads nothing here.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn take_back(&mut self) -> std::io::Result<()> {
        if let Some(lent) = self.lent.take() {
            lent.finish();
        }
        if self.input.is_none() {
            if let Err(error) = rustix::termios::tcflush(std::io::stdout(), QueueSelector::IFlush) {
                tracing::warn!(%error, "what was typed meanwhile could not be dropped");
            }
            self.input = Some(Input::read_into(self.messages.clone())?);
        }
        Ok(())
    }
}

/// Why the reader ended.
struct Ended;

fn read(stopped: &AtomicBool, messages: &SyncSender<Message>) -> Result<(), Ended> {
    let mut listener = Listener::default();
    while !stopped.load(Ordering::SeqCst) {
        // Woken by input, or by the waker; the time only has to be long.
        let time = if listener.is_holding() { background::GAP } else { Duration::from_hours(1) };
        match event::poll(time) {
            Ok(true) => {}
            Ok(false) => {
                hand_on(listener.give_up(), messages)?;
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "the terminal cannot be read any more");
                let _ = messages.send(Message::Terminate);
                return Err(Ended);
            }
        }
        let Ok(event) = event::read() else { continue };
        match listener.hear(event) {
            Heard::Nothing => {}
            Heard::Background { light } => messages.send(Message::Background { light }).map_err(|_| Ended)?,
            Heard::Input(events) => hand_on(events, messages)?,
        }
    }
    Ok(())
}

fn hand_on(events: Vec<Event>, messages: &SyncSender<Message>) -> Result<(), Ended> {
    events.into_iter().filter_map(message).try_for_each(|message| messages.send(message).map_err(|_| Ended))
}

fn message(event: Event) -> Option<Message> {
    Some(match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Message::Key(key.into()),
        Event::Mouse(mouse) => Message::Mouse(mouse),
        Event::Paste(text) => Message::Paste(text),
        Event::Resize(width, height) => Message::Resize { width, height },
        Event::Key(_) | Event::FocusGained | Event::FocusLost => return None,
    })
}
