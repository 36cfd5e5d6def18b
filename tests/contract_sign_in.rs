//! Signing up, in and out as apps of the hosted service expect it: sections 5.2 and 5.3 of the contract,
//! case by case, and what an operator does for users.

mod harness;

use bkend_console::domain::Clock;
use harness::{
    Environment, Text,
    accounts::{PASSWORD, User, change, claims, dev, me, refresh, set_policy, sign_in},
    until,
};
use reqwest::Method;
use serde_json::{Value, json};

// 5.2 Passwords and locks

#[tokio::test]
async fn passwords_are_long_enough_and_not_what_everybody_tries() {
    let (backend, dev) = dev().await;
    for (password, code) in [
        ("short", "auth/invalid-password-format"),
        ("seven77", "auth/invalid-password-format"),
        (&"x y".repeat(43), "auth/invalid-password-format"),
        ("password", "auth/weak-password"),
        ("QWERTYUIOP", "auth/weak-password"),
    ] {
        let body = json!({"email": "ann@example.com", "password": password, "name": "Ann"});
        let answer = backend.post("/v1/auth/email/signup", &body).key(&dev.key).send().await;
        answer.expect_error(400, code);
    }
    for (n, password) in ["eight888", "비밀번호는길어야해", &"x y".repeat(42)].into_iter().enumerate() {
        let body = json!({"email": format!("{n}@example.com"), "password": password, "name": "Ann"});
        backend.post("/v1/auth/email/signup", &body).key(&dev.key).send().await.expect(201);
        sign_in(&backend, &dev, &format!("{n}@example.com"), password).await.expect(200);
    }
}

#[tokio::test]
async fn each_environment_has_its_own_rules() {
    let (backend, dev) = dev().await;
    let qa = backend.environment("qa").await;
    let path = format!("/environments/{}/auth-policy", dev.id);
    let policy = backend.operator(Method::GET, &path).send().await.expect(200);
    assert_eq!(
        policy,
        json!({"minLength": 8, "requireUppercase": false, "requireLowercase": false, "requireNumbers": false,
               "requireSpecialChars": false, "sessionDays": 30, "accessTokenSeconds": 3600, "lockAfterFailures": 10,
               "lockWindowMinutes": 15, "lockMinutes": 15})
    );
    let changed = set_policy(&backend, &dev, &json!({"requireNumbers": true, "accessTokenSeconds": 60})).await;
    assert_eq!((&changed["requireNumbers"], &changed["minLength"]), (&json!(true), &json!(8)));
    let sign_up = async |environment: &Environment, password: &str| {
        let body = json!({"email": "ann@example.com", "password": password, "name": "Ann"});
        backend.post("/v1/auth/email/signup", &body).key(&environment.key).send().await
    };
    sign_up(&dev, "without digits").await.expect_error(400, "auth/invalid-password-format");
    assert_eq!(sign_up(&dev, "with 1 digit").await.expect(201)["expiresIn"], 60);
    assert_eq!(sign_up(&qa, "without digits").await.expect(201)["expiresIn"], 3600);
    for bad in [json!({"minLength": 5}), json!({"sessionDays": 0}), json!({"nonsense": 1})] {
        let answer = backend.operator(Method::PATCH, &path).json(&bad).send().await;
        answer.expect_refusal(400, "common/invalid-parameters");
    }
    let backend = backend.killed_and_restarted().await;
    assert_eq!(backend.operator(Method::GET, &path).send().await.expect(200), changed);
}

#[tokio::test]
async fn too_many_wrong_passwords_lock_an_address_whether_anybody_has_it_or_not() {
    let (backend, dev) = dev().await;
    let bystander = backend.sign_up(&dev, "bob").await;
    let user = backend.sign_up(&dev, "ann").await;
    set_policy(&backend, &dev, &json!({"lockAfterFailures": 3})).await;
    for email in [" ANN@example.com", "nobody@example.com"] {
        for _ in 0..3 {
            sign_in(&backend, &dev, email, "wrong password").await.expect_error(401, "auth/invalid-credentials");
        }
        let locked = sign_in(&backend, &dev, email.trim(), PASSWORD).await;
        let seconds: u64 = locked.header("retry-after").expect("a header").parse().expect("whole seconds");
        assert!((800..=900).contains(&seconds), "{seconds}");
        locked.expect_error(429, "auth/account-locked");
    }
    // Others sign in, and who was signed in goes on.
    backend.sign_in(&dev, &bystander).await;
    me(&backend, &dev, &user.access).await.expect(200);
}

#[tokio::test]
async fn a_success_begins_the_count_of_failures_anew() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    set_policy(&backend, &dev, &json!({"lockAfterFailures": 2})).await;
    for _ in 0..3 {
        sign_in(&backend, &dev, &user.email, "wrong password").await.expect_error(401, "auth/invalid-credentials");
        backend.sign_in(&dev, &user).await;
    }
}

