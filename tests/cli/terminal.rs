//! Where somebody can be asked: commands and the console in a pseudo-terminal.

use std::{
    io::{Read as _, Write},
    num::NonZero,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use serde_json::Value;

use crate::bkend::{Bkend, names};

/// Far beyond anything that is waited for.
const DEADLINE: Duration = Duration::from_secs(30);

const ROWS: NonZero<u16> = NonZero::new(30).expect("not zero");
const COLUMNS: NonZero<u16> = NonZero::new(110).expect("not zero");

/// What the terminal shows, and whether its output has ended.
type Seen = Arc<(Mutex<(vt100::Parser, bool)>, Condvar)>;

struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    seen: Seen,
    /// Closing it would hang the terminal up.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn run(bkend: &Bkend, line: &str) -> Self {
        let size = PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let template = bkend.command(line);
        let mut command = CommandBuilder::new(template.get_program());
        command.args(template.get_args());
        for (name, value) in template.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).expect("the binary runs");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let seen: Seen = Arc::new((Mutex::new((vt100::Parser::new(ROWS, COLUMNS, 0), false)), Condvar::new()));
        let writer = pair.master.take_writer().expect("a writer");
        let filled = Arc::clone(&seen);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let count = reader.read(&mut bytes).unwrap_or_default();
                let mut state = filled.0.lock().expect("not poisoned");
                state.0.process(&bytes[..count]);
                state.1 = count == 0;
                filled.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self { child, writer, seen, _master: pair.master }
    }

    /// Waits until the screen shows this.
    fn shows(&self, text: &str) {
        let state = self.seen.0.lock().expect("not poisoned");
        let missing = |state: &mut (vt100::Parser, bool)| !state.0.screen().contents().contains(text) && !state.1;
        let (state, timeout) = self.seen.1.wait_timeout_while(state, DEADLINE, missing).expect("not poisoned");
        let screen = state.0.screen().contents();
        assert!(!timeout.timed_out() && screen.contains(text), "{text:?} is not on the screen:\n{screen}");
    }

    fn types(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).expect("a terminal");
    }

    fn ends_with(mut self, code: u32) {
        assert_eq!(self.child.wait().expect("it was started here").exit_code(), code);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
    }
}

#[test]
fn a_deletion_has_the_name_typed() {
    let bkend = Bkend::new();
    bkend.done("env create staging");
    let mut wrong = Terminal::run(&bkend, "env delete staging");
    wrong.shows("Type staging to go on");
    wrong.types("stagin\r");
    wrong.shows("nothing was deleted");
    wrong.ends_with(4);
    assert_eq!(names(&bkend.json("env list")), ["dev", "staging"]);

    let mut right = Terminal::run(&bkend, "env delete staging");
    right.shows("Type staging to go on");
    right.types("staging\r");
    right.ends_with(0);
    assert_eq!(names(&bkend.json("env list")), ["dev"]);
}

#[test]
fn ctrl_c_at_the_question_deletes_nothing_and_lets_go_of_the_data() {
    let bkend = Bkend::new();
    let mut terminal = Terminal::run(&bkend, "env delete dev");
    terminal.shows("Type dev to go on");
    terminal.types("\x03");
    terminal.ends_with(130);
    assert_eq!(names(&bkend.json("env list")), ["dev"]);
}

#[test]
fn a_backend_that_an_app_uses_can_outlive_its_console() {
    let bkend = Bkend::new();
    bkend.file("config.toml", "listen = \"127.0.0.1:0\"\n");
    bkend.done("table create posts");
    let mut console = Terminal::run(&bkend, "");
    console.shows("live");

    let connection = bkend.json("connect");
    let [url, key] = ["url", "key"].map(|name| connection[name].as_str().expect("text").to_owned());
    let answered = || crate::servers::get(&format!("{url}/v1/data/posts"), &key);
    assert_eq!(answered()["success"], true);

    console.types("q");
    console.shows("keep it running");
    console.types("k");
    console.shows("the backend keeps running");
    console.ends_with(0);
    assert_eq!(answered()["success"], true);

    let announced = std::fs::read(bkend.data().join("server.json")).expect("announced");
    let announced: Value = serde_json::from_slice(&announced).expect("JSON");
    assert_eq!(announced["url"], url);
    let pid = announced["pid"].as_u64().expect("a process").to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().expect("kill runs").success());
}
