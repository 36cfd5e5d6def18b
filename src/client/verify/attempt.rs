//! One key, perhaps with a user's token, on one door, and how the answer is judged.

use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use serde_json::{Map, Value};

use super::{
    super::{Client, Error, management, transport::Call},
    Kind,
    marker::Marker,
};
use crate::domain::{api::Project, file::wire::File, key::PROOF_AGENT, session::Tokens};

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Older sample code sends the key this way, and names the environment in headers of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    ApiKey,
    Bearer,
}

pub struct Attempt<'a> {
    kind: Kind,
    key: &'a str,
    form: Form,
    /// The project and environment named in the legacy headers.
    claimed: Option<(&'a str, &'a str)>,
    door: Door,
    expected: Expected<'a>,
}

#[derive(Clone)]
struct Door {
    method: Method,
    path: String,
    body: Option<Map<String, Value>>,
    /// The token of a user beside the key, which is in a header of its own then.
    token: Option<String>,
}

#[derive(Clone, Copy)]
enum Expected<'a> {
    /// A success that shows this text: the marker answers to its own key.
    Shown(&'a str),
    /// Anything that does not show the marker: the caller's own table has the same name.
    Hidden(&'a Marker<'a>),
    /// A refusal: there is nothing of this name on the caller's side.
    Refused(&'a Marker<'a>),
}

pub enum Outcome {
    Right,
    /// What happened, as a sentence without a full stop.
    Wrong(String),
}

/// The marker's own keys on its own doors; all must open.
pub fn own<'a>(marker: &'a Marker<'_>) -> Vec<Attempt<'a>> {
    let attempt = |kind, key: &'a String, door, shown| Attempt {
        kind,
        key,
        form: Form::ApiKey,
        claimed: None,
        door,
        expected: Expected::Shown(shown),
    };
    let token = marker.user.as_ref().map(|user| user.access_token.clone());
    // A private file is shown to the secret key.
    let file = marker.file.as_ref().zip(marker.keys.get(1));
    let file = file.map(|(file, key)| attempt(Kind::Files, key, get(format!("/v1/files/{}", file.id)), &marker.word));
    // The planted keys come first; those that were there may be limited to other tables.
    let planted = marker.keys.iter().take(2);
    planted
        .flat_map(|key| {
            [
                attempt(Kind::Users, key, Door { token: token.clone(), ..get("/v1/auth/me".into()) }, &marker.word),
                attempt(Kind::Schema, key, get(format!("/v1/data/{}", marker.table)), "\"items\""),
                attempt(Kind::Rows, key, get(format!("/v1/data/{}", marker.shared)), &marker.word),
                attempt(Kind::Rows, key, get(format!("/v1/{}", marker.shared)), &marker.word),
                attempt(Kind::Rows, key, get(format!("/v1/data/{}/{}", marker.shared, marker.row)), &marker.word),
                attempt(Kind::Keys, key, get(format!("/v1/{}/{}", marker.shared, marker.row)), &marker.word),
            ]
        })
        .chain(file)
        .collect()
}

/// Every key of `foreign` on every door that leads to `marker`, in every form; none may open.
pub fn foreign<'a>(project: &'a Project, marker: &'a Marker<'a>, foreign: &'a Marker<'_>) -> Vec<Attempt<'a>> {
    let claimed = (project.id.as_str(), marker.environment.name.as_str());
    let doors = doors(marker);
    let mut attempts: Vec<_> = foreign.keys.first().and_then(|key| sign_in(marker, key)).into_iter().collect();
    for key in &foreign.keys {
        for form in [Form::ApiKey, Form::Bearer] {
            for claimed in [None, Some(claimed)] {
                let fitting = doors.iter().filter(|(_, door, _)| form == Form::ApiKey || door.token.is_none());
                attempts.extend(fitting.cloned().map(|(kind, door, expected)| Attempt {
                    kind,
                    key,
                    form,
                    claimed,
                    door,
                    expected,
                }));
            }
        }
    }
    attempts
}

