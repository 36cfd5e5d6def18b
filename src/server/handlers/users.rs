//! Users: their profiles for themselves, their administration for admins, their names for all.

use axum::{Extension, extract::State, http::StatusCode};
use serde_json::json;

use super::records::{answer, settle};
use crate::{
    domain::{
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

type Body = Result<Object<Record>, Problem>;
type Answer = Result<Enveloped, Problem>;

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

pub async fn create(State(platform): State<Platform>, Extension(access): Extension<Access>, body: Body) -> Answer {
    let (body, unreadable) = settle(body);
    let created = platform.create_user(&access, body).await;
    Ok(Enveloped(StatusCode::CREATED, created.map_err(|error| answer(error, unreadable))?))
}

pub async fn get(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.user(&access, &user).await?))
}

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

pub async fn delete(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    platform.delete_user(&access, &user).await?;
    Ok(ok(Payload::of(&json!({"message": "The user is deleted"}))))
}

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

pub async fn profile(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.profile(&access, &user).await?))
}

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

pub async fn onboarding(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Answer {
    Ok(ok(platform.onboarding(&access, &user).await?))
}

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

/// A pair of handlers for each group of settings.
macro_rules! settings {
    ($show:ident, $change:ident, $section:ident) => {
        pub async fn $show(
            State(platform): State<Platform>,
            Extension(access): Extension<Access>,
            OfUser(user): OfUser,
        ) -> Answer {
            Ok(ok(platform.settings(&access, &user, $section).await?))
        }

        pub async fn $change(
            State(platform): State<Platform>,
            Extension(access): Extension<Access>,
            OfUser(user): OfUser,
            body: Body,
        ) -> Answer {
            let (body, unreadable) = settle(body);
            let updated = platform.update_settings(&access, &user, $section, body).await;
            Ok(ok(updated.map_err(|error| answer(error, unreadable))?))
        }
    };
}

settings!(preferences, update_preferences, PREFERENCES);
settings!(notifications, update_notifications, NOTIFICATIONS);
settings!(public_settings, update_public_settings, PUBLIC_SETTINGS);

fn ok(payload: Payload) -> Enveloped {
    Enveloped(StatusCode::OK, payload)
}
