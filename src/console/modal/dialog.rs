//! The box that modals are drawn in.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    widgets::{Clear, Widget},
};

use crate::console::{fit, theme::Theme, widget::Pen};

/// Where a box with that much room inside lies: in the middle, a little above it, and never
/// beyond the screen.
pub fn place(screen: Rect, width: u16, height: u16) -> Rect {
    let width = width.saturating_add(4).min(screen.width);
    let height = height.saturating_add(2).min(screen.height);
    let free = screen.height - height;
    Rect { x: screen.x + (screen.width - width) / 2, y: screen.y + free * 2 / 5, width, height }
}

/// The room inside a box: a border and one column of air.
pub fn inside(outer: Rect) -> Rect {
    Rect {
        x: outer.x + 2.min(outer.width),
        y: outer.y + 1.min(outer.height),
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    }
}

/// Draws the box with its title and returns the room inside.
pub fn open(frame: &mut Frame<'_>, theme: &Theme, outer: Rect, title: &str) -> Rect {
    let buffer = frame.buffer_mut();
    let outer = outer.intersection(buffer.area);
    cover(outer, buffer);
    border(buffer, outer, theme.accent.0);
    let top = Rect { x: outer.x + 2.min(outer.width), width: outer.width.saturating_sub(4), ..outer };
    Pen::new(buffer, top).put(" ", theme.accent).put(title, theme.strong).put(" ", theme.accent);
    inside(outer)
}

/// Says on the lower border which lines of how many are visible, where not all of them are.
pub fn extent(buffer: &mut Buffer, theme: &Theme, outer: Rect, extent: Option<String>) {
    let Some(extent) = extent.filter(|extent| outer.width > fit::width(extent) + 4) else { return };
    let x = outer.right() - fit::width(&extent) - 4;
    let line = Rect { x, y: outer.bottom().saturating_sub(1), width: outer.right() - x, height: 1 };
    Pen::new(buffer, line).put(" ", theme.accent).put(&extent, theme.muted).put(" ", theme.accent);
}

/// Writes a note below a field, broken to the room there is.
pub fn note(buffer: &mut Buffer, area: Rect, text: &str, style: impl Into<Style> + Copy) {
    for (line, text) in (0..area.height).zip(fit::wrap(text, area.width)) {
        Pen::line(buffer, area, line).put(&text, style);
    }
}

/// Lines of a note beyond its first, in a box of that width.
pub fn extra_lines(text: &str, screen: Rect, width: u16, label: u16) -> u16 {
    let room = inside(place(screen, width, 0)).width.saturating_sub(label);
    u16::try_from(fit::wrap(text, room).len()).unwrap_or(u16::MAX).saturating_sub(1)
}

/// Whether the position lies outside the box: clicking there closes most modals.
pub const fn is_outside(outer: Rect, position: Position) -> bool {
    !outer.contains(position)
}

/// Blanks the area. A wide character that reaches into it from the left would be cut in half, so
/// it goes as a whole.
fn cover(area: Rect, buffer: &mut Buffer) {
    if area.x > 0 {
        for y in area.top()..area.bottom() {
            if let Some(cell) = buffer.cell_mut((area.x - 1, y))
                && fit::width(cell.symbol()) > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
    Clear.render(area, buffer);
}

/// A frame of light lines.
pub fn border(buffer: &mut Buffer, area: Rect, style: Style) {
    if area.width < 2 || area.height < 2 {
        return;
    }
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    for x in area.x + 1..right {
        buffer[(x, area.y)].set_symbol("─").set_style(style);
        buffer[(x, bottom)].set_symbol("─").set_style(style);
    }
    for y in area.y + 1..bottom {
        buffer[(area.x, y)].set_symbol("│").set_style(style);
        buffer[(right, y)].set_symbol("│").set_style(style);
    }
    for (x, y, corner) in [(area.x, area.y, "┌"), (right, area.y, "┐"), (area.x, bottom, "└"), (right, bottom, "┘")]
    {
        buffer[(x, y)].set_symbol(corner).set_style(style);
    }
}
