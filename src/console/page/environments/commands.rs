//! What can be asked for on the Environments page.

use crate::{
    client::connect::{Format, PREFIX, snippet},
    console::{
        call::{Call, EnvironmentCall},
        command::{Availability, Command, Group, always},
        effect::Effect,
        fit, isolation,
        modal::{confirm::Confirm, environment_form::EnvironmentForm},
        page::PageId,
        shell::{Focus, Shell},
        state::State,
    },
    domain::{api::Environment, environment::Transition},
};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "environment-create",
        keys: &["n"],
        hint: "create",
        doc: "Creates an environment.",
        group: Group::Page,
        available: always,
        run: |state| {
            state.shell.open(EnvironmentForm::open());
            Vec::new()
        },
    },
    Command {
        name: "environment-open",
        keys: &["enter"],
        hint: "open",
        doc: "Opens the environment: goes to its tables.",
        group: Group::Page,
        available: selected,
        run: |state| {
            state.shell.page = PageId::Database;
            state.shell.focus = Focus::Main;
            Vec::new()
        },
    },
    Command {
        name: "environment-retry",
        keys: &["r"],
        hint: "retry",
        doc: "Tries to create a failed environment again.",
        group: Group::Page,
        available: retriable,
        run: |state| {
            let Some(id) = state.shell.selected_id() else { return Vec::new() };
            vec![state.shell.request(Call::Environment(id, EnvironmentCall::Retry))]
        },
    },
    Command {
        name: "environment-delete",
        keys: &["d"],
        hint: "delete",
        doc: "Deletes the environment with everything in it; its name has to be typed.",
        group: Group::Page,
        available: deletable,
        run: delete,
    },
    Command {
        name: "isolation-verify",
        keys: &["v"],
        hint: "",
        doc: "Proves from outside that nothing of the environment is within reach of the others.",
        group: Group::Page,
        available: verifiable,
        run: verify,
    },
    Command {
        name: "environment-copy",
        keys: &["y"],
        hint: "",
        doc: "Copies base URL and publishable key as .env lines.",
        group: Group::Page,
        available: with_key,
        run: |state| copy(&state.shell, Format::Dotenv, "the .env lines"),
    },
    Command {
        name: "environment-copy-curl",
        keys: &["Y"],
        hint: "",
        doc: "Copies a request to the environment as curl.",
        group: Group::Page,
        available: with_key,
        run: |state| copy(&state.shell, Format::Curl, "a curl command"),
    },
];

fn selected(state: &State) -> Availability {
    let missing = || {
        let way = state.shell.keymap.way("environment-create");
        format!("there is no environment yet: {way} creates one").into()
    };
    state.shell.selected().map(|_| ()).ok_or_else(missing)
}

fn retriable(state: &State) -> Availability {
    may(&state.shell, Transition::Retry)
}

fn deletable(state: &State) -> Availability {
    may(&state.shell, Transition::Delete)
}

/// Whether the life cycle has that step for the selected environment, and its lock lets it happen.
fn may(shell: &Shell, transition: Transition) -> Availability {
    let environment = shell.selected().ok_or("there is no environment yet")?;
    environment.status.transition(transition).map_err(|refused| refused.to_string())?;
    shell.writable().map(|_| ())
}

fn verifiable(state: &State) -> Availability {
    isolation::verifiable(state.shell.selected(), &state.shell)
}

fn with_key(state: &State) -> Availability {
    let environment = state.shell.selected().ok_or("there is no environment yet")?;
    match state.shell.publishable_key(&environment.id) {
        Some(_) => Ok(()),
        None => Err(format!("no publishable key of {} is known yet", environment.name).into()),
    }
}

fn delete(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(environment) = shell.selected().cloned() else { return Vec::new() };
    let project = shell.project.as_ref().map(|project| project.name.clone()).unwrap_or_default();
    let name = environment.name.to_string();
    let mut lines = vec![format!(
        "{name} is a {} environment of {project}. Deleting it cannot be undone, and this is lost:",
        environment.kind.label().to_lowercase()
    )];
    lines.push(format!("  {}", loss(&environment)));
    if environment.protected {
        lines.push("It is protected: typing its name here is its confirmation.".into());
    }
    shell.open(Confirm::deletion(format!("Delete {name}"), lines, name.clone(), move |shell| {
        vec![shell.request(Call::Environment(environment.id, EnvironmentCall::Delete { confirm: name }))]
    }));
    Vec::new()
}

/// What an environment holds, in numbers.
fn loss(environment: &Environment) -> String {
    let usage = environment.usage;
    let parts = [
        (usage.tables, "table"),
        (usage.rows, "row"),
        (usage.users, "user"),
        (usage.files, "file"),
        (usage.keys, "key"),
    ];
    let counts: Vec<_> = parts.into_iter().map(|(number, noun)| fit::count(number, noun)).collect();
    format!("{} ({})", counts.join(", "), fit::bytes(usage.bytes))
}

fn verify(state: &mut State) -> Vec<Effect> {
    let selected = state.shell.selected_id();
    selected.map(|id| isolation::verify(&mut state.shell, &id)).unwrap_or_default()
}

fn copy(shell: &Shell, format: Format, what: &str) -> Vec<Effect> {
    let Some(environment) = shell.selected() else { return Vec::new() };
    let table = shell.tables.get(&environment.id).and_then(|tables| tables.value()?.first());
    let key = shell.publishable_key(&environment.id).and_then(|key| key.key.as_deref()).unwrap_or_default();
    let text = snippet(format, &shell.url, key, table.map(|table| table.name.as_str()), PREFIX);
    vec![Effect::Copy { what: format!("{what} of {}", environment.name), text: text.into() }]
}
