//! What is around the rows of a list: title, heading, and what is said where there is nothing.

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Position};

use super::{
    all::{List, Listed},
    column::{Order, Placed},
    parts::Parts,
};
use crate::{
    console::{
        fit,
        page::{
            absence,
            title::{Button, Title},
        },
        remote::Remote,
        shell::Shell,
        widget::Pen,
    },
    domain::api::Environment,
};

/// As far in as the rows.
const INSET: u16 = 3;

/// What a list is about, for its title and for what is said where it is empty.
pub struct About<'a> {
    /// `Tables`.
    pub name: &'a str,
    /// The same inside a sentence.
    pub noun: &'a str,
    pub button: Option<Button>,
    /// Whose rows they are.
    pub environment: &'a Environment,
    /// Draws what to do where there is no row at all.
    pub empty: &'a dyn Fn(ratatui::layout::Rect, &mut Buffer),
}

impl std::fmt::Debug for About<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("About").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What is known of a reading.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'a> {
    /// How many there are without the filter, once that is known.
    pub all: Option<usize>,
    pub failure: Option<&'a str>,
    pub awaited_since: Option<Duration>,
    /// What is said of the rows where nothing has to be said of the reading.
    pub note: Option<&'a str>,
}

impl<'a, T> From<Option<&'a Remote<Vec<T>>>> for Reading<'a> {
    fn from(known: Option<&'a Remote<Vec<T>>>) -> Self {
        known.map_or_else(Self::default, |remote| Self {
            all: remote.value().map(Vec::len),
            failure: remote.failure(),
            awaited_since: remote.awaited_since(),
            note: None,
        })
    }
}

impl<T: Listed> List<T> {
    /// Draws title, heading and rows, or why there are none. The rows are those of `known`.
    pub fn view(
        &self,
        shell: &Shell,
        about: &About<'_>,
        known: Option<&Remote<Vec<T>>>,
        parts: &Parts,
        buffer: &mut Buffer,
    ) {
        let reading = Reading::from(known);
        let listed = Count { listed: self.len(), marked: self.marked().len() };
        title(shell, about, reading, listed, &self.filter, parts, buffer);
        self.heading(shell, parts.heading, buffer);
        let sectioned = !T::SECTIONS.is_empty() && self.filter.is_empty();
        if reading.all.is_none() || self.is_empty() && !sectioned {
            absent(shell, about, reading, &self.filter, parts, buffer);
            return;
        }
        let items = known.and_then(Remote::value).map(Vec::as_slice).unwrap_or_default();
        self.rows(shell, self.selected(), |key| items.iter().find(|item| item.key() == key), parts.rows, buffer);
    }
}

/// How many rows the title counts.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    pub listed: usize,
    pub marked: usize,
}

/// The name, how much is listed, the filter, what has to be said of it, and the button.
pub fn title(
    shell: &Shell,
    about: &About<'_>,
    reading: Reading<'_>,
    count: Count,
    filter: &str,
    parts: &Parts,
    buffer: &mut Buffer,
) {
    let number = |number: usize| fit::grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let mut text = match reading.all {
        None => String::new(),
        Some(all) if filter.is_empty() => number(all),
        Some(all) => format!("{} of {}", number(count.listed), number(all)),
    };
    if count.marked > 0 {
        text = format!("{text}  {} marked", number(count.marked));
    }
    let note = reading.all.and_then(|_| absence::old(shell, reading.failure, reading.awaited_since));
    let note = note.or_else(|| Some((reading.note?.to_owned(), shell.theme.muted)));
    let title = Title { name: about.name, count: text, filter, note, button: about.button };
    title.view(shell, parts.title, buffer);
}

/// The titles over the columns. Their look is on all of a column: what is only read off finds it by that.
pub fn heading<C: Copy + PartialEq>(shell: &Shell, order: Order<C>, placed: &[Placed<C>], buffer: &mut Buffer) {
    for placed in placed {
        let width = placed.area.width;
        let text = placed.column.heading(order, width);
        let mut pen = Pen::new(buffer, placed.area);
        if placed.column.is_right() {
            pen.block_right(&text, width, shell.theme.heading);
        } else {
            pen.block(&text, width, shell.theme.heading);
        }
    }
}

/// The column whose heading is there.
pub fn column_at<C: Copy>(placed: &[Placed<C>], position: Position) -> Option<C> {
    placed.iter().find(|placed| placed.area.contains(position)).map(|placed| placed.column.key)
}

/// Why there is no row: it is being read, could not be, nothing matches, or there is none.
pub fn absent(
    shell: &Shell,
    about: &About<'_>,
    reading: Reading<'_>,
    filter: &str,
    parts: &Parts,
    buffer: &mut Buffer,
) {
    let theme = &shell.theme;
    if reading.all.is_none() {
        let unreadable = absence::unreadable(shell, about.environment, about.noun).map(|text| (text, theme.text));
        let instead = || absence::of_reading(shell, reading.failure, reading.awaited_since, about.noun);
        if let Some((text, style)) = unreadable.or_else(instead) {
            absence::prose(&text, style, parts.rows, buffer);
        }
    } else if filter.is_empty() {
        (about.empty)(parts.rows, buffer);
    } else {
        nothing_matches(shell, &mut Pen::line(buffer, parts.rows, 1));
    }
}

/// The filter lets nothing pass: what shows all again. While it is typed, its line has the keys.
pub fn nothing_matches(shell: &Shell, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    let way = if shell.is_filtering() { "esc".to_owned() } else { shell.keymap.way("back") };
    pen.skip(INSET).put("nothing matches; ", theme.muted).put(&way, theme.key).put(" shows all again", theme.muted);
}
