//! `bkend import`: what the hosted service's export leaves in a folder, brought into an environment.
//!
//! | File | Idea |
//! |---|---|
//! | `folder` | which files are pages of which list, and which are missing |
//! | `page` | one page, in any of the shapes it comes in |
//! | `survey`, `infer` | the first reading: counts, types and their evidence; nothing is written |
//! | `people` | users: who is there already, and the way over |
//! | `files` | which downloaded file is which entry of the list of files |
//! | `present`, `urls` | rows that are there already; addresses of the old host |
//! | `plan`, `report` | what will happen and what is in the way, as JSON and in words |
//! | `transfer`, `progress` | the second reading: rows on their way, and how far they have come |

mod files;
mod folder;
mod infer;
mod page;
mod people;
mod plan;
mod present;
mod progress;
mod report;
mod survey;
mod transfer;
mod urls;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Instant};

use clap::Args;
use serde::Serialize;

use super::{Failure, Session, confirm::Sure, output::count};
use crate::domain::{
    api::{Environment, Record, Table},
    import::{Import, MAX_ADDED_ROWS, users::UsersImported},
};
use files::FilesImported;
use folder::{Folder, List};
use plan::{Action, Plan, TablePlan, grouped};
use progress::Progress;
use survey::{Ids, Known, Survey};
use transfer::Manner;

/// Bring the data of an export into an environment
///
/// DIR holds what the export of the hosted service leaves: TABLE_page1.json, TABLE_page2.json and so
/// on, each a page of a list call. First everything is read once and the plan is shown: tables,
/// columns with the evidence for their types, and what is in the way. Ids, owners and times are kept.
///
/// Each table appears whole or not at all. A command that was cut short is run again: tables that are
/// complete are recognised by a digest of their pages, which the server keeps, and skipped; one that
/// is not is begun anew.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bkend import ./export --env staging --dry-run
  bkend import ./export --env staging
  bkend import ./export --only posts --only comments --yes --json | jq .result")]
pub struct ImportFolder {
    /// The folder of the export
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Import only this table; can be given several times
    #[arg(long, value_name = "TABLE")]
    only: Vec<String>,

    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    sure: Sure,

    #[command(flatten)]
    choices: Choices,
}

#[derive(Clone, Copy, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Choices {
    /// Require columns of which every row has a value
    #[arg(long)]
    strict: bool,

    /// Close new tables to all but admins; an export says nothing of permissions
    #[arg(long)]
    private: bool,

    /// Import what is there, though pages or rows are missing
    #[arg(long)]
    incomplete: bool,

    /// Leave rows alone whose ids a table has already
    #[arg(long)]
    keep_existing: bool,

    /// Replace keys and addresses of imported files by those that they have here
    #[arg(long)]
    rewrite_urls: bool,
}

/// What the command prints with `--json`.
#[derive(Debug, Serialize)]
struct Report<'a> {
    plan: &'a Plan,
    /// Null when nothing was to be imported.
    result: Option<Outcome>,
}

#[derive(Debug, Serialize)]
struct Outcome {
    users: Option<UsersImported>,
    files: Option<FilesImported>,
    tables: Vec<TableOutcome>,
}

#[derive(Debug, Serialize)]
struct TableOutcome {
    table: String,
    status: &'static str,
    rows: u64,
    seconds: f64,
}

impl ImportFolder {
    /// Whether the question could be answered, if it will be asked.
    pub fn check(&self) -> Result<(), Failure> {
        if self.dry_run { Ok(()) } else { self.sure.check() }
    }

    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let (project, environment) =
            if self.dry_run { session.target().await? } else { session.target_to_write().await? };
        let found = Folder::read(&self.directory)?;
        let mut plan = Plan::new(&self.directory.display().to_string(), &project, &environment, &found);
        let mut progress = Progress::new(session.output());
        self.survey(session, &environment, found, &mut plan, &mut progress).await?;
        progress.clear();

