//! The form that rotates a key: how long the one before goes on beside the new one.

use std::time::Duration;

use crate::{
    console::{
        call::{Call, KeyCall},
        effect::Effect,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        shell::Shell,
    },
    domain::{
        EnvironmentId, KeyType,
        api::{Key, RotateKey},
        duration,
    },
};

const DAY: u64 = 24 * 60 * 60;
/// The server takes no longer one.
const LONGEST: u64 = 30 * DAY;

/// What can be chosen, in seconds; the last is typed.
const OVERLAPS: [(&str, Option<u64>); 5] =
    [("none", Some(0)), ("1 h", Some(60 * 60)), ("24 h", Some(DAY)), ("7 d", Some(7 * DAY)), ("other", None)];
const USUAL: usize = 2;
const OTHER: usize = 4;

#[derive(Debug)]
pub struct RotateForm {
    key: Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Overlap,
    Other,
}

impl RotateForm {
    pub fn open(key: Key) -> Form<Self> {
        Form::new(Self { key })
            .with(Field::Overlap, "overlap", Input::choice(OVERLAPS.map(|(word, _)| word), USUAL))
            .with(Field::Other, "other", Input::text(""))
    }

    /// When the key that is replaced ends: never later than it would have.
    fn end(&self, shell: &Shell, overlap: u64) -> String {
        let millis = i64::try_from(overlap.saturating_mul(1000)).unwrap_or(i64::MAX);
        let end = shell.now.wall.plus_millis(millis);
        let end = self.key.expires_at.map_or(end, |own| own.min(end));
        shell.zone.minute(end)
    }
}

/// The overlap in seconds.
fn overlap(values: &Values<Field>) -> Result<u64, Note> {
    if let Some(seconds) = OVERLAPS[values.chosen(Field::Overlap)].1 {
        return Ok(seconds);
    }
    let text = values.text(Field::Other).trim();
    if text.is_empty() {
        return Err(Note::needed("90m, 12h, 1d12h; at most 30d"));
    }
    match duration::parse(text) {
        Ok(length) if length > Duration::from_secs(LONGEST) => Err(Note::wrong("at most 30 days")),
        Ok(length) => Ok(length.as_secs()),
        Err(invalid) => Err(Note::wrong(invalid.to_string())),
    }
}

impl Subject for RotateForm {
    type Field = Field;

    const VERB: &'static str = "rotate";
    const PROMISE: &'static str = "makes the new key";
    const ASIDE: &'static str = " with the same name, type and scopes";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.key.environment_id)
    }

    fn title(&self, shell: &Shell) -> String {
        format!("Rotate {} of {}", self.key.name, shell.name_of(&self.key.environment_id).unwrap_or_default())
    }

    fn check(&self, shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        match (field, overlap(values)) {
            (Field::Overlap, Ok(0)) => Note::warning("the key there is ends at once: whoever uses it is refused"),
            (Field::Overlap, Ok(seconds)) => {
                Note::good(format!("the key there is works until {}", self.end(shell, seconds)))
            }
            (Field::Overlap, Err(_)) => Note::hint("how long the key there is goes on beside the new one"),
            (Field::Other, _) if values.chosen(Field::Overlap) != OTHER => Note::hint("90m, 12h, 1d12h; at most 30d"),
            (Field::Other, Ok(_)) => Note::None,
            (Field::Other, Err(note)) => note,
        }
    }

    /// Whoever types a length means it.
    fn changed(&mut self, field: Field, values: &mut Values<Field>) {
        if field == Field::Other {
            values.choose(Field::Overlap, OTHER);
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let seconds = overlap(values).map_err(|note| (Field::Other, note.text().to_owned()))?;
        let call = KeyCall::Rotate {
            id: self.key.id.clone(),
            name: self.key.name.clone(),
            body: RotateKey { overlap_seconds: Some(seconds) },
        };
        Ok(vec![shell.request(Call::Key(self.key.environment_id.clone(), call))])
    }

    fn named(&self, name: &str) -> Option<Field> {
        (name == "overlapSeconds").then_some(Field::Other)
    }
}

/// What is said of a key that another one took the place of.
pub fn replaced(key: &Key, keys: &[Key]) -> Option<String> {
    let by = key.replaced_by.as_ref()?;
    let name = keys.iter().find(|other| other.id == *by).map_or("another key", |other| other.name.as_str());
    Some(match key.kind {
        KeyType::Secret => format!("replaced by {name}: servers that still use it have until then"),
        KeyType::Publishable => format!("replaced by {name}: apps that still use it have until then"),
    })
}
