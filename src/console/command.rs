//! The command table: the one source for keys, footer, palette, help and the manual.
//!
//! The shell's commands are here; each page adds its own from its folder.

use std::{borrow::Cow, fmt::Write as _};

use super::{
    effect::Effect,
    keymap::Keymap,
    page::{self, PageId},
    state::State,
};

/// Whether something makes sense now; if not, why, for whoever presses its key all the same.
pub type Availability = Result<(), Cow<'static, str>>;

/// Something a person can ask for by name.
pub struct Command {
    /// `environment-create`; what `:` finds it by.
    pub name: &'static str,
    /// Bindings like `n`, `ctrl-d`, `g g`, unless the configuration has others. The first one is
    /// shown.
    pub keys: &'static [&'static str],
    /// One or two words for the footer; empty keeps it out.
    pub hint: &'static str,
    /// One sentence for help, palette and manual.
    pub doc: &'static str,
    pub group: Group,
    pub available: fn(&State) -> Availability,
    pub run: fn(&mut State) -> Vec<Effect>,
}

/// The headings of help and manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Page,
    Move,
    Environment,
    Console,
}

impl Group {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Page => "This page",
            Self::Move => "Moving",
            Self::Environment => "Environments",
            Self::Console => "Console",
        }
    }
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Command {
    /// Runs it, or says why it cannot be run now.
    pub fn invoke(&'static self, state: &mut State) -> Vec<Effect> {
        match (self.available)(state) {
            Ok(()) => (self.run)(state),
            Err(reason) => {
                state.shell.refuse(self, reason);
                Vec::new()
            }
        }
    }
}

/// Takes back what was said of commands that are refused no more, or for another reason: the environment
/// was left, the lists are read, the cursor is on something.
pub fn reconsider(state: &mut State) {
    let refusals: Vec<_> = state.shell.toasts.refusals().collect();
    let still = |command: &Command, said: &str| (command.available)(state).is_err_and(|reason| reason == said);
    let over: Vec<_> =
        refusals.into_iter().filter(|(command, said)| !still(command, said)).map(|(_, said)| said.to_owned()).collect();
    for said in over {
        state.shell.toasts.take_back(&said);
    }
}

/// A page's own.
pub const fn command(
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    doc: &'static str,
    available: fn(&State) -> Availability,
    run: fn(&mut State) -> Vec<Effect>,
) -> Command {
    Command { name, keys, hint, doc, group: Group::Page, available, run }
}

/// Always available.
pub fn always(_: &State) -> Availability {
    Ok(())
}

/// The commands that can be asked for on the page that is shown, the page's own first.
pub fn here(state: &State) -> impl Iterator<Item = &'static Command> {
    state.page().keymap(&state.shell).iter().chain(super::shell_commands::COMMANDS)
}

/// The commands that have their keys together: those of each page, then those of each tab inside
/// it that has its own; with the title of the manual.
pub fn tables() -> impl Iterator<Item = (PageId, &'static str, &'static [Command])> {
    PageId::ALL.into_iter().flat_map(|page| {
        let inner = page::INNER.iter().copied().filter(move |(owner, ..)| *owner == page);
        std::iter::once((page, page.title(), page.commands())).chain(inner)
    })
}

/// Whether two tables hold the same commands. A constant has no address of its own to compare.
pub fn is_same(one: &[Command], other: &[Command]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.name == other.name)
}

/// Every command of every page, for the manual and the tests.
pub fn all() -> impl Iterator<Item = &'static Command> {
    tables().flat_map(|(_, _, commands)| commands).chain(super::shell_commands::COMMANDS)
}

/// The page that a command belongs to; the shell's own belong to none.
pub fn page_of(command: &Command) -> Option<PageId> {
    let mut tables = tables();
    tables.find_map(|(page, _, commands)| commands.iter().any(|other| other.name == command.name).then_some(page))
}

pub fn named(name: &str) -> Option<&'static Command> {
    all().find(|command| command.name == name)
}

/// The table as a page of the manual, in Markdown.
pub fn manual() -> String {
    let keymap = Keymap::default();
    let mut text = String::from(
        "# Keys of the console\n\nWritten from the command table; `?` shows what works now. `[keys]` in the \
         configuration file changes them\nby the names below: `environment-create = [\"n\", \"ctrl-n\"]`.\n",
    );
    // Writing to a string does not fail.
    let mut section = |title: &str, commands: &mut dyn Iterator<Item = &'static Command>| {
        let _ = write!(text, "\n## {title}\n\n| Key | Command | Does |\n|---|---|---|\n");
        for command in commands {
            let keys = keymap.shown(command).replace('|', "\\|");
            let _ = writeln!(text, "| {keys} | `{}` | {} |", command.name, command.doc);
        }
    };
    for (_, title, commands) in tables() {
        section(title, &mut commands.iter());
    }
    for group in [Group::Page, Group::Move, Group::Environment, Group::Console] {
        let title = if group == Group::Page { "Every page" } else { group.title() };
        // A debug build has one command more.
        let commands = super::shell_commands::COMMANDS.iter().filter(|command| command.name != "defect");
        section(title, &mut commands.filter(|command| command.group == group));
    }
    text
}

/// What a sequence of keys means.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    Command(&'static Command),
    /// The start of longer bindings.
    Prefix,
    Nothing,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::console::key::Key;

    #[test]
    fn every_binding_is_a_key_and_every_command_is_explained() {
        let mut names = HashSet::new();
        for command in all() {
            assert!(names.insert(command.name), "{} is there twice", command.name);
            assert!(command.doc.ends_with('.'), "{}: the doc string is a sentence", command.name);
            for binding in command.keys {
                assert!(Key::parse_sequence(binding).is_some(), "{}: {binding}", command.name);
            }
        }
    }

    #[test]
    fn the_manual_says_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/keys.md");
        let written = std::fs::read_to_string(path).expect("assets/keys.md is part of the repository");
        assert!(written == manual(), "assets/keys.md is out of date; it should read:\n{}", manual());
    }

    #[test]
    fn no_page_shadows_a_key_of_the_shell() {
        let bindings = |commands: &'static [Command]| {
            commands.iter().flat_map(|command| command.keys.iter().map(move |key| (*key, command.name)))
        };
        for (_, _, commands) in tables() {
            for (key, name) in bindings(commands) {
                let other = bindings(crate::console::shell_commands::COMMANDS).find(|(taken, _)| *taken == key);
                assert_eq!(other, None, "{name} takes {key}");
            }
        }
    }
}
