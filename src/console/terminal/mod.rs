//! The terminal: taken, drawn on, and given back whatever happens.
//!
//! | File | Idea |
//! |---|---|
//! | `screen` | cells to bytes: one write a frame |
//! | `modes` | raw mode, alternate screen, mouse, paste: on and off |
//! | `panic` | the terminal is given back before a panic reports itself |
//! | `input` | keys, mouse and paste from the terminal |
//! | `background` | the answer to the question for the background colour |
//! | `clipboard` | the ways to the clipboard |
//! | `lent` | a program of the person's own that has the terminal meanwhile |
//! | `editor`, `pager` | a text in their editor, and in their pager |

pub mod background;
pub mod clipboard;
pub mod editor;
pub mod input;
pub mod lent;
pub mod modes;
pub mod pager;
pub mod panic;
pub mod screen;

use std::io;

use ratatui::layout::{Rect, Size};

use self::{modes::Modes, screen::Screen};
use super::{state::State, view};

/// The terminal while the console has it. Dropping it gives it back.
#[derive(Debug)]
pub struct Terminal {
    ratatui: ratatui::Terminal<Screen>,
    modes: Modes,
    /// The process is being stopped: until it goes on, the terminal is somebody else's.
    given_back: bool,
}

impl Terminal {
    /// # Errors
    /// When standard output is no terminal or its modes cannot be set.
    pub fn take(mouse: bool) -> io::Result<Self> {
        let (width, height) = crossterm::terminal::size()?;
        let modes = Modes::enter(mouse)?;
        let screen = Screen::new(Size { width, height })?;
        Ok(Self { ratatui: ratatui::Terminal::new(screen)?, modes, given_back: false })
    }

    pub fn area(&self) -> Rect {
        Rect::from((ratatui::layout::Position::ORIGIN, self.ratatui.backend().known_size()))
    }

    /// Draws what changed, in one write; nothing if nothing did.
    pub fn draw(&mut self, state: &State) -> io::Result<()> {
        if self.given_back {
            return Ok(());
        }
        self.ratatui.backend_mut().set_size(state.shell.area.as_size());
        self.ratatui.draw(|frame| view::view(state, frame))?;
        Ok(())
    }

    /// Writes something that is no cell: a bell, a clipboard sequence, a question.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.given_back { Ok(()) } else { self.ratatui.backend_mut().write_now(bytes) }
    }

    /// Takes the mouse, or gives it back.
    pub fn mouse(&mut self, taken: bool) -> io::Result<()> {
        self.modes.mouse(taken)
    }

    /// Takes the modes again, whatever became of them, and forgets what was on the screen.
    /// Returns the size it has now.
    pub fn take_again(&mut self) -> io::Result<Size> {
        self.given_back = false;
        self.modes.again()?;
        let (width, height) = crossterm::terminal::size()?;
        self.ratatui.backend_mut().forget();
        self.ratatui.clear()?;
        Ok(Size { width, height })
    }

    /// Draws every cell the next time.
    pub fn forget(&mut self) -> io::Result<()> {
        self.ratatui.backend_mut().forget();
        self.ratatui.clear()
    }

    /// Gives the terminal back to a program that has it until it is [taken again](Self::take_again).
    pub fn lend(&mut self) {
        self.given_back = true;
        self.modes.leave();
    }

    /// Gives the terminal back and stops the process.
    ///
    /// The signal takes effect a moment after it is sent, so nothing here waits for it: the one that
    /// says that the process goes on makes the loop [take the terminal again](Self::take_again).
    pub fn stop_process(&mut self) -> io::Result<()> {
        self.given_back = true;
        self.modes.leave();
        // The whole group, as the terminal does it: a shell pipeline stops as one. STOP, because
        // TSTP is a message to this console.
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        Ok(())
    }
}
