//! Rows that the operator deletes together, and puts back.

use axum::{Json, extract::State, http::header, response::IntoResponse};

use crate::{
    domain::row_set::{DeleteRows, DeletedRows, RestoreRows, RestoredRows},
    platform::Platform,
    server::{
        body::Object,
        error::Problem,
        path::{InEnvironment, OfTable},
        query::Parameters,
    },
};

/// Delete rows together. The answer holds them as they were, which is what `restore` takes.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/tables/{table}/rows/delete", tag = "records",
    params(
        ("environment_id" = String, Path),
        ("table" = String, Path),
        ("confirm" = Option<String>, Query, description = "The environment's or the table's name; needed when it is protected."),
    ),
    request_body = DeleteRows, responses((status = 200, body = DeletedRows)))]
pub async fn delete(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(table): OfTable,
    query: Parameters,
    Object(DeleteRows { ids }): Object<DeleteRows>,
) -> Result<impl IntoResponse, Problem> {
    let deleted = platform.delete_rows(&environment, &table, ids, query.confirm()).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], deleted.json))
}

/// Put rows back with their ids, owners and times. 409 when a row of that id is there again.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/tables/{table}/rows/restore", tag = "records",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    request_body = RestoreRows, responses((status = 200, body = RestoredRows)))]
pub async fn restore(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(table): OfTable,
    Object(RestoreRows { rows }): Object<RestoreRows>,
) -> Result<Json<RestoredRows>, Problem> {
    Ok(Json(platform.restore_rows(&environment, &table, rows).await?))
}
