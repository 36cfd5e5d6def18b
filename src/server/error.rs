//! What goes wrong, as an answer: a status, a code, and a sentence that says what to do next.
//!
//! Handlers and extractors return a [`Problem`]. Which of the two shapes it takes on the wire is
//! settled once, in [`shape`], because an extractor or a rejection of the framework does not know
//! which plane it serves.

use std::{borrow::Cow, panic::AssertUnwindSafe};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use serde::Serialize;

use super::file_refusal;
use crate::{
    domain::{
        Violation,
        api::{ErrorBody, ErrorDetail},
        error::code,
    },
    platform::{self, KeyRefusal, Noun},
};

/// An error on its way to the caller.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    message: String,
    details: Vec<Violation>,
    /// Seconds after which the same request may succeed.
    retry_after: Option<u64>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), details: Vec::new(), retry_after: None }
    }

    /// A request that cannot be understood.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code::INVALID_PARAMETERS, message)
    }

    pub fn unauthorized(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// More than the server is willing to hold at once; the caller may try again.
    pub fn overloaded(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code::OVERLOADED, message).retry_after(1)
    }

    pub fn no_such(noun: Noun) -> Self {
        platform::Error::NotFound(noun).into()
    }

    #[must_use]
    pub fn detail(mut self, field: &str, rule: &'static str, message: impl Into<String>) -> Self {
        self.details.push(Violation { field: field.to_owned(), rule: rule.into(), message: message.into() });
        self
    }

    /// Tells the caller to come back in as many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn about(status: StatusCode, noun: Noun, what: &str, message: String) -> Self {
        Self { status, code: format!("{noun}/{what}").into(), message, details: Vec::new(), retry_after: None }
    }

    fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            code::INTERNAL,
            "Something went wrong inside the server: its log says what",
        )
    }

    fn body(&self, plane: Plane) -> Vec<u8> {
        let error = ErrorDetail {
            code: self.code.clone().into_owned(),
            message: self.message.clone(),
            details: self.details.clone(),
        };
        let json = match plane {
            Plane::Management => serde_json::to_vec(&ErrorBody { error }),
            Plane::Data => serde_json::to_vec(&DataError {
                success: false,
                status_code: self.status.as_u16(),
                code: &self.code,
                message: &self.message,
                error,
            }),
        };
        json.expect("errors have string keys and no failing serialiser")
    }
}

/// The superset of all error bodies that apps of the hosted service read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataError<'a> {
    success: bool,
    status_code: u16,
    code: &'a str,
    message: &'a str,
    error: ErrorDetail,
}

impl IntoResponse for Problem {
    /// An answer without a body; [`shape`] writes it.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<platform::Error> for Problem {
    /// The platform has the words; the status and the code are this layer's.
    fn from(error: platform::Error) -> Self {
        use platform::Error;
        let message = sentence(&error);
        match error {
            Error::Invalid(_) | Error::Unreadable => Self::invalid(message),
            Error::Validation(details) => {
                Self { details, ..Self::new(StatusCode::BAD_REQUEST, code::VALIDATION, message) }
            }
            Error::Filter(_) => Self::new(StatusCode::BAD_REQUEST, code::VALIDATION, message),
            Error::NotFound(noun) => Self::about(StatusCode::NOT_FOUND, noun, "not-found", message),
            Error::AlreadyExists { noun, .. } => Self::about(StatusCode::CONFLICT, noun, "already-exists", message),
            Error::Unconfirmed { noun, .. } => Self::about(StatusCode::CONFLICT, noun, "confirmation-needed", message),
            Error::Protected { .. } => Self::new(StatusCode::CONFLICT, code::ENVIRONMENT_PROTECTED, message),
            Error::InvalidTransition { .. } => Self::new(StatusCode::CONFLICT, code::INVALID_TRANSITION, message),
            Error::NotActive { .. } => Self::new(StatusCode::CONFLICT, code::ENVIRONMENT_NOT_ACTIVE, message),
            Error::TableNotFound { .. } => Self::new(StatusCode::NOT_FOUND, code::TABLE_NOT_FOUND, message),
            Error::RecordNotFound { .. } => Self::new(StatusCode::NOT_FOUND, code::RECORD_NOT_FOUND, message),
            Error::OtherVersion { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, code::PRECONDITION_FAILED, message)
            }
            Error::PermissionDenied { .. } => Self::new(StatusCode::FORBIDDEN, code::PERMISSION_DENIED, message),
            Error::ScopeInsufficient { .. } => Self::new(StatusCode::FORBIDDEN, code::SCOPE_INSUFFICIENT, message),
            Error::SystemTable { .. } => Self::new(StatusCode::FORBIDDEN, code::SYSTEM_TABLE_ACCESS, message),
            Error::Duplicate { .. } | Error::Clash { .. } => {
                Self::new(StatusCode::CONFLICT, code::DUPLICATE_VALUE, message)
            }
            Error::KeyReplaced { .. } => Self::about(StatusCode::CONFLICT, Noun::Key, "already-replaced", message),
            Error::Indexed { .. } => Self::about(StatusCode::CONFLICT, Noun::Table, "column-indexed", message),
            Error::Changing { .. } => Self::about(StatusCode::CONFLICT, Noun::Table, "changing", message),
            Error::RowRefused { position, reason, .. } => {
                let problem = Self::new(StatusCode::BAD_REQUEST, code::ROW_REFUSED, message);
                problem.detail(&format!("rows[{position}]"), "import", reason)
            }
            Error::ImportRefused(_) => Self::new(StatusCode::CONFLICT, code::IMPORT_REFUSED, message),
            Error::EnvironmentMissing => Self::new(StatusCode::NOT_FOUND, code::ENVIRONMENT_NOT_FOUND, message),
            Error::EnvironmentInactive { .. } => Self::new(StatusCode::FORBIDDEN, code::ENVIRONMENT_INACTIVE, message),
            Error::File(refusal) => {
                let (status, code) = file_refusal::answer(&refusal);
                if status.is_server_error() {
                    tracing::error!(%refusal, "a request failed");
                }
                Self::new(status, code, message)
            }
            Error::NotImplemented(_) => Self::new(StatusCode::NOT_IMPLEMENTED, code::NOT_IMPLEMENTED, message),
            Error::Token(refusal) => refusal.into(),
            Error::Account(refusal) => refusal.into(),
            Error::Full => Self::new(StatusCode::INSUFFICIENT_STORAGE, code::INSUFFICIENT_STORAGE, message),
            Error::Overloaded => Self::overloaded(message),
            // Not 503: the same query again would take as long.
            Error::TooSlow => Self::new(StatusCode::BAD_REQUEST, code::QUERY_TOO_SLOW, message),
            Error::Internal(cause) => {
                tracing::error!(%cause, "a request failed");
                Self::internal()
            }
        }
    }
}

