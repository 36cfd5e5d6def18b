//! Quitting would end a backend that others are using.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    effect::{Effect, Exit},
    fit,
    key::Key,
    message::{BackendUsage, Embedded},
    shell::Shell,
    task::Tasks,
    widget::Pen,
};

const WIDTH: u16 = 60;

#[derive(Debug)]
pub struct Quit {
    /// What ends with the console, and who would miss it.
    reasons: Vec<String>,
    choices: Vec<Choice>,
}

#[derive(Clone, Copy, Debug)]
enum Choice {
    /// The backend goes on by itself.
    Keep,
    Stop,
    Stay,
}

impl Choice {
    const fn key(self) -> &'static str {
        match self {
            Self::Keep => "k",
            Self::Stop => "s",
            Self::Stay => "esc",
        }
    }
}

impl Quit {
    /// `embedded` is a backend that ends with the console, and who uses it; `unsaved` is what was
    /// changed here and nowhere else.
    pub fn new(embedded: Option<(&Embedded, &BackendUsage)>, tasks: &Tasks, unsaved: &[String]) -> Self {
        let mut reasons = Vec::new();
        let mut choices = vec![Choice::Stop, Choice::Stay];
        match embedded {
            Some((embedded, usage)) => {
                reasons.push(backend_ends(embedded, usage));
                choices.insert(0, Choice::Keep);
            }
            None => reasons.push("The backend goes on without this console.".to_owned()),
        }
        if !unsaved.is_empty() {
            reasons.push(would_be_lost(unsaved));
        }
        let running: Vec<_> = tasks.running().map(|entry| entry.title.as_str()).collect();
        match running.split_first() {
            None => {}
            Some((only, [])) => reasons.push(format!("The {only} is under way and would be given up.")),
            Some((first, others)) => {
                let others = fit::count(others.len() as u64, "other task");
                reasons.push(format!("The {first} and {others} are under way and would be given up."));
            }
        }
        Self { reasons, choices }
    }

    /// What a choice does, in the footer and in the box.
    fn say(&self, choice: Choice) -> (&'static str, &'static str) {
        let keeps = self.choices.iter().any(|choice| matches!(choice, Choice::Keep));
        match choice {
            Choice::Keep => ("keep it running", "keep it running, as `bkend serve` on the same address"),
            Choice::Stop if keeps => ("stop it and quit", "stop it, and quit"),
            Choice::Stop => ("quit", "quit"),
            Choice::Stay => ("stay", "stay here"),
        }
    }

    fn text(&self, width: u16) -> Vec<String> {
        self.reasons.iter().flat_map(|reason| fit::wrap(reason, width)).collect()
    }

    fn outer(&self, area: Rect) -> Rect {
        let lines = self.text(WIDTH.min(area.width.saturating_sub(4))).len() + 1 + self.choices.len();
        dialog::place(area, WIDTH, u16::try_from(lines).unwrap_or(u16::MAX))
    }
}

/// What was changed here and nowhere else.
pub fn would_be_lost(unsaved: &[String]) -> String {
    format!("Changes are not saved and would be lost: {}.", unsaved.join(", "))
}

fn backend_ends(embedded: &Embedded, usage: &BackendUsage) -> String {
    let mut users = Vec::new();
    if usage.app_requests > 0 {
        users.push(format!("apps have sent it {}", fit::count(usage.app_requests, "request")));
    }
    match usage.other_consoles {
        0 => {}
        1 => users.push("another console follows it".to_owned()),
        others => users.push(format!("{others} other consoles follow it")),
    }
    let but = if users.is_empty() { String::new() } else { format!(", but {}", users.join(", and ")) };
    format!("The backend at {} ends with this console{but}.", embedded.address)
}

impl Modal for Quit {
    fn key(&mut self, _shell: &mut Shell, key: Key) -> Outcome {
        match (self.choices.iter().find(|choice| Key::parse(choice.key()) == Some(key)), key.code) {
            (Some(Choice::Keep), _) => Outcome::Done(vec![Effect::Quit(Exit::KeepBackend)]),
            (Some(Choice::Stop), _) => Outcome::Done(vec![Effect::Quit(Exit::Quit)]),
            (Some(Choice::Stay), _) | (None, KeyCode::Esc) => Outcome::Close,
            (None, _) => Outcome::Stay,
        }
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(self.outer(area), position) { Outcome::Close } else { Outcome::Stay }
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let inner = dialog::open(frame, theme, self.outer(area), "Quit");
        let mut line = 0;
        for text in self.text(inner.width) {
            Pen::line(frame.buffer_mut(), inner, line).put(&text, theme.text);
            line += 1;
        }
        for choice in &self.choices {
            line += 1;
            let mut pen = Pen::line(frame.buffer_mut(), inner, line);
            pen.column(choice.key(), 5, theme.key).put(self.say(*choice).1, theme.text);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        self.choices.iter().map(|choice| (choice.key(), self.say(*choice).0)).collect()
    }
}
