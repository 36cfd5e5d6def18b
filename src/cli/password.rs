//! A password that somebody types: never an argument, which other users of the machine could read.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crossterm::{
    event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    terminal,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::Failure;

/// Longest line that is read.
const LONGEST: u64 = 4096;

/// Has a new password typed twice, unseen; without a terminal it is the first line of stdin.
pub async fn new(whose: &str) -> Result<SecretString, Failure> {
    if !io::stdin().is_terminal() {
        return blocking(from_stdin).await;
    }
    // Held before the first question, so that nothing typed early is shown, and here rather than by
    // the thread that reads: however the command ends, the terminal is given back.
    let raw = Raw::enter()?;
    let first = unseen(&format!("New password for {whose}: ")).await?;
    let second = unseen("Once more: ").await?;
    drop(raw);
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Failure::Usage("the two were not the same: nothing was changed".into()))
    }
}

fn from_stdin() -> Result<SecretString, Failure> {
    let mut line = String::new();
    io::Read::take(io::stdin().lock(), LONGEST).read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::Usage("a password is expected as the first line of stdin".into()));
    }
    Ok(password.to_owned().into())
}

async fn unseen(prompt: &str) -> Result<SecretString, Failure> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(prompt.as_bytes())?;
    stderr.flush()?;
    drop(stderr);
    let typed = blocking(typed).await;
    io::stderr().write_all(b"\r\n")?;
    typed
}

/// Reads keys up to Enter.
fn typed() -> Result<SecretString, Failure> {
    let mut text = String::new();
    loop {
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        match key.code {
            KeyCode::Enter => return Ok(text.into()),
            KeyCode::Backspace => drop(text.pop()),
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Err(Failure::Interrupted);
            }
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => text.clear(),
            KeyCode::Char(c) if !key.modifiers.contains(KeyModifiers::CONTROL) => text.push(c),
            _ => {}
        }
    }
}

/// The terminal shows no keys and makes no signals of them while this lives.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode().map(|()| Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Nothing is left to do about a terminal that does not take this.
        let _ = terminal::disable_raw_mode();
    }
}

/// On a thread of its own, so that a signal still ends the command in order.
async fn blocking<T: Send + 'static>(work: fn() -> Result<T, Failure>) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
