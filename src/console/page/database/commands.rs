//! What can be asked for on the Database page.

use std::borrow::Cow;

use super::{Showing, curl, record, rows::OpenTable, table_form::TableForm};
use crate::{
    console::{
        call::{Call, TableCall},
        command::{Availability, Command, Group},
        effect::Effect,
        fit,
        keymap::Keymap,
        modal::{confirm::Confirm, import_form::ImportForm},
        page::{Page as _, absence},
        shell::Shell,
        state::State,
    },
    domain::{Status, api::Table},
};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "table-create",
        keys: &["n"],
        hint: "create",
        doc: "Creates a table.",
        group: Group::Page,
        available: creatable,
        run: |state| {
            if let Some(id) = state.shell.selected_id() {
                state.shell.open(TableForm::open(id));
            }
            Vec::new()
        },
    },
    Command {
        name: "database-open",
        keys: &["enter"],
        hint: "open",
        doc: "Opens the table to see its rows.",
        group: Group::Page,
        available: openable,
        run: |state| {
            state.pages.database.open(&state.shell);
            Vec::new()
        },
    },
    Command {
        name: "table-delete",
        keys: &["d"],
        hint: "delete",
        doc: "Deletes the table with all its rows; its name has to be typed.",
        group: Group::Page,
        available: deletable,
        run: delete,
    },
    Command {
        name: "import",
        keys: &["I"],
        hint: "import",
        doc: "Imports what an export left in a folder; its plan is shown first.",
        group: Group::Page,
        available: |state| active_and_writable(&state.shell),
        run: |state| {
            if let Some(id) = state.shell.selected_id() {
                state.shell.open(ImportForm::open(id));
            }
            Vec::new()
        },
    },
    Command {
        name: "database-copy",
        keys: &["y"],
        hint: "copy",
        doc: "Copies the table's name.",
        group: Group::Page,
        available: selected,
        run: copy,
    },
    Command {
        name: "database-copy-curl",
        keys: &["Y"],
        hint: "curl",
        doc: "Copies the request for the table's rows as curl, with a publishable key.",
        group: Group::Page,
        available: requestable,
        run: copy_curl,
    },
];

/// Why what concerns rows is not to be had on the tabs beside them.
fn aside(keymap: &Keymap) -> Cow<'static, str> {
    let (before, next) = (keymap.way("tab-previous"), keymap.way("tab-next"));
    format!("this is for tables and rows: {before} and {next} turn to the tab Data").into()
}

/// Why there is no table under the cursor.
fn no_table(state: &State) -> Cow<'static, str> {
    let (page, shell) = (&state.pages.database, &state.shell);
    if !page.filter(shell).is_empty() {
        return absence::nothing_matches(&shell.keymap, "tables");
    }
    format!("there is no table yet: {} creates one", absence::way_to_first(shell, "table-create")).into()
}

fn creatable(state: &State) -> Availability {
    match state.pages.database.showing(&state.shell) {
        Showing::Tables(_) => {}
        Showing::Design(..) | Showing::Rows(_) | Showing::Record(..) => {
            return Err(format!("{} goes back to the tables first", state.shell.keymap.way("back")).into());
        }
    }
    active_and_writable(&state.shell)
}

pub(super) fn active_and_writable(shell: &Shell) -> Availability {
    let environment = shell.writable()?;
    if environment.status != Status::Active {
        let text = format!("{} is {}: it has tables once it is active", environment.name, environment.status);
        return Err(text.into());
    }
    Ok(())
}

pub(super) fn selected(state: &State) -> Availability {
    let keymap = &state.shell.keymap;
    match state.pages.database.showing(&state.shell) {
        Showing::Design(..) => Err(aside(keymap)),
        Showing::Tables(Some(_)) | Showing::Record(..) => Ok(()),
        Showing::Tables(None) => Err(no_table(state)),
        Showing::Rows(open) if open.list.row().is_some() => theirs(open),
        Showing::Rows(open) if open.list.pages.total() == Some(0) && open.filter.condition().is_none() => {
            let way = absence::way_to_first(&state.shell, "row-create");
            Err(format!("{} has no row yet: {way} creates one", open.name).into())
        }
        Showing::Rows(open) if open.list.pages.total() == Some(0) => Err(absence::nothing_matches(keymap, "rows")),
        Showing::Rows(_) => Err("no row is read yet".into()),
    }
}

/// Whether the rows that are shown are those of the filter that stands there: until then a command would do
/// something to others.
pub(super) fn theirs(open: &OpenTable) -> Availability {
    if open.filter.mistake().is_some() {
        return Err("the filter cannot be read, and these are not its rows".into());
    }
    if open.filter.is_pending() || open.list.pages.is_replaced() {
        return Err(absence::not_here_yet("rows"));
    }
    Ok(())
}

