//! Drawing the whole screen. Nothing here changes anything.

pub mod footer;
pub mod frame;
pub mod header;
pub mod sidebar;
pub mod tabs;
pub mod toasts;

use ratatui::{Frame, layout::Rect};

use super::{
    layout::{LEAST, Layout},
    state::State,
    widget::Pen,
};

pub fn view(state: &State, screen: &mut Frame<'_>) {
    let area = screen.area();
    let shell = &state.shell;
    let Some(layout) = Layout::of(area) else {
        too_small(state, screen, area);
        return;
    };
    let buffer = screen.buffer_mut();
    header::view(shell, layout.header, buffer);
    tabs::view(shell, layout.tabs, buffer);
    frame::view(shell, &layout, buffer);
    if let Some(sidebar) = layout.sidebar {
        sidebar::view(state, sidebar, buffer);
    }
    state.page().view(shell, layout.main, buffer);
    toasts::view(shell, &layout, buffer);
    for modal in &shell.modals {
        modal.view(shell, layout.modals, screen);
    }
    footer::view(state, layout.footer, screen);
}

fn too_small(state: &State, screen: &mut Frame<'_>, area: Rect) {
    let theme = &state.shell.theme;
    let lines = [
        format!("needs {}x{}", LEAST.0, LEAST.1),
        format!("has {}x{}", area.width, area.height),
        format!("{} quits", state.shell.keymap.way("quit")),
    ];
    let top = area.height.saturating_sub(3) / 2;
    for (line, text) in (top..).zip(&lines) {
        let inset = area.width.saturating_sub(super::fit::width(text)) / 2;
        Pen::line(screen.buffer_mut(), area, line).skip(inset).put(text, theme.warning);
    }
}
