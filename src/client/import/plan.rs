//! What an import will do, and what stands in its way; for people and scripts alike.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Choices,
    files::Matched,
    folder::{Folder, List},
    infer::{Columns, Inferred, Required, Seen},
    people::People,
    survey::{Problem, Survey},
};
use crate::domain::number::grouped;
use crate::domain::{
    TableName,
    api::{CreateTable, Environment, Table},
    import::{Import, ImportStatus, MAX_ADDED_ROWS},
    permission::Permissions,
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    pub folder: String,
    pub project: String,
    pub environment: String,
    pub tables: Vec<TablePlan>,
    pub users: Option<UsersPlan>,
    pub files: Option<FilesPlan>,
    /// What is in the folder and is not imported.
    pub ignored: Vec<String>,
    /// What cannot be read. With one of these nothing is imported.
    pub problems: Vec<Problem>,
    pub more_problems: u64,
    /// What is refused as it is. With one of these nothing is imported.
    pub conflicts: Vec<Conflict>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TablePlan {
    pub table: String,
    pub action: Action,
    pub pages: usize,
    /// Rows with different identifiers.
    pub rows: u64,
    /// Rows of a table that is there already.
    pub rows_there: Option<u64>,
    pub columns: Vec<ColumnPlan>,
    /// Values of columns beyond those that a table declares.
    pub columns_beyond: u64,
    /// Rows that came again as they were, or changed; the one that was updated last is kept.
    pub repeated: u64,
    pub revised: u64,
    /// Rows without `createdAt`, which get the time of the import.
    pub untimed: u64,
    pub owners_unknown: Unknown,
    /// Values with an address of the old service, by column.
    pub dead_urls: BTreeMap<String, u64>,
    /// What a finished import of the same pages is recognised by.
    pub source: String,
    #[serde(skip)]
    pub list: List,
    #[serde(skip)]
    pub definition: CreateTable,
}

/// People who sign in.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsersPlan {
    pub pages: usize,
    pub users: u64,
    #[serde(flatten)]
    pub people: People,
    #[serde(skip)]
    pub list: List,
}

/// The list of files, and the folder that they were downloaded to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilesPlan {
    pub pages: usize,
    pub entries: u64,
    #[serde(flatten)]
    pub matched: Matched,
    #[serde(skip)]
    pub list: List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Create,
    /// The table is there, and its schema takes the rows.
    Add,
    /// An import of the same pages is finished.
    Skip,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnPlan {
    pub name: String,
    /// As the schema will say it; null for one that stays undeclared.
    #[serde(rename = "type")]
    pub kind: Option<&'static str>,
    pub required: bool,
    pub nulls: u64,
    /// Rows without the column.
    pub absent: u64,
    /// How many values of each type were seen.
    pub seen: BTreeMap<&'static str, u64>,
    /// Why it stays undeclared.
    pub undeclared: Option<&'static str>,
}

#[derive(Debug, Default, Serialize)]
pub struct Unknown {
    pub rows: u64,
    /// Some of the names.
    pub examples: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Conflict {
    pub table: String,
    pub kind: &'static str,
    pub message: String,
    /// The flag that goes on all the same.
    pub flag: Option<&'static str>,
}

impl Plan {
    pub fn new(folder: &str, project: &str, environment: &Environment, found: &Folder) -> Self {
        Self {
            folder: folder.to_owned(),
            project: project.to_owned(),
            environment: environment.name.to_string(),
            tables: Vec::new(),
            users: None,
            files: None,
            ignored: found.ignored.clone(),
            problems: Vec::new(),
            more_problems: 0,
            conflicts: Vec::new(),
        }
    }

