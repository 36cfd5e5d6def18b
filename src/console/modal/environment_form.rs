//! The form that creates an environment.

use super::form::{Form, Input, Note, Refusal, Subject, Values};
use crate::{
    console::{call::Call, effect::Effect, shell::Shell},
    domain::{EnvironmentName, EnvironmentType, api::CreateEnvironment},
};

#[derive(Debug, Default)]
pub struct EnvironmentForm {
    /// The type was chosen by hand; until then it follows the name.
    chosen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Type,
}

impl EnvironmentForm {
    pub fn open() -> Form<Self> {
        Form::new(Self::default()).with(Field::Name, "name", Input::text("")).with(
            Field::Type,
            "type",
            Input::choice(EnvironmentType::ALL.map(EnvironmentType::label), place("")),
        )
    }
}

/// The place of the type that goes with the name.
fn place(name: &str) -> usize {
    let kind = EnvironmentType::from_name(name);
    EnvironmentType::ALL.iter().position(|other| *other == kind).unwrap_or(0)
}

fn kind(values: &Values<Field>) -> EnvironmentType {
    EnvironmentType::ALL[values.chosen(Field::Type)]
}

impl Subject for EnvironmentForm {
    type Field = Field;

    const WIDTH: u16 = 60;
    const PROMISE: &'static str = "creates it, empty";
    const ASIDE: &'static str = " and apart from all others";

    fn title(&self, _shell: &Shell) -> String {
        "Create Environment".to_owned()
    }

    fn check(&self, shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        let name = values.text(Field::Name);
        match (field, kind(values)) {
            (Field::Name, _) if name.is_empty() => Note::needed("a to z, 0 to 9 and -, like staging or qa-2"),
            (Field::Name, _) => match EnvironmentName::parse(name) {
                Err(invalid) => Note::wrong(invalid.to_string()),
                Ok(_) if shell.environments.find(name).is_some() => {
                    Note::wrong(format!("{name} is taken: choose another name"))
                }
                // What is known of it may be old.
                Ok(_) if shell.connection.is_lost() => Note::hint("whether it is free shows when the server answers"),
                Ok(_) => Note::good("this name is free"),
            },
            (Field::Type, EnvironmentType::Prod) => {
                let way = shell.keymap.way("unlock");
                Note::warning(format!("opens read-only: {way} unlocks it for ten minutes"))
            }
            (Field::Type, _) if self.chosen => Note::None,
            (Field::Type, _) => Note::hint("follows the name; tab to choose another"),
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let Some(project) = &shell.project else {
            let reason = "the project is not known yet: wait until the console is connected";
            return Err((Field::Name, reason.into()));
        };
        let body = CreateEnvironment { name: values.text(Field::Name).to_owned(), kind: Some(kind(values)) };
        let call = Call::CreateEnvironment(project.id.clone(), body);
        Ok(vec![shell.request(call)])
    }

    fn changed(&mut self, field: Field, values: &mut Values<Field>) {
        match field {
            Field::Name if self.chosen => {}
            Field::Name => {
                let place = place(values.text(Field::Name));
                values.choose(Field::Type, place);
            }
            Field::Type => self.chosen = true,
        }
    }
}
