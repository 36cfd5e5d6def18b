//! What a click on a list means: select, open what is selected, sort.

use ratatui::layout::{Position, Rect};

use super::{
    query::Order,
    rows::OpenTable,
    rows_view,
    tab::{self, Tab},
    tables::{BUTTON, TableList},
};
use crate::{
    console::{
        page::{
            Click,
            list::{Hit, Parts},
        },
        shell::Shell,
    },
    domain::list::Direction,
};

const OPEN: Click = Click::Command("database-open");

pub fn tables(list: &mut TableList, shell: &Shell, parts: Parts, position: Position) -> Click {
    if BUTTON.area(&shell.keymap, parts.title).contains(position) {
        return Click::Command("table-create");
    }
    match list.click(&parts, position) {
        Hit::Again => OPEN,
        Hit::Nothing | Hit::Sorted | Hit::Row => Click::Nothing,
    }
}

pub fn rows(open: &mut OpenTable, area: Rect, position: Position) -> Click {
    let (bar, parts) = tab::parts(area);
    if bar.contains(position) {
        if let Some(tab) = Tab::at(bar, position.x) {
            open.design.show(tab);
        }
        return Click::Nothing;
    }
    let area = rows_view::columns_area(parts.heading);
    let x = position.x.saturating_sub(area.x);
    let placed = open.columns.line(area.width, open.left).columns;
    let hit = placed.iter().find(|placed| (placed.x..placed.x + placed.width).contains(&x));
    let column = hit.map(|placed| placed.column.name().to_owned());
    if parts.heading.contains(position) {
        if let Some(column) = column {
            let mut order = Order { column, direction: Direction::Ascending };
            if open.order == order {
                order.turn_round();
            }
            open.sort_by(order);
        }
        return Click::Nothing;
    }
    let hit = open.list.click(&parts, position);
    let is_another = column.as_ref().is_some_and(|column| *column != open.column);
    if let (Hit::Again | Hit::Row, Some(column)) = (&hit, column) {
        open.column = column;
    }
    match hit {
        Hit::Again if !is_another => Click::Command("row-open"),
        Hit::Again | Hit::Nothing | Hit::Sorted | Hit::Row => Click::Nothing,
    }
}
