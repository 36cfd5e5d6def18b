//! The Compare page: the tables of two environments side by side. It reads and changes nothing.
//!
//! | File | Idea |
//! |---|---|
//! | `commands` | what can be asked for here |
//! | `sides` | which two are compared, and the readings of their tables |
//! | `rows` | what is listed: tables, folded or with what is in them |
//! | `describe` | definitions in words |
//! | `view`, `detail` | the list, and the difference under the cursor |
//! | `export` | the same as rows of a list |

mod commands;
mod describe;
mod detail;
mod export;
mod rows;
mod sides;
mod view;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

pub use self::commands::COMMANDS;
use self::{
    describe::What,
    rows::Rows,
    sides::{Choice, Comparison, Pair, Readings},
};
use super::{Choice as Chosen, Click, Page, absence, list::Parts};
use crate::{
    client,
    console::{
        call::{Call, Reply},
        command::Command,
        effect::{Effect, Ticket},
        motion::Motion,
        remote::{PerEnvironment, Remote},
        session::Kept,
        shell::Shell,
        task::Export,
    },
    domain::{
        EnvironmentId,
        api::{Environment, Event},
        compare::TableComparison,
    },
};

#[derive(Debug, Default)]
pub struct Compare {
    places: PerEnvironment<Place>,
    readings: Readings,
}

/// Where one was with an environment selected. The rows are places in its own comparison: in that of another
/// pair they would be other tables, or none.
#[derive(Debug, Default)]
struct Place {
    choice: Choice,
    comparison: Comparison,
    rows: Rows,
}

impl Place {
    /// Compares again if anything changed, and lists what is compared now.
    fn derive(&mut self, shell: &Shell, pair: &Pair) {
        if self.comparison.derive(shell, pair) {
            self.rows.derive(&self.comparison.tables, height(shell));
        } else {
            self.rows.clear();
        }
    }
}

impl Compare {
    /// The tables of both, compared; nothing before they are known.
    pub fn tables(&self, shell: &Shell) -> Option<&[TableComparison]> {
        let comparison = &self.here(shell)?.comparison;
        comparison.is_there().then_some(comparison.tables.as_slice())
    }

    /// The table under the cursor.
    pub fn table(&self, shell: &Shell) -> Option<&TableComparison> {
        let row = self.here(shell)?.rows.selected()?;
        Some(row.table(self.tables(shell)?))
    }

    /// What of the table is under the cursor, if it is not the table itself.
    pub fn part(&self, shell: &Shell) -> Option<What> {
        let row = self.here(shell)?.rows.selected()?;
        row.part(self.tables(shell)?).map(|(what, _)| what)
    }

    /// What the selected environment is compared with.
    pub fn other<'a>(&self, shell: &'a Shell) -> Option<&'a Environment> {
        match self.here(shell) {
            Some(place) => place.choice.other(shell),
            None => Choice::default().other(shell),
        }
    }

    /// The names of the left and the right one.
    pub fn names(&self, shell: &Shell) -> Option<(String, String)> {
        let pair = self.here(shell)?.choice.pair(shell)?;
        Some((shell.name_of(&pair.left)?, shell.name_of(&pair.right)?))
    }

    pub fn swap(&mut self, shell: &Shell) {
        if let Some(place) = self.place(shell) {
            place.choice.swap();
        }
    }

    pub fn only_differences(&mut self, shell: &Shell) {
        if let Some(place) = self.place(shell) {
            place.rows.only_differences = !place.rows.only_differences;
        }
    }

    /// Folds or unfolds the table under the cursor, which comes to the table's own row.
    pub fn fold(&mut self, shell: &Shell) {
        let Some(name) = self.table(shell).map(|table| table.name.clone()) else { return };
        let Some(Place { comparison, rows, .. }) = self.place(shell) else { return };
        rows.fold(&name);
        rows.go_to_table(&name, &comparison.tables, height(shell));
        rows.derive(&comparison.tables, height(shell));
    }

    pub fn fold_all(&mut self, shell: &Shell) {
        if let Some(place) = self.place(shell) {
            place.rows.fold_all(&place.comparison.tables);
        }
    }

    pub fn leap(&mut self, shell: &Shell, forwards: bool) -> bool {
        self.place(shell).is_some_and(|place| place.rows.leap(forwards, &place.comparison.tables, height(shell)))
    }

    fn here(&self, shell: &Shell) -> Option<&Place> {
        self.places.get(&shell.selected()?.id)
    }

    fn place(&mut self, shell: &Shell) -> Option<&mut Place> {
        shell.selected().map(|environment| self.places.entry(&environment.id))
    }
}

