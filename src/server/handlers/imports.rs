//! Imports of tables: begun, filled in batches, and shown whole.

use axum::{Json, extract::State, http::StatusCode};

use super::Listing;
use crate::{
    domain::{
        api::Page,
        file::PublicUrl,
        import::{
            BeginImport, FinishImport, Import, ImportRows,
            files::{FileImported, ImportFile},
            users::{ImportUsers, UsersImported},
        },
    },
    platform::Platform,
    server::{
        body::Object,
        error::Problem,
        path::{InEnvironment, OfImport},
        query::Parameters,
    },
};

/// List the imports that are open, and the finished ones whose tables are still there.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/imports", tag = "imports",
    params(("environment_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Import>)))]
pub async fn list(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    query: Parameters,
) -> Result<Listing<Import>, Problem> {
    Ok(Listing(platform.imports(&environment, query.window()).await?))
}

/// Begin the import of a table. An open one of the same table is given up.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/imports", tag = "imports",
    params(("environment_id" = String, Path)),
    request_body = BeginImport, responses((status = 201, body = Import)))]
pub async fn begin(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    Object(body): Object<BeginImport>,
) -> Result<(StatusCode, Json<Import>), Problem> {
    let import = platform.begin_import(&environment, body).await?;
    Ok((StatusCode::CREATED, Json(import)))
}

/// Send rows: at most a thousand at once. They are visible when the import is finished. Of two with
/// one id the one that was updated last is kept, so sending a batch again changes nothing.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/imports/{import_id}/rows", tag = "imports",
    params(("environment_id" = String, Path), ("import_id" = String, Path)),
    request_body = ImportRows, responses((status = 200, body = Import)))]
pub async fn rows(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfImport(import): OfImport,
    Object(body): Object<ImportRows>,
) -> Result<Json<Import>, Problem> {
    Ok(Json(platform.import_rows(&environment, &import, body).await?))
}

/// Show every row at once.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/imports/{import_id}/finish", tag = "imports",
    params(("environment_id" = String, Path), ("import_id" = String, Path)),
    request_body = FinishImport, responses((status = 200, body = Import)))]
pub async fn finish(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfImport(import): OfImport,
    Object(body): Object<FinishImport>,
) -> Result<Json<Import>, Problem> {
    Ok(Json(platform.finish_import(&environment, &import, body).await?))
}

/// Give an open import up, with all its rows.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/imports/{import_id}", tag = "imports",
    params(("environment_id" = String, Path), ("import_id" = String, Path)),
    responses((status = 200, body = Import)))]
pub async fn abandon(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    OfImport(import): OfImport,
) -> Result<Json<Import>, Problem> {
    Ok(Json(platform.abandon_import(&environment, &import).await?))
}

/// Add users with their ids, without a password: at most a thousand at once. Those whose ids are
/// there are left as they are.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/imports/users", tag = "imports",
    params(("environment_id" = String, Path)),
    request_body = ImportUsers, responses((status = 200, body = UsersImported)))]
pub async fn users(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    Object(body): Object<ImportUsers>,
) -> Result<Json<UsersImported>, Problem> {
    Ok(Json(platform.import_users(&environment, body).await?))
}

/// Add a file with its id: once to learn where its bytes go, and again when they have arrived.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/imports/files", tag = "imports",
    params(("environment_id" = String, Path)),
    request_body = ImportFile, responses((status = 200, body = FileImported)))]
pub async fn file(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    public: PublicUrl,
    Object(body): Object<ImportFile>,
) -> Result<Json<FileImported>, Problem> {
    Ok(Json(platform.import_file(&environment, &public, body).await?))
}
