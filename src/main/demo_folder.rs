//! The folder of a demonstration: gone with it, or with the next one if it was killed.
//!
//! A demonstration holds a lock in its folder for as long as it lives, and the folder gets its name when the
//! lock is held. So what has the name and a lock that is free was left behind, and nothing else is touched.

use std::{
    fs::{self, File, Metadata},
    io,
    path::Path,
};

use crate::private_folder::PrivateFolder;

const BEGINNING: &str = "bkend-demo-";

const LOCK: &str = "demo.lock";

#[derive(Debug)]
pub struct DemoFolder {
    folder: PrivateFolder,
    /// Never read: it goes with the value or with the process, after the folder.
    _lock: File,
}

impl DemoFolder {
    /// Makes one, and removes those of demonstrations that were killed.
    pub fn create() -> io::Result<Self> {
        let mut folder = PrivateFolder::create()?;
        let lock = File::create_new(folder.path().join(LOCK))?;
        lock.lock()?;
        folder.rename(BEGINNING)?;
        remove_left_behind(folder.path());
        Ok(Self { folder, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// What cannot be removed stays: that is no reason for a demonstration not to begin.
fn remove_left_behind(own: &Path) {
    let Some(temporary) = own.parent() else { return };
    let (Ok(entries), Ok(ours)) = (fs::read_dir(temporary), fs::symlink_metadata(own)) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_named = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(BEGINNING));
        if is_named && path != own && fs::symlink_metadata(&path).is_ok_and(|other| is_alike(&other, &ours)) {
            let _ = remove_unless_held(&path);
        }
    }
}

/// A folder of the same person that nobody else can enter: what is in it was put there by them.
fn is_alike(other: &Metadata, ours: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if (other.uid(), other.mode()) != (ours.uid(), ours.mode()) {
            return false;
        }
    }
    other.is_dir() && ours.is_dir()
}

fn remove_unless_held(folder: &Path) -> io::Result<()> {
    let lock = File::options().write(true).open(folder.join(LOCK))?;
    lock.try_lock()?;
    tracing::info!(folder = %folder.display(), "removing what a demonstration left that was killed");
    fs::remove_dir_all(folder)
}
