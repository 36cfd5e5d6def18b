//! The comparison on the screen: what it is, and what either side says of it.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Compare, Place,
    describe::{self, What},
    detail,
    rows::Row,
};
use crate::{
    console::{
        fit,
        page::{
            absence,
            list::{Parts, view::nothing_matches},
            title::{Button, Title},
        },
        shell::{Shell, mark},
        theme::Theme,
        view::frame::rule,
        widget::Pen,
    },
    domain::{
        api::Environment,
        compare::{Difference, Part, Sides, TableComparison, count},
    },
};

pub const BUTTON: Button = Button { text: "With…", short: "", command: "compare-with" };
/// Columns of the cursor's mark before the first column.
const MARK: u16 = 3;
const GAP: u16 = 2;
/// Columns of the mark of a difference, and of the fold.
const SIGN: u16 = 2;

pub fn view(page: &Compare, place: &Place, shell: &Shell, parts: Parts, area: Rect, buffer: &mut Buffer) {
    let pair = place.choice.pair(shell);
    let sides = pair.as_ref().and_then(|pair| pair.environments(shell));
    let Some(Sides { left: Some(left), right: Some(right) }) = sides else {
        title(page, place, shell, parts.title, buffer);
        let way = shell.keymap.way("environment-create");
        let text = format!(
            "There is nothing to compare with yet: {way} on the Environments page creates another environment."
        );
        absence::prose(&text, shell.theme.text, below(area, parts), buffer);
        return;
    };
    title(page, place, shell, parts.title, buffer);
    let columns = Columns::of(parts.heading, place.rows.longest);
    heading(shell, columns, [left, right], parts.heading, buffer);
    let Some(tables) = page.tables(shell) else {
        instead(shell, [left, right], below(area, parts), buffer);
        return;
    };
    if place.rows.is_empty() {
        nothing(place, shell, [left, right], tables, parts.rows, buffer);
        return;
    }
    for (y, (index, row)) in (0..parts.rows.height).zip(place.rows.visible()) {
        let line = Rect { y: parts.rows.y + y, height: 1, ..parts.rows };
        let selected = index == place.rows.position();
        self::row(place, shell, row, tables, selected, line, buffer);
    }
    if let (Some((y, pane)), Some(row)) = (parts.detail, place.rows.selected()) {
        rule(shell, area, y, &name(row, tables), buffer);
        detail::view(shell, row, tables, [left, right], pane, buffer);
    }
}

fn below(area: Rect, parts: Parts) -> Rect {
    Rect { height: area.bottom().saturating_sub(parts.rows.y), y: parts.rows.y, ..area }
}

fn title(page: &Compare, place: &Place, shell: &Shell, line: Rect, buffer: &mut Buffer) {
    let counts = page.tables(shell).map(count);
    let count = counts.map(|counts| {
        let said =
            [(counts.new, "new"), (counts.changed, "changed"), (counts.missing, "missing"), (counts.same, "same")];
        let said: Vec<_> =
            said.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
        if said.is_empty() { "no tables".to_owned() } else { said.join(", ") }
    });
    let pair = place.choice.pair(shell);
    let failure = pair.iter().flat_map(super::Pair::both).find_map(|id| shell.tables.get(id)?.failure());
    let old = counts.and_then(|_| absence::old(shell, failure, None));
    let note = old.or_else(|| Some(("reading only".to_owned(), shell.theme.muted)));
    let title = Title {
        name: "Compare",
        count: count.unwrap_or_default(),
        filter: &place.rows.filter,
        note,
        button: Some(BUTTON),
    };
    title.view(shell, line, buffer);
}

/// Where the columns are.
#[derive(Clone, Copy, Debug)]
struct Columns {
    name: u16,
    side: u16,
}

impl Columns {
    fn of(line: Rect, longest: u16) -> Self {
        let rest = line.width.saturating_sub(MARK + 2 * SIGN + 2 * GAP + 1);
        let name = (longest + 2).clamp(10, (rest * 2 / 5).max(10));
        Self { name, side: rest.saturating_sub(name) / 2 }
    }
}

fn heading(shell: &Shell, columns: Columns, both: [&Environment; 2], line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut pen = Pen::new(buffer, line);
    pen.skip(MARK + SIGN).block("TABLE", columns.name + SIGN, theme.heading);
    let mut x = pen.position();
    for environment in both {
        let side = Rect { x: x + GAP, width: columns.side, ..line }.intersection(line);
        x = side.right();
        let Some(entry) = shell.environments.get(&environment.id) else { continue };
        let style = if entry.is_production() { theme.production } else { theme.strong };
        let name = fit::truncate(environment.name.as_str(), side.width.saturating_sub(2));
        Pen::new(buffer, side).block("", side.width, theme.heading);
        let mut pen = Pen::new(buffer, side);
        pen.put(&name, style).skip(1);
        pen.put(mark(entry, shell.now, shell.clock_runs), theme.status(environment.status));
    }
}

