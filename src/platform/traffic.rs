//! Requests of apps, counted as they are answered.
//!
//! A request pays a hash of its environment's id, the reading of two clocks and one or two atomic
//! additions: nothing waits, and nothing is allocated but the ring of an environment that is asked
//! for the first time. The counts are for people to look at: where two requests begin the same step
//! at once, or an environment takes the place of one that nobody asked for ten minutes, a few may be
//! lost, and none is ever waited for.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{
        OnceLock,
        atomic::{
            AtomicU32, AtomicU64,
            Ordering::{AcqRel, Acquire, Relaxed},
        },
    },
    time::{Duration, Instant},
};

use super::{Error, Platform};
use crate::domain::{
    Clock, EnvironmentId, ProjectId,
    api::Page,
    list::{Pagination, Window},
    metrics::{Histogram, Metrics, STEP_SECONDS, STEPS, Tally},
};

/// Environments that are counted at the same time: twelve megabytes if all of them are asked.
const PLACES: usize = 1024;

/// Places that an environment may have, from the one that its id points to.
const PROBES: usize = 16;

#[derive(Debug)]
pub(super) struct Counters {
    /// Steps are counted from here.
    begun: Instant,
    /// With the clock of the platform: what was counted stays within the window.
    stands_still: bool,
    places: Vec<Place>,
}

/// Where the requests of one environment are counted, until nobody has asked it for a whole window.
#[derive(Debug, Default)]
struct Place {
    /// The hash of the environment's id; 0 is nobody.
    owner: AtomicU64,
    /// The last step that counted something.
    latest: AtomicU64,
    ring: OnceLock<Box<[Bucket]>>,
}

/// One step. It is emptied by the first request of the step that comes round to it.
#[derive(Debug)]
struct Bucket {
    step: AtomicU64,
    client_errors: AtomicU32,
    server_errors: AtomicU32,
    latencies: [AtomicU32; Histogram::BARS],
}

impl Platform {
    /// Counts a request of an app that came in at `begun` and is answered now.
    pub fn count_request(&self, environment: &EnvironmentId, begun: Instant, status: u16) {
        self.0.counters.count(environment, begun, status);
    }

    /// Counts a request as if it had come so many steps ago: for a sample, whose clock stands still. The
    /// oldest come first.
    pub fn count_past_request(&self, environment: &EnvironmentId, steps_ago: u64, took: Duration, status: u16) {
        let counters = &self.0.counters;
        let step = counters.step(Instant::now()).saturating_sub(steps_ago.min(STEPS as u64 - 1));
        if let Some(place) = counters.place(environment, step) {
            place.bucket(step).count(took, status);
        }
    }

    /// An environment that nobody asked has zeros.
    pub fn metrics(&self, id: &EnvironmentId) -> Result<Metrics, Error> {
        self.environment(id)?;
        let steps = self.0.counters.window(id).unwrap_or_else(|| vec![Tally::default(); STEPS]);
        Ok(self.measured(id, &steps))
    }

    /// Those of the project's environments that were asked in the last ten minutes.
    pub fn project_metrics(&self, project: &ProjectId, window: Window) -> Result<Page<Metrics>, Error> {
        self.project(project)?;
        let ids: Vec<EnvironmentId> = {
            let catalog = self.0.shared.read();
            catalog.environments.values().filter(|e| e.project_id == *project).map(|e| e.id.clone()).collect()
        };
        let asked: Vec<_> = ids.iter().filter(|id| self.0.counters.window(id).is_some()).collect();
        let total = asked.len() as u64;
        let skip = usize::try_from(window.offset()).unwrap_or(usize::MAX);
        let take = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let items = asked.into_iter().skip(skip).take(take).map(|id| self.metrics(id)).collect::<Result<_, _>>()?;
        Ok(Page { items, pagination: Pagination::new(total, window) })
    }

    fn measured(&self, id: &EnvironmentId, steps: &[Tally]) -> Metrics {
        let into_step = self.0.counters.elapsed(Instant::now()).as_millis() % u128::from(STEP_SECONDS * 1000);
        let into_step = i64::try_from(into_step).unwrap_or_default();
        Metrics::of(id.clone(), self.0.clock.now().plus_millis(-into_step), steps)
    }
}

