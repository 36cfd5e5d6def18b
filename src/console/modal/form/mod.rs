//! Forms: fields with notes that are live, one of them in focus, and what `enter` sends.
//!
//! The owner says what the form is about; everything else is the same in every form. Keys walk and
//! type, every field is checked on every key, `esc` asks before it forgets what was typed, and what
//! the server refuses comes back with the form as it was, the reason beside the field it names.
//!
//! ```ignore
//! #[derive(Clone, Copy, Debug, PartialEq, Eq)]
//! enum Field { Name, Role }
//!
//! impl Subject for UserForm {
//!     type Field = Field;
//!     fn title(&self, shell: &Shell) -> String { "Create User".into() }
//!     fn check(&self, shell: &Shell, values: &Values<Field>, field: Field) -> Note {
//!         match field {
//!             Field::Name if values.text(Field::Name).is_empty() => Note::needed("a name"),
//!             Field::Name | Field::Role => Note::None,
//!         }
//!     }
//!     fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
//!         Ok(vec![shell.request(Call::CreateUser(self.0.clone(), values.text(Field::Name).to_owned()))])
//!     }
//! }
//! let form = Form::new(UserForm(id)).with(Field::Name, "name", Input::text("")); // and so on
//! shell.open(form.with(Field::Role, "role", Input::choice(["user", "admin"], 0)));
//! ```
//!
//! | File | Idea |
//! |---|---|
//! | `input` | the kinds of fields: how each takes keys and is drawn |
//! | `values` | what the fields hold |
//! | `note` | what is said below a field |
//! | `places` | where every field is on the screen, for drawing and for clicks |
//! | `view` | the drawing |

mod input;
mod note;
mod places;
mod values;
mod view;

#[cfg(test)]
mod tests;

use std::fmt::Debug;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

pub use self::{
    input::Input,
    note::Note,
    values::{Label, Values},
};
use super::{Hint, Modal, Outcome};
use crate::{
    client,
    console::{effect::Effect, key::Key, shell::Shell, toast::Tone},
    domain::EnvironmentId,
};

/// A reason not to send the form, beside the field it is about.
pub type Refusal<F> = (F, String);

/// What a form is about: its title, its checks, and what it sends.
pub trait Subject: Debug {
    /// Names a field.
    type Field: Copy + PartialEq + Debug;

    /// Columns inside the box, where the screen has them.
    const WIDTH: u16 = 66;
    /// What `enter` does, for the footer.
    const VERB: &'static str = "create";
    /// The same as a sentence goes on after the key.
    const PROMISE: &'static str = "creates it";
    /// What else there is to know of that, where there is room for it.
    const ASIDE: &'static str = "";

    /// The environment that it changes or reads: without that there is nothing to send.
    fn environment(&self) -> Option<&EnvironmentId> {
        None
    }

    fn title(&self, shell: &Shell) -> String;

    /// What is to be said of the field as it stands, asked anew for every drawing. Nothing is sent
    /// while one of the notes [stands in the way](Note::hinders).
    fn check(&self, shell: &Shell, values: &Values<Self::Field>, field: Self::Field) -> Note;

    /// Every check has passed and the form closes. The first effect is the call whose refusal
    /// opens it again.
    ///
    /// # Errors
    /// What no check of a single field sees; the form stays.
    fn submit(&mut self, shell: &mut Shell, values: &Values<Self::Field>) -> Result<Vec<Effect>, Refusal<Self::Field>>;

    /// The field was changed by hand: others may follow it.
    fn changed(&mut self, _field: Self::Field, _values: &mut Values<Self::Field>) {}

    /// The part of a pasted text that is meant for the field.
    fn pasted<'a>(&self, _field: Self::Field, text: &'a str) -> &'a str {
        text
    }

    /// What was sent was refused, and the form is open again.
    fn refused(&mut self, _error: &client::Error) {}

    /// The field that the server calls so when it refuses, like `expiresAt`; without one the
    /// refusal stands beside the first field.
    fn named(&self, _name: &str) -> Option<Self::Field> {
        None
    }
}

