//! Imports: a table that comes from elsewhere, gathered out of sight and shown whole.
//!
//! | What happens | What is there afterwards |
//! |---|---|
//! | a crash, or nobody goes on | an open import that nobody reads; the next one of the same table takes its place |
//! | the last call | one commit, and every row is visible |
//! | the same import again | the finished one is in the list, with the `source` it was begun with |

mod files;
mod users;

use std::sync::Arc;

use serde_json::{Map, Value, value::RawValue};

use super::{Error, Listed, Noun, Platform, tables};
use crate::{
    domain::{
        EnvironmentId, ImportId, TableId, Timestamp, Violation,
        api::Event,
        import::{
            BeginImport, FinishImport, Import, ImportRows, ImportStatus, ImportedRow, MAX_ADDED_ROWS, MAX_BATCH_ROWS,
        },
        list::Window,
        table::Schema,
    },
    store::{self, Counters, GatheredRow, Indexing, StoredImport, StoredTable, failpoint, pool::Lease},
};

/// Rows of an abandoned import that one transaction removes.
const REMOVED_AT_ONCE: u64 = 5000;

const MAX_SOURCE: usize = 200;

impl Platform {
    /// The imports that are open, and the finished ones whose tables are still there.
    pub async fn imports(&self, id: &EnvironmentId, window: Window) -> Result<Listed<Import>, Error> {
        let (file, event) = self.design(id).await?;
        let all = file.read(|reader| Ok::<_, Error>(reader.imports()?)).await?;
        Ok(Listed::of(all.iter().map(|import| resource(id, import)), window, event))
    }

    /// Begins an import, and gives up what an earlier one of the same table left behind.
    pub async fn begin_import(&self, id: &EnvironmentId, body: BeginImport) -> Result<Import, Error> {
        let BeginImport { table, source, existing } = body;
        if source.is_empty() || source.len() > MAX_SOURCE {
            return Err(Error::Invalid(format!("source has 1 to {MAX_SOURCE} characters")));
        }
        let (file, _) = self.design(id).await?;
        self.give_up(&file, table.name.clone()).await?;
        let now = self.0.clock.now();
        let import_id = ImportId::generate(&self.0.entropy, now);
        let table_id = StoredImport::table_id(&import_id);
        let begun = file.write(move |transaction| {
            let present = transaction.table(&table.name)?;
            let table = match (present, existing) {
                (Some(present), true) => gathering(table_id, &present, now),
                (None, true) => return Err(Error::NotFound(Noun::Table)),
                (Some(_), false) => return Err(Error::AlreadyExists { noun: Noun::Table, name: table.name }),
                (None, false) => tables::definition(table_id, table, now)?,
            };
            let import = StoredImport {
                id: import_id,
                table: Arc::new(table),
                existing,
                source,
                table_id: None,
                rows: 0,
                bytes: 0,
                created_at: now,
                finished_at: None,
            };
            transaction.begin_import(&import)?;
            Ok(import)
        });
        Ok(resource(id, &begun.await?))
    }

    /// Takes a batch of rows: all of them or none. Sent again, it changes nothing.
    pub async fn import_rows(
        &self,
        id: &EnvironmentId,
        import_id: &ImportId,
        body: ImportRows,
    ) -> Result<Import, Error> {
        if body.rows.len() > MAX_BATCH_ROWS {
            return Err(Error::Invalid(format!("a batch has at most {MAX_BATCH_ROWS} rows: send the rest in another")));
        }
        let (file, _) = self.design(id).await?;
        let import = open_import(&file, import_id).await?;
        let (table, now) = (Arc::clone(&import.table), self.0.clock.now());
        // A thousand rows are some milliseconds of work, which other requests need not wait for.
        let reading = tokio::task::spawn_blocking(move || read_rows(&table.schema, &body.rows, now));
        let rows = reading.await.map_err(|_| Error::Overloaded)??;
        let import_id = import_id.clone();
        let gathered = file.write(move |transaction| {
            let import = transaction.import(&import_id)?.ok_or(Error::NotFound(Noun::Import))?;
            check_open(&import)?;
            transaction.gather(&import, &rows).map_err(|(position, error)| {
                match (error, position.and_then(|position| Some((position, rows.get(position)?)))) {
                    (store::Error::Duplicate(message), Some((position, row))) => {
                        Error::RowRefused { position, id: row.id.clone(), reason: taken(&import.table, &message) }
                    }
                    (error, _) => error.into(),
                }
            })?;
            transaction.import(&import_id)?.ok_or(Error::NotFound(Noun::Import))
        });
        let import = gathered.await?;
        if import.is_to_be_indexed(Indexing::WhileRowsArrive) {
            index(&file, &import.id, Indexing::WhileRowsArrive).await?;
        }
        Ok(resource(id, &import))
    }

