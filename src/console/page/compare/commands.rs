//! What can be asked for on the Compare page. Nothing of it changes anything.

use super::describe::{self, What};
use crate::{
    console::{
        catalog::Entry,
        command::{Availability, Command, Group},
        effect::Effect,
        fit,
        modal::{
            Outcome,
            picker::{Item, Picker},
        },
        page::{Choice, Page as _, PageId, absence, database::Tab},
        shell::mark,
        state::State,
        update,
    },
    domain::EnvironmentId,
};

pub const COMMANDS: &[Command] = &[
    Command {
        name: "compare-open",
        keys: &["enter"],
        hint: "open",
        doc: "Opens the table on the Database page, on the tab of what is under the cursor; leaving it leads back here.",
        group: Group::Page,
        available: openable,
        run: |state| {
            let Some(table) = state.pages.compare.table(&state.shell).map(|table| table.name.clone()) else {
                return Vec::new();
            };
            let tab = match state.pages.compare.part(&state.shell) {
                None => Tab::Data,
                Some(What::Column) => Tab::Schema,
                Some(What::Index) => Tab::Indexes,
                Some(What::Permission) => Tab::Permissions,
            };
            if state.pages.database.open_at(&mut state.shell, &table, tab) {
                state.shell.trail.open_from_here();
                update::go_to(state, PageId::Database);
            }
            Vec::new()
        },
    },
    Command {
        name: "compare-with",
        keys: &["w"],
        hint: "with",
        doc: "Chooses what the selected environment is compared with.",
        group: Group::Page,
        available: comparable,
        run: choose,
    },
    Command {
        name: "compare-swap",
        keys: &["x"],
        hint: "swap",
        doc: "Swaps the sides: what was new is missing.",
        group: Group::Page,
        available: comparable,
        run: |state| {
            state.pages.compare.swap(&state.shell);
            Vec::new()
        },
    },
    Command {
        name: "compare-differences",
        keys: &["o"],
        hint: "all or only differences",
        doc: "Shows everything, or only what differs again.",
        group: Group::Page,
        available: compared,
        run: |state| {
            state.pages.compare.only_differences(&state.shell);
            Vec::new()
        },
    },
    Command {
        name: "compare-next",
        keys: &["."],
        hint: "next difference",
        doc: "Goes to the next difference, from the last one to the first.",
        group: Group::Page,
        available: compared,
        run: |state| leap(state, true),
    },
    Command {
        name: "compare-previous",
        keys: &[","],
        hint: "",
        doc: "Goes to the previous difference.",
        group: Group::Page,
        available: compared,
        run: |state| leap(state, false),
    },
    Command {
        name: "compare-fold",
        keys: &["space"],
        hint: "fold",
        doc: "Folds the table to one row, or unfolds it.",
        group: Group::Page,
        available: compared,
        run: |state| {
            state.pages.compare.fold(&state.shell);
            Vec::new()
        },
    },
    Command {
        name: "compare-fold-all",
        keys: &["z"],
        hint: "",
        doc: "Unfolds all tables, or folds them all.",
        group: Group::Page,
        available: compared,
        run: |state| {
            state.pages.compare.fold_all(&state.shell);
            Vec::new()
        },
    },
    Command {
        name: "compare-copy",
        keys: &["y"],
        hint: "copy",
        doc: "Copies all differences as text.",
        group: Group::Page,
        available: compared,
        run: copy,
    },
];

fn comparable(state: &State) -> Availability {
    match state.shell.environments.len() {
        0 => Err("there is no environment yet".into()),
        1 => {
            let way = state.shell.keymap.way("environment-create");
            Err(format!("there is no other environment: {way} on the Environments page creates one").into())
        }
        _ => Ok(()),
    }
}

fn compared(state: &State) -> Availability {
    comparable(state)?;
    if state.pages.compare.tables(&state.shell).is_some() { Ok(()) } else { Err("nothing is compared yet".into()) }
}

fn openable(state: &State) -> Availability {
    compared(state)?;
    let shell = &state.shell;
    let page = &state.pages.compare;
    let table = page.table(shell).ok_or_else(|| match page.filter(shell).as_str() {
        "" => "there is no table here".into(),
        _ => absence::nothing_matches(&shell.keymap, "tables"),
    })?;
    let selected = shell.selected().ok_or("there is no environment yet")?;
    let here = shell.tables.get(&selected.id).and_then(|tables| tables.value());
    if here.is_some_and(|tables| tables.iter().any(|other| other.name == table.name)) {
        return Ok(());
    }
    Err(format!("{} has no table {}: select the other environment to open it", selected.name, table.name).into())
}

fn choose(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(selected) = shell.selected_id() else { return Vec::new() };
    let item = |entry: &Entry| Item {
        name: entry.environment.name.to_string(),
        detail: format!(
            "{} {}, {}",
            mark(entry, shell.now, shell.clock_runs),
            entry.environment.status.label(),
            fit::count(entry.environment.usage.tables, "table")
        ),
        aside: entry.number.to_string(),
        style: if entry.is_production() { shell.theme.production.0 } else { shell.theme.text.0 },
        value: entry.environment.id.clone(),
    };
    let others = shell.environments.entries().iter().filter(|entry| entry.environment.id != selected);
    let items = others.map(item).collect();
    let current = state.pages.compare.other(shell).map(|environment| environment.id.clone());
    let picker =
        Picker::new("Compare with", items, |_, id: &EnvironmentId| Outcome::Chosen(Choice::CompareWith(id.clone())));
    shell.open(picker.of("environment").starting_at(|id| Some(id) == current.as_ref()));
    Vec::new()
}

fn leap(state: &mut State, forwards: bool) -> Vec<Effect> {
    if !state.pages.compare.leap(&state.shell, forwards) {
        let text = "there is no difference in what is listed";
        state.shell.say(crate::console::toast::Tone::Info, None, text);
    }
    Vec::new()
}

fn copy(state: &mut State) -> Vec<Effect> {
    let shell = &state.shell;
    let (Some((left, right)), Some(tables)) = (state.pages.compare.names(shell), state.pages.compare.tables(shell))
    else {
        return Vec::new();
    };
    let text = describe::text(&left, &right, tables);
    vec![Effect::Copy { what: format!("the differences of {left} and {right}"), text: text.into() }]
}
