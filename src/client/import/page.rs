//! One page of a list, in any of the shapes that the service and the guides' scripts leave:
//! `{"success":true,"data":{"items":…,"pagination":…}}`, the payload alone, or both at once.

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

/// A page whose rows are still the text that they came as.
#[derive(Debug)]
pub struct Page<'a> {
    pub items: Vec<&'a RawValue>,
    /// Rows on all pages together, as the service counted them.
    pub total: Option<u64>,
    /// Whether another page follows.
    pub has_next: Option<bool>,
}

#[derive(Deserialize)]
struct Body<'a> {
    success: Option<bool>,
    message: Option<Value>,
    error: Option<Value>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    #[serde(borrow)]
    pagination: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    #[serde(borrow)]
    pagination: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pagination {
    total: Option<u64>,
    has_next: Option<bool>,
    has_next_page: Option<bool>,
}

impl<'a> Page<'a> {
    /// # Errors
    /// What is wrong, with the line and the column where that is known.
    pub fn parse(text: &'a [u8]) -> Result<Self, String> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
            return Err("is UTF-16, as some shells write it: save it as UTF-8".into());
        }
        let body: Body = serde_json::from_slice(text).map_err(|error| syntax(&error))?;
        if body.success == Some(false) {
            let words = [body.message.as_ref(), body.error.as_ref().and_then(|error| error.get("message"))];
            let words = words.into_iter().flatten().find_map(Value::as_str).unwrap_or("without a message");
            return Err(format!("is an error of the service ({words}) and no page: export it again"));
        }
        let payload = match body {
            Body { items: Some(items), pagination, .. } => Payload { items: Some(items), pagination },
            Body { data: Some(data), .. } => serde_json::from_str(data.get()).unwrap_or(Payload::NONE),
            _ => Payload::NONE,
        };
        let items = payload.items.ok_or("has no items: a page is {\"items\":[…],\"pagination\":{…}}")?;
        let items = serde_json::from_str(items.get()).map_err(|_| "has items that are not a list")?;
        let pagination = payload.pagination.and_then(|json| serde_json::from_str(json.get()).ok());
        let Pagination { total, has_next, has_next_page } = pagination.unwrap_or_default();
        Ok(Self { items, total, has_next: has_next.or(has_next_page) })
    }
}

impl Payload<'_> {
    const NONE: Self = Self { items: None, pagination: None };
}

/// The object that a row must be.
///
/// # Errors
/// What it is instead.
pub fn object(row: &RawValue) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(row.get()) {
        Ok(Value::Object(row)) => Ok(row),
        Ok(_) => Err("is not an object".into()),
        Err(error) => Err(syntax(&error)),
    }
}

fn syntax(error: &serde_json::Error) -> String {
    if error.is_data() {
        return "is not a page: a page is {\"items\":[…],\"pagination\":{…}}".into();
    }
    format!("is not valid JSON: {error}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ITEMS: &str = r#"[{"id":"a"}, {"id":"b"}]"#;
    const PAGINATION: &str = r#"{"total":7,"page":1,"hasNextPage":true}"#;

    #[test]
    fn every_shape_of_a_page_is_read_once() {
        let bare = format!(r#"{{"items":{ITEMS},"pagination":{PAGINATION}}}"#);
        let wrapped = format!(r#"{{"success":true,"data":{bare}}}"#);
        let dual = format!(r#"{{"success":true,"data":{bare},"items":{ITEMS},"pagination":{PAGINATION}}}"#);
        let marked = format!("\u{feff}{wrapped}\n");
        for text in [bare, wrapped, dual, marked] {
            let page = Page::parse(text.as_bytes()).expect("a page");
            assert_eq!(
                page.items.iter().map(|item| item.get()).collect::<Vec<_>>(),
                [r#"{"id":"a"}"#, r#"{"id":"b"}"#]
            );
            assert_eq!((page.total, page.has_next), (Some(7), Some(true)), "{text}");
        }
    }

    #[test]
    fn what_is_no_page_says_what_it_is() {
        for (text, words) in [
            ("", "EOF"),
            ("{\"items\":[", "column 10"),
            ("[1]", "is not a page"),
            ("{}", "has no items"),
            (r#"{"items":{}}"#, "not a list"),
            (r#"{"data":[]}"#, "has no items"),
            (r#"{"success":false,"error":{"message":"Too many requests"}}"#, "Too many requests"),
            (r#"{"success":false}"#, "export it again"),
        ] {
            let error = Page::parse(text.as_bytes()).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
        assert!(Page::parse(b"\xff\xfe{\0").expect_err("refused").contains("UTF-16"));
    }

    #[test]
    fn a_row_has_a_bound_on_its_depth() {
        let deep = format!(r#"{{"items":[{}1{}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let page = Page::parse(deep.as_bytes()).expect("only rows are looked into");
        assert!(object(page.items[0]).expect_err("refused").contains("recursion limit"));
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Page::parse(&bytes);
        }

        #[test]
        fn no_text_like_a_page_breaks_the_reader(
            text in r#"([{}\[\],:]|"(success|data|items|pagination|total)"|true|false|null|-?[0-9]{1,3}|"\\u[dD]8[0-9a-f]{2}"){0,40}"#,
        ) {
            if let Ok(page) = Page::parse(text.as_bytes()) {
                for row in page.items {
                    let _ = object(row);
                }
            }
        }
    }
}
