//! Who is asking: an app with its environment's key, or the operator.
//!
//! Each is a layer in front of its routes, so no handler runs for a stranger and none can forget to
//! ask. The data plane's handlers find an [`Access`] among the request's extensions, whichever of
//! the two layers put it there.

use std::{sync::atomic::Ordering, time::Instant};

use axum::{
    body::HttpBody,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::{App, body, cors, envelope, error::Problem, path::InEnvironment};
use crate::{
    domain::{envelope::Envelope, error::code, key::PROOF_AGENT},
    platform::{Access, Platform},
};

const API_KEY: &str = "x-api-key";

/// Marks a request that the server sends to itself while an environment is still `ready`. It is a
/// type in the request's extensions: nothing that arrives over a connection can carry it.
#[derive(Clone, Copy, Debug)]
pub struct Internal;

/// The answer to a request without a key: record routes and the others differ in it, as the pages
/// of the hosted service's documentation do.
#[derive(Clone, Copy, Debug)]
pub enum MissingKey {
    InvalidHeader,
    Unauthorized,
}

/// Whether the token of a user counts. The calls that get a session pass over it: apps send the one
/// that has expired along with the request for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserToken {
    Settled,
    PassedOver,
}

/// What the layer of the data plane's own routes needs to know.
#[derive(Clone, Debug)]
pub struct KeyLayer {
    pub app: App,
    pub missing: MissingKey,
    pub token: UserToken,
}

/// Admits the bearer of an API key to the environment of that key, and nowhere else.
pub async fn by_key(
    State(KeyLayer { app, missing, token }): State<KeyLayer>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let begun = Instant::now();
    let internal = request.extensions().get::<Internal>().is_some();
    let access = admit(&app.platform, request.headers(), missing, token, internal).await?;
    let origins = request.headers().contains_key(header::ORIGIN).then(|| app.platform.cors_origins(&access));
    let environment = access.environment().clone();
    let is_proof =
        access.is_proof() || header_text(request.headers(), header::USER_AGENT.as_str()) == Some(PROOF_AGENT);
    let is_counted = !internal && !is_proof;
    if is_counted {
        app.app_requests.fetch_add(1, Ordering::Relaxed);
    }
    // What a client says of itself frees nobody of the limit.
    let rate_limit = app.rate_limit.as_ref().filter(|_| !internal && !access.is_proof());
    let allowance = rate_limit.zip(access.key()).map(|(rate_limit, key)| rate_limit.take(key, begun));
    let refused = allowance.and_then(|allowance| allowance.refusal(request.uri().path()));
    // Who asks on the server's own behalf reads one form, whatever apps want.
    let envelope = if is_counted { app.envelope } else { Envelope::Dual };
    let mut response = match refused {
        Some(refused) => refused,
        None => match body::turn(&app, request.body().size_hint()).await {
            Ok(_turn) => {
                request.extensions_mut().insert(access);
                envelope::reduce(envelope, next.run(request).await).await
            }
            Err(problem) => problem.into_response(),
        },
    };
    if let Some(allowance) = allowance {
        allowance.mark(response.headers_mut());
    }
    if is_counted {
        app.platform.count_request(&environment, begun, response.status().as_u16());
    }
    if let Some(origins) = origins {
        response.extensions_mut().insert(cors::Origins(origins));
    }
    Ok(response)
}

/// Admits whoever holds the operator token.
pub async fn by_token(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    check_operator(&app, &request)?;
    Ok(next.run(request).await)
}

/// Turns the operator into the `admin` of the environment in the path. Stands behind [`by_token`].
pub async fn as_admin(
    State(platform): State<Platform>,
    InEnvironment(environment): InEnvironment,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let access = platform.operator_access(&environment)?;
    platform.check_active(&access)?;
    request.extensions_mut().insert(access);
    Ok(next.run(request).await)
}

/// The order is the contract's: the key, then the token of a user, then the environment.
pub async fn admit(
    platform: &Platform,
    headers: &HeaderMap,
    missing: MissingKey,
    user_token: UserToken,
    internal: bool,
) -> Result<Access, Problem> {
    let authorization = header_text(headers, header::AUTHORIZATION.as_str());
    let bearer = authorization.map(|text| bearer_token(text).unwrap_or_default());
    let key =
        header_text(headers, API_KEY).or(bearer.filter(|token| is_key(token))).ok_or_else(|| missing.problem())?;
    let mut access = platform.authenticate(key)?;
    let token = bearer.filter(|token| !is_key(token) && user_token == UserToken::Settled);
    if let Some(token) = token {
        platform.identify(&mut access, token).await?;
    }
    if internal {
        access.admit_ready();
    }
    platform.check_active(&access)?;
    Ok(access)
}

/// The host first: a page that was rebound to this address must not even try tokens.
pub fn check_operator(app: &App, request: &Request) -> Result<(), Problem> {
    app.hosts.check(request)?;
    let authorization = header_text(request.headers(), header::AUTHORIZATION.as_str()).ok_or_else(|| {
        Problem::unauthorized(code::UNAUTHORIZED, "No credential came along: ".to_owned() + NEEDS_TOKEN)
    })?;
    let token = bearer_token(authorization).unwrap_or_default();
    let expected = app.platform.operator_token().expose_secret();
    if bool::from(token.as_bytes().ct_eq(expected.as_bytes())) {
        Ok(())
    } else if is_key(token) {
        Err(Problem::unauthorized(code::UNAUTHORIZED, "API keys open the data plane only: ".to_owned() + NEEDS_TOKEN))
    } else {
        Err(Problem::unauthorized(code::UNAUTHORIZED, "This is not the operator token: ".to_owned() + NEEDS_TOKEN))
    }
}

const NEEDS_TOKEN: &str = "the management API needs the header Authorization: Bearer and the operator token, which is \
                           in the file operator.token of the data directory";

impl MissingKey {
    fn problem(self) -> Problem {
        let message = "The header X-API-Key is missing: send the environment's publishable key, which bkend connect \
                       prints";
        match self {
            Self::InvalidHeader => Problem::new(StatusCode::BAD_REQUEST, code::INVALID_HEADER, message),
            Self::Unauthorized => Problem::unauthorized(code::UNAUTHORIZED, message),
        }
    }
}

/// The value of a header; one that is empty counts as absent, one that is not text as unusable.
fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?;
    let text = value.to_str().unwrap_or("\u{fffd}");
    (!text.is_empty()).then_some(text)
}

fn bearer_token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Older sample code sends its key as a bearer token too.
fn is_key(token: &str) -> bool {
    token.starts_with("pk_") || token.starts_with("sk_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_follows_one_space() {
        assert_eq!(bearer_token("Bearer abc"), Some("abc"));
        assert_eq!(bearer_token("bearer abc"), Some("abc"));
        assert_eq!(bearer_token("Bearer  abc"), Some(" abc"));
        assert_eq!(bearer_token("Basic abc"), None);
        assert_eq!(bearer_token("Bearer"), None);
    }

    #[test]
    fn an_empty_header_is_an_absent_one() {
        let mut headers = HeaderMap::new();
        headers.insert(API_KEY, axum::http::HeaderValue::from_static(""));
        assert_eq!(header_text(&headers, API_KEY), None);
    }
}
