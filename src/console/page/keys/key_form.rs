//! The form that creates a key: name, type, scopes, expiry.

use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    console::{
        call::{Call, KeyCall},
        fit,
        key::Key,
        modal::{Hint, Modal, Outcome, dialog},
        shell::Shell,
        widget::{Field, Pen},
    },
    domain::{EnvironmentId, Invalid, KeyType, Timestamp, api::CreateKey, duration, key::Scope},
};

const WIDTH: u16 = 66;
const HEIGHT: u16 = 14;
/// Columns of the labels before the fields.
const LABEL: u16 = 9;
const LONGEST_NAME: usize = 64;

#[derive(Debug)]
pub struct KeyForm {
    environment: EnvironmentId,
    name: Field,
    kind: KeyType,
    scopes: Field,
    expires: Field,
    focus: Focus,
    /// Why the server refused what was sent, until something changes.
    refusal: Option<String>,
    /// Something was typed, and `esc` was pressed once.
    leaving: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Name,
    Type,
    Scopes,
    Expires,
}

impl Focus {
    const ALL: [Self; 4] = [Self::Name, Self::Type, Self::Scopes, Self::Expires];

    /// Its line in the form, below notes that take so many lines beyond their first.
    fn line(self, extra: [u16; 4]) -> u16 {
        1 + 3 * self as u16 + extra[..self as usize].iter().sum::<u16>()
    }
}

impl KeyForm {
    pub fn new(environment: EnvironmentId) -> Self {
        Self {
            environment,
            name: Field::default(),
            kind: KeyType::Publishable,
            scopes: Field::default(),
            expires: Field::default(),
            focus: Focus::Name,
            refusal: None,
            leaving: false,
        }
    }

    /// The form again, as it was sent, with the reason why that was refused.
    pub fn refused(environment: EnvironmentId, sent: &CreateKey, reason: String, now: Timestamp) -> Self {
        let left = sent.expires_at.map(|at| at.since(now).max(0).cast_unsigned());
        // To the next minute: the seconds since it was sent were not typed.
        let minutes = left.map(|left| left.div_ceil(60_000));
        let expires = minutes.map_or_else(String::new, |minutes| match (minutes / 1440, minutes % 1440) {
            (0, minutes) => format!("{minutes}m"),
            (days, 0) => format!("{days}d"),
            (days, minutes) => format!("{days}d{minutes}m"),
        });
        Self {
            name: Field::new(&sent.name),
            kind: sent.kind.unwrap_or(KeyType::Publishable),
            scopes: Field::new(&sent.scopes.join(" ")),
            expires: Field::new(&expires),
            refusal: Some(reason),
            ..Self::new(environment)
        }
    }

    /// What is wrong with the name as it stands.
    fn problem(&self, shell: &Shell) -> Option<String> {
        let name = self.name.text().trim();
        if name.is_empty() {
            return Some("a name is needed".into());
        }
        if name.chars().count() > LONGEST_NAME {
            return Some(format!("a name has at most {LONGEST_NAME} characters"));
        }
        let keys = shell.keys.get(&self.environment).and_then(|keys| keys.value());
        let taken = keys.is_some_and(|keys| keys.iter().any(|key| key.name == name));
        taken.then(|| format!("there is a key {name} already"))
    }

    fn scopes(&self) -> Result<Vec<String>, Invalid> {
        let scopes = self.scopes.text().split_whitespace();
        scopes.map(|text| Scope::parse(text).map(|scope| scope.to_string())).collect()
    }

    /// `None` is never.
    fn expires(&self, now: Timestamp) -> Result<Option<Timestamp>, Invalid> {
        let text = self.expires.text().trim();
        if text.is_empty() {
            return Ok(None);
        }
        let length = duration::parse(text)?;
        if length == Duration::ZERO {
            return Err(Invalid::new("it would end at once"));
        }
        let end = duration::ahead(now, length);
        end.map(Some).ok_or_else(|| Invalid::new("that is too far ahead: leave it empty for never"))
    }

