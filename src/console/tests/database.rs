//! The Database page: tables, rows in pages, one row whole.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{posts::*, *};
use crate::domain::{api::Page, list::Direction};

pub fn posts(environment: &Environment, rows: u64) -> Table {
    let table = table(1, environment, "posts");
    let schema = serde_json::from_value(json!({
        "title": {"bsonType": "string", "required": true}, "views": {"bsonType": "int"},
        "tags": {"bsonType": "array"}, "author": {"bsonType": "object"}
    }));
    Table { schema: schema.expect("a schema"), rows, bytes: rows * 341, ..table }
}

pub fn dev() -> Environment {
    environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z")
}

/// On the tables of `dev`: comments, posts, Tags.
pub fn tables(width: u16, height: u16, rows: u64) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g d");
    let dev = dev();
    let tables = vec![posts(&dev, rows), table(2, &dev, "comments"), table(3, &dev, "Tags")];
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(tables))));
    console
}

/// In the rows of `posts`.
pub fn opened(width: u16, height: u16, rows: &Posts) -> Console {
    let mut console = tables(width, height, rows.0.len() as u64);
    console.press("G enter");
    rows.serve(&mut console);
    console
}

/// The line of the screen that the cursor is on, and what it says.
pub fn cursor(console: &Console) -> (usize, String) {
    let screen = console.screen();
    let found = screen.lines().enumerate().find(|(_, line)| line.contains("▌ 6ba") || line.contains("▌ …"));
    let (line, text) = found.unwrap_or_else(|| panic!("no cursor on\n{screen}"));
    (line, text.to_owned())
}

fn asked_pages(console: &Console) -> Vec<u64> {
    let page = |request: &Request| match &request.call {
        Call::Row(_, RowCall::Page { query, .. }) => Some(query.page),
        _ => None,
    };
    console.requests.iter().filter_map(page).collect()
}

pub fn copied(console: &Console) -> String {
    let text = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { text, .. } => Some(text.expose_secret().to_owned()),
        _ => None,
    });
    text.expect("something was copied")
}

#[test]
fn the_tables_of_the_selected_environment() {
    let console = tables(100, 16, 1204);
    insta::assert_snapshot!(console.screen());
}

#[test]
fn an_empty_table_shows_the_whole_request_for_its_first_row() {
    let mut console = opened(80, 16, &Posts::up_to(0));
    console.press("enter");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn a_copy_says_what_and_of_which_environment() {
    let mut console = tables(80, 16, 12);
    console.press("y");
    let what = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { what, .. } => Some(what.as_str()),
        _ => None,
    });
    assert_eq!(what, Some("the name of Tags in dev"));
}

#[test]
fn an_environment_without_a_table_says_how_to_make_one() {
    let mut console = Console::sample(60, 14);
    console.press("g d");
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(Vec::new()))));
    insta::assert_snapshot!(console.screen());
}

#[test]
fn rows_in_columns_with_the_identifier_first() {
    let console = opened(110, 16, &Posts::up_to(1204));
    insta::assert_snapshot!(console.screen());
}

