//! A list that the server searches and sorts: what it is asked for, and what the session keeps.

use std::time::Duration;

use ratatui::layout::Position;

use super::{
    all::Hit,
    column::Order,
    paged::{Item, Paged},
    parts::Parts,
    row::Row,
};
use crate::console::session::Kept;

#[derive(Debug)]
pub struct Searched<T: Row> {
    /// As it is typed; the page knows what it means.
    pub filter: String,
    pub order: Order<T::Column>,
    pub paged: Paged<T>,
}

impl<T: Row> Default for Searched<T>
where
    T::Column: Default,
{
    fn default() -> Self {
        Self { filter: String::new(), order: Order::default(), paged: Paged::new(false) }
    }
}

impl<T: Row + Item> Searched<T>
where
    T::Column: Default,
{
    /// Another filter, which may still be typed; `sought` says what one means. Nothing is asked where it
    /// means what the one before did.
    pub fn set_filter<S: PartialEq>(&mut self, text: String, sought: impl Fn(&str) -> S, now: Duration) {
        let is_other = sought(&text) != sought(&self.filter);
        self.filter = text;
        if is_other {
            self.paged.refilter(&self.filter, now);
        }
    }

    /// By the next column, or the other way round.
    pub fn sort(&mut self, turn_round: bool) {
        self.reorder(|order| order.turn(T::COLUMNS, turn_round));
    }

    /// A click on a heading sorts by it, one on a row selects it.
    pub fn click(&mut self, parts: &Parts, position: Position) -> Hit {
        match Paged::<T>::column_at(parts, position) {
            Some(column) => {
                self.reorder(|order| order.choose(T::COLUMNS, column));
                Hit::Sorted
            }
            None => self.paged.click(parts, position),
        }
    }

    fn reorder(&mut self, turn: impl FnOnce(&mut Order<T::Column>)) {
        let before = self.order;
        turn(&mut self.order);
        if self.order != before {
            self.paged.restart();
        }
    }

    pub fn kept(&self) -> Kept {
        let usual = T::Column::default();
        let column = T::COLUMNS.iter().find(|column| column.key == self.order.column && column.key != usual);
        Kept {
            filter: self.filter.clone(),
            order: column.map(|column| column.title().to_owned()),
            reversed: self.order.reversed,
            cursor: self.paged.selected().map(str::to_owned),
            ..Kept::default()
        }
    }

    /// Takes up what the session kept, before anything is read.
    pub fn keep(&mut self, kept: Kept) {
        let column = T::COLUMNS.iter().find(|column| Some(column.title()) == kept.order.as_deref());
        let column = column.map_or_else(T::Column::default, |column| column.key);
        self.order = Order { column, reversed: kept.reversed };
        self.filter = kept.filter;
        if let Some(id) = kept.cursor {
            self.paged.await_row(id);
        }
    }
}
