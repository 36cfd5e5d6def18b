//! Users: their profiles for themselves, their administration for admins, their names for all.

use axum::{Extension, extract::State, http::StatusCode};
use serde_json::json;

use super::records::{answer, settle};
use crate::{
    domain::{
        account::User,
        api::Record,
        user_settings::{NOTIFICATIONS, PREFERENCES, PUBLIC_SETTINGS},
    },
    platform::{
        Access, Payload, Platform,
        accounts::{UserOrder, UsersQuery},
    },
    server::{
        body::Object,
        envelope::Enveloped,
        error::Problem,
        path::OfUser,
        query::{self, Parameters},
    },
};

/// What was sent, readable or not; whether the caller may send it is asked first.
type Body = Result<Object<Record>, Problem>;
type Answer = Result<Enveloped, Problem>;

/// List the users: whole for admins, public fields for everybody else.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/users", tag = "auth",
    params(("environment_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
        ("search" = Option<String>, Query, description = "Part of a name, a nickname or, for admins, an address."),
        ("searchType" = Option<String>, Query, description = "The one column to search in."),
        ("sortBy" = Option<String>, Query), ("sortDirection" = Option<String>, Query),
        ("includeAccounts" = Option<bool>, Query)),
    responses((status = 200, body = Value)))]
pub async fn list(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    parameters: Parameters,
) -> Answer {
    let given = |name: &str| parameters.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let query = UsersQuery {
        window: parameters.data_window(),
        search: given("search"),
        search_type: given("searchType"),
        order: match parameters.get("sortBy") {
            Some("updatedAt") => UserOrder::UpdatedAt,
            Some("name") => UserOrder::Name,
            Some("email") => UserOrder::Email,
            Some("role") => UserOrder::Role,
            _ => UserOrder::CreatedAt,
        },
        direction: query::direction(&parameters),
        include_accounts: parameters.get("includeAccounts") == Some("true"),
    };
    Ok(ok(platform.users(&access, query).await?))
}

/// Make a user without a password.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/users", tag = "auth",
    params(("environment_id" = String, Path)),
    request_body = Value, responses((status = 201, body = User)))]
pub async fn create(State(platform): State<Platform>, Extension(access): Extension<Access>, body: Body) -> Answer {
    let (body, unreadable) = settle(body);
    let created = platform.create_user(&access, body).await;
    Ok(Enveloped(StatusCode::CREATED, created.map_err(|error| answer(error, unreadable))?))
}

/// Show a user.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn get(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.user(&access, &user).await?))
}

/// Change the name of a user.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = Value, responses((status = 200, body = User)))]
pub async fn update(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
    body: Body,
) -> Answer {
    let (body, unreadable) = settle(body);
    let updated = platform.update_user(&access, &user, body).await;
    Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
}

/// Delete a user. Their sessions end, and their address is free.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn delete(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    platform.delete_user(&access, &user).await?;
    Ok(ok(Payload::of(&json!({"message": "The user is deleted"}))))
}

/// Change what a user may do.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/role", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = Value, responses((status = 200, body = User)))]
pub async fn set_role(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
    body: Body,
) -> Answer {
    let (body, unreadable) = settle(body);
    let updated = platform.set_role(&access, &user, body).await;
    Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
}

/// Show what a user says of themselves.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/profile", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn profile(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.profile(&access, &user).await?))
}

/// Change what a user says of themselves.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/profile", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = Value, responses((status = 200, body = Value)))]
pub async fn update_profile(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
    body: Body,
) -> Answer {
    let (body, unreadable) = settle(body);
    let updated = platform.update_profile(&access, &user, body).await;
    Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
}

/// Show where a user is in the app's introduction.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/onboarding", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn onboarding(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.onboarding(&access, &user).await?))
}

/// Change where a user is in the app's introduction.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/onboarding", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = Value, responses((status = 200, body = Value)))]
pub async fn update_onboarding(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
    body: Body,
) -> Answer {
    let (body, unreadable) = settle(body);
    let updated = platform.update_onboarding(&access, &user, body).await;
    Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
}

/// Show a user's language, time zone and theme.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/preferences", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn preferences(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.settings(&access, &user, PREFERENCES).await?))
}

/// Change a user's language, time zone and theme.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/preferences", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = Value, responses((status = 200, body = Value)))]
pub async fn update_preferences(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
    body: Body,
) -> Answer {
    let (body, unreadable) = settle(body);
    let updated = platform.update_settings(&access, &user, PREFERENCES, body).await;
    Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
}

/// Show which notifications a user wants.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/notifications", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn notifications(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.settings(&access, &user, NOTIFICATIONS).await?))
}

/// Change which notifications a user wants.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/notifications", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = Value, responses((status = 200, body = Value)))]
pub async fn update_notifications(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
    body: Body,
) -> Answer {
    let (body, unreadable) = settle(body);
    let updated = platform.update_settings(&access, &user, NOTIFICATIONS, body).await;
    Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
}

/// Show what of a user is public.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/public-settings", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn public_settings(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.settings(&access, &user, PUBLIC_SETTINGS).await?))
}

/// Change what of a user is public.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/public-settings", tag = "auth",
    params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = Value, responses((status = 200, body = Value)))]
pub async fn update_public_settings(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
    body: Body,
) -> Answer {
    let (body, unreadable) = settle(body);
    let updated = platform.update_settings(&access, &user, PUBLIC_SETTINGS, body).await;
    Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
}

fn ok(payload: Payload) -> Enveloped {
    Enveloped(StatusCode::OK, payload)
}
