//! Where everything is: computed from the size alone, shared by drawing, mouse and page sizes.

use ratatui::layout::Rect;

/// Below this the sidebar gives way to the page's name in the header.
const SIDEBAR_FROM: u16 = 70;
const SIDEBAR: u16 = 15;
/// Below this nothing is drawn but how much room is needed.
pub const LEAST: (u16, u16) = (40, 10);

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub header: Rect,
    pub tabs: Rect,
    /// The lines around sidebar and main part.
    pub frame: Rect,
    /// Inside the lines; absent where it gave way.
    pub sidebar: Option<Rect>,
    /// Inside the lines: where the page is drawn.
    pub main: Rect,
    /// Where modals are drawn: the header goes on saying how the connection is, and the footer which
    /// keys work.
    pub modals: Rect,
    pub footer: Rect,
}

impl Layout {
    /// `None` when the screen is too small to work on.
    pub fn of(area: Rect) -> Option<Self> {
        if area.width < LEAST.0 || area.height < LEAST.1 {
            return None;
        }
        let line = |y| Rect { y, height: 1, ..area };
        let frame = Rect { y: area.y + 2, height: area.height - 3, ..area };
        let inside = Rect { x: frame.x + 1, y: frame.y + 1, width: frame.width - 2, height: frame.height - 2 };
        let with_sidebar = area.width >= SIDEBAR_FROM;
        let sidebar = with_sidebar.then_some(Rect { width: SIDEBAR, ..inside });
        let taken = if with_sidebar { SIDEBAR + 1 } else { 0 };
        let main = Rect { x: inside.x + taken, width: inside.width - taken, ..inside };
        Some(Self {
            header: line(area.y),
            tabs: line(area.y + 1),
            frame,
            sidebar,
            main,
            modals: Rect { y: area.y + 1, height: area.height - 2, ..area },
            footer: line(area.bottom() - 1),
        })
    }
}

/// The line of the sidebar that holds the page at that place in the list.
pub fn sidebar_line(sidebar: Rect, index: usize) -> Rect {
    let line = u16::try_from(index).unwrap_or(u16::MAX);
    let height = sidebar.height.saturating_sub(line).min(1);
    Rect { y: sidebar.y.saturating_add(line), height, ..sidebar }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_lies_on_the_screen_at_every_size() {
        for width in 0..=300 {
            for height in 0..=100 {
                let area = Rect::new(0, 0, width, height);
                let Some(layout) = Layout::of(area) else {
                    assert!(width < LEAST.0 || height < LEAST.1);
                    continue;
                };
                for part in [layout.header, layout.tabs, layout.frame, layout.main, layout.modals, layout.footer] {
                    assert_eq!(part.intersection(area), part, "{width}x{height}");
                    assert!(!part.is_empty());
                }
                assert_eq!(layout.sidebar.is_some(), width >= SIDEBAR_FROM);
            }
        }
    }
}
