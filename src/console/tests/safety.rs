//! What must not happen by accident.

use super::*;
use crate::console::{
    command,
    effect::Exit,
    message::{BackendUsage, Embedded},
    page::PageId,
};

fn deletes(call: &Call) -> bool {
    matches!(
        call,
        Call::Environment(_, EnvironmentCall::Delete { .. })
            | Call::Table(_, TableCall::Delete { .. })
            | Call::Key(_, KeyCall::Delete(_))
    )
}

#[test]
fn no_single_key_destroys() {
    for page in PageId::ALL {
        for command in command::all() {
            for binding in command.keys {
                let mut console = Console::sample(120, 40);
                console.state.shell.page = page;
                console.press(binding);
                assert!(!console.asked(deletes), "{binding} on {page:?}");
                console.press("enter");
                assert!(!console.asked(deletes), "{binding} and enter on {page:?}");
            }
        }
    }
}

#[test]
fn deleting_takes_the_whole_name() {
    let mut console = Console::sample(80, 24);
    console.press("tab d s t a g enter");
    assert!(!console.asked(deletes));
    console.press("i n g enter");
    assert!(console.asked(
        |call| matches!(call, Call::Environment(_, EnvironmentCall::Delete { confirm }) if confirm == "staging")
    ));
}

#[test]
fn production_takes_no_change_until_it_is_unlocked() {
    let mut console = Console::sample(80, 24);
    console.press("4");
    assert_eq!(console.selected(), "prod");
    console.press("d p r o d enter");
    console.press("v");
    assert!(!console.asked(Call::mutates));
    assert!(console.screen().contains("prod is read-only"));
    console.press("esc u p r o d enter d p r o d enter");
    assert!(console.asked(deletes));
}

#[test]
fn a_dialog_that_outlives_the_unlocking_changes_nothing() {
    let mut console = Console::sample(80, 24);
    console.press("4 u p r o d enter d p r o d");
    console.pass(Duration::from_mins(10));
    console.press("enter");
    assert!(!console.asked(Call::mutates));
    assert!(console.screen().contains("prod is read-only"));
}

#[test]
fn unlocking_takes_the_name_and_ends_by_itself_or_by_hand() {
    let mut console = Console::sample(80, 24);
    console.press("4 u n o p e enter");
    let id = console.state.shell.selected_id().expect("prod");
    assert!(console.state.shell.is_locked(&id));
    console.press("esc u p r o d enter");
    assert!(!console.state.shell.is_locked(&id));
    console.pass(Duration::from_secs(599));
    assert!(!console.state.shell.is_locked(&id));
    console.pass(Duration::from_secs(1));
    assert!(console.state.shell.is_locked(&id));
    console.press("u p r o d enter U");
    assert!(console.state.shell.is_locked(&id));
}

#[test]
fn verifying_another_environment_writes_nothing_into_read_only_production() {
    let mut console = Console::sample(80, 24);
    console.press("v");
    let others = console.requests.iter().find_map(|request| match &request.call {
        Call::Environment(_, EnvironmentCall::Verify { others, .. }) => {
            Some(others.iter().map(|other| other.name.to_string()).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(others, Some(vec!["staging".to_owned()]));
    assert!(console.screen().contains("left out: prod is read-only"));
}

#[test]
fn quitting_is_immediate_unless_somebody_needs_the_backend() {
    let quits = |console: &Console| console.effects.iter().any(|e| matches!(e, Effect::Quit(Exit::Quit)));
    let mut console = Console::sample(80, 24);
    console.press("q");
    assert!(quits(&console));

    let mut console = Console::sample(80, 24);
    console.state.shell.embedded = Some(Embedded {
        data_dir: "/data".into(),
        address: "127.0.0.1:4600".into(),
        instead_of: None,
        usage: std::sync::Arc::new(BackendUsage::default),
    });
    console.press("q");
    assert!(console.effects.iter().any(|effect| matches!(effect, Effect::CheckUsage)));
    console.send(Message::Usage(BackendUsage { app_requests: 1, other_consoles: 0 }));
    assert!(!quits(&console));
    console.press("k");
    assert!(console.effects.iter().any(|effect| matches!(effect, Effect::Quit(Exit::KeepBackend))));
}

#[test]
fn what_is_too_long_to_be_edited_is_not_pasted_and_says_so() {
    let mut console = Console::sample(100, 24);
    console.press("/ a");
    console.send(Message::Paste("b".repeat(2 << 20)));
    assert_eq!(console.state.shell.filtering.as_ref().expect("it is typed").text(), "a");
    assert!(console.screen().contains("nothing was pasted"), "{}", console.screen());
}

#[test]
fn pasted_text_never_runs_commands() {
    let mut console = Console::sample(80, 24);
    console.send(Message::Paste("dstaging\nq".into()));
    assert!(console.state.shell.modals.is_empty());
    assert!(!console.effects.iter().any(|effect| matches!(effect, Effect::Quit(_))));
}
