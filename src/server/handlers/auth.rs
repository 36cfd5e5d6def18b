//! Signing up, in and out.

use axum::{Extension, extract::State, http::StatusCode};
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    platform::{
        Access, Error, Payload, Platform,
        accounts::{Refusal, SignIn, SignUp},
    },
    server::{body::Object, device, envelope::Enveloped, error::Problem},
};

/// What signing up and in have in common. Fields that are absent are told as the contract tells
/// them, so none is required here; unknown ones are ignored.
#[derive(Debug, Deserialize)]
pub struct Credentials {
    method: Option<String>,
    email: Option<String>,
    password: Option<SecretString>,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refresh {
    refresh_token: Option<String>,
}

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

pub async fn refresh(
    State(platform): State<Platform>,
    Extension(access): Extension<Access>,
    Object(body): Object<Refresh>,
) -> Result<Enveloped, Problem> {
    let token = needed(body.refresh_token, "refreshToken")?;
    let tokens = platform.refresh(&access, &token).await?;
    Ok(Enveloped(StatusCode::OK, Payload::of(&tokens)))
}

pub async fn me(State(platform): State<Platform>, Extension(access): Extension<Access>) -> Result<Enveloped, Problem> {
    Ok(Enveloped(StatusCode::OK, Payload::of(&platform.me(&access).await?)))
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
