//! The event stream as the rest of a client sees it: what happened, in order, whatever the
//! connection does meanwhile.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{Response, header::CONTENT_TYPE};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    Error,
    sse::{Frame, Parser},
    transport::{Call, Transport},
};
use crate::domain::api::Event;

const PATH: &str = "/management/v1/events";

/// How long a follower waits for what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// A stream without a byte for this long is silent.
    pub silence: Duration,
    /// How often the listener re-reads what it shows while there is no stream to tell it.
    pub poll: Duration,
    /// Before the first attempt to connect again; doubles with each.
    pub first_pause: Duration,
    pub longest_pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            // The server sends a comment at least every 15 s.
            silence: Duration::from_secs(30),
            poll: Duration::from_secs(2),
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(5),
        }
    }
}

/// Updates that wait for a listener; beyond them the stream is left unread, and a server that
/// gives up on it answers the next connection with a reset.
const WAITING: usize = 256;

/// What a listener is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The stream is there; what was missed follows as events.
    Connected,
    Event {
        id: u64,
        event: Event,
    },
    /// The stream is lost, or the server is gone; the next attempt is under way by itself.
    Disconnected {
        reason: String,
        retry_in: Duration,
    },
    /// The token is not accepted; it is tried again, in case it is put right.
    Unauthorized {
        reason: String,
        retry_in: Duration,
    },
    /// The server answers but its stream is absent or silent: re-read what is shown.
    Poll,
}

/// A subscription. The task behind it ends when this is dropped.
#[derive(Debug)]
pub struct Events {
    updates: mpsc::Receiver<Update>,
    task: JoinHandle<()>,
}

impl Events {
    pub(super) fn follow(transport: Arc<Transport>, from: Option<u64>, pace: Pace) -> Self {
        let (sender, updates) = mpsc::channel(WAITING);
        let follower =
            Follower { transport, pace, updates: sender, last: from, silent: false, connected_before: false };
        Self { updates, task: tokio::spawn(follower.run()) }
    }

    /// The next update; safe to cancel. `None` only if the task is gone, which it never is by
    /// itself.
    pub async fn next(&mut self) -> Option<Update> {
        self.updates.recv().await
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Follower {
    transport: Arc<Transport>,
    pace: Pace,
    updates: mpsc::Sender<Update>,
    /// The event to resume after.
    last: Option<u64>,
    /// The last stream fell silent, and none has brought a byte since.
    silent: bool,
    connected_before: bool,
}

/// Why a stream is over.
enum End {
    /// Nobody listens any more.
    Unwanted,
    Lost(String),
    Refused(String),
    /// Something answers, but not with a stream.
    Absent,
    Silent,
}

impl Follower {
    async fn run(mut self) {
        let Pace { poll, first_pause, longest_pause, .. } = self.pace;
        let mut pause = first_pause;
        loop {
            let begun = Instant::now();
            let mut end = self.stream().await;
            if begun.elapsed() > longest_pause {
                pause = first_pause;
            }
            self.silent |= matches!(end, End::Silent);
            if matches!(end, End::Absent | End::Silent) {
                match self.tell_to_poll().await {
                    Ok(()) if matches!(end, End::Absent) => sleep(poll).await,
                    Ok(()) => {}
                    Err(other) => end = other,
                }
            }
            let (update, retry_in) = match end {
                End::Unwanted => return,
                End::Absent | End::Silent => continue,
                End::Lost(reason) => (Update::Disconnected { reason, retry_in: pause }, pause),
                End::Refused(reason) => (Update::Unauthorized { reason, retry_in: longest_pause }, longest_pause),
            };
            if self.updates.send(update).await.is_err() {
                return;
            }
            sleep(retry_in).await;
            pause = (pause * 2).min(longest_pause);
        }
    }

    /// Opens the stream and passes on what it brings, until it ends.
    async fn stream(&mut self) -> End {
        match self.try_stream().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn try_stream(&mut self) -> Result<std::convert::Infallible, End> {
        let opened = self.listen(self.transport.open_stream(PATH, self.last)).await?;
        let mut response = match opened {
            Ok(response) if is_event_stream(&response) => response,
            Err(error @ Error::Unauthorized { .. }) => return Err(End::Refused(error.to_string())),
            Err(error @ Error::Unreachable { .. }) => return Err(End::Lost(error.to_string())),
            // It was connected to, but answers not even a header: something in between collects
            // the stream instead of passing it on.
            Err(Error::TimedOut { .. }) => return Err(End::Silent),
            Ok(_) | Err(_) => return Err(End::Absent),
        };
        if !self.silent {
            self.tell_connected().await?;
        }
        let mut parser = Parser::default();
        loop {
            let Some(piece) = self
                .listen(response.chunk())
                .await?
                .map_err(|error| End::Lost(self.transport.unreachable(&error).to_string()))?
            else {
                return Err(End::Lost(format!("{} closed the event stream", self.transport.url())));
            };
            if self.silent {
                self.silent = false;
                self.tell_connected().await?;
            }
            let frames =
                parser.push(&piece).map_err(|_| End::Lost("the event stream holds an endless line".to_owned()))?;
            for frame in frames {
                self.tell_event(&frame).await?;
            }
            if let Some(id) = parser.last_id().and_then(|id| id.parse().ok()) {
                self.last = Some(id);
            }
        }
    }

    /// Waits for the stream's next sign of life. While an earlier one was silent, the listener
    /// polls meanwhile.
    async fn listen<T>(&self, next: impl Future<Output = T>) -> Result<T, End> {
        let begun = Instant::now();
        let mut next = pin!(next);
        loop {
            match timeout(if self.silent { self.pace.poll } else { self.pace.silence }, &mut next).await {
                Ok(value) => return Ok(value),
                Err(_) if begun.elapsed() >= self.pace.silence => return Err(End::Silent),
                Err(_) => self.tell_to_poll().await?,
            }
        }
    }

    async fn tell_connected(&mut self) -> Result<(), End> {
        self.tell(Update::Connected).await?;
        // Without an event to resume after, what happened in between is unknown.
        if self.connected_before && self.last.is_none() {
            self.tell(Update::Poll).await?;
        }
        self.connected_before = true;
        Ok(())
    }

    async fn tell_event(&self, frame: &Frame) -> Result<(), End> {
        let id = frame.id.as_deref().and_then(|id| id.parse().ok()).or(self.last).unwrap_or_default();
        match Event::parse(&frame.name, &frame.data) {
            Ok(Some(event)) => self.tell(Update::Event { id, event }).await,
            Ok(None) => Ok(()),
            // Something changed and this version cannot read what: everything is in question.
            Err(error) => {
                tracing::warn!(name = frame.name, %error, "an event cannot be read");
                self.tell(Update::Event { id, event: Event::Reset }).await
            }
        }
    }

    async fn tell_to_poll(&self) -> Result<(), End> {
        match self.transport.send(Call::get("/healthz")).await {
            Ok(_) => self.tell(Update::Poll).await,
            Err(error) => Err(End::Lost(error.to_string())),
        }
    }

    async fn tell(&self, update: Update) -> Result<(), End> {
        self.updates.send(update).await.map_err(|_| End::Unwanted)
    }
}

fn is_event_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}
