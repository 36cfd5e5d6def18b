//! What can be asked for on the Overview page.

use std::{borrow::Cow, fmt::Write as _};

use crate::console::{
    command::{Command, Group},
    effect::Effect,
    fit, isolation,
    page::PageId,
    state::State,
    update,
};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "overview-open",
        keys: &["enter"],
        hint: "open",
        doc: "Opens the environment: goes to its tables.",
        group: Group::Page,
        available: selected,
        run: |state| {
            update::go_to(state, PageId::Database);
            Vec::new()
        },
    },
    Command {
        name: "overview-verify",
        keys: &["v"],
        hint: "verify",
        doc: "Proves from outside that nothing of the selected environment is within reach of the others.",
        group: Group::Page,
        available: |state| isolation::verifiable(state.shell.selected(), &state.shell),
        run: |state| {
            let selected = state.shell.selected_id();
            selected.map(|id| isolation::verify(&mut state.shell, &id)).unwrap_or_default()
        },
    },
    Command {
        name: "overview-verify-all",
        keys: &["V"],
        hint: "all",
        doc: "Verifies every active environment, one after the other; pressed again, it stops after the current one.",
        group: Group::Page,
        available: |state| match state.shell.isolation.round() {
            Some(_) => Ok(()),
            None => isolation::all_verifiable(&state.shell),
        },
        run: |state| {
            if state.shell.isolation.round().is_some() {
                isolation::end_round(&mut state.shell);
                return Vec::new();
            }
            isolation::begin_round(&mut state.shell)
        },
    },
    Command {
        name: "overview-copy",
        keys: &["y"],
        hint: "copy",
        doc: "Copies the figures of the environment as lines of text.",
        group: Group::Page,
        available: selected,
        run: copy,
    },
];

fn selected(state: &State) -> Result<(), Cow<'static, str>> {
    state.shell.selected().map(|_| ()).ok_or_else(|| "there is no environment yet".into())
}

fn copy(state: &mut State) -> Vec<Effect> {
    let shell = &state.shell;
    let Some(environment) = shell.selected() else { return Vec::new() };
    let usage = environment.usage;
    let mut text = format!("{} ({})\n", environment.name, environment.status.label());
    let total = state.pages.overview.figures(shell).map(|metrics| metrics.total).unwrap_or_default();
    let ms = |ms: Option<f64>| ms.map_or_else(|| "-".to_owned(), fit::milliseconds);
    // Writing to a string does not fail.
    let _ = writeln!(text, "requests of the last 10 min: {}", fit::grouped(total.requests));
    let _ = writeln!(text, "errors: {} 4xx, {} 5xx", total.client_errors, total.server_errors);
    let _ = writeln!(text, "p50 {}, p99 {}", ms(total.p50_ms), ms(total.p99_ms));
    let _ = writeln!(
        text,
        "holds {}, {}, {}, {}, {}",
        fit::count(usage.tables, "table"),
        fit::count(usage.rows, "row"),
        fit::count(usage.users, "user"),
        fit::count(usage.files, "file"),
        fit::bytes(usage.bytes)
    );
    vec![Effect::Copy { what: format!("the figures of {}", environment.name), text: text.into() }]
}
