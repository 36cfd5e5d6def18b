//! Places where a test may stop the process or make a step fail.
//!
//! `BKEND_FAILPOINT=storage.renamed=pause` makes a debug build print `failpoint storage.renamed` on
//! standard error when it gets there, and wait to be killed; `=fail` makes the step answer an error
//! instead; `=fail-once` only the first time. A release build has none of this.

use super::Error;

#[cfg(debug_assertions)]
pub fn reach(name: &str) -> Result<(), Error> {
    use std::sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    };

    static CONFIGURED: OnceLock<Option<(String, String)>> = OnceLock::new();
    static SPENT: AtomicBool = AtomicBool::new(false);
    let configured = CONFIGURED.get_or_init(|| {
        let value = std::env::var("BKEND_FAILPOINT").ok()?;
        let (point, action) = value.split_once('=')?;
        Some((point.to_owned(), action.to_owned()))
    });
    let Some((_, action)) = configured.as_ref().filter(|(point, _)| point == name) else { return Ok(()) };
    let fail = || Error::Io { what: name.to_owned(), source: std::io::Error::other("failpoint") };
    match action.as_str() {
        "pause" => {
            eprintln!("failpoint {name}");
            loop {
                std::thread::park();
            }
        }
        "fail-once" if SPENT.swap(true, Ordering::Relaxed) => Ok(()),
        _ => Err(fail()),
    }
}

#[cfg(not(debug_assertions))]
#[expect(clippy::unnecessary_wraps, reason = "the signature of the debug build")]
#[inline]
pub const fn reach(_name: &str) -> Result<(), Error> {
    Ok(())
}
