//! A list in two parts: what the table has of its own, and what every table has.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    motion::{Cursor, Motion, window},
    page::list::view::nothing_matches,
    shell::Shell,
    widget::Pen,
};

/// Columns of the cursor's mark before the first column.
pub const MARK: u16 = 3;

/// One line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Own(&'a str),
    /// The table has none of its own.
    None,
    /// The heading of the second part.
    Apart,
    Common(&'a str),
}

#[derive(Debug, Default)]
pub struct Listed {
    pub filter: String,
    names: Vec<String>,
    /// How many of them are the table's own.
    own: usize,
    first: usize,
    cursor: Cursor<String>,
}

impl Listed {
    /// Takes over the names that pass the filter. The cursor stays on its name.
    pub fn derive<'a>(
        &mut self,
        own: impl Iterator<Item = (&'a str, String)>,
        common: impl Iterator<Item = &'a str>,
        height: usize,
    ) {
        let words: Vec<_> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let passes = |text: &str| words.iter().all(|word| text.to_lowercase().contains(word));
        self.names =
            own.filter(|(name, about)| passes(&format!("{name} {about}"))).map(|(name, _)| name.into()).collect();
        self.own = self.names.len();
        self.names.extend(common.filter(|name| passes(name)).map(str::to_owned));
        self.cursor.follow(self.names.len(), height, |row| self.names.get(row).cloned());
        self.scroll(height);
    }

    pub fn selected(&self) -> Option<&str> {
        self.cursor.key().map(String::as_str)
    }

    pub const fn len(&self) -> usize {
        self.names.len()
    }

    pub fn select(&mut self, name: &str, height: usize) {
        if let Some(row) = self.names.iter().position(|other| other == name) {
            self.go_to(row, height);
        }
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        self.go_to(motion.apply(self.cursor.position(), self.names.len(), height), height);
    }

    /// The name on that line of the screen, and whether the cursor was there already.
    pub fn click(&mut self, line: u16, height: usize) -> bool {
        let name = match self.lines().nth(self.first + usize::from(line)) {
            Some(Line::Own(name) | Line::Common(name)) => name.to_owned(),
            Some(Line::None | Line::Apart) | None => return false,
        };
        let again = self.selected() == Some(&name);
        self.select(&name, height);
        again
    }

    /// What is on the screen, each with its line.
    pub fn visible(&self, area: Rect) -> impl Iterator<Item = (Line<'_>, Rect)> {
        let line = move |y: u16| Rect { y: area.y + y, height: 1, ..area };
        self.lines().skip(self.first).zip((0..area.height).map(line))
    }

    /// What stands instead of names: the heading of the second part, or that there is none, and the
    /// command that adds one.
    pub fn between(&self, line: Line<'_>, add: &str, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let mut pen = Pen::new(buffer, area);
        match line {
            Line::Apart => {
                pen.skip(1).put("Of every table", theme.strong);
            }
            Line::None if self.filter.is_empty() => {
                pen.skip(MARK).put("none yet: ", theme.muted).put(&shell.keymap.way(add), theme.key);
                pen.put(" adds one", theme.muted);
            }
            Line::None => nothing_matches(shell, &mut pen),
            Line::Own(_) | Line::Common(_) => {}
        }
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let part = |range: Range<usize>| self.names[range].iter().map(String::as_str);
        let none = (self.own == 0).then_some(Line::None);
        let apart = (self.own < self.names.len()).then_some(Line::Apart);
        let common = part(self.own..self.names.len()).map(Line::Common);
        none.into_iter().chain(part(0..self.own).map(Line::Own)).chain(apart).chain(common)
    }

    fn go_to(&mut self, row: usize, height: usize) {
        self.cursor.go_to(row, self.names.len(), height, |row| self.names.get(row).cloned());
        self.scroll(height);
    }

    fn scroll(&mut self, height: usize) {
        let named =
            |line: Line<'_>| matches!(line, Line::Own(name) | Line::Common(name) if Some(name) == self.selected());
        let line = self.lines().position(named).unwrap_or(0);
        let first = window(self.first, line, self.lines().count(), height);
        // What stands above the first name comes with it.
        self.first = if self.cursor.position() == 0 && line < height { 0 } else { first };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(own: &[&str], filter: &str) -> Listed {
        let mut list = Listed { filter: filter.into(), ..Listed::default() };
        list.derive(own.iter().map(|name| (*name, String::new())), ["id", "createdAt"].into_iter(), 3);
        list
    }

    #[test]
    fn both_parts_are_one_list_for_the_cursor() {
        let mut list = listed(&["title", "views"], "");
        let lines: Vec<_> = list.lines().collect();
        let expected =
            [Line::Own("title"), Line::Own("views"), Line::Apart, Line::Common("id"), Line::Common("createdAt")];
        assert_eq!(lines, expected);
        list.move_by(Motion::Lines(2), 3);
        assert_eq!((list.selected(), list.first), (Some("id"), 1));
        list.move_by(Motion::First, 3);
        assert_eq!((list.selected(), list.first), (Some("title"), 0));
    }

    #[test]
    fn a_part_without_names_says_so() {
        assert_eq!(listed(&[], "").lines().next(), Some(Line::None));
        assert_eq!(listed(&["title"], "nothing like it").lines().collect::<Vec<_>>(), [Line::None]);
    }
}
