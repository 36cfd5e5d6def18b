//! What belongs to no page: the configuration, the session, the way back, read-only environments.

use super::*;
use crate::{
    console::{session::Session, theme::Themes},
    domain::mistake::Mistake,
};

fn configured(text: &str) -> Console {
    let (config, mistakes) = Config::read("config.toml", text, Themes::default());
    let config = Config { zone: Zone::Utc, ..config };
    Console::connected(Setup { config, mistakes, ..Console::setup(100, 24) }, sample())
}

/// The same console, started again with what the session kept.
fn started_again(console: &Console, setup: Setup) -> Console {
    let session = console.state.session_to_keep().expect("something was done");
    let text = serde_json::to_string(&session).expect("JSON");
    let session: Session = serde_json::from_str(&text).expect("a session");
    let mut state = State::new(setup);
    state.take_up(session);
    let mut again = Console { state, requests: Vec::new(), effects: Vec::new() };
    let effects = update::start(&mut again.state);
    again.take(effects);
    again.connect(sample());
    again
}

fn keeping_a_session(setup: Setup) -> Console {
    let mut state = State::new(setup);
    state.take_up(Session::default());
    let mut console = Console { state, requests: Vec::new(), effects: Vec::new() };
    let effects = update::start(&mut console.state);
    console.take(effects);
    console.connect(sample());
    console
}

fn tables_are_read(console: &mut Console) {
    let environment = console.state.shell.selected().expect("one").clone();
    let tables = vec![table(1, &environment, "posts"), table(2, &environment, "comments")];
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(tables))));
}

#[test]
fn the_screen_shows_the_keys_as_they_are_bound() {
    let mut console = configured("[keys]\nenvironment-create = [\"ctrl-n\", \"z z\"]\nconnect = []\nhelp = \"f1\"\n");
    let screen = console.screen();
    assert!(screen.contains("ctrl-n create") && screen.contains("f1 help"), "{screen}");
    assert!(!screen.contains("c connect"), "{screen}");
    console.press("n c");
    assert!(console.state.shell.modals.is_empty(), "what is unbound does nothing");
    console.press("z");
    assert!(console.screen().contains("zz environment-create"), "{}", console.screen());
    console.press("z");
    assert!(console.screen().contains("Create Environment ─"));
    console.press("esc f1");
    let help = console.screen();
    assert!(help.contains("ctrl-n zz"), "{help}");
}

#[test]
fn mistakes_of_the_configuration_are_said_and_cost_nothing_else() {
    let console = configured("theme = \"pink\"\n[keys]\nhelp = \"f1\"\n");
    let screen = console.screen();
    assert!(screen.contains("config.toml:1: theme is not \"pink\""), "{screen}");
    assert!(screen.contains("f1 help"), "{screen}");
}

#[test]
fn a_binding_with_alt_is_a_key_and_no_escape() {
    let mut console = configured("[keys]\nconnect = \"alt-c\"\n");
    console.press("alt-c");
    assert!(console.screen().contains("Connect"), "{}", console.screen());
    let mut console = configured("");
    console.press("n alt-z");
    assert!(console.state.shell.modals.is_empty(), "escape closed the form, and z means nothing here");
}

#[test]
fn quitting_asks_where_that_is_wanted() {
    let mut console = configured("[console]\nquit = \"ask\"\n");
    console.press("q");
    assert!(!console.effects.iter().any(|effect| matches!(effect, Effect::Quit(_))));
    console.press("s");
    assert!(console.effects.iter().any(|effect| matches!(effect, Effect::Quit(_))));
}

#[test]
fn everything_is_read_again_as_often_as_is_wanted() {
    let mut console = configured("[console]\nrefresh = \"30s\"\n");
    console.requests.clear();
    console.pass(Duration::from_secs(29));
    assert!(!console.asked(|call| matches!(call, Call::Environments(_))));
    console.pass(Duration::from_secs(1));
    assert!(console.asked(|call| matches!(call, Call::Environments(_))));
}

#[test]
fn any_environment_can_be_made_read_only() {
    let mut console = Console::sample(100, 24);
    console.press("2 U d");
    let screen = console.screen();
    assert!(screen.contains("staging is read-only: u lets it be changed"), "{screen}");
    assert!(console.state.shell.modals.is_empty());
    console.press("u d s t a g i n g enter");
    assert!(console.asked(Call::mutates));
}

#[test]
fn the_mouse_is_given_to_the_terminal_and_taken_again() {
    let mut console = Console::sample(100, 24);
    console.press("M M");
    let taken: Vec<_> = console
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Mouse { taken } => Some(*taken),
            _ => None,
        })
        .collect();
    assert_eq!(taken, [false, true]);
}

