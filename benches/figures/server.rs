//! A server under measurement: a process of its own, ended with the value.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Result, process, stand_in::Extent};

pub struct Server {
    process: Child,
    pub address: SocketAddr,
    folder: TempDir,
    client: reqwest::Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn temporary_folder() -> Result<TempDir> {
    // On the disk that the project is on, and not in memory where a sync costs nothing.
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    Ok(tempfile::tempdir_in(target)?)
}

impl Server {
    pub async fn bkend(arguments: &[&str]) -> Result<Self> {
        Self::bkend_in(temporary_folder()?, arguments).await
    }

    async fn bkend_in(folder: TempDir, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bkend"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path()).args(arguments);
        let server = Self::start(command, folder)?;
        server.wait_for("dev").await?;
        Ok(server)
    }

    pub fn bare() -> Result<Self> {
        let folder = temporary_folder()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--bare").arg(folder.path().join("bare.db"));
        Self::start(command, folder)
    }

    /// The stand-in, as a process of its own.
    pub fn stand_in(extent: Extent) -> Result<Self> {
        let Extent { environments, rows, changes } = extent;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--stand-in");
        for (name, number) in [("--environments", environments), ("--rows", rows), ("--changes", changes)] {
            command.arg(name).arg(number.to_string());
        }
        Self::start(command, temporary_folder()?)
    }

    fn start(mut command: Command, folder: TempDir) -> Result<Self> {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit('/').next().unwrap_or_default().parse()?;
        Ok(Self { process, address, folder, client: reqwest::Client::new() })
    }

