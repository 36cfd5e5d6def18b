//! Taking over what the server says: answers to the shell's own readings, and events.

use std::time::Duration;

use super::{
    call::{Call, EnvironmentCall, KeyCall, Looked, Reply, TableCall},
    connection::Connection,
    effect::{Effect, Ticket},
    isolation,
    modal::Modal,
    page::PageId,
    remote::Remote,
    shell::Shell,
    state::State,
    task::{ExportTo, Task, export::Target},
    toast::Tone,
};
use crate::{
    client::{self, Listing, Update},
    domain::{
        EnvironmentId, EnvironmentType,
        api::{Environment, Event, Key, Project, Table},
    },
};

/// A reading that failed is tried again after this.
const RETRY: Duration = Duration::from_secs(2);

pub fn update(state: &mut State, update: Update) -> Vec<Effect> {
    let shell = &mut state.shell;
    match update {
        Update::Connected => {
            let before = std::mem::replace(&mut shell.connection, Connection::Live);
            if before.was_live() {
                shell.say(Tone::Success, None, "connected again: what is shown is live");
            }
            reached(shell);
            let again = before.is_lost() || before == Connection::Polling;
            if again { read_again(state) } else { Vec::new() }
        }
        Update::Disconnected { reason, retry_in } => {
            lose(shell, reason, retry_in);
            Vec::new()
        }
        Update::Unauthorized { reason, .. } => {
            refuse(shell, reason);
            Vec::new()
        }
        Update::Poll => {
            shell.connection = Connection::Polling;
            reached(shell);
            read_again(state)
        }
        Update::Event { id, event } => self::event(state, id, &event),
    }
}

/// The server answers.
fn reached(shell: &mut Shell) {
    for modal in &mut shell.modals {
        modal.reconnected();
    }
}

/// Whatever is shown may be old: reads it again.
pub fn read_again(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    shell.keys.values_mut().for_each(Remote::outdate);
    shell.tables.values_mut().for_each(Remote::outdate);
    let mut effects = shell.refresh();
    let (shell, page) = state.parts();
    effects.extend(page.outdated(shell));
    effects
}

/// An answer to one of the shell's own calls.
pub fn take_over(state: &mut State, ticket: &Ticket, call: &Call, result: Result<Reply, client::Error>) -> Vec<Effect> {
    let shell = &mut state.shell;
    if let Call::Environment(_, EnvironmentCall::Verify { environment, others, .. }) = call {
        return isolation::answer(shell, environment, others, result);
    }
    if let Err(error) = &result {
        reading_failed(shell, error);
    }
    let generation = ticket.generation;
    match (call, result) {
        (Call::Projects, Ok(Reply::Projects(listing))) => {
            if shell.projects.answer(generation, Ok(listing.items)) {
                return choose_project(shell).into_iter().collect();
            }
        }
        (Call::Environments(_), Ok(Reply::Environments(listing))) => {
            if shell.listing.answer(generation, Ok(())) {
                return take_environments(shell, listing);
            }
        }
        (Call::Key(id, KeyCall::List), Ok(Reply::Keys(listing))) => {
            if let Some(keys) = shell.keys.get_mut(id) {
                keys.answer(generation, Ok(listing.items));
            }
        }
        (Call::Table(id, TableCall::List), Ok(Reply::Tables(listing))) => {
            if let Some(tables) = shell.tables.get_mut(id) {
                tables.answer(generation, Ok(listing.items));
            }
        }
        (Call::Projects, Err(error)) => {
            shell.projects.answer(generation, Err(error.to_string()));
        }
        (Call::Environments(_), Err(error)) => {
            shell.listing.answer(generation, Err(error.to_string()));
        }
        (Call::Key(id, KeyCall::List), Err(error)) => {
            if let Some(keys) = shell.keys.get_mut(id) {
                keys.answer(generation, Err(error.to_string()));
            }
        }
        (Call::Table(id, TableCall::List), Err(error)) => {
            if let Some(tables) = shell.tables.get_mut(id) {
                tables.answer(generation, Err(error.to_string()));
            }
        }
        (Call::LookForPlace(export, place), Ok(Reply::Looked(Looked(path)))) => {
            let target = Target::File { path, replace: place.replace };
            return shell.start(Task::Export(export.clone(), ExportTo { format: place.format, target }));
        }
        // The runtime answers each call with its own kind of reply.
        (_, Ok(_) | Err(_)) => {}
    }
    Vec::new()
}

