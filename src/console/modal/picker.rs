//! A fuzzy list to choose from: environments, projects, commands.

use std::{
    cmp::Reverse,
    collections::{HashMap, hash_map::Entry},
    iter,
};

use crossterm::event::{KeyCode, KeyModifiers};
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    fit,
    key::Key,
    motion::{Motion, window},
    plain::without_marks,
    shell::Shell,
    widget::{Field, Pen},
};

const WIDTH: u16 = 66;
/// Columns of a name; longer ones are cut.
const LONGEST_NAME: u16 = 34;
/// The longest explanation, in the narrowest box that has room for one.
const MOST_BELOW: u16 = 4;
/// Rows of the list that are worth more than an explanation.
const LEAST_ROWS: u16 = 5;
/// What stays of the page at both sides of a box that grew.
const BESIDE: u16 = 8;
const ROWS: u16 = 12;

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// What is typed to find it.
    pub name: String,
    pub detail: String,
    /// Shown at the right: a key, a number.
    pub aside: String,
    pub style: Style,
    pub value: T,
}

/// What choosing does.
pub type Choose<T> = fn(&mut Shell, &T) -> Outcome;

/// What there is to choose from by now, and which of two is the same.
type Source<T> = (fn(&Shell) -> Vec<Item<T>>, fn(&T, &T) -> bool);

#[derive(Debug)]
pub struct Picker<T> {
    title: &'static str,
    /// What one of them is.
    noun: &'static str,
    items: Vec<Item<T>>,
    /// What is shown: positions in `items`, best first.
    shown: Vec<usize>,
    cursor: usize,
    first: usize,
    /// The widest name of what is shown.
    column: u16,
    /// Columns in which nothing is cut, whatever is typed.
    widest: u16,
    /// What was searched for last: whatever is typed behind it is found among what is shown.
    searched: String,
    field: Field,
    /// `enter` found nothing to choose.
    missed: bool,
    choose: Choose<T>,
    source: Option<Source<T>>,
}

impl<T: std::fmt::Debug> Picker<T> {
    pub fn new(title: &'static str, items: Vec<Item<T>>, choose: Choose<T>) -> Self {
        let shown = (0..items.len()).collect();
        let (column, widest) = (widest_name(items.iter()), widest(&items));
        let (field, searched) = Default::default();
        Self {
            title,
            noun: "choice",
            items,
            shown,
            cursor: 0,
            first: 0,
            column,
            widest,
            searched,
            field,
            missed: false,
            choose,
            source: None,
        }
    }

    /// Says what is chosen from.
    #[must_use]
    pub fn of(self, noun: &'static str) -> Self {
        Self { noun, ..self }
    }

    /// Follows what changes on the server while it is open.
    #[must_use]
    pub fn following(self, items: fn(&Shell) -> Vec<Item<T>>, is_same: fn(&T, &T) -> bool) -> Self {
        Self { source: Some((items, is_same)), ..self }
    }

    /// Starts on the item that `is_current` recognises.
    #[must_use]
    pub fn starting_at(mut self, is_current: impl Fn(&T) -> bool) -> Self {
        self.cursor = self.items.iter().position(|item| is_current(&item.value)).unwrap_or(0);
        self.move_by(Motion::Lines(0));
        self
    }

    /// Takes over another list. The cursor stays on its item, and on its place where that is gone.
    fn replace(&mut self, items: Vec<Item<T>>, is_same: fn(&T, &T) -> bool) {
        let (cursor, first, at) = (self.cursor, self.first, self.shown.get(self.cursor).copied());
        let before = std::mem::replace(&mut self.items, items);
        self.widest = widest(&self.items);
        // What was found is among others now.
        self.searched.clear();
        self.search();
        let item = at.map(|position| &before[position].value);
        let stays = |position: &usize| item.is_some_and(|item| is_same(item, &self.items[*position].value));
        (self.cursor, self.first) = (self.shown.iter().position(stays).unwrap_or(cursor), first);
        self.move_by(Motion::Lines(0));
    }

