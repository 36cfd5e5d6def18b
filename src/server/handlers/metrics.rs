//! Counts of requests.

use axum::{Json, extract::State};

use crate::{
    domain::{api::Page, metrics::Metrics},
    platform::Platform,
    server::{
        error::Problem,
        path::{InEnvironment, InProject},
        query::Parameters,
    },
};

/// Count the requests of an environment's apps in the last ten minutes, with errors and latencies.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/metrics", tag = "metrics",
    params(("environment_id" = String, Path)), responses((status = 200, body = Metrics)))]
pub async fn of_environment(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
) -> Result<Json<Metrics>, Problem> {
    Ok(Json(platform.metrics(&environment)?))
}

/// The same of every environment of a project that was asked in the last ten minutes.
#[utoipa::path(get, path = "/management/v1/projects/{project_id}/metrics", tag = "metrics",
    params(("project_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Metrics>)))]
pub async fn of_project(
    State(platform): State<Platform>,
    InProject(project): InProject,
    query: Parameters,
) -> Result<Json<Page<Metrics>>, Problem> {
    Ok(Json(platform.project_metrics(&project, query.window())?))
}
