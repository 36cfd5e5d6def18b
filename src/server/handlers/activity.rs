//! Who did what in a project.

use axum::extract::State;

use super::Listing;
use crate::{
    domain::api::{Activity, Actor, Page},
    platform::Platform,
    server::{
        error::Problem,
        path::InProject,
        query::{Parameters, activity_filter},
    },
};

/// List who did what in a project, newest first.
#[utoipa::path(get, path = "/management/v1/projects/{project_id}/activity", tag = "activity",
    params(
        ("project_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
        ("environment" = Option<String>, Query, description = "The id of an environment, also of one that is gone."),
        ("action" = Option<String>, Query, description = "One action, key.rotate, or all of a noun, key."),
        ("actor" = Option<Actor>, Query),
        ("since" = Option<String>, Query, description = "An ISO 8601 instant; lines before it are left out."),
    ),
    responses((status = 200, body = Page<Activity>)))]
pub async fn list(
    State(platform): State<Platform>,
    InProject(project): InProject,
    query: Parameters,
) -> Result<Listing<Activity>, Problem> {
    Ok(Listing(platform.activity(&project, activity_filter(&query)?, query.window()).await?))
}
