//! The form that creates a key: name, type, scopes, expiry.

use std::time::Duration;

use crate::{
    console::{
        call::{Call, KeyCall},
        effect::Effect,
        fit,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        shell::Shell,
    },
    domain::{EnvironmentId, Invalid, KeyType, Timestamp, api::CreateKey, duration, key::Scope},
};

const LONGEST_NAME: usize = 64;
const TYPES: [KeyType; 2] = [KeyType::Publishable, KeyType::Secret];

#[derive(Debug)]
pub struct KeyForm {
    environment: EnvironmentId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Type,
    Scopes,
    Expires,
}

impl KeyForm {
    pub fn open(environment: EnvironmentId) -> Form<Self> {
        Form::new(Self { environment })
            .with(Field::Name, "name", Input::text(""))
            .with(Field::Type, "type", Input::choice(["Publishable", "Secret"], 0))
            .with(Field::Scopes, "scopes", Input::text(""))
            .with(Field::Expires, "expires", Input::text(""))
    }

    fn check_name(&self, shell: &Shell, name: &str) -> Note {
        if name.is_empty() {
            return Note::needed("to find it by, like web or ci");
        }
        if name.chars().count() > LONGEST_NAME {
            return Note::wrong(format!("a name has at most {LONGEST_NAME} characters"));
        }
        let keys = shell.keys.get(&self.environment).and_then(|keys| keys.value());
        if keys.is_some_and(|keys| keys.iter().any(|key| key.name == name)) {
            return Note::wrong(format!("there is a key {name} already"));
        }
        Note::good("this name is free")
    }
}

fn kind(values: &Values<Field>) -> KeyType {
    TYPES[values.chosen(Field::Type)]
}

fn scopes(values: &Values<Field>) -> Result<Vec<String>, Invalid> {
    values.words(Field::Scopes).map(|text| Scope::parse(text).map(|scope| scope.to_string())).collect()
}

/// `None` is never.
fn expires(values: &Values<Field>, now: Timestamp) -> Result<Option<Timestamp>, Invalid> {
    let text = values.text(Field::Expires).trim();
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

impl Subject for KeyForm {
    type Field = Field;

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        format!("Create Key in {}", shell.name_of(&self.environment).unwrap_or_default())
    }

    fn check(&self, shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        match field {
            Field::Name => self.check_name(shell, values.text(Field::Name).trim()),
            Field::Type => Note::hint(match kind(values) {
                KeyType::Publishable => "for browsers and phones; can be read here at any time",
                KeyType::Secret => "for servers, past every permission; shown once",
            }),
            Field::Scopes => match scopes(values) {
                Ok(scopes) if scopes.is_empty() => Note::hint("empty: everything; or posts:read users:*"),
                Ok(scopes) => {
                    let count = u64::try_from(scopes.len()).unwrap_or(u64::MAX);
                    Note::good(format!("{} and nothing else", fit::count(count, "scope")))
                }
                Err(invalid) => Note::wrong(invalid.to_string()),
            },
            Field::Expires => match expires(values, shell.now.wall) {
                Ok(None) => Note::hint("empty: never; or 90d, 12h, 1d12h"),
                Ok(Some(at)) => Note::good(format!("ends {}", shell.zone.minute(at))),
                Err(invalid) => Note::wrong(invalid.to_string()),
            },
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let refused = |field| move |invalid: Invalid| (field, invalid.to_string());
        let body = CreateKey {
            name: values.text(Field::Name).trim().to_owned(),
            kind: Some(kind(values)),
            scopes: scopes(values).map_err(refused(Field::Scopes))?,
            expires_at: expires(values, shell.now.wall).map_err(refused(Field::Expires))?,
        };
        Ok(vec![shell.request(Call::Key(self.environment.clone(), KeyCall::Create(body)))])
    }

    fn named(&self, name: &str) -> Option<Field> {
        match name {
            "name" => Some(Field::Name),
            "expiresAt" => Some(Field::Expires),
            name => name.starts_with("scopes").then_some(Field::Scopes),
        }
    }
}
