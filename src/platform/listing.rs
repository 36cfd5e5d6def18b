//! Lists of records: a page of what a caller may see.

use super::{
    Access, Error, Payload, Platform,
    payload::{Items, to_text},
    records::{gone, permit, readable},
};
use crate::{
    domain::{
        filter::{Filter, Path, Test, bracket::Bracketed},
        list::{Direction, Pagination, Window},
        permission::{Decision, Operation},
        record,
    },
    store::{self, ListPlan, Order, Row, StoredTable},
};

/// Bytes of the records on one page: a hundred of the largest would not fit the memory of a small
/// machine, least of all for several callers.
const MAX_PAGE: usize = 32 << 20;

/// What a list call asks for.
#[derive(Clone, Debug)]
pub struct ListQuery {
    pub window: Window,
    /// Rows before the page, where they are not whole pages.
    pub skip: Option<u64>,
    /// The columns that are wanted beside the system's; absent means all.
    pub select: Option<Vec<String>>,
    pub sort_by: Option<String>,
    pub direction: Direction,
    /// All of them must hold.
    pub filters: Vec<Filter>,
    /// Filters whose values are text until the types of the columns are known.
    pub and_brackets: Option<Bracketed>,
    pub or_brackets: Option<Bracketed>,
}

impl ListQuery {
    /// A page without any condition, newest first.
    pub const fn page(window: Window) -> Self {
        Self {
            window,
            skip: None,
            select: None,
            sort_by: None,
            direction: Direction::Descending,
            filters: Vec::new(),
            and_brackets: None,
            or_brackets: None,
        }
    }

    fn plan(&self, table: &StoredTable, mut filters: Vec<Filter>) -> Result<ListPlan, Error> {
        filters.extend_from_slice(&self.filters);
        if let Some(brackets) = self.and_brackets.clone() {
            filters.push(Filter::parse(&brackets.typed(&table.schema)).map_err(Error::Filter)?);
        }
        if let Some(brackets) = self.or_brackets.clone() {
            filters.push(Filter::parse_any(&brackets.typed(&table.schema)).map_err(Error::Filter)?);
        }
        let field = Path::parse(self.sort_by.as_deref().unwrap_or("id")).map_err(Error::Filter)?;
        let order = Order { field, direction: self.direction };
        Ok(ListPlan::new(table, &filters, &order).map_err(Error::Filter)?.skipping(self.skip))
    }
}

impl Platform {
    pub async fn list_records(&self, access: &Access, table: &str, query: ListQuery) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let (access, name) = (access.clone(), table.to_owned());
        file.read(move |reader| {
            let table = readable(reader, &name)?;
            let decision = permit(&access, &name, table.as_deref(), Operation::List)?;
            let table = table.ok_or_else(|| Error::TableNotFound { name: name.clone() })?;
            let plan = query.plan(&table, own_rows(&access, decision)?)?;
            let mut items = Items::new();
            let total = reader
                .list(&table, &plan, query.window, |row| {
                    if items.len() <= MAX_PAGE {
                        match &query.select {
                            Some(columns) => items.push(&selected(&row, columns)?),
                            None => items.push(&row),
                        }
                    }
                    Ok(())
                })
                .map_err(|error| gone(&name, error))?;
            if items.len() > MAX_PAGE {
                let most = MAX_PAGE >> 20;
                return Err(Error::Invalid(format!("the page holds more than {most} MiB: ask for less with limit")));
            }
            let skip = query.skip.unwrap_or(query.window.offset());
            Ok(items.finish("pagination", &Pagination::skipping(total, query.window, skip)))
        })
        .await
    }
}

/// The condition that a caller who may list only records of its own does not have to state.
fn own_rows(access: &Access, decision: Decision) -> Result<Vec<Filter>, Error> {
    if decision != Decision::Own {
        return Ok(Vec::new());
    }
    let creator = Path::parse("createdBy").map_err(Error::Filter)?;
    Ok(vec![Filter::Field(creator, Test::Equal(access.requester().id.clone().into()))])
}

fn selected(row: &Row<&str>, columns: &[String]) -> Result<Row, store::Error> {
    let document = to_text(&record::select(row.columns()?, columns));
    let &Row { id, created_by, created_at, updated_at, .. } = row;
    Ok(Row { id: id.into(), created_by: created_by.into(), created_at, updated_at, document })
}
