//! An open table: where the cursor is, and which pages of its rows are to be read.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    columns::Columns,
    design::Design,
    pages::{Answered, Pages, ROWS, id_of},
    query::{self, Order},
    record::OpenRecord,
};
use crate::{
    client::RowsQuery,
    console::{
        call::{Call, RowCall},
        effect::Effect,
        motion::{Motion, window},
        shell::Shell,
        toast::PATIENCE,
    },
    domain::{
        EnvironmentId, TableId,
        api::{Page, Record, Table},
        list::Direction,
    },
};

/// Readings under way at a time: what is on the screen, and what comes next.
const AT_ONCE: usize = 3;
/// A filter is asked for when typing rests this long.
const TYPING: Duration = Duration::from_millis(120);
/// Rows that keep changing are read again this often.
const BETWEEN_READINGS: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub struct OpenTable {
    pub id: TableId,
    pub name: String,
    pub order: Order,
    pub filter: String,
    pub columns: Columns,
    pub pages: Pages,
    /// Columns after the identifier that are scrolled away.
    pub left: usize,
    pub record: Option<OpenRecord>,
    /// The tabs beside the rows.
    pub design: Design,
    position: usize,
    first: usize,
    /// The row under the cursor, once it is read.
    selected: Option<String>,
    /// The request that asks where the row under the cursor has gone.
    locating: Option<u64>,
    located: bool,
    /// Rows were written since they were read.
    changed: bool,
    read_again_at: Duration,
    /// Nothing is asked before, because the filter is still being typed.
    ask_at: Duration,
}

impl OpenTable {
    pub fn new(table: &Table) -> Self {
        Self {
            id: table.id.clone(),
            name: table.name.clone(),
            order: Order::default(),
            filter: String::new(),
            columns: Columns::of(&table.schema),
            pages: Pages::default(),
            left: 0,
            record: None,
            design: Design::default(),
            position: 0,
            first: 0,
            selected: None,
            locating: None,
            located: false,
            changed: false,
            read_again_at: Duration::ZERO,
            ask_at: Duration::ZERO,
        }
    }

    pub const fn position(&self) -> usize {
        self.position
    }

    /// The first visible row.
    pub const fn first(&self) -> usize {
        self.first
    }

    pub fn row(&self) -> Option<&Record> {
        self.pages.row(self.position)
    }

    pub fn conditions(&self) -> Option<Value> {
        query::conditions(&self.filter, &self.columns)
    }

    /// The request for the page under the cursor.
    pub fn query(&self, page: usize) -> RowsQuery {
        RowsQuery {
            page: u64::try_from(page).unwrap_or(u64::MAX).saturating_add(1),
            limit: ROWS as u64,
            sort_by: Some(self.order.column.clone()),
            direction: self.order.direction,
            and_filters: self.conditions(),
        }
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        self.go_to(motion.apply(self.position, self.pages.len(), height), height);
    }

    pub fn go_to(&mut self, position: usize, height: usize) {
        self.locating = None;
        self.place(position, height);
        self.selected = self.row().and_then(id_of).map(str::to_owned);
    }

    pub fn set_filter(&mut self, text: String, now: Duration) {
        let before = self.conditions();
        self.filter = text;
        if self.conditions() == before {
            return;
        }
        self.pages.restart();
        self.ask_at = if self.filter.is_empty() { now } else { now + TYPING };
    }

    pub fn sort_by(&mut self, order: Order) {
        self.order = order;
        self.pages.restart();
    }

    /// The server says that rows were written.
    pub const fn change(&mut self) {
        self.changed = true;
    }

    /// What was read may be old: it is read again now.
    pub fn outdate(&mut self) {
        self.pages.outdate();
    }

