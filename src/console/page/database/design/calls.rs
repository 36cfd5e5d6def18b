//! The API tab: the five calls of a table with this environment's key, ready to paste.

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    listed::MARK,
    matrix::{self, GUEST, OPERATIONS, OWN, USER},
    request::{Credential, Form, Request, SECRET},
    sample,
};
use crate::{
    console::{fit, motion::Motion, page::list::Item as _, shell::Shell, view::frame::rule, widget::Pen},
    domain::{
        api::{Key, Record, Table},
        permission::Operation,
    },
};

/// How long a key that was asked for is readable.
const SHOWN_FOR: Duration = Duration::from_secs(10);
/// Where a row's identifier is to be put while there is no row.
const NO_ROW: &str = "ROW_ID";
const LIST: [Operation; 5] =
    [Operation::List, Operation::Read, Operation::Create, Operation::Update, Operation::Delete];

#[derive(Debug, Default)]
pub struct Calls {
    position: usize,
    pub form: Form,
    /// Lines of the text that are scrolled away.
    first: usize,
    /// The key is readable until then.
    shown: Option<Duration>,
}

impl Calls {
    pub const fn operation(&self) -> Operation {
        LIST[self.position]
    }

    pub fn move_by(&mut self, motion: Motion) {
        self.go_to(motion.apply(self.position, LIST.len(), LIST.len()));
    }

    const fn go_to(&mut self, position: usize) {
        self.position = position;
        self.first = 0;
    }

    pub fn turn_form(&mut self) {
        self.form = self.form.next();
        self.first = 0;
    }

    /// Makes the key readable for some seconds, or unreadable again.
    pub fn show_key(&mut self, now: Duration) {
        let already = self.shown.is_some_and(|until| now < until);
        self.shown = (!already).then_some(now + SHOWN_FOR);
    }

    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        self.shown.filter(|until| *until > now)
    }

    /// Selects a call, or the form in the line above the text.
    pub fn click(&mut self, area: Rect, position: Position) {
        let parts = Parts::of(area);
        let line = usize::from(position.y.saturating_sub(parts.list.y));
        if parts.list.contains(position) && line < LIST.len() {
            self.go_to(line);
        } else if position.y == parts.rule {
            if let Some((form, _)) = forms(area).find(|(_, (x, width))| (*x..x + width).contains(&position.x)) {
                self.form = form;
                self.first = 0;
            }
        } else if parts.text.contains(position) {
            self.first = self.first.saturating_add(usize::from(parts.text.height / 2).max(1));
        }
    }

    pub fn view(&self, shell: &Shell, table: &Table, row: Option<&Record>, area: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let parts = Parts::of(area);
        for (line, operation) in (0..parts.list.height).zip(LIST) {
            let selected = self.operation() == operation;
            let asked = Asked::of(operation, shell, table, row);
            let mut pen = Pen::line(buffer, parts.list, line);
            pen.put(if selected { " ▌ " } else { "   " }, theme.accent);
            if selected {
                pen.block(title(operation), 8, theme.selection.0).skip(2);
            } else {
                pen.column(title(operation), 8, theme.text).skip(2);
            }
            pen.column(asked.method(), 7, theme.muted);
            let who = match (asked.with_key, asked.is_for_users()) {
                (true, _) => "publishable key",
                (false, true) => "token or secret",
                (false, false) => "secret key",
            };
            let path = pen.room().saturating_sub(18);
            pen.column(&asked.path(), path, theme.text).skip(2);
            pen.put(who, if asked.with_key { theme.success } else { theme.warning });
        }
        rule(shell, area, parts.rule, "", buffer);
        for (form, (x, width)) in forms(area) {
            let mut pen = Pen::new(buffer, Rect { x, y: parts.rule, width, height: 1 }.intersection(area));
            if form == self.form {
                pen.put("▏", theme.accent).put(form.as_str(), theme.selection).put("▕", theme.accent);
            } else {
                pen.put(" ", theme.text).put(form.as_str(), theme.text).put(" ", theme.text);
            }
        }
        self.text(shell, table, row, parts.text, buffer);
    }

    fn text(&self, shell: &Shell, table: &Table, row: Option<&Record>, area: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let asked = Asked::of(self.operation(), shell, table, row);
        let is_shown = self.shown.is_some_and(|until| shell.now.uptime < until);
        let text = asked.text(self.form, !is_shown);
        let mut lines: Vec<_> = text.lines().flat_map(|line| broken(line, area.width.saturating_sub(2))).collect();
        let note = asked.note();
        let notes = fit::wrap(&note, area.width.saturating_sub(4));
        let first = self.first.min(lines.len().saturating_sub(1));
        lines.drain(..first);
        // On a low screen the request matters more than what is said of it.
        let notes = if area.height >= 10 && !note.is_empty() { notes } else { Vec::new() };
        for (line, text) in (0..area.height).zip(&notes) {
            Pen::line(buffer, area, line).skip(1).put(text, theme.muted);
        }
        let above = u16::try_from(notes.len()).unwrap_or(u16::MAX).min(area.height);
        let area = Rect { y: area.y + above, height: area.height - above, ..area };
        let room = usize::from(area.height);
        for (line, text) in (0..area.height).zip(&lines) {
            Pen::line(buffer, area, line).skip(1).put(text, theme.accent);
        }
        if lines.len() > room {
            let way = shell.keymap.way("request-copy");
            let more = format!(" {} more lines, {way} copies all ", lines.len() - room + 1);
            Pen::line(buffer, area, area.height.saturating_sub(1)).fill(" ", area.right(), theme.text);
            Pen::line(buffer, area, area.height.saturating_sub(1)).skip(1).put(&more, theme.muted);
        }
    }
}

