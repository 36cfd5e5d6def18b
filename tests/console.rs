//! The console in a pseudo-terminal, over a real backend: what a person does, and what they see.

mod harness;

use std::path::Path;

use harness::{
    Backend, Text,
    terminal::{DOWN, ENTER, ESCAPE, Terminal, UP},
    until,
};
use serde_json::{Value, json};

/// The line of an environment in the table, without the frame around it.
fn row<'a>(screen: &'a str, name: &str) -> Option<&'a str> {
    let types = ["Development", "Staging", "Production", "Custom"];
    let is_row = |line: &&str| types.iter().any(|name| line.contains(name));
    screen.lines().filter(is_row).find(|line| line.split(['│', '▌', ' ']).any(|word| word == name))
}

fn shows_active(screen: &str, name: &str) -> bool {
    row(screen, name).is_some_and(|row| row.contains("Active"))
}

/// A console that brings its own backend.
fn embedded(data_dir: &Path) -> Terminal {
    std::fs::write(data_dir.join("config.toml"), "listen = \"127.0.0.1:0\"\n").expect("a configuration");
    let terminal = Terminal::open(data_dir, &[]);
    terminal.wait("dev is active, live, with its key", |screen| {
        shows_active(screen, "dev") && screen.contains("● live") && screen.contains("pk_")
    });
    terminal
}

/// The running backend of an embedded console, as others find it.
fn server_of(data_dir: &Path) -> (String, String) {
    let announcement = std::fs::read(data_dir.join("server.json")).expect("it is announced");
    let announcement: Value = serde_json::from_slice(&announcement).expect("JSON");
    let token = std::fs::read_to_string(data_dir.join("operator.token")).expect("a token");
    (announcement["url"].text(), token)
}

