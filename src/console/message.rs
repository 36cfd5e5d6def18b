//! All that can happen to the console.

use std::{path::PathBuf, time::Duration};

use crossterm::event::MouseEvent;

use super::{
    call::{Call, Reply},
    effect::Ticket,
    key::Key,
    private_file::PrivateFile,
    task::{Progress, TaskId},
};
use crate::{
    client::{self, Update, import::Plan},
    domain::{Timestamp, file::wire::File},
};

#[derive(Debug)]
pub enum Message {
    /// Time has passed. The loop says so before whatever else it hands over.
    Clock(Moment),
    Key(Key),
    /// Text between the marks of a bracketed paste.
    Paste(String),
    Mouse(MouseEvent),
    Resize {
        width: u16,
        height: u16,
    },
    /// The terminal told the colour of its background.
    Background {
        light: bool,
    },
    /// A call came back, with the result or without.
    Answer {
        ticket: Ticket,
        call: Box<Call>,
        result: Result<Reply, client::Error>,
    },
    /// News from the event stream, or about it.
    Stream(Update),
    Copied {
        what: String,
        result: Result<CopiedBy, String>,
    },
    /// News of long work.
    Task {
        id: TaskId,
        news: TaskNews,
    },
    /// The editor ended, with the text as it is now or with why there is none.
    Edited(Result<String, String>),
    /// The pager ended, or why there was none.
    Paged(Result<(), String>),
    /// Who else needs the embedded backend; asked before quitting ends it.
    Usage(BackendUsage),
    /// A line was typed, in plain mode.
    Line(String),
    /// Nothing more will be typed, in plain mode.
    InputEnded,
    /// The process was stopped and runs again.
    Resumed,
    /// SIGTERM or SIGHUP.
    Terminate,
    /// SIGINT; `ctrl-c` comes as a key.
    Interrupt,
    /// SIGTSTP from outside; `ctrl-z` comes as a key.
    Stop,
    /// A background task died of a defect; its report is in the log file.
    TaskDied,
}

/// The present, twice: as people read it, and as durations are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Stands still in `bkend demo`.
    pub wall: Timestamp,
    /// Since the console started; always runs.
    pub uptime: Duration,
}

/// What became of long work.
#[derive(Debug)]
pub enum TaskNews {
    Progress(Progress),
    /// It ended, with a sentence either way.
    Ended(Result<String, String>),
    /// A file was sent, and is there.
    Uploaded(Box<File>),
    /// An export is read.
    Planned(Box<Plan>),
    /// A list is read that is to be shown in a pager.
    Written {
        text: PrivateFile,
        said: String,
    },
    Stopped,
}

/// How a copy reached the clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopiedBy {
    /// The terminal was asked with an OSC 52 sequence.
    Terminal,
    Program(&'static str),
}

/// What an embedded backend is used for beside this console.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackendUsage {
    /// Requests of apps on the data plane since the start.
    pub app_requests: u64,
    /// Other consoles and scripts that follow its events.
    pub other_consoles: usize,
}

/// The backend that runs inside this process.
#[derive(Clone)]
pub struct Embedded {
    pub data_dir: PathBuf,
    /// Host and port.
    pub address: String,
    /// The address that was wanted, where that was taken.
    pub instead_of: Option<String>,
    /// Reads its counters; called when the console is about to quit.
    pub usage: std::sync::Arc<dyn Fn() -> BackendUsage + Send + Sync>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded")
            .field("data_dir", &self.data_dir)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