// 5.3 Signing up and in

#[tokio::test]
async fn signing_up_needs_everything_and_says_what_is_missing() {
    let (backend, dev) = dev().await;
    let whole = json!({"method": "password", "email": "ann@example.com", "password": PASSWORD, "name": "Ann"});
    for (key, value, code) in [
        ("email", Value::Null, "auth/invalid-request"),
        ("password", Value::Null, "auth/invalid-request"),
        ("name", Value::Null, "auth/invalid-request"),
        ("method", json!("carrier pigeon"), "auth/invalid-request"),
        ("email", json!("not an address"), "auth/invalid-email"),
        ("email", json!(""), "auth/invalid-email"),
        ("email", json!(5), "common/invalid-parameters"),
        ("name", json!("  "), "user/invalid-name"),
        ("name", json!("x".repeat(101)), "user/invalid-name"),
    ] {
        let mut body = whole.clone();
        body[key] = value;
        let answer = backend.post("/v1/auth/email/signup", &body).key(&dev.key).send().await;
        answer.expect_error(400, code);
    }
    let call = backend.request(Method::POST, "/v1/auth/email/signup").key(&dev.key);
    call.body("{").send().await.expect_error(400, "common/invalid-parameters");
}

#[tokio::test]
async fn of_many_who_sign_up_at_once_with_one_address_one_succeeds() {
    let (backend, dev) = dev().await;
    let body = json!({"email": "ann@example.com", "password": PASSWORD, "name": "Ann"});
    let call = || backend.post("/v1/auth/email/signup", &body).key(&dev.key).send();
    let answers = futures_util::future::join_all((0..6).map(|_| call())).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn the_method_may_be_left_out() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let body = json!({"email": user.email, "password": PASSWORD});
    backend.post("/v1/auth/email/signin", &body).key(&dev.key).send().await.expect(200);
    let body = json!({"email": user.email, "password": PASSWORD, "method": "telepathy"});
    let answer = backend.post("/v1/auth/email/signin", &body).key(&dev.key).send().await;
    answer.expect_error(400, "auth/invalid-request");
}

#[tokio::test]
async fn passwords_and_tokens_are_nowhere_on_the_disk_in_clear() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let file = backend.data_dir().join("environments").join(&dev.id).join("data.db-wal");
    let bytes = std::fs::read(file).expect("the log is there");
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("ann@example.com") && holds("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!holds(PASSWORD) && !holds(&user.refresh) && !holds(&user.access));
}

// 5.3 Changing the password

#[tokio::test]
async fn changing_the_password_ends_all_sessions() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let elsewhere = backend.sign_in(&dev, &user).await;
    let answer = change(&backend, &dev, &user, PASSWORD, "another long one").await.expect(200);
    assert!(!answer["message"].text().is_empty());
    for session in [&user, &elsewhere] {
        me(&backend, &dev, &session.access).await.expect_error(401, "auth/invalid-token");
        refresh(&backend, &dev, &session.refresh).await.expect_error(401, "auth/invalid-refresh-token");
    }
    sign_in(&backend, &dev, &user.email, PASSWORD).await.expect_error(401, "auth/invalid-credentials");
    sign_in(&backend, &dev, &user.email, "another long one").await.expect(200);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_to_a_better_one() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    // Clients refresh and repeat on 401: the second answer is the first one.
    for _ in 0..2 {
        let wrong = change(&backend, &dev, &user, "wrong password", "another long one").await;
        wrong.expect_error(401, "auth/invalid-password");
    }
    change(&backend, &dev, &user, PASSWORD, "short").await.expect_error(400, "auth/invalid-password-format");
    change(&backend, &dev, &user, PASSWORD, "12345678").await.expect_error(400, "auth/weak-password");
    change(&backend, &dev, &user, PASSWORD, PASSWORD).await.expect_error(400, "auth/same-as-previous-password");
    let call = backend.post("/v1/auth/password/change", &json!({"newPassword": "x"})).key(&dev.key);
    call.bearer(&user.access).send().await.expect_error(400, "auth/invalid-request");
    me(&backend, &dev, &user.access).await.expect(200);
}

#[tokio::test]
async fn guessing_with_a_stolen_token_locks_the_change_and_not_the_sign_in() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    set_policy(&backend, &dev, &json!({"lockAfterFailures": 2})).await;
    for _ in 0..2 {
        let wrong = change(&backend, &dev, &user, "wrong password", "another long one").await;
        wrong.expect_error(401, "auth/invalid-password");
    }
    let locked = change(&backend, &dev, &user, PASSWORD, "another long one").await;
    assert!(locked.header("retry-after").is_some());
    locked.expect_error(429, "auth/account-locked");
    backend.sign_in(&dev, &user).await;
}

