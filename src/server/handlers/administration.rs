//! What an operator settles about sign-in, and does for users who cannot help themselves.

use axum::{Json, extract::State};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Listing;
use crate::{
    domain::{
        account::{ListedUser, Role, User},
        api::Page,
        auth_policy::{AuthPolicy, UpdateAuthPolicy},
        session::{Invitation, Session},
    },
    platform::Platform,
    server::{
        body::Object,
        error::Problem,
        path::{InEnvironment, OfSession, OfUser},
        query::{self, Parameters},
    },
};

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    #[schema(value_type = String)]
    password: SecretString,
}

/// Show the rules of sign-in.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/auth-policy", tag = "users",
    params(("environment_id" = String, Path)), responses((status = 200, body = AuthPolicy)))]
pub async fn auth_policy(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
) -> Result<Json<AuthPolicy>, Problem> {
    Ok(Json(platform.auth_policy(&environment).await?))
}

/// Change the rules of sign-in. Passwords and sessions that are there keep what they were given.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/auth-policy", tag = "users",
    params(("environment_id" = String, Path)),
    request_body = UpdateAuthPolicy, responses((status = 200, body = AuthPolicy)))]
pub async fn update_auth_policy(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    Object(body): Object<UpdateAuthPolicy>,
) -> Result<Json<AuthPolicy>, Problem> {
    Ok(Json(platform.update_auth_policy(&environment, body).await?))
}

/// Give a user a password. All their sessions end.
#[utoipa::path(put, path = "/management/v1/environments/{environment_id}/users/{user_id}/password", tag = "users",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = SetPassword, responses((status = 200, body = User)))]
pub async fn set_password(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfUser(user): OfUser,
    Object(body): Object<SetPassword>,
) -> Result<Json<User>, Problem> {
    Ok(Json(platform.set_password(&environment, &user, body.password).await?))
}

/// Make a one-time token with which a user sets their password: `POST /v1/auth/password/reset/confirm`
/// with `email`, `token` and `newPassword`. It is good for seven days and voids the one before.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/users/{user_id}/invite", tag = "users",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Invitation)))]
pub async fn invite(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfUser(user): OfUser,
) -> Result<Json<Invitation>, Problem> {
    Ok(Json(platform.invite(&environment, &user).await?))
}

/// List users with when they were last seen and in how many places they are signed in, the newest first.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/users", tag = "users",
    params(
        ("environment_id" = String, Path),
        ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
        ("search" = Option<String>, Query, description = "Part of a name, a nickname or an address."),
        ("role" = Option<Role>, Query),
        ("sortBy" = Option<String>, Query, description = "createdAt, updatedAt, lastSeenAt, name, email or role."),
        ("sortDirection" = Option<String>, Query, description = "asc or desc, desc by default."),
    ),
    responses((status = 200, body = Page<ListedUser>)))]
pub async fn list(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    parameters: Parameters,
) -> Result<Listing<ListedUser>, Problem> {
    Ok(Listing(platform.list_users(&environment, query::user_query(&parameters)?).await?))
}

/// List where a user is signed in, the last used first.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/users/{user_id}/sessions", tag = "users",
    params(
        ("environment_id" = String, Path), ("user_id" = String, Path),
        ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
    ),
    responses((status = 200, body = Page<Session>)))]
pub async fn sessions(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfUser(user): OfUser,
    query: Parameters,
) -> Result<Json<Page<Session>>, Problem> {
    Ok(Json(platform.user_sessions(&environment, &user, query.window()).await?))
}

/// Sign a user out everywhere.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/users/{user_id}/sessions", tag = "users",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = User)))]
pub async fn end_sessions(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfUser(user): OfUser,
) -> Result<Json<User>, Problem> {
    Ok(Json(platform.end_user_sessions(&environment, &user).await?))
}

/// Sign a user out in one place.
#[utoipa::path(delete,
    path = "/management/v1/environments/{environment_id}/users/{user_id}/sessions/{session_id}", tag = "users",
    params(("environment_id" = String, Path), ("user_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = Session)))]
pub async fn end_session(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfUser(user): OfUser,
    OfSession(session): OfSession,
) -> Result<Json<Session>, Problem> {
    Ok(Json(platform.end_user_session(&environment, &user, &session).await?))
}

/// Remove the account of a user for good, also of one who was deleted before. Their records and files stay.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/users/{user_id}", tag = "users",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn erase(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfUser(user): OfUser,
) -> Result<Json<serde_json::Value>, Problem> {
    platform.erase_user(&environment, &user).await?;
    Ok(Json(serde_json::json!({ "id": user })))
}
