//! Questions that a key answers: what will happen in a few lines, and what can be done about it.
//!
//! What is lost for good takes more: its name, typed into a [`Confirm`](super::confirm::Confirm).

use std::fmt;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    command,
    effect::Effect,
    fit,
    key::Key,
    shell::Shell,
    theme::{Paint, Theme},
    widget::Pen,
};

const WIDTH: u16 = 64;

/// More of what changes than this is counted.
const MOST: usize = 12;

pub struct Question {
    title: String,
    lines: Vec<(char, String)>,
    answers: Vec<Answer>,
}

struct Answer {
    key: &'static str,
    /// What the footer says.
    hint: &'static str,
    text: String,
    then: Then,
}

/// What an answer does.
type Run = Box<dyn FnOnce(&mut Shell) -> Vec<Effect> + Send>;

enum Then {
    Run(Run),
    Command(&'static str),
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("title", &self.title).finish_non_exhaustive()
    }
}

impl Question {
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), lines: Vec::new(), answers: Vec::new() }
    }

    #[must_use]
    pub fn saying(mut self, text: impl Into<String>) -> Self {
        self.lines.push((' ', text.into()));
        self
    }

    /// What is added, changed and removed, each with its mark.
    #[must_use]
    pub fn listing(mut self, changes: Vec<(char, String)>) -> Self {
        let more = changes.len().saturating_sub(MOST);
        self.lines.extend(changes.into_iter().take(MOST));
        if more > 0 {
            self.lines.push((' ', format!("and {more} more")));
        }
        self
    }

    #[must_use]
    pub fn answered(
        mut self,
        key: &'static str,
        hint: &'static str,
        text: impl Into<String>,
        run: impl FnOnce(&mut Shell) -> Vec<Effect> + Send + 'static,
    ) -> Self {
        self.answers.push(Answer { key, hint, text: text.into(), then: Then::Run(Box::new(run)) });
        self
    }

    /// An answer that runs a command by its name.
    #[must_use]
    pub fn commanding(mut self, key: &'static str, hint: &'static str, text: &str, name: &'static str) -> Self {
        self.answers.push(Answer { key, hint, text: text.to_owned(), then: Then::Command(name) });
        self
    }

    fn outer(&self, area: Rect) -> Rect {
        let lines = broken(&self.lines, WIDTH.min(area.width.saturating_sub(4))).len() + self.answers.len() + 2;
        dialog::place(area, WIDTH, u16::try_from(lines).unwrap_or(u16::MAX))
    }

    /// Where the answers are; `esc` is the last of them.
    fn choices(&self, inner: Rect) -> Rect {
        let lines = u16::try_from(self.answers.len()).unwrap_or(u16::MAX).saturating_add(1).min(inner.height);
        Rect { y: inner.bottom() - lines, height: lines, ..inner }
    }

    fn answer(&mut self, place: usize, shell: &mut Shell) -> Outcome {
        match self.answers.remove(place).then {
            Then::Run(run) => Outcome::Done(run(shell)),
            Then::Command(name) => command::named(name).map_or(Outcome::Close, Outcome::Run),
        }
    }
}

impl Modal for Question {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        if key == Key::plain(crossterm::event::KeyCode::Esc) {
            return Outcome::Close;
        }
        match self.answers.iter().position(|answer| Key::parse(answer.key) == Some(key)) {
            Some(place) => self.answer(place, shell),
            None => Outcome::Stay,
        }
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let outer = self.outer(area);
        if dialog::is_outside(outer, position) {
            return Outcome::Close;
        }
        let choices = self.choices(dialog::inside(outer));
        if !choices.contains(position) {
            return Outcome::Stay;
        }
        let place = usize::from(position.y - choices.y);
        if place < self.answers.len() { self.answer(place, shell) } else { Outcome::Close }
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let inner = dialog::open(frame, theme, self.outer(area), &self.title);
        let buffer = frame.buffer_mut();
        let choices = self.choices(inner);
        let body = Rect { height: inner.height - choices.height, ..inner };
        for (line, broken) in (0..body.height).zip(broken(&self.lines, inner.width)) {
            broken.view(theme, &mut Pen::line(buffer, body, line));
        }
        let answers = self.answers.iter().map(|answer| (answer.key, answer.text.as_str()));
        for (line, (key, text)) in (0..).zip(answers.chain([("esc", "leaves everything as it is")])) {
            Pen::line(buffer, choices, line).column(key, 7, theme.key).put(text, theme.text);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        self.answers.iter().map(|answer| (answer.key, answer.hint)).chain([("esc", "cancel")]).collect()
    }
}

/// A part of what is said, with the mark of the change that it belongs to.
#[derive(Debug)]
pub struct Broken {
    mark: char,
    begins: bool,
    text: String,
}

/// Every line broken to the room there is; those of a change hang behind its mark.
pub fn broken(lines: &[(char, String)], width: u16) -> Vec<Broken> {
    let line = |(mark, text): &(char, String)| {
        let room = if *mark == ' ' { width } else { width.saturating_sub(2) };
        let parts = fit::wrap(text, room).into_iter().enumerate();
        parts.map(|(part, text)| Broken { mark: *mark, begins: part == 0, text }).collect::<Vec<_>>()
    };
    lines.iter().flat_map(line).collect()
}

impl Broken {
    pub fn view(&self, theme: &Theme, pen: &mut Pen<'_>) {
        let style = style(self.mark, theme);
        if self.mark != ' ' {
            pen.put(if self.begins { self.mark } else { ' ' }.encode_utf8(&mut [0; 4]), style).skip(1);
        }
        pen.put(&self.text, style);
    }
}

/// What is added, changed and removed, never told apart by colour alone.
const fn style(mark: char, theme: &Theme) -> Paint {
    match mark {
        '+' => theme.success,
        '~' => theme.warning,
        '-' => theme.error,
        _ => theme.text,
    }
}
