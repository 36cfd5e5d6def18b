//! Users as apps of the hosted service expect them: section 6.1 of the contract, case by case.

mod harness;

use harness::{
    Answer, Backend, Environment, Text,
    accounts::{PASSWORD, User},
    events::Events,
};
use reqwest::Method;
use serde_json::{Value, json};

/// An environment with two users and an admin.
struct World {
    backend: Backend,
    dev: Environment,
    secret: String,
    ann: User,
    bob: User,
    admin: User,
}

async fn world() -> World {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let admin = backend.sign_up_as(&dev, "root", "admin").await;
    let ann = backend.sign_up(&dev, "ann").await;
    let bob = backend.sign_up(&dev, "bob").await;
    World { backend, dev, secret, ann, bob, admin }
}

/// Who asks.
#[derive(Clone, Copy)]
enum By<'a> {
    Guest,
    User(&'a User),
    Secret,
    Operator,
}

impl World {
    async fn ask(&self, by: By<'_>, method: Method, path: &str, body: Option<Value>) -> Answer {
        let call = match by {
            By::Guest => self.backend.request(method, &format!("/v1{path}")).key(&self.dev.key),
            By::User(user) => {
                self.backend.request(method, &format!("/v1{path}")).key(&self.dev.key).bearer(&user.access)
            }
            By::Secret => self.backend.request(method, &format!("/v1{path}")).key(&self.secret),
            By::Operator => self.backend.operator(method, &format!("/environments/{}/v1{path}", self.dev.id)),
        };
        match body {
            Some(body) => call.json(&body).send().await,
            None => call.send().await,
        }
    }

    async fn get(&self, by: By<'_>, path: &str) -> Answer {
        self.ask(by, Method::GET, path, None).await
    }

    async fn patch(&self, by: By<'_>, path: &str, body: Value) -> Answer {
        self.ask(by, Method::PATCH, path, Some(body)).await
    }

    async fn names(&self, by: By<'_>, query: &str) -> Vec<String> {
        let list = self.get(by, &format!("/users?{query}")).await.expect(200);
        list["items"].as_array().expect("items").iter().map(|user| user["name"].text()).collect()
    }
}

// Who may what

#[tokio::test]
async fn every_call_asks_who_calls() {
    let world = world().await;
    let World { ann, bob, admin, .. } = &world;
    let same = json!({"name": "Ann", "role": "user"});
    let new = json!({"name": "New", "email": "new@example.com"});
    let of = |below: &str| format!("/users/{}{below}", ann.id);
    // Nobody in particular, somebody else, the user themselves.
    for (method, path, others, own) in [
        (Method::GET, "/users".to_owned(), 200, 200),
        (Method::GET, of(""), 200, 200),
        (Method::POST, "/users".to_owned(), 403, 403),
        (Method::PATCH, of(""), 403, 200),
        (Method::PATCH, of("/role"), 403, 403),
        (Method::GET, of("/profile"), 403, 200),
        (Method::PATCH, of("/profile"), 403, 200),
        (Method::GET, of("/preferences"), 403, 200),
        (Method::PATCH, of("/preferences"), 403, 200),
        (Method::GET, of("/notifications"), 403, 200),
        (Method::PATCH, of("/notifications"), 403, 200),
        (Method::GET, of("/onboarding"), 403, 200),
        (Method::PATCH, of("/onboarding"), 403, 200),
        (Method::GET, of("/public-settings"), 403, 200),
        (Method::PATCH, of("/public-settings"), 403, 200),
    ] {
        let ask = async |by| {
            let body = (method != Method::GET).then(|| if path == "/users" { &new } else { &same }.clone());
            world.ask(by, method.clone(), &path, body).await
        };
        ask(By::Guest).await.expect_error(401, "user/unauthorized");
        for (user, status) in [(bob, others), (ann, own)] {
            let answer = ask(By::User(user)).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
            if status == 403 {
                answer.expect_error(403, "user/forbidden");
            }
        }
        let created = path == "/users" && method == Method::POST;
        for by in [By::User(admin), By::Secret, By::Operator] {
            let answer = ask(by).await;
            assert_eq!(answer.status, if created { 201 } else { 200 }, "{method} {path}: {}", answer.text);
            if created {
                let made = format!("/users/{}", answer.expect(201)["id"].text());
                world.ask(By::Secret, Method::DELETE, &made, None).await.expect(200);
            }
        }
    }
}

