//! What can be asked for on the API tab.

use super::{
    calls,
    commands::{on, place},
};
use crate::console::{
    command::{Availability, Command, command},
    effect::Effect,
    page::database::tab::Tab,
    state::State,
};

pub const CALLS: &[Command] = &[
    command("request-copy", &["y"], "copy", "Copies the call with the whole key, ready to paste.", on_calls, copy_call),
    command(
        "request-form",
        &["f"],
        "curl/fetch/axios",
        "Writes the calls as curl, as fetch or with axios.",
        on_calls,
        |state| {
            if let Some(open) = state.pages.database.open_design(&state.shell) {
                open.design.calls.turn_form();
            }
            Vec::new()
        },
    ),
    command(
        "request-show-key",
        &["enter"],
        "show key",
        "Shows the key for ten seconds, or hides it again.",
        on_calls,
        |state| {
            let now = state.shell.now.uptime;
            if let Some(open) = state.pages.database.open_design(&state.shell) {
                open.design.calls.show_key(now);
            }
            Vec::new()
        },
    ),
];

fn on_calls(state: &State) -> Availability {
    on(state, Tab::Api).map(|_| ())
}

fn copy_call(state: &mut State) -> Vec<Effect> {
    let Ok((open, table)) = on(state, Tab::Api) else { return Vec::new() };
    let calls = &open.design.calls;
    let text = calls::text(calls.operation(), calls.form, &state.shell, table, open.list.row());
    let what = format!(
        "the call to {} {}{} as {}",
        calls.operation().as_str(),
        table.name,
        place(&state.shell),
        calls.form.as_str()
    );
    vec![Effect::Copy { what, text: text.into() }]
}
