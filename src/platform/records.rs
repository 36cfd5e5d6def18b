//! The data plane: records of one table, for one caller.
//!
//! The order of the checks is the contract's: table, scope, system table, permission, body, unique.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Access, Error, Platform};
use crate::{
    domain::{
        RecordId, Timestamp,
        filter::{Filter, Path, Test},
        list::{Direction, Pagination, Window},
        permission::{Decision, Operation, decide},
        record,
        table::SYSTEM_TABLES,
    },
    store::{self, Durability, ListPlan, Order, Row, StoredTable, Transaction, pool::Lease},
};

/// The body of a write; absent when it could not be read, which counts only after the permission.
pub type Body = Option<Map<String, Value>>;

/// Bytes of the records on one page: a hundred of the largest would not fit the memory of a small
/// machine, least of all for several callers.
const MAX_PAGE: usize = 32 << 20;

/// What a list call asks for.
#[derive(Clone, Debug)]
pub struct ListQuery {
    pub window: Window,
    pub sort_by: Option<String>,
    pub direction: Direction,
    pub filter: Option<Filter>,
}

/// An answer, as compact JSON that is written once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub json: Vec<u8>,
    pub splice: Splice,
}

/// Whether the payload's own keys may stand beside the envelope's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splice {
    Whole,
    /// It has keys named `success` or `data`, which belong to the envelope at that level.
    Without,
}

impl Platform {
    pub async fn create_record(&self, access: &Access, table: &str, body: Body) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (platform, access, name) = (self.clone(), access.clone(), table.to_owned());
        file.write(move |transaction| {
            let table = find(transaction, &name)?;
            permit(&access, &name, table.as_deref(), Operation::Create)?;
            let table = table.ok_or(Error::TableNotFound { name })?;
            let document = record::create(&table.schema, body.ok_or(Error::Unreadable)?).map_err(Error::Validation)?;
            let now = platform.0.clock.now();
            let row = Row {
                id: RecordId::generate(&platform.0.entropy, now),
                created_by: access.requester().id.clone(),
                created_at: now,
                updated_at: now,
                document: to_text(&document),
            };
            transaction.insert(&table, &row).map_err(|error| conflict(&table, error))?;
            Ok(Payload::record(&table, &row))
        })
        .await
    }

    pub async fn get_record(&self, access: &Access, table: &str, id: &str) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (access, name, id) = (access.clone(), table.to_owned(), id.to_owned());
        file.read(move |reader| {
            let table = reader.table(&name)?;
            let decision = permit(&access, &name, table.as_deref(), Operation::Read)?;
            let table = table.ok_or_else(|| Error::TableNotFound { name: name.clone() })?;
            let row = reader.get(&table, &id).map_err(|error| gone(&name, error))?;
            let row = row.ok_or(Error::RecordNotFound { table: name, id })?;
            own(&access, &table, decision, &row.created_by, Operation::Read)?;
            Ok(Payload::record(&table, &row))
        })
        .await
    }

    pub async fn list_records(&self, access: &Access, table: &str, query: ListQuery) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (access, name) = (access.clone(), table.to_owned());
        file.read(move |reader| {
            let table = reader.table(&name)?;
            let decision = permit(&access, &name, table.as_deref(), Operation::List)?;
            let table = table.ok_or_else(|| Error::TableNotFound { name: name.clone() })?;
            let ListQuery { window, sort_by, direction, filter } = query;
            let field = Path::parse(sort_by.as_deref().unwrap_or("id")).map_err(Error::Filter)?;
            let mut filters = Vec::from_iter(filter);
            if decision == Decision::Own {
                let creator = Path::parse("createdBy").map_err(Error::Filter)?;
                filters.push(Filter::Field(creator, Test::Equal(access.requester().id.clone().into())));
            }
            let plan = ListPlan::new(&table, &filters, &Order { field, direction }).map_err(Error::Filter)?;
            let mut items = Vec::with_capacity(256);
            items.extend_from_slice(b"{\"items\":[");
            let mut first = true;
            let total = reader
                .list(&table, &plan, window, |row| {
                    if !std::mem::take(&mut first) {
                        items.push(b',');
                    }
                    if items.len() <= MAX_PAGE {
                        write_record(&mut items, &row);
                    }
                })
                .map_err(|error| gone(&name, error))?;
            if items.len() > MAX_PAGE {
                let most = MAX_PAGE >> 20;
                return Err(Error::Invalid(format!("the page holds more than {most} MiB: ask for less with limit")));
            }
            items.extend_from_slice(b"],\"pagination\":");
            serde_json::to_writer(&mut items, &Pagination::new(total, window))
                .expect("writing to memory does not fail");
            items.push(b'}');
            Ok(Payload { json: items, splice: Splice::Whole })
        })
        .await
    }

    pub async fn update_record(&self, access: &Access, table: &str, id: &str, body: Body) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (platform, access, name, id) = (self.clone(), access.clone(), table.to_owned(), id.to_owned());
        file.write(move |transaction| {
            let table = find(transaction, &name)?;
            let decision = permit(&access, &name, table.as_deref(), Operation::Update)?;
            let table = table.ok_or_else(|| Error::TableNotFound { name: name.clone() })?;
            let current = transaction.current(&table, &id)?;
            let mut current = current.ok_or_else(|| Error::RecordNotFound { table: name, id: id.clone() })?;
            own(&access, &table, decision, &current.created_by, Operation::Update)?;
            let stored = std::mem::take(&mut current.document);
            let document =
                record::update(&table.schema, stored, body.ok_or(Error::Unreadable)?).map_err(Error::Validation)?;
            let row = Row {
                id,
                created_by: current.created_by.clone(),
                created_at: current.created_at,
                updated_at: platform.0.clock.now(),
                document: to_text(&document),
            };
            transaction
                .update(&table, &row.id, &current, &row.document, row.updated_at)
                .map_err(|error| conflict(&table, error))?;
            Ok(Payload::record(&table, &row))
        })
        .await
    }

    pub async fn delete_record(&self, access: &Access, table: &str, id: &str) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (access, name, id) = (access.clone(), table.to_owned(), id.to_owned());
        file.write(move |transaction| {
            let table = find(transaction, &name)?;
            let decision = permit(&access, &name, table.as_deref(), Operation::Delete)?;
            let table = table.ok_or_else(|| Error::TableNotFound { name: name.clone() })?;
            if decision == Decision::Own
                && let Some(current) = transaction.current(&table, &id)?
            {
                own(&access, &table, decision, &current.created_by, Operation::Delete)?;
            }
            if !transaction.delete(&table, &id)? {
                return Err(Error::RecordNotFound { table: name, id });
            }
            Ok(Payload { json: br#"{"success":true}"#.to_vec(), splice: Splice::Without })
        })
        .await
    }

    pub(super) async fn file(&self, access: &Access) -> Result<Lease, Error> {
        self.check_active(access)?;
        match self.0.pool.get(access.environment(), Durability::Full).await {
            Ok(file) => Ok(file),
            Err(error) => {
                // It may have been deleted while this waited for it, and then that is the answer.
                self.check_active(access)?;
                Err(error.into())
            }
        }
    }
}

