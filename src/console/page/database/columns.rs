//! The columns of a table's rows: which there are, how wide each is, and which fit on the screen.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{cell, filter::Field, row_input};
use crate::{
    console::fit,
    domain::{
        api::Record,
        table::{Kind, Schema},
    },
};

/// Wider values are cut; the row opened whole shows them.
const WIDEST: u16 = 32;
const NARROWEST: u16 = 4;
/// `2026-11-23 06:42:39`.
const INSTANT: u16 = 19;
/// `2026-11-23`.
const DATE: u16 = 10;
pub const GAP: u16 = 2;
/// A column that is cut by the edge shows at least this much.
const PART: u16 = 6;
/// Columns that no schema declares are shown up to here; a row opened whole shows the others.
const MOST_UNDECLARED: usize = 100;

#[derive(Clone, Debug)]
pub struct Column {
    field: Field,
    width: u16,
}

impl Column {
    fn new(name: &str, kind: Option<Kind>) -> Self {
        Self::of(Field { name: name.to_owned(), kind, items: None, allowed: Vec::new() })
    }

    fn of(field: Field) -> Self {
        let heading = fit::width(&field.name) + 2;
        let width = if is_instant(&field.name) { INSTANT } else { heading };
        Self { field, width: width.clamp(NARROWEST, WIDEST) }
    }

    pub fn name(&self) -> &str {
        &self.field.name
    }

    pub const fn field(&self) -> &Field {
        &self.field
    }

    pub const fn width(&self) -> u16 {
        self.width
    }

    pub const fn is_number(&self) -> bool {
        matches!(self.field.kind, Some(Kind::Integer | Kind::Number))
    }
}

/// Whether it is one of the two instants that every row has.
pub fn is_instant(name: &str) -> bool {
    matches!(name, "createdAt" | "updatedAt")
}

/// `id`, the declared ones in their order, the undeclared ones as they were met, and the rest of
/// what every row has.
#[derive(Clone, Debug)]
pub struct Columns {
    list: Vec<Column>,
    positions: HashMap<String, usize>,
    /// Those that are not shown; the identifier always is.
    hidden: BTreeSet<String>,
    /// How many of the list come before the system's last three.
    own: usize,
}

/// A column with its place on a line.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    pub column: &'a Column,
    pub x: u16,
    pub width: u16,
}

/// What fits on a line.
#[derive(Debug)]
pub struct Line<'a> {
    pub columns: Vec<Placed<'a>>,
    /// Columns that are hidden behind the right edge, one that is cut included.
    pub hidden: usize,
}

impl Columns {
    pub fn of(schema: &Schema) -> Self {
        let id = Column { width: 8, ..Column::new("id", Some(Kind::String)) };
        let mut list = vec![id];
        list.extend(schema.columns().iter().map(|column| Column::of(row_input::field(column))));
        let own = list.len();
        list.push(Column::new("createdBy", Some(Kind::String)));
        list.push(Column::new("createdAt", Some(Kind::Date)));
        list.push(Column::new("updatedAt", Some(Kind::Date)));
        let mut columns = Self { list, positions: HashMap::new(), hidden: BTreeSet::new(), own };
        columns.index();
        columns
    }

    pub fn all(&self) -> &[Column] {
        &self.list
    }

    pub fn has(&self, name: &str) -> bool {
        self.positions.contains_key(name)
    }

    /// What a filter may be about.
    pub fn fields(&self) -> Vec<&Field> {
        self.list.iter().map(Column::field).collect()
    }

    pub const fn hidden(&self) -> &BTreeSet<String> {
        &self.hidden
    }

    pub fn hide(&mut self, hidden: BTreeSet<String>) {
        self.hidden = hidden;
        self.hidden.remove("id");
    }

    /// Those that are shown, the identifier first.
    pub fn shown(&self) -> impl Iterator<Item = &Column> {
        self.list.iter().filter(|column| !self.hidden.contains(column.name()))
    }

    /// The column so many steps beside another one, if there is one.
    pub fn beside(&self, name: &str, steps: isize) -> Option<&str> {
        let position = self.shown().position(|column| column.name() == name).unwrap_or(0);
        self.shown().nth(position.checked_add_signed(steps)?).map(Column::name)
    }

    /// Takes over what a schema that was changed declares; what was learnt of widths stays.
    pub fn renew(&mut self, schema: &Schema) {
        let mut renewed = Self::of(schema);
        for column in &self.list {
            match renewed.positions.get(column.name()) {
                Some(position) => {
                    let width = &mut renewed.list[*position].width;
                    *width = column.width.max(*width);
                }
                None if column.field.kind.is_none() => {
                    let position = renewed.insert(column.name());
                    renewed.list[position].width = column.width;
                }
                None => {}
            }
        }
        renewed.hidden = std::mem::take(&mut self.hidden);
        *self = renewed;
    }

