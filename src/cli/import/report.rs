//! The plan in words.

use super::{
    files::Names,
    plan::{Action, ColumnPlan, Plan, TablePlan, grouped},
};
use crate::cli::output::{Output, count};

/// The plan as people read it before they agree to it.
pub fn text(plan: &Plan, output: Output) -> String {
    let mut parts = vec![overview(plan, output)];
    parts.extend(plan.tables.iter().filter(|table| table.action != Action::Skip).map(|table| details(table, output)));
    parts.extend([users(plan), files(plan), permissions(plan)].into_iter().flatten());
    if !plan.ignored.is_empty() {
        parts.push(format!("not part of an export, and left alone: {}", plan.ignored.join(", ")));
    }
    if !plan.problems.is_empty() {
        let mut lines = vec!["cannot be read:".to_owned()];
        lines.extend(plan.problems.iter().map(|problem| format!("  {problem}")));
        if plan.more_problems > 0 {
            lines.push(format!("  and {} more", grouped(plan.more_problems)));
        }
        parts.push(lines.join("\n"));
    }
    if !plan.conflicts.is_empty() {
        let mut lines = vec!["in the way:".to_owned()];
        lines.extend(plan.conflicts.iter().map(|conflict| {
            let flag = conflict.flag.map(|flag| format!(" ({flag} goes on all the same)")).unwrap_or_default();
            format!("  {}: {}{flag}", conflict.table, conflict.message)
        }));
        parts.push(lines.join("\n"));
    }
    parts.join("\n\n")
}

fn overview(plan: &Plan, output: Output) -> String {
    let rows = plan.tables.iter().map(|table| {
        let action = match (table.action, table.rows_there) {
            (Action::Create, _) => "is created".to_owned(),
            (Action::Add, Some(there)) => format!("is there with {}, and gets these", count(there, "row")),
            (Action::Add, None) => "is there, and gets these".to_owned(),
            (Action::Skip, _) => "is skipped: an import of the same pages is complete".to_owned(),
        };
        let (rows, pages) = (grouped(table.rows), grouped(table.pages as u64));
        vec![table.table.as_str().into(), rows.into(), pages.into(), action.into()]
    });
    output.table(&["TABLE", "ROWS", "PAGES", "WHAT HAPPENS"], rows.collect())
}

fn users(plan: &Plan) -> Option<String> {
    let users = plan.users.as_ref()?;
    let present = match users.people.present {
        0 => String::new(),
        present => format!("; {} of them are there already, and stay as they are", grouped(present)),
    };
    Some(format!(
        "users: {} on {}; they keep ids, names and roles, and have no password until `bkend user invite` or \
         `set-password`{present}",
        grouped(users.users),
        count(users.pages as u64, "page")
    ))
}

fn files(plan: &Plan) -> Option<String> {
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
        lines.push("  --rewrite-urls puts their new keys in the place of the old ones in rows".to_owned());
    }
    Some(lines.join("\n"))
}

fn details(table: &TablePlan, output: Output) -> String {
    let mut parts = vec![format!("{}:", table.table)];
    if !table.columns.is_empty() {
        let rows = table.columns.iter().map(|column| {
            let kind = column.kind.map_or("-", shown_type);
            vec![format!("  {}", column.name).into(), kind.into(), evidence(column, table.rows).into()]
        });
        parts.push(output.lines(&rows.collect::<Vec<_>>()));
    }
    parts.extend(remarks(table).into_iter().map(|remark| format!("  {remark}")));
    parts.join("\n")
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
            "{} have a createdBy that is none of the users ({}): it is kept",
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

/// An export says nothing of who may read it.
fn permissions(plan: &Plan) -> Option<String> {
    let new = plan.tables.iter().find(|table| table.action == Action::Create)?;
    Some(if new.definition.permissions.is_some() {
        "new tables are closed to all but admins until their permissions are set".to_owned()
    } else {
        "an export says nothing of permissions: new tables have the default ones, by which everybody may read them; \
         --private closes them to all but admins"
            .to_owned()
    })
}
