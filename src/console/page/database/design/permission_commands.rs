//! What can be asked for on the Permissions tab.

use super::{
    commands::{copy, on},
    matrix,
};
use crate::console::{
    call::{Call, DesignCall},
    command::{Availability, Command, command},
    effect::Effect,
    modal::question::Question,
    page::database::{rows::OpenTable, tab::Tab},
    shell::Shell,
    state::State,
    toast::Tone,
};

pub const PERMISSIONS: &[Command] = &[
    command(
        "permission-toggle",
        &["space", "enter"],
        "toggle",
        "Allows what is under the cursor, or forbids it; nothing is saved yet.",
        toggleable,
        toggle,
    ),
    command("permissions-save", &["w"], "save", "Saves the whole matrix, after showing what changes.", savable, save),
    command("permissions-reset", &["x"], "default", "Goes back to the default matrix.", resettable, reset),
    command(
        "permissions-forget",
        &[],
        "",
        "Leaves the table and forgets what was toggled and not saved.",
        unsaved,
        forget,
    ),
    command("permissions-copy", &["y"], "copy", "Copies the matrix as JSON.", on_permissions, copy_permissions),
];

fn on_permissions(state: &State) -> Availability {
    on(state, Tab::Permissions).map(|_| ())
}

fn toggleable(state: &State) -> Availability {
    let (open, _) = on(state, Tab::Permissions)?;
    state.shell.writable()?;
    matrix::fixed(open.design.matrix.cursor()).map_or(Ok(()), |reason| Err(reason.into()))
}

fn toggle(state: &mut State) -> Vec<Effect> {
    let Ok(table) = on(state, Tab::Permissions).map(|(_, table)| table.clone()) else { return Vec::new() };
    if let Some(open) = state.pages.database.open_design(&state.shell)
        && let Err(reason) = open.design.matrix.toggle(&table)
    {
        state.shell.say(Tone::Warning, None, reason);
    }
    Vec::new()
}

/// Changes that are not saved, on whatever tab.
fn unsaved(state: &State) -> Availability {
    match state.pages.database.shown_table(&state.shell) {
        Some((open, _)) if open.design.unsaved().is_some() => Ok(()),
        _ => {
            let way = state.shell.keymap.way("permission-toggle");
            Err(format!("nothing was toggled: {way} turns the cell under the cursor round").into())
        }
    }
}

fn savable(state: &State) -> Availability {
    state.shell.writable()?;
    unsaved(state)
}

fn save(state: &mut State) -> Vec<Effect> {
    let shell = &state.shell;
    let Some((open, table)) = state.pages.database.shown_table(shell) else { return Vec::new() };
    let permissions = matrix::permissions(&open.design.matrix.draft(table));
    let place = shell.name_of(&table.environment_id).unwrap_or_default();
    let (environment, name) = (table.environment_id.clone(), table.name.clone());
    let question = Question::new(format!("Save the permissions of {name} in {place}"))
        .saying("The whole matrix is replaced, and from then on:")
        .listing(open.design.matrix.changes())
        .answered("enter", "save", "saves it", move |shell| {
            vec![shell.request(Call::Design(environment, name, DesignCall::SetPermissions(permissions)))]
        });
    state.shell.open(question);
    Vec::new()
}

fn resettable(state: &State) -> Availability {
    let (open, table) = on(state, Tab::Permissions)?;
    state.shell.writable()?;
    match (&table.permissions, open.design.unsaved()) {
        (Some(_), _) => Ok(()),
        (None, Some(_)) => {
            let way = state.shell.keymap.way("back");
            Err(format!("it is the default already: {way} asks whether to forget what was toggled").into())
        }
        (None, None) => Err("it is the default already".into()),
    }
}

fn reset(state: &mut State) -> Vec<Effect> {
    let Ok((open, table)) = on(state, Tab::Permissions) else { return Vec::new() };
    let place = state.shell.name_of(&table.environment_id).unwrap_or_default();
    let changes = matrix::changes_of_reset(table);
    let mut question = Question::new(format!("Default permissions for {} in {place}", table.name));
    question = if changes.is_empty() {
        question.saying("This table's own matrix says the same as the default: nothing changes for anybody.")
    } else {
        question.saying("This table's own matrix goes, and from then on:").listing(changes)
    };
    if open.design.unsaved().is_some() {
        question = question.saying("What was toggled and not saved stays toggled here.");
    }
    let (environment, name) = (table.environment_id.clone(), table.name.clone());
    let question = question.answered("enter", "reset", "goes back to the default", move |shell| {
        vec![shell.request(Call::Design(environment, name, DesignCall::ResetPermissions))]
    });
    state.shell.open(question);
    Vec::new()
}

/// Asks what is to become of changes that are not saved, before the table is left.
pub fn ask_before_leaving(open: &OpenTable, shell: &mut Shell) {
    let question = Question::new(format!("{} has permissions that are not saved", open.name))
        .listing(open.design.matrix.changes())
        .commanding("w", "save", "shows them once more and saves them", "permissions-save")
        .commanding("d", "forget", "forgets them and leaves", "permissions-forget");
    shell.open(question);
}

fn forget(state: &mut State) -> Vec<Effect> {
    state.pages.database.close_table(&state.shell);
    Vec::new()
}

fn copy_permissions(state: &mut State) -> Vec<Effect> {
    let Ok((open, table)) = on(state, Tab::Permissions) else { return Vec::new() };
    let permissions = matrix::permissions(&open.design.matrix.draft(table));
    let json = serde_json::to_value(permissions).unwrap_or_default();
    vec![copy(&state.shell, &format!("the permissions of {}", table.name), &json)]
}
