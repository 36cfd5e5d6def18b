//! Signing up, in and out, as apps do it.

use axum::{Extension, extract::State, http::StatusCode};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    domain::{
        account::User,
        api::Page,
        error::code,
        session::{Session, Tokens},
    },
    platform::{
        Access, Error, Payload, Platform,
        accounts::{Refusal, SignIn, SignUp},
    },
    server::{body::Object, device, envelope::Enveloped, error::Problem, path::OfSession, query::Parameters},
};

/// What signing up and in have in common. What is absent is told as the contract tells it, so
/// nothing is required here; unknown keys are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Credentials {
    method: Option<String>,
    email: Option<String>,
    #[schema(value_type = Option<String>)]
    password: Option<SecretString>,
    name: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refresh {
    refresh_token: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordChange {
    #[schema(value_type = Option<String>)]
    current_password: Option<SecretString>,
    #[schema(value_type = Option<String>)]
    new_password: Option<SecretString>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PasswordReset {
    email: Option<String>,
    token: Option<String>,
    #[schema(value_type = Option<String>)]
    new_password: Option<SecretString>,
}

/// What a call answers that has nothing to show.
#[derive(Serialize)]
struct Done {
    message: &'static str,
}

/// Sign up with e-mail and password. The user is signed in from then on.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/auth/email/signup", tag = "auth",
    params(("environment_id" = String, Path)),
    request_body = Credentials, responses((status = 201, body = Tokens)))]
pub async fn sign_up(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    device::From(device): device::From,
    Object(body): Object<Credentials>,
) -> Result<Enveloped, Problem> {
    body.check_method()?;
    let sign_up = SignUp {
        email: needed(body.email, "email")?,
        password: needed(body.password, "password")?,
        name: needed(body.name, "name")?,
    };
    let tokens = platform.sign_up(&access, sign_up, device).await?;
    Ok(Enveloped(StatusCode::CREATED, Payload::of(&tokens)))
}

/// Sign in with e-mail and password.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/auth/email/signin", tag = "auth",
    params(("environment_id" = String, Path)),
    request_body = Credentials, responses((status = 200, body = Tokens)))]
pub async fn sign_in(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    device::From(device): device::From,
    Object(body): Object<Credentials>,
) -> Result<Enveloped, Problem> {
    body.check_method()?;
    let sign_in = SignIn { email: needed(body.email, "email")?, password: needed(body.password, "password")? };
    let tokens = platform.sign_in(&access, sign_in, device).await?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&tokens)))
}

/// Exchange a refresh token for the next pair. It is good for one exchange.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/auth/refresh", tag = "auth",
    params(("environment_id" = String, Path)),
    request_body = Refresh, responses((status = 200, body = Tokens)))]
pub async fn refresh(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    Object(body): Object<Refresh>,
) -> Result<Enveloped, Problem> {
    let token = needed(body.refresh_token, "refreshToken")?;
    let tokens = platform.refresh(&access, &token).await?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&tokens)))
}

/// Show the user who is signed in.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/auth/me", tag = "auth",
    params(("environment_id" = String, Path)),
    responses((status = 200, body = User)))]
pub async fn me(State(platform): State<Platform>, Extension(access): Extension<Access>) -> Result<Enveloped, Problem> {
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.me(&access).await?)))
}

/// End the session that asks. It may come without a body, and nobody looks at one.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/auth/signout", tag = "auth",
    params(("environment_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn sign_out(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
) -> Result<Enveloped, Problem> {
    platform.sign_out(&access).await?;
    Ok(done("Signed out"))
}

/// List where the user is signed in, the last used first.
#[utoipa::path(get, path = "/management/v1/environments/{environment_id}/v1/auth/sessions", tag = "auth",
    params(("environment_id" = String, Path), ("page" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = Page<Session>)))]
pub async fn sessions(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    query: Parameters,
) -> Result<Enveloped, Problem> {
    let page = platform.sessions(&access, query.short_window()).await?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&page)))
}

/// End a session of the user.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/v1/auth/sessions/{session_id}", tag = "auth",
    params(("environment_id" = String, Path), ("session_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn end_session(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    OfSession(session): OfSession,
) -> Result<Enveloped, Problem> {
    platform.end_session(&access, &session).await?;
    Ok(done("The session has ended"))
}

/// Delete the user who is signed in.
#[utoipa::path(delete, path = "/management/v1/environments/{environment_id}/v1/auth/withdraw", tag = "auth",
    params(("environment_id" = String, Path)),
    responses((status = 200, body = Value)))]
pub async fn withdraw(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
) -> Result<Enveloped, Problem> {
    platform.withdraw_user(&access).await?;
    Ok(done("The user is deleted"))
}

/// Change the password. All sessions of the user end.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/auth/password/change", tag = "auth",
    params(("environment_id" = String, Path)),
    request_body = PasswordChange, responses((status = 200, body = Value)))]
pub async fn change_password(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    body: Result<Object<PasswordChange>, Problem>,
) -> Result<Enveloped, Problem> {
    // Who asks comes before what they ask.
    access.user().map_err(Error::from)?;
    let Object(body) = body?;
    let current = needed(body.current_password, "currentPassword")?;
    let new = needed(body.new_password, "newPassword")?;
    platform.change_password(&access, current, new).await?;
    Ok(done("The password is changed: sign in with it"))
}

/// Set a password with the token of an invitation.
#[utoipa::path(post, path = "/management/v1/environments/{environment_id}/v1/auth/password/reset/confirm", tag = "auth",
    params(("environment_id" = String, Path)),
    request_body = PasswordReset, responses((status = 200, body = Value)))]
pub async fn reset_password(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    Object(body): Object<PasswordReset>,
) -> Result<Enveloped, Problem> {
    let (email, token) = (needed(body.email, "email")?, needed(body.token, "token")?);
    let new = needed(body.new_password, "newPassword")?;
    platform.set_password_with_token(&access, &email, &token, new).await?;
    Ok(done("The password is set: sign in with it"))
}

/// Signing in through another service needs settings, and there are none yet.
pub async fn provider_not_configured() -> Problem {
    let message = "Signing in through this service is not set up: sign in with e-mail and password";
    Problem::new(StatusCode::BAD_REQUEST, code::OAUTH_NOT_CONFIGURED, message)
}

pub async fn unknown_provider() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code::UNSUPPORTED_PROVIDER, "A provider is google or github")
}

impl Credentials {
    /// Apps leave the method out where it is the password.
    fn check_method(&self) -> Result<(), Error> {
        match self.method.as_deref() {
            None | Some("password") => Ok(()),
            Some("magiclink") => Err(Error::NotImplemented("Signing in with a link by mail")),
            Some(_) => Err(Refusal::InvalidRequest("method is password, or left out".into()).into()),
        }
    }
}

fn needed<T>(value: Option<T>, name: &str) -> Result<T, Error> {
    value.ok_or_else(|| Refusal::InvalidRequest(format!("{name} is required")).into())
}

fn done(message: &'static str) -> Enveloped {
    Enveloped(StatusCode::OK, Payload::of(&Done { message }))
}
