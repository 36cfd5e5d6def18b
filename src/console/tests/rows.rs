//! The rows of an open table: filtered, looked at cell by cell, and written.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    database::{copied, cursor, dev, opened},
    posts::*,
    *,
};
use crate::{
    console::{call::Change, page::Page as _, session::Kept},
    domain::{
        Violation,
        api::{Page, Record},
    },
};

fn object(value: &Value) -> Record {
    value.as_object().expect("an object").clone()
}

fn filter(console: &Console) -> Option<Value> {
    let request = console.requests.iter().rev().find(|request| is_rows(&request.call))?;
    let Call::Row(_, RowCall::Page { query, .. }) = &request.call else { return None };
    query.and_filters.clone()
}

fn change(console: &Console) -> &Change {
    let change = console.requests.iter().rev().find_map(|request| match &request.call {
        Call::Row(_, RowCall::Change { change, .. }) => Some(change),
        _ => None,
    });
    change.expect("a change was asked for")
}

fn violation(field: &str, message: &str) -> Violation {
    Violation { field: field.into(), rule: "rule".into(), message: message.into() }
}

fn invalid(code: &str, details: Vec<Violation>) -> client::Error {
    client::Error::Refused { status: 400, code: code.into(), message: "no".into(), details }
}

fn is_write(call: &Call) -> bool {
    matches!(call, Call::Row(_, RowCall::Create { .. } | RowCall::Change { .. }))
}

fn deleted(console: &Console) -> Vec<String> {
    let ids = console.requests.iter().rev().find_map(|request| match &request.call {
        Call::Row(_, RowCall::Delete { ids, .. }) => Some(ids.clone()),
        _ => None,
    });
    ids.unwrap_or_default()
}

#[test]
fn a_filter_is_completed_and_the_last_good_one_stays_while_it_is_wrong() {
    let rows = Posts::up_to(300);
    let mut console = opened(120, 16, &rows);
    console.press("/");
    console.write("vi");
    console.press("tab");
    assert!(console.screen().contains("/ views >"), "{}", console.screen());
    console.press("tab");
    console.write("10 ");
    console.pass(Duration::from_millis(130));
    assert_eq!(filter(&console), Some(json!({"views": {"$gt": 10}})));
    console.requests.clear();
    console.write("and views < ten");
    console.pass(Duration::from_millis(130));
    assert_eq!(filter(&console), None, "nothing else is asked for");
    insta::assert_snapshot!(console.screen());
    console.press("enter");
    assert!(console.screen().contains("shows views > 10: views holds numbers"), "{}", console.screen());
    console.press("Y");
    assert!(copied(&console).contains(r#"andFilters={"views":{"$gt":10}}"#));
}

#[test]
fn the_name_of_a_column_is_not_sought_as_a_word_before_it_is_finished() {
    let mut console = opened(120, 16, &Posts::up_to(300));
    console.press("/");
    console.write("title");
    console.pass(Duration::from_millis(130));
    assert_eq!(filter(&console), None);
    console.press("enter");
    console.pass(Duration::from_millis(130));
    assert!(filter(&console).is_some_and(|filter| filter["$or"].is_array()));
}

#[test]
fn the_cursor_goes_from_cell_to_cell_and_out_at_the_left() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("l l l l");
    console.press("o");
    assert!(console.screen().contains("posts › author") && console.screen().contains("object, 2 fields"));
    insta::assert_snapshot!(console.screen());
    console.press("y");
    assert_eq!(serde_json::from_str::<Value>(&copied(&console)).expect("JSON"), post(30)["author"]);
    console.press("esc h h h h");
    assert_eq!(console.state.shell.focus, crate::console::shell::Focus::Main);
    console.press("h");
    assert_eq!(console.state.shell.focus, crate::console::shell::Focus::Sidebar);
}

#[test]
fn columns_that_are_hidden_stay_so_until_they_are_wanted() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("C space");
    assert!(!console.screen().contains("Post 30"), "{}", console.screen());
    console.press("esc esc");
    console.press("enter");
    Posts::up_to(30).serve(&mut console);
    assert!(!console.screen().contains("Post 30") && console.screen().contains("views"));
    console.press("C a esc");
    assert!(console.screen().contains("Post 30"));
}

