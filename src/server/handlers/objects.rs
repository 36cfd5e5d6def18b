//! The bytes of files, at URLs that need no key: the URL is its own credential.

use axum::{
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt as _;

use crate::{
    domain::{error::code, file::ObjectPath},
    platform::{
        Error, Platform,
        files::{Link, OpenObject, Refusal},
    },
    server::{
        App, disposition,
        error::Problem,
        path::AtObject,
        query::{self, Parameters},
        range::{self, Wanted},
        transfer::Receiving,
        validators::Validators,
    },
};

/// What is public may be kept by anybody for a while; after that a tag tells whether it changed.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=300");
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Takes the bytes of a file, or of a part of one.
pub async fn put(
    State(app): State<App>,
    AtObject(path): AtObject,
    parameters: Parameters,
    request: Request,
) -> Result<Response, Problem> {
    let link = query::link(&parameters);
    let body = request.into_body();
    let mut put = app.platform.begin_put(&path, link, body.size_hint().exact()).await?;
    let mut receiving = Receiving::new(body, &app.limits);
    while let Some(bytes) = receiving.next().await? {
        put.write(&bytes).await?;
    }
    let etag = put.finish().await?;
    Ok(([(header::ETAG, format!("\"{etag}\""))], StatusCode::OK).into_response())
}

/// Hands bytes out: all of them, the range asked for, or word that the client has them.
pub async fn get(
    State(platform): State<Platform>,
    AtObject(path): AtObject,
    parameters: Parameters,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let link = query::link(&parameters);
    let answer = answer(&platform, &path, link.as_ref(), &method, &headers).await;
    match answer {
        // Replaced or deleted since it was looked up, most likely: a second look knows.
        Err(Error::File(Refusal::Lost)) => Ok(self::answer(&platform, &path, link.as_ref(), &method, &headers).await?),
        first => Ok(first?),
    }
}

async fn answer(
    platform: &Platform,
    path: &ObjectPath,
    link: Option<&Link>,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let object = platform.open_object(path, link).await?;
    let validators = Validators::new(&object.content.etag, object.content.stored_at);
    let mut response = Response::new(Body::empty());
    describe(response.headers_mut(), &object, &validators);
    if validators.is_known(headers) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let length = object.content.size;
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let wanted = match asked.filter(|_| validators.continues(headers)) {
        Some(range) => range::parse(range, length),
        None => Wanted::Whole,
    };
    let range = match wanted {
        Wanted::Whole => 0..length,
        Wanted::Part(range) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let text = format!("bytes {}-{}/{length}", range.start, range.end - 1);
            insert(response.headers_mut(), header::CONTENT_RANGE, &text);
            range
        }
        Wanted::Nothing => return Ok(beyond_the_end(length)),
    };
    disposition::describe(response.headers_mut(), &object.content_type, &object.filename);
    response.headers_mut().insert(header::CONTENT_LENGTH, (range.end - range.start).into());
    if method != Method::HEAD {
        let bytes = object.read(range).await?;
        *response.body_mut() = Body::from_stream(bytes.inspect(|chunk| {
            if let Err(error) = chunk {
                tracing::warn!(%error, "an object could not be read to its end");
            }
        }));
    }
    Ok(response)
}

/// What every answer says of the object, 304 included.
fn describe(headers: &mut HeaderMap, object: &OpenObject, validators: &Validators) {
    insert(headers, header::ETAG, &validators.etag);
    insert(headers, header::LAST_MODIFIED, &validators.last_modified());
    headers.insert(header::CACHE_CONTROL, if object.public { PUBLIC } else { PRIVATE });
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn beyond_the_end(length: u64) -> Response {
    let message = format!("The range lies beyond the end: the object has {length} bytes");
    let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, code::RANGE_NOT_SATISFIABLE, message);
    ([(header::CONTENT_RANGE, format!("bytes */{length}"))], problem).into_response()
}
