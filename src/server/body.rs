//! Request bodies: bounded in size, number, depth and time, and JSON objects only, or arrays where many
//! may come at once.

use axum::{
    body::{Bytes, HttpBody, to_bytes},
    extract::{FromRef, FromRequest, Request},
    http::StatusCode,
};
use http_body_util::LengthLimitError;
use hyper::body::SizeHint;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Deserializer, Value};
use tokio::sync::SemaphorePermit;

use super::{App, error::Problem, limits::Limits};
use crate::domain::{api::Record, error::code};

/// A JSON object read into `T`.
///
/// The `Content-Type` is not looked at: scripts forget it, and what is not JSON fails to parse.
#[derive(Debug)]
pub struct Object<T>(pub T);

impl<T, S> FromRequest<S> for Object<T>
where
    T: DeserializeOwned,
    App: FromRef<S>,
    S: Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = read(request, &App::from_ref(state).limits).await?;
        parse(&bytes).map(Self)
    }
}

/// A record, or an array of them.
#[derive(Debug)]
pub enum OneOrMany {
    One(Record),
    Many(Vec<Value>),
}

impl<S> FromRequest<S> for OneOrMany
where
    App: FromRef<S>,
    S: Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = read(request, &App::from_ref(state).limits).await?;
        match bytes.trim_ascii_start().first() {
            Some(b'[') => parse_json(&bytes).map(Self::Many),
            _ => parse(&bytes).map(Self::One),
        }
    }
}

/// Waits for the turn of a request whose body may be large; others need none. The permit is for as
/// long as anything of the body is in memory.
pub async fn turn(app: &App, length: SizeHint) -> Result<Option<SemaphorePermit<'_>>, Problem> {
    let is_small = length.upper().is_some_and(|length| length <= app.limits.large_body as u64);
    // One that is past the bound is refused unread.
    if is_small || length.lower() > app.limits.body as u64 {
        return Ok(None);
    }
    match tokio::time::timeout(app.limits.body_patience, app.large_bodies.acquire()).await {
        Ok(Ok(permit)) => Ok(Some(permit)),
        _ => Err(Problem::overloaded("Too many large bodies are on their way: send this one again in a moment")),
    }
}

async fn read(request: Request, limits: &Limits) -> Result<Bytes, Problem> {
    let too_large = || {
        let message = format!("A body has at most {} bytes: send less at once", limits.body);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, code::PAYLOAD_TOO_LARGE, message)
    };
    let body = request.into_body();
    if body.size_hint().lower() > limits.body as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(limits.body_patience, to_bytes(body, limits.body)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error))
            if std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) =>
        {
            Err(too_large())
        }
        Ok(Err(_)) => Err(Problem::invalid("The body ended before it was complete: send the request again")),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            code::REQUEST_TIMEOUT,
            format!("The body did not arrive within {} s: send it again", limits.body_patience.as_secs()),
        )),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    match bytes.trim_ascii_start().first() {
        None => return Err(Problem::invalid("A JSON object is needed as the body, and there is none")),
        Some(b'{') => {}
        Some(_) => return Err(Problem::invalid("The body is not a JSON object: an object starts with {")),
    }
    parse_json(bytes)
}

fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let words = error.to_string();
        // The parser itself stops at 128 levels, so that no body can exhaust the stack.
        if words.starts_with("recursion limit exceeded") {
            Problem::invalid("The body is nested too deeply: at most 127 levels")
        } else if let Some(field) = misfit::<T>(bytes) {
            Problem::invalid(format!("The body is not what this call takes: {field}"))
        } else {
            Problem::invalid(format!("The body is not valid JSON: {words}"))
        }
    })
}

/// Which field of a body that is JSON does not fit, and why; `None` if it is none.
fn misfit<T: DeserializeOwned>(bytes: &[u8]) -> Option<String> {
    serde_json::from_slice::<IgnoredAny>(bytes).ok()?;
    let error = serde_path_to_error::deserialize::<_, T>(&mut Deserializer::from_slice(bytes)).err()?;
    let words = error.inner().to_string();
    let words = match words.rsplit_once(" at line ") {
        // The parser takes a number in the place of a word that is one of several for a mistake in the JSON.
        Some(_) if error.inner().is_syntax() => "expected a text, one of those that are taken here",
        Some((words, _)) => words,
        None => &words,
    };
    Some(match error.path().to_string().as_str() {
        "." => words.to_owned(),
        path => format!("{path}: {words}"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    fn object(text: &str) -> Result<Map<String, Value>, Problem> {
        parse(text.as_bytes())
    }

    #[test]
    fn only_an_object_is_a_body() {
        assert!(object(r#" {"a":1}"#).is_ok());
        for bad in ["", "  ", "[1]", "1", "null", "\"x\"", "{", "{\"a\":1}x", "a=1&b=2", "\u{1f}{}"] {
            assert!(object(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_field_of_another_type_is_named() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Upload {
            #[expect(dead_code, reason = "it is read in vain")]
            file_size: Option<u64>,
            #[expect(dead_code, reason = "it is read in vain")]
            kind: Option<Kind>,
        }
        #[derive(Debug, serde::Deserialize)]
        enum Kind {
            Image,
        }
        let why = "fileSize: invalid type: floating point `1.5`, expected u64";
        assert_eq!(misfit::<Upload>(br#"{"fileSize":1.5}"#).as_deref(), Some(why));
        let why = "kind: expected a text, one of those that are taken here";
        assert_eq!(misfit::<Upload>(br#"{"kind":5}"#).as_deref(), Some(why));
        assert_eq!(misfit::<Upload>(br#"{"fileSize":1"#), None, "it is no JSON");
    }

    #[test]
    fn depth_has_a_bound() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(object(&nested(127)).is_ok());
        assert!(object(&nested(128)).is_err());
        assert!(object(&nested(200_000)).is_err());
    }
}
