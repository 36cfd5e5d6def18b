//! What an operator does with the users of an environment, page by page.

mod harness;

use bkend_console::{
    client::users::{CreateUser, UsersQuery},
    domain::{
        account::{Role, UserOrder},
        activity::ActivityFilter,
        list::Direction,
    },
};
use harness::{Backend, accounts::PASSWORD};
use reqwest::Method;
use serde_json::json;

fn names(page: &bkend_console::domain::api::Page<bkend_console::domain::account::ListedUser>) -> Vec<&str> {
    page.items.iter().map(|listed| listed.user.name.as_str()).collect()
}

#[tokio::test]
async fn users_are_read_page_by_page_searched_filtered_and_sorted() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let client = backend.client();
    for (name, role) in [("ann", Role::User), ("ben", Role::Admin), ("cleo", Role::User), ("dora", Role::Guest)] {
        let body = CreateUser { email: format!("{name}@example.com"), name: name.into(), role };
        client.create_user(&dev.id(), &body).await.expect("made");
    }
    let by_name = UsersQuery { sort_by: UserOrder::Name, direction: Direction::Ascending, ..UsersQuery::page(1, 3) };
    let first = client.users_page(&dev.id(), &by_name).await.expect("a page");
    assert_eq!((names(&first), first.pagination.total), (vec!["ann", "ben", "cleo"], 4));
    let second = client.users_page(&dev.id(), &UsersQuery { page: 2, ..by_name.clone() }).await.expect("a page");
    assert_eq!(names(&second), ["dora"]);
    let newest = client.users_page(&dev.id(), &UsersQuery::page(1, 1)).await.expect("a page");
    assert_eq!(names(&newest), ["dora"]);
    let users = UsersQuery { role: Some(Role::User), ..by_name.clone() };
    assert_eq!(names(&client.users_page(&dev.id(), &users).await.expect("a page")), ["ann", "cleo"]);
    let found = UsersQuery { search: Some("LEO@EX".into()), ..by_name };
    assert_eq!(names(&client.users_page(&dev.id(), &found).await.expect("a page")), ["cleo"]);

    let path = format!("/environments/{}/users", dev.id);
    for wrong in ["role=king", "sortBy=password"] {
        let answer = backend.operator(Method::GET, &format!("{path}?{wrong}")).send().await;
        answer.expect_refusal(400, "common/invalid-parameters");
    }
}

#[tokio::test]
async fn who_signed_in_was_seen_and_stays_so_after_signing_out() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let client = backend.client();
    let ann = backend.sign_up(&dev, "ann").await;
    backend.sign_in(&dev, &ann).await;
    let body = CreateUser { email: "ben@example.com".into(), name: "ben".into(), role: Role::User };
    client.create_user(&dev.id(), &body).await.expect("made");

    let query = UsersQuery { sort_by: UserOrder::LastSeenAt, ..UsersQuery::page(1, 10) };
    let page = client.users_page(&dev.id(), &query).await.expect("a page");
    assert_eq!(names(&page), ["ann", "ben"], "who was never seen comes last");
    let [ann_listed, ben] = &page.items[..] else { unreachable!("two users") };
    assert_eq!((ann_listed.sessions, ann_listed.has_password), (2, true));
    assert_eq!((ben.sessions, ben.has_password, ben.last_seen_at), (0, false, None));
    let seen = ann_listed.last_seen_at.expect("she signed in");

    let sessions = client.user_sessions(&dev.id(), &ann.id).await.expect("a list").items;
    let ended = client.end_user_session(&dev.id(), &ann.id, &sessions[1].id).await.expect("ended");
    assert_eq!(ended.id, sessions[1].id);
    let left = client.user_sessions(&dev.id(), &ann.id).await.expect("a list").items;
    assert_eq!(left.iter().map(|session| &session.id).collect::<Vec<_>>(), [&sessions[0].id]);
    assert!(client.end_user_session(&dev.id(), &ann.id, &ended.id).await.expect_err("gone").is_not_found());
    let of_another = client.end_user_session(&dev.id(), &ben.user.id, &sessions[0].id).await;
    assert!(of_another.expect_err("not theirs").is_not_found());

    client.end_user_sessions(&dev.id(), &ann.id).await.expect("ended");
    let page = client.users_page(&dev.id(), &query).await.expect("a page");
    assert_eq!((page.items[0].sessions, page.items[0].last_seen_at), (0, Some(seen)));
}

#[tokio::test]
async fn a_session_that_the_operator_ended_opens_nothing_any_more() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let client = backend.client();
    let ann = backend.sign_up(&dev, "ann").await;
    let other = backend.sign_in(&dev, &ann).await;
    let me = async |token: &str| backend.get("/v1/auth/me").key(&dev.key).bearer(token).send().await.status;
    assert_eq!((me(&ann.access).await, me(&other.access).await), (200, 200));
    let newest = client.user_sessions(&dev.id(), &ann.id).await.expect("a list").items.remove(0);
    client.end_user_session(&dev.id(), &ann.id, &newest.id).await.expect("ended");
    assert_eq!((me(&ann.access).await, me(&other.access).await), (200, 401));
}

#[tokio::test]
async fn what_the_operator_does_to_users_is_in_the_activity_and_what_apps_do_is_not() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let client = backend.client();
    let project = bkend_console::domain::ProjectId::parse(&backend.project_id().await).expect("a project");
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let body = json!({"email": "app@example.com", "name": "app"});
    let made = backend.post("/v1/users", &body).key(&secret).send().await.expect(201);
    let role = format!("/v1/users/{}/role", made["data"]["id"].as_str().expect("an id"));
    backend.patch(&role, &json!({"role": "admin"})).key(&secret).send().await.expect(200);

    let body = CreateUser { email: "ann@example.com".into(), name: "ann".into(), role: Role::User };
    let ann = client.create_user(&dev.id(), &body).await.expect("made");
    client.set_user_role(&dev.id(), &ann.id, Role::Guest).await.expect("changed");
    client.set_user_password(&dev.id(), &ann.id, &PASSWORD.to_owned().into()).await.expect("set");
    client.delete_user(&dev.id(), &ann.id).await.expect("deleted");

    let filter = ActivityFilter { action: Some("user".into()), ..ActivityFilter::default() };
    let page = client.activity_page(&project, &filter, 1, 100).await.expect("a page");
    let lines: Vec<_> =
        page.items.iter().map(|line| (line.action.as_str(), line.target.as_str(), line.actor.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("user.delete", "ann@example.com", "operator"),
            ("user.set-password", "ann@example.com", "operator"),
            ("user.set-role", "ann@example.com", "operator"),
            ("user.create", "ann@example.com", "operator"),
            ("user.set-role", "app@example.com", "admin"),
        ]
    );
    assert_eq!(page.items[2].detail.as_deref(), Some("to guest"));
}
