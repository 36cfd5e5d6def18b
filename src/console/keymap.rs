//! The key map: what each key means on each page, settled once when the console starts.
//!
//! The command table has a binding for everything; the configuration file changes some of them.

use std::collections::HashMap;

use super::{
    command::{self, Command, Meaning},
    key::{Key, show},
};

/// One way to ask for a command: a key, or several one after the other.
pub type Binding = Vec<Key>;

/// The bindings that a command is to have instead of the table's.
#[derive(Clone, Debug)]
pub struct Change {
    pub command: &'static Command,
    pub bindings: Vec<Binding>,
}

#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: HashMap<&'static str, Vec<Binding>>,
    /// For each table of commands that have their keys together; the shell's are in each.
    meanings: Vec<(&'static [Command], HashMap<Binding, Meaning>)>,
}

/// Why a change cannot be, and everything stays as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The change, by its place among those that were asked for.
    pub change: usize,
    pub binding: Binding,
    pub other: &'static str,
    pub other_binding: Binding,
    /// The title of the page, or of the tab inside it, on which both would work.
    pub place: &'static str,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::of(table())
    }
}

impl Keymap {
    /// The table with these changes, without those that contradict another binding.
    pub fn with(changes: &[Change]) -> (Self, Vec<Conflict>) {
        let mut conflicts = Vec::new();
        let mut refused = vec![false; changes.len()];
        loop {
            let mut bindings = table();
            let standing = changes.iter().zip(&refused).filter(|(_, refused)| !**refused);
            for (change, _) in standing {
                bindings.insert(change.command.name, change.bindings.clone());
            }
            let place =
                |name: &str| changes.iter().zip(&refused).rposition(|(c, refused)| !refused && c.command.name == name);
            let found = command::tables().find_map(|(_, title, table)| conflict(&bindings, title, table, place));
            let Some(conflict) = found else {
                return (Self::of(bindings), conflicts);
            };
            // Each turn takes one change back, and the table alone has no conflict.
            refused[conflict.change] = true;
            conflicts.push(conflict);
        }
    }

    fn of(bindings: HashMap<&'static str, Vec<Binding>>) -> Self {
        let meanings = command::tables().map(|(_, _, table)| {
            let mut meanings = HashMap::new();
            for (command, binding) in bound(&bindings, table) {
                for end in 1..binding.len() {
                    meanings.insert(binding[..end].to_vec(), Meaning::Prefix);
                }
                meanings.insert(binding.clone(), Meaning::Command(command));
            }
            (table, meanings)
        });
        let meanings = meanings.collect();
        Self { bindings, meanings }
    }

    /// What a sequence of keys means where that table of commands has its keys.
    pub fn meaning(&self, table: &'static [Command], keys: &[Key]) -> Meaning {
        let meanings = self.meanings.iter().find(|(other, _)| command::is_same(other, table));
        meanings.and_then(|(_, meanings)| meanings.get(keys)).copied().unwrap_or(Meaning::Nothing)
    }

    pub fn bindings(&self, command: &Command) -> &[Binding] {
        self.bindings.get(command.name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the key alone asks for the command of that name, where a modal has the keys.
    pub fn runs(&self, name: &str, key: Key) -> bool {
        command::named(name).is_some_and(|command| self.bindings(command).iter().any(|binding| *binding == [key]))
    }

    /// The first key that alone asks for the command of that name and that fits, as it is shown.
    pub fn key_of(&self, name: &str, fits: impl Fn(Key) -> bool) -> Option<String> {
        let bindings = command::named(name).map(|command| self.bindings(command)).unwrap_or_default();
        bindings.iter().find(|binding| matches!(binding[..], [key] if fits(key))).map(|binding| show(binding))
    }

    /// The binding that is shown where there is room for one: `n`.
    pub fn first(&self, command: &Command) -> Option<String> {
        self.bindings(command).first().map(|binding| show(binding))
    }

    /// All of them as the screen shows them: `j ↓`.
    pub fn shown(&self, command: &Command) -> String {
        let bindings = self.bindings(command);
        if let ([first, .., last], 4..) = (bindings, bindings.len()) {
            return format!("{}..{}", show(first), show(last));
        }
        bindings.iter().map(|binding| show(binding)).collect::<Vec<_>>().join(" ")
    }

    /// How to ask for the command of that name, in a sentence: its key, or its name in the palette.
    pub fn way(&self, name: &str) -> String {
        let key = command::named(name).and_then(|command| self.first(command));
        key.unwrap_or_else(|| format!(":{name}"))
    }
}

/// The command table's own bindings.
fn table() -> HashMap<&'static str, Vec<Binding>> {
    let parse = |keys: &&str| Key::parse_sequence(keys).expect("a test parses every binding");
    command::all().map(|command| (command.name, command.keys.iter().map(parse).collect())).collect()
}

/// The commands that work together, each with each of its bindings.
fn bound<'a>(
    bindings: &'a HashMap<&'static str, Vec<Binding>>,
    table: &'static [Command],
) -> impl Iterator<Item = (&'static Command, &'a Binding)> {
    let commands = table.iter().chain(super::shell_commands::COMMANDS);
    commands.flat_map(|command| bindings.get(command.name).into_iter().flatten().map(move |binding| (command, binding)))
}

