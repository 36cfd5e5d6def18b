//! `bkend user`.

use clap::{Args, Subcommand};

use super::{
    Failure, Session,
    columns::Heading,
    confirm::Sure,
    output::{self, Cell},
    password,
};
use crate::{
    client::users::CreateUser,
    domain::{
        account::{Role, User},
        api::{Environment, Page},
    },
};

pub const EXAMPLES: &str = "\
Examples:
  bkend user list --search ann --env staging
  bkend user create ann@example.com --name Ann
  bkend user invite ann@example.com
  bkend user role ann@example.com admin
  bkend user delete ann@example.com";

#[derive(Debug, Subcommand)]
pub enum Verb {
    List(List),
    /// Show a user
    #[command(visible_alias = "show", after_help = "Example:\n  bkend user get ann@example.com")]
    Get {
        /// Their e-mail address or id
        user: String,
    },
    Create(Create),
    Delete(Delete),
    /// Change what a user may do: admin, user or guest
    #[command(after_help = "Example:\n  bkend user role ann@example.com admin")]
    Role {
        /// Their e-mail address or id
        user: String,
        /// admin, user or guest
        #[arg(value_parser = Role::parse)]
        role: Role,
    },
    SetPassword(SetPassword),
    Invite(Invite),
    Sessions(Sessions),
}

/// List the users of an environment, the newest first
#[derive(Debug, Args)]
#[command(visible_alias = "ls", after_help = "Example:\n  bkend user list --search ann --env staging")]
pub struct List {
    /// Only those whose name, nickname or address contains this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

/// Create a user without a password
///
/// They can sign in once they have set one: see `bkend user invite` and `bkend user set-password`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bkend user create ann@example.com --name Ann --role admin")]
pub struct Create {
    /// Their e-mail address
    email: String,
    /// The name to show (default: the address up to the @)
    #[arg(long)]
    name: Option<String>,
    /// admin, user or guest
    #[arg(long, default_value = "user", value_parser = Role::parse)]
    role: Role,
}

/// Delete a user; their sessions end and their address is free
#[derive(Debug, Args)]
#[command(
    visible_alias = "rm",
    after_help = "Examples:\n  bkend user delete ann@example.com\n  bkend user delete ann@example.com --erase --yes"
)]
pub struct Delete {
    /// Their e-mail address or id
    user: String,
    /// Remove the account for good, also of one who was deleted before
    #[arg(long)]
    erase: bool,
    #[command(flatten)]
    pub sure: Sure,
}

/// Set a user's password; their sessions end
///
/// It is asked for, and not shown while it is typed. Without a terminal it is the first line of stdin.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend user set-password ann@example.com
  pass show ann | bkend user set-password ann@example.com")]
pub struct SetPassword {
    /// Their e-mail address or id
    user: String,
}

/// Make a one-time token with which a user sets their password
///
/// The token alone goes to stdout: hand it on to them. It is good for seven days, and voids the one
/// before. Their app sends it, with their address and the new password, to
/// POST /v1/auth/password/reset/confirm as {"email", "token", "newPassword"}.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  TOKEN=$(bkend user invite ann@example.com)")]
pub struct Invite {
    /// Their e-mail address or id
    user: String,
}

/// List where a user is signed in, or sign them out everywhere
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend user sessions ann@example.com
  bkend user sessions ann@example.com --end")]
pub struct Sessions {
    /// Their e-mail address or id
    user: String,
    /// End all of them
    #[arg(long)]
    end: bool,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(session).await,
            Self::Get { user } => {
                let (_, environment) = session.target().await?;
                let user = find(session, &environment, &user).await?;
                session.output().result(&user, || details(session, &user))
            }
            Self::Create(create) => create.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
            Self::Role { user, role } => {
                let (_, environment) = session.target_to_write().await?;
                let user = find(session, &environment, &user).await?;
                let user = session.client.set_user_role(&environment.id, &user.id, role).await?;
                session.output().result(&user, || format!("{} is {role}", user.email))
            }
            Self::SetPassword(set) => set.run(session).await,
            Self::Invite(invite) => invite.run(session).await,
            Self::Sessions(sessions) => sessions.run(session).await,
        }
    }
}

async fn find(session: &Session, environment: &Environment, name: &str) -> Result<User, Failure> {
    let found = session.client.find_user(&environment.id, name).await?;
    found.ok_or_else(|| Failure::NotFound {
        code: "user/not-found",
        message: format!("{} has no user {name}: `bkend user list` shows those there are", environment.name),
    })
}

