//! Panics: the terminal first, the report after it.

use std::{
    panic::{self, PanicHookInfo},
    sync::Arc,
    thread::{self, ThreadId},
};

use super::modes;

type Hook = dyn Fn(&PanicHookInfo<'_>) + Send + Sync;

/// While it lives, a panic of the console gives the terminal back before it is reported, and one
/// of any other thread goes to the log: printed, it would lie across the screen.
pub struct PanicGuard {
    previous: Arc<Hook>,
}

impl std::fmt::Debug for PanicGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PanicGuard")
    }
}

impl PanicGuard {
    /// `console` is the thread that draws.
    pub fn install(console: ThreadId) -> Self {
        let previous: Arc<Hook> = Arc::from(panic::take_hook());
        let report = Arc::clone(&previous);
        panic::set_hook(Box::new(move |info| {
            if thread::current().id() == console {
                modes::give_back();
                report(info);
            } else {
                tracing::error!(panic = %info, "a background task ended by a defect");
            }
        }));
        Self { previous }
    }
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        // A hook cannot be changed by a thread that panics.
        if !thread::panicking() {
            let previous = Arc::clone(&self.previous);
            panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}
