//! The Schema tab: the columns of a table, and what is to be known of the one under the cursor.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Parts,
    listed::{Line, Listed, MARK},
    words,
};
use crate::{
    console::{fit, shell::Shell, view::frame::rule, widget::Pen},
    domain::{
        api::Table,
        table::{Column, SYSTEM_COLUMNS},
    },
};

/// Lines of the pane below.
pub const DETAIL: u16 = 4;
const GAP: u16 = 2;

pub fn derive(list: &mut Listed, table: &Table, height: usize) {
    let about = |column: &Column| {
        let description = column.property.description.as_deref().unwrap_or_default();
        format!("{} {} {description}", words::kind(&column.property), words::rules(column))
    };
    let own = table.schema.columns().iter().map(|column| (column.name.as_str(), about(column)));
    list.derive(own, SYSTEM_COLUMNS.into_iter(), height);
}

/// `7 columns`.
pub fn count(list: &Listed, table: &Table) -> String {
    let columns = u64::try_from(table.schema.columns().len()).unwrap_or(u64::MAX);
    if list.filter.is_empty() { fit::count(columns, "column") } else { format!("{} shown", list.len()) }
}

pub fn view(list: &Listed, shell: &Shell, table: &Table, area: Rect, parts: &Parts, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let widths = widths(table, area.width);
    let mut pen = Pen::new(buffer, parts.heading);
    pen.skip(MARK);
    for (title, width) in ["NAME", "TYPE", "RULES", "DEFAULT", "LIMITS"].into_iter().zip(widths) {
        if width > 0 {
            pen.block(title, width, theme.heading).skip(GAP);
        }
    }
    for (line, area) in list.visible(parts.rows) {
        match line {
            Line::Own(name) => {
                if let Some(column) = table.schema.get(name) {
                    let property = &column.property;
                    let default = column.default.as_ref().map(words::plain).unwrap_or_default();
                    let limits = match (words::limits(property), &property.description) {
                        (limits, Some(description)) if limits.is_empty() => description.clone(),
                        (limits, _) => limits,
                    };
                    let kind = if widths[1] < 12 { words::short_kind(property) } else { words::kind(property) };
                    let cells = [kind, words::rules(column), default, limits];
                    row(name, &cells, list.selected() == Some(name), false, widths, shell, area, buffer);
                }
            }
            Line::Common(name) => {
                let (kind, about) = words::system(name);
                let cells = [kind.to_owned(), "made by server".to_owned(), String::new(), about.to_owned()];
                row(name, &cells, list.selected() == Some(name), true, widths, shell, area, buffer);
            }
            Line::None | Line::Apart => list.between(line, "column-add", shell, area, buffer),
        }
    }
    if let (Some((y, pane)), Some(name)) = (parts.detail, list.selected()) {
        rule(shell, area, y, name, buffer);
        detail(name, table, shell, pane, buffer);
    }
}

fn widths(table: &Table, width: u16) -> [u16; 5] {
    let longest = table.schema.columns().iter().map(|column| fit::width(&column.name)).max().unwrap_or(0);
    let name = longest.clamp(9, if width >= 90 { 28 } else { 18 });
    let kind = if width >= 90 { 18 } else { 9 };
    let rules = 16;
    let rest = width.saturating_sub(MARK + name + kind + rules + 3 * GAP);
    match rest {
        0..6 => [name, kind, width.saturating_sub(MARK + name + kind + 2 * GAP), 0, 0],
        6..30 => [name, kind, rules, rest, 0],
        _ => [name, kind, rules, 12, rest - 12 - GAP],
    }
}

#[expect(clippy::too_many_arguments, reason = "one row with everything that makes it look so")]
fn row(
    name: &str,
    cells: &[String; 4],
    selected: bool,
    is_system: bool,
    widths: [u16; 5],
    shell: &Shell,
    line: Rect,
    buffer: &mut Buffer,
) {
    let theme = &shell.theme;
    let text = if is_system { theme.muted } else { theme.text };
    let mut pen = Pen::new(buffer, line);
    pen.put(if selected { " ▌ " } else { "   " }, theme.accent);
    if selected {
        pen.block(name, widths[0], theme.selection.0).skip(GAP);
    } else {
        pen.column(name, widths[0], text).skip(GAP);
    }
    for (place, (cell, width)) in cells.iter().zip(&widths[1..]).enumerate().filter(|(_, (_, width))| **width > 0) {
        let style = if place == 0 || place == 2 { text } else { theme.muted };
        pen.column(cell, *width, style).skip(GAP);
    }
}

fn detail(name: &str, table: &Table, shell: &Shell, pane: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut lines: Vec<(&str, String)> = Vec::new();
    if let Some(column) = table.schema.get(name) {
        let property = &column.property;
        let kind = [words::kind(property), words::rules(column)];
        lines.push(("Type", kind.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")));
        let default = column.default.as_ref().map_or_else(|| "none".into(), ToString::to_string);
        lines.push(("Default", default));
        let limits = words::limits(property);
        lines.push(("Limits", if limits.is_empty() { "none".into() } else { limits }));
        let indexes: Vec<_> = table.indexes.iter().filter(|index| index.fields.contains_key(name)).collect();
        let mut about = property.description.clone().unwrap_or_default();
        if !indexes.is_empty() {
            let names: Vec<_> = indexes.iter().map(|index| index.name.as_str()).collect();
            let gap = if about.is_empty() { "" } else { "; " };
            about = format!("{about}{gap}indexed by {}", names.join(", "));
        }
        lines.push(("About", about));
    } else {
        let (kind, about) = words::system(name);
        lines.push(("Type", format!("{kind}, in every row of every table")));
        lines.push(("About", about.to_owned()));
    }
    for (line, (label, text)) in (0..).zip(&lines) {
        Pen::line(buffer, pane, line).skip(1).column(label, 9, theme.muted).put(text, theme.text);
    }
}
