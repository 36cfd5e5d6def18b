//! Selecting: environments and projects.

use super::Availability;
use crate::{
    console::{
        catalog::Entry,
        effect::Effect,
        fit,
        key::Key,
        modal::{
            Outcome,
            connect::Connect,
            picker::{Item, Picker},
            question::Question,
            quit::would_be_lost,
        },
        shell::{Shell, mark},
        state::State,
        stream,
        toast::Tone,
    },
    domain::{EnvironmentId, api::Project},
};

/// With any environment to act on.
pub fn any(state: &State) -> Availability {
    if state.shell.environments.is_empty() { Err("there is no environment yet".into()) } else { Ok(()) }
}

pub fn step(state: &mut State, steps: isize) -> Vec<Effect> {
    state.shell.environments.step(steps);
    state.shell.moved();
    Vec::new()
}

pub fn by_number(state: &mut State) -> Vec<Effect> {
    let Some(digit) = state.shell.pressed.and_then(Key::typed).and_then(|typed| typed.to_digit(10)) else {
        // Asked for by name: which one is a question of its own.
        return switch(state);
    };
    let found = usize::try_from(digit).ok().and_then(|number| state.shell.environments.numbered(number));
    let Some(id) = found.map(|entry| entry.environment.id.clone()) else {
        state.shell.say(Tone::Info, None, format!("no environment has the number {digit}"));
        return Vec::new();
    };
    state.shell.environments.select(&id);
    state.shell.moved();
    Vec::new()
}

pub fn switch(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let item = |entry: &Entry| Item {
        name: entry.environment.name.to_string(),
        detail: format!(
            "{} {}, {}",
            mark(entry, shell.now, shell.clock_runs),
            entry.environment.status.label(),
            entry.environment.kind.label()
        ),
        aside: entry.number.to_string(),
        style: if entry.is_production() { shell.theme.production.0 } else { shell.theme.text.0 },
        value: entry.environment.id.clone(),
    };
    let items = shell.environments.entries().iter().map(item).collect();
    let selected = shell.selected_id();
    let picker = Picker::new("Switch environment", items, |shell, id: &EnvironmentId| {
        shell.environments.select(id);
        shell.moved();
        Outcome::Close
    });
    shell.open(picker.of("environment").starting_at(|id| Some(id) == selected.as_ref()));
    Vec::new()
}

pub fn connect(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(id) = shell.selected_id() else { return Vec::new() };
    shell.open(Connect::new(id.clone()));
    shell.want_keys(&id).into_iter().chain(shell.want_tables(&id)).collect()
}

pub fn switch_project(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    if shell.projects.value().is_none() {
        shell.say(Tone::Info, None, "the projects are not known yet");
        return Vec::new();
    }
    let shown = shell.project.as_ref().map(|project| project.id.clone());
    let picker = Picker::new("Switch project", projects(shell), |shell, project: &Project| {
        if shell.project.as_ref().is_some_and(|shown| shown.id == project.id) {
            return Outcome::Close;
        }
        Outcome::Show(Box::new(project.clone()))
    });
    let picker = picker.of("project").following(projects, |one, other| one.id == other.id);
    shell.open(picker.starting_at(|project| Some(&project.id) == shown.as_ref()));
    Vec::new()
}

/// The projects that there are by now, to choose from.
fn projects(shell: &Shell) -> Vec<Item<Project>> {
    let item = |project: &Project| Item {
        name: project.name.clone(),
        detail: project.description.clone().unwrap_or_default(),
        aside: fit::count(project.environments, "environment"),
        style: shell.theme.text.0,
        value: project.clone(),
    };
    shell.projects.value().into_iter().flatten().map(item).collect()
}

/// Shows another project, after a question where something that is not saved goes with this one.
pub fn show_project(state: &mut State, project: Project) -> Vec<Effect> {
    let unsaved = state.pages.database.unsaved(&state.shell);
    let shell = &mut state.shell;
    if unsaved.is_empty() {
        return stream::show_project(shell, project);
    }
    let question = Question::new(format!("Show {}", project.name)).saying(would_be_lost(&unsaved));
    let text = format!("forgets them and shows {}", project.name);
    shell.open(question.answered("d", "forget", text, move |shell| stream::show_project(shell, project)));
    Vec::new()
}