/// The marker's user on the other side's door: tried once, because a password is slow to check.
fn sign_in<'a>(marker: &'a Marker<'a>, key: &'a str) -> Option<Attempt<'a>> {
    let email = marker.user.as_ref()?.user.email.as_str();
    let body = Map::from_iter(
        [("email", email), ("password", &marker.password)].map(|(name, value)| (name.into(), value.into())),
    );
    let door = Door { method: Method::POST, body: Some(body), ..get("/v1/auth/email/signin".into()) };
    Some(Attempt {
        kind: Kind::Users,
        key,
        form: Form::ApiKey,
        claimed: None,
        door,
        expected: Expected::Refused(marker),
    })
}

fn doors<'a>(marker: &'a Marker<'a>) -> Vec<(Kind, Door, Expected<'a>)> {
    let mut doors = doors_of_data(marker);
    doors.extend(marker.file.as_ref().map(|file| doors_of_file(marker, file)).unwrap_or_default());
    doors.extend(marker.user.as_ref().map(|user| doors_of_user(marker, user)).unwrap_or_default());
    doors
}

/// What the marker's user could be reached by, or reach: their id, and both of their tokens.
fn doors_of_user<'a>(marker: &'a Marker<'a>, tokens: &Tokens) -> Vec<(Kind, Door, Expected<'a>)> {
    let (environment, shared, id) = (&marker.environment.id, marker.shared, &tokens.user.id);
    let signed_in = |path: String| Door { token: Some(tokens.access_token.clone()), ..get(path) };
    let refresh = Map::from_iter([("refreshToken".to_owned(), tokens.refresh_token.as_str().into())]);
    let refresh = Door { method: Method::POST, body: Some(refresh), ..get("/v1/auth/refresh".into()) };
    let refused = Expected::Refused(marker);
    let doors = [
        (get(format!("/v1/users/{id}")), refused),
        (get("/v1/users?limit=100".into()), Expected::Hidden(marker)),
        (get(management(&format!("/environments/{environment}/v1/users/{id}"))), refused),
        (signed_in("/v1/auth/me".into()), refused),
        (signed_in(format!("/v1/users/{id}")), refused),
        (signed_in(format!("/v1/data/{shared}")), refused),
        (refresh, refused),
    ];
    doors.into_iter().map(|(door, expected)| (Kind::Users, door, expected)).collect()
}

/// What the marker's file could be reached by: its id, and the address of its bytes.
fn doors_of_file<'a>(marker: &'a Marker<'a>, file: &File) -> Vec<(Kind, Door, Expected<'a>)> {
    let path = format!("/v1/files/{}", file.id);
    let send = |method, path: String| Door { method, body: Some(Map::new()), ..get(path) };
    let refused = Expected::Refused(marker);
    let mut doors = vec![
        (get(path.clone()), refused),
        (get("/v1/files?limit=100".into()), Expected::Hidden(marker)),
        (send(Method::POST, format!("{path}/download-url")), refused),
        (send(Method::PATCH, path.clone()), refused),
        (Door { method: Method::DELETE, ..get(path) }, refused),
    ];
    let address = file.s3_key.find("/v1/objects/").map(|start| get(file.s3_key[start..].to_owned()));
    doors.extend(address.map(|door| (door, refused)));
    doors.into_iter().map(|(door, expected)| (Kind::Files, door, expected)).collect()
}

fn doors_of_data<'a>(marker: &'a Marker<'a>) -> Vec<(Kind, Door, Expected<'a>)> {
    let Marker { shared, table, row, .. } = marker;
    let environment = &marker.environment.id;
    // Empty: an answer that repeats what was sent must not look like one that shows the marker.
    let send = |method, path: String| Door { method, body: Some(Map::new()), ..get(path) };
    let refused = Expected::Refused(marker);
    let hidden = Expected::Hidden(marker);
    vec![
        (Kind::Schema, get(format!("/v1/data/{table}")), refused),
        (Kind::Schema, get(format!("/v1/{table}")), refused),
        (Kind::Schema, get(format!("/v1/data/{table}/spec")), refused),
        (Kind::Schema, send(Method::POST, format!("/v1/data/{table}")), refused),
        (Kind::Rows, get(format!("/v1/data/{shared}")), hidden),
        (Kind::Rows, get(format!("/v1/{shared}")), hidden),
        (Kind::Rows, get(format!("/v1/data/{shared}/{row}")), refused),
        (Kind::Rows, get(format!("/v1/{shared}/{row}")), refused),
        (Kind::Rows, send(Method::PATCH, format!("/v1/data/{shared}/{row}")), refused),
        (Kind::Rows, Door { method: Method::DELETE, ..get(format!("/v1/data/{shared}/{row}")) }, refused),
        (Kind::Keys, get(management(&format!("/environments/{environment}/keys"))), refused),
        (Kind::Keys, get(management(&format!("/environments/{environment}/v1/data/{shared}"))), refused),
    ]
}

