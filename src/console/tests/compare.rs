//! The Compare page: two environments side by side.

use std::time::Duration;

use super::*;
use crate::domain::api::DataChanged;

fn table_of(environment: &Environment, number: u32, name: &str, change: &serde_json::Value) -> Table {
    let mut json = serde_json::to_value(table(number, environment, name)).expect("JSON");
    for (field, value) in change.as_object().expect("fields") {
        json[field] = value.clone();
    }
    serde_json::from_value(json).expect("a table")
}

fn tables_of(name: &str) -> impl Fn(&Call) -> bool {
    let id = sample().into_iter().find(|environment| environment.name.as_str() == name).expect("it is there").id;
    move |call| matches!(call, Call::Table(of, TableCall::List) if *of == id)
}

fn dev_tables() -> Vec<Table> {
    let dev = &sample()[1];
    vec![
        table_of(
            dev,
            1,
            "posts",
            &json!({
                "schema": {"title": {"bsonType": "string", "required": true, "maxLength": 20}, "views": {"bsonType": "int"}},
                "rows": 1204
            }),
        ),
        table_of(dev, 2, "drafts", &json!({"rows": 3})),
        table_of(dev, 3, "tags", &json!({})),
    ]
}

fn staging_tables() -> Vec<Table> {
    let staging = &sample()[2];
    vec![
        table_of(
            staging,
            4,
            "posts",
            &json!({
                "schema": {"title": {"bsonType": "string", "maxLength": 9}, "slug": {"bsonType": "string"}},
                "indexes": [{"name": "by_slug", "fields": {"slug": 1}, "unique": true}], "rows": 12
            }),
        ),
        table_of(staging, 5, "orders", &json!({"rows": 60})),
        table_of(staging, 6, "tags", &json!({})),
    ]
}

/// Dev beside staging.
pub fn compare(width: u16, height: u16) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g c");
    console.answer(tables_of("dev"), Ok(Reply::Tables(listing(dev_tables()))));
    console.answer(tables_of("staging"), Ok(Reply::Tables(listing(staging_tables()))));
    console
}

fn on_screen(console: &Console, text: &str) -> bool {
    console.screen().contains(text)
}

#[test]
fn two_environments_side_by_side() {
    insta::assert_snapshot!(compare(100, 24).screen());
}

#[test]
fn swapped_what_was_new_is_missing() {
    let mut console = compare(100, 24);
    assert!(on_screen(&console, "1 new, 1 changed, 1 missing, 1 same") && on_screen(&console, "+ orders"));
    console.press("x");
    assert!(on_screen(&console, "- orders") && on_screen(&console, "+ drafts"));
}

#[test]
fn everything_is_shown_on_request_and_tables_are_folded() {
    let mut console = compare(100, 30);
    assert!(!on_screen(&console, "tags"));
    console.press("o");
    assert!(on_screen(&console, "tags") && on_screen(&console, "permission guest"));
    console.press("/ p o s t s enter space");
    assert!(on_screen(&console, "▸ ~ posts") && !on_screen(&console, "column title"));
    console.press("space");
    assert!(on_screen(&console, "▾ ~ posts") && on_screen(&console, "column title"));
}

#[test]
fn from_difference_to_difference_and_round_again() {
    let mut console = compare(100, 30);
    let under = |console: &Console| {
        let screen = console.screen();
        let line = screen.lines().find(|line| line.contains("▌") && !line.contains("TABLE")).map(str::to_owned);
        line.unwrap_or_default()
    };
    assert!(under(&console).contains("drafts"));
    let mut seen = Vec::new();
    for _ in 0..7 {
        console.press(".");
        seen.push(under(&console));
    }
    let words = ["orders", "column title", "column views", "column slug", "index by_slug", "drafts", "orders"];
    for (line, word) in seen.iter().zip(words) {
        assert!(line.contains(word), "{word} in {seen:#?}");
    }
    console.press(",");
    assert!(under(&console).contains("drafts"));
    console.press(". . .");
    assert!(on_screen(&console, "Missing: dev has this column and staging does not."));
}

#[test]
fn enter_opens_the_table_where_it_is() {
    let mut console = compare(100, 24);
    console.press(". enter");
    assert!(on_screen(&console, "dev has no table orders: select the other environment to open it"));
    console.press(", enter");
    assert!(on_screen(&console, "▏Database") && console.asked(|call| matches!(call, Call::Row(..))));
}

#[test]
fn esc_leads_from_a_table_back_to_its_difference_and_forward_to_the_table() {
    let mut console = compare(100, 24);
    console.press(", enter");
    assert!(on_screen(&console, "▏Database") && on_screen(&console, "esc back"));
    console.press("esc");
    assert!(on_screen(&console, "▏Compare") && on_screen(&console, "1 new, 1 changed"), "{}", console.screen());
    console.press(">");
    assert!(on_screen(&console, "▏Database"), "{}", console.screen());
    console.press("esc");
    assert!(on_screen(&console, "▏Compare"), "as often as one goes there");
    // A table that was opened from the list of tables is left for that.
    console.press("g d");
    console.press("enter");
    console.press("esc");
    assert!(on_screen(&console, "▏Database") && on_screen(&console, "drafts"), "{}", console.screen());
}

#[test]
fn a_table_that_cannot_be_opened_leads_nowhere() {
    let mut console = compare(100, 24);
    // The permissions of `drafts` are changed and not saved; the difference is of `posts`.
    console.press("g d enter ] ] ] j space");
    assert!(on_screen(&console, "1 change not saved"), "{}", console.screen());
    console.press("g c . . enter");
    assert!(on_screen(&console, "drafts stays open") && on_screen(&console, "▏Compare"), "{}", console.screen());
    // It was not opened from here: leaving it leads to the tables.
    console.press("g d esc d");
    assert!(on_screen(&console, "▏Database") && on_screen(&console, "tags"), "{}", console.screen());
}

