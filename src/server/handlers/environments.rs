//! Environments and their life cycle. Creating, retrying and deleting are accepted, not done: the
//! event stream and the resource itself say how far they are.

use axum::{Json, extract::State, http::StatusCode};

use super::Listing;
use crate::{
    domain::api::{CreateEnvironment, Environment, Page, UpdateEnvironment},
    platform::Platform,
    server::{
        body::Object,
        error::Problem,
        path::{InEnvironment, InProject},
        query::Parameters,
    },
};

/// List the environments of a project.
#[utoipa::path(get, path = "/management/v1/projects/{project_id}/environments", tag = "environments",
    params(("project_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Environment>)))]
pub async fn list(
    State(platform): State<Platform>,
    InProject(project): InProject,
    query: Parameters,
) -> Result<Listing<Environment>, Problem> {
    Ok(Listing(platform.environments(&project, query.window())?))
}

/// Create an environment. Its type follows from its name when it is left out.
#[utoipa::path(post, path = "/management/v1/projects/{project_id}/environments", tag = "environments",
    params(("project_id" = String, Path)),
    request_body = CreateEnvironment, responses((status = 202, body = Environment)))]
pub async fn create(
    State(platform): State<Platform>,
    InProject(project): InProject,
    Object(body): Object<CreateEnvironment>,
) -> Result<(StatusCode, Json<Environment>), Problem> {
    let environment = platform.create_environment(&project, body).await?;
    Ok((StatusCode::ACCEPTED, Json(environment)))
}

/// Show an environment.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}", tag = "environments",
    params(("environment_id" = String, Path)),
    responses((status = 200, body = Environment)))]
pub async fn get(
    State(platform): State<Platform>,
    InEnvironment(id): InEnvironment,
) -> Result<Json<Environment>, Problem> {
    Ok(Json(platform.environment(&id)?))
}

/// Protect an environment, or lift its protection.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}", tag = "environments",
    params(("environment_id" = String, Path)),
    request_body = UpdateEnvironment, responses((status = 200, body = Environment)))]
pub async fn update(
    State(platform): State<Platform>,
    InEnvironment(id): InEnvironment,
    Object(body): Object<UpdateEnvironment>,
) -> Result<Json<Environment>, Problem> {
    Ok(Json(platform.update_environment(&id, body).await?))
}

/// Delete an environment with its tables, rows, users, files and keys.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}", tag = "environments",
    params(
        ("environment_id" = String, Path),
        ("confirm" = Option<String>, Query, description = "The environment's name; needed when it is protected."),
    ),
    responses((status = 202, body = Environment)))]
pub async fn delete(
    State(platform): State<Platform>,
    InEnvironment(id): InEnvironment,
    query: Parameters,
) -> Result<(StatusCode, Json<Environment>), Problem> {
    let environment = platform.delete_environment(&id, query.confirm()).await?;
    Ok((StatusCode::ACCEPTED, Json(environment)))
}

/// Create a failed environment again.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/retry", tag = "environments",
    params(("environment_id" = String, Path)),
    responses((status = 202, body = Environment)))]
pub async fn retry(
    State(platform): State<Platform>,
    InEnvironment(id): InEnvironment,
) -> Result<(StatusCode, Json<Environment>), Problem> {
    let environment = platform.retry_environment(&id).await?;
    Ok((StatusCode::ACCEPTED, Json(environment)))
}
