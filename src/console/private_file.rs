//! A file that nobody else can read, in a folder of its own, and gone when nobody holds it any more.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub struct PrivateFile {
    folder: PathBuf,
    path: PathBuf,
}

impl PrivateFile {
    /// An empty file of that name, open to be written.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(name: &str) -> io::Result<(Self, File)> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let folder = std::env::temp_dir().join(format!("bkend-{:016x}", u64::from_le_bytes(random)));
        // Fails where it exists: it is nobody else's.
        DirBuilder::new().mode(0o700).create(&folder)?;
        let path = folder.join(name);
        let private = Self { folder, path };
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&private.path)?;
        Ok((private, file))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(%error, folder = ?self.folder, "a private file could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn the_file_is_private_and_gone_afterwards() {
        let (private, _) = PrivateFile::create("row.json").expect("a file");
        let folder = private.folder.clone();
        assert_eq!((mode(&folder), mode(private.path())), (0o700, 0o600));
        assert!(private.path().ends_with("row.json"));
        drop(private);
        assert!(!folder.exists());
    }
}
