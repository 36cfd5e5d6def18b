//! What a typed line means.
//!
//! | Line | Means |
//! |---|---|
//! | `environment-create` | the command of that name |
//! | `environment-create staging` | and `staging` typed into what it asks, with enter |
//! | `gd`, `tab`, `ctrl-d` | the command of that key |
//! | nothing | everything that is shown, again; enter where something is asked |
//! | `:tab`, `:esc`, `:down` | a key, where something is asked |
//! | `=text` | text without enter, where something is asked |
//! | `:connect` | out of whatever is asked, and the command of that name |

use crate::{
    console::{
        command::{self, Command, Meaning},
        effect::Effect,
        key::Key,
        message::Message,
        state::State,
        toast::Tone,
        update,
    },
    domain::nearest::nearest,
};

/// Carries out a line.
pub fn run(state: &mut State, line: &str) -> Vec<Effect> {
    if is_asked(state) {
        return answer(state, line);
    }
    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match (line, command::named(first.trim_start_matches(':'))) {
        ("", _) => vec![Effect::Repaint],
        (_, Some(command)) => command_with(state, command, rest.trim()),
        (_, None) => match keys(state, line) {
            Some(keys) => press(state, keys),
            None => unknown(state, first),
        },
    }
}

fn is_asked(state: &State) -> bool {
    !state.shell.modals.is_empty() || state.shell.is_filtering()
}

/// A line for what is asked.
fn answer(state: &mut State, line: &str) -> Vec<Effect> {
    if let Some(text) = line.strip_prefix('=') {
        return write(state, text);
    }
    let Some(name) = line.strip_prefix(':') else {
        let mut effects = write(state, line);
        effects.extend(press(state, Key::parse("enter")));
        return effects;
    };
    if let Some(key) = Key::parse(name) {
        return press(state, Some(key));
    }
    let (first, rest) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
    let Some(command) = command::named(first) else { return unknown(state, first) };
    state.shell.modals.clear();
    state.shell.filtering = None;
    command_with(state, command, rest.trim())
}

/// Runs a command, and types into what it asks.
fn command_with(state: &mut State, command: &'static Command, text: &str) -> Vec<Effect> {
    let mut effects = update::run(state, command);
    effects = update::allowed(&mut state.shell, effects);
    if !text.is_empty() && is_asked(state) {
        effects.extend(answer(state, text));
    } else if !text.is_empty() {
        let reason = format!("{} asks for nothing: {text:?} is left out", command.name);
        state.shell.say(Tone::Warning, None, reason);
    }
    // What the page now lacks is read, as after a key.
    effects.extend(update::update(state, Message::Clock(state.shell.now)));
    effects
}

/// Text in place of what stands in the field.
fn write(state: &mut State, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut effects = press(state, ["ctrl-e", "ctrl-u"].into_iter().filter_map(Key::parse));
    effects.extend(press(state, text.chars().map(Key::char)));
    effects
}

/// The keys of a line that is a binding: `gd`, `g d`, `tab`.
fn keys(state: &State, line: &str) -> Option<Vec<Key>> {
    let spelled = Key::parse_sequence(line);
    let typed = Some(line.chars().map(Key::char).collect::<Vec<_>>());
    let is_bound = |keys: &Vec<Key>| {
        let table = state.page().keymap(&state.shell);
        matches!(state.shell.keymap.meaning(table, keys), Meaning::Command(_))
    };
    [spelled, typed].into_iter().flatten().find(is_bound)
}

fn press(state: &mut State, keys: impl IntoIterator<Item = Key>) -> Vec<Effect> {
    keys.into_iter().flat_map(|key| update::update(state, Message::Key(key))).collect()
}

fn unknown(state: &mut State, word: &str) -> Vec<Effect> {
    let instead = match nearest(word, command::all().map(|command| command.name)) {
        Some(name) => format!("{name} is the nearest"),
        None => "help lists those of this page".to_owned(),
    };
    state.shell.say(Tone::Error, None, format!("there is no command {word}: {instead}"));
    Vec::new()
}
