//! An environment's file as an app finds it, for tests.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Durability, PROBE_TABLE, Template, directory::Directory, environment::connect, tables};
use crate::domain::{EnvironmentId, Timestamp, id::Entropy};

pub struct DataFile {
    path: PathBuf,
    _folder: TempDir,
}

impl DataFile {
    /// Made and probed: its log is on, and the probe's table is gone.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let entropy = Entropy::seeded(1);
        let directory = Directory::open(folder.path(), &entropy).expect("a data directory");
        let id = EnvironmentId::generate(&entropy, Timestamp::from_millis(1));
        directory.create_environment(&id, &Template::build().expect("builds")).expect("created");
        let path = directory.data_file(&id);
        let connection = connect(&path, Durability::Relaxed).expect("opens");
        let (probe, _) = tables::find(&connection, PROBE_TABLE).expect("read").expect("every new file has it");
        tables::drop(&connection, &probe).expect("dropped");
        drop(connection);
        directory.seal_environment(&id).expect("sealed");
        Self { path, _folder: folder }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
