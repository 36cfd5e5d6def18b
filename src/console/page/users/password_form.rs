//! The form that sets a password: made here and shown once, or typed twice, unseen.

use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    console::{
        call::{Call, UserCall},
        effect::Effect,
        fit,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        shell::Shell,
    },
    domain::{EnvironmentId, account::ListedUser, auth_policy::AuthPolicy},
};

const TYPED: usize = 1;

#[derive(Debug)]
pub struct PasswordForm {
    environment: EnvironmentId,
    user: String,
    email: String,
    sessions: u64,
    policy: AuthPolicy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    How,
    Password,
    Again,
}

impl PasswordForm {
    pub fn open(environment: EnvironmentId, listed: &ListedUser, policy: AuthPolicy) -> Form<Self> {
        let (user, email) = (listed.user.id.clone(), listed.user.email.clone());
        Form::new(Self { environment, user, email, sessions: listed.sessions, policy })
            .with(Field::How, "password", Input::choice(["made here, shown once", "typed"], 0))
            .with(Field::Password, "new one", Input::secret())
            .with(Field::Again, "again", Input::secret())
    }
}

fn is_typed(values: &Values<Field>) -> bool {
    values.chosen(Field::How) == TYPED
}

/// What is to be said of a password that is typed.
pub fn check(policy: &AuthPolicy, password: &SecretString) -> Note {
    match policy.check_password(password.expose_secret()) {
        Ok(()) => Note::good("the server takes it"),
        Err(weakness) => Note::wrong(weakness.to_string()),
    }
}

/// What is to be said of the second time.
pub fn check_again(first: &SecretString, again: &SecretString) -> Note {
    if again.expose_secret().is_empty() {
        Note::needed("the same once more, because nobody sees it")
    } else if first.expose_secret() == again.expose_secret() {
        Note::good("the same")
    } else {
        Note::wrong("not the same as above")
    }
}

impl Subject for PasswordForm {
    type Field = Field;

    const VERB: &'static str = "set";
    const PROMISE: &'static str = "sets it";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, _shell: &Shell) -> String {
        format!("Set the password of {}", fit::clean(&self.email))
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        let password = values.secret(Field::Password);
        match field {
            Field::How if self.sessions == 1 => Note::warning("1 session of theirs ends"),
            Field::How if self.sessions > 1 => {
                Note::warning(format!("{} of theirs end", fit::count(self.sessions, "session")))
            }
            Field::How => Note::None,
            _ if !is_typed(values) => Note::None,
            Field::Password if password.expose_secret().is_empty() => {
                Note::needed(format!("{} characters at least", self.policy.min_length))
            }
            Field::Password => check(&self.policy, &password),
            Field::Again => check_again(&password, &values.secret(Field::Again)),
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let call = UserCall::SetPassword {
            user: self.user.clone(),
            email: self.email.clone(),
            password: is_typed(values).then(|| values.secret(Field::Password)),
        };
        Ok(vec![shell.request(Call::User(self.environment.clone(), call))])
    }

    /// Who types one wants that one.
    fn changed(&mut self, field: Field, values: &mut Values<Field>) {
        if field != Field::How {
            values.choose(Field::How, TYPED);
        }
    }

    fn named(&self, name: &str) -> Option<Field> {
        (name == "password").then_some(Field::Password)
    }
}
