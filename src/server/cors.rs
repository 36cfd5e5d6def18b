//! Which web pages may call the data plane (contract 6.3); none may call the management plane.
//!
//! Every project has a list of origins. An empty one allows any origin; one that is set allows its
//! entries and pages from this machine. A preflight carries no key, so it is answered for any
//! project that could allow the origin; the answer to the request itself knows the project and is
//! exact. What slips through a preflight is a request whose answer the page cannot read, and which
//! it could only have sent with a key.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{domain::list::Window, platform::Platform};

/// The origins of the project that a request turned out to belong to, left by the credentials'
/// layer among the response's extensions.
#[derive(Clone, Debug)]
pub struct Origins(pub Vec<String>);

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PATCH, PUT, DELETE, OPTIONS");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Content-Type, Authorization, X-API-Key, X-Project-Id, X-Environment, If-Match");
const EXPOSED: HeaderValue = HeaderValue::from_static("ETag, X-RateLimit-Limit, X-RateLimit-Remaining, Retry-After");
const OBJECTS: &str = "/v1/objects/";
const OF_OBJECTS: HeaderValue =
    HeaderValue::from_static("ETag, Content-Range, Accept-Ranges, Content-Length, Content-Disposition, Last-Modified");
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Answers preflights of the data plane, and marks its answers as readable by the pages that may.
pub async fn mark<F: Future<Output = Response>>(
    platform: &Platform,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if request.uri().path().starts_with(OBJECTS) {
        return public(request, next).await;
    }
    let data_plane = request.uri().path().starts_with("/v1/");
    let origin = request.headers().get(header::ORIGIN).cloned();
    if data_plane && request.method() == Method::OPTIONS {
        let allowed = origin.filter(|origin| some_project_allows(platform, origin));
        return preflight(allowed);
    }
    let mut response = next(request).await;
    let Some(origin) = origin.filter(|_| data_plane) else { return response };
    let allowed = match response.extensions_mut().remove::<Origins>() {
        Some(Origins(origins)) => allows(&origins, &origin),
        // Without a key that works there is no project: the page should still read why.
        None => some_project_allows(platform, &origin),
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}

/// Objects are read and written by their URL alone, so a page from anywhere may.
async fn public<F: Future<Output = Response>>(request: Request, next: impl FnOnce(Request) -> F) -> Response {
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response = if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next(request).await };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        // The asterisk does not stand for Authorization, which older clients send all the same.
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*, Authorization"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, OF_OBJECTS);
    }
    response
}

fn preflight(allowed: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    response
}

fn allows(origins: &[String], origin: &HeaderValue) -> bool {
    origins.is_empty()
        || origins.iter().any(|listed| listed.trim_end_matches('/').as_bytes() == origin.as_bytes())
        || from_this_machine(origin)
}

fn from_this_machine(origin: &HeaderValue) -> bool {
    let Ok(text) = origin.to_str() else { return false };
    let host = text.strip_prefix("http://").and_then(|rest| match rest.split_once(':') {
        Some((host, port)) => port.bytes().all(|b| b.is_ascii_digit()).then_some(host),
        None => Some(rest),
    });
    matches!(host, Some("localhost" | "127.0.0.1"))
}

/// Whether there is a project whose pages may come from `origin`. Browsers keep the answer to a
/// preflight for ten minutes, so walking the projects is rare.
fn some_project_allows(platform: &Platform, origin: &HeaderValue) -> bool {
    if from_this_machine(origin) {
        return true;
    }
    (1..)
        .map(|page| platform.projects(Window { page, limit: 1000 }).page)
        .find_map(|page| {
            let allowed = page.items.iter().any(|project| allows(&project.cors_origins, origin));
            (allowed || !page.pagination.has_next).then_some(allowed)
        })
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origins: &[&str], origin: &'static str) -> bool {
        let origins: Vec<String> = origins.iter().map(|&o| o.to_owned()).collect();
        allows(&origins, &HeaderValue::from_static(origin))
    }

    #[test]
    fn an_empty_list_allows_every_origin() {
        assert!(allowed(&[], "https://anything.example"));
    }

    #[test]
    fn a_list_allows_its_entries_and_this_machine() {
        let list = ["https://app.example", "https://other.example/"];
        for origin in [
            "https://app.example",
            "https://other.example",
            "http://localhost:3000",
            "http://127.0.0.1:5173",
            "http://localhost",
        ] {
            assert!(allowed(&list, origin), "{origin}");
        }
        for origin in [
            "https://evil.example",
            "http://app.example",
            "https://app.example.evil",
            "http://localhost.evil:3000",
            "null",
            "http://localhost:3000.evil",
        ] {
            assert!(!allowed(&list, origin), "{origin}");
        }
    }
}