    /// Adds what the survey of a table found.
    pub fn add_table(
        &mut self,
        name: &str,
        list: List,
        survey: Survey,
        there: Option<&Table>,
        finished: &[Import],
        choices: Choices,
    ) {
        let is_finished = there.is_some_and(|table| {
            finished.iter().any(|import| {
                import.status == ImportStatus::Finished
                    && import.table_id.as_ref() == Some(&table.id)
                    && import.source == survey.source
            })
        });
        let action = match there {
            Some(_) if is_finished => Action::Skip,
            Some(_) => Action::Add,
            None => Action::Create,
        };
        if action != Action::Skip {
            self.conflicts.extend(incomplete(name, &list, &survey, survey.ids.len(), choices));
            self.conflicts.extend(unfit(name, action, &survey));
        }
        let required = if choices.strict { Required::WhereAlwaysThere } else { Required::None };
        let schema = survey.columns.schema(required);
        self.problems.extend(survey.problems);
        self.more_problems += survey.more_problems;
        self.tables.push(TablePlan {
            table: name.to_owned(),
            action,
            pages: list.pages.len(),
            rows: survey.ids.len(),
            rows_there: there.map(|table| table.rows),
            columns_beyond: survey.columns.beyond(),
            columns: if action == Action::Create { columns(&survey.columns, &schema) } else { Vec::new() },
            repeated: survey.repeated,
            revised: survey.revised,
            untimed: survey.untimed,
            owners_unknown: Unknown { rows: survey.strangers, examples: survey.stranger_names.into_iter().collect() },
            dead_urls: survey.dead_urls,
            source: survey.source,
            list,
            definition: CreateTable {
                name: name.to_owned(),
                display_name: None,
                description: None,
                schema,
                indexes: Vec::new(),
                permissions: choices.private.then(Permissions::default),
            },
        });
    }

    /// Adds the users that were found.
    pub fn add_users(&mut self, list: List, survey: Survey, users: u64, mut people: People, choices: Choices) {
        self.conflicts.extend(incomplete("users", &list, &survey, users, choices));
        if !people.taken.is_empty() {
            self.conflicts.push(Conflict {
                table: "users".to_owned(),
                kind: "taken-addresses",
                message: format!("two users have the address {}", people.taken.join(", ")),
                flag: None,
            });
        }
        self.problems.extend(survey.problems);
        self.problems.append(&mut people.problems);
        self.more_problems += survey.more_problems;
        self.users = Some(UsersPlan { pages: list.pages.len(), users, people, list });
    }

    /// Adds the list of files, and what of it was found on the disk.
    pub fn add_files(&mut self, list: List, survey: Survey, mut matched: Matched, choices: Choices) {
        self.conflicts.extend(incomplete("files", &list, &survey, survey.ids.len(), choices));
        let missing = &matched.without_bytes;
        if missing.count > 0 && !choices.incomplete {
            self.conflicts.push(Conflict {
                table: "files".to_owned(),
                kind: "files-without-bytes",
                message: format!(
                    "the bytes of {} are not there: {}",
                    grouped(missing.count),
                    missing.examples.join(", ")
                ),
                flag: Some("--incomplete"),
            });
        }
        self.problems.extend(survey.problems);
        self.problems.append(&mut matched.problems);
        self.more_problems += survey.more_problems;
        let entries = survey.ids.len();
        self.files = Some(FilesPlan { pages: list.pages.len(), entries, matched, list });
    }

    /// Rows that a table has already, by their identifiers.
    pub fn add_present(&mut self, table: &str, present: u64, choices: Choices) {
        if present > 0 && !choices.keep_existing {
            self.conflicts.push(Conflict {
                table: table.to_owned(),
                kind: "existing-ids",
                message: format!("{} of its rows are there already, by their ids", grouped(present)),
                flag: Some("--keep-existing"),
            });
        }
    }

    /// Rows, users and files that will be sent.
    pub fn amount(&self) -> u64 {
        let rows = self.tables.iter().filter(|table| table.action != Action::Skip).map(|table| table.rows);
        let users = self.users.as_ref().map_or(0, |users| users.users);
        let files = self.files.as_ref().map_or(0, |files| files.matched.complete);
        rows.sum::<u64>() + users + files
    }

