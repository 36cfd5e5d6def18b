//! The table of contents: the whole API at a glance.
//!
//! A request passes, from outside in: [`remainder::layer`] (bodies that nobody reads),
//! [`error::shape`] (bodies of errors, panics), [`cors::layer`], the credentials of its plane, its
//! handler.

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, delete, get, patch, post},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App, cors,
    credentials::{self, Internal, KeyLayer, MissingKey, UserToken},
    error::{self, Problem},
    handlers::{
        activity, administration, auth, avatars, design, environments, events, files, health, imports, keys, objects,
        projects, records, tables, users,
    },
    openapi, remainder,
};
use crate::domain::error::code;

/// Where the operator finds the data plane of an environment.
const OPERATORS_DATA_PLANE: &str = "/management/v1/environments/{environment_id}/v1";

pub fn router(app: App) -> Router {
    let by_key =
        |missing, token| from_fn_with_state(KeyLayer { app: app.clone(), missing, token }, credentials::by_key);
    let by_token = || from_fn_with_state(app.clone(), credentials::by_token);
    let as_admin = from_fn_with_state(app.clone(), credentials::as_admin);
    let (management, _) = management().split_for_parts();

    Router::new()
        .merge(objects())
        .merge(data_plane("/v1").route_layer(by_key(MissingKey::InvalidHeader, UserToken::Settled)))
        .merge(sign_in("/v1").route_layer(by_key(MissingKey::Unauthorized, UserToken::PassedOver)))
        .merge(
            accounts("/v1").merge(self::files("/v1")).route_layer(by_key(MissingKey::Unauthorized, UserToken::Settled)),
        )
        .merge(
            data_plane(OPERATORS_DATA_PLANE)
                .merge(sign_in(OPERATORS_DATA_PLANE))
                .merge(accounts(OPERATORS_DATA_PLANE))
                .merge(self::files(OPERATORS_DATA_PLANE))
                .route_layer(as_admin)
                .route_layer(by_token()),
        )
        .merge(management.method_not_allowed_fallback(wrong_method).route_layer(by_token()))
        .merge(health())
        .fallback(unknown_route)
        .layer(from_fn_with_state(app.clone(), cors::layer))
        .layer(from_fn(error::shape))
        .layer(from_fn(remainder::layer))
        .with_state(app)
}

/// Records, as apps reach them. `/v1/{table}` is the short form of `/v1/data/{table}`.
fn data_plane(prefix: &str) -> Router<App> {
    let at = |path: &str| format!("{prefix}{path}");
    let collection = || get(records::list).post(records::create).patch(records::without_id).delete(records::without_id);
    let record = || get(records::get).patch(records::update).delete(records::delete);

    Router::new()
        .route(&at("/data/{table}"), collection())
        .route(&at("/data/{table}/{id}"), record())
        .route(&at("/data/{table}/spec"), get(records::spec))
        .route(&at("/data/{table}/openapi"), get(records::openapi))
        .route(&at("/{table}"), collection())
        .route(&at("/{table}/{id}"), record())
        .route(&at("/{table}/spec"), get(records::spec))
        .route(&at("/{table}/openapi"), get(records::openapi))
        // Never a table's short form.
        .route(&at("/data"), any(unknown_route))
        .method_not_allowed_fallback(wrong_method)
}

/// Files, as apps reach them.
fn files(prefix: &str) -> Router<App> {
    let at = |path: &str| format!("{prefix}/files{path}");
    Router::new()
        .route(&at(""), get(files::list).post(files::register))
        .route(&at("/presigned-url"), post(files::presign))
        .route(&at("/multipart/init"), post(files::begin_multipart))
        .route(&at("/multipart/presigned-url"), post(files::presign_part))
        .route(&at("/multipart/complete"), post(files::complete_multipart))
        .route(&at("/multipart/abort"), post(files::abort_multipart))
        .route(&at("/{file_id}"), get(files::get).patch(files::update).delete(files::delete))
        .route(&at("/{file_id}/download-url"), get(files::download_url).post(files::download_url))
        .method_not_allowed_fallback(wrong_method)
}

/// Bytes of files. Their URLs are their own credentials.
fn objects() -> Router<App> {
    Router::new()
        .route("/v1/objects/{environment_id}/{object_id}/{name}", get(objects::get).put(objects::put))
        .method_not_allowed_fallback(wrong_method)
}

/// The calls that get a session.
fn sign_in(prefix: &str) -> Router<App> {
    let at = |path: &str| format!("{prefix}/auth{path}");

    Router::new()
        .route(&at("/email/signup"), post(auth::sign_up))
        .route(&at("/email/signin"), post(auth::sign_in))
        .route(&at("/refresh"), post(auth::refresh))
        .route(&at("/password/reset/confirm"), post(auth::reset_password))
        .route(&at("/google/callback"), get(auth::provider_not_configured).post(auth::provider_not_configured))
        .route(&at("/github/callback"), get(auth::provider_not_configured).post(auth::provider_not_configured))
        .route(&at("/{provider}/callback"), get(auth::unknown_provider).post(auth::unknown_provider))
        .method_not_allowed_fallback(wrong_method)
}