    /// Shows every row at once: as a table of its own, or in the one that is there.
    pub async fn finish_import(
        &self,
        id: &EnvironmentId,
        import_id: &ImportId,
        body: FinishImport,
    ) -> Result<Import, Error> {
        failpoint::reach("import.finish")?;
        let (file, _) = self.design(id).await?;
        index(&file, import_id, Indexing::BeforeTheyAreShown).await?;
        let (subject, now) = (import_id.clone(), self.0.clock.now());
        let finished = file.write(move |transaction| {
            let import = transaction.import(&subject)?.ok_or(Error::NotFound(Noun::Import))?;
            if import.finished_at.is_some() {
                return Ok((import, None));
            }
            if import.rows != body.rows {
                let message = format!("{} rows have arrived, not {}: begin the import again", import.rows, body.rows);
                return Err(Error::ImportRefused(message));
            }
            let table = if import.existing {
                let table = transaction.table(&import.table.name)?.ok_or(Error::NotFound(Noun::Table))?;
                add(transaction, &import, &table, body.keep_existing, now)?;
                table
            } else {
                if transaction.table(&import.table.name)?.is_some() {
                    return Err(Error::AlreadyExists { noun: Noun::Table, name: import.table.name.clone() });
                }
                tables::check_room(transaction)?;
                transaction.publish(&import, now)?;
                Arc::clone(&import.table)
            };
            let finished = transaction.import(&subject)?.ok_or(Error::NotFound(Noun::Import))?;
            Ok((finished, Some(table)))
        });
        let (import, table) = finished.await?;
        if let Some(table) = table {
            // Counted at the end of the transaction, so only what is read after it is right.
            let counted = Arc::clone(&table);
            let counters = file.read(move |reader| Ok::<_, Error>(reader.counters(&counted)?)).await;
            let counters = counters.unwrap_or(Counters { rows: import.rows, bytes: import.bytes, revision: 1 });
            let shown = tables::resource(id, &table, counters);
            let rows = (shown.rows > 0).then(|| format!("{} rows", shown.rows));
            self.tell("table.import", Event::Table(shown.clone()), &shown, rows).await;
        }
        Ok(resource(id, &import))
    }

    /// Removes an open import with its rows.
    pub async fn abandon_import(&self, id: &EnvironmentId, import_id: &ImportId) -> Result<Import, Error> {
        let (file, _) = self.design(id).await?;
        let import = open_import(&file, import_id).await?;
        self.give_up(&file, import.table.name.clone()).await?;
        Ok(resource(id, &import))
    }

    /// Removes the open imports of one table, a bounded number of rows at a time.
    async fn give_up(&self, file: &Lease, name: String) -> Result<(), Error> {
        loop {
            let name = name.clone();
            let more = file.write(move |transaction| {
                let Some(import) = transaction.open_imports(&name)?.pop() else { return Ok(false) };
                transaction.shrink(&import, REMOVED_AT_ONCE)?;
                Ok::<_, Error>(true)
            });
            if !more.await? {
                return Ok(());
            }
        }
    }
}

/// The same definition under another identifier.
fn gathering(id: TableId, table: &StoredTable, now: Timestamp) -> StoredTable {
    StoredTable::new(
        id,
        table.name.clone(),
        table.display_name.clone(),
        table.description.clone(),
        table.schema.clone(),
        table.indexes.clone(),
        table.permissions,
        now,
    )
}

