//! What the sample's apps have asked in the ten minutes before its clock stood still.

use std::time::Duration;

use bkend_console::{cli::Failure, domain::metrics::STEPS, platform::Platform};

use crate::sample::{all, failed, project};

/// How an environment is used.
struct Habit {
    environment: &'static str,
    /// Requests in a usual step.
    usual: u64,
    /// How many times as many there are in the busiest one.
    swing: u64,
    /// What a usual request takes, in microseconds.
    takes: u64,
    /// One of so many is refused.
    refused: u64,
    /// The steps in which the server failed once.
    failed: &'static [u64],
}

const HABITS: [Habit; 3] = [
    Habit { environment: "dev", usual: 4, swing: 5, takes: 420, refused: 9, failed: &[12] },
    Habit { environment: "staging", usual: 9, swing: 2, takes: 640, refused: 40, failed: &[] },
    Habit { environment: "prod", usual: 70, swing: 3, takes: 880, refused: 160, failed: &[23, 24] },
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
                let status = if number % habit.refused == 0 { 404 } else { 200 };
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
        let slow = wave(step, 44);
        let quick = wave(step + 3, 13);
        self.usual + self.usual * (self.swing - 1) * (2 * slow + quick) / 300
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
