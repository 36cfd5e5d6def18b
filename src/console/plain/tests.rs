//! Lines in, lines out.

use super::*;
use crate::console::{shell::Medium, tests::Console};

fn told(teller: &mut Teller<Vec<u8>>, console: &mut Console) -> String {
    teller.tell(&mut console.state).expect("memory");
    String::from_utf8(std::mem::take(&mut teller.out)).expect("text")
}

fn typed(console: &mut Console, line: &str) {
    let effects = prompt::run(&mut console.state, line);
    console.take(effects);
}

fn plain() -> (Console, Teller<Vec<u8>>) {
    let mut console = Console::sample(AREA.0, AREA.1);
    console.state.shell.clock_runs = false;
    console.state.shell.medium = Medium::Lines;
    (console, Teller::new(Vec::new(), false))
}

#[test]
fn a_page_is_told_whole_and_then_what_changes() {
    let (mut console, mut teller) = plain();
    let first = told(&mut teller, &mut console);
    typed(&mut console, "environment-switch staging");
    let second = told(&mut teller, &mut console);
    assert!(second.contains("Environment staging"), "{second}");
    assert_eq!(told(&mut teller, &mut console), "", "nothing changed");
    let gone = crate::console::tests::sample()[3].clone();
    console.happens(crate::domain::api::Event::EnvironmentDeleted(gone));
    let third = told(&mut teller, &mut console);
    typed(&mut console, "environment-create");
    let form = told(&mut teller, &mut console);
    typed(&mut console, "env create");
    insta::assert_snapshot!(format!("{first}---\n{third}---\n{form}"));
}

#[test]
fn nothing_but_text_is_told() {
    let (mut console, mut teller) = plain();
    let mut all = String::new();
    for line in ["", "go-database", "go-keys", "help", "commands", ":esc", "n", ":esc", "tasks", ":esc", "connect"] {
        typed(&mut console, line);
        all.push_str(&told(&mut teller, &mut console));
    }
    let strange =
        all.chars().find(|c| c.is_control() && *c != '\n' || ('\u{2500}'..='\u{28ff}').contains(c) && *c != '✓');
    assert_eq!(strange, None, "{all}");
}

#[test]
fn a_command_takes_what_it_would_ask_for() {
    let (mut console, mut teller) = plain();
    typed(&mut console, "environment-create qa2");
    let created = console.requests.iter().any(
        |request| matches!(&request.call, crate::console::call::Call::CreateEnvironment(_, body) if body.name == "qa2"),
    );
    assert!(created, "{:?}", console.requests);
    typed(&mut console, "filter prod");
    assert_eq!(console.selected(), "prod");
    for line in ["filter", ":left", "=dev"] {
        typed(&mut console, line);
    }
    assert_eq!(console.selected(), "dev", "wherever the cursor was, the text is another");
    typed(&mut console, ":esc");
    typed(&mut console, "gd");
    assert_eq!(console.state.shell.page.title(), "Database");
    typed(&mut console, "enviroment-create");
    assert!(told(&mut teller, &mut console).contains("environment-create is the nearest"));
}

#[test]
fn deleting_asks_for_the_name_here_too() {
    let (mut console, _) = plain();
    let destroys = |console: &Console| console.asked(|call| call.impact() == crate::console::call::Impact::Destroys);
    typed(&mut console, "environment-switch staging");
    typed(&mut console, "environment-delete");
    assert!(!destroys(&console));
    typed(&mut console, "stagin");
    assert!(!destroys(&console));
    typed(&mut console, "staging");
    assert!(destroys(&console));
}

#[test]
fn a_script_waits_for_what_it_asked_for() {
    let (console, _) = plain();
    let mut script = Script::default();
    script.lines.push_back("go-database".into());
    script.awaited = 1;
    assert_eq!(script.next(&console.state), None);
    script.awaited = 0;
    assert_eq!(script.next(&console.state).as_deref(), Some("go-database"));
    assert!(!script.is_over(&console.state));
    script.ended = true;
    assert!(script.is_over(&console.state));
    let empty = Script { ended: true, ..Script::default() };
    assert!(empty.is_over(&console.state), "nothing was ever typed, and nothing will be");
    let log = Script { follows: true, ..empty };
    assert!(!log.is_over(&console.state), "a log goes on without input");
}

#[test]
fn what_a_script_is_refused_ends_it() {
    let (mut console, mut teller) = plain();
    let mut script = Script { begun: 1, ..Script::default() };
    script.lines.push_back("go-users".into());
    typed(&mut console, "environment-switch nope");
    assert!(!console.state.shell.modals.is_empty());
    script.leave(&mut console.state);
    assert!(console.state.shell.modals.is_empty(), "nothing is asked any more");
    let notes = teller.notes(&console.state);
    let (tone, said) = notes.last().expect("it was said");
    assert_eq!(said, "error: there is no environment nope");
    script.hear(*tone, Tone::Error);
    assert_eq!(script.next(&console.state), None, "it was written for another environment");
    assert!(script.is_over(&console.state));
    for (command, reason) in [("environment-create prod", "prod"), ("environment-create", "Name")] {
        typed(&mut console, command);
        typed(&mut console, ":enter");
        script.leave(&mut console.state);
        assert!(console.state.shell.modals.is_empty(), "{command} is left");
        let (_, said) = teller.notes(&console.state).pop().expect("it was said");
        assert!(said.starts_with("error: ") && said.contains(reason), "{said}");
    }
    typed(&mut console, "environment-switch nope");
    Script { interactive: true, ..Script::default() }.leave(&mut console.state);
    assert!(!console.state.shell.modals.is_empty(), "whoever types can try again");
}

#[test]
fn help_and_commands_name_every_command_with_what_it_does() {
    let (mut console, mut teller) = plain();
    told(&mut teller, &mut console);
    for (line, commands) in [
        ("help", crate::console::command::here(&console.state).collect::<Vec<_>>()),
        ("commands", crate::console::command::all().collect()),
    ] {
        typed(&mut console, line);
        let all = told(&mut teller, &mut console);
        for command in commands {
            let wanted = format!("{}  {}", command.name, command.doc);
            assert!(all.lines().any(|line| line == wanted), "{line} does not say {wanted}:\n{all}");
        }
        assert!(console.state.shell.modals.is_empty(), "{line} asks nothing");
    }
}

#[test]
fn a_list_to_choose_from_is_told_whole() {
    let many = (1..=30).map(|number| {
        let name = format!("qa{number}");
        crate::console::tests::environment(number, &name, "custom", "2026-11-23T04:40:00.000Z")
    });
    let (_, mut teller) = plain();
    let mut console = Console::with(AREA.0, AREA.1, many.collect());
    console.state.shell.medium = Medium::Lines;
    typed(&mut console, "environment-switch");
    assert!(told(&mut teller, &mut console).contains("\nqa30  Active, "));
}

#[test]
fn a_filter_is_asked_for_before_the_next_line() {
    let (mut console, _) = plain();
    typed(&mut console, "go-users");
    let script = Script::default();
    typed(&mut console, "filter");
    typed(&mut console, "=ann");
    assert!(!script.is_settled(&console.state), "more may be typed");
    typed(&mut console, ":enter");
    assert!(script.is_settled(&console.state));
    typed(&mut console, "filter lee");
    let sought = |call: &crate::console::call::Call| format!("{call:?}").contains("lee");
    assert!(console.asked(sought), "no time has passed: {:?}", console.requests);
}