// 5.3 Sessions, signing out, withdrawing

#[tokio::test]
async fn sessions_are_listed_with_both_families_of_names() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let body = json!({"email": user.email, "password": PASSWORD});
    let call = backend.post("/v1/auth/email/signin", &body).key(&dev.key).header("user-agent", "Phone/1.0");
    let phone = User::of(&call.send().await.expect(200));
    let call = backend.get("/v1/auth/sessions").key(&dev.key).bearer(&user.access);
    let list = call.send().await.expect(200);
    assert_eq!((&list["pagination"]["total"], &list["pagination"]["limit"]), (&json!(2), &json!(10)));
    assert_eq!(list["data"]["items"], list["items"]);
    let newest = &list["items"][0];
    assert_eq!((&newest["id"], &newest["userId"]), (&claims(&phone.access)["sid"], &json!(user.id)));
    for name in ["userAgent", "deviceInfo", "device"] {
        assert_eq!(newest[name], "Phone/1.0", "{name}");
    }
    for name in ["ipAddress", "ip"] {
        assert_eq!(newest[name], "127.0.0.1", "{name}");
    }
    assert_eq!(newest["lastActivityAt"], newest["lastAccessedAt"]);
    assert!(newest.get("refreshDigest").is_none() && !list.to_string().contains(&phone.refresh));
    let call = backend.get("/v1/auth/sessions?page=2&limit=1").key(&dev.key).bearer(&user.access);
    let second = call.send().await.expect(200);
    assert_eq!(second["items"][0]["id"], claims(&user.access)["sid"]);
}

#[tokio::test]
async fn a_session_is_ended_by_its_user_and_nobody_else() {
    let (backend, dev) = dev().await;
    let (ann, bob) = (backend.sign_up(&dev, "ann").await, backend.sign_up(&dev, "bob").await);
    let phone = backend.sign_in(&dev, &ann).await;
    let path = format!("/v1/auth/sessions/{}", claims(&phone.access)["sid"].text());
    let end = async |user: &User| backend.delete(&path).key(&dev.key).bearer(&user.access).send().await;
    end(&bob).await.expect_error(404, "auth/session-not-found");
    me(&backend, &dev, &phone.access).await.expect(200);
    end(&ann).await.expect(200);
    me(&backend, &dev, &phone.access).await.expect_error(401, "auth/invalid-token");
    end(&ann).await.expect_error(404, "auth/session-not-found");
    me(&backend, &dev, &ann.access).await.expect(200);
}

#[tokio::test]
async fn signing_out_needs_no_body_and_ends_this_session_alone() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let phone = backend.sign_in(&dev, &user).await;
    let call = backend.request(Method::POST, "/v1/auth/signout").key(&dev.key).bearer(&phone.access);
    let answer = call.header("content-type", "application/json").send().await.expect(200);
    assert!(!answer["message"].text().is_empty());
    me(&backend, &dev, &phone.access).await.expect_error(401, "auth/invalid-token");
    // The moment of grace is over with the session.
    refresh(&backend, &dev, &phone.refresh).await.expect_error(401, "auth/invalid-refresh-token");
    me(&backend, &dev, &user.access).await.expect(200);
}

#[tokio::test]
async fn whoever_withdraws_is_gone_and_their_address_is_free() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let phone = backend.sign_in(&dev, &user).await;
    let call = backend.delete("/v1/auth/withdraw").key(&dev.key).bearer(&user.access);
    assert!(!call.send().await.expect(200)["message"].text().is_empty());
    for session in [&user, &phone] {
        me(&backend, &dev, &session.access).await.expect_error(401, "auth/invalid-token");
    }
    sign_in(&backend, &dev, &user.email, PASSWORD).await.expect_error(401, "auth/invalid-credentials");
    assert_ne!(backend.sign_up(&dev, "ann").await.id, user.id);
}

// What an operator does

