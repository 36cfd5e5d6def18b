//! `[keys]`: bindings by the names of commands.

use crossterm::event::{KeyCode, KeyModifiers};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::Source;
use crate::{
    console::{
        command,
        key::{Key, show},
        keymap::{Binding, Change, Conflict, Keymap},
    },
    domain::nearest::nearest,
};

/// Without a key to it nothing else could be found.
const INDISPENSABLE: &str = "commands";

/// The key map as the entries change it.
pub fn read(entries: &DeTable<'_>, source: &mut Source<'_>) -> Keymap {
    let mut entries: Vec<_> = entries.iter().collect();
    // In the order of the lines: of two that contradict each other the later one gives way.
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut changes = Vec::new();
    let mut places = Vec::new();
    for (name, value) in entries {
        let Some(command) = command::named(name.get_ref()) else {
            let known: Vec<_> = command::all().map(|command| command.name).collect();
            unknown(name, &known, source);
            continue;
        };
        let Some(bindings) = bindings(value, source) else { continue };
        if bindings.is_empty() && command.name == INDISPENSABLE {
            source.wrong(value.span(), "commands needs a key: without one nothing else could be found");
            continue;
        }
        changes.push(Change { command, bindings });
        places.push(name.span());
    }
    let (keymap, conflicts) = Keymap::with(&changes);
    for conflict in conflicts {
        source.wrong(places[conflict.change].clone(), describe(changes[conflict.change].command.name, &conflict));
    }
    keymap
}

/// All the names would fill the screen.
fn unknown(name: &Spanned<toml::de::DeString<'_>>, known: &[&str], source: &mut Source<'_>) {
    let written = name.get_ref();
    match nearest(written, known.iter().copied()) {
        Some(_) => source.unknown("command", name, known),
        None => {
            source
                .wrong(name.span(), format!("{written} is no command: assets/keys.md and : in the console list them"));
        }
    }
}

/// One key or a list of them; `None` if any of it is wrong.
fn bindings(value: &Spanned<DeValue<'_>>, source: &mut Source<'_>) -> Option<Vec<Binding>> {
    match value.get_ref() {
        DeValue::String(_) => binding(value, source).map(|binding| vec![binding]),
        DeValue::Array(values) => {
            let read: Vec<_> = values.iter().map(|value| binding(value, source)).collect();
            read.into_iter().collect()
        }
        _ => {
            source.wrong(value.span(), "keys are written as \"n\", as [\"n\", \"ctrl-n\"], or as [] for none");
            None
        }
    }
}

fn binding(value: &Spanned<DeValue<'_>>, source: &mut Source<'_>) -> Option<Binding> {
    let written = value.get_ref().as_str();
    let keys = written.filter(|text| !text.is_empty()).and_then(Key::parse_sequence);
    let Some(keys) = keys else {
        let written = written.map_or_else(|| value.get_ref().type_str().to_owned(), |text| format!("{text:?}"));
        let text = format!(
            "{written} is no key: write j, G, ctrl-d, alt-x, shift-tab, enter, space, pgdn, f5, or several as in \"g e\""
        );
        source.wrong(value.span(), text);
        return None;
    };
    if let Some((written, sent)) = keys.iter().find_map(|key| Some((*key, sent_for(*key)?))) {
        source.wrong(value.span(), format!("terminals send {sent} for {written}: bind {sent}"));
        return None;
    }
    Some(keys)
}

/// What terminals send instead of that key: some have been one and the same since the typewriter.
fn sent_for(key: Key) -> Option<&'static str> {
    if key.modifiers.contains(KeyModifiers::SHIFT) && matches!(key.code, KeyCode::Char(_)) {
        return Some("the letter that shift makes");
    }
    if !key.modifiers.contains(KeyModifiers::CONTROL) {
        return None;
    }
    match key.code {
        KeyCode::Char('i') | KeyCode::Tab => Some("tab"),
        KeyCode::Char('m' | 'j') | KeyCode::Enter => Some("enter"),
        KeyCode::Char('[') | KeyCode::Esc => Some("esc"),
        KeyCode::Char('h') | KeyCode::Backspace => Some("backspace"),
        KeyCode::Char('A'..='Z') => Some("the small letter"),
        _ => None,
    }
}

fn describe(command: &str, conflict: &Conflict) -> String {
    let Conflict { binding, other, other_binding, place, .. } = conflict;
    let (key, other_key) = (show(binding), show(other_binding));
    if *other == command {
        return format!("{key} and {other_key} of {command} begin alike, so only the shorter one could be typed");
    }
    let way_out = format!("choose another key, or give {other} other ones");
    if binding == other_binding {
        let shell = super::super::shell_commands::COMMANDS.iter().any(|shell| shell.name == *other);
        let place = if shell { "everywhere".to_owned() } else { format!("on {place}") };
        return format!("{key} of {command} is {other} {place}: {way_out}");
    }
    let (short, long) = if binding.len() < other_binding.len() { (key, other_key) } else { (other_key, key) };
    format!("{short} begins {long}, so {command} and {other} cannot have both: {way_out}")
}

#[cfg(test)]
mod tests {
    use crate::console::{config::Config, theme::Themes};

    fn read(text: &str) -> (Config, Vec<String>) {
        let (config, mistakes) = Config::read("config.toml", &format!("[keys]\n{text}"), Themes::default());
        (config, mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn keys_are_bound_and_unbound() {
        let (config, mistakes) = read("environment-create = [\"n\", \"ctrl-n\"]\nconnect = []\nhelp = \"f1\"\n");
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let shown = |name| config.keymap.shown(crate::console::command::named(name).expect("a command"));
        assert_eq!((shown("environment-create").as_str(), shown("connect").as_str()), ("n ctrl-n", ""));
        assert_eq!(config.keymap.way("help"), "f1");
    }

    #[test]
    fn every_mistake_says_what_would_be_right() {
        for (text, expected) in [
            (
                "enviroment-create = \"n\"",
                "config.toml:2: enviroment-create is no command: environment-create is the nearest",
            ),
            ("xyzzy = \"n\"", "xyzzy is no command: assets/keys.md"),
            ("connect = \"ctrl-\"", "\"ctrl-\" is no key: write j, G"),
            ("connect = \"\"", "\"\" is no key"),
            ("connect = 5", "keys are written as"),
            ("connect = [5]", "integer is no key"),
            ("connect = \"ctrl-i\"", "terminals send tab for ctrl-i: bind tab"),
            ("commands = []", "commands needs a key"),
            (
                "environment-create = \"d\"",
                "d of environment-create is environment-delete on Environments: choose another key",
            ),
            ("environment-create = \"j\"", "j of environment-create is move-down everywhere"),
            ("environment-create = \"g\"", "g begins gg, so environment-create and move-first cannot have both"),
            ("connect = \"f1\"\nhelp = \"f1\"", "config.toml:3: f1 of help is connect everywhere"),
        ] {
            let (_, mistakes) = read(text);
            assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
            assert!(mistakes[0].contains(expected), "{text}: {mistakes:?}");
        }
    }
}
