//! The connections that are open, and which of them make room when there are as many as may be.
//!
//! Clients keep connections for their next request, and some keep hundreds. One that nobody uses gives way to one that
//! is wanted, the one unused for longest first; one whose request is arriving or being answered never does.

use std::{
    collections::HashMap,
    future::pending,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use hyper::body::{Frame, SizeHint};
use tokio::{
    sync::Notify,
    task::{Id, JoinSet},
    time::{Instant, timeout},
};

use super::peer::SILENCE;

/// How often to look again who could give way, while somebody waits for it.
const AGAIN: Duration = Duration::from_millis(50);

/// Owns every connection's task.
#[derive(Debug)]
pub struct Connections {
    most: usize,
    tasks: JoinSet<()>,
    usages: HashMap<Id, Arc<Usage>>,
}

impl Connections {
    pub fn new(most: usize) -> Self {
        Self { most, tasks: JoinSet::new(), usages: HashMap::new() }
    }

    /// Serves one more, with what tells whether it is used.
    pub fn open<F: Future<Output = ()> + Send + 'static>(&mut self, serve: impl FnOnce(Arc<Usage>) -> F) {
        let usage = Arc::<Usage>::default();
        let task = self.tasks.spawn(serve(Arc::clone(&usage)));
        self.usages.insert(task.id(), usage);
    }

    /// Resolves when one has ended.
    pub async fn ended(&mut self) {
        let Some(ended) = self.tasks.join_next_with_id().await else { return pending().await };
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        self.usages.remove(&id);
    }

    /// Resolves when there is room for one more.
    pub async fn room(&mut self) {
        while self.tasks.len() >= self.most {
            self.ask_for_room();
            // One that is used now may be unused in a moment.
            let _ = timeout(AGAIN, self.ended()).await;
        }
    }

    /// Asks the connection to end that has been unused for longest.
    fn ask_for_room(&self) {
        let unused = self.usages.values().filter_map(|usage| Some((usage.unused_since()?, usage)));
        let longest = unused.min_by_key(|(since, _)| *since);
        if let Some((since, usage)) = longest
            && since.elapsed() > SILENCE
        {
            usage.end();
        }
    }

    /// Waits until all have ended, and cuts off those that have not in time.
    pub async fn drain(mut self, patience: Duration) {
        let drained = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(patience, drained).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "cutting off connections that did not end in time");
            self.tasks.shutdown().await;
        }
    }
}

/// Whether a connection is used.
#[derive(Debug)]
pub struct Usage {
    /// Nothing while a request arrives or is answered, and once the connection was asked to end.
    unused_since: Mutex<Option<Instant>>,
    asked_to_end: Notify,
}

impl Default for Usage {
    fn default() -> Self {
        Self { unused_since: Mutex::new(Some(Instant::now())), asked_to_end: Notify::new() }
    }
}

impl Usage {
    /// A request has begun to arrive.
    pub fn begins(&self) {
        *self.since() = None;
    }

    /// Resolves when the connection should make room.
    pub async fn asked_to_end(&self) {
        self.asked_to_end.notified().await;
    }

    fn unused_since(&self) -> Option<Instant> {
        *self.since()
    }

    fn end(&self) {
        // Nobody is asked twice.
        self.begins();
        self.asked_to_end.notify_one();
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.unused_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way on a connection, until it is dropped.
#[derive(Debug)]
pub struct Used(Arc<Usage>);

impl Used {
    pub fn by_a_request(usage: &Arc<Usage>) -> Self {
        // It may have arrived together with the one before.
        usage.begins();
        Self(Arc::clone(usage))
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        *self.0.since() = Some(Instant::now());
    }
}

/// The body of an answer, which uses its connection until it has been handed over.
#[derive(Debug)]
pub struct Answer {
    pub body: Body,
    pub used: Used,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
