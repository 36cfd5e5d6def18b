//! The session: what comes back with the next start over the same data.
//!
//! Where one was, how lists were sorted and filtered, which commands were used last. Never a
//! secret, and nothing that was typed into a form.
//!
//! | File | Idea |
//! |---|---|
//! | `file` | read and written: for its owner's eyes, whole or not at all |

mod file;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{page::PageId, state::State};
use crate::domain::EnvironmentId;

/// The form of the file. Another one is not read.
const VERSION: u32 = 1;
/// Environments that are remembered; those of projects that are gone never tell.
const MOST: usize = 500;
/// What was done is written after this, so that a burst of keys is one write.
pub const AFTER: Duration = Duration::from_secs(3);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Session {
    version: u32,
    page: String,
    project: Option<String>,
    environment: Option<EnvironmentId>,
    /// The environment that was to be shown first at the start. Once that is another one, it is newer
    /// than `environment`.
    started_with: Option<String>,
    theme: Option<ChosenTheme>,
    /// Commands by their names, the last one first.
    pub recent: Vec<String>,
    read_only: BTreeSet<EnvironmentId>,
    /// What pages keep that is of no environment.
    pages: BTreeMap<String, Kept>,
    environments: BTreeMap<EnvironmentId, BTreeMap<String, Kept>>,
    /// Columns that are not shown, by environment and table.
    hidden_columns: BTreeMap<EnvironmentId, BTreeMap<String, BTreeSet<String>>>,
}

/// A theme that was chosen in the console, and the configured one that it took the place of: once
/// that is another one, it is newer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChosenTheme {
    name: String,
    instead_of: Option<String>,
}

/// What a page keeps of one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Kept {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub filter: String,
    /// A column, by what the page calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
    /// Columns that are scrolled away.
    #[serde(skip_serializing_if = "is_zero")]
    pub left: usize,
    /// The row under the cursor, by its identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The column that the cursor is in, where it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What was chosen of what the list shows, in the page's own words: `only` is `key`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, String>,
    /// What is open, by its name, and what is kept of the list in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<(String, Box<Kept>)>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Kept {
    /// A key may have been typed into a filter to find whose it is.
    fn without_secrets(mut self) -> Self {
        if self.filter.contains("sk_") {
            self.filter.clear();
        }
        if let Some((_, inner)) = &mut self.opened {
            **inner = std::mem::take(&mut **inner).without_secrets();
        }
        self
    }
}

/// What the settings say, beside which a session is older or newer.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    pub theme: Option<String>,
    pub environment: Option<String>,
    /// The environment was asked for at this very start.
    pub asked: bool,
    pub start_page: Option<PageId>,
}

impl Session {
    /// The session of the console as it is; what `before` knows of other projects stays known.
    pub fn of(state: &State, before: &Self, settled: &Settled) -> Self {
        let shell = &state.shell;
        let kept = |id: PageId, environment: Option<&EnvironmentId>| {
            let kept = state.pages.get(id).kept(environment)?.without_secrets();
            (kept != Kept::default()).then(|| (id.name().to_owned(), kept))
        };
        let here: BTreeMap<_, _> = shell
            .environments
            .entries()
            .iter()
            .map(|entry| &entry.environment.id)
            .map(|id| (id.clone(), PageId::ALL.into_iter().filter_map(|page| kept(page, Some(id))).collect()))
            .filter(|(_, pages): &(_, BTreeMap<_, _>)| !pages.is_empty())
            .collect();
        let elsewhere = before.environments.iter().filter(|(id, _)| shell.environments.get(id).is_none());
        let elsewhere = elsewhere.map(|(id, pages)| (id.clone(), pages.clone()));
        let hidden_here = shell.environments.entries().iter().filter_map(|entry| {
            let id = &entry.environment.id;
            let tables = shell.hidden_columns.get(id)?.iter().filter(|(_, hidden)| !hidden.is_empty());
            let tables: BTreeMap<_, _> = tables.map(|(table, hidden)| (table.clone(), hidden.clone())).collect();
            (!tables.is_empty()).then(|| (id.clone(), tables))
        });
        let hidden_elsewhere = before.hidden_columns.iter().filter(|(id, _)| shell.environments.get(id).is_none());
        let hidden_elsewhere = hidden_elsewhere.map(|(id, tables)| (id.clone(), tables.clone()));
        let theme = shell.chosen_theme.clone().filter(|name| Some(name) != settled.theme.as_ref());
        Self {
            version: VERSION,
            page: shell.page.name().to_owned(),
            project: shell.project.as_ref().map(|project| project.id.to_string()),
            environment: shell.selected_id(),
            started_with: settled.environment.clone(),
            theme: theme.map(|name| ChosenTheme { name, instead_of: settled.theme.clone() }),
            recent: shell.recent.clone(),
            read_only: shell.locks.chosen.clone(),
            pages: PageId::ALL.into_iter().filter_map(|page| kept(page, None)).collect(),
            environments: here.into_iter().chain(elsewhere).take(MOST).collect(),
            hidden_columns: hidden_here.chain(hidden_elsewhere).take(MOST).collect(),
        }
    }

    /// Puts everything back, as far as no setting is newer.
    pub fn restore(&self, state: &mut State, settled: &Settled) {
        let shell = &mut state.shell;
        let page = |name: &str| PageId::ALL.into_iter().find(|page| page.name() == name);
        shell.page = settled.start_page.or_else(|| page(&self.page)).unwrap_or(shell.page);
        if !settled.asked && settled.environment == self.started_with {
            shell.wanted_project = self.project.clone().or(shell.wanted_project.take());
            let environment = self.environment.as_ref().map(ToString::to_string);
            shell.wanted_environment = environment.or(shell.wanted_environment.take());
        }
        let chosen = self.theme.as_ref().filter(|theme| theme.instead_of == settled.theme);
        if let Some(theme) = chosen
            && let Some(loaded) = shell.themes.load(&theme.name, shell.depth)
        {
            shell.theme = loaded;
            shell.chosen_theme = Some(theme.name.clone());
        }
        shell.recent.clone_from(&self.recent);
        shell.locks.chosen.clone_from(&self.read_only);
        for (id, tables) in &self.hidden_columns {
            *shell.hidden_columns.entry(id) =
                tables.iter().map(|(table, hidden)| (table.clone(), hidden.clone())).collect();
        }
        let whole = self.pages.iter().map(|(name, kept)| (name, None, kept));
        let each = self
            .environments
            .iter()
            .flat_map(|(id, pages)| pages.iter().map(move |(name, kept)| (name, Some(id), kept)));
        for (name, environment, kept) in whole.chain(each) {
            if let Some(page) = page(name) {
                state.pages.get_mut(page).keep(environment, kept.clone());
            }
        }
    }
}
