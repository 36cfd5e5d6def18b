//! What people and scripts read: aligned tables, lines of names and values, and JSON.

use std::io::{self, IsTerminal as _, Write as _};

use chrono::Local;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::{
    Failure,
    columns::{self, Heading},
    config::Color,
};
use crate::domain::{Status, Timestamp, api::Environment};

#[derive(Clone, Copy, Debug)]
pub struct Output {
    pub json: bool,
    /// No progress and no notes: results and errors only.
    pub quiet: bool,
    colour: bool,
    /// Columns of the terminal that it goes to.
    width: Option<usize>,
}

impl Output {
    pub fn new(json: bool, quiet: bool, colour: Color) -> Self {
        let colour = match colour {
            Color::Always => true,
            Color::Never => false,
            // <https://no-color.org>: set and not empty.
            Color::Auto => {
                io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Self { json, quiet, colour, width: columns::of(&io::stdout()) }
    }

    /// The result of a command: the resource for scripts, `people` for people.
    pub fn result<T: Serialize>(self, resource: &T, people: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json { self.json(resource) } else { print(&people()) }
    }

    pub fn json<T: Serialize>(self, resource: &T) -> Result<(), Failure> {
        // For eyes on a terminal, one line for programs that read lines.
        let json = if io::stdout().is_terminal() {
            serde_json::to_string_pretty(resource)
        } else {
            serde_json::to_string(resource)
        };
        print(&json.map_err(io::Error::from)?)
    }

    /// Progress and notes, beside the result. They are people's: with `--json` standard error holds
    /// an error or nothing.
    pub fn note(self, text: &str) {
        if !self.json {
            self.note_styled(&prose(&printable(text, true)));
        }
    }

    /// A note of what [`Self::table`] or [`Self::lines`] made, whose colours are to be seen.
    pub fn note_styled(self, text: &str) {
        if !self.quiet {
            // A note that cannot be written is not worth failing for.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// An error, as a sentence or as `{error}`.
    pub fn error(self, failure: &Failure) {
        let text = if self.json {
            serde_json::to_string(&failure.to_body()).unwrap_or_else(|error| error.to_string())
        } else {
            prose(&format!("error: {}", printable(&failure.to_string(), true)))
        };
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Rows below a header, as wide as the terminal at most.
    pub fn table(self, columns: &[Heading<'_>], rows: Vec<Vec<Cell>>) -> String {
        let header = columns.iter().map(|column| Cell::heading(column.title)).collect();
        let mut rows: Vec<Vec<Cell>> = std::iter::once(header).chain(rows).collect();
        if let Some(width) = self.width {
            let fitting = columns::fit(columns, &widths(&rows), width);
            for row in &mut rows {
                let cells = std::mem::take(row).into_iter().zip(&fitting);
                let fitted = cells.filter_map(|(cell, width)| width.map(|width| cell.shortened(width)));
                *row = fitted.collect();
            }
        }
        self.lines(&rows)
    }

    /// Names on the left, values on the right; a value that is empty leaves its line out.
    pub fn fields(self, fields: Vec<(&'static str, Cell)>) -> String {
        let filled = fields.into_iter().filter(|(_, value)| !value.text.is_empty());
        let line = |(name, value)| vec![Cell { style: Style::Dim, ..Cell::from(name) }, value];
        self.lines(&filled.map(line).collect::<Vec<_>>())
    }

    /// Rows without a header.
    pub fn lines(self, rows: &[Vec<Cell>]) -> String {
        let widths = widths(rows);
        // A column of numbers is aligned to the right, its header with it.
        let numeric: Vec<bool> = (0..widths.len())
            .map(|column| rows.get(1).and_then(|row| row.get(column)).is_some_and(|cell| cell.number))
            .collect();
        let mut text = String::new();
        for row in rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let padding = " ".repeat(widths[column] - cell.text.width());
                let content = self.paint(cell);
                if column > 0 {
                    line.push_str(&" ".repeat(columns::GAP));
                }
                let parts = if numeric[column] { [&padding, &content] } else { [&content, &padding] };
                line.extend(parts.map(String::as_str));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.pop();
        text
    }

    fn paint(self, cell: &Cell) -> String {
        let code = match cell.style {
            _ if !self.colour || cell.text.is_empty() => return cell.text.clone(),
            Style::Plain => return cell.text.clone(),
            Style::Dim => "2",
            Style::Good => "32",
            Style::Bad => "31",
            Style::Moving => "33",
        };
        format!("\x1b[{code}m{}\x1b[0m", cell.text)
    }
}

/// The width of the widest text of each column.
fn widths(rows: &[Vec<Cell>]) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.text.width());
        }
    }
    widths
}

/// One value of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    number: bool,
    style: Style,
}

#[derive(Clone, Copy, Debug, Default)]
enum Style {
    #[default]
    Plain,
    Dim,
    Good,
    Bad,
    Moving,
}

impl Cell {
    pub fn heading(name: &str) -> Self {
        Self { style: Style::Dim, ..name.into() }
    }

    fn shortened(self, width: usize) -> Self {
        Self { text: columns::shortened(&self.text, width), ..self }
    }

    pub fn number(number: u64) -> Self {
        Self { text: number.to_string(), number: true, style: Style::Plain }
    }

    /// In a column of numbers.
    pub fn no_number() -> Self {
        Self { number: true, ..Self::from("-") }
    }

    pub fn bytes(bytes: u64) -> Self {
        Self { text: human_bytes(bytes), number: true, style: Style::Plain }
    }

    /// In the reader's time zone.
    pub fn time(time: Timestamp) -> Self {
        time.to_utc().with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string().into()
    }

    pub fn good(text: impl Into<String>) -> Self {
        Self { style: Style::Good, ..text.into().into() }
    }

    pub fn bad(text: impl Into<String>) -> Self {
        Self { style: Style::Bad, ..text.into().into() }
    }

    /// The status, with the step of one that is being created.
    pub fn status(environment: &Environment) -> Self {
        let status = environment.status;
        let text = match environment.step.filter(|_| status == Status::Creating) {
            Some(step) => format!("{status} {}/{} {}", step.index, step.of, step.name.label()),
            None => status.to_string(),
        };
        let style = match status {
            Status::Active => Style::Good,
            Status::Failed => Style::Bad,
            Status::Creating | Status::Ready | Status::Deleting => Style::Moving,
        };
        Self { text, number: false, style }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: printable(&text.into(), false), number: false, style: Style::Plain }
    }
}

/// Writes to stdout, with a line end.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    Ok(stdout.flush()?)
}

