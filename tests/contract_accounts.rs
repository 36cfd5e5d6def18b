//! Keys, tokens and sessions as apps of the hosted service expect them: sections 1.3, 2.5 and 5.1 of the
//! contract, case by case.

mod harness;

use harness::{
    Text,
    accounts::{PASSWORD, User, claims, dev, me, refresh, sign_in},
};
use reqwest::Method;
use serde_json::{Value, json};

// 1.3 The group of a request

#[tokio::test]
async fn the_group_of_a_request_follows_from_key_and_token() {
    let (backend, dev) = dev().await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let flags = json!({"create": true});
    backend.table(&dev, &json!({"name": "guests", "permissions": {"guest": flags}})).await;
    backend.table(&dev, &json!({"name": "users_only", "permissions": {"user": flags}})).await;
    backend.table(&dev, &json!({"name": "nobodys", "permissions": {}})).await;
    let admin = backend.sign_up_as(&dev, "admin", "admin").await;
    let user = backend.sign_up(&dev, "user").await;
    let guest = backend.sign_up_as(&dev, "guest", "guest").await;
    // The key, the token, which tables it writes to, and what the record's createdBy becomes.
    for (key, token, writes, creator) in [
        (&secret, None, ["guests", "users_only", "nobodys"].as_slice(), ""),
        (&secret, Some(&user), &["guests", "users_only", "nobodys"], &user.id),
        (&dev.key, Some(&admin), &["guests", "users_only", "nobodys"], &admin.id),
        (&dev.key, Some(&user), &["users_only"], &user.id),
        (&dev.key, Some(&guest), &["guests"], &guest.id),
        (&dev.key, None, &["guests"], ""),
    ] {
        for table in ["guests", "users_only", "nobodys"] {
            let mut call = backend.post(&format!("/v1/data/{table}"), &json!({"a": 1})).key(key);
            if let Some(user) = token {
                call = call.bearer(&user.access);
            }
            let answer = call.send().await;
            if writes.contains(&table) {
                assert_eq!(answer.expect(201)["createdBy"], creator, "{token:?} on {table}");
            } else {
                answer.expect_error(403, "data/permission-denied");
            }
        }
    }
}

#[tokio::test]
async fn self_rules_count_for_whoever_is_signed_in_whatever_their_role() {
    let (backend, dev) = dev().await;
    let permissions =
        json!({"guest": {"create": true}, "user": {"create": true}, "self": {"read": true, "update": true}});
    backend.table(&dev, &json!({"name": "notes", "permissions": permissions})).await;
    let ann = backend.sign_up(&dev, "ann").await;
    let guest = backend.sign_up_as(&dev, "guest", "guest").await;
    for (owner, other) in [(&ann, &guest), (&guest, &ann)] {
        let call = backend.post("/v1/data/notes", &json!({"a": 1})).key(&dev.key).bearer(&owner.access);
        let path = format!("/v1/data/notes/{}", call.send().await.expect(201)["id"].text());
        backend.get(&path).key(&dev.key).bearer(&owner.access).send().await.expect(200);
        let foreign = backend.get(&path).key(&dev.key).bearer(&other.access).send().await;
        foreign.expect_error(403, "data/permission-denied");
        backend.get(&path).key(&dev.key).send().await.expect_error(403, "data/permission-denied");
        let list = backend.get("/v1/data/notes").key(&dev.key).bearer(&owner.access).send().await.expect(200);
        assert_eq!(list["pagination"]["total"], 1, "a list holds one's own");
    }
}

#[tokio::test]
async fn a_role_that_changes_counts_from_the_answer_on() {
    let (backend, dev) = dev().await;
    backend.table(&dev, &json!({"name": "closed", "permissions": {}})).await;
    let user = backend.sign_up(&dev, "ann").await;
    let list = async || backend.get("/v1/data/closed").key(&dev.key).bearer(&user.access).send().await;
    list().await.expect_error(403, "data/permission-denied");
    let path = format!("/environments/{}/v1/users/{}/role", dev.id, user.id);
    for (role, status) in [("admin", 200), ("guest", 403), ("admin", 200)] {
        backend.operator(Method::PATCH, &path).json(&json!({"role": role})).send().await.expect(200);
        assert_eq!(list().await.status, status, "{role}");
    }
}

