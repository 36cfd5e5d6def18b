//! The modes of the terminal that the console changes, and changes back.

use std::{
    io::{self, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Alternate screen; no cursor; bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// Clicks and the wheel in SGR coordinates, but no motion, so that a moving mouse wakes nobody.
const MOUSE_TAKEN: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_GIVEN_BACK: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// The same backwards, and whatever a frame cut short may have left: an open synchronised update,
/// a style.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[m\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?1049l";

/// There is one terminal, so there is one flag. The panic hook has nothing else to go by.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The modes while they are set. Dropping it puts them back.
#[derive(Debug)]
pub struct Modes {
    mouse: bool,
}

impl Modes {
    pub fn enter(mouse: bool) -> io::Result<Self> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let modes = Self { mouse };
        modes.write()?;
        Ok(modes)
    }

    /// Takes the mouse, or gives it back.
    pub fn mouse(&mut self, taken: bool) -> io::Result<()> {
        self.mouse = taken;
        write(if taken { MOUSE_TAKEN } else { MOUSE_GIVEN_BACK })
    }

    /// Sets the modes again after the process was stopped: whoever had the terminal meanwhile may
    /// have changed each of them.
    pub fn again(&self) -> io::Result<()> {
        // Raw mode is set only by whoever does not have it yet.
        disable_raw_mode()?;
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        self.write()
    }

    fn write(&self) -> io::Result<()> {
        write(ENTER)?;
        if self.mouse { write(MOUSE_TAKEN) } else { Ok(()) }
    }

    pub fn leave(&self) {
        give_back();
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        give_back();
    }
}

/// Puts every mode back, once. A terminal that is gone needs nothing.
pub fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = write(LEAVE);
        let _ = disable_raw_mode();
    }
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}