/// Before the event stream is there to tell, a failed reading says how the connection is.
pub fn reading_failed(shell: &mut Shell, error: &client::Error) {
    shell.retry_at.get_or_insert(shell.now.uptime + RETRY);
    if shell.connection == Connection::Live {
        return;
    }
    match error {
        client::Error::Unauthorized { .. } => refuse(shell, error.to_string()),
        _ => lose(shell, error.to_string(), RETRY),
    }
}

/// The connection is lost, or still is. The reason is said once; the header goes on saying that.
fn lose(shell: &mut Shell, reason: String, retry_in: Duration) {
    tracing::warn!(reason, "the connection is lost");
    // Where nothing is shown yet, the page says it.
    if !shell.connection.is_lost() && shell.connection.has_been_live() {
        shell.say(Tone::Warning, None, format!("connection lost: {reason}"));
    }
    shell.connection.lose(reason, retry_in, shell.now);
}

fn refuse(shell: &mut Shell, reason: String) {
    tracing::warn!(reason, "the operator token is refused");
    if !matches!(shell.connection, Connection::Refused { .. }) && shell.connection.has_been_live() {
        shell.say(Tone::Error, None, format!("not permitted: {reason}"));
    }
    shell.connection.refuse(reason);
}

/// The project to show: the one that is shown already, the wanted one, or the first.
fn choose_project(shell: &mut Shell) -> Option<Effect> {
    let projects = shell.projects.value().map(Vec::as_slice).unwrap_or_default();
    let shown = shell.project.as_ref().map(|project| project.id.to_string());
    let named = |name: &Option<String>| {
        let name = name.as_deref()?;
        projects.iter().find(|project| project.name == name || project.id.as_str() == name)
    };
    let chosen = named(&shown).or_else(|| named(&shell.wanted_project)).or_else(|| projects.first()).cloned();
    let Some(project) = chosen else {
        shell.project = None;
        return None;
    };
    let read = shell.project.as_ref().is_none_or(|shown| shown.id != project.id) || shell.listing.is_wanted();
    shell.project = Some(project);
    if read { shell.read_environments() } else { None }
}

/// Shows another project.
pub fn show_project(shell: &mut Shell, project: Project) -> Vec<Effect> {
    shell.leave_project();
    shell.project = Some(project);
    shell.read_environments().into_iter().collect()
}

fn take_environments(shell: &mut Shell, listing: Listing<Environment>) -> Vec<Effect> {
    // What an event told after this list was made is not undone by it.
    if listing.event_id.is_some_and(|listed| shell.last_change > listed) {
        return shell.read_environments().into_iter().collect();
    }
    shell.environments.replace(listing.items, shell.now.uptime);
    if close_forms(shell) {
        shell.say(Tone::Info, None, "the environment of the open form is gone, and the form with it");
    }
    if shell.environments.selected().is_none() {
        select_first(shell);
    }
    if std::mem::replace(&mut shell.following, true) {
        return Vec::new();
    }
    vec![Effect::Follow { from: listing.event_id }]
}

/// The wanted environment, else `dev`, else the first that is not production.
fn select_first(shell: &mut Shell) {
    let environments = &shell.environments;
    let wanted = shell.wanted_environment.as_deref();
    let named = |name: &str| {
        environments.find(name).or_else(|| environments.entries().iter().find(|e| e.environment.id.as_str() == name))
    };
    let first = wanted
        .and_then(named)
        .or_else(|| environments.find("dev"))
        .or_else(|| environments.entries().iter().find(|entry| entry.environment.kind != EnvironmentType::Prod))
        .or_else(|| environments.entries().first())
        .map(|entry| entry.environment.id.clone());
    if let Some(id) = first {
        shell.environments.select(&id);
    }
}

