//! The pane below the list: the difference under the cursor, whole.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    describe::{self, What},
    rows::Row,
    view::paint,
};
use crate::{
    console::{fit, shell::Shell, widget::Pen},
    domain::{
        api::Environment,
        compare::{Difference, Part, TableComparison},
    },
};

/// Lines of the pane.
pub const HEIGHT: u16 = 4;
const INSET: u16 = 1;

pub fn view(
    shell: &Shell,
    row: Row,
    tables: &[TableComparison],
    both: [&Environment; 2],
    area: Rect,
    buffer: &mut Buffer,
) {
    let table = row.table(tables);
    let (difference, lines) = match row.part(tables) {
        None => (table.difference, of_table(table, both)),
        Some((what, part)) => (part.difference, of_part(what, part, both)),
    };
    let width = area.width.saturating_sub(2 * INSET);
    let mut y = 0;
    for (index, text) in lines.iter().enumerate() {
        let style = if index == 0 { paint(&shell.theme, difference) } else { shell.theme.text.0 };
        for text in fit::wrap(text, width) {
            Pen::line(buffer, area, y).skip(INSET).put(&text, style);
            y += 1;
        }
    }
}

fn of_table(table: &TableComparison, both: [&Environment; 2]) -> Vec<String> {
    let mut lines = vec![standing(table.difference, both, "table")];
    if table.difference == Difference::Changed {
        let differing =
            |what: What| u64::try_from(what.of(table).iter().filter(|part| !part.is_same()).count()).unwrap_or(0);
        let said = What::ALL.map(|what| (differing(what), what));
        let plural = |(number, what): (u64, What)| match (number, what) {
            (1, what) => format!("1 {}", what.as_str()),
            (number, What::Index) => format!("{number} indexes"),
            (number, what) => format!("{number} {}s", what.as_str()),
        };
        let said: Vec<_> = said.into_iter().filter(|(number, _)| *number > 0).map(plural).collect();
        lines.push(format!("Different: {}.", said.join(", ")));
    }
    let counted = [(both[0], table.rows.left), (both[1], table.rows.right)];
    let counted: Vec<_> = counted
        .into_iter()
        .filter_map(|(environment, rows)| Some(format!("{} in {}", fit::grouped(rows?), environment.name)))
        .collect();
    lines.push(format!("Rows are counted, and make no difference: {}.", counted.join(", ")));
    lines
}

fn of_part(what: What, part: &Part, both: [&Environment; 2]) -> Vec<String> {
    let mut lines = vec![standing(part.difference, both, what.as_str())];
    if part.difference == Difference::Changed {
        lines.extend(describe::attributes(part));
    } else {
        let definition = part.definition.left.as_ref().or(part.definition.right.as_ref());
        lines.extend(definition.map(|definition| describe::definition(what, definition)));
    }
    lines
}

fn standing(difference: Difference, [left, right]: [&Environment; 2], what: &str) -> String {
    match difference {
        Difference::Same => format!("The {what} is the same in {} and {}.", left.name, right.name),
        Difference::New => format!("New: {} has this {what} and {} does not.", right.name, left.name),
        Difference::Missing => format!("Missing: {} has this {what} and {} does not.", left.name, right.name),
        Difference::Changed => format!("Changed from {} to {}:", left.name, right.name),
    }
}
