//! A row of a list on the screen.

use std::{borrow::Cow, fmt::Debug, hash::Hash};

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::column::{Column, Placed};
use crate::{
    console::{fit, shell::Shell, widget::Pen},
    domain::Timestamp,
};

/// What a row shows in each column.
pub trait Row {
    /// Tells rows apart, also after they were read again.
    type Key: Clone + Eq + Hash + Debug;
    /// Names a column.
    type Column: Copy + PartialEq + Debug + 'static;
    /// In the order of the screen; the first one is marked where the row is under the cursor.
    const COLUMNS: &'static [Column<Self::Column>];

    fn key(&self) -> &Self::Key;

    /// What stands in a column that is so wide.
    fn cell(&self, shell: &Shell, column: Self::Column, width: u16) -> Cell<'_>;
}

/// `2026-11-29`, as every minute begins.
const DATE: usize = 10;

/// What stands in one column of a row.
#[derive(Clone, Debug)]
pub struct Cell<'a> {
    text: Cow<'a, str>,
    style: Style,
    /// At the end of the column.
    end: Option<(Cow<'a, str>, Style)>,
}

impl<'a> Cell<'a> {
    pub fn new(text: impl Into<Cow<'a, str>>, style: impl Into<Style>) -> Self {
        Self { text: text.into(), style: style.into(), end: None }
    }

    /// When something was, to the minute; the date alone where the column has no room for more.
    pub fn minute(shell: &Shell, at: Timestamp, width: u16) -> Self {
        let mut text = shell.zone.minute(at);
        if usize::from(width) < text.len() {
            text.truncate(DATE);
        }
        Self::new(text, shell.theme.muted)
    }

    /// Stands at the end of the column, where there is room for both.
    #[must_use]
    pub fn end(self, text: impl Into<Cow<'a, str>>, style: impl Into<Style>) -> Self {
        Self { end: Some((text.into(), style.into())), ..self }
    }
}

/// How a row stands out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// Under the cursor.
    pub selected: bool,
    /// Among those that a command is for.
    pub marked: bool,
}

/// Draws a row on its line.
pub fn draw<T: Row>(
    shell: &Shell,
    row: &T,
    placed: &[Placed<T::Column>],
    standing: Standing,
    line: Rect,
    buffer: &mut Buffer,
) {
    let theme = &shell.theme;
    let mut pen = Pen::new(buffer, line);
    pen.put(if standing.marked { "✓" } else { " " }, theme.success);
    pen.put(if standing.selected { "▌ " } else { "  " }, theme.accent);
    for (index, placed) in placed.iter().enumerate() {
        let width = placed.area.width;
        let area = Rect { y: line.y, height: line.height, ..placed.area };
        let cell = row.cell(shell, placed.column.key, width);
        let mut pen = Pen::new(buffer, area);
        let end = cell.end.filter(|(end, _)| fit::width(&cell.text) + 1 + fit::width(end) <= width);
        if let Some((end, style)) = end {
            pen.split_right(fit::width(&end)).put(&end, style);
            // One column stays between the two.
            let _ = pen.split_right(1);
        }
        let width = pen.room();
        if index == 0 && standing.selected {
            pen.block(&cell.text, width, theme.selection.0);
        } else if placed.column.is_right() {
            pen.column_right(&cell.text, width, cell.style);
        } else {
            pen.column(&cell.text, width, cell.style);
        }
    }
}
