//! List calls: what is asked for as a statement of SQL; `filter` has the conditions.
//!
//! Columns that came with their table hold values of their type or null, because every write is
//! validated; so comparing one needs no look at the JSON type, and an index answers it alone. Columns
//! that were declared or changed when there were rows already are *loose*: those rows may hold
//! anything there, so an index finds the candidates and the type is looked at. Undeclared fields are
//! reached by a bound path, always with a guard on the type.

use rusqlite::{Connection, Statement, params_from_iter, types::Value as Sql};

use super::{Error, Row, StoredTable};
use crate::domain::{
    Invalid,
    filter::{Filter, Path},
    list::{Direction, Window},
};
use filter::Compiler;

mod filter;
#[cfg(test)]
mod plans;

/// How a list is sorted; ties are broken by `id` in the same direction.
#[derive(Clone, Debug)]
pub struct Order {
    pub field: Path,
    pub direction: Direction,
}

/// Whether the caller wants to know how many rows there are beyond the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// All rows of the table: the stored counter answers.
    Stored,
    /// Those that the condition lets through.
    Matching,
}

/// A list call, compiled for one table.
#[derive(Debug)]
pub struct ListPlan {
    select: String,
    count: String,
    pub total: Count,
    values: Vec<Sql>,
    /// Rows before the page, where they are not whole pages.
    skip: Option<u64>,
}

impl ListPlan {
    /// # Errors
    /// [`Invalid`] for a comparison that a column's type rules out in a way worth telling, like a
    /// date compared with something that is no date.
    pub fn new(table: &StoredTable, filters: &[Filter], order: &Order) -> Result<Self, Invalid> {
        let mut compiler = Compiler { table, values: Vec::new() };
        let conditions = filters.iter().map(|filter| compiler.filter(filter)).collect::<Result<Vec<_>, _>>()?;
        let conditions: Vec<_> = conditions.into_iter().filter(|condition| condition != "1").collect();
        let condition =
            if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        let name = &table.sql.table;
        let count = format!("SELECT count(*) FROM {name}{condition}");
        let counted = compiler.values.len();
        let fixed = filters.iter().any(|filter| compiler.fixes(filter, &order.field));
        let order = compiler.order(if fixed { None } else { Some(&order.field) }, order.direction);
        let (limit, offset) = (compiler.values.len() + 1, compiler.values.len() + 2);
        let select = format!(
            "SELECT id, created_by, created_at, updated_at, json(doc) FROM {name}{condition} \
             ORDER BY {order} LIMIT ?{limit} OFFSET ?{offset}"
        );
        let total = if conditions.is_empty() && !table.is_system { Count::Stored } else { Count::Matching };
        debug_assert!(counted <= compiler.values.len(), "the count uses a prefix of the values");
        Ok(Self { select, count, total, values: compiler.values, skip: None })
    }

    /// The same page, but behind so many rows.
    #[must_use]
    pub fn skipping(self, skip: Option<u64>) -> Self {
        Self { skip, ..self }
    }

    pub(super) fn rows(
        &self,
        connection: &Connection,
        window: Window,
        mut each: impl FnMut(Row<&str>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        with_statement(connection, &self.select, |statement| {
            let bounds = [Sql::Integer(clamp(window.limit)), Sql::Integer(clamp(self.skip.unwrap_or(window.offset())))];
            let mut rows = statement.query(params_from_iter(self.values.iter().chain(&bounds)))?;
            while let Some(row) = rows.next()? {
                each(Row::borrow(row)?)?;
            }
            Ok(())
        })
    }

    pub(super) fn matching(&self, connection: &Connection) -> Result<u64, Error> {
        with_statement(connection, &self.count, |statement| {
            let count = statement.parameter_count();
            Ok(statement.query_row(params_from_iter(self.values.iter().take(count)), |row| row.get(0))?)
        })
    }
}

/// Statements of an app recur and are kept; one of this length is somebody's experiment, and sixty of
/// them would hold megabytes on each connection.
const LONGEST_KEPT: usize = 4096;

fn with_statement<T>(
    connection: &Connection,
    sql: &str,
    run: impl FnOnce(&mut Statement<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if sql.len() > LONGEST_KEPT {
        run(&mut connection.prepare(sql)?)
    } else {
        run(&mut *connection.prepare_cached(sql)?)
    }
}

fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