#[test]
fn the_cell_of_the_cursor_comes_back_beside_hidden_columns() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("C space esc l");
    let page = &console.state.pages.database;
    let before = page.kept(Some(&dev().id)).expect("a place");
    let inner = |kept: &Kept| kept.opened.as_ref().map(|(_, rows)| (**rows).clone()).expect("an open table");
    assert_eq!(inner(&before).column.as_deref(), Some("views"));
    let hidden = console.state.shell.hidden_columns.get(&dev().id).cloned().expect("one is hidden");
    let mut again = Console::sample(120, 16);
    *again.state.shell.hidden_columns.entry(&dev().id) = hidden;
    again.state.pages.database.keep(Some(&dev().id), before.clone());
    again.press("g d");
    again.rest();
    let tables: Vec<_> =
        console.state.shell.tables.get(&dev().id).and_then(|tables| tables.value().cloned()).expect("read");
    again.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(tables))));
    Posts::up_to(30).serve(&mut again);
    assert_eq!(again.screen(), console.screen());
}

#[test]
fn a_row_is_created_in_a_form_that_says_what_each_column_may_hold() {
    let mut console = opened(100, 30, &Posts::up_to(3));
    console.press("n enter");
    assert!(!console.asked(is_write), "the title is missing");
    console.write("Fresh");
    console.press("tab");
    console.write("many");
    insta::assert_snapshot!(console.screen());
    console.press("enter");
    assert!(!console.asked(is_write), "views is no number");
    console.press("ctrl-u 7 enter");
    let sent = |call: &Call| matches!(call, Call::Row(_, RowCall::Create { row, .. }) if *row == object(&json!({"title": "Fresh", "views": 7})));
    console.answer(sent, Err(invalid("data/duplicate-value", vec![violation("views", "7 is taken")])));
    assert!(console.screen().contains("7 is taken") && console.screen().contains("Fresh"));
    console.press("enter");
    console.answer(sent, Ok(Reply::Row(Box::new(post(9)))));
    assert!(console.screen().contains("posts has a new row"));
}

#[test]
fn only_what_was_changed_is_sent_and_somebody_elses_change_is_asked_about() {
    let mut console = opened(100, 40, &Posts::up_to(3));
    console.press("i");
    console.press("ctrl-u");
    console.write("Mine");
    assert!(console.screen().contains("was Post 3"));
    console.press("enter");
    assert_eq!(change(&console).changes, object(&json!({"title": "Mine"})));
    assert_eq!(change(&console).was, object(&json!({"title": "Post 3"})));
    let theirs = invalid("console/changed-meanwhile", vec![violation("title", "title is \"Theirs\" by now")]);
    console.answer(is_write, Err(theirs));
    let screen = console.screen();
    assert!(screen.contains("Mine") && screen.contains("title is \"Theirs\" by now"), "{screen}");
    console.press("enter");
    assert!(change(&console).was.is_empty(), "asked once, it is overwritten");
    console.answer(is_write, Ok(Reply::Row(Box::new(post(3)))));
    assert!(console.screen().contains("is saved"));
}

#[test]
fn a_form_over_the_whole_screen_leaves_room_for_the_connection_and_the_keys() {
    let mut console = opened(60, 20, &Posts::up_to(3));
    console.press("i");
    assert!(console.screen().lines().next().is_some_and(|line| line.contains("● live")), "{}", console.screen());
    console.send(Message::Stream(lost()));
    insta::assert_snapshot!(console.screen());
    console.click_on("tab next");
    assert!(console.screen().contains("field 2 of 5"), "{}", console.screen());
    console.click_on("views");
    assert!(console.screen().contains("field 2 of 5"), "{}", console.screen());
}

fn lost() -> Update {
    Update::Disconnected { reason: "connection refused".into(), retry_in: Duration::from_secs(3) }
}

