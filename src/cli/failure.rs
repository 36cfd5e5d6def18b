//! Why a command did not do what it was asked, and the exit code that says so to scripts.

use std::io;

use crate::{
    client,
    domain::{
        Invalid,
        api::{ErrorBody, ErrorDetail},
        error::code,
    },
};

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command cannot be meant as it was given.
    #[error("{0}")]
    Usage(String),
    #[error("{message}")]
    NotFound { code: &'static str, message: String },
    /// Possible, but not as things are.
    #[error("{message}")]
    Refused { code: &'static str, message: String },
    /// It was tried and went wrong.
    #[error("{0}")]
    Failed(String),
    /// There is no server to ask, or none that this caller may ask.
    #[error("{0}")]
    Unavailable(String),
    #[error(transparent)]
    Client(#[from] client::Error),
    /// Ctrl-C, or another signal to end.
    #[error("interrupted")]
    Interrupted,
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::Usage(invalid.to_string())
    }
}

impl Failure {
    /// 1 failed, 2 wrong usage or invalid input, 3 not found, 4 refused, 5 unreachable or not
    /// permitted, 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        use client::Error;
        match self {
            // Whoever read the output has seen enough.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Failed(_) | Self::Output(_) => 1,
            Self::Usage(_) => 2,
            Self::NotFound { .. } => 3,
            Self::Refused { .. } => 4,
            Self::Unavailable(_) => 5,
            // As a shell reports a process that SIGINT ended.
            Self::Interrupted => 130,
            Self::Client(error) => match error {
                Error::Refused { status: 400 | 413 | 422, .. } => 2,
                Error::Refused { status: 404, .. } => 3,
                Error::Refused { status: 409, .. } => 4,
                Error::Refused { .. } | Error::Server { .. } => 1,
                Error::Unreachable { .. }
                | Error::TimedOut { .. }
                | Error::Unauthorized { .. }
                | Error::Malformed { .. } => 5,
            },
        }
    }

    /// As the management API would have put it.
    pub fn to_body(&self) -> ErrorBody {
        let code = match self {
            Self::Client(error) => return error.to_body(),
            Self::Usage(_) => code::INVALID_PARAMETERS,
            Self::NotFound { code, .. } | Self::Refused { code, .. } => code,
            Self::Failed(_) => "cli/failed",
            Self::Unavailable(_) => "cli/unavailable",
            Self::Interrupted => "cli/interrupted",
            Self::Output(_) => "cli/output",
        };
        ErrorBody { error: ErrorDetail { code: code.to_owned(), message: self.to_string(), details: Vec::new() } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_the_exit_code_of_its_kind() {
        let refused = |status| {
            Failure::Client(client::Error::Refused {
                status,
                code: "x/y".into(),
                message: "because".into(),
                details: Vec::new(),
            })
        };
        for (status, exit) in [(400, 2), (404, 3), (409, 4), (413, 2), (429, 1)] {
            assert_eq!(refused(status).exit_code(), exit, "{status}");
        }
        let unauthorized = |status| client::Error::Unauthorized { status, code: "x/y".into(), message: "no".into() };
        assert_eq!(Failure::Client(unauthorized(401)).exit_code(), 5);
        assert_eq!(Failure::Client(unauthorized(403)).exit_code(), 5);
        let server = client::Error::Server { status: 500, code: "x/y".into(), message: "oops".into() };
        assert_eq!(Failure::Client(server).exit_code(), 1);
    }

    #[test]
    fn a_reader_that_goes_away_is_no_failure() {
        assert_eq!(Failure::Output(io::ErrorKind::BrokenPipe.into()).exit_code(), 0);
        assert_eq!(Failure::Output(io::ErrorKind::StorageFull.into()).exit_code(), 1);
    }
}