#[tokio::test]
async fn who_asks_comes_before_what_they_ask() {
    let world = world().await;
    let path = format!("/v1/users/{}/profile", world.ann.id);
    let garbled = |key: &str| world.backend.request(Method::PATCH, &path).key(key).body("{");
    garbled(&world.dev.key).send().await.expect_error(401, "user/unauthorized");
    garbled(&world.dev.key).bearer(&world.bob.access).send().await.expect_error(403, "user/forbidden");
    let own = garbled(&world.dev.key).bearer(&world.ann.access).send().await;
    own.expect_error(400, "common/invalid-parameters");
}

#[tokio::test]
async fn nobody_is_not_found_by_those_who_may_look() {
    let world = world().await;
    for (method, below) in [
        (Method::GET, ""),
        (Method::PATCH, ""),
        (Method::DELETE, ""),
        (Method::PATCH, "/role"),
        (Method::GET, "/profile"),
        (Method::PATCH, "/profile"),
        (Method::GET, "/preferences"),
        (Method::PATCH, "/public-settings"),
    ] {
        let path = format!("/users/nobody{below}");
        let body = (method == Method::PATCH).then(|| json!({"role": "user"}));
        world.ask(By::Secret, method, &path, body).await.expect_error(404, "user/not-found");
    }
    world.get(By::User(&world.ann), "/users/nobody").await.expect_error(404, "user/not-found");
    let theirs = world.get(By::User(&world.ann), "/users/nobody/profile").await;
    theirs.expect_error(403, "user/forbidden");
}

// The list

#[tokio::test]
async fn others_see_public_fields_and_admins_see_all() {
    let world = world().await;
    let fields = |user: &Value| user.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let public = ["id", "name", "nickname", "image", "createdAt"];
    let list = world.get(By::User(&world.ann), "/users").await.expect(200);
    assert_eq!(list["pagination"]["total"], 3);
    for user in list["items"].as_array().expect("items") {
        if user["id"] == world.ann.id.as_str() {
            assert_eq!(user["email"], world.ann.email.as_str());
        } else {
            assert_eq!(fields(user), public);
        }
    }
    let one = world.get(By::User(&world.ann), &format!("/users/{}", world.bob.id)).await.expect(200);
    assert_eq!(fields(&one["data"]), public);
    for by in [By::User(&world.admin), By::Secret, By::Operator] {
        let one = world.get(by, &format!("/users/{}", world.bob.id)).await.expect(200);
        assert_eq!((&one["email"], &one["role"]), (&json!(world.bob.email), &json!("user")));
        assert!(!one.to_string().contains("argon2"));
    }
    let whole = world.get(By::Secret, "/users?includeAccounts=true").await.expect(200);
    assert_eq!(whole["items"][0]["accounts"], json!([]));
}

#[tokio::test]
async fn a_list_is_searched_sorted_and_paged() {
    let world = world().await;
    let nickname = json!({"nickname": "Red_Fox%"});
    world.patch(By::User(&world.bob), &format!("/users/{}/profile", world.bob.id), nickname).await.expect(200);
    for (query, names) in [
        ("sortBy=name&sortDirection=asc", vec!["ann", "bob", "root"]),
        ("sortBy=name", vec!["root", "bob", "ann"]),
        ("sortBy=email&sortDirection=asc", vec!["ann", "bob", "root"]),
        ("sortBy=role&sortDirection=asc&limit=1", vec!["root"]),
        ("sortBy=createdAt&sortDirection=asc", vec!["root", "ann", "bob"]),
        ("", vec!["bob", "ann", "root"]),
        ("sortBy=updatedAt", vec!["bob", "ann", "root"]),
        ("search=AN", vec!["ann"]),
        ("search=red_f", vec!["bob"]),
        ("search=x%25", vec!["bob"]),
        ("search=r_d", vec![]),
        ("search=bob%40example&searchType=email", vec!["bob"]),
        ("search=bob%40example&searchType=name", vec![]),
        ("search=fox&searchType=nickname", vec!["bob"]),
        ("search=x&searchType=password_hash", vec![]),
        ("limit=1&page=2&sortBy=name&sortDirection=asc", vec!["bob"]),
        ("page=9", vec![]),
    ] {
        assert_eq!(world.names(By::Secret, query).await, names, "{query}");
    }
    let page = world.get(By::Secret, "/users?limit=2").await.expect(200)["pagination"].clone();
    assert_eq!((&page["total"], &page["totalPages"], &page["hasNext"]), (&json!(3), &json!(2), &json!(true)));
    let clamped = world.get(By::Secret, "/users?limit=200").await.expect(200);
    assert_eq!(clamped["pagination"]["limit"], 100);
}

