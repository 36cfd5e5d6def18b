//! What happened, for whoever follows: a bounded ring that every follower reads at its own pace.
//!
//! Identifiers count up from the start's time in microseconds, so they keep growing over restarts
//! and fit what JavaScript counts exactly. The ring is not stored: it says what to look at again,
//! and after a restart that is everything, which `reset` says.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::domain::{Timestamp, api::Event};

/// Events kept for followers that were away or are slow.
const KEPT: usize = 4096;

pub(super) struct Events {
    ring: Arc<Mutex<Ring>>,
    /// The latest identifier; dropped when the platform closes, which ends every subscription.
    latest: Mutex<Option<watch::Sender<u64>>>,
}

struct Ring {
    /// Identifier of the event before the first that is kept.
    before: u64,
    kept: VecDeque<Arc<Event>>,
}

impl Ring {
    fn latest(&self) -> u64 {
        self.before + self.kept.len() as u64
    }
}

impl Events {
    pub fn starting(now: Timestamp) -> Self {
        let before = u64::try_from(now.millis()).unwrap_or_default() * 1000;
        let ring = Arc::new(Mutex::new(Ring { before, kept: VecDeque::new() }));
        Self { ring, latest: Mutex::new(Some(watch::Sender::new(before))) }
    }

    pub fn latest(&self) -> u64 {
        lock(&self.ring).latest()
    }

    pub fn publish(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let latest = {
            let mut ring = lock(&self.ring);
            for event in events {
                if ring.kept.len() == KEPT {
                    ring.kept.pop_front();
                    ring.before += 1;
                }
                ring.kept.push_back(Arc::new(event));
            }
            ring.latest()
        };
        if let Some(sender) = lock(&self.latest).as_ref() {
            sender.send_replace(latest);
        }
    }

    /// Follows on from event `from`, or from now.
    pub fn subscribe(&self, from: Option<u64>) -> Subscription {
        let ring = Arc::clone(&self.ring);
        let latest = lock(&self.latest).as_ref().map(watch::Sender::subscribe);
        let position = from.unwrap_or_else(|| lock(&ring).latest());
        Subscription { ring, latest, position }
    }

    pub fn close(&self) {
        lock(&self.latest).take();
    }
}

/// One follower's place in the ring.
#[derive(Debug)]
pub struct Subscription {
    ring: Arc<Mutex<Ring>>,
    latest: Option<watch::Receiver<u64>>,
    /// The last event it has seen.
    position: u64,
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").field("latest", &self.latest()).finish_non_exhaustive()
    }
}

impl Subscription {
    /// The next event and its identifier; [`Event::Reset`] when what lay between is not kept any
    /// more; `None` when the platform closes. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Option<(u64, Arc<Event>)> {
        loop {
            if let Some(latest) = &mut self.latest {
                latest.borrow_and_update();
            }
            if let Some(found) = self.take() {
                return Some(found);
            }
            self.latest.as_mut()?.changed().await.ok()?;
        }
    }

    fn take(&mut self) -> Option<(u64, Arc<Event>)> {
        let ring = lock(&self.ring);
        if self.position < ring.before || self.position > ring.latest() {
            self.position = ring.latest();
            return Some((self.position, Arc::new(Event::Reset)));
        }
        let index = usize::try_from(self.position - ring.before).ok()?;
        let event = Arc::clone(ring.kept.get(index)?);
        self.position += 1;
        Some((self.position, event))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api::DataChanged;

    fn change(revision: u64) -> Event {
        let environment_id = crate::domain::EnvironmentId::parse("env_0123456789abcdef01234567").expect("valid");
        Event::Data(DataChanged { environment_id, table: "posts".into(), revision })
    }

    #[tokio::test]
    async fn a_follower_resumes_without_a_gap() {
        let events = Events::starting(Timestamp::from_millis(1));
        let start = events.latest();
        events.publish(vec![change(1), change(2), change(3)]);
        let mut follower = events.subscribe(Some(start + 1));
        assert_eq!(follower.next().await, Some((start + 2, Arc::new(change(2)))));
        assert_eq!(follower.next().await, Some((start + 3, Arc::new(change(3)))));
    }

    #[tokio::test]
    async fn what_is_not_kept_any_more_is_a_reset() {
        let events = Events::starting(Timestamp::from_millis(1));
        let start = events.latest();
        events.publish((0..=KEPT as u64).map(change).collect());
        for lost in [start, 0, u64::MAX] {
            let mut follower = events.subscribe(Some(lost));
            assert_eq!(follower.next().await, Some((events.latest(), Arc::new(Event::Reset))));
            events.publish(vec![change(9)]);
            assert_eq!(follower.next().await, Some((events.latest(), Arc::new(change(9)))));
        }
    }

    #[tokio::test]
    async fn closing_ends_every_subscription() {
        let events = Events::starting(Timestamp::from_millis(1));
        let mut follower = events.subscribe(None);
        events.close();
        assert_eq!(follower.next().await, None);
        assert_eq!(events.subscribe(None).next().await, None);
    }
}
