//! The Permissions tab: which group may do what, toggled cell by cell and saved whole.

use std::collections::BTreeMap;

use crate::{
    console::motion::Motion,
    domain::{
        api::Table,
        permission::{Flags, Operation, Permissions, effective},
    },
};

pub const GROUPS: [&str; 4] = ["admin", "user", "guest", "self"];
pub const OPERATIONS: [Operation; 5] =
    [Operation::Create, Operation::Read, Operation::List, Operation::Update, Operation::Delete];

const ADMIN: usize = 0;
pub const USER: usize = 1;
pub const GUEST: usize = 2;
pub const OWN: usize = 3;

/// Group and operation, by their places.
pub type Cell = (usize, usize);

/// The cursor, and the cells that were toggled and not saved.
///
/// A toggled cell is kept as what it is to become: what others save meanwhile shows beneath, and a
/// cell that they made the same is no change any more.
#[derive(Debug, Default)]
pub struct Matrix {
    cursor: Cell,
    wanted: BTreeMap<Cell, bool>,
}

/// The flags of every group, in the order of [`GROUPS`] and [`OPERATIONS`].
pub type Flagged = [[bool; 5]; 4];

impl Matrix {
    pub const fn cursor(&self) -> Cell {
        self.cursor
    }

    pub fn has_changes(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// What would be saved.
    pub fn draft(&self, table: &Table) -> Flagged {
        let mut flags = saved(table);
        for ((group, operation), on) in &self.wanted {
            flags[*group][*operation] = *on;
        }
        flags
    }

    /// The changes that are still ones. The table may have been saved by somebody else.
    pub fn derive(&mut self, table: &Table) {
        let flags = saved(table);
        self.wanted.retain(|(group, operation), on| flags[*group][*operation] != *on);
    }

    pub fn is_changed(&self, cell: Cell) -> bool {
        self.wanted.contains_key(&cell)
    }

    /// Turns the cell under the cursor round, or says why it cannot be.
    pub fn toggle(&mut self, table: &Table) -> Result<(), &'static str> {
        let cell = self.cursor;
        fixed(cell).map_or(Ok(()), Err)?;
        if self.wanted.remove(&cell).is_none() {
            self.wanted.insert(cell, !saved(table)[cell.0][cell.1]);
        }
        Ok(())
    }

    pub const fn go_to(&mut self, cell: Cell) {
        self.cursor = cell;
    }

    pub fn move_by(&mut self, motion: Motion) {
        self.cursor.0 = motion.apply(self.cursor.0, GROUPS.len(), GROUPS.len());
    }

    /// Returns whether there was anywhere to go.
    pub fn sideways(&mut self, steps: isize) -> bool {
        let place = self.cursor.1.checked_add_signed(steps).filter(|place| *place < OPERATIONS.len());
        self.cursor.1 = place.unwrap_or(self.cursor.1);
        // Only the way to the left leads out.
        place.is_some() || steps > 0
    }

    /// `user may update`, each with its mark.
    pub fn changes(&self) -> Vec<(char, String)> {
        self.wanted.iter().map(|(cell, on)| change(*cell, *on)).collect()
    }
}

/// The matrix that the table is under, spelt out where it is the default.
pub fn saved(table: &Table) -> Flagged {
    let Permissions { admin, user, guest, own } = effective(table.permissions.as_ref(), &table.name);
    let flags = |flags: Option<Flags>| OPERATIONS.map(|operation| flags.is_some_and(|flags| flags.allows(operation)));
    let mut all = [admin, user, guest, own].map(flags);
    // Whatever is written there, admins may do everything.
    all[ADMIN] = [true; 5];
    all
}

/// What going back to the default matrix changes.
pub fn changes_of_reset(table: &Table) -> Vec<(char, String)> {
    let default = saved(&Table { permissions: None, ..table.clone() });
    let now = saved(table);
    let cells = (0..GROUPS.len()).flat_map(|group| (0..OPERATIONS.len()).map(move |operation| (group, operation)));
    let differing = cells.filter(|(group, operation)| default[*group][*operation] != now[*group][*operation]);
    differing.map(|cell| change(cell, default[cell.0][cell.1])).collect()
}