impl Counters {
    pub fn new(clock: Clock) -> Self {
        let places = (0..PLACES).map(|_| Place::default()).collect();
        Self { begun: Instant::now(), stands_still: matches!(clock, Clock::Fixed(_)), places }
    }

    fn count(&self, id: &EnvironmentId, begun: Instant, status: u16) {
        let answered = Instant::now();
        let step = self.step(answered);
        let Some(place) = self.place(id, step) else { return };
        place.bucket(step).count(answered.saturating_duration_since(begun), status);
    }

    /// The steps of the last ten minutes, the oldest first; none of an environment that was not
    /// asked in them.
    fn window(&self, id: &EnvironmentId) -> Option<Vec<Tally>> {
        let (owner, step) = (owner(id), self.step(Instant::now()));
        // Two first requests at once may have taken a place each.
        let rings = self.around(owner).filter(|place| place.owner.load(Relaxed) == owner && !place.is_stale(step));
        let rings: Vec<_> = rings.filter_map(|place| place.ring.get()).collect();
        let tally = |step: u64| {
            let mut tally = Tally::default();
            for ring in &rings {
                ring[index(step)].add_to(&mut tally, step);
            }
            tally
        };
        (!rings.is_empty()).then(|| (step + 1 - STEPS as u64..=step).map(tally).collect())
    }

    /// Never one of the first window, so that a new bucket belongs to none.
    fn step(&self, now: Instant) -> u64 {
        self.elapsed(now).as_secs() / STEP_SECONDS + 2 * STEPS as u64
    }

    fn elapsed(&self, now: Instant) -> Duration {
        if self.stands_still { Duration::ZERO } else { now.saturating_duration_since(self.begun) }
    }

    /// The environment's place: the one it has, or one that nobody uses any more.
    fn place(&self, id: &EnvironmentId, step: u64) -> Option<&Place> {
        let owner = owner(id);
        let found = self.around(owner).find(|place| place.owner.load(Relaxed) == owner);
        let place = found.or_else(|| {
            self.around(owner).find(|place| {
                let before = place.owner.load(Relaxed);
                let free = before == 0 || place.is_stale(step);
                free && place.owner.compare_exchange(before, owner, AcqRel, Relaxed).is_ok()
            })
        })?;
        if place.latest.load(Relaxed) != step {
            place.latest.store(step, Relaxed);
        }
        Some(place)
    }

    fn around(&self, owner: u64) -> impl Iterator<Item = &Place> {
        let first = usize::try_from(owner % PLACES as u64).unwrap_or_default();
        (first..first + PROBES).map(|place| &self.places[place % PLACES])
    }
}

impl Place {
    /// Whether nothing that its ring holds is within the window any more.
    fn is_stale(&self, step: u64) -> bool {
        self.latest.load(Relaxed) + STEPS as u64 <= step
    }

    fn bucket(&self, step: u64) -> &Bucket {
        let ring = self.ring.get_or_init(|| (0..STEPS).map(|_| Bucket::default()).collect());
        let bucket = &ring[index(step)];
        let before = bucket.step.load(Acquire);
        if before != step && bucket.step.compare_exchange(before, step, AcqRel, Relaxed).is_ok() {
            bucket.empty();
        }
        bucket
    }
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            step: AtomicU64::new(0),
            client_errors: AtomicU32::new(0),
            server_errors: AtomicU32::new(0),
            latencies: std::array::from_fn(|_| AtomicU32::new(0)),
        }
    }
}

impl Bucket {
    fn count(&self, took: Duration, status: u16) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.latencies[Histogram::bar(micros)].fetch_add(1, Relaxed);
        match status {
            400..500 => self.client_errors.fetch_add(1, Relaxed),
            500.. => self.server_errors.fetch_add(1, Relaxed),
            _ => 0,
        };
    }

    fn empty(&self) {
        self.client_errors.store(0, Relaxed);
        self.server_errors.store(0, Relaxed);
        self.latencies.iter().for_each(|bar| bar.store(0, Relaxed));
    }

    fn add_to(&self, tally: &mut Tally, step: u64) {
        if self.step.load(Acquire) != step {
            return;
        }
        let counted = Tally {
            client_errors: self.client_errors.load(Relaxed).into(),
            server_errors: self.server_errors.load(Relaxed).into(),
            latencies: Histogram(std::array::from_fn(|bar| self.latencies[bar].load(Relaxed).into())),
        };
        tally.add(&counted);
    }
}

