//! A list all of whose rows are known: which are listed, in which order, the cursor and the marks.

use std::{cmp::Ordering, collections::HashSet};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{
    column::{Column, Order, Placed, place},
    parts::Parts,
    row::{self, Row, Standing},
    sections::{self, Line, Section},
    view,
};
use crate::console::{
    motion::{Cursor, Motion},
    session::Kept,
    shell::Shell,
    widget::Pen,
};

/// A row that the console compares and filters by itself.
pub trait Listed: Row {
    /// The sections that the rows stand in; none for most lists.
    const SECTIONS: &'static [Section] = &[];

    /// The place of its section.
    fn section(&self) -> usize {
        0
    }

    /// Whether a word of the filter, in lower case, is in it.
    fn matches(&self, word: &str) -> bool;

    /// In the column's natural order, which may [fall](Column::falls).
    fn compare(&self, other: &Self, column: Self::Column) -> Ordering;

    /// Columns that it takes in a column as wide as its [widest text](super::Width::Text).
    fn width(&self, _column: Self::Column) -> u16 {
        0
    }
}

/// What a click on a list did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    Nothing,
    /// It is sorted by another column.
    Sorted,
    /// The cursor came to a row.
    Row,
    /// The row was under the cursor already: it is to be opened.
    Again,
}

#[derive(Debug)]
pub struct List<T: Listed> {
    pub filter: String,
    order: Order<T::Column>,
    rows: Vec<T::Key>,
    cursor: Cursor<T::Key>,
    marked: HashSet<T::Key>,
    /// The row that is known not to be listed.
    missed: Option<T::Key>,
    /// What the widest text of each column takes among all rows, so that filtering moves none.
    longest: Vec<u16>,
    /// The lines of a list with sections, and the first one that is visible.
    lines: Vec<Line>,
    first_line: usize,
}

impl<T: Listed> Default for List<T> {
    fn default() -> Self {
        Self {
            filter: String::new(),
            order: Order::new(T::COLUMNS[0].key),
            rows: Vec::new(),
            cursor: Cursor::default(),
            marked: HashSet::new(),
            missed: None,
            longest: Vec::new(),
            lines: Vec::new(),
            first_line: 0,
        }
    }
}

/// What the session keeps of it.
impl<T: Listed<Key: Serialize + DeserializeOwned>> List<T> {
    pub fn kept(&self) -> Kept {
        let usual = T::COLUMNS[0].key;
        let column = T::COLUMNS.iter().find(|column| column.key == self.order.column && column.key != usual);
        let cursor = self.cursor.sought().and_then(|key| serde_json::to_value(key).ok());
        Kept {
            filter: self.filter.clone(),
            order: column.map(|column| column.title().to_owned()),
            reversed: self.order.reversed,
            cursor: cursor.and_then(|key| key.as_str().map(str::to_owned)),
            ..Kept::default()
        }
    }

    pub fn keep(&mut self, kept: Kept) {
        let column = T::COLUMNS.iter().find(|column| Some(column.title()) == kept.order.as_deref());
        let column = column.map_or(T::COLUMNS[0].key, |column| column.key);
        self.order = Order { column, reversed: kept.reversed };
        self.filter = kept.filter;
        let cursor = kept.cursor.and_then(|key| serde_json::from_value(key.into()).ok());
        if let Some(key) = cursor {
            self.cursor.await_row(key);
        }
    }
}

impl<T: Listed> List<T> {
    /// Derives the rows again. The cursor stays on its row, or with the neighbour of one that
    /// vanished.
    pub fn derive(&mut self, items: &[T], height: usize) {
        let words: Vec<_> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let mut listed: Vec<_> = items.iter().filter(|item| words.iter().all(|word| item.matches(word))).collect();
        listed.sort_by(|one, other| {
            let by = one.compare(other, self.order.column);
            one.section().cmp(&other.section()).then(if self.order.reversed { by.reverse() } else { by })
        });
        let widest = |column: &Column<T::Column>| items.iter().map(|item| item.width(column.key)).max();
        let longest = |column: &Column<_>| column.is_measured().then(|| widest(column)).flatten().unwrap_or(0);
        self.longest = T::COLUMNS.iter().map(longest).collect();
        self.lines = sections::lines(&listed);
        self.missed = None;
        self.rows = listed.into_iter().map(|item| item.key().clone()).collect();
        if !self.marked.is_empty() {
            let known: HashSet<_> = items.iter().map(Row::key).collect();
            self.marked.retain(|key| known.contains(key));
        }
        self.cursor.follow(self.rows.len(), height, |row| self.rows.get(row).cloned());
        self.scroll(height);
    }

    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub const fn order(&self) -> Order<T::Column> {
        self.order
    }

    /// The row under the cursor.
    pub const fn selected(&self) -> Option<&T::Key> {
        self.cursor.key()
    }

    /// The cursor comes to the row, if it is listed.
    pub fn select(&mut self, key: &T::Key, height: usize) {
        if let Some(row) = self.row_of(key) {
            self.go_to(row, height);
        }
    }

