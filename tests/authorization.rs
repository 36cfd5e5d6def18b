//! Who may call what: every route of the router against every kind of caller.
//!
//! The routes are the router's own, so one that is new fails here until [`DECISIONS`] has a row for
//! it, and the rows of routes that are gone fail too.

#![expect(clippy::panic, reason = "that is how a test fails")]

mod harness;

use std::collections::{BTreeMap, BTreeSet};

use bkend_console::server::router;
use futures_util::future::join_all;
use harness::{Backend, Call, Environment, PATIENCE, Text, accounts::User, until};
use reqwest::Method;
use serde_json::{Value, json};

/// Each route, the [`Door`] before it, and what somebody hears ([`said`]) who came in: with a
/// publishable key alone (`guest`), as a user who does not own the thing (`other`) and as the one who
/// does (`own`), as an admin among the users, and with a secret key.
///
/// The things: a record in a table with the rules that suit public content (everybody reads, users
/// create, owners change and delete), a private file, the user `own`. A key with scopes of another
/// table hears `scope` behind the door `records` and what a secret key hears elsewhere.
///
/// The management plane needs no rows: all of it is for the operator, who hears on the data plane of
/// an environment what a secret key hears under `/v1`.
const DECISIONS: &str = "
route                                            door      guest      other      own     admin   secret
GET    /healthz                                  open      yes        yes        yes     yes     yes
GET    /readyz                                   open      yes        yes        yes     yes     yes
GET    /v1/objects/{environment_id}/{object_id}/{name}  url  denied-file denied-file denied-file denied-file denied-file
PUT    /v1/objects/{environment_id}/{object_id}/{name}  url  denied-file denied-file denied-file denied-file denied-file

ANY    /v1/data                                  records   nowhere    nowhere    nowhere nowhere nowhere
GET    /v1/data/{table}                          records   yes        yes        yes     yes     yes
POST   /v1/data/{table}                          records   denied     yes        yes     yes     yes
PATCH  /v1/data/{table}                          records   no-id      no-id      no-id   no-id   no-id
DELETE /v1/data/{table}                          records   no-id      no-id      no-id   no-id   no-id
GET    /v1/data/{table}/{id}                     records   yes        yes        yes     yes     yes
PATCH  /v1/data/{table}/{id}                     records   denied     denied     yes     yes     yes
DELETE /v1/data/{table}/{id}                     records   denied     denied     yes     yes     yes
GET    /v1/data/{table}/spec                     records   yes        yes        yes     yes     yes
GET    /v1/data/{table}/openapi                  records   yes        yes        yes     yes     yes
GET    /v1/{table}                               records   yes        yes        yes     yes     yes
POST   /v1/{table}                               records   denied     yes        yes     yes     yes
PATCH  /v1/{table}                               records   no-id      no-id      no-id   no-id   no-id
DELETE /v1/{table}                               records   no-id      no-id      no-id   no-id   no-id
GET    /v1/{table}/{id}                          records   yes        yes        yes     yes     yes
PATCH  /v1/{table}/{id}                          records   denied     denied     yes     yes     yes
DELETE /v1/{table}/{id}                          records   denied     denied     yes     yes     yes
GET    /v1/{table}/spec                          records   yes        yes        yes     yes     yes
GET    /v1/{table}/openapi                       records   yes        yes        yes     yes     yes

POST   /v1/auth/email/signup                     sign-in   yes        yes        yes     yes     yes
POST   /v1/auth/email/signin                     sign-in   yes        yes        yes     yes     yes
POST   /v1/auth/refresh                          sign-in   yes        yes        yes     yes     yes
POST   /v1/auth/password/reset/confirm           sign-in   yes        yes        yes     yes     yes
GET    /v1/auth/google/callback                  sign-in   yes        yes        yes     yes     yes
POST   /v1/auth/google/callback                  sign-in   yes        yes        yes     yes     yes
GET    /v1/auth/github/callback                  sign-in   yes        yes        yes     yes     yes
POST   /v1/auth/github/callback                  sign-in   yes        yes        yes     yes     yes
GET    /v1/auth/{provider}/callback              sign-in   yes        yes        yes     yes     yes
POST   /v1/auth/{provider}/callback              sign-in   yes        yes        yes     yes     yes

