//! The filter is live: every key that changes it changes what is listed.

use crossterm::event::KeyCode;

use crate::console::{effect::Effect, key::Key, motion::Motion, state::State, widget::Field};

pub fn key(state: &mut State, mut line: Field, key: Key) -> Vec<Effect> {
    let (shell, page) = state.parts();
    let is_plain = key.modifiers.is_empty();
    let motion = match key.code {
        KeyCode::Enter => return Vec::new(),
        KeyCode::Esc => return page.set_filter(shell, String::new()),
        // Once more than there was text to delete.
        KeyCode::Backspace if is_plain && line.text().is_empty() => return Vec::new(),
        KeyCode::Down => Motion::Lines(1),
        KeyCode::Up => Motion::Lines(-1),
        KeyCode::Tab | KeyCode::Right if is_plain && (key.code == KeyCode::Tab || line.is_at_end()) => {
            shell.filtering = Some(line.clone());
            let completed = page.filter_aid(shell).completed;
            return take(state, completed.unwrap_or(line));
        }
        _ => {
            line.key(key);
            return take(state, line);
        }
    };
    shell.filtering = Some(line);
    page.motion(shell, motion)
}

/// The page lists what the line lets pass.
pub fn take(state: &mut State, line: Field) -> Vec<Effect> {
    let (shell, page) = state.parts();
    let text = line.text().to_owned();
    let is_other = text != page.filter(shell);
    shell.filtering = Some(line);
    if is_other { page.set_filter(shell, text) } else { Vec::new() }
}
