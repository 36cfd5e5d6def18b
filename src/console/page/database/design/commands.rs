//! What can be asked for on the tabs beside the rows.

use std::borrow::Cow;

use super::{
    column_form::ColumnForm,
    index_form::IndexForm,
    indexes::{declared, is_built_in},
    listed::Listed,
    loss::Loss,
    versions::{Versions, marked},
};
use crate::{
    console::{
        call::{Call, DesignCall},
        command::{Availability, Command, command},
        effect::Effect,
        modal::question::Question,
        page::database::{Showing, rows::OpenTable, tab::Tab},
        shell::Shell,
        state::State,
    },
    domain::{
        api::Table,
        compare::Difference,
        table::{Column, Index, IndexChange},
    },
};

pub const SCHEMA: &[Command] = &[
    command("column-add", &["n"], "add", "Adds a column to the table.", column_addable, |state| {
        open_column(state, None)
    }),
    command(
        "column-edit",
        &["enter"],
        "open",
        "Changes the column; on a version: shows all that differs.",
        column_openable,
        edit_column,
    ),
    command(
        "column-delete",
        &["d"],
        "delete",
        "Deletes the column with its values; its name has to be typed.",
        column_deletable,
        delete_column,
    ),
    command(
        "schema-versions",
        &["v"],
        "versions",
        "Shows what the columns were, and how that differs from now; or the columns again.",
        on_schema,
        turn_versions,
    ),
    command(
        "schema-roll-back",
        &["b"],
        "bring back",
        "Brings back the columns as they were in the version.",
        schema_returnable,
        bring_back,
    ),
    command(
        "schema-copy",
        &["y"],
        "copy",
        "Copies the columns as JSON, which bkend table create --schema takes.",
        on_schema,
        copy_schema,
    ),
];

pub const INDEXES: &[Command] = &[
    command("index-add", &["n"], "add", "Adds an index to the table.", index_addable, |state| open_index(state, None)),
    command(
        "index-edit",
        &["enter"],
        "open",
        "Changes the index; on a version: shows all that differs.",
        index_openable,
        edit_index,
    ),
    command("index-delete", &["d"], "delete", "Deletes the index; no row is touched.", index_deletable, delete_index),
    command(
        "index-versions",
        &["v"],
        "versions",
        "Shows what the indexes were, and how that differs from now; or the indexes again.",
        on_indexes,
        turn_versions,
    ),
    command(
        "index-roll-back",
        &["b"],
        "bring back",
        "Brings back the indexes as they were in the version.",
        indexes_returnable,
        bring_back,
    ),
    command("index-copy", &["y"], "copy", "Copies the indexes of the table as JSON.", on_indexes, copy_indexes),
];

/// The open table, if that tab of it is shown.
pub(super) fn on(state: &State, tab: Tab) -> Result<(&OpenTable, &Table), Cow<'static, str>> {
    match state.pages.database.showing(&state.shell) {
        Showing::Design(open, table) if open.design.tab == tab => Ok((open, table)),
        _ => {
            let way = state.shell.keymap.way("tab-next");
            Err(format!("open a table on the Database page, and turn to the tab with {way}").into())
        }
    }
}

fn on_schema(state: &State) -> Availability {
    on(state, Tab::Schema).map(|_| ())
}

fn on_indexes(state: &State) -> Availability {
    on(state, Tab::Indexes).map(|_| ())
}

/// On the list of a tab, not on its versions, where something may be changed.
fn changeable(state: &State, tab: Tab) -> Result<(&OpenTable, &Table), Cow<'static, str>> {
    let (open, table) = on(state, tab)?;
    if open.design.versions().is_some() {
        return Err(format!("these are versions: {} goes back", state.shell.keymap.way("back")).into());
    }
    state.shell.writable()?;
    Ok((open, table))
}

fn column_addable(state: &State) -> Availability {
    changeable(state, Tab::Schema).map(|_| ())
}

fn column(state: &State) -> Result<&Column, Cow<'static, str>> {
    let (open, table) = changeable(state, Tab::Schema)?;
    let listed = &open.design.columns;
    let name = listed.selected().ok_or_else(|| missing(state, listed, "column", "column-add"))?;
    let own = table.schema.get(name);
    own.ok_or_else(|| format!("{name} is the server's own, in every row of every table").into())
}

