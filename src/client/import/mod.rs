//! What the hosted service's export leaves in a folder, brought into an environment.
//!
//! Two readings: [`Importer::plan`] reads everything and changes nothing, [`Importer::carry_out`] does
//! what the plan says.
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
//! | `transfer` | the second reading: rows on their way |
//! | `step`, `error` | how far it has come, and why it went no further |
//! | `calls` | the calls that all of it makes |

mod calls;
mod error;
mod files;
mod folder;
mod infer;
mod page;
mod people;
mod plan;
mod present;
pub mod report;
mod step;
mod survey;
mod transfer;
mod urls;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Client;
use crate::domain::{
    EnvironmentId,
    account::User,
    api::{Environment, Record, Table},
    import::{Import, MAX_ADDED_ROWS, users::UsersImported},
};
use files::FilesImported;
use folder::List;
use plan::{Action, TablePlan};
use survey::{Ids, Known, Survey};
use transfer::Manner;

pub use calls::RowBatch;
pub use error::{Error, left_behind};
pub use folder::Folder;
pub use plan::Plan;
pub use step::{Step, Watch};

/// What is to be imported, and how.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The folder of the export.
    pub directory: PathBuf,
    /// The lists that are wanted; none of them means all.
    pub only: Vec<String>,
    pub choices: Choices,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Choices {
    /// Columns of which every row has a value are required.
    pub strict: bool,
    /// New tables are closed to all but admins.
    pub private: bool,
    /// What is there is imported, though pages or rows are missing.
    pub incomplete: bool,
    /// Rows whose ids a table has already are left alone.
    pub keep_existing: bool,
    /// Keys and addresses of imported files are replaced by those that they have here.
    pub rewrite_urls: bool,
}

/// What became of an import.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub users: Option<UsersImported>,
    pub files: Option<FilesImported>,
    pub tables: Vec<TableOutcome>,
}

#[derive(Debug, Serialize)]
pub struct TableOutcome {
    pub table: String,
    pub status: &'static str,
    pub rows: u64,
    pub seconds: f64,
}

/// Brings exports into environments.
pub struct Importer {
    pub client: Client,
    /// Ends what is under way in order: what was begun of a table is given up.
    pub stopping: CancellationToken,
    /// Is told of every step.
    pub watch: Watch,
}

impl fmt::Debug for Importer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Importer").field("client", &self.client).finish_non_exhaustive()
    }
}

impl Importer {
    /// The first reading, list by list; nothing is written.
    ///
    /// # Errors
    /// When the folder holds no export, the server does not answer, or it was stopped. What the plan
    /// itself finds wrong is in the plan.
    pub async fn plan(&self, project: &str, environment: &Environment, wanted: &Wanted) -> Result<Plan, Error> {
        let directory = wanted.directory.clone();
        let found = on_blocking_thread(move || Folder::read(&directory)).await??;
        if let Some(unknown) = wanted.only.iter().find(|name| !found.lists.contains_key(*name)) {
            let there: Vec<_> = found.lists.keys().map(String::as_str).collect();
            return Err(Error::Unusable(format!("there is no {unknown} in the export, only {}", there.join(", "))));
        }
        let mut plan = Plan::new(&wanted.directory.display().to_string(), project, environment, &found);
        let there = match environment.usage.users {
            0 => Vec::new(),
            _ => self.client.users(&environment.id, None).await?.items,
        };
        let mut lists = found.lists;
        let users = self.plan_users(lists.remove("users"), &there, wanted, &mut plan).await?;
        lists.retain(|name, _| wanted.wants(name));
        if let Some(list) = lists.remove("files") {
            let folder = found.files.unwrap_or_else(|| wanted.directory.join("files"));
            self.plan_files(list, folder, &users, wanted, &mut plan).await?;
        } else if found.files.is_some() {
            plan.ignored.push("files (no files_page1.json says what is in it)".to_owned());
        }
        self.plan_tables(lists, &environment.id, &users, wanted.choices, &mut plan).await?;
        Ok(plan)
    }

    /// Answers the identifiers of users, who own rows, whether they are imported themselves or not.
    async fn plan_users(
        &self,
        list: Option<List>,
        there: &[User],
        wanted: &Wanted,
        plan: &mut Plan,
    ) -> Result<Arc<Ids>, Error> {
        let mut users = Ids::default();
        if let Some(list) = list {
            let mut survey = self.survey("users", &list, Known::default()).await?;
            users = std::mem::take(&mut survey.ids);
            if wanted.wants("users") {
                let (pages, there) = (list.clone(), there.to_vec());
                let people = on_blocking_thread(move || people::look(&pages, &there)).await?;
                plan.add_users(list, survey, users.len(), people, wanted.choices);
            }
        }
        for user in there {
            users.insert(&user.id, "");
        }
        Ok(Arc::new(users))
    }

    async fn plan_files(
        &self,
        list: List,
        folder: PathBuf,
        users: &Arc<Ids>,
        wanted: &Wanted,
        plan: &mut Plan,
    ) -> Result<(), Error> {
        let known = Known { users: Arc::clone(users), ..Known::default() };
        let survey = self.survey("files", &list, known).await?;
        let entries = list.clone();
        let matched = on_blocking_thread(move || files::look(&entries, &folder)).await??;
        plan.add_files(list, survey, matched, wanted.choices);
        Ok(())
    }

