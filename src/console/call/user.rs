use secrecy::{ExposeSecret as _, SecretString};

use super::{Impact, Reply, password};
use crate::{
    client::{
        Client, Error,
        users::{CreateUser, UsersQuery},
    },
    domain::{
        EnvironmentId,
        account::{Role, User},
        error::Violation,
        id::Entropy,
        session::Invitation,
    },
};

#[derive(Clone, Debug)]
pub enum UserCall {
    Page(UsersQuery),
    /// Where a user is signed in.
    Sessions {
        user: String,
    },
    /// What is asked of passwords.
    Policy,
    /// Without a password the user is invited to set one.
    Create {
        user: CreateUser,
        password: Option<SecretString>,
    },
    SetRole {
        user: String,
        email: String,
        role: Role,
    },
    SetPassword {
        user: String,
        email: String,
        /// Without one it is made.
        password: Option<SecretString>,
    },
    Invite {
        user: String,
        email: String,
    },
    /// One of the user's sessions, or all of them.
    EndSessions {
        user: String,
        email: String,
        session: Option<String>,
    },
    Delete {
        user: String,
        email: String,
    },
}

/// A new user, and what lets them in.
#[derive(Debug)]
pub struct NewUser {
    pub user: User,
    pub entry: Entry,
}

/// How a new user comes to sign in.
#[derive(Debug)]
pub enum Entry {
    Password,
    Invitation(Invitation),
    /// The user is there, but what was to follow failed.
    None(Error),
}

impl UserCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::Page(_) | Self::Sessions { .. } | Self::Policy => Impact::Reads,
            Self::Create { .. }
            | Self::SetRole { .. }
            | Self::SetPassword { .. }
            | Self::Invite { .. }
            | Self::EndSessions { .. } => Impact::Changes,
            Self::Delete { .. } => Impact::Destroys,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::Page(_) => "reading the users".into(),
            Self::Sessions { .. } => "reading the sessions".into(),
            Self::Policy => "reading the rules of sign-in".into(),
            Self::Create { user, .. } => format!("creating {}", user.email),
            Self::SetRole { email, role, .. } => format!("making {email} {role}"),
            Self::SetPassword { email, .. } => format!("setting the password of {email}"),
            Self::Invite { email, .. } => format!("inviting {email}"),
            Self::EndSessions { email, session: None, .. } => format!("signing {email} out"),
            Self::EndSessions { email, session: Some(_), .. } => format!("ending a session of {email}"),
            Self::Delete { email, .. } => format!("deleting {email}"),
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId) -> Result<Reply, Error> {
        Ok(match self {
            Self::Page(query) => Reply::Users(client.users_page(id, query).await?),
            Self::Sessions { user } => Reply::Sessions(client.user_sessions(id, user).await?.items),
            Self::Policy => Reply::AuthPolicy(Box::new(client.auth_policy(id).await?)),
            Self::Create { user, password } => {
                Reply::NewUser(Box::new(create(client, id, user, password.as_ref()).await?))
            }
            Self::SetRole { user, role, .. } => Reply::User(Box::new(client.set_user_role(id, user, *role).await?)),
            Self::SetPassword { user, password: Some(password), .. } => {
                client.set_user_password(id, user, password).await?;
                Reply::Password(None)
            }
            Self::SetPassword { user, password: None, .. } => {
                let made = password::made(&client.auth_policy(id).await?, &Entropy::system());
                client.set_user_password(id, user, &made).await?;
                Reply::Password(Some(made))
            }
            Self::Invite { user, .. } => Reply::Invitation(client.invite_user(id, user).await?),
            Self::EndSessions { user, session: None, .. } => {
                client.end_user_sessions(id, user).await?;
                Reply::Done
            }
            Self::EndSessions { user, session: Some(session), .. } => {
                client.end_user_session(id, user, session).await?;
                Reply::Done
            }
            Self::Delete { user, .. } => {
                client.delete_user(id, user).await?;
                Reply::Done
            }
        })
    }
}

/// The server makes a user and sets a password in two requests, so the password is looked at before
/// the first: a weak one must not leave a user behind that nobody can sign in as.
async fn create(
    client: &Client,
    id: &EnvironmentId,
    user: &CreateUser,
    password: Option<&SecretString>,
) -> Result<NewUser, Error> {
    if let Some(password) = password {
        let policy = client.auth_policy(id).await?;
        policy.check_password(password.expose_secret()).map_err(|weakness| Error::Refused {
            status: 400,
            code: "auth/invalid-password".into(),
            message: weakness.to_string(),
            details: vec![Violation { field: "password".into(), rule: "policy".into(), message: weakness.to_string() }],
        })?;
    }
    let user = client.create_user(id, user).await?;
    let entry = match password {
        Some(password) => client.set_user_password(id, &user.id, password).await.map(|_| Entry::Password),
        None => client.invite_user(id, &user.id).await.map(Entry::Invitation),
    };
    Ok(NewUser { user, entry: entry.unwrap_or_else(Entry::None) })
}
