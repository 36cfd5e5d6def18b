//! How a browser is to take an object: shown, or saved under a name.
//!
//! Bytes that somebody uploaded come from this server's origin. So a type that can run something is
//! always saved, and should a browser show it all the same, it is in a sandbox of its own.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::domain::file::name::is_inert;

/// Writes type, disposition and what keeps both from being taken for something else.
pub fn describe(headers: &mut HeaderMap, media_type: &str, filename: &str) {
    let inert = is_inert(media_type);
    let content_type = HeaderValue::from_str(media_type);
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(disposition) = HeaderValue::from_str(&disposition(inert, filename)) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    if !inert {
        let policy = HeaderValue::from_static("sandbox; default-src 'none'");
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The name twice: in the old form for old clients, and encoded for the rest (RFC 6266).
fn disposition(inert: bool, filename: &str) -> String {
    use std::fmt::Write as _;
    let kind = if inert { "inline" } else { "attachment" };
    let plain: String = filename
        .chars()
        .map(|c| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%') { c } else { '_' })
        .collect();
    let mut encoded = String::with_capacity(filename.len());
    for byte in filename.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_cannot_end_its_quotes() {
        assert_eq!(
            disposition(true, "a\"; x=\"b\\ü%41.png"),
            "inline; filename=\"a_; x=_b___41.png\"; filename*=UTF-8''a%22%3B%20x%3D%22b%5C%C3%BC%2541.png"
        );
    }

    #[test]
    fn what_can_run_is_saved_and_sandboxed() {
        for (media_type, kind, sandboxed) in
            [("image/png", "inline", false), ("text/html", "attachment", true), ("image/svg+xml", "attachment", true)]
        {
            let mut headers = HeaderMap::new();
            describe(&mut headers, media_type, "name");
            let disposition = headers[header::CONTENT_DISPOSITION].to_str().expect("text");
            assert!(disposition.starts_with(kind), "{media_type}: {disposition}");
            assert_eq!(headers.contains_key(header::CONTENT_SECURITY_POLICY), sandboxed, "{media_type}");
            assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        }
    }

    proptest! {
        #[test]
        fn every_name_fits_a_header(name in "\\PC{0,255}", raw in "(?s).{0,40}") {
            prop_assert!(HeaderValue::from_str(&disposition(true, &name)).is_ok());
            prop_assert!(HeaderValue::from_str(&disposition(false, &raw)).is_ok());
        }
    }
}
