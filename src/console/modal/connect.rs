//! `c`: what an app needs to reach the environment, ready to paste.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::{
    client::connect::{Format, PREFIX, snippet},
    console::{effect::Effect, fit, key::Key, shell::Shell, theme::Paint, widget::Pen},
    domain::{EnvironmentId, Status},
};

/// Columns and lines inside the box at least; what is pasted gets as many as it takes.
const WIDTH: u16 = 92;
const HEIGHT: u16 = 10;
/// Lines of the tabs, with air below.
const TABS: u16 = 2;

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
        self.text_as(self.format(), shell)
    }

    fn text_as(&self, format: Format, shell: &Shell) -> Option<String> {
        let key = shell.publishable_key(&self.environment)?.key.as_deref()?;
        Some(snippet(format, &shell.url, key, self.table(shell), PREFIX))
    }

    /// The box. It is as wide as any of the forms, so that it stays where it is between them.
    fn outer(&self, shell: &Shell, area: Rect) -> Rect {
        let texts = Format::ALL.into_iter().filter_map(|format| self.text_as(format, shell));
        let width = texts.filter_map(|text| text.lines().map(fit::width).max()).max().unwrap_or(0).max(WIDTH);
        let inner = dialog::inside(dialog::place(area, width, HEIGHT));
        let lines = u16::try_from(self.lines(shell, inner.width).len()).unwrap_or(u16::MAX);
        dialog::place(area, width, lines.saturating_add(TABS).max(HEIGHT))
    }

    /// What stands below the tabs.
    fn lines(&self, shell: &Shell, width: u16) -> Vec<(String, Paint)> {
        let theme = &shell.theme;
        let mut lines = Vec::new();
        if let Some(text) = self.text(shell) {
            let broken: Vec<_> = text.lines().map(|line| broken(line, width)).collect();
            let is_cut = broken.iter().any(|broken| broken.is_cut);
            let is_broken = broken.iter().any(|broken| broken.lines.len() > 1);
            lines.extend(broken.into_iter().flat_map(|broken| broken.lines).map(|line| (line, theme.text)));
            if is_cut {
                lines.push((String::new(), theme.text));
                lines.push(("no room for the whole key here: enter copies it whole".to_owned(), theme.warning));
            } else if is_broken {
                // What the mouse selects would be two lines.
                lines.push((String::new(), theme.text));
                lines.push(("a line is broken to fit: enter copies it whole".to_owned(), theme.warning));
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
            lines.extend(fit::wrap(&text, width).into_iter().map(|line| (line, theme.muted)));
        }
        if let Some(note) = self.note(shell) {
            lines.push((String::new(), theme.text));
            lines.extend(fit::wrap(&note, width).into_iter().map(|line| (line, theme.warning)));
        }
        lines
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
                 or bkend table create posts title:string! {2}",
                environment.name,
                shell.keymap.way("table-create"),
                shell.options(environment)
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
        let outer = self.outer(shell, area);
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
        let inner = dialog::open(frame, theme, self.outer(shell, area), &title);
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
        for (line, (text, style)) in (TABS..).zip(self.lines(shell, inner.width)) {
            Pen::line(buffer, inner, line).put(&text, style);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("enter", "copy"), ("tab", "next form"), ("esc", "close")]
    }
}

/// A line of code in as many lines as it takes.
#[derive(Debug, PartialEq)]
struct Broken {
    lines: Vec<String>,
    /// A part that belongs together is broken too: it can only be copied with a key.
    is_cut: bool,
}

/// Breaks behind spaces and signs, so that addresses and keys stay whole where they can; unlike
/// prose it keeps its spaces.
fn broken(text: &str, width: u16) -> Broken {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    let mut is_cut = false;
    for mut part in text.split_inclusive([' ', '=']) {
        let line = lines.last().map_or(0, |line| fit::width(line));
        // A space at the end of a line needs no room.
        if line > 0 && line + fit::width(part.trim_end()) > width {
            lines.push(String::new());
        }
        while fit::width(part.trim_end()) > width {
            is_cut = true;
            let end = part.char_indices().nth(usize::from(width)).map_or(part.len(), |(index, _)| index);
            let (line, rest) = part.split_at(end);
            if let Some(last) = lines.last_mut() {
                last.push_str(line);
            }
            lines.push(String::new());
            part = rest;
        }
        if let Some(last) = lines.last_mut() {
            last.push_str(part);
        }
    }
    Broken { lines, is_cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_whole_where_there_is_room_for_it_alone() {
        let line = "PREFIX_KEY=pk_0123456789";
        let of = |width| broken(line, width);
        assert_eq!(of(24), Broken { lines: vec![line.into()], is_cut: false });
        assert_eq!(of(23), Broken { lines: vec!["PREFIX_KEY=".into(), "pk_0123456789".into()], is_cut: false });
        assert_eq!(of(13), of(23));
        let cut = ["PREFIX_KEY=", "pk_012345678", "9"].map(str::to_owned).to_vec();
        assert_eq!(of(12), Broken { lines: cut, is_cut: true });
        let code = broken("  -H \"X-API-Key: pk_0\"", 17);
        assert_eq!(code.lines, ["  -H \"X-API-Key: ", "pk_0\""]);
    }
}
