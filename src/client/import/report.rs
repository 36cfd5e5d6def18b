//! The plan in words, for whoever lays it out: lines of text, and cells that stand below each other.

use super::{
    Error, Outcome,
    files::Names,
    plan::{Action, ColumnPlan, Conflict, Plan, TablePlan},
};
use crate::domain::number::grouped;

/// Who reads it: there the choices are made in their own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    CommandLine,
    Console,
}

/// Lines that belong together.
pub type Part = Vec<Line>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    Text(String),
    /// What is in the way, or cannot be read.
    Wrong(String),
    /// The names of columns; their cells follow.
    Heading(Vec<&'static str>),
    /// Aligned with the cells of the lines around it.
    Cells(Vec<String>),
}

impl Reader {
    /// What a choice is called where it is made: `--keep-existing`, or a field of a form.
    fn choice(self, flag: &str) -> String {
        match self {
            Self::CommandLine => flag.to_owned(),
            Self::Console => format!("the choice \"{}\"", flag.trim_start_matches("--").replace('-', " ")),
        }
    }
}

/// The plan as people read it before they agree to it.
pub fn parts(plan: &Plan, reader: Reader) -> Vec<Part> {
    let mut parts = vec![overview(plan)];
    parts.extend(plan.tables.iter().filter(|table| table.action != Action::Skip).map(details));
    parts.extend([users(plan), files(plan, reader), permissions(plan, reader)].into_iter().flatten());
    if !plan.ignored.is_empty() {
        let ignored = format!("not part of an export, and left alone: {}", plan.ignored.join(", "));
        parts.push(vec![Line::Text(ignored)]);
    }
    if !plan.problems.is_empty() {
        let mut lines = vec![Line::Wrong("cannot be read:".to_owned())];
        lines.extend(plan.problems.iter().map(|problem| Line::Wrong(format!("  {problem}"))));
        if plan.more_problems > 0 {
            lines.push(Line::Wrong(format!("  and {} more", grouped(plan.more_problems))));
        }
        parts.push(lines);
    }
    if !plan.conflicts.is_empty() {
        let mut lines = vec![Line::Wrong("in the way:".to_owned())];
        lines.extend(plan.conflicts.iter().map(|conflict| {
            let Conflict { table, message, .. } = conflict;
            Line::Wrong(format!("  {table}: {message}{}", all_the_same(conflict, reader)))
        }));
        parts.push(lines);
    }
    parts
}

/// Why a plan is not carried out.
pub fn refusal(plan: &Plan, reader: Reader) -> Option<Error> {
    if let Some(first) = plan.problems.first() {
        let more = plan.problems.len() as u64 - 1 + plan.more_problems;
        let more = if more > 0 { format!(", and {} more", grouped(more)) } else { String::new() };
        return Some(Error::Unusable(format!("{first}{more}; nothing was imported")));
    }
    let first = plan.conflicts.first()?;
    let more = plan.conflicts.len() - 1;
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let (table, message) = (&first.table, &first.message);
    Some(Error::Refused {
        code: "import/conflict",
        message: format!("{table}: {message}{}{more}; nothing was imported", all_the_same(first, reader)),
    })
}

/// What came of it, in a sentence.
pub fn summary(outcome: &Outcome) -> String {
    let imported = outcome.tables.iter().filter(|table| table.status != "skipped");
    let (tables, rows) = imported.fold((0, 0), |(tables, rows), table| (tables + 1, rows + table.rows));
    let skipped = outcome.tables.len() as u64 - tables;
    let skipped = if skipped > 0 { format!("; {skipped} skipped, because complete") } else { String::new() };
    let users = outcome.users.map(|users| format!(", {}", count(users.imported, "user"))).unwrap_or_default();
    let files = outcome.files.as_ref().map(|files| format!(", {}", count(files.imported, "file"))).unwrap_or_default();
    format!("imported {} with {}{users}{files}{skipped}", count(tables, "table"), count(rows, "row"))
}

fn all_the_same(conflict: &Conflict, reader: Reader) -> String {
    conflict.flag.map(|flag| format!(" ({} goes on all the same)", reader.choice(flag))).unwrap_or_default()
}

fn overview(plan: &Plan) -> Part {
    let rows = plan.tables.iter().map(|table| {
        let action = match (table.action, table.rows_there) {
            (Action::Create, _) => "is created".to_owned(),
            (Action::Add, Some(there)) => format!("is there with {}, and gets these", count(there, "row")),
            (Action::Add, None) => "is there, and gets these".to_owned(),
            (Action::Skip, _) => "is skipped: an import of the same pages is complete".to_owned(),
        };
        Line::Cells(vec![table.table.clone(), grouped(table.rows), grouped(table.pages as u64), action])
    });
    std::iter::once(Line::Heading(vec!["TABLE", "ROWS", "PAGES", "WHAT HAPPENS"])).chain(rows).collect()
}

