//! Ending a server at a chosen place, and looking at what is left.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::mpsc,
};

use reqwest::Method;
use tempfile::TempDir;

use super::{Backend, PATIENCE, until};

/// A server that waits at a failpoint when it comes to it.
pub struct Armed {
    pub backend: Backend,
    reached: mpsc::Receiver<()>,
}

impl Backend {
    /// Ends the process as an operator would, and starts another that stops at `failpoint`.
    pub async fn armed(mut self, failpoint: &str) -> Armed {
        self.terminate();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bkend"));
        command.env("BKEND_FAILPOINT", format!("{failpoint}=pause")).stderr(Stdio::piped());
        let mut backend = Self::spawn(command, self.take_directory(), &[]).await;
        let line = format!("failpoint {failpoint}");
        let stderr = BufReader::new(backend.process.stderr.take().expect("it is piped"));
        let (tell, reached) = mpsc::channel();
        std::thread::spawn(move || {
            for text in stderr.lines().map_while(Result::ok) {
                if text == line {
                    // Nobody may be waiting any more.
                    let _ = tell.send(());
                }
            }
        });
        Armed { backend, reached }
    }

    /// Asks the process to end, and waits until it has.
    pub fn terminate(&mut self) {
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        self.process.wait().expect("it ends");
    }

    /// Starts another process over the same directory and on the same port.
    pub async fn started_again_on(mut self, port: &str) -> Self {
        self.end();
        let command = Command::new(env!("CARGO_BIN_EXE_bkend"));
        Self::spawn_on(command, self.take_directory(), port, &[]).await
    }

    fn take_directory(&mut self) -> TempDir {
        std::mem::replace(&mut self.directory, tempfile::tempdir().expect("a temporary directory"))
    }

    /// Checks that every environment has its folder and every folder its environment, once nothing
    /// is under way.
    pub async fn expect_nothing_half_made(&self) {
        let list = format!("/projects/{}/environments?limit=1000", self.project_id().await);
        let mut ids = BTreeSet::new();
        until("nothing is under way", async || {
            let environments = self.operator(Method::GET, &list).send().await.expect(200);
            let items = environments["items"].as_array().expect("a list").clone();
            ids = items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect();
            items.iter().all(|item| item["status"] == "active" || item["status"] == "failed")
        })
        .await;
        let folders: BTreeSet<String> = std::fs::read_dir(self.data_dir().join("environments"))
            .expect("the folder is there")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        assert_eq!(folders, ids, "folders on the left, environments on the right");
    }
}

impl Armed {
    /// Waits until the server stands at the failpoint, and kills it there.
    pub async fn killed_there(self) -> Backend {
        let Self { mut backend, reached } = self;
        let waited = tokio::task::spawn_blocking(move || reached.recv_timeout(PATIENCE));
        waited.await.expect("the wait ends").expect("the failpoint is reached");
        backend.end();
        let directory = backend.take_directory();
        Backend::over(directory, &[], &[]).await
    }
}
