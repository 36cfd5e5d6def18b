//! How long one read may take, and where that is looked at while SQLite runs.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ffi, functions::FunctionFlags};

use crate::domain::filter::Matcher;

/// Longest time one read may hold a connection.
pub(super) const READ_DEADLINE: Duration = Duration::from_secs(10);

/// Steps of SQLite's virtual machine between two looks at the deadline: some microseconds, unless rows are megabytes
/// long.
const STEPS: i32 = 1_000;

/// When the read under way on a connection must be over.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadline(Arc<Mutex<Option<Instant>>>);

impl Deadline {
    /// Has the statements of a connection stopped at the deadline, and lets them ask for patterns.
    pub fn enforce(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let until = self.clone();
        connection.progress_handler(STEPS, Some(move || until.has_passed()))?;
        let until = self.clone();
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        connection.create_scalar_function("regexp", 2, flags, move |context| {
            // One step, however long the text is.
            if until.has_passed() {
                return Err(too_slow());
            }
            let matcher = context.get_or_create_aux(0, |value| Matcher::new(value.as_str().unwrap_or_default()))?;
            // Only strings can match a pattern.
            context.get_raw(1).as_str().map_or(Ok(false), |text| matcher.is_match(text).map_err(|_| too_slow()))
        })
    }

    /// Begins a read, which is given the time that one may take.
    pub fn start(&self) {
        self.set(Some(Instant::now() + READ_DEADLINE));
    }

    pub fn lift(&self) {
        self.set(None);
    }

    fn set(&self, until: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    fn has_passed(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() >= until)
    }
}

/// What SQLite itself answers where the progress handler stops it.
fn too_slow() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Error;

    #[test]
    fn a_pattern_is_not_begun_after_the_deadline() {
        let mut connection = Connection::open_in_memory().expect("opens");
        let deadline = Deadline::default();
        deadline.enforce(&mut connection).expect("registered");
        // Far fewer steps than there are between two looks.
        let ask = || {
            let found = connection.query_row("SELECT regexp('^a', 'abc')", [], |row| row.get::<_, bool>(0));
            found.map_err(Error::from)
        };
        assert!(ask().expect("in time"));
        deadline.set(Some(Instant::now()));
        assert!(matches!(ask(), Err(Error::TooSlow)));
        deadline.lift();
        assert!(ask().expect("in time"));
    }
}
