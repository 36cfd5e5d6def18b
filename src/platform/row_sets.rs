//! Rows that an operator deletes together, and puts back as they were.
//!
//! The answer to the deletion holds the rows, so that whoever asked can undo it; nothing of them is kept
//! here.

use super::{
    Error, Noun, Payload, Platform,
    payload::{Items, to_text},
    records::{conflict, gone},
};
use crate::{
    domain::{
        EnvironmentId, Violation,
        api::{Actor, Record},
        import::ImportedRow,
        row_set::{MAX_ROWS, RestoredRows},
    },
    store::{Row, StoredTable, Transaction},
};

/// Bytes of the rows of one call: the answer to a deletion must not be one that nobody can hold.
const MAX_BYTES: usize = 32 << 20;

impl Platform {
    /// Deletes all of them or, if that fails, none. In a protected environment its name is needed, or
    /// the table's. Answers the rows as they were.
    pub async fn delete_rows(
        &self,
        id: &EnvironmentId,
        table: &str,
        ids: Vec<String>,
        confirm: Option<&str>,
    ) -> Result<Payload, Error> {
        check_number(ids.len())?;
        self.check_confirmed(id, table, confirm)?;
        let (file, _) = self.design(id).await?;
        let name = table.to_owned();
        let deleted = file.write(move |transaction: &mut Transaction<'_>| {
            let table = transaction.table(&name)?.ok_or(Error::NotFound(Noun::Table))?;
            transaction.savepoint()?;
            let mut items = Items::new();
            for id in &ids {
                let Some(row) = transaction.row(&table, id).map_err(|error| gone(&name, error))? else { continue };
                transaction.delete(&table, id)?;
                items.push(&row);
                if items.len() > MAX_BYTES {
                    let most = MAX_BYTES >> 20;
                    return Err(Error::Invalid(format!("the rows hold more than {most} MiB: delete fewer at once")));
                }
            }
            let count = items.count();
            Ok((items.finish("count", &count), count))
        });
        let (rows, count) = deleted.await?;
        self.note_rows(id, "row.delete", table, count).await;
        Ok(rows)
    }

    /// Puts all of them back or, if one cannot be, none.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when a row of that id is there again, [`Error::Duplicate`] when another
    /// one took a unique value, [`Error::Validation`] when the table has changed too much since.
    pub async fn restore_rows(
        &self,
        id: &EnvironmentId,
        table: &str,
        rows: Vec<Record>,
    ) -> Result<RestoredRows, Error> {
        check_number(rows.len())?;
        let count = rows.len();
        let (file, _) = self.design(id).await?;
        let (name, now) = (table.to_owned(), self.0.clock.now());
        let restored = file.write(move |transaction: &mut Transaction<'_>| {
            let table = transaction.table(&name)?.ok_or(Error::NotFound(Noun::Table))?;
            transaction.savepoint()?;
            for row in read(&table, rows, now)? {
                if transaction.row(&table, &row.id)?.is_some() {
                    return Err(Error::AlreadyExists { noun: Noun::Row, name: row.id });
                }
                transaction.restore(&table, &row).map_err(|error| conflict(&table, error))?;
            }
            Ok(())
        });
        restored.await?;
        self.note_rows(id, "row.restore", table, count).await;
        Ok(RestoredRows { count: count as u64 })
    }

    async fn note_rows(&self, id: &EnvironmentId, action: &'static str, table: &str, count: usize) {
        if count > 0 {
            let rows = if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
            self.log_deed(id, Actor::Operator, action, table, Some(rows)).await;
        }
    }
}

fn check_number(rows: usize) -> Result<(), Error> {
    if (1..=MAX_ROWS).contains(&rows) {
        Ok(())
    } else {
        Err(Error::Invalid(format!("a call is for 1 to {MAX_ROWS} rows, not for {rows}")))
    }
}

/// Every row in its stored form; what breaks a rule is named with its position.
fn read(table: &StoredTable, rows: Vec<Record>, now: crate::domain::Timestamp) -> Result<Vec<Row>, Error> {
    let mut violations = Vec::new();
    let mut read = Vec::with_capacity(rows.len());
    for (position, row) in rows.into_iter().enumerate() {
        match ImportedRow::read(&table.schema, row) {
            Ok(row) => {
                let created_at = row.created_at.unwrap_or(now);
                read.push(Row {
                    id: row.id,
                    created_by: row.created_by,
                    created_at,
                    updated_at: row.updated_at.unwrap_or(created_at),
                    document: to_text(&row.document),
                });
            }
            Err(broken) => violations.extend(broken.into_iter().map(|Violation { field, rule, message }| Violation {
                field: format!("[{position}].{field}"),
                rule,
                message: format!("[{position}] {message}"),
            })),
        }
    }
    if violations.is_empty() { Ok(read) } else { Err(Error::Validation(violations)) }
}
