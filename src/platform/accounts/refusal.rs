//! Why a call about accounts is refused. The server gives each its status and code.

use crate::domain::auth_policy::Weakness;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{0}")]
    InvalidRequest(String),
    #[error("an e-mail address is like name@example.com")]
    InvalidEmail,
    #[error(transparent)]
    Password(#[from] Weakness),
    #[error("this is the password that is set already: choose another")]
    SamePassword,
    /// The address is unknown or the password is wrong; nobody is told which.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    #[error("the current password is wrong")]
    InvalidPassword,
    #[error("a user with this e-mail already exists: sign in, or use another address")]
    EmailTaken,
    #[error("too many wrong passwords: try again in {seconds} s")]
    Locked { seconds: u64 },
    #[error("this needs a user who is signed in: send Authorization: Bearer and an access token")]
    SignInNeeded,
    /// The same on the paths of users.
    #[error("this needs a user who is signed in, or a secret key")]
    LoginNeeded,
    #[error("this refresh token is not good any more: sign in again")]
    InvalidRefreshToken,
    #[error("the session has expired: sign in again")]
    SessionExpired,
    #[error("there is no such session")]
    SessionNotFound,
    #[error("there is no such one-time token for this address: ask for another invitation")]
    TokenNotFound,
    #[error("this one-time token has expired: ask for another invitation")]
    OneTimeTokenExpired,
    #[error("there is no such user")]
    UserNotFound,
    #[error("this is for the user themselves and for admins")]
    Forbidden,
    #[error("this is for admins")]
    AdminNeeded,
    #[error("a role is admin, user or guest")]
    InvalidRole,
    #[error("a name has 1 to 100 characters")]
    InvalidName,
    #[error("a nickname has 1 to 50 characters")]
    InvalidNickname,
}
