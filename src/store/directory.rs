//! The data directory: who holds it, the operator's token, and the folders of environments.
//!
//! ```text
//! DATA/
//!   lock              held by the one process that may touch the rest
//!   server.json       a hint: where that process listens
//!   operator.token    the credential of the management plane
//!   control.db
//!   environments/<env id>/data.db, objects/
//!   unowned/<env id>/  only where an older control.db was brought back
//! ```
//! A folder below `environments/` appears under its final name complete and synced, and vanishes
//! from it in one rename; names that start with a dot are the unfinished ends of either, and
//! [`Directory::sweep`] removes them at start.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};

use super::{Error, Template, failpoint};
use crate::domain::{EnvironmentId, Timestamp, announcement::Announcement, id, id::Entropy};

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the lock.
    #[error("{}", held(.path, .holder.as_ref()))]
    Held { path: PathBuf, holder: Option<Announcement> },
    #[error(transparent)]
    Store(#[from] Error),
}

fn held(path: &Path, holder: Option<&Announcement>) -> String {
    let who = match holder {
        Some(Announcement { pid, url: Some(url), .. }) => format!("process {pid}, which listens on {url}"),
        Some(Announcement { pid, .. }) => format!("process {pid}"),
        None => "another process".into(),
    };
    format!("the data directory {} is in use by {who}: stop it, or use another --data-dir", path.display())
}

/// An open data directory. The lock goes with the value, or with the process.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Never read: dropping it releases the lock.
    _lock: File,
    token: SecretString,
}

