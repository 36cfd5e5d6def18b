//! Users who sign up and in, as an app has them do it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit as _, Mac as _};
use rusqlite::{Connection, OpenFlags};
use sha2::Sha256;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, Backend, Environment, Text};

pub const PASSWORD: &str = "a long enough one";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct User {
    pub id: String,
    pub email: String,
    pub access: String,
    pub refresh: String,
}

impl User {
    pub fn of(tokens: &Value) -> Self {
        Self {
            id: tokens["user"]["id"].text(),
            email: tokens["user"]["email"].text(),
            access: tokens["accessToken"].text(),
            refresh: tokens["refreshToken"].text(),
        }
    }
}

impl Backend {
    /// A new user `name@example.com`.
    pub async fn sign_up(&self, environment: &Environment, name: &str) -> User {
        let body =
            json!({"method": "password", "email": format!("{name}@example.com"), "password": PASSWORD, "name": name});
        let tokens = self.post("/v1/auth/email/signup", &body).key(&environment.key).send().await.expect(201);
        User::of(&tokens)
    }

    /// Another session of a user.
    pub async fn sign_in(&self, environment: &Environment, user: &User) -> User {
        let body = json!({"email": user.email, "password": PASSWORD});
        User::of(&self.post("/v1/auth/email/signin", &body).key(&environment.key).send().await.expect(200))
    }

    /// A new user with this role.
    pub async fn sign_up_as(&self, environment: &Environment, name: &str, role: &str) -> User {
        let user = self.sign_up(environment, name).await;
        let path = format!("/environments/{}/v1/users/{}/role", environment.id, user.id);
        self.operator(Method::PATCH, &path).json(&json!({"role": role})).send().await.expect(200);
        user
    }

    /// The same token with other claims, signed with the environment's own secret: as if the server
    /// had made it.
    pub fn with_claims(&self, environment: &Environment, token: &str, other: &Value) -> String {
        let file = self.data_dir().join("environments").join(&environment.id).join("data.db");
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the file opens");
        let sql = "SELECT secret FROM secrets WHERE purpose = 'tokens'";
        let secret: Vec<u8> = connection.query_row(sql, [], |row| row.get(0)).expect("a secret");
        let mut parts = token.split('.');
        let header = parts.next().expect("a header");
        let payload = BASE64.decode(parts.next().expect("a payload")).expect("base64url");
        let mut claims: Value = serde_json::from_slice(&payload).expect("JSON");
        for (name, value) in other.as_object().expect("claims") {
            claims[name] = value.clone();
        }
        let signed = format!("{header}.{}", BASE64.encode(claims.to_string()));
        let mac = Hmac::<Sha256>::new_from_slice(&secret).expect("a key").chain_update(&signed).finalize();
        format!("{signed}.{}", BASE64.encode(mac.into_bytes()))
    }
}

/// A backend with its first environment.
pub async fn dev() -> (Backend, Environment) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    (backend, dev)
}

pub async fn sign_in(backend: &Backend, dev: &Environment, email: &str, password: &str) -> Answer {
    let body = json!({"method": "password", "email": email, "password": password});
    backend.post("/v1/auth/email/signin", &body).key(&dev.key).send().await
}

pub async fn refresh(backend: &Backend, dev: &Environment, token: &str) -> Answer {
    backend.post("/v1/auth/refresh", &json!({"refreshToken": token})).key(&dev.key).send().await
}

pub async fn me(backend: &Backend, dev: &Environment, token: &str) -> Answer {
    backend.get("/v1/auth/me").key(&dev.key).bearer(token).send().await
}

pub async fn change(backend: &Backend, dev: &Environment, user: &User, current: &str, new: &str) -> Answer {
    let body = json!({"currentPassword": current, "newPassword": new});
    backend.post("/v1/auth/password/change", &body).key(&dev.key).bearer(&user.access).send().await
}

pub async fn set_policy(backend: &Backend, dev: &Environment, policy: &Value) -> Value {
    let path = format!("/environments/{}/auth-policy", dev.id);
    backend.operator(Method::PATCH, &path).json(policy).send().await.expect(200)
}

/// What a token says.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    let json = BASE64.decode(payload).expect("base64url");
    serde_json::from_slice(&json).expect("JSON")
}
