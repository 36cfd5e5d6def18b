//! The form that creates a table: a name, and columns as `bkend table create` takes them.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use serde_json::{Map, Value};

use crate::{
    console::{
        call::{Call, TableCall},
        fit,
        key::Key,
        modal::{Hint, Modal, Outcome, dialog},
        shell::Shell,
        theme::Paint,
        widget::{Field, Pen},
    },
    domain::{
        EnvironmentId, Invalid, TableName,
        api::CreateTable,
        column_text::{ColumnText, schema},
    },
};

const WIDTH: u16 = 66;
const HEIGHT: u16 = 10;
/// Columns of the labels before the fields.
const LABEL: u16 = 9;
/// What the two commands of the manual begin with; pasting one of them fills the form.
const COMMAND: &str = "bkend table create ";

#[derive(Debug)]
pub struct TableForm {
    environment: EnvironmentId,
    name: Field,
    columns: Field,
    focus: Focus,
    /// Why the server refused what was sent, until something changes.
    refusal: Option<String>,
    /// Something was typed, and `esc` was pressed once.
    leaving: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Name,
    Columns,
}

impl TableForm {
    pub fn new(environment: EnvironmentId) -> Self {
        Self {
            environment,
            name: Field::default(),
            columns: Field::default(),
            focus: Focus::Name,
            refusal: None,
            leaving: false,
        }
    }

    /// The form again, as it was sent, with the reason why that was refused.
    pub fn refused(environment: EnvironmentId, sent: &CreateTable, reason: String) -> Self {
        Self {
            name: Field::new(&sent.name),
            columns: Field::new(&words(&sent.schema)),
            refusal: Some(reason),
            ..Self::new(environment)
        }
    }

    fn schema(&self) -> Result<Map<String, Value>, Invalid> {
        let columns = self.columns.text().split_whitespace().map(str::parse::<ColumnText>);
        schema(columns.collect::<Result<_, _>>()?)
    }

    /// What is wrong with the name as it stands.
    fn problem(&self, shell: &Shell) -> Option<String> {
        let name = self.name.text();
        if let Err(invalid) = TableName::parse(name) {
            return Some(invalid.to_string());
        }
        let tables = shell.tables.get(&self.environment).and_then(|tables| tables.value());
        let taken = tables.is_some_and(|tables| tables.iter().any(|table| table.name == name));
        taken.then(|| format!("there is a table {name} already"))
    }

    fn submit(&mut self, shell: &mut Shell) -> Outcome {
        if self.problem(shell).is_some() {
            self.focus = Focus::Name;
            return Outcome::Stay;
        }
        let Ok(schema) = self.schema() else {
            self.focus = Focus::Columns;
            return Outcome::Stay;
        };
        let body = CreateTable {
            name: self.name.text().to_owned(),
            display_name: None,
            description: None,
            schema,
            indexes: Vec::new(),
            permissions: None,
        };
        Outcome::Done(vec![shell.request(Call::Table(self.environment.clone(), TableCall::Create(body)))])
    }

    /// What is to be said of the name.
    fn note(&self, shell: &Shell) -> (String, Paint) {
        let theme = &shell.theme;
        match (&self.refusal, self.problem(shell)) {
            (Some(refusal), _) => (refusal.clone(), theme.error),
            (None, Some(_)) if self.name.text().is_empty() => {
                ("letters, digits, _ and -, like posts".into(), theme.muted)
            }
            (None, Some(problem)) => (problem, theme.warning),
            (None, None) => ("this name is free".into(), theme.success),
        }
    }

    /// What is to be said of the columns.
    fn columns_note(&self, shell: &Shell) -> (String, Paint) {
        let theme = &shell.theme;
        match self.schema() {
            Ok(schema) if schema.is_empty() => {
                ("title:string! views:int tags:array   ! for required".into(), theme.muted)
            }
            Ok(schema) => {
                let columns = u64::try_from(schema.len()).unwrap_or(u64::MAX);
                let text = format!("{}, beside id, createdBy, createdAt, updatedAt", fit::count(columns, "column"));
                (text, theme.success)
            }
            Err(problem) => (problem.to_string(), theme.warning),
        }
    }

    /// The box, and how much higher than usual the two notes make it.
    fn outer(&self, shell: &Shell, area: Rect) -> (Rect, u16, u16) {
        let extra = |text: &str| dialog::extra_lines(text, area, WIDTH, LABEL);
        let (name, columns) = (extra(&self.note(shell).0), extra(&self.columns_note(shell).0));
        (dialog::place(area, WIDTH, HEIGHT.saturating_add(name).saturating_add(columns)), name, columns)
    }

