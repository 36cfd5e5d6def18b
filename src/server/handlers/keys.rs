//! The API keys of an environment.

use axum::{Json, extract::State, http::StatusCode};

use super::Listing;
use crate::{
    domain::api::{CreateKey, Key, Page, RotateKey},
    platform::Platform,
    server::{
        body::Object,
        error::Problem,
        path::{InEnvironment, OfKey},
        query::Parameters,
    },
};

/// List the keys of an environment; the text of a secret one is not among what is shown.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/keys", tag = "keys",
    params(("environment_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Key>)))]
pub async fn list(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    query: Parameters,
) -> Result<Listing<Key>, Problem> {
    Ok(Listing(platform.keys(&environment, query.window())?))
}

/// Create a key. This answer is the only one that holds the text of a secret key.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/keys", tag = "keys",
    params(("environment_id" = String, Path)),
    request_body = CreateKey, responses((status = 201, body = Key)))]
pub async fn create(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    Object(body): Object<CreateKey>,
) -> Result<(StatusCode, Json<Key>), Problem> {
    let key = platform.create_key(&environment, body).await?;
    Ok((StatusCode::CREATED, Json(key)))
}

/// Delete a key. It stops working at once.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/keys/{key_id}", tag = "keys",
    params(("environment_id" = String, Path), ("key_id" = String, Path)),
    responses((status = 200, body = Key)))]
pub async fn delete(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfKey(key): OfKey,
) -> Result<Json<Key>, Problem> {
    Ok(Json(platform.delete_key(&environment, &key).await?))
}

/// Replace a key by a new one of the same name, type and scopes. The one before goes on for the overlap
/// under another name. This answer is the only one that holds the text of a secret key.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/keys/{key_id}/rotate", tag = "keys",
    params(("environment_id" = String, Path), ("key_id" = String, Path)),
    request_body = RotateKey, responses((status = 201, body = Key)))]
pub async fn rotate(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfKey(key): OfKey,
    Object(body): Object<RotateKey>,
) -> Result<(StatusCode, Json<Key>), Problem> {
    let key = platform.rotate_key(&environment, &key, body).await?;
    Ok((StatusCode::CREATED, Json(key)))
}
