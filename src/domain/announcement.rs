//! What a running server says of itself in `server.json` of its data directory.

use serde::{Deserialize, Serialize};

use super::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    pub pid: u32,
    /// Absent for one that answers nobody but itself, as a one-shot command does.
    pub url: Option<String>,
    pub version: String,
    pub started_at: Timestamp,
}
