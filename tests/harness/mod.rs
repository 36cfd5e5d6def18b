//! A real `bkend serve` over a directory of its own, and the requests that tests send to it.
#![allow(dead_code, reason = "every test file uses its own part")]
#![allow(clippy::panic, reason = "that is how a test fails, in what it calls too")]

pub mod accounts;
pub mod browser;
pub mod crash;
pub mod events;
pub mod files;
pub mod posts;
pub mod terminal;

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Once,
    time::{Duration, Instant},
};

use bkend_console::{client::Target, domain::EnvironmentId};
use reqwest::{
    Client, Method, RequestBuilder,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine; reaching it is a failure.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running server. It is killed when the value is dropped, and its directory goes with it.
pub struct Backend {
    process: Child,
    pub url: String,
    pub token: String,
    pub http: Client,
    directory: TempDir,
}

/// An active environment with its first publishable key.
#[derive(Clone, Debug)]
pub struct Environment {
    pub id: String,
    pub name: String,
    pub key: String,
}

impl Environment {
    pub fn id(&self) -> EnvironmentId {
        EnvironmentId::parse(&self.id).expect("the server made it")
    }
}

impl Backend {
    pub async fn start() -> Self {
        Self::start_with(&[], &[]).await
    }

    /// Starts with more arguments behind `serve`, and with environment variables.
    pub async fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::over(tempfile::tempdir().expect("a temporary directory"), arguments, variables).await
    }

    /// Starts over a directory that is there.
    pub async fn over_existing(directory: TempDir) -> Self {
        Self::over(directory, &[], &[]).await
    }

    async fn over(directory: TempDir, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bkend"));
        command.envs(variables.iter().copied());
        Self::spawn(command, directory, arguments).await
    }

    async fn spawn(command: Command, directory: TempDir, arguments: &[&str]) -> Self {
        Self::spawn_on(command, directory, "0", arguments).await
    }

    async fn spawn_on(mut command: Command, directory: TempDir, port: &str, arguments: &[&str]) -> Self {
        let mut process = command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data-dir"])
            .arg(directory.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("a first line");
        let url = line.trim().strip_prefix("listening on ").expect("the first line says where").to_owned();
        let token = std::fs::read_to_string(directory.path().join("operator.token")).expect("a token");
        let backend = Self { process, url, token: token.trim().to_owned(), http: client(), directory };
        until("the server is ready", async || backend.get("/readyz").send().await.status == 200).await;
        backend
    }

    /// Ends the process at once and starts another over the same directory.
    pub async fn killed_and_restarted(self) -> Self {
        self.killed_and_then(|_| ()).await
    }

    /// The same, with something done to the directory in between.
    pub async fn killed_and_then(self, meanwhile: impl FnOnce(&Path)) -> Self {
        let directory = self.stopped();
        meanwhile(directory.path());
        Self::over(directory, &[], &[]).await
    }

    /// Ends the process at once and leaves its directory.
    pub fn stopped(mut self) -> TempDir {
        self.end();
        std::mem::replace(&mut self.directory, tempfile::tempdir().expect("a temporary directory"))
    }

    /// Starts with a soft limit on open files, as shells set one.
    #[cfg(unix)]
    pub async fn start_with_descriptors(soft: u64) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -Sn {soft} && exec \"$0\" \"$@\"")]).arg(env!("CARGO_BIN_EXE_bkend"));
        Self::spawn(command, tempfile::tempdir().expect("a temporary directory"), &[]).await
    }

    /// The client that the console and the command line have.
    pub fn client(&self) -> bkend_console::client::Client {
        let target = Target { url: self.url.clone(), token: self.token.clone().into(), socket: None };
        bkend_console::client::Client::new(target).expect("a usable target")
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn data_dir(&self) -> &Path {
        self.directory.path()
    }

    pub fn request(&self, method: Method, path: &str) -> Call {
        Call(self.http.request(method, format!("{}{path}", self.url)))
    }

    pub fn get(&self, path: &str) -> Call {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Call {
        self.request(Method::POST, path).json(body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> Call {
        self.request(Method::PATCH, path).json(body)
    }

    pub fn delete(&self, path: &str) -> Call {
        self.request(Method::DELETE, path)
    }

    /// A call of the management plane, as the operator.
    pub fn operator(&self, method: Method, path: &str) -> Call {
        self.request(method, &format!("/management/v1{path}")).bearer(&self.token)
    }

    pub async fn project_id(&self) -> String {
        self.operator(Method::GET, "/projects").send().await.expect(200)["items"][0]["id"].text()
    }

    /// The environment of that name in the first project, once it is active.
    pub async fn environment(&self, name: &str) -> Environment {
        let list = format!("/projects/{}/environments", self.project_id().await);
        let environments = self.operator(Method::GET, &list).send().await.expect(200);
        let found = environments["items"].as_array().expect("a list").iter().find(|e| e["name"] == name).cloned();
        let environment = match found {
            Some(environment) => environment,
            None => self.operator(Method::POST, &list).json(&json!({"name": name})).send().await.expect(202),
        };
        let id = environment["id"].text();
        self.until_status(&id, "active").await;
        let keys = self.operator(Method::GET, &format!("/environments/{id}/keys")).send().await.expect(200);
        Environment { id, name: name.to_owned(), key: keys["items"][0]["key"].text() }
    }

    /// Waits for a status, and answers the resource as it was then.
    pub async fn until_status(&self, id: &str, status: &str) -> Value {
        let path = format!("/environments/{id}");
        let mut last = Value::Null;
        until(&format!("{id} is {status}"), async || {
            last = self.operator(Method::GET, &path).send().await.expect(200);
            last["status"] == status
        })
        .await;
        last
    }

    /// Waits until an environment is gone.
    pub async fn until_gone(&self, id: &str) {
        let path = format!("/environments/{id}");
        until(&format!("{id} is gone"), async || self.operator(Method::GET, &path).send().await.status == 404).await;
    }

    /// A secret key, with the scopes given or with all.
    pub async fn secret_key(&self, environment: &Environment, name: &str, scopes: &[&str]) -> String {
        let body = json!({"name": name, "type": "secret", "scopes": scopes});
        let path = format!("/environments/{}/keys", environment.id);
        self.operator(Method::POST, &path).json(&body).send().await.expect(201)["key"].text()
    }

    /// A table that guests may do everything with.
    pub async fn open_table(&self, environment: &Environment, name: &str, schema: Value) -> Value {
        let all = json!({"create": true, "read": true, "list": true, "update": true, "delete": true});
        let body = json!({"name": name, "schema": schema, "permissions": {"guest": all, "user": all}});
        self.table(environment, &body).await
    }

    pub async fn table(&self, environment: &Environment, body: &Value) -> Value {
        let path = format!("/environments/{}/tables", environment.id);
        self.operator(Method::POST, &path).json(body).send().await.expect(201)
    }

    fn end(&mut self) {
        // It may be gone already; either way nothing of it is left after the wait.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.end();
    }
}

/// A request on its way out.
#[must_use]
pub struct Call(RequestBuilder);

impl Call {
    pub fn key(self, key: &str) -> Self {
        self.header("x-api-key", key)
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub fn query(self, pairs: &[(&str, &str)]) -> Self {
        Self(self.0.query(pairs))
    }

    pub fn json(self, body: &Value) -> Self {
        Self(self.0.header(CONTENT_TYPE, "application/json").body(body.to_string()))
    }

    pub fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    pub async fn send(self) -> Answer {
        let response = self.0.timeout(PATIENCE).send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status, headers, text, body }
    }

    /// Waits for the end of a call whose server may end first.
    pub async fn unanswered(self) {
        let _ = self.0.timeout(PATIENCE).send().await;
    }

    /// The answer with its body still to come.
    pub async fn stream(self) -> reqwest::Response {
        self.0.send().await.expect("an answer")
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    /// Null when the body is not JSON.
    pub body: Value,
}

impl Answer {
    /// The body of an answer that has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Checks an error of the data plane whole: status, code, and the form that every app can read.
    #[track_caller]
    pub fn expect_error(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code()), (status, Some(code)), "{}", self.text);
        let body = self.body;
        assert_eq!(body["success"], false);
        assert_eq!(body["statusCode"], status);
        assert_eq!(body["code"], code);
        assert_eq!(body["message"], body["error"]["message"]);
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert!(body.get("data").is_none());
        body
    }

    /// Checks an error of the management plane whole: status, code, and nothing beside `error`.
    #[track_caller]
    pub fn expect_refusal(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.body.as_object().map(serde_json::Map::len), Some(1), "{}", self.text);
        assert!(self.body["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
        self.body
    }

    pub fn code(&self) -> Option<&str> {
        self.body["error"]["code"].as_str()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("header values are text"))
    }
}

pub trait Text {
    fn text(&self) -> String;
}

impl Text for Value {
    #[track_caller]
    fn text(&self) -> String {
        assert!(self.is_string(), "{self} is not a string");
        self.as_str().unwrap_or_default().to_owned()
    }
}

/// Waits for a condition.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().expect("nobody else installs one");
    });
    Client::builder().no_proxy().build().expect("a client")
}
