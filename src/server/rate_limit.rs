//! How many requests a key may make in a minute: section 6.4 of the contract. Off unless it is configured.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    http::{HeaderMap, HeaderName, StatusCode},
    response::{IntoResponse, Response},
};

use super::error::Problem;
use crate::domain::{KeyId, error::code};

const WINDOW: Duration = Duration::from_mins(1);

/// Keys whose window is over are forgotten when there are so many.
const KEPT: usize = 1024;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

#[derive(Debug)]
pub struct RateLimit {
    per_minute: NonZeroU32,
    windows: Mutex<HashMap<KeyId, Window>>,
}

/// A minute that begins with a request of its key.
#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    requests: u32,
}

/// What a key may still do, one request taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    limit: u32,
    remaining: u32,
    /// Until there is more, where there was nothing left to take.
    exceeded: Option<Duration>,
}

impl RateLimit {
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self { per_minute, windows: Mutex::default() }
    }

    pub fn take(&self, key: &KeyId, now: Instant) -> Allowance {
        let limit = self.per_minute.get();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= KEPT && !windows.contains_key(key) {
            windows.retain(|_, window| now < window.began + WINDOW);
        }
        let window = windows.entry(key.clone()).or_insert(Window { began: now, requests: 0 });
        if now >= window.began + WINDOW {
            *window = Window { began: now, requests: 0 };
        }
        let exceeded = (window.requests >= limit).then(|| window.began + WINDOW - now);
        if exceeded.is_none() {
            window.requests += 1;
        }
        Allowance { limit, remaining: limit - window.requests, exceeded }
    }
}

impl Allowance {
    /// The answer to a request that was one too many; the calls of sign-in have a code of their own.
    pub fn refusal(self, path: &str) -> Option<Response> {
        let wait = self.exceeded?;
        let code = if path.starts_with("/v1/auth/") { code::TOO_MANY_REQUESTS } else { code::RATE_LIMIT_EXCEEDED };
        let message = format!("This key may make {} requests in a minute: wait, and ask less often", self.limit);
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Some(Problem::new(StatusCode::TOO_MANY_REQUESTS, code, message).retry_after(seconds).into_response())
    }

    pub fn mark(self, headers: &mut HeaderMap) {
        headers.insert(LIMIT, self.limit.into());
        headers.insert(REMAINING, self.remaining.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Timestamp, id::Entropy};

    #[test]
    fn a_minute_begins_with_a_request_and_gives_each_key_its_own() {
        let rates = RateLimit::new(NonZeroU32::new(2).expect("positive"));
        let [one, other] = [1, 2].map(|n| KeyId::generate(&Entropy::seeded(n), Timestamp::from_millis(1)));
        let begun = Instant::now();
        let take = |key, after| rates.take(key, begun + Duration::from_secs(after));
        let left = |remaining| Allowance { limit: 2, remaining, exceeded: None };
        assert_eq!((take(&one, 0), take(&one, 10)), (left(1), left(0)));
        assert_eq!(take(&one, 20).exceeded, Some(Duration::from_secs(40)));
        assert_eq!(take(&other, 20), left(1), "as if nobody had asked before");
        assert_eq!(take(&one, 60), left(1), "the next minute");
    }

    #[test]
    fn keys_that_are_silent_are_forgotten() {
        let rates = RateLimit::new(NonZeroU32::MIN);
        let begun = Instant::now();
        for n in 0..=KEPT as u64 {
            let key = KeyId::generate(&Entropy::seeded(n), Timestamp::from_millis(1));
            rates.take(&key, begun + if n < KEPT as u64 { Duration::ZERO } else { WINDOW });
        }
        assert_eq!(rates.windows.lock().expect("no panic").len(), 1);
    }
}