impl Page for Compare {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        self.places.retain(|id| shell.environments.get(id).is_some());
        let Some(pair) = self.place(shell).and_then(|place| place.choice.pair(shell)) else { return Vec::new() };
        let effects = self.readings.want(shell, &pair);
        if let Some(place) = self.place(shell) {
            place.derive(shell, &pair);
        }
        effects
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        let height = height(shell);
        if let Some(place) = self.place(shell) {
            place.rows.move_by(motion, &place.comparison.tables, height);
        }
        Vec::new()
    }

    /// From one difference to the next.
    fn turn(&mut self, shell: &mut Shell, steps: isize) -> Vec<Effect> {
        self.leap(shell, steps > 0);
        Vec::new()
    }

    fn is_sorted(&self, _shell: &Shell) -> bool {
        false
    }

    fn filter(&self, shell: &Shell) -> String {
        self.here(shell).map(|place| place.rows.filter.clone()).unwrap_or_default()
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        if let Some(place) = self.place(shell) {
            place.rows.filter = text;
        }
        Vec::new()
    }

    fn export(&self, shell: &Shell) -> Option<Export> {
        let (place, tables) = (self.here(shell)?, self.tables(shell)?);
        let rows = place.rows.unfolded(tables);
        let other = shell.name_of(&self.other(shell)?.id)?;
        (!rows.is_empty()).then(|| export::export(shell.selected().map(|selected| &selected.id), &other, &rows, tables))
    }

    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        let place = self.places.get(environment?)?;
        let mut kept = place.rows.kept();
        kept.choices.extend(place.choice.kept());
        Some(kept)
    }

    fn keep(&mut self, environment: Option<&EnvironmentId>, kept: Kept) {
        if let Some(environment) = environment {
            let place = self.places.entry(environment);
            place.choice = Choice::of_kept(&kept.choices);
            place.rows.keep(kept);
        }
    }

    fn chosen(&mut self, shell: &mut Shell, chosen: Chosen) -> Vec<Effect> {
        if let (Chosen::CompareWith(id), Some(place)) = (chosen, self.place(shell)) {
            place.choice.choose(&id);
        }
        Vec::new()
    }

    fn answer(&mut self, _: &mut Shell, _: &Ticket, _: &Call, _: Result<Reply, client::Error>) -> Vec<Effect> {
        // The tables are the shell's, and so are the answers.
        Vec::new()
    }

    fn event(&mut self, _shell: &mut Shell, event: &Event) -> Vec<Effect> {
        match event {
            Event::Data(change) => self.readings.written(&change.environment_id),
            Event::EnvironmentDeleted(environment) => {
                self.places.remove(&environment.id);
                self.readings.forget(&environment.id);
            }
            _ => {}
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = Parts::of(area, detail::HEIGHT);
        if view::BUTTON.area(&shell.keymap, parts.title).contains(position) || parts.heading.contains(position) {
            return Click::Command("compare-with");
        }
        let Some(Place { comparison, rows, .. }) = self.place(shell).filter(|_| parts.rows.contains(position)) else {
            return Click::Nothing;
        };
        let row = rows.first() + usize::from(position.y - parts.rows.y);
        if rows.visible().all(|(other, _)| other != row) {
            return Click::Nothing;
        }
        if rows.position() == row {
            return Click::Command("compare-fold");
        }
        rows.go_to(row, &comparison.tables, parts.height());
        Click::Nothing
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        if shell.selected().is_none() {
            absence::without_environment(shell, area, buffer);
            return;
        }
        let none = Place::default();
        let place = self.here(shell).unwrap_or(&none);
        view::view(self, place, shell, Parts::of(area, detail::HEIGHT), area, buffer);
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        let now = shell.now.uptime;
        let pair = self.here(shell).and_then(|place| place.choice.pair(shell));
        let said = pair
            .iter()
            .flat_map(Pair::both)
            .filter_map(|id| absence::next_change(shell.tables.get(id).and_then(Remote::awaited_since), now));
        said.chain(self.readings.due).min()
    }
}

/// Rows of the list that are visible.
fn height(shell: &Shell) -> usize {
    Parts::here(shell, detail::HEIGHT).height()
}