#[tokio::test]
async fn a_token_is_refused_by_every_other_environment() {
    let (backend, dev) = dev().await;
    let prod = backend.environment("prod").await;
    let secret = backend.secret_key(&prod, "server", &[]).await;
    backend.open_table(&prod, "posts", json!({})).await;
    let user = backend.sign_up(&dev, "ann").await;
    // The other environment has no secret before its first user, and another one from then on.
    for first_user_of_prod in ["one", "two"] {
        for key in [&prod.key, &secret] {
            for (method, path) in [
                (Method::GET, "/v1/data/posts"),
                (Method::POST, "/v1/posts"),
                (Method::GET, "/v1/auth/me"),
                (Method::GET, "/v1/users"),
                (Method::GET, "/v1/nothing/there/is"),
            ] {
                let answer = backend.request(method, path).key(key).bearer(&user.access).send().await;
                answer.expect_error(403, "data/project-access-denied");
            }
            let body = json!({"refreshToken": user.refresh});
            let answer = backend.post("/v1/auth/refresh", &body).key(key).send().await;
            answer.expect_error(403, "data/project-access-denied");
        }
        sign_in(&backend, &prod, &user.email, PASSWORD).await.expect_error(401, "auth/invalid-credentials");
        let path = format!("/v1/users/{}", user.id);
        backend.get(&path).key(&secret).send().await.expect_error(404, "user/not-found");
        backend.sign_up(&prod, first_user_of_prod).await;
    }
    me(&backend, &dev, &user.access).await.expect(200);
}

// 2.5 What is refused, and how

#[tokio::test]
async fn a_token_that_is_not_good_is_never_a_guest() {
    let (backend, dev) = dev().await;
    backend.open_table(&dev, "posts", json!({})).await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    let user = backend.sign_up(&dev, "ann").await;
    let (head, signature) = user.access.rsplit_once('.').expect("three parts");
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for key in [&dev.key, &secret] {
        for (token, code) in [
            (forged.as_str(), "auth/invalid-token"),
            (&user.refresh, "auth/invalid-token"),
            ("eyJhbGciOiJub25lIn0.e30.x", "auth/invalid-token"),
            ("nonsense", "auth/invalid-token-format"),
        ] {
            for path in ["/v1/data/posts", "/v1/auth/me", "/v1/users", "/v1/users/1"] {
                backend.get(path).key(key).bearer(token).send().await.expect_error(401, code);
            }
        }
    }
}

#[tokio::test]
async fn routes_of_accounts_say_that_a_key_or_a_login_is_missing() {
    let (backend, dev) = dev().await;
    let secret = backend.secret_key(&dev, "server", &[]).await;
    for (method, path) in [
        (Method::GET, "/v1/auth/me"),
        (Method::POST, "/v1/auth/signout"),
        (Method::GET, "/v1/auth/sessions"),
        (Method::DELETE, "/v1/auth/sessions/1"),
        (Method::DELETE, "/v1/auth/withdraw"),
        (Method::POST, "/v1/auth/password/change"),
    ] {
        backend.request(method.clone(), path).send().await.expect_error(401, "auth/unauthorized");
        // A secret key alone is nobody in particular.
        for key in [&dev.key, &secret] {
            backend.request(method.clone(), path).key(key).send().await.expect_error(401, "auth/unauthorized");
        }
    }
    for path in ["/v1/auth/email/signup", "/v1/auth/email/signin", "/v1/auth/refresh", "/v1/users"] {
        backend.post(path, &json!({})).send().await.expect_error(401, "auth/unauthorized");
    }
}

#[tokio::test]
async fn a_wrong_method_and_an_unknown_path_are_told_apart() {
    let (backend, dev) = dev().await;
    for (method, path, status, code) in [
        (Method::GET, "/v1/auth/email/signin", 405, "common/method-not-allowed"),
        (Method::POST, "/v1/auth/me", 405, "common/method-not-allowed"),
        (Method::PUT, "/v1/users/1", 405, "common/method-not-allowed"),
        (Method::GET, "/v1/auth", 404, "common/not-found"),
        (Method::GET, "/v1/auth/nothing", 404, "common/not-found"),
        (Method::GET, "/v1/auth/google/nothing", 404, "common/not-found"),
        (Method::GET, "/v1/users/1/nothing", 404, "common/not-found"),
    ] {
        backend.request(method, path).key(&dev.key).send().await.expect_error(status, code);
    }
}