fn get(path: String) -> Door {
    Door { method: Method::GET, path, body: None, token: None }
}

impl Attempt<'_> {
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// # Errors
    /// When there is no answer, or one that proves nothing: the server failed, or was too busy.
    pub async fn run(&self, client: &Client) -> Result<Outcome, Error> {
        let mut call = Call::new(self.door.method.clone(), &self.door.path);
        if let Some(body) = &self.door.body {
            call = call.body(body)?;
        }
        let answer = client.transport.send_as(call, self.headers(client)?).await?;
        // 501 is an answer: a door that is not built yet does not open.
        if matches!(answer.status, 429 | 500 | 502..) {
            return Err(Error::Server {
                status: answer.status,
                code: "client/no-proof".to_owned(),
                message: format!("{self} was not answered, which proves nothing; try again"),
            });
        }
        let succeeded = (200..300).contains(&answer.status);
        let body = String::from_utf8_lossy(&answer.body);
        let right = match self.expected {
            Expected::Shown(text) => succeeded && body.contains(text),
            Expected::Hidden(marker) => !shows(&body, marker),
            Expected::Refused(marker) => !succeeded && !shows(&body, marker),
        };
        Ok(match (right, self.expected) {
            (true, _) => Outcome::Right,
            (false, Expected::Shown(_)) => {
                Outcome::Wrong(format!("{self} should have reached its own environment, and got {}", answer.status))
            }
            (false, Expected::Hidden(marker) | Expected::Refused(marker)) => {
                Outcome::Wrong(format!("{self} reached {} ({})", marker.environment.name, answer.status))
            }
        })
    }

    fn headers(&self, client: &Client) -> Result<HeaderMap, Error> {
        let value = |text: &str| {
            HeaderValue::from_str(text).map_err(|_| client.transport.malformed("a key or name that no header can hold"))
        };
        let mut headers = HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(PROOF_AGENT))]);
        match self.form {
            Form::ApiKey => headers.insert(API_KEY, value(self.key)?),
            Form::Bearer => headers.insert(AUTHORIZATION, value(&format!("Bearer {}", self.key))?),
        };
        if let Some((project, environment)) = self.claimed {
            headers.insert("x-project-id", value(project)?);
            headers.insert("x-environment", value(environment)?);
        }
        if let Some(token) = &self.door.token {
            headers.insert(AUTHORIZATION, value(&format!("Bearer {token}"))?);
        }
        Ok(headers)
    }
}

impl std::fmt::Display for Attempt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let header = match self.form {
            Form::ApiKey => "X-API-Key",
            Form::Bearer => "Authorization",
        };
        let legacy = if self.claimed.is_some() { " and legacy headers" } else { "" };
        let token = if self.door.token.is_some() { " and a user's token" } else { "" };
        // Enough of the key to find it, too little to use it.
        let key: String = self.key.chars().take(7).collect();
        write!(f, "{} {} with {key}… in {header}{token}{legacy}", self.door.method, self.door.path)
    }
}

/// Whether an answer holds anything that only the marker has. Names that the request contained do
/// not count: an error may repeat them.
fn shows(body: &str, marker: &Marker<'_>) -> bool {
    body.contains(&marker.word)
        || body.contains(&marker.column)
        || marker.keys.iter().any(|key| body.contains(key.as_str()))
}
