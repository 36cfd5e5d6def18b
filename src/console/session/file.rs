//! The session's file.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use super::{Session, VERSION};

/// More than any session takes; a larger file is none.
const LARGEST: u64 = 4 << 20;

impl Session {
    /// Reads the file; one that is not there holds nothing yet.
    ///
    /// # Errors
    /// Why there is no session in it, as it is said on the screen. The next one takes its place.
    pub fn load(path: &Path) -> Result<Option<Self>, String> {
        let without = |reason: String| {
            let text = format!("the last session cannot be taken up: {} {reason}", path.display());
            tracing::warn!("{text}");
            text
        };
        let text = match fs::metadata(path)
            .and_then(|file| if file.len() > LARGEST { Ok(String::new()) } else { fs::read_to_string(path) })
        {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(without(format!("cannot be read ({error})"))),
        };
        match serde_json::from_str::<Self>(&text) {
            Ok(session) if session.version == VERSION => Ok(Some(session)),
            Ok(_) => Err(without("is of another version".into())),
            Err(error) => Err(without(format!("is damaged ({error})"))),
        }
    }

    /// Writes the file, and goes on without it where that fails.
    pub fn write_or_warn(&self, path: &Path) {
        if let Err(error) = self.write(path) {
            tracing::warn!(%error, path = %path.display(), "the session cannot be written");
        }
    }

    /// Writes the file, for its owner's eyes. Renamed into place: whoever reads it finds the old
    /// session or the new one, never half of one.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        private(&temporary)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&temporary, path))
            .inspect_err(|_| {
                let _ = fs::remove_file(&temporary);
            })
    }
}

fn private(path: &Path) -> io::Result<File> {
    // One of a process of the same number that was killed may be in the way, with other rights.
    let _ = fs::remove_file(path);
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_comes_back_and_is_for_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("console/one.json");
        let session = Session { version: VERSION, recent: vec!["connect".into()], ..Session::default() };
        session.write(&path).expect("written");
        session.write(&path).expect("written again");
        assert_eq!(Session::load(&path), Ok(Some(session)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
        let left = fs::read_dir(folder.path().join("console")).expect("a folder").count();
        assert_eq!(left, 1, "no temporary file stays behind");
    }

    #[test]
    fn what_is_no_session_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.json");
        assert_eq!(Session::load(&path), Ok(None));
        for text in ["", "nonsense", "{\"version\": 2}", "{}", "{\"version\": 1, \"recent\": 5}"] {
            fs::write(&path, text).expect("written");
            assert!(Session::load(&path).is_err_and(|reason| reason.contains("one.json")), "{text}");
        }
    }
}