#[tokio::test]
async fn what_comes_later_says_so() {
    let (backend, dev) = dev().await;
    for (method, path) in [
        (Method::POST, "/v1/auth/mfa/enable"),
        (Method::POST, "/v1/auth/mfa/confirm"),
        (Method::POST, "/v1/auth/mfa/disable"),
        (Method::GET, "/v1/auth/accounts"),
        (Method::POST, "/v1/auth/accounts"),
        (Method::DELETE, "/v1/auth/accounts/google"),
        (Method::POST, "/v1/auth/accounts/check"),
        (Method::GET, "/v1/auth/invitations"),
        (Method::POST, "/v1/auth/invitations"),
        (Method::POST, "/v1/auth/invitations/accept"),
        (Method::POST, "/v1/auth/invitations/reject"),
        (Method::GET, "/v1/auth/invitations/1"),
        (Method::DELETE, "/v1/auth/invitations/1"),
        (Method::POST, "/v1/auth/email/callback"),
        (Method::POST, "/v1/auth/password/reset/request"),
        (Method::POST, "/v1/auth/email/verify/send"),
        (Method::POST, "/v1/auth/email/verify/resend"),
        (Method::POST, "/v1/auth/email/verify/confirm"),
        (Method::POST, "/v1/auth/signup/email/resend"),
        (Method::GET, "/v1/auth/signup/email/confirm"),
        (Method::POST, "/v1/auth/switch-organization"),
    ] {
        backend.request(method, path).key(&dev.key).send().await.expect_error(501, "common/not-implemented");
    }
    for path in ["/v1/auth/email/signup", "/v1/auth/email/signin"] {
        let body = json!({"method": "magiclink", "email": "ann@example.com", "callbackUrl": "https://x"});
        backend.post(path, &body).key(&dev.key).send().await.expect_error(501, "common/not-implemented");
    }
    for provider in ["google", "github"] {
        let path = format!("/v1/auth/{provider}/callback");
        let posted = backend.post(&path, &json!({"code": "x"})).key(&dev.key).send().await;
        posted.expect_error(400, "auth/oauth-not-configured");
        backend.get(&path).key(&dev.key).send().await.expect_error(400, "auth/oauth-not-configured");
    }
    let other = backend.post("/v1/auth/myspace/callback", &json!({})).key(&dev.key).send().await;
    other.expect_error(400, "auth/unsupported-provider");
}

// 5.1 Tokens

