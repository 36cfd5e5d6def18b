//! Long work: begun on a page, shown everywhere, stopped with a question.

use super::*;
use crate::{
    console::{
        effect::Exit,
        message::TaskNews,
        private_file::PrivateFile,
        task::{Progress, Task, TaskId},
    },
    domain::file::Visibility,
};

fn started(console: &Console) -> Vec<(TaskId, &Task)> {
    console
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Start { id, task } => Some((*id, &**task)),
            _ => None,
        })
        .collect()
}

fn stopped(console: &Console) -> Vec<TaskId> {
    let stop = |effect: &Effect| if let Effect::Stop(id) = effect { Some(*id) } else { None };
    console.effects.iter().filter_map(stop).collect()
}

/// With an export of the environments under way.
fn exporting() -> (Console, TaskId) {
    let mut console = Console::sample(100, 24);
    console.export();
    let id = started(&console).first().expect("it is begun").0;
    console.send(Message::Task { id, news: TaskNews::Progress(Progress { done: 300, total: 1204 }) });
    (console, id)
}

#[test]
fn the_form_of_an_export() {
    let mut console = Console::sample(80, 24);
    console.press("X tab right");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn tasks_are_listed_with_their_progress() {
    let (mut console, id) = exporting();
    console.press("X");
    console.press("tab tab right shift-tab shift-tab");
    console.write("jq length");
    console.press("enter");
    let second = started(&console)[1].0;
    console.send(Message::Task { id: second, news: TaskNews::Ended(Err("`jq length` cannot be run".into())) });
    console.pass(Duration::from_secs(12));
    console.press("t");
    let running = console.screen();
    console.press("d");
    let asking = console.screen();
    console.press("esc esc");
    let text = "4 rows are in environments.csv".to_owned();
    console.send(Message::Task { id, news: TaskNews::Ended(Ok(text)) });
    insta::assert_snapshot!(format!("{running}\n{asking}\n{}", console.screen()));
}

#[test]
fn a_task_is_stopped_after_a_question_and_goes_on_otherwise() {
    let (mut console, id) = exporting();
    console.press("g k t d j");
    assert!(stopped(&console).is_empty());
    console.press("d y");
    assert_eq!(stopped(&console), [id]);
    console.send(Message::Task { id, news: TaskNews::Stopped });
    assert!(console.state.shell.tasks.running().next().is_none());
    console.press("esc");
    assert!(console.screen().contains("was stopped"), "{}", console.screen());
}

#[test]
fn quitting_asks_while_something_is_under_way() {
    let quits = |console: &Console| console.effects.iter().any(|effect| matches!(effect, Effect::Quit(Exit::Quit)));
    let (mut console, id) = exporting();
    console.press("q");
    assert!(!quits(&console));
    assert!(console.screen().contains("environments.csv is under way"), "{}", console.screen());
    console.press("esc");
    console.send(Message::Task { id, news: TaskNews::Ended(Ok("done".into())) });
    console.press("q");
    assert!(quits(&console));
}

#[test]
fn a_read_only_environment_takes_no_upload() {
    let mut console = Console::sample(100, 24);
    let upload = |console: &mut Console| {
        let environment = console.state.shell.selected_id().expect("one");
        let task = Task::Upload { environment, path: "photo.jpg".into(), visibility: Visibility::Private };
        // As a form of a page does it.
        let effects = console.state.shell.start(task);
        let effects = update::allowed(&mut console.state.shell, effects);
        console.take(effects);
    };
    console.press("4");
    upload(&mut console);
    assert!(started(&console).is_empty());
    assert!(console.state.shell.tasks.entries().is_empty());
    console.press("1");
    upload(&mut console);
    assert_eq!(started(&console).len(), 1);
}

#[test]
fn more_than_anybody_oversees_is_not_begun() {
    let mut console = Console::sample(100, 24);
    for _ in 0..40 {
        console.export();
    }
    assert_eq!(started(&console).len(), 32);
    assert!(console.screen().contains("too much is under way"), "{}", console.screen());
}

#[test]
fn an_export_is_what_the_list_shows() {
    let mut console = Console::sample(100, 24);
    console.press("/ s t a g enter");
    console.export();
    let columns = |console: &Console| match started(console).last() {
        Some((_, Task::Export(export, _))) => serde_json::to_value(&export.columns).expect("JSON"),
        other => panic!("no export: {other:?}"),
    };
    assert_eq!(columns(&console)[1], "name");
    console.press("esc g k");
    console.rest();
    let id = console.state.shell.selected_id().expect("one is selected").to_string();
    let keys = listing(vec![publishable(&id)]);
    console.answer(|call| matches!(call, Call::Key(_, KeyCall::List)), Ok(Reply::Keys(keys)));
    console.export();
    let keys = columns(&console);
    assert!(keys.as_array().expect("a list").iter().all(|column| column != "key"), "no key is exported: {keys}");
}

/// A list is asked for in the pager.
fn list_for_the_pager(console: &mut Console) -> TaskId {
    console.press("|");
    started(console).last().expect("it is read").0
}

fn written(id: TaskId) -> Message {
    let (text, _) = PrivateFile::create("text").expect("a file");
    Message::Task { id, news: TaskNews::Written { text, said: "4 rows were shown".into() } }
}

fn paged(console: &Console) -> usize {
    console.effects.iter().filter(|effect| matches!(effect, Effect::Page(_))).count()
}

#[test]
fn a_list_is_not_shown_over_what_somebody_does_meanwhile() {
    let mut console = Console::sample(120, 24);
    let id = list_for_the_pager(&mut console);
    console.press("t");
    console.send(written(id));
    console.press("esc");
    assert_eq!(paged(&console), 0);
    assert!(console.screen().contains("is not shown over this: | again"), "{}", console.screen());
    let id = list_for_the_pager(&mut console);
    console.send(written(id));
    assert_eq!(paged(&console), 1);
}

#[test]
fn two_programs_never_have_one_terminal() {
    let mut console = Console::sample(120, 24);
    let first = list_for_the_pager(&mut console);
    let second = list_for_the_pager(&mut console);
    console.send(written(first));
    console.send(written(second));
    assert_eq!(paged(&console), 1);
    assert!(console.screen().contains("is not shown over this: | again"), "{}", console.screen());
    // What is typed from now on is for the pager.
    console.press("|");
    assert_eq!(started(&console).len(), 2);
    console.send(Message::Paged(Ok(())));
    let third = list_for_the_pager(&mut console);
    console.send(written(third));
    assert_eq!(paged(&console), 2);
}

#[test]
fn an_export_that_cannot_be_written_keeps_its_form() {
    let mut console = Console::sample(100, 24);
    console.press("X ctrl-u");
    console.write("no/list.csv");
    console.press("enter");
    let looks =
        |path: &'static str| move |call: &Call| matches!(call, Call::LookForPlace(_, place) if place.path == path);
    console.answer(looks("no/list.csv"), Err(refused("there is no folder no")));
    let screen = console.screen();
    assert!(screen.contains("there is no folder no") && screen.contains("no/list.csv"), "{screen}");
    assert!(started(&console).is_empty(), "nothing is begun");
    console.press("ctrl-u");
    console.write("list.csv");
    console.press("enter");
    console.answer(looks("list.csv"), Ok(Reply::Looked(Looked("list.csv".into()))));
    assert_eq!(started(&console).len(), 1);
}
