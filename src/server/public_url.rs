//! The address that clients reach this server by, for the URLs it hands out.

use std::net::SocketAddr;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use super::{App, error::Problem};
use crate::domain::file::{KeyStyle, PublicUrl};

/// What URLs begin with, and what keys look like.
#[derive(Clone, Debug, Default)]
pub struct Public {
    /// What was configured: right for every client, where a proxy stands in front.
    pub url: Option<String>,
    pub key_style: KeyStyle,
}

/// [`Public`] with the address listened on.
#[derive(Clone, Debug)]
pub struct Addresses {
    pub public: Public,
    pub listening: Option<SocketAddr>,
}

impl Addresses {
    /// As configured; else as this client called the server, which an emulator or another machine
    /// does by another name; else the address listened on.
    fn of(&self, headers: &HeaderMap) -> PublicUrl {
        let called = || headers.get(header::HOST).and_then(|host| host.to_str().ok()).filter(|host| is_host(host));
        let base = match (&self.public.url, called(), self.listening) {
            (Some(url), ..) => url.trim_end_matches('/').to_owned(),
            (None, Some(host), _) => format!("http://{host}"),
            (None, None, Some(address)) => format!("http://{address}"),
            (None, None, None) => "http://localhost".to_owned(),
        };
        PublicUrl { base, style: self.public.key_style }
    }
}

/// Whether the text is a name or address with a port or without, and nothing that would lead the
/// path of a URL elsewhere.
fn is_host(host: &str) -> bool {
    let is_fitting = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    (1..=255).contains(&host.len()) && host.bytes().all(is_fitting)
}

impl<S> FromRequestParts<S> for PublicUrl
where
    App: FromRef<S>,
    S: Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(App::from_ref(state).addresses.of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn base(url: Option<&str>, host: &'static str) -> String {
        let public = Public { url: url.map(str::to_owned), key_style: KeyStyle::Url };
        let addresses = Addresses { public, listening: Some(([127, 0, 0, 1], 4600).into()) };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        addresses.of(&headers).base
    }

    #[test]
    fn what_is_configured_comes_before_what_the_client_called() {
        assert_eq!(base(Some("https://files.example/"), "10.0.2.2:4600"), "https://files.example");
        assert_eq!(base(None, "10.0.2.2:4600"), "http://10.0.2.2:4600");
        assert_eq!(base(None, "[::1]:4600"), "http://[::1]:4600");
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        for bad in ["", "a/b", "user@host", "a b", "a\"b", "a?b"] {
            assert_eq!(base(None, bad), "http://127.0.0.1:4600", "{bad}");
        }
    }
}