        let refusal = refusal(&plan);
        if self.dry_run || refusal.is_some() {
            let report = Report { plan: &plan, result: None };
            session.output().result(&report, || report::text(&plan, session.output()))?;
            return refusal.map_or(Ok(()), Err);
        }
        session.output().note(&report::text(&plan, session.output()));
        if plan.has_work() {
            let question = format!("Import this into {}/{}?", project.name, environment.name);
            tokio::select! {
                agreed = self.sure.agree(&question) => agreed?,
                () = session.stopping.cancelled() => return Err(Failure::Interrupted),
            }
        }
        let outcome = self.carry_out(session, &environment, &plan, &mut progress).await?;
        let words = words(&outcome);
        session.output().result(&Report { plan: &plan, result: Some(outcome) }, || words)
    }

    /// The first reading, list by list.
    async fn survey(
        &self,
        session: &Session,
        environment: &Environment,
        found: Folder,
        plan: &mut Plan,
        progress: &mut Progress,
    ) -> Result<(), Failure> {
        if let Some(unknown) = self.only.iter().find(|name| !found.lists.contains_key(*name)) {
            let there: Vec<_> = found.lists.keys().map(String::as_str).collect();
            return Err(Failure::Usage(format!("there is no {unknown} in the export, only {}", there.join(", "))));
        }
        let tables = session.client.tables(&environment.id).await?.items;
        let tables: BTreeMap<&str, &Table> = tables.iter().map(|table| (table.name.as_str(), table)).collect();
        let imports = session.client.imports(&environment.id).await?.items;
        let mut lists = found.lists;
        let mut users = Ids::default();
        let there = match environment.usage.users {
            0 => Vec::new(),
            _ => session.client.users(&environment.id, None).await?.items,
        };
        if let Some(list) = lists.remove("users") {
            let mut survey = read(session, "users", &list, Known::default(), progress).await?;
            // They say who the owners of rows are, imported themselves or not.
            users = std::mem::take(&mut survey.ids);
            if self.wants("users") {
                let (pages, there) = (list.clone(), there.clone());
                let looking = tokio::task::spawn_blocking(move || people::look(&pages, &there));
                let people = looking.await.map_err(|error| Failure::Failed(error.to_string()))?;
                plan.add_users(list, survey, users.len(), people, self.choices);
            }
        }
        for user in &there {
            users.insert(&user.id, "");
        }
        let users = Arc::new(users);
        lists.retain(|name, _| self.wants(name));
        if let Some(list) = lists.remove("files") {
            let known = Known { users: Arc::clone(&users), ..Known::default() };
            let survey = read(session, "files", &list, known, progress).await?;
            let (entries, folder) = (list.clone(), found.files.unwrap_or_else(|| self.directory.join("files")));
            let looking = tokio::task::spawn_blocking(move || files::look(&entries, &folder));
            let matched = looking.await.map_err(|error| Failure::Failed(error.to_string()))??;
            plan.add_files(list, survey, matched, self.choices);
        } else if found.files.is_some() {
            plan.ignored.push("files (no files_page1.json says what is in it)".to_owned());
        }
        for (name, list) in lists {
            if ["accounts", "sessions"].contains(&name.as_str()) {
                plan.ignored.push(format!("{name} (sign-ins of the old service)"));
                continue;
            }
            let there = tables.get(name.as_str()).copied();
            let known = Known {
                schema: there.map(|table| table.schema.clone()).unwrap_or_default(),
                users: Arc::clone(&users),
                choices: self.choices.text(),
            };
            let survey = read(session, &name, &list, known, progress).await?;
            let to_look_up = there.filter(|table| table.rows > 0 && survey.ids.len() <= MAX_ADDED_ROWS);
            plan.add_table(&name, list.clone(), survey, there, &imports, self.choices);
            let is_complete = plan.tables.last().is_some_and(|table| table.action == Action::Skip);
            if to_look_up.is_some() && !is_complete {
                let present = present::count(session, &environment.id, &name, &list).await?;
                plan.add_present(&name, present, self.choices);
            }
        }
        Ok(())
    }

    fn wants(&self, list: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == list)
    }

    /// The second reading, table by table.
    async fn carry_out(
        &self,
        session: &Session,
        environment: &Environment,
        plan: &Plan,
        progress: &mut Progress,
    ) -> Result<Outcome, Failure> {
        // Files first, for what they are called here, and users before the rows that are theirs.
        let (files, moved) = match &plan.files {
            Some(list) => {
                let (files, moved) = files::send(session, &environment.id, list, progress).await?;
                (Some(files), Arc::new(moved))
            }
            None => (None, Arc::default()),
        };
        let moved = self.choices.rewrite_urls.then_some(moved);
        let users = match &plan.users {
            Some(list) => {
                let moved = moved.clone();
                let rewrite = move |row: &mut Record| moved.iter().for_each(|moved| moved.rewrite(row));
                Some(people::send(session, &environment.id, &list.list, rewrite, progress).await?)
            }
            None => None,
        };
        progress.clear();
        let manner = Manner { keep_existing: self.choices.keep_existing, moved, choices: self.choices.text() };
        let mut tables = Vec::new();
        for table in &plan.tables {
            if table.action == Action::Skip {
                tables.push(TableOutcome {
                    table: table.table.clone(),
                    status: "skipped",
                    rows: table.rows,
                    seconds: 0.0,
                });
                continue;
            }
            let began = Instant::now();
            let import = transfer::table(session, &environment.id, table, &manner, progress).await;
            progress.clear();
            let import = import.map_err(|failure| left_behind(failure, session, table, &tables))?;
            tables.push(imported(session, table, &import, began));
        }
        Ok(Outcome { users, files, tables })
    }
}