#[test]
fn the_palette_goes_to_tables_and_environments_and_remembers_commands() {
    let mut console = Console::sample(100, 24);
    console.press("g d");
    console.rest();
    tables_are_read(&mut console);
    console.press("g e :");
    console.write("comments");
    console.press("enter");
    assert_eq!(console.state.shell.page.title(), "Database");
    assert!(console.screen().contains("comments"), "{}", console.screen());
    assert!(console.asked(|call| matches!(call, Call::Row(_, RowCall::Page { table, .. }) if table == "comments")));
    console.press(":");
    console.write("staging");
    console.press("enter");
    assert_eq!(console.selected(), "staging");
    console.press(":");
    console.write("refresh");
    console.press("enter :");
    let screen = console.screen();
    let line = screen.lines().find(|line| line.contains('▌') && line.contains("Reads everything"));
    assert!(line.is_some(), "the last command is first:\n{screen}");
}

#[test]
fn back_and_forward_go_through_pages_environments_and_opened_tables() {
    let mut console = Console::sample(100, 24);
    console.press("g d");
    console.rest();
    tables_are_read(&mut console);
    console.press("enter");
    let opened = |console: &Console| {
        let (shell, page) = (&console.state.shell, console.state.page());
        (shell.page.title(), console.selected().to_owned(), page.opened(shell).map(str::to_owned))
    };
    let table = opened(&console);
    assert_eq!(table, ("Database", "dev".to_owned(), Some("comments".to_owned())));
    console.pass(Duration::from_secs(5));
    console.press("g k 2");
    console.press("alt-left");
    assert_eq!(opened(&console), table, "passing through the keys of dev left no trace");
    console.press("<");
    assert_eq!(opened(&console), ("Database", "dev".to_owned(), None));
    console.press("<");
    assert_eq!(opened(&console).0, "Environments");
    console.press("> >");
    assert_eq!(opened(&console), table);
    console.press(">");
    assert_eq!(opened(&console), ("API Keys", "staging".to_owned(), None));
    console.press(">");
    assert!(console.screen().contains("there is no place behind this one"));
}

#[test]
fn a_session_comes_back() {
    let mut console = keeping_a_session(Console::setup(100, 24));
    console.press("2 U s g d");
    console.rest();
    tables_are_read(&mut console);
    console.press("s j enter");
    console.press(": l i g h t h enter");
    console.press("esc : t h e m e enter l i g h t enter");
    let mut again = started_again(&console, Console::setup(100, 24));
    assert_eq!((again.selected(), again.state.shell.page.title()), ("staging", "Database"));
    tables_are_read(&mut again);
    let (before, now) = (console.screen(), again.screen());
    let title = |screen: &str| screen.lines().nth(3).map(str::to_owned);
    assert_eq!(title(&before), title(&now), "{before}\n{now}");
    assert_eq!(again.state.shell.chosen_theme.as_deref(), Some("light"));
    assert!(again.state.shell.is_locked(&again.state.shell.selected_id().expect("staging")));
    again.press("g e");
    assert!(again.screen().contains("NAME ↑"), "{}", again.screen());
}

#[test]
fn what_is_settled_since_is_newer_than_the_session() {
    let mut console = keeping_a_session(Console::setup(100, 24));
    console.press("2 : t h e m e enter l i g h t enter");
    let config = Config { theme: Some("ansi".into()), zone: Zone::Utc, ..Config::default() };
    let setup = Setup { environment: Some("qa".into()), config, ..Console::setup(100, 24) };
    let again = started_again(&console, setup);
    assert_eq!((again.selected(), again.state.shell.chosen_theme.as_deref()), ("qa", Some("ansi")));
}

#[test]
fn a_session_holds_no_secret_and_nothing_that_was_typed_into_a_form() {
    let mut console = keeping_a_session(Console::setup(100, 24));
    console.press("/");
    console.write("sk_4f0a0a");
    console.press("enter esc n");
    console.write("half-typed");
    console.press("esc esc g k /");
    console.write("sk_4f0a0a");
    console.press("enter");
    let session = console.state.session_to_keep().expect("something was done");
    let text = serde_json::to_string(&session).expect("JSON");
    for secret in ["sk_", "pk_", "half-typed", "4f0a"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn the_session_is_written_once_after_a_burst_of_keys() {
    let mut console = keeping_a_session(Console::setup(100, 24));
    let written = |console: &Console| console.effects.iter().filter(|effect| matches!(effect, Effect::Keep(_))).count();
    console.press("j k j s s g d");
    assert_eq!(written(&console), 0);
    console.pass(crate::console::session::AFTER);
    assert_eq!(written(&console), 1);
    console.press("g k g d");
    console.pass(crate::console::session::AFTER);
    assert_eq!(written(&console), 1, "nothing is different");
}

#[test]
fn a_mistake_is_shown_as_its_file_its_line_and_its_text() {
    let mistake = Mistake { file: "config.toml".into(), line: 3, text: "wrong".into() };
    assert_eq!(mistake.to_string(), "config.toml:3: wrong");
}
