//! The Users page: found on the server, passwords and invitations seen once.

use secrecy::{ExposeSecret as _, SecretString};

use super::*;
use crate::{
    client::users::UsersQuery,
    console::call::{Entry, NewUser, UserCall},
    domain::{
        account::{EnvironmentUser, ListedUser, Role, User, UserOrder},
        api::Page,
        auth_policy::AuthPolicy,
        list::Direction,
        session::{Invitation, Session},
    },
};

const TOKEN: &str = "u7Yb0-token-that-nobody-else-sees";

fn dev() -> Environment {
    environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z")
}

fn user(number: u64, name: &str, change: &serde_json::Value) -> ListedUser {
    let address = name.to_lowercase().replace(' ', ".");
    let mut json = json!({
        "id": format!("5f2c8a10-7d3e-4b6f-9a01-{number:012x}"), "email": format!("{address}@example.com"),
        "name": name, "nickname": null, "role": "user", "emailVerified": null, "image": null,
        "onboardingStatus": "pending", "createdAt": "2026-11-20T09:14:00.000Z",
        "updatedAt": "2026-11-20T09:14:00.000Z", "lastSeenAt": null, "sessions": 0, "hasPassword": true
    });
    for (field, value) in change.as_object().expect("fields") {
        json[field] = value.clone();
    }
    serde_json::from_value(json).expect("a user")
}

/// The users of `dev` as its server has them, the newest first.
pub struct People(pub Vec<ListedUser>);

impl People {
    pub fn few() -> Self {
        Self(vec![
            user(4, "Hanako", &json!({"name": "山田 花子", "hasPassword": false})),
            user(
                3,
                "Ann Lee",
                &json!({
                    "role": "admin", "emailVerified": "2026-11-21T08:00:00.000Z", "nickname": "ann", "sessions": 2,
                    "lastSeenAt": "2026-11-23T06:39:00.000Z"
                }),
            ),
            user(2, "Jun Park", &json!({"lastSeenAt": "2026-11-20T06:39:00.000Z"})),
            user(1, "Bidi \u{202e}evil", &json!({"email": "bidi@example.com", "sessions": 1})),
        ])
    }

    fn many(count: u64) -> Self {
        Self((1..=count).rev().map(|number| user(number, &format!("User {number:06}"), &json!({}))).collect())
    }

    fn answer(&self, query: &UsersQuery) -> Page<ListedUser> {
        let sought = query.search.clone().unwrap_or_default().to_lowercase();
        let fits = |listed: &&ListedUser| {
            let text = format!("{} {}", listed.user.name, listed.user.email).to_lowercase();
            text.contains(&sought) && query.role.is_none_or(|role| listed.user.role == role)
        };
        let mut found: Vec<_> = self.0.iter().filter(fits).cloned().collect();
        if query.sort_by == UserOrder::Name {
            found.sort_by(|one, other| one.user.name.cmp(&other.user.name));
        }
        if query.sort_by == UserOrder::CreatedAt && query.direction == Direction::Ascending {
            found.reverse();
        }
        let window = Window { page: query.page, limit: query.limit };
        let start = usize::try_from(window.offset()).expect("small");
        let limit = usize::try_from(query.limit).expect("small");
        let items = found.iter().skip(start).take(limit).cloned().collect();
        Page { items, pagination: Pagination::new(found.len() as u64, window) }
    }

    /// Answers the pages that are asked for, until none is.
    fn serve(&self, console: &mut Console) {
        while let Some(position) = console.requests.iter().position(|request| is_page(&request.call)) {
            let Request { ticket, call } = console.requests.remove(position);
            let Call::User(_, UserCall::Page(query)) = &call else { unreachable!("it is one") };
            let result = Ok(Reply::Users(self.answer(query)));
            console.send(Message::Answer { ticket, call: Box::new(call), result });
        }
    }
}

fn is_page(call: &Call) -> bool {
    matches!(call, Call::User(_, UserCall::Page(_)))
}

fn queries(console: &Console) -> Vec<UsersQuery> {
    let query = |request: &Request| match &request.call {
        Call::User(_, UserCall::Page(query)) => Some(query.clone()),
        _ => None,
    };
    console.requests.iter().filter_map(query).collect()
}

/// On the users of `dev`.
pub fn users(width: u16, height: u16, people: &People) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g u");
    people.serve(&mut console);
    let policy = AuthPolicy { min_length: 10, ..AuthPolicy::default() };
    console.answer(|call| matches!(call, Call::User(_, UserCall::Policy)), Ok(Reply::AuthPolicy(Box::new(policy))));
    console
}

