//! What the console says: whole, and no longer than it is true.

use std::time::Duration;

use super::{
    activity::activity,
    compare::compare,
    database::{dev, opened, tables},
    design::on_tab,
    overview::{line, lines},
    posts::Posts,
    *,
};
use crate::{
    client::verify::{Kind, Proof},
    console::{
        command,
        keymap::{Change, Keymap},
        task::{Task, export::Target},
    },
};

fn has(console: &Console, text: &str) -> bool {
    console.screen().contains(text)
}

fn footer(console: &Console) -> String {
    console.screen().lines().last().expect("a footer").to_owned()
}

#[test]
fn a_command_to_paste_names_the_project_where_there_are_several() {
    let mut console = Console::sample(140, 30);
    console.press("g d");
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(Vec::new()))));
    assert!(has(&console, "--env dev") && !has(&console, "--project"));
    let other = Project { name: "shop".into(), ..project() };
    console.press("R");
    console.answer(|call| matches!(call, Call::Projects), Ok(Reply::Projects(listing(vec![project(), other]))));
    assert!(has(&console, "bkend table create posts title:string! --env dev --project my-app"), "{}", console.screen());
}

#[test]
fn a_list_that_a_filter_empties_says_so_and_not_that_there_is_nothing() {
    let mut console = tables(100, 24, 3);
    console.press("/ z z z enter enter");
    assert!(has(&console, "nothing matches: esc shows all tables again"), "{}", console.screen());
    assert!(!has(&console, "no table yet"));
    console.press("esc");
    assert!(has(&console, "comments") && !has(&console, "nothing matches"));
    for tab in [1, 2] {
        let mut console = on_tab(100, 24, tab);
        console.press("/ z z z enter enter");
        assert!(has(&console, "nothing matches: esc shows everything again"), "{}", console.screen());
    }
}

#[test]
fn what_happened_takes_the_room_that_is_left() {
    let mut console = activity(140, 20);
    let target = "a-key-with-a-name-that-is-as-long-as-anybody-writes-it";
    console.happens(Event::Activity(line(9, "key.create", target)));
    let any = |call: &Call| matches!(call, Call::Project(_, ProjectCall::Activity { .. }));
    console.answer(any, Ok(lines(vec![line(9, "key.create", target)])));
    assert!(has(&console, &format!("created the key {target}")), "{}", console.screen());
}

fn proved(width: u16) -> Console {
    let mut console = Console::sample(width, 24);
    console.press("v");
    let proofs = Kind::ALL.into_iter().map(|kind| Proof { kind, passed: true, detail: String::new() });
    let is_verify = |call: &Call| matches!(call, Call::Environment(_, EnvironmentCall::Verify { .. }));
    console.answer(is_verify, Ok(Reply::Proofs(proofs.collect())));
    console
}

#[test]
fn a_proof_says_on_its_own_line_what_was_left_out() {
    let console = proved(160);
    assert!(has(&console, "against staging; prod is read-only and left out"), "{}", console.screen());
    assert!(has(&console, "dev is out of reach of 1 of 2 other environments"));
    for width in [60, 80] {
        let mut console = proved(width);
        console.press("esc");
        assert!(has(&console, "Isolation  ✓ 1 of 2  schema, rows"), "{}", console.screen());
    }
    let mut console = proved(80);
    console.press("esc");
    assert!(has(&console, "Isolation  ✓ 1 of 2  schema, rows, users, files, keys"), "{}", console.screen());
    let mut console = proved(100);
    console.press("g o");
    assert!(has(&console, "✓ 1 of 2"), "{}", console.screen());
}

#[test]
fn help_sets_apart_what_does_nothing_here() {
    let mut console = on_tab(100, 40, 3);
    console.press("? G");
    let screen = console.screen();
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text} in\n{screen}"));
    for doc in ["Filters what is listed", "Sorts by the next column", "Turns the order round", "Writes the list as CSV"]
    {
        assert!(at("Not here, or not now") < at(doc), "{screen}");
    }
}

#[test]
fn the_language_of_the_filter_is_told_where_it_is_typed_and_in_help() {
    let mut console = opened(100, 60, &Posts::up_to(30));
    console.press("/");
    assert!(footer(&console).contains("~ contains"), "{}", footer(&console));
    console.press("esc ?");
    assert!(has(&console, "The filter of the rows") && has(&console, "Has no value, or has one."));
}

