//! Changes of a table that exists: permissions, columns, indexes, and their versions.

use axum::{Json, extract::State};

use crate::{
    domain::{
        api::{Page, Table},
        permission::Permissions,
        table::{IndexChange, IndexVersion, Rollback, SchemaChange, SchemaVersion},
    },
    platform::Platform,
    server::{
        body::Object,
        error::Problem,
        path::{InEnvironment, OfTable},
        query::Parameters,
    },
};

/// Set the permissions of a table. They are replaced whole: what is left out is denied.
#[utoipa::path(put, path = "/management/v1/environments/{environment_id}/tables/{table}/permissions", tag = "tables",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    request_body = Permissions, responses((status = 200, body = Table)))]
pub async fn set_permissions(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    Object(permissions): Object<Permissions>,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.set_permissions(&environment, &name, Some(permissions)).await?))
}

/// Go back to the default permissions.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/tables/{table}/permissions", tag = "tables",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    responses((status = 200, body = Table)))]
pub async fn reset_permissions(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.set_permissions(&environment, &name, None).await?))
}

/// Add, change and remove columns. The values of a removed one are gone for good.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/tables/{table}/schema", tag = "tables",
    params(
        ("environment_id" = String, Path),
        ("table" = String, Path),
        ("confirm" = Option<String>, Query, description = "The table's name; needed to remove columns in a protected environment."),
    ),
    request_body = SchemaChange, responses((status = 200, body = Table)))]
pub async fn change_schema(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    query: Parameters,
    Object(change): Object<SchemaChange>,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.change_schema(&environment, &name, change, query.confirm()).await?))
}

/// List the versions of a table's columns, newest first.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/tables/{table}/schema/versions", tag = "tables",
    params(
        ("environment_id" = String, Path), ("table" = String, Path),
        ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
    ),
    responses((status = 200, body = Page<SchemaVersion>)))]
pub async fn schema_versions(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    query: Parameters,
) -> Result<Json<Page<SchemaVersion>>, Problem> {
    Ok(Json(platform.schema_versions(&environment, &name, query.window()).await?))
}

/// Copy an earlier version of the columns into a new one. No values are removed.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/tables/{table}/schema/rollback", tag = "tables",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    request_body = Rollback, responses((status = 200, body = Table)))]
pub async fn roll_back_schema(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    Object(Rollback { version }): Object<Rollback>,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.roll_back_schema(&environment, &name, version).await?))
}

/// Add, change and remove indexes. Writes go on while one is built.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/tables/{table}/indexes", tag = "tables",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    request_body = IndexChange, responses((status = 200, body = Table)))]
pub async fn change_indexes(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    Object(change): Object<IndexChange>,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.change_indexes(&environment, &name, change).await?))
}

/// List the versions of a table's declared indexes, newest first.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/tables/{table}/indexes/versions", tag = "tables",
    params(
        ("environment_id" = String, Path), ("table" = String, Path),
        ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
    ),
    responses((status = 200, body = Page<IndexVersion>)))]
pub async fn index_versions(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    query: Parameters,
) -> Result<Json<Page<IndexVersion>>, Problem> {
    Ok(Json(platform.index_versions(&environment, &name, query.window()).await?))
}

/// Copy an earlier version of the indexes into a new one.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/tables/{table}/indexes/rollback", tag = "tables",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    request_body = Rollback, responses((status = 200, body = Table)))]
pub async fn roll_back_indexes(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfTable(name): OfTable,
    Object(Rollback { version }): Object<Rollback>,
) -> Result<Json<Table>, Problem> {
    Ok(Json(platform.roll_back_indexes(&environment, &name, version).await?))
}
