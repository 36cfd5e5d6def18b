//! Users who sign up and in, as an app has them do it.

use serde_json::{Value, json};

use super::{Backend, Environment, Text};

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
        self.operator(reqwest::Method::PATCH, &path).json(&json!({"role": role})).send().await.expect(200);
        user
    }
}
