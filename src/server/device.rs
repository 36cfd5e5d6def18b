//! With what somebody signs in: shown in the list of their sessions.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::platform::accounts::Device;

/// Longest part of a user agent that is kept, in characters.
const LONGEST: usize = 512;

/// The other end of a TCP connection, in the extensions of its requests. Behind a proxy it is the
/// proxy's: a header that says otherwise could be anybody's.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub IpAddr);

/// What a request tells of the device that it comes from.
#[derive(Debug)]
pub struct From(pub Device);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(Device {
            user_agent: agent.map(|text| text.chars().take(LONGEST).collect()),
            ip_address: parts.extensions.get::<PeerAddress>().map(|PeerAddress(address)| address.to_string()),
        }))
    }
}
