//! Files: the data plane's own calls, for apps and, as `admin`, for the operator.

use axum::{Extension, extract::State, http::StatusCode};
use serde_json::json;

use crate::{
    domain::file::{
        PublicUrl,
        wire::{CompleteUpload, NewPart, NewUpload, RegisterFile, UpdateFile, UploadName},
    },
    platform::{Access, Payload, Platform, Splice},
    server::{
        body::Object,
        envelope::Enveloped,
        error::Problem,
        path::OfFile,
        query::{self, Parameters},
    },
};

type Body<T> = Result<Object<T>, Problem>;

/// Get an address that takes the bytes of one file by `PUT`, for 15 minutes.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/files/presigned-url", tag = "files",
    params(("environment_id" = String, Path)),
    request_body = NewUpload, responses((status = 200, body = crate::domain::file::wire::Upload)))]
pub async fn presign(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    body: Body<NewUpload>,
) -> Result<Enveloped, Problem> {
    let body = for_the_known(&access, body)?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.presign_upload(&access, &public, body).await?)))
}

/// Register a file whose bytes went to an address.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/files", tag = "files",
    params(("environment_id" = String, Path)),
    request_body = RegisterFile, responses((status = 201, body = crate::domain::file::wire::File)))]
pub async fn register(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    body: Body<RegisterFile>,
) -> Result<Enveloped, Problem> {
    let body = for_the_known(&access, body)?;
    Ok(Enveloped(StatusCode::CREATED, Payload::of(&platform.register_file(&access, &public, body).await?)))
}

/// List the files that the caller may see.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/files", tag = "files",
    params(
        ("environment_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query),
        ("sortBy" = Option<String>, Query), ("sortDirection" = Option<String>, Query),
        ("visibility" = Option<String>, Query), ("ownerType" = Option<String>, Query),
        ("ownerId" = Option<String>, Query), ("bucket" = Option<String>, Query),
        ("mimeType" = Option<String>, Query), ("search" = Option<String>, Query),
    ),
    responses((status = 200, body = Value)))]
pub async fn list(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    parameters: Parameters,
) -> Result<Enveloped, Problem> {
    let query = query::file_query(&parameters)?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.list_files(&access, &public, query).await?)))
}

/// Show a file.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/files/{file_id}", tag = "files",
    params(("environment_id" = String, Path), ("file_id" = String, Path)),
    responses((status = 200, body = crate::domain::file::wire::File)))]
pub async fn get(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    OfFile(id): OfFile,
) -> Result<Enveloped, Problem> {
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.get_file(&access, &public, &id).await?)))
}

/// Change the name, visibility or metadata of a file.
#[utoipa::path(patch, path = "/management/v1/environments/{environment_id}/v1/files/{file_id}", tag = "files",
    params(("environment_id" = String, Path), ("file_id" = String, Path)),
    request_body = UpdateFile, responses((status = 200, body = crate::domain::file::wire::File)))]
pub async fn update(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    OfFile(id): OfFile,
    body: Body<UpdateFile>,
) -> Result<Enveloped, Problem> {
    let body = for_the_known(&access, body)?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.update_file(&access, &public, &id, body).await?)))
}

/// Delete a file with its bytes.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/v1/files/{file_id}", tag = "files",
    params(("environment_id" = String, Path), ("file_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn delete(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    OfFile(id): OfFile,
) -> Result<Enveloped, Problem> {
    platform.delete_file(&access, &public, &id).await?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&json!({}))))
}

/// Get a URL that hands the file out without a key; that of a file that is not public ends in an
/// hour.
#[utoipa::path(method(get, post), path = "/management/v1/environments/{environment_id}/v1/files/{file_id}/download-url",
    tag = "files", params(("environment_id" = String, Path), ("file_id" = String, Path)),
    responses((status = 200, body = crate::domain::file::wire::Download)))]
pub async fn download_url(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    OfFile(id): OfFile,
) -> Result<Enveloped, Problem> {
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.download_url(&access, &public, &id).await?)))
}

/// Begin an upload in parts.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/files/multipart/init", tag = "files",
    params(("environment_id" = String, Path)),
    request_body = NewUpload, responses((status = 200, body = crate::domain::file::wire::MultipartUpload)))]
pub async fn begin_multipart(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    body: Body<NewUpload>,
) -> Result<Enveloped, Problem> {
    let body = for_the_known(&access, body)?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.begin_multipart(&access, &public, body).await?)))
}

/// Get an address that takes the bytes of one part, for 15 minutes.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/files/multipart/presigned-url",
    tag = "files", params(("environment_id" = String, Path)),
    request_body = NewPart, responses((status = 200, body = crate::domain::file::wire::PartUrl)))]
pub async fn presign_part(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    body: Body<NewPart>,
) -> Result<Enveloped, Problem> {
    let body = for_the_known(&access, body)?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.presign_part(&access, &public, body).await?)))
}

/// Make the object out of its parts.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/files/multipart/complete",
    tag = "files", params(("environment_id" = String, Path)),
    request_body = CompleteUpload, responses((status = 200, body = crate::domain::file::wire::CompletedUpload)))]
pub async fn complete_multipart(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    body: Body<CompleteUpload>,
) -> Result<Enveloped, Problem> {
    let body = for_the_known(&access, body)?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.complete_multipart(&access, &public, body).await?)))
}

/// Forget an upload with its parts.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/files/multipart/abort", tag = "files",
    params(("environment_id" = String, Path)),
    request_body = UploadName, responses((status = 200, body = Value)))]
pub async fn abort_multipart(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    public: PublicUrl,
    body: Body<UploadName>,
) -> Result<Enveloped, Problem> {
    let body = for_the_known(&access, body)?;
    let key = platform.abort_multipart(&access, &public, body).await?;
    // It has a name of the envelope.
    let payload = Payload { splice: Splice::Without, ..Payload::of(&json!({"success": true, "key": key})) };
    Ok(Enveloped(StatusCode::OK, payload))
}

/// Who asks comes before what is asked: a stranger does not learn what is wrong with a body.
fn for_the_known<T>(access: &Access, body: Body<T>) -> Result<T, Problem> {
    access.check_login()?;
    body.map(|Object(body)| body)
}
