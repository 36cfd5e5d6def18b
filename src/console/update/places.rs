//! Going somewhere: to a page, to a place that one has been to, back out of one.

use crate::console::{page::PageId, shell::Focus, state::State, toast::Tone, trail::Place};

/// Shows a page.
pub fn go_to(state: &mut State, page: PageId) {
    state.shell.page = page;
    state.shell.filtering = None;
    state.shell.focus = Focus::Main;
}

/// Shows a place: its page, its environment, and what was open there.
pub fn go_to_place(state: &mut State, place: &Place) {
    if state.shell.selected_id().as_ref() != Some(&place.environment) {
        state.shell.environments.select(&place.environment);
        state.shell.moved();
    }
    go_to(state, place.page);
    let (shell, page) = state.parts();
    page.open_named(shell, place.opened.as_deref());
}

/// What was opened from another page is left: back to where it was opened.
pub fn lead_back(state: &mut State) {
    let (shell, page) = state.parts();
    let Some(environment) = shell.selected_id() else { return };
    if shell.trail.is_left(shell.page, &environment, page.opened(shell)) {
        tread(state, -1);
    }
}

/// Goes to the next place in that direction that is still there. One that something unsaved lies over
/// is passed by, and it is said why.
pub fn tread(state: &mut State, steps: isize) {
    let (shell, pages) = (&mut state.shell, &state.pages);
    let environments = &shell.environments;
    let mut passed_by = None;
    let found = shell.trail.step(steps, |place| {
        let stays_open = pages.get(place.page).stays_open(&place.environment, place.opened.as_deref());
        let is_free = stays_open.is_none();
        passed_by = passed_by.take().or(stays_open.map(|text| (place.environment.clone(), text)));
        is_free && environments.get(&place.environment).is_some()
    });
    if let Some((environment, text)) = passed_by {
        shell.say(Tone::Warning, Some(&environment), text);
    }
    if let Some(place) = found {
        go_to_place(state, &place);
    }
}
