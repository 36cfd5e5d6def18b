//! A console in a pseudo-terminal: keys in, a screen out, as a person has it.

use std::{
    fs::File,
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Instant,
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use vt100::{MouseProtocolMode, Parser};

use super::PATIENCE;

pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    view: Arc<View>,
    /// The terminal's modes before anything ran in it.
    modes_before: String,
}

/// The screen, and the signal that it changed.
struct View {
    parser: Mutex<Parser>,
    changed: Condvar,
}

pub const UP: &str = "\x1b[A";
pub const DOWN: &str = "\x1b[B";
pub const ENTER: &str = "\r";
pub const ESCAPE: &str = "\x1b";
pub const TAB: &str = "\t";

impl Terminal {
    /// Opens the console over a data directory, in 100 columns and 30 rows.
    pub fn open(data_dir: &Path, arguments: &[&str]) -> Self {
        Self::open_with(data_dir, arguments, &[])
    }

    pub fn open_with(data_dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::open_at((100, 30), data_dir, arguments, variables)
    }

    /// Opens it in so many columns and rows.
    pub fn open_at((cols, rows): (u16, u16), data_dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let modes_before = modes(pair.master.as_ref());
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_bkend"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        // A report of a defect fits the screen.
        command.env("RUST_BACKTRACE", "0");
        command.env("BKEND_DATA_DIR", data_dir);
        let configuration = data_dir.join("config.toml");
        if !variables.iter().any(|(name, _)| *name == "BKEND_CONFIG") {
            // A file that is named has to be there; one that a test wrote stays as it is.
            File::options().create(true).append(true).open(&configuration).expect("a configuration");
        }
        command.env("BKEND_CONFIG", configuration);
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        drop(pair.slave);
        let view = Arc::new(View {
            parser: Mutex::new(Parser::new(cells(size.rows), cells(size.cols), 0)),
            changed: Condvar::new(),
        });
        let mut output = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its input");
        let seen = Arc::clone(&view);
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                seen.parser.lock().expect("no reader panics").process(&bytes[..read]);
                seen.changed.notify_all();
            }
            seen.changed.notify_all();
        });
        Self { master: pair.master, keys, child, view, modes_before }
    }

    /// Types keys in one write.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it reads its input");
        self.keys.flush().expect("it reads its input");
    }

    /// Pastes, as a terminal does when bracketed paste is on.
    pub fn paste(&mut self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Clicks on the first place where the screen says that, with the left button.
    #[track_caller]
    pub fn click(&mut self, text: &str) {
        let (column, row) = self.place_of(text);
        self.keys(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m"));
    }

    /// Turns the wheel over the first place where the screen says that: down by so many notches.
    #[track_caller]
    pub fn wheel_down(&mut self, text: &str, notches: usize) {
        let (column, row) = self.place_of(text);
        self.keys(&format!("\x1b[<65;{column};{row}M").repeat(notches));
    }

    /// Column and row as a terminal counts them, from one.
    #[track_caller]
    fn place_of(&self, text: &str) -> (usize, usize) {
        let screen = self.wait_for(text);
        let place = screen.lines().enumerate().find_map(|(row, line)| Some((line.find(text)?, row, line)));
        let (start, row, line) = place.expect("it was waited for");
        (line[..start].chars().count() + 1, row + 1)
    }

    /// Whether clicks come to the program, or the terminal selects text by them.
    pub fn has_mouse(screen: &vt100::Screen) -> bool {
        screen.mouse_protocol_mode() != MouseProtocolMode::None
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        self.view.parser.lock().expect("no reader panics").screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("it can be resized");
    }

    pub fn screen(&self) -> String {
        self.view.parser.lock().expect("no reader panics").screen().contents()
    }

    /// The cells of the screen with their looks.
    pub fn cells(&self) -> vt100::Screen {
        self.view.parser.lock().expect("no reader panics").screen().clone()
    }

    /// Waits until the cells are as described. Returns whether they came to be.
    pub fn shows(&self, fits: impl Fn(&vt100::Screen) -> bool) -> bool {
        let until = Instant::now() + PATIENCE;
        let mut parser = self.view.parser.lock().expect("no reader panics");
        while !fits(parser.screen()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            parser = self.view.changed.wait_timeout(parser, left).expect("no reader panics").0;
        }
        true
    }

    /// Waits until the screen is as described, and returns it.
    #[track_caller]
    pub fn wait(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut parser = self.view.parser.lock().expect("no reader panics");
        loop {
            let screen = parser.screen().contents();
            if fits(&screen) {
                return screen;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // The reader of the output goes on without a poisoned lock.
                drop(parser);
                panic!("waited in vain for {what}:\n{screen}");
            }
            parser = self.view.changed.wait_timeout(parser, left).expect("no reader panics").0;
        }
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(&format!("{text:?}"), |screen| screen.contains(text))
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.process_id().expect("it runs").to_string();
        let status = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(status.expect("kill runs").success());
    }

    /// Waits until the process is stopped, as a shell sees it.
    #[track_caller]
    pub fn wait_until_stopped(&self) {
        let pid = self.child.process_id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?)).expect("it runs");
        let stops = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let until = Instant::now() + PATIENCE;
        while waitid(WaitId::Pid(pid), stops).expect("it is a child").is_none_or(|status| !status.stopped()) {
            assert!(Instant::now() < until, "it was not stopped:\n{}", self.screen());
            thread::yield_now();
        }
    }

    /// Waits for the end and checks that the terminal is as it was before.
    #[track_caller]
    pub fn expect_given_back(mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                break status;
            }
            assert!(Instant::now() < until, "it did not end:\n{}", self.screen());
            thread::yield_now();
        };
        self.wait_for_modes();
        assert_eq!(modes(self.master.as_ref()), self.modes_before, "raw mode is over");
        status
    }

    /// What the process wrote last may still be on its way here.
    #[track_caller]
    fn wait_for_modes(&self) {
        let until = Instant::now() + PATIENCE;
        let mut parser = self.view.parser.lock().expect("no reader panics");
        loop {
            let screen = parser.screen();
            let left_over = [
                ("the alternate screen", screen.alternate_screen()),
                ("a hidden cursor", screen.hide_cursor()),
                ("bracketed paste", screen.bracketed_paste()),
                ("the mouse", screen.mouse_protocol_mode() != MouseProtocolMode::None),
            ];
            let left_over: Vec<_> = left_over.into_iter().filter(|(_, is)| *is).map(|(what, _)| what).collect();
            if left_over.is_empty() {
                return;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(parser);
                panic!("still there: {left_over:?}");
            }
            parser = self.view.changed.wait_timeout(parser, left).expect("no reader panics").0;
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may be gone already; either way nothing of it is left after the wait.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a screen has cells")
}

fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios().expect("a terminal has modes"))
}
