//! What is on the screen, as the request that an app would make for it.

use super::rows::OpenTable;
use crate::{
    client::connect::{Format, PREFIX, snippet},
    console::{
        page::list::{Item as _, pages::ROWS},
        posix,
    },
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
        lines.push(format!("--data-urlencode {}", posix::word(&format!("sortBy={column}"))));
    }
    if let Some(filters) = &query.and_filters {
        lines.push(format!("--data-urlencode {}", posix::word(&format!("andFilters={filters}"))));
    }
    lines.join(" \\\n  ") + "\n"
}

pub fn record(url: &str, key: &str, table: &str, record: &Record) -> String {
    let id = record.id().unwrap_or_default();
    let address = posix::word(&format!("{url}/v1/data/{table}/{id}"));
    format!("curl {address} \\\n  -H \"X-API-Key: {key}\"\n")
}
