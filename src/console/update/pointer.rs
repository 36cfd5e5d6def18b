//! What the mouse does, where it points.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{keyboard, modals::ask_modal, places::go_to};
use crate::console::{
    command,
    effect::Effect,
    modal::Outcome,
    motion::Motion,
    page::Click,
    shell::Focus,
    state::State,
    target::{self, Target},
};

pub fn mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let position = Position { x: event.column, y: event.row };
    let lines = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => return click(state, position),
        MouseEventKind::ScrollDown => 3,
        MouseEventKind::ScrollUp => -3,
        MouseEventKind::ScrollRight => return scroll_sideways(state, 1),
        MouseEventKind::ScrollLeft => return scroll_sideways(state, -1),
        _ => return Vec::new(),
    };
    if let Some(modal) = state.shell.modals.pop() {
        return ask_modal(state, modal, |modal, shell| {
            modal.scroll(shell, lines);
            Outcome::Stay
        });
    }
    let (shell, page) = state.parts();
    page.motion(shell, Motion::Lines(lines))
}

fn scroll_sideways(state: &mut State, steps: isize) -> Vec<Effect> {
    if state.shell.modals.is_empty() {
        let (shell, page) = state.parts();
        page.sideways(shell, steps);
    }
    Vec::new()
}

fn click(state: &mut State, position: Position) -> Vec<Effect> {
    match target::at(state, position) {
        Some(Target::Key(key)) => return keyboard::key(state, key),
        Some(Target::Command(command)) if state.shell.modals.is_empty() => {
            state.shell.filtering = None;
            return command.invoke(state);
        }
        _ => {}
    }
    if let Some(modal) = state.shell.modals.pop() {
        let area = state.shell.modal_area();
        return ask_modal(state, modal, |modal, shell| modal.click(shell, area, position));
    }
    match target::at(state, position) {
        Some(Target::Tab(id)) => {
            state.shell.environments.select(&id);
            state.shell.moved();
            Vec::new()
        }
        Some(Target::Page(page)) => {
            go_to(state, page);
            Vec::new()
        }
        Some(Target::Main(area)) => {
            state.shell.focus = Focus::Main;
            let (shell, page) = state.parts();
            match page.click(shell, area, position) {
                Click::Nothing => Vec::new(),
                Click::Effects(effects) => effects,
                Click::Command(name) => command::named(name).map(|command| command.invoke(state)).unwrap_or_default(),
            }
        }
        Some(Target::Key(_) | Target::Command(_)) | None => Vec::new(),
    }
}
