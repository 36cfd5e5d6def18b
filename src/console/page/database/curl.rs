//! What is on the screen, as the request that an app would make for it.

use super::rows::OpenTable;
use crate::{
    client::connect::{Format, PREFIX, snippet},
    console::page::list::{Item as _, pages::ROWS},
    domain::{api::Record, list::Direction},
};

pub fn table(url: &str, key: &str, name: &str) -> String {
    snippet(Format::Curl, url, key, Some(name), PREFIX)
}

/// The page under the cursor, in its order and with its filter.
pub fn rows(url: &str, key: &str, open: &OpenTable) -> String {
    let query = open.query(open.list.position() / ROWS);
    let direction = if query.direction == Direction::Ascending { "asc" } else { "desc" };
    let mut lines = vec![
        format!("curl -G {url}/v1/data/{}", open.name),
        format!("-H \"X-API-Key: {key}\""),
        format!("-d page={} -d limit={} -d sortDirection={direction}", query.page, query.limit),
    ];
    if let Some(column) = &query.sort_by {
        lines.push(format!("--data-urlencode {}", quoted(&format!("sortBy={column}"))));
    }
    if let Some(filters) = &query.and_filters {
        lines.push(format!("--data-urlencode {}", quoted(&format!("andFilters={filters}"))));
    }
    lines.join(" \\\n  ") + "\n"
}

pub fn record(url: &str, key: &str, table: &str, record: &Record) -> String {
    let id = record.id().unwrap_or_default();
    let address = quoted(&format!("{url}/v1/data/{table}/{id}"));
    format!("curl {address} \\\n  -H \"X-API-Key: {key}\"\n")
}

/// As one word of a POSIX shell, whatever is in it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=');
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_text_as_one_word() {
        assert_eq!(quoted("sortBy=views"), "sortBy=views");
        assert_eq!(quoted(r#"andFilters={"a":"it's $HOME"}"#), r#"'andFilters={"a":"it'\''s $HOME"}'"#);
    }
}
