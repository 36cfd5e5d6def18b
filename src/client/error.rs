//! What can go wrong with a call, and what a person can do about it.

use crate::domain::{
    Violation,
    api::{ErrorBody, ErrorDetail},
};

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// No connection, or one that broke before the answer was complete.
    #[error("{url} cannot be reached ({reason}): check the address, and that the server runs")]
    Unreachable { url: String, reason: String },

    #[error(
        "{url} has not answered within {seconds} s: it may be overloaded, and what was asked may still happen; look \
         before trying again"
    )]
    TimedOut { url: String, seconds: u64 },

    /// 401 or 403.
    #[error("{message}")]
    Unauthorized { status: u16, code: String, message: String },

    /// Any other refusal below 500; the server's sentence says what to do.
    #[error("{message}{}", listed(details))]
    Refused { status: u16, code: String, message: String, details: Vec<Violation> },

    /// 500 and above.
    #[error("the server failed ({status}): {message}")]
    Server { status: u16, code: String, message: String },

    /// Something answers, but not as a bkend server does.
    #[error("{url} does not answer like a bkend server ({reason}): check the address")]
    Malformed { url: String, reason: String },
}

impl Error {
    /// The status of the answer, if there was one.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Unauthorized { status, .. } | Self::Refused { status, .. } | Self::Server { status, .. } => {
                Some(*status)
            }
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Malformed { .. } => None,
        }
    }

    /// The code of the answer, like `key/already-replaced`, if there was one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Unauthorized { code, .. } | Self::Refused { code, .. } | Self::Server { code, .. } => Some(code),
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Malformed { .. } => None,
        }
    }

    /// Whether the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether a change was for another version than there is.
    pub fn is_other_version(&self) -> bool {
        self.status() == Some(412)
    }

    /// As the server would have put it, for those who read JSON.
    pub fn to_body(&self) -> ErrorBody {
        let (code, message, details) = match self {
            Self::Refused { code, message, details, .. } => (code.as_str(), message.clone(), details.clone()),
            Self::Unauthorized { code, .. } | Self::Server { code, .. } => {
                (code.as_str(), self.to_string(), Vec::new())
            }
            Self::Unreachable { .. } => ("client/unreachable", self.to_string(), Vec::new()),
            Self::TimedOut { .. } => ("client/timed-out", self.to_string(), Vec::new()),
            Self::Malformed { .. } => ("client/malformed-answer", self.to_string(), Vec::new()),
        };
        ErrorBody { error: ErrorDetail { code: code.to_owned(), message, details } }
    }
}

fn listed(details: &[Violation]) -> String {
    let lines: Vec<_> =
        details.iter().map(|violation| format!("\n  {}: {}", violation.field, violation.message)).collect();
    lines.concat()
}
