//! The ways to the clipboard.
//!
//! At a distance only the terminal can reach it: OSC 52, or tmux, which has to be told itself
//! because it ignores that sequence from programs by default. On this machine a program that owns
//! the clipboard is surer, as many terminals refuse OSC 52.

use std::{path::Path, process::Stdio, time::Duration};

use crossterm::{Command as _, clipboard::CopyToClipboard};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{io::AsyncWriteExt as _, process::Command, time::timeout};

use crate::console::message::CopiedBy;

const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Terminal,
    Program { name: &'static str, arguments: &'static [&'static str] },
}

impl Way {
    /// The way that suits the surroundings.
    ///
    /// `variable` looks up an environment variable, `installed` whether a program is there.
    pub fn choose(variable: impl Fn(&str) -> Option<String>, installed: impl Fn(&str) -> bool) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let remote = set("SSH_TTY") || set("SSH_CONNECTION");
        let local = |name| !remote && set(name);
        let program = |name, arguments| installed(name).then_some(Self::Program { name, arguments });
        None.or_else(|| set("TMUX").then(|| program("tmux", &["load-buffer", "-w", "-"])).flatten())
            .or_else(|| local("WAYLAND_DISPLAY").then(|| program("wl-copy", &[])).flatten())
            .or_else(|| local("DISPLAY").then(|| program("xclip", &["-selection", "clipboard"])).flatten())
            .or_else(|| local("DISPLAY").then(|| program("xsel", &["--clipboard", "--input"])).flatten())
            .or_else(|| if remote { None } else { program("pbcopy", &[]) })
            .unwrap_or(Self::Terminal)
    }

    pub fn here() -> Self {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let installed =
            |name: &str| std::env::split_paths(&paths).any(|folder: std::path::PathBuf| is_program(&folder.join(name)));
        Self::choose(|name| std::env::var(name).ok(), installed)
    }
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The sequence that asks the terminal to copy.
pub fn sequence(text: &SecretString) -> String {
    let mut sequence = String::new();
    // Writing to a string does not fail.
    let _ = CopyToClipboard::to_clipboard_from(text.expose_secret()).write_ansi(&mut sequence);
    sequence
}

/// Hands the text to a program on its standard input, where no list of processes shows it.
pub async fn run(
    name: &'static str,
    arguments: &'static [&'static str],
    text: SecretString,
) -> Result<CopiedBy, String> {
    let work = async {
        let mut child = Command::new(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(text.expose_secret().as_bytes()).await?;
        }
        child.wait().await
    };
    match timeout(PATIENCE, work).await {
        Ok(Ok(status)) if status.success() => Ok(CopiedBy::Program(name)),
        Ok(Ok(status)) => Err(format!("{name} ended with {status}")),
        Ok(Err(error)) => Err(format!("{name} cannot be run: {error}")),
        Err(_) => Err(format!("{name} has not ended within {} s", PATIENCE.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(variables: &[&str], installed: &[&str]) -> Way {
        let variable = |name: &str| variables.contains(&name).then(|| "1".to_owned());
        Way::choose(variable, |name| installed.contains(&name))
    }

    fn name(way: Way) -> &'static str {
        match way {
            Way::Terminal => "terminal",
            Way::Program { name, .. } => name,
        }
    }

    #[test]
    fn at_a_distance_the_terminal_is_asked_before_any_program() {
        assert_eq!(name(way(&["SSH_TTY", "DISPLAY"], &["xclip"])), "terminal");
        assert_eq!(name(way(&["SSH_TTY", "TMUX"], &["tmux", "xclip"])), "tmux");
        assert_eq!(name(way(&["DISPLAY"], &["xsel"])), "xsel");
        assert_eq!(name(way(&["WAYLAND_DISPLAY", "DISPLAY"], &["wl-copy", "xclip"])), "wl-copy");
        assert_eq!(name(way(&[], &[])), "terminal");
    }

    #[test]
    fn the_sequence_carries_the_text_in_base64() {
        assert_eq!(sequence(&"pk_1".to_owned().into()), "\x1b]52;c;cGtfMQ==\x1b\\");
    }
}
