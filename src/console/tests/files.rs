//! The Files page: found on the server, previewed, marked, shown to others, deleted.

use secrecy::ExposeSecret as _;

use super::*;
use crate::{
    client::files::FilesQuery,
    console::{
        call::{Deleted, FileCall, Looked},
        message::TaskNews,
        task::Task,
    },
    domain::{
        api::Page,
        file::{
            FileOrder, Visibility,
            wire::{File, FileChanged},
        },
        list::Direction,
    },
};

const LINK: &str = "http://127.0.0.1:4600/v1/objects/a?signature=5e1f";

fn dev() -> Environment {
    environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z")
}

fn file(number: u64, name: &str, mime_type: &str, size: u64, change: &serde_json::Value) -> File {
    let key = format!("http://127.0.0.1:4600/v1/objects/{number}");
    let mut json = json!({
        "id": format!("0b7e6d24-11c9-4f8a-8e55-{number:012x}"), "s3Key": key, "key": key, "originalName": name,
        "mimeType": mime_type, "size": size, "visibility": "private", "bucket": "files",
        "ownerId": "5f2c8a10-7d3e-4b6f-9a01-00000000000b", "ownerType": "user", "metadata": {},
        "createdAt": "2026-11-20T09:14:00.000Z", "updatedAt": "2026-11-20T09:14:00.000Z"
    });
    for (field, value) in change.as_object().expect("fields") {
        json[field] = value.clone();
    }
    serde_json::from_value(json).expect("a file")
}

/// The files of `dev` as its server has them, the newest first.
pub struct Stored(pub Vec<File>);

impl Stored {
    pub fn few() -> Self {
        let public =
            json!({"visibility": "public", "url": "http://127.0.0.1:4600/v1/objects/3", "width": 1200, "height": 630});
        Self(vec![
            file(4, "설계 노트.txt", "text/plain", 52, &json!({})),
            file(3, "hero.webp", "image/webp", 184_320, &public),
            file(2, "settings.json", "application/json", 93, &json!({"ownerType": "service", "ownerId": ""})),
            file(1, "orders.csv", "text/csv", 1_310_720, &json!({"visibility": "shared"})),
        ])
    }

    fn answer(&self, query: &FilesQuery) -> Page<File> {
        let sought = query.search.clone().unwrap_or_default();
        let half = |kind: &String| kind.trim_end_matches('*').to_owned();
        let fits = |file: &&File| {
            file.original_name.contains(&sought)
                && query.visibility.is_none_or(|visibility| file.visibility == visibility)
                && query.mime_type.as_ref().map(half).is_none_or(|kind| file.mime_type.starts_with(&kind))
        };
        let found: Vec<_> = self.0.iter().filter(fits).cloned().collect();
        let window = Window { page: query.page, limit: query.limit };
        Page { pagination: Pagination::new(found.len() as u64, window), items: found }
    }

    /// Answers the pages that are asked for, until none is.
    fn serve(&self, console: &mut Console) {
        while let Some(position) = console.requests.iter().position(|request| is_page(&request.call)) {
            let Request { ticket, call } = console.requests.remove(position);
            let Call::File(_, FileCall::Page(query)) = &call else { unreachable!("it is one") };
            let result = Ok(Reply::Files(self.answer(query)));
            console.send(Message::Answer { ticket, call: Box::new(call), result });
        }
    }
}

fn is_page(call: &Call) -> bool {
    matches!(call, Call::File(_, FileCall::Page(_)))
}

fn is_preview(call: &Call) -> bool {
    matches!(call, Call::File(_, FileCall::Preview { .. }))
}

fn query(console: &Console) -> FilesQuery {
    let query = console.requests.iter().rev().find_map(|request| match &request.call {
        Call::File(_, FileCall::Page(query)) => Some(query.clone()),
        _ => None,
    });
    query.expect("a page is asked")
}

/// On the files of `dev`.
pub fn files(width: u16, height: u16, stored: &Stored) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g f");
    stored.serve(&mut console);
    console
}

fn copied(console: &Console) -> (String, String) {
    let copy = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { what, text } => Some((what.clone(), text.expose_secret().to_owned())),
        _ => None,
    });
    copy.expect("something was copied")
}

