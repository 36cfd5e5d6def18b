//! How many files and connections the process may have open.

/// Raises the limit that shells set to the one that the system allows. A server's connections and
/// environments together can need more than the usual 1,024, and the lower limit is only there for
/// programs that use `select`.
#[cfg(unix)]
pub fn allow_all() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        // The bounds of the server fit most limits; where they do not, connections wait.
        tracing::debug!(%error, ?limit, "the limit on open files stays as it is");
    }
}

#[cfg(not(unix))]
pub fn allow_all() {}
