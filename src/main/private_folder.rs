//! A folder that nobody else can enter and that is gone with its owner.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bkend_console::domain::{Clock, RecordId, id::Entropy};

const BEGINNING: &str = "bkend-";

#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
}

impl PrivateFolder {
    pub fn create() -> io::Result<Self> {
        let name = format!("{BEGINNING}{}", RecordId::generate(&Entropy::system(), Clock::System.now()));
        let path = std::env::temp_dir().join(name);
        let mut builder = fs::DirBuilder::new();
        // Not recursive: a folder that is there already belongs to somebody else.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self { path })
    }

    /// Begins its name with these words instead.
    pub fn rename(&mut self, beginning: &str) -> io::Result<()> {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let renamed = self.path.with_file_name(format!("{beginning}{}", name.trim_start_matches(BEGINNING)));
        fs::rename(&self.path, &renamed)?;
        self.path = renamed;
        Ok(())
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
