//! The form that creates a user: with a password, or with an invitation to set one.

use secrecy::{ExposeSecret as _, SecretString};

use super::password_form;
use crate::{
    client::users::CreateUser,
    console::{
        call::{Call, UserCall},
        effect::Effect,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        account::{Email, Role},
        auth_policy::AuthPolicy,
    },
};

/// What most users are; the others are chosen with a key.
const ROLES: [Role; 3] = [Role::User, Role::Admin, Role::Guest];

#[derive(Debug)]
pub struct UserForm {
    environment: EnvironmentId,
    policy: AuthPolicy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Email,
    Name,
    Role,
    Password,
    Again,
}

impl UserForm {
    pub fn open(environment: EnvironmentId, policy: AuthPolicy) -> Form<Self> {
        Form::new(Self { environment, policy })
            .with(Field::Email, "e-mail", Input::word(""))
            .with(Field::Name, "name", Input::text(""))
            .with(Field::Role, "role", Input::choice(ROLES.map(Role::as_str), 0))
            .with(Field::Password, "password", Input::secret())
            .with(Field::Again, "again", Input::secret())
    }
}

fn password(values: &Values<Field>) -> Option<SecretString> {
    let password = values.secret(Field::Password);
    (!password.expose_secret().is_empty()).then_some(password)
}

/// The name that goes with an address: what stands before the @.
fn name(values: &Values<Field>) -> String {
    let typed = values.text(Field::Name).trim();
    if !typed.is_empty() {
        return typed.to_owned();
    }
    values.text(Field::Email).split('@').next().unwrap_or_default().to_owned()
}

impl Subject for UserForm {
    type Field = Field;

    const ASIDE: &'static str = "; without a password you get an invitation";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        format!("Create User in {}", shell.name_of(&self.environment).unwrap_or_default())
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        match field {
            Field::Email if values.text(field).is_empty() => Note::needed("like name@example.com"),
            Field::Email => match Email::parse(values.text(field)) {
                Ok(_) => Note::None,
                Err(invalid) => Note::wrong(invalid.to_string()),
            },
            Field::Name if values.text(field).trim().is_empty() => match name(values) {
                name if name.is_empty() => Note::None,
                name => Note::hint(format!("left empty it is {name}")),
            },
            Field::Name => Note::None,
            Field::Role => Note::hint(match ROLES[values.chosen(Field::Role).min(2)] {
                Role::Admin => "may do everything in every table",
                Role::User => "may do what tables let signed-in users do",
                Role::Guest => "no more than who is not signed in, except with their own rows",
            }),
            Field::Password => password(values).map_or_else(
                || Note::hint("left empty, an invitation to set one is shown once"),
                |password| password_form::check(&self.policy, &password),
            ),
            Field::Again => match password(values) {
                None => Note::None,
                Some(first) => password_form::check_again(&first, &values.secret(Field::Again)),
            },
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let email = Email::parse(values.text(Field::Email)).map_err(|invalid| (Field::Email, invalid.to_string()))?;
        let user = CreateUser {
            email: email.as_str().to_owned(),
            name: name(values),
            role: ROLES.get(values.chosen(Field::Role)).copied().unwrap_or_default(),
        };
        let call = UserCall::Create { user, password: password(values) };
        Ok(vec![shell.request(Call::User(self.environment.clone(), call))])
    }

    fn named(&self, name: &str) -> Option<Field> {
        match name {
            "email" => Some(Field::Email),
            "name" => Some(Field::Name),
            "role" => Some(Field::Role),
            "password" => Some(Field::Password),
            _ => None,
        }
    }
}
