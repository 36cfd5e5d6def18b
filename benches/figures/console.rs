//! The console over a stand-in: how long it takes from a key to the screen, and what it takes of
//! the machine meanwhile.

use std::{fs::File, time::Duration};

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::{
    Result, process,
    server::Server,
    stand_in::{self, Extent},
    terminal::Terminal,
};

/// Keys of one measurement, typed one at a time.
const KEYS: usize = 200;
/// Output that is so far behind the one before is not of the same key.
const QUIET: Duration = Duration::from_millis(300);
const IDLE: Duration = Duration::from_secs(5);
/// Cells with something in them that make a frame.
const FRAME: usize = 100;

/// A console that runs, over files of its own.
struct Console {
    terminal: Terminal,
    _folder: TempDir,
}

/// What follows a list: the text of the row at a place.
type RowAt<'a> = &'a dyn Fn(usize) -> String;

pub fn run(extent: Extent) -> Result<()> {
    let floor = floor()?;
    println!("console in 120x40, from outside; floor {floor:.2} ms: the 99th of {KEYS} keys to a program that echoes");
    println!("a debug build tells nothing; processor time and memory are told on Linux only");
    let few = Extent { environments: 32, ..extent };
    environments(few, floor)?;
    environments(extent, floor)?;
    table(extent, floor)
}

fn environments(extent: Extent, floor: f64) -> Result<()> {
    println!("\nEnvironments page, {} environments", extent.environments);
    let server = Server::stand_in(extent)?;
    let mut console = Console::open(&server)?;
    told("first frame", &milliseconds(console.first_frame()?), "50 ms");
    let ready = console.terminal.since_start("an active environment", |screen| screen.contains("● Active"))?;
    told("an environment is Active on the screen", &milliseconds(ready), "150 ms");
    let last = usize::try_from(extent.environments)? - 1;
    let row = |place: usize| stand_in::name(extent, place.min(last) as u64);
    console.measure(floor, last > 2 * KEYS, &row)
}

fn table(extent: Extent, floor: f64) -> Result<()> {
    println!("\nData of a table with {} rows, {} environments", extent.rows, extent.environments);
    let server = Server::stand_in(extent)?;
    let mut console = Console::open(&server)?;
    told("first frame", &milliseconds(console.first_frame()?), "50 ms");
    console.terminal.since_start("an active environment", |screen| screen.contains("● Active"))?;
    let mark = console.terminal.keys("gd")?;
    console.terminal.since(mark, "the table", |screen| screen.contains(stand_in::TABLE))?;
    // The newest row is the first.
    let last = extent.rows.saturating_sub(1);
    let row = |place: usize| stand_in::title(last.saturating_sub(place as u64));
    let mark = console.terminal.keys("\r")?;
    let ready = console.terminal.since(mark, "the first row", |screen| screen.contains(&row(0)))?;
    told("enter to the first row", &milliseconds(ready), "150 ms");
    console.measure(floor, usize::try_from(last)? > 2 * KEYS, &row)
}

impl Console {
    fn open(server: &Server) -> Result<Self> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let configuration = folder.path().join("config.toml");
        File::create(&configuration)?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_bkend"));
        command.args(["--url", &format!("http://{}", server.address)]);
        command.env("BKEND_TOKEN", stand_in::TOKEN);
        command.env("BKEND_DATA_DIR", folder.path());
        command.env("BKEND_CONFIG", configuration);
        Ok(Self { terminal: Terminal::open(command)?, _folder: folder })
    }

    fn first_frame(&self) -> Result<Duration> {
        let filled = |screen: &str| screen.chars().filter(|character| !character.is_whitespace()).count();
        self.terminal.since_start("a first frame", |screen| filled(screen) >= FRAME)
    }

    /// From the first row of a list on.
    fn measure(&mut self, floor: f64, is_long: bool, row: RowAt<'_>) -> Result<()> {
        self.settle()?;
        let wanted = format!("1.0 ms / {:.1} ms, {} bytes", floor + 4.0, 400);
        let (times, bytes) = one_at_a_time(&mut self.terminal, &["j", "k"])?;
        told("a key that selects, p50 / p99", &of_keys(&times, bytes), &wanted);
        self.burst(row)?;
        if is_long {
            // At the end of the screen by now: each further row scrolls.
            let wanted = format!("1.0 ms / {:.1} ms, {} bytes", floor + 4.0, 6000);
            let (times, bytes) = one_at_a_time(&mut self.terminal, &["j"])?;
            told("a key that scrolls, p50 / p99", &of_keys(&times, bytes), &wanted);
        }
        self.idle()
    }

    fn burst(&mut self, row: RowAt<'_>) -> Result<()> {
        let mark = self.terminal.keys(&"j".repeat(KEYS))?;
        let took = self.terminal.settle(mark, QUIET)?;
        told("a burst of 200 keys, last output", &milliseconds(took), "30 ms");
        let line = self.terminal.selected_line().unwrap_or_default();
        let kept = if line.contains(&row(KEYS)) { "none".to_owned() } else { format!("some: at {}", line.trim()) };
        told("keys of it that were lost", &kept, "none");
        Ok(())
    }

    fn idle(&self) -> Result<()> {
        self.settle()?;
        let pid = self.terminal.pid()?;
        let before = process::processor_time(pid);
        let mark = self.terminal.mark();
        std::thread::sleep(IDLE);
        told("5 s idle, written", &format!("{} bytes", self.terminal.bytes(mark)), "0 bytes, but for a new minute");
        let used = before.and_then(|before| Ok(process::processor_time(pid)?.saturating_sub(before)));
        told("5 s idle, processor", &used.map_or("-".into(), milliseconds), "5 ms");
        let resident = process::resident_mebibytes(pid);
        told("resident", &resident.map_or("-".into(), |resident| format!("{resident:.1} MiB")), "-");
        Ok(())
    }

    fn settle(&self) -> Result<()> {
        self.terminal.settle(self.terminal.mark(), QUIET).map(drop)
    }
}

/// What the method itself takes: the 99th of the times that a program takes that only echoes.
fn floor() -> Result<f64> {
    let mut command = CommandBuilder::new(std::env::current_exe()?);
    command.arg("--echo");
    let mut terminal = Terminal::open(command)?;
    terminal.since_start("an echo", |screen| screen.contains("echo"))?;
    let (times, _) = one_at_a_time(&mut terminal, &["j", "k"])?;
    Ok(quantile(&times, 0.99))
}

/// Types the keys in turn, each when the one before has changed the screen. Returns what each took,
/// in order of time, and the bytes of a key.
fn one_at_a_time(terminal: &mut Terminal, keys: &[&str]) -> Result<(Vec<Duration>, usize)> {
    let start = terminal.mark();
    let mut times = Vec::with_capacity(KEYS);
    for key in keys.iter().cycle().take(KEYS) {
        let mark = terminal.keys(key)?;
        times.push(terminal.first_change(mark)?);
    }
    let bytes = terminal.bytes(start) / KEYS;
    times.sort_unstable();
    Ok((times, bytes))
}

fn of_keys(times: &[Duration], bytes: usize) -> String {
    format!("{:.2} / {:.2} ms, {bytes} bytes", quantile(times, 0.5), quantile(times, 0.99))
}

/// In milliseconds, of times in their order.
fn quantile(times: &[Duration], part: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let index = (times.len() as f64 * part) as usize;
    times.get(index.min(times.len().saturating_sub(1))).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

fn told(what: &str, value: &str, wanted: &str) {
    println!("{what:40} {value:>28}   wanted: {wanted}");
}
