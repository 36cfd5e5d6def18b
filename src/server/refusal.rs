//! Refusals about accounts, as answers: the explicit table of the contract's section 5.4.

use axum::http::StatusCode;

use super::error::Problem;
use crate::{
    domain::{auth_policy::Weakness, error::code, token::TokenRefusal},
    platform::accounts::Refusal,
};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use StatusCode as Status;
        let (status, code) = match refusal {
            Refusal::InvalidRequest(_) => (Status::BAD_REQUEST, code::INVALID_REQUEST),
            Refusal::InvalidEmail => (Status::BAD_REQUEST, code::INVALID_EMAIL),
            Refusal::Password(Weakness::Format(_)) => (Status::BAD_REQUEST, code::INVALID_PASSWORD_FORMAT),
            Refusal::Password(Weakness::Common) => (Status::BAD_REQUEST, code::WEAK_PASSWORD),
            Refusal::SamePassword => (Status::BAD_REQUEST, code::SAME_PASSWORD),
            Refusal::InvalidRole => (Status::BAD_REQUEST, code::INVALID_ROLE),
            Refusal::InvalidName => (Status::BAD_REQUEST, code::INVALID_NAME),
            Refusal::InvalidNickname => (Status::BAD_REQUEST, code::INVALID_NICKNAME),
            Refusal::InvalidCredentials => (Status::UNAUTHORIZED, code::INVALID_CREDENTIALS),
            Refusal::InvalidPassword => (Status::UNAUTHORIZED, code::INVALID_PASSWORD),
            Refusal::SignInNeeded => (Status::UNAUTHORIZED, code::UNAUTHORIZED),
            Refusal::LoginNeeded => (Status::UNAUTHORIZED, code::USER_UNAUTHORIZED),
            Refusal::InvalidRefreshToken => (Status::UNAUTHORIZED, code::INVALID_REFRESH_TOKEN),
            Refusal::SessionExpired => (Status::UNAUTHORIZED, code::SESSION_EXPIRED),
            Refusal::OneTimeTokenExpired => (Status::UNAUTHORIZED, code::VERIFICATION_TOKEN_EXPIRED),
            Refusal::Forbidden | Refusal::AdminNeeded => (Status::FORBIDDEN, code::USER_FORBIDDEN),
            Refusal::SessionNotFound => (Status::NOT_FOUND, code::SESSION_NOT_FOUND),
            Refusal::TokenNotFound => (Status::NOT_FOUND, code::VERIFICATION_TOKEN_NOT_FOUND),
            Refusal::UserNotFound => (Status::NOT_FOUND, code::USER_NOT_FOUND),
            Refusal::EmailTaken => (Status::CONFLICT, code::EMAIL_ALREADY_EXISTS),
            Refusal::Locked { .. } => (Status::TOO_MANY_REQUESTS, code::ACCOUNT_LOCKED),
        };
        let problem = Self::new(status, code, sentence(&refusal.to_string()));
        match refusal {
            Refusal::Locked { seconds } => problem.retry_after(seconds),
            _ => problem,
        }
    }
}

impl From<TokenRefusal> for Problem {
    fn from(refusal: TokenRefusal) -> Self {
        let (status, code, message) = match refusal {
            TokenRefusal::Format => (
                StatusCode::UNAUTHORIZED,
                code::INVALID_TOKEN_FORMAT,
                "The Authorization header holds no access token: send Bearer, one space and the token, or leave the \
                 header out",
            ),
            TokenRefusal::Invalid => (
                StatusCode::UNAUTHORIZED,
                code::INVALID_TOKEN,
                "This access token belongs to no session here: sign in again",
            ),
            TokenRefusal::Expired => (
                StatusCode::UNAUTHORIZED,
                code::TOKEN_EXPIRED,
                "This access token has expired: exchange the refresh token for another",
            ),
            TokenRefusal::Elsewhere => (
                StatusCode::FORBIDDEN,
                code::PROJECT_ACCESS_DENIED,
                "This token belongs to another environment than the key: send those that belong together",
            ),
        };
        Self::new(status, code, message)
    }
}

fn sentence(remark: &str) -> String {
    let mut characters = remark.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}
