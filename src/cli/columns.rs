//! The columns of a table on a terminal: what matters least is shortened, then left out, so that no
//! line breaks. Files and programs get everything.

use std::{io::IsTerminal, os::fd::AsFd};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Nothing is shortened below this.
const LEAST: usize = 6;
/// Columns of the terminal between two columns of the table.
pub const GAP: usize = 2;

#[derive(Clone, Copy, Debug)]
pub struct Heading<'a> {
    pub title: &'a str,
    /// Its text may be shortened to so much.
    least: Option<usize>,
    /// Where that does not suffice, the highest goes first; zero stays.
    drop: u8,
}

impl<'a> Heading<'a> {
    pub const fn new(title: &'a str) -> Self {
        Self { title, least: None, drop: 0 }
    }

    /// Its text is shortened where there is no room, but not below that.
    #[must_use]
    pub const fn cut(self, least: usize) -> Self {
        Self { least: Some(least), ..self }
    }

    /// It is left out where there is no room: the highest number first.
    #[must_use]
    pub const fn drop(self, priority: u8) -> Self {
        Self { drop: priority, ..self }
    }
}

/// How wide what is written goes to, where that is a terminal.
pub fn of(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    let size = stream.is_terminal().then(|| rustix::termios::tcgetwinsize(stream).ok()).flatten()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// The width of each column, given that of its widest text; `None` for one that is left out.
pub fn fit(columns: &[Heading<'_>], widest: &[usize], room: usize) -> Vec<Option<usize>> {
    let least = |place: usize| columns[place].least.map_or(widest[place], |least| least.min(widest[place]));
    let mut widths: Vec<Option<usize>> = (0..columns.len()).map(|place| Some(least(place))).collect();
    while taken(&widths) > room {
        let droppable = (0..columns.len()).filter(|place| widths[*place].is_some() && columns[*place].drop > 0);
        let Some(place) = droppable.max_by_key(|place| columns[*place].drop) else { break };
        widths[place] = None;
    }
    // What nobody may do without is shortened last: a line that breaks is worse.
    while taken(&widths) > room {
        let Some(widest) = widths.iter_mut().flatten().max().filter(|width| **width > LEAST) else { break };
        *widest -= 1;
    }
    // What is left goes to what was shortened most.
    let mut left = room.saturating_sub(taken(&widths));
    while left > 0 {
        let short = (0..columns.len()).filter(|place| widths[*place].is_some_and(|width| width < widest[*place]));
        let Some(place) = short.min_by_key(|place| widths[*place]) else { break };
        widths[place] = widths[place].map(|width| width + 1);
        left -= 1;
    }
    widths
}

/// What a line of these widths takes; empty columns at its end take nothing.
fn taken(widths: &[Option<usize>]) -> usize {
    let shown: Vec<_> = widths.iter().flatten().collect();
    let end = shown.iter().rposition(|width| **width > 0).map_or(0, |last| last + 1);
    shown[..end].iter().map(|width| **width + GAP).sum::<usize>().saturating_sub(GAP)
}

/// The text, with an ellipsis where it is wider than that.
pub fn shortened(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let mut columns = 0;
    let fits = |c: &char| {
        columns += c.width().unwrap_or(0);
        columns < most
    };
    text.chars().take_while(fits).chain(['…'].into_iter().take(most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Heading<'_>; 4] = [
        Heading::new("NAME"),
        Heading::new("STATUS"),
        Heading::new("CREATED").drop(2),
        Heading::new("NOTE").cut(8).drop(1),
    ];

    fn at(room: usize) -> [Option<usize>; 4] {
        fit(&COLUMNS, &[10, 6, 16, 30], room).try_into().expect("four")
    }

    #[test]
    fn columns_are_shortened_before_they_are_left_out() {
        assert_eq!(at(100), [Some(10), Some(6), Some(16), Some(30)]);
        assert_eq!(at(60), [Some(10), Some(6), Some(16), Some(22)]);
        assert_eq!(at(46), [Some(10), Some(6), Some(16), Some(8)]);
        assert_eq!(at(45), [Some(10), Some(6), None, Some(25)]);
        assert_eq!(at(20), [Some(10), Some(6), None, None]);
        assert_eq!(at(15), [Some(7), Some(6), None, None], "a name is shortened last");
        assert_eq!(at(5), [Some(6), Some(6), None, None]);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for room in 14..120 {
            assert!(taken(&at(room)) <= room, "{room}");
        }
    }

    #[test]
    fn a_wide_character_is_never_cut_in_half() {
        assert_eq!(shortened("staging", 7), "staging");
        assert_eq!(shortened("staging", 4), "sta…");
        assert_eq!(shortened("日本語", 5), "日本…");
        assert_eq!(shortened("日本語", 4), "日…");
        assert_eq!(shortened("staging", 0), "");
    }
}
