//! The keys of an environment in two sections: what a line of the list shows.

use std::cmp::Ordering;

use ratatui::{buffer::Buffer, style::Style};

use crate::{
    console::{
        fit,
        page::{
            list::{About, Cell, Column, List, Listed, Parts, Row, Section, Width},
            title::Button,
        },
        remote::Remote,
        shell::Shell,
    },
    domain::{
        KeyId, KeyType,
        api::{Environment, Key},
        key::Scope,
    },
};

pub const BUTTON: Button = Button { text: "+ Create Key", short: "+", command: "key-create" };
const DAY: i64 = 86_400_000;

pub type KeyList = List<Key>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Key,
    Scopes,
    Expires,
    Used,
    Created,
}

impl Row for Key {
    type Key = KeyId;
    type Column = Field;

    const COLUMNS: &'static [Column<Field>] = &[
        Column::new(Field::Name, "NAME", Width::Share { least: 13, most: 32 }),
        // The mask says nothing that one would sort by.
        Column::new(Field::Key, "KEY", Width::Fixed(12)).unsorted(),
        Column::new(Field::Scopes, "SCOPES", Width::Share { least: 13, most: u16::MAX }).drop(3),
        Column::new(Field::Expires, "EXPIRES", Width::Fixed(13)).drop(1),
        Column::new(Field::Used, "LAST USED", Width::Forms(&[10, 9])).falls().drop(2),
        Column::new(Field::Created, "CREATED", Width::Fixed(16)).falls().drop(4),
    ];

    fn key(&self) -> &KeyId {
        &self.id
    }

    fn cell(&self, shell: &Shell, field: Field, _width: u16) -> Cell<'_> {
        let theme = &shell.theme;
        match field {
            Field::Name => Cell::new(&self.name, theme.text),
            Field::Key => Cell::new(&self.mask, theme.accent),
            Field::Scopes => Cell::new(scopes(self), theme.text),
            Field::Expires => {
                let (text, style) = expires(shell, self);
                Cell::new(text, style)
            }
            Field::Used => Cell::new(used(shell, self), theme.muted),
            Field::Created => Cell::new(shell.zone.minute(self.created_at), theme.muted),
        }
    }
}

impl Listed for Key {
    const SECTIONS: &'static [Section] = &[
        Section {
            name: "Publishable",
            about: "for browsers and phones",
            none: ("key-create", "creates a publishable one"),
        },
        Section {
            name: "Secret",
            about: "for servers, past every permission",
            none: ("key-create", "creates a secret one"),
        },
    ];

    fn section(&self) -> usize {
        usize::from(self.kind == KeyType::Secret)
    }

    fn matches(&self, word: &str) -> bool {
        self.name.to_lowercase().contains(word)
            || self.kind.as_str().contains(word)
            || self.mask.to_lowercase().contains(word)
            || self.scopes.iter().any(|scope| scope.to_string().to_lowercase().contains(word))
    }

    fn compare(&self, other: &Self, field: Field) -> Ordering {
        let by = match field {
            Field::Name | Field::Key => Ordering::Equal,
            Field::Scopes => self.scopes.len().cmp(&other.scopes.len()),
            // What ends soon is looked for; what never ends comes last.
            Field::Expires => {
                (self.expires_at.is_none(), self.expires_at).cmp(&(other.expires_at.is_none(), other.expires_at))
            }
            Field::Used => other.last_used_at.cmp(&self.last_used_at),
            Field::Created => other.created_at.cmp(&self.created_at),
        };
        by.then_with(|| self.name.cmp(&other.name))
    }
}

pub fn view(
    list: &KeyList,
    shell: &Shell,
    environment: &Environment,
    known: Option<&Remote<Vec<Key>>>,
    parts: &Parts,
    buffer: &mut Buffer,
) {
    // Each section says by itself what to do.
    let about = About { name: "API Keys", noun: "keys", button: Some(BUTTON), environment, empty: &|_, _| {} };
    list.view(shell, &about, known, parts, buffer);
}

/// What the key may be used for, in words.
pub fn scopes(key: &Key) -> String {
    let scopes: Vec<_> = key.scopes.iter().map(Scope::to_string).collect();
    if scopes.is_empty() { "everything".to_owned() } else { scopes.join(" ") }
}

pub fn used(shell: &Shell, key: &Key) -> String {
    key.last_used_at.map_or_else(|| "never".into(), |at| fit::ago(shell.age(at)))
}

/// How long it is still good for. What ends within a week stands out.
pub fn expires(shell: &Shell, key: &Key) -> (String, Style) {
    let theme = &shell.theme;
    let Some(at) = key.expires_at else { return ("never".into(), theme.muted.0) };
    let left = at.since(shell.now.wall);
    match left {
        ..=0 => ("✗ expired".into(), theme.error.0),
        1..DAY => (format!("! in {}", fit::age(left).replace("now", "1 m")), theme.warning.0),
        left if left < 7 * DAY => (format!("! in {}", fit::age(left)), theme.warning.0),
        left => (format!("in {}", fit::age(left)), theme.text.0),
    }
}
