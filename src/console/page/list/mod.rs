//! The frame of a page that lists something: its columns, its rows and its cursor.
//!
//! A page says what a row shows in each column; sorting, filtering, the cursor that follows its
//! row, headings that sort, rows that are clicked and what is said where there is nothing to list
//! are the same on every page.
//!
//! ```ignore
//! impl Row for Robot {
//!     type Key = RobotId;
//!     type Column = Field;
//!     const COLUMNS: &'static [Column<Field>] = &[
//!         Column::new(Field::Name, "NAME", Width::Share { least: 12, most: 40 }),
//!         Column::new(Field::Made, "MADE", Width::Fixed(10)).falls().drop(1),
//!     ];
//!     fn key(&self) -> &RobotId { &self.id }
//!     fn cell(&self, shell: &Shell, field: Field, _: u16) -> Cell<'_> {
//!         match field {
//!             Field::Name => Cell::new(&self.name, shell.theme.text),
//!             Field::Made => Cell::new(fit::ago(shell.age(self.made)), shell.theme.muted),
//!         }
//!     }
//! }
//! // All of them are here: `impl Listed for Robot`, which compares and filters, and in the page
//! self.list.view(shell, &about, &parts, buffer); // with a `List<Robot>`;
//! // they are read page by page: `impl Item for Robot`, and with a `Paged<Robot>`
//! self.paged.view(shell, &about, &shown, &parts, buffer); // `shown` has its order and filter
//! ```
//!
//! | File | Idea |
//! |---|---|
//! | `column` | which columns fit, and by which one the rows are sorted |
//! | `row` | a row on the screen, cell by cell |
//! | `all` | a list all of whose rows are known |
//! | `sections` | the lines of one whose rows stand in sections |
//! | `pages`, `paged` | a list whose pages are fetched ahead: what was read; cursor and readings |
//! | `searched` | one of those that the server searches and sorts, and what the session keeps of it |
//! | `parts`, `view` | where everything is; title, heading, and what is said where there is nothing |

pub mod all;
pub mod column;
pub mod paged;
pub mod pages;
pub mod parts;
pub mod row;
pub mod searched;
pub mod sections;
pub mod view;

#[cfg(test)]
mod tests;

pub use self::{
    all::{Hit, List, Listed},
    column::{Column, Order, Width},
    paged::{Item, Paged},
    parts::Parts,
    row::{Cell, Row},
    searched::Searched,
    sections::Section,
    view::About,
};
