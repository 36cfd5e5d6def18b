//! Rows are deleted, and put back for a while.

use std::time::Duration;

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

/// The last deletion, as long as it can be undone.
#[derive(Debug)]
pub struct Undo {
    environment: EnvironmentId,
    table: String,
    rows: Vec<Record>,
    until: Duration,
    /// It is being undone.
    sent: bool,
}

impl Undo {
    /// Rows were deleted: says so, and for how long that can be undone.
    pub fn begin(shell: &mut Shell, environment: &EnvironmentId, table: &str, rows: Vec<Record>) -> Option<Self> {
        if rows.is_empty() {
            shell.say(Tone::Info, Some(environment), format!("somebody else had deleted that of {table} already"));
            return None;
        }
        let (rows_of_it, them, way) = (counted(rows.len()), them(rows.len()), shell.keymap.way("row-undo"));
        let text = format!("deleted {rows_of_it} of {table}: {way} puts {them} back");
        let about = shell.name_of(environment);
        shell.toasts.count_down(about, text, UNDO, shell.now);
        let until = shell.now.uptime + UNDO;
        Some(Self { environment: environment.clone(), table: table.to_owned(), rows, until, sent: false })
    }

    pub fn is_possible(&self, shell: &Shell) -> bool {
        !self.sent && shell.now.uptime < self.until && shell.selected().is_some_and(|here| here.id == self.environment)
    }

    /// When it is possible no longer, as uptime.
    pub fn ends(&self, now: Duration) -> Option<Duration> {
        Some(self.until).filter(|until| *until > now)
    }

    pub fn undo(&mut self, shell: &mut Shell) -> Effect {
        self.sent = true;
        shell.toasts.dismiss();
        let call = RowCall::Restore { table: self.table.clone(), rows: self.rows.clone() };
        shell.request(Call::Row(self.environment.clone(), call))
    }

    /// It could not be undone; what stood in the way may pass.
    pub fn failed(&mut self, shell: &Shell) {
        self.sent = false;
        self.until = self.until.max(shell.now.uptime + UNDO);
    }

    /// The rows that were put back.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| row.get("id")?.as_str())
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
