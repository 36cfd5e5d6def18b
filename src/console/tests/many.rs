//! Thousands of environments: what a frame and a key do is bounded, and what is kept for that
//! follows what happens.

use std::collections::BTreeSet;

use super::*;
use crate::console::page::PageId;

/// `dev`, and others of names as long as one another.
fn many(count: u32) -> Vec<Environment> {
    let at =
        |number: u32| format!("2026-10-{:02}T{:02}:{:02}:00.000Z", 1 + number / 1440, number / 60 % 24, number % 60);
    let named = |number: u32| match number {
        0 => environment(0, "dev", "dev", &at(0)),
        _ => environment(number, &format!("env-{number:05}"), "custom", &at(number)),
    };
    (0..count).map(named).collect()
}

fn tabs(console: &Console) -> String {
    console.screen().lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn every_tab_is_in_exactly_one_run_and_a_run_follows_what_comes_and_goes() {
    let mut console = Console::with(120, 40, many(60));
    let mut seen = BTreeSet::new();
    for _ in 0..60 {
        let name = console.selected().to_owned();
        assert!(tabs(&console).contains(&name), "{name} is not in {}", tabs(&console));
        seen.insert(name);
        console.press("tab");
    }
    assert_eq!((seen.len(), console.selected()), (60, "dev"));
    assert!(tabs(&console).contains("6 env-00005 ●") && tabs(&console).contains("53›"), "{}", tabs(&console));
    // A longer name in front leaves room for fewer.
    console.happens(Event::EnvironmentDeleted(many(2).remove(1)));
    assert!(tabs(&console).contains("8 env-00007 ●") && tabs(&console).contains("52›"), "{}", tabs(&console));
}

#[test]
fn what_moves_by_itself_is_what_is_under_way() {
    let mut console = Console::with(120, 40, many(30));
    let moving = |console: &Console| {
        let environments = &console.state.shell.environments;
        let told: BTreeSet<_> = environments.moving().map(|entry| entry.number).collect();
        let looked_for = environments.entries().iter().filter(|entry| entry.is_moving()).map(|entry| entry.number);
        assert_eq!(told, looked_for.collect());
        told.len()
    };
    assert_eq!(moving(&console), 0);
    console.happens(Event::Environment(creating(99, "qa", "storage", 2, NOW)));
    console.happens(Event::Environment(changed(&many(8)[7], &json!({"status": "deleting"}))));
    assert_eq!(moving(&console), 2);
    console.happens(Event::EnvironmentDeleted(many(4).remove(3)));
    assert_eq!(moving(&console), 2);
    console.happens(Event::Environment(environment(99, "qa", "custom", NOW)));
    console.happens(Event::EnvironmentDeleted(many(8).remove(7)));
    assert_eq!(moving(&console), 0);
}

#[test]
fn what_an_environment_holds_makes_no_list_anew_and_is_shown() {
    let mut console = Console::with(120, 40, many(30));
    let before = console.state.shell.environments.revision();
    let usage = json!({"usage": {"tables": 7, "rows": 4321, "users": 0, "keys": 1, "files": 0, "bytes": 1000}});
    console.happens(Event::Environment(changed(&many(1)[0], &usage)));
    assert_eq!(console.state.shell.environments.revision(), before);
    assert!(console.screen().contains("4,321 rows"));
    console.happens(Event::Environment(changed(&many(2)[1], &json!({"status": "deleting"}))));
    assert!(console.state.shell.environments.revision() > before);
}

#[test]
fn the_bars_of_sizes_follow_the_largest() {
    let mut console = Console::with(140, 40, many(2));
    console.press("g o");
    let sized = |place: usize, bytes: u64| {
        let usage = json!({"usage": {"tables": 1, "rows": 1, "users": 0, "keys": 1, "files": 0, "bytes": bytes}});
        Event::Environment(changed(&many(2)[place], &usage))
    };
    let bars = |console: &Console| {
        let screen = console.screen();
        let line = screen.lines().find(|line| line.contains(" size ")).unwrap_or_default().to_owned();
        line.matches('▪').count() + line.matches('━').count() + line.matches('▬').count() + line.matches('■').count()
    };
    console.happens(sized(0, 1000));
    console.happens(sized(1, 1000));
    let both = bars(&console);
    console.happens(sized(1, 1_000_000));
    assert!(bars(&console) < both, "dev is small beside it");
    console.happens(sized(1, 1000));
    assert_eq!(bars(&console), both, "the largest has shrunk");
}

#[test]
fn a_selection_that_the_filter_hides_is_found_again() {
    let mut console = Console::with(120, 40, many(40));
    console.press("/ 0 3 9 enter");
    assert_eq!(console.selected(), "env-00039");
    console.press("tab tab");
    assert_eq!(console.selected(), "env-00001");
    assert!(!console.screen().contains("▌ env"), "it is hidden");
    console.press("esc");
    assert!(console.screen().contains("▌ env-00001"), "{}", console.screen());
    console.press("G k");
    assert_eq!(console.selected(), "env-00038");
}

#[test]
fn more_environments_than_a_round_takes_are_said_to_be_too_many() {
    let mut console = Console::with(140, 40, many(60));
    console.press("g o V");
    assert!(console.screen().contains("more than 40 environments are too many for a round"), "{}", console.screen());
}

#[test]
fn what_is_typed_letter_by_letter_finds_what_it_finds_pasted() {
    let shown = |console: &Console| {
        let screen = console.screen();
        screen.lines().skip(8).filter(|line| line.contains("env-")).map(str::to_owned).collect::<Vec<_>>()
    };
    for text in ["env12", "active", "e0 1", "cust 2", "!dev", "env$ 1", "1 'env"] {
        let [mut typed, mut pasted] = [(); 2].map(|()| Console::with(120, 40, many(200)));
        typed.press("e");
        typed.write(text);
        pasted.press("e");
        pasted.send(Message::Paste(text.into()));
        assert_eq!(shown(&typed), shown(&pasted), "{text}");
    }
}

#[test]
fn whether_a_list_can_go_out_is_known_without_building_it() {
    for page in PageId::ALL {
        let mut console = Console::sample(120, 40);
        update::go_to(&mut console.state, page);
        console.pass(Duration::ZERO);
        for keys in ["esc", "/ n o s u c h enter"] {
            console.press(keys);
            let (shown, shell) = (console.state.page(), &console.state.shell);
            assert_eq!(shown.is_exportable(shell), shown.export(shell).is_some(), "{page:?} after {keys}");
            if matches!(page, PageId::Environments | PageId::Overview) {
                assert_eq!(shown.is_exportable(shell), keys == "esc", "{page:?} after {keys}");
            }
        }
    }
}
