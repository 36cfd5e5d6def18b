//! How a client finds the server that holds a data directory: two small files in it.
//!
//! They are hints. Who really holds the directory, its lock says, and only a server may try that.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use super::Target;
use crate::domain::announcement::Announcement;

#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not what a server writes ({reason}): it is written anew when one starts", path.display())]
    Malformed { path: PathBuf, reason: String },
}

/// Whether there is a data directory: the lock is the first thing that a server makes of one, and a copy has at least
/// its database. What cannot be looked at counts as there; opening it says why.
pub fn is_begun(directory: &Path) -> bool {
    ["lock", "control.db"].iter().any(|name| !matches!(directory.join(name).try_exists(), Ok(false)))
}

/// The server that says it holds `directory`; it may have died since.
pub fn announcement(directory: &Path) -> Result<Option<Announcement>, LocalError> {
    let path = directory.join("server.json");
    let Some(text) = read(&path)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| LocalError::Malformed { path, reason: error.to_string() })
}

/// The token that the directory's server takes for its operator's.
pub fn operator_token(directory: &Path) -> Result<Option<SecretString>, LocalError> {
    Ok(read(&directory.join("operator.token"))?.map(|text| text.trim().to_owned().into()))
}

/// Where a server of `directory` says it is, with its token, if both files are there.
pub fn target(directory: &Path) -> Result<Option<Target>, LocalError> {
    let url = announcement(directory)?.and_then(|announced| announced.url);
    Ok(url.zip(operator_token(directory)?).map(|(url, token)| Target { url, token, socket: None }))
}

fn read(path: &Path) -> Result<Option<String>, LocalError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LocalError::Unreadable { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_a_server_has_no_target() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        assert!(target(directory.path()).expect("readable").is_none());
        fs::write(directory.path().join("operator.token"), "secret\n").expect("written");
        assert!(target(directory.path()).expect("readable").is_none());
    }

    #[test]
    fn what_a_server_announces_is_read_back() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let json =
            r#"{"pid":7,"url":"http://127.0.0.1:4600","version":"0.1.0","startedAt":"2026-11-23T06:42:39.120Z"}"#;
        fs::write(directory.path().join("server.json"), json).expect("written");
        fs::write(directory.path().join("operator.token"), "secret\n").expect("written");
        let target = target(directory.path()).expect("readable").expect("a server");
        assert_eq!(target.url, "http://127.0.0.1:4600");
        assert_eq!(secrecy::ExposeSecret::expose_secret(&target.token), "secret");
    }

    #[test]
    fn a_half_written_announcement_is_an_error_that_names_the_file() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        fs::write(directory.path().join("server.json"), "{\"pid\":").expect("written");
        let error = announcement(directory.path()).expect_err("malformed").to_string();
        assert!(error.contains("server.json"), "{error}");
    }
}