async fn environments(data_dir: &Path) -> Vec<(String, String)> {
    let (url, token) = server_of(data_dir);
    let http = harness::client();
    let get = async |path: &str| -> Value {
        let call = http.get(format!("{url}/management/v1{path}")).bearer_auth(&token);
        call.send().await.expect("an answer").json().await.expect("JSON")
    };
    let project = get("/projects").await["items"][0]["id"].text();
    let listed = get(&format!("/projects/{project}/environments")).await;
    let items = listed["items"].as_array().expect("a list");
    items.iter().map(|item| (item["name"].text(), item["status"].text())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_shows_dev_active_and_its_connect_line_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let terminal = embedded(folder.path());
    let screen = terminal.wait_for("Connect");
    assert!(screen.contains("my-app") && screen.contains("live"), "{screen}");
    let url = screen.split_whitespace().find(|word| word.starts_with("http://")).expect("a base URL").to_owned();
    assert_eq!(url, server_of(folder.path()).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_created_in_the_form_becomes_active_and_answers_its_own_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    terminal.keys("n");
    terminal.wait_for("Create Environment ─");
    terminal.keys("staging");
    terminal.wait_for("staging");
    terminal.keys(ENTER);
    terminal.wait("staging is active", |screen| shows_active(screen, "staging") && screen.contains("2 staging"));
    let listed = environments(folder.path()).await;
    assert_eq!(listed, [("dev".into(), "active".into()), ("staging".into(), "active".into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_is_refused_while_it_is_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    terminal.keys("nDev");
    terminal.wait_for("starts with a letter from a to z");
    terminal.keys("\x7f\x7f\x7fdev");
    terminal.wait_for("dev is taken: choose another name");
    terminal.keys(ENTER);
    terminal.keys("2");
    terminal.wait_for("dev2");
    assert_eq!(environments(folder.path()).await.len(), 1, "nothing was created");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_goes_into_the_field_as_text_and_no_further() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    terminal.keys("n");
    terminal.wait_for("Create Environment ─");
    terminal.paste("from-a-paste");
    terminal.wait_for("from-a-paste");
    terminal.keys(ENTER);
    terminal.wait("it is active", |screen| shows_active(screen, "from-a-paste"));
    // Outside of a field a paste is not a row of commands: `q` in it would quit.
    terminal.paste("nqd");
    terminal.keys("?");
    terminal.wait_for("Help");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_isolation_is_no_app_that_quitting_would_cut_off() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    terminal.keys("nother");
    terminal.keys(ENTER);
    terminal.wait("there are two", |screen| shows_active(screen, "other"));
    terminal.keys("v");
    terminal.wait("it is proved", |screen| screen.contains("out of reach"));
    terminal.keys("q");
    assert!(terminal.expect_given_back().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_the_tab_switches_tables_rows_and_keys() {
    let backend = Backend::start().await;
    for name in ["dev", "prod"] {
        let environment = backend.environment(name).await;
        let table = format!("table_of_{name}");
        backend.open_table(&environment, &table, json!({"text": {"bsonType": "string"}})).await;
        let body = json!({"text": format!("row of {name}")});
        backend.post(&format!("/v1/data/{table}"), &body).key(&environment.key).send().await.expect(201);
        backend.secret_key(&environment, &format!("key-of-{name}"), &[]).await;
    }
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("both are there", |screen| shows_active(screen, "dev") && shows_active(screen, "prod"));
    let none_of = |screen: &str, other: &str| {
        let others = [format!("table_of_{other}"), format!("row of {other}"), format!("key-of-{other}")];
        assert!(others.iter().all(|text| !screen.contains(text)), "{other} shows:\n{screen}");
    };
    terminal.keys("gd");
    none_of(&terminal.wait_for("table_of_dev"), "prod");
    terminal.keys("2");
    none_of(&terminal.wait_for("table_of_prod"), "dev");
    terminal.keys(ENTER);
    none_of(&terminal.wait_for("row of prod"), "dev");
    terminal.keys("1");
    none_of(&terminal.wait_for("table_of_dev"), "prod");
    terminal.keys(ENTER);
    none_of(&terminal.wait_for("row of dev"), "prod");
    terminal.keys("gk");
    none_of(&terminal.wait_for("key-of-dev"), "prod");
    terminal.keys("2");
    none_of(&terminal.wait_for("key-of-prod"), "dev");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_takes_the_typed_name_and_nothing_less() {
    let backend = Backend::start().await;
    let staging = backend.environment("staging").await;
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("staging is there", |screen| shows_active(screen, "staging"));
    terminal.keys("2d");
    terminal.wait_for("Delete");
    terminal.keys("stagin");
    terminal.keys(ENTER);
    terminal.keys("g");
    terminal.wait_for("staging");
    backend.until_status(&staging.id, "active").await;
    terminal.keys(ENTER);
    backend.until_gone(&staging.id).await;
    terminal.wait("its row is gone", |screen| !screen.contains("2 staging"));
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_read_only_until_its_name_is_typed() {
    let backend = Backend::start().await;
    let prod = backend.environment("prod").await;
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("prod is there", |screen| shows_active(screen, "prod"));
    terminal.keys("2d");
    terminal.wait_for("read-only");
    terminal.keys("u");
    terminal.keys("prod");
    terminal.keys(ENTER);
    terminal.wait_for("unlocked");
    terminal.keys("d");
    terminal.wait_for("Delete");
    terminal.keys("prod");
    terminal.keys(ENTER);
    backend.until_gone(&prod.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_size_is_survived_and_the_screen_comes_back_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    let before = terminal.screen();
    for (columns, rows) in [(1, 1), (2, 40), (39, 9), (300, 100), (60, 20), (80, 24)] {
        terminal.resize(columns, rows);
        terminal.keys("jk");
    }
    terminal.resize(30, 8);
    terminal.wait_for("40");
    terminal.resize(100, 30);
    terminal.wait("the screen is as before", |screen| screen == before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_keys_in_one_write_are_all_seen() {
    let backend = Backend::start().await;
    for number in 0..12 {
        backend.environment(&format!("env-{number:02}")).await;
    }
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("all are there", |screen| shows_active(screen, "env-11"));
    // 104 down and 96 up in small runs that never meet an end: eight below the first.
    let keys = format!("{}{}", DOWN.repeat(4), UP.repeat(3)).repeat(8) + &format!("{DOWN}{UP}").repeat(72);
    assert_eq!(keys.matches('\x1b').count(), 200);
    terminal.keys(&keys);
    terminal.wait("the ninth is selected", |screen| row(screen, "env-07").is_some_and(|row| row.contains('▌')));
    // Whatever the keys between mean, none of a typed name is lost.
    terminal.keys(&format!("n{}", "a".repeat(32)));
    terminal.wait_for(&"a".repeat(32));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_is_said_and_its_return_needs_no_key() {
    let mut backend = Backend::start().await;
    backend.environment("dev").await;
    let port = backend.url.rsplit(':').next().expect("a port").to_owned();
    let token = backend.token.clone();
    // The token comes from the environment alone, as for a server elsewhere.
    let terminal = Terminal::open_with(backend.data_dir(), &["--url", &backend.url], &[("BKEND_TOKEN", &token)]);
    terminal.wait("dev is active", |screen| shows_active(screen, "dev"));
    terminal.wait_for("● live");
    backend.terminate();
    let screen =
        terminal.wait("the loss is said", |screen| screen.contains("reconnecting") || screen.contains("offline"));
    assert!(screen.contains("dev"), "what was known stays:\n{screen}");
    let _again = backend.started_again_on(&port).await;
    terminal.wait_for("● live");
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_gives_the_terminal_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    terminal.keys("q");
    assert!(terminal.expect_given_back().success());
    assert!(!folder.path().join("server.json").exists(), "the backend ended with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_give_the_terminal_back() {
    for name in ["TERM", "HUP"] {
        let folder = tempfile::tempdir().expect("a folder");
        let terminal = embedded(folder.path());
        terminal.signal(name);
        terminal.expect_given_back();
        assert!(!folder.path().join("server.json").exists(), "the backend ended with it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_gives_the_terminal_back_before_it_is_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    terminal.keys(":");
    terminal.keys("defect");
    terminal.wait_for("Ends by a defect");
    terminal.keys(ENTER);
    terminal.wait_for("a defect was asked for");
    assert!(!terminal.expect_given_back().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn suspending_gives_the_terminal_to_the_shell_and_comes_back_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    let before = terminal.screen();
    terminal.keys("\x1a");
    terminal.wait("the shell's screen is back", |screen| !screen.contains("my-app"));
    // One that goes on before it stops would stay stopped.
    terminal.wait_until_stopped();
    terminal.signal("CONT");
    terminal.wait("the console is back", |screen| screen == before);
    terminal.keys("q");
    assert!(terminal.expect_given_back().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_form_asks_only_if_something_was_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut terminal = embedded(folder.path());
    terminal.keys("n");
    terminal.wait_for("Create Environment ─");
    terminal.keys(ESCAPE);
    terminal.wait("it is closed", |screen| !screen.contains("Create Environment ─"));
    terminal.keys("nabc");
    terminal.wait_for("abc");
    terminal.keys(ESCAPE);
    let screen = terminal.wait_for("esc again discards");
    assert!(screen.contains("abc"), "{screen}");
}

#[tokio::test]
async fn without_a_terminal_it_says_so_and_ends_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_bkend"))
        .env("BKEND_DATA_DIR", folder.path())
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("terminal"));
    until("nothing was made", async || {
        std::fs::read_dir(folder.path()).is_ok_and(|mut entries| entries.next().is_none())
    })
    .await;
}
