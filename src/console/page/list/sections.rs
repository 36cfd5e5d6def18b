//! The lines of a list whose rows stand in sections.

use super::{Listed, Row};
use crate::console::{motion::window, shell::Shell, widget::Pen};

/// Columns before what is said in a section.
const INSET: u16 = 3;

/// A part of a list with a line of its own above its rows.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub name: &'static str,
    /// What its rows have in common.
    pub about: &'static str,
    /// Where it has none: the command that makes one, and what that does.
    pub none: (&'static str, &'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A section, by its place, with the number of its rows.
    Section(usize, usize),
    /// A row, by its place among all rows.
    Row(usize),
    /// A section without rows.
    None(usize),
    Space,
}

/// The lines of rows that are sorted by section; `section_of` says which one each row is in.
pub fn lines<T: Listed>(rows: &[&T]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(rows.len() + 3 * T::SECTIONS.len());
    for section in 0..T::SECTIONS.len() {
        if section > 0 {
            lines.push(Line::Space);
        }
        let within = || (0..rows.len()).filter(|row| rows[*row].section() == section);
        lines.push(Line::Section(section, within().count()));
        let start = lines.len();
        lines.extend(within().map(Line::Row));
        if lines.len() == start {
            lines.push(Line::None(section));
        }
    }
    lines
}

/// The first visible line, so that the row is visible; with the first one of a section comes its
/// heading.
pub fn scroll(first: usize, row: Option<usize>, lines: &[Line], height: usize) -> usize {
    let Some(line) = row.and_then(|row| lines.iter().position(|line| *line == Line::Row(row))) else { return 0 };
    let above = line.saturating_sub(1);
    let first = window(first, line, lines.len(), height);
    let heads = matches!(lines.get(above), Some(Line::Section(..))) && height > 1;
    if heads { first.min(above) } else { first }
}

/// The first row of the section after the one that holds the row, round to the first.
pub fn next(row: usize, lines: &[Line]) -> Option<usize> {
    let starts: Vec<usize> = lines
        .windows(2)
        .filter_map(|pair| match pair {
            [Line::Section(..), Line::Row(row)] => Some(*row),
            _ => None,
        })
        .collect();
    starts.iter().find(|start| **start > row).or(starts.first()).copied()
}

/// Writes a line that is no row.
pub fn draw<T: Listed + Row>(shell: &Shell, line: Line, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    match line {
        Line::Section(section, count) => {
            let section = &T::SECTIONS[section];
            pen.skip(1).put(section.name, theme.strong).skip(1).put(&count.to_string(), theme.muted);
            pen.skip(2).put_whole(section.about, theme.muted);
        }
        Line::None(section) => {
            let (command, does) = T::SECTIONS[section].none;
            pen.skip(INSET).put("none yet: ", theme.muted).put(&shell.keymap.way(command), theme.key);
            pen.put(" ", theme.muted).put(does, theme.muted);
        }
        Line::Row(_) | Line::Space => {}
    }
}
