use std::{cmp::Ordering, collections::HashSet, time::Duration};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{paged::Shown, *};
use crate::{
    client::RowsQuery,
    console::{
        call::{Call, RowCall},
        motion::Motion,
        remote::Remote,
        shell::Shell,
        tests::{Console, environment},
    },
    domain::{
        api::Page,
        list::{Direction, Pagination, Window},
    },
};

#[derive(Debug)]
struct Robot {
    id: String,
    legs: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Field {
    Name,
    Legs,
}

impl Row for Robot {
    type Key = String;
    type Column = Field;
    const COLUMNS: &'static [Column<Field>] =
        &[Column::new(Field::Name, "NAME", Width::Text(8)), Column::new(Field::Legs, "LEGS", Width::Fixed(6)).right()];

    fn key(&self) -> &String {
        &self.id
    }

    fn cell(&self, shell: &Shell, field: Field, _width: u16) -> Cell<'_> {
        match field {
            Field::Name => Cell::new(&self.id, shell.theme.text),
            Field::Legs => Cell::new(self.legs.to_string(), shell.theme.text),
        }
    }
}

impl Listed for Robot {
    fn matches(&self, word: &str) -> bool {
        self.id.contains(word)
    }

    fn compare(&self, other: &Self, field: Field) -> Ordering {
        match field {
            Field::Name => self.id.cmp(&other.id),
            Field::Legs => self.legs.cmp(&other.legs),
        }
    }
}

impl Item for Robot {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn weight(&self) -> usize {
        self.id.len()
    }
}

fn robots(numbers: std::ops::Range<u32>) -> Vec<Robot> {
    numbers.map(|number| Robot { id: format!("r{number:03}"), legs: 1000 - number }).collect()
}

const AREA: Rect = Rect::new(0, 0, 30, 6);

/// What is drawn into [`AREA`], line by line.
fn drawn(draw: impl FnOnce(&About<'_>, &Parts, &mut Buffer)) -> String {
    let dev = environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z");
    let about = About { name: "Robots", noun: "robots", button: None, environment: &dev, empty: &|_, _| {} };
    let mut buffer = Buffer::empty(AREA);
    draw(&about, &Parts::of(AREA, 0), &mut buffer);
    let line = |y| (0..AREA.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..AREA.height).map(|y| line(y).trim_end().to_owned() + "\n").collect()
}

fn known(robots: Vec<Robot>) -> Remote<Vec<Robot>> {
    let mut known = Remote::default();
    known.ask(1, Duration::ZERO);
    known.answer(1, Ok(robots));
    known
}

#[test]
fn marks_stay_with_their_rows_and_are_counted_until_the_rows_are_gone() {
    let console = Console::sample(100, 30);
    let mut list = List::<Robot>::default();
    list.derive(&robots(0..9), 4);
    list.mark();
    list.move_by(Motion::Lines(2), 4);
    list.mark();
    let known = known(robots(0..9));
    let screen = drawn(|about, parts, buffer| list.view(&console.state.shell, about, Some(&known), parts, buffer));
    assert_eq!(
        screen,
        " Robots  9  2 marked\n   NAME ↑      LEGS\n✓  r000        1000\n   r001         999\n✓▌ r002         998\n   r003         997\n"
    );
    list.mark();
    list.derive(&robots(0..2), 4);
    assert_eq!(list.marked().iter().collect::<Vec<_>>(), ["r000"]);
    assert_eq!(list.selected().map(String::as_str), Some("r001"), "the cursor is with its neighbour");
}

#[test]
fn a_heading_sorts_a_row_is_selected_and_clicked_again_it_opens() {
    let mut list = List::<Robot>::default();
    list.derive(&robots(0..9), 4);
    let parts = Parts::of(AREA, 0);
    assert_eq!(list.click(&parts, Position { x: 15, y: 1 }), Hit::Sorted);
    list.derive(&robots(0..9), 4);
    assert_eq!(list.click(&parts, Position { x: 5, y: 3 }), Hit::Row);
    assert_eq!(list.selected().map(String::as_str), Some("r002"), "the cursor stayed on r000, which is last now");
    assert_eq!(list.click(&parts, Position { x: 5, y: 3 }), Hit::Again);
    assert_eq!(list.click(&parts, Position { x: 5, y: 0 }), Hit::Nothing);
}

#[test]
fn pages_are_fetched_ahead_and_their_rows_drawn_as_they_come() {
    let mut console = Console::sample(100, 30);
    let shell = &mut console.state.shell;
    let mut paged = Paged::<Robot>::new(false);
    let dev = environment(2, "dev", "dev", "2026-11-20T09:14:00.000Z").id;
    let want = |paged: &mut Paged<Robot>, shell: &mut Shell| {
        let mut numbers = Vec::new();
        let asked = std::cell::RefCell::new(&mut numbers);
        paged.want(shell, 4, |what| {
            if let paged::Asked::Page(page) = what {
                asked.borrow_mut().push(page);
            }
            let query =
                RowsQuery { page: 1, limit: 100, sort_by: None, direction: Direction::Ascending, and_filters: None };
            Call::Row(dev.clone(), RowCall::Page { table: "robots".into(), query })
        });
        numbers
    };
    assert_eq!(want(&mut paged, shell), [0]);
    let generation = shell.ask(Call::Projects).1 - 1;
    let pagination = Pagination::new(250, Window { page: 1, limit: 100 });
    paged.answer(generation, Ok(Page { items: robots(0..100), pagination }), 4);
    assert_eq!(want(&mut paged, shell), [1]);
    paged.move_by(Motion::Lines(99), 4);
    paged.move_by(Motion::Lines(2), 4);
    let marked = HashSet::from(["r099".to_owned()]);
    let shown = Shown { order: Order::new(Field::Name), filter: "", all: 250, marked: &marked };
    let screen = drawn(|about, parts, buffer| paged.view(shell, about, &shown, parts, buffer));
    assert_eq!(
        screen,
        " Robots  250  1 marked\n   NAME ↑      LEGS\n   r098         902\n✓  r099         901\n   …\n ▌ …\n"
    );
}
