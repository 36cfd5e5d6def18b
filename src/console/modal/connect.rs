//! `c`: what an app needs to reach the environment, ready to paste.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::{
    client::connect::{Format, PREFIX, snippet},
    console::{effect::Effect, fit, key::Key, shell::Shell, widget::Pen},
    domain::{EnvironmentId, Status},
};

const WIDTH: u16 = 92;
const HEIGHT: u16 = 10;

#[derive(Debug)]
pub struct Connect {
    environment: EnvironmentId,
    format: usize,
}

impl Connect {
    pub const fn new(environment: EnvironmentId) -> Self {
        Self { environment, format: 0 }
    }

    const fn format(&self) -> Format {
        Format::ALL[self.format]
    }

    fn turn(&mut self, steps: isize) {
        let count = Format::ALL.len().cast_signed();
        self.format = (self.format.cast_signed() + steps).rem_euclid(count).cast_unsigned();
    }

    /// The text to paste, once the key is known.
    fn text(&self, shell: &Shell) -> Option<String> {
        let key = shell.publishable_key(&self.environment)?.key.as_deref()?;
        Some(snippet(self.format(), &shell.url, key, self.table(shell), PREFIX))
    }

    /// A table that the text may ask for.
    fn table<'a>(&self, shell: &'a Shell) -> Option<&'a str> {
        let tables = shell.tables.get(&self.environment)?.value()?;
        tables.first().map(|table| table.name.as_str())
    }

    fn copy(&self, shell: &Shell) -> Outcome {
        let Some(text) = self.text(shell) else { return Outcome::Stay };
        let environment = shell.name_of(&self.environment).unwrap_or_default();
        Outcome::Done(vec![Effect::Copy {
            what: format!("the {} lines of {environment}", label(self.format())),
            text: text.into(),
        }])
    }

    fn tabs(inner: Rect) -> [(usize, Rect); 3] {
        let mut x = inner.x;
        [0, 1, 2].map(|format| {
            let width = fit::width(label(Format::ALL[format])) + 4;
            let area = Rect { x, y: inner.y, width, height: 1 }.intersection(inner);
            x += width + 1;
            (format, area)
        })
    }

    /// What has to be known before the text works.
    fn note(&self, shell: &Shell) -> Option<String> {
        let entry = shell.environments.get(&self.environment)?;
        let environment = &entry.environment;
        if environment.status != Status::Active {
            return Some(format!("{} is {}: it answers once it is active", environment.name, environment.status));
        }
        if environment.usage.tables == 0 {
            return Some(format!(
                "{0} has no table yet, so it answers that posts is not there: make one with {1} on the Database page, \
                 or bkend table create posts title:string! --env {0}",
                environment.name,
                shell.keymap.way("table-create")
            ));
        }
        None
    }
}

/// The name of a format for people.
const fn label(format: Format) -> &'static str {
    match format {
        Format::Dotenv => ".env",
        Format::Curl => "curl",
        Format::Fetch => "fetch",
    }
}

impl Modal for Connect {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return Outcome::Close,
            KeyCode::Enter | KeyCode::Char('y' | 'c') => return self.copy(shell),
            KeyCode::Tab if key.modifiers.is_empty() => self.turn(1),
            KeyCode::Right | KeyCode::Char('l' | ']') => self.turn(1),
            KeyCode::Tab | KeyCode::Left | KeyCode::Char('h' | '[') => self.turn(-1),
            KeyCode::Char('1') => self.format = 0,
            KeyCode::Char('2') => self.format = 1,
            KeyCode::Char('3') => self.format = 2,
            _ => {}
        }
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let outer = dialog::place(area, WIDTH, HEIGHT);
        if dialog::is_outside(outer, position) {
            return Outcome::Close;
        }
        let inner = dialog::inside(outer);
        for (format, area) in Self::tabs(inner) {
            if area.contains(position) {
                self.format = format;
                return Outcome::Stay;
            }
        }
        self.copy(shell)
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let name = shell.name_of(&self.environment).unwrap_or_default();
        let title = format!("Connect an app to {name}");
        let inner = dialog::open(frame, theme, dialog::place(area, WIDTH, HEIGHT), &title);
        let buffer = frame.buffer_mut();
        for (format, area) in Self::tabs(inner) {
            let text = label(Format::ALL[format]);
            if format == self.format {
                Pen::new(buffer, area)
                    .put("▏", theme.accent)
                    .put(&format!(" {text} "), theme.selection)
                    .put("▕", theme.accent);
            } else {
                Pen::new(buffer, area).put(&format!("  {text}  "), theme.muted);
            }
        }
        let mut line = 2;
        if let Some(text) = self.text(shell) {
            for text in text.lines().flat_map(|text| broken(text, inner.width)) {
                Pen::line(buffer, inner, line).put(text, theme.text);
                line += 1;
            }
        } else {
            let failure = shell.keys.get(&self.environment).and_then(|keys| keys.failure());
            let missing = shell.keys.get(&self.environment).is_some_and(|keys| keys.value().is_some());
            let text = match (failure, missing) {
                (Some(failure), _) => failure.to_owned(),
                (None, true) => {
                    let way = shell.keymap.way("key-create");
                    format!("there is no publishable key: make one with {way} on the API Keys page")
                }
                (None, false) => "reading the key".to_owned(),
            };
            for text in fit::wrap(&text, inner.width) {
                Pen::line(buffer, inner, line).put(&text, theme.muted);
                line += 1;
            }
        }
        if let Some(note) = self.note(shell) {
            for text in fit::wrap(&note, inner.width) {
                line += 1;
                Pen::line(buffer, inner, line).put(&text, theme.warning);
            }
        }
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("enter", "copy"), ("tab", "next form"), ("esc", "close")]
    }
}

/// Breaks a line of code where the room ends; unlike prose it keeps its spaces.
fn broken(text: &str, width: u16) -> impl Iterator<Item = &str> {
    let width = usize::from(width.max(1));
    let mut rest = text;
    let mut first = true;
    std::iter::from_fn(move || {
        if rest.is_empty() && !first {
            return None;
        }
        first = false;
        let end = rest.char_indices().nth(width).map_or(rest.len(), |(index, _)| index);
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    })
}
