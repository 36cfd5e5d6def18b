//! Runs `bkend` with a data directory and a configuration of its own, and without a terminal.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

pub struct Bkend {
    folder: TempDir,
}

/// What a command left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bkend {
    /// Over a data directory in which nothing has been done yet.
    pub fn new() -> Self {
        let bkend = Self::without_data();
        assert_eq!(bkend.start("serve --listen 127.0.0.1:0").end("-TERM"), 0);
        bkend
    }

    /// Before anything was started.
    pub fn without_data() -> Self {
        let bkend = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        bkend.file("config.toml", "");
        bkend
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        File::create(&path).and_then(|mut file| file.write_all(content.as_bytes())).expect("written");
        path
    }

    /// The command, with nothing of the machine's own configuration.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bkend"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("BKEND_") {
                command.env_remove(name);
            }
        }
        command
            .env("BKEND_DATA_DIR", self.data())
            .env("BKEND_CONFIG", self.configuration())
            .args(line.split_whitespace())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, line: &str) -> Ran {
        run(&mut self.command(line))
    }

    /// Runs what is expected to be done.
    pub fn done(&self, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, 0, "bkend {line}: {ran:?}");
        ran
    }

    /// What a command prints with `--json`.
    pub fn json(&self, line: &str) -> Value {
        self.done(&format!("--json {line}")).json()
    }

    /// Starts a server and waits for its first line.
    pub fn start(&self, line: &str) -> Running {
        Running::start(self.command(line))
    }
}

pub fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("the binary runs");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error that a script reads from the last line of stderr.
    pub fn error(&self) -> Value {
        let line = self.stderr.lines().last().unwrap_or_default();
        let body: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        body["error"].clone()
    }
}

/// A server, killed when the test ends.
pub struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    pub url: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a first line");
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("a first line: {line:?}"));
        Self { child, stdout, url: url.to_owned() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and waits until it has.
    pub fn end(mut self, signal: &str) -> i32 {
        let sent = Command::new("kill").args([signal, &self.pid().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        let code = self.child.wait().expect("it was started here").code().expect("it ends by itself");
        let mut rest = String::new();
        self.stdout.read_line(&mut rest).expect("text");
        assert_eq!(rest, "", "nothing but the address on stdout");
        code
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list");
    items.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

pub fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("a folder").next().is_none()
}