    /// For a list whose selection is kept elsewhere: the cursor stands on that row, or on none
    /// while the filter hides it.
    pub fn stand_on(&mut self, key: Option<&T::Key>, height: usize) {
        let row = key.and_then(|key| self.row_of(key));
        self.cursor.stand_on(row, self.rows.len(), height, |row| self.rows.get(row).cloned());
        self.scroll(height);
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        // From nowhere the first movement comes to the list.
        let row = match self.cursor.key() {
            Some(_) => motion.apply(self.cursor.position(), self.rows.len(), height),
            None => 0,
        };
        self.go_to(row, height);
    }

    /// To the first row of the next section.
    pub fn leap(&mut self, height: usize) {
        if let Some(row) = sections::next(self.cursor.position(), &self.lines) {
            self.go_to(row, height);
        }
    }

    /// By the next column, or the other way round. The rows follow when they are derived.
    pub fn sort(&mut self, turn_round: bool) {
        self.order.turn(T::COLUMNS, turn_round);
    }

    /// The rows as they are listed.
    pub fn listed(&self) -> impl Iterator<Item = &T::Key> {
        self.rows.iter()
    }

    /// Marks the row under the cursor for a command that takes several, or takes its mark away.
    pub fn mark(&mut self) {
        if let Some(key) = self.cursor.key().cloned()
            && !self.marked.remove(&key)
        {
            self.marked.insert(key);
        }
    }

    pub fn unmark_all(&mut self) {
        self.marked.clear();
    }

    pub const fn marked(&self) -> &HashSet<T::Key> {
        &self.marked
    }

    /// A click on a heading sorts by it, one on a row selects it.
    pub fn click(&mut self, parts: &Parts, position: Position) -> Hit {
        if let Some(column) = view::column_at(&self.columns(parts.heading), position) {
            self.order.choose(T::COLUMNS, column);
            return Hit::Sorted;
        }
        let Some(row) = self.row_at(parts.rows, position) else { return Hit::Nothing };
        if self.cursor.key() == self.rows.get(row) {
            return Hit::Again;
        }
        self.go_to(row, parts.height());
        Hit::Row
    }

    pub fn heading(&self, shell: &Shell, line: Rect, buffer: &mut Buffer) {
        view::heading(shell, self.order, &self.columns(line), buffer);
    }

    /// Draws the rows that are visible, and builds no others. `selected` is the one under the
    /// cursor: the list's own, or that of whoever keeps the selection.
    pub fn rows<'a>(
        &self,
        shell: &Shell,
        selected: Option<&T::Key>,
        item: impl Fn(&T::Key) -> Option<&'a T>,
        area: Rect,
        buffer: &mut Buffer,
    ) where
        T: 'a,
    {
        let placed = self.columns(area);
        for y in 0..area.height {
            let line = Rect { y: area.y + y, height: 1, ..area };
            let row = match self.line(usize::from(y)) {
                Some(Line::Row(row)) => row,
                Some(other) => {
                    sections::draw::<T>(shell, other, &mut Pen::new(buffer, line));
                    continue;
                }
                None => return,
            };
            if let Some((key, item)) = self.rows.get(row).and_then(|key| Some((key, item(key)?))) {
                let standing = Standing { selected: selected == Some(key), marked: self.marked.contains(key) };
                row::draw(shell, item, &placed, standing, line, buffer);
            }
        }
    }

    fn columns(&self, line: Rect) -> Vec<Placed<T::Column>> {
        place(T::COLUMNS, line, |column| {
            let index = T::COLUMNS.iter().position(|other| other.key == column);
            index.and_then(|index| self.longest.get(index)).copied().unwrap_or(0)
        })
    }

    /// Where the row is. It is looked for from the cursor on, because it is rarely far: with every key somebody
    /// asks, also of ten thousand rows.
    fn row_of(&mut self, key: &T::Key) -> Option<usize> {
        if self.missed.as_ref() == Some(key) {
            return None;
        }
        let here = self.cursor.position().min(self.rows.len());
        let reach = here.max(self.rows.len() - here);
        let found = (0..reach).find_map(|far| {
            let above = || here.checked_sub(far + 1).filter(|row| self.rows.get(*row) == Some(key));
            Some(here + far).filter(|row| self.rows.get(*row) == Some(key)).or_else(above)
        });
        if found.is_none() {
            self.missed = Some(key.clone());
        }
        found
    }

    /// What is on that line of the screen.
    fn line(&self, y: usize) -> Option<Line> {
        if T::SECTIONS.is_empty() {
            let row = self.cursor.first() + y;
            return (row < self.rows.len()).then_some(Line::Row(row));
        }
        self.lines.get(self.first_line + y).copied()
    }

    fn row_at(&self, area: Rect, position: Position) -> Option<usize> {
        let line = area.contains(position).then(|| self.line(usize::from(position.y - area.y)))?;
        match line {
            Some(Line::Row(row)) => Some(row),
            _ => None,
        }
    }

    fn go_to(&mut self, row: usize, height: usize) {
        self.cursor.go_to(row, self.rows.len(), height, |row| self.rows.get(row).cloned());
        self.scroll(height);
    }

    fn scroll(&mut self, height: usize) {
        let row = self.cursor.key().map(|_| self.cursor.position());
        self.first_line = sections::scroll(self.first_line, row, &self.lines, height);
    }
}
