//! What a click on a list means: select, open what is selected, sort.

use ratatui::layout::Position;

use super::{
    Parts,
    query::Order,
    rows::OpenTable,
    rows_view,
    tab::Tab,
    tables::{BUTTON, TableList},
};
use crate::{console::page::Click, domain::list::Direction};

const OPEN: Click = Click::Command("database-open");

pub fn tables(list: &mut TableList, parts: Parts, position: Position) -> Click {
    if BUTTON.area(parts.title).contains(position) {
        return Click::Command("table-create");
    }
    if parts.heading.contains(position) {
        if let Some(column) = list.column_at(parts.heading, position.x) {
            list.sort_by(column);
        }
    } else if parts.rows.contains(position)
        && let Some(row) = list.row_at(position.y - parts.rows.y)
    {
        if row == list.position() {
            return OPEN;
        }
        list.go_to(row, usize::from(parts.rows.height));
    }
    Click::Nothing
}

pub fn rows(open: &mut OpenTable, parts: Parts, position: Position) -> Click {
    if parts.tabs.contains(position) {
        if let Some(tab) = Tab::at(parts.tabs, position.x) {
            open.design.show(tab);
        }
    } else if parts.heading.contains(position) {
        let area = rows_view::columns_area(parts.heading);
        let x = position.x.saturating_sub(area.x);
        let placed = open.columns.line(area.width, open.left).columns;
        let hit = placed.iter().find(|placed| (placed.x..placed.x + placed.width).contains(&x));
        if let Some(column) = hit.map(|placed| placed.column.name.clone()) {
            let mut order = Order { column, direction: Direction::Ascending };
            if open.order == order {
                order.turn_round();
            }
            open.sort_by(order);
        }
    } else if parts.rows.contains(position) {
        let row = open.first() + usize::from(position.y - parts.rows.y);
        if row == open.position() {
            return OPEN;
        }
        if row < open.pages.len() {
            open.go_to(row, usize::from(parts.rows.height));
        }
    }
    Click::Nothing
}
