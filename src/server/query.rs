//! Query strings: what a list call asks for, and how a removal is confirmed.
//!
//! `+` is a space and every value arrives as text, as `URLSearchParams` and Dio send them.

use std::{convert::Infallible, str::FromStr};

use axum::{
    extract::{FromRequestParts, Query},
    http::{StatusCode, Uri, request::Parts},
};

use super::error::Problem;
use crate::{
    domain::{
        Invalid,
        error::code,
        filter::Filter,
        list::{Direction, Window},
    },
    platform::{
        ListQuery,
        files::{FileOrder, FileQuery, Link, signature::PartName},
    },
};

/// The parameters of a request, decoded. Of a name that comes twice the first counts.
#[derive(Debug)]
pub struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The page of a management list.
    pub fn window(&self) -> Window {
        Window::management(self.get("page"), self.get("limit"))
    }

    /// The name that the caller typed to confirm a removal.
    pub fn confirm(&self) -> Option<&str> {
        self.get("confirm")
    }

    fn of(uri: &Uri) -> Self {
        // Pairs of text cannot fail: what is not UTF-8 is replaced.
        Self(Query::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default())
    }
}

impl<S: Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

/// What a list of records is asked for (contract 3.4).
pub fn list_query(parameters: &Parameters) -> Result<ListQuery, Problem> {
    Ok(ListQuery {
        window: window(parameters),
        sort_by: parameters.get("sortBy").filter(|name| !name.is_empty()).map(str::to_owned),
        direction: direction(parameters),
        filter: filter(parameters)?,
    })
}

/// The cheapest list there is, for asking whether a caller may list at all.
pub const fn one_row() -> ListQuery {
    ListQuery { window: Window { page: 1, limit: 1 }, sort_by: None, direction: Direction::Descending, filter: None }
}

/// What a list of files is asked for (contract 6.2).
pub fn file_query(parameters: &Parameters) -> Result<FileQuery, Problem> {
    let text = |name| parameters.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(FileQuery {
        window: window(parameters),
        sort_by: match parameters.get("sortBy") {
            Some("updatedAt") => FileOrder::UpdatedAt,
            Some("originalName" | "filename" | "name") => FileOrder::Name,
            Some("size") => FileOrder::Size,
            Some("mimeType") => FileOrder::MimeType,
            _ => FileOrder::CreatedAt,
        },
        direction: direction(parameters),
        visibility: word(parameters, "visibility")?,
        owner_type: word(parameters, "ownerType")?,
        owner_id: text("ownerId"),
        bucket: word(parameters, "bucket")?,
        mime_type: text("mimeType"),
        search: text("search"),
    })
}

/// The credential in the URL of an object; absent when there is none.
pub fn link(parameters: &Parameters) -> Result<Option<Link>, Problem> {
    let Some(signature) = parameters.get("signature") else { return Ok(None) };
    // What is not as it was signed is forged, whatever it is.
    let number = |name: &str| parameters.get(name).and_then(|text| text.parse::<i64>().ok());
    let part = match (parameters.get("uploadId"), parameters.get("partNumber")) {
        (None, None) => None,
        (upload_id, _) => Some(PartName {
            upload_id: upload_id.unwrap_or_default().to_owned(),
            number: number("partNumber").and_then(|number| u32::try_from(number).ok()).unwrap_or_default(),
        }),
    };
    Ok(Some(Link { expires: number("expires").unwrap_or_default(), signature: signature.to_owned(), part }))
}

fn word<T: FromStr<Err = Invalid>>(parameters: &Parameters, name: &str) -> Result<Option<T>, Problem> {
    let text = parameters.get(name).filter(|text| !text.is_empty());
    text.map(str::parse).transpose().map_err(|wrong: Invalid| Problem::invalid(format!("{name}: {wrong}")))
}

/// Older snippets count rows with `offset` where newer ones count pages.
fn window(parameters: &Parameters) -> Window {
    let window = Window::data(parameters.get("page"), parameters.get("limit"));
    let offset = parameters.get("offset").and_then(|text| text.trim().parse::<u64>().ok());
    match (parameters.get("page"), offset) {
        (None, Some(offset)) => {
            let page = (offset / window.limit).saturating_add(1).to_string();
            Window::data(Some(&page), parameters.get("limit"))
        }
        _ => window,
    }
}

fn direction(parameters: &Parameters) -> Direction {
    match parameters.get("sortDirection") {
        Some(word) if word.eq_ignore_ascii_case("asc") => Direction::Ascending,
        _ => Direction::Descending,
    }
}

fn filter(parameters: &Parameters) -> Result<Option<Filter>, Problem> {
    const MESSAGE: &str = "Invalid filter format";
    let Some(text) = parameters.get("andFilters").filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let invalid = |message: String, rule: &'static str, detail: String| {
        Problem::new(StatusCode::BAD_REQUEST, code::VALIDATION, message).detail("andFilters", rule, detail)
    };
    let json: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| invalid(MESSAGE.to_owned(), "format", format!("expected a JSON object: {error}")))?;
    if !json.is_object() {
        return Err(invalid(MESSAGE.to_owned(), "format", "expected a JSON object".to_owned()));
    }
    let filter =
        Filter::parse(&json).map_err(|error| invalid(format!("{MESSAGE}: {error}"), "filter", error.to_string()))?;
    Ok(Some(filter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<ListQuery, Problem> {
        let uri: Uri = format!("/v1/data/posts?{text}").parse().expect("a path");
        list_query(&Parameters::of(&uri))
    }

    #[test]
    fn what_is_absent_has_its_default() {
        let query = query("").expect("valid");
        assert_eq!(query.window, Window { page: 1, limit: 20 });
        assert_eq!((query.sort_by, query.direction), (None, Direction::Descending));
        assert!(query.filter.is_none());
    }

    #[test]
    fn an_offset_is_a_page_of_its_limit() {
        assert_eq!(query("offset=40&limit=20").expect("valid").window, Window { page: 3, limit: 20 });
        assert_eq!(query("offset=40&page=2").expect("valid").window, Window { page: 2, limit: 20 });
        assert_eq!(query("offset=-1").expect("valid").window, Window { page: 1, limit: 20 });
        assert!(query("offset=18446744073709551615&limit=1").is_ok());
    }

    #[test]
    fn a_plus_is_a_space_in_a_filter() {
        let encoded = query("andFilters=%7B%22title%22%3A%22a+b%22%7D").expect("valid").filter;
        let plain = query("andFilters={%22title%22:%22a%20b%22}").expect("valid").filter;
        assert_eq!(format!("{encoded:?}"), format!("{plain:?}"));
        assert!(format!("{encoded:?}").contains("a b"));
    }

    #[test]
    fn an_empty_filter_filters_nothing() {
        assert!(query("andFilters=").expect("valid").filter.is_none());
        assert!(query("andFilters=%7B%7D").is_ok());
    }

    #[test]
    fn what_is_not_a_filter_is_refused() {
        for bad in
            ["andFilters=x", "andFilters=%5B%5D", "andFilters=1", "andFilters=%7B%22a%22%3A%7B%22%24nope%22%3A1%7D%7D"]
        {
            assert!(query(bad).is_err(), "{bad}");
        }
    }
}