    fn submit(&mut self, shell: &mut Shell) -> Outcome {
        if self.problem(shell).is_some() {
            self.focus = Focus::Name;
            return Outcome::Stay;
        }
        let Ok(scopes) = self.scopes() else {
            self.focus = Focus::Scopes;
            return Outcome::Stay;
        };
        let Ok(expires_at) = self.expires(shell.now.wall) else {
            self.focus = Focus::Expires;
            return Outcome::Stay;
        };
        let name = self.name.text().trim().to_owned();
        let body = CreateKey { name, kind: Some(self.kind), scopes, expires_at };
        Outcome::Done(vec![shell.request(Call::Key(self.environment.clone(), KeyCall::Create(body)))])
    }

    fn walk(&mut self, steps: isize) {
        let position = (self.focus as usize).cast_signed() + steps;
        self.focus = Focus::ALL[position.rem_euclid(Focus::ALL.len().cast_signed()).cast_unsigned()];
    }

    const fn field(&mut self) -> Option<&mut Field> {
        match self.focus {
            Focus::Name => Some(&mut self.name),
            Focus::Type => None,
            Focus::Scopes => Some(&mut self.scopes),
            Focus::Expires => Some(&mut self.expires),
        }
    }

    fn is_empty(&self) -> bool {
        [&self.name, &self.scopes, &self.expires].into_iter().all(|field| field.text().is_empty())
    }

    /// Where the two types are: the same for drawing and for clicks.
    fn type_areas(inner: Rect, line: u16) -> [(KeyType, Rect); 2] {
        let mut x = inner.x + LABEL;
        [KeyType::Publishable, KeyType::Secret].map(|kind| {
            let width = fit::width(label(kind)) + 3;
            let area = Rect { x, y: inner.y + line, width, height: 1 }.intersection(inner);
            x += width + 1;
            (kind, area)
        })
    }
}

impl Modal for KeyForm {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let leaving = std::mem::take(&mut self.leaving);
        // It is read by now, and what it says may have passed.
        self.refusal = None;
        match (key.code, self.focus) {
            (KeyCode::Esc, _) => {
                if leaving || self.is_empty() {
                    return Outcome::Close;
                }
                self.leaving = true;
            }
            (KeyCode::Enter, _) => return self.submit(shell),
            (KeyCode::Tab, _) if key.modifiers.is_empty() => self.walk(1),
            (KeyCode::Tab | KeyCode::Up, _) => self.walk(-1),
            (KeyCode::Down, _) => self.walk(1),
            (KeyCode::Left | KeyCode::Right | KeyCode::Char('h' | 'l' | ' '), Focus::Type) => {
                self.kind = match self.kind {
                    KeyType::Publishable => KeyType::Secret,
                    KeyType::Secret => KeyType::Publishable,
                };
            }
            _ => {
                if let Some(field) = self.field() {
                    field.key(key);
                }
            }
        }
        Outcome::Stay
    }

    fn paste(&mut self, _shell: &mut Shell, text: &str) -> Outcome {
        self.refusal = None;
        self.leaving = false;
        if let Some(field) = self.field() {
            field.paste(text.trim());
        }
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let (outer, extra) = self.outer(shell, area);
        let inner = dialog::inside(outer);
        if !inner.contains(position) {
            return Outcome::Stay;
        }
        for (kind, area) in Self::type_areas(inner, Focus::Type.line(extra)) {
            if area.contains(position) {
                self.kind = kind;
            }
        }
        let line = position.y - inner.y;
        if let Some(focus) = Focus::ALL.into_iter().rev().find(|focus| focus.line(extra) <= line) {
            self.focus = focus;
        }
        Outcome::Stay
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let title = format!("Create Key in {}", shell.name_of(&self.environment).unwrap_or_default());
        let (outer, extra) = self.outer(shell, area);
        let inner = dialog::open(frame, theme, outer, &title);
        let buffer = frame.buffer_mut();
        for (focus, text) in Focus::ALL.into_iter().zip(["Name", "Type", "Scopes", "Expires"]) {
            let style = if self.focus == focus { theme.accent } else { theme.muted };
            Pen::line(buffer, inner, focus.line(extra)).column(text, LABEL, style);
        }
        let field = |focus: Focus| {
            let (x, y) = (inner.x + LABEL, inner.y + focus.line(extra));
            Rect { x, y, width: inner.width.saturating_sub(LABEL), height: 1 }.intersection(inner)
        };
        let cursors = [
            (Focus::Name, self.name.view(theme, field(Focus::Name), buffer)),
            (Focus::Scopes, self.scopes.view(theme, field(Focus::Scopes), buffer)),
            (Focus::Expires, self.expires.view(theme, field(Focus::Expires), buffer)),
        ];
        for (kind, area) in Self::type_areas(inner, Focus::Type.line(extra)) {
            let selected = kind == self.kind;
            let style = match (selected, self.focus) {
                (true, Focus::Type) => theme.selection,
                (true, _) => theme.strong,
                (false, _) => theme.muted,
            };
            let mark = if selected { "◉ " } else { "○ " };
            Pen::new(buffer, area).put(mark, style).put(label(kind), style);
        }
        for (focus, (text, style)) in Focus::ALL.into_iter().zip(self.notes(shell)) {
            let below = Rect { y: field(focus).y + 1, height: extra[focus as usize] + 1, ..field(focus) };
            dialog::note(buffer, below.intersection(inner), &text, style);
        }
        let mut last = Pen::line(buffer, inner, inner.height.saturating_sub(1));
        if self.leaving {
            last.put("esc again leaves and forgets what was typed", theme.warning);
        } else {
            let does = if self.refusal.is_some() { " tries again" } else { " creates it" };
            last.put("enter", theme.key).put(does, theme.muted);
        }
        if let Some((_, Some(cursor))) = cursors.into_iter().find(|(focus, _)| *focus == self.focus) {
            frame.set_cursor_position(cursor);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self.focus {
            Focus::Type => vec![("enter", "create"), ("← →", "choose"), ("tab", "next"), ("esc", "cancel")],
            _ => vec![("enter", "create"), ("tab", "next"), ("esc", "cancel")],
        }
    }
}