#[test]
fn that_the_server_could_not_be_reached_is_said_until_it_is_back() {
    let unreachable =
        || client::Error::Unreachable { url: "http://127.0.0.1:4600".into(), reason: "connection refused".into() };
    let back = |console: &mut Console| {
        assert!(console.screen().contains("cannot be reached"), "{}", console.screen());
        console.send(Message::Stream(lost()));
        assert!(console.screen().contains("cannot be reached"), "{}", console.screen());
        console.send(Message::Stream(Update::Connected));
        assert!(!console.screen().contains("cannot be reached"), "{}", console.screen());
    };
    let mut console = opened(100, 40, &Posts::up_to(3));
    console.press("i x enter");
    console.answer(is_write, Err(unreachable()));
    back(&mut console);
    console.press("enter");
    console.answer(is_write, Err(refused("the disk is full")));
    console.send(Message::Stream(lost()));
    console.send(Message::Stream(Update::Connected));
    assert!(console.screen().contains("the disk is full"), "what else stood in the way still does");

    let mut console = opened(100, 40, &Posts::up_to(3));
    console.press("E");
    let (text, _) = edited(&console);
    console.send(Message::Edited(Ok(text.replace("Post 3", "Mine"))));
    console.answer(is_write, Err(unreachable()));
    back(&mut console);
    assert!(console.screen().contains("is not saved yet") && console.screen().contains("Mine"), "{}", console.screen());
}

#[test]
fn json_that_cannot_be_read_is_explained_where_it_is_typed() {
    let mut console = opened(100, 40, &Posts::up_to(3));
    console.press("n tab tab");
    console.write("[\"a\", many]");
    let said = "tags is not valid JSON: at character 7, a value is expected instead";
    assert!(console.screen().contains(said), "{}", console.screen());
    console.press("tab tab");
    console.write("[]");
    assert!(console.screen().contains("expected instead of an array"), "{}", console.screen());

    let mut console = opened(100, 40, &Posts::up_to(3));
    console.press("E");
    let (text, _) = edited(&console);
    console.send(Message::Edited(Ok(text.replacen(',', "", 1))));
    let said = "line 3: this is no JSON object: at character 3, a comma or } is expected";
    assert!(console.screen().contains(said), "{}", console.screen());
}

#[test]
fn a_row_is_duplicated_under_a_new_identifier() {
    let mut console = opened(100, 40, &Posts::up_to(3));
    console.press("D enter");
    let copy = |call: &Call| matches!(call, Call::Row(_, RowCall::Create { row, .. }) if row["title"] == "Post 3" && !row.contains_key("id"));
    assert!(console.asked(copy));
}

#[test]
fn a_deleted_row_goes_at_once_and_comes_back_as_it_was() {
    let mut rows = Posts::up_to(30);
    let mut console = opened(100, 20, &rows);
    console.press("j d");
    assert_eq!(deleted(&console), [identifier(29)]);
    assert!(!console.screen().contains("Post 29 ") && cursor(&console).1.contains("Post 28"));
    rows.0.retain(|id| *id != 29);
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Delete { .. })), Ok(Reply::RowsDeleted(vec![post(29)])));
    assert!(console.screen().contains("deleted a row of posts: z puts it back (10 s)"), "{}", console.screen());
    console.pass(Duration::from_secs(3));
    assert!(console.screen().contains("(7 s)"));
    rows.serve(&mut console);
    console.press("z");
    let back = |call: &Call| matches!(call, Call::Row(_, RowCall::Restore { rows, .. }) if *rows == [post(29)]);
    rows.0.insert(28, 29);
    console.answer(back, Ok(Reply::RowsRestored(1)));
    rows.serve(&mut console);
    assert!(cursor(&console).1.contains("Post 29"), "{}", console.screen());
}

/// `posts`, with so many rows after so many writes.
fn counted(rows: u64, revision: u64) -> Vec<Table> {
    vec![Table { rows, revision, ..table(1, &environment(2, "dev", "dev", NOW), "posts") }]
}

