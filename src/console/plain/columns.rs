//! The lines of a list as text: each value behind the title of its column.
//!
//! Lists are drawn one cell below the other, and an empty one shows by where it is. Read aloud or
//! sought by `grep`, a line has no such places, so each says what its values are. The columns are
//! found by the look of their titles: nobody sees it here, and nothing else has it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
};

use super::lines::without_marks;
use crate::console::{
    fit,
    theme::{Paint, Theme},
};

/// The colour of titles in what is only read off.
const TITLE: Color = Color::Indexed(1);

/// The looks of what is only read off: titles differ from everything else.
pub fn theme() -> Theme {
    Theme { heading: Paint(Style::new().fg(TITLE)), ..Theme::default() }
}

/// A line that was drawn, cell by cell.
#[derive(Debug)]
pub struct Drawn<'a> {
    cells: Vec<Cell<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Cell<'a> {
    x: u16,
    symbol: &'a str,
    is_title: bool,
}

/// The lines of an area from the top.
pub fn drawn(buffer: &Buffer, area: Rect) -> impl Iterator<Item = Drawn<'_>> {
    let line = move |y: u16| {
        let mut cells = Vec::new();
        let mut x = area.x;
        while x < area.right() {
            let cell = &buffer[(x, y)];
            cells.push(Cell { x, symbol: cell.symbol(), is_title: cell.fg == TITLE });
            x += fit::width(cell.symbol()).max(1);
        }
        Drawn { cells }
    };
    (area.top()..area.bottom()).map(line)
}

impl Drawn<'_> {
    pub fn text(&self) -> String {
        self.cells.iter().map(|cell| cell.symbol).collect()
    }

    fn between(&self, start: u16, end: u16) -> String {
        let within = |cell: &&Cell<'_>| (start..end).contains(&cell.x);
        self.cells.iter().filter(within).map(|cell| cell.symbol).collect()
    }
}

/// The columns below a line of titles.
#[derive(Debug)]
pub struct Columns(Vec<Column>);

#[derive(Debug)]
struct Column {
    /// Empty where the values are names of lines.
    title: String,
    order: &'static str,
    start: u16,
    end: u16,
}

impl Columns {
    /// Those that begin at this line, if it holds titles; one title alone is a heading of something else.
    pub fn begin(line: &Drawn<'_>) -> Option<Self> {
        let runs = line.cells.chunk_by(|one, next| one.is_title == next.is_title);
        let columns: Vec<_> = runs
            .filter(|run| run.first().is_some_and(|cell| cell.is_title))
            .filter_map(|run| {
                let (first, last) = (run.first()?, run.last()?);
                // The mark beside an environment's name is no part of it.
                let text: String = run.iter().map(|cell| cell.symbol).filter(|symbol| *symbol != "✗").collect();
                let text = without_marks(&text);
                let order = [(" ↑", " ascending"), (" ↓", " descending")];
                let (title, order) = order
                    .into_iter()
                    .find_map(|(arrow, order)| Some((text.strip_suffix(arrow)?, order)))
                    .unwrap_or((&text, ""));
                let end = last.x + fit::width(last.symbol).max(1);
                Some(Column { title: title.to_owned(), order, start: first.x, end })
            })
            .collect();
        (columns.len() > 1).then_some(Self(columns))
    }

    /// What there is, by which one it is sorted, and how many do not fit.
    pub fn titles(&self, line: &Drawn<'_>) -> String {
        let titled = self.0.iter().filter(|column| !column.title.is_empty());
        let mut parts: Vec<_> = titled.map(|column| format!("{}{}", column.title, column.order)).collect();
        let beside: String = line.cells.iter().filter(|cell| !cell.is_title).map(|cell| cell.symbol).collect();
        for word in beside.split_whitespace() {
            if let Some(count) = word.strip_prefix('‹') {
                parts.push(format!("{count} more to the left"));
            } else if let Some(count) = word.strip_suffix('›') {
                parts.push(format!("{count} more to the right"));
            }
        }
        format!("Columns: {}", parts.join(", "))
    }

    /// The line with a title before each value; nothing if it is no line of the list: something
    /// stands between the columns, or there is a single value as in a sentence.
    pub fn row(&self, line: &Drawn<'_>) -> Option<String> {
        let mut marks = String::new();
        let mut at = 0;
        for column in &self.0 {
            marks.push_str(&line.between(at, column.start));
            at = column.end;
        }
        marks.push_str(&line.between(at, u16::MAX));
        let said: Vec<_> = marks.chars().filter(|c| !c.is_whitespace()).map(mark).collect::<Option<_>>()?;
        let selected = marks.contains('▌');
        let values: Vec<_> = self.0.iter().map(|column| (column, line.between(column.start, column.end))).collect();
        let values = values.into_iter().map(|(column, value)| (&*column.title, without_marks(&value)));
        let values: Vec<_> = values.filter(|(_, value)| !value.is_empty()).collect();
        if values.is_empty() || values.len() == 1 && !selected {
            return None;
        }
        let values = values.iter().map(|(title, value)| format!("{title} {value}").trim_start().to_owned());
        let said = said.into_iter().filter(|said| !said.is_empty()).map(str::to_owned);
        let text = said.chain(values).collect::<Vec<_>>().join(", ");
        Some(if selected { format!("> {text}") } else { text })
    }
}

/// What a mark beside the columns says; `None` for what is none.
const fn mark(character: char) -> Option<&'static str> {
    match character {
        '✓' => Some("marked"),
        '▸' => Some("folded"),
        '▌' | '▐' | '▾' | '│' => Some(""),
        _ => None,
    }
}
