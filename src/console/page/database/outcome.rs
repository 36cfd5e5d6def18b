//! What becomes of the calls that were made here: rows read, tables created and deleted.

use super::{Database, design, tab};
use crate::{
    client::{self, import::Wanted},
    console::{
        call::{Call, Reply, RowCall, TableCall},
        effect::{Effect, Ticket},
        modal::{import_plan::ImportPlan, refusal},
        page::list::Item as _,
        remote::Remote,
        shell::Shell,
        stream,
        toast::Tone,
    },
    domain::EnvironmentId,
};

pub fn answer(
    page: &mut Database,
    shell: &mut Shell,
    ticket: &Ticket,
    call: &Call,
    result: Result<Reply, client::Error>,
) {
    let height = super::height(shell);
    match (call, result) {
        (Call::Design(environment, name, call), result) => {
            let place = page.places.get_mut(environment);
            design::answer(place, shell, ticket, (environment, name), call, result);
        }
        (Call::Row(environment, RowCall::Page { table, .. }), result) => {
            let open = page.places.get_mut(environment).and_then(|place| place.open.as_mut());
            let Some(open) = open.filter(|open| open.name == *table) else { return };
            let height = tab::parts_here(shell).height();
            match result {
                Ok(Reply::Rows(page)) => open.answer(ticket.generation, Ok(page), height),
                Ok(_) => {}
                Err(error) => {
                    open.answer(ticket.generation, Err(refusal(&error)), height);
                    // What is refused, like a filter, is refused again until it is changed.
                    if !matches!(error, client::Error::Refused { .. }) {
                        stream::reading_failed(shell, &error);
                    }
                }
            }
        }
        (Call::Table(environment, TableCall::Create(_)), Ok(Reply::Table(table))) => {
            stream::put_table(shell, &table);
            let place = page.places.entry(environment);
            // What was just created has to be seen.
            place.tables.filter.clear();
            if let Some(tables) = shell.tables.get(environment).and_then(Remote::value) {
                place.tables.derive(tables, height);
            }
            place.tables.select(&table.id, height);
            let text = format!("has the table {}: {} opens it", table.name, shell.keymap.way("database-open"));
            shell.say(Tone::Success, Some(environment), text);
        }
        (Call::Table(environment, TableCall::Delete { .. }), Ok(Reply::Table(deleted))) => {
            if let Some(tables) = shell.tables.get_mut(environment).and_then(Remote::value_mut) {
                tables.retain(|table| table.id != deleted.id);
            }
            let text = format!("the table {} is deleted", deleted.name);
            shell.say(Tone::Success, Some(environment), text);
        }
        (Call::Row(environment, RowCall::Create { table, .. }), Ok(Reply::Row(row))) => {
            if let Some(open) = page.opened(environment, table) {
                open.list.select(row.id());
            }
            page.count(shell, ticket, (environment, table), 1);
            shell.say(Tone::Success, Some(environment), format!("{table} has a new row"));
        }
        (Call::Row(environment, RowCall::Change { table, .. }), Ok(Reply::Row(row))) => {
            if let Some(open) = page.opened(environment, table) {
                open.put(*row);
            }
            shell.say(Tone::Success, Some(environment), format!("the row of {table} is saved"));
        }
        (Call::Row(environment, RowCall::Delete { table, ids, .. }), Ok(Reply::RowsDeleted(rows))) => {
            page.remove(shell, environment, ids);
            page.count(shell, ticket, (environment, table), -signed(rows.len()));
            page.deletions.add(shell, environment, table, rows);
        }
        (Call::Row(environment, RowCall::Restore { table, rows }), Ok(Reply::RowsRestored(count))) => {
            page.deletions.undone(shell, environment, table, rows);
            if let Some(open) = page.opened(environment, table) {
                open.list.select(rows.first().and_then(|row| row.id()));
            }
            page.count(shell, ticket, (environment, table), i64::try_from(count).unwrap_or(i64::MAX));
        }
        (call @ Call::Row(environment, row), Err(error)) => {
            if let RowCall::Restore { table, rows } = row {
                page.deletions.failed(shell, environment, table, rows);
            }
            if let RowCall::Delete { table, ids, .. } = row
                && let Some(open) = page.opened(environment, table)
            {
                // What went from the list before its time comes back.
                open.list.select(ids.first().map(String::as_str));
            }
            shell.say_failure(call, &error);
        }
        (call, Err(error)) => shell.say_failure(call, &error),
        (_, Ok(_)) => {}
    }
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The folder holds an export: it is read, and the plan shown.
pub fn found_export(shell: &mut Shell, environment: &EnvironmentId, wanted: &Wanted) -> Vec<Effect> {
    let Some(entry) = shell.environments.get(environment) else { return Vec::new() };
    let environment = entry.environment.clone();
    let project = shell.project.as_ref().map(|project| project.name.clone()).unwrap_or_default();
    ImportPlan::open(shell, project, environment, wanted.clone())
}
