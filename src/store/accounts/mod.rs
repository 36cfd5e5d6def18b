//! Users, their sessions and their tokens.
//!
//! | File | Idea |
//! |---|---|
//! | `users` | one row a user; a deleted one stays, without an address, so that its id is never another's |
//! | `sessions` | who is signed in where; one-time tokens |
//! | `linked` | accounts at other services |

mod linked;
mod sessions;
mod users;

use rusqlite::Connection;

use super::{Error, Reader, Transaction};
use crate::domain::account::User;

pub use linked::LinkedAccount;
pub use sessions::{Live, StoredSession};
pub use users::{SeenUser, StoredUser, UserQuery, UserSearch};

/// What a commit did to a user.
#[derive(Clone, Debug)]
pub enum UserChange {
    Created(User),
    Updated(User),
    Deleted(User),
    /// Sessions of the user with this id began or ended.
    Sessions(String),
}

impl UserChange {
    pub fn user_id(&self) -> &str {
        match self {
            Self::Created(user) | Self::Updated(user) | Self::Deleted(user) => &user.id,
            Self::Sessions(id) => id,
        }
    }

    /// By how much there are more users.
    pub(super) const fn count(&self) -> i64 {
        match self {
            Self::Created(_) => 1,
            Self::Deleted(_) => -1,
            Self::Updated(_) | Self::Sessions(_) => 0,
        }
    }
}

/// The tables of accounts, to be read.
#[derive(Debug)]
pub struct Accounts<'a>(&'a Connection);

impl Reader {
    pub const fn accounts(&self) -> Accounts<'_> {
        Accounts(self.connection())
    }
}

impl Transaction<'_> {
    pub fn accounts(&mut self) -> Result<Accounts<'_>, Error> {
        Ok(Accounts(self.several()?))
    }
}
