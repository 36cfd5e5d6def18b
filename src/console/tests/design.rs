//! The tabs of an open table beside its rows: columns, indexes, permissions, calls.

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::{posts::*, *};
use crate::{
    console::call::{DesignCall, Impact},
    domain::{
        api::Page,
        table::{IndexVersion, SchemaVersion},
    },
};

fn dev() -> Environment {
    environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z")
}

fn posts() -> Table {
    let schema = serde_json::from_value(json!({
        "title": {"bsonType": "string", "required": true, "minLength": 1, "maxLength": 80, "description": "shown in lists"},
        "slug": {"bsonType": "string", "required": true, "unique": true, "pattern": "^[a-z-]+$"},
        "state": {"bsonType": "string", "enum": ["draft", "live"], "default": "draft"},
        "views": {"bsonType": "int", "minimum": 0},
        "author": {"bsonType": "reference", "reference": "people"},
        "tags": {"bsonType": "array", "items": {"bsonType": "string"}}
    }));
    let indexes = serde_json::from_value(json!([
        {"name": "_id_", "fields": {"_id": 1}, "unique": true, "sparse": false},
        {"name": "idx_state_views_desc", "fields": {"state": 1, "views": -1}, "unique": false, "sparse": false}
    ]));
    let table = table(1, &dev(), "posts");
    Table { schema: schema.expect("a schema"), indexes: indexes.expect("indexes"), rows: 1204, ..table }
}

/// In `posts`, so many tabs to the right of its rows.
pub fn on_tab(width: u16, height: u16, tab: usize) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g d");
    let tables = vec![posts(), table(2, &dev(), "comments")];
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(tables))));
    console.press("j enter");
    Posts::up_to(3).serve(&mut console);
    for _ in 0..tab {
        console.press("]");
    }
    console
}

fn design(call: &Call) -> Option<&DesignCall> {
    match call {
        Call::Design(_, table, call) => {
            assert_eq!(table, "posts");
            Some(call)
        }
        _ => None,
    }
}

/// The newest request about the table.
fn asked(console: &Console) -> &DesignCall {
    let mut calls = console.requests.iter().rev().filter_map(|request| design(&request.call));
    calls.next().expect("something was asked of the table")
}

fn answer(console: &mut Console, result: Result<Reply, client::Error>) {
    console.answer(|call| design(call).is_some(), result);
}

fn copied(console: &Console) -> String {
    let text = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { text, .. } => Some(text.expose_secret().to_owned()),
        _ => None,
    });
    text.expect("something was copied")
}

#[test]
fn the_columns_of_a_table() {
    insta::assert_snapshot!(on_tab(100, 30, 1).screen());
}

