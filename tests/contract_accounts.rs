//! Sign-in as apps of the hosted service expect it: sections 1.3 and 5 of the contract, case by case,
//! and of section 9 what concerns accounts.

mod harness;

use harness::{
    Backend, Environment, Text,
    accounts::{PASSWORD, User},
};
use serde_json::{Value, json};

async fn dev() -> (Backend, Environment) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    (backend, dev)
}

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).expect("three parts");
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}

// 5.1 Tokens

#[tokio::test]
async fn signing_up_answers_tokens_and_the_user_at_both_levels() {
    let (backend, dev) = dev().await;
    let body =
        json!({"method": "password", "email": " Ann@Example.com ", "password": PASSWORD, "name": "Ann", "terms": 1});
    let tokens = backend.post("/v1/auth/email/signup", &body).key(&dev.key).send().await.expect(201);
    assert_eq!((&tokens["tokenType"], &tokens["expiresIn"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(tokens["data"]["accessToken"], tokens["accessToken"]);
    assert_eq!(tokens["data"]["refreshToken"], tokens["refreshToken"]);
    let user = &tokens["user"];
    assert_eq!(
        (&user["email"], &user["name"], &user["role"]),
        (&json!("ann@example.com"), &json!("Ann"), &json!("user"))
    );
    assert_eq!((&user["emailVerified"], &user["image"], &user["nickname"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(user["onboardingStatus"], "pending");
    assert_eq!(user["id"].text().len(), 36);
    let me = backend.get("/v1/auth/me").key(&dev.key).bearer(&tokens["accessToken"].text()).send().await.expect(200);
    assert_eq!(&me["data"], user);
}

#[tokio::test]
async fn behaviour_7_the_payload_of_the_token_names_the_user() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let claims = claims(&user.access);
    let me = backend.get("/v1/auth/me").key(&dev.key).bearer(&user.access).send().await.expect(200);
    assert_eq!(claims["sub"], me["id"]);
    assert_eq!((&claims["env"], &claims["typ"], &claims["role"]), (&json!(dev.id), &json!("access"), &json!("user")));
    assert_eq!(claims["pid"], backend.project_id().await.as_str());
    assert_eq!(claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("a number"), 3600);
    assert!(claims["jti"].is_string() && claims["sid"].is_string());
}

#[tokio::test]
async fn a_refreshed_token_differs_within_the_same_second() {
    let (backend, dev) = dev().await;
    let user = backend.sign_up(&dev, "ann").await;
    let body = json!({"refreshToken": user.refresh});
    let tokens = backend.post("/v1/auth/refresh", &body).key(&dev.key).send().await.expect(200);
    let next = User::of(&tokens);
    assert_ne!(next.access, user.access);
    assert_ne!(next.refresh, user.refresh);
    assert_eq!(next.id, user.id);
    // The one before lives on to its end: other requests may be under way with it.
    for token in [&user.access, &next.access] {
        backend.get("/v1/auth/me").key(&dev.key).bearer(token).send().await.expect(200);
    }
}
