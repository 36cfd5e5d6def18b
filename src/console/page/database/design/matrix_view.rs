//! The matrix on the screen, with what it means beneath.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::matrix::{Cell, GROUPS, Matrix, OPERATIONS, fixed, saved, sentences};
use crate::{
    console::{fit, shell::Shell, widget::Pen},
    domain::api::Table,
};

/// Columns of a group's name with the cursor's mark before it.
const GROUP: u16 = 10;
const CELL: u16 = 8;
const WIDE_CELL: u16 = 11;

pub fn view(matrix: &Matrix, shell: &Shell, table: &Table, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let width = cell_width(area);
    let mut pen = Pen::line(buffer, area, 0);
    pen.skip(3).block("", GROUP - 4, theme.heading).skip(1);
    for operation in OPERATIONS {
        pen.block(operation.as_str(), width.saturating_sub(1), theme.heading).skip(1);
    }
    let draft = matrix.draft(table);
    let before = saved(table);
    for (group, name) in GROUPS.iter().enumerate() {
        let line = u16::try_from(group).unwrap_or(0) + 1;
        let on_line = matrix.cursor().0 == group;
        let mut pen = Pen::line(buffer, area, line);
        pen.put(if on_line { " ▌ " } else { "   " }, theme.accent);
        pen.column(name, GROUP - 3, if on_line { theme.strong } else { theme.text });
        for operation in 0..OPERATIONS.len() {
            let cell = (group, operation);
            let allowed = draft[group][operation];
            let mark = match (fixed(cell).is_some(), allowed) {
                (true, false) => "·",
                (_, true) => "✓",
                (_, false) => "✗",
            };
            let changed = if before[group][operation] == allowed { " " } else { "*" };
            let style = match (fixed(cell).is_some(), matrix.is_changed(cell), allowed) {
                (true, ..) => theme.muted,
                (_, true, _) => theme.warning,
                (_, _, true) => theme.success,
                (_, _, false) => theme.muted,
            };
            let text = format!("{mark}{changed}");
            if matrix.cursor() == cell {
                pen.put("▐", theme.accent)
                    .put(&text, theme.selection)
                    .put("▌", theme.accent)
                    .skip(width.saturating_sub(4));
            } else {
                pen.skip(1).put(&text, style).skip(width.saturating_sub(3));
            }
        }
    }
    said(matrix, shell, table, area, buffer);
}

/// What it means, what is not saved, and whose matrix it is.
fn said(matrix: &Matrix, shell: &Shell, table: &Table, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut line = 6;
    let room = area.width.saturating_sub(4);
    if matrix.has_changes() {
        let count = u64::try_from(matrix.changes().len()).unwrap_or(u64::MAX);
        let mut pen = Pen::line(buffer, area, line);
        pen.skip(3).put(&format!("{} not saved: ", fit::count(count, "change")), theme.warning);
        pen.put(&shell.keymap.way("permissions-save"), theme.key).put(" saves, and then:", theme.muted);
    } else if table.permissions.is_none() {
        let text = "The default matrix, as long as none is saved.";
        Pen::line(buffer, area, line).skip(3).put(text, theme.muted);
    } else {
        let mut pen = Pen::line(buffer, area, line);
        pen.skip(3).put("This table's own matrix: ", theme.muted);
        pen.put(&shell.keymap.way("permissions-reset"), theme.key).put(" goes back to the default.", theme.muted);
    }
    line += 1;
    for sentence in sentences(&matrix.draft(table)) {
        for text in fit::wrap(&sentence, room) {
            Pen::line(buffer, area, line).skip(3).put(&text, theme.text);
            line += 1;
        }
    }
    Pen::line(buffer, area, line).skip(3).put("Secret keys and admins pass every permission.", theme.muted);
}

pub fn cell_at(area: Rect, position: Position) -> Option<Cell> {
    let group = usize::from(position.y.checked_sub(area.y + 1)?);
    let operation = usize::from(position.x.checked_sub(area.x + GROUP)? / cell_width(area));
    (group < GROUPS.len() && operation < OPERATIONS.len()).then_some((group, operation))
}

fn cell_width(area: Rect) -> u16 {
    if area.width >= GROUP + 5 * WIDE_CELL { WIDE_CELL } else { CELL.min(area.width.saturating_sub(GROUP) / 5) }
}