#[test]
fn the_columns_on_a_narrow_screen() {
    let mut console = on_tab(60, 20, 1);
    console.press("j j");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn a_table_opens_again_on_the_tab_where_it_was_left() {
    let mut console = on_tab(80, 24, 3);
    console.press("esc");
    assert!(console.screen().contains("Tables  2"), "{}", console.screen());
    console.press("enter");
    assert!(console.screen().contains("▏Permissions▕"), "{}", console.screen());
    console.press("esc k enter");
    assert!(console.screen().contains("▏Data▕"), "each table has its own place:\n{}", console.screen());
}

#[test]
fn tabs_are_clicked_and_each_has_its_own_keys() {
    let mut console = on_tab(100, 24, 0);
    console.click_on("Indexes");
    assert!(console.screen().contains("idx_state_views_desc"), "{}", console.screen());
    console.press("n");
    assert!(console.screen().contains("Add an index to posts in dev"), "{}", console.screen());
    console.press("esc");
    console.click_on("Schema");
    console.press("n");
    assert!(console.screen().contains("Add a column to posts in dev"), "{}", console.screen());
}

#[test]
fn a_column_is_added_with_what_was_typed() {
    let mut console = on_tab(100, 40, 1);
    console.press("n");
    console.write("rating");
    console.press("tab l tab space tab tab");
    console.write("7");
    console.press("tab tab");
    console.write("0..5");
    console.press("enter");
    let screen = console.screen();
    assert!(screen.contains("the default is not valid: it must be at most 5"), "{screen}");
    console.press("backspace");
    console.write("3");
    console.press("enter");
    let DesignCall::ChangeSchema { change, .. } = asked(&console) else { panic!("{:?}", asked(&console)) };
    let expected = json!({
        "fieldsToAddOrUpdate": {"rating": {"bsonType": "int", "default": 3, "minimum": 0, "maximum": 5}},
        "requiredFieldsToAdd": ["rating"]
    });
    assert_eq!(serde_json::to_value(change).expect("JSON"), expected);
}

#[test]
fn what_another_change_holds_up_is_said_and_the_form_stays_as_it_was() {
    let mut console = on_tab(100, 40, 1);
    console.press("n");
    console.write("rating");
    console.press("enter");
    let text =
        "posts cannot be changed yet: another change of a table of this environment is under way, so wait for it";
    answer(
        &mut console,
        Err(client::Error::Refused {
            status: 409,
            code: "table/changing".into(),
            message: text.into(),
            details: Vec::new(),
        }),
    );
    let screen = console.screen();
    assert!(screen.contains("another change of a table") && screen.contains("rating"), "{screen}");
}

#[test]
fn editing_a_column_keeps_what_the_form_has_no_field_for() {
    let mut console = on_tab(100, 40, 1);
    console.press("j j j j j enter");
    assert!(console.screen().contains("Change tags of posts"), "{}", console.screen());
    console.press("tab space enter");
    let DesignCall::ChangeSchema { change, .. } = asked(&console) else { panic!("{:?}", asked(&console)) };
    assert_eq!(change.fields_to_add_or_update["tags"], json!({"bsonType": "array", "items": {"bsonType": "string"}}));
    assert_eq!(change.required_fields_to_add, ["tags"]);
}

#[test]
fn deleting_a_column_says_how_many_values_go_and_takes_its_name() {
    let mut console = on_tab(100, 24, 1);
    console.press("j d");
    assert!(matches!(asked(&console), DesignCall::CountValues(column) if column == "slug"));
    answer(&mut console, Ok(Reply::Count(1198)));
    let screen = console.screen();
    assert!(screen.contains("values of 1,198 rows"), "{screen}");
    console.press("enter");
    assert!(!console.asked(|call| call.impact() == Impact::Destroys), "nothing goes before the name is typed");
    console.write("slug");
    console.press("enter");
    let DesignCall::ChangeSchema { change, confirm } = asked(&console) else { panic!("{:?}", asked(&console)) };
    assert_eq!((change.fields_to_remove.as_slice(), confirm.as_deref()), (["slug".to_owned()].as_slice(), Some("dev")));
}

#[test]
fn whoever_moves_on_is_not_asked_about_a_deletion_later() {
    let mut console = on_tab(100, 24, 1);
    console.press("j d j");
    answer(&mut console, Ok(Reply::Count(1198)));
    assert!(!console.screen().contains("lost for good"), "{}", console.screen());
}

#[test]
fn a_column_that_is_indexed_or_the_servers_own_is_not_deleted() {
    let mut console = on_tab(100, 24, 1);
    console.press("j j d");
    assert!(console.screen().contains("idx_state_views_desc is on state: delete it first"), "{}", console.screen());
    console.press("G d");
    assert!(console.screen().contains("updatedAt is the server's own"), "{}", console.screen());
    assert!(!console.asked(|call| design(call).is_some()));
}

fn versions() -> Vec<SchemaVersion> {
    let version = |number: u64, schema: Value| {
        serde_json::from_value(json!({
            "version": number, "current": number == 3, "schema": schema, "createdBy": "operator",
            "createdAt": format!("2026-11-2{number}T09:14:00.000Z")
        }))
        .expect("a version")
    };
    let now = serde_json::to_value(posts().schema).expect("JSON");
    vec![
        version(3, now),
        version(
            2,
            json!({"title": {"bsonType": "string"}, "old": {"bsonType": "int"}, "slug": {"bsonType": "string"}}),
        ),
        version(1, json!({"title": {"bsonType": "string"}})),
    ]
}

#[test]
fn versions_differ_from_now_and_one_is_brought_back() {
    let mut console = on_tab(100, 30, 1);
    console.press("v");
    answer(&mut console, Ok(Reply::SchemaVersions(all(versions()))));
    console.press("j");
    insta::assert_snapshot!(console.screen());
    console.press("b");
    insta::assert_snapshot!(console.screen());
    console.press("b");
    assert!(matches!(asked(&console), DesignCall::RollBackSchema(2)));
}

#[test]
fn nothing_of_a_difference_between_versions_is_out_of_sight() {
    let mut console = on_tab(60, 20, 1);
    console.press("v");
    let version = |number: u64, schema: Value| -> SchemaVersion {
        serde_json::from_value(json!({
            "version": number, "current": number == 2, "schema": schema, "createdBy": "operator", "createdAt": NOW
        }))
        .expect("a version")
    };
    let description = "the last part of the address of the post, made of its title when it is written first";
    let slug = json!({"slug": {"bsonType": "string", "required": true, "unique": true, "description": description}});
    console.happens(Event::Table(Table { schema: serde_json::from_value(slug.clone()).expect("a schema"), ..posts() }));
    answer(&mut console, Ok(Reply::SchemaVersions(all(vec![version(2, slug), version(1, json!({}))]))));
    let screen = console.screen();
    assert!(screen.contains("+ slug string, unique, required, description the last"), "{screen}");
    assert!(screen.contains("written first"), "{screen}");
}

#[test]
fn the_only_version_shows_the_columns_that_it_has() {
    let mut console = on_tab(100, 30, 1);
    console.press("v");
    let only = SchemaVersion { version: 1, current: true, ..versions().remove(0) };
    answer(&mut console, Ok(Reply::SchemaVersions(all(vec![only]))));
    let screen = console.screen();
    assert!(
        screen.contains("version 1, the only one") && screen.contains("+ slug string, unique, required"),
        "{screen}"
    );
}

/// A page that is the whole list.
fn all<T>(items: Vec<T>) -> Page<T> {
    let total = u64::try_from(items.len()).expect("few");
    Page { items, pagination: Pagination::new(total, Window { page: 1, limit: 100 }) }
}

#[test]
fn thousands_of_versions_are_read_a_page_at_a_time() {
    const TOTAL: u64 = 5000;
    let mut console = on_tab(100, 30, 1);
    console.press("v");
    // Each version has one column more than the one before, which tells them apart.
    let version = |number: u64| -> SchemaVersion {
        serde_json::from_value(json!({
            "version": number, "current": number == TOTAL, "createdBy": "operator", "createdAt": NOW,
            "schema": {format!("c{number}"): {"bsonType": "string"}}
        }))
        .expect("a version")
    };
    let serve = |console: &mut Console| {
        let mut asked = Vec::new();
        let is_versions = |request: &Request| matches!(design(&request.call), Some(DesignCall::SchemaVersions(_)));
        while let Some(position) = console.requests.iter().position(is_versions) {
            let Request { ticket, call } = console.requests.remove(position);
            let Some(DesignCall::SchemaVersions(page)) = design(&call) else { unreachable!("it is one") };
            let window = Window { page: *page, limit: 100 };
            let numbers = (1..=TOTAL).rev().skip(usize::try_from(window.offset()).expect("small")).take(100);
            let page = Page { items: numbers.map(version).collect(), pagination: Pagination::new(TOTAL, window) };
            asked.push(window.page);
            let result = Ok(Reply::SchemaVersions(page));
            console.send(Message::Answer { ticket, call: Box::new(call), result });
        }
        asked
    };
    assert_eq!(serve(&mut console), [1, 2], "what is on the screen, and what comes next");
    let screen = console.screen();
    assert!(screen.contains("+c5000") && screen.contains("-c4999"), "{screen}");
    console.press("G");
    assert_eq!(serve(&mut console), [50, 49], "the last ones, and those before them");
    let screen = console.screen();
    assert!(screen.contains("the first") && screen.contains("version 1 → 5000"), "{screen}");
    console.press("k b");
    assert!(console.screen().contains("Bring back version 2 of the columns"), "{}", console.screen());
    console.press("esc");
    // While one looks far down somebody changes the columns; the version that holds them is not read.
    let fresh = serde_json::from_value(json!({"fresh": {"bsonType": "string"}})).expect("a schema");
    console.happens(Event::Table(Table { schema: fresh, ..posts() }));
    assert!(console.screen().contains("+ fresh"), "{}", console.screen());
    console.press("b");
    let screen = console.screen();
    assert!(screen.contains("Bring back version 2") && screen.contains("- fresh"), "{screen}");
}

#[test]
fn versions_that_cannot_be_read_say_why() {
    let mut console = on_tab(100, 24, 2);
    console.press("v");
    answer(
        &mut console,
        Err(client::Error::Unreachable { url: "http://127.0.0.1:4600".into(), reason: "refused".into() }),
    );
    let screen = console.screen();
    assert!(screen.contains("the versions could not be read"), "{screen}");
    console.press("esc");
    assert!(console.screen().contains("idx_state_views_desc"));
}

#[test]
fn a_change_by_somebody_else_is_a_new_version() {
    let mut console = on_tab(100, 24, 2);
    console.press("v");
    let first: IndexVersion = serde_json::from_value(json!({
        "version": 1, "current": true, "indexes": [], "createdBy": "operator", "createdAt": NOW
    }))
    .expect("a version");
    answer(&mut console, Ok(Reply::IndexVersions(all(vec![first]))));
    assert!(!console.asked(|call| design(call).is_some()));
    console.happens(Event::Table(posts()));
    assert!(matches!(asked(&console), DesignCall::IndexVersions(1)), "they are read again");
}

#[test]
fn an_index_is_named_after_its_columns() {
    let mut console = on_tab(100, 24, 2);
    console.press("n");
    console.write("author createdAt:desc");
    console.press("tab space enter");
    let DesignCall::ChangeIndexes(change) = asked(&console) else { panic!("{:?}", asked(&console)) };
    let expected = json!({"indexesToAddOrUpdate": [{
        "name": "idx_author_createdAt_desc", "fields": {"author": 1, "createdAt": -1}, "unique": true, "sparse": false
    }]});
    assert_eq!(serde_json::to_value(change).expect("JSON"), expected);
}

#[test]
fn an_index_on_what_cannot_be_indexed_is_not_sent() {
    let mut console = on_tab(100, 24, 2);
    console.press("n");
    console.write("tags");
    console.press("enter");
    assert!(console.screen().contains("tags holds objects or arrays"), "{}", console.screen());
    assert!(!console.asked(|call| design(call).is_some()));
}

#[test]
fn permissions_are_toggled_in_place_and_saved_whole() {
    let mut console = on_tab(100, 24, 3);
    console.press("j j l l l space");
    insta::assert_snapshot!(console.screen());
    console.press("w");
    let screen = console.screen();
    assert!(screen.contains("+ guests may update"), "{screen}");
    assert!(!console.asked(|call| design(call).is_some()), "nothing is saved before the question is answered");
    console.press("enter");
    let DesignCall::SetPermissions(permissions) = asked(&console) else { panic!("{:?}", asked(&console)) };
    let all = json!({"create": true, "read": true, "list": true, "update": true, "delete": true});
    let none = json!({"create": false, "read": false, "list": false, "update": false, "delete": false});
    let expected = json!({
        "admin": all, "user": {"create": true, "read": true, "list": true, "update": false, "delete": false},
        "guest": {"create": false, "read": true, "list": true, "update": true, "delete": false}, "self": none
    });
    assert_eq!(serde_json::to_value(permissions).expect("JSON"), expected);
    let saved = Table { permissions: Some(*permissions), ..posts() };
    answer(&mut console, Ok(Reply::Table(Box::new(saved))));
    let screen = console.screen();
    assert!(screen.contains("its own matrix") && !screen.contains("Permissions*"), "{screen}");
}

#[test]
fn what_is_toggled_is_not_forgotten_without_a_word() {
    let mut console = on_tab(100, 24, 3);
    console.press("j space ] esc");
    let screen = console.screen();
    assert!(screen.contains("posts has permissions that are not saved"), "{screen}");
    assert!(screen.contains("- users may no longer create"), "{screen}");
    console.press("esc [");
    assert!(console.screen().contains("1 change not saved"), "{}", console.screen());
    console.press("2 1");
    console.rest();
    assert!(console.screen().contains("1 change not saved"), "another environment and back:\n{}", console.screen());
    console.press("esc d");
    assert!(console.screen().contains("Tables  2"), "{}", console.screen());
}

#[test]
fn the_way_back_and_other_pages_keep_what_is_toggled() {
    let mut console = on_tab(100, 24, 3);
    console.press("j space");
    // The place before is the list of tables.
    console.press("<");
    let screen = console.screen();
    assert!(screen.contains("▏Environments") && screen.contains("posts stays open"), "it is passed by:\n{screen}");
    console.press("<");
    assert!(console.screen().contains("there is no place before this one"), "{}", console.screen());
    console.press(">");
    assert!(console.screen().contains("1 change not saved"), "what lay ahead is still there:\n{}", console.screen());
    console.press(":");
    console.write("comments");
    console.press("enter");
    assert!(console.screen().contains("1 change not saved"), "{}", console.screen());
    console.press("g u g d ] [");
    assert!(console.screen().contains("1 change not saved"), "{}", console.screen());
}

#[test]
fn another_project_is_shown_only_after_a_question_about_what_is_not_saved() {
    let mut console = on_tab(100, 24, 3);
    let mut other = project();
    other.id = serde_json::from_value(json!("proj_000000000000000000000002")).expect("an id");
    other.name = "shop".into();
    console.happens(Event::Project(other));
    console.press("j space");
    for way in ["p", ":"] {
        console.press(way);
        console.write("shop");
        console.press("enter");
        let screen = console.screen();
        assert!(screen.contains("would be lost: the permissions of") && screen.contains("posts in dev."), "{screen}");
        console.press("esc");
        assert!(console.screen().contains("1 change not saved"), "{}", console.screen());
    }
    console.press("p");
    console.write("shop");
    console.press("enter d");
    assert_eq!(console.state.shell.project.as_ref().expect("a project").name, "shop");
}

#[test]
fn a_change_that_somebody_else_saved_is_no_change_any_more() {
    let mut console = on_tab(100, 24, 3);
    console.press("j j space");
    let permissions = serde_json::from_value(json!({"guest": {"create": true, "read": true}})).expect("a matrix");
    console.happens(Event::Table(Table { permissions: Some(permissions), ..posts() }));
    let screen = console.screen();
    assert!(!screen.contains("not saved") && !screen.contains("Permissions*"), "{screen}");
}

#[test]
fn admins_are_not_locked_out() {
    let mut console = on_tab(100, 24, 3);
    console.press("space");
    assert!(console.screen().contains("admins may do everything"), "{}", console.screen());
}

#[test]
fn the_calls_of_a_table_are_shown_without_the_key_and_copied_with_it() {
    let mut console = on_tab(100, 30, 4);
    insta::assert_snapshot!(console.screen());
    console.press("y");
    let text = copied(&console);
    assert!(text.contains(&format!("X-API-Key: pk_4f{}9c", "0a".repeat(30))), "{text}");
    assert!(!console.screen().contains("0a0a0a0a"));
    console.press("enter");
    assert!(console.screen().contains("0a0a0a0a"), "asked for, it is shown");
    console.pass(std::time::Duration::from_secs(11));
    assert!(!console.screen().contains("0a0a0a0a"), "for a while");
}

#[test]
fn what_guests_may_not_do_is_written_for_a_secret_key() {
    let mut console = on_tab(100, 30, 4);
    console.press("j j f");
    let screen = console.screen();
    assert!(screen.contains("Guests may not create here"), "{screen}");
    console.press("y");
    let text = copied(&console);
    assert!(text.contains("process.env.BKEND_SECRET_KEY") && text.contains("method: \"POST\""), "{text}");
    console.press("j f f y");
    let text = copied(&console);
    assert!(
        text.starts_with(&format!("curl -X PATCH http://127.0.0.1:4600/v1/data/posts/{}", identifier(3))),
        "{text}"
    );
}

#[test]
fn every_tab_has_a_place_for_everything_on_every_screen() {
    for (width, height) in [(40, 10), (60, 20), (140, 40)] {
        for tab in 1..=4 {
            let mut console = on_tab(width, height, tab);
            for key in ["G", "l", "l", "g g", "v", "n", "esc", "space", "enter", "esc"] {
                console.press(key);
                console.screen();
            }
        }
    }
}

#[test]
fn production_shows_everything_and_changes_nothing() {
    let mut console = on_tab(100, 24, 0);
    console.press("4");
    console.rest();
    let prod = environment(1, "prod", "prod", "2026-10-13T11:02:00.000Z");
    let tables = vec![Table { environment_id: prod.id.clone(), ..posts() }];
    console.answer(|call| matches!(call, Call::Table(_, TableCall::List)), Ok(Reply::Tables(listing(tables))));
    console.press("enter ] n");
    assert!(console.screen().contains("prod is read-only"), "{}", console.screen());
    console.press("] ] j space");
    assert!(!console.screen().contains("not saved"), "{}", console.screen());
}

#[test]
fn quitting_asks_where_permissions_are_not_saved() {
    let quits = |console: &Console| console.effects.iter().any(|effect| matches!(effect, Effect::Quit(_)));
    let mut console = on_tab(100, 30, 3);
    console.press("j space");
    // They are kept while another environment is shown, and would be lost with the console.
    console.press("2 g e q");
    assert!(!quits(&console));
    assert!(console.screen().contains("posts in dev."), "{}", console.screen());
    console.press("esc");
    assert!(console.state.shell.modals.is_empty());
    console.press("q s");
    assert!(quits(&console));
}
