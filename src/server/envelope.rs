//! The success body of the data plane: `{"success":true,"data":P,<own keys of P>}`.
//!
//! Some apps unwrap `data`, others read the top level, and export scripts search the text, so both
//! are there. The payload arrives serialised and is copied in twice, never serialised twice. Who has apps
//! of one kind alone configures another [`Envelope`], and pays for it: [`reduce`] reads the body again.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

use crate::{
    domain::envelope::Envelope,
    platform::{Payload, Splice},
};

/// A payload with the status it is answered with.
#[derive(Debug)]
pub struct Enveloped(pub StatusCode, pub Payload);

impl IntoResponse for Enveloped {
    fn into_response(self) -> Response {
        let Self(status, payload) = self;
        let mut response = Response::new(Body::from(wrap(&payload)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(tag) = payload.tag {
            headers.insert(header::ETAG, HeaderValue::try_from(tag.to_string()).expect("hex digits in quotes"));
        }
        response
    }
}

const HEAD: &[u8] = br#"{"success":true,"data":"#;

/// Takes what `envelope` leaves out from a success body. Bodies of errors, and those that never were wrapped, stay
/// as they are.
pub async fn reduce(envelope: Envelope, response: Response) -> Response {
    if envelope == Envelope::Dual || !response.status().is_success() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // Bodies behind a key are in memory already.
    let dual = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let reduced = reduced(envelope, &dual);
    // The answer to a HEAD has no body any more that its length could be told from.
    if reduced.is_some() || dual.is_empty() {
        parts.headers.remove(header::CONTENT_LENGTH);
    }
    Response::from_parts(parts, reduced.map_or_else(|| dual.into(), Body::from))
}

#[derive(Deserialize)]
struct Dual<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

fn reduced(envelope: Envelope, dual: &[u8]) -> Option<Vec<u8>> {
    if !dual.starts_with(HEAD) {
        return None;
    }
    let Dual { data } = serde_json::from_slice(dual).ok()?;
    let payload = data.get().as_bytes();
    Some(match envelope {
        Envelope::Dual => return None,
        Envelope::Bare => payload.to_vec(),
        Envelope::Wrapped => splice(payload, b""),
    })
}

fn wrap(payload: &Payload) -> Vec<u8> {
    match payload.splice {
        Splice::Whole => splice(&payload.json, &payload.json),
        Splice::Without => splice(&payload.json, &own_keys(&payload.json)),
    }
}

/// Appends the members of the object `top` behind `data`; anything but an object adds none.
fn splice(data: &[u8], top: &[u8]) -> Vec<u8> {
    let members = match top {
        [b'{', members @ .., b'}'] => members,
        _ => &[],
    };
    let mut body = Vec::with_capacity(HEAD.len() + data.len() + members.len() + 2);
    body.extend_from_slice(HEAD);
    body.extend_from_slice(data);
    if !members.is_empty() {
        body.push(b',');
        body.extend_from_slice(members);
    }
    body.push(b'}');
    body
}

/// The payload without the names that the envelope itself uses.
fn own_keys(json: &[u8]) -> Vec<u8> {
    let mut members: Map<String, Value> = serde_json::from_slice(json).unwrap_or_default();
    members.shift_remove("success");
    members.shift_remove("data");
    serde_json::to_vec(&members).expect("what was parsed serialises")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str, splice: Splice) -> String {
        String::from_utf8(wrap(&Payload { json: json.as_bytes().to_vec(), splice, tag: None })).expect("text")
    }

    #[test]
    fn an_object_is_there_twice() {
        assert_eq!(
            body(r#"{"id":"1","n":5}"#, Splice::Whole),
            r#"{"success":true,"data":{"id":"1","n":5},"id":"1","n":5}"#
        );
    }

    #[test]
    fn an_empty_object_leaves_no_comma() {
        assert_eq!(body("{}", Splice::Whole), r#"{"success":true,"data":{}}"#);
        assert_eq!(body(r#"{"success":true}"#, Splice::Without), r#"{"success":true,"data":{"success":true}}"#);
    }

    #[test]
    fn names_of_the_envelope_stay_inside_data() {
        assert_eq!(
            body(r#"{"id":"1","data":[1],"success":"no","z":null}"#, Splice::Without),
            r#"{"success":true,"data":{"id":"1","data":[1],"success":"no","z":null},"id":"1","z":null}"#
        );
    }

    #[test]
    fn other_envelopes_leave_out_what_the_dual_one_has_twice() {
        let dual = body(r#"{"id":"1","data":[1.50],"\u007a":null}"#, Splice::Without);
        let text = |envelope| reduced(envelope, dual.as_bytes()).map(|body| String::from_utf8(body).expect("text"));
        assert_eq!(text(Envelope::Bare).as_deref(), Some(r#"{"id":"1","data":[1.50],"\u007a":null}"#));
        assert_eq!(
            text(Envelope::Wrapped).as_deref(),
            Some(r#"{"success":true,"data":{"id":"1","data":[1.50],"\u007a":null}}"#)
        );
        assert_eq!(reduced(Envelope::Bare, br#"{"openapi":"3.0.0"}"#), None, "it never had one");
    }

    #[test]
    fn what_is_not_an_object_is_only_in_data() {
        assert_eq!(body("[1,2]", Splice::Whole), r#"{"success":true,"data":[1,2]}"#);
    }
}
