//! The sign of something under way.

use std::time::Duration;

use super::message::Moment;

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const TURN: Duration = Duration::from_millis(100);

/// Where the clock stands still, so does this.
pub fn frame(now: Moment, clock_runs: bool) -> &'static str {
    if !clock_runs {
        return FRAMES[2];
    }
    let turns = now.uptime.as_millis() / TURN.as_millis();
    FRAMES[usize::try_from(turns).unwrap_or(0) % FRAMES.len()]
}

pub fn next_change(now: Duration, clock_runs: bool) -> Option<Duration> {
    let turns = u32::try_from(now.as_millis() / TURN.as_millis()).ok()?;
    clock_runs.then(|| TURN * (turns + 1))
}
