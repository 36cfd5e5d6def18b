//! Where the columns of the environments are: one each, as many as fit.

use ratatui::layout::{Position, Rect};

/// Columns of the words before the first environment.
pub const LABEL: u16 = 10;
/// Columns of air behind an environment.
const GAP: u16 = 2;
/// An environment takes at least and at most so many, with the air behind it.
const LEAST: u16 = 12;
const MOST: u16 = 34;

#[derive(Clone, Copy, Debug)]
pub struct Columns {
    area: Rect,
    /// How many are on the screen.
    pub shown: usize,
    each: u16,
}

impl Columns {
    /// For a list of `len` environments on a page.
    pub fn of(area: Rect, len: usize) -> Self {
        let room = area.width.saturating_sub(LABEL);
        let shown = usize::from(room / LEAST).clamp(1, len.max(1));
        let each = (room / u16::try_from(shown).unwrap_or(1)).min(MOST);
        Self { area, shown, each }
    }

    /// Columns of text.
    pub const fn width(&self) -> u16 {
        self.each.saturating_sub(GAP)
    }

    /// The place of a column on a line of the page.
    pub fn at(&self, column: usize, line: u16) -> Rect {
        let before = u16::try_from(column).unwrap_or(u16::MAX).saturating_mul(self.each);
        let x = self.area.x.saturating_add(LABEL).saturating_add(before);
        let y = self.area.y.saturating_add(line);
        Rect { x, y, width: self.width(), height: 1 }.intersection(self.area)
    }

    /// The column under the mouse.
    pub fn under(&self, position: Position) -> Option<usize> {
        let into = position.x.checked_sub(self.area.x + LABEL)?;
        let column = usize::from(into / self.each.max(1));
        (self.area.contains(position) && column < self.shown).then_some(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_environments_fit_beside_the_sidebar_of_eighty_columns() {
        let columns = Columns::of(Rect::new(17, 3, 62, 19), 10_000);
        assert_eq!((columns.shown, columns.width()), (4, 11));
        assert!(columns.at(3, 0).right() <= 79);
    }

    #[test]
    fn columns_and_the_mouse_agree() {
        let columns = Columns::of(Rect::new(17, 3, 62, 19), 3);
        for column in 0..3 {
            let place = columns.at(column, 5);
            assert_eq!(columns.under(Position { x: place.x, y: place.y }), Some(column));
        }
        assert_eq!(columns.under(Position { x: 18, y: 5 }), None);
    }

    #[test]
    fn one_environment_does_not_take_the_whole_of_a_large_screen() {
        assert_eq!(Columns::of(Rect::new(0, 0, 300, 50), 1).width(), 32);
    }
}
