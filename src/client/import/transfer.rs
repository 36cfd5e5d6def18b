//! The second reading of a list: its rows on their way to the server, a batch at a time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde_json::value::{RawValue, to_raw_value};
use tokio::{sync::mpsc, time::sleep};

use super::{
    Error, Importer, Step,
    folder::List,
    page::{self, Page},
    plan::{Action, TablePlan},
    survey::Source,
    urls::Moved,
};
use crate::{
    client::{self, RowBatch},
    domain::{
        EnvironmentId, ImportId,
        error::code,
        import::{BeginImport, FinishImport, Import},
    },
};

/// Batches made ahead: one to be sent when the one before it is answered.
const AHEAD: usize = 1;

/// Waited before a batch is sent again, if the server was too busy or could not be reached.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(3)];

/// Rows on their way, and where each of them comes from.
struct Batch {
    rows: RowBatch,
    places: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    page: usize,
    item: usize,
}

/// Choices that the transfer has to know.
#[derive(Clone, Debug)]
pub struct Manner {
    pub keep_existing: bool,
    /// Keys of imported files, if rows are to have the new ones.
    pub moved: Option<Arc<Moved>>,
    /// What the survey's digest began with.
    pub choices: String,
}

/// Imports one table whole. Whatever goes wrong, nothing of it is visible afterwards.
pub async fn table(
    importer: &Importer,
    environment: &EnvironmentId,
    plan: &TablePlan,
    manner: &Manner,
) -> Result<Import, Error> {
    let body = BeginImport {
        table: plan.definition.clone(),
        source: plan.source.clone(),
        existing: plan.action == Action::Add,
    };
    let import = importer.client.begin_import(environment, &body).await?;
    let result = tokio::select! {
        result = fill(importer, environment, &import.id, plan, manner) => result,
        () = importer.stopping.cancelled() => Err(Error::Interrupted),
    };
    if result.is_err() {
        // If this does not arrive either, the next import of the table removes what was begun.
        let _ = importer.client.abandon_import(environment, &import.id).await;
    }
    result
}

async fn fill(
    importer: &Importer,
    environment: &EnvironmentId,
    import: &ImportId,
    plan: &TablePlan,
    manner: &Manner,
) -> Result<Import, Error> {
    let (out, mut batches) = mpsc::channel(AHEAD);
    let (list, manner_of_reading) = (plan.list.clone(), manner.clone());
    // It ends when the last page is read, or when nobody takes its batches any more.
    let reading = tokio::task::spawn_blocking(move || read(&list, &manner_of_reading, &out));
    let began = Instant::now();
    let mut sent = 0;
    while let Some(Batch { rows, places }) = batches.recv().await {
        let more = rows.len() as u64;
        sent += more;
        send_batch(importer, environment, import, rows.into_body())
            .await
            .map_err(|error| with_place(error, &plan.list, &places))?;
        let rate = rate(sent, began.elapsed());
        (importer.watch)(&Step::Rows { table: &plan.table, done: sent, of: plan.rows, more, rate });
    }
    let source = reading.await.map_err(|error| Error::Failed(error.to_string()))??;
    if source != plan.source {
        let message = format!("the pages of {} were changed while they were read: import them again", plan.table);
        return Err(Error::Failed(message));
    }
    let body = FinishImport { rows: plan.rows, keep_existing: manner.keep_existing };
    Ok(importer.client.finish_import(environment, import, body).await?)
}

/// Whole rows a second.
fn rate(rows: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    rows.saturating_mul(1000) / millis
}

/// Reads every page again and answers the digest of what was read.
fn read(list: &List, manner: &Manner, out: &mpsc::Sender<Batch>) -> Result<String, Error> {
    let mut source = Source::new(&manner.choices);
    let mut batch = Batch { rows: RowBatch::default(), places: Vec::new() };
    for (number, file) in list.pages.iter().enumerate() {
        let failed = |message: String| Error::Failed(format!("{} {message}", file.name()));
        let text = file.read().map_err(failed)?;
        source.add(&text);
        for (position, row) in Page::parse(&text).map_err(failed)?.items.into_iter().enumerate() {
            let rewritten = manner.moved.as_deref().map(|moved| rewritten(moved, row)).transpose().map_err(failed)?;
            let row = rewritten.as_deref().unwrap_or(row);
            if !batch.rows.has_room_for(row.get().len()) {
                let full = std::mem::replace(&mut batch, Batch { rows: RowBatch::default(), places: Vec::new() });
                if out.blocking_send(full).is_err() {
                    return Err(Error::Interrupted);
                }
            }
            batch.rows.push(row);
            batch.places.push(Place { page: number, item: position + 1 });
        }
    }
    if !batch.rows.is_empty() && out.blocking_send(batch).is_err() {
        return Err(Error::Interrupted);
    }
    Ok(source.finish())
}

fn rewritten(moved: &Moved, row: &RawValue) -> Result<Box<RawValue>, String> {
    let mut object = page::object(row)?;
    moved.rewrite(&mut object);
    to_raw_value(&object).map_err(|error| error.to_string())
}

/// Sends a batch until it is answered: rows that have arrived already change nothing.
async fn send_batch(
    importer: &Importer,
    environment: &EnvironmentId,
    import: &ImportId,
    rows: Bytes,
) -> Result<Import, client::Error> {
    let mut pauses = PAUSES.into_iter();
    loop {
        let error = match importer.client.import_rows(environment, import, rows.clone()).await {
            Ok(import) => return Ok(import),
            Err(error) => error,
        };
        match pauses.next().filter(|_| is_passing(&error)) {
            Some(pause) => sleep(pause).await,
            None => return Err(error),
        }
    }
}

fn is_passing(error: &client::Error) -> bool {
    matches!(
        error,
        client::Error::Unreachable { .. } | client::Error::TimedOut { .. } | client::Error::Server { status: 503, .. }
    )
}

/// The server knows a row by its position in the batch, and people by the page it is on.
fn with_place(error: client::Error, list: &List, places: &[Place]) -> Error {
    let client::Error::Refused { code: refused, details, .. } = &error else { return error.into() };
    let position = |field: &str| field.strip_prefix("rows[")?.strip_suffix(']')?.parse::<usize>().ok();
    let found = details.iter().find_map(|detail| Some((places.get(position(&detail.field)?)?, &detail.message)));
    match found.filter(|_| refused == code::ROW_REFUSED) {
        Some((place, message)) => {
            let file = list.pages.get(place.page).map(super::folder::PageFile::name).unwrap_or_default();
            let message = format!("{file}, item {}: {message}; nothing of this table was imported", place.item);
            Error::Refused { code: code::ROW_REFUSED, message }
        }
        None => error.into(),
    }
}
