//! Which rows of an export a table has already.

use serde_json::{Value, json};

use super::{
    Error,
    folder::{List, PageFile},
    page::{self, Page},
    survey::Ids,
};
use crate::{
    client::{Client, RowsQuery},
    domain::{EnvironmentId, list::Direction},
};

/// Identifiers in one question. They travel in the request's line, which has a bound.
const ASKED_AT_ONCE: usize = 200;
const ASKED_BYTES: usize = 16 << 10;

/// Counts the rows of `list` whose identifiers `table` has.
pub async fn count(client: &Client, environment: &EnvironmentId, table: &str, list: &List) -> Result<u64, Error> {
    let mut known = Ids::default();
    let mut present = 0;
    for file in &list.pages {
        let file = file.clone();
        let reading = tokio::task::spawn_blocking(move || ids(&file));
        let mut ids = reading.await.map_err(|error| Error::Failed(error.to_string()))?;
        ids.retain(|id| known.insert(id, "").is_none());
        while !ids.is_empty() {
            let mut bytes = 0;
            let fits = ids.iter().take(ASKED_AT_ONCE).take_while(|id| {
                bytes += id.len() + 8;
                bytes < ASKED_BYTES
            });
            let asked: Vec<String> = ids.drain(..fits.count().max(1)).collect();
            let query = RowsQuery {
                page: 1,
                limit: 1,
                sort_by: None,
                direction: Direction::Ascending,
                and_filters: Some(json!({"id": {"$in": asked}})),
            };
            present += client.rows(environment, table, &query).await?.pagination.total;
        }
    }
    Ok(present)
}

/// The identifiers on one page. What cannot be read has been reported by the survey.
fn ids(file: &PageFile) -> Vec<String> {
    let Ok(text) = file.read() else { return Vec::new() };
    let Ok(page) = Page::parse(&text) else { return Vec::new() };
    let rows = page.items.into_iter().filter_map(|row| page::object(row).ok());
    rows.filter_map(|row| row.get("id").or_else(|| row.get("_id")).and_then(Value::as_str).map(str::to_owned)).collect()
}