/// The first contradiction in a place: a sequence that is another's, or the beginning of another.
/// `change` finds the change that a command has its bindings from.
fn conflict(
    bindings: &HashMap<&'static str, Vec<Binding>>,
    place: &'static str,
    table: &'static [Command],
    change: impl Fn(&str) -> Option<usize>,
) -> Option<Conflict> {
    let all: Vec<_> = bound(bindings, table).collect();
    all.iter().enumerate().find_map(|(index, (command, binding))| {
        all[index + 1..].iter().find_map(|(other, other_binding)| {
            if !binding.starts_with(other_binding) && !other_binding.starts_with(binding) {
                return None;
            }
            // Of two changes the later one gives way.
            let (one, two) = (change(command.name), change(other.name));
            if one >= two {
                let (binding, other_binding) = ((*binding).clone(), (*other_binding).clone());
                one.map(|change| Conflict { change, binding, other: other.name, other_binding, place })
            } else {
                let (binding, other_binding) = ((*other_binding).clone(), (*binding).clone());
                two.map(|change| Conflict { change, binding, other: command.name, other_binding, place })
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::page::PageId;

    fn change(name: &str, bindings: &[&str]) -> Change {
        let bindings = bindings.iter().map(|keys| Key::parse_sequence(keys).expect("keys")).collect();
        Change { command: command::named(name).expect("a command"), bindings }
    }

    fn means(keymap: &Keymap, page: PageId, keys: &str) -> Option<&'static str> {
        match keymap.meaning(page.commands(), &Key::parse_sequence(keys).expect("keys")) {
            Meaning::Command(command) => Some(command.name),
            Meaning::Prefix | Meaning::Nothing => None,
        }
    }

    #[test]
    fn the_tables_own_bindings_do_not_contradict_each_other() {
        let (_, conflicts) = Keymap::with(&[]);
        assert_eq!(conflicts, []);
        for (_, title, commands) in command::tables() {
            assert_eq!(conflict(&table(), title, commands, |_| Some(0)), None);
        }
    }

    #[test]
    fn a_change_takes_the_place_of_the_tables_bindings() {
        let changes = [change("environment-create", &["ctrl-n", "z z"]), change("environment-switch", &[])];
        let (keymap, conflicts) = Keymap::with(&changes);
        assert_eq!(conflicts, []);
        let page = PageId::Environments;
        assert_eq!(means(&keymap, page, "ctrl-n"), Some("environment-create"));
        assert_eq!(means(&keymap, page, "z z"), Some("environment-create"));
        assert!(matches!(keymap.meaning(page.commands(), &[Key::char('z')]), Meaning::Prefix));
        assert_eq!((means(&keymap, page, "n"), means(&keymap, page, "e")), (None, None));
        assert_eq!(keymap.way("environment-create"), "ctrl-n");
        assert_eq!(keymap.way("environment-switch"), ":environment-switch");
    }

    #[test]
    fn two_commands_may_change_places() {
        let changes = [change("move-down", &["k"]), change("move-up", &["j"])];
        let (keymap, conflicts) = Keymap::with(&changes);
        assert_eq!(conflicts, []);
        assert_eq!(means(&keymap, PageId::Database, "j"), Some("move-up"));
    }

    #[test]
    fn a_change_that_contradicts_gives_way_and_the_others_stand() {
        let changes =
            [change("environment-create", &["j"]), change("environment-delete", &["g"]), change("help", &["f1"])];
        let (keymap, conflicts) = Keymap::with(&changes);
        let found: Vec<_> = conflicts.iter().map(|conflict| (conflict.change, conflict.other)).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.contains(&(0, "move-down")), "{found:?}");
        assert!(found.iter().any(|(change, _)| *change == 1), "g begins other sequences: {found:?}");
        assert_eq!(means(&keymap, PageId::Environments, "n"), Some("environment-create"));
        assert_eq!(means(&keymap, PageId::Environments, "j"), Some("move-down"));
        assert_eq!(means(&keymap, PageId::Environments, "f1"), Some("help"));
    }

    #[test]
    fn of_two_changes_to_the_same_key_the_first_stands() {
        let changes = [change("connect", &["f2"]), change("refresh", &["f2"])];
        let (keymap, conflicts) = Keymap::with(&changes);
        assert_eq!(conflicts.iter().map(|conflict| conflict.change).collect::<Vec<_>>(), [1]);
        assert_eq!(means(&keymap, PageId::Keys, "f2"), Some("connect"));
        assert_eq!(means(&keymap, PageId::Keys, "R"), Some("refresh"));
    }

    #[test]
    fn the_same_key_may_mean_something_on_each_page() {
        let (keymap, conflicts) =
            Keymap::with(&[change("environment-create", &["Y"]), change("environment-copy-curl", &[])]);
        assert_eq!(conflicts, []);
        assert_eq!(means(&keymap, PageId::Environments, "Y"), Some("environment-create"));
        assert_eq!(means(&keymap, PageId::Keys, "Y"), Some("key-copy-curl"));
    }
}
