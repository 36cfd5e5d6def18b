//! A folder that nobody else can enter and that is gone with its owner.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bkend_console::domain::{Clock, RecordId, id::Entropy};

#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
}

impl PrivateFolder {
    pub fn create() -> io::Result<Self> {
        let name = format!("bkend-{}", RecordId::generate(&Entropy::system(), Clock::System.now()));
        let path = std::env::temp_dir().join(name);
        let mut builder = fs::DirBuilder::new();
        // Not recursive: a folder that is there already belongs to somebody else.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // In a folder for temporary things what stays behind is removed by the system in the end.
        let _ = fs::remove_dir_all(&self.path);
    }
}
