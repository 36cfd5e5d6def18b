//! The API Keys page: two sections, secrets seen once.

use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::*;

fn dev() -> Environment {
    environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z")
}

fn key(number: u32, name: &str, kind: &str, change: &serde_json::Value) -> ApiKey {
    let prefix = if kind == "secret" { "sk" } else { "pk" };
    let mut json = json!({
        "id": format!("key_{number:024x}"), "environmentId": dev().id, "name": name, "type": kind,
        "key": (kind == "publishable").then(|| format!("pk_{}", "7e".repeat(32))),
        "mask": format!("{prefix}_7e7e…7e{number:02}"), "scopes": [], "expiresAt": null, "lastUsedAt": null,
        "createdAt": "2026-11-20T09:14:00.000Z"
    });
    for (field, value) in change.as_object().expect("fields") {
        json[field] = value.clone();
    }
    serde_json::from_value(json).expect("a key")
}

/// On the keys of `dev`.
pub fn keys(width: u16, height: u16) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g k");
    let keys = vec![
        key(1, "default", "publishable", &json!({"lastUsedAt": "2026-11-23T06:39:00.000Z"})),
        key(2, "kiosk", "publishable", &json!({"scopes": ["posts:read"], "expiresAt": "2026-11-25T00:00:00.000Z"})),
        key(3, "ci", "secret", &json!({"scopes": ["posts:*", "users:read"], "expiresAt": "2027-02-21T00:00:00.000Z"})),
        key(4, "old", "secret", &json!({"expiresAt": "2026-11-01T00:00:00.000Z"})),
    ];
    console.state.shell.keys.entry(&dev().id).outdate();
    console.pass(Duration::ZERO);
    console.answer(|call| matches!(call, Call::Key(_, KeyCall::List)), Ok(Reply::Keys(listing(keys))));
    console
}

fn secret_text() -> String {
    format!("sk_{}", "5c".repeat(32))
}

/// A secret key was just created.
fn created(width: u16, height: u16) -> Console {
    let mut console = keys(width, height);
    console.press("n");
    console.write("deploy");
    console.press("tab l tab");
    console.write("posts:* users:read");
    console.press("tab");
    console.write("90d");
    console.press("enter");
    let fits = |call: &Call| match call {
        Call::Key(_, KeyCall::Create(body)) => {
            body.name == "deploy"
                && body.kind == Some(crate::domain::KeyType::Secret)
                && body.scopes == ["posts:*", "users:read"]
                && body.expires_at == Timestamp::parse("2027-02-21T06:42:41.150Z")
        }
        _ => false,
    };
    let deploy = key(5, "deploy", "secret", &json!({"key": secret_text(), "scopes": ["posts:*", "users:read"]}));
    console.answer(fits, Ok(Reply::Key(Box::new(deploy))));
    console
}

fn on_screen(console: &Console, text: &str) -> bool {
    console.screen().contains(text)
}

#[test]
fn a_new_secret_key_promises_no_more_than_its_scopes() {
    let console = created(120, 24);
    assert!(
        on_screen(&console, "Within its scopes (posts:*") && on_screen(&console, "it passes every permission"),
        "{}",
        console.screen()
    );
}

#[test]
fn the_keys_in_two_sections() {
    insta::assert_snapshot!(keys(120, 22).screen());
}

#[test]
fn a_new_secret_key_is_shown_once_and_kept_nowhere() {
    let mut console = created(90, 24);
    insta::assert_snapshot!(console.screen());
    assert!(!format!("{:?}", console.state).contains(&secret_text()));

    console.press("esc");
    assert!(on_screen(&console, "it has not been copied"));
    console.press("y");
    let copied = console.effects.iter().any(|effect| match effect {
        Effect::Copy { text, .. } => text.expose_secret() == secret_text(),
        _ => false,
    });
    assert!(copied);
    console.press("esc");
    assert!(console.state.shell.modals.is_empty());
    assert!(on_screen(&console, "▌ deploy") && !on_screen(&console, &secret_text()[..20]));
    console.press("y");
    assert!(on_screen(&console, "a secret key is shown once"));
}

#[test]
fn a_publishable_key_is_readable_for_ten_seconds() {
    let text = format!("pk_{}", "7e".repeat(32));
    let mut console = keys(120, 24);
    assert!(!on_screen(&console, &text));
    console.press("enter");
    assert!(on_screen(&console, &text) && on_screen(&console, "hidden again in 10 s"));
    console.pass(Duration::from_millis(9_900));
    assert!(on_screen(&console, &text));
    console.pass(Duration::from_millis(200));
    assert!(!on_screen(&console, &text));
}

