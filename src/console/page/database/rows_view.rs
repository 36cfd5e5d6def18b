//! The rows of an open table on the screen: only those that are visible are built.

use std::borrow::Cow;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use serde_json::{Map, Value, json};

use super::{
    cell,
    columns::{Placed, is_instant},
    filter::holds_words,
    rows::OpenTable,
};
use crate::{
    console::{
        fit,
        page::{
            absence,
            list::{Item, view::nothing_matches},
            title::Title,
        },
        shell::Shell,
        theme::Paint,
        widget::Pen,
    },
    domain::{
        api::{Record, Table},
        list::Direction,
        table::Kind,
    },
};

/// Columns of the cursor's mark before the first column.
pub const MARK: u16 = 3;
/// For the mark of columns that are hidden at the right.
const EDGE: u16 = 4;

/// Where the columns are, without the cursor's mark.
pub fn columns_area(line: Rect) -> Rect {
    let x = line.x + MARK.min(line.width);
    Rect { x, width: line.width.saturating_sub(MARK + EDGE), ..line }
}

pub fn title(open: &OpenTable, shell: &Shell, table: Option<&Table>, line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let is_filtered = open.filter.condition().is_some();
    let count = match (open.list.pages.total(), table) {
        (None, _) => String::new(),
        (Some(_), Some(table)) if is_filtered && !open.list.pages.is_replaced() => {
            format!("{} of {}", fit::grouped(total(open)), fit::count(table.rows, "row"))
        }
        (Some(_), _) => fit::count(total(open), "row"),
    };
    let failure = open.list.pages.failure().filter(|_| !open.list.pages.is_empty());
    let note = match failure.filter(|_| open.list.pages.is_replaced()) {
        Some(failure) => Some((format!("as before: {failure}"), theme.warning)),
        None => absence::old(shell, failure, open.list.pages.awaited_since()),
    };
    let mistake = || {
        let (applied, message) = open.filter.mistake().filter(|_| !shell.is_filtering())?;
        Some((format!("shows {applied}: {message}"), theme.warning))
    };
    let doubt = || {
        let doubt = open.filter.doubt().filter(|_| !shell.is_filtering())?;
        Some((doubt.to_owned(), theme.warning))
    };
    let note = note.filter(|_| open.list.pages.total().is_some()).or_else(mistake).or_else(doubt).or_else(|| {
        let names = open.columns.fields().into_iter().filter(|field| holds_words(field));
        let names: Vec<_> = names.map(|field| field.name.as_str()).collect();
        let searched = is_filtered && open.filter.has_words();
        searched.then(|| (format!("in {}, all rows", names.join(", ")), theme.muted))
    });
    let marked = u64::try_from(open.marked.len()).unwrap_or(u64::MAX);
    let count = if marked > 0 { format!("{count}  {} marked", fit::grouped(marked)) } else { count };
    let mut line = line;
    // What is wrong takes all the room there is.
    let is_right = failure.is_none() && (shell.is_filtering() || open.filter.mistake().is_none());
    if !open.list.pages.is_empty() && is_right {
        let place = format!("  row {} of {}", fit::grouped(position(open) + 1), fit::grouped(total(open)));
        line = aside(&[("", &place)], shell, line, buffer);
    }
    Title { name: &open.name, count, filter: open.filter.text(), note, button: None }.view(shell, line, buffer);
}

pub fn heading(open: &OpenTable, shell: &Shell, line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let area = columns_area(line);
    let placed = open.columns.line(area.width, open.left);
    if open.left > 0 {
        Pen::new(buffer, line).put(&format!("‹{}", open.left), theme.muted);
    }
    if placed.hidden > 0 {
        let mark = format!("{}›", placed.hidden);
        Pen::new(buffer, line).split_right(fit::width(&mark) + 1).put(&mark, theme.muted);
    }
    for placed in &placed.columns {
        let arrow = match (open.order.column == placed.column.name(), open.order.direction) {
            (false, _) => "",
            (true, Direction::Ascending) => " ↑",
            (true, Direction::Descending) => " ↓",
        };
        let text = format!("{}{arrow}", cell::clean(placed.column.name()));
        let mut pen = Pen::new(buffer, at(placed, area));
        let strong = if placed.column.name() == open.column { theme.strong.0 } else { Style::new() };
        let style = theme.heading.0.patch(strong);
        if placed.column.is_number() {
            pen.block_right(&text, placed.width, style);
        } else {
            pen.block(&text, placed.width, style);
        }
    }
}

pub fn rows(open: &OpenTable, shell: &Shell, table: Option<&Table>, area: Rect, buffer: &mut Buffer) {
    if open.list.pages.is_empty() {
        empty(open, shell, table, area, buffer);
        return;
    }
    let theme = &shell.theme;
    let placed = open.columns.line(columns_area(area).width, open.left);
    for (line, position) in (0..area.height).zip(open.list.first()..open.list.pages.len()) {
        let line = Rect { y: area.y + line, height: 1, ..area };
        let selected = position == open.list.position();
        let row = open.list.pages.row(position);
        let marked = row.and_then(Item::id).is_some_and(|id| open.marked.contains(id));
        Pen::new(buffer, line)
            .put(if marked { "✓" } else { " " }, theme.success)
            .put(if selected { "▌ " } else { "  " }, theme.accent);
        match row {
            Some(row) => {
                // What belongs to the order or filter that was left is there only until its successor is.
                let plain = if open.list.pages.is_replaced() { theme.muted } else { theme.text };
                for placed in &placed.columns {
                    let area = at(placed, columns_area(line));
                    cell(shell, row, placed, plain, area, buffer);
                    if selected && placed.column.name() == open.column {
                        buffer.set_style(area, theme.selection.0);
                    }
                }
            }
            None => {
                Pen::new(buffer, columns_area(line)).put("…", theme.muted);
            }
        }
    }
}