impl KeyForm {
    /// The box, and how many lines beyond their first the notes take.
    fn outer(&self, shell: &Shell, area: Rect) -> (Rect, [u16; 4]) {
        let extra = self.notes(shell).map(|(text, _)| dialog::extra_lines(&text, area, WIDTH, LABEL));
        (dialog::place(area, WIDTH, HEIGHT.saturating_add(extra.iter().sum())), extra)
    }

    /// What is to be said below each of the fields.
    fn notes(&self, shell: &Shell) -> [(String, crate::console::theme::Paint); 4] {
        let theme = &shell.theme;
        let name = match (&self.refusal, self.problem(shell)) {
            (Some(refusal), _) => (refusal.clone(), theme.error),
            (None, Some(_)) if self.name.text().is_empty() => ("to find it by, like web or ci".into(), theme.muted),
            (None, Some(problem)) => (problem, theme.warning),
            (None, None) => ("this name is free".into(), theme.success),
        };
        let kind = match self.kind {
            KeyType::Publishable => "for browsers and phones; can be read here at any time",
            KeyType::Secret => "for servers, past every permission; shown once",
        };
        let scopes = match self.scopes() {
            Ok(scopes) if scopes.is_empty() => ("empty: everything; or posts:read users:*".into(), theme.muted),
            Ok(scopes) => {
                let count = u64::try_from(scopes.len()).unwrap_or(u64::MAX);
                (format!("{} and nothing else", fit::count(count, "scope")), theme.success)
            }
            Err(invalid) => (invalid.to_string(), theme.warning),
        };
        let expires = match self.expires(shell.now.wall) {
            Ok(None) => ("empty: never; or 90d, 12h, 1d12h".into(), theme.muted),
            Ok(Some(at)) => (format!("ends {}", shell.zone.minute(at)), theme.success),
            Err(invalid) => (invalid.to_string(), theme.warning),
        };
        [name, (kind.into(), theme.muted), scopes, expires]
    }
}

const fn label(kind: KeyType) -> &'static str {
    match kind {
        KeyType::Publishable => "Publishable",
        KeyType::Secret => "Secret",
    }
}