    fn search(&mut self) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let (text, case, accents) = (self.field.text(), CaseMatching::Ignore, Normalization::Smart);
        let pattern = Pattern::parse(text, case, accents);
        // In a sentence the letters of any word are found somewhere: there it is whole words, or parts.
        let words = Pattern::new(text, case, accents, AtomKind::Substring);
        let mut buffer = Vec::new();
        // Thousands of environments have few explanations.
        let mut explained = HashMap::new();
        let mut score = |position: usize| {
            let item = &self.items[position];
            let name = pattern.score(Utf32Str::new(&item.name, &mut buffer), &mut matcher);
            let detail = match explained.entry(item.detail.as_str()) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(words.score(Utf32Str::new(&item.detail, &mut buffer), &mut matcher)),
            };
            // A hit in the name is worth more than one in the explanation.
            let score = name.map(|score| score * 2).max(detail)?;
            Some((Reverse(score), position))
        };
        let mut scored: Vec<_> = if narrows(&self.searched, text) {
            self.shown.iter().filter_map(|position| score(*position)).collect()
        } else {
            (0..self.items.len()).filter_map(score).collect()
        };
        scored.sort_unstable();
        self.shown = scored.into_iter().map(|(_, position)| position).collect();
        self.column = widest_name(self.shown.iter().map(|position| &self.items[*position]));
        self.searched = self.field.text().to_owned();
        self.cursor = 0;
        self.first = 0;
    }

    fn move_by(&mut self, motion: Motion) {
        let page = usize::from(ROWS);
        self.cursor = motion.apply(self.cursor, self.shown.len(), page);
        self.first = window(self.first, self.cursor, self.shown.len(), page);
    }

    fn chosen(&mut self, shell: &mut Shell) -> Outcome {
        self.missed = self.shown.is_empty();
        match self.shown.get(self.cursor) {
            Some(position) => (self.choose)(shell, &self.items[*position].value),
            None => Outcome::Stay,
        }
    }

    fn outer(&self, area: Rect) -> Rect {
        let rows = u16::try_from(self.items.len()).unwrap_or(ROWS).clamp(1, ROWS);
        let most = area.width.saturating_sub(BESIDE).max(WIDTH);
        let width = self.widest.clamp(WIDTH, most);
        let below = self.below(dialog::inside(dialog::place(area, width, 0)).width);
        dialog::place(area, width, rows + 2 + below)
    }

    /// Lines below the list for the whole of an explanation, where some are cut: an empty one, and
    /// as many as the longest takes.
    fn below(&self, width: u16) -> u16 {
        if self.widest <= width {
            return 0;
        }
        // Thousands of environments are explained in a few words: those need no breaking.
        let cut = self.items.iter().filter(|item| fit::width(&item.detail) > width);
        let lines = cut.map(|item| fit::wrap(&item.detail, width).len()).max().unwrap_or(1);
        u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(1).min(MOST_BELOW)
    }

    /// The rows of the list inside the box. A low screen has no room below them.
    fn list(&self, inner: Rect) -> Rect {
        let height = inner.height.saturating_sub(2);
        let below = self.below(inner.width);
        let height = if height >= LEAST_ROWS + below { height - below } else { height };
        Rect { y: inner.y + 2.min(inner.height), height, ..inner }
    }
}

/// Whether all that matches `text` matched `before` as well: letters were added at the end. Those
/// that mean something else to the pattern are left to a search of everything.
fn narrows(before: &str, text: &str) -> bool {
    let is_plain = |text: &str| !text.contains(['!', '^', '$', '\'', '\\']);
    !before.is_empty() && text.starts_with(before) && is_plain(text)
}

fn widest_name<'a, T: 'a>(items: impl Iterator<Item = &'a Item<T>>) -> u16 {
    items.map(|item| fit::width(&item.name)).max().unwrap_or(0).min(LONGEST_NAME)
}

fn widest<T>(items: &[Item<T>]) -> u16 {
    let widest = |text: fn(&Item<T>) -> &str| items.iter().map(|item| fit::width(text(item))).max().unwrap_or(0);
    let name = widest_name(items.iter());
    // The cursor's mark, and the gaps.
    (name + 5).saturating_add(widest(|item| &item.detail)).saturating_add(widest(|item| &item.aside))
}