fn users(plan: &Plan) -> Option<Part> {
    let users = plan.users.as_ref()?;
    let present = match users.people.present {
        0 => String::new(),
        present => format!("; {} of them are there already, and stay as they are", grouped(present)),
    };
    Some(vec![Line::Text(format!(
        "users: {} on {}; they keep ids, names and roles, and have no password until `bkend user invite` or \
         `set-password`{present}",
        grouped(users.users),
        count(users.pages as u64, "page")
    ))])
}

fn files(plan: &Plan, reader: Reader) -> Option<Part> {
    let files = plan.files.as_ref()?;
    let matched = &files.matched;
    let mut lines = vec![format!(
        "files: {} on {}, {} of them with their bytes ({} bytes)",
        grouped(files.entries),
        count(files.pages as u64, "page"),
        grouped(matched.complete),
        grouped(matched.bytes)
    )];
    let mut add = |names: &Names, what: &str| {
        if names.count > 0 {
            let more = if names.count > names.examples.len() as u64 { ", …" } else { "" };
            lines.push(format!("  {} {what}: {}{more}", grouped(names.count), names.examples.join(", ")));
        }
    };
    add(&matched.without_bytes, "in the list and not in the folder");
    add(&matched.wrong_size, "of another size than the list says, so left out");
    add(&matched.without_entry, "in the folder and not in the list, so left out");
    add(&matched.collided, "used by several entries, so that the folder holds only the last of each");
    if matched.complete > 0 {
        let choice = reader.choice("--rewrite-urls");
        lines.push(format!("  {choice} puts their new keys in the place of the old ones in rows"));
    }
    Some(lines.into_iter().map(Line::Text).collect())
}

fn details(table: &TablePlan) -> Part {
    let columns = table.columns.iter().map(|column| {
        let kind = column.kind.map_or("-", shown_type);
        Line::Cells(vec![format!("  {}", column.name), kind.to_owned(), evidence(column, table.rows)])
    });
    let remarks = remarks(table).into_iter().map(|remark| Line::Text(format!("  {remark}")));
    std::iter::once(Line::Text(format!("{}:", table.table))).chain(columns).chain(remarks).collect()
}

/// The console's word for a type of the schema.
fn shown_type(bson: &str) -> &str {
    match bson {
        "double" => "number",
        "bool" => "boolean",
        other => other,
    }
}

fn evidence(column: &ColumnPlan, rows: u64) -> String {
    let values: u64 = column.seen.values().sum();
    let mut parts = vec![match column.undeclared {
        Some("mixed") => {
            let types = column.seen.iter().map(|(kind, number)| format!("{} {kind}", grouped(*number)));
            let types = types.collect::<Vec<_>>().join(", ");
            format!("mixed ({types}): left undeclared, so that nothing is refused")
        }
        Some(reason) => format!("{reason}: left undeclared"),
        None => format!("{} of {} values", grouped(values), grouped(rows.max(values))),
    }];
    if column.nulls > 0 && column.undeclared != Some("only nulls") {
        parts.push(format!("{} null", grouped(column.nulls)));
    }
    if column.absent > 0 {
        parts.push(format!("{} without it", grouped(column.absent)));
    }
    if column.required {
        parts.push("required".to_owned());
    }
    parts.join(", ")
}

fn remarks(table: &TablePlan) -> Vec<String> {
    let mut remarks = Vec::new();
    if table.repeated > 0 {
        remarks.push(format!("{} came twice, and are kept once", count_rows(table.repeated)));
    }
    if table.revised > 0 {
        let rows = count_rows(table.revised);
        remarks.push(format!("{rows} came twice with different content: the one that was updated last is kept"));
    }
    if table.untimed > 0 {
        remarks.push(format!("{} without createdAt: they get the time of the import", count_rows(table.untimed)));
    }
    if table.owners_unknown.rows > 0 {
        remarks.push(format!(
            "the createdBy of {} is none of the users ({}): it is kept",
            count_rows(table.owners_unknown.rows),
            table.owners_unknown.examples.join(", ")
        ));
    }
    if table.columns_beyond > 0 {
        let values = grouped(table.columns_beyond);
        remarks.push(format!("it has more columns than a table declares: {values} of their values stay undeclared"));
    }
    for (column, values) in &table.dead_urls {
        remarks.push(format!(
            "{} {} of {column} with an address of img.bkend.ai or api-client.bkend.ai, where nobody answers any more",
            grouped(*values),
            if *values == 1 { "value" } else { "values" }
        ));
    }
    remarks
}

fn count_rows(number: u64) -> String {
    format!("{} {}", grouped(number), if number == 1 { "row" } else { "rows" })
}

/// Counts in words: `1 row`, `2 rows`.
fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// An export says nothing of who may read it.
fn permissions(plan: &Plan, reader: Reader) -> Option<Part> {
    let new = plan.tables.iter().find(|table| table.action == Action::Create)?;
    let text = if new.definition.permissions.is_some() {
        "new tables are closed to all but admins until their permissions are set".to_owned()
    } else {
        format!(
            "an export says nothing of permissions: new tables have the default ones, by which everybody may read \
             them; {} closes them to all but admins",
            reader.choice("--private")
        )
    };
    Some(vec![Line::Text(text)])
}