async fn open_import(file: &Lease, id: &ImportId) -> Result<StoredImport, Error> {
    let id = id.clone();
    file.read(move |reader| {
        let import = reader.import(&id)?.ok_or(Error::NotFound(Noun::Import))?;
        check_open(&import)?;
        Ok(import)
    })
    .await
}

/// Builds the indexes that are due, one a transaction, so that others write in between.
async fn index(file: &Lease, id: &ImportId, when: Indexing) -> Result<(), Error> {
    loop {
        let id = id.clone();
        let more = file.write(move |transaction| match transaction.import(&id)? {
            Some(import) if import.is_to_be_indexed(when) => Ok::<_, Error>(transaction.index_import(&import)?),
            _ => Ok(false),
        });
        if !more.await? {
            return Ok(());
        }
    }
}

fn check_open(import: &StoredImport) -> Result<(), Error> {
    match import.finished_at {
        None => Ok(()),
        Some(_) => Err(Error::ImportRefused(format!("the import of {} is finished", import.table.name))),
    }
}

fn read_rows(schema: &Schema, rows: &[Box<RawValue>], now: Timestamp) -> Result<Vec<GatheredRow>, Error> {
    rows.iter().enumerate().map(|(position, json)| read_row(schema, position, json, now)).collect()
}

fn read_row(schema: &Schema, position: usize, json: &RawValue, now: Timestamp) -> Result<GatheredRow, Error> {
    let row: Map<String, Value> = serde_json::from_str(json.get()).map_err(|error| Error::RowRefused {
        position,
        id: String::new(),
        reason: format!("it is not an object that can be read ({error})"),
    })?;
    let id = row.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let read = ImportedRow::read(schema, row);
    let row = read.map_err(|violations| Error::RowRefused { position, id, reason: words(&violations) })?;
    let created_at = row.created_at.unwrap_or(now);
    Ok(GatheredRow {
        id: row.id,
        created_by: row.created_by,
        created_at,
        updated_at: row.updated_at.unwrap_or(created_at),
        document: serde_json::to_string(&row.document).expect("a JSON object has string keys"),
    })
}

fn words(violations: &[Violation]) -> String {
    violations.iter().map(|violation| violation.message.as_str()).collect::<Vec<_>>().join(", ")
}

fn taken(table: &StoredTable, message: &str) -> String {
    format!("another row has this {} already", table.fields_of_conflict(message).join(", "))
}

/// Adds to a table that is there, unless it changed or has the rows already.
fn add(
    transaction: &mut store::Transaction<'_>,
    import: &StoredImport,
    table: &Arc<StoredTable>,
    keep_existing: bool,
    now: Timestamp,
) -> Result<(), Error> {
    let name = &table.name;
    if table.schema != import.table.schema || table.indexes != import.table.indexes {
        return Err(Error::ImportRefused(format!("{name} was changed meanwhile: begin the import again")));
    }
    if import.rows > MAX_ADDED_ROWS {
        return Err(Error::ImportRefused(format!(
            "{name} is there already, and takes at most {MAX_ADDED_ROWS} rows at once: import into an environment that \
             does not have it"
        )));
    }
    let added = transaction.weigh(import, table)?;
    if added.present > 0 && !keep_existing {
        return Err(Error::ImportRefused(format!(
            "{} of the rows are in {name} already: say whether those there are to be kept",
            added.present
        )));
    }
    transaction.add_to(import, table, added, now).map_err(|error| match error {
        store::Error::Duplicate(message) => {
            Error::ImportRefused(format!("a row of {name} cannot be added: {}", taken(table, &message)))
        }
        other => other.into(),
    })
}

fn resource(environment: &EnvironmentId, import: &StoredImport) -> Import {
    Import {
        id: import.id.clone(),
        environment_id: environment.clone(),
        table: import.table.name.clone(),
        status: if import.finished_at.is_some() { ImportStatus::Finished } else { ImportStatus::Open },
        table_id: import.table_id.clone(),
        source: import.source.clone(),
        rows: import.rows,
        bytes: import.bytes,
        created_at: import.created_at,
        finished_at: import.finished_at,
    }
}
