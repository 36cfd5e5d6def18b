//! The part of a list that has been read: pages of rows, a bounded number of them.
//!
//! What was read stays readable while it is read again, and of a list in another order or with
//! another filter until the first page of its successor is there.

use std::{collections::BTreeMap, time::Duration};

use crate::domain::api::Page;

/// Rows of a page: the most that the data plane answers at a time.
pub const ROWS: usize = 100;
/// Pages that are kept: more than two screens of the largest size in both directions.
const KEPT: usize = 16;
/// Bytes of rows that are kept, beside the pages on the screen.
const HEAVIEST: usize = 32 << 20;

/// A row of a list that is read page by page.
pub trait Item {
    /// Absent only in what no server sends.
    fn id(&self) -> Option<&str>;

    /// About how much memory it takes, in bytes.
    fn weight(&self) -> usize;
}

#[derive(Debug)]
pub struct Pages<T> {
    loaded: BTreeMap<usize, Loaded<T>>,
    awaited: BTreeMap<usize, Awaited>,
    total: Option<usize>,
    /// Counts what made everything that was read before it old.
    edition: u64,
    replaced: bool,
    failure: Option<String>,
}

#[derive(Debug)]
struct Loaded<T> {
    rows: Vec<T>,
    edition: u64,
    weight: usize,
}

#[derive(Clone, Copy, Debug)]
struct Awaited {
    generation: u64,
    since: Duration,
    edition: u64,
}

/// What an answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nobody waits for it any more.
    Late,
    Failed,
    /// A page of the list that is shown.
    Page,
    /// The first page of a list in another order or with another filter.
    NewList,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self {
            loaded: BTreeMap::new(),
            awaited: BTreeMap::new(),
            total: None,
            edition: 0,
            replaced: false,
            failure: None,
        }
    }
}

impl<T: Item> Pages<T> {
    /// Rows of the whole list; absent before anything was read.
    pub const fn total(&self) -> Option<usize> {
        self.total
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.total.unwrap_or(0)
    }

    pub fn row(&self, position: usize) -> Option<&T> {
        self.loaded.get(&(position / ROWS))?.rows.get(position % ROWS)
    }

    /// All rows that were read, each with its place in the list.
    pub fn known(&self) -> impl Iterator<Item = (usize, &T)> {
        let pages = self.loaded.iter();
        pages
            .flat_map(|(page, loaded)| loaded.rows.iter().enumerate().map(move |(row, item)| (page * ROWS + row, item)))
    }

    /// Whether the page is as the server has it, for all that is known.
    pub fn is_fresh(&self, page: usize) -> bool {
        self.loaded.get(&page).is_some_and(|loaded| loaded.edition == self.edition)
    }

    /// What is loaded is of a list in another order or with another filter.
    pub const fn is_replaced(&self) -> bool {
        self.replaced
    }

    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    pub fn awaited_since(&self) -> Option<Duration> {
        self.awaited.values().map(|awaited| awaited.since).min()
    }

    pub fn awaited(&self) -> usize {
        self.awaited.len()
    }

    pub fn is_wanted(&self, page: usize) -> bool {
        let exists = page == 0 || self.total.is_some_and(|total| page * ROWS < total);
        exists && self.failure.is_none() && !self.awaited.contains_key(&page) && !self.is_fresh(page)
    }

    pub fn ask(&mut self, page: usize, generation: u64, now: Duration) {
        self.awaited.insert(page, Awaited { generation, since: now, edition: self.edition });
    }

    /// Everything is to be read again.
    pub fn outdate(&mut self) {
        self.edition += 1;
        self.failure = None;
    }

    /// From now on another list is wanted: in another order, or with another filter.
    pub fn restart(&mut self) {
        self.outdate();
        self.awaited.clear();
        self.replaced = true;
    }

    pub fn answer(&mut self, generation: u64, result: Result<Page<T>, String>) -> Answered {
        let Some(page) = self.awaited.iter().find(|(_, a)| a.generation == generation).map(|(page, _)| *page) else {
            return Answered::Late;
        };
        let Some(Awaited { edition, .. }) = self.awaited.remove(&page) else { return Answered::Late };
        let answer = match result {
            Ok(answer) => answer,
            Err(reason) => {
                self.failure = Some(reason);
                return Answered::Failed;
            }
        };
        let new_list = std::mem::take(&mut self.replaced);
        if new_list {
            self.loaded.clear();
        }
        let total = usize::try_from(answer.pagination.total).unwrap_or(usize::MAX);
        self.total = Some(total);
        self.loaded.retain(|page, _| page * ROWS < total.max(1));
        let weight = answer.items.iter().map(Item::weight).sum();
        self.loaded.insert(page, Loaded { rows: answer.items, edition, weight });
        if new_list { Answered::NewList } else { Answered::Page }
    }

    /// Where the row is among what is fresh.
    pub fn find(&self, id: &str) -> Option<usize> {
        let fresh = self.loaded.iter().filter(|(_, loaded)| loaded.edition == self.edition);
        fresh
            .flat_map(|(page, loaded)| loaded.rows.iter().enumerate().map(move |(row, item)| (page * ROWS + row, item)))
            .find(|(_, item)| item.id() == Some(id))
            .map(|(position, _)| position)
    }