    /// The readings that the screen lacks: first what is on it, then the pages around.
    pub fn want(&mut self, shell: &mut Shell, environment: &EnvironmentId, height: usize) -> Vec<Effect> {
        let now = shell.now.uptime;
        if self.changed && now >= self.read_again_at {
            self.changed = false;
            self.read_again_at = now + BETWEEN_READINGS;
            self.pages.outdate();
        }
        if now < self.ask_at {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for page in self.near(height) {
            if self.pages.awaited() >= AT_ONCE {
                break;
            }
            if self.pages.is_wanted(page) {
                let call =
                    Call::Row(environment.clone(), RowCall::Page { table: self.name.clone(), query: self.query(page) });
                let (effect, generation) = shell.ask(call);
                self.pages.ask(page, generation, now);
                effects.push(effect);
            }
        }
        effects.extend(self.locate(shell, environment, height));
        effects
    }

    pub fn answer(&mut self, generation: u64, result: Result<Page<Record>, String>, height: usize) {
        if self.locating == Some(generation) {
            self.locating = None;
            self.located = true;
            if let Ok(page) = result {
                self.shift_to(usize::try_from(page.pagination.total).unwrap_or(0), height);
            }
            self.follow(height);
            return;
        }
        if let Ok(page) = &result {
            self.columns.learn(&page.items);
        }
        match self.pages.answer(generation, result) {
            Answered::Late | Answered::Failed => return,
            Answered::NewList => self.go_to(0, height),
            Answered::Page => self.follow(height),
        }
        let (first, last) = self.visible(height);
        self.pages.evict(first, last);
        self.renew_record();
    }

    /// The list is out of sight: what is not on the screen is let go.
    pub fn rest(&mut self, height: usize) {
        let (first, last) = self.visible(height);
        self.pages.shrink(first, last);
    }

    /// Puts cursor and window right for the height.
    pub fn fit(&mut self, height: usize) {
        self.place(self.position, height);
    }

    pub fn open_record(&mut self) {
        self.record = self.row().cloned().map(OpenRecord::new);
    }

    /// When something is to be read, or said, as uptime.
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let read_again = self.changed.then_some(self.read_again_at);
        let said = self.pages.awaited_since().map(|since| since + PATIENCE);
        [read_again, said, Some(self.ask_at)].into_iter().flatten().filter(|at| *at > now).min()
    }

    fn place(&mut self, position: usize, height: usize) {
        self.position = position.min(self.pages.len().saturating_sub(1));
        self.first = window(self.first, self.position, self.pages.len(), height);
    }

    /// The first and the last page of which anything is visible.
    fn visible(&self, height: usize) -> (usize, usize) {
        (self.first / ROWS, (self.first + height.max(1) - 1) / ROWS)
    }

    /// The pages to have, the most urgent first.
    fn near(&self, height: usize) -> Vec<usize> {
        if self.pages.is_replaced() || self.pages.total().is_none() {
            return vec![0];
        }
        let (first, last) = self.visible(height);
        let mut pages: Vec<_> = (first..=last).collect();
        pages.push(last + 1);
        pages.extend(first.checked_sub(1));
        pages
    }

    /// Finds the cursor's row among what was read: the row stays on its line of the screen, and
    /// what was written before it moves the others.
    fn follow(&mut self, height: usize) {
        let Some(id) = &self.selected else {
            self.go_to(self.position, height);
            return;
        };
        if let Some(position) = self.pages.find(id) {
            self.located = false;
            self.shift_to(position, height);
            return;
        }
        self.place(self.position, height);
        if self.is_settled(height) && (self.located || self.order.column != "id") {
            // It is gone, or too far away to follow: the cursor stays with its neighbour.
            self.located = false;
            if let Some(record) = &mut self.record {
                record.lose();
            }
            self.go_to(self.position, height);
        }
    }

    /// Whether everything that could hold the cursor's row has been read anew.
    fn is_settled(&self, height: usize) -> bool {
        self.near(height).into_iter().all(|page| page * ROWS >= self.pages.len().max(1) || self.pages.is_fresh(page))
    }

    fn shift_to(&mut self, position: usize, height: usize) {
        self.first = (self.first + position).saturating_sub(self.position);
        self.place(position, height);
    }

    /// Rows were written or deleted by the hundred, and the cursor's row is not where it was: how
    /// many come before it is its position.
    fn locate(&mut self, shell: &mut Shell, environment: &EnvironmentId, height: usize) -> Option<Effect> {
        let lost = self.locating.is_none() && !self.located && self.order.column == "id" && self.is_settled(height);
        let id =
            self.selected.as_ref().filter(|id| lost && !self.pages.is_replaced() && self.pages.find(id).is_none())?;
        let before = match self.order.direction {
            Direction::Ascending => json!({ "id": { "$lt": id } }),
            Direction::Descending => json!({ "id": { "$gt": id } }),
        };
        let and_filters = match self.conditions() {
            Some(conditions) => json!({ "$and": [conditions, before] }),
            None => before,
        };
        let query = RowsQuery { page: 1, limit: 1, and_filters: Some(and_filters), ..self.query(0) };
        let call = Call::Row(environment.clone(), RowCall::Page { table: self.name.clone(), query });
        let (effect, generation) = shell.ask(call);
        self.locating = Some(generation);
        Some(effect)
    }

    /// A row that is open whole shows what was written to it.
    fn renew_record(&mut self) {
        let Some(id) = self.record.as_ref().and_then(|record| id_of(record.content())) else { return };
        let Some(position) = self.pages.find(id) else { return };
        if let (Some(row), Some(record)) = (self.pages.row(position), &mut self.record) {
            record.renew(row);
        }
    }
}
