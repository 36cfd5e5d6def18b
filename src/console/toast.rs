//! Short notes above the footer, and the lines of what is under way.

use std::{collections::VecDeque, time::Duration};

use super::{command::Command, effect::Ticket, message::Moment};
use crate::domain::Timestamp;

/// How long a note stays.
const SHORT: Duration = Duration::from_secs(5);
/// How long a failure stays: it has to be read and acted on.
const LONG: Duration = Duration::from_secs(12);
/// More would cover what they are about.
const MOST: usize = 4;
/// Enough to read up on what happened while nobody looked.
const REMEMBERED: usize = 100;
/// Work that is done before this leaves no trace on the screen.
pub const PATIENCE: Duration = Duration::from_millis(150);

/// From what is good to know to what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    Info,
    Success,
    Warning,
    Error,
}

#[derive(Clone, Debug)]
pub struct Toast {
    pub tone: Tone,
    /// The environment it is about.
    pub about: Option<String>,
    pub text: String,
    until: Duration,
    /// Says how long it stays, because something can be done until then.
    counts: bool,
    /// What is refused for the reason that it says.
    refused: Option<&'static Command>,
}

impl Toast {
    /// What is said, with how long there is to act on it.
    pub fn sentence_at(&self, now: Duration) -> String {
        let left = self.until.saturating_sub(now).as_millis().div_ceil(1000);
        if self.counts { format!("{} ({left} s)", self.sentence()) } else { self.sentence() }
    }

    /// What is said, with the environment it is about.
    pub fn sentence(&self) -> String {
        let Some(about) = self.about.as_deref().filter(|about| !self.text.starts_with(*about)) else {
            return self.text.clone();
        };
        // A predicate goes on after its subject; whatever else stands for itself.
        let is_predicate = ["is ", "was ", "has ", "failed"].iter().any(|start| self.text.starts_with(start));
        format!("{about}{} {}", if is_predicate { "" } else { ":" }, self.text)
    }
}

#[derive(Clone, Debug)]
pub struct Working {
    pub generation: u64,
    pub text: String,
    pub since: Duration,
}

#[derive(Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// What was said, oldest first, for whoever looked away.
    said: VecDeque<(Timestamp, Toast)>,
    /// How much was said altogether.
    count: u64,
    working: Vec<Working>,
}

impl Toasts {
    pub fn push(&mut self, tone: Tone, about: Option<String>, text: impl Into<String>, now: Moment) {
        let stay = if matches!(tone, Tone::Error | Tone::Warning) { LONG } else { SHORT };
        self.show(
            Toast { tone, about, text: text.into(), until: now.uptime + stay, counts: false, refused: None },
            now,
        );
    }

    /// Why a command cannot be run.
    pub fn refuse(&mut self, command: &'static Command, about: Option<String>, reason: impl Into<String>, now: Moment) {
        let until = now.uptime + LONG;
        let text = reason.into();
        self.show(Toast { tone: Tone::Warning, about, text, until, counts: false, refused: Some(command) }, now);
    }

    /// The refusals that are shown: what is refused, and why.
    pub fn refusals(&self) -> impl Iterator<Item = (&'static Command, &str)> {
        self.shown.iter().filter_map(|toast| Some((toast.refused?, toast.text.as_str())))
    }

    /// The reason does not hold any more.
    pub fn take_back(&mut self, reason: &str) {
        self.shown.retain(|toast| toast.refused.is_none() || toast.text != reason);
    }

    /// A note that counts down how long something can be done.
    pub fn count_down(&mut self, about: Option<String>, text: impl Into<String>, stay: Duration, now: Moment) {
        let until = now.uptime + stay;
        self.show(Toast { tone: Tone::Info, about, text: text.into(), until, counts: true, refused: None }, now);
    }

    fn show(&mut self, toast: Toast, now: Moment) {
        // Said again, it is the same note with a new end.
        self.shown.retain(|other| other.text != toast.text || other.about != toast.about);
        if self.said.len() == REMEMBERED {
            self.said.pop_front();
        }
        self.count += 1;
        self.said.push_back((now.wall, toast.clone()));
        self.shown.push(toast);
        if self.shown.len() > MOST {
            self.shown.remove(0);
        }
    }

    pub fn work(&mut self, ticket: &Ticket, text: String, now: Duration) {
        self.working.push(Working { generation: ticket.generation, text, since: now });
    }

    /// Ends the line of that request. Returns whether there was one.
    pub fn done(&mut self, ticket: &Ticket) -> bool {
        let before = self.working.len();
        self.working.retain(|working| working.generation != ticket.generation);
        before != self.working.len()
    }

    pub fn expire(&mut self, now: Duration) {
        self.shown.retain(|toast| toast.until > now);
    }

    /// Puts the notes away.
    pub fn dismiss(&mut self) {
        self.shown.clear();
    }

    pub fn clear(&mut self) {
        self.shown.clear();
        self.working.clear();
    }

    /// What was said and when, newest first.
    pub fn said(&self) -> impl Iterator<Item = &(Timestamp, Toast)> {
        self.said.iter().rev()
    }

    pub const fn count(&self) -> u64 {
        self.count
    }

    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }

    /// What has been under way for longer than a blink.
    pub fn working(&self, now: Duration) -> impl Iterator<Item = &Working> {
        self.working.iter().filter(move |working| now >= working.since + PATIENCE)
    }

    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        let ends = self.shown.iter().map(|toast| toast.until);
        let second = Duration::from_secs(1);
        let counting = self.shown.iter().filter(|toast| toast.counts);
        let ticks = counting.filter_map(|toast| {
            let left = toast.until.checked_sub(now)?;
            let rest = u32::try_from(left.as_nanos() % second.as_nanos()).unwrap_or(0);
            Some(now + if rest == 0 { second } else { Duration::new(0, rest) })
        });
        let starts = self.working.iter().map(|working| working.since + PATIENCE).filter(|at| *at > now);
        ends.chain(ticks).chain(starts).min()
    }
}
