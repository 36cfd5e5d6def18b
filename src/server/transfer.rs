//! Bytes of a file on their way in: a piece at a time, for as long as they flow.
//!
//! No deadline is right for a body of any length, so what is asked of a client is progress: each
//! `STEP` within [`Limits::transfer_patience`].

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::{error::Problem, limits::Limits};
use crate::domain::error::code;

/// Bytes that must arrive within each span of patience.
const STEP: usize = 64 * 1024;

/// A body that is read as it comes.
#[derive(Debug)]
pub struct Receiving {
    body: Body,
    patience: Duration,
    /// When the next step must be complete.
    deadline: Instant,
    /// Bytes of it that are here.
    step: usize,
}

impl Receiving {
    pub fn new(body: Body, limits: &Limits) -> Self {
        let patience = limits.transfer_patience;
        Self { body, patience, deadline: Instant::now() + patience, step: 0 }
    }

    /// The next piece; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            // From here on, because the disk's own time is not the client's.
            if self.step >= STEP {
                self.step = 0;
                self.deadline = Instant::now() + self.patience;
            }
            let frame = match timeout_at(self.deadline, self.body.frame()).await {
                Err(_) => return Err(too_slow(self.patience)),
                Ok(None) => return Ok(None),
                Ok(Some(Err(_))) => {
                    return Err(Problem::invalid("The body ended before it was complete: send it again"));
                }
                Ok(Some(Ok(frame))) => frame,
            };
            if let Ok(bytes) = frame.into_data() {
                self.step += bytes.len();
                return Ok(Some(bytes));
            }
        }
    }
}

fn too_slow(patience: Duration) -> Problem {
    let message = format!(
        "Less than {} KiB arrived within {} s: send the file again over a better connection",
        STEP / 1024,
        patience.as_secs()
    );
    Problem::new(StatusCode::REQUEST_TIMEOUT, code::REQUEST_TIMEOUT, message)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn receiving(patience: Duration, body: Body) -> Receiving {
        Receiving::new(body, &Limits { transfer_patience: patience, ..Limits::default() })
    }

    #[tokio::test]
    async fn a_body_may_take_longer_than_anybodys_patience_while_it_flows() {
        let patience = Duration::from_secs(2);
        let begun = Instant::now();
        let pieces = stream::unfold(0, |sent| async move {
            tokio::time::sleep(Duration::from_millis(70)).await;
            (sent < 30).then(|| (Ok::<_, std::io::Error>(vec![0; STEP]), sent + 1))
        });
        let mut receiving = receiving(patience, Body::from_stream(pieces));
        let mut received = 0;
        while let Some(bytes) = receiving.next().await.expect("it flows") {
            received += bytes.len();
        }
        assert_eq!(received, 30 * STEP);
        assert!(begun.elapsed() > patience);
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_given_up() {
        let pieces = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Some((Ok::<_, std::io::Error>(vec![0]), ()))
        });
        let mut receiving = receiving(Duration::from_millis(50), Body::from_stream(pieces));
        let mut received = 0;
        let given_up = loop {
            match receiving.next().await {
                Ok(bytes) => received += bytes.expect("it has no end").len(),
                Err(problem) => break problem,
            }
        };
        assert!(received < STEP);
        assert!(format!("{given_up:?}").contains("408"), "{given_up:?}");
    }
}