/// The title over a row that is open whole.
pub fn record_title(open: &OpenTable, shell: &Shell, text: Rect, line: Rect, buffer: &mut Buffer) {
    let Some(record) = &open.record else { return };
    let keymap = &shell.keymap;
    let turn = format!("{} {}", keymap.way("tab-previous"), keymap.way("tab-next"));
    let line = aside(&[(&turn, " rows  "), (&keymap.way("back"), " back")], shell, line, buffer);
    let id = record.content().id().unwrap_or_default();
    let count = format!("{}  {}", cell::clean(id), record.document.extent(text).unwrap_or_default());
    let lost = record.is_lost().then(|| ("deleted, showing what it was".to_owned(), shell.theme.warning));
    let name = format!("{} ›", open.name);
    Title { name: &name, count, filter: "", note: lost, button: None }.view(shell, line, buffer);
}

/// Writes keys with what they do at the right of a line, and returns the rest of it.
fn aside(parts: &[(&str, &str)], shell: &Shell, line: Rect, buffer: &mut Buffer) -> Rect {
    let width = parts.iter().map(|(key, text)| fit::width(key) + fit::width(text)).sum::<u16>() + 1;
    if line.width < width + 24 {
        return line;
    }
    let rest = Rect { width: line.width - width, ..line };
    let mut pen = Pen::new(buffer, Rect { x: rest.right(), width, ..line });
    for (key, text) in parts {
        pen.put(key, shell.theme.key).put(text, shell.theme.muted);
    }
    rest
}

fn at(placed: &Placed<'_>, area: Rect) -> Rect {
    Rect { x: area.x + placed.x, width: placed.width, height: 1, ..area }.intersection(area)
}

fn cell(shell: &Shell, row: &Record, placed: &Placed<'_>, plain: Paint, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let column = placed.column;
    let mut pen = Pen::new(buffer, area);
    let Some(value) = row.get(column.name()) else { return };
    let text = match value {
        Value::Null => {
            pen.put("null", theme.border);
            return;
        }
        value if is_instant(column.name()) => {
            let mut instant = cell::instant(value, shell.zone);
            if let Some(text) = instant.as_mut().filter(|text| text.len() > usize::from(placed.width)) {
                // Only the date has room.
                text.truncate(text.find(' ').unwrap_or(text.len()));
            }
            instant
        }
        _ => None,
    };
    let most = usize::from(if column.name() == "id" { column.width() } else { placed.width });
    let text = text.map_or_else(|| cell::text(value, most), Into::into);
    if column.name() == "id" {
        let text = end(&text, placed.width);
        pen.column(&text, placed.width, theme.muted);
    } else if column.is_number() {
        pen.column_right(&text, placed.width, plain);
    } else {
        pen.column(&text, placed.width, if is_instant(column.name()) { theme.muted } else { plain });
    }
}

/// The end of an identifier that is too long: identifiers made one after another begin alike.
fn end(id: &str, most: u16) -> Cow<'_, str> {
    let cut = id.len().saturating_sub(usize::from(most));
    if cut == 0 || !id.is_ascii() {
        return Cow::Borrowed(id);
    }
    Cow::Owned(format!("…{}", &id[cut + 1..]))
}

/// What to do where there is nothing.
fn empty(open: &OpenTable, shell: &Shell, table: Option<&Table>, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    if let Some(failure) = open.list.pages.failure() {
        let way = shell.keymap.way("refresh");
        let text = format!("the rows could not be read: {} {way} tries again.", absence::sentence(failure));
        absence::prose(&text, theme.warning, area, buffer);
        return;
    }
    if open.list.pages.total().is_none() || open.list.pages.is_replaced() {
        if absence::waits_long(shell, open.list.pages.awaited_since()) {
            Pen::line(buffer, area, 1).skip(MARK).put("reading the rows", theme.muted);
        }
        return;
    }
    if open.filter.condition().is_some() {
        nothing_matches(shell, &mut Pen::line(buffer, area, 1));
        return;
    }
    let way = absence::way_to_first(shell, "row-create");
    let told = format!("{} has no row yet: {way} creates one. A server writes it with a secret key:", open.name);
    let request = [
        format!("curl {}/v1/data/{} \\", shell.url, open.name),
        "  -H \"X-API-Key: sk_…\" \\".into(),
        "  -H \"Content-Type: application/json\" \\".into(),
        format!("  -d '{}'", example(table)),
    ];
    absence::nothing_yet(shell, &told, &request, area, buffer);
}

/// The least that a row of the table has to hold.
fn example(table: Option<&Table>) -> Value {
    let columns = table.map(|table| table.schema.columns()).unwrap_or_default();
    let value = |kind| match kind {
        Kind::String => json!("text"),
        Kind::Integer | Kind::Number => json!(1),
        Kind::Boolean => json!(true),
        Kind::Date => json!("2026-01-31"),
        Kind::Object => json!({}),
        Kind::Array => json!([]),
    };
    let required = columns.iter().filter(|column| column.required);
    required.map(|column| (column.name.clone(), value(column.property.kind))).collect::<Map<_, _>>().into()
}

fn position(open: &OpenTable) -> u64 {
    u64::try_from(open.list.position()).unwrap_or(u64::MAX)
}

fn total(open: &OpenTable) -> u64 {
    u64::try_from(open.list.pages.len()).unwrap_or(u64::MAX)
}
