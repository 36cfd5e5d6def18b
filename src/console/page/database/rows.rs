//! An open table: its rows as they are asked for, and the one that is open whole.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use serde_json::{Value, json};

use super::{columns::Columns, design::Design, query::Order, record::OpenRecord, row_filter::RowFilter, tab::Tab};
use crate::{
    client::RowsQuery,
    console::{
        call::{Call, RowCall},
        effect::Effect,
        motion::Motion,
        page::{
            absence,
            list::{
                Item, Paged,
                paged::{Asked, Followed},
                pages::ROWS,
            },
        },
        shell::Shell,
        task::{Export, export::Source},
        widget::Field,
    },
    domain::{
        EnvironmentId, TableId, Timestamp,
        api::{Page, Record, Table},
        list::Direction,
    },
};

/// Rows that are marked at most: as many as one call deletes.
pub const MOST_MARKED: usize = 1000;
/// The column that is always shown, and always first.
pub const FIRST: &str = "id";

/// The columns that are not shown, by table.
pub type Hidden = HashMap<String, BTreeSet<String>>;

#[derive(Debug)]
pub struct OpenTable {
    pub id: TableId,
    pub name: String,
    pub order: Order,
    pub filter: RowFilter,
    pub columns: Columns,
    pub list: Paged<Record>,
    /// Columns after the identifier that are scrolled away.
    pub left: usize,
    /// The column that the cursor is in.
    pub column: String,
    /// Identifiers of the rows that a command is for.
    pub marked: BTreeSet<String>,
    /// The version of the table that the columns are of.
    as_of: Timestamp,
    pub record: Option<OpenRecord>,
    /// The tabs beside the rows.
    pub design: Design,
}

impl OpenTable {
    pub fn new(table: &Table) -> Self {
        let order = Order::default();
        Self {
            id: table.id.clone(),
            name: table.name.clone(),
            list: Paged::new(order.is_of_identifiers()),
            order,
            filter: RowFilter::default(),
            columns: Columns::of(&table.schema),
            left: 0,
            column: FIRST.into(),
            marked: BTreeSet::new(),
            as_of: table.updated_at,
            record: None,
            design: Design::default(),
        }
    }

    /// Whether one of the tabs beside the rows is shown.
    pub fn is_aside(&self) -> bool {
        self.design.tab != Tab::Data
    }

    /// Takes over what was done to the schema.
    pub fn renew(&mut self, table: &Table) {
        if self.as_of != table.updated_at {
            self.as_of = table.updated_at;
            self.columns.renew(&table.schema);
        }
    }

    /// The request for a page; the first one is 0.
    pub fn query(&self, page: usize) -> RowsQuery {
        RowsQuery {
            page: number(page),
            limit: ROWS as u64,
            sort_by: Some(self.order.column.clone()),
            direction: self.order.direction,
            and_filters: self.filter.condition().cloned(),
        }
    }

    pub fn set_filter(&mut self, text: String, typed: Option<&Field>, now: Duration) {
        if self.filter.set(text, &self.columns, typed) {
            self.list.refilter(self.filter.text(), now);
        }
    }

    /// Nothing more of the filter is typed.
    pub fn settle_filter(&mut self) {
        if self.filter.settle(&self.columns) {
            self.list.restart();
        }
    }

    /// Moves the cursor to a column beside its own, which scrolls into sight. Returns whether there
    /// is one.
    pub fn step(&mut self, steps: isize, width: u16) -> bool {
        let Some(column) = self.columns.beside(&self.column, steps).map(str::to_owned) else { return false };
        self.go_to_column(column, width);
        true
    }

    pub fn go_to_column(&mut self, column: String, width: u16) {
        // The identifier is always there; from it one sees how the columns begin.
        self.left = if column == FIRST { 0 } else { self.columns.scrolled_to(&column, width, self.left) };
        self.column = column;
    }

    /// Shows the columns that are chosen for the table of that name.
    pub fn choose_columns(&mut self, hidden: Option<&Hidden>) {
        let none = BTreeSet::new();
        let hidden = hidden.and_then(|tables| tables.get(&self.name)).unwrap_or(&none);
        if self.columns.hidden() != hidden {
            self.columns.hide(hidden.clone());
            // The cursor stays where there is something to see.
            self.left = 0;
            if !self.columns.shown().any(|column| column.name() == self.column) {
                self.column = FIRST.into();
            }
        }
    }

