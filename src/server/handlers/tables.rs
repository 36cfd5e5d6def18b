//! The tables of an environment: designed here, filled through the data plane.

use axum::{Json, extract::State, http::StatusCode};

use super::Listing;
use crate::{
    domain::api::{CreateTable, Page, Table},
    platform::Platform,
    server::{
        body::Object,
        error::Problem,
        path::{InEnvironment, OfTable},
        query::Parameters,
    },
};

/// List the tables of an environment.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/tables", tag = "tables",
    params(("environment_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Table>)))]
pub async fn list(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    query: Parameters,
) -> Result<Listing<Table>, Problem> {
    Ok(Listing(platform.tables(&environment, query.window()).await?))
}

/// Create a table.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/tables", tag = "tables",
    params(("environment_id" = String, Path)),
    request_body = CreateTable, responses((status = 201, body = Table)))]
pub async fn create(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    Object(body): Object<CreateTable>,
) -> Result<(StatusCode, Json<Table>), Problem> {
    let table = platform.create_table(&environment, body).await?;
    Ok((StatusCode::CREATED, Json(table)))
}

/// Show a table with its schema, indexes and permissions.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/tables/{table}", tag = "tables",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    responses((status = 200, body = Table)))]
pub async fn get(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.table(&environment, &name).await?))
}

/// Delete a table with all its records.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/tables/{table}", tag = "tables",
    params(
        ("environment_id" = String, Path),
        ("table" = String, Path),
        ("confirm" = Option<String>, Query, description = "The table's name; needed in a protected environment."),
    ),
    responses((status = 200, body = Table)))]
pub async fn delete(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    query: Parameters,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.delete_table(&environment, &name, query.confirm()).await?))
}