/// The text of the selected call, with the whole key.
pub fn text(operation: Operation, form: Form, shell: &Shell, table: &Table, row: Option<&Record>) -> String {
    Asked::of(operation, shell, table, row).text(form, false)
}

/// What is to be known to write a call.
struct Asked<'a> {
    operation: Operation,
    url: &'a str,
    table: &'a Table,
    row: Option<&'a Record>,
    key: Option<&'a Key>,
    /// Whether the publishable key may make it.
    with_key: bool,
}

impl<'a> Asked<'a> {
    fn of(operation: Operation, shell: &'a Shell, table: &'a Table, row: Option<&'a Record>) -> Self {
        let key = shell.publishable_key(&table.environment_id);
        let place = OPERATIONS.iter().position(|other| *other == operation).unwrap_or(0);
        let permitted = matrix::saved(table)[GUEST][place];
        let covers = |key: &Key| {
            key.scopes.is_empty() || key.scopes.iter().any(|scope| scope.covers(&table.name, operation.as_str()))
        };
        let with_key = permitted && key.is_some_and(covers);
        Self { operation, url: &shell.url, table, row, key, with_key }
    }

    const fn method(&self) -> &'static str {
        match self.operation {
            Operation::Create => "POST",
            Operation::Read | Operation::List => "GET",
            Operation::Update => "PATCH",
            Operation::Delete => "DELETE",
        }
    }

    fn path(&self) -> String {
        let id = self.row.and_then(Record::id).unwrap_or(NO_ROW);
        match self.operation {
            Operation::Create | Operation::List => format!("/v1/data/{}", self.table.name),
            _ => format!("/v1/data/{}/{id}", self.table.name),
        }
    }

    fn text(&self, form: Form, masked: bool) -> String {
        let key = self.key.filter(|_| self.with_key);
        let credential = match key {
            Some(key) if masked => Credential::Publishable(&key.mask),
            Some(key) => Credential::Publishable(key.key.as_deref().unwrap_or_default()),
            None => Credential::Secret,
        };
        let schema = &self.table.schema;
        let is_list = self.operation == Operation::List;
        let query = [("page", "1"), ("limit", "20"), ("sortBy", "createdAt"), ("sortDirection", "desc")];
        let request = Request {
            method: self.method(),
            address: format!("{}{}", self.url, self.path()),
            query: query.into_iter().filter(|_| is_list).map(|(name, value)| (name, value.to_owned())).collect(),
            filter: is_list.then(|| sample::filter(schema, self.row)).flatten(),
            body: match self.operation {
                Operation::Create => Some(sample::body(schema, self.row)),
                Operation::Update => Some(sample::change(schema, self.row)),
                Operation::Read | Operation::List | Operation::Delete => None,
            },
            credential,
        };
        request.text(form)
    }

    /// Whether users who are signed in may, here or in what is their own.
    fn is_for_users(&self) -> bool {
        let (saved, place) = (matrix::saved(self.table), place(self.operation));
        saved[USER][place] || saved[OWN][place]
    }

    /// What has to be known before it is pasted.
    fn note(&self) -> String {
        let mut notes = Vec::new();
        if !self.with_key {
            let why = match self.key {
                None => "There is no publishable key".to_owned(),
                Some(key) if matrix::saved(self.table)[GUEST][place(self.operation)] => {
                    format!("The key {} has no scope for it", key.name)
                }
                Some(_) => format!("Guests may not {} here (Permissions)", self.operation.as_str()),
            };
            notes.push(format!("{why}: it takes a secret key, from the variable {SECRET}."));
            if self.is_for_users() {
                notes.push("In an app: a publishable key, and the user's token as Authorization: Bearer.".into());
            }
        }
        match self.operation {
            Operation::Create | Operation::List => {}
            _ if self.row.is_none() => {
                notes.push(format!("The table has no row that is known here: put an identifier for {NO_ROW}."));
            }
            Operation::Delete => notes.push("It deletes the row that is selected in Data.".into()),
            _ => notes.push("The row is the one that is selected in Data.".into()),
        }
        notes.join(" ")
    }
}

fn place(operation: Operation) -> usize {
    OPERATIONS.iter().position(|other| *other == operation).unwrap_or(0)
}

const fn title(operation: Operation) -> &'static str {
    match operation {
        Operation::List => "List",
        Operation::Read => "Get",
        Operation::Create => "Create",
        Operation::Update => "Update",
        Operation::Delete => "Delete",
    }
}

struct Parts {
    list: Rect,
    rule: u16,
    text: Rect,
}

impl Parts {
    fn of(area: Rect) -> Self {
        let list = area.height.min(5);
        let above = (list + 1).min(area.height);
        let text = Rect { y: area.y + above, height: area.height - above, ..area };
        Self { list: Rect { height: list, ..area }, rule: area.y + list, text }
    }
}

/// The forms in the line above the text, each with where it begins and how wide it is.
fn forms(area: Rect) -> impl Iterator<Item = (Form, (u16, u16))> {
    let mut x = area.x + MARK - 1;
    Form::ALL.into_iter().map(move |form| {
        let width = fit::width(form.as_str()) + 2;
        let place = (x, width);
        x += width + 1;
        (form, place)
    })
}

/// A line in pieces that fit, each as it is: spaces count in code.
fn broken(line: &str, most: u16) -> Vec<String> {
    if fit::width(line) <= most || most == 0 {
        return vec![line.to_owned()];
    }
    let (mut pieces, mut piece, mut columns) = (Vec::new(), String::new(), 0);
    for character in line.chars() {
        let width = fit::width(character.encode_utf8(&mut [0; 4]));
        if columns + width > most {
            pieces.push(std::mem::take(&mut piece));
            columns = 0;
        }
        piece.push(character);
        columns += width;
    }
    pieces.push(piece);
    pieces
}
