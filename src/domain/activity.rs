//! Which lines of activity somebody looks for.

use super::{EnvironmentId, Timestamp, api::Actor};

/// Conditions that all hold; the default is every line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Also one that is gone.
    pub environment: Option<EnvironmentId>,
    /// One action, `key.rotate`, or all of a noun, `key`.
    pub action: Option<String>,
    pub actor: Option<Actor>,
    /// The oldest that is wanted.
    pub since: Option<Timestamp>,
}
