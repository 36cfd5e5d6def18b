//! The lines around sidebar and page.

use ratatui::buffer::Buffer;

use crate::console::{layout::Layout, modal::dialog, shell::Shell};

pub fn view(shell: &Shell, layout: &Layout, buffer: &mut Buffer) {
    let style = shell.theme.border.0;
    dialog::border(buffer, layout.frame, style);
    if layout.sidebar.is_none() {
        return;
    }
    let x = layout.main.x - 1;
    for y in layout.main.top()..layout.main.bottom() {
        buffer[(x, y)].set_symbol("│").set_style(style);
    }
    buffer[(x, layout.frame.top())].set_symbol("┬").set_style(style);
    buffer[(x, layout.frame.bottom() - 1)].set_symbol("┴").set_style(style);
}

/// A line across the page's area at that height, joined to the lines beside it, with a title.
pub fn rule(shell: &Shell, area: ratatui::layout::Rect, y: u16, title: &str, buffer: &mut Buffer) {
    let style = shell.theme.border.0;
    if y < area.top() || y >= area.bottom() || area.width == 0 {
        return;
    }
    for x in area.left()..area.right() {
        buffer[(x, y)].set_symbol("─").set_style(style);
    }
    if let Some(left) = area.x.checked_sub(1) {
        buffer[(left, y)].set_symbol("├").set_style(style);
    }
    if area.right() < buffer.area.right() {
        buffer[(area.right(), y)].set_symbol("┤").set_style(style);
    }
    if !title.is_empty() {
        let line = ratatui::layout::Rect { x: area.x + 1, y, width: area.width.saturating_sub(2), height: 1 };
        crate::console::widget::Pen::new(buffer, line).put(" ", style).put(title, shell.theme.strong).put(" ", style);
    }
}