#[test]
fn the_keys_of_the_filter_are_worth_more_than_its_language() {
    for (width, language) in [(60, "word  column = value  …"), (80, "~ contains  …"), (110, "and or not ( )")] {
        let mut console = opened(width, 20, &Posts::up_to(30));
        console.press("/");
        let line = footer(&console);
        assert!(line.contains(language) && line.ends_with("enter keep  esc clear"), "{width}: {line}");
    }
    let mut console = opened(60, 20, &Posts::up_to(30));
    console.press("/");
    console.write("views >");
    let line = footer(&console);
    assert!(line.contains("a number") && line.ends_with("enter keep  esc clear"), "{line}");
    console.write(" ten or more than that");
    let line = footer(&console);
    assert!(line.contains("views holds numbers") && !line.contains("enter keep"), "what is wrong is said: {line}");
}

#[test]
fn a_filter_that_is_probably_not_meant_is_warned_of_while_it_is_typed_and_afterwards() {
    let mut console = opened(140, 24, &Posts::up_to(30));
    for (text, warning) in
        [("titel = x", "titel is no column of the schema, title is"), ("tags is null", "is is sought as a word")]
    {
        console.press("/ ctrl-u");
        console.write(text);
        assert!(footer(&console).contains(warning), "{}", footer(&console));
        console.press("enter");
        assert!(has(&console, warning), "{}", console.screen());
    }
}

#[test]
fn a_long_filter_keeps_off_the_keys() {
    let mut console = Console::sample(60, 20);
    console.press("/");
    console.write(&"staging or-what ".repeat(8));
    console.press("home");
    assert!(footer(&console).contains("›  enter keep"), "{}", footer(&console));
}

#[test]
fn a_list_goes_to_the_pager_without_a_question() {
    let mut console = tables(100, 24, 3);
    console.press("|");
    assert!(console.state.shell.modals.is_empty());
    let to = console.effects.iter().find_map(|effect| match effect {
        Effect::Start { task, .. } => match &**task {
            Task::Export(_, to) => Some(&to.target),
            _ => None,
        },
        _ => None,
    });
    assert!(matches!(to, Some(Target::Pager)), "{:?}", console.effects);
}

#[test]
fn a_command_whose_key_was_taken_away_is_not_in_the_footer() {
    let mut console = tables(140, 24, 3);
    assert!(footer(&console).contains("d delete"), "{}", footer(&console));
    let command = command::named("table-delete").expect("it is there");
    let (keymap, conflicts) = Keymap::with(&[Change { command, bindings: Vec::new() }]);
    assert!(conflicts.is_empty());
    console.state.shell.keymap = keymap;
    assert!(!footer(&console).contains("delete") && !footer(&console).contains('·'), "{}", footer(&console));
}

#[test]
fn a_refusal_goes_with_the_environment_that_it_is_about() {
    let mut console = tables(100, 24, 3);
    let [prod, dev] = [sample()[0].id.clone(), dev().id];
    console.state.shell.environments.select(&prod);
    console.press("n");
    assert!(has(&console, "unlocks it for ten minutes"), "{}", console.screen());
    console.pass(Duration::from_secs(1));
    assert!(has(&console, "unlocks it for ten minutes"), "it stays as long as it is true");
    console.state.shell.environments.select(&dev);
    console.pass(Duration::from_secs(1));
    assert!(!has(&console, "unlocks it for ten minutes"), "{}", console.screen());
}

#[test]
fn a_line_that_is_broken_to_fit_says_how_it_is_copied_whole() {
    for width in [60, 80] {
        let mut console = Console::sample(width, 24);
        console.press("c");
        assert!(has(&console, "enter copies it whole"), "{}", console.screen());
    }
    let mut console = Console::sample(140, 24);
    console.press("c");
    assert!(!has(&console, "enter copies it whole"), "{}", console.screen());
}

#[test]
fn without_the_server_nothing_is_said_to_be_read() {
    let mut console = Console::sample(100, 24);
    console.press("g u");
    let lost = Update::Disconnected { reason: "connection refused".into(), retry_in: Duration::from_secs(2) };
    console.send(Message::Stream(lost));
    console.pass(Duration::from_secs(1));
    assert!(has(&console, "reading the users once the server is back"), "{}", console.screen());
    console.press("R");
    assert!(has(&console, "the server is not there") && !has(&console, "reading everything again"));
}

#[test]
fn a_difference_is_opened_on_the_tab_that_it_is_about() {
    for (what, tab) in [("by_slug", "▏Indexes▕"), ("title", "▏Schema▕")] {
        let mut console = compare(140, 40);
        let on = |console: &Console| console.screen().lines().any(|line| line.contains('▌') && line.contains(what));
        for _ in 0..20 {
            if !on(&console) {
                console.press("j");
            }
        }
        console.press("enter");
        assert!(has(&console, tab), "{what}: {}", console.screen());
    }
}
