//! The parts of a page that lists something.

use ratatui::layout::Rect;

use crate::console::{layout::Layout, shell::Shell};

/// Rows that the list keeps before the pane below it has to go, with the lines above them.
const LIST: u16 = 8;

#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub title: Rect,
    pub heading: Rect,
    pub rows: Rect,
    /// The pane below, with the line above it; absent on a low screen.
    pub detail: Option<(u16, Rect)>,
}

impl Parts {
    /// `detail` is the height of the pane below the list; zero where there is none.
    pub fn of(area: Rect, detail: u16) -> Self {
        let wanted = if detail > 0 { detail + 1 } else { 0 };
        let pane = if area.height >= wanted + LIST { wanted } else { 0 };
        let list = Rect { height: area.height - pane, ..area };
        let line = |y: u16| {
            let height = list.height.saturating_sub(y).min(1);
            Rect { y: list.y + y.min(list.height), height, ..list }
        };
        let rows = Rect { y: list.y + 2.min(list.height), height: list.height.saturating_sub(2), ..list };
        let detail = (pane > 0).then(|| {
            let y = list.bottom();
            (y, Rect { y: y + 1, height: pane - 1, ..area })
        });
        Self { title: line(0), heading: line(1), rows, detail }
    }

    /// On the screen as it is now.
    pub fn here(shell: &Shell, detail: u16) -> Self {
        Self::of(Layout::of(shell.area).map_or(Rect::ZERO, |layout| layout.main), detail)
    }

    /// Rows that are visible.
    pub fn height(&self) -> usize {
        usize::from(self.rows.height)
    }
}