fn deletes(console: &Console) -> Option<Vec<String>> {
    console.requests.iter().find_map(|request| match &request.call {
        Call::File(_, FileCall::Delete(files)) => Some(files.iter().map(|(_, name)| name.clone()).collect()),
        _ => None,
    })
}

#[test]
fn the_files_of_the_selected_environment() {
    let mut console = files(100, 30, &Stored::few());
    console.press("j");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn on_a_narrow_screen_name_and_size_stay() {
    insta::assert_snapshot!(files(60, 20, &Stored::few()).screen());
}

/// A file of that name is sent from here, and is there.
fn sent(console: &mut Console, stored: &mut Stored, number: u64, name: &str) {
    let environment = console.state.shell.selected_id().expect("one");
    let task = Task::Upload { environment, path: name.into(), visibility: Visibility::Private };
    console.state.shell.start(task);
    let id = console.state.shell.tasks.entries().last().expect("it began").id;
    let sent = file(number, name, "text/plain", 5, &json!({}));
    stored.0.insert(0, sent.clone());
    console.send(Message::Task { id, news: TaskNews::Uploaded(Box::new(sent)) });
    stored.serve(console);
}

fn under_cursor(console: &Console, name: &str) -> bool {
    console.screen().lines().any(|line| line.contains("▌") && line.contains(name))
}

#[test]
fn the_cursor_goes_to_a_file_that_was_sent() {
    let mut stored = Stored::few();
    let mut console = files(100, 30, &stored);
    console.press("j j / o r d enter");
    stored.serve(&mut console);
    sent(&mut console, &mut stored, 5, "new.txt");
    assert!(under_cursor(&console, "new.txt") && console.screen().contains("new.txt is there now"));
    assert!(console.screen().contains("orders.csv"), "the filter would hide it: {}", console.screen());
}

#[test]
fn who_reads_or_marks_files_stays_there_when_one_was_sent() {
    let mut stored = Stored::few();
    let mut console = files(100, 30, &stored);
    console.press("j space");
    sent(&mut console, &mut stored, 5, "new.txt");
    assert!(!under_cursor(&console, "new.txt") && console.screen().contains("1 marked"), "{}", console.screen());
}

#[test]
fn an_environment_without_files_says_how_to_upload_one() {
    insta::assert_snapshot!(files(80, 20, &Stored(Vec::new())).screen());
}

#[test]
fn json_is_shown_in_order() {
    let mut console = files(80, 20, &Stored::few());
    console.press("j j enter");
    let json = br#"{"theme":"light","pageSize":20,"features":{"comments":true}}"#;
    console.answer(is_preview, Ok(Reply::Bytes(json.as_slice().into())));
    insta::assert_snapshot!(console.screen());
    console.press("esc");
    assert!(console.screen().contains("▌ settings.json"));
}

#[test]
fn a_long_text_scrolls_and_says_that_it_is_the_beginning() {
    let mut console = files(100, 20, &Stored::few());
    console.press("G enter");
    let text = (1..=4000).map(|line| format!("line {line}")).collect::<Vec<_>>().join("\n");
    console.answer(is_preview, Ok(Reply::Bytes(text.into_bytes().into())));
    let screen = console.screen();
    assert!(screen.contains("the first 65.5 kB of 1.3 MB") && screen.contains("lines 1-"), "{screen}");
    console.press("G");
    assert!(console.screen().contains("line 4000"), "{}", console.screen());
}

#[test]
fn what_is_no_text_is_said_in_words() {
    let mut console = files(100, 20, &Stored::few());
    console.press("j enter");
    assert!(!console.asked(is_preview), "its type says so");
    assert!(console.screen().contains("hero.webp is image/webp of 184.3 kB"), "{}", console.screen());
    console.press("esc k enter");
    console.answer(is_preview, Ok(Reply::Bytes(b"\0\x01\x02".as_slice().into())));
    assert!(console.screen().contains("nothing that can be read here"), "{}", console.screen());
}

#[test]
fn a_beginning_that_cannot_be_read_says_why_and_a_late_one_is_not_shown() {
    let mut console = files(100, 20, &Stored::few());
    console.press("enter");
    console.answer(is_preview, Err(refused("its bytes are gone")));
    assert!(console.screen().contains("could not be read: its bytes are gone."), "{}", console.screen());
    console.press("esc G enter");
    let position = console.requests.iter().position(|request| is_preview(&request.call)).expect("asked");
    let Request { ticket, call } = console.requests.remove(position);
    console.press("esc k enter");
    console.send(Message::Answer {
        ticket,
        call: Box::new(call),
        result: Ok(Reply::Bytes(b"of the orders".as_slice().into())),
    });
    assert!(!console.screen().contains("of the orders"), "{}", console.screen());
}

#[test]
fn the_server_filters_and_sorts() {
    let mut console = files(100, 24, &Stored::few());
    console.press("/");
    console.write("her type:image visibility:public");
    console.pass(Duration::from_millis(200));
    let asked = query(&console);
    assert_eq!((asked.search.as_deref(), asked.mime_type.as_deref()), (Some("her"), Some("image/*")));
    assert_eq!(asked.visibility, Some(Visibility::Public));
    Stored::few().serve(&mut console);
    console.press("enter");
    assert!(console.screen().contains("1 of 12  /her type:image"), "{}", console.screen());
    console.press("esc f p r i v enter");
    console.pass(Duration::from_millis(200));
    assert_eq!(query(&console).visibility, Some(Visibility::Private));
    Stored::few().serve(&mut console);
    console.press("esc");
    Stored::few().serve(&mut console);
    console.click_on("SIZE");
    let asked = query(&console);
    assert_eq!((asked.sort_by, asked.direction), (FileOrder::Size, Direction::Descending));
}

#[test]
fn a_link_says_how_long_it_lasts() {
    let mut console = files(100, 24, &Stored::few());
    console.press("y");
    let expires_at = Timestamp::parse("2026-11-23T07:42:41.000Z").expect("a time");
    console.answer(
        |call| matches!(call, Call::File(_, FileCall::Link { .. })),
        Ok(Reply::Link { url: LINK.to_owned().into(), expires_at }),
    );
    assert_eq!(copied(&console), ("the link of 설계 노트.txt, good for 1 h until 07:42".into(), LINK.into()));
    assert!(!format!("{:?} {:?}", console.state, console.effects).contains("5e1f"), "no log shows it");
    console.press("j y");
    assert!(copied(&console).0.contains("hero.webp, good while it is public"));
    console.press("i");
    assert_eq!(copied(&console), ("the key of hero.webp".into(), "http://127.0.0.1:4600/v1/objects/3".into()));
}

#[test]
fn who_may_read_a_file_is_chosen() {
    let mut console = files(100, 24, &Stored::few());
    console.press("v p u b enter");
    let changed = File { visibility: Visibility::Public, ..Stored::few().0[0].clone() };
    console.answer(
        |call| matches!(call, Call::File(_, FileCall::SetVisibility { visibility: Visibility::Public, .. })),
        Ok(Reply::File(Box::new(changed))),
    );
    let screen = console.screen();
    assert!(screen.contains("설계 노트.txt is public: read by anyone"), "{screen}");
    let line = screen.lines().find(|line| line.contains("▌ 설계")).expect("it is there");
    assert!(line.contains("public"), "{screen}");
}

#[test]
fn deleting_a_file_takes_its_name() {
    let mut console = files(100, 24, &Stored::few());
    console.press("G d");
    console.write("orders.cs");
    console.press("enter");
    assert_eq!(deletes(&console), None);
    console.write("v");
    console.press("enter");
    assert_eq!(deletes(&console), Some(vec!["orders.csv".into()]));
}

#[test]
fn many_are_deleted_with_one_question_that_counts_them() {
    let mut console = files(100, 30, &Stored::few());
    console.press("space space G space");
    assert!(console.screen().contains("3 marked"), "{}", console.screen());
    console.press("d");
    insta::assert_snapshot!(console.screen());
    console.write("3 files");
    console.press("enter");
    assert_eq!(deletes(&console), Some(vec!["hero.webp".into(), "orders.csv".into(), "설계 노트.txt".into()]));
    let failed = Some(("설계 노트.txt".to_owned(), refused("the disk is full")));
    console.answer(
        |call| matches!(call, Call::File(_, FileCall::Delete(_))),
        Ok(Reply::Deleted(Deleted { count: 2, failed })),
    );
    let screen = console.screen();
    assert!(screen.contains("2 files deleted, 1 file still there: 설계 노트.txt: the disk is full"), "{screen}");
    assert!(screen.contains("1 marked"), "what is left stays marked: {screen}");
    console.press("esc");
    assert!(!console.screen().contains("marked"));
}

#[test]
fn what_another_client_does_is_seen_and_the_cursor_stays_on_its_file() {
    let mut console = files(100, 24, &Stored::few());
    console.press("j space k j");
    let changed = |file: &File| Box::new(FileChanged { environment_id: dev().id, file: file.clone() });
    let mut stored = Stored::few();
    stored.0.insert(0, file(9, "new.txt", "text/plain", 3, &json!({})));
    console.happens(Event::File(changed(&stored.0[0])));
    stored.serve(&mut console);
    let screen = console.screen();
    assert!(screen.contains("new.txt") && screen.contains("▌ settings.json"), "{screen}");
    let gone = stored.0.remove(2);
    console.happens(Event::FileDeleted(changed(&gone)));
    console.pass(Duration::from_millis(300));
    stored.serve(&mut console);
    let screen = console.screen();
    assert!(
        !screen.contains("hero.webp") && !screen.contains("marked") && screen.contains("▌ settings.json"),
        "{screen}"
    );
}

#[test]
fn a_path_is_looked_at_before_it_is_sent_and_a_refused_one_comes_back() {
    let mut console = files(100, 24, &Stored::few());
    console.press("n");
    console.send(Message::Paste("~/notes/today.json".into()));
    assert!(console.screen().contains("becomes today.json, application/json"), "{}", console.screen());
    console.press("tab l enter");
    let looks = |call: &Call| match call {
        Call::File(_, FileCall::Source { path, visibility: Visibility::Public }) => path == "~/notes/today.json",
        _ => false,
    };
    console.answer(looks, Err(refused("there is no file /home/ann/notes/today.json")));
    let screen = console.screen();
    assert!(screen.contains("there is no file") && screen.contains("~/notes/today.json"), "{screen}");
    console.press("enter");
    console.answer(looks, Ok(Reply::Looked(Looked("/home/ann/notes/today.json".into()))));
    let started = console.effects.iter().any(|effect| match effect {
        Effect::Start { task, .. } => matches!(&**task, Task::Upload { visibility: Visibility::Public, .. }),
        _ => false,
    });
    assert!(started, "{:?}", console.effects);
}

#[test]
fn a_download_writes_over_nothing_unless_that_is_wanted() {
    let mut console = files(100, 24, &Stored::few());
    console.press("G o");
    let screen = console.screen();
    assert!(screen.contains("Download orders.csv, 1.3 MB") && screen.contains("orders.csv"), "{screen}");
    console.press("ctrl-u");
    console.write("/tmp/orders.csv");
    console.press("enter");
    let looks = |replace: bool| move |call: &Call| matches!(call, Call::File(_, FileCall::Target { replace: wanted, .. }) if *wanted == replace);
    console.answer(looks(false), Err(refused("/tmp/orders.csv is there already: name another, or replace it")));
    assert!(console.screen().contains("is there already"), "{}", console.screen());
    console.press("tab space enter");
    console.answer(looks(true), Ok(Reply::Looked(Looked("/tmp/orders.csv".into()))));
    let started = console.effects.iter().any(|effect| match effect {
        Effect::Start { task, .. } => matches!(&**task, Task::Download { replace: true, .. }),
        _ => false,
    });
    assert!(started, "{:?}", console.effects);
}

#[test]
fn production_takes_no_upload_until_it_is_unlocked_but_hands_files_out() {
    let mut console = Console::sample(100, 24);
    console.press("4 g f");
    console.rest();
    Stored::few().serve(&mut console);
    for keys in ["n", "v", "d"] {
        console.press(keys);
        assert!(console.state.shell.modals.is_empty(), "{keys}");
    }
    assert!(console.screen().contains("prod is read-only"));
    console.press("o");
    assert!(console.screen().contains("Download"));
}

/// The page that is asked for is answered.
pub fn few(console: &mut Console) {
    Stored::few().serve(console);
}