#[tokio::test]
async fn signing_up_answers_tokens_and_the_user_at_both_levels() {
    let (backend, dev) = dev().await;
    let body = json!({"method": "password", "email": " Ann@Example.com ", "password": PASSWORD, "name": "Ann", "x": 1});
    let tokens = backend.post("/v1/auth/email/signup", &body).key(&dev.key).send().await.expect(201);
    assert_eq!((&tokens["tokenType"], &tokens["expiresIn"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(tokens["data"]["accessToken"], tokens["accessToken"]);
    assert_eq!(tokens["data"]["refreshToken"], tokens["refreshToken"]);
    let user = &tokens["user"];
    assert_eq!((&user["email"], &user["name"]), (&json!("ann@example.com"), &json!("Ann")));
    assert_eq!((&user["role"], &user["onboardingStatus"]), (&json!("user"), &json!("pending")));
    for empty in ["emailVerified", "image", "nickname"] {
        assert_eq!(user.get(empty), Some(&Value::Null), "{empty}");
    }
    assert_eq!(user["id"].text().len(), 36);
    assert_eq!(&me(&backend, &dev, &tokens["accessToken"].text()).await.expect(200)["data"], user);
}

#[tokio::test]
async fn a_refreshed_token_differs_within_the_same_second_and_the_one_before_lives_on() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let tokens = refresh(&backend, &dev, &user.refresh).await.expect(200);
    assert_eq!((&tokens["tokenType"], &tokens["expiresIn"]), (&json!("Bearer"), &json!(3600)));
    let next = User::of(&tokens);
    assert_ne!(next.access, user.access);
    assert_ne!(next.refresh, user.refresh);
    assert_eq!(next.id, user.id);
    // Other requests may be under way with it.
    for token in [&user.access, &next.access] {
        me(&backend, &dev, token).await.expect(200);
    }
}

#[tokio::test]
async fn a_stale_access_token_beside_a_refresh_is_passed_over() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    for stale in ["nonsense", "a.b.c", user.refresh.as_str()] {
        let body = json!({"email": user.email, "password": PASSWORD});
        let signed_in = backend.post("/v1/auth/email/signin", &body).key(&dev.key).bearer(stale).send().await;
        let token = User::of(&signed_in.expect(200)).refresh;
        let body = json!({"refreshToken": token});
        backend.post("/v1/auth/refresh", &body).key(&dev.key).bearer(stale).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_refresh_token_that_comes_back_ends_every_session_of_the_user() {
    // The grace is in memory: after a restart the token before the last counts as stolen.
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let elsewhere = backend.sign_in(&dev, &user).await;
    let bystander = backend.sign_up(&dev, "bob").await;
    let next = User::of(&refresh(&backend, &dev, &user.refresh).await.expect(200));
    let backend = backend.killed_and_restarted().await;
    me(&backend, &dev, &next.access).await.expect(200);
    refresh(&backend, &dev, &user.refresh).await.expect_error(401, "auth/invalid-refresh-token");
    for session in [&user, &next, &elsewhere] {
        me(&backend, &dev, &session.access).await.expect_error(401, "auth/invalid-token");
        refresh(&backend, &dev, &session.refresh).await.expect_error(401, "auth/invalid-refresh-token");
    }
    me(&backend, &dev, &bystander.access).await.expect(200);
    backend.sign_in(&dev, &user).await;
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused_as_that() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    for bad in ["", "nonsense", "a.b.c", &user.access] {
        refresh(&backend, &dev, bad).await.expect_error(401, "auth/invalid-refresh-token");
    }
    let missing = backend.post("/v1/auth/refresh", &json!({})).key(&dev.key).send().await;
    missing.expect_error(400, "auth/invalid-request");
    let old = backend.with_claims(&dev, &user.refresh, &json!({"exp": 1_600_003_600}));
    refresh(&backend, &dev, &old).await.expect_error(401, "auth/session-expired");
}

#[tokio::test]
async fn sessions_outlive_the_process() {
    let (backend, dev) = dev().await;
    let (user, gone) = (backend.sign_up(&dev, "ann").await, backend.sign_up(&dev, "bob").await);
    backend.post("/v1/auth/signout", &json!({})).key(&dev.key).bearer(&gone.access).send().await.expect(200);
    let backend = backend.killed_and_restarted().await;
    me(&backend, &dev, &user.access).await.expect(200);
    me(&backend, &dev, &gone.access).await.expect_error(401, "auth/invalid-token");
    refresh(&backend, &dev, &user.refresh).await.expect(200);
}

#[tokio::test]
async fn a_session_that_ends_is_dead_from_the_answer_on() {
    let (backend, dev) = dev().await;
    backend.open_table(&dev, "posts", json!({})).await;
    let user = backend.sign_up(&dev, "ann").await;
    for round in 0..8 {
        let [first, second] = [backend.sign_in(&dev, &user).await, backend.sign_in(&dev, &user).await];
        // Requests under way keep the session in memory.
        let reads = async || {
            for _ in 0..5 {
                backend.get("/v1/data/posts").key(&dev.key).bearer(&first.access).send().await;
            }
        };
        let end = async || {
            let path = format!("/v1/auth/sessions/{}", claims(&first.access)["sid"].text());
            backend.delete(&path).key(&dev.key).bearer(&second.access).send().await.expect(200);
        };
        tokio::join!(reads(), end(), reads());
        let after = backend.get("/v1/data/posts").key(&dev.key).bearer(&first.access).send().await;
        assert_eq!(after.status, 401, "round {round}: {}", after.text);
        me(&backend, &dev, &second.access).await.expect(200);
    }
}
