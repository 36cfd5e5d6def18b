//! A list that is read page by page: where the cursor is, and which pages are to be read.

use std::{collections::HashSet, time::Duration};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use super::pages::Item;
use super::{
    About, Order,
    all::Hit,
    column::{Placed, place},
    pages::{Answered, Pages, ROWS},
    parts::Parts,
    row::{self, Row, Standing},
    view::{self, Count, Reading},
};
use crate::{
    client,
    console::{
        call::Call,
        effect::Effect,
        modal::refusal,
        motion::{Motion, window},
        shell::Shell,
        stream,
        toast::PATIENCE,
        widget::Pen,
    },
    domain::api::Page,
};

/// Readings under way at a time: what is on the screen, and what comes next.
const AT_ONCE: usize = 3;
/// A filter is asked for when typing rests this long.
const TYPING: Duration = Duration::from_millis(120);
/// Rows that keep changing are read again this often.
const BETWEEN_READINGS: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub struct Paged<T> {
    pub pages: Pages<T>,
    /// Whether the server can be asked how many rows come before one, which it can where they are
    /// in the order of their identifiers.
    pub is_locatable: bool,
    /// What has to be said of the rows beside how they were read.
    pub note: Option<String>,
    position: usize,
    first: usize,
    /// The row under the cursor, once it is read.
    selected: Option<String>,
    /// The request that asks where the row under the cursor has gone.
    locating: Option<u64>,
    located: bool,
    /// Rows were written since they were read.
    changed: bool,
    read_again_at: Duration,
    /// The row that it is to go to once the list is read: from an earlier session, or just created.
    awaited: Option<String>,
    /// Nothing is asked before, because the filter is still being typed.
    ask_at: Duration,
}

/// What the server is to be asked.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// The rows of a page; the first one is 0, and each has [`ROWS`].
    Page(usize),
    /// How many rows come before the one of that identifier: the total of the answer.
    Before(&'a str),
}

impl Asked<'_> {
    /// The page as the server counts them. A list that is not locatable is never asked for another.
    pub fn number(self) -> u64 {
        match self {
            Self::Page(page) => u64::try_from(page).unwrap_or(u64::MAX).saturating_add(1),
            Self::Before(_) => 1,
        }
    }
}

/// Why a page could not be read. It is read again later; but what is refused, like a filter, would be
/// refused again until it is changed.
pub fn failure(shell: &mut Shell, error: &client::Error) -> String {
    if !matches!(error, client::Error::Refused { .. }) {
        stream::reading_failed(shell, error);
    }
    refusal(error)
}

/// What an answer did to the row under the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Nobody waits for it any more, or it failed.
    Nothing,
    /// The rows are there, and the cursor is on its row for all that is known.
    Kept,
    /// The row is gone, or too far away to follow: the cursor is on its neighbour.
    Lost,
}

impl<T> Paged<T> {
    pub fn new(is_locatable: bool) -> Self {
        Self {
            pages: Pages::default(),
            is_locatable,
            note: None,
            position: 0,
            first: 0,
            selected: None,
            locating: None,
            located: false,
            changed: false,
            read_again_at: Duration::ZERO,
            awaited: None,
            ask_at: Duration::ZERO,
        }
    }
}

impl<T: Item> Paged<T> {
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The first visible row.
    pub const fn first(&self) -> usize {
        self.first
    }

    /// The row under the cursor, if it is read.
    pub fn row(&self) -> Option<&T> {
        self.pages.row(self.position)
    }

    /// The row under the cursor, for a command: none while another list is awaited, to which it may not belong.
    pub fn chosen(&self) -> Option<&T> {
        self.row().filter(|_| !self.pages.is_replaced())
    }

