//! The tables of an environment: which are listed, in which order, and the line of each.

use std::cmp::Ordering;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        fit,
        motion::{Cursor, Motion},
        page::{
            absence,
            title::{Button, Title},
        },
        remote::Remote,
        shell::Shell,
        widget::Pen,
    },
    domain::{
        TableId,
        api::{Environment, Table},
    },
};

pub const BUTTON: Button = Button { text: "[ + Create Table  n ]", short: "[ + n ]" };
/// Columns of the cursor's mark before the first column.
const MARK: u16 = 3;
const GAP: u16 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    #[default]
    Name,
    Rows,
    Size,
    Columns,
    Updated,
}

impl Column {
    const ALL: [Self; 5] = [Self::Name, Self::Rows, Self::Size, Self::Columns, Self::Updated];

    const fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Rows => "ROWS",
            Self::Size => "SIZE",
            Self::Columns => "COLUMNS",
            Self::Updated => "UPDATED",
        }
    }

    const fn is_number(self) -> bool {
        matches!(self, Self::Rows | Self::Size)
    }

    fn compare(self, one: &Table, other: &Table) -> Ordering {
        let by = match self {
            Self::Name => Ordering::Equal,
            // The largest and the latest are looked for, so they come first.
            Self::Rows => other.rows.cmp(&one.rows),
            Self::Size => other.bytes.cmp(&one.bytes),
            Self::Columns => other.schema.columns().len().cmp(&one.schema.columns().len()),
            Self::Updated => other.updated_at.cmp(&one.updated_at),
        };
        by.then_with(|| one.name.cmp(&other.name))
    }

    /// Whether its natural order runs downwards.
    const fn falls(self) -> bool {
        !matches!(self, Self::Name)
    }
}

#[derive(Debug, Default)]
pub struct TableList {
    pub filter: String,
    order: Column,
    reversed: bool,
    rows: Vec<TableId>,
    /// Columns of the longest name among all.
    longest: u16,
    cursor: Cursor<TableId>,
}

impl TableList {
    /// Derives the rows again. The cursor stays on its table.
    pub fn derive(&mut self, tables: &[Table], height: usize) {
        let words: Vec<_> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let mut listed: Vec<_> = tables.iter().filter(|table| words.iter().all(|word| matches(table, word))).collect();
        listed.sort_by(|one, other| self.order.compare(one, other));
        if self.reversed {
            listed.reverse();
        }
        self.longest = tables.iter().map(|table| fit::width(&table.name)).max().unwrap_or(0);
        self.rows = listed.into_iter().map(|table| table.id.clone()).collect();
        self.cursor.follow(self.rows.len(), height, |row| self.rows.get(row).cloned());
    }

    /// The tables as they are listed.
    pub fn listed(&self) -> impl Iterator<Item = &TableId> {
        self.rows.iter()
    }

    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub const fn selected(&self) -> Option<&TableId> {
        self.cursor.key()
    }

    pub fn select(&mut self, id: &TableId, height: usize) {
        if let Some(row) = self.rows.iter().position(|other| other == id) {
            self.go_to(row, height);
        }
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        self.cursor.move_by(motion, self.rows.len(), height, |row| self.rows.get(row).cloned());
    }

    pub fn sort(&mut self, turn_round: bool) {
        if turn_round {
            self.reversed = !self.reversed;
        } else {
            let position = Column::ALL.iter().position(|column| *column == self.order).unwrap_or(0);
            self.sort_by(Column::ALL[(position + 1) % Column::ALL.len()]);
        }
    }

    /// By that column; chosen again, the other way round.
    pub fn sort_by(&mut self, column: Column) {
        self.reversed = self.order == column && !self.reversed;
        self.order = column;
    }

    /// The column that orders it, if it is not the usual one, and whether that is turned round.
    pub fn sorting(&self) -> (Option<String>, bool) {
        let order = (self.order != Column::default()).then(|| self.order.title().to_owned());
        (order, self.reversed)
    }

    pub fn sort_as(&mut self, column: Option<&str>, reversed: bool) {
        let named = Column::ALL.into_iter().find(|other| Some(other.title()) == column);
        self.order = named.unwrap_or_default();
        self.reversed = reversed;
    }

    /// Comes back to that table once it is listed.
    pub fn await_row(&mut self, id: TableId) {
        self.cursor.await_row(id);
    }

    pub const fn position(&self) -> usize {
        self.cursor.position()
    }

    /// The row of the list on that line of the screen.
    pub fn row_at(&self, line: u16) -> Option<usize> {
        let row = self.cursor.first() + usize::from(line);
        (row < self.rows.len()).then_some(row)
    }

    pub fn go_to(&mut self, row: usize, height: usize) {
        self.cursor.go_to(row, self.rows.len(), height, |row| self.rows.get(row).cloned());
    }

    /// The column whose heading is at that place.
    pub fn column_at(&self, heading: Rect, x: u16) -> Option<Column> {
        let mut start = heading.x + MARK;
        self.widths(heading.width).into_iter().find_map(|(column, width)| {
            let hit = width > 0 && (start..start + width).contains(&x);
            start += width + GAP;
            hit.then_some(column)
        })
    }