fn session(number: u32, agent: &str) -> Session {
    serde_json::from_value(json!({
        "id": format!("session-{number}"), "userId": "3", "userAgent": agent, "ipAddress": "10.0.0.7",
        "deviceInfo": agent, "lastActivityAt": "2026-11-23T06:39:00.000Z", "createdAt": "2026-11-21T08:00:00.000Z",
        "device": agent, "ip": "10.0.0.7", "lastAccessedAt": "2026-11-23T06:39:00.000Z",
        "expiresAt": "2026-12-21T08:00:00.000Z"
    }))
    .expect("a session")
}

/// With the cursor on Ann, and her sessions read.
fn on_ann(width: u16, height: u16) -> Console {
    let mut console = users(width, height, &People::few());
    console.press("j");
    console.rest();
    let sessions =
        vec![session(1, "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0"), session(2, "Dart/3.5 (dart:io)")];
    console.answer(|call| matches!(call, Call::User(_, UserCall::Sessions { .. })), Ok(Reply::Sessions(sessions)));
    console
}

fn copied(console: &Console) -> (String, String) {
    let copy = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy { what, text } => Some((what.clone(), text.expose_secret().to_owned())),
        _ => None,
    });
    copy.expect("something was copied")
}

fn created(console: &mut Console, entry: Entry) {
    let listed = user(9, "Zoe", &json!({}));
    console.answer(
        |call| matches!(call, Call::User(_, UserCall::Create { .. })),
        Ok(Reply::NewUser(Box::new(NewUser { user: listed.user, entry }))),
    );
    let mut people = People::few();
    people.0.insert(0, user(9, "Zoe", &json!({})));
    people.serve(console);
}

fn invitation() -> Invitation {
    Invitation {
        user_id: "9".into(),
        email: "zoe@example.com".into(),
        token: TOKEN.into(),
        expires_at: Timestamp::parse("2026-11-30T06:42:41.000Z").expect("a time"),
    }
}

#[test]
fn the_users_of_the_selected_environment_with_where_one_is_signed_in() {
    insta::assert_snapshot!(on_ann(100, 30).screen());
}

#[test]
fn on_a_narrow_screen_the_address_stays() {
    insta::assert_snapshot!(on_ann(60, 20).screen());
}

#[test]
fn an_environment_without_users_says_how_to_make_one() {
    insta::assert_snapshot!(users(80, 20, &People(Vec::new())).screen());
}

#[test]
fn a_user_opens_whole() {
    let mut console = on_ann(80, 24);
    console.press("enter");
    insta::assert_snapshot!(console.screen());
    console.press("y");
    let (what, text) = copied(&console);
    assert_eq!(what, "ann.lee@example.com as JSON");
    assert_eq!(serde_json::from_str::<ListedUser>(&text).expect("JSON"), People::few().0[1]);
    console.press("]");
    assert!(console.screen().contains("jun.park@example.com  3 of 4"), "{}", console.screen());
    console.press("esc");
    assert!(console.screen().contains("▌ Jun Park"));
}

#[test]
fn what_is_typed_is_sought_among_all_users_by_the_server() {
    let mut console = users(100, 24, &People::few());
    console.press("/");
    console.write("park role:u");
    assert!(queries(&console).is_empty(), "nothing is asked while it is typed");
    console.pass(Duration::from_millis(200));
    let [query] = &queries(&console)[..] else { panic!("one page is asked: {:?}", console.requests) };
    assert_eq!((query.search.as_deref(), query.role), (Some("park"), Some(Role::User)));
    People::few().serve(&mut console);
    console.press("enter");
    let screen = console.screen();
    assert!(screen.contains("1 of 31  /park role:u") && !screen.contains("Ann Lee"), "{screen}");
    console.press("esc");
    People::few().serve(&mut console);
    assert!(console.screen().contains("Ann Lee"));
}

#[test]
fn a_role_is_chosen_from_a_list_and_stays_in_the_filter() {
    let mut console = users(100, 24, &People::few());
    console.press("f a d m enter");
    console.pass(Duration::from_millis(200));
    People::few().serve(&mut console);
    let screen = console.screen();
    assert!(screen.contains("/role:admin") && screen.contains("▌ Ann Lee") && !screen.contains("Jun Park"), "{screen}");
    console.press("esc /");
    console.write("role:king");
    assert!(console.screen().contains("no role: admin, user, guest"), "{}", console.screen());
}

#[test]
fn the_server_sorts_and_a_heading_turns_the_order_round() {
    let mut console = users(100, 24, &People::few());
    console.click_on("NAME");
    let [query] = &queries(&console)[..] else { panic!("one page is asked") };
    assert_eq!((query.sort_by, query.direction), (UserOrder::Name, Direction::Ascending));
    People::few().serve(&mut console);
    console.click_on("NAME");
    let [query] = &queries(&console)[..] else { panic!("one page is asked") };
    assert_eq!(query.direction, Direction::Descending);
}

