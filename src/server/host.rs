//! The `Host` header of the management plane.
//!
//! A page on the open web can point its own name at 127.0.0.1 and then call this server as if it
//! were same-origin (DNS rebinding). Its requests still carry that name as the host, so only names
//! that are known to mean this server are answered.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{StatusCode, header, uri::Authority},
};

use super::error::Problem;
use crate::domain::error::code;

#[derive(Debug)]
pub struct Hosts {
    listen: Option<IpAddr>,
    names: Vec<String>,
}

impl Hosts {
    /// `listen` is the address of the listener, absent for a Unix socket; `names` are allowed
    /// beside it and the loopback names.
    pub fn new(listen: Option<IpAddr>, names: &[String]) -> Self {
        Self { listen, names: names.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    pub fn check(&self, request: &Request) -> Result<(), Problem> {
        let host = match request.uri().authority() {
            Some(authority) => Some(authority.clone()),
            None => request.headers().get(header::HOST).and_then(|value| Authority::try_from(value.as_bytes()).ok()),
        };
        match host {
            Some(authority) if self.allows(authority.host()) => Ok(()),
            Some(authority) => {
                let host = authority.host();
                Err(refused(format!(
                    "The management API does not answer to the name {host}: use 127.0.0.1, or start the server with \
                     --allowed-host {host}"
                )))
            }
            None => Err(refused("The management API needs a Host header with a name that means this server".into())),
        }
    }

    fn allows(&self, host: &str) -> bool {
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
        if let Ok(address) = host.parse::<IpAddr>() {
            // Rebinding needs a name, so on a wildcard listener any address is as good as another.
            let address = address.to_canonical();
            return address.is_loopback()
                || self.listen.is_some_and(|listen| listen.is_unspecified() || listen.to_canonical() == address)
                || self.names.contains(&host);
        }
        host == "localhost" || host.ends_with(".localhost") || self.names.contains(&host)
    }
}

fn refused(message: String) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, code::HOST_NOT_ALLOWED, message)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::body::Body;

    use super::*;

    fn answers(hosts: &Hosts, host: &str) -> bool {
        let request = Request::builder().header(header::HOST, host).body(Body::empty()).expect("a request");
        hosts.check(&request).is_ok()
    }

    #[test]
    fn loopback_is_always_allowed_and_strange_names_never() {
        let hosts = Hosts::new(Some(Ipv4Addr::LOCALHOST.into()), &[]);
        for host in ["localhost", "LOCALHOST:4600", "127.0.0.1:4600", "127.0.0.2", "[::1]:4600", "app.localhost"] {
            assert!(answers(&hosts, host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "192.168.1.5", "127.0.0.1.evil.example", "", "a b", "@"]
        {
            assert!(!answers(&hosts, host), "{host}");
        }
    }

    #[test]
    fn names_can_be_added() {
        let hosts = Hosts::new(Some(Ipv4Addr::LOCALHOST.into()), &["Console.Internal".into()]);
        assert!(answers(&hosts, "console.internal:80"));
        assert!(!answers(&hosts, "other.internal"));
    }

    #[test]
    fn a_wildcard_listener_answers_to_any_address_but_not_to_any_name() {
        let hosts = Hosts::new(Some(Ipv4Addr::UNSPECIFIED.into()), &[]);
        assert!(answers(&hosts, "192.168.1.5:4600"));
        assert!(!answers(&hosts, "rebound.example:4600"));
    }

    #[test]
    fn a_request_without_a_host_is_refused() {
        let request = Request::builder().body(Body::empty()).expect("a request");
        assert!(Hosts::new(None, &[]).check(&request).is_err());
    }
}