/// Where a step is in a ring.
fn index(step: u64) -> usize {
    usize::try_from(step % STEPS as u64).unwrap_or_default()
}

fn owner(id: &EnvironmentId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    // 0 is nobody.
    hasher.finish() | 1 << 63
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: usize) -> EnvironmentId {
        EnvironmentId::parse(&format!("env_{n:024x}")).expect("valid")
    }

    /// A request that is answered so long after the counting began.
    fn at(counters: &Counters, id: &EnvironmentId, seconds: u64, status: u16) {
        let answered = counters.begun + Duration::from_secs(seconds);
        let step = counters.step(answered);
        if let Some(place) = counters.place(id, step) {
            place.bucket(step).count(Duration::from_millis(3), status);
        }
    }

    /// The window as it is so long after the counting began.
    fn requests(counters: &Counters, id: &EnvironmentId, seconds: u64) -> u64 {
        let now = counters.step(counters.begun + Duration::from_secs(seconds));
        let mut tally = Tally::default();
        for place in counters.around(owner(id)).filter(|place| place.owner.load(Relaxed) == owner(id)) {
            for step in now + 1 - STEPS as u64..=now {
                place.ring.get().expect("it was asked")[index(step)].add_to(&mut tally, step);
            }
        }
        tally.latencies.count()
    }

    #[test]
    fn a_window_forgets_what_is_older_than_ten_minutes() {
        let counters = Counters::new(Clock::System);
        let id = id(1);
        for seconds in [0, 5, 15, 300] {
            at(&counters, &id, seconds, 200);
        }
        assert_eq!(requests(&counters, &id, 599), 4);
        assert_eq!(requests(&counters, &id, 601), 2, "the two of the first ten seconds are too old");
        at(&counters, &id, 604, 200);
        assert_eq!(requests(&counters, &id, 604), 3, "and their bucket is used again");
        assert_eq!(requests(&counters, &id, 5000), 0);
    }

    #[test]
    fn where_the_clock_stands_still_nothing_is_forgotten() {
        let counters = Counters::new(Clock::Fixed(crate::domain::Timestamp::from_millis(0)));
        at(&counters, &id(1), 0, 200);
        at(&counters, &id(1), 5000, 200);
        assert_eq!(requests(&counters, &id(1), 9000), 2);
    }

    #[test]
    fn errors_are_told_apart_by_whose_they_are() {
        let counters = Counters::new(Clock::System);
        for status in [200, 201, 304, 400, 404, 429, 500, 503] {
            counters.count(&id(1), Instant::now(), status);
        }
        let window = counters.window(&id(1)).expect("it was asked");
        let last = &window[STEPS - 1];
        assert_eq!((last.client_errors, last.server_errors, last.latencies.count()), (3, 2, 8));
        assert!(counters.window(&id(2)).is_none());
    }

    #[test]
    fn places_are_given_away_only_when_nobody_asked_for_a_whole_window() {
        let counters = Counters::new(Clock::System);
        for n in 0..4 * PLACES {
            at(&counters, &id(n), 0, 200);
        }
        let counted = |seconds| {
            (0..4 * PLACES)
                .filter(|n| {
                    let step = counters.step(counters.begun + Duration::from_secs(seconds));
                    counters
                        .around(owner(&id(*n)))
                        .any(|place| place.owner.load(Relaxed) == owner(&id(*n)) && !place.is_stale(step))
                })
                .count()
        };
        assert!(counted(0) <= PLACES && counted(0) > PLACES * 9 / 10, "{}", counted(0));
        let other = id(100_000);
        at(&counters, &other, 599, 200);
        assert!(counters.around(owner(&other)).all(|place| place.owner.load(Relaxed) != owner(&other)), "all are used");
        at(&counters, &other, 610, 200);
        assert_eq!(requests(&counters, &other, 610), 1);
    }

    #[test]
    fn many_threads_lose_nothing_within_a_step() {
        let counters = Counters::new(Clock::System);
        at(&counters, &id(1), 0, 200);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| at(&counters, &id(1), 0, 500)));
            }
        });
        assert_eq!(requests(&counters, &id(1), 0), 4001);
    }
}