GET    /v1/auth/me                               accounts  sign-in    yes        yes     yes     sign-in
POST   /v1/auth/signout                          accounts  sign-in    yes        yes     yes     sign-in
GET    /v1/auth/sessions                         accounts  sign-in    yes        yes     yes     sign-in
DELETE /v1/auth/sessions/{session_id}            accounts  sign-in    yes        yes     yes     sign-in
DELETE /v1/auth/withdraw                         accounts  sign-in    yes        yes     yes     sign-in
POST   /v1/auth/password/change                  accounts  sign-in    yes        yes     yes     sign-in
ANY    /v1/auth                                  accounts  nowhere    nowhere    nowhere nowhere nowhere
ANY    /v1/auth/{provider}                       accounts  nowhere    nowhere    nowhere nowhere nowhere
ANY    /v1/auth/{provider}/{*rest}               accounts  nowhere    nowhere    nowhere nowhere nowhere
ANY    /v1/auth/accounts                         accounts  later      later      later   later   later
ANY    /v1/auth/accounts/check                   accounts  later      later      later   later   later
ANY    /v1/auth/accounts/{provider}              accounts  later      later      later   later   later
ANY    /v1/auth/email/callback                   accounts  later      later      later   later   later
ANY    /v1/auth/email/verify/confirm             accounts  later      later      later   later   later
ANY    /v1/auth/email/verify/resend              accounts  later      later      later   later   later
ANY    /v1/auth/email/verify/send                accounts  later      later      later   later   later
ANY    /v1/auth/invitations                      accounts  later      later      later   later   later
ANY    /v1/auth/invitations/accept               accounts  later      later      later   later   later
ANY    /v1/auth/invitations/reject               accounts  later      later      later   later   later
ANY    /v1/auth/invitations/{id}                 accounts  later      later      later   later   later
ANY    /v1/auth/mfa/confirm                      accounts  later      later      later   later   later
ANY    /v1/auth/mfa/disable                      accounts  later      later      later   later   later
ANY    /v1/auth/mfa/enable                       accounts  later      later      later   later   later
ANY    /v1/auth/password/reset/request           accounts  later      later      later   later   later
ANY    /v1/auth/signup/email/confirm             accounts  later      later      later   later   later
ANY    /v1/auth/signup/email/resend              accounts  later      later      later   later   later
ANY    /v1/auth/switch-organization              accounts  later      later      later   later   later

GET    /v1/users                                 accounts  login      yes        yes     yes     yes
POST   /v1/users                                 accounts  login      forbidden  forbidden yes   yes
GET    /v1/users/{user_id}                       accounts  login      yes        yes     yes     yes
PATCH  /v1/users/{user_id}                       accounts  login      forbidden  yes     yes     yes
DELETE /v1/users/{user_id}                       accounts  login      forbidden  yes     yes     yes
PATCH  /v1/users/{user_id}/avatar                accounts  login      forbidden  yes     yes     yes
DELETE /v1/users/{user_id}/avatar                accounts  login      forbidden  yes     yes     yes
POST   /v1/users/{user_id}/avatar/upload-url     accounts  login      forbidden  yes     yes     yes
PATCH  /v1/users/{user_id}/role                  accounts  login      forbidden  forbidden yes   yes
GET    /v1/users/{user_id}/profile               accounts  login      forbidden  yes     yes     yes
PATCH  /v1/users/{user_id}/profile               accounts  login      forbidden  yes     yes     yes
GET    /v1/users/{user_id}/preferences           accounts  login      forbidden  yes     yes     yes
PATCH  /v1/users/{user_id}/preferences           accounts  login      forbidden  yes     yes     yes
GET    /v1/users/{user_id}/notifications         accounts  login      forbidden  yes     yes     yes
PATCH  /v1/users/{user_id}/notifications         accounts  login      forbidden  yes     yes     yes
GET    /v1/users/{user_id}/onboarding            accounts  login      forbidden  yes     yes     yes
PATCH  /v1/users/{user_id}/onboarding            accounts  login      forbidden  yes     yes     yes
GET    /v1/users/{user_id}/public-settings       accounts  login      forbidden  yes     yes     yes
PATCH  /v1/users/{user_id}/public-settings       accounts  login      forbidden  yes     yes     yes
ANY    /v1/users/{user_id}/{*rest}               accounts  nowhere    nowhere    nowhere nowhere nowhere

