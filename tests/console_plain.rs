//! Plain mode of the real binary: commands in, lines out, through a pipe and in a terminal.

mod harness;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Instant,
};

use bkend_console::{client::users::CreateUser, domain::account::Role};
use harness::{
    Backend, PATIENCE,
    terminal::{ENTER, Terminal},
};
use serde_json::json;

/// `bkend --plain` behind a pipe.
struct Plain {
    process: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    told: Vec<String>,
}

impl Plain {
    fn open(data_dir: &Path, input: Stdio) -> Self {
        Self::open_with(data_dir, &["--plain"], input)
    }

    fn open_with(data_dir: &Path, arguments: &[&str], input: Stdio) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_bkend"))
            .args(arguments)
            .env("BKEND_DATA_DIR", data_dir)
            .env_remove("BKEND_CONFIG")
            .env("XDG_CONFIG_HOME", data_dir.join("configuration"))
            .stdin(input)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        let (told, lines) = channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| told.send(line)));
        let input = process.stdin.take();
        Self { process, input, lines, told: Vec::new() }
    }

    fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its input is open");
        writeln!(input, "{line}").and_then(|()| input.flush()).expect("it reads its input");
    }

    /// The next line that says that.
    #[track_caller]
    fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let line = self.lines.recv_timeout(until.saturating_duration_since(Instant::now()));
            assert!(line.is_ok(), "waited in vain for {text:?}:\n{}", self.told.join("\n"));
            let line = line.unwrap_or_default();
            self.told.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for the end; returns the exit code and all that was told.
    #[track_caller]
    fn end(mut self) -> (Option<i32>, String) {
        let until = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            self.told.push(line);
        }
        let code = self.process.wait().expect("it can be waited for").code();
        (code, std::mem::take(&mut self.told).join("\n"))
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // Both fail only where it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn backend() -> Backend {
    let backend = Backend::start().await;
    let environment = backend.environment("dev").await;
    backend.open_table(&environment, "posts", json!({"title": {"bsonType": "string"}})).await;
    let ann = CreateUser { email: "ann@example.com".into(), name: "Ann".into(), role: Role::User };
    backend.client().create_user(&environment.id(), &ann).await.expect("created");
    let body = json!({"title": "[ ] buy milk"});
    backend.post("/v1/data/posts", &body).key(&environment.key).send().await.expect(201);
    let body = json!({"title": "Hello"});
    backend.post("/v1/data/posts", &body).key(&environment.key).send().await.expect(201);
    backend
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_is_carried_out_line_by_line_and_its_end_ends_it() {
    let backend = backend().await;
    let mut plain = Plain::open(backend.data_dir(), Stdio::piped());
    for line in ["go-users", "go-database", "database-open", "row-open"] {
        plain.type_line(line);
    }
    drop(plain.input.take());
    let (code, told) = plain.end();
    assert_eq!(code, Some(0), "{told}");
    for line in ["> NAME dev, TYPE Development, STATUS Active", "E-MAIL ann@example.com", "> NAME posts", "title Hello"]
    {
        assert!(told.contains(line), "{line} is missing:\n{told}");
    }
    assert!(told.contains("[ ] buy milk") && !told.contains("[ +"), "a text is told, a button is not:\n{told}");
    assert!(!told.contains('\x1b') && !told.contains("\n> \n"), "nothing but lines: {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_is_told_when_it_happens() {
    let backend = backend().await;
    let mut plain = Plain::open(backend.data_dir(), Stdio::piped());
    plain.wait_for("NAME dev");
    backend.environment("staging").await;
    plain.wait_for("NAME staging, TYPE Staging, STATUS Active");
    plain.type_line("go-keys");
    plain.wait_for("page API Keys");
    drop(plain.input.take());
    assert_eq!(plain.end().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_input_it_tells_what_there_is_and_ends() {
    let backend = backend().await;
    let (code, told) = Plain::open(backend.data_dir(), Stdio::null()).end();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("NAME dev"), "{told}");
    let (code, told) = Plain::open_with(backend.data_dir(), &["demo", "--plain"], Stdio::null()).end();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("NAME staging"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_fails_ends_the_script_with_exit_code_1() {
    let backend = backend().await;
    for (line, said) in [
        ("environment-switch nope", "error: there is no environment nope"),
        ("no-such-command", "error: there is no command no-such-command"),
        ("export /no/such/folder/x.csv", "/no/such/folder"),
    ] {
        let mut plain = Plain::open(backend.data_dir(), Stdio::piped());
        for line in ["go-keys", line, "go-users"] {
            plain.type_line(line);
        }
        let (code, told) = plain.end();
        assert_eq!(code, Some(1), "{line}: {told}");
        assert!(told.lines().any(|line| line.contains("error: ") && line.contains(said)), "{line}: {told}");
        assert!(told.contains("page API Keys"), "{line} is not the first: {told}");
        assert!(!told.contains("page Users"), "what is behind {line} was written for what it was to do: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn as_a_log_it_goes_on_until_it_is_ended() {
    let backend = backend().await;
    let mut plain = Plain::open_with(backend.data_dir(), &["--plain", "--follow"], Stdio::null());
    plain.wait_for("NAME dev");
    backend.environment("staging").await;
    plain.wait_for("NAME staging");
    let pid = plain.process.id().to_string();
    assert!(Command::new("kill").arg(pid).status().expect("kill runs").success());
    assert_eq!(plain.end().0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_terminal_it_prompts_and_ends_with_its_input() {
    let backend = backend().await;
    let mut terminal = Terminal::open(backend.data_dir(), &["--plain"]);
    terminal.wait_for("NAME dev, TYPE Development");
    terminal.keys(&format!("go-database{ENTER}"));
    let screen = terminal.wait("the page is told, and more can be typed", |screen| {
        screen.contains("NAME posts") && screen.trim_end().ends_with('>')
    });
    assert!(!screen.contains('│'), "nothing is drawn:\n{screen}");
    // What only a screen can show is refused with a sentence.
    terminal.keys(&format!("pager{ENTER}"));
    terminal.wait_for("a pager needs a screen");
    terminal.keys("\x04");
    assert!(terminal.expect_given_back().success());
}