#[tokio::test]
async fn what_a_user_may_not_see_finds_and_orders_nothing_for_them() {
    let world = world().await;
    let ann = By::User(&world.ann);
    assert_eq!(world.names(ann, "search=bob%40example").await, [""; 0]);
    assert_eq!(world.names(ann, "search=bob&searchType=email").await, [""; 0]);
    assert_eq!(world.names(ann, "search=bob").await, ["bob"]);
    let by_creation = world.names(ann, "").await;
    for hidden in ["email", "role", "updatedAt"] {
        assert_eq!(world.names(ann, &format!("sortBy={hidden}")).await, by_creation, "{hidden}");
    }
}

// Making, changing and deleting

#[tokio::test]
async fn an_admin_makes_a_user_without_a_password() {
    let world = world().await;
    let make = async |body: Value| world.ask(By::Secret, Method::POST, "/users", Some(body)).await;
    let cid = make(json!({"name": " Cid ", "email": "Cid@Example.com", "role": "guest"})).await.expect(201);
    assert_eq!(
        (&cid["name"], &cid["email"], &cid["role"]),
        (&json!("Cid"), &json!("cid@example.com"), &json!("guest"))
    );
    assert_eq!(make(json!({"name": "Dan", "email": "dan@example.com"})).await.expect(201)["role"], "user");
    for (body, status, code) in [
        (json!({"email": "e@example.com"}), 400, "user/invalid-name"),
        (json!({"name": "E"}), 400, "auth/invalid-email"),
        (json!({"name": "E", "email": "e@example.com", "role": "king"}), 400, "user/invalid-role"),
        (json!({"name": "E", "email": "CID@example.com"}), 409, "auth/email-already-exists"),
    ] {
        make(body).await.expect_error(status, code);
    }
    let body = json!({"email": "dan@example.com", "password": PASSWORD});
    let answer = world.backend.post("/v1/auth/email/signin", &body).key(&world.dev.key).send().await;
    answer.expect_error(401, "auth/invalid-credentials");
}

#[tokio::test]
async fn a_role_is_one_of_three() {
    let world = world().await;
    let path = format!("/users/{}/role", world.ann.id);
    for role in ["admin", "guest", "user"] {
        assert_eq!(world.patch(By::Secret, &path, json!({"role": role})).await.expect(200)["role"], role);
    }
    for bad in [json!({"role": "king"}), json!({}), json!({"role": 1}), json!({"role": null})] {
        world.patch(By::Secret, &path, bad).await.expect_error(400, "user/invalid-role");
    }
}

#[tokio::test]
async fn a_name_is_changed_and_moves_the_time_of_change() {
    let world = world().await;
    let path = format!("/users/{}", world.ann.id);
    let before = world.get(By::User(&world.ann), &path).await.expect(200);
    let after = world.patch(By::User(&world.ann), &path, json!({"name": "Anna", "role": "admin"})).await.expect(200);
    assert_eq!((&after["name"], &after["role"]), (&json!("Anna"), &json!("user")), "a role is not one's own to change");
    assert_eq!(after["createdAt"], before["createdAt"]);
    assert!(after["updatedAt"].text() >= before["updatedAt"].text());
    world.patch(By::User(&world.ann), &path, json!({"name": ""})).await.expect_error(400, "user/invalid-name");
}