GET    /v1/files                                 accounts  yes        yes        yes     yes     yes
POST   /v1/files                                 accounts  login-file yes        yes     yes     yes
POST   /v1/files/presigned-url                   accounts  login-file yes        yes     yes     yes
POST   /v1/files/multipart/init                  accounts  login-file yes        yes     yes     yes
POST   /v1/files/multipart/presigned-url         accounts  login-file yes        yes     yes     yes
POST   /v1/files/multipart/complete              accounts  login-file yes        yes     yes     yes
POST   /v1/files/multipart/abort                 accounts  login-file yes        yes     yes     yes
GET    /v1/files/{file_id}                       accounts  login-file denied-file yes    yes     yes
PATCH  /v1/files/{file_id}                       accounts  login-file denied-file yes    yes     yes
DELETE /v1/files/{file_id}                       accounts  login-file denied-file yes    yes     yes
GET    /v1/files/{file_id}/download-url          accounts  login-file denied-file yes    yes     yes
POST   /v1/files/{file_id}/download-url          accounts  login-file denied-file yes    yes     yes
";

/// The words of [`DECISIONS`].
fn said(word: &str) -> Expected {
    match word {
        "yes" => Expected::Served,
        "denied" => Expected::Refused(403, "data/permission-denied"),
        "scope" => Expected::Refused(403, "data/scope-insufficient"),
        "no-id" => Expected::Refused(404, "data/not-found"),
        "sign-in" => Expected::Refused(401, "auth/unauthorized"),
        "login" => Expected::Refused(401, "user/unauthorized"),
        "forbidden" => Expected::Refused(403, "user/forbidden"),
        "login-file" => Expected::Refused(401, "common/authentication-required"),
        "denied-file" => Expected::Refused(403, "file/access-denied"),
        "nowhere" => Expected::Refused(404, "common/not-found"),
        "later" => Expected::Refused(501, "common/not-implemented"),
        other => panic!("{other} is not among the words of a decision"),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// Whatever the handler says to those who may call it: a success, or that the empty body that
    /// came along is not enough.
    Served,
    /// As above, but nothing is found or changed: it belongs to another environment.
    NothingThere,
    /// A status and a code.
    Refused(u16, &'static str),
}

/// What stands before a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Nothing.
    Open,
    /// The signature in the URL; nobody here has one.
    Url,
    /// A key, with its scopes.
    Records,
    /// A key. The token of a user is passed over: apps send the one that has expired along.
    SignIn,
    /// A key, and the token of a user if there is one.
    Accounts,
    /// The operator token.
    Operator,
}

struct Row {
    door: Door,
    guest: Expected,
    other: Expected,
    own: Expected,
    admin: Expected,
    secret: Expected,
}

type Route = (String, String);

fn decisions() -> BTreeMap<Route, Row> {
    let lines = DECISIONS.lines().filter(|line| !line.is_empty()).skip(1);
    let rows = lines.map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [method, path, door, guest, other, own, admin, secret] = words[..] else {
            panic!("a decision has eight words: {line}");
        };
        let door = match door {
            "open" => Door::Open,
            "url" => Door::Url,
            "records" => Door::Records,
            "sign-in" => Door::SignIn,
            "accounts" => Door::Accounts,
            other => panic!("{other} is not a door"),
        };
        let [guest, other, own, admin, secret] = [guest, other, own, admin, secret].map(said);
        ((method.to_owned(), path.to_owned()), Row { door, guest, other, own, admin, secret })
    });
    rows.collect()
}

const OPERATORS_DATA_PLANE: &str = "/management/v1/environments/{environment_id}/v1";