#[test]
fn the_number_of_all_rows_beside_a_filter_follows_what_is_done_here() {
    let rows = Posts::up_to(30);
    let mut console = opened(100, 20, &rows);
    console.press("/");
    console.write("views > 0");
    console.press("enter");
    let before = |console: &Console| -> u64 {
        let screen = console.screen();
        let (_, behind) = screen.split_once(" of ").unwrap_or_else(|| panic!("no total in\n{screen}"));
        behind.split(' ').next().expect("a word").replace(',', "").parse().expect("a number")
    };
    console.pass(Duration::from_secs(1));
    while console.asked(is_rows) {
        let page = Page {
            items: (1..=30).rev().map(post).collect(),
            pagination: Pagination::new(30, Window { page: 1, limit: 100 }),
        };
        console.answer(is_rows, Ok(Reply::Rows(page)));
    }
    let all = before(&console);
    console.press("d");
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Delete { .. })), Ok(Reply::RowsDeleted(vec![post(30)])));
    assert_eq!(before(&console), all - 1, "{}", console.screen());
    console.press("z");
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Restore { .. })), Ok(Reply::RowsRestored(1)));
    assert_eq!(before(&console), all, "{}", console.screen());
    console.pass(Duration::from_secs(1));
    assert!(console.asked(|call| matches!(call, Call::Table(_, TableCall::List))), "and the server has the last word");
    // The server told of the table before it answered: the row is counted already.
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(counted(all, 1)))));
    console.press("d");
    let told = counted(all - 1, 2).remove(0);
    console.happens(Event::Table(told));
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Delete { .. })), Ok(Reply::RowsDeleted(vec![post(29)])));
    assert_eq!(before(&console), all - 1, "{}", console.screen());
}

#[test]
fn what_was_deleted_can_be_put_back_only_for_a_while() {
    let mut console = opened(100, 20, &Posts::up_to(30));
    console.press("d");
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Delete { .. })), Ok(Reply::RowsDeleted(vec![post(30)])));
    console.pass(Duration::from_secs(11));
    console.press("z");
    assert!(!console.asked(|call| matches!(call, Call::Row(_, RowCall::Restore { .. }))));
    assert!(console.screen().contains("can be put back any more"));
}

/// Deletes the row under the cursor, which the server does at once.
fn lose(console: &mut Console, id: u64) {
    console.press("d");
    assert_eq!(deleted(console), [identifier(id)]);
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Delete { .. })), Ok(Reply::RowsDeleted(vec![post(id)])));
}

/// The row that was asked to be put back last, which is done.
fn put_back(console: &mut Console) -> Option<Record> {
    let rows = console.requests.iter().rev().find_map(|request| match &request.call {
        Call::Row(_, RowCall::Restore { rows, .. }) => Some(rows.clone()),
        _ => None,
    })?;
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Restore { .. })), Ok(Reply::RowsRestored(1)));
    rows.first().cloned()
}

#[test]
fn deletions_are_put_back_one_after_the_other_each_in_its_time() {
    let mut console = opened(100, 20, &Posts::up_to(30));
    for id in [30, 29, 28] {
        lose(&mut console, id);
        console.pass(Duration::from_secs(4));
    }
    console.press("z");
    assert_eq!(put_back(&mut console), Some(post(28)));
    assert!(console.screen().contains("z puts back what was deleted before"), "{}", console.screen());
    console.press("z");
    assert_eq!(put_back(&mut console), Some(post(29)));
    assert!(!console.screen().contains("what was deleted before"), "{}", console.screen());
    console.press("z");
    assert_eq!(put_back(&mut console), None, "twelve seconds are over");
}

#[test]
fn two_deletions_are_put_back_in_one_burst_and_what_fails_stays() {
    let mut console = opened(100, 20, &Posts::up_to(30));
    lose(&mut console, 30);
    lose(&mut console, 29);
    console.press("z z");
    let oldest = |call: &Call| matches!(call, Call::Row(_, RowCall::Restore { rows, .. }) if *rows == [post(30)]);
    console.answer(oldest, Err(refused("the disk is full")));
    assert_eq!(put_back(&mut console), Some(post(29)));
    console.press("z");
    assert_eq!(put_back(&mut console), Some(post(30)));
}

#[test]
fn of_more_deletions_than_are_kept_the_oldest_is_said_to_be_gone() {
    let mut console = opened(100, 20, &Posts::up_to(30));
    for id in (14..=29).rev() {
        lose(&mut console, id + 1);
    }
    assert!(!console.screen().contains("cannot be put back"), "{}", console.screen());
    lose(&mut console, 14);
    assert!(console.screen().contains("deleted 16 deletions ago, cannot be put back any more"), "{}", console.screen());
    for id in 14..=29 {
        console.press("z");
        assert_eq!(put_back(&mut console), Some(post(id)));
    }
    console.press("z");
    assert_eq!(put_back(&mut console), None);
}

