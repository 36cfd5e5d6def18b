//! The pages by their names, with what the selected environment holds of each.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{fit, layout::sidebar_line, page::PageId, shell::Focus, state::State, widget::Pen};

pub fn view(state: &State, area: Rect, buffer: &mut Buffer) {
    let shell = &state.shell;
    let theme = &shell.theme;
    for (index, page) in PageId::ALL.into_iter().enumerate() {
        let selected = page == shell.page;
        let mut pen = Pen::new(buffer, sidebar_line(area, index));
        if let Some(count) = state.pages.get(page).count(shell) {
            let text = format!("{} ", short(count));
            pen.split_right(fit::width(&text)).put(&text, theme.muted);
        }
        let mark = match (selected, shell.focus) {
            (true, Focus::Sidebar) => "▌",
            (true, Focus::Main) => "▏",
            (false, _) => " ",
        };
        pen.put(mark, theme.accent);
        let room = pen.room();
        match (selected, shell.focus) {
            (true, Focus::Sidebar) => pen.block(page.title(), room, theme.selection.0),
            (true, Focus::Main) => pen.put(page.title(), theme.strong),
            (false, _) => pen.put(page.title(), theme.text),
        };
    }
}

/// A count in at most four columns.
fn short(count: u64) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..1_000_000 => format!("{}k", count / 1000),
        _ => format!("{}M", count / 1_000_000),
    }
}
