//! Keys, as the command table spells them and as the terminal sends them.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// One key press. Upper-case letters carry their case and no shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

impl Key {
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    pub const fn char(character: char) -> Self {
        Self::plain(KeyCode::Char(character))
    }

    /// Reads `j`, `G`, `ctrl-d`, `shift-tab`, `enter`, `pgdn`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let (modifier, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
                (KeyModifiers::CONTROL, after)
            } else if let Some(after) = rest.strip_prefix("alt-") {
                (KeyModifiers::ALT, after)
            } else if let Some(after) = rest.strip_prefix("shift-") {
                (KeyModifiers::SHIFT, after)
            } else {
                break;
            };
            modifiers |= modifier;
            rest = after;
        }
        let mut characters = rest.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(only), None) => KeyCode::Char(only),
            _ => match NAMED.iter().find(|(name, _, _)| *name == rest) {
                Some((_, _, code)) => *code,
                None => KeyCode::F(rest.strip_prefix('f')?.parse().ok().filter(|number| (1..=12).contains(number))?),
            },
        };
        Some(Self { code, modifiers })
    }

    /// Reads a sequence of keys: `g g`, `g e`.
    pub fn parse_sequence(text: &str) -> Option<Vec<Self>> {
        text.split(' ').map(Self::parse).collect()
    }

    /// The character that this key types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(character) if self.modifiers.is_empty() => Some(character),
            _ => None,
        }
    }
}

/// How the table spells a key, how the screen shows it, and what the terminal calls it.
const NAMED: [(&str, &str, KeyCode); 15] = [
    ("enter", "enter", KeyCode::Enter),
    ("esc", "esc", KeyCode::Esc),
    ("tab", "tab", KeyCode::Tab),
    ("space", "space", KeyCode::Char(' ')),
    ("up", "↑", KeyCode::Up),
    ("down", "↓", KeyCode::Down),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("home", "home", KeyCode::Home),
    ("end", "end", KeyCode::End),
    ("pgup", "pgup", KeyCode::PageUp),
    ("pgdn", "pgdn", KeyCode::PageDown),
    ("backspace", "backspace", KeyCode::Backspace),
    ("delete", "delete", KeyCode::Delete),
    ("insert", "insert", KeyCode::Insert),
];

/// How the screen shows a sequence of keys: `gg`, `↓`, `ctrl-x ctrl-s`.
pub fn show(keys: &[Key]) -> String {
    let shown: Vec<_> = keys.iter().map(Key::to_string).collect();
    let is_short = shown.iter().all(|key| key.chars().count() == 1);
    shown.join(if is_short { "" } else { " " })
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = event.modifiers & known;
        let code = match event.code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char(character) => {
                let character = if modifiers.contains(KeyModifiers::SHIFT) { upper(character) } else { character };
                modifiers -= KeyModifiers::SHIFT;
                KeyCode::Char(character)
            }
            other => other,
        };
        Self { code, modifiers }
    }
}

fn upper(character: char) -> char {
    character.to_uppercase().next().unwrap_or(character)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match (NAMED.iter().find(|(_, _, code)| *code == self.code), self.code) {
            (Some((_, shown, _)), _) => f.write_str(shown),
            (None, KeyCode::Char(character)) => write!(f, "{character}"),
            (None, KeyCode::F(number)) => write!(f, "f{number}"),
            (None, code) => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_it_prints() {
        for text in ["j", "G", "ctrl-d", "shift-tab", "enter", "pgdn", "?", "space", "f5", "alt-x", "delete"] {
            let key = Key::parse(text).expect(text);
            assert_eq!(key.to_string(), text);
        }
        assert_eq!(Key::parse("nonsense"), None);
        assert_eq!(Key::parse("f13"), None);
    }

    #[test]
    fn the_terminals_ways_to_say_shift_are_one() {
        let event = |code, modifiers| Key::from(KeyEvent::new(code, modifiers));
        assert_eq!(event(KeyCode::BackTab, KeyModifiers::NONE), Key::parse("shift-tab").expect("a key"));
        assert_eq!(event(KeyCode::Char('G'), KeyModifiers::SHIFT), Key::char('G'));
        assert_eq!(event(KeyCode::Char('G'), KeyModifiers::NONE), Key::char('G'));
        assert_eq!(event(KeyCode::Char('g'), KeyModifiers::SHIFT), Key::char('G'));
    }
}