/// Counts in words: `1 row`, `2 rows`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit after the point")]
pub fn human_bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 999.95 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

/// Sentences for standard error, broken at words where that is a terminal.
pub(super) fn prose(text: &str) -> String {
    columns::of(&io::stderr()).map_or_else(|| text.to_owned(), |width| wrapped(text, width))
}

/// Text in lines of that width; a word that is longer stays whole, and breaks where the terminal does.
fn wrapped(text: &str, width: usize) -> String {
    let mut broken = String::new();
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            broken.push('\n');
        }
        let mut room = width;
        for (place, word) in line.split(' ').enumerate() {
            let columns = word.width();
            if place > 0 && columns > 0 && columns + 1 > room {
                broken.push('\n');
                room = width;
            } else if place > 0 {
                broken.push(' ');
                room = room.saturating_sub(1);
            }
            broken.push_str(word);
            room = room.saturating_sub(columns);
        }
    }
    broken
}

/// Text that somebody else wrote, without the control characters that would command the terminal.
pub(super) fn printable(text: &str, lines: bool) -> String {
    let shown = |c: char| if c.is_control() && !(lines && c == '\n') { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Output {
        Output { json: false, quiet: false, colour: false, width: None }
    }

    #[test]
    fn columns_are_aligned_and_numbers_stand_to_the_right() {
        let rows = vec![
            vec!["dev".into(), Cell::number(7), "first".into()],
            vec!["日本".into(), Cell::number(1204), Cell::default()],
        ];
        assert_eq!(
            plain().table(&["NAME", "ROWS", "NOTE"].map(Heading::new), rows),
            "NAME  ROWS  NOTE\ndev      7  first\n日本  1204"
        );
    }

    #[test]
    fn on_a_narrow_terminal_a_table_gives_way_and_elsewhere_it_is_whole() {
        let columns = [Heading::new("NAME"), Heading::new("CREATED").drop(1), Heading::new("NOTE").cut(5)];
        let rows = || vec![vec!["dev".into(), "2026-11-20".into(), "the disk is full".into()]];
        let narrow = Output { width: Some(15), ..plain() };
        assert_eq!(narrow.table(&columns, rows()), "NAME  NOTE\ndev   the disk…");
        assert!(plain().table(&columns, rows()).ends_with("dev   2026-11-20  the disk is full"));
    }

    #[test]
    fn sentences_break_between_words_and_a_prompt_keeps_its_end() {
        let text = "This deletes key 1. It cannot be undone.\nType web to go on: ";
        assert_eq!(wrapped(text, 22), "This deletes key 1. It\ncannot be undone.\nType web to go on: ");
        assert_eq!(wrapped("a/path/that/is/long is it", 8), "a/path/that/is/long\nis it");
        assert_eq!(wrapped("  indented  twice", 80), "  indented  twice");
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let text = plain().fields(vec![("description", "\x1b[2J\nhello".into()), ("empty", "".into())]);
        assert_eq!(text, "description  \u{fffd}[2J\u{fffd}hello");
    }

    #[test]
    fn colour_does_not_move_a_column() {
        let coloured = Output { colour: true, ..plain() };
        let rows = || vec![vec![Cell::good("active"), "x".into()], vec![Cell::bad("failed"), "y".into()]];
        let stripped = coloured.table(&["STATUS", "N"].map(Heading::new), rows());
        let stripped =
            ["\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"].iter().fold(stripped, |s, code| s.replace(code, ""));
        assert_eq!(stripped, plain().table(&["STATUS", "N"].map(Heading::new), rows()));
    }

    #[test]
    fn sizes_have_a_unit_and_one_digit() {
        for (bytes, text) in [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (999_950, "1.0 MB"), (3_100_000, "3.1 MB")]
        {
            assert_eq!(human_bytes(bytes), text);
        }
    }
}