    /// The server said what a row is now, before it is read again.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut T)) {
        let mut rows = self.loaded.values_mut().flat_map(|loaded| &mut loaded.rows);
        if let Some(row) = rows.find(|row| row.id() == Some(id)) {
            change(row);
        }
    }

    /// Takes over a row that was written, where it was read before.
    pub fn put(&mut self, row: T) {
        let mut rows = self.loaded.values_mut().flat_map(|loaded| &mut loaded.rows);
        if let Some(known) = rows.find(|known| known.id().is_some() && known.id() == row.id()) {
            *known = row;
        }
    }

    /// Takes a row out and returns where it was; those behind it move up.
    pub fn remove(&mut self, id: &str) -> Option<usize> {
        let (mut page, row) = self.loaded.iter().find_map(|(page, loaded)| {
            let row = loaded.rows.iter().position(|row| row.id() == Some(id))?;
            Some((*page, row))
        })?;
        let position = page * ROWS + row;
        self.loaded.get_mut(&page)?.rows.remove(row);
        self.total = self.total.map(|total| total.saturating_sub(1));
        while let Some(next) = self.loaded.get_mut(&(page + 1)).filter(|next| !next.rows.is_empty()) {
            let first = next.rows.remove(0);
            self.loaded.get_mut(&page)?.rows.push(first);
            page += 1;
        }
        Some(position)
    }

    /// Lets go of the pages farthest from those on the screen until what is kept is within bounds.
    pub fn evict(&mut self, first: usize, last: usize) {
        let distance = |page: usize| first.saturating_sub(page).max(page.saturating_sub(last));
        while self.loaded.len() > KEPT || self.loaded.values().map(|loaded| loaded.weight).sum::<usize>() > HEAVIEST {
            let farthest = self.loaded.keys().copied().max_by_key(|page| distance(*page));
            match farthest.filter(|page| distance(*page) > 0) {
                Some(page) => self.loaded.remove(&page),
                None => return,
            };
        }
    }

    /// Keeps only the pages on the screen: the list is out of sight for now.
    pub fn shrink(&mut self, first: usize, last: usize) {
        self.loaded.retain(|page, _| (first..=last).contains(page));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::list::{Pagination, Window};

    #[derive(Debug, PartialEq)]
    struct Row(String);

    impl Item for Row {
        fn id(&self) -> Option<&str> {
            Some(&self.0)
        }

        fn weight(&self) -> usize {
            self.0.len()
        }
    }

    fn page(number: u64, total: u64) -> Page<Row> {
        let window = Window { page: number + 1, limit: 100 };
        let rows = window.offset()..total.min(window.offset() + 100);
        Page { items: rows.map(|n| Row(n.to_string())).collect(), pagination: Pagination::new(total, window) }
    }

    fn read(pages: &mut Pages<Row>, number: usize) {
        let generation = u64::try_from(number).expect("small") + 1;
        pages.ask(number, generation, Duration::ZERO);
        pages.answer(generation, Ok(page(generation - 1, 100_000)));
    }

    #[test]
    fn however_far_one_scrolls_only_a_few_pages_are_kept() {
        let mut pages = Pages::default();
        for number in 0..1000 {
            read(&mut pages, number);
            pages.evict(number, number);
        }
        assert_eq!(pages.loaded.len(), KEPT);
        assert!(pages.row(99_999).is_some() && pages.row(0).is_none());
        assert_eq!(pages.len(), 100_000);
    }

    #[test]
    fn what_is_old_is_read_again_and_stays_until_then() {
        let mut pages = Pages::default();
        read(&mut pages, 0);
        assert!(!pages.is_wanted(0));
        pages.outdate();
        assert!(pages.is_wanted(0) && pages.row(7).is_some() && pages.find("7").is_none());
        read(&mut pages, 0);
        assert_eq!(pages.find("7"), Some(7));
    }

    #[test]
    fn a_row_that_is_taken_out_moves_those_behind_it_up() {
        let mut pages = Pages::default();
        read(&mut pages, 0);
        read(&mut pages, 1);
        assert_eq!((pages.remove("7"), pages.remove("7")), (Some(7), None));
        assert_eq!((pages.row(7).and_then(Item::id), pages.row(99).and_then(Item::id)), (Some("8"), Some("100")));
        assert_eq!((pages.row(198).and_then(Item::id), pages.row(199).map(|_| ())), (Some("199"), None));
        assert_eq!(pages.len(), 99_999);
    }

    #[test]
    fn the_answers_of_a_list_that_was_left_are_dropped() {
        let mut pages = Pages::default();
        read(&mut pages, 0);
        pages.ask(1, 50, Duration::ZERO);
        pages.restart();
        assert_eq!(pages.answer(50, Ok(page(1, 100_000))), Answered::Late);
        pages.ask(0, 51, Duration::ZERO);
        assert!(pages.row(0).is_some());
        assert_eq!(pages.answer(51, Ok(page(0, 3))), Answered::NewList);
        assert_eq!((pages.len(), pages.row(3)), (3, None));
    }

    #[test]
    fn a_failure_is_not_asked_again_at_once() {
        let mut pages = Pages::<Row>::default();
        pages.ask(0, 1, Duration::ZERO);
        assert_eq!(pages.answer(1, Err("no".into())), Answered::Failed);
        assert!(!pages.is_wanted(0));
        pages.outdate();
        assert!(pages.is_wanted(0));
    }
}
