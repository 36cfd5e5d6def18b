//! A row as JSON in the person's editor, and what is wrong with it after that.
//!
//! While the editor has the terminal this waits below; it is seen only where the text cannot be
//! saved as it is. What was typed is kept until it is saved or discarded.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{Frame, layout::Rect};

use super::{
    cell::clean,
    row_form,
    row_text::{self, Mistake},
};
use crate::{
    client,
    console::{
        call::{Call, RowCall, conflicts},
        effect::{Edit, Effect},
        fit,
        key::Key,
        modal::{Hint, Modal, Outcome, dialog, refusal},
        page::list::Item as _,
        shell::Shell,
        toast::Tone,
        widget::Pen,
    },
    domain::api::{Record, Table},
};

const WIDTH: u16 = 76;
/// Lines of the text that are shown around the first mistake.
const AROUND: usize = 2;
/// Mistakes that are listed; the others are there when these are mended.
const MOST: usize = 4;

#[derive(Debug)]
pub struct Draft {
    table: Table,
    /// The row as it was read; absent for a new one.
    row: Option<Record>,
    original: String,
    text: String,
    mistakes: Vec<Mistake>,
    /// Columns that somebody else has changed meanwhile; sent again, they are overwritten.
    overwritten: Vec<String>,
    /// What is wrong is that the server could not be reached.
    unreached: bool,
    awaits_editor: bool,
    /// `esc` was pressed once.
    leaving: bool,
}

impl Draft {
    /// The draft, and the effect that opens its editor.
    pub fn open(table: &Table, row: Option<&Record>) -> (Self, Effect) {
        let text = row.map_or_else(|| row_text::template(&table.schema), row_text::of_row);
        let mut draft = Self {
            table: table.clone(),
            row: row.cloned(),
            original: text.clone(),
            text,
            mistakes: Vec::new(),
            overwritten: Vec::new(),
            unreached: false,
            awaits_editor: false,
            leaving: false,
        };
        let effect = draft.edit();
        (draft, effect)
    }

    fn edit(&mut self) -> Effect {
        self.awaits_editor = true;
        self.unreached = false;
        let row = self.row.as_ref().and_then(Record::id).unwrap_or("new");
        let row: String = row.chars().filter(char::is_ascii_alphanumeric).collect();
        let line = self.mistakes.first().map(|mistake| mistake.line);
        Effect::Edit(Box::new(Edit {
            file_name: format!("{}-{row}.json", self.table.name),
            text: self.text.clone(),
            line,
        }))
    }

    /// Sends the text as it is; what is refused comes back here.
    fn send(&mut self, shell: &mut Shell) -> Outcome {
        self.unreached = false;
        let read = row_text::read(&self.text, &self.table.schema, self.row.is_none());
        let row = match read {
            Ok(row) => row,
            Err(mistakes) => {
                self.mistakes = mistakes;
                return Outcome::Stay;
            }
        };
        let table = self.table.name.clone();
        let call = match &self.row {
            None => RowCall::Create { table, row },
            Some(before) => match row_form::change(before, &row, &self.overwritten) {
                Some(change) => RowCall::Change { table, change },
                None => return self.unchanged(shell),
            },
        };
        self.mistakes.clear();
        Outcome::Submitted(vec![shell.request(Call::Row(self.table.environment_id.clone(), call))])
    }

    fn unchanged(&self, shell: &mut Shell) -> Outcome {
        shell.say(Tone::Info, Some(&self.table.environment_id), "nothing was changed");
        Outcome::Close
    }

    /// The lines around the first mistake, with their numbers.
    fn excerpt(&self) -> impl Iterator<Item = (usize, &str)> {
        let line = self.mistakes.first().map_or(1, |mistake| mistake.line);
        let first = line.saturating_sub(AROUND + 1);
        (1..).zip(self.text.lines()).skip(first).take(2 * AROUND + 1)
    }

