//! What one server is willing to hold, and for how long.

use std::time::Duration;

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once. One that nobody uses gives way to another; where all are used, more wait in the
    /// kernel's queue. Below the 1,024 descriptors a process usually gets, because open environments need theirs.
    pub connections: usize,
    /// Event streams open at once: each holds a connection for as long as somebody watches.
    pub event_streams: usize,
    /// Silence on an event stream after which a comment is sent. A client takes a stream that says
    /// nothing for twice as long to be dead.
    pub event_silence: Duration,
    /// Bytes of a request's line and headers together. Feeds send lists of identifiers in the query,
    /// so the line alone must be able to reach 64 KiB.
    pub head: usize,
    /// For a request's head, from the first wait for it. Idle connections end by it as well.
    pub head_patience: Duration,
    /// Bytes of a body.
    pub body: usize,
    pub body_patience: Duration,
    /// For the next 64 KiB of a file that is being uploaded; the whole of it has no deadline.
    pub transfer_patience: Duration,
    /// Bytes of a body past which it is one of few: in memory its values can take twenty times as much.
    pub large_body: usize,
    /// Requests of apps with such a body, or with one of unknown length, that are held at once.
    pub large_bodies: usize,
    /// For a peer that does not read its answer.
    pub write_patience: Duration,
    /// For requests under way when the server stops.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            event_streams: 64,
            event_silence: Duration::from_secs(15),
            head: 128 * 1024,
            head_patience: Duration::from_mins(1),
            body: 10 * 1024 * 1024,
            body_patience: Duration::from_mins(1),
            transfer_patience: Duration::from_mins(1),
            large_body: 256 * 1024,
            large_bodies: 2,
            write_patience: Duration::from_secs(30),
            shutdown: Duration::from_secs(5),
        }
    }
}