impl<T: std::fmt::Debug> Modal for Picker<T> {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let control = key.modifiers == KeyModifiers::CONTROL;
        self.missed = false;
        match key.code {
            KeyCode::Esc => return Outcome::Close,
            KeyCode::Enter => return self.chosen(shell),
            KeyCode::Char('n') if control => self.move_by(Motion::Lines(1)),
            KeyCode::Char('p') if control => self.move_by(Motion::Lines(-1)),
            KeyCode::Tab if key.modifiers.is_empty() => self.move_by(Motion::Lines(1)),
            KeyCode::Down => self.move_by(Motion::Lines(1)),
            KeyCode::Up | KeyCode::Tab => self.move_by(Motion::Lines(-1)),
            KeyCode::PageDown => self.move_by(Motion::Pages(1)),
            KeyCode::PageUp => self.move_by(Motion::Pages(-1)),
            _ => {
                if self.field.key(key) {
                    self.search();
                }
            }
        }
        Outcome::Stay
    }

    fn paste(&mut self, _shell: &mut Shell, text: &str) -> Outcome {
        self.field.paste(text);
        self.search();
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let outer = self.outer(area);
        if dialog::is_outside(outer, position) {
            return Outcome::Close;
        }
        let list = self.list(dialog::inside(outer));
        let row = self.first + usize::from(position.y.saturating_sub(list.y));
        if !list.contains(position) || row >= self.shown.len() {
            return Outcome::Stay;
        }
        self.cursor = row;
        self.chosen(shell)
    }

    fn scroll(&mut self, _shell: &mut Shell, lines: isize) {
        self.move_by(Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let outer = self.outer(area);
        let inner = dialog::open(frame, theme, outer, self.title);
        let buffer = frame.buffer_mut();
        let cursor = self.field.view(theme, Rect { height: 1.min(inner.height), ..inner }, buffer);
        let list = self.list(inner);
        if self.shown.is_empty() {
            Pen::new(buffer, list).put("nothing of that name; esc closes", theme.muted);
        }
        let column = self.column.min(list.width / 2);
        // A low screen shows fewer rows than the window was computed for.
        let first = window(self.first, self.cursor, self.shown.len(), usize::from(list.height));
        dialog::extent(buffer, theme, outer, fit::extent(first, usize::from(list.height), self.shown.len()));
        for (line, (row, position)) in (0..list.height).zip(self.shown.iter().enumerate().skip(first)) {
            let item = &self.items[*position];
            let selected = row == self.cursor;
            let mut pen = Pen::line(buffer, list, line);
            pen.split_right(fit::width(&item.aside)).put(&item.aside, theme.key);
            pen.put(if selected { "▌ " } else { "  " }, theme.accent);
            if selected {
                pen.block(&item.name, column, theme.selection.0);
            } else {
                pen.column(&item.name, column, item.style);
            }
            pen.skip(2);
            let room = pen.room().saturating_sub(1);
            pen.column(&item.detail, room, theme.muted);
        }
        if list.bottom() < inner.bottom()
            && let Some(position) = self.shown.get(self.cursor)
        {
            let y = list.bottom() + 1;
            let below = Rect { y, height: inner.bottom() - y, ..inner };
            dialog::note(buffer, below, &self.items[*position].detail, theme.text);
        }
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
    }

    fn follow(&mut self, shell: &Shell) {
        if let Some((items, is_same)) = self.source {
            self.replace(items(shell), is_same);
        }
    }

    fn objection(&self, _shell: &Shell) -> Option<String> {
        self.missed.then(|| format!("there is no {} {}", self.noun, self.field.text()))
    }

    fn lines(&self, _shell: &Shell) -> Option<Vec<String>> {
        let rows = self.shown.iter().enumerate().map(|(row, position)| {
            let Item { name, detail, .. } = &self.items[*position];
            let cursor = if row == self.cursor { "> " } else { "" };
            format!("{cursor}{name}  {}", without_marks(detail)).trim_end().to_owned()
        });
        let typed = (!self.field.text().is_empty()).then(|| format!("Typed: {}", self.field.text()));
        Some(iter::once(format!("{}:", self.title)).chain(typed).chain(rows).collect())
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("enter", "choose"), ("↑↓", "move"), ("esc", "close")]
    }
}