/// What users may ask for themselves and about each other, and admins about all.
fn accounts(prefix: &str) -> Router<App> {
    let at = |path: &str| format!("{prefix}{path}");
    let later = [
        "/accounts",
        "/accounts/check",
        "/accounts/{provider}",
        "/email/callback",
        "/email/verify/confirm",
        "/email/verify/resend",
        "/email/verify/send",
        "/invitations",
        "/invitations/accept",
        "/invitations/reject",
        "/invitations/{id}",
        "/mfa/confirm",
        "/mfa/disable",
        "/mfa/enable",
        "/password/reset/request",
        "/signup/email/confirm",
        "/signup/email/resend",
        "/switch-organization",
    ];
    later
        .into_iter()
        .fold(Router::new(), |router, path| router.route(&at(&format!("/auth{path}")), any(not_implemented)))
        .route(&at("/auth/me"), get(auth::me))
        .route(&at("/auth/signout"), post(auth::sign_out))
        .route(&at("/auth/sessions"), get(auth::sessions))
        .route(&at("/auth/sessions/{session_id}"), delete(auth::end_session))
        .route(&at("/auth/withdraw"), delete(auth::withdraw))
        .route(&at("/auth/password/change"), post(auth::change_password))
        .route(&at("/users"), get(users::list).post(users::create))
        .route(&at("/users/{user_id}"), get(users::get).patch(users::update).delete(users::delete))
        .route(&at("/users/{user_id}/avatar"), patch(avatars::set).delete(avatars::remove))
        .route(&at("/users/{user_id}/avatar/upload-url"), post(avatars::presign))
        .route(&at("/users/{user_id}/role"), patch(users::set_role))
        .route(&at("/users/{user_id}/profile"), get(users::profile).patch(users::update_profile))
        .route(&at("/users/{user_id}/preferences"), get(users::preferences).patch(users::update_preferences))
        .route(&at("/users/{user_id}/notifications"), get(users::notifications).patch(users::update_notifications))
        .route(&at("/users/{user_id}/onboarding"), get(users::onboarding).patch(users::update_onboarding))
        .route(
            &at("/users/{user_id}/public-settings"),
            get(users::public_settings).patch(users::update_public_settings),
        )
        // Never a table's short form.
        .route(&at("/auth"), any(unknown_route))
        .route(&at("/auth/{provider}"), any(unknown_route))
        .route(&at("/auth/{provider}/{*rest}"), any(unknown_route))
        .route(&at("/users/{user_id}/{*rest}"), any(unknown_route))
        .method_not_allowed_fallback(wrong_method)
}

/// The management plane. The paths are stated at the handlers, for the `OpenAPI` document.
pub fn management() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::preface())
        // /projects, /projects/{project_id}
        .routes(routes!(projects::list, projects::create))
        .routes(routes!(projects::get, projects::update, projects::delete))
        // /projects/{project_id}/environments, /environments/{environment_id}, …/retry
        .routes(routes!(environments::list, environments::create))
        .routes(routes!(environments::get, environments::update, environments::delete))
        .routes(routes!(environments::retry))
        // /environments/{environment_id}/keys, …/keys/{key_id}
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::delete))
        // /environments/{environment_id}/tables, …/tables/{table}
        .routes(routes!(tables::list, tables::create))
        .routes(routes!(tables::get, tables::delete))
        // …/tables/{table}/permissions, /schema, /schema/versions, /schema/rollback, and of /indexes alike
        .routes(routes!(design::set_permissions, design::reset_permissions))
        .routes(routes!(design::change_schema))
        .routes(routes!(design::schema_versions))
        .routes(routes!(design::roll_back_schema))
        .routes(routes!(design::change_indexes))
        .routes(routes!(design::index_versions))
        .routes(routes!(design::roll_back_indexes))
        // /environments/{environment_id}/imports, …/imports/{import_id}, …/rows, …/finish
        .routes(routes!(imports::list, imports::begin))
        .routes(routes!(imports::abandon))
        .routes(routes!(imports::rows))
        .routes(routes!(imports::finish))
        .routes(routes!(imports::users))
        .routes(routes!(imports::file))
        // /environments/{environment_id}/auth-policy
        .routes(routes!(administration::auth_policy, administration::update_auth_policy))
        // /environments/{environment_id}/users/{user_id}, …/password, …/invite, …/sessions
        .routes(routes!(administration::erase))
        .routes(routes!(administration::set_password))
        .routes(routes!(administration::invite))
        .routes(routes!(administration::sessions, administration::end_sessions))
        // /projects/{project_id}/activity
        .routes(routes!(activity::list))
        // /events
        .routes(routes!(events::stream))
        // /openapi.json
        .routes(routes!(openapi::document))
}

/// For whoever watches the process; no credential.
fn health() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .method_not_allowed_fallback(wrong_method)
}

async fn wrong_method(request: Request) -> Problem {
    let message = format!("{} is not offered at this path", request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, code::METHOD_NOT_ALLOWED, message)
}

async fn not_implemented(request: Request) -> Problem {
    let message = format!("{} on this path comes with a later version", request.method());
    Problem::new(StatusCode::NOT_IMPLEMENTED, code::NOT_IMPLEMENTED, message)
}

/// Credentials come before routes: a stranger does not learn which paths exist.
async fn unknown_route(State(app): State<App>, request: Request) -> Problem {
    let path = request.uri().path();
    let settled = if path.starts_with("/v1/") {
        let internal = request.extensions().get::<Internal>().is_some();
        let headers = request.headers();
        let admitted =
            credentials::admit(&app.platform, headers, MissingKey::Unauthorized, UserToken::Settled, internal);
        admitted.await.map(drop)
    } else if path.starts_with("/management/") {
        credentials::check_operator(&app, &request)
    } else {
        Ok(())
    };
    let message = "There is nothing at this path: check its spelling";
    settled.err().unwrap_or_else(|| Problem::new(StatusCode::NOT_FOUND, code::NOT_FOUND, message))
}
