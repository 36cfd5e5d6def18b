//! `bkend env compare`.

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::super::{Failure, Session, columns::Heading, output::Cell};
use crate::domain::{
    api::Environment,
    compare::{self, Counts, Difference, Part, Sides, TableComparison},
};

/// Show how the tables of two environments differ
///
/// What only the second one has is new (+), what only the first one has is missing (-), what both have
/// in another form is changed (~). Tables, columns, indexes and permissions are compared; rows are
/// counted. Nothing is written.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend env compare dev staging
  bkend env compare dev prod --json | jq '.tables[] | select(.difference != \"same\") | .name'")]
pub struct Compare {
    /// The first environment's name or id
    left: String,
    /// The second environment's name or id
    right: String,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    left: &'a Environment,
    right: &'a Environment,
    counts: Counts,
    tables: &'a [TableComparison],
}

impl Compare {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let project = session.project().await?;
        let left = session.environment_named(&project, &self.left).await?;
        let right = session.environment_named(&project, &self.right).await?;
        let [of_left, of_right] =
            [session.client.tables(&left.id).await?.items, session.client.tables(&right.id).await?.items];
        let tables = compare::compare(&of_left, &of_right);
        let report = Report { left: &left, right: &right, counts: compare::count(&tables), tables: &tables };
        session.output().result(&report, || report.text(session))
    }
}

impl Report<'_> {
    fn text(&self, session: &Session) -> String {
        let Counts { same, new, changed, missing } = self.counts;
        let names = format!("{} to {}", self.left.name, self.right.name);
        let mut lines = vec![format!("{names}: {new} new, {changed} changed, {missing} missing, {same} the same")];
        let rows: Vec<_> = self.tables.iter().flat_map(rows_of).collect();
        if !rows.is_empty() {
            let [left, right] = [&self.left.name, &self.right.name].map(|name| format!("ROWS {name}"));
            let columns = [
                Heading::new(""),
                Heading::new("TABLE").cut(24),
                Heading::new("WHAT"),
                Heading::new("HOW").cut(16),
                Heading::new(&left).drop(1),
                Heading::new(&right).drop(2),
            ];
            lines.push(session.output().table(&columns, rows));
        }
        lines.join("\n")
    }
}

/// A line for the table, and one for each of its parts that differ.
fn rows_of(table: &TableComparison) -> Vec<Vec<Cell>> {
    let count = |rows: Option<u64>| rows.map_or_else(Cell::no_number, Cell::number);
    let Sides { left, right } = table.rows;
    let what = table.difference.as_str();
    let first = vec![
        mark(table.difference),
        table.name.as_str().into(),
        what.into(),
        Cell::default(),
        count(left),
        count(right),
    ];
    // The parts of a table that one side does not have say nothing more.
    let parts = table.differing().filter(|_| table.difference == Difference::Changed);
    let line = |(what, part): (&str, &Part)| {
        let name = format!("  {what} {}", part.name);
        vec![mark(part.difference), name.into(), part.difference.as_str().into(), how(part).into()]
    };
    std::iter::once(first).chain(parts.map(line)).collect()
}

fn mark(difference: Difference) -> Cell {
    let mark = difference.mark().to_string();
    match difference {
        Difference::New => Cell::good(mark),
        Difference::Missing => Cell::bad(mark),
        Difference::Same | Difference::Changed => mark.into(),
    }
}

/// `maxLength 9 to 20, unique - to true`; of what one side alone has, what it is.
fn how(part: &Part) -> String {
    let word = |value: Option<&Value>| match value {
        None => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(words)) if words.iter().all(Value::is_string) => {
            words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    };
    let attribute = |(name, sides): (&str, Sides<&Value>)| match part.difference {
        Difference::Changed => format!("{name} {} to {}", word(sides.left), word(sides.right)),
        _ => format!("{name} {}", word(sides.left.or(sides.right))),
    };
    part.attributes().into_iter().map(attribute).collect::<Vec<_>>().join(", ")
}
