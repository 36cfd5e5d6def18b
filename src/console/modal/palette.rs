//! `:` finds any command by its name or by what it does.

use super::{
    Outcome,
    picker::{Item, Picker},
};
use crate::console::{
    command::{self, Command},
    state::State,
};

/// The commands that make sense here and now.
pub fn palette(state: &State) -> Picker<&'static Command> {
    let item = |command: &'static Command| Item {
        name: command.name.to_owned(),
        detail: command.doc.trim_end_matches('.').to_owned(),
        aside: command.keys.first().map(|keys| crate::console::key::show(keys)).unwrap_or_default(),
        style: state.shell.theme.text.0,
        value: command,
    };
    let commands = command::here(state).filter(|command| (command.available)(state).is_ok());
    Picker::new("Commands", commands.map(item).collect(), |_, command| Outcome::Run(command))
}
