//! Moving: in lists, between pages, back out.

use super::Availability;
use crate::console::{effect::Effect, motion::Motion, page::PageId, shell::Focus, state::State, trail::Place, update};

pub fn motion(state: &mut State, motion: Motion) -> Vec<Effect> {
    if state.shell.focus == Focus::Sidebar {
        let pages = PageId::ALL;
        let next = motion.apply(state.shell.page as usize, pages.len(), pages.len());
        state.shell.page = pages[next];
        return Vec::new();
    }
    let (shell, page) = state.parts();
    page.motion(shell, motion)
}

pub fn sideways(state: &mut State, steps: isize) -> Vec<Effect> {
    if state.shell.focus == Focus::Sidebar {
        if steps > 0 {
            state.shell.focus = Focus::Main;
        }
        return Vec::new();
    }
    let (shell, page) = state.parts();
    if !page.sideways(shell, steps) && steps < 0 {
        shell.focus = Focus::Sidebar;
    }
    Vec::new()
}

pub fn turn(state: &mut State, steps: isize) -> Vec<Effect> {
    let (shell, page) = state.parts();
    page.turn(shell, steps)
}

pub fn back(state: &mut State) -> Vec<Effect> {
    let (shell, page) = state.parts();
    shell.toasts.dismiss();
    if !page.filter(shell).is_empty() {
        return page.set_filter(shell, String::new());
    }
    if !page.back(shell) {
        shell.focus = Focus::Main;
    }
    Vec::new()
}

/// Whether there is a place in that direction.
pub fn trodden(state: &State, steps: isize) -> Availability {
    let shell = &state.shell;
    let is_there = |place: &Place| shell.environments.get(&place.environment).is_some();
    if shell.trail.peek(steps, is_there).is_some() {
        return Ok(());
    }
    Err(if steps < 0 { "there is no place before this one" } else { "there is no place behind this one" }.into())
}

pub fn tread(state: &mut State, steps: isize) -> Vec<Effect> {
    update::tread(state, steps);
    Vec::new()
}

pub fn go(state: &mut State, page: PageId) -> Vec<Effect> {
    update::go_to(state, page);
    Vec::new()
}

pub fn sort(state: &mut State, turn_round: bool) -> Vec<Effect> {
    let (shell, page) = state.parts();
    page.sort(shell, turn_round)
}

pub fn sortable(state: &State) -> Availability {
    if state.page().is_sorted(&state.shell) { Ok(()) } else { Err("what is shown here has an order of its own".into()) }
}

pub fn filterable(state: &State) -> Availability {
    if state.page().is_filterable(&state.shell) {
        Ok(())
    } else {
        Err("there is no list here that could be filtered".into())
    }
}
