//! A program of the person's own that has the terminal meanwhile, and the text it gets.
//!
//! The text is in a file that nobody else can read, in a folder of its own that is gone afterwards.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::mpsc::SyncSender,
    thread,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::console::message::Message;

/// A program that runs. Dropping it ends the program, and with it the file.
#[derive(Debug)]
pub struct Lent {
    process: Option<Pid>,
    folder: Folder,
}

impl Lent {
    /// Writes the file and starts the program over it; `ended` waits for it and says how that went.
    ///
    /// # Errors
    /// Why it cannot be started.
    pub fn start(
        (file_name, text): (&str, &str),
        start: impl FnOnce(&Path) -> Result<Child, String>,
        messages: SyncSender<Message>,
        ended: impl FnOnce(Child, &Path) -> Message + Send + 'static,
    ) -> Result<Self, String> {
        let unwritten = |error: io::Error| format!("no file could be made of the text: {error}");
        let folder = Folder::create().map_err(unwritten)?;
        let file = folder.0.join(file_name);
        write(&file, text).map_err(unwritten)?;
        let child = start(&file)?;
        let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        thread::Builder::new()
            .name("lent".into())
            .spawn(move || {
                // Refused only by a loop that has ended.
                let _ = messages.send(ended(child, &file));
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { process, folder })
    }

    /// It has ended by itself.
    pub fn finish(mut self) {
        self.process = None;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(process) = self.process {
            // One that is gone already needs no signal.
            let _ = kill_process(process, Signal::HUP);
        }
        tracing::debug!(folder = ?self.folder.0, "the text of another program is removed");
    }
}

/// What a variable says, unless it says nothing.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The shell that runs a command line of a variable, which may have arguments.
///
/// # Errors
/// When there is no such program. The shell would say so itself, but on a screen that is gone by then.
pub fn shell(command: &str, line: &str) -> io::Result<Command> {
    let program = command.split_whitespace().next().unwrap_or_default();
    if program.is_empty() || !is_found(program) {
        return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such program"));
    }
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(line).arg(program);
    Ok(shell)
}

fn is_found(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A word that only the shell understands, like one in quotes, is left to it.
    program.contains(['"', '\'', '$', '~', '='])
        || std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// A folder for one file, gone when it is dropped.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn create() -> io::Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let path = std::env::temp_dir().join(format!("bkend-{:016x}", u64::from_le_bytes(random)));
        // Fails where it exists: it is nobody else's.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = ?self.0, "a text of another program could not be removed");
        }
    }
}

pub fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())
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
        let folder = Folder::create().expect("a folder");
        let path = folder.0.clone();
        let file = path.join("row.json");
        write(&file, "{}").expect("written");
        assert_eq!((mode(&path), mode(&file)), (0o700, 0o600));
        assert!(write(&file, "{}").is_err(), "a file that is there is not taken for its own");
        drop(folder);
        assert!(!path.exists());
    }
}
