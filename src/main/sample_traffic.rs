//! What the sample's apps have asked in the ten minutes before its clock stood still.

use std::time::Duration;

use bkend_console::{cli::Failure, domain::metrics::STEPS, platform::Platform};

use crate::sample::{all, failed, project};

/// How an environment is used.
struct Habit {
    environment: &'static str,
    /// Requests in a step in which hardly anybody asks, and in which everybody does.
    requests: (u64, u64),
    /// How many steps the ups and downs take.
    lengths: (u64, u64),
    /// What a usual request takes, in microseconds.
    takes: u64,
    /// One of so many is refused while somebody tries something that does not work.
    refused: u64,
    /// The steps in which the server failed once.
    failed: &'static [u64],
}

const HABITS: [Habit; 3] = [
    Habit { environment: "dev", requests: (0, 34), lengths: (26, 17), takes: 420, refused: 6, failed: &[12] },
    Habit { environment: "staging", requests: (2, 16), lengths: (90, 31), takes: 640, refused: 20, failed: &[] },
    Habit { environment: "prod", requests: (60, 210), lengths: (120, 37), takes: 880, refused: 90, failed: &[23, 24] },
];

/// Counts it, the same every time.
pub fn count(platform: &Platform) -> Result<(), Failure> {
    let environments = platform.environments(&project(platform), all()).map_err(failed)?.page.items;
    for environment in environments {
        let name = environment.name.as_str();
        let Some(habit) = HABITS.iter().find(|habit| habit.environment == name) else { continue };
        let mut number = 0;
        for step in 0..STEPS as u64 {
            let ago = STEPS as u64 - 1 - step;
            for _ in 0..habit.requests(step) {
                number += 1;
                let is_refused = number % habit.refused == 0 && wave(step, habit.lengths.1) > 70;
                let status = if is_refused { 404 } else { 200 };
                platform.count_past_request(&environment.id, ago, habit.latency(number), status);
            }
            if habit.failed.contains(&step) {
                platform.count_past_request(&environment.id, ago, habit.latency(number) * 20, 500);
            }
        }
    }
    Ok(())
}

impl Habit {
    /// Two waves of different lengths, so that no two minutes are alike.
    const fn requests(&self, step: u64) -> u64 {
        let (least, most) = self.requests;
        least + (most - least) * wave(step, self.lengths.0) * (60 + 40 * wave(step, self.lengths.1) / 100) / 10_000
    }

    /// Most are quick, a few are not.
    const fn latency(&self, number: u64) -> Duration {
        let spread = number * 7919 % 100;
        let micros = self.takes * (70 + spread) / 100;
        Duration::from_micros(if spread >= 98 { micros * 9 } else { micros })
    }
}

/// From 0 up to 100 and back within a length.
const fn wave(step: u64, length: u64) -> u64 {
    let place = step % length * 200 / length;
    if place > 100 { 200 - place } else { place }
}