#[test]
fn of_many_users_only_the_pages_around_the_cursor_are_read() {
    let people = People::many(5_000);
    let mut console = users(100, 24, &people);
    console.press("G");
    let pages: Vec<_> = queries(&console).iter().map(|query| query.page).collect();
    assert_eq!(pages, [50, 49], "{:?}", console.requests);
    people.serve(&mut console);
    assert!(console.screen().contains("▌ User 000001"));
    console.rest();
    assert!(!console.asked(|call| matches!(call, Call::User(_, UserCall::Sessions { .. }))), "they have none");
}

#[test]
fn what_another_client_does_is_seen_and_the_cursor_stays_on_its_user() {
    let mut console = on_ann(100, 24);
    let mut people = People::few();
    people.0.insert(0, user(9, "Zoe", &json!({})));
    let event = |user: &User| EnvironmentUser { environment_id: dev().id, user: user.clone() };
    console.happens(Event::User(event(&people.0[0].user)));
    people.serve(&mut console);
    let screen = console.screen();
    assert!(screen.contains("Zoe") && screen.contains("▌ Ann Lee"), "{screen}");
    let mut renamed = people.0[2].clone();
    renamed.user.name = "Annabel".into();
    console.happens(Event::User(event(&renamed.user)));
    assert!(console.screen().contains("▌ Annabel"), "before anything is read: {}", console.screen());
    console.press("enter");
    people.0.remove(2);
    console.happens(Event::UserDeleted(event(&renamed.user)));
    console.pass(Duration::from_millis(300));
    people.serve(&mut console);
    let screen = console.screen();
    assert!(screen.contains("was deleted") && screen.contains("▌ Jun Park"), "{screen}");
}

#[test]
fn a_user_without_a_password_is_invited_and_the_token_is_seen_once() {
    let mut console = users(100, 30, &People::few());
    console.press("n");
    console.write("zoe@example.com");
    insta::assert_snapshot!(console.screen());
    console.press("enter");
    created(&mut console, Entry::Invitation(invitation()));
    let screen = console.screen();
    assert!(screen.contains(TOKEN) && screen.contains("2026-11-30 06:42"), "{screen}");
    assert!(!format!("{:?}", console.state).contains(TOKEN), "no log shows it");
    console.press("Y");
    let (what, text) = copied(&console);
    assert_eq!(what, "a request with the invitation of zoe@example.com as curl");
    assert!(text.contains(TOKEN) && text.contains("pk_4f"), "{text}");
    console.press("y");
    assert_eq!(copied(&console), ("the invitation of zoe@example.com".into(), TOKEN.into()));
    console.press("esc");
    let screen = console.screen();
    assert!(!screen.contains(TOKEN) && screen.contains("▌ Zoe"), "{screen}");
}

#[test]
fn a_token_that_was_not_copied_takes_two_keys_to_lose() {
    let mut console = users(100, 30, &People::few());
    console.press("I");
    console.answer(|call| matches!(call, Call::User(_, UserCall::Invite { .. })), Ok(Reply::Invitation(invitation())));
    console.press("esc");
    assert!(console.screen().contains(TOKEN));
    console.press("esc");
    assert!(!console.screen().contains(TOKEN));
}

#[test]
fn a_password_is_typed_twice_and_never_shown() {
    let mut console = users(100, 30, &People::few());
    console.press("n");
    console.write("zoe@example.com");
    console.press("tab tab tab");
    console.write("short");
    assert!(console.screen().contains("10 to 128 characters"), "{}", console.screen());
    console.write("-but-long");
    console.press("enter");
    assert!(!console.asked(Call::mutates), "it is not there a second time");
    console.write("short-but-lung");
    assert!(console.screen().contains("not the same as above"));
    console.press("backspace backspace backspace");
    console.write("ong");
    assert!(!console.screen().contains("short-but"));
    assert!(!format!("{:?}", console.state).contains("short-but"));
    console.press("enter");
    let sent = |call: &Call| match call {
        Call::User(_, UserCall::Create { user, password: Some(password) }) => {
            user.name == "zoe" && password.expose_secret() == "short-but-long"
        }
        _ => false,
    };
    assert!(console.asked(sent) && !format!("{:?}", console.requests).contains("short-but"));
    created(&mut console, Entry::Password);
    assert!(console.screen().contains("has the user zoe@example.com"), "{}", console.screen());
}

