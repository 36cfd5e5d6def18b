//! Users on the command line, their passwords above all.

use std::{fs::File, process::Stdio};

use serde_json::{Value, json};

use crate::{
    bkend::{Bkend, names, run},
    harness::terminal::{ENTER, Terminal},
    servers::post,
};

/// A server, and what an app needs to reach it.
fn served(bkend: &Bkend) -> (crate::bkend::Running, impl Fn(&str, &Value) -> Value) {
    let server = bkend.start("serve --listen 127.0.0.1:0");
    let connection = bkend.json("connect");
    let [url, key] = ["url", "key"].map(|name| connection[name].as_str().expect("text").to_owned());
    (server, move |path: &str, body: &Value| post(&format!("{url}{path}"), &key, body))
}

fn sign_in(app: &impl Fn(&str, &Value) -> Value, password: &str) -> bool {
    app("/v1/auth/email/signin", &json!({"email": "ann@example.com", "password": password}))["success"] == true
}

#[test]
fn a_user_is_made_found_changed_and_deleted() {
    let bkend = Bkend::new();
    let made = bkend.json("user create Ann@Example.com --role guest");
    assert_eq!(
        (&made["email"], &made["name"], &made["role"]),
        (&json!("ann@example.com"), &json!("Ann"), &json!("guest"))
    );
    bkend.done("user create bob@example.com --name Bob");
    assert_eq!(names(&bkend.json("user list")), ["Bob", "Ann"]);
    assert_eq!(names(&bkend.json("user ls --search bob")), ["Bob"]);
    let id = made["id"].as_str().expect("an id");
    for name in ["ann@example.com", "ANN@example.com", id] {
        assert_eq!(bkend.json(&format!("user get {name}")), made);
    }
    assert_eq!(bkend.json("user role ann@example.com admin")["role"], "admin");
    assert_eq!(bkend.run("user delete ann@example.com").code, 2, "nobody can be asked");
    assert_eq!(bkend.json("user delete ann@example.com --yes")["id"], id);
    assert_eq!(bkend.run("user get ann@example.com").code, 3);
    assert_eq!(bkend.run(&format!("user delete {id} --yes")).code, 3);
    assert_eq!(bkend.json(&format!("user delete {id} --erase --yes"))["id"], id);
    bkend.done("user delete bob@example.com --erase --yes");
    assert_eq!(names(&bkend.json("user list")), [""; 0]);
}

#[test]
fn what_a_user_cannot_be_is_told_with_its_exit_code() {
    let bkend = Bkend::new();
    bkend.done("user create ann@example.com");
    for (line, code) in [
        ("user create ann@example.com", 4),
        ("user create nobody", 2),
        ("user role ann@example.com king", 2),
        ("user role bob@example.com admin", 3),
        ("user set-password bob@example.com", 3),
        ("user invite bob@example.com", 3),
        ("user sessions bob@example.com", 3),
    ] {
        assert_eq!(bkend.run(line).code, code, "{line}");
    }
}

#[test]
fn a_password_comes_from_stdin_and_has_to_be_a_good_one() {
    let bkend = Bkend::new();
    let (server, app) = served(&bkend);
    bkend.done("user create ann@example.com");
    let set = |password: &str| {
        let stdin = File::open(bkend.file("password", password)).expect("just written");
        run(bkend.command("user set-password ann@example.com").stdin(Stdio::from(stdin)))
    };
    assert_eq!(set("short\n").code, 2);
    assert_eq!(set("").code, 2);
    assert!(!sign_in(&app, "a long enough one"));
    assert_eq!(set("a long enough one\nand no more\n").code, 0);
    assert!(sign_in(&app, "a long enough one"));
    assert_eq!(bkend.json("user sessions ann@example.com")["pagination"]["total"], 1);
    bkend.done("user sessions ann@example.com --end");
    assert_eq!(bkend.json("user sessions ann@example.com")["pagination"]["total"], 0);
    server.end("-TERM");
}

#[test]
fn an_invitation_is_a_token_alone_that_sets_a_password() {
    let bkend = Bkend::new();
    let (server, app) = served(&bkend);
    bkend.done("user create ann@example.com");
    let invited = bkend.done("user invite ann@example.com");
    assert!(invited.stderr.contains("only time"), "{invited:?}");
    let body =
        json!({"email": "ann@example.com", "token": invited.stdout.trim_end(), "newPassword": "chosen by herself"});
    assert_eq!(app("/v1/auth/password/reset/confirm", &body)["success"], true);
    assert!(sign_in(&app, "chosen by herself"));
    server.end("-TERM");
}

#[test]
fn a_password_is_typed_twice_and_never_shown() {
    let bkend = Bkend::new();
    bkend.done("user create ann@example.com");
    let configuration = bkend.configuration();
    let open = || {
        let arguments = ["user", "set-password", "ann@example.com"];
        let configuration = configuration.to_str().expect("text");
        Terminal::open_with(&bkend.data(), &arguments, &[("BKEND_CONFIG", configuration)])
    };
    let mut terminal = open();
    terminal.wait_for("New password for ann@example.com:");
    terminal.keys(&format!("wrong\x15a long enough onX\x7fe{ENTER}"));
    terminal.wait_for("Once more:");
    terminal.keys(&format!("a long enough one{ENTER}"));
    let screen = terminal.wait_for("is set");
    assert!(!screen.contains("long enough"), "{screen}");
    assert_eq!(terminal.expect_given_back().exit_code(), 0);

    let mut differing = open();
    differing.wait_for("New password");
    differing.keys(&format!("a long enough one{ENTER}"));
    differing.wait_for("Once more:");
    differing.keys(&format!("another one{ENTER}"));
    assert_eq!(differing.expect_given_back().exit_code(), 2);

    let mut interrupted = open();
    interrupted.wait_for("New password");
    interrupted.keys("abc\x03");
    assert_eq!(interrupted.expect_given_back().exit_code(), 130);
}
