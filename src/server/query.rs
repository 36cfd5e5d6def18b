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
        EnvironmentId, Invalid, Timestamp,
        activity::ActivityFilter,
        error::code,
        filter::{Filter, Path, bracket::Bracketed},
        list::{Direction, Window},
    },
    platform::{
        ListQuery,
        accounts::{UserQuery, UserSearch},
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

    /// The page of a list on the data plane.
    pub fn data_window(&self) -> Window {
        Window::data(self.get("page"), self.get("limit"))
    }

    /// The page of a list that is short.
    pub fn short_window(&self) -> Window {
        Window::short(self.get("page"), self.get("limit"))
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
    let (window, skip) = window(parameters);
    let mut filters = Vec::new();
    filters.extend(filter(parameters, "andFilters", Filter::parse)?);
    filters.extend(filter(parameters, "orFilters", Filter::parse_any)?);
    filters.extend(search(parameters)?);
    Ok(ListQuery {
        window,
        skip,
        select: select(parameters),
        sort_by: parameters.get("sortBy").filter(|name| !name.is_empty()).map(str::to_owned),
        direction: direction(parameters),
        filters,
        and_brackets: brackets(parameters, "andFilters")?,
        or_brackets: brackets(parameters, "orFilters")?,
    })
}

/// Which lines of activity are asked for.
pub fn activity_filter(parameters: &Parameters) -> Result<ActivityFilter, Problem> {
    let text = |name| parameters.get(name).filter(|text| !text.is_empty());
    let environment = text("environment").map(EnvironmentId::parse).transpose();
    let since = text("since").map(|text| Timestamp::parse(text).ok_or("since: expected an ISO 8601 instant"));
    Ok(ActivityFilter {
        environment: environment.map_err(|wrong| Problem::invalid(format!("environment: {wrong}")))?,
        action: text("action").map(str::to_owned),
        actor: word(parameters, "actor")?,
        since: since.transpose().map_err(Problem::invalid)?,
    })
}

/// What the operator's list of users is asked for.
pub fn user_query(parameters: &Parameters) -> Result<UserQuery, Problem> {
    let search = parameters.get("search").filter(|text| !text.is_empty());
    Ok(UserQuery {
        window: parameters.window(),
        search: search.map(|text| UserSearch { text: text.to_owned(), columns: vec!["name", "nickname", "email"] }),
        role: word(parameters, "role")?,
        order: word(parameters, "sortBy")?.unwrap_or_default(),
        direction: direction(parameters),
    })
}

/// What a list of files is asked for (contract 6.2).
pub fn file_query(parameters: &Parameters) -> Result<FileQuery, Problem> {
    let text = |name| parameters.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(FileQuery {
        window: Window::data(parameters.get("page"), parameters.get("limit")),
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
pub fn link(parameters: &Parameters) -> Option<Link> {
    let signature = parameters.get("signature")?;
    // What is not as it was signed is forged, whatever it is.
    let number = |name: &str| parameters.get(name).and_then(|text| text.parse::<i64>().ok());
    let part = match (parameters.get("uploadId"), parameters.get("partNumber")) {
        (None, None) => None,
        (upload_id, _) => Some(PartName {
            upload_id: upload_id.unwrap_or_default().to_owned(),
            number: number("partNumber").and_then(|number| u32::try_from(number).ok()).unwrap_or_default(),
        }),
    };
    Some(Link { expires: number("expires").unwrap_or_default(), signature: signature.to_owned(), part })
}

fn word<T: FromStr<Err = Invalid>>(parameters: &Parameters, name: &str) -> Result<Option<T>, Problem> {
    let text = parameters.get(name).filter(|text| !text.is_empty());
    text.map(str::parse).transpose().map_err(|wrong: Invalid| Problem::invalid(format!("{name}: {wrong}")))
}

/// Older snippets count rows with `offset` where newer ones count pages.
fn window(parameters: &Parameters) -> (Window, Option<u64>) {
    let window = Window::data(parameters.get("page"), parameters.get("limit"));
    let offset = parameters.get("offset").and_then(|text| text.trim().parse::<u64>().ok());
    match (parameters.get("page"), offset) {
        (None, Some(offset)) => {
            let page = (offset / window.limit).saturating_add(1).to_string();
            (Window::data(Some(&page), parameters.get("limit")), Some(offset))
        }
        _ => (window, None),
    }
}

fn select(parameters: &Parameters) -> Option<Vec<String>> {
    let list = parameters.get("select").or_else(|| parameters.get("fields"))?;
    let columns: Vec<_> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    (!columns.is_empty()).then_some(columns)
}

fn search(parameters: &Parameters) -> Result<Option<Filter>, Problem> {
    let Some(text) = parameters.get("search").filter(|text| !text.is_empty()) else { return Ok(None) };
    let field = parameters.get("searchType").filter(|name| !name.is_empty() && *name != "all").map(Path::parse);
    let invalid = |name| {
        move |error: Invalid| {
            let message = error.to_string();
            Problem::new(StatusCode::BAD_REQUEST, code::VALIDATION, message.clone()).detail(name, "format", message)
        }
    };
    let field = field.transpose().map_err(invalid("searchType"))?;
    Filter::search(text, field).map(Some).map_err(invalid("search"))
}

pub fn direction(parameters: &Parameters) -> Direction {
    match parameters.get("sortDirection") {
        Some(word) if word.eq_ignore_ascii_case("asc") => Direction::Ascending,
        _ => Direction::Descending,
    }
}

const MESSAGE: &str = "Invalid filter format";

fn filter(
    parameters: &Parameters,
    name: &str,
    parse: fn(&serde_json::Value) -> Result<Filter, Invalid>,
) -> Result<Option<Filter>, Problem> {
    let Some(text) = parameters.get(name).filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let json: serde_json::Value = serde_json::from_str(text).map_err(|error| malformed(name, &error.to_string()))?;
    let is_filter = json.is_object() || (name == "orFilters" && json.is_array());
    if !is_filter {
        return Err(malformed(name, "it is something else"));
    }
    parse(&json).map(Some).map_err(|error| {
        let problem = Problem::new(StatusCode::BAD_REQUEST, code::VALIDATION, format!("{MESSAGE}: {error}"));
        problem.detail(name, "filter", error.to_string())
    })
}

fn brackets(parameters: &Parameters, name: &str) -> Result<Option<Bracketed>, Problem> {
    let pairs = parameters.0.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    Bracketed::collect(name, pairs).map_err(|error| malformed(name, &error.to_string()))
}

fn malformed(name: &str, why: &str) -> Problem {
    let problem = Problem::new(StatusCode::BAD_REQUEST, code::VALIDATION, MESSAGE);
    problem.detail(name, "format", format!("expected a JSON object: {why}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        assert!(query.filters.is_empty() && query.select.is_none() && query.skip.is_none());
    }

    #[test]
    fn an_offset_is_a_page_of_its_limit() {
        assert_eq!(query("offset=40&limit=20").expect("valid").window, Window { page: 3, limit: 20 });
        assert_eq!(query("offset=45&limit=20").expect("valid").skip, Some(45));
        assert_eq!(query("offset=40&page=2").expect("valid").window, Window { page: 2, limit: 20 });
        assert_eq!(query("offset=-1").expect("valid").window, Window { page: 1, limit: 20 });
        assert!(query("offset=18446744073709551615&limit=1").is_ok());
    }

    #[test]
    fn columns_are_selected_by_a_list() {
        assert_eq!(query("select=a,+b,").expect("valid").select, Some(vec!["a".into(), "b".into()]));
        assert_eq!(query("fields=a").expect("valid").select, Some(vec!["a".into()]));
        assert_eq!(query("select=").expect("valid").select, None);
    }

    #[test]
    fn a_search_type_alone_has_no_effect() {
        assert!(query("searchType=title").expect("valid").filters.is_empty());
        assert_eq!(query("search=a&searchType=all").expect("valid").filters.len(), 1);
    }

    #[test]
    fn a_plus_is_a_space_in_a_filter() {
        let encoded = query("andFilters=%7B%22title%22%3A%22a+b%22%7D").expect("valid").filters;
        let plain = query("andFilters={%22title%22:%22a%20b%22}").expect("valid").filters;
        assert_eq!(format!("{encoded:?}"), format!("{plain:?}"));
        assert!(format!("{encoded:?}").contains("a b"));
    }

    #[test]
    fn an_empty_filter_filters_nothing() {
        assert!(query("andFilters=&orFilters=&search=").expect("valid").filters.is_empty());
        assert!(query("andFilters=%7B%7D").is_ok());
    }

    #[test]
    fn what_is_not_a_filter_is_refused() {
        for bad in [
            "orFilters=1",
            "orFilters=x",
            "andFilters[=1",
            "search=a&searchType=$b",
            "andFilters=x",
            "andFilters=%5B%5D",
            "andFilters=1",
            "andFilters=%7B%22a%22%3A%7B%22%24nope%22%3A1%7D%7D",
        ] {
            assert!(query(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_query_string_is_read_or_refused(
            names in prop::collection::vec(
                "(page|limit|offset|select|fields|search|searchType|sortBy|sortDirection|(and|or)Filters(\\[[a-z$0-9]{0,3}\\]?){0,2}\
                 |visibility|ownerType|bucket|signature|expires|uploadId|partNumber)",
                0..6,
            ),
            values in prop::collection::vec(
                "(-?[0-9]{1,21}|%[0-9A-F]{2}|[a-z+$%.]{0,6}|\\PC{0,4}|%7B%22[a-z.]{1,3}%22%3A%7B%22%24(eq|in|gt|regex|and|exists)%22%3A[0-9%5BD]{0,6}%7D%7D)",
                6,
            ),
        ) {
            let pairs: Vec<_> = names.iter().zip(&values).map(|(name, value)| format!("{name}={value}")).collect();
            // What is no URI does not come this far.
            if let Ok(uri) = format!("/v1/data/posts?{}", pairs.join("&")).parse::<Uri>() {
                let parameters = Parameters::of(&uri);
                let _ = (list_query(&parameters).is_ok(), file_query(&parameters).is_ok());
                prop_assert_eq!(link(&parameters).is_some(), parameters.get("signature").is_some());
                prop_assert!((1..=100).contains(&parameters.data_window().limit));
            }
        }
    }
}