/// Why nothing is under the cursor of a list.
fn missing(state: &State, listed: &Listed, what: &str, create: &str) -> Cow<'static, str> {
    let keymap = &state.shell.keymap;
    if listed.filter.is_empty() {
        return format!("there is no {what}: {} adds one", keymap.way(create)).into();
    }
    format!("nothing matches: {} shows everything again", keymap.way("back")).into()
}

/// On a version there is something to open as well.
fn openable<T>(state: &State, tab: Tab, listed: Result<T, Cow<'static, str>>) -> Availability {
    let (open, _) = on(state, tab)?;
    match open.design.versions() {
        Some(versions) => versions.selected().map(|_| ()).ok_or_else(|| "no version is read yet".into()),
        None => listed.map(|_| ()),
    }
}

fn column_openable(state: &State) -> Availability {
    openable(state, Tab::Schema, column(state))
}

fn column_deletable(state: &State) -> Availability {
    let column = column(state)?;
    let (_, table) = on(state, Tab::Schema)?;
    match table.indexes.iter().find(|index| index.fields.contains_key(&column.name)) {
        Some(index) => Err(format!("the index {} is on {}: delete it first", index.name, column.name).into()),
        None => Ok(()),
    }
}

fn open_column(state: &mut State, column: Option<Column>) -> Vec<Effect> {
    if let Ok((_, table)) = on(state, Tab::Schema) {
        let form = ColumnForm::open(table.environment_id.clone(), table.clone(), column);
        state.shell.open(form);
    }
    Vec::new()
}

fn edit_column(state: &mut State) -> Vec<Effect> {
    if turn_whole(state) {
        return Vec::new();
    }
    match column(state).cloned() {
        Ok(column) => open_column(state, Some(column)),
        Err(_) => Vec::new(),
    }
}

fn delete_column(state: &mut State) -> Vec<Effect> {
    let Ok(name) = column(state).map(|column| column.name.clone()) else { return Vec::new() };
    let Ok(table) = on(state, Tab::Schema).map(|(_, table)| table.clone()) else { return Vec::new() };
    let (loss, effect) = Loss::count(&mut state.shell, &table, &name);
    if let Some(open) = state.pages.database.open_design(&state.shell) {
        open.design.loss = Some(loss);
    }
    vec![effect]
}

fn copy_schema(state: &mut State) -> Vec<Effect> {
    let Ok((_, table)) = on(state, Tab::Schema) else { return Vec::new() };
    vec![copy(&state.shell, &format!("the columns of {}", table.name), &table.schema.to_json())]
}

fn index_addable(state: &State) -> Availability {
    changeable(state, Tab::Indexes).map(|_| ())
}

fn index(state: &State) -> Result<&Index, Cow<'static, str>> {
    let (open, table) = changeable(state, Tab::Indexes)?;
    let listed = &open.design.indexes;
    let name = listed.selected().ok_or_else(|| missing(state, listed, "index", "index-add"))?;
    if is_built_in(name) {
        return Err(format!("every table has {name}").into());
    }
    table.indexes.iter().find(|index| index.name == name).ok_or_else(|| format!("{name} is gone").into())
}

fn index_openable(state: &State) -> Availability {
    openable(state, Tab::Indexes, index(state))
}

fn index_deletable(state: &State) -> Availability {
    index(state).map(|_| ())
}

fn open_index(state: &mut State, index: Option<&Index>) -> Vec<Effect> {
    if let Ok((_, table)) = on(state, Tab::Indexes) {
        let form = IndexForm::open(table.environment_id.clone(), table.clone(), index);
        state.shell.open(form);
    }
    Vec::new()
}

fn edit_index(state: &mut State) -> Vec<Effect> {
    if turn_whole(state) {
        return Vec::new();
    }
    match index(state).cloned() {
        Ok(index) => open_index(state, Some(&index)),
        Err(_) => Vec::new(),
    }
}

fn delete_index(state: &mut State) -> Vec<Effect> {
    let Ok(index) = index(state).cloned() else { return Vec::new() };
    let Ok(table) = on(state, Tab::Indexes).map(|(_, table)| table.clone()) else { return Vec::new() };
    let place = state.shell.name_of(&table.environment_id).unwrap_or_default();
    let mut question = Question::new(format!("Delete the index {} from {}", index.name, table.name)).saying(format!(
        "No row of {} in {place} is touched. Requests that it made fast read the whole table.",
        table.name
    ));
    if index.unique {
        question = question.saying("Two rows may have the same from then on.");
    }
    let change = IndexChange { indexes_to_add_or_update: Vec::new(), indexes_to_remove: vec![index.name] };
    let question = question.answered("d", "delete", "deletes it", move |shell| {
        vec![shell.request(Call::Design(table.environment_id, table.name, DesignCall::ChangeIndexes(change)))]
    });
    state.shell.open(question);
    Vec::new()
}

