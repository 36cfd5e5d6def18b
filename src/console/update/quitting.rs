//! Quitting, and when it asks.

use crate::console::{
    config::Quitting,
    effect::{Effect, Exit},
    message::BackendUsage,
    modal::quit::Quit,
    state::State,
};

/// What `q` does: at once, unless something would end that somebody uses or waits for.
pub fn quit(state: &mut State) -> Vec<Effect> {
    match state.shell.embedded {
        // Who uses it is known to the backend.
        Some(_) => vec![Effect::CheckUsage],
        None => ask_or_quit(state, None),
    }
}

pub fn ask_or_quit(state: &mut State, usage: Option<&BackendUsage>) -> Vec<Effect> {
    let unsaved = state.pages.database.unsaved(&state.shell);
    let shell = &mut state.shell;
    let in_use = usage.is_some_and(|usage| usage.app_requests > 0 || usage.other_consoles > 0);
    let asks =
        in_use || !unsaved.is_empty() || shell.tasks.running().next().is_some() || shell.habits.quit == Quitting::Asks;
    if !asks {
        return vec![Effect::Quit(Exit::Quit)];
    }
    let embedded = shell.embedded.as_ref().zip(usage);
    shell.open(Quit::new(embedded, &shell.tasks, &unsaved));
    Vec::new()
}
