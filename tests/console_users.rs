//! The Users page of the console in a pseudo-terminal, over a real backend.

mod harness;

use harness::{
    Backend, Environment, Text,
    accounts::{self, PASSWORD},
    terminal::{ENTER, ESCAPE, Terminal},
    until,
};
use serde_json::json;

/// On the users of `dev`.
fn open(backend: &Backend) -> Terminal {
    let mut terminal = Terminal::open(backend.data_dir(), &[]);
    terminal.wait("dev is active, live", |screen| screen.contains("Active") && screen.contains("● live"));
    terminal.keys("gu");
    terminal
}

async fn signs_in(backend: &Backend, dev: &Environment, password: &str) -> bool {
    let body = json!({"email": "zoe@example.com", "password": password});
    let answer = backend.post("/v1/auth/email/signin", &body).key(&dev.key).send().await;
    answer.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn users_come_and_go_on_the_screen_and_a_search_finds_them() {
    let (backend, dev) = accounts::dev().await;
    let ann = backend.sign_up(&dev, "ann").await;
    let mut terminal = open(&backend);
    terminal.wait_for("ann@example.com");
    terminal.wait("where she is signed in", |screen| screen.contains("Sessions") && screen.contains("127.0.0.1"));
    // Another client: nobody presses a key.
    backend.sign_up(&dev, "bob").await;
    terminal.wait("bob came, and the cursor stays", |screen| screen.contains("bob@") && screen.contains("▌ ann"));
    terminal.keys("/bo");
    terminal.wait("only bob", |screen| screen.contains("▌ bob") && !screen.contains("ann@"));
    terminal.keys(ENTER);
    terminal.keys(ESCAPE);
    terminal.wait_for("ann@example.com");
    terminal.keys("gg/ann");
    terminal.wait("only ann", |screen| screen.contains("▌ ann"));
    terminal.keys(ENTER);
    terminal.keys("d");
    terminal.wait_for("1 session ends");
    terminal.keys("ann@example.com");
    terminal.keys(ENTER);
    terminal.wait_for("ann@example.com is deleted");
    let me = accounts::me(&backend, &dev, &ann.access).await;
    assert_eq!(me.status, 401, "her session has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_and_out_elsewhere_is_seen_without_a_key() {
    let (backend, dev) = accounts::dev().await;
    let ann = backend.sign_up(&dev, "ann").await;
    let terminal = open(&backend);
    let sessions = |screen: &str| screen.matches("an unknown device").count();
    terminal.wait("where she is signed in", |screen| screen.contains("ann@example.com") && sessions(screen) == 1);
    let other = backend.sign_in(&dev, &ann).await;
    terminal.wait("two sessions", |screen| sessions(screen) == 2);
    backend.post("/v1/auth/signout", &json!({})).key(&dev.key).bearer(&other.access).send().await.expect(200);
    terminal.wait("one again", |screen| sessions(screen) == 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_created_with_a_password_signs_in_and_a_new_one_ends_that() {
    let (backend, dev) = accounts::dev().await;
    let mut terminal = open(&backend);
    terminal.wait_for("dev has no user yet");
    terminal.keys("n");
    terminal.wait_for("Create User in dev");
    terminal.keys("zoe@example.com");
    terminal.keys("\t\t\t");
    terminal.keys(PASSWORD);
    terminal.keys("\t");
    terminal.keys(PASSWORD);
    let screen = terminal.wait_for("the same");
    assert!(!screen.contains(PASSWORD), "{screen}");
    terminal.keys(ENTER);
    terminal.wait("she is there", |screen| screen.contains("▌ zoe") && screen.contains("with a password"));
    assert!(signs_in(&backend, &dev, PASSWORD).await);
    terminal.keys("w");
    terminal.wait_for("Set the password of zoe@example.com");
    terminal.keys(ENTER);
    let screen = terminal.wait_for("This is the only time it is shown");
    let line = screen.lines().skip_while(|line| !line.contains("The new password of")).nth(2).expect("it is below");
    let made = line.split('│').rev().map(str::trim).find(|text| text.len() == 20).expect("a password").to_owned();
    terminal.keys("y");
    terminal.keys(ESCAPE);
    terminal.wait("it is gone from the screen", |screen| !screen.contains(&made));
    assert!(!signs_in(&backend, &dev, PASSWORD).await && signs_in(&backend, &dev, &made).await);
    terminal.keys("r");
    terminal.wait_for("Change role");
    terminal.keys("admin");
    terminal.keys(ENTER);
    terminal.wait_for("is an admin");
    until("the server says so", async || {
        let path = format!("/environments/{}/users?search=zoe", dev.id);
        let listed = backend.operator(reqwest::Method::GET, &path).send().await.expect(200);
        listed["items"][0]["role"].text() == "admin"
    })
    .await;
}