impl Choices {
    /// What of them changes the rows and the tables that they become.
    fn text(self) -> String {
        format!("strict={} private={} rewrite-urls={}\n", self.strict, self.private, self.rewrite_urls)
    }
}

/// Reads a list on a thread that may block; Ctrl-C ends it at the next page.
async fn read(
    session: &Session,
    name: &str,
    list: &List,
    known: Known,
    progress: &mut Progress,
) -> Result<Survey, Failure> {
    let (list, name, stop) = (list.clone(), name.to_owned(), session.stopping.clone());
    let mut line = Progress::new(session.output());
    let reading = tokio::task::spawn_blocking(move || {
        let pages = list.pages.len();
        Survey::of(&list, &known, &stop, |page| line.show(|| format!("reading {name}: page {} of {pages}", page + 1)))
    });
    progress.clear();
    let survey = reading.await.map_err(|error| Failure::Failed(error.to_string()))?;
    if session.stopping.is_cancelled() { Err(Failure::Interrupted) } else { Ok(survey) }
}

/// Why a plan is not carried out.
fn refusal(plan: &Plan) -> Option<Failure> {
    if !plan.problems.is_empty() {
        let first = &plan.problems[0];
        let more = plan.problems.len() as u64 - 1 + plan.more_problems;
        let more = if more > 0 { format!(", and {} more", grouped(more)) } else { String::new() };
        return Some(Failure::Usage(format!("{first}{more}; nothing was imported")));
    }
    let first = plan.conflicts.first()?;
    let more = plan.conflicts.len() - 1;
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let flag = first.flag.map(|flag| format!(" ({flag} goes on all the same)")).unwrap_or_default();
    Some(Failure::Refused {
        code: "import/conflict",
        message: format!("{}: {}{flag}{more}; nothing was imported", first.table, first.message),
    })
}

fn imported(session: &Session, table: &TablePlan, import: &Import, began: Instant) -> TableOutcome {
    let took = began.elapsed();
    let rate = transfer::rate(import.rows, took);
    session.output().note(&format!(
        "{}: {} rows in {:.1} s, {} a second",
        table.table,
        grouped(import.rows),
        took.as_secs_f64(),
        grouped(rate)
    ));
    TableOutcome {
        table: table.table.clone(),
        status: if table.action == Action::Add { "added" } else { "imported" },
        rows: import.rows,
        seconds: took.as_secs_f64(),
    }
}

/// Says what an import that ends early leaves: whole tables, and how to go on.
fn left_behind(failure: Failure, session: &Session, table: &TablePlan, done: &[TableOutcome]) -> Failure {
    let complete = done.len();
    session.output().note(&format!(
        "nothing of {} was imported; {complete} before it {} complete: run the command again to go on",
        table.table,
        if complete == 1 { "is" } else { "are" }
    ));
    failure
}

fn words(outcome: &Outcome) -> String {
    let imported = outcome.tables.iter().filter(|table| table.status != "skipped");
    let (tables, rows) = imported.fold((0, 0), |(tables, rows), table| (tables + 1, rows + table.rows));
    let skipped = outcome.tables.len() as u64 - tables;
    let skipped = if skipped > 0 { format!("; {skipped} skipped, because complete") } else { String::new() };
    let users = outcome.users.map(|users| format!(", {}", count(users.imported, "user"))).unwrap_or_default();
    let files = outcome.files.as_ref().map(|files| format!(", {}", count(files.imported, "file"))).unwrap_or_default();
    format!("imported {} with {}{users}{files}{skipped}", count(tables, "table"), count(rows, "row"))
}
