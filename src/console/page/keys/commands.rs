//! What can be asked for on the API Keys page.

use std::borrow::Cow;

use super::{key_form::KeyForm, list::scopes, rotate_form::RotateForm};
use crate::{
    client::connect::{Format, PREFIX, snippet},
    console::{
        call::{Call, KeyCall},
        command::{Availability, Command, Group},
        effect::Effect,
        fit,
        modal::confirm::Confirm,
        page::{Page as _, absence},
        shell::Shell,
        state::State,
    },
    domain::{Status, api::Key},
};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "key-create",
        keys: &["n"],
        hint: "create",
        doc: "Creates a publishable or a secret key.",
        group: Group::Page,
        available: creatable,
        run: |state| {
            if let Some(id) = state.shell.selected_id() {
                state.shell.open(KeyForm::open(id));
            }
            Vec::new()
        },
    },
    Command {
        name: "key-show",
        keys: &["enter"],
        hint: "show",
        doc: "Shows a publishable key for ten seconds, or hides it again.",
        group: Group::Page,
        available: readable,
        run: |state| {
            if let Some(id) = state.pages.keys.selected(&state.shell).map(|key| key.id.clone()) {
                state.pages.keys.show(&id, state.shell.now.uptime);
            }
            Vec::new()
        },
    },
    Command {
        name: "key-rotate",
        keys: &["o"],
        hint: "rotate",
        doc: "Puts a new key in the place of this one, which goes on for a while or ends at once.",
        group: Group::Page,
        available: rotatable,
        run: |state| {
            if let Some(key) = state.pages.keys.selected(&state.shell).cloned() {
                state.shell.open(RotateForm::open(key));
            }
            Vec::new()
        },
    },
    Command {
        name: "key-delete",
        keys: &["d"],
        hint: "delete",
        doc: "Deletes the key, which refuses its users at once; its name has to be typed.",
        group: Group::Page,
        available: deletable,
        run: delete,
    },
    Command {
        name: "key-copy",
        keys: &["y"],
        hint: "copy",
        doc: "Copies the key.",
        group: Group::Page,
        available: readable,
        run: |state| {
            let Some(key) = state.pages.keys.selected(&state.shell) else { return Vec::new() };
            let Some(text) = key.key.clone() else { return Vec::new() };
            vec![Effect::Copy { what: format!("the key {}{}", key.name, place(&state.shell, key)), text: text.into() }]
        },
    },
    Command {
        name: "key-copy-curl",
        keys: &["Y"],
        hint: "curl",
        doc: "Copies a request with the key as curl.",
        group: Group::Page,
        available: readable,
        run: copy_curl,
    },
];

fn creatable(state: &State) -> Availability {
    let environment = state.shell.writable()?;
    if environment.status != Status::Active {
        let text = format!("{} is {}: it takes new keys once it is active", environment.name, environment.status);
        return Err(text.into());
    }
    Ok(())
}

fn selected(state: &State) -> Result<&Key, Cow<'static, str>> {
    let (page, keymap) = (&state.pages.keys, &state.shell.keymap);
    page.selected(&state.shell).ok_or_else(|| {
        if page.filter(&state.shell).is_empty() {
            format!("there is no key here: {} creates one", absence::way_to_first(&state.shell, "key-create")).into()
        } else {
            absence::nothing_matches(keymap, "keys")
        }
    })
}

fn readable(state: &State) -> Availability {
    if selected(state)?.key.is_some() {
        return Ok(());
    }
    let way = state.shell.keymap.way("key-create");
    Err(format!("a secret key is shown once, when it is created: {way} creates another").into())
}

fn rotatable(state: &State) -> Availability {
    let key = selected(state)?;
    if key.replaced_by.is_some() {
        return Err(format!("{} was replaced already: rotate the key that took its place", key.name).into());
    }
    creatable(state)
}

fn deletable(state: &State) -> Availability {
    selected(state)?;
    state.shell.writable().map(|_| ())
}

fn delete(state: &mut State) -> Vec<Effect> {
    let Some(key) = state.pages.keys.selected(&state.shell).cloned() else { return Vec::new() };
    let shell = &mut state.shell;
    let environment = shell.name_of(&key.environment_id).unwrap_or_default();
    let lines = vec![
        format!("{} is a {} key of {environment}: {}.", key.name, key.kind.as_str(), key.mask),
        format!("  {}", loss(shell, &key)),
        "Whoever uses it is refused at once. This cannot be undone.".into(),
    ];
    let name = key.name.clone();
    shell.open(Confirm::deletion(format!("Delete the key {name}"), lines, name, move |shell| {
        vec![shell.request(Call::Key(key.environment_id, KeyCall::Delete(key.id)))]
    }));
    Vec::new()
}

/// Who will miss it, as far as that is known.
fn loss(shell: &Shell, key: &Key) -> String {
    let used = match key.last_used_at {
        Some(at) => format!("last used {}", fit::ago(shell.age(at))),
        None => "never used".into(),
    };
    format!("{used}, for {}", scopes(key))
}

fn copy_curl(state: &mut State) -> Vec<Effect> {
    let Some(key) = state.pages.keys.selected(&state.shell) else { return Vec::new() };
    let table = state.shell.tables.get(&key.environment_id).and_then(|tables| tables.value()?.first());
    let text = key.key.as_deref().unwrap_or_default();
    let table = table.map(|table| table.name.as_str());
    let text = snippet(Format::Curl, &state.shell.url, text, table, PREFIX);
    let what = format!("a request with the key {}{} as curl", key.name, place(&state.shell, key));
    vec![Effect::Copy { what, text: text.into() }]
}

/// Where what is copied is from.
fn place(shell: &Shell, key: &Key) -> String {
    shell.name_of(&key.environment_id).map(|name| format!(" of {name}")).unwrap_or_default()
}
