//! Where somebody can be asked: commands and the console in a pseudo-terminal.

use serde_json::Value;

use crate::{
    bkend::{Bkend, names},
    harness::terminal::{ENTER, Terminal},
};

fn terminal(bkend: &Bkend, line: &str) -> Terminal {
    terminal_at((100, 30), bkend, line)
}

fn terminal_at(size: (u16, u16), bkend: &Bkend, line: &str) -> Terminal {
    let configuration = bkend.configuration();
    let arguments: Vec<_> = line.split_whitespace().collect();
    let configuration = configuration.to_str().expect("text");
    Terminal::open_at(size, &bkend.data(), &arguments, &[("BKEND_CONFIG", configuration)])
}

#[test]
fn a_deletion_has_the_name_typed() {
    let bkend = Bkend::new();
    bkend.done("env create staging");
    let mut wrong = terminal(&bkend, "env delete staging");
    wrong.wait_for("Type staging to go on");
    wrong.keys(&format!("stagin{ENTER}"));
    wrong.wait_for("nothing was deleted");
    assert_eq!(wrong.expect_given_back().exit_code(), 4);
    assert_eq!(names(&bkend.json("env list")), ["dev", "staging"]);

    let mut right = terminal(&bkend, "env delete staging");
    right.wait_for("Type staging to go on");
    right.keys(&format!("staging{ENTER}"));
    assert_eq!(right.expect_given_back().exit_code(), 0);
    assert_eq!(names(&bkend.json("env list")), ["dev"]);
}

#[test]
fn ctrl_c_at_the_question_deletes_nothing_and_lets_go_of_the_data() {
    let bkend = Bkend::new();
    let mut terminal = terminal(&bkend, "env delete dev");
    terminal.wait_for("Type dev to go on");
    terminal.keys("\x03");
    assert_eq!(terminal.expect_given_back().exit_code(), 130);
    assert_eq!(names(&bkend.json("env list")), ["dev"]);
}

#[test]
fn a_table_fits_the_terminal_and_a_pipe_gets_all_of_it() {
    let bkend = Bkend::new();
    let name = "a_table_with_quite_a_long_name_that_nobody_would_want_to_type";
    bkend.done(&format!("table create {name} title:string!"));
    bkend.done("user create somebody-with-a-long-address@a-long-domain.example.com --name Somebody");
    for (list, kept, left_out) in [
        ("env list", "STATUS", "CREATED"),
        ("user list", "somebody-with-a-long-address@a-long-domain.example.com", "ID"),
        ("table list", "a_table_with_quite_a_long_name", "COLUMNS"),
        ("key list", "KEY", "CREATED"),
    ] {
        let whole = bkend.done(list).stdout;
        let narrow = terminal_at((60, 24), &bkend, list);
        let lines = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).count();
        let screen = narrow
            .wait("no line breaks, and none is lost", |screen| screen.contains(kept) && lines(screen) == lines(&whole));
        assert_eq!(narrow.expect_given_back().exit_code(), 0);
        let has = |text: &str| text.split_whitespace().any(|word| word == left_out);
        assert!(has(&whole) && !has(&screen), "{left_out} gives way on the terminal alone:\n{screen}\n{whole}");
    }
    let piped = bkend.done("table list").stdout;
    assert!(piped.contains(name), "{piped}");
    let json = terminal_at((60, 200), &bkend, "--json table list");
    json.wait("JSON is never shortened", |screen| screen.replace('\n', "").contains(name));
}

#[test]
fn a_backend_that_an_app_uses_can_outlive_its_console() {
    let bkend = Bkend::new();
    bkend.file("config.toml", "listen = \"127.0.0.1:0\"\n");
    outlive(&bkend, &[("BKEND_CONFIG", bkend.configuration().to_str().expect("text"))]);
}

/// The backend is started with the path of the configuration, but only of one that is there.
#[test]
fn so_it_can_where_nothing_is_configured() {
    let bkend = Bkend::new();
    let nowhere = bkend.data().join("configuration");
    outlive(&bkend, &[("BKEND_CONFIG", ""), ("XDG_CONFIG_HOME", nowhere.to_str().expect("text"))]);
}

fn outlive(bkend: &Bkend, variables: &[(&str, &str)]) {
    bkend.done("table create posts");
    let mut console = Terminal::open_with(&bkend.data(), &[], variables);
    console.wait_for("live");

    let connection = bkend.json("connect");
    let [url, key] = ["url", "key"].map(|name| connection[name].as_str().expect("text").to_owned());
    let answered = || crate::servers::get(&format!("{url}/v1/data/posts"), &key);
    assert_eq!(answered()["success"], true);

    console.keys("q");
    console.wait_for("keep it running");
    console.keys("k");
    console.wait_for("the backend keeps running");
    assert_eq!(console.expect_given_back().exit_code(), 0);
    assert_eq!(answered()["success"], true);

    let announced = std::fs::read(bkend.data().join("server.json")).expect("announced");
    let announced: Value = serde_json::from_slice(&announced).expect("JSON");
    assert_eq!(announced["url"], url);
    let pid = announced["pid"].as_u64().expect("a process").to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().expect("kill runs").success());
}