    /// Stops it as an operator would, and starts it again over the same data.
    pub async fn restart(mut self) -> Result<Self> {
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        self.process.wait()?;
        let folder = std::mem::replace(&mut self.folder, temporary_folder()?);
        Self::bkend_in(folder, &[]).await
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the same binary that asks this server.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let token = std::fs::read_to_string(self.folder().join("operator.token"))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_bkend"));
        command.args(arguments).args(["--url", &format!("http://{}", self.address)]).env("BKEND_TOKEN", token.trim());
        command.stdin(Stdio::null());
        Ok(command)
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Result<Value> {
        let token = std::fs::read_to_string(self.folder().join("operator.token"))?;
        let url = format!("http://{}/management/v1{path}", self.address);
        let mut request = self.client.request(method, url).bearer_auth(token.trim());
        if let Some(body) = body {
            request = request.json(&body);
        }
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    async fn get(&self, path: &str) -> Result<Value> {
        self.call(reqwest::Method::GET, path, None).await
    }

    async fn project(&self) -> Result<String> {
        let projects = self.get("/projects").await?;
        Ok(projects["items"][0]["id"].as_str().ok_or("no project")?.to_owned())
    }

    async fn wait_for(&self, name: &str) -> Result<String> {
        let path = format!("/projects/{}/environments", self.project().await?);
        for _ in 0..2000 {
            let listed = self.get(&path).await?;
            let items = listed["items"].as_array().ok_or("no items")?;
            if let Some(found) = items.iter().find(|item| item["name"] == name && item["status"] == "active") {
                return Ok(found["id"].as_str().ok_or("no id")?.to_owned());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(format!("{name} did not become active").into())
    }

    /// Creates an environment, waits until it is active, and returns the server's own milliseconds.
    pub async fn create_environment(&self, name: &str) -> Result<f64> {
        let path = format!("/projects/{}/environments", self.project().await?);
        let created = self.call(reqwest::Method::POST, &path, Some(json!({ "name": name }))).await?;
        let path = format!("/environments/{}", created["id"].as_str().ok_or("no id")?);
        for _ in 0..1_000 {
            // Rarely: on two cores the question itself is in the way.
            tokio::time::sleep(Duration::from_millis(10)).await;
            let environment = self.get(&path).await?;
            match environment["status"].as_str() {
                Some("active") => return Ok(environment["activeAfterMs"].as_f64().ok_or("no time")?),
                Some("failed") => return Err(environment["reason"].to_string().into()),
                _ => {}
            }
        }
        Err(format!("{name} did not become active").into())
    }

    /// An address that takes a file, which anybody may read.
    pub async fn presigned(&self) -> Result<String> {
        let path = format!("/environments/{}/v1/files/presigned-url", self.wait_for("dev").await?);
        let body = json!({"filename": "large.bin", "contentType": "application/octet-stream"});
        let answer = self.call(reqwest::Method::POST, &path, Some(body)).await?;
        Ok(answer["url"].as_str().ok_or("no address")?.to_owned())
    }

    pub async fn count_environments(&self) -> Result<u64> {
        let listed = self.get(&format!("/projects/{}/environments?limit=1", self.project().await?)).await?;
        Ok(listed["pagination"]["total"].as_u64().ok_or("no total")?)
    }

    /// The ids of the first `count`.
    pub async fn environments(&self, count: usize) -> Result<Vec<String>> {
        let listed = self.get(&format!("/projects/{}/environments?limit={count}", self.project().await?)).await?;
        let items = listed["items"].as_array().ok_or("no items")?;
        Ok(items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect())
    }

    /// Makes `table` in `dev` and returns a secret key for it.
    pub async fn environment_with_table(&self, table: &Value) -> Result<String> {
        let environment = self.wait_for("dev").await?;
        self.table_in(&environment, table).await
    }

    /// Signs users up in `dev`. Returns its publishable key and their access tokens.
    pub async fn sign_up(&self, users: usize) -> Result<(String, Vec<String>)> {
        let keys = self.get(&format!("/environments/{}/keys?limit=1000", self.wait_for("dev").await?)).await?;
        let mut keys = keys["items"].as_array().ok_or("no keys")?.iter();
        let key = keys.find(|key| key["name"] == "default").and_then(|key| key["key"].as_str());
        let key = key.ok_or("no publishable key")?.to_owned();
        let url = format!("http://{}/v1/auth/email/signup", self.address);
        let mut tokens = Vec::new();
        for number in 0..users {
            let email = format!("user{number}@example.com");
            let body = json!({"method": "password", "email": email, "password": "a long enough one", "name": "User"});
            let answer = self.client.post(&url).header("X-API-Key", &key).json(&body).send().await?;
            let answer: Value = answer.error_for_status()?.json().await?;
            tokens.push(answer["accessToken"].as_str().ok_or("no token")?.to_owned());
        }
        Ok((key, tokens))
    }

    pub async fn table_in(&self, environment: &str, table: &Value) -> Result<String> {
        let path = format!("/environments/{environment}");
        self.call(reqwest::Method::POST, &format!("{path}/tables"), Some(table.clone())).await?;
        let key = json!({"name": "bench", "type": "secret", "scopes": ["posts:*"]});
        let key = self.call(reqwest::Method::POST, &format!("{path}/keys"), Some(key)).await?;
        Ok(key["key"].as_str().ok_or("no key")?.to_owned())
    }

    /// Processor time of the process so far.
    pub fn processor_time(&self) -> Result<Duration> {
        process::processor_time(self.process.id())
    }

    pub fn resident_mebibytes(&self) -> Result<f64> {
        process::resident_mebibytes(self.process.id())
    }

    /// The fsyncs and fdatasyncs of the process from now on, if `perf` may count them here. The
    /// future ends when this is dropped or after `at_most`.
    pub fn count_fsyncs(&self, at_most: Duration) -> impl Future<Output = Option<f64>> + use<> {
        let events = "syscalls:sys_enter_fsync,syscalls:sys_enter_fdatasync";
        let spawned = tokio::process::Command::new("perf")
            .args(["stat", "-x", ",", "-e", events, "-p", &self.process.id().to_string()])
            .args(["--timeout", &at_most.as_millis().to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        async move {
            let output = spawned.ok()?.wait_with_output().await.ok()?;
            let text = String::from_utf8(output.stderr).ok()?;
            let counts: Vec<f64> =
                text.lines().filter_map(|line| line.split(',').next()?.trim().parse().ok()).collect();
            (!counts.is_empty()).then(|| counts.iter().sum())
        }
    }
}
