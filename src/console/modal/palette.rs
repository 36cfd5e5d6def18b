//! `:` finds any command by its name or by what it does.

use ratatui::style::Style;

use super::{
    Outcome,
    picker::{Item, Picker},
};
use crate::console::{
    command::{self, Command},
    key::show,
    state::State,
};

/// Every command: those that have their keys now, the shell's, and those of other tabs and pages.
/// What makes no sense now is there too, because choosing it says why.
pub fn palette(state: &State) -> Picker<&'static Command> {
    let theme = &state.shell.theme;
    let here = command::here(state).map(|command| {
        let available = (command.available)(state).is_ok();
        item(command, first_key(command), if available { theme.text.0 } else { theme.muted.0 })
    });
    let keymap = state.page().keymap(&state.shell);
    let elsewhere = command::tables().filter(|(_, _, commands)| !std::ptr::eq(*commands, keymap));
    let elsewhere = elsewhere.flat_map(|(page, _, commands)| {
        let way = command::named(page.way()).filter(|_| page != state.shell.page).map(first_key);
        let keys = move |command| format!("{} {}", way.as_deref().unwrap_or_default(), first_key(command));
        commands.iter().map(move |command| item(command, keys(command), theme.text.0))
    });
    Picker::new("Commands", here.chain(elsewhere).collect(), |_, command| Outcome::Run(command))
}

fn item(command: &'static Command, keys: String, style: Style) -> Item<&'static Command> {
    let detail = command.doc.trim_end_matches('.').to_owned();
    Item { name: command.name.to_owned(), detail, aside: keys, style, value: command }
}

fn first_key(command: &Command) -> String {
    command.keys.first().map(|keys| show(keys)).unwrap_or_default()
}
