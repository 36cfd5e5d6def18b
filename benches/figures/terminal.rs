//! A program in a pseudo-terminal of 120x40, seen from outside: what it wrote, when, and whether
//! the screen was another one then.

use std::{
    io::{Read, Write},
    num::NonZero,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use vt100::Parser;

use crate::Result;

const SIZE: PtySize = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
/// Nothing that is waited for takes longer, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Terminal {
    /// The terminal is there for as long as this is.
    _master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    view: Arc<View>,
    started: Instant,
}

struct View {
    seen: Mutex<Seen>,
    changed: Condvar,
}

struct Seen {
    parser: Parser,
    /// The screen with its looks, to tell whether it is another one.
    shown: String,
    outputs: Vec<Output>,
}

/// What one reading brought.
#[derive(Clone, Copy)]
struct Output {
    at: Instant,
    bytes: usize,
    /// A cell changed.
    changes: bool,
}

/// What follows belongs to what was typed here.
#[derive(Clone, Copy)]
pub struct Mark {
    outputs: usize,
    at: Instant,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Terminal {
    pub fn open(mut command: CommandBuilder) -> Result<Self> {
        let cells = |count| NonZero::new(count).ok_or("a screen has cells");
        let pair = native_pty_system().openpty(SIZE)?;
        let parser = Parser::new(cells(SIZE.rows)?, cells(SIZE.cols)?, 0);
        let seen = Seen { parser, shown: String::new(), outputs: Vec::new() };
        let view = Arc::new(View { seen: Mutex::new(seen), changed: Condvar::new() });
        let mut output = pair.master.try_clone_reader()?;
        let keys = pair.master.take_writer()?;
        command.env("TERM", "xterm-256color");
        let started = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        drop(pair.slave);
        let watching = Arc::clone(&view);
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                watching.took(&bytes[..read], Instant::now());
            }
        });
        Ok(Self { _master: pair.master, keys, child, view, started })
    }

    pub fn pid(&self) -> Result<u32> {
        Ok(self.child.process_id().ok_or("it has ended")?)
    }

    /// Types keys in one write.
    pub fn keys(&mut self, keys: &str) -> Result<Mark> {
        let mark = self.mark();
        self.keys.write_all(keys.as_bytes())?;
        self.keys.flush()?;
        Ok(mark)
    }

    pub fn mark(&self) -> Mark {
        let outputs = self.view.lock().outputs.len();
        Mark { outputs, at: Instant::now() }
    }

    /// How long after its start the screen was as described.
    pub fn since_start(&self, what: &str, fits: impl Fn(&str) -> bool) -> Result<Duration> {
        self.wait(what, |seen| {
            let at = seen.outputs.last()?.at;
            fits(&seen.parser.screen().contents()).then(|| at.duration_since(self.started))
        })
    }

    /// How long after the mark the screen was as described.
    pub fn since(&self, mark: Mark, what: &str, fits: impl Fn(&str) -> bool) -> Result<Duration> {
        Ok(self.since_start(what, fits)?.saturating_sub(mark.at.duration_since(self.started)))
    }

    /// How long after the mark a cell changed.
    pub fn first_change(&self, mark: Mark) -> Result<Duration> {
        self.wait("a change of the screen", |seen| {
            let first = seen.outputs[mark.outputs..].iter().find(|output| output.changes)?;
            Some(first.at.duration_since(mark.at))
        })
    }

    /// Waits until nothing was written for so long. Returns when the last output came, after the mark.
    pub fn settle(&self, mark: Mark, quiet: Duration) -> Result<Duration> {
        self.wait("the end of its output", |seen| {
            let last = seen.outputs[mark.outputs..].last().map_or(mark.at, |output| output.at);
            (last.elapsed() >= quiet).then(|| last.duration_since(mark.at))
        })
    }

    /// Bytes that were written since the mark.
    pub fn bytes(&self, mark: Mark) -> usize {
        self.view.lock().outputs[mark.outputs..].iter().map(|output| output.bytes).sum()
    }

    /// The line with the cursor of the list.
    pub fn selected_line(&self) -> Option<String> {
        let screen = self.view.lock().parser.screen().contents();
        screen.lines().find(|line| line.contains('▌')).map(str::to_owned)
    }

    fn wait<T>(&self, what: &str, found: impl Fn(&Seen) -> Option<T>) -> Result<T> {
        let until = Instant::now() + PATIENCE;
        let mut seen = self.view.lock();
        loop {
            if let Some(found) = found(&seen) {
                return Ok(found);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let screen = seen.parser.screen().contents();
                return Err(format!("waited in vain for {what}:\n{screen}").into());
            }
            // Silence is no signal: it is looked for from time to time.
            let nap = left.min(Duration::from_millis(20));
            seen = self.view.changed.wait_timeout(seen, nap).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl View {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn took(&self, bytes: &[u8], at: Instant) {
        let mut seen = self.lock();
        seen.parser.process(bytes);
        let shown = seen.parser.screen().contents_formatted();
        let changes = shown != seen.shown;
        seen.shown = shown;
        seen.outputs.push(Output { at, bytes: bytes.len(), changes });
        self.changed.notify_all();
    }
}

/// The least that a program in a terminal can do: shows the last key. What that takes is what the
/// method itself takes.
pub fn echo() -> Result<()> {
    let (mut keys, mut screen) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut modes = tcgetattr(&keys)?;
    modes.make_raw();
    tcsetattr(&keys, OptionalActions::Now, &modes)?;
    screen.write_all(b"echo ")?;
    screen.flush()?;
    let mut key = [0];
    while keys.read(&mut key)? == 1 {
        screen.write_all(&[b'\x08', key[0]])?;
        screen.flush()?;
    }
    Ok(())
}