fn row(
    place: &Place,
    shell: &Shell,
    row: Row,
    tables: &[TableComparison],
    selected: bool,
    line: Rect,
    buffer: &mut Buffer,
) {
    let theme = &shell.theme;
    let columns = Columns::of(line, place.rows.longest);
    let table = row.table(tables);
    let mut pen = Pen::new(buffer, line);
    pen.skip(1).column(if selected { "▌" } else { "" }, MARK - 1, theme.accent);
    let part = row.part(tables);
    let difference = part.map_or(table.difference, |(_, part)| part.difference);
    let style = paint(theme, difference);
    if part.is_none() {
        pen.column(if place.rows.is_folded(table) { "▸" } else { "▾" }, SIGN, theme.muted);
    } else {
        pen.skip(SIGN);
    }
    pen.column(&difference.mark().to_string(), SIGN, style);
    let name = match part {
        None => table.name.clone(),
        Some((what, part)) => format!("{} {}", what.as_str(), part.name),
    };
    if selected {
        pen.block(&name, columns.name, theme.selection.0);
    } else {
        pen.column(&name, columns.name, style);
    }
    let sides = match part {
        None => rows_of(table),
        Some((what, part)) => definitions(what, part),
    };
    for text in [sides.left, sides.right] {
        match text {
            Some(text) => pen.skip(GAP).column(&text, columns.side, if part.is_none() { theme.text.0 } else { style }),
            None => pen.skip(GAP).column("–", columns.side, theme.muted),
        };
    }
}

fn rows_of(table: &TableComparison) -> Sides<String> {
    let count = |rows: u64| fit::count(rows, "row");
    Sides { left: table.rows.left.map(count), right: table.rows.right.map(count) }
}

fn definitions(what: What, part: &Part) -> Sides<String> {
    let Sides { left, right } = &part.definition;
    Sides {
        left: left.as_ref().map(|left| describe::definition(what, left)),
        right: right.as_ref().map(|right| describe::definition(what, right)),
    }
}

/// Told by the mark; the colour helps.
pub fn paint(theme: &Theme, difference: Difference) -> Style {
    match difference {
        Difference::Same => theme.muted.0,
        Difference::New => theme.success.0,
        Difference::Changed => theme.warning.0,
        Difference::Missing => theme.error.0,
    }
}

fn name(row: Row, tables: &[TableComparison]) -> String {
    let table = row.table(tables);
    row.part(tables)
        .map_or_else(|| table.name.clone(), |(what, part)| format!("{} · {} {}", table.name, what.as_str(), part.name))
}

/// Why there is no comparison yet.
fn instead(shell: &Shell, both: [&Environment; 2], area: Rect, buffer: &mut Buffer) {
    for environment in both {
        if let Some(reason) = absence::unreadable(shell, environment, "tables") {
            let way = shell.keymap.way(BUTTON.command);
            let text = format!("{reason}. Until then it cannot be compared: {way} chooses another.");
            absence::prose(&text, shell.theme.text, area, buffer);
            return;
        }
    }
    for environment in both {
        let Some(known) = shell.tables.get(&environment.id).filter(|tables| tables.value().is_none()) else { continue };
        let what = format!("tables of {}", environment.name);
        if let Some((text, style)) = absence::of_reading(shell, known.failure(), known.awaited_since(), &what) {
            absence::prose(&text, style, area, buffer);
            return;
        }
    }
}

/// Nothing is listed: there is no table, or no difference, or the filter hides all.
fn nothing(
    place: &Place,
    shell: &Shell,
    [left, right]: [&Environment; 2],
    tables: &[TableComparison],
    area: Rect,
    buffer: &mut Buffer,
) {
    if !place.rows.filter.is_empty() {
        nothing_matches(shell, &mut Pen::line(buffer, area, 1));
        return;
    }
    let text = if tables.is_empty() {
        let way = shell.keymap.way("table-create");
        format!("Neither {} nor {} has a table yet: {way} on the Database page creates one.", left.name, right.name)
    } else {
        let way = shell.keymap.way("compare-differences");
        let tables = fit::count(u64::try_from(tables.len()).unwrap_or(u64::MAX), "table");
        format!("No difference: {} and {} have the same {tables}. {way} shows everything.", left.name, right.name)
    };
    absence::prose(&text, shell.theme.text, area, buffer);
}
