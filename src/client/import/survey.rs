//! The first reading of a list: every page once, one in memory at a time, and nothing written.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{
    folder::{List, PageFile},
    infer::Columns,
    page::{self, Page},
    urls,
};
use crate::domain::{
    Violation,
    id::hex,
    import::{self, ImportedRow, MAX_ROW_BYTES},
    table::{SYSTEM_COLUMNS, Schema},
};

/// Of what is wrong in one list, so much is kept to be shown; the rest is counted.
const SHOWN: usize = 10;

/// Something that cannot be read, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub file: String,
    /// Counted from 1 within the page.
    pub item: Option<usize>,
    pub message: String,
}

/// Identifiers, of which only digests are kept: 16 bytes each, however long they are.
#[derive(Debug, Default)]
pub struct Ids {
    keys: [RandomState; 2],
    /// With a digest of the row, to tell a row that came twice from one that was changed meanwhile.
    seen: HashMap<[u64; 2], u64>,
}

/// What a list was found to hold.
#[derive(Debug, Default)]
pub struct Survey {
    pub columns: Columns,
    pub ids: Ids,
    /// Rows that came again as they were, and with another content.
    pub repeated: u64,
    pub revised: u64,
    /// How many rows there should be, by the last page.
    pub total: Option<u64>,
    /// Whether the last page says that another one follows.
    pub has_next: bool,
    /// Rows without `createdAt`.
    pub untimed: u64,
    /// Rows whose `createdBy` is none of the users, and some of those names.
    pub strangers: u64,
    pub stranger_names: BTreeSet<String>,
    /// Values of each column that lead to the old host.
    pub dead_urls: BTreeMap<String, u64>,
    /// Rows that the table which is there already would refuse, and the first reasons.
    pub misfits: u64,
    pub misfit_reasons: Vec<Problem>,
    pub problems: Vec<Problem>,
    pub more_problems: u64,
    /// A digest of all that was read.
    pub source: String,
}

/// What rows are compared with.
#[derive(Debug, Default)]
pub struct Known {
    /// Of the table that is there already; of another list, nothing.
    pub schema: Schema,
    pub users: Arc<Ids>,
    /// Choices that change what is imported, and so belong to what it is recognised by.
    pub choices: String,
}

/// A digest of what is imported: the pages, and the choices that change what becomes of them.
#[derive(Debug)]
pub struct Source(Sha256);

impl Source {
    pub fn new(choices: &str) -> Self {
        Self(Sha256::new().chain_update(choices))
    }

    pub fn add(&mut self, page: &[u8]) {
        self.0.update(page.len().to_le_bytes());
        self.0.update(page);
    }

    pub fn finish(self) -> String {
        format!("sha256:{}", hex(&self.0.finalize()))
    }
}

impl Ids {
    pub fn len(&self) -> u64 {
        self.seen.len() as u64
    }

    pub fn contains(&self, id: &str) -> bool {
        self.seen.contains_key(&self.digest(id))
    }

    /// Whether the row was the same when its identifier came before; nothing when it did not.
    pub fn insert(&mut self, id: &str, row: &str) -> Option<bool> {
        let content = self.keys[0].hash_one(row);
        self.seen.insert(self.digest(id), content).map(|before| before == content)
    }

    fn digest(&self, id: &str) -> [u64; 2] {
        [self.keys[0].hash_one(id), self.keys[1].hash_one(id)]
    }
}

impl Survey {
    /// Reads the pages of `list`, and tells `each` about every page before it is read. Ends early when
    /// `stop` is cancelled; what it has found by then means nothing.
    pub fn of(list: &List, known: &Known, stop: &CancellationToken, mut each: impl FnMut(usize)) -> Self {
        let mut survey = Self::default();
        let mut source = Source::new(&known.choices);
        for (position, file) in list.pages.iter().enumerate() {
            if stop.is_cancelled() {
                break;
            }
            each(position);
            match file.read() {
                Ok(text) => {
                    source.add(&text);
                    survey.add_page(file, &text, known);
                }
                Err(message) => survey.problem(file, None, message),
            }
        }
        survey.source = source.finish();
        survey
    }

    fn add_page(&mut self, file: &PageFile, text: &[u8], known: &Known) {
        let page = match Page::parse(text) {
            Ok(page) => page,
            Err(message) => return self.problem(file, None, message),
        };
        self.total = page.total.or(self.total);
        self.has_next = page.has_next.unwrap_or(false);
        for (position, row) in page.items.into_iter().enumerate() {
            if let Err(message) = self.add_row(file, position + 1, row, known) {
                self.problem(file, Some(position + 1), message);
            }
        }
    }

    fn add_row(&mut self, file: &PageFile, item: usize, json: &RawValue, known: &Known) -> Result<(), String> {
        if json.get().len() > MAX_ROW_BYTES {
            return Err(format!("has {} bytes, and a row at most {MAX_ROW_BYTES}", json.get().len()));
        }
        let row = page::object(json)?;
        let id = import::identifier(&row).map_err(|violation| violation.message)?;
        match self.ids.insert(id, json.get()) {
            None => {}
            Some(true) => {
                self.repeated += 1;
                return Ok(());
            }
            Some(false) => self.revised += 1,
        }
        self.columns.add(&row);
        self.add_urls(&row);
        match ImportedRow::read(&known.schema, row) {
            Ok(row) => {
                self.untimed += u64::from(row.created_at.is_none());
                self.add_owner(&row.created_by, known);
            }
            Err(violations) => match violations.iter().find(|violation| SYSTEM_COLUMNS.contains(&&*violation.field)) {
                Some(violation) => return Err(violation.message.clone()),
                None => self.add_misfit(file, item, &violations),
            },
        }
        Ok(())
    }

    fn add_misfit(&mut self, file: &PageFile, item: usize, violations: &[Violation]) {
        self.misfits += 1;
        if self.misfit_reasons.len() < SHOWN {
            let message = violations.first().map(|violation| violation.message.clone()).unwrap_or_default();
            self.misfit_reasons.push(Problem { file: file.name(), item: Some(item), message });
        }
    }

    fn add_owner(&mut self, owner: &str, known: &Known) {
        if !owner.is_empty() && !known.users.contains(owner) {
            self.strangers += 1;
            if self.stranger_names.len() < 3 {
                self.stranger_names.insert(owner.to_owned());
            }
        }
    }

    fn add_urls(&mut self, row: &Map<String, Value>) {
        for (column, value) in row {
            if urls::leads_to_old_host(value) {
                *self.dead_urls.entry(column.clone()).or_default() += 1;
            }
        }
    }

    fn problem(&mut self, file: &PageFile, item: Option<usize>, message: String) {
        if self.problems.len() < SHOWN {
            self.problems.push(Problem { file: file.name(), item, message });
        } else {
            self.more_problems += 1;
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.item {
            Some(item) => write!(f, "{}, item {item}: {}", self.file, self.message),
            None => write!(f, "{} {}", self.file, self.message),
        }
    }
}
