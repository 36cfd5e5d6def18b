//! Pictures of users.

use axum::{Extension, extract::State, http::StatusCode};
use serde_json::json;

use crate::{
    domain::file::{
        PublicUrl,
        wire::{AvatarKey, NewUpload},
    },
    platform::{Access, Payload, Platform},
    server::{body::Object, envelope::Enveloped, error::Problem, path::OfUser},
};

/// Get an address that takes a user's picture by `PUT`, for 15 minutes.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/avatar/upload-url",
    tag = "users", params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = NewUpload, responses((status = 200, body = crate::domain::file::wire::AvatarUpload)))]
pub async fn presign(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    OfUser(user): OfUser,
    body: Result<Object<NewUpload>, Problem>,
) -> Result<Enveloped, Problem> {
    access.check_themselves(&user)?;
    let Object(body) = body?;
    let upload = platform.presign_avatar(&access, &public, &user, body).await?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&upload)))
}

/// Make an uploaded picture the user's. Answers the user.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/avatar",
    tag = "users", params(("environment_id" = String, Path), ("user_id" = String, Path)),
    request_body = AvatarKey, responses((status = 200, body = Value)))]
pub async fn set(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    OfUser(user): OfUser,
    body: Result<Object<AvatarKey>, Problem>,
) -> Result<Enveloped, Problem> {
    access.check_themselves(&user)?;
    let Object(body) = body?;
    Ok(Enveloped(StatusCode::OK, platform.set_avatar(&access, &public, &user, body.s3_key.as_deref()).await?))
}

/// Remove a user's picture.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/v1/users/{user_id}/avatar",
    tag = "users", params(("environment_id" = String, Path), ("user_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn remove(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfUser(user): OfUser,
) -> Result<Enveloped, Problem> {
    platform.remove_avatar(&access, &user).await?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&json!({"message": "The picture is removed"}))))
}