#[test]
fn the_other_side_is_chosen_and_remembered() {
    let mut console = compare(100, 24);
    console.press("w p r o d enter");
    console.answer(tables_of("prod"), Ok(Reply::Tables(listing(Vec::new()))));
    assert!(on_screen(&console, "prod ●") && on_screen(&console, "3 missing"));
    console.press("2");
    console.rest();
    assert!(console.selected() == "staging" && on_screen(&console, "Compare"));
    console.press("1");
    console.rest();
    assert!(on_screen(&console, "3 missing"), "dev is compared with prod as before");
}

#[test]
fn an_environment_that_is_not_active_says_why_it_cannot_be_compared() {
    let mut console = compare(100, 24);
    console.press("w q a enter");
    assert!(on_screen(&console, "qa is being created") && on_screen(&console, "w chooses another"));
    assert!(!console.asked(tables_of("qa")));
}

#[test]
fn alone_there_is_nothing_to_compare_with() {
    let mut console = Console::with(80, 24, vec![sample()[1].clone()]);
    console.press("g c");
    assert!(on_screen(&console, "There is nothing to compare with yet"));
    console.press("w");
    assert!(console.state.shell.modals.is_empty() && on_screen(&console, "there is no other environment"));
}

#[test]
fn both_sides_follow_what_others_do() {
    let mut console = compare(100, 24);
    console.happens(Event::Table(table_of(&sample()[2], 7, "drafts", &json!({}))));
    assert!(on_screen(&console, "1 new, 1 changed, 2 same"));
    let written = |name: &str| {
        Event::Data(DataChanged {
            environment_id: sample().into_iter().find(|e| e.name.as_str() == name).expect("it is there").id,
            table: "posts".into(),
            revision: 9,
        })
    };
    console.happens(written("staging"));
    console.happens(written("staging"));
    console.pass(Duration::from_secs(1));
    assert!(console.asked(tables_of("staging")) && !console.asked(tables_of("dev")));
    console.answer(tables_of("staging"), Ok(Reply::Tables(listing(staging_tables()))));
    console.happens(written("staging"));
    assert!(!console.asked(tables_of("staging")), "not twice a second");
    console.pass(Duration::from_secs(1));
    assert!(console.asked(tables_of("staging")));
}

#[test]
fn the_differences_go_out_as_text() {
    use secrecy::ExposeSecret as _;
    let mut console = compare(100, 24);
    console.press("y");
    let copied = console.effects.iter().find_map(|effect| match effect {
        Effect::Copy { text, .. } => Some(text.expose_secret().to_owned()),
        _ => None,
    });
    let expected = "--- dev\n+++ staging\n- drafts\n+ orders\n~ posts\n  ~ column title: maxLength 20 → 9, required yes → none\n  \
                    - column views: int\n  + column slug: string\n  + index by_slug: slug unique\n";
    assert_eq!(copied.as_deref(), Some(expected));
}

#[test]
fn that_nothing_is_compared_yet_is_said_until_something_is() {
    let mut console = Console::sample(100, 30);
    console.press("g c .");
    assert!(console.screen().contains("nothing is compared yet"));
    console.answer(tables_of("dev"), Ok(Reply::Tables(listing(dev_tables()))));
    console.answer(tables_of("staging"), Ok(Reply::Tables(listing(staging_tables()))));
    assert!(!console.screen().contains("nothing is compared yet"), "{}", console.screen());
}

/// Dev beside staging, seen from both and from prod, which has more tables than either.
fn three() -> Console {
    let mut console = compare(100, 24);
    console.press("4");
    console.rest();
    let prod = &sample()[0];
    let many = (10..40).map(|number| table_of(prod, number, &format!("table{number}"), &json!({}))).collect();
    console.answer(tables_of("prod"), Ok(Reply::Tables(listing(many))));
    console
}

#[test]
fn an_environment_with_a_longer_list_is_left_and_come_back_to_in_any_order() {
    let ends = ["G", ".", "z G", "/ t a enter G"];
    let rests = [vec![], vec![0], vec![0, 1]];
    for end in ends {
        for there in ["1", "2", "3", "4"] {
            for back in ["1", "2", "4"] {
                for rests in &rests {
                    let mut console = three();
                    for (step, keys) in [there, back].into_iter().enumerate() {
                        console.press(end);
                        console.press(keys);
                        // Keys come before the selection rests, too.
                        console.screen();
                        if rests.contains(&step) {
                            console.rest();
                            console.screen();
                        }
                        console.press("j k space . ,");
                        console.press(end);
                        console.screen();
                    }
                    console.press("y x w esc");
                    console.screen();
                }
            }
        }
    }
}

#[test]
fn what_is_compared_is_never_told_under_the_names_of_others() {
    let mut console = three();
    console.press("1");
    console.rest();
    assert!(on_screen(&console, "drafts"), "{}", console.screen());
    console.press("4 1");
    assert!(on_screen(&console, "drafts") && !on_screen(&console, "table1"), "{}", console.screen());
    // An event may take away all that was listed while another environment is looked at.
    console.press("G 4");
    console.rest();
    let gone = Event::TableDeleted(table_of(&sample()[1], 2, "drafts", &json!({})));
    console.happens(gone);
    console.press("1 G j enter");
    console.rest();
    assert!(!on_screen(&console, "- drafts"), "{}", console.screen());
}
