//! The tabs of an open table.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{fit, layout::Layout, page::list::Parts, shell::Shell, widget::Pen};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Data,
    Schema,
    Indexes,
    Permissions,
    Api,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Data, Self::Schema, Self::Indexes, Self::Permissions, Self::Api];

    const fn title(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Schema => "Schema",
            Self::Indexes => "Indexes",
            Self::Permissions => "Permissions",
            Self::Api => "API",
        }
    }

    /// The tab that many steps further, past the ends to the other side.
    #[must_use]
    pub fn turned(self, steps: isize) -> Self {
        let place = (self as usize).cast_signed().saturating_add(steps).rem_euclid(Self::ALL.len().cast_signed());
        Self::ALL[place.cast_unsigned()]
    }

    /// The tab whose title is at that place of the bar.
    pub fn at(line: Rect, x: u16) -> Option<Self> {
        places(line).find(|(_, area)| (area.left()..area.right()).contains(&x)).map(|(tab, _)| tab)
    }
}

/// The bar, below the title, and the parts of a table's rows with it.
pub fn parts(area: Rect) -> (Rect, Parts) {
    let above = 1.min(area.height);
    let below = Rect { y: area.y + above, height: area.height - above, ..area };
    let parts = Parts::of(below, 0);
    (parts.title, Parts { title: Rect { height: above, ..area }, ..parts })
}

/// The parts of a table's rows on the screen as it is now.
pub fn parts_here(shell: &Shell) -> Parts {
    parts(Layout::of(shell.area).map_or(Rect::ZERO, |layout| layout.main)).1
}

/// Draws the bar. `unsaved` tabs hold changes that the server does not know.
pub fn view(selected: Tab, unsaved: Option<Tab>, shell: &Shell, line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut end = line.x;
    for (tab, area) in places(line) {
        end = area.right();
        let mark = if unsaved == Some(tab) { "*" } else { "" };
        let mut pen = Pen::new(buffer, area);
        if tab == selected {
            pen.put("▏", theme.accent)
                .put(tab.title(), theme.selection)
                .put(mark, theme.warning)
                .put("▕", theme.accent);
        } else {
            pen.skip(1).put(tab.title(), theme.text).put(mark, theme.warning);
        }
    }
    let keymap = &shell.keymap;
    let turn = format!("{} {}", keymap.way("tab-previous"), keymap.way("tab-next"));
    let out = if shell.trail.leads_back() { " back " } else { " tables " };
    let hint = [(turn, " tabs  "), (keymap.way("back"), out)];
    let width = hint.iter().map(|(key, text)| fit::width(key) + fit::width(text)).sum::<u16>();
    if line.right().saturating_sub(end) > width {
        let mut pen = Pen::new(buffer, Rect { x: line.right() - width, width, ..line });
        for (key, text) in hint {
            pen.put(&key, theme.key).put(text, theme.muted);
        }
    }
}

/// Where each title is, with the room for its marks.
fn places(line: Rect) -> impl Iterator<Item = (Tab, Rect)> {
    // On the narrowest screen a title has only the mark before it.
    let (marks, gap) = if line.width >= 46 { (2, 1) } else { (1, 0) };
    let mut x = line.x;
    Tab::ALL.into_iter().map(move |tab| {
        let width = fit::width(tab.title()) + marks;
        let area = Rect { x, width, ..line }.intersection(line);
        x = x.saturating_add(width + gap);
        (tab, area)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_goes_past_the_ends() {
        assert_eq!(Tab::Data.turned(-1), Tab::Api);
        assert_eq!(Tab::Api.turned(1), Tab::Data);
        assert_eq!(Tab::Schema.turned(1), Tab::Indexes);
    }

    #[test]
    fn a_click_finds_the_tab_also_on_the_narrowest_screen() {
        for width in [38, 58, 124] {
            let line = Rect::new(1, 3, width, 1);
            let found: Vec<_> = places(line).filter_map(|(_, area)| Tab::at(line, area.x + 1)).collect();
            assert_eq!(found.len(), 5, "{width}");
            assert_eq!(found, Tab::ALL);
        }
    }
}
