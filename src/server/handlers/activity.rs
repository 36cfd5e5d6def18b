//! Who did what in a project.

use axum::extract::State;

use super::Listing;
use crate::{
    domain::api::{Activity, Page},
    platform::Platform,
    server::{error::Problem, path::InProject, query::Parameters},
};

/// List who did what in a project, newest first.
#[utoipa::path(get, path = "/management/v1/projects/{project_id}/activity", tag = "activity",
    params(("project_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Activity>)))]
pub async fn list(
    State(platform): State<Platform>,
    InProject(project): InProject,
    query: Parameters,
) -> Result<Listing<Activity>, Problem> {
    Ok(Listing(platform.activity(&project, query.window()).await?))
}