/// The decision about a route.
fn decision(decisions: &BTreeMap<Route, Row>, (method, path): &Route) -> Option<Row> {
    let of = |path: String| decisions.get(&(method.clone(), path));
    let for_the_operator = |secret: Expected| {
        let refused = Expected::Refused(401, "auth/unauthorized");
        Row { door: Door::Operator, guest: refused, other: refused, own: refused, admin: refused, secret }
    };
    if let Some(rest) = path.strip_prefix(OPERATORS_DATA_PLANE) {
        of(format!("/v1{rest}")).map(|row| for_the_operator(row.secret))
    } else if path.starts_with("/management/") {
        Some(for_the_operator(Expected::Served))
    } else {
        of(path.clone()).map(|row| Row { ..*row })
    }
}

/// An environment with somebody of each kind, and the credentials that open nothing.
struct World {
    backend: Backend,
    dev: Environment,
    project: String,
    own: User,
    other: User,
    admin: User,
    secret: String,
    scoped: String,
    expired_key: String,
    revoked_key: String,
    expired_token: String,
    ended_token: String,
    staging: Environment,
    staging_secret: String,
    /// The tokens of a user of another environment, and of one of another project.
    elsewhere: [String; 2],
    users: usize,
}

impl World {
    async fn new() -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        let keys = format!("/environments/{}/keys", dev.id);
        let soon = (chrono::Utc::now() + chrono::TimeDelta::milliseconds(800)).to_rfc3339();
        let body = json!({"name": "short", "type": "secret", "expiresAt": soon});
        let expired_key = backend.operator(Method::POST, &keys).json(&body).send().await.expect(201)["key"].text();
        let body = json!({"name": "gone", "type": "secret"});
        let gone = backend.operator(Method::POST, &keys).json(&body).send().await.expect(201);
        let gone_path = format!("{keys}/{}", gone["id"].text());
        backend.operator(Method::DELETE, &gone_path).send().await.expect(200);

        let permissions = json!({
            "guest": {"read": true, "list": true},
            "user": {"create": true, "read": true, "list": true},
            "self": {"update": true, "delete": true},
        });
        backend.table(&dev, &json!({"name": "posts", "permissions": permissions})).await;
        let own = backend.sign_up(&dev, "own").await;
        let other = backend.sign_up(&dev, "other").await;
        let admin = backend.sign_up_as(&dev, "admin", "admin").await;
        let ended = backend.sign_in(&dev, &other).await;
        backend.post("/v1/auth/signout", &json!({})).key(&dev.key).bearer(&ended.access).send().await.expect(200);