#[test]
fn a_key_that_is_shown_is_hidden_when_the_cursor_leaves_it() {
    let mut console = keys(120, 24);
    console.press("enter j k");
    assert!(on_screen(&console, "hidden again"));
    console.press("j");
    assert!(!on_screen(&console, "hidden again"));
}

#[test]
fn what_is_typed_is_checked_as_it_is_typed() {
    let mut console = keys(90, 24);
    console.press("n");
    console.write("ci");
    assert!(on_screen(&console, "there is a key ci already"));
    console.press("tab tab");
    console.write("posts:write");
    assert!(on_screen(&console, "is not a scope"));
    console.press("tab");
    console.write("90");
    assert!(on_screen(&console, "is not a length of time"));
    console.press("enter");
    assert!(!console.asked(Call::mutates));
    console.press("esc");
    assert!(on_screen(&console, "esc again discards"));
    console.press("esc");
    assert!(console.state.shell.modals.is_empty());
}

#[test]
fn a_refused_key_comes_back_with_what_was_typed() {
    let mut console = keys(90, 24);
    console.press("n");
    console.write("deploy");
    console.press("tab tab tab");
    console.write("90d");
    console.press("enter");
    console.answer(
        |call| matches!(call, Call::Key(_, KeyCall::Create(_))),
        Err(refused("an environment has at most 100 keys")),
    );
    assert!(on_screen(&console, "deploy") && on_screen(&console, "at most 100 keys") && on_screen(&console, "90d"));
}

#[test]
fn sections_are_one_list_and_the_brackets_leap() {
    let mut console = keys(120, 24);
    assert!(on_screen(&console, "▌ default"));
    console.press("j j");
    assert!(on_screen(&console, "▌ ci"));
    console.press("[");
    assert!(on_screen(&console, "▌ default"));
    console.press("]");
    assert!(on_screen(&console, "▌ ci"));
    console.press("/ o l d");
    assert!(on_screen(&console, "▌ old") && on_screen(&console, "1 of 4") && on_screen(&console, "none yet"));
}

#[test]
fn deleting_a_key_takes_its_name() {
    let mut console = keys(90, 24);
    console.press("d");
    assert!(on_screen(&console, "default is a publishable key of dev") && on_screen(&console, "last used 3 m ago"));
    console.write("default");
    console.press("enter");
    console.answer(
        |call| matches!(call, Call::Key(_, KeyCall::Delete(_))),
        Ok(Reply::Key(Box::new(key(1, "default", "publishable", &json!({}))))),
    );
    assert!(on_screen(&console, "the key default is deleted") && on_screen(&console, "▌ kiosk"));
}

#[test]
fn production_takes_no_new_key_until_it_is_unlocked() {
    let mut console = keys(90, 24);
    console.press("4");
    console.rest();
    let prod = environment(1, "prod", "prod", NOW);
    let key = publishable(&prod.id.to_string());
    console.answer(|call| matches!(call, Call::Key(_, KeyCall::List)), Ok(Reply::Keys(listing(vec![key]))));
    console.press("n");
    assert!(console.state.shell.modals.is_empty() && on_screen(&console, "prod is read-only"));
    console.press("d");
    assert!(console.state.shell.modals.is_empty());
}

#[test]
fn rotating_asks_how_long_the_key_before_goes_on_and_shows_the_new_one_once() {
    let mut console = keys(100, 24);
    console.press("G k o");
    insta::assert_snapshot!(console.screen());
    console.press("tab");
    console.write("90m");
    console.press("enter");
    let fits = |call: &Call| match call {
        Call::Key(_, KeyCall::Rotate { name, body, .. }) => name == "ci" && body.overlap_seconds == Some(5400),
        _ => false,
    };
    let after = key(9, "ci", "secret", &json!({"key": secret_text()}));
    console.answer(fits, Ok(Reply::Key(Box::new(after))));
    assert!(console.screen().contains(&secret_text()), "{}", console.screen());
    console.press("y esc");
    assert!(!console.screen().contains(&secret_text()));
    let before = key(
        3,
        "ci (replaced)",
        "secret",
        &json!({
            "expiresAt": "2026-11-23T08:12:41.000Z", "replacedBy": "key_000000000000000000000009"
        }),
    );
    console.happens(Event::Key(before));
    console.press("j");
    let screen = console.screen();
    assert!(screen.contains("! in 1 h") && screen.contains("replaced by ci: servers"), "{screen}");
    console.press("o");
    assert!(console.screen().contains("was replaced already"), "{}", console.screen());
}