fn copy_indexes(state: &mut State) -> Vec<Effect> {
    let Ok((_, table)) = on(state, Tab::Indexes) else { return Vec::new() };
    let indexes: Vec<_> = declared(table).filter_map(|index| serde_json::to_value(index).ok()).collect();
    vec![copy(&state.shell, &format!("the indexes of {}", table.name), &indexes.into())]
}

/// Opens the versions of what the tab lists, or goes back to the list.
fn turn_versions(state: &mut State) -> Vec<Effect> {
    let Some(open) = state.pages.database.open_design(&state.shell) else { return Vec::new() };
    let design = &mut open.design;
    let versions = match design.tab {
        Tab::Schema => &mut design.schema_versions,
        Tab::Indexes => &mut design.index_versions,
        Tab::Data | Tab::Permissions | Tab::Api => return Vec::new(),
    };
    *versions = if versions.is_some() { None } else { Some(Versions::default()) };
    Vec::new()
}

/// Shows the difference of a version alone. Returns whether versions are open at all.
fn turn_whole(state: &mut State) -> bool {
    let open = state.pages.database.open_design(&state.shell);
    let versions = open.and_then(|open| open.design.versions_mut());
    let is_open = versions.is_some();
    if let Some(versions) = versions {
        versions.turn_whole();
    }
    is_open
}

fn returnable(state: &State, tab: Tab) -> Availability {
    let (open, table) = on(state, tab)?;
    let list = if tab == Tab::Indexes { "index-versions" } else { "schema-versions" };
    let closed = || format!("{} shows the versions that can be brought back", state.shell.keymap.way(list));
    let versions = open.design.versions().ok_or_else(closed)?;
    state.shell.writable()?;
    let version = versions.selected().ok_or("no version is read yet")?;
    if version.current {
        return Err(format!("version {} is the present one", version.number).into());
    }
    if versions.undoing(table).is_empty() {
        return Err(format!("version {} is the same as now", version.number).into());
    }
    Ok(())
}

fn schema_returnable(state: &State) -> Availability {
    returnable(state, Tab::Schema)
}

fn indexes_returnable(state: &State) -> Availability {
    returnable(state, Tab::Indexes)
}

fn bring_back(state: &mut State) -> Vec<Effect> {
    let Showing::Design(open, table) = state.pages.database.showing(&state.shell) else { return Vec::new() };
    let is_schema = open.design.tab == Tab::Schema;
    let Some((versions, version)) = open.design.versions().and_then(|versions| Some((versions, versions.selected()?)))
    else {
        return Vec::new();
    };
    let (number, parts) = (version.number, versions.undoing(table));
    let what = if is_schema { "columns" } else { "indexes" };
    let place = state.shell.name_of(&table.environment_id).unwrap_or_default();
    let mut question = Question::new(format!("Bring back version {number} of the {what} of {}", table.name))
        .saying(format!("The {what} of {} in {place} become a new version, the same as version {number}:", table.name))
        .listing(parts.iter().map(marked).collect());
    let any = |difference| parts.iter().any(|part| part.difference == difference);
    if is_schema && any(Difference::Missing) {
        question = question.saying("What goes from the columns keeps its values in the rows, unchecked.");
    }
    if is_schema && any(Difference::New) {
        question = question.saying("What comes back has no values but those that were never deleted.");
    }
    if !is_schema && any(Difference::Missing) {
        question = question.saying("No row is touched. What an index that goes kept unique is so no longer.");
    }
    let call = if is_schema { DesignCall::RollBackSchema(number) } else { DesignCall::RollBackIndexes(number) };
    let (environment, name) = (table.environment_id.clone(), table.name.clone());
    let question = question.answered("b", "bring back", "brings it back", move |shell| {
        vec![shell.request(Call::Design(environment, name, call))]
    });
    state.shell.open(question);
    Vec::new()
}

pub(super) fn copy(shell: &Shell, what: &str, json: &serde_json::Value) -> Effect {
    let text = format!("{json:#}\n");
    Effect::Copy { what: format!("{what}{} as JSON", place(shell)), text: text.into() }
}

/// Where what is copied is from.
pub(super) fn place(shell: &Shell) -> String {
    shell.selected().map(|environment| format!(" in {}", environment.name)).unwrap_or_default()
}