        let staging = backend.environment("staging").await;
        let elsewhere = [
            backend.sign_up(&staging, "own").await.access,
            backend.sign_up(&in_another_project(&backend).await, "own").await.access,
        ];
        until("the key expires", async || {
            backend.get("/v1/data/posts").key(&expired_key).send().await.code() == Some("auth/invalid-token")
        })
        .await;
        Self {
            project: backend.project_id().await,
            secret: backend.secret_key(&dev, "all", &[]).await,
            scoped: backend.secret_key(&dev, "notes", &["notes:*"]).await,
            expired_token: backend.with_claims(&dev, &other.access, &json!({"iat": 1_000_000, "exp": 1_000_001})),
            ended_token: ended.access,
            staging_secret: backend.secret_key(&staging, "all", &[]).await,
            revoked_key: gone["key"].text(),
            users: 0,
            backend,
            dev,
            own,
            other,
            admin,
            expired_key,
            staging,
            elsewhere,
        }
    }

    /// Whoever went with the row before comes back.
    async fn with_everybody(&mut self) {
        for role in ["own", "other", "admin"] {
            let user = match role {
                "own" => &self.own,
                "other" => &self.other,
                _ => &self.admin,
            };
            let me = self.backend.get("/v1/auth/me").key(&self.dev.key).bearer(&user.access).send().await;
            if me.status == 200 {
                continue;
            }
            self.users += 1;
            let name = format!("{role}{}", self.users);
            match role {
                "own" => self.own = self.backend.sign_up(&self.dev, &name).await,
                "other" => self.other = self.backend.sign_up(&self.dev, &name).await,
                _ => self.admin = self.backend.sign_up_as(&self.dev, &name, "admin").await,
            }
        }
    }

    /// The path of a route with things that `own` has.
    async fn filled(&self, route: &str) -> String {
        let mut path = route.replace("{environment_id}", &self.dev.id).replace("{project_id}", &self.project);
        path = path.replace("{table}", "posts").replace("{user_id}", &self.own.id);
        if path.contains("{id}") {
            let call = self.backend.post("/v1/data/posts", &json!({"text": "mine"})).key(&self.dev.key);
            let record = call.bearer(&self.own.access).send().await.expect(201);
            path = path.replace("{id}", &record["id"].text());
        }
        if path.contains("{file_id}") || path.contains("{object_id}") {
            let file = self.file().await;
            let object = file["s3Key"].text();
            let mut parts = object.rsplit('/');
            let name = parts.next().expect("a name");
            path = path.replace("{file_id}", &file["id"].text()).replace("{name}", name);
            path = path.replace("{object_id}", parts.next().expect("an id"));
        }
        nobodys(&path)
    }

    /// A private file of `own`.
    async fn file(&self) -> Value {
        let post = async |path: &str, body: &Value, status: u16| {
            let call = self.backend.post(path, body).key(&self.dev.key).bearer(&self.own.access);
            call.send().await.expect(status)
        };
        let presign = json!({"filename": "note.txt", "contentType": "text/plain"});
        let address = post("/v1/files/presigned-url", &presign, 200).await;
        self.backend.put(&address["url"].text(), "mine").await.expect(200);
        let register =
            json!({"s3Key": address["key"], "originalName": "note.txt", "mimeType": "text/plain", "size": 4});
        post("/v1/files", &register, 201).await
    }

    /// Callers who are nobody here, and what each hears. They change nothing, so they come first.
    fn strangers(&self, row: &Row, names_a_thing: bool) -> Vec<(&'static str, Vec<Credential<'_>>, Expected)> {
        use Credential::{Key, Token};
        let (key, secret) = (self.dev.key.as_str(), self.secret.as_str());
        let refused = |status, code| match row.door {
            Door::Open | Door::Url => row.guest,
            Door::Operator => Expected::Refused(401, "auth/unauthorized"),
            _ => Expected::Refused(status, code),
        };
        let no_key = match row.door {
            Door::Records => refused(400, "data/invalid-header"),
            _ => refused(401, "auth/unauthorized"),
        };
        let bad_token = |status, code| if row.door == Door::SignIn { row.guest } else { refused(status, code) };
        let elsewhere = bad_token(403, "data/project-access-denied");
        let foreign_key = match (row.door, row.secret) {
            (Door::Open | Door::Url, _) => row.guest,
            (Door::Operator, _) => refused(401, ""),
            (_, Expected::Served) if names_a_thing => Expected::NothingThere,
            (_, expected) => expected,
        };
        let unknown = "pk_0000000000000000000000000000000000000000000000000000000000000000";
        vec![
            ("nobody", vec![], no_key),
            ("a user without a key", vec![Token(&self.own.access)], no_key),
            ("a malformed key", vec![Key("pk_12")], refused(401, "auth/invalid-token")),
            ("an unknown key", vec![Key(unknown)], refused(401, "auth/invalid-token")),
            ("an unknown key as a bearer token", vec![Token(unknown)], refused(401, "auth/invalid-token")),
            ("an expired key", vec![Key(&self.expired_key)], refused(401, "auth/invalid-token")),
            (
                "an expired key with a user",
                vec![Key(&self.expired_key), Token(&self.own.access)],
                refused(401, "auth/invalid-token"),
            ),
            ("a revoked key", vec![Key(&self.revoked_key)], refused(401, "auth/token-revoked")),
            ("a garbled token", vec![Key(key), Token("garbled")], bad_token(401, "auth/invalid-token-format")),
            ("a forged token", vec![Key(key), Token("aaaa.bbbb.cccc")], bad_token(401, "auth/invalid-token")),
            ("a refresh token", vec![Key(key), Token(&self.own.refresh)], bad_token(401, "auth/invalid-token")),
            ("an expired token", vec![Key(key), Token(&self.expired_token)], bad_token(401, "auth/token-expired")),
            (
                "the token of a session that ended",
                vec![Key(key), Token(&self.ended_token)],
                bad_token(401, "auth/invalid-token"),
            ),
            (
                "a secret key with an expired token",
                vec![Key(secret), Token(&self.expired_token)],
                match row.door {
                    Door::SignIn => row.secret,
                    _ => bad_token(401, "auth/token-expired"),
                },
            ),
            ("a token of another environment", vec![Key(key), Token(&self.elsewhere[0])], elsewhere),
            ("a token of another project", vec![Key(key), Token(&self.elsewhere[1])], elsewhere),
            (
                "a secret key with a token of another environment",
                vec![Key(secret), Token(&self.elsewhere[0])],
                elsewhere,
            ),
            (
                "a key of another environment with a token of this one",
                vec![Key(&self.staging.key), Token(&self.own.access)],
                elsewhere,
            ),
            ("a secret key of another environment", vec![Key(&self.staging_secret)], foreign_key),
        ]
    }

    /// Those who came in, in the order that leaves each the thing to ask for.
    fn members(&self, row: &Row) -> Vec<(&'static str, Vec<Credential<'_>>, Expected)> {
        use Credential::{Key, Token};
        let key = || Key(self.dev.key.as_str());
        let scoped = match (row.door, row.secret) {
            (Door::Records, Expected::Served) => said("scope"),
            (Door::Operator, _) => row.guest,
            (_, expected) => expected,
        };
        let (secret, operator) = match row.door {
            Door::Operator => (row.guest, row.secret),
            // A token, but not one of a user here.
            Door::Records | Door::Accounts => (row.secret, Expected::Refused(401, "auth/invalid-token-format")),
            _ => (row.secret, row.guest),
        };
        vec![
            ("a publishable key", vec![key()], row.guest),
            ("a user who does not own it", vec![key(), Token(&self.other.access)], row.other),
            ("the user who owns it", vec![key(), Token(&self.own.access)], row.own),
            ("an admin", vec![key(), Token(&self.admin.access)], row.admin),
            ("a key scoped to another table", vec![Key(&self.scoped)], scoped),
            ("a secret key", vec![Key(&self.secret)], secret),
            ("the operator", vec![key(), Token(&self.backend.token)], operator),
        ]
    }

    async fn call(&self, method: &Method, path: &str, credentials: &[Credential<'_>]) -> (u16, String) {
        let mut call: Call = self.backend.request(method.clone(), path);
        for credential in credentials {
            call = match credential {
                Credential::Key(key) => call.key(key),
                Credential::Token(token) => call.bearer(token),
            };
        }
        let answer = async {
            let response = call.json(&json!({})).stream().await;
            let status = response.status().as_u16();
            // A stream of events has no end.
            let endless = response.headers().get("content-type").is_some_and(|value| value == "text/event-stream");
            let text = if endless { String::new() } else { response.text().await.expect("a body") };
            (status, text)
        };
        tokio::time::timeout(PATIENCE, answer).await.expect("an answer in time")
    }
}

