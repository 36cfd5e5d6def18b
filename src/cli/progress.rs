//! How far a transfer is, on one line of stderr that is written over and gone at the end.

use std::{
    io::{self, IsTerminal as _, Write as _},
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use super::output::{Output, human_bytes};

/// Often enough to look alive.
const REDRAW: Duration = Duration::from_millis(100);

pub struct Progress {
    /// Absent where nobody watches.
    shown: Option<Instant>,
    what: &'static str,
    total: Option<u64>,
    done: u64,
}

impl Progress {
    pub fn new(output: Output, what: &'static str, total: Option<u64>) -> Self {
        let is_watched = !output.quiet && !output.json && io::stderr().is_terminal();
        Self { shown: is_watched.then(Instant::now), what, total, done: 0 }
    }

    pub fn add(&mut self, bytes: usize) {
        self.done += bytes as u64;
        if self.shown.is_some_and(|shown| shown.elapsed() >= REDRAW) {
            self.draw();
        }
    }

    /// Shows how `done` grows until `work` is over.
    pub async fn watching<T>(mut self, done: &AtomicU64, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            if let Ok(result) = tokio::time::timeout(REDRAW, work.as_mut()).await {
                return result;
            }
            self.done = done.load(Ordering::Relaxed);
            if self.shown.is_some() {
                self.draw();
            }
        }
    }

    fn draw(&mut self) {
        let Self { what, done, .. } = *self;
        let of = match self.total {
            Some(total) if total > 0 => format!(" of {}, {} %", human_bytes(total), done.min(total) * 100 / total),
            _ => String::new(),
        };
        // A line that cannot be written is not worth failing for.
        let _ = write!(io::stderr(), "\r\x1b[K{what} {}{of}", human_bytes(done));
        self.shown = Some(Instant::now());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
