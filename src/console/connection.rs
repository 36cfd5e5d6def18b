//! Whether what is on the screen is live, as the header says it.

use std::time::Duration;

use ratatui::style::Style;

use super::{message::Moment, theme::Theme, zone::Zone};
use crate::domain::Timestamp;

/// A loss shorter than this is a hiccup: the header counts down to the next try. A longer one is
/// said to be what it is.
const OFFLINE_AFTER: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    Connecting,
    Live,
    /// The server answers but sends no events: what is shown is read again every 2 s.
    Polling,
    Lost {
        reason: String,
        since: Moment,
        retry_at: Duration,
        /// There was a connection before, so what is shown is from then.
        was_live: bool,
    },
    /// The operator token is not accepted.
    Refused {
        reason: String,
        was_live: bool,
    },
}

impl Connection {
    /// The loss goes on, or begins.
    pub fn lose(&mut self, reason: String, retry_in: Duration, now: Moment) {
        let since = match self {
            Self::Lost { since, .. } => *since,
            _ => now,
        };
        *self = Self::Lost { reason, since, retry_at: now.uptime + retry_in, was_live: self.has_been_live() };
    }

    /// The operator token is refused, now or still.
    pub fn refuse(&mut self, reason: String) {
        *self = Self::Refused { reason, was_live: self.has_been_live() };
    }

    /// Whether what is shown is from a connection that is lost.
    pub const fn was_live(&self) -> bool {
        matches!(self, Self::Lost { was_live: true, .. } | Self::Refused { was_live: true, .. })
    }

    /// Whether there is a connection, or was one.
    pub const fn has_been_live(&self) -> bool {
        matches!(self, Self::Live | Self::Polling) || self.was_live()
    }

    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Refused { .. })
    }

    /// The mark and words of the header, with what may be left out when there is no room.
    pub fn describe(&self, now: Moment, zone: Zone) -> (String, &'static str) {
        match self {
            Self::Connecting => ("◌ connecting".into(), ""),
            Self::Live => ("● live".into(), ""),
            Self::Polling => ("◐ polling every 2 s".into(), ", the server sends no events"),
            Self::Lost { since, was_live: false, .. } => {
                (format!("○ no answer since {}", clock(since.wall, zone)), ", tried again by itself")
            }
            Self::Lost { since, retry_at, .. } if now.uptime.saturating_sub(since.uptime) < OFFLINE_AFTER => {
                let left = retry_at.saturating_sub(now.uptime);
                let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
                match seconds {
                    0 => ("◌ reconnecting".into(), ""),
                    _ => (format!("◌ reconnecting in {seconds} s"), ""),
                }
            }
            Self::Lost { since, .. } => {
                (format!("○ offline since {}", clock(since.wall, zone)), ", showing what was last known")
            }
            Self::Refused { .. } => ("✗ not permitted".into(), ", the operator token is refused: set BKEND_TOKEN"),
        }
    }

    pub fn style(&self, theme: &Theme) -> Style {
        match self {
            Self::Connecting => theme.muted,
            Self::Live => theme.active,
            Self::Polling => theme.ready,
            Self::Lost { .. } => theme.warning,
            Self::Refused { .. } => theme.error,
        }
        .into()
    }

    /// When the words change by themselves.
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let Self::Lost { since, retry_at, was_live: true, .. } = self else { return None };
        let offline_at = since.uptime + OFFLINE_AFTER;
        if now >= offline_at {
            return None;
        }
        let left = retry_at.saturating_sub(now);
        let part = Duration::from_nanos(u64::from(left.subsec_nanos()));
        match (left.is_zero(), part.is_zero()) {
            (true, _) => Some(offline_at),
            (false, true) => Some(offline_at.min(now + Duration::from_secs(1))),
            (false, false) => Some(offline_at.min(now + part)),
        }
    }
}

fn clock(at: Timestamp, zone: Zone) -> String {
    zone.format(at, "%H:%M")
}
