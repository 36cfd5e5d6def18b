//! A program of the person's own that has the terminal meanwhile, and the text it gets.

use std::{
    io::{self, Write as _},
    path::Path,
    process::{Child, Command},
    sync::mpsc::SyncSender,
    thread,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::console::{message::Message, private_file::PrivateFile};

/// A program that runs. Dropping it ends the program, and with it the file.
#[derive(Debug)]
pub struct Lent {
    process: Option<Pid>,
    file: PrivateFile,
}

impl Lent {
    /// Starts the program over the file; `ended` waits for it and says how that went.
    ///
    /// # Errors
    /// Why it cannot be started.
    pub fn start(
        file: PrivateFile,
        start: impl FnOnce(&Path) -> Result<Child, String>,
        messages: SyncSender<Message>,
        ended: impl FnOnce(Child, &Path) -> Message + Send + 'static,
    ) -> Result<Self, String> {
        let child = start(file.path())?;
        let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let path = file.path().to_owned();
        thread::Builder::new()
            .name("lent".into())
            .spawn(move || {
                // Refused only by a loop that has ended.
                let _ = messages.send(ended(child, &path));
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { process, file })
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
        tracing::debug!(file = ?self.file, "the text of another program is removed");
    }
}

/// The text in a file for the program.
///
/// # Errors
/// Why there is none.
pub fn file(name: &str, text: &str) -> Result<PrivateFile, String> {
    let written = PrivateFile::create(name).and_then(|(private, mut file)| {
        file.write_all(text.as_bytes())?;
        Ok(private)
    });
    written.map_err(|error| format!("no file could be made of the text: {error}"))
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