enum Credential<'a> {
    Key(&'a str),
    Token(&'a str),
}

/// The first environment of a second project.
async fn in_another_project(backend: &Backend) -> Environment {
    let body = json!({"name": "Another"});
    let project = backend.operator(Method::POST, "/projects").json(&body).send().await.expect(201)["id"].text();
    let path = format!("/projects/{project}/environments");
    let list = backend.operator(Method::GET, &path).send().await.expect(200);
    let id = list["items"][0]["id"].text();
    backend.until_status(&id, "active").await;
    let keys = backend.operator(Method::GET, &format!("/environments/{id}/keys")).send().await.expect(200);
    Environment { id, name: "dev".into(), key: keys["items"][0]["key"].text() }
}

/// A path with what is left of its parameters naming nothing.
fn nobodys(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "nothing" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// The methods of a path, by the answer to one that nobody offers. `ANY` where that one is answered.
async fn methods(world: &World, path: &str) -> Vec<String> {
    let filled = nobodys(&path.replace("{environment_id}", &world.dev.id));
    let call = world.backend.request(Method::from_bytes(b"PROBE").expect("a method"), &filled);
    let call =
        if path.starts_with("/management/") { call.bearer(&world.backend.token) } else { call.key(&world.secret) };
    let answer = call.send().await;
    match answer.header("allow") {
        Some(allowed) => allowed.split(',').filter(|method| *method != "HEAD").map(str::to_owned).collect(),
        None => vec!["ANY".to_owned()],
    }
}

/// All that the router answers.
async fn routes(world: &World) -> BTreeSet<Route> {
    let mut routes = BTreeSet::new();
    for path in router::paths() {
        routes.extend(methods(world, &path).await.into_iter().map(|method| (method, path.clone())));
    }
    routes
}

fn fits(expected: Expected, status: u16, text: &str) -> bool {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default();
    let reached = status < 500 && ![401, 403, 405].contains(&status) && code != "common/not-found";
    match expected {
        Expected::Served => reached,
        Expected::NothingThere => reached && status >= 400,
        Expected::Refused(wanted, wanted_code) => (status, code) == (wanted, wanted_code),
    }
}

#[tokio::test]
async fn every_route_answers_every_caller_as_decided() {
    let mut world = World::new().await;
    let decisions = decisions();
    let mut wrong = Vec::new();
    let mut calls = 0;
    let routes = routes(&world).await;
    for route in &routes {
        let (method, path) = route;
        let Some(row) = decision(&decisions, route) else {
            wrong.push(format!("{method} {path}: nobody has decided who may call it; add its row to DECISIONS"));
            continue;
        };
        world.with_everybody().await;
        let filled = world.filled(path).await;
        let names_a_thing = path.contains('{');
        let method = if method == "ANY" { Method::POST } else { method.parse().expect("a method") };
        let mut check = |who: &str, expected: Expected, (status, text): (u16, String)| {
            calls += 1;
            if !fits(expected, status, &text) {
                wrong.push(format!(
                    "{method} {path} for {who}: {expected:?} was decided, and the answer is {status} {text}"
                ));
            }
        };
        let strangers = world.strangers(&row, names_a_thing);
        let answers = strangers.iter().map(|(_, credentials, _)| world.call(&method, &filled, credentials));
        let answers = join_all(answers).await;
        for ((who, _, expected), answer) in strangers.iter().zip(answers) {
            check(who, *expected, answer);
        }
        // What the operator may do to the project and its environments, they do to none that is there.
        let spare = if path.starts_with(OPERATORS_DATA_PLANE) { filled.clone() } else { nobodys(path) };
        for (who, credentials, expected) in world.members(&row) {
            let path = if row.door == Door::Operator && who == "the operator" { &spare } else { &filled };
            check(who, expected, world.call(&method, path, &credentials).await);
        }
    }
    let gone = decisions.keys().filter(|route| !routes.contains(route));
    wrong.extend(gone.map(|(method, path)| format!("{method} {path}: decided, but the router has no such route")));
    assert!(wrong.is_empty(), "{} of {calls} answers:\n{}", wrong.len(), wrong.join("\n"));
    assert!(calls > 4_000, "{calls} calls");
}

#[tokio::test]
async fn the_document_describes_every_route_that_does_something() {
    let world = World::new().await;
    let decisions = decisions();
    let document = world.backend.operator(Method::GET, "/openapi.json").send().await.expect(200);
    let paths = document["paths"].as_object().expect("paths").iter();
    let described: BTreeSet<Route> = paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("an item").keys();
            methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
        })
        .collect();
    let served = routes(&world).await.into_iter().filter(|route| {
        let (_, path) = route;
        let short_form = path.starts_with(&format!("{OPERATORS_DATA_PLANE}/{{table}}"));
        // No provider can be configured yet.
        let provider = path.ends_with("/callback");
        let decision = decision(&decisions, route);
        let only_refused = decision.is_some_and(|row| ["no-id", "nowhere", "later"].map(said).contains(&row.secret));
        path.starts_with("/management/") && !short_form && !provider && !only_refused
    });
    assert_eq!(served.collect::<BTreeSet<_>>(), described, "the router on the left, the document on the right");
}
