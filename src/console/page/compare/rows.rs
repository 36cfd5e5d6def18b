//! The rows of a comparison: tables, and what is in those that are unfolded.

use std::collections::{BTreeMap, HashSet};

use super::describe::What;
use crate::{
    console::{
        fit,
        motion::{Cursor, Motion},
        session::Kept,
    },
    domain::compare::{Difference, Part, TableComparison},
};

/// Which row it is, whatever comes and goes around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowKey {
    pub table: String,
    pub part: Option<(What, String)>,
}

/// What the session calls the choices: what is shown, and the tables that were turned.
const SHOWN: &str = "shown";
const EVERYTHING: &str = "everything";
const TURNED: &str = "turned";

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
    pub fn kept(&self) -> Kept {
        let mut choices = BTreeMap::new();
        if !self.only_differences {
            choices.insert(SHOWN.to_owned(), EVERYTHING.to_owned());
        }
        if !self.turned.is_empty() {
            let mut turned: Vec<_> = self.turned.iter().map(String::as_str).collect();
            turned.sort_unstable();
            choices.insert(TURNED.to_owned(), turned.join(" "));
        }
        let cursor = self.cursor.sought().map(RowKey::kept);
        Kept { filter: self.filter.clone(), choices, cursor, ..Kept::default() }
    }

    /// Takes up what the session kept, before anything is compared.
    pub fn keep(&mut self, kept: Kept) {
        self.only_differences = kept.choices.get(SHOWN).is_none_or(|shown| shown != EVERYTHING);
        let turned = kept.choices.get(TURNED).map(String::as_str).unwrap_or_default();
        self.turned = turned.split_whitespace().map(str::to_owned).collect();
        self.filter = kept.filter;
        if let Some(cursor) = kept.cursor {
            self.cursor.await_row(RowKey::of_kept(&cursor));
        }
    }

    /// What the filter lets pass, also what is folded away.
    pub fn unfolded(&self, tables: &[TableComparison]) -> Vec<Row> {
        let words: Vec<_> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let mut rows = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let hidden = self.only_differences && table.difference == Difference::Same;
            if hidden || !words.iter().all(|word| matches(table, word)) {
                continue;
            }
            rows.push(Row { table: index, part: None });
            for what in What::ALL {
                let parts = what.of(table).iter().enumerate();
                let shown = parts.filter(|(_, part)| !(self.only_differences && part.is_same()));
                rows.extend(shown.map(|(place, _)| Row { table: index, part: Some((what, place)) }));
            }
        }
        rows
    }

    /// Derives the rows again. The cursor stays on its row.
    pub fn derive(&mut self, tables: &[TableComparison], height: usize) {
        let mut rows = self.unfolded(tables);
        rows.retain(|row| row.part.is_none() || !self.is_folded(row.table(tables)));
        let width = |row: &Row| match row.part(tables) {
            // Its kind stands before it, and both are set in.
            Some((what, part)) => fit::width(&part.name) + fit::width(what.as_str()) + 1,
            None => fit::width(&row.table(tables).name),
        };
        self.longest = rows.iter().map(width).max().unwrap_or(0);
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

    /// Nothing is compared: there is no row that could be asked for its table. The cursor remembers its own.
    pub fn clear(&mut self) {
        self.listed.clear();
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

impl RowKey {
    /// As the session keeps it: `posts`, or `posts column title`.
    fn kept(&self) -> String {
        match &self.part {
            Some((what, name)) => format!("{} {} {name}", self.table, what.as_str()),
            None => self.table.clone(),
        }
    }

    fn of_kept(text: &str) -> Self {
        let mut words = text.splitn(3, ' ');
        let table = words.next().unwrap_or_default().to_owned();
        let what = words.next().and_then(What::named);
        Self { table, part: what.zip(words.next().map(str::to_owned)) }
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
