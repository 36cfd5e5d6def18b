//! What can be asked for on the Activity page.

use super::{narrow, open};
use crate::console::{
    command::{Availability, Command, Group},
    effect::Effect,
    state::State,
};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "activity-open",
        keys: &["enter"],
        hint: "open",
        doc: "Opens the line to see all of it.",
        group: Group::Page,
        available: selected,
        run: |state| {
            state.pages.activity.open(&state.shell);
            Vec::new()
        },
    },
    Command {
        name: "activity-follow",
        keys: &["f"],
        hint: "follow",
        doc: "Follows what happens: the cursor stays on the newest line; again, or moving off, pauses.",
        group: Group::Page,
        available: shown,
        run: |state| {
            state.pages.activity.follow(&state.shell);
            Vec::new()
        },
    },
    Command {
        name: "activity-only",
        keys: &["o"],
        hint: "only here",
        doc: "Shows only the selected environment, whichever tab that is, or the whole project again.",
        group: Group::Page,
        available: shown,
        run: |state| {
            state.pages.activity.only_selected();
            Vec::new()
        },
    },
    Command {
        name: "activity-narrow",
        keys: &["w"],
        hint: "show",
        doc: "Chooses what is shown: one environment, one kind of thing, or one kind of actor.",
        group: Group::Page,
        available: shown,
        run: |state| {
            let picker = narrow::picker(&state.shell);
            state.shell.open(picker);
            Vec::new()
        },
    },
    Command {
        name: "activity-copy",
        keys: &["y"],
        hint: "copy",
        doc: "Copies the line as JSON.",
        group: Group::Page,
        available: readable,
        run: |state| {
            let Some(line) = state.pages.activity.line(&state.shell) else { return Vec::new() };
            vec![Effect::Copy { what: "the line as JSON".into(), text: open::json(line).into() }]
        },
    },
];

fn shown(state: &State) -> Availability {
    if state.shell.project.is_some() { Ok(()) } else { Err("no project is known yet".into()) }
}

fn readable(state: &State) -> Availability {
    state.pages.activity.line(&state.shell).map(|_| ()).ok_or_else(|| "there is no line here".into())
}

fn selected(state: &State) -> Availability {
    if state.pages.activity.is_open() {
        let [back, before, next] = ["back", "tab-previous", "tab-next"].map(|name| state.shell.keymap.way(name));
        return Err(format!("the line is open: {back} goes back, {before} and {next} go to the next").into());
    }
    readable(state)
}
