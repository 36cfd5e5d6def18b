//! One line on stderr that says how far an import has come; on a terminal only, where it is written
//! over.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

use crate::cli::output::Output;

/// Often enough to be seen moving.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub struct Progress {
    visible: bool,
    shown: Option<Instant>,
}

impl Progress {
    pub fn new(output: Output) -> Self {
        Self { visible: !output.quiet && io::stderr().is_terminal(), shown: None }
    }

    pub fn show(&mut self, text: impl FnOnce() -> String) {
        if self.visible && self.shown.is_none_or(|shown| shown.elapsed() >= PAUSE) {
            write(&format!("\r\x1b[2K{}", text()));
            self.shown = Some(Instant::now());
        }
    }

    /// Leaves the line empty for what comes next.
    pub fn clear(&mut self) {
        if self.shown.take().is_some() {
            write("\r\x1b[2K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    // Progress that cannot be shown is not worth failing for.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