#[tokio::test]
async fn a_user_deletes_themselves_and_is_gone() {
    let world = world().await;
    let path = format!("/users/{}", world.ann.id);
    let other = world.ask(By::User(&world.bob), Method::DELETE, &path, None).await;
    other.expect_error(403, "user/forbidden");
    let call = world.backend.delete(&format!("/v1{path}")).key(&world.dev.key).bearer(&world.ann.access);
    let deleted = call.header("content-type", "application/json").send().await.expect(200);
    assert!(!deleted["message"].text().is_empty());
    world.get(By::User(&world.ann), "/auth/me").await.expect_error(401, "auth/invalid-token");
    world.get(By::Secret, &path).await.expect_error(404, "user/not-found");
    assert_eq!(world.names(By::Secret, "sortBy=name&sortDirection=asc").await, ["bob", "root"]);
    let body = json!({"email": world.ann.email, "password": PASSWORD});
    let answer = world.backend.post("/v1/auth/email/signin", &body).key(&world.dev.key).send().await;
    answer.expect_error(401, "auth/invalid-credentials");
    let again = world.backend.sign_up(&world.dev, "ann").await;
    assert_ne!(again.id, world.ann.id, "the address is free and the id is not");
    world.ask(By::Secret, Method::DELETE, &format!("/users/{}", again.id), None).await.expect(200);
}

#[tokio::test]
async fn an_erased_user_leaves_nothing() {
    let world = world().await;
    let erase = format!("/environments/{}/users/{}", world.dev.id, world.ann.id);
    world.ask(By::User(&world.ann), Method::DELETE, &format!("/users/{}", world.ann.id), None).await.expect(200);
    for (path, status) in [(&erase, 200), (&erase, 404)] {
        assert_eq!(world.backend.operator(Method::DELETE, path).send().await.status, status);
    }
    let erase = format!("/environments/{}/users/{}", world.dev.id, world.bob.id);
    world.backend.operator(Method::DELETE, &erase).send().await.expect(200);
    world.get(By::User(&world.bob), "/auth/me").await.expect_error(401, "auth/invalid-token");
    assert_eq!(world.names(By::Secret, "").await, ["root"]);
}

// Profile and settings

#[tokio::test]
async fn the_answer_to_a_profile_is_a_user_to_show() {
    let world = world().await;
    let path = format!("/users/{}/profile", world.ann.id);
    let body = json!({
        "name": "Anna", "nickname": "an", "mobile": "+821012345678", "gender": "female", "bio": "hello",
        "socialLinks": {"github": "https://github.com/ann"}, "image": "http://localhost:4600/objects/1",
        "email": "other@example.com", "role": "admin", "id": "mine", "unknown": true,
    });
    let changed = world.patch(By::User(&world.ann), &path, body).await.expect(200);
    assert_eq!((&changed["id"], &changed["email"]), (&json!(world.ann.id), &json!(world.ann.email)));
    assert_eq!((&changed["role"], &changed["image"]), (&json!("user"), &json!("http://localhost:4600/objects/1")));
    for (field, value) in [
        ("name", json!("Anna")),
        ("nickname", json!("an")),
        ("mobile", json!("+821012345678")),
        ("gender", json!("female")),
        ("bio", json!("hello")),
        ("socialLinks", json!({"github": "https://github.com/ann", "twitter": null, "linkedin": null})),
    ] {
        assert_eq!(changed[field], value, "{field}");
    }
    assert!(changed["createdAt"].is_string() && changed["updatedAt"].is_string() && changed.get("unknown").is_none());
    assert_eq!(world.get(By::User(&world.ann), &path).await.expect(200), changed);
    let me = world.get(By::User(&world.ann), "/auth/me").await.expect(200);
    assert_eq!(
        (&me["name"], &me["nickname"], &me["image"]),
        (&changed["name"], &changed["nickname"], &changed["image"])
    );
    let cleared = world.patch(By::User(&world.ann), &path, json!({"nickname": null, "bio": null})).await.expect(200);
    assert_eq!((&cleared["nickname"], &cleared["bio"], &cleared["name"]), (&Value::Null, &Value::Null, &json!("Anna")));
}

