//! Which version of a record a request is for: `If-Match` (RFC 9110, section 13.1.1).

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::IF_MATCH, request::Parts},
};

use crate::domain::record_tag::{Expected, RecordTag};

/// What `If-Match` says, which is nothing in most requests.
#[derive(Debug)]
pub struct IfMatch(pub Expected);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(expected(&parts.headers)))
    }
}

fn expected(headers: &HeaderMap) -> Expected {
    if !headers.contains_key(IF_MATCH) {
        return Expected::Any;
    }
    let lines = headers.get_all(IF_MATCH).iter().filter_map(|line| line.to_str().ok());
    let tags: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    match tags.as_slice() {
        // Any version that is there; one that is not there is not found before this is looked at.
        ["*"] => Expected::Any,
        tags => Expected::OneOf(tags.iter().filter_map(|tag| RecordTag::parse(tag)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::domain::Timestamp;

    fn of(lines: &[&str]) -> Expected {
        let lines = lines.iter().map(|line| (IF_MATCH, HeaderValue::from_str(line).expect("a header")));
        let mut headers = HeaderMap::new();
        lines.for_each(|(name, value)| {
            headers.append(name, value);
        });
        expected(&headers)
    }

    #[test]
    fn every_tag_of_every_line_counts() {
        let [a, b] = [1, 2].map(|millis| RecordTag::of(Timestamp::from_millis(millis), "{}"));
        assert_eq!(of(&[]), Expected::Any);
        assert_eq!(of(&["*"]), Expected::Any);
        assert_eq!(of(&[&a.to_string()]), Expected::OneOf(vec![a]));
        assert_eq!(of(&[&format!("\"other\", {a}"), &b.to_string()]), Expected::OneOf(vec![a, b]));
    }

    #[test]
    fn what_names_no_version_matches_none() {
        for text in ["", "\"other\"", "nonsense", "W/\"0000000000000000\"", "\"other\", *", "*, *"] {
            assert_eq!(of(&[text]), Expected::OneOf(Vec::new()), "{text}");
        }
    }
}
