//! Whether a client has an object already (RFC 9110, section 13).

use std::time::{Duration, SystemTime};

use axum::http::{HeaderMap, header};

use crate::domain::Timestamp;

/// What tells one version of an object from another.
#[derive(Clone, Debug)]
pub struct Validators {
    /// With its quotes.
    pub etag: String,
    modified: SystemTime,
}

impl Validators {
    pub fn new(tag: &str, modified: Timestamp) -> Self {
        // A date of HTTP has whole seconds.
        let seconds = u64::try_from(modified.millis()).unwrap_or_default() / 1000;
        Self { etag: format!("\"{tag}\""), modified: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) }
    }

    pub fn last_modified(&self) -> String {
        httpdate::fmt_http_date(self.modified)
    }

    /// Whether the copy that the client has is this version: 304.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        match (text(header::IF_NONE_MATCH), text(header::IF_MODIFIED_SINCE)) {
            (Some(tags), _) => tags.split(',').any(|tag| self.matches(tag)),
            (None, Some(date)) => httpdate::parse_http_date(date).is_ok_and(|date| self.modified <= date),
            (None, None) => false,
        }
    }

    /// Whether a range continues the version that the client has a part of.
    pub fn continues(&self, headers: &HeaderMap) -> bool {
        let Some(condition) = headers.get(header::IF_RANGE) else { return true };
        let Ok(condition) = condition.to_str() else { return false };
        condition == self.etag || httpdate::parse_http_date(condition).is_ok_and(|date| date == self.modified)
    }

    /// A weak tag of the same version will do for not sending it again.
    fn matches(&self, tag: &str) -> bool {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn validators() -> Validators {
        Validators::new("v1", Timestamp::from_millis(1_700_000_000_900))
    }

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_tag_decides_before_a_date() {
        for (value, known) in
            [("\"v1\"", true), ("W/\"v1\"", true), ("\"a\", \"v1\"", true), ("*", true), ("\"v2\"", false)]
        {
            assert_eq!(validators().is_known(&with(header::IF_NONE_MATCH, value)), known, "{value}");
        }
        let mut both = with(header::IF_NONE_MATCH, "\"v2\"");
        both.insert(header::IF_MODIFIED_SINCE, HeaderValue::from_static("Tue, 14 Nov 2023 22:13:20 GMT"));
        assert!(!validators().is_known(&both));
    }

    #[test]
    fn a_date_is_compared_by_seconds() {
        let known = |date| validators().is_known(&with(header::IF_MODIFIED_SINCE, date));
        assert_eq!(validators().last_modified(), "Tue, 14 Nov 2023 22:13:20 GMT");
        assert!(known("Tue, 14 Nov 2023 22:13:20 GMT"));
        assert!(!known("Tue, 14 Nov 2023 22:13:19 GMT"));
        assert!(!known("yesterday"));
    }

    #[test]
    fn a_range_of_another_version_does_not_continue() {
        let continues = |value| validators().continues(&with(header::IF_RANGE, value));
        assert!(validators().continues(&HeaderMap::new()));
        assert!(continues("\"v1\"") && continues("Tue, 14 Nov 2023 22:13:20 GMT"));
        assert!(!continues("\"v2\"") && !continues("W/\"v1\"") && !continues("nonsense"));
    }
}