    async fn plan_tables(
        &self,
        lists: BTreeMap<String, List>,
        environment: &EnvironmentId,
        users: &Arc<Ids>,
        choices: Choices,
        plan: &mut Plan,
    ) -> Result<(), Error> {
        let tables = self.client.tables(environment).await?.items;
        let tables: BTreeMap<&str, &Table> = tables.iter().map(|table| (table.name.as_str(), table)).collect();
        let imports = self.client.imports(environment).await?.items;
        for (name, list) in lists {
            if ["accounts", "sessions"].contains(&name.as_str()) {
                plan.ignored.push(format!("{name} (sign-ins of the old service)"));
                continue;
            }
            let there = tables.get(name.as_str()).copied();
            let known = Known {
                schema: there.map(|table| table.schema.clone()).unwrap_or_default(),
                users: Arc::clone(users),
                choices: choices.text(),
            };
            let survey = self.survey(&name, &list, known).await?;
            let to_look_up = there.filter(|table| table.rows > 0 && survey.ids.len() <= MAX_ADDED_ROWS);
            plan.add_table(&name, list.clone(), survey, there, &imports, choices);
            let is_complete = plan.tables.last().is_some_and(|table| table.action == Action::Skip);
            if to_look_up.is_some() && !is_complete {
                let present = present::count(&self.client, environment, &name, &list).await?;
                plan.add_present(&name, present, choices);
            }
        }
        Ok(())
    }

    /// Reads a list; whoever stops it waits for the end of the page.
    async fn survey(&self, name: &str, list: &List, known: Known) -> Result<Survey, Error> {
        let (list, name, stop, watch) = (list.clone(), name.to_owned(), self.stopping.clone(), Arc::clone(&self.watch));
        let survey = on_blocking_thread(move || {
            let of = list.pages.len();
            Survey::of(&list, &known, &stop, |page| watch(&Step::Reading { list: &name, page: page + 1, of }))
        });
        let survey = survey.await?;
        if self.stopping.is_cancelled() { Err(Error::Interrupted) } else { Ok(survey) }
    }

    /// The second reading, table by table.
    ///
    /// # Errors
    /// Whatever ended it early. Tables that are complete by then stay, and nothing is seen of the others.
    pub async fn carry_out(
        &self,
        environment: &EnvironmentId,
        plan: &Plan,
        choices: Choices,
    ) -> Result<Outcome, Error> {
        // Files first, for what they are called here, and users before the rows that are theirs.
        let (files, moved) = match &plan.files {
            Some(list) => {
                let (files, moved) = files::send(self, environment, list).await?;
                (Some(files), Arc::new(moved))
            }
            None => (None, Arc::default()),
        };
        let moved = choices.rewrite_urls.then_some(moved);
        let users = match &plan.users {
            Some(list) => {
                let moved = moved.clone();
                let rewrite = move |row: &mut Record| moved.iter().for_each(|moved| moved.rewrite(row));
                Some(people::send(self, environment, &list.list, rewrite).await?)
            }
            None => None,
        };
        let manner = Manner { keep_existing: choices.keep_existing, moved, choices: choices.text() };
        let mut tables = Vec::new();
        for table in &plan.tables {
            if table.action == Action::Skip {
                tables.push(TableOutcome::skipped(table));
                continue;
            }
            let began = Instant::now();
            let import = transfer::table(self, environment, table, &manner).await;
            let import = import.map_err(|error| Error::CutShort {
                table: table.table.clone(),
                complete: tables.len(),
                source: Box::new(error),
            })?;
            let outcome = TableOutcome::imported(table, &import, began);
            (self.watch)(&Step::Imported(&outcome));
            tables.push(outcome);
        }
        Ok(Outcome { users, files, tables })
    }
}

impl Wanted {
    fn wants(&self, list: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == list)
    }
}

impl Choices {
    /// What of them changes the rows and the tables that they become.
    fn text(self) -> String {
        format!("strict={} private={} rewrite-urls={}\n", self.strict, self.private, self.rewrite_urls)
    }
}

impl TableOutcome {
    fn skipped(table: &TablePlan) -> Self {
        Self { table: table.table.clone(), status: "skipped", rows: table.rows, seconds: 0.0 }
    }

    fn imported(table: &TablePlan, import: &Import, began: Instant) -> Self {
        Self {
            table: table.table.clone(),
            status: if table.action == Action::Add { "added" } else { "imported" },
            rows: import.rows,
            seconds: began.elapsed().as_secs_f64(),
        }
    }
}

/// Looks whether a folder holds an export, without reading any of it.
///
/// # Errors
/// When it does not, or cannot be read.
pub async fn look(directory: &Path) -> Result<(), Error> {
    let directory = directory.to_owned();
    on_blocking_thread(move || Folder::read(&directory)).await?.map(|_| ())
}

async fn on_blocking_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Failed(error.to_string()))
}