    pub fn title(&self, shell: &Shell, known: Option<&Remote<Vec<Table>>>, line: Rect, buffer: &mut Buffer) {
        let all = known.and_then(Remote::value).map(Vec::len);
        let count = match all {
            None => String::new(),
            Some(all) if self.filter.is_empty() => all.to_string(),
            Some(all) => format!("{} of {all}", self.rows.len()),
        };
        let note = known
            .filter(|_| all.is_some())
            .and_then(|remote| absence::old(shell, remote.failure(), remote.awaited_since()));
        let title = Title { name: "Tables", count, filter: &self.filter, note, button: Some(BUTTON) };
        title.view(&shell.theme, line, buffer);
    }

    pub fn heading(&self, shell: &Shell, line: Rect, buffer: &mut Buffer) {
        let mut pen = Pen::new(buffer, line);
        pen.skip(MARK);
        for (column, width) in self.widths(line.width) {
            let arrow = match (column == self.order, column.falls() != self.reversed) {
                (false, _) => "",
                (true, false) => " ↑",
                (true, true) => " ↓",
            };
            let text = format!("{}{arrow}", column.title());
            if column.is_number() {
                pen.column_right(&text, width, shell.theme.heading).skip(GAP);
            } else {
                pen.column(&text, width, shell.theme.heading).skip(GAP);
            }
        }
    }

    pub fn view(
        &self,
        shell: &Shell,
        environment: &Environment,
        known: Option<&Remote<Vec<Table>>>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let tables = known.and_then(Remote::value);
        if self.rows.is_empty() || tables.is_none() {
            self.empty(shell, environment, known, area, buffer);
            return;
        }
        let tables = tables.map(Vec::as_slice).unwrap_or_default();
        let visible = self.rows.iter().skip(self.cursor.first());
        for (line, id) in (0..area.height).zip(visible) {
            if let Some(table) = tables.iter().find(|table| table.id == *id) {
                let selected = self.cursor.key() == Some(id);
                self.row(shell, table, selected, Rect { y: area.y + line, height: 1, ..area }, buffer);
            }
        }
    }

    fn row(&self, shell: &Shell, table: &Table, selected: bool, line: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let mut pen = Pen::new(buffer, line);
        pen.put(if selected { " ▌ " } else { "   " }, theme.accent);
        for (column, width) in self.widths(line.width) {
            match column {
                Column::Name if selected => pen.block(&table.name, width, theme.selection.0),
                Column::Name => pen.column(&table.name, width, theme.text),
                Column::Rows => pen.column_right(&fit::thousands(table.rows), width, theme.text),
                Column::Size => pen.column_right(&fit::bytes(table.bytes), width, theme.text),
                Column::Columns => pen.column(&columns(table), width, theme.muted),
                Column::Updated => pen.column(&fit::ago(shell.age(table.updated_at)), width, theme.muted),
            }
            .skip(GAP);
        }
    }

    fn widths(&self, width: u16) -> [(Column, u16); 5] {
        let (rows, size) = (11, 8);
        let updated = if width >= 54 { 10 } else { 0 };
        let rest = width.saturating_sub(MARK + rows + size + updated + 4 * GAP + 1);
        let name = self.longest.clamp(8, rest.saturating_sub(9).max(8));
        let columns = rest.saturating_sub(name);
        [
            (Column::Name, name),
            (Column::Rows, rows),
            (Column::Size, size),
            (Column::Columns, columns),
            (Column::Updated, updated),
        ]
    }

    /// What to do where there is nothing.
    fn empty(
        &self,
        shell: &Shell,
        environment: &Environment,
        known: Option<&Remote<Vec<Table>>>,
        area: Rect,
        buffer: &mut Buffer,
    ) {
        let theme = &shell.theme;
        if known.and_then(Remote::value).is_none() {
            let instead = absence::unreadable(environment, "tables").map(|text| (text, theme.text));
            if let Some((text, style)) = instead.or_else(|| absence::instead(shell, known, "tables")) {
                absence::prose(&text, style, area, buffer);
            }
            return;
        }
        let mut pen = Pen::line(buffer, area, 1);
        pen.skip(MARK);
        if self.filter.is_empty() {
            let create = format!("bkend table create posts title:string! --env {}", environment.name);
            pen.put(&format!("{} has no table yet. ", environment.name), theme.text);
            pen.put("n", theme.key).put(" creates one, and so does", theme.text);
            Pen::line(buffer, area, 3).skip(MARK + 2).put(&create, theme.accent);
        } else {
            pen.put("nothing matches; ", theme.muted).put("esc", theme.key).put(" shows all again", theme.muted);
        }
    }
}

fn matches(table: &Table, word: &str) -> bool {
    let in_columns = || table.schema.columns().iter().any(|column| column.name.to_lowercase().contains(word));
    table.name.to_lowercase().contains(word) || in_columns()
}

/// `3  title, views, tags`.
fn columns(table: &Table) -> String {
    let columns = table.schema.columns();
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    format!("{}  {}", columns.len(), names.join(", "))
}
