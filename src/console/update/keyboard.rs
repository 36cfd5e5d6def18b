//! What a key means: to what lies over the page, or as a command.

use crossterm::event::{KeyCode, KeyModifiers};

use super::{filter_line, modals::ask_modal};
use crate::console::{command::Meaning, effect::Effect, key::Key, shell::Focus, state::State};

pub fn key(state: &mut State, key: Key) -> Vec<Effect> {
    if let Some(behind) = behind_escape(key).filter(|_| !is_bound(state, key)) {
        let mut effects = self::key(state, Key::plain(KeyCode::Esc));
        effects.extend(self::key(state, behind));
        return effects;
    }
    let control = |character| key == Key { code: KeyCode::Char(character), modifiers: KeyModifiers::CONTROL };
    let over = !state.shell.modals.is_empty() || state.shell.is_filtering();
    if over && control('c') {
        // Out of whatever lies over the page first; what was typed is asked about there.
        return self::key(state, Key::plain(KeyCode::Esc));
    }
    if !control('z') {
        if let Some(modal) = state.shell.modals.pop() {
            return ask_modal(state, modal, |modal, shell| modal.key(shell, key));
        }
        if let Some(line) = state.shell.filtering.take() {
            return filter_line::key(state, line, key);
        }
        if state.shell.focus == Focus::Sidebar && key.code == KeyCode::Enter {
            state.shell.focus = Focus::Main;
            return Vec::new();
        }
    }
    state.shell.pending.push(key);
    let keys = std::mem::take(&mut state.shell.pending);
    match state.shell.keymap.meaning(state.page().keymap(&state.shell), &keys) {
        Meaning::Command(command) => {
            state.shell.pressed = Some(key);
            let effects = command.invoke(state);
            state.shell.pressed = None;
            effects
        }
        Meaning::Prefix => {
            state.shell.pending = keys;
            Vec::new()
        }
        // The end of a sequence that does not exist; alone it may be a command.
        Meaning::Nothing if keys.len() > 1 && key.code != KeyCode::Esc => self::key(state, key),
        Meaning::Nothing => Vec::new(),
    }
}

/// What looks like alt may be `esc` with another key close behind: the terminal sends the same
/// bytes. Text fields know some such keys, and of arrows and the like the bytes are others.
fn behind_escape(key: Key) -> Option<Key> {
    let is_ambiguous = match key.code {
        KeyCode::Char(character) => !matches!(character, 'b' | 'f'),
        KeyCode::Enter | KeyCode::Tab => true,
        _ => false,
    };
    (key.modifiers == KeyModifiers::ALT && is_ambiguous).then(|| Key::plain(key.code))
}

/// Whether a command of this page has the key, and would get it now.
fn is_bound(state: &State, key: Key) -> bool {
    let shell = &state.shell;
    let mut keys = shell.pending.clone();
    keys.push(key);
    let over = !shell.modals.is_empty() || shell.is_filtering();
    !over && !matches!(shell.keymap.meaning(state.page().keymap(shell), &keys), Meaning::Nothing)
}