fn event(state: &mut State, id: u64, event: &Event) -> Vec<Effect> {
    let shell = &mut state.shell;
    let here = |environment: &EnvironmentId| shell.environments.get(environment).is_some();
    match event {
        Event::Environment(environment) => {
            if shell.project.as_ref().is_some_and(|project| project.id == environment.project_id) {
                shell.last_change = id;
                shell.environments.put(environment.clone(), shell.now.uptime);
            }
        }
        Event::EnvironmentDeleted(environment) => {
            shell.last_change = id;
            forget(shell, environment);
        }
        Event::Key(key) if here(&key.environment_id) => put_key(shell, key),
        Event::KeyDeleted(key) => {
            if let Some(keys) = shell.keys.get_mut(&key.environment_id).and_then(Remote::value_mut) {
                keys.retain(|other| other.id != key.id);
            }
        }
        Event::Table(table) if here(&table.environment_id) => put_table(shell, table),
        Event::TableDeleted(table) => {
            if let Some(tables) = shell.tables.get_mut(&table.environment_id).and_then(Remote::value_mut) {
                tables.retain(|other| other.id != table.id);
            }
        }
        Event::Project(project) => put_project(shell, project),
        Event::ProjectDeleted(project) => return project_deleted(shell, project),
        Event::Reset => return read_again(state),
        Event::Key(_)
        | Event::Table(_)
        | Event::File(_)
        | Event::FileDeleted(_)
        | Event::User(_)
        | Event::UserDeleted(_)
        | Event::Activity(_)
        | Event::Data(_) => {}
    }
    let mut effects = Vec::new();
    for id in PageId::ALL {
        effects.extend(state.pages.get_mut(id).event(&mut state.shell, event));
    }
    effects
}

fn forget(shell: &mut Shell, environment: &Environment) {
    let was_selected = shell.selected_id().as_ref() == Some(&environment.id);
    if shell.environments.remove(&environment.id).is_none() {
        return;
    }
    shell.keys.remove(&environment.id);
    shell.tables.remove(&environment.id);
    shell.isolation.forget(&environment.id);
    shell.locks.forget(&environment.id);
    let name = environment.name.to_string();
    let text = if close_forms(shell) { "is gone, and with it the form that was open" } else { "is gone" };
    shell.toasts.push(Tone::Info, Some(name), text, shell.now);
    if was_selected {
        shell.moved();
    }
}

/// Closes the forms of environments that are gone. Returns whether one was open.
fn close_forms(shell: &mut Shell) -> bool {
    let environments = &shell.environments;
    let fits = |form: &dyn Modal| form.environment().is_none_or(|id| environments.get(id).is_some());
    let before = shell.modals.len();
    shell.modals.retain(|modal| fits(modal.as_ref()));
    shell.submitted.retain(fits);
    shell.modals.len() < before
}

/// Takes over a key in the list it belongs to, if that list is known.
pub fn put_key(shell: &mut Shell, key: &Key) {
    let Some(keys) = shell.keys.get_mut(&key.environment_id).and_then(Remote::value_mut) else { return };
    match keys.iter_mut().find(|other| other.id == key.id) {
        Some(other) => *other = key.clone(),
        None => keys.push(key.clone()),
    }
}

/// Takes over a table in the list it belongs to, if that list is known.
pub fn put_table(shell: &mut Shell, table: &Table) {
    let Some(tables) = shell.tables.get_mut(&table.environment_id).and_then(Remote::value_mut) else { return };
    match tables.iter_mut().find(|other| other.id == table.id) {
        Some(other) => *other = table.clone(),
        None => tables.push(table.clone()),
    }
}

fn put_project(shell: &mut Shell, project: &Project) {
    if let Some(shown) = shell.project.as_mut().filter(|shown| shown.id == project.id) {
        *shown = project.clone();
    }
    let Some(projects) = shell.projects.value_mut() else { return };
    match projects.iter_mut().find(|other| other.id == project.id) {
        Some(other) => *other = project.clone(),
        None => projects.push(project.clone()),
    }
}

fn project_deleted(shell: &mut Shell, project: &Project) -> Vec<Effect> {
    if let Some(projects) = shell.projects.value_mut() {
        projects.retain(|other| other.id != project.id);
    }
    if shell.project.as_ref().is_none_or(|shown| shown.id != project.id) {
        return Vec::new();
    }
    shell.leave_project();
    shell.project = None;
    shell.say(Tone::Warning, None, format!("the project {} was deleted", project.name));
    choose_project(shell).into_iter().collect()
}
