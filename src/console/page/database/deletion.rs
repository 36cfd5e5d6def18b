//! Rows are deleted, and put back for a while.

use std::{collections::VecDeque, fmt::Write as _, time::Duration};

use crate::{
    console::{
        call::{Call, RowCall},
        effect::Effect,
        fit,
        modal::{confirm::Confirm, question::Question},
        shell::Shell,
        toast::Tone,
    },
    domain::{
        EnvironmentId,
        api::{Environment, Record},
    },
};

/// How long a deletion can be undone.
const UNDO: Duration = Duration::from_secs(10);

/// Deletions that can be undone at most; of one more, the oldest is forgotten.
const MOST: usize = 16;

/// The deletions that can be undone, each for its own while, the last one last.
#[derive(Debug, Default)]
pub struct Deletions(VecDeque<Deletion>);

#[derive(Debug)]
struct Deletion {
    environment: EnvironmentId,
    table: String,
    rows: Vec<Record>,
    until: Duration,
    /// It is being undone.
    sent: bool,
}

impl Deletions {
    /// Rows were deleted: says so, and for how long that can be undone.
    pub fn add(&mut self, shell: &mut Shell, environment: &EnvironmentId, table: &str, rows: Vec<Record>) {
        if rows.is_empty() {
            shell.say(Tone::Info, Some(environment), format!("somebody else had deleted that of {table} already"));
            return;
        }
        let now = shell.now.uptime;
        self.0.retain(|deletion| deletion.sent || now < deletion.until);
        let (rows_of_it, them, way) = (counted(rows.len()), them(rows.len()), shell.keymap.way("row-undo"));
        let text = format!("deleted {rows_of_it} of {table}: {way} puts {them} back");
        let about = shell.name_of(environment);
        shell.toasts.count_down(about, text, UNDO, shell.now);
        let (environment, table) = (environment.clone(), table.to_owned());
        self.0.push_back(Deletion { environment, table, rows, until: now + UNDO, sent: false });
        if self.0.len() > MOST
            && let Some(oldest) = self.0.pop_front()
        {
            let (rows, table) = (counted(oldest.rows.len()), oldest.table);
            let text = format!("{rows} of {table}, deleted {MOST} deletions ago, cannot be put back any more");
            shell.say(Tone::Warning, Some(&oldest.environment), text);
        }
    }

    pub fn is_any_possible(&self, shell: &Shell) -> bool {
        self.0.iter().any(|deletion| deletion.is_possible(shell))
    }

    /// When one of them is possible no longer, as uptime.
    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        self.0.iter().map(|deletion| deletion.until).filter(|until| *until > now).min()
    }

    /// Undoes the last one that is possible here.
    pub fn undo(&mut self, shell: &mut Shell) -> Option<Effect> {
        let last = self.0.iter_mut().rev().find(|deletion| deletion.is_possible(shell))?;
        last.sent = true;
        shell.toasts.dismiss();
        let call = RowCall::Restore { table: last.table.clone(), rows: last.rows.clone() };
        Some(shell.request(Call::Row(last.environment.clone(), call)))
    }

    /// Those rows were put back: says so, and whether more can be.
    pub fn undone(&mut self, shell: &mut Shell, environment: &EnvironmentId, table: &str, rows: &[Record]) {
        self.0.retain(|deletion| !deletion.is_sent(environment, table, rows));
        let mut text = format!("{} of {table} put back", counted(rows.len()));
        if self.is_any_possible(shell) {
            let _ = write!(text, ": {} puts back what was deleted before", shell.keymap.way("row-undo"));
        }
        shell.say(Tone::Success, Some(environment), text);
    }

    /// They could not be put back; what stood in the way may pass.
    pub fn failed(&mut self, shell: &Shell, environment: &EnvironmentId, table: &str, rows: &[Record]) {
        if let Some(deletion) = self.0.iter_mut().find(|deletion| deletion.is_sent(environment, table, rows)) {
            deletion.sent = false;
            deletion.until = deletion.until.max(shell.now.uptime + UNDO);
        }
    }
}

impl Deletion {
    fn is_possible(&self, shell: &Shell) -> bool {
        !self.sent && shell.now.uptime < self.until && shell.selected().is_some_and(|here| here.id == self.environment)
    }

    /// Whether it is the one that was to be undone with these rows.
    fn is_sent(&self, environment: &EnvironmentId, table: &str, rows: &[Record]) -> bool {
        self.sent && self.environment == *environment && self.table == table && self.rows == rows
    }
}

/// Deletes rows: one at once, several after a question, and where the environment is protected after
/// its name was typed. Where some are `hidden`, which says so, that is asked about however few there are.
pub fn delete(
    shell: &mut Shell,
    environment: &Environment,
    table: String,
    ids: Vec<String>,
    hidden: Option<String>,
) -> Vec<Effect> {
    let name = environment.name.to_string();
    let id = environment.id.clone();
    let number = ids.len();
    let confirm = environment.protected.then(|| name.clone());
    let title = format!("Delete {} of {table} from {name}", counted(number));
    let call = RowCall::Delete { table, ids, confirm };
    let run = move |shell: &mut Shell| vec![shell.request(Call::Row(id, call))];
    let again = format!("They can be put back for {} s.", UNDO.as_secs())
        .replace("They", if number == 1 { "It" } else { "They" });
    if environment.protected {
        let lost = format!("{name} is protected. {} is what is lost.", sentence(&counted(number)));
        let lines = [Some(lost), hidden, Some(again)].into_iter().flatten().collect();
        shell.open(Confirm::deletion(title, lines, name, run));
    } else if number == 1 && hidden.is_none() {
        return run(shell);
    } else {
        let question = hidden.into_iter().chain([again]).fold(Question::new(title), Question::saying);
        shell.open(question.answered("enter", "delete", format!("deletes {}", counted(number)), run));
    }
    Vec::new()
}

/// `a row`, `3 rows`.
pub fn counted(number: usize) -> String {
    if number == 1 { "a row".into() } else { fit::count(u64::try_from(number).unwrap_or(u64::MAX), "row") }
}

const fn them(number: usize) -> &'static str {
    if number == 1 { "it" } else { "them" }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().into_iter().flat_map(char::to_uppercase).chain(characters).collect()
}