    fn outer(&self, area: Rect) -> Rect {
        let width = dialog::inside(dialog::place(area, WIDTH, 0)).width;
        let notes: usize = self.mistakes.iter().take(MOST).map(|mistake| fit::wrap(&said(mistake), width).len()).sum();
        let lines = notes + self.excerpt().count() + 3;
        dialog::place(area, WIDTH, u16::try_from(lines).unwrap_or(u16::MAX))
    }
}

fn said(mistake: &Mistake) -> String {
    format!("line {}: {}", mistake.line, mistake.message)
}

impl Modal for Draft {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let leaving = std::mem::take(&mut self.leaving);
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Enter => return Outcome::Effects(vec![self.edit()]),
            KeyCode::Char('s') if control => return self.send(shell),
            KeyCode::Char('y') => {
                let what = format!("the text of the row of {}", self.table.name);
                return Outcome::Effects(vec![Effect::Copy { what, text: self.text.clone().into() }]);
            }
            KeyCode::Esc if leaving => return Outcome::Close,
            KeyCode::Esc => self.leaving = true,
            _ => {}
        }
        Outcome::Stay
    }

    fn awaits_editor(&self) -> bool {
        self.awaits_editor
    }

    fn edited(&mut self, shell: &mut Shell, result: Result<String, String>) -> Outcome {
        self.awaits_editor = false;
        match result {
            Ok(text) if text == self.original || text.trim().is_empty() => self.unchanged(shell),
            Ok(text) => {
                self.text = text;
                self.send(shell)
            }
            Err(reason) if self.text == self.original => {
                shell.say(Tone::Warning, Some(&self.table.environment_id), reason);
                Outcome::Close
            }
            Err(reason) => {
                self.mistakes = vec![Mistake { line: 1, message: reason }];
                Outcome::Stay
            }
        }
    }

    fn refused(&mut self, error: &client::Error) {
        self.overwritten = conflicts(error);
        self.unreached = matches!(error, client::Error::Unreachable { .. });
        self.mistakes = match error {
            client::Error::Refused { details, .. } if !details.is_empty() => row_text::refused(&self.text, details),
            other => vec![Mistake { line: 1, message: refusal(other) }],
        };
    }

    fn reconnected(&mut self) {
        if self.unreached {
            self.mistakes.clear();
        }
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        if self.awaits_editor {
            return;
        }
        let theme = &shell.theme;
        let title = format!("The row of {} is not saved yet", self.table.name);
        let inner = dialog::open(frame, theme, self.outer(area), &title);
        let buffer = frame.buffer_mut();
        let mut y = 0;
        for mistake in self.mistakes.iter().take(MOST) {
            for text in fit::wrap(&said(mistake), inner.width) {
                Pen::line(buffer, inner, y).put(&text, theme.warning);
                y += 1;
            }
        }
        y += 1;
        for (number, text) in self.excerpt() {
            let wrong = self.mistakes.iter().any(|mistake| mistake.line == number);
            let mut pen = Pen::line(buffer, inner, y);
            pen.put(if wrong { "▌" } else { " " }, theme.warning);
            pen.column_right(&number.to_string(), 4, theme.muted).skip(2);
            pen.put(&clean(text), if wrong { theme.strong } else { theme.text });
            y += 1;
        }
        let last = Rect { y: inner.bottom().saturating_sub(1).max(inner.y), height: 1.min(inner.height), ..inner };
        let mut pen = Pen::new(buffer, last);
        if self.leaving {
            pen.put("esc again discards what was typed", theme.warning);
        } else {
            pen.put("enter", theme.key).put(" opens it again, as it is", theme.muted);
            pen.put_whole("; ", theme.muted).put_whole("ctrl-s", theme.key).put_whole(" saves it", theme.muted);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("enter", "edit"), ("ctrl-s", "save"), ("y", "copy text"), ("esc", "discard")]
    }
}
