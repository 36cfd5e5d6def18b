//! `:` finds any command by its name or by what it does.

use ratatui::style::Style;

use super::{
    Outcome,
    picker::{Item, Picker},
};
use crate::console::{
    command::{self, Command},
    keymap::Keymap,
    page::PageId,
    state::State,
};

/// Every command: those of the page that is shown, the shell's, and those of the other pages.
/// What makes no sense now is there too, because choosing it says why.
pub fn palette(state: &State) -> Picker<&'static Command> {
    let (theme, keymap) = (&state.shell.theme, &state.shell.keymap);
    let here = command::here(state).map(|command| {
        let available = (command.available)(state).is_ok();
        item(command, first_key(keymap, command), if available { theme.text.0 } else { theme.muted.0 })
    });
    let elsewhere = PageId::ALL.into_iter().filter(|page| *page != state.shell.page).flat_map(|page| {
        let way = keymap.way(page.way());
        let keys = move |command| format!("{way} {}", first_key(keymap, command));
        page.commands().iter().map(move |command| item(command, keys(command), theme.text.0))
    });
    Picker::new("Commands", here.chain(elsewhere).collect(), |_, command| Outcome::Run(command))
}

fn item(command: &'static Command, keys: String, style: Style) -> Item<&'static Command> {
    let detail = command.doc.trim_end_matches('.').to_owned();
    Item { name: command.name.to_owned(), detail, aside: keys, style, value: command }
}

fn first_key(keymap: &Keymap, command: &Command) -> String {
    keymap.first(command).unwrap_or_default()
}
