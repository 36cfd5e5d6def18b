//! Paging and sorting of list calls.

use std::num::IntErrorKind;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where in a list a page is. The names of both families of the documentation are there, because
/// apps read either.
#[expect(clippy::struct_excessive_bools, reason = "the wire has four")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    pub total: u64,
    pub page: u64,
    pub limit: u64,
    pub total_pages: u64,
    pub has_next: bool,
    pub has_prev: bool,
    pub has_next_page: bool,
    pub has_prev_page: bool,
}

impl Pagination {
    pub fn new(total: u64, window: Window) -> Self {
        Self::skipping(total, window, window.offset())
    }

    /// Of a page that begins behind `skip` rows, wherever pages usually begin.
    pub fn skipping(total: u64, window: Window, skip: u64) -> Self {
        let Window { page, limit } = window;
        let total_pages = total.div_ceil(limit.max(1));
        let (has_next, has_prev) = (skip.saturating_add(limit) < total, skip > 0);
        Self { total, page, limit, total_pages, has_next, has_prev, has_next_page: has_next, has_prev_page: has_prev }
    }
}

/// The page a caller asked for, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// 1 for the first.
    pub page: u64,
    pub limit: u64,
}

impl Window {
    /// The data plane's: 20 by default, at most 100.
    ///
    /// Apps ask for 200 or send words; what cannot be used becomes the default, never an error.
    pub fn data(page: Option<&str>, limit: Option<&str>) -> Self {
        Self::lenient(page, limit, 20, 100)
    }

    /// The management plane's: 100 by default, at most 1000.
    pub fn management(page: Option<&str>, limit: Option<&str>) -> Self {
        Self::lenient(page, limit, 100, 1000)
    }

    /// The data plane's for what a user has few of: 10 by default, at most 100.
    pub fn short(page: Option<&str>, limit: Option<&str>) -> Self {
        Self::lenient(page, limit, 10, 100)
    }

    fn lenient(page: Option<&str>, limit: Option<&str>, default: u64, most: u64) -> Self {
        let number = |text: Option<&str>| match text?.trim().parse::<u64>() {
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => Some(u64::MAX),
            number => number.ok().filter(|number| *number >= 1),
        };
        // A page beyond what SQLite can skip to is as empty as any other past the end.
        Self { page: number(page).unwrap_or(1).min(1 << 40), limit: number(limit).unwrap_or(default).min(most) }
    }

    /// Rows before the page.
    pub const fn offset(self) -> u64 {
        (self.page - 1).saturating_mul(self.limit)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_becomes_the_default() {
        assert_eq!(Window::data(Some("0"), Some("200")), Window { page: 1, limit: 100 });
        assert_eq!(Window::data(Some("x"), Some("-3")), Window { page: 1, limit: 20 });
        assert_eq!(Window::data(Some("3"), Some("7")).offset(), 14);
        assert_eq!(Window::management(None, Some("5000")), Window { page: 1, limit: 1000 });
    }

    #[test]
    fn what_is_too_much_becomes_the_most() {
        let beyond_any = Some("99999999999999999999");
        assert_eq!(Window::data(beyond_any, beyond_any), Window { page: 1 << 40, limit: 100 });
    }

    #[test]
    fn an_empty_list_has_no_pages() {
        let page = Pagination::new(0, Window { page: 1, limit: 20 });
        assert_eq!((page.total_pages, page.has_next, page.has_prev), (0, false, false));
        let skipped = Pagination::skipping(30, Window { page: 1, limit: 20 }, 15);
        assert_eq!((skipped.total_pages, skipped.has_next, skipped.has_prev), (2, false, true));
        let middle = Pagination::new(150, Window { page: 2, limit: 20 });
        assert_eq!((middle.total_pages, middle.has_next, middle.has_prev), (8, true, true));
    }
}
