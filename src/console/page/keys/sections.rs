//! The keys of an environment in two sections: which are listed, in which order, and the cursor.

use std::cmp::Ordering;

use crate::{
    console::{
        motion::{Cursor, Motion, window},
        session::Kept,
    },
    domain::{KeyId, KeyType, api::Key, key::Scope},
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    #[default]
    Name,
    Key,
    Scopes,
    Expires,
    Used,
    Created,
}

impl Column {
    /// The mask says nothing that one would sort by.
    const SORTED: [Self; 5] = [Self::Name, Self::Scopes, Self::Expires, Self::Used, Self::Created];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Key => "KEY",
            Self::Scopes => "SCOPES",
            Self::Expires => "EXPIRES",
            Self::Used => "LAST USED",
            Self::Created => "CREATED",
        }
    }

    /// Whether its natural order runs downwards: the latest first.
    pub const fn falls(self) -> bool {
        matches!(self, Self::Used | Self::Created)
    }

    fn compare(self, one: &Key, other: &Key) -> Ordering {
        let by = match self {
            Self::Name | Self::Key => Ordering::Equal,
            Self::Scopes => one.scopes.len().cmp(&other.scopes.len()),
            // What ends soon is looked for; what never ends comes last.
            Self::Expires => {
                (one.expires_at.is_none(), one.expires_at).cmp(&(other.expires_at.is_none(), other.expires_at))
            }
            Self::Used => other.last_used_at.cmp(&one.last_used_at),
            Self::Created => other.created_at.cmp(&one.created_at),
        };
        by.then_with(|| one.name.cmp(&other.name))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A section, with the number of its keys.
    Section(KeyType, usize),
    Key(KeyId),
    /// A section without any key.
    None(KeyType),
    Space,
}

#[derive(Debug, Default)]
pub struct Sections {
    pub filter: String,
    pub order: Column,
    pub reversed: bool,
    /// The keys, section by section.
    keys: Vec<KeyId>,
    /// How many of them are publishable.
    publishable: usize,
    pub lines: Vec<Line>,
    pub first: usize,
    cursor: Cursor<KeyId>,
}

impl Sections {
    /// Derives the lines again. The cursor stays on its key.
    pub fn derive(&mut self, keys: &[Key], height: usize) {
        let words: Vec<_> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let mut listed: Vec<_> = keys.iter().filter(|key| words.iter().all(|word| matches(key, word))).collect();
        listed.sort_by(|one, other| {
            let by = self.order.compare(one, other);
            one.kind.cmp(&other.kind).then(if self.reversed { by.reverse() } else { by })
        });
        self.publishable = listed.iter().filter(|key| key.kind == KeyType::Publishable).count();
        self.lines.clear();
        for kind in [KeyType::Publishable, KeyType::Secret] {
            if kind == KeyType::Secret {
                self.lines.push(Line::Space);
            }
            let section = listed.iter().filter(|key| key.kind == kind);
            self.lines.push(Line::Section(kind, section.clone().count()));
            let start = self.lines.len();
            self.lines.extend(section.map(|key| Line::Key(key.id.clone())));
            if self.lines.len() == start {
                self.lines.push(Line::None(kind));
            }
        }
        self.keys = listed.into_iter().map(|key| key.id.clone()).collect();
        self.cursor.follow(self.keys.len(), height, |row| self.keys.get(row).cloned());
        self.scroll(height);
    }

    pub fn kept(&self) -> Kept {
        Kept {
            filter: self.filter.clone(),
            order: (self.order != Column::default()).then(|| self.order.title().to_owned()),
            reversed: self.reversed,
            cursor: self.selected().map(ToString::to_string),
            ..Kept::default()
        }
    }

    pub fn keep(&mut self, kept: Kept) {
        let order = Column::SORTED.into_iter().find(|column| Some(column.title()) == kept.order.as_deref());
        self.order = order.unwrap_or_default();
        self.reversed = kept.reversed;
        self.filter = kept.filter;
        if let Some(id) = kept.cursor.and_then(|id| KeyId::parse(&id).ok()) {
            self.cursor.await_row(id);
        }
    }

    pub const fn selected(&self) -> Option<&KeyId> {
        self.cursor.key()
    }

    /// The keys as they are listed, section by section.
    pub fn listed(&self) -> impl Iterator<Item = &KeyId> {
        self.keys.iter()
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn select(&mut self, id: &KeyId, height: usize) {
        if let Some(row) = self.keys.iter().position(|other| other == id) {
            self.go_to(row, height);
        }
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        self.go_to(motion.apply(self.cursor.position(), self.keys.len(), height), height);
    }

    /// To the first key of the other section.
    pub fn turn(&mut self, height: usize) {
        let other = if self.cursor.position() < self.publishable { self.publishable } else { 0 };
        self.go_to(other, height);
    }

    pub fn sort(&mut self, turn_round: bool) {
        if turn_round {
            self.reversed = !self.reversed;
            return;
        }
        let position = Column::SORTED.iter().position(|column| *column == self.order).unwrap_or(0);
        self.sort_by(Column::SORTED[(position + 1) % Column::SORTED.len()]);
    }

    /// By that column; chosen again, the other way round.
    pub fn sort_by(&mut self, column: Column) {
        if Column::SORTED.contains(&column) {
            self.reversed = self.order == column && !self.reversed;
            self.order = column;
        }
    }

    /// Selects the key on that line of the screen.
    pub fn click(&mut self, line: u16, height: usize) {
        if let Some(Line::Key(id)) = self.lines.get(self.first + usize::from(line)).cloned() {
            self.select(&id, height);
        }
    }

    fn go_to(&mut self, row: usize, height: usize) {
        self.cursor.go_to(row, self.keys.len(), height, |row| self.keys.get(row).cloned());
        self.scroll(height);
    }

    /// The window follows the cursor; with the first key of a section comes its heading.
    fn scroll(&mut self, height: usize) {
        let line = |wanted: &KeyId| self.lines.iter().position(|line| matches!(line, Line::Key(id) if id == wanted));
        let Some(line) = self.cursor.key().and_then(line) else {
            self.first = 0;
            return;
        };
        let above = line.saturating_sub(1);
        let heading = matches!(self.lines.get(above), Some(Line::Section(..)));
        self.first = window(self.first, line, self.lines.len(), height);
        if heading && height > 1 {
            self.first = self.first.min(above);
        }
    }
}

fn matches(key: &Key, word: &str) -> bool {
    key.name.to_lowercase().contains(word)
        || key.kind.as_str().contains(word)
        || key.mask.to_lowercase().contains(word)
        || key.scopes.iter().any(|scope| scope.to_string().to_lowercase().contains(word))
}

/// What the key may be used for, in words.
pub fn scopes(key: &Key) -> String {
    let scopes: Vec<_> = key.scopes.iter().map(Scope::to_string).collect();
    if scopes.is_empty() { "everything".to_owned() } else { scopes.join(" ") }
}