    /// Takes in rows that were read: columns that no schema names, and how wide the values are.
    /// A column never gets narrower, so that scrolling moves nothing sideways.
    pub fn learn(&mut self, rows: &[Record]) {
        for row in rows {
            for (name, value) in row {
                let position = match self.positions.get(name) {
                    Some(position) => *position,
                    None if self.list.len() < self.own + 3 + MOST_UNDECLARED => self.insert(name),
                    None => continue,
                };
                let column = &mut self.list[position];
                if column.width < WIDEST && !is_instant(name) && *value != Value::Null {
                    column.width = column.width.max(cell::width(value, WIDEST));
                }
            }
        }
    }

    /// The column that sorting goes on to after `current`.
    pub fn after(&self, current: &str) -> &str {
        let sortable = |column: &&Column| {
            !self.hidden.contains(column.name()) && !matches!(column.field.kind, Some(Kind::Object | Kind::Array))
        };
        let position = self.positions.get(current).copied().unwrap_or(0);
        let next = self.list.iter().skip(position + 1).chain(&self.list).find(sortable);
        next.map_or("id", Column::name)
    }

    /// What is on a line of that width when `left` columns after `id` are scrolled away.
    pub fn line(&self, width: u16, left: usize) -> Line<'_> {
        let mut columns = Vec::new();
        let mut x = 0;
        let mut all = self.shown();
        let Some(id) = all.next() else { return Line { columns, hidden: 0 } };
        let rest: Vec<_> = all.collect();
        // On a narrow screen the identifier leaves room for something to identify.
        let pinned = if width < 70 { id.width.min(12) } else { id.width };
        columns.push(Placed { column: id, x, width: pinned.min(width) });
        x += pinned + GAP;
        let mut shown = 0;
        for column in rest.iter().copied().skip(left) {
            let room = width.saturating_sub(x);
            // Half a date says nothing.
            let least = if is_instant(column.name()) { DATE } else { column.width.min(PART) };
            if room < least {
                break;
            }
            let cut = if is_instant(column.name()) && room < INSTANT { DATE } else { column.width.min(room) };
            columns.push(Placed { column, x, width: cut });
            shown += usize::from(cut == column.width);
            x = x.saturating_add(column.width + GAP);
        }
        let hidden = rest.len().saturating_sub(left + shown);
        Line { columns, hidden }
    }

    /// The least that has to be scrolled away for the column to be on the line as a whole.
    pub fn scrolled_to(&self, name: &str, width: u16, left: usize) -> usize {
        let position = self.shown().position(|column| column.name() == name);
        let Some(position) = position.filter(|position| *position > 0) else { return left };
        let wanted = position - 1;
        let fits = |left: usize| {
            let line = self.line(width, left);
            line.columns.iter().any(|placed| placed.column.name() == name && placed.width == placed.column.width)
        };
        (left.min(wanted)..wanted).find(|left| fits(*left)).unwrap_or(wanted)
    }

    fn insert(&mut self, name: &str) -> usize {
        let position = self.list.len() - 3;
        self.list.insert(position, Column::new(name, None));
        self.index();
        position
    }

    fn index(&mut self) {
        self.positions = self.list.iter().enumerate().map(|(i, column)| (column.name().to_owned(), i)).collect();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns() -> Columns {
        let schema =
            json!({"title": {"bsonType": "string"}, "views": {"bsonType": "int"}, "meta": {"bsonType": "object"}});
        let mut columns = Columns::of(&Schema::parse(schema.as_object().expect("an object")).expect("a schema"));
        let row = json!({"id": "0123456789", "title": "x".repeat(50), "views": 1, "extra": "日本語"});
        columns.learn(&[row.as_object().expect("an object").clone()]);
        columns
    }

    #[test]
    fn a_column_that_no_schema_names_comes_before_the_systems() {
        let names: Vec<_> = columns().list.iter().map(|column| column.name().to_owned()).collect();
        assert_eq!(names, ["id", "title", "views", "meta", "extra", "createdBy", "createdAt", "updatedAt"]);
    }

    #[test]
    fn the_identifier_stays_while_the_others_scroll() {
        let columns = columns();
        let names =
            |left| columns.line(60, left).columns.iter().map(|p| p.column.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(0), ["id", "title", "views"]);
        assert_eq!(names(2)[..3], ["id", "meta", "extra"]);
        assert_eq!(columns.line(60, 0).hidden, 5);
        assert_eq!(columns.line(300, 0).hidden, 0);
        for width in 0..40 {
            let line = columns.line(width, 1);
            assert!(line.columns.iter().all(|placed| placed.x + placed.width <= width), "{width}");
        }
    }

    #[test]
    fn sorting_skips_what_has_no_order_and_comes_round() {
        let columns = columns();
        assert_eq!(columns.after("views"), "extra");
        assert_eq!(columns.after("updatedAt"), "id");
        assert_eq!(columns.scrolled_to("createdAt", 60, 0), 3);
        assert_eq!(columns.scrolled_to("title", 60, 3), 0);
    }
}
