//! What comes back with the next start, and what goes out as a list, of pages that are no plain
//! list.

use serde_json::Value;

use super::{activity::activity, compare::compare, overview::overview, *};
use crate::console::{
    effect::Effect,
    page::PageId,
    session::{Kept, Session, Settled},
    task::{Export, Task, export::Source},
};

/// The console, started again with its session, before anything is read.
fn started_again(console: &Console) -> Console {
    let settled = Settled::default();
    let session = Session::of(&console.state, &Session::default(), &settled);
    let text = serde_json::to_string(&session).expect("JSON");
    let mut state = State::new(Console::setup(100, 24));
    serde_json::from_str::<Session>(&text).expect("a session").restore(&mut state, &settled);
    Console { state, requests: Vec::new(), effects: Vec::new() }
}

fn kept(console: &Console, page: PageId) -> Kept {
    let environment = sample()[1].id.clone();
    let page = console.state.pages.get(page);
    page.kept(None).or_else(|| page.kept(Some(&environment))).expect("the page keeps something")
}

fn exported(console: &mut Console) -> Export {
    console.export();
    let task = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Start { task, .. } => Some(&**task),
        _ => None,
    });
    match task {
        Some(Task::Export(export, _)) => (**export).clone(),
        other => panic!("no export: {other:?}"),
    }
}

fn rows(export: Export) -> Vec<Value> {
    match export.source {
        Source::Known(rows) => rows.into_iter().map(Value::Object).collect(),
        other => panic!("not known: {other:?}"),
    }
}

#[test]
fn the_overview_goes_out_with_its_figures_and_its_filter_comes_back() {
    let mut console = overview(100, 24);
    console.press("/ d e v enter");
    let rows = rows(exported(&mut console));
    assert_eq!(rows.len(), 1, "the filter hides the others: {rows:?}");
    assert_eq!((&rows[0]["environment"], &rows[0]["clientErrors"]), (&json!("dev"), &json!(12)));
    assert_eq!(rows[0]["isolated"], Value::Null, "nothing was proved yet");
    assert_eq!(kept(&started_again(&console), PageId::Overview).filter, "dev");
}

#[test]
fn activity_goes_out_as_it_is_narrowed_and_comes_back_to_its_line() {
    let mut console = activity(100, 24);
    console.press("j j");
    let before = kept(&console, PageId::Activity);
    assert!(before.cursor.is_some());
    assert_eq!(kept(&started_again(&console), PageId::Activity), before);
    console.press("/");
    console.write("Key web");
    console.press("enter");
    let Source::Activity { words, .. } = exported(&mut console).source else { panic!("not of activity") };
    assert_eq!(words, ["key", "web"]);
    assert_eq!(kept(&started_again(&console), PageId::Activity).filter, "Key web");
}

#[test]
fn a_comparison_goes_out_unfolded_and_comes_back_with_its_choices() {
    let mut console = compare(100, 24);
    let differing = rows(exported(&mut console));
    let of = |name: &str| differing.iter().find(|row| row["name"] == name).expect("it differs");
    assert_eq!(of("orders")["right"], json!({"rows": 60}));
    assert_eq!((&of("slug")["what"], &of("slug")["difference"]), (&json!("column"), &json!("new")));
    console.press("z j x o");
    assert!(rows(exported(&mut console)).len() > differing.len(), "what is the same goes out too");
    let before = kept(&console, PageId::Compare);
    assert!(before.choices.len() >= 3 && before.cursor.is_some(), "{before:?}");
    assert_eq!(kept(&started_again(&console), PageId::Compare), before);
}
