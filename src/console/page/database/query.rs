//! In which order the server is asked for rows.

use crate::domain::list::Direction;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub column: String,
    pub direction: Direction,
}

impl Default for Order {
    /// As the server's own default: the newest row first, because identifiers count up.
    fn default() -> Self {
        Self { column: "id".into(), direction: Direction::Descending }
    }
}

impl Order {
    /// Whether the rows are in the order of their identifiers.
    pub fn is_of_identifiers(&self) -> bool {
        self.column == "id"
    }

    pub fn turn_round(&mut self) {
        self.direction = match self.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
    }
}