#[test]
fn a_refused_user_comes_back_with_the_reason_beside_the_address() {
    let mut console = users(100, 30, &People::few());
    console.press("n");
    console.write("ann.lee@example.com");
    console.press("enter");
    console.answer(
        |call| matches!(call, Call::User(_, UserCall::Create { .. })),
        Err(refused("a user with this e-mail already exists")),
    );
    let screen = console.screen();
    assert!(screen.contains("already exists") && screen.contains("ann.lee@example.com"), "{screen}");
}

#[test]
fn a_password_that_is_made_is_seen_once() {
    let mut console = on_ann(100, 30);
    console.press("w");
    assert!(console.screen().contains("2 sessions of theirs end"), "{}", console.screen());
    console.press("enter");
    let made: SecretString = "x7-Kp_made.Here29ab".to_owned().into();
    console.answer(
        |call| matches!(call, Call::User(_, UserCall::SetPassword { password: None, .. })),
        Ok(Reply::Password(Some(made.clone()))),
    );
    assert!(console.screen().contains(made.expose_secret()));
    assert!(!format!("{:?}", console.state).contains(made.expose_secret()));
    console.press("y esc");
    assert!(!console.screen().contains(made.expose_secret()));
    assert_eq!(copied(&console).1, made.expose_secret());
}

#[test]
fn a_role_is_changed_in_place() {
    let mut console = on_ann(100, 30);
    console.press("r g u e enter");
    let role = |call: &Call| matches!(call, Call::User(_, UserCall::SetRole { role: Role::Guest, .. }));
    console.answer(role, Ok(Reply::User(Box::new(People::few().0[1].user.clone()))));
    let screen = console.screen();
    let line = screen.lines().find(|line| line.contains("▌ Ann Lee")).expect("she is there");
    assert!(line.contains("guest"), "{screen}");
}

#[test]
fn one_session_is_ended_or_all_of_them() {
    let mut console = on_ann(100, 30);
    console.press("x f i r e f o x enter");
    let one = |call: &Call| matches!(call, Call::User(_, UserCall::EndSessions { session: Some(id), .. }) if id == "session-1");
    console.answer(one, Ok(Reply::Done));
    assert!(console.screen().contains("a session of ann.lee@example.com is ended"));
    console.press("x enter");
    assert!(console.asked(|call| matches!(call, Call::User(_, UserCall::EndSessions { session: None, .. }))));
    console.press("k x");
    assert!(console.screen().contains("is signed in nowhere"), "{}", console.screen());
}

#[test]
fn deleting_takes_the_address_and_says_what_is_lost_and_what_stays() {
    let mut console = on_ann(100, 30);
    console.press("d");
    insta::assert_snapshot!(console.screen());
    console.write("ann.lee@example.co");
    console.press("enter");
    assert!(!console.asked(Call::mutates));
    console.write("m");
    console.press("enter");
    assert!(console.asked(|call| matches!(call, Call::User(_, UserCall::Delete { .. }))));
}

#[test]
fn users_that_cannot_be_read_are_said_in_words_and_what_was_read_is_marked_old() {
    let mut console = Console::sample(100, 24);
    console.press("g u");
    let broken = || client::Error::Server { status: 500, code: "x".into(), message: "the disk is full".into() };
    console.answer(is_page, Err(broken()));
    assert!(console.screen().contains("the users could not be read: the server failed (500): the disk is full."));
    console.press("R");
    People::few().serve(&mut console);
    assert!(console.screen().contains("Ann Lee"));
    console.press("R");
    console.answer(is_page, Err(broken()));
    let screen = console.screen();
    assert!(screen.contains("old: ") && screen.contains("Ann Lee"), "{screen}");
}

#[test]
fn an_answer_for_another_environment_is_not_shown() {
    let mut console = Console::sample(100, 24);
    console.press("g u");
    let position = console.requests.iter().position(|request| is_page(&request.call)).expect("dev is asked");
    let Request { ticket, call } = console.requests.remove(position);
    console.press("tab");
    console.rest();
    console.send(Message::Answer {
        ticket,
        call: Box::new(call),
        result: Ok(Reply::Users(People::few().answer(&UsersQuery::page(1, 100)))),
    });
    assert_eq!(console.selected(), "staging");
    assert!(!console.screen().contains("Ann Lee"));
    console.press("shift-tab");
    console.rest();
    assert!(console.screen().contains("Ann Lee"));
}

#[test]
fn in_production_nothing_is_changed_until_it_is_unlocked() {
    let mut console = Console::sample(100, 24);
    console.press("4 g u");
    console.rest();
    People::few().serve(&mut console);
    console.press("j");
    for keys in ["n", "r", "w", "I", "x", "d"] {
        console.press(keys);
        assert!(console.state.shell.modals.is_empty(), "{keys}");
    }
    assert!(!console.asked(Call::mutates));
}

/// The page that is asked for is answered.
pub fn few(console: &mut Console) {
    People::few().serve(console);
}
