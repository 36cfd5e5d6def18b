//! What can be asked for in the rows of an open table.

use super::{
    Showing,
    cell_view::CellView,
    column_choice::ColumnChoice,
    commands::{active_and_writable, copy, copy_curl, openable, requestable, selected, theirs},
    deletion,
    draft::Draft,
    row_form::RowForm,
    rows::{MOST_MARKED, OpenTable},
    table,
};
use crate::{
    console::{
        command::{Availability, Command, command},
        effect::Effect,
        page::list::Item as _,
        shell::Shell,
        state::State,
        toast::Tone,
    },
    domain::api::{Record, Table},
};

pub const COMMANDS: &[Command] = &[
    command("row-create", &["n"], "create", "Creates a row in a form made from the schema.", creatable, create),
    command("row-open", &["enter"], "open", "Opens the row to see all of it.", openable, |state| {
        state.pages.database.open(&state.shell);
        Vec::new()
    }),
    command("cell-open", &["o"], "cell", "Opens the cell to see all of it.", in_rows, open_cell),
    command("row-edit", &["i"], "edit", "Changes the row in a form; only what was changed is sent.", changeable, edit),
    command(
        "row-delete",
        &["d"],
        "delete",
        "Deletes the row, or those that are marked; they can be put back for a while.",
        deletable,
        delete,
    ),
    command(
        "row-undo",
        &["z"],
        "undo",
        "Puts back what was deleted last, as it was; again, what was deleted before.",
        undoable,
        undo,
    ),
    command("row-mark", &["space"], "", "Marks the row for a command that is for several.", in_rows, mark),
    command("row-duplicate", &["D"], "", "Creates another row with the same values.", changeable, duplicate),
    command("row-edit-text", &["E"], "", "Changes the row as JSON in your editor.", changeable, edit_text),
    command("row-create-text", &["N"], "", "Creates a row as JSON in your editor.", creatable, create_text),
    command("columns-choose", &["C"], "", "Chooses the columns that are shown.", in_table, choose_columns),
    command("row-copy", &["y"], "", "Copies the row as JSON.", selected, copy),
    command(
        "rows-copy-curl",
        &["Y"],
        "",
        "Copies the request for what is shown, with its filter, as curl with a publishable key.",
        requestable,
        copy_curl,
    ),
];

/// The open table, and the row under the cursor or the one that is open whole.
fn here(state: &State) -> Option<(&OpenTable, Option<&Record>)> {
    match state.pages.database.showing(&state.shell) {
        Showing::Tables(_) | Showing::Design(..) => None,
        Showing::Rows(open) => Some((open, open.list.row())),
        Showing::Record(open, record) => Some((open, Some(record.content()))),
    }
}

/// The table as its environment lists it.
fn listed(state: &State) -> Option<&Table> {
    table(&state.shell, &here(state)?.0.id)
}

fn in_table(state: &State) -> Availability {
    let missing = || format!("{} opens a table first", state.shell.keymap.way("database-open")).into();
    here(state).map(|_| ()).ok_or_else(missing)
}

fn in_rows(state: &State) -> Availability {
    in_table(state)?;
    match state.pages.database.showing(&state.shell) {
        Showing::Record(..) => {
            Err(format!("the row is open whole: {} goes back to its cells", state.shell.keymap.way("back")).into())
        }
        _ => selected(state),
    }
}

fn creatable(state: &State) -> Availability {
    in_table(state)?;
    active_and_writable(&state.shell)?;
    listed(state).map(|_| ()).ok_or_else(|| "the table is not read yet".into())
}

fn changeable(state: &State) -> Availability {
    creatable(state)?;
    selected(state)
}

fn deletable(state: &State) -> Availability {
    creatable(state)?;
    match here(state) {
        Some((open, _)) if !open.marked.is_empty() => theirs(open),
        _ => selected(state),
    }
}

fn undoable(state: &State) -> Availability {
    if state.pages.database.deletions.is_any_possible(&state.shell) {
        return active_and_writable(&state.shell);
    }
    Err("nothing that was deleted here can be put back any more".into())
}

/// Opens a form or a draft about the table and the row, which are both known by then.
fn with_row(state: &mut State, open: impl FnOnce(&mut Shell, &Table, &Record) -> Vec<Effect>) -> Vec<Effect> {
    let row = here(state).and_then(|(_, row)| row.cloned());
    let table = listed(state).cloned();
    match (table, row) {
        (Some(table), Some(row)) => open(&mut state.shell, &table, &row),
        _ => Vec::new(),
    }
}

fn create(state: &mut State) -> Vec<Effect> {
    if let Some(table) = listed(state).cloned() {
        state.shell.open(RowForm::create(&table));
    }
    Vec::new()
}

fn edit(state: &mut State) -> Vec<Effect> {
    with_row(state, |shell, table, row| {
        shell.open(RowForm::edit(table, row));
        Vec::new()
    })
}

fn duplicate(state: &mut State) -> Vec<Effect> {
    with_row(state, |shell, table, row| {
        shell.open(RowForm::duplicate(table, row));
        Vec::new()
    })
}

fn edit_text(state: &mut State) -> Vec<Effect> {
    with_row(state, |shell, table, row| {
        let (draft, effect) = Draft::open(table, Some(row));
        shell.open(draft);
        vec![effect]
    })
}

fn create_text(state: &mut State) -> Vec<Effect> {
    let Some(table) = listed(state).cloned() else { return Vec::new() };
    let (draft, effect) = Draft::open(&table, None);
    state.shell.open(draft);
    vec![effect]
}

fn open_cell(state: &mut State) -> Vec<Effect> {
    let cell = here(state).and_then(|(open, row)| Some(CellView::new(&open.name, &open.column, row?)));
    if let Some(cell) = cell {
        state.shell.open(cell);
    }
    Vec::new()
}

fn mark(state: &mut State) -> Vec<Effect> {
    if !state.pages.database.mark(&state.shell) {
        let text = format!("{MOST_MARKED} rows are marked, which is as many as can be deleted at once");
        state.shell.say(Tone::Warning, None, text);
    }
    Vec::new()
}

fn delete(state: &mut State) -> Vec<Effect> {
    let Some(environment) = state.shell.selected().cloned() else { return Vec::new() };
    let Some((open, row)) = here(state) else { return Vec::new() };
    let (table, hidden) = (open.name.clone(), open.hidden_marks());
    let ids: Vec<String> = match (open.marked.is_empty(), row.and_then(Record::id)) {
        (false, _) => open.marked.iter().cloned().collect(),
        (true, Some(id)) => vec![id.to_owned()],
        (true, None) => return Vec::new(),
    };
    let effects = deletion::delete(&mut state.shell, &environment, table, ids.clone(), hidden);
    if !effects.is_empty() {
        // It goes at once; if the server refuses, it comes back with the next reading.
        state.pages.database.remove(&state.shell, &environment.id, &ids);
    }
    effects
}

fn undo(state: &mut State) -> Vec<Effect> {
    let State { shell, pages, .. } = state;
    pages.database.deletions.undo(shell).into_iter().collect()
}

fn choose_columns(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.shell.selected_id() else { return Vec::new() };
    let Some((open, _)) = here(state) else { return Vec::new() };
    let columns = open.columns.all().iter().skip(1).map(|column| column.name().to_owned()).collect();
    let choice = ColumnChoice::new(id, &open.name, columns, &open.column);
    state.shell.open(choice);
    Vec::new()
}