#[tokio::test]
async fn a_profile_takes_what_its_fields_take() {
    let world = world().await;
    let path = format!("/users/{}/profile", world.ann.id);
    for (body, code) in [
        (json!({"name": ""}), "user/invalid-name"),
        (json!({"name": "x".repeat(101)}), "user/invalid-name"),
        (json!({"nickname": "x".repeat(51)}), "user/invalid-nickname"),
        (json!({"nickname": ""}), "user/invalid-nickname"),
        (json!({"mobile": "010-1234-5678"}), "common/invalid-parameters"),
        (json!({"gender": "x"}), "common/invalid-parameters"),
        (json!({"bio": "x".repeat(501)}), "common/invalid-parameters"),
        (json!({"socialLinks": "https://x"}), "common/invalid-parameters"),
        // What came before the bad value is not kept either.
        (json!({"name": "Changed", "bio": 5}), "common/invalid-parameters"),
    ] {
        world.patch(By::User(&world.ann), &path, body).await.expect_error(400, code);
    }
    assert_eq!(world.get(By::User(&world.ann), &path).await.expect(200)["name"], "ann");
}

#[tokio::test]
async fn settings_begin_with_their_defaults_and_keep_what_is_set() {
    let world = world().await;
    for (section, defaults, change, after, bad) in [
        (
            "preferences",
            json!({"locale": null, "timezone": null, "theme": null}),
            json!({"theme": "dark", "locale": "ko-KR", "unknown": 1}),
            json!({"locale": "ko-KR", "timezone": null, "theme": "dark"}),
            json!({"theme": "blue"}),
        ),
        (
            "notifications",
            json!({"service": true, "push": true, "email": true, "securityAlerts": true, "marketing": false,
                   "sms": false, "nightTime": false}),
            json!({"push": false, "sms": true}),
            json!({"service": true, "push": false, "email": true, "securityAlerts": true, "marketing": false,
                   "sms": true, "nightTime": false}),
            json!({"push": "no"}),
        ),
        (
            "public-settings",
            json!({"slug": null, "isPublic": false}),
            json!({"slug": "ann", "isPublic": true}),
            json!({"slug": "ann", "isPublic": true}),
            json!({"slug": "a b"}),
        ),
        (
            "onboarding",
            json!({"status": "pending"}),
            json!({"status": "completed", "step": 3, "data": {"a": 1}}),
            json!({"status": "completed", "step": 3, "data": {"a": 1}}),
            json!({"status": ""}),
        ),
    ] {
        let path = format!("/users/{}/{section}", world.ann.id);
        let ann = By::User(&world.ann);
        assert_eq!(world.get(ann, &path).await.expect(200)["data"], defaults, "{section}");
        assert_eq!(world.patch(ann, &path, change).await.expect(200)["data"], after, "{section}");
        world.patch(ann, &path, bad).await.expect_error(400, "common/invalid-parameters");
        assert_eq!(world.get(ann, &path).await.expect(200)["data"], after, "{section}");
        assert_eq!(world.get(By::Secret, &path).await.expect(200)["data"], after, "{section}");
    }
    assert_eq!(world.get(By::User(&world.ann), "/auth/me").await.expect(200)["onboardingStatus"], "completed");
    let bob = format!("/users/{}/preferences", world.bob.id);
    assert_eq!(world.get(By::User(&world.bob), &bob).await.expect(200)["theme"], Value::Null);
}

// What the rest of the product learns

#[tokio::test]
async fn users_are_counted_and_told_to_followers() {
    let world = world().await;
    let World { backend, dev, ann, .. } = &world;
    let environment = format!("/environments/{}", dev.id);
    let mut events = Events::open(backend.operator(Method::GET, "/events")).await;
    let path = format!("/users/{}", ann.id);
    world.patch(By::User(ann), &path, json!({"name": "Anna"})).await.expect(200);
    let changed = events.find(|event| event.name == "user").await.data;
    assert_eq!((&changed["environmentId"], &changed["id"]), (&json!(dev.id), &json!(ann.id)));
    assert_eq!((&changed["name"], changed.get("password")), (&json!("Anna"), None));
    world.ask(By::User(ann), Method::DELETE, &path, None).await.expect(200);
    let deleted = events.find(|event| event.name == "user.deleted").await.data;
    assert_eq!(deleted["id"], ann.id.as_str());
    let usage = async |backend: &Backend| {
        backend.operator(Method::GET, &environment).send().await.expect(200)["usage"]["users"].clone()
    };
    assert_eq!(usage(backend).await, 2);
    let backend = world.backend.killed_and_restarted().await;
    harness::until("users are counted again", async || usage(&backend).await == 2).await;
}
