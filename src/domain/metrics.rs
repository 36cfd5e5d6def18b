//! Counts of an environment's requests: a window of ten minutes in steps of ten seconds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EnvironmentId, Timestamp};

/// Seconds of one step.
pub const STEP_SECONDS: u64 = 10;

/// Steps of the window.
pub const STEPS: usize = 60;

/// What apps asked of an environment with its keys in the last ten minutes, and how it went.
///
/// The lists have one entry a step, the oldest first; the last step is under way. What the operator
/// asks is not counted, nor are proofs of isolation, the bytes of files, and requests whose key opens nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    #[schema(value_type = String)]
    pub environment_id: EnvironmentId,
    pub step_seconds: u64,
    /// When the last step began.
    #[schema(value_type = String, format = DateTime)]
    pub last_step_at: Timestamp,
    pub requests: Vec<u64>,
    /// Those answered with 400 to 499.
    pub client_errors: Vec<u64>,
    /// Those answered with 500 and more.
    pub server_errors: Vec<u64>,
    /// Half of the requests were answered within as many milliseconds; null where there were none.
    pub p50_ms: Vec<Option<f64>>,
    /// All but one in a hundred.
    pub p99_ms: Vec<Option<f64>>,
    /// The whole window.
    pub total: Traffic,
    /// The last six whole steps and the one under way.
    pub last_minute: Traffic,
}

/// Requests of some time, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Traffic {
    pub requests: u64,
    pub client_errors: u64,
    pub server_errors: u64,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
}

/// What was counted in one step, or in several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub client_errors: u64,
    pub server_errors: u64,
    pub latencies: Histogram,
}

/// How long requests took, by powers of the square root of two: what it tells of a latency is right
/// within a fifth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram(pub [u64; Histogram::BARS]);

impl Metrics {
    /// Of steps in their order, the last one under way.
    pub fn of(environment_id: EnvironmentId, last_step_at: Timestamp, steps: &[Tally]) -> Self {
        let traffic: Vec<Traffic> = steps.iter().map(Tally::traffic).collect();
        let sum = |steps: &[Tally]| {
            let mut sum = Tally::default();
            for step in steps {
                sum.add(step);
            }
            sum.traffic()
        };
        Self {
            environment_id,
            step_seconds: STEP_SECONDS,
            last_step_at,
            requests: traffic.iter().map(|step| step.requests).collect(),
            client_errors: traffic.iter().map(|step| step.client_errors).collect(),
            server_errors: traffic.iter().map(|step| step.server_errors).collect(),
            p50_ms: traffic.iter().map(|step| step.p50_ms).collect(),
            p99_ms: traffic.iter().map(|step| step.p99_ms).collect(),
            total: sum(steps),
            last_minute: sum(&steps[steps.len().saturating_sub(7)..]),
        }
    }
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.client_errors += other.client_errors;
        self.server_errors += other.server_errors;
        for (bar, more) in self.latencies.0.iter_mut().zip(other.latencies.0) {
            *bar += more;
        }
    }

    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.latencies.count(),
            client_errors: self.client_errors,
            server_errors: self.server_errors,
            p50_ms: self.latencies.quantile(0.5),
            p99_ms: self.latencies.quantile(0.99),
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self([0; Self::BARS])
    }
}

impl Histogram {
    /// From below 16 microseconds to above 16 seconds.
    pub const BARS: usize = 42;

    /// What the first bar ends at, as a power of two of microseconds.
    const FIRST: usize = 4;

    /// The bar of a latency.
    pub const fn bar(micros: u64) -> usize {
        let octave = (micros | 1).ilog2() as usize;
        if octave < Self::FIRST {
            return 0;
        }
        // The bit below the highest tells the halves of an octave, which are not quite the two
        // powers of the root and as good.
        let upper = micros >> (octave - 1) & 1 == 1;
        let bar = 1 + 2 * (octave - Self::FIRST) + if upper { 1 } else { 0 };
        if bar < Self::BARS { bar } else { Self::BARS - 1 }
    }

    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The latency, in milliseconds, that this part of all requests stayed below: none of no
    /// requests. Within a bar they are taken as evenly spread.
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let count = self.count();
        let wanted = part * count as f64;
        let mut below = 0.0;
        let bar = self.0.iter().position(|bar| {
            below += *bar as f64;
            *bar > 0 && below >= wanted
        })?;
        let inside = self.0[bar] as f64;
        let share = (wanted - (below - inside)) / inside;
        let (start, end) = (Self::start(bar), Self::start(bar + 1));
        let micros = (end - start).mul_add(share, start);
        Some((micros / 10.0).round() / 100.0)
    }

    /// What a bar begins at, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "at most 2^25")]
    const fn start(bar: usize) -> f64 {
        if bar == 0 {
            return 0.0;
        }
        let octave = 1_u64 << (Self::FIRST + (bar - 1) / 2);
        if bar % 2 == 1 { octave as f64 } else { (octave + octave / 2) as f64 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(latencies: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for micros in latencies {
            histogram.0[Histogram::bar(*micros)] += 1;
        }
        histogram
    }

    #[test]
    fn nothing_was_slow_when_nothing_was_asked() {
        assert_eq!(Histogram::default().quantile(0.99), None);
    }

    #[test]
    fn one_slow_request_in_a_hundred_is_above_the_99th_and_two_are_not() {
        let mut latencies = vec![500; 99];
        latencies.push(2_000_000);
        assert!(of(&latencies).quantile(0.99).is_some_and(|ms| ms < 0.6));
        latencies[0] = 2_000_000;
        assert!(of(&latencies).quantile(0.99).is_some_and(|ms| ms > 1500.0));
    }

    #[test]
    fn a_window_is_the_sum_of_its_steps() {
        let step = |micros: &[u64], errors| Tally { client_errors: errors, server_errors: 1, latencies: of(micros) };
        let mut steps = vec![Tally::default(); STEPS];
        steps[0] = step(&[900, 900], 1);
        steps[STEPS - 1] = step(&[100], 2);
        let id = EnvironmentId::parse("env_0123456789abcdef01234567").expect("valid");
        let metrics = Metrics::of(id, Timestamp::from_millis(0), &steps);
        assert_eq!((metrics.requests[0], metrics.requests[1], metrics.requests[STEPS - 1]), (2, 0, 1));
        assert_eq!((metrics.total.requests, metrics.total.client_errors, metrics.total.server_errors), (3, 3, 2));
        assert_eq!(metrics.last_minute.requests, 1);
        assert_eq!(metrics.p50_ms[1], None);
    }

    proptest! {
        #[test]
        fn a_latency_lies_in_its_bar(micros in 0_u64..20_000_000) {
            let bar = Histogram::bar(micros);
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let micros = micros as f64;
            prop_assert!(Histogram::start(bar) <= micros && micros < Histogram::start(bar + 1));
        }

        #[test]
        fn a_quantile_is_right_within_half_of_it(mut latencies in prop::collection::vec(16_u64..10_000_000, 1..200)) {
            latencies.sort_unstable();
            let median = latencies[(latencies.len() - 1) / 2];
            let told = of(&latencies).quantile(0.5).expect("there are some") * 1000.0;
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let median = median as f64;
            prop_assert!(told >= median / 1.55 && told <= median * 1.55, "{} for {}", told, median);
        }
    }
}