#[tokio::test]
async fn an_operator_sets_a_password_and_ends_sessions() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let path = format!("/environments/{}/users/{}", dev.id, user.id);
    let set = |password: &str| {
        backend.operator(Method::PUT, &format!("{path}/password")).json(&json!({"password": password})).send()
    };
    set("short").await.expect_refusal(400, "auth/invalid-password-format");
    assert_eq!(set("set by the operator").await.expect(200)["email"], user.email.as_str());
    me(&backend, &dev, &user.access).await.expect_error(401, "auth/invalid-token");
    let tokens = sign_in(&backend, &dev, &user.email, "set by the operator").await.expect(200);
    let user = User::of(&tokens);
    let sessions = backend.operator(Method::GET, &format!("{path}/sessions")).send().await.expect(200);
    assert_eq!(sessions["pagination"]["total"], 1);
    backend.operator(Method::DELETE, &format!("{path}/sessions")).send().await.expect(200);
    me(&backend, &dev, &user.access).await.expect_error(401, "auth/invalid-token");
    for (method, below) in
        [(Method::PUT, "password"), (Method::POST, "invite"), (Method::GET, "sessions"), (Method::DELETE, "sessions")]
    {
        let path = format!("/environments/{}/users/nobody/{below}", dev.id);
        let body = json!({"password": "long enough for this"});
        backend.operator(method, &path).json(&body).send().await.expect_refusal(404, "user/not-found");
    }
    // Nothing of this is an app's.
    let path = format!("/management/v1{path}/sessions");
    backend.get(&path).bearer(&user.access).send().await.expect_refusal(401, "auth/unauthorized");
}

#[tokio::test]
async fn an_invited_user_sets_a_password_once() {
    let (backend, dev) = dev().await;
    let users = format!("/environments/{}/v1/users", dev.id);
    let body = json!({"name": "Ann", "email": "ann@example.com"});
    let ann = backend.operator(Method::POST, &users).json(&body).send().await.expect(201)["id"].text();
    sign_in(&backend, &dev, "ann@example.com", PASSWORD).await.expect_error(401, "auth/invalid-credentials");
    let invite = async || {
        let path = format!("/environments/{}/users/{ann}/invite", dev.id);
        backend.operator(Method::POST, &path).send().await.expect(200)["token"].text()
    };
    let confirm = async |email: &str, token: &str, password: &str| {
        let body = json!({"email": email, "token": token, "newPassword": password});
        backend.post("/v1/auth/password/reset/confirm", &body).key(&dev.key).send().await
    };
    let (first, token) = (invite().await, invite().await);
    for (email, token) in [("ann@example.com", first.as_str()), ("ann@example.com", "x"), ("bob@example.com", &token)] {
        let refused = confirm(email, token, PASSWORD).await;
        refused.expect_error(404, "auth/verification-token-not-found");
    }
    confirm("ann@example.com", &token, "short").await.expect_error(400, "auth/invalid-password-format");
    confirm("Ann@Example.com", &token, PASSWORD).await.expect(200);
    sign_in(&backend, &dev, "ann@example.com", PASSWORD).await.expect(200);
    let again = confirm("ann@example.com", &token, PASSWORD).await;
    again.expect_error(404, "auth/verification-token-not-found");
}

#[tokio::test]
async fn a_token_that_was_good_is_refused_from_the_second_on_that_it_names() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let soon = Clock::System.now().millis() / 1000 + 2;
    let token = backend.with_claims(&dev, &user.access, &json!({"exp": soon}));
    let me = async || backend.get("/v1/auth/me").key(&dev.key).bearer(&token).send().await;
    me().await.expect(200);
    until("the token expires", async || {
        let before = Clock::System.now();
        let answer = me().await;
        if answer.status == 200 {
            assert!(before.millis() / 1000 < soon, "it was good after its end");
            return false;
        }
        answer.expect_error(401, "auth/token-expired");
        true
    })
    .await;
    backend.get("/v1/auth/me").key(&dev.key).bearer(&user.access).send().await.expect(200);
}

// A flood of passwords

#[tokio::test]
async fn a_flood_of_sign_ins_is_told_to_come_back_while_data_is_answered() {
    let (backend, dev) = dev().await;
    backend.open_table(&dev, "posts", json!({})).await;
    let user = backend.sign_up(&dev, "ann").await;
    let flood = futures_util::future::join_all((0..150).map(|n| {
        let (backend, dev) = (&backend, &dev);
        async move { sign_in(backend, dev, &format!("{n}@example.com"), "wrong password").await }
    }));
    let mut reads = 0;
    let data = async {
        loop {
            let call = backend.get("/v1/data/posts").key(&dev.key).bearer(&user.access);
            call.send().await.expect(200);
            backend.post("/v1/data/posts", &json!({"a": 1})).key(&dev.key).send().await.expect(201);
            reads += 1;
        }
    };
    let answers = tokio::select! {
        answers = flood => answers,
        () = data => unreachable!("it goes on for as long as the flood"),
    };
    assert!(reads > 0, "data was answered during the flood");
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    assert!(!refused.is_empty(), "more came than there are places");
    for answer in &answers {
        match answer.status {
            401 => assert_eq!(answer.code(), Some("auth/invalid-credentials")),
            503 => assert!(answer.header("retry-after").is_some(), "{}", answer.text),
            status => unreachable!("{status}: {}", answer.text),
        }
    }
    backend.sign_in(&dev, &user).await;
}