#[test]
fn several_rows_are_deleted_after_one_question_that_counts_them() {
    let mut rows = Posts::up_to(1204);
    let mut console = opened(100, 20, &rows);
    console.press("space space ctrl-d space");
    rows.0.push(2000);
    rows.written(&mut console);
    assert!(console.screen().contains("3 marked"), "marks stay with their rows");
    console.press("d");
    assert!(deleted(&console).is_empty() && console.screen().contains("Delete 3 rows of posts from dev"));
    console.press("enter");
    let ids = deleted(&console);
    assert!(ids.len() == 3 && ids.contains(&identifier(1204)) && ids.contains(&identifier(1203)), "{ids:?}");
    console.press("esc");
    assert!(!console.screen().contains("marked") && console.screen().contains("posts"));
}

#[test]
fn in_a_protected_environment_its_name_is_typed_before_a_row_goes() {
    let mut console = opened(100, 24, &Posts::up_to(30));
    let protected = changed(&dev(), &json!({"protected": true}));
    console.happens(Event::Environment(protected));
    console.press("u");
    console.write("dev");
    console.press("enter d");
    assert!(deleted(&console).is_empty() && console.screen().contains("Type dev to delete it"), "{}", console.screen());
    console.write("dev");
    console.press("enter");
    assert!(console.asked(
        |call| matches!(call, Call::Row(_, RowCall::Delete { confirm, .. }) if confirm.as_deref() == Some("dev"))
    ));
}

#[test]
fn a_refused_deletion_brings_the_row_back() {
    let rows = Posts::up_to(30);
    let mut console = opened(100, 20, &rows);
    console.press("d");
    assert!(!console.screen().contains("Post 30"));
    console.answer(|call| matches!(call, Call::Row(_, RowCall::Delete { .. })), Err(refused("the disk is full")));
    rows.serve(&mut console);
    assert!(console.screen().contains("Post 30") && console.screen().contains("the disk is full"));
}

/// The text that the console gave to the editor last.
fn edited(console: &Console) -> (String, Option<usize>) {
    let edit = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Edit(edit) => Some((edit.text.clone(), edit.line)),
        _ => None,
    });
    edit.expect("an editor was asked for")
}

#[test]
fn a_row_goes_to_the_editor_and_comes_back_until_it_is_right() {
    let mut console = opened(100, 30, &Posts::up_to(3));
    console.press("E");
    let (text, line) = edited(&console);
    assert!(text.contains("\"title\": \"Post 3\"") && !text.contains("createdAt") && line.is_none());
    console.send(Message::Edited(Ok(text.replace("21,", "\"many\","))));
    assert!(!console.asked(is_write));
    insta::assert_snapshot!(console.screen());
    console.press("enter");
    let (text, line) = edited(&console);
    assert!(text.contains("\"many\"") && line == Some(3), "{line:?}: {text}");
    console.send(Message::Edited(Ok(text.replace("\"many\"", "22"))));
    assert_eq!(change(&console).changes, object(&json!({"views": 22})));
    console.answer(is_write, Err(invalid("data/duplicate-value", vec![violation("views", "22 is taken")])));
    assert!(console.screen().contains("line 3: 22 is taken"), "{}", console.screen());
    console.press("ctrl-s");
    console.answer(is_write, Ok(Reply::Row(Box::new(post(3)))));
    assert!(console.screen().contains("is saved"));
}

#[test]
fn an_editor_that_changed_nothing_or_failed_changes_nothing() {
    let mut console = opened(100, 30, &Posts::up_to(3));
    console.press("E");
    let (text, _) = edited(&console);
    console.send(Message::Edited(Ok(text)));
    assert!(console.state.shell.modals.is_empty() && console.screen().contains("nothing was changed"));
    console.press("N");
    console.send(Message::Edited(Err("vi ended with exit status: 1: nothing is changed".into())));
    assert!(console.state.shell.modals.is_empty() && console.screen().contains("vi ended with"));
    assert!(!console.asked(is_write));
}

#[test]
fn production_takes_no_row_until_it_is_unlocked() {
    let mut console = opened(100, 24, &Posts::up_to(3));
    console.happens(Event::Environment(changed(&dev(), &json!({"type": "prod"}))));
    for key in ["n", "i", "d", "D", "E", "N"] {
        console.press(key);
        assert!(console.state.shell.modals.is_empty() && !console.asked(Call::mutates), "{key}");
    }
    assert!(console.screen().contains("dev is read-only"));
}