    /// How many of those are not among the rows that were read.
    pub fn unseen<'a>(&self, ids: impl Iterator<Item = &'a String>) -> usize {
        let read: HashSet<&str> = self.pages.known().filter_map(|(_, row)| row.id()).collect();
        ids.filter(|id| !read.contains(id.as_str())).count()
    }

    /// Whether another filter is still to be asked for, because more of it may be typed.
    pub fn is_unasked(&self, now: Duration) -> bool {
        self.pages.is_replaced() && now < self.ask_at
    }

    /// Whether there may be rows, read or not: nobody was told yet that there is none.
    pub fn may_have_rows(&self) -> bool {
        self.pages.total().is_none() || !self.pages.is_empty()
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        self.go_to(motion.apply(self.position, self.pages.len(), height), height);
    }

    pub fn go_to(&mut self, position: usize, height: usize) {
        self.locating = None;
        self.place(position, height);
        self.selected = self.row().and_then(Item::id).map(str::to_owned);
    }

    /// A click on a row that is on the screen.
    pub fn click(&mut self, parts: &Parts, position: Position) -> Hit {
        if !parts.rows.contains(position) {
            return Hit::Nothing;
        }
        let row = self.first + usize::from(position.y - parts.rows.y);
        if row >= self.pages.len() {
            return Hit::Nothing;
        }
        if row == self.position {
            return Hit::Again;
        }
        self.go_to(row, parts.height());
        Hit::Row
    }

    /// The row under the cursor, by its identifier.
    pub fn selected(&self) -> Option<&str> {
        self.awaited.as_deref().or(self.selected.as_deref())
    }

    /// Goes to that row once the rows are read.
    pub fn await_row(&mut self, id: String) {
        self.awaited = Some(id);
    }

    /// Goes to the row of that identifier once the list is read again.
    pub fn select(&mut self, id: Option<&str>) {
        self.locating = None;
        self.located = false;
        self.selected = id.map(str::to_owned);
        self.pages.outdate();
    }

    /// Takes rows out that are known to be gone, before the list is read again.
    pub fn remove(&mut self, ids: &[String], height: usize) {
        for position in ids.iter().filter_map(|id| self.pages.remove(id)).collect::<Vec<_>>() {
            if position < self.position {
                self.position -= 1;
                self.first = self.first.saturating_sub(1);
            }
        }
        self.go_to(self.position, height);
    }

    /// From now on another list is wanted: in another order.
    pub fn restart(&mut self) {
        self.pages.restart();
    }

    /// From now on another list is wanted: with another filter, which may still be typed.
    pub fn refilter(&mut self, filter: &str, now: Duration) {
        self.pages.restart();
        self.ask_at = if filter.is_empty() { now } else { now + TYPING };
    }

    /// The server says that rows were written.
    pub const fn change(&mut self) {
        self.changed = true;
    }

    /// What was read may be old: it is read again now.
    pub fn outdate(&mut self) {
        self.pages.outdate();
    }

    /// The readings that the screen lacks: first what is on it, then the pages around.
    pub fn want(&mut self, shell: &mut Shell, height: usize, call: impl Fn(Asked<'_>) -> Call) -> Vec<Effect> {
        let now = shell.now.uptime;
        if self.changed && now >= self.read_again_at {
            self.changed = false;
            self.read_again_at = now + BETWEEN_READINGS;
            self.pages.outdate();
        }
        if !shell.is_filtering() {
            // Nothing more is typed.
            self.ask_at = self.ask_at.min(now);
        }
        if now < self.ask_at {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for page in self.near(height) {
            if self.pages.awaited() >= AT_ONCE {
                break;
            }
            if self.pages.is_wanted(page) {
                let (effect, generation) = shell.ask(call(Asked::Page(page)));
                self.pages.ask(page, generation, now);
                effects.push(effect);
            }
        }
        if let Some(id) = self.astray(height) {
            // Rows were written or deleted by the hundred, and the cursor's row is not where it
            // was: how many come before it is its position.
            let (effect, generation) = shell.ask(call(Asked::Before(id)));
            self.locating = Some(generation);
            effects.push(effect);
        }
        effects
    }

    pub fn answer(&mut self, generation: u64, result: Result<Page<T>, String>, height: usize) -> Followed {
        if self.locating == Some(generation) {
            self.locating = None;
            self.located = true;
            if let Ok(page) = result {
                self.shift_to(usize::try_from(page.pagination.total).unwrap_or(0), height);
            }
            return self.follow(height);
        }
        let followed = match self.pages.answer(generation, result) {
            Answered::Late | Answered::Failed => return Followed::Nothing,
            Answered::NewList if self.awaited.is_some() => {
                self.selected = self.awaited.take();
                self.follow(height)
            }
            Answered::NewList => {
                self.go_to(0, height);
                Followed::Kept
            }
            Answered::Page => {
                if let Some(id) = self.awaited.take() {
                    self.selected = Some(id);
                    self.located = false;
                }
                self.follow(height)
            }
        };
        let (first, last) = self.visible(height);
        self.pages.evict(first, last);
        followed
    }

    /// The list is out of sight: what is not on the screen is let go.
    pub fn rest(&mut self, height: usize) {
        let (first, last) = self.visible(height);
        self.pages.shrink(first, last);
    }

    /// Puts cursor and window right for the height.
    pub fn fit(&mut self, height: usize) {
        self.place(self.position, height);
    }

    /// When something is to be read, or said, as uptime.
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let read_again = self.changed.then_some(self.read_again_at);
        let said = self.pages.awaited_since().map(|since| since + PATIENCE);
        [read_again, said, Some(self.ask_at)].into_iter().flatten().filter(|at| *at > now).min()
    }

    fn place(&mut self, position: usize, height: usize) {
        self.position = position.min(self.pages.len().saturating_sub(1));
        self.first = window(self.first, self.position, self.pages.len(), height);
    }

    /// The first and the last page of which anything is visible.
    fn visible(&self, height: usize) -> (usize, usize) {
        (self.first / ROWS, (self.first + height.max(1) - 1) / ROWS)
    }

    /// The pages to have, the most urgent first.
    fn near(&self, height: usize) -> Vec<usize> {
        if self.pages.is_replaced() || self.pages.total().is_none() {
            return vec![0];
        }
        let (first, last) = self.visible(height);
        let mut pages: Vec<_> = (first..=last).collect();
        pages.push(last + 1);
        pages.extend(first.checked_sub(1));
        pages
    }

    /// Finds the cursor's row among what was read: the row stays on its line of the screen, and
    /// what was written before it moves the others.
    fn follow(&mut self, height: usize) -> Followed {
        let Some(id) = &self.selected else {
            self.go_to(self.position, height);
            return Followed::Kept;
        };
        if let Some(position) = self.pages.find(id) {
            self.located = false;
            self.shift_to(position, height);
            return Followed::Kept;
        }
        self.place(self.position, height);
        if self.is_settled(height) && (self.located || !self.is_locatable) {
            self.located = false;
            self.go_to(self.position, height);
            return Followed::Lost;
        }
        Followed::Kept
    }

    /// Whether everything that could hold the cursor's row has been read anew.
    fn is_settled(&self, height: usize) -> bool {
        self.near(height).into_iter().all(|page| page * ROWS >= self.pages.len().max(1) || self.pages.is_fresh(page))
    }

    fn shift_to(&mut self, position: usize, height: usize) {
        self.first = (self.first + position).saturating_sub(self.position);
        self.place(position, height);
    }

    /// The cursor's row, where it is to be asked for.
    fn astray(&self, height: usize) -> Option<&str> {
        let lost = self.locating.is_none() && !self.located && self.is_locatable && self.is_settled(height);
        let id = self.selected.as_deref().filter(|_| lost && !self.pages.is_replaced())?;
        self.pages.find(id).is_none().then_some(id)
    }
}

