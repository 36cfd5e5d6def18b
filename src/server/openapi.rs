//! The description of the management plane, `OpenAPI` 3.1, from the handlers themselves.

use std::sync::LazyLock;

use axum::{
    body::Bytes,
    http::header,
    response::{IntoResponse, Response},
};
use utoipa::{
    OpenApi,
    openapi::{
        ComponentsBuilder, Content, Ref, RefOr, ResponseBuilder,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    handlers::{auth, avatars, files, records, users},
    router,
};
use crate::domain::api::ErrorBody;

/// Built when it is first asked for, then kept.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let document = finish(router::management().into_openapi());
    serde_json::to_vec(&document).expect("an OpenAPI document has string keys").into()
});

/// This document.
#[utoipa::path(get, path = "/management/v1/openapi.json", tag = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)))]
pub async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response()
}

/// What the routes do not say themselves. The records' handlers are mounted twice, so they are named
/// here and not collected from a route.
pub fn preface() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        info(
            title = "bkend management API",
            description = "Projects, environments, keys, tables, imports and the administration of users, for whoever \
                           holds the operator token. Apps use the data plane under /v1 with an API key; it is mounted \
                           here for every environment as well, and described here."
        ),
        paths(
            records::list,
            records::create,
            records::get,
            records::update,
            records::delete,
            records::spec,
            records::openapi,
            auth::sign_up,
            auth::sign_in,
            auth::refresh,
            auth::me,
            auth::sign_out,
            auth::sessions,
            auth::end_session,
            auth::withdraw,
            auth::change_password,
            auth::reset_password,
            users::list,
            users::create,
            users::get,
            users::update,
            users::delete,
            users::set_role,
            users::profile,
            users::update_profile,
            users::preferences,
            users::update_preferences,
            users::notifications,
            users::update_notifications,
            users::onboarding,
            users::update_onboarding,
            users::public_settings,
            users::update_public_settings,
            avatars::presign,
            avatars::set,
            avatars::remove,
            files::list,
            files::register,
            files::get,
            files::update,
            files::delete,
            files::presign,
            files::download_url,
            files::begin_multipart,
            files::presign_part,
            files::complete_multipart,
            files::abort_multipart,
        ),
        components(schemas(ErrorBody))
    )]
    struct Preface;
    Preface::openapi()
}

/// Adds to every operation what all of them share: the credential and the body of an error.
fn finish(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    const SCHEME: &str = "operator";
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = document.components.get_or_insert_with(|| ComponentsBuilder::new().build());
    components.add_security_scheme(SCHEME, bearer);
    document.security = Some(vec![SecurityRequirement::new(SCHEME, Vec::<String>::new())]);
    let error = ResponseBuilder::new()
        .description("What went wrong, and what to do next.")
        .content("application/json", Content::new(Some(Ref::from_schema_name("ErrorBody"))))
        .build();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".to_owned(), RefOr::T(error.clone()));
        }
    }
    document
}
