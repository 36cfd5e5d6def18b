//! `bkend import`: what the hosted service's export leaves in a folder, brought into an environment.
//!
//! The work is the [importer's](crate::client::import); here it is asked for, agreed to and told.

mod progress;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use serde::Serialize;

use super::{
    Failure, Session,
    confirm::Sure,
    output::{Cell, Output, printable},
};
use crate::client::import::{
    self, Importer, Outcome, Plan, Step, Wanted,
    report::{self, Line, Part, Reader},
};
use progress::Progress;

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
struct Choices {
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

impl ImportFolder {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        let (project, environment) =
            if self.dry_run { session.target().await? } else { session.target_to_write().await? };
        let output = session.output();
        let (importer, line) = importer(session);
        let wanted = Wanted { directory: self.directory, only: self.only, choices: self.choices.into() };
        let plan = importer.plan(&project.name, &environment, &wanted).await?;
        line.clear();

        let refusal = report::refusal(&plan, Reader::CommandLine);
        if self.dry_run || refusal.is_some() {
            output.result(&Report { plan: &plan, result: None }, || text(&plan, output))?;
            return refusal.map_or(Ok(()), |refusal| Err(refusal.into()));
        }
        // Whoever is asked has to see it; otherwise it is in the result that a program reads.
        if !output.json || self.sure.is_asked() {
            output.note_styled(&text(&plan, output));
        }
        if plan.has_work() {
            let question = format!("Import this into {}/{}?", project.name, environment.name);
            tokio::select! {
                agreed = self.sure.agree(&question) => agreed?,
                () = session.stopping.cancelled() => return Err(Failure::Interrupted),
            }
        }
        let carried_out = importer.carry_out(&environment.id, &plan, wanted.choices).await;
        line.clear();
        let outcome = carried_out.map_err(|error| match error {
            import::Error::CutShort { table, complete, source } => {
                let left = import::left_behind(&table, complete);
                output.note(&format!("{left}: run the command again to go on"));
                Failure::from(*source)
            }
            error => error.into(),
        })?;
        let words = report::summary(&outcome);
        output.result(&Report { plan: &plan, result: Some(outcome) }, || words)
    }
}

/// An importer that says how far it is on one line, and what is complete on a line of its own.
fn importer(session: &Session) -> (Importer, Shown) {
    let output = session.output();
    let shown = Shown(Arc::new(Mutex::new(Progress::new(output))));
    let told = shown.clone();
    let watch = move |step: &Step<'_>| match step {
        Step::Imported(_) => {
            told.clear();
            output.note(&step.to_string());
        }
        Step::Reading { .. } | Step::File { .. } | Step::Users { .. } | Step::Rows { .. } => {
            told.with(|progress| progress.show(|| step.to_string()));
        }
    };
    let (client, stopping) = (session.client.clone(), session.stopping.clone());
    (Importer { client, stopping, watch: Arc::new(watch) }, shown)
}

/// The line of progress, which the reading thread and the sending task write in turn.
#[derive(Clone)]
struct Shown(Arc<Mutex<Progress>>);

impl Shown {
    fn clear(&self) {
        self.with(Progress::clear);
    }

    fn with(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl From<Choices> for import::Choices {
    fn from(choices: Choices) -> Self {
        let Choices { strict, private, incomplete, keep_existing, rewrite_urls } = choices;
        Self { strict, private, incomplete, keep_existing, rewrite_urls }
    }
}

impl From<import::Error> for Failure {
    fn from(error: import::Error) -> Self {
        use import::Error;
        match error {
            Error::Unusable(message) => Self::Usage(message),
            Error::Refused { code, message } => Self::Refused { code, message },
            Error::Failed(message) => Self::Failed(message),
            Error::Client(error) => Self::Client(error),
            Error::Interrupted => Self::Interrupted,
            Error::CutShort { source, .. } => (*source).into(),
        }
    }
}

/// The plan as people read it before they agree to it.
fn text(plan: &Plan, output: Output) -> String {
    let parts = report::parts(plan, Reader::CommandLine);
    parts.iter().map(|part| lines(part, output)).collect::<Vec<_>>().join("\n\n")
}

fn lines(part: &Part, output: Output) -> String {
    let mut lines = Vec::new();
    for group in part.chunk_by(|one, other| is_aligned(one) && is_aligned(other)) {
        let cells: Vec<Vec<Cell>> = group.iter().filter_map(cells).collect();
        match group {
            [Line::Text(text) | Line::Wrong(text)] => lines.push(printable(text, true)),
            _ => lines.push(output.lines(&cells)),
        }
    }
    lines.join("\n")
}

const fn is_aligned(line: &Line) -> bool {
    matches!(line, Line::Heading(_) | Line::Cells(_))
}

fn cells(line: &Line) -> Option<Vec<Cell>> {
    match line {
        Line::Heading(names) => Some(names.iter().map(|name| Cell::heading(name)).collect()),
        Line::Cells(cells) => Some(cells.iter().map(|cell| cell.as_str().into()).collect()),
        Line::Text(_) | Line::Wrong(_) => None,
    }
}
