//! What the loop of a console waits for: messages, and the time when something is to change.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use super::message::{Message, Moment};
use crate::domain::Clock;

#[derive(Debug)]
pub struct Inbox {
    messages: Receiver<Message>,
    clock: Clock,
    started: Instant,
}

impl Inbox {
    /// Uptime counts from `started`.
    pub const fn new(messages: Receiver<Message>, clock: Clock, started: Instant) -> Self {
        Self { messages, clock, started }
    }

    /// Blocks for the next message; `None` when the uptime `due` comes first.
    pub fn wait(&self, due: Option<Duration>) -> Option<Message> {
        let received = match due {
            None => self.messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(due) => self.messages.recv_timeout(due.saturating_sub(self.started.elapsed())),
        };
        match received {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            // The runtime holds a sender, so this does not happen while a loop does.
            Err(RecvTimeoutError::Disconnected) => Some(Message::Terminate),
        }
    }

    /// The next message, if one is there already.
    pub fn next(&self) -> Option<Message> {
        self.messages.try_recv().ok()
    }

    pub fn now(&self) -> Moment {
        Moment { wall: self.clock.now(), uptime: self.started.elapsed() }
    }
}