#[test]
fn on_a_narrow_screen_the_identifier_stays_while_columns_scroll() {
    let mut console = opened(60, 12, &Posts::up_to(30));
    console.press("l l");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn a_row_opens_whole() {
    let mut console = opened(80, 24, &Posts::up_to(1204));
    console.press("j j enter");
    insta::assert_snapshot!(console.screen());
    console.press("y");
    assert_eq!(serde_json::from_str::<Value>(&copied(&console)).expect("JSON"), Value::Object(post(1202)));
    console.press("]");
    assert!(console.screen().contains("Post 1201"));
    console.press("esc");
    assert!(cursor(&console).1.contains("Post 1201"));
    console.press("esc");
    assert!(console.screen().contains("Tables  3"));
}

#[test]
fn rows_that_cannot_be_read_say_why_and_what_was_read_is_marked_old() {
    let mut console = tables(100, 12, 3);
    console.press("G enter");
    let failed = client::Error::Server {
        status: 507,
        code: "common/insufficient-storage".into(),
        message: "the disk is full".into(),
    };
    console.answer(is_rows, Err(failed.clone()));
    insta::assert_snapshot!(console.screen());

    // It is tried again without a key.
    console.pass(Duration::from_secs(2));
    Posts::up_to(3).serve(&mut console);
    assert!(cursor(&console).1.contains("Post 3"));
    console.happens(data("posts"));
    console.pass(Duration::from_millis(300));
    console.answer(is_rows, Err(failed));
    assert!(console.screen().contains("old: the server failed (507): the disk is full"), "{}", console.screen());
    assert!(cursor(&console).1.contains("Post 3"));
}

#[test]
fn reading_is_said_only_when_it_takes_longer_than_a_blink() {
    let mut console = tables(80, 12, 3);
    console.press("G enter");
    console.pass(Duration::from_millis(140));
    assert!(!console.screen().contains("reading"));
    console.pass(Duration::from_millis(20));
    assert!(console.screen().contains("reading the rows"));
}

#[test]
fn of_a_hundred_thousand_rows_only_the_pages_around_the_screen_are_read() {
    let rows = Posts::up_to(100_000);
    let mut console = tables(120, 40, 100_000);
    console.press("G enter");
    assert_eq!(asked_pages(&console), [1]);
    rows.serve(&mut console);
    console.press("G");
    // The last page, and the one before it.
    assert_eq!(asked_pages(&console), [1000, 999]);
    assert!(console.screen().contains("row 100,000 of 100,000"));
    rows.serve(&mut console);
    assert!(cursor(&console).1.contains("Post 1 "));
    // A burst of keys asks for what is on the screen when it ends, not for all that it passed.
    for _ in 0..200 {
        console.press("ctrl-u");
    }
    assert!(asked_pages(&console).len() <= 3, "{:?}", asked_pages(&console));
    rows.serve(&mut console);
    assert!(!console.screen().contains("│   …"), "{}", console.screen());
}

#[test]
fn a_row_that_is_written_moves_neither_the_selection_nor_the_screen() {
    let mut rows = Posts::up_to(1204);
    let mut console = opened(120, 30, &rows);
    console.press("ctrl-d ctrl-d ctrl-d j j");
    let before = cursor(&console);
    rows.0.push(2000);
    rows.written(&mut console);
    assert_eq!(cursor(&console), before);
    assert!(console.screen().contains("of 1,205"));
}

#[test]
fn a_row_is_followed_even_when_hundreds_are_written_before_it() {
    let mut rows = Posts::up_to(1204);
    let mut console = opened(120, 30, &rows);
    console.press("ctrl-d ctrl-d ctrl-d j j");
    let before = cursor(&console);
    rows.0.extend(2000..2730);
    rows.written(&mut console);
    assert_eq!(cursor(&console), before);
    assert!(console.screen().contains("of 1,934"));
}

#[test]
fn the_cursor_stays_with_the_neighbour_of_a_row_that_was_deleted() {
    let mut rows = Posts::up_to(1204);
    let mut console = opened(120, 30, &rows);
    console.press("j j j");
    let (line, _) = cursor(&console);
    rows.0.retain(|id| *id != 1201);
    rows.written(&mut console);
    assert_eq!(cursor(&console).0, line);
    assert!(cursor(&console).1.contains("Post 1200"));
}

#[test]
fn rows_that_keep_changing_are_read_a_few_times_a_second() {
    let rows = Posts::up_to(30);
    let mut console = opened(80, 24, &rows);
    console.pass(Duration::from_secs(1));
    let mut readings = 0;
    for _ in 0..100 {
        console.happens(data("posts"));
        readings += asked_pages(&console).len();
        rows.serve(&mut console);
        console.pass(Duration::from_millis(10));
        readings += asked_pages(&console).len();
        rows.serve(&mut console);
    }
    assert!((2..=5).contains(&readings), "{readings} readings in a second");
}

#[test]
fn a_filter_goes_to_the_server_when_typing_rests() {
    let rows = Posts::up_to(300);
    let mut console = opened(120, 20, &rows);
    console.requests.clear();
    console.press("/");
    console.write("fox views>10");
    assert!(!console.asked(is_rows));
    console.pass(Duration::from_millis(130));
    let asked = console.requests.iter().find(|request| is_rows(&request.call)).expect("asked");
    let Call::Row(_, RowCall::Page { query, .. }) = &asked.call else { unreachable!("it is one") };
    let filter = query.and_filters.as_ref().expect("a filter").to_string();
    assert!(filter.contains(r#""title":{"$regex":"fox","$options":"i"}"#) && filter.contains(r#""views":{"$gt":10}"#));

    let window = Window { page: 1, limit: 100 };
    let two = Page { items: vec![post(9), post(4)], pagination: Pagination::new(2, window) };
    console.answer(is_rows, Ok(Reply::Rows(two)));
    let screen = console.screen();
    assert!(screen.contains("2 of 300 rows") && screen.contains("in id, title, tags, body, all rows"), "{screen}");

    // Left for the whole list again, at its beginning.
    console.press("esc");
    rows.serve(&mut console);
    assert!(cursor(&console).1.contains("Post 300"));
}

#[test]
fn an_answer_to_the_filter_before_is_dropped() {
    let rows = Posts::up_to(300);
    let mut console = opened(120, 20, &rows);
    console.press("/ x");
    console.pass(Duration::from_millis(130));
    let late = console.requests.pop().expect("asked");
    console.press("y");
    let page = Page { items: vec![post(4)], pagination: Pagination::new(1, Window { page: 1, limit: 100 }) };
    console.send(Message::Answer { ticket: late.ticket, call: Box::new(late.call), result: Ok(Reply::Rows(page)) });
    assert!(cursor(&console).1.contains("Post 300"));
}

#[test]
fn a_filter_that_the_server_refuses_says_why_and_leaves_the_rows() {
    let rows = Posts::up_to(300);
    let mut console = opened(140, 20, &rows);
    console.press("/");
    console.write("extra>xy");
    console.pass(Duration::from_millis(130));
    console.answer(is_rows, Err(refused("extra cannot be compared")));
    console.pass(Duration::from_secs(3));
    // It is not asked for again until it is another one.
    assert!(!console.asked(is_rows));
    assert!(
        console.screen().contains("as before: extra cannot be compared") && cursor(&console).1.contains("Post 300")
    );
    console.press("backspace");
    rows.serve(&mut console);
    assert!(!console.screen().contains("as before"));
}

#[test]
fn sorting_is_the_servers() {
    let rows = Posts::up_to(300);
    let mut console = opened(120, 20, &rows);
    let order = |console: &Console| {
        let request = console.requests.iter().rev().find(|request| is_rows(&request.call)).expect("asked");
        let Call::Row(_, RowCall::Page { query, .. }) = &request.call else { unreachable!("it is one") };
        (query.sort_by.clone().unwrap_or_default(), query.direction)
    };
    console.press("s");
    assert_eq!(order(&console), ("title".into(), Direction::Ascending));
    console.press("S");
    assert_eq!(order(&console), ("title".into(), Direction::Descending));
    assert!(console.screen().contains("title ↓"));
    console.click_on("views");
    assert_eq!(order(&console), ("views".into(), Direction::Ascending));
}

#[test]
fn each_environment_keeps_its_place_and_takes_no_answer_of_another() {
    let rows = Posts::up_to(300);
    let mut console = tables(100, 20, 300);
    console.press("G enter tab");
    console.rest();
    assert_eq!(console.selected(), "staging");
    // The rows of dev arrive while staging is shown.
    rows.serve(&mut console);
    assert!(!console.screen().contains("Post 300"));
    assert!(!console.screen().contains("posts"), "{}", console.screen());
    console.press("shift-tab");
    assert!(console.screen().contains("Post 300"));
    console.press("j j j tab");
    console.rest();
    console.press("shift-tab");
    console.rest();
    assert!(cursor(&console).1.contains("Post 297"));
}

#[test]
fn what_is_shown_can_be_asked_for_with_curl() {
    let rows = Posts::up_to(300);
    let mut console = opened(100, 20, &rows);
    console.press("s Y");
    let curl = copied(&console);
    assert!(curl.starts_with("curl -G http://127.0.0.1:4600/v1/data/posts \\\n  -H \"X-API-Key: pk_4f"), "{curl}");
    assert!(curl.contains("-d page=1 -d limit=100 -d sortDirection=asc") && curl.contains("sortBy=title"), "{curl}");
    rows.serve(&mut console);
    console.press("enter Y");
    assert!(copied(&console).starts_with(&format!("curl http://127.0.0.1:4600/v1/data/posts/{}", identifier(1))));
}

#[test]
fn a_table_is_created_from_words_and_a_refusal_keeps_them() {
    let mut console = tables(100, 24, 3);
    console.press("n");
    console.write("users");
    assert!(console.screen().contains("users is a system table"));
    console.press("ctrl-u");
    // A space goes on to the columns.
    console.write("events at:date! who:text");
    insta::assert_snapshot!(console.screen());
    console.press("enter");
    assert!(!console.asked(|call| matches!(call, Call::Table(_, TableCall::Create(_)))));
    console.press("ctrl-w");
    console.write("who:string");
    console.press("enter");
    let refused = refused("there are 1000 tables already: delete one");
    console.answer(
        |call| matches!(call, Call::Table(_, TableCall::Create(body)) if body.name == "events" && body.schema.len() == 2),
        Err(refused),
    );
    let screen = console.screen();
    assert!(screen.contains("at:date! who:string") && screen.contains("1000 tables already"), "{screen}");
    console.press("enter");
    let events = table(9, &dev(), "events");
    console.answer(|call| matches!(call, Call::Table(_, TableCall::Create(_))), Ok(Reply::Table(Box::new(events))));
    assert!(console.screen().contains("▌ events"));
}

#[test]
fn the_line_of_the_manual_can_be_pasted() {
    let mut console = tables(100, 24, 3);
    console.press("n");
    console.send(Message::Paste("bkend table create events at:date! who:string\n".into()));
    console.press("enter");
    assert!(
        console.asked(
            |call| matches!(call, Call::Table(_, TableCall::Create(body)) if body.name == "events" && body.schema.len() == 2)
        )
    );
}

#[test]
fn deleting_a_table_takes_its_name_and_says_what_is_lost() {
    let mut console = tables(100, 24, 1204);
    console.press("G d");
    let screen = console.screen();
    assert!(
        screen.contains("posts is a table of dev") && screen.contains("1,204 rows (410.6 kB), 4 columns"),
        "{screen}"
    );
    console.write("post");
    console.press("enter");
    assert!(!console.asked(Call::mutates));
    console.press("s enter");
    assert!(console.asked(
        |call| matches!(call, Call::Table(_, TableCall::Delete { table, confirm }) if table == "posts" && confirm == "dev")
    ));
}

#[test]
fn production_is_read_only_until_its_name_is_typed() {
    let mut console = Console::sample(100, 24);
    console.press("g d 4");
    console.rest();
    assert_eq!(console.selected(), "prod");
    let prod = environment(1, "prod", "prod", NOW);
    let tables = vec![table(1, &prod, "posts")];
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(tables))));
    console.press("d");
    console.press("n");
    assert!(console.state.shell.modals.is_empty());
    assert!(console.screen().contains("prod is read-only: u unlocks it"));
}

#[test]
fn an_empty_production_says_what_comes_before_its_first_table() {
    let mut console = Console::sample(60, 20);
    console.press("g d 4");
    console.rest();
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(Vec::new()))));
    let screen = console.screen();
    let told = ["prod has no table yet. u unlocks it, then n creates", "one, and so does", "bkend table create"];
    assert!(told.iter().all(|words| screen.contains(words)), "{screen}");
}

#[test]
fn a_table_that_is_deleted_elsewhere_closes() {
    let rows = Posts::up_to(300);
    let mut console = opened(100, 20, &rows);
    console.happens(Event::TableDeleted(posts(&dev(), 300)));
    let screen = console.screen();
    assert!(screen.contains("Tables  2") && screen.contains("the table posts was deleted"), "{screen}");
}