/// The remark of an error as a sentence; a name that it begins with stays as it is written.
fn sentence(error: &platform::Error) -> String {
    use platform::Error::{
        Changing, InvalidTransition, KeyReplaced, NotActive, NotImplemented, PermissionDenied, Protected, SystemTable,
    };
    let remark = error.to_string();
    let mut characters = remark.chars();
    match (error, characters.next()) {
        (
            Changing { .. }
            | InvalidTransition { .. }
            | KeyReplaced { .. }
            | NotActive { .. }
            | NotImplemented(_)
            | PermissionDenied { .. }
            | Protected { .. }
            | SystemTable { .. },
            _,
        )
        | (_, None) => remark,
        (_, Some(first)) => format!("{}{}", first.to_uppercase(), characters.as_str()),
    }
}

impl From<KeyRefusal> for Problem {
    fn from(refusal: KeyRefusal) -> Self {
        let (code, message) = match refusal {
            KeyRefusal::Malformed => {
                (code::INVALID_TOKEN, "An API key is pk_ or sk_ and 64 hex digits: check that it was copied whole")
            }
            KeyRefusal::Unknown => {
                (code::INVALID_TOKEN, "No environment here has this API key: bkend connect prints one that works")
            }
            KeyRefusal::Expired => (code::INVALID_TOKEN, "This API key has expired: create another one"),
            KeyRefusal::Revoked => (code::TOKEN_REVOKED, "This API key has been revoked: use another one"),
        };
        Self::unauthorized(code, message)
    }
}

/// Which of the two error bodies a path answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plane {
    Data,
    Management,
}

impl Plane {
    /// The operator's mount of the data plane answers as the data plane does.
    fn of(path: &str) -> Self {
        let Some(below) = path.strip_prefix("/management/") else { return Self::Data };
        let inside = below.strip_prefix("v1/environments/").and_then(|rest| rest.split_once('/'));
        match inside {
            Some((_, rest)) if rest == "v1" || rest.starts_with("v1/") => Self::Data,
            _ => Self::Management,
        }
    }
}

/// Gives every error, panics included, the body of its plane.
pub async fn shape<F: Future<Output = Response>>(request: Request, next: impl FnOnce(Request) -> F) -> Response {
    let plane = Plane::of(request.uri().path());
    // The handlers own nothing across requests, so a panic leaves nothing half-changed behind.
    let mut response = AssertUnwindSafe(next(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a handler panicked");
        Problem::internal().into_response()
    });
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    let headers = response.headers_mut();
    // The router took the body for empty.
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if problem.status == StatusCode::UNAUTHORIZED && plane == Plane::Management {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    *response.body_mut() = Body::from(problem.body(plane));
    response
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::to_bytes,
        middleware::{Next, from_fn},
        routing::get,
    };
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_answer_like_any_other_and_keeps_its_words_to_itself() {
        async fn broken() -> &'static str {
            panic!("a secret")
        }
        let router = Router::new()
            .route("/v1/broken", get(broken))
            .layer(from_fn(async |request, next: Next| shape(request, |request| next.run(request)).await));
        let request = Request::builder().uri("/v1/broken").body(Body::empty()).expect("a request");
        let Ok(response) = router.oneshot(request).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let bytes = to_bytes(response.into_body(), 4096).await.expect("a body");
        let body: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(body["code"], code::INTERNAL);
        assert!(!body.to_string().contains("secret"));
    }

    #[test]
    fn the_operators_mount_answers_as_the_data_plane() {
        for (path, plane) in [
            ("/v1/data/posts", Plane::Data),
            ("/nowhere", Plane::Data),
            ("/management/v1/projects", Plane::Management),
            ("/management/v1/environments/env_1", Plane::Management),
            ("/management/v1/environments/env_1/keys", Plane::Management),
            ("/management/v1/environments/env_1/v1/data/posts", Plane::Data),
            ("/management/v1/environments/env_1/v1", Plane::Data),
            ("/management/v1/environments/v1/v10", Plane::Management),
        ] {
            assert_eq!(Plane::of(path), plane, "{path}");
        }
    }

    #[test]
    fn both_messages_of_a_data_plane_error_are_the_same() {
        let problem = Problem::from(platform::Error::PermissionDenied { table: "posts".into(), operation: "create" });
        let body: serde_json::Value = serde_json::from_slice(&problem.body(Plane::Data)).expect("JSON");
        assert_eq!(body["message"], body["error"]["message"]);
        assert_eq!(body["code"], "data/permission-denied");
        assert_eq!(body["statusCode"], 403);
        assert!(body.get("data").is_none() && body["error"].get("details").is_none());
    }
}
