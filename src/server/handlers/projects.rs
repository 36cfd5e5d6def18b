//! Projects: what holds environments and the list of origins their apps run on.

use axum::{Json, extract::State, http::StatusCode};

use super::Listing;
use crate::{
    domain::api::{CreateProject, Page, Project, UpdateProject},
    platform::Platform,
    server::{body::Object, error::Problem, path::InProject, query::Parameters},
};

/// List the projects.
#[utoipa::path(get, path = "/management/v1/projects", tag = "projects",
    params(("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Project>)))]
pub async fn list(State(platform): State<Platform>, query: Parameters) -> Listing<Project> {
    Listing(platform.projects(query.window()))
}

/// Create a project, with an environment named dev.
#[utoipa::path(post, path = "/management/v1/projects", tag = "projects",
    request_body = CreateProject, responses((status = 201, body = Project)))]
pub async fn create(
    State(platform): State<Platform>,
    Object(body): Object<CreateProject>,
) -> Result<(StatusCode, Json<Project>), Problem> {
    let project = platform.create_project(body).await?;
    Ok((StatusCode::CREATED, Json(project)))
}

/// Show a project.
#[utoipa::path(get, path = "/management/v1/projects/{project_id}", tag = "projects",
    params(("project_id" = String, Path)),
    responses((status = 200, body = Project)))]
pub async fn get(State(platform): State<Platform>, InProject(id): InProject) -> Result<Json<Project>, Problem> {
    Ok(Json(platform.project(&id)?))
}

/// Change a project's name, description or origins.
#[utoipa::path(patch, path = "/management/v1/projects/{project_id}", tag = "projects",
    params(("project_id" = String, Path)),
    request_body = UpdateProject, responses((status = 200, body = Project)))]
pub async fn update(
    State(platform): State<Platform>,
    InProject(id): InProject,
    Object(body): Object<UpdateProject>,
) -> Result<Json<Project>, Problem> {
    Ok(Json(platform.update_project(&id, body).await?))
}

/// Delete a project with every environment in it. Accepted: it is gone when its last environment is.
#[utoipa::path(delete, path = "/management/v1/projects/{project_id}", tag = "projects",
    params(("project_id" = String, Path), ("confirm" = Option<String>, Query, description = "The project's name.")),
    responses((status = 202, body = Project)))]
pub async fn delete(
    State(platform): State<Platform>,
    InProject(id): InProject,
    query: Parameters,
) -> Result<(StatusCode, Json<Project>), Problem> {
    let project = platform.delete_project(&id, query.confirm()).await?;
    Ok((StatusCode::ACCEPTED, Json(project)))
}