/// What a page keeps beside the rows of such a list.
#[derive(Debug)]
pub struct Shown<'a, T: Row> {
    pub order: Order<T::Column>,
    pub filter: &'a str,
    /// How many there are without the filter.
    pub all: usize,
    /// The rows that a command is for.
    pub marked: &'a HashSet<T::Key>,
}

impl<T: Row + Item> Paged<T> {
    /// Draws title, heading and the rows that are visible, or why there are none.
    pub fn view(&self, shell: &Shell, about: &About<'_>, shown: &Shown<'_, T>, parts: &Parts, buffer: &mut Buffer) {
        let total = self.pages.total();
        let reading = Reading {
            all: total.map(|total| if shown.filter.is_empty() { total } else { shown.all.max(total) }),
            failure: self.pages.failure(),
            awaited_since: self.pages.awaited_since(),
            note: self.note.as_deref(),
        };
        let count = Count { listed: self.pages.len(), marked: shown.marked.len() };
        view::title(shell, about, reading, count, shown.filter, parts, buffer);
        view::heading(shell, shown.order, &columns::<T>(parts.heading), buffer);
        if self.pages.is_empty() {
            let all = reading.all.filter(|_| !self.pages.is_replaced() && reading.failure.is_none());
            view::absent(shell, about, Reading { all, ..reading }, shown.filter, parts, buffer);
            return;
        }
        let placed = columns::<T>(parts.rows);
        for (y, position) in (0..parts.rows.height).zip(self.first..self.pages.len()) {
            let line = Rect { y: parts.rows.y + y, height: 1, ..parts.rows };
            let selected = position == self.position;
            if let Some(item) = self.pages.row(position) {
                let standing = Standing { selected, marked: shown.marked.contains(item.key()) };
                row::draw(shell, item, &placed, standing, line, buffer);
            } else {
                let mut pen = Pen::new(buffer, line);
                pen.put(if selected { " ▌ " } else { "   " }, shell.theme.accent).put("…", shell.theme.muted);
            }
        }
    }

    /// The column whose heading is there.
    pub fn column_at(parts: &Parts, position: Position) -> Option<T::Column> {
        view::column_at(&columns::<T>(parts.heading), position)
    }
}

/// The widest text of rows that were not read is unknown: a column of text has its least width.
fn columns<T: Row>(line: Rect) -> Vec<Placed<T::Column>> {
    place(T::COLUMNS, line, |_| 0)
}