impl Directory {
    /// Creates the directory where there is none, and takes its lock.
    pub fn open(path: &Path, entropy: &Entropy) -> Result<Self, OpenError> {
        let environments = path.join("environments");
        create_private_folder(&environments).map_err(Error::io(format!("creating {}", environments.display())))?;
        let lock_path = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(Error::io(format!("opening {}", lock_path.display())))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Held { path: path.to_owned(), holder: read_announcement(path) });
            }
            Err(TryLockError::Error(source)) => {
                return Err(Error::Io { what: format!("locking {}", lock_path.display()), source }.into());
            }
        }
        // Whoever wrote it is gone, or the lock would not be ours.
        let _ = fs::remove_file(path.join("server.json"));
        let token = operator_token(path, entropy)?;
        Ok(Self { path: path.to_owned(), _lock: lock, token })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn operator_token(&self) -> &SecretString {
        &self.token
    }

    /// Writes `server.json`, so that other processes find this one.
    pub fn announce(&self, url: Option<&str>, now: Timestamp) -> Result<(), Error> {
        let announcement = Announcement {
            pid: std::process::id(),
            url: url.map(str::to_owned),
            version: env!("CARGO_PKG_VERSION").into(),
            started_at: now,
        };
        let json = serde_json::to_vec(&announcement).expect("an announcement has string keys");
        let path = self.path.join("server.json");
        replace_private_file(&path, &json).map_err(Error::io(format!("writing {}", path.display())))
    }

    /// Removes `server.json`: from now on nobody should come.
    pub fn withdraw(&self) {
        let _ = fs::remove_file(self.path.join("server.json"));
    }

    pub fn control_file(&self) -> PathBuf {
        self.path.join("control.db")
    }

    pub fn data_file(&self, id: &EnvironmentId) -> PathBuf {
        self.environment(id).join("data.db")
    }

    /// Where the bytes of an environment's files are.
    pub fn objects_folder(&self, id: &EnvironmentId) -> PathBuf {
        self.environment(id).join("objects")
    }

    pub fn has_environment(&self, id: &EnvironmentId) -> bool {
        self.environment(id).exists()
    }

    /// Whether the last process to use an environment ended without closing it.
    pub fn was_left_open(&self, id: &EnvironmentId) -> bool {
        fs::metadata(self.environment(id).join("data.db-wal")).is_ok_and(|log| log.len() > 0)
    }

    fn environments(&self) -> PathBuf {
        self.path.join("environments")
    }

    fn environment(&self, id: &EnvironmentId) -> PathBuf {
        self.environments().join(id.as_str())
    }

    /// Makes the folder of an environment appear, complete, or not at all.
    ///
    /// Nothing of it is synced yet: a power cut may leave less, and whoever finds the environment
    /// unfinished makes its folder anew. [`Directory::seal_environment`] makes it last.
    pub fn create_environment(&self, id: &EnvironmentId, template: &Template) -> Result<(), Error> {
        let target = self.environment(id);
        let what = || format!("creating the storage of {id}");
        let unfinished = self.environments().join(format!(".new-{id}"));
        remove_folder(&unfinished).map_err(Error::io(what()))?;
        create_private_folder(&unfinished).map_err(Error::io(what()))?;
        failpoint::reach("storage.folder")?;
        write_private_file(&unfinished.join("data.db"), template.bytes()).map_err(Error::io(what()))?;
        failpoint::reach("storage.written")?;
        fs::rename(&unfinished, &target).map_err(Error::io(what()))?;
        failpoint::reach("storage.renamed")
    }

    /// Gives the file of a new environment its write-ahead log, and puts it and its names on the disk:
    /// three fsyncs. Nobody may have it open.
    ///
    /// Bytes 18 and 19 of the header name the journal mode for writing and for reading; 2 is WAL
    /// (<https://www.sqlite.org/fileformat2.html#file_format_version_numbers>).
    pub fn seal_environment(&self, id: &EnvironmentId) -> Result<(), Error> {
        let path = self.data_file(id);
        let seal = || {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.seek(SeekFrom::Start(18))?;
            file.write_all(&[2, 2])?;
            file.sync_data()?;
            // The file first: journals write the names along with it.
            sync_folder(&self.environment(id))?;
            sync_folder(&self.environments())
        };
        seal().map_err(Error::io(format!("syncing {}", path.display())))
    }

    /// Takes the folder of an environment away: aside in one rename, then piece by piece.
    pub fn remove_environment(&self, id: &EnvironmentId) -> Result<(), Error> {
        let what = || format!("removing the storage of {id}");
        let aside = self.environments().join(format!(".gone-{id}"));
        failpoint::reach("deletion.closed")?;
        // What an earlier attempt could not remove would be in the way of the rename.
        remove_folder(&aside).map_err(Error::io(what()))?;
        match fs::rename(self.environment(id), &aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::io(what())(error)),
            _ => {}
        }
        failpoint::reach("deletion.renamed")?;
        sync_folder(&self.environments()).map_err(Error::io(what()))?;
        remove_folder(&aside).map_err(Error::io(what()))?;
        remove_folder(&self.environments().join(format!(".new-{id}"))).map_err(Error::io(what()))?;
        failpoint::reach("deletion.removed")
    }

    /// Refuses to start from an empty `control.db` beside environments: it was lost or replaced, and
    /// sweeping would take all that it knew of along.
    ///
    /// # Errors
    /// [`Error::Corrupt`] with what to do.
    pub fn check_new(&self) -> Result<(), Error> {
        let folder = self.environments();
        let entries = fs::read_dir(&folder).map_err(Error::io(format!("reading {}", folder.display())))?;
        let is_environment = |name: &str| EnvironmentId::parse(name).is_ok();
        let left = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(is_environment)).count();
        if left == 0 {
            return Ok(());
        }
        Err(Error::Corrupt(format!(
            "{} knows of no project, but {} holds environments ({left}): bring the file back from a copy, or move the \
             folder away to begin anew",
            self.control_file().display(),
            folder.display()
        )))
    }

    /// Removes what a crash left: the unfinished ends of creation and deletion. Run at start, before anything is
    /// served.
    ///
    /// A folder that no environment in `known` owns is none of them: a row is on the disk before its folder has its
    /// name, and stays until the folder has lost it. So `control.db` is older than the folder, as a copy is that was
    /// brought back, and the folder is moved to `unowned/` and kept.
    pub fn sweep(&self, known: impl Fn(&EnvironmentId) -> bool) -> Result<(), Error> {
        let folder = self.environments();
        let what = || format!("reading {}", folder.display());
        for entry in fs::read_dir(&folder).map_err(Error::io(what()))? {
            let entry = entry.map_err(Error::io(what()))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if EnvironmentId::parse(name).is_ok_and(|id| !known(&id)) {
                self.move_aside(&entry.path(), name)?;
            }
            if name.starts_with(".new-env_") || name.starts_with(".gone-env_") {
                tracing::info!(folder = name, "removing a folder that a crash left behind");
                remove_folder(&entry.path()).map_err(Error::io(format!("removing {}", entry.path().display())))?;
            }
        }
        Ok(())
    }

    /// Moves the folder of an environment that nobody knows out of the way.
    fn move_aside(&self, folder: &Path, name: &str) -> Result<(), Error> {
        let unowned = self.path.join("unowned");
        let target = unowned.join(name);
        let what = || format!("moving {} to {}", folder.display(), target.display());
        create_private_folder(&unowned).map_err(Error::io(what()))?;
        // One that was moved before is a folder with something in it, which no rename replaces.
        fs::rename(folder, &target).map_err(Error::io(what()))?;
        let both = sync_folder(&unowned).and_then(|()| sync_folder(&self.environments()));
        both.map_err(Error::io(what()))?;
        tracing::warn!(
            folder = %target.display(),
            "control.db knows nothing of this environment, so it is older than it: the folder was moved here. Bring the \
             newer control.db and the folder back together, or delete the folder"
        );
        Ok(())
    }
}

fn read_announcement(path: &Path) -> Option<Announcement> {
    serde_json::from_slice(&fs::read(path.join("server.json")).ok()?).ok()
}

/// Reads `operator.token`, or makes it on the first start.
fn operator_token(path: &Path, entropy: &Entropy) -> Result<SecretString, Error> {
    let file = path.join("operator.token");
    let what = || format!("reading {}", file.display());
    match fs::read_to_string(&file) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned().into()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::io(what())(error)),
    }
    let token = SecretString::from(format!("op_{}", id::hex(&entropy.bytes())));
    replace_private_file(&file, token.expose_secret().as_bytes()).map_err(Error::io(what()))?;
    Ok(token)
}

/// Makes a file that only its owner can read, where there is none. SQLite gives the rights of a
/// database to the files beside it.
pub(super) fn create_private_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes beside the target and renames, so that nobody ever reads half a file.
fn replace_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    write_private_file(&beside, bytes)?.sync_all()?;
    fs::rename(&beside, path)
}

fn write_private_file(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    Ok(file)
}

pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    // Only Unix can open a folder to sync it; elsewhere the rename itself is what there is.
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
