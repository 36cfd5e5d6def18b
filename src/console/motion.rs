//! Moving in a list: the cursor follows its row by identity, the window follows the cursor.

/// One movement, as the navigation commands name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    Lines(isize),
    HalfPages(isize),
    Pages(isize),
    First,
    Last,
}

impl Motion {
    /// The position after the movement in a list of `len` rows of which `page` are visible.
    pub fn apply(self, position: usize, len: usize, page: usize) -> usize {
        let last = len.saturating_sub(1);
        let page = page.max(1).cast_signed();
        let by = |steps: isize| position.saturating_add_signed(steps).min(last);
        match self {
            Self::Lines(lines) => by(lines),
            Self::HalfPages(halves) => by(halves * (page / 2).max(1)),
            Self::Pages(pages) => by(pages * (page - 1).max(1)),
            Self::First => 0,
            Self::Last => last,
        }
    }
}

/// The first visible row, so that `position` is visible and the window is full where it can be.
pub fn window(first: usize, position: usize, len: usize, page: usize) -> usize {
    if page == 0 {
        return position;
    }
    let first = first.min(len.saturating_sub(page));
    if position < first {
        position
    } else if position >= first + page {
        position + 1 - page
    } else {
        first
    }
}

/// A cursor that stays on its row while rows come and go.
#[derive(Clone, Debug)]
pub struct Cursor<K> {
    key: Option<K>,
    position: usize,
    first: usize,
    /// The row it is to come back to, once that is in the list.
    awaited: Option<K>,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { key: None, position: 0, first: 0, awaited: None }
    }
}

impl<K: PartialEq> Cursor<K> {
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The first visible row.
    pub const fn first(&self) -> usize {
        self.first
    }

    pub const fn key(&self) -> Option<&K> {
        self.key.as_ref()
    }

    /// The row that it is on, or comes back to.
    pub fn sought(&self) -> Option<&K> {
        self.awaited.as_ref().or(self.key.as_ref())
    }

    /// Comes back to that row as soon as it is in the list, unless it is moved before.
    pub fn await_row(&mut self, key: K) {
        self.awaited = Some(key);
    }

    /// Moves, and remembers which row it came to.
    pub fn move_by(&mut self, motion: Motion, len: usize, page: usize, key_at: impl Fn(usize) -> Option<K>) {
        self.awaited = None;
        self.go_to(motion.apply(self.position, len, page), len, page, key_at);
    }

    pub fn go_to(&mut self, position: usize, len: usize, page: usize, key_at: impl Fn(usize) -> Option<K>) {
        self.position = position.min(len.saturating_sub(1));
        self.key = key_at(self.position);
        self.first = window(self.first, self.position, len, page);
    }

    /// For a row that is chosen elsewhere: stands on it, or on none while it is not in the list.
    pub fn stand_on(&mut self, position: Option<usize>, len: usize, page: usize, key_at: impl Fn(usize) -> Option<K>) {
        match position {
            Some(position) => self.go_to(position, len, page, key_at),
            None => self.go_to(self.first, len, page, |_| None),
        }
    }

    /// The list changed: finds its row again, or stays with the neighbour of the one that
    /// vanished.
    pub fn follow(&mut self, len: usize, page: usize, key_at: impl Fn(usize) -> Option<K>) {
        let awaited = |position: &usize| self.awaited.is_some() && key_at(*position) == self.awaited;
        if let Some(position) = (0..len).find(awaited) {
            self.awaited = None;
            self.go_to(position, len, page, key_at);
            return;
        }
        let same = |position: usize| self.key.is_some() && key_at(position) == self.key;
        let position = if same(self.position) { Some(self.position) } else { (0..len).find(|i| same(*i)) };
        self.go_to(position.unwrap_or(self.position), len, page, key_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn movements_stay_inside_the_list() {
        assert_eq!(Motion::Lines(-1).apply(0, 5, 3), 0);
        assert_eq!(Motion::Lines(9).apply(3, 5, 3), 4);
        assert_eq!(Motion::Last.apply(0, 0, 3), 0);
        assert_eq!(Motion::HalfPages(1).apply(0, 100, 20), 10);
        assert_eq!(Motion::Pages(-1).apply(50, 100, 20), 31);
    }

    #[test]
    fn the_window_moves_as_little_as_it_can() {
        assert_eq!(window(0, 9, 100, 10), 0);
        assert_eq!(window(0, 10, 100, 10), 1);
        assert_eq!(window(50, 20, 100, 10), 20);
        assert_eq!(window(95, 99, 100, 10), 90);
        assert_eq!(window(3, 2, 4, 10), 0);
    }

    #[test]
    fn the_cursor_follows_its_row_and_falls_back_to_the_neighbour() {
        let mut cursor = Cursor::default();
        let at = |rows: &'static [&'static str]| move |i: usize| rows.get(i).copied();
        cursor.go_to(2, 4, 10, at(&["a", "b", "c", "d"]));
        cursor.follow(5, 10, at(&["x", "a", "b", "c", "d"]));
        assert_eq!((cursor.position(), cursor.key()), (3, Some(&"c")));
        cursor.follow(4, 10, at(&["x", "a", "b", "d"]));
        assert_eq!((cursor.position(), cursor.key()), (3, Some(&"d")));
        cursor.follow(0, 10, at(&[]));
        assert_eq!((cursor.position(), cursor.key()), (0, None));
    }

    #[test]
    fn the_cursor_comes_back_to_a_row_that_is_read_later() {
        let at = |rows: &'static [&'static str]| move |i: usize| rows.get(i).copied();
        let mut cursor = Cursor::default();
        cursor.await_row("c");
        cursor.follow(0, 10, at(&[]));
        cursor.follow(2, 10, at(&["a", "b"]));
        assert_eq!(cursor.key(), Some(&"a"));
        cursor.follow(3, 10, at(&["a", "b", "c"]));
        assert_eq!(cursor.key(), Some(&"c"));
        cursor.await_row("a");
        cursor.move_by(Motion::Lines(-1), 3, 10, at(&["a", "b", "c"]));
        cursor.follow(3, 10, at(&["a", "b", "c"]));
        assert_eq!(cursor.key(), Some(&"b"), "a movement is newer");
    }
}