pub(super) fn openable(state: &State) -> Availability {
    match state.pages.database.showing(&state.shell) {
        Showing::Record(..) => Err(format!("the row is open: {} goes back", state.shell.keymap.way("back")).into()),
        Showing::Tables(_) | Showing::Rows(_) | Showing::Design(..) => selected(state),
    }
}

fn deletable(state: &State) -> Availability {
    let keymap = &state.shell.keymap;
    match state.pages.database.showing(&state.shell) {
        Showing::Tables(Some(_)) => active_and_writable(&state.shell),
        Showing::Tables(None) => Err(no_table(state)),
        Showing::Design(..) | Showing::Rows(_) | Showing::Record(..) => {
            let (back, delete) = (keymap.way("back"), keymap.way("table-delete"));
            Err(format!("{back} goes back to the tables, where {delete} deletes one").into())
        }
    }
}

pub(super) fn requestable(state: &State) -> Availability {
    match state.pages.database.showing(&state.shell) {
        Showing::Tables(None) => return Err(no_table(state)),
        Showing::Design(..) => return Err(aside(&state.shell.keymap)),
        Showing::Tables(Some(_)) | Showing::Rows(_) | Showing::Record(..) => {}
    }
    let environment = state.shell.selected().ok_or("there is no environment yet")?;
    if state.shell.publishable_key(&environment.id).is_some() {
        return Ok(());
    }
    let way = state.shell.keymap.way("key-create");
    Err(format!("a request needs a publishable key: make one with {way} on the API Keys page").into())
}

fn delete(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Showing::Tables(Some(table)) = state.pages.database.showing(shell) else { return Vec::new() };
    let table = table.clone();
    let Some(environment) = shell.selected().cloned() else { return Vec::new() };
    let name = table.name.clone();
    let lines = vec![
        format!("{name} is a table of {}. Deleting it cannot be undone, and this is lost:", environment.name),
        format!("  {}", loss(&table)),
        "Apps that ask for it are told that it is not there.".into(),
    ];
    shell.open(Confirm::deletion(
        format!("Delete {name} from {}", environment.name),
        lines,
        name.clone(),
        move |shell| {
            let confirm = environment.name.to_string();
            vec![shell.request(Call::Table(environment.id, TableCall::Delete { table: name, confirm }))]
        },
    ));
    Vec::new()
}

/// What a table holds, in numbers.
fn loss(table: &Table) -> String {
    let columns = u64::try_from(table.schema.columns().len()).unwrap_or(u64::MAX);
    format!("{} ({}), {}", fit::count(table.rows, "row"), fit::bytes(table.bytes), fit::count(columns, "column"))
}

pub(super) fn copy(state: &mut State) -> Vec<Effect> {
    let (what, text) = match state.pages.database.showing(&state.shell) {
        Showing::Tables(Some(table)) => (format!("the name of {}", table.name), table.name.clone()),
        Showing::Tables(None) | Showing::Design(..) => return Vec::new(),
        Showing::Record(open, row) => (format!("the row of {} as JSON", open.name), row.json()),
        Showing::Rows(open) => match open.list.row() {
            Some(row) => (format!("the row of {} as JSON", open.name), record::pretty(row)),
            None => return Vec::new(),
        },
    };
    vec![Effect::Copy { what: what + &here(&state.shell), text: text.into() }]
}

pub(super) fn copy_curl(state: &mut State) -> Vec<Effect> {
    let shell = &state.shell;
    let key = shell.selected().and_then(|environment| shell.publishable_key(&environment.id)?.key.as_deref());
    let Some(key) = key else { return Vec::new() };
    let (what, text) = match state.pages.database.showing(shell) {
        Showing::Tables(Some(table)) => {
            (format!("a request for {}", table.name), curl::table(&shell.url, key, &table.name))
        }
        Showing::Tables(None) | Showing::Design(..) => return Vec::new(),
        Showing::Rows(open) => {
            (format!("the request for these rows of {}", open.name), curl::rows(&shell.url, key, open))
        }
        Showing::Record(open, row) => (
            format!("the request for this row of {}", open.name),
            curl::record(&shell.url, key, &open.name, row.content()),
        ),
    };
    vec![Effect::Copy { what: format!("{what}{} as curl", here(shell)), text: text.into() }]
}

/// Where what is copied is from.
fn here(shell: &Shell) -> String {
    shell.selected().map(|environment| format!(" in {}", environment.name)).unwrap_or_default()
}