#[derive(Debug)]
pub struct Form<S: Subject> {
    subject: S,
    values: Values<S::Field>,
    /// The place of the field that takes the keys.
    focus: usize,
    /// Why what was sent was refused, until the next key.
    refusals: Vec<Refused>,
    /// It could not be sent as it stood, and nothing was typed since.
    hindered: bool,
    /// It was sent once: leaving it forgets something.
    sent: bool,
    /// `esc` was pressed once where something would be forgotten.
    leaving: bool,
}

/// Why what was sent was not taken, beside the field at that place.
#[derive(Debug)]
struct Refused {
    place: usize,
    reason: String,
    /// The server could not be reached.
    unreached: bool,
}

impl<S: Subject> Form<S> {
    pub const fn new(subject: S) -> Self {
        let values = Values::new();
        Self { subject, values, focus: 0, refusals: Vec::new(), hindered: false, sent: false, leaving: false }
    }

    /// One more field. A label that is a word of the program is written like one in a sentence; the
    /// name of something of the user's is taken as it is.
    #[must_use]
    pub fn with(mut self, field: S::Field, label: impl Into<Label>, input: Input) -> Self {
        self.values.push(field, label.into(), input);
        self
    }

    /// A line that always stands below the field just added.
    #[must_use]
    pub fn explained(mut self, text: &'static str) -> Self {
        self.values.explain(text);
        self
    }

    fn notes(&self, shell: &Shell) -> Vec<Note> {
        let refusal = |place: usize| self.refusals.iter().find(|refused| refused.place == place);
        (0..)
            .zip(self.values.fields())
            .map(|(place, field)| match refusal(place) {
                Some(refused) => Note::Refused(refused.reason.clone()),
                None => self.subject.check(shell, &self.values, field),
            })
            .collect()
    }

    fn submit(&mut self, shell: &mut Shell) -> Outcome {
        if let Some(place) = self.notes(shell).iter().position(Note::hinders) {
            self.focus = place;
            self.hindered = true;
            return Outcome::Stay;
        }
        match self.subject.submit(shell, &self.values) {
            Ok(effects) => {
                self.sent = true;
                Outcome::Submitted(effects)
            }
            Err((field, reason)) => {
                self.refuse(vec![Refused { place: self.values.place(field), reason, unreached: false }]);
                Outcome::Stay
            }
        }
    }

    fn refuse(&mut self, refusals: Vec<Refused>) {
        if let Some(first) = refusals.iter().map(|refused| refused.place).min() {
            self.focus = first;
        }
        self.refusals = refusals;
    }

    fn walk(&mut self, steps: isize) {
        let count = self.values.len().max(1).cast_signed();
        self.focus = (self.focus.cast_signed() + steps).rem_euclid(count).cast_unsigned();
    }

    fn focused(&self) -> Option<&Input> {
        self.values.input(self.focus)
    }

    fn takes_lines(&self) -> bool {
        matches!(self.focused(), Some(Input::Lines(..)))
    }

    /// Lets a field take something, and the subject follow the change.
    fn change(&mut self, place: usize, take: impl FnOnce(&mut Input) -> bool) -> bool {
        let taken = self.values.input_mut(place).is_some_and(take);
        if taken && let Some(field) = self.values.field(place) {
            self.subject.changed(field, &mut self.values);
        }
        taken
    }
}