impl Payload {
    /// A payload without keys that the envelope uses.
    pub fn of<T: Serialize>(payload: &T) -> Self {
        Self { json: serde_json::to_vec(payload).expect("payloads have string keys"), splice: Splice::Whole }
    }

    fn record(table: &StoredTable, row: &Row) -> Self {
        let mut json = Vec::with_capacity(row.document.len() + 160);
        write_record(&mut json, row);
        let taken = ["success", "data"].iter().any(|name| table.schema.get(name).is_some());
        Self { json, splice: if taken { Splice::Without } else { Splice::Whole } }
    }
}

fn find(transaction: &mut Transaction<'_>, name: &str) -> Result<Option<Arc<StoredTable>>, Error> {
    Ok(transaction.table(name)?)
}

/// Settles what the caller may do to a table; [`Decision::Own`] is settled by the record.
fn permit(access: &Access, name: &str, table: Option<&StoredTable>, operation: Operation) -> Result<Decision, Error> {
    let is_system = SYSTEM_TABLES.contains(&name);
    if table.is_none() && !is_system {
        return Err(Error::TableNotFound { name: name.into() });
    }
    access.check_scope(name, operation)?;
    let permissions = table.and_then(|table| table.permissions.as_ref());
    match decide(permissions, name, access.requester(), operation) {
        Decision::System => Err(Error::SystemTable { table: name.into() }),
        Decision::Deny => Err(denied(name, operation)),
        Decision::Allow if is_system => Err(Error::NotImplemented("reading system tables through the data API")),
        decision => Ok(decision),
    }
}

fn own(
    access: &Access,
    table: &StoredTable,
    decision: Decision,
    created_by: &str,
    operation: Operation,
) -> Result<(), Error> {
    if decision == Decision::Own && access.requester().id != created_by {
        return Err(denied(&table.name, operation));
    }
    Ok(())
}

fn denied(table: &str, operation: Operation) -> Error {
    Error::PermissionDenied { table: table.into(), operation: operation.as_str() }
}

fn conflict(table: &StoredTable, error: store::Error) -> Error {
    match error {
        store::Error::Duplicate(message) => Error::Duplicate { fields: table.fields_of_conflict(&message) },
        other => gone(&table.name, other),
    }
}

/// A table that was dropped between the look at its definition and the look at its rows.
fn gone(name: &str, error: store::Error) -> Error {
    match error {
        store::Error::NoSuchTable => Error::TableNotFound { name: name.into() },
        other => other.into(),
    }
}

fn to_text(document: &Map<String, Value>) -> String {
    serde_json::to_string(document).expect("a JSON object has string keys")
}

/// Writes a record: its id, its columns as they are stored, and the other system fields.
fn write_record(json: &mut Vec<u8>, row: &Row) {
    json.extend_from_slice(b"{\"id\":");
    write_text(json, &row.id);
    // The document is an object: what lies between its braces goes in as it is.
    let columns = row.document.get(1..row.document.len() - 1).unwrap_or_default();
    if !columns.is_empty() {
        json.push(b',');
        json.extend_from_slice(columns.as_bytes());
    }
    json.extend_from_slice(b",\"createdBy\":");
    write_text(json, &row.created_by);
    json.extend_from_slice(b",\"createdAt\":");
    write_instant(json, row.created_at);
    json.extend_from_slice(b",\"updatedAt\":");
    write_instant(json, row.updated_at);
    json.push(b'}');
}

fn write_text(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("writing a string to memory does not fail");
}

fn write_instant(json: &mut Vec<u8>, instant: Timestamp) {
    use std::io::Write as _;
    write!(json, "\"{instant}\"").expect("writing to memory does not fail");
}
