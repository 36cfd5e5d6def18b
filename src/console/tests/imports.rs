//! An import: its form, the plan while it is read, and what ends it.

use super::*;
use crate::console::{
    call::Impact,
    message::TaskNews,
    task::{Task, TaskId},
};

fn started(console: &Console) -> Option<(TaskId, &Task)> {
    console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Start { id, task } => Some((*id, &**task)),
        _ => None,
    })
}

/// With the export being read.
fn reading() -> (Console, TaskId) {
    let mut console = Console::sample(80, 24);
    console.press("g d I");
    console.write("~/export");
    console.press("tab");
    console.write("posts comments");
    console.press("enter");
    console.answer(|call| matches!(call, Call::LookForExport(..)), Ok(Reply::Done));
    let id = started(&console).expect("it is being read").0;
    (console, id)
}

#[test]
fn the_form_of_an_import() {
    let mut console = Console::sample(80, 24);
    console.press("g d I");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn a_folder_without_an_export_brings_the_form_back_with_the_reason() {
    let mut console = Console::sample(80, 24);
    console.press("g d I");
    console.write("./empty");
    console.press("enter");
    console.answer(|call| matches!(call, Call::LookForExport(..)), Err(refused("there is no export in ./empty")));
    let screen = console.screen();
    assert!(screen.contains("./empty") && screen.contains("there is no export"), "{screen}");
    assert!(started(&console).is_none());
}

#[test]
fn an_export_is_read_before_anything_is_sent() {
    let (mut console, _) = reading();
    let (_, task) = started(&console).expect("a task");
    assert!(matches!(task, Task::Survey { wanted, .. } if wanted.only == ["posts", "comments"]), "{task:?}");
    assert_eq!(task.impact(), Impact::Reads);
    // There is no plan to agree to yet.
    let begun = console.effects.len();
    console.press("enter enter");
    assert_eq!(console.effects.len(), begun);
    assert!(console.screen().contains("nothing is changed by that"), "{}", console.screen());
}

#[test]
fn leaving_the_plan_stops_the_reading() {
    let (mut console, id) = reading();
    console.press("esc");
    assert!(console.effects.iter().any(|effect| matches!(effect, Effect::Stop(stopped) if *stopped == id)));
    assert!(console.state.shell.modals.is_empty());
}

#[test]
fn an_export_that_cannot_be_read_says_why_and_can_be_chosen_again() {
    let (mut console, id) = reading();
    let reason = "there is no comments in the export, only posts".to_owned();
    console.send(Message::Task { id, news: TaskNews::Ended(Err(reason)) });
    assert!(console.screen().contains("only posts"), "{}", console.screen());
    console.press("e");
    let screen = console.screen();
    assert!(screen.contains("posts comments") && screen.contains("export"), "{screen}");
}

#[test]
fn a_read_only_environment_takes_no_import() {
    let mut console = Console::sample(80, 24);
    console.press("4 g d I");
    assert!(console.state.shell.modals.is_empty());
    assert!(console.screen().contains("read-only"), "{}", console.screen());
}
