//! The Activity page: who did what.

use super::{
    overview::{line, lines},
    *,
};
use crate::domain::{
    activity::ActivityFilter,
    api::{Activity, Page},
};

fn asked_with(fits: impl Fn(&ActivityFilter, u64) -> bool) -> impl Fn(&Call) -> bool {
    move |call| matches!(call, Call::Project(_, ProjectCall::Activity { filter, page }) if fits(filter, *page))
}

fn any() -> impl Fn(&Call) -> bool {
    asked_with(|_, _| true)
}

fn happened() -> Vec<Activity> {
    vec![
        line(6, "key.rotate", "web"),
        line(5, "table.delete", "drafts"),
        line(4, "environment.fail", "qa"),
        line(3, "key.create", "web"),
        line(2, "table.update", "posts"),
        line(1, "environment.active", "dev"),
    ]
}

pub fn activity(width: u16, height: u16) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g a");
    console.answer(any(), Ok(lines(happened())));
    console
}

/// The next page of thousands of lines.
fn page(total: u64, number: u64) -> Reply {
    let window = Window { page: number, limit: 100 };
    let from = window.offset();
    let items = (from..total.min(from + 100)).map(|n| {
        let number = u32::try_from(total - n).expect("few");
        line(number, "key.create", &format!("k{number}"))
    });
    Reply::Activity(Page { items: items.collect(), pagination: Pagination::new(total, window) })
}

fn on_screen(console: &Console, text: &str) -> bool {
    console.screen().contains(text)
}

#[test]
fn who_did_what_newest_first() {
    insta::assert_snapshot!(activity(100, 16).screen());
}

#[test]
fn rows_that_went_or_came_back_are_told_with_their_table() {
    let mut console = activity(100, 16);
    let of =
        |number, action, target, rows: &str| Activity { detail: Some(rows.into()), ..line(number, action, target) };
    let told = vec![of(8, "row.restore", "articles", "2 rows"), of(7, "row.delete", "wide", "1 row")];
    console.happens(Event::Activity(told[0].clone()));
    console.answer(any(), Ok(lines(told)));
    assert!(on_screen(&console, "restored 2 rows of articles"), "{}", console.screen());
    assert!(on_screen(&console, "deleted 1 row of wide"), "{}", console.screen());
}

#[test]
fn a_line_opens_whole() {
    let mut console = activity(80, 24);
    console.press("j enter");
    insta::assert_snapshot!(console.screen());
    console.press("]");
    assert!(on_screen(&console, "environment.fail"));
    console.press("esc");
    assert!(on_screen(&console, "▌ 2 m"));
}

#[test]
fn following_the_cursor_stays_on_the_newest() {
    let mut console = activity(100, 16);
    assert!(on_screen(&console, "following"));
    console.happens(Event::Activity(line(7, "key.delete", "old")));
    let mut more = happened();
    more.insert(0, line(7, "key.delete", "old"));
    console.answer(any(), Ok(lines(more.clone())));
    console.press("enter");
    assert!(on_screen(&console, "deleted the key old"));
    console.press("esc");

    console.press("j");
    console.pass(std::time::Duration::from_secs(1));
    console.happens(Event::Activity(line(8, "key.create", "fresh")));
    more.insert(0, line(8, "key.create", "fresh"));
    console.answer(any(), Ok(lines(more)));
    assert!(on_screen(&console, "1 new: f follows"));
    console.press("enter");
    assert!(
        on_screen(&console, "replaced the key web") || on_screen(&console, "rotated the key web"),
        "it stays on its line"
    );
    console.press("esc f");
    assert!(on_screen(&console, "following"));
    console.press("enter");
    assert!(on_screen(&console, "created the key fresh"));
}

#[test]
fn typing_filters_what_was_read() {
    let mut console = activity(100, 16);
    console.press("/ k e y");
    assert!(on_screen(&console, "2 of 6") && !on_screen(&console, "drafts"));
    console.press("enter j enter");
    assert!(on_screen(&console, "key.create"));
    console.press("esc esc");
    assert!(on_screen(&console, "drafts"));
    console.press("/ z z z");
    assert!(on_screen(&console, "nothing matches"));
}

#[test]
fn of_many_lines_only_a_few_pages_are_asked_for() {
    let mut console = Console::sample(100, 24);
    console.press("g a");
    console.answer(asked_with(|_, page| page == 1), Ok(page(5000, 1)));
    assert!(on_screen(&console, "5,000"));
    console.answer(asked_with(|_, page| page == 2), Ok(page(5000, 2)));
    console.press("G");
    console.answer(asked_with(|_, page| page == 50), Ok(page(5000, 50)));
    assert!(on_screen(&console, "created the key k1"));
    console.press("/ k 4 9 9 9");
    assert!(on_screen(&console, "1 of 300 read of 5,000"));
}

#[test]
fn one_environment_follows_the_tab() {
    let mut console = activity(100, 16);
    console.press("o");
    let of = |name: &'static str| {
        let id = sample().into_iter().find(|e| e.name.as_str() == name).expect("it is there").id;
        asked_with(move |filter, _| filter.environment.as_ref() == Some(&id))
    };
    console.answer(of("dev"), Ok(lines(happened())));
    assert!(on_screen(&console, "in dev"));
    console.press("tab");
    console.rest();
    console.answer(of("staging"), Ok(lines(Vec::new())));
    assert!(on_screen(&console, "in staging") && on_screen(&console, "esc shows everything again"));
    console.press("esc");
    assert!(on_screen(&console, "drafts"), "the project's lines are still there");
}

#[test]
fn a_kind_is_chosen_from_a_picker_and_lines_of_others_do_not_count() {
    let mut console = activity(100, 16);
    console.press("w k e y enter");
    let keys: Vec<_> = happened().into_iter().filter(|line| line.action.starts_with("key")).collect();
    console.answer(asked_with(|filter, _| filter.action.as_deref() == Some("key")), Ok(lines(keys)));
    assert!(on_screen(&console, "only key") && !on_screen(&console, "drafts"));
    console.press("j");
    console.happens(Event::Activity(line(9, "table.create", "tags")));
    assert!(!on_screen(&console, "1 new"));
    console.happens(Event::Activity(line(10, "key.create", "fresh")));
    assert!(on_screen(&console, "1 new"));
}

#[test]
fn what_cannot_be_read_says_why_and_what_was_read_stays() {
    let mut console = Console::sample(100, 16);
    console.press("g a");
    console.answer(any(), Err(refused("the log is locked")));
    assert!(on_screen(&console, "the activity could not be read: the log is locked"));
    let mut console = activity(100, 16);
    console.press("R");
    console.answer(any(), Err(refused("the log is locked")));
    assert!(on_screen(&console, "old: the log is locked") && on_screen(&console, "drafts"));
}
