//! What lies over the page is asked first, and what it decides is carried out.

use super::{places::go_to_place, run};
use crate::console::{
    effect::Effect,
    modal::{Modal, Outcome},
    shell::Shell,
    shell_commands::show_project,
    state::State,
};

/// Hands the top modal something and carries out what it decides.
pub fn ask_modal(
    state: &mut State,
    mut modal: Box<dyn Modal>,
    ask: impl FnOnce(&mut dyn Modal, &mut Shell) -> Outcome,
) -> Vec<Effect> {
    let below = state.shell.modals.len();
    let outcome = ask(&mut *modal, &mut state.shell);
    let keep = |state: &mut State, modal| {
        // What it opened lies over it.
        let place = below.min(state.shell.modals.len());
        state.shell.modals.insert(place, modal);
    };
    match outcome {
        Outcome::Stay => {
            keep(state, modal);
            Vec::new()
        }
        Outcome::Effects(effects) => {
            keep(state, modal);
            effects
        }
        Outcome::Close => Vec::new(),
        Outcome::Done(effects) => effects,
        Outcome::Submitted(effects) => {
            state.shell.submitted.keep(modal, &effects);
            effects
        }
        Outcome::Filter(text) => {
            let (shell, page) = state.parts();
            page.set_filter(shell, text)
        }
        Outcome::Chosen(choice) => {
            let (shell, page) = state.parts();
            page.chosen(shell, choice)
        }
        Outcome::Run(command) => run(state, command),
        Outcome::Show(project) => show_project(state, *project),
        Outcome::Go(place) => {
            go_to_place(state, &place);
            Vec::new()
        }
    }
}

/// The editor ended: the modal that asked for it goes on.
pub fn edited(state: &mut State, result: Result<String, String>) -> Vec<Effect> {
    let Some(place) = state.shell.modals.iter().rposition(|modal| modal.awaits_editor()) else { return Vec::new() };
    let modal = state.shell.modals.remove(place);
    ask_modal(state, modal, |modal, shell| modal.edited(shell, result))
}

/// What lies over the page takes over what the server said.
pub fn follow(shell: &mut Shell) {
    let mut modals = std::mem::take(&mut shell.modals);
    for modal in &mut modals {
        modal.follow(shell);
    }
    shell.modals = modals;
}
