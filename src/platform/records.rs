//! The data plane: records of one table, for one caller.
//!
//! The order of the checks is the contract's: table, scope, system table, permission, body, unique.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Access, Error, Payload, Platform,
    payload::{Items, to_text},
};
use crate::{
    domain::{
        RecordId, Violation,
        permission::{Decision, Operation, decide},
        record,
        record_tag::{Expected, RecordTag},
        table::SYSTEM_TABLES,
    },
    store::{self, Durability, Reader, Row, StoredTable, Transaction, pool::Lease},
};

/// The body of a write; absent when it could not be read, which counts only after the permission.
pub type Body = Option<Map<String, Value>>;

/// Records that one call may create.
const MAX_BATCH: usize = 100;

impl Platform {
    pub async fn create_record(&self, access: &Access, table: &str, body: Body) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (platform, access, name) = (self.clone(), access.clone(), table.to_owned());
        file.write(move |transaction| {
            let table = find(transaction, &name)?;
            permit(&access, &name, table.as_deref(), Operation::Create)?;
            let table = table.ok_or(Error::TableNotFound { name })?;
            let document = record::create(&table.schema, body.ok_or(Error::Unreadable)?).map_err(Error::Validation)?;
            let row = platform.new_row(&access, &document);
            transaction.insert(&table, &row).map_err(|error| conflict(&table, error))?;
            Ok(Payload::record(&table, &row))
        })
        .await
    }

    /// Creates all of them or, if one breaks a rule, none.
    pub async fn create_records(&self, access: &Access, table: &str, bodies: Vec<Value>) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (platform, access, name) = (self.clone(), access.clone(), table.to_owned());
        file.write(move |transaction| {
            let table = find(transaction, &name)?;
            permit(&access, &name, table.as_deref(), Operation::Create)?;
            let table = table.ok_or(Error::TableNotFound { name })?;
            let documents = check_batch(&table, bodies)?;
            transaction.savepoint()?;
            let mut items = Items::new();
            for document in documents {
                let row = platform.new_row(&access, &document);
                transaction.insert(&table, &row).map_err(|error| match conflict(&table, error) {
                    Error::Duplicate { fields, .. } => Error::Duplicate { fields, position: Some(items.count()) },
                    other => other,
                })?;
                items.push(&row);
            }
            let count = items.count();
            Ok(items.finish("count", &count))
        })
        .await
    }

    pub async fn get_record(&self, access: &Access, table: &str, id: &str) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (access, name, id) = (access.clone(), table.to_owned(), id.to_owned());
        file.look_up(move |reader| {
            let table = readable(reader, &name)?;
            let decision = permit(&access, &name, table.as_deref(), Operation::Read)?;
            let table = table.ok_or_else(|| Error::TableNotFound { name: name.clone() })?;
            let row = reader.get(&table, &id).map_err(|error| gone(&name, error))?;
            let row = row.ok_or(Error::RecordNotFound { table: name, id })?;
            own(&access, &table, decision, &row.created_by, Operation::Read)?;
            Ok(Payload::record(&table, &row))
        })
        .await
    }

    /// `expected` is looked at after everything that does not depend on the body (RFC 9110, section 13.2.1).
    pub async fn update_record(
        &self,
        access: &Access,
        table: &str,
        id: &str,
        expected: Expected,
        body: Body,
    ) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (platform, access, name, id) = (self.clone(), access.clone(), table.to_owned(), id.to_owned());
        file.write(move |transaction| {
            let table = find(transaction, &name)?;
            let decision = permit(&access, &name, table.as_deref(), Operation::Update)?;
            let table = table.ok_or_else(|| Error::TableNotFound { name: name.clone() })?;
            let current = transaction.current(&table, &id)?;
            let mut current = current.ok_or_else(|| Error::RecordNotFound { table: name, id: id.clone() })?;
            own(&access, &table, decision, &current.created_by, Operation::Update)?;
            check_version(transaction, &table, &id, &expected)?;
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

    pub async fn delete_record(
        &self,
        access: &Access,
        table: &str,
        id: &str,
        expected: Expected,
    ) -> Result<Payload, Error> {
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
            check_version(transaction, &table, &id, &expected)?;
            if !transaction.delete(&table, &id)? {
                return Err(Error::RecordNotFound { table: name, id });
            }
            Ok(Payload::deleted())
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

impl Platform {
    fn new_row(&self, access: &Access, document: &Map<String, Value>) -> Row {
        let now = self.0.clock.now();
        Row {
            id: RecordId::generate(&self.0.entropy, now),
            created_by: access.requester().id.clone(),
            created_at: now,
            updated_at: now,
            document: to_text(document),
        }
    }
}

/// Every record of a batch in its stored form; what breaks a rule is named with its position.
fn check_batch(table: &StoredTable, bodies: Vec<Value>) -> Result<Vec<Map<String, Value>>, Error> {
    if bodies.is_empty() || bodies.len() > MAX_BATCH {
        let rule = Violation {
            field: String::new(),
            rule: "items".into(),
            message: format!("a list of 1 to {MAX_BATCH} records is created at once, not of {}", bodies.len()),
        };
        return Err(Error::Validation(vec![rule]));
    }
    let mut documents = Vec::with_capacity(bodies.len());
    let mut violations = Vec::new();
    for (position, body) in bodies.into_iter().enumerate() {
        let checked = match body {
            Value::Object(body) => record::create(&table.schema, body),
            _ => {
                Err(vec![Violation { field: String::new(), rule: "type".into(), message: "must be an object".into() }])
            }
        };
        match checked {
            Ok(document) => documents.push(document),
            Err(broken) => violations.extend(broken.into_iter().map(|Violation { field, rule, message }| {
                let dot = if field.is_empty() { "" } else { "." };
                Violation {
                    field: format!("[{position}]{dot}{field}"),
                    rule,
                    message: format!("[{position}] {message}"),
                }
            })),
        }
    }
    if violations.is_empty() { Ok(documents) } else { Err(Error::Validation(violations)) }
}

/// The table of a reading call; the system's are there in every environment.
pub(super) fn readable(reader: &Reader, name: &str) -> Result<Option<Arc<StoredTable>>, Error> {
    match store::system_table(name) {
        Some(table) => Ok(Some(table)),
        None => Ok(reader.table(name)?),
    }
}

fn find(transaction: &mut Transaction<'_>, name: &str) -> Result<Option<Arc<StoredTable>>, Error> {
    Ok(transaction.table(name)?)
}

/// Settles what the caller may do to a table; [`Decision::Own`] is settled by the record.
pub(super) fn permit(
    access: &Access,
    name: &str,
    table: Option<&StoredTable>,
    operation: Operation,
) -> Result<Decision, Error> {
    if table.is_none() && !SYSTEM_TABLES.contains(&name) {
        return Err(Error::TableNotFound { name: name.into() });
    }
    access.check_scope(name, operation)?;
    let permissions = table.and_then(|table| table.permissions.as_ref());
    match decide(permissions, name, access.requester(), operation) {
        Decision::System => Err(Error::SystemTable { table: name.into() }),
        Decision::Deny => Err(denied(name, operation)),
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

/// Refuses to change another version than the caller wants changed. Most want none, and cost no look.
fn check_version(
    transaction: &Transaction<'_>,
    table: &StoredTable,
    id: &str,
    expected: &Expected,
) -> Result<(), Error> {
    let Expected::OneOf(tags) = expected else { return Ok(()) };
    let (name, id) = (table.name.clone(), id.to_owned());
    match transaction.row(table, &id)? {
        None => Err(Error::RecordNotFound { table: name, id }),
        Some(row) if tags.contains(&RecordTag::of(row.updated_at, &row.document)) => Ok(()),
        Some(_) => Err(Error::OtherVersion { table: name, id }),
    }
}

pub(super) fn denied(table: &str, operation: Operation) -> Error {
    Error::PermissionDenied { table: table.into(), operation: operation.as_str() }
}

pub(super) fn conflict(table: &StoredTable, error: store::Error) -> Error {
    match error {
        store::Error::Duplicate(message) => {
            Error::Duplicate { fields: table.fields_of_conflict(&message), position: None }
        }
        other => gone(&table.name, other),
    }
}

/// A table that was dropped between the look at its definition and the look at its rows.
pub(super) fn gone(name: &str, error: store::Error) -> Error {
    match error {
        store::Error::NoSuchTable => Error::TableNotFound { name: name.into() },
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