    const fn turn_focus(&mut self) {
        self.focus = match self.focus {
            Focus::Name => Focus::Columns,
            Focus::Columns => Focus::Name,
        };
    }

    const fn field(&mut self) -> &mut Field {
        match self.focus {
            Focus::Name => &mut self.name,
            Focus::Columns => &mut self.columns,
        }
    }

    fn is_empty(&self) -> bool {
        self.name.text().is_empty() && self.columns.text().is_empty()
    }
}

impl Modal for TableForm {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let leaving = std::mem::take(&mut self.leaving);
        // It is read by now, and what it says may have passed.
        self.refusal = None;
        match key.code {
            KeyCode::Esc => {
                if leaving || self.is_empty() {
                    return Outcome::Close;
                }
                self.leaving = true;
            }
            KeyCode::Enter => return self.submit(shell),
            KeyCode::Tab | KeyCode::Up | KeyCode::Down => self.turn_focus(),
            // No name has a space: whoever types one goes on to the columns.
            KeyCode::Char(' ') if self.focus == Focus::Name => self.focus = Focus::Columns,
            _ => {
                self.field().key(key);
            }
        }
        Outcome::Stay
    }

    fn paste(&mut self, _shell: &mut Shell, text: &str) -> Outcome {
        self.refusal = None;
        self.leaving = false;
        let text = text.trim();
        let text = text.strip_prefix(COMMAND).unwrap_or(text);
        match (self.focus, text.split_once(char::is_whitespace)) {
            (Focus::Name, Some((name, columns))) => {
                self.name.paste(name);
                self.columns.paste(columns.trim());
                self.focus = Focus::Columns;
            }
            _ => self.field().paste(text),
        }
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let (outer, extra, _) = self.outer(shell, area);
        let inner = dialog::inside(outer);
        if inner.contains(position) {
            self.focus = if position.y < inner.y + 4 + extra { Focus::Name } else { Focus::Columns };
        }
        Outcome::Stay
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let title = format!("Create Table in {}", shell.name_of(&self.environment).unwrap_or_default());
        let (outer, extra, more) = self.outer(shell, area);
        let inner = dialog::open(frame, theme, outer, &title);
        let buffer = frame.buffer_mut();
        let label = |focus| if self.focus == focus { theme.accent } else { theme.muted };
        let lines = |line: u16, height: u16| {
            let width = inner.width.saturating_sub(LABEL);
            Rect { x: inner.x + LABEL, width, y: inner.y + line, height }.intersection(inner)
        };

        Pen::line(buffer, inner, 1).column("Name", LABEL, label(Focus::Name));
        let in_name = self.name.view(theme, lines(1, 1), buffer);
        let (text, style) = self.note(shell);
        dialog::note(buffer, lines(2, extra + 1), &text, style);

        Pen::line(buffer, inner, 4 + extra).column("Columns", LABEL, label(Focus::Columns));
        let in_columns = self.columns.view(theme, lines(4 + extra, 1), buffer);
        let (text, style) = self.columns_note(shell);
        dialog::note(buffer, lines(5 + extra, more + 1), &text, style);
        Pen::line(buffer, inner, 6 + extra + more)
            .skip(LABEL)
            .put("string int double bool date object array reference", theme.muted);

        let mut last = Pen::line(buffer, inner, 8 + extra + more);
        if self.leaving {
            last.put("esc again leaves and forgets what was typed", theme.warning);
        } else if self.refusal.is_some() {
            last.put("enter", theme.key).put(" tries again", theme.muted);
        } else {
            last.put("enter", theme.key).put(" creates it", theme.muted);
            last.put_whole("; apps may write undeclared columns too", theme.muted);
        }
        let cursor = match self.focus {
            Focus::Name => in_name,
            Focus::Columns => in_columns,
        };
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let other = match self.focus {
            Focus::Name => "columns",
            Focus::Columns => "name",
        };
        vec![("enter", "create"), ("tab", other), ("esc", "cancel")]
    }
}

/// The columns as they were typed.
fn words(schema: &Map<String, Value>) -> String {
    let word = |(name, definition): (&String, &Value)| {
        let kind = definition.get("bsonType").and_then(Value::as_str).unwrap_or("string");
        let required = definition.get("required").and_then(Value::as_bool).unwrap_or(false);
        format!("{name}:{kind}{}", if required { "!" } else { "" })
    };
    schema.iter().map(word).collect::<Vec<_>>().join(" ")
}
