//! A text in the person's own editor, which has the terminal meanwhile.
//!
//! The text is in a file that nobody else can read, in a folder of its own that is gone afterwards.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    sync::mpsc::SyncSender,
    thread,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::console::{effect::Edit, message::Message};

/// What is started where neither `VISUAL` nor `EDITOR` says anything.
const USUAL: &str = "vi";
/// The longest text that is taken back: rows are far smaller.
const LONGEST: u64 = 32 << 20;

/// An editor that runs. Dropping it ends the editor, and with it the file.
#[derive(Debug)]
pub struct Editor {
    process: Option<Pid>,
    folder: Folder,
}

impl Editor {
    /// Starts the editor; a [`Message::Edited`] says how it ended.
    ///
    /// # Errors
    /// Why it cannot be started, and what to do.
    pub fn start(edit: Edit, messages: SyncSender<Message>) -> Result<Self, String> {
        let command = command();
        let Edit { file_name, text, line } = edit;
        let folder = Folder::create().map_err(|error| format!("no file could be made to edit: {error}"))?;
        let file = folder.0.join(file_name);
        write(&file, &text).map_err(|error| format!("no file could be made to edit: {error}"))?;
        let child = started(&command, &file, line).map_err(|error| {
            format!("{command} could not be started ({error}): set EDITOR to the editor that you use")
        })?;
        let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        thread::Builder::new()
            .name("editor".into())
            .spawn(move || {
                let result = ended(child, &command, &file);
                // Refused only by a loop that has ended.
                let _ = messages.send(Message::Edited(result));
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { process, folder })
    }

    /// It has ended by itself.
    pub fn finish(mut self) {
        self.process = None;
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if let Some(process) = self.process {
            // One that is gone already needs no signal.
            let _ = kill_process(process, Signal::HUP);
        }
        tracing::debug!(folder = ?self.folder.0, "the edited file is removed");
    }
}

/// A folder for one file, gone when it is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn create() -> io::Result<Self> {
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
            tracing::warn!(%error, folder = ?self.0, "an edited file could not be removed");
        }
    }
}

fn command() -> String {
    let set = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| USUAL.to_owned())
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())
}

/// Starts it as the shell would: what is in `EDITOR` may have arguments.
fn started(command: &str, file: &Path, line: Option<usize>) -> io::Result<Child> {
    let program = command.split_whitespace().next().unwrap_or_default();
    if program.is_empty() || !is_found(program) {
        return Err(io::Error::new(io::ErrorKind::NotFound, "there is no such program"));
    }
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(format!("exec {command} \"$@\"")).arg(program);
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match (line, name) {
        (Some(line), "vi" | "vim" | "nvim" | "nano" | "emacs" | "emacsclient" | "micro" | "kak" | "joe" | "less") => {
            shell.arg(format!("+{line}")).arg(file);
        }
        (Some(line), "hx" | "helix" | "zed" | "subl") => {
            let mut place = file.as_os_str().to_owned();
            place.push(format!(":{line}"));
            shell.arg(place);
        }
        (Some(line), "code" | "codium") => {
            let mut place = file.as_os_str().to_owned();
            place.push(format!(":{line}"));
            shell.arg("--goto").arg(place);
        }
        _ => {
            shell.arg(file);
        }
    }
    shell.spawn()
}

/// Whether the shell would find it. It would say so itself, but on a screen that is gone by then.
fn is_found(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A word that only the shell understands, like one in quotes, is left to it.
    program.contains(['"', '\'', '$', '~']) || std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn ended(mut child: Child, command: &str, file: &Path) -> Result<String, String> {
    let status: ExitStatus = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("{command} ended with {status}: nothing is changed"));
    }
    let mut text = String::new();
    let read = fs::File::open(file).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.map_err(|error| format!("what was edited cannot be read ({error}): nothing is changed"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt as _, sync::mpsc::sync_channel, time::Duration};

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

    #[test]
    fn what_the_editor_leaves_comes_back_and_a_failure_says_so() {
        let edited = |command: &str| {
            let (messages, received) = sync_channel(1);
            let folder = Folder::create().expect("a folder");
            let file = folder.0.join("row.json");
            write(&file, "{}").expect("written");
            let child = started(command, &file, None).expect("started");
            let _ = messages.send(Message::Edited(ended(child, command, &file)));
            match received.recv_timeout(Duration::from_secs(10)) {
                Ok(Message::Edited(result)) => result,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(edited("true"), Ok("{}".to_owned()));
        assert!(edited("false").is_err_and(|error| error.contains("nothing is changed")));
        assert!(started("no-such-editor --wait", Path::new("x"), None).is_err());
    }
}
