//! The tables of an environment: what a line of the list shows.

use std::cmp::Ordering;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        fit,
        page::{
            absence,
            list::{About, Cell, Column, List, Listed, Parts, Row, Width},
            title::Button,
        },
        remote::Remote,
        shell::Shell,
    },
    domain::{
        TableId,
        api::{Environment, Table},
    },
};

pub const BUTTON: Button = Button { text: "+ Create Table", short: "+", command: "table-create" };

pub type TableList = List<Table>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Rows,
    Size,
    Columns,
    /// When its columns, indexes or permissions were changed last: a row that is written changes none of them.
    Designed,
}

impl Row for Table {
    type Key = TableId;
    type Column = Field;

    const COLUMNS: &'static [Column<Field>] = &[
        Column::new(Field::Name, "NAME", Width::Text(8)),
        Column::new(Field::Rows, "ROWS", Width::Fixed(11)).right().falls(),
        Column::new(Field::Size, "SIZE", Width::Fixed(8)).right().falls(),
        Column::new(Field::Columns, "COLUMNS", Width::Share { least: 9, most: u16::MAX }).falls().drop(1),
        Column::new(Field::Designed, "DESIGNED", Width::Fixed(10)).falls().drop(2),
    ];

    fn key(&self) -> &TableId {
        &self.id
    }

    fn cell(&self, shell: &Shell, field: Field, _width: u16) -> Cell<'_> {
        let theme = &shell.theme;
        match field {
            Field::Name => Cell::new(&self.name, theme.text),
            Field::Rows => Cell::new(fit::grouped(self.rows), theme.text),
            Field::Size => Cell::new(fit::bytes(self.bytes), theme.text),
            Field::Columns => Cell::new(columns(self), theme.muted),
            Field::Designed => Cell::new(fit::ago(shell.age(self.updated_at)), theme.muted),
        }
    }
}

impl Listed for Table {
    fn matches(&self, word: &str) -> bool {
        let in_columns = || self.schema.columns().iter().any(|column| column.name.to_lowercase().contains(word));
        self.name.to_lowercase().contains(word) || in_columns()
    }

    fn compare(&self, other: &Self, field: Field) -> Ordering {
        let by = match field {
            Field::Name => Ordering::Equal,
            // The largest and the latest are looked for, so they come first.
            Field::Rows => other.rows.cmp(&self.rows),
            Field::Size => other.bytes.cmp(&self.bytes),
            Field::Columns => other.schema.columns().len().cmp(&self.schema.columns().len()),
            Field::Designed => other.updated_at.cmp(&self.updated_at),
        };
        by.then_with(|| self.name.cmp(&other.name))
    }

    fn width(&self, _field: Field) -> u16 {
        fit::width(&self.name)
    }
}

pub fn view(
    list: &TableList,
    shell: &Shell,
    environment: &Environment,
    known: Option<&Remote<Vec<Table>>>,
    parts: &Parts,
    buffer: &mut Buffer,
) {
    let empty = |area: Rect, buffer: &mut Buffer| {
        let way = absence::way_to_first(shell, BUTTON.command);
        let told = format!("{} has no table yet. {way} creates one, and so does", environment.name);
        let same = format!("bkend table create posts title:string! {}", shell.options(environment));
        absence::nothing_yet(shell, &told, &[same], area, buffer);
    };
    let about = About { name: "Tables", noun: "tables", button: Some(BUTTON), environment, empty: &empty };
    list.view(shell, &about, known, parts, buffer);
}

/// `3  title, views, tags`.
fn columns(table: &Table) -> String {
    let columns = table.schema.columns();
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    format!("{}  {}", columns.len(), names.join(", "))
}