fn details(session: &Session, user: &User) -> String {
    session.output().fields(vec![
        ("id", user.id.as_str().into()),
        ("email", user.email.as_str().into()),
        ("name", user.name.as_str().into()),
        ("nickname", user.nickname.as_deref().unwrap_or_default().into()),
        ("role", user.role.as_str().into()),
        ("verified", user.email_verified.map_or_else(Cell::default, Cell::time)),
        ("image", user.image.as_deref().unwrap_or_default().into()),
        ("onboarding", user.onboarding_status.as_str().into()),
        ("created", Cell::time(user.created_at)),
        ("updated", Cell::time(user.updated_at)),
    ])
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target().await?;
        let listing = session.client.users(&environment.id, self.search.as_deref()).await?;
        let page = Page { items: listing.items, pagination: listing.pagination };
        session.output().result(&page, || {
            let rows = page.items.iter().map(|user| {
                vec![
                    user.email.as_str().into(),
                    user.name.as_str().into(),
                    user.role.as_str().into(),
                    user.id.as_str().into(),
                    Cell::time(user.created_at),
                ]
            });
            let columns = [
                Heading::new("EMAIL"),
                Heading::new("NAME").cut(8).drop(1),
                Heading::new("ROLE"),
                Heading::new("ID").drop(3),
                Heading::new("CREATED").drop(2),
            ];
            session.output().table(&columns, rows.collect())
        })
    }
}

impl Create {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let Self { email, name, role } = self;
        let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
        let (_, environment) = session.target_to_write().await?;
        let user = session.client.create_user(&environment.id, &CreateUser { email, name, role }).await?;
        session.output().result(&user, || format!("{} is created", user.email))?;
        session.output().note("they cannot sign in yet: `bkend user invite` lets them set a password");
        Ok(())
    }
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let found = session.client.find_user(&environment.id, &self.user).await?;
        let Some(user) = found else { return self.erase_deleted(session, &environment).await };
        self.sure.ask(&user.email, &format!("the user {} of {}", user.email, environment.name)).await?;
        if self.erase {
            session.client.erase_user(&environment.id, &user.id).await?;
        } else {
            session.client.delete_user(&environment.id, &user.id).await?;
        }
        session.output().result(&user, || format!("{} is deleted", user.email))
    }

    /// Of a user who was deleted before only the id is left.
    async fn erase_deleted(&self, session: &Session, environment: &Environment) -> Result<(), Failure> {
        if self.erase && !self.user.contains('@') {
            self.sure
                .ask(&self.user, &format!("what is left of the user {} of {}", self.user, environment.name))
                .await?;
            session.client.erase_user(&environment.id, &self.user).await?;
            let erased = serde_json::json!({ "id": self.user });
            return session.output().result(&erased, || format!("{} is erased", self.user));
        }
        find(session, environment, &self.user).await.map(drop)
    }
}

impl SetPassword {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let user = find(session, &environment, &self.user).await?;
        let password = password::new(&user.email).await?;
        let user = session.client.set_user_password(&environment.id, &user.id, &password).await?;
        session.output().result(&user, || format!("the password of {} is set", user.email))
    }
}

impl Invite {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let user = find(session, &environment, &self.user).await?;
        let invitation = session.client.invite_user(&environment.id, &user.id).await?;
        if session.output().json {
            return session.output().json(&invitation);
        }
        output::print(&invitation.token)?;
        session.output().note(&format!(
            "this is the only time the token is shown: hand it on to {}, who sends it with a new password to \
             /v1/auth/password/reset/confirm until {}",
            invitation.email, invitation.expires_at
        ));
        Ok(())
    }
}

impl Sessions {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        if self.end {
            let (_, environment) = session.target_to_write().await?;
            let user = find(session, &environment, &self.user).await?;
            let user = session.client.end_user_sessions(&environment.id, &user.id).await?;
            return session.output().result(&user, || format!("{} is signed out everywhere", user.email));
        }
        let (_, environment) = session.target().await?;
        let user = find(session, &environment, &self.user).await?;
        let listing = session.client.user_sessions(&environment.id, &user.id).await?;
        let page = Page { items: listing.items, pagination: listing.pagination };
        session.output().result(&page, || {
            let rows = page.items.iter().map(|item| {
                vec![
                    Cell::time(item.last_activity_at),
                    item.ip_address.as_deref().unwrap_or("–").into(),
                    item.user_agent.as_deref().unwrap_or("–").into(),
                    Cell::time(item.created_at),
                    Cell::time(item.expires_at),
                ]
            });
            let columns = [
                Heading::new("LAST USED"),
                Heading::new("FROM").cut(15),
                Heading::new("WITH").cut(16),
                Heading::new("SIGNED IN").drop(2),
                Heading::new("EXPIRES").drop(1),
            ];
            session.output().table(&columns, rows.collect())
        })
    }
}