    /// Marks the row under the cursor, or no longer. Returns whether another one may be marked.
    pub fn mark(&mut self) -> bool {
        let Some(id) = self.list.row().and_then(Item::id).map(str::to_owned) else { return true };
        if self.marked.remove(&id) {
            return true;
        }
        let has_room = self.marked.len() < MOST_MARKED;
        if has_room {
            self.marked.insert(id);
        }
        has_room
    }

    /// What is to be said of marked rows that the filter hides.
    pub fn hidden_marks(&self) -> Option<String> {
        self.filter.condition()?;
        absence::out_of_sight(self.list.unseen(self.marked.iter()), self.marked.len())
    }

    /// A row as it was written just now.
    pub fn put(&mut self, row: Record) {
        self.list.pages.put(row);
        self.list.outdate();
        self.renew_record();
    }

    /// Rows that are known to be gone.
    pub fn remove(&mut self, ids: &[String], height: usize) {
        self.marked.retain(|id| !ids.contains(id));
        self.list.remove(ids, height);
    }

    /// By the next column, or the other way round.
    pub fn sort(&mut self, turn_round: bool, width: u16) {
        let mut order = self.order.clone();
        if turn_round {
            order.turn_round();
        } else {
            let column = self.columns.after(&order.column).to_owned();
            self.go_to_column(column.clone(), width);
            order = Order { column, direction: Direction::Ascending };
        }
        self.sort_by(order);
    }

    pub fn sort_by(&mut self, order: Order) {
        self.list.is_locatable = order.is_of_identifiers();
        self.order = order;
        self.list.restart();
    }

    /// The readings that the screen lacks.
    pub fn want(&mut self, shell: &mut Shell, environment: &EnvironmentId, height: usize) -> Vec<Effect> {
        let first = self.query(0);
        self.list.want(shell, height, |asked| {
            let query = match asked {
                Asked::Page(page) => RowsQuery { page: number(page), ..first.clone() },
                Asked::Before(id) => before(&first, id),
            };
            Call::Row(environment.clone(), RowCall::Page { table: self.name.clone(), query })
        })
    }

    pub fn answer(&mut self, generation: u64, result: Result<Page<Record>, String>, height: usize) {
        if let Ok(page) = &result {
            self.columns.learn(&page.items);
        }
        let followed = self.list.answer(generation, result, height);
        if followed == Followed::Lost
            && let Some(record) = &mut self.record
        {
            record.lose();
        }
        if followed != Followed::Nothing {
            self.renew_record();
        }
    }

    /// All rows that the filter lets pass, in the order in which they are shown.
    pub fn export(&self, environment: &EnvironmentId) -> Export {
        Export {
            name: self.name.clone(),
            environment: Some(environment.clone()),
            columns: self.columns.all().iter().map(|column| column.name().to_owned()).collect(),
            source: Source::Rows { table: self.name.clone(), query: self.query(0) },
        }
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        self.list.move_by(motion, height);
    }

    pub fn open_record(&mut self) {
        self.record = self.list.row().cloned().map(OpenRecord::new);
    }

    /// A row that is open whole shows what was written to it.
    fn renew_record(&mut self) {
        let Some(id) = self.record.as_ref().and_then(|record| record.content().id()) else { return };
        let Some(position) = self.list.pages.find(id) else { return };
        if let (Some(row), Some(record)) = (self.list.pages.row(position), &mut self.record) {
            record.renew(row);
        }
    }
}

/// The number of a page as the server counts them.
fn number(page: usize) -> u64 {
    u64::try_from(page).unwrap_or(u64::MAX).saturating_add(1)
}

/// Asks for the number of rows before that one: the total of an answer with one row.
fn before(first: &RowsQuery, id: &str) -> RowsQuery {
    let before = match first.direction {
        Direction::Ascending => json!({ "id": { "$lt": id } }),
        Direction::Descending => json!({ "id": { "$gt": id } }),
    };
    let and_filters = match &first.and_filters {
        Some(conditions) => json!({ "$and": [conditions, before] }),
        None => before,
    };
    RowsQuery { page: 1, limit: 1, and_filters: Some(and_filters), ..first.clone() }
}

impl Item for Record {
    fn id(&self) -> Option<&str> {
        self.get("id").and_then(Value::as_str)
    }

    fn weight(&self) -> usize {
        self.values().map(weight).sum()
    }
}

/// About how much memory a value takes.
fn weight(value: &Value) -> usize {
    32 + match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(weight).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
