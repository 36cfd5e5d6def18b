//! The Indexes tab: those that were declared, and those that every table has.

use ratatui::buffer::Buffer;

use super::{
    Parts,
    listed::{Line, Listed, MARK},
    words,
};
use crate::{
    console::{fit, shell::Shell, widget::Pen},
    domain::{api::Table, table::Index},
};

const GAP: u16 = 2;

pub fn derive(list: &mut Listed, table: &Table, height: usize) {
    let about = |index: &Index| format!("{} {}", words::fields(index), words::flags(index));
    let own = declared(table).map(|index| (index.name.as_str(), about(index)));
    let common = Index::built_in();
    list.derive(own, common.iter().map(|index| index.name.as_str()), height);
}

/// The table's own; the server names those of every table among them.
pub fn declared(table: &Table) -> impl Iterator<Item = &Index> {
    table.indexes.iter().filter(|index| !is_built_in(&index.name))
}

pub fn is_built_in(name: &str) -> bool {
    Index::built_in().iter().any(|index| index.name == name)
}

/// `2 indexes`.
pub fn count(list: &Listed, table: &Table) -> String {
    let count = declared(table).count();
    match (list.filter.is_empty(), count) {
        (false, _) => format!("{} shown", list.len()),
        (true, 1) => "1 index".into(),
        (true, count) => format!("{count} indexes"),
    }
}

pub fn view(list: &Listed, shell: &Shell, table: &Table, parts: &Parts, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let widths = widths(table, parts.heading.width);
    let mut pen = Pen::new(buffer, parts.heading);
    pen.skip(MARK);
    for (title, width) in ["NAME", "COLUMNS", "KIND", "STATE"].into_iter().zip(widths) {
        if width > 0 {
            pen.block(title, width, theme.heading).skip(GAP);
        }
    }
    let built_in = Index::built_in();
    for (line, area) in list.visible(parts.rows) {
        let (index, is_common) = match line {
            Line::Own(name) => (table.indexes.iter().find(|index| index.name == name), false),
            Line::Common(name) => (built_in.iter().find(|index| index.name == name), true),
            Line::None | Line::Apart => {
                list.between(line, "index-add", shell, area, buffer);
                continue;
            }
        };
        let Some(index) = index else { continue };
        let selected = list.selected() == Some(&index.name);
        let text = if is_common { theme.muted } else { theme.text };
        let mut pen = Pen::new(buffer, area);
        pen.put(if selected { " ▌ " } else { "   " }, theme.accent);
        if selected {
            pen.block(&index.name, widths[0], theme.selection.0);
        } else {
            pen.column(&index.name, widths[0], text);
        }
        pen.skip(GAP).column(&words::fields(index), widths[1], text).skip(GAP);
        pen.column(&words::flags(index), widths[2], text).skip(GAP);
        // An index is there when the request that asks for it is answered.
        if widths[3] > 0 {
            pen.column("● ready", widths[3], if is_common { theme.muted } else { theme.success });
        }
    }
}

fn widths(table: &Table, width: u16) -> [u16; 4] {
    let longest = table.indexes.iter().map(|index| fit::width(&index.name)).max().unwrap_or(0);
    let name = longest.clamp(18, if width >= 90 { 36 } else { 22 });
    let flags = 14;
    let state = if width >= 72 { 8 } else { 0 };
    let gaps = 2 * GAP + if state > 0 { GAP } else { 0 };
    [name, width.saturating_sub(MARK + name + flags + state + gaps), flags, state]
}