fn change((group, operation): Cell, on: bool) -> (char, String) {
    let who = if group == OWN { "whoever created a row".to_owned() } else { format!("{}s", GROUPS[group]) };
    let verb = OPERATIONS[operation].as_str();
    if on { ('+', format!("{who} may {verb}")) } else { ('-', format!("{who} may no longer {verb}")) }
}

/// Why a cell cannot be toggled.
pub const fn fixed(cell: Cell) -> Option<&'static str> {
    match cell {
        (ADMIN, _) => Some("admins may do everything, whatever is written here"),
        (OWN, 0) => Some("a row that is not there yet is nobody's own"),
        _ => None,
    }
}

/// The whole matrix, as it is saved.
pub fn permissions(flags: &Flagged) -> Permissions {
    let group = |place: usize| {
        let [create, read, list, update, delete] = flags[place].map(Some);
        Some(Flags { create, read, list, update, delete })
    };
    Permissions { admin: group(ADMIN), user: group(USER), guest: group(GUEST), own: group(OWN) }
}

/// What the matrix means, in a sentence for each of those who are not admins.
pub fn sentences(flags: &Flagged) -> Vec<String> {
    let [_, user, guest, own] = *flags;
    let may = |who: &str, what: String| format!("{who} may {what}.");
    let guest_may = deeds(guest, "every row", "rows");
    let mut sentences = vec![match guest_may {
        Some(what) => may("Anybody with the publishable key", what),
        None => "The publishable key alone reads and writes nothing.".into(),
    }];
    sentences.push(match deeds(user, "every row", "rows") {
        Some(_) if user == guest => "Whoever is signed in may do the same.".into(),
        Some(what) => may("Whoever is signed in", what),
        None if guest == user => "Signing in alone opens nothing either.".into(),
        None => "Whoever is signed in may do nothing of that.".into(),
    });
    let others: [bool; 5] = std::array::from_fn(|place| place != 0 && own[place] && !user[place]);
    if let Some(what) = deeds(others, "it", "") {
        sentences.push(may("Whoever created a row", what));
    }
    sentences
}

/// `read every row and create rows`; nothing where nothing is allowed.
fn deeds(flags: [bool; 5], all: &str, new: &str) -> Option<String> {
    let [create, read, list, update, delete] = flags;
    let mut verbs: Vec<&str> = Vec::new();
    match (read, list) {
        (true, true) => verbs.push("read"),
        (true, false) => verbs.push("read one by one"),
        (false, true) => verbs.push("list"),
        (false, false) => {}
    }
    verbs.extend([(update, "change"), (delete, "delete")].iter().filter(|(on, _)| *on).map(|(_, verb)| *verb));
    let reading = (!verbs.is_empty()).then(|| format!("{} {all}", joined(&verbs)));
    let creating = create.then(|| format!("create {new}"));
    match (creating, reading) {
        (Some(creating), Some(reading)) => Some(format!("{reading} and {creating}")),
        (creating, reading) => creating.or(reading),
    }
}

/// `read, change and delete`.
fn joined(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [bool; 5] = [false; 5];
    const READS: [bool; 5] = [false, true, true, false, false];

    fn said(user: [bool; 5], guest: [bool; 5], own: [bool; 5]) -> String {
        sentences(&[[true; 5], user, guest, own]).join(" ")
    }

    #[test]
    fn what_guests_and_users_may_do_is_said_in_words() {
        let default = said([true, true, true, false, false], READS, NONE);
        let expected = "Anybody with the publishable key may read every row. \
                        Whoever is signed in may read every row and create rows.";
        assert_eq!(default, expected);
        let private = said([true, false, false, false, false], NONE, [false, true, true, true, true]);
        let expected = "The publishable key alone reads and writes nothing. Whoever is signed in may create rows. \
                        Whoever created a row may read, change and delete it.";
        assert_eq!(private, expected);
        assert_eq!(
            said(NONE, [true; 5], NONE),
            "Anybody with the publishable key may read, change and delete every row and create rows. \
             Whoever is signed in may do nothing of that."
        );
    }

    #[test]
    fn cells_that_mean_nothing_cannot_be_toggled() {
        assert!(OPERATIONS.iter().enumerate().all(|(operation, _)| fixed((ADMIN, operation)).is_some()));
        assert!(fixed((OWN, 0)).is_some() && fixed((GUEST, 0)).is_none());
    }
}
