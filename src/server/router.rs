//! The table of contents: the whole API at a glance.
//!
//! A request passes, from outside in, what [`Api::answer`] names, the credentials of its plane, and its handler.

use std::collections::BTreeSet;

use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    middleware::from_fn_with_state,
    response::Response,
    routing::{MethodRouter, any, delete, get, patch, post},
};
use tower::ServiceExt;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    App, cors,
    credentials::{self, Internal, KeyLayer, MissingKey, UserToken},
    error::{self, Problem},
    handlers::{
        activity, administration, auth, avatars, design, environments, events, files, health, imports, keys, metrics,
        objects, projects, records, row_sets, tables, users,
    },
    openapi, remainder,
};
use crate::{domain::error::code, platform::Platform};

/// Where the operator finds the data plane of an environment.
const OPERATORS_DATA_PLANE: &str = "/management/v1/environments/{environment_id}/v1";

/// Paths below a prefix, and who answers there: what the router is built from, and what [`paths`] reads.
type Routes = Vec<(&'static str, MethodRouter<App>)>;

/// The routes, and what every request passes before them.
///
/// That is no layer of the router: each of those costs a request an allocation, and copies of all below it.
#[derive(Clone, Debug)]
pub struct Api {
    platform: Platform,
    routes: Router,
}

impl Api {
    pub fn new(app: App) -> Self {
        Self { platform: app.platform.clone(), routes: routes(app) }
    }

    /// From outside in: [`remainder::settle`] (bodies that nobody reads), [`error::shape`] (bodies of errors, panics),
    /// [`cors::mark`], the router.
    pub async fn answer(self, request: Request) -> Response {
        let Self { platform, routes } = self;
        let route = async |request| {
            let Ok(response) = routes.oneshot(request).await;
            response
        };
        remainder::settle(request, |request| error::shape(request, |request| cors::mark(&platform, request, route)))
            .await
    }
}

fn routes(app: App) -> Router {
    let by_key =
        |missing, token| from_fn_with_state(KeyLayer { app: app.clone(), missing, token }, credentials::by_key);
    let by_token = || from_fn_with_state(app.clone(), credentials::by_token);
    let as_admin = from_fn_with_state(app.clone(), credentials::as_admin);
    let (management, _) = management().split_for_parts();

    Router::new()
        .merge(at("", objects()))
        .merge(at("/v1", records()).route_layer(by_key(MissingKey::InvalidHeader, UserToken::Settled)))
        .merge(at("/v1", sign_in()).route_layer(by_key(MissingKey::Unauthorized, UserToken::PassedOver)))
        .merge(at("/v1", accounts()).route_layer(by_key(MissingKey::Unauthorized, UserToken::Settled)))
        .merge(at("/v1", later()).route_layer(by_key(MissingKey::Unauthorized, UserToken::Settled)))
        .merge(at("/v1", self::files()).route_layer(by_key(MissingKey::Unauthorized, UserToken::Settled)))
        .merge(at(OPERATORS_DATA_PLANE, data_plane()).route_layer(as_admin).route_layer(by_token()))
        .merge(management.method_not_allowed_fallback(wrong_method).route_layer(by_token()))
        .merge(at("", health()))
        .fallback(unknown_route)
        .with_state(app)
}

/// Every path that the router answers, so that a test can ask who may call it.
pub fn paths() -> BTreeSet<String> {
    let mounts = [("", objects()), ("", health()), ("/v1", data_plane()), (OPERATORS_DATA_PLANE, data_plane())];
    let mounted = mounts
        .into_iter()
        .flat_map(|(prefix, routes)| routes.into_iter().map(move |(path, _)| format!("{prefix}{path}")));
    mounted.chain(management().into_openapi().paths.paths.into_keys()).collect()
}

fn at(prefix: &str, routes: Routes) -> Router<App> {
    let mount = |router: Router<App>, (path, methods)| router.route(&format!("{prefix}{path}"), methods);
    routes.into_iter().fold(Router::new(), mount).method_not_allowed_fallback(wrong_method)
}

/// Everything that apps reach, for the operator: one credential opens all of it.
fn data_plane() -> Routes {
    [records(), sign_in(), accounts(), later(), self::files()].into_iter().flatten().collect()
}

/// Records, as apps reach them. `/v1/{table}` is the short form of `/v1/data/{table}`.
fn records() -> Routes {
    let collection = || get(records::list).post(records::create).patch(records::without_id).delete(records::without_id);
    let record = || get(records::get).patch(records::update).delete(records::delete);

    vec![
        ("/data/{table}", collection()),
        ("/data/{table}/{id}", record()),
        ("/data/{table}/spec", get(records::spec)),
        ("/data/{table}/openapi", get(records::openapi)),
        ("/{table}", collection()),
        ("/{table}/{id}", record()),
        ("/{table}/spec", get(records::spec)),
        ("/{table}/openapi", get(records::openapi)),
        // Never a table's short form.
        ("/data", any(unknown_route)),
    ]
}

/// Files, as apps reach them.
fn files() -> Routes {
    vec![
        ("/files", get(files::list).post(files::register)),
        ("/files/presigned-url", post(files::presign)),
        ("/files/multipart/init", post(files::begin_multipart)),
        ("/files/multipart/presigned-url", post(files::presign_part)),
        ("/files/multipart/complete", post(files::complete_multipart)),
        ("/files/multipart/abort", post(files::abort_multipart)),
        ("/files/{file_id}", get(files::get).patch(files::update).delete(files::delete)),
        ("/files/{file_id}/download-url", get(files::download_url).post(files::download_url)),
    ]
}

/// Bytes of files. Their URLs are their own credentials.
fn objects() -> Routes {
    vec![("/v1/objects/{environment_id}/{object_id}/{name}", get(objects::get).put(objects::put))]
}

/// The calls that get a session.
fn sign_in() -> Routes {
    vec![
        ("/auth/email/signup", post(auth::sign_up)),
        ("/auth/email/signin", post(auth::sign_in)),
        ("/auth/refresh", post(auth::refresh)),
        ("/auth/password/reset/confirm", post(auth::reset_password)),
        ("/auth/google/callback", get(auth::provider_not_configured).post(auth::provider_not_configured)),
        ("/auth/github/callback", get(auth::provider_not_configured).post(auth::provider_not_configured)),
        ("/auth/{provider}/callback", get(auth::unknown_provider).post(auth::unknown_provider)),
    ]
}

/// What users may ask for themselves and about each other, and admins about all.
fn accounts() -> Routes {
    vec![
        ("/auth/me", get(auth::me)),
        ("/auth/signout", post(auth::sign_out)),
        ("/auth/sessions", get(auth::sessions)),
        ("/auth/sessions/{session_id}", delete(auth::end_session)),
        ("/auth/withdraw", delete(auth::withdraw)),
        ("/auth/password/change", post(auth::change_password)),
        ("/users", get(users::list).post(users::create)),
        ("/users/{user_id}", get(users::get).patch(users::update).delete(users::delete)),
        ("/users/{user_id}/avatar", patch(avatars::set).delete(avatars::remove)),
        ("/users/{user_id}/avatar/upload-url", post(avatars::presign)),
        ("/users/{user_id}/role", patch(users::set_role)),
        ("/users/{user_id}/profile", get(users::profile).patch(users::update_profile)),
        ("/users/{user_id}/preferences", get(users::preferences).patch(users::update_preferences)),
        ("/users/{user_id}/notifications", get(users::notifications).patch(users::update_notifications)),
        ("/users/{user_id}/onboarding", get(users::onboarding).patch(users::update_onboarding)),
        ("/users/{user_id}/public-settings", get(users::public_settings).patch(users::update_public_settings)),
        // Never a table's short form.
        ("/auth", any(unknown_route)),
        ("/auth/{provider}", any(unknown_route)),
        ("/auth/{provider}/{*rest}", any(unknown_route)),
        ("/users/{user_id}/{*rest}", any(unknown_route)),
    ]
}

/// What the contract names and a later version brings.
fn later() -> Routes {
    let paths = [
        "/auth/accounts",
        "/auth/accounts/check",
        "/auth/accounts/{provider}",
        "/auth/email/callback",
        "/auth/email/verify/confirm",
        "/auth/email/verify/resend",
        "/auth/email/verify/send",
        "/auth/invitations",
        "/auth/invitations/accept",
        "/auth/invitations/reject",
        "/auth/invitations/{id}",
        "/auth/mfa/confirm",
        "/auth/mfa/disable",
        "/auth/mfa/enable",
        "/auth/password/reset/request",
        "/auth/signup/email/confirm",
        "/auth/signup/email/resend",
        "/auth/switch-organization",
    ];
    paths.into_iter().map(|path| (path, any(not_implemented))).collect()
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
        // /environments/{environment_id}/keys, …/keys/{key_id}, …/rotate
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::delete))
        .routes(routes!(keys::rotate))
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
        // …/tables/{table}/rows/delete, /rows/restore
        .routes(routes!(row_sets::delete))
        .routes(routes!(row_sets::restore))
        // /environments/{environment_id}/imports, …/imports/{import_id}, …/rows, …/finish
        .routes(routes!(imports::list, imports::begin))
        .routes(routes!(imports::abandon))
        .routes(routes!(imports::rows))
        .routes(routes!(imports::finish))
        .routes(routes!(imports::users))
        .routes(routes!(imports::file))
        // /environments/{environment_id}/auth-policy
        .routes(routes!(administration::auth_policy, administration::update_auth_policy))
        // /environments/{environment_id}/users, …/{user_id}, …/password, …/invite, …/sessions
        .routes(routes!(administration::list))
        .routes(routes!(administration::erase))
        .routes(routes!(administration::set_password))
        .routes(routes!(administration::invite))
        .routes(routes!(administration::sessions, administration::end_sessions))
        .routes(routes!(administration::end_session))
        // /environments/{environment_id}/metrics, /projects/{project_id}/metrics
        .routes(routes!(metrics::of_environment))
        .routes(routes!(metrics::of_project))
        // /projects/{project_id}/activity
        .routes(routes!(activity::list))
        // /events
        .routes(routes!(events::stream))
        // /openapi.json
        .routes(routes!(openapi::document))
}

/// For whoever watches the process; no credential.
fn health() -> Routes {
    vec![("/healthz", get(health::healthz)), ("/readyz", get(health::readyz))]
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
