//! The users of an environment, as its operator manages them.

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use super::{APP_PAGE, Client, Error, Listing, management, segment, transport::Call};
use crate::domain::{
    EnvironmentId,
    account::{ListedUser, Role, User, UserOrder},
    api::Page,
    auth_policy::{AuthPolicy, UpdateAuthPolicy},
    list::Direction,
    session::{Invitation, Session},
};

/// A user to make; they set their password themselves, when they are invited.
#[derive(Clone, Debug, Serialize)]
pub struct CreateUser {
    pub email: String,
    pub name: String,
    pub role: Role,
}

/// Which users to read.
#[derive(Clone, Debug)]
pub struct UsersQuery {
    /// 1 for the first.
    pub page: u64,
    /// At most 1000.
    pub limit: u64,
    /// Part of a name, a nickname or an address.
    pub search: Option<String>,
    pub role: Option<Role>,
    pub sort_by: UserOrder,
    pub direction: Direction,
}

impl UsersQuery {
    /// A page of all users, the newest first.
    pub const fn page(page: u64, limit: u64) -> Self {
        Self { page, limit, search: None, role: None, sort_by: UserOrder::CreatedAt, direction: Direction::Descending }
    }
}

impl Client {
    /// One page of the users, each with when they were last seen.
    pub async fn users_page(&self, environment: &EnvironmentId, query: &UsersQuery) -> Result<Page<ListedUser>, Error> {
        let mut call = Call::get(management(&format!("/environments/{environment}/users")))
            .page(query.page, query.limit)
            .sorted(query.sort_by.as_str(), query.direction);
        if let Some(text) = &query.search {
            call = call.query("search", text);
        }
        if let Some(role) = query.role {
            call = call.query("role", role);
        }
        self.transport.send(call).await?.json()
    }

    /// All users, or those whose name, nickname or address contains a text; the newest first.
    pub async fn users(&self, environment: &EnvironmentId, search: Option<&str>) -> Result<Listing<User>, Error> {
        self.list_of_app(data_plane(environment, ""), search).await
    }

    /// The user with this id, or with this address.
    pub async fn find_user(&self, environment: &EnvironmentId, name: &str) -> Result<Option<User>, Error> {
        if !name.contains('@') {
            let found = self.transport.send(Call::get(data_plane(environment, &format!("/{}", segment(name))))).await;
            return match found {
                Ok(answer) => answer.enveloped().map(Some),
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            };
        }
        let email = name.trim().to_lowercase();
        let call = Call::get(data_plane(environment, "")).query("limit", APP_PAGE).query("searchType", "email");
        let found = self.transport.send(call.query("search", &email)).await?.enveloped::<Page<User>>()?;
        Ok(found.items.into_iter().find(|user| user.email == email))
    }

    pub async fn create_user(&self, environment: &EnvironmentId, body: &CreateUser) -> Result<User, Error> {
        self.transport.send(Call::new(Method::POST, data_plane(environment, "")).body(body)?).await?.enveloped()
    }

    pub async fn set_user_role(&self, environment: &EnvironmentId, user: &str, role: Role) -> Result<User, Error> {
        let path = data_plane(environment, &format!("/{}/role", segment(user)));
        let call = Call::new(Method::PATCH, path).body(&json!({ "role": role }))?;
        self.transport.send(call).await?.enveloped()
    }

    /// They cannot sign in any more, and their address is free; their id is never another's.
    pub async fn delete_user(&self, environment: &EnvironmentId, user: &str) -> Result<(), Error> {
        let call = Call::new(Method::DELETE, data_plane(environment, &format!("/{}", segment(user))));
        self.transport.send(call).await.map(drop)
    }

    /// Removes the account for good, also of one who was deleted before.
    pub async fn erase_user(&self, environment: &EnvironmentId, user: &str) -> Result<(), Error> {
        self.transport.send(Call::new(Method::DELETE, administration(environment, user, ""))).await.map(drop)
    }

    /// All sessions of the user end.
    pub async fn set_user_password(
        &self,
        environment: &EnvironmentId,
        user: &str,
        password: &SecretString,
    ) -> Result<User, Error> {
        let body = json!({ "password": password.expose_secret() });
        let call = Call::new(Method::PUT, administration(environment, user, "/password")).body(&body)?;
        self.transport.send(call).await?.json()
    }

    /// The only answer that holds the token; the one before is void.
    pub async fn invite_user(&self, environment: &EnvironmentId, user: &str) -> Result<Invitation, Error> {
        self.transport.send(Call::new(Method::POST, administration(environment, user, "/invite"))).await?.json()
    }

    pub async fn user_sessions(&self, environment: &EnvironmentId, user: &str) -> Result<Listing<Session>, Error> {
        let path = format!("/environments/{environment}/users/{}/sessions", segment(user));
        self.list(&path).await
    }

    pub async fn end_user_sessions(&self, environment: &EnvironmentId, user: &str) -> Result<User, Error> {
        self.transport.send(Call::new(Method::DELETE, administration(environment, user, "/sessions"))).await?.json()
    }

    /// The session as it was.
    pub async fn end_user_session(
        &self,
        environment: &EnvironmentId,
        user: &str,
        session: &str,
    ) -> Result<Session, Error> {
        let path = administration(environment, user, &format!("/sessions/{}", segment(session)));
        self.transport.send(Call::new(Method::DELETE, path)).await?.json()
    }

    pub async fn auth_policy(&self, environment: &EnvironmentId) -> Result<AuthPolicy, Error> {
        self.get(&format!("/environments/{environment}/auth-policy")).await
    }

    pub async fn update_auth_policy(
        &self,
        environment: &EnvironmentId,
        body: &UpdateAuthPolicy,
    ) -> Result<AuthPolicy, Error> {
        self.write(Method::PATCH, &format!("/environments/{environment}/auth-policy"), body).await
    }
}

fn data_plane(environment: &EnvironmentId, below: &str) -> String {
    management(&format!("/environments/{environment}/v1/users{below}"))
}

fn administration(environment: &EnvironmentId, user: &str, below: &str) -> String {
    management(&format!("/environments/{environment}/users/{}{below}", segment(user)))
}
