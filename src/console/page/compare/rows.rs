//! The rows of a comparison: tables, and what is in those that are unfolded.

use std::collections::HashSet;

use super::describe::What;
use crate::{
    console::{
        fit,
        motion::{Cursor, Motion},
    },
    domain::compare::{Difference, Part, TableComparison},
};

/// Which row it is, whatever comes and goes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKey {
    pub table: String,
    pub part: Option<(What, String)>,
}

/// Where a row is in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    table: usize,
    part: Option<(What, usize)>,
}

#[derive(Debug)]
pub struct Rows {
    pub filter: String,
    pub only_differences: bool,
    /// Tables that are not folded as they would be by themselves.
    turned: HashSet<String>,
    listed: Vec<Row>,
    cursor: Cursor<RowKey>,
    /// Columns of the longest name.
    pub longest: u16,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            filter: String::new(),
            only_differences: true,
            turned: HashSet::new(),
            listed: Vec::new(),
            cursor: Cursor::default(),
            longest: 0,
        }
    }
}

impl Rows {
    /// Derives the rows again. The cursor stays on its row.
    pub fn derive(&mut self, tables: &[TableComparison], height: usize) {
        let words: Vec<_> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let mut rows = Vec::new();
        let mut longest = 0;
        for (index, table) in tables.iter().enumerate() {
            let hidden = self.only_differences && table.difference == Difference::Same;
            if hidden || !words.iter().all(|word| matches(table, word)) {
                continue;
            }
            longest = longest.max(fit::width(&table.name));
            rows.push(Row { table: index, part: None });
            if self.is_folded(table) {
                continue;
            }
            for what in What::ALL {
                for (place, part) in what.of(table).iter().enumerate() {
                    if !(self.only_differences && part.is_same()) {
                        // Its kind stands before it, and both are set in.
                        longest = longest.max(fit::width(&part.name) + fit::width(what.as_str()) + 1);
                        rows.push(Row { table: index, part: Some((what, place)) });
                    }
                }
            }
        }
        self.longest = longest;
        self.listed = rows;
        let rows = &self.listed;
        let key_at = |row: usize| rows.get(row).map(|row| row.key(tables));
        if let Some(key) = self.cursor.key().filter(|key| key.part.is_some())
            && (0..rows.len()).all(|row| key_at(row).as_ref() != Some(key))
        {
            // Folded away: the cursor comes to its table.
            let table = rows.iter().position(|row| row.part.is_none() && tables[row.table].name == key.table);
            if let Some(row) = table {
                self.cursor.go_to(row, rows.len(), height, key_at);
            }
        }
        self.cursor.follow(rows.len(), height, key_at);
    }

    /// A changed table shows what changed; the others are one row until somebody asks.
    pub fn is_folded(&self, table: &TableComparison) -> bool {
        (table.difference != Difference::Changed) != self.turned.contains(&table.name)
    }

    pub fn fold(&mut self, table: &str) {
        if !self.turned.remove(table) {
            self.turned.insert(table.to_owned());
        }
    }

    /// Unfolds all tables, or folds them all if they are unfolded.
    pub fn fold_all(&mut self, tables: &[TableComparison]) {
        let fold = tables.iter().all(|table| !self.is_folded(table));
        for table in tables {
            if self.is_folded(table) != fold {
                self.fold(&table.name);
            }
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    pub const fn first(&self) -> usize {
        self.cursor.first()
    }

    pub const fn position(&self) -> usize {
        self.cursor.position()
    }

    pub fn visible(&self) -> impl Iterator<Item = (usize, Row)> {
        self.listed.iter().copied().enumerate().skip(self.cursor.first())
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<Row> {
        self.listed.get(self.cursor.position()).copied()
    }

    pub fn move_by(&mut self, motion: Motion, tables: &[TableComparison], height: usize) {
        let rows = &self.listed;
        self.cursor.move_by(motion, rows.len(), height, |row| rows.get(row).map(|row| row.key(tables)));
    }

    pub fn go_to(&mut self, row: usize, tables: &[TableComparison], height: usize) {
        let rows = &self.listed;
        self.cursor.go_to(row, rows.len(), height, |row| rows.get(row).map(|row| row.key(tables)));
    }

    /// The cursor comes to the table's own row.
    pub fn go_to_table(&mut self, table: &str, tables: &[TableComparison], height: usize) {
        let of = |row: &Row| row.part.is_none() && tables[row.table].name == table;
        if let Some(row) = self.listed.iter().position(of) {
            self.go_to(row, tables, height);
        }
    }

    /// The nearest row in that direction that differs, past the end from the other one. What is
    /// in an unfolded table is told by its own rows, not by the table's.
    pub fn leap(&mut self, forwards: bool, tables: &[TableComparison], height: usize) -> bool {
        let len = self.listed.len();
        let here = self.cursor.position();
        let at = |step: usize| if forwards { (here + step) % len } else { (here + len - step) % len };
        let differs = |row: &usize| self.listed.get(*row).is_some_and(|row| self.is_difference(*row, tables));
        let found = (1..=len).map(at).find(differs);
        if let Some(row) = found {
            self.go_to(row, tables, height);
        }
        found.is_some()
    }

    fn is_difference(&self, row: Row, tables: &[TableComparison]) -> bool {
        let table = row.table(tables);
        if let Some((_, part)) = row.part(tables) {
            return !part.is_same() && table.difference == Difference::Changed;
        }
        match table.difference {
            Difference::Same => false,
            Difference::Changed => self.is_folded(table),
            Difference::New | Difference::Missing => true,
        }
    }
}

impl Row {
    pub fn table(self, tables: &[TableComparison]) -> &TableComparison {
        &tables[self.table]
    }

    pub fn part(self, tables: &[TableComparison]) -> Option<(What, &Part)> {
        let (what, place) = self.part?;
        Some((what, &what.of(&tables[self.table])[place]))
    }

    fn key(self, tables: &[TableComparison]) -> RowKey {
        let part = self.part(tables).map(|(what, part)| (what, part.name.clone()));
        RowKey { table: tables[self.table].name.clone(), part }
    }
}

fn matches(table: &TableComparison, word: &str) -> bool {
    let in_parts =
        || What::ALL.iter().flat_map(|what| what.of(table)).any(|part| part.name.to_lowercase().contains(word));
    table.name.to_lowercase().contains(word) || in_parts()
}
