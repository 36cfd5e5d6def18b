//! Records: the data plane's own calls, for apps and, as `admin`, for the operator.

use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};

use crate::{
    domain::{api::Record, error::code, list::Window},
    platform::{Access, Error, ListQuery, Platform},
    server::{
        body::{Object, OneOrMany},
        envelope::Enveloped,
        error::Problem,
        path::{OfRecord, OfTable},
        precondition::IfMatch,
        query::{self, Parameters},
    },
};

/// The cheapest list there is, for asking whether a caller may list at all.
const ONE: Window = Window { page: 1, limit: 1 };

/// List the records of a table. Answers `{"success":true,"data":P,…P}` with
/// `P = {"items":[…],"pagination":{…}}`, as every call of the data plane repeats its payload.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/data/{table}", tag = "records",
    params(
        ("environment_id" = String, Path), ("table" = String, Path),
        ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
        ("sortBy" = Option<String>, Query), ("sortDirection" = Option<String>, Query),
        ("search" = Option<String>, Query, description = "Part of a text, in any column of strings."),
        ("searchType" = Option<String>, Query, description = "The one column to search in."),
        ("andFilters" = Option<String>, Query, description = "A filter as URL-encoded JSON: all conditions hold."),
        ("orFilters" = Option<String>, Query, description = "The same, of which one condition holds."),
        ("select" = Option<String>, Query, description = "Columns, with commas between them."),
    ),
    responses((status = 200, body = Value)))]
pub async fn list(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfTable(table): OfTable,
    parameters: Parameters,
) -> Result<Enveloped, Problem> {
    match query::list_query(&parameters) {
        Ok(query) => Ok(Enveloped(StatusCode::OK, platform.list_records(&access, &table, query).await?)),
        Err(unreadable) => {
            // As with a body: whether the caller may list at all comes first.
            platform.list_records(&access, &table, ListQuery::page(ONE)).await?;
            Err(unreadable)
        }
    }
}

/// Create a record, or up to a hundred from an array: all of them, or none.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/data/{table}", tag = "records",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    request_body = Value,
    responses((status = 201, body = Value, headers(("ETag" = String, description = "Of one record.")))))]
pub async fn create(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfTable(table): OfTable,
    body: Result<OneOrMany, Problem>,
) -> Result<Enveloped, Problem> {
    let created = match body {
        Ok(OneOrMany::One(record)) => platform.create_record(&access, &table, Some(record)).await?,
        Ok(OneOrMany::Many(records)) => platform.create_records(&access, &table, records).await?,
        Err(unreadable) => {
            let refused = platform.create_record(&access, &table, None).await;
            refused.map_err(|error| answer(error, Some(unreadable)))?
        }
    };
    Ok(Enveloped(StatusCode::CREATED, created))
}

/// Describe a table: its columns, indexes and permissions.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/data/{table}/spec", tag = "records",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn spec(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfTable(table): OfTable,
) -> Result<Enveloped, Problem> {
    Ok(Enveloped(StatusCode::OK, platform.table_spec(&access, &table).await?))
}

/// Describe the calls of a table as `OpenAPI` 3.0.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/data/{table}/openapi", tag = "records",
    params(("environment_id" = String, Path), ("table" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn openapi(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfTable(table): OfTable,
) -> Result<impl IntoResponse, Problem> {
    let document = platform.table_openapi(&access, &table).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], document))
}

/// Show a record.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/data/{table}/{id}", tag = "records",
    params(("environment_id" = String, Path), ("table" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Value, headers(("ETag" = String, description = "Of this version.")))))]
pub async fn get(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfRecord { table, id }: OfRecord,
) -> Result<Enveloped, Problem> {
    Ok(Enveloped(StatusCode::OK, platform.get_record(&access, &table, &id).await?))
}

/// Change the named columns of a record.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/data/{table}/{id}", tag = "records",
    params(
        ("environment_id" = String, Path), ("table" = String, Path), ("id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETags: only one of these versions is changed."),
    ),
    request_body = Value,
    responses(
        (status = 200, body = Value, headers(("ETag" = String, description = "Of the new version."))),
        (status = 412, description = "The record is another version.", body = Value),
    ))]
pub async fn update(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfRecord { table, id }: OfRecord,
    IfMatch(expected): IfMatch,
    changes: Result<Object<Record>, Problem>,
) -> Result<Enveloped, Problem> {
    let (changes, unreadable) = settle(changes);
    let updated = platform.update_record(&access, &table, &id, expected, changes).await;
    Ok(Enveloped(StatusCode::OK, updated.map_err(|error| answer(error, unreadable))?))
}

/// Delete a record.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/v1/data/{table}/{id}", tag = "records",
    params(
        ("environment_id" = String, Path), ("table" = String, Path), ("id" = String, Path),
        ("If-Match" = Option<String>, Header, description = "ETags: only one of these versions is deleted."),
    ),
    responses(
        (status = 200, body = Value),
        (status = 412, description = "The record is another version.", body = Value),
    ))]
pub async fn delete(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfRecord { table, id }: OfRecord,
    IfMatch(expected): IfMatch,
) -> Result<Enveloped, Problem> {
    Ok(Enveloped(StatusCode::OK, platform.delete_record(&access, &table, &id, expected).await?))
}

/// There is no changing or deleting of many at once: the record's id is missing.
pub async fn without_id() -> Problem {
    let message = "No record is named: put its id behind the table's name";
    Problem::new(StatusCode::NOT_FOUND, code::RECORD_NOT_FOUND, message)
}

/// A body that cannot be read is told only to callers who may write: table, scope and permission
/// come first.
pub(super) fn settle(body: Result<Object<Record>, Problem>) -> (Option<Record>, Option<Problem>) {
    match body {
        Ok(Object(record)) => (Some(record), None),
        Err(problem) => (None, Some(problem)),
    }
}

pub(super) fn answer(error: Error, unreadable: Option<Problem>) -> Problem {
    match (error, unreadable) {
        (Error::Unreadable, Some(problem)) => problem,
        (error, _) => error.into(),
    }
}