impl<S: Subject> Modal for Form<S> {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let leaving = std::mem::take(&mut self.leaving);
        // They are read by now, and what they say may have passed.
        self.refusals.clear();
        self.hindered = false;
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc if leaving || !(self.sent || self.values.is_typed()) => return Outcome::Close,
            KeyCode::Esc => self.leaving = true,
            KeyCode::Char('s') if control => return self.submit(shell),
            KeyCode::Enter if !self.takes_lines() => return self.submit(shell),
            KeyCode::Tab => self.walk(if key.modifiers.is_empty() { 1 } else { -1 }),
            KeyCode::Char('n') if control => self.walk(1),
            KeyCode::Char('p') if control => self.walk(-1),
            // No single word has a space: whoever types one goes on to what follows.
            KeyCode::Char(' ') if matches!(self.focused(), Some(Input::Word(_))) => self.walk(1),
            _ if self.change(self.focus, |input| input.key(key)) => {}
            KeyCode::Up => self.walk(-1),
            KeyCode::Down => self.walk(1),
            _ => {}
        }
        Outcome::Stay
    }

    fn paste(&mut self, shell: &mut Shell, text: &str) -> Outcome {
        self.refusals.clear();
        self.leaving = false;
        if !self.focused().is_some_and(Input::takes_text) {
            let first = (0..self.values.len()).find(|place| self.values.input(*place).is_some_and(Input::takes_text));
            let Some(first) = first else { return Outcome::Stay };
            self.focus = first;
        }
        let Some(field) = self.values.field(self.focus) else { return Outcome::Stay };
        let text = if self.takes_lines() { text } else { text.trim() };
        let text = self.subject.pasted(field, text).to_owned();
        if text.contains('\n') && self.focused().is_some_and(Input::is_one_line) {
            shell.say(Tone::Info, None, "line breaks became blanks: this field holds one line");
        }
        let rest = match self.focused() {
            // What comes after a single word is for the next field.
            Some(Input::Word(_)) => text.split_once(char::is_whitespace),
            _ => None,
        };
        let (first, rest) = rest.unwrap_or((&text, ""));
        self.change(self.focus, |input| input.paste(first));
        if !rest.is_empty() {
            self.walk(1);
            self.change(self.focus, |input| input.paste(rest.trim()));
        }
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let places = self.places(&self.notes(shell), area);
        if let Some(place) = places.field_at(position) {
            self.focus = place;
        }
        if let Some((place, option)) = places.option_at(position) {
            self.change(place, |input| input.choose(option));
        }
        Outcome::Stay
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        self.draw(shell, area, frame);
    }

    fn environment(&self) -> Option<&EnvironmentId> {
        self.subject.environment()
    }

    fn objection(&self, shell: &Shell) -> Option<String> {
        let notes = self.notes(shell);
        let place = notes.iter().position(|note| match note {
            Note::Refused(_) => true,
            _ => self.hindered && note.hinders(),
        })?;
        let label = self.values.shown().nth(place).map_or("", |(label, ..)| label);
        Some(format!("{label}: {}", notes[place].text()))
    }

    fn hints(&self) -> Vec<Hint> {
        let mut hints = vec![(if self.takes_lines() { "ctrl-s" } else { "enter" }, S::VERB)];
        match self.focused() {
            Some(Input::Choice { .. }) => hints.push(("← →", "choose")),
            Some(Input::Toggle(_)) => hints.push(("space", "turn")),
            _ => {}
        }
        if self.values.len() > 1 {
            hints.push(("tab", self.values.word((self.focus + 1) % self.values.len())));
        }
        hints.push(("esc", "cancel"));
        hints
    }

    fn refused(&mut self, error: &client::Error) {
        self.subject.refused(error);
        let place = |name: &str| self.subject.named(name).map_or(0, |field| self.values.place(field));
        let mut refusals: Vec<Refused> = Vec::new();
        if let client::Error::Refused { details, .. } = error {
            for violation in details {
                let place = place(&violation.field);
                if refusals.iter().all(|refused| refused.place != place) {
                    refusals.push(Refused { place, reason: violation.message.clone(), unreached: false });
                }
            }
        }
        if refusals.is_empty() {
            let unreached = matches!(error, client::Error::Unreachable { .. });
            refusals.push(Refused { place: 0, reason: super::refusal(error), unreached });
        }
        self.refuse(refusals);
    }

    fn reconnected(&mut self) {
        self.refusals.retain(|refused| !refused.unreached);
    }
}
