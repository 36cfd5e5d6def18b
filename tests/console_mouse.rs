//! The mouse in a pseudo-terminal: the bytes that a terminal sends for it, and the modes that ask for them.

mod harness;

use harness::{
    Backend,
    terminal::{ESCAPE, Terminal},
};

/// Two environments and the console over them.
async fn opened() -> (Backend, Terminal) {
    let backend = Backend::start().await;
    for name in ["dev", "staging"] {
        backend.environment(name).await;
    }
    let terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("both are there", |screen| {
        screen.contains("1 dev ●") && screen.contains("2 staging ●") && screen.contains("pk_")
    });
    (backend, terminal)
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_rows_buttons_and_the_sidebar_are_clicked() {
    let (_backend, mut terminal) = opened().await;
    terminal.click("2 staging");
    terminal.wait_for("▏2 staging ●▕");
    terminal.click("Development");
    terminal.wait_for("▏1 dev ●▕");

    terminal.click("[ + Create Environment");
    terminal.wait_for("Create Environment ─");
    terminal.keys(ESCAPE);
    terminal.wait("it is closed", |screen| !screen.contains("Create Environment ─"));

    terminal.click("API Keys");
    terminal.wait_for("Publishable");
    terminal.click("Database");
    terminal.wait_for("no table");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wheel_moves_the_list() {
    let (_backend, mut terminal) = opened().await;
    terminal.wheel_down("Development", 3);
    terminal.wait_for("▏2 staging ●▕");
}

#[tokio::test(flavor = "multi_thread")]
async fn m_gives_the_mouse_to_the_terminal_and_takes_it_again() {
    let (_backend, mut terminal) = opened().await;
    assert!(terminal.shows(Terminal::has_mouse), "it is the console's at first");
    terminal.keys("M");
    assert!(terminal.shows(|screen| !Terminal::has_mouse(screen)), "the terminal's modes are reset");
    terminal.wait_for("the mouse is the terminal's");
    terminal.keys("M");
    assert!(terminal.shows(Terminal::has_mouse));
    terminal.keys("q");
    assert!(terminal.expect_given_back().success());
}
