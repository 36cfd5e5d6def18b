//! The time zone that times are shown in.

use chrono::{DateTime, Local, Utc};

use crate::domain::Timestamp;

/// Local time, or UTC where the picture must be the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    Local,
    Utc,
}

impl Zone {
    /// `format` is chrono's `strftime`.
    pub fn format(self, at: Timestamp, format: &str) -> String {
        let utc: DateTime<Utc> = at.to_utc();
        match self {
            Self::Utc => utc.format(format).to_string(),
            Self::Local => utc.with_timezone(&Local).format(format).to_string(),
        }
    }

    pub fn minute(self, at: Timestamp) -> String {
        self.format(at, "%Y-%m-%d %H:%M")
    }
}
