//! What a person sees. Few enough to be read.

use super::*;
use crate::console::message::{BackendUsage, Embedded};

#[test]
fn environments_on_a_usual_terminal() {
    insta::assert_snapshot!(Console::sample(80, 24).screen());
}

#[test]
fn environments_on_a_large_terminal() {
    let mut console = Console::sample(140, 32);
    console.press("tab");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn environments_without_room_for_the_sidebar() {
    insta::assert_snapshot!(Console::sample(60, 20).screen());
}

#[test]
fn before_the_server_has_answered() {
    let mut console = Console::starting(80, 24);
    console.pass(Duration::from_millis(200));
    insta::assert_snapshot!(console.screen());
}

#[test]
fn a_project_without_environments_says_what_to_do() {
    insta::assert_snapshot!(Console::with(80, 24, Vec::new()).screen());
}

#[test]
fn the_form_checks_the_name_while_it_is_typed() {
    let mut console = Console::sample(80, 24);
    console.press("n");
    console.write("staging");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn deleting_says_what_is_lost() {
    let mut console = Console::sample(80, 24);
    console.press("tab d");
    console.write("stag");
    console.press("enter");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn a_failed_environment_says_why_and_what_next() {
    let failed = changed(
        &environment(2, "staging", "staging", "2026-11-23T04:40:00.000Z"),
        &json!({
            "status": "failed", "reason": "the disk is full: free some space in /var/lib/bkend",
            "step": {"name": "storage", "index": 2, "of": 5}, "activeAfterMs": null
        }),
    );
    let dev = environment(1, "dev", "dev", "2026-11-20T09:14:00.000Z");
    let mut console = Console::with(100, 24, vec![dev, failed]);
    console.press("j");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn production_is_read_only_and_its_unlocking_counts_down() {
    let mut console = Console::sample(100, 24);
    console.press("4 d");
    let locked = console.screen();
    console.press("esc u p r o d enter");
    console.pass(Duration::from_secs(200));
    insta::assert_snapshot!(format!("{locked}\n{}", console.screen()));
}

#[test]
fn a_lost_connection_leaves_what_was_known() {
    let mut console = Console::sample(100, 24);
    let reason = "http://127.0.0.1:4600 closed the event stream".to_owned();
    let retry_in = Duration::from_secs(3);
    console.send(Message::Stream(Update::Disconnected { reason, retry_in }));
    console.pass(Duration::from_secs(20));
    insta::assert_snapshot!(console.screen());
}

#[test]
fn the_palette_finds_commands_by_what_they_do() {
    let mut console = Console::sample(80, 24);
    console.press(":");
    console.write("isol");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn help_lists_the_keys_of_the_page() {
    let mut console = Console::sample(100, 60);
    console.press("?");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn connecting_shows_what_to_paste() {
    let mut console = Console::sample(100, 24);
    console.press("c tab");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn quitting_offers_to_keep_a_backend_that_is_in_use() {
    let mut console = Console::sample(80, 24);
    console.state.shell.embedded = Some(Embedded {
        data_dir: "/data".into(),
        address: "127.0.0.1:4600".into(),
        instead_of: None,
        usage: std::sync::Arc::new(BackendUsage::default),
    });
    console.press("q");
    console.send(Message::Usage(BackendUsage { app_requests: 12, other_consoles: 1 }));
    insta::assert_snapshot!(console.screen());
}

#[test]
fn a_screen_that_is_too_small_says_how_much_it_needs() {
    insta::assert_snapshot!(Console::sample(39, 9).screen());
}

#[test]
fn nothing_of_a_sentence_is_cut_on_a_narrow_screen() {
    let mut console = Console::sample(60, 24);
    console.press("?");
    let help = console.screen();
    console.press("esc :");
    console.write("isol");
    insta::assert_snapshot!(format!("{help}\n{}", console.screen()));
}

#[test]
fn a_backend_that_found_its_address_taken_says_where_it_is() {
    let embedded = Embedded {
        data_dir: "/data".into(),
        address: "127.0.0.1:49152".into(),
        instead_of: Some("127.0.0.1:4600".into()),
        usage: std::sync::Arc::new(BackendUsage::default),
    };
    let console = Console::from(Setup { embedded: Some(embedded), ..Console::setup(80, 24) });
    let screen = console.screen();
    let said = screen.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("127.0.0.1:4600 is in use: this backend listens on 127.0.0.1:49152"), "{screen}");
    let last = screen.lines().nth(22).unwrap_or_default();
    assert!(last.starts_with('└') && last.ends_with('┘') && !last.contains(' '), "the frame is whole:\n{screen}");
}
