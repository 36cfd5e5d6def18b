//! Forms that were sent and closed, kept as they were until the server has answered.

use super::Modal;
use crate::console::effect::{Effect, Ticket};

/// More are not sent faster than the server answers; the oldest goes.
const MOST: usize = 16;

#[derive(Debug, Default)]
pub struct Submitted(Vec<(Ticket, Box<dyn Modal>)>);

impl Submitted {
    /// Keeps the form for the answer to the first call among the effects.
    pub fn keep(&mut self, form: Box<dyn Modal>, effects: &[Effect]) {
        let ticket = effects.iter().find_map(|effect| match effect {
            Effect::Call(request) => Some(request.ticket.clone()),
            _ => None,
        });
        let Some(ticket) = ticket else { return };
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((ticket, form));
    }

    /// The form that waits for this answer.
    pub fn take(&mut self, ticket: &Ticket) -> Option<Box<dyn Modal>> {
        let place = self.0.iter().position(|(other, _)| other == ticket)?;
        Some(self.0.remove(place).1)
    }

    /// Forgets the forms that do not fit: what they were about is gone.
    pub fn retain(&mut self, fits: impl Fn(&dyn Modal) -> bool) {
        self.0.retain(|(_, form)| fits(form.as_ref()));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}