    /// Whether anything is left to be imported, as far as that is known.
    pub fn has_work(&self) -> bool {
        let new_users = self.users.as_ref().is_some_and(|users| users.users > users.people.present);
        new_users || self.files.is_some() || self.tables.iter().any(|table| table.action != Action::Skip)
    }
}

/// Pages and rows that the export should have and has not.
fn incomplete(name: &str, list: &List, survey: &Survey, rows: u64, choices: Choices) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut note = |kind, message| {
        let flag = Some("--incomplete");
        found.push(Conflict { table: name.to_owned(), kind, message, flag });
    };
    let gaps = list.gaps();
    if !gaps.is_empty() {
        note("missing-pages", format!("{} missing", pages(&gaps)));
    } else if survey.has_next {
        let number = list.pages.last().map_or(0, |page| page.number);
        note("missing-pages", format!("page {number} says that another one follows, and there is none"));
    }
    if let Some(total) = survey.total.filter(|total| *total > rows) {
        note("missing-rows", format!("its pages speak of {} rows, and hold {}", grouped(total), grouped(rows)));
    }
    if choices.incomplete { Vec::new() } else { found }
}

/// What the table cannot take.
fn unfit(name: &str, action: Action, survey: &Survey) -> Vec<Conflict> {
    let mut found = Vec::new();
    let mut note = |kind, message| found.push(Conflict { table: name.to_owned(), kind, message, flag: None });
    if let Err(invalid) = TableName::parse(name) {
        note("name", invalid.to_string());
    }
    if let Some(first) = survey.misfit_reasons.first() {
        let rows = grouped(survey.misfits);
        let message = format!("it is there with another schema, which refuses {rows} of the rows: {first}");
        note("schema", message);
    }
    if action == Action::Add && survey.ids.len() > MAX_ADDED_ROWS {
        let most = grouped(MAX_ADDED_ROWS);
        note("too-many-rows", format!("it is there already, and takes at most {most} rows at once"));
    }
    // Beside a record's other columns the envelope has these names; only declared ones are told apart.
    let undeclared = survey.columns.iter().filter(|(name, _, inferred)| {
        matches!(inferred, Inferred::Mixed) && ["success", "data"].contains(name) && action == Action::Create
    });
    for (column, ..) in undeclared {
        let message =
            format!("the column {column} has values of several types, and cannot stay undeclared by its name");
        note("envelope-name", message);
    }
    found
}

fn columns(columns: &Columns, schema: &Map<String, Value>) -> Vec<ColumnPlan> {
    let plan = |(name, seen, inferred): (&str, Seen, Inferred)| ColumnPlan {
        name: name.to_owned(),
        kind: match inferred {
            Inferred::Column(kind) => Some(kind.bson_type()),
            Inferred::Mixed | Inferred::Empty | Inferred::Unnameable => None,
        },
        required: schema.get(name).is_some_and(|definition| definition["required"] == true),
        nulls: seen.nulls,
        absent: columns.rows() - seen.values() - seen.nulls,
        seen: seen.by_type().into_iter().collect(),
        undeclared: match inferred {
            Inferred::Column(_) => None,
            Inferred::Mixed => Some("mixed"),
            Inferred::Empty => Some("only nulls"),
            Inferred::Unnameable => Some("not a column name"),
        },
    };
    columns.iter().map(plan).collect()
}

fn pages(gaps: &[RangeInclusive<u64>]) -> String {
    let range = |gap: &RangeInclusive<u64>| {
        if gap.start() == gap.end() { gap.start().to_string() } else { format!("{} to {}", gap.start(), gap.end()) }
    };
    let list: Vec<_> = gaps.iter().map(range).collect();
    let is_one = gaps.len() == 1 && gaps[0].start() == gaps[0].end();
    format!("{} {} {}", if is_one { "page" } else { "pages" }, list.join(", "), if is_one { "is" } else { "are" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_pages_are_named() {
        assert_eq!(pages(&[3..=3]), "page 3 is");
        assert_eq!(pages(&[1..=1, 4..=6]), "pages 1, 4 to 6 are");
    }
}
