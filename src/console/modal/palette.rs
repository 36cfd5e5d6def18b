//! `:` finds any command, table, environment or project by its name or by what it is.

use ratatui::style::Style;

use super::{
    Outcome,
    picker::{Item, Picker},
};
use crate::{
    console::{
        command::{self, Command},
        fit,
        page::PageId,
        shell::Shell,
        state::State,
        trail::Place,
    },
    domain::api::Project,
};

/// What can be chosen.
#[derive(Clone, Debug)]
pub enum Goal {
    Command(&'static Command),
    Place(Place),
    Project(Box<Project>),
}

/// Everything, the commands that were asked for last first.
///
/// What makes no sense now is there too, because choosing it says why.
pub fn palette(state: &State) -> Picker<Goal> {
    let items =
        commands(state).chain(tables(&state.shell)).chain(environments(&state.shell)).chain(projects(&state.shell));
    Picker::new("Commands", items.collect(), |_, goal| match goal {
        Goal::Command(command) => Outcome::Run(command),
        Goal::Place(place) => Outcome::Go(place.clone()),
        Goal::Project(project) => Outcome::Show(project.clone()),
    })
}

/// Recent ones, those of the page that is shown, the shell's, and those of the other pages.
fn commands(state: &State) -> impl Iterator<Item = Item<Goal>> {
    let (theme, keymap) = (&state.shell.theme, &state.shell.keymap);
    let recent = &state.shell.recent;
    let first = recent.iter().filter_map(|name| command::named(name));
    let here = command::here(state);
    let mine = state.page().keymap(&state.shell);
    let elsewhere = command::tables().filter(|(_, _, table)| !command::is_same(table, mine));
    let elsewhere = elsewhere.flat_map(|(_, _, table)| table);
    let is_recent = |command: &&'static Command| recent.iter().any(|name| name == command.name);
    first.chain(here.chain(elsewhere).filter(move |command| !is_recent(command))).map(|command| {
        let page = command::page_of(command).filter(|page| *page != state.shell.page);
        let key = keymap.first(command).unwrap_or_default();
        match page {
            Some(page) => item(command, format!("{} {key}", keymap.way(page.way())), theme.text.0),
            None if (command.available)(state).is_ok() => item(command, key, theme.text.0),
            None => item(command, key, theme.muted.0),
        }
    })
}

fn item(command: &'static Command, keys: String, style: Style) -> Item<Goal> {
    let detail = command.doc.trim_end_matches('.').to_owned();
    Item { name: command.name.to_owned(), detail, aside: keys, style, value: Goal::Command(command) }
}

/// The tables of the selected environment.
fn tables(shell: &Shell) -> impl Iterator<Item = Item<Goal>> {
    let environment = shell.selected();
    let tables = environment.and_then(|environment| shell.tables.get(&environment.id)?.value());
    tables.into_iter().flatten().zip(std::iter::repeat(environment)).filter_map(|(table, environment)| {
        let environment = environment?;
        Some(Item {
            name: table.name.clone(),
            detail: format!("table of {}, {}", environment.name, fit::count(table.rows, "row")),
            aside: String::new(),
            style: shell.theme.text.0,
            value: Goal::Place(Place {
                page: PageId::Database,
                environment: environment.id.clone(),
                opened: Some(table.name.clone()),
            }),
        })
    })
}

fn environments(shell: &Shell) -> impl Iterator<Item = Item<Goal>> {
    shell.environments.entries().iter().map(|entry| {
        let environment = &entry.environment;
        Item {
            name: environment.name.to_string(),
            detail: format!("environment, {}, {}", environment.kind.label(), environment.status.label()),
            aside: entry.number.to_string(),
            style: if entry.is_production() { shell.theme.production.0 } else { shell.theme.text.0 },
            value: Goal::Place(Place { page: shell.page, environment: environment.id.clone(), opened: None }),
        }
    })
}

/// The projects that are not shown.
fn projects(shell: &Shell) -> impl Iterator<Item = Item<Goal>> {
    let shown = shell.project.as_ref().map(|project| &project.id);
    let others = shell.projects.value().into_iter().flatten().filter(move |project| Some(&project.id) != shown);
    others.map(|project| Item {
        name: project.name.clone(),
        detail: format!("project, {}", fit::count(project.environments, "environment")),
        aside: String::new(),
        style: shell.theme.text.0,
        value: Goal::Project(Box::new(project.clone())),
    })
}
