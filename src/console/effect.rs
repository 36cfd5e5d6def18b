//! All that the console asks of the outside. `update` returns these; the runtime carries them out.

use secrecy::SecretString;

use super::{
    call::Call,
    private_file::PrivateFile,
    session::Session,
    task::{Task, TaskId},
};
use crate::domain::EnvironmentId;

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "most effects are calls, and there are never many")]
pub enum Effect {
    Call(Request),
    /// Follow the server's events, from the one after `from`. Ends what was followed before.
    Follow {
        from: Option<u64>,
    },
    Copy {
        /// Named in the toast.
        what: String,
        text: SecretString,
    },
    Bell,
    /// The mouse is the console's from now on, or the terminal's again.
    Mouse {
        taken: bool,
    },
    /// Begin long work; its progress and its end are [`Message::Task`](super::message::Message::Task).
    Start {
        id: TaskId,
        task: Box<Task>,
    },
    /// Stop that work.
    Stop(TaskId),
    /// Write the session to its file.
    Keep(Box<Session>),
    /// Answered by [`Message::Usage`](super::message::Message::Usage).
    CheckUsage,
    /// Open a text in the person's editor; [`Message::Edited`](super::message::Message::Edited) says
    /// how that ended.
    Edit(Box<Edit>),
    /// Show a text in the person's pager; [`Message::Paged`](super::message::Message::Paged) says how
    /// that ended.
    Page(Paged),
    /// Give the terminal back and stop the process, as `ctrl-z` does everywhere.
    Suspend,
    /// Set the terminal's modes again: somebody else had it.
    TakeTerminal,
    /// Draw every cell again.
    Repaint,
    Quit(Exit),
}

/// A text for the person's pager.
#[derive(Debug)]
pub enum Paged {
    /// What was opened: as long as a row may be.
    Text(String),
    /// A list. It may be far longer, and was written by the task that read it.
    Written(PrivateFile),
}

/// A text for the person's editor.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Its end tells the editor what it is.
    pub file_name: String,
    pub text: String,
    /// The line to begin at.
    pub line: Option<usize>,
}

/// How the console ended, and so what becomes of an embedded backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Quit; an embedded backend ends with it.
    Quit,
    /// Quit, and the embedded backend goes on as `bkend serve` on the same address and data.
    KeepBackend,
    /// A signal or the terminal's end.
    Terminated,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub ticket: Ticket,
    pub call: Call,
}

/// What a request was made for. An answer whose ticket is no longer awaited is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub environment: Option<EnvironmentId>,
    /// The environment that was selected then.
    pub selected: Option<EnvironmentId>,
    /// Counts requests: a newer one for the same thing takes the older one's place.
    pub generation: u64,
    /// The revision of the table, as far as it was known then.
    pub revision: Option<u64>,
}
