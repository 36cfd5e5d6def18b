//! What a path names. An identifier that is malformed names nothing, so it is 404 like any other
//! that does not exist.

use axum::{
    RequestPartsExt,
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, request::Parts},
};

use super::error::Problem;
use crate::{
    domain::{EnvironmentId, ImportId, KeyId, ProjectId, error::code, file::ObjectPath},
    platform::{self, Noun, files::Refusal},
};

/// The project that `{project_id}` names.
#[derive(Debug)]
pub struct InProject(pub ProjectId);

/// The environment that `{environment_id}` names.
#[derive(Debug)]
pub struct InEnvironment(pub EnvironmentId);

/// The key that `{key_id}` names.
#[derive(Debug)]
pub struct OfKey(pub KeyId);

/// The import that `{import_id}` names.
#[derive(Debug)]
pub struct OfImport(pub ImportId);

/// The text in place of `{table}`.
#[derive(Debug)]
pub struct OfTable(pub String);

/// The text in place of `{user_id}`.
#[derive(Debug)]
pub struct OfUser(pub String);

/// The text in place of `{session_id}`.
#[derive(Debug)]
pub struct OfSession(pub String);

/// The texts in place of `{table}` and `{id}`.
#[derive(Debug)]
pub struct OfRecord {
    pub table: String,
    pub id: String,
}

/// The text in place of `{file_id}`.
#[derive(Debug)]
pub struct OfFile(pub String);

/// The object that a URL names.
#[derive(Debug)]
pub struct AtObject(pub ObjectPath);

impl<S: Sync> FromRequestParts<S> for OfFile {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parameters(parts).await?.named("file_id").map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for AtObject {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let path = ObjectPath::parse(parts.uri.path());
        path.map(Self).map_err(|_| platform::Error::from(Refusal::NotFound).into())
    }
}

impl<S: Sync> FromRequestParts<S> for InProject {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parameters(parts).await?.named("project_id")?;
        ProjectId::parse(&text).map(Self).map_err(|_| Problem::no_such(Noun::Project))
    }
}

impl<S: Sync> FromRequestParts<S> for InEnvironment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parameters(parts).await?.named("environment_id")?;
        EnvironmentId::parse(&text).map(Self).map_err(|_| Problem::no_such(Noun::Environment))
    }
}

impl<S: Sync> FromRequestParts<S> for OfKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parameters(parts).await?.named("key_id")?;
        KeyId::parse(&text).map(Self).map_err(|_| Problem::no_such(Noun::Key))
    }
}

impl<S: Sync> FromRequestParts<S> for OfImport {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = parameters(parts).await?.named("import_id")?;
        ImportId::parse(&text).map(Self).map_err(|_| Problem::no_such(Noun::Import))
    }
}

impl<S: Sync> FromRequestParts<S> for OfTable {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parameters(parts).await?.named("table").map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for OfUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parameters(parts).await?.named("user_id").map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for OfSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parameters(parts).await?.named("session_id").map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for OfRecord {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let parameters = parameters(parts).await?;
        Ok(Self { table: parameters.named("table")?, id: parameters.named("id")? })
    }
}

struct Parameters(RawPathParams);

async fn parameters(parts: &mut Parts) -> Result<Parameters, Problem> {
    // The only way to fail from outside is a percent-encoding that is not UTF-8.
    parts.extract().await.map(Parameters).map_err(|_| nothing_there())
}

impl Parameters {
    fn named(&self, name: &str) -> Result<String, Problem> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).ok_or_else(nothing_there)
    }
}

fn nothing_there() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, code::NOT_FOUND, "There is nothing at this path")
}
