//! A headless Chromium, driven over `WebDriver` (<https://www.w3.org/TR/webdriver2/>).

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Text as _, client, until};

/// Chromium in a container has neither a graphics card nor namespaces of its own, and a test speaks to
/// nobody outside.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// The key that a found element has in `WebDriver`'s answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

const INSTALL: &str = "this test drives a real browser: install it with `apt-get install -y chromium chromium-driver`";

/// One window. Browser and driver end with it.
pub struct Browser {
    driver: Child,
    port: u16,
    /// The session's address at the driver.
    session: String,
    http: Client,
    _profile: TempDir,
}

impl Browser {
    pub async fn open() -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect(INSTALL);
        let stdout = BufReader::new(driver.stdout.take().expect("it is piped"));
        let mut lines = stdout.lines().map_while(Result::ok);
        let port =
            lines.find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok());
        let port: u16 = port.expect("the driver says where it listens");
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));

        let http = client();
        let profile = tempfile::tempdir().expect("a temporary folder");
        let profile_flag = format!("--user-data-dir={}", profile.path().display());
        let flags: Vec<&str> = FLAGS.into_iter().chain([profile_flag.as_str()]).collect();
        let wanted =
            json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": flags}}}});
        let sessions = format!("http://127.0.0.1:{port}/session");
        let answer = http.post(&sessions).json(&wanted).send().await.expect("the driver answers");
        let answer: Value = answer.json().await.expect("JSON");
        let id = answer["value"]["sessionId"].as_str();
        let id = id.unwrap_or_else(|| panic!("{INSTALL}; the driver says: {answer}"));
        Self { driver, port, session: format!("{sessions}/{id}"), http, _profile: profile }
    }

    pub async fn go_to(&self, url: &str) {
        self.ask(Method::POST, "/url", json!({"url": url})).await;
    }

    /// Types into the first element that `selector` finds; for a file input, the path of a file.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/value"), json!({"text": text})).await;
    }

    pub async fn choose_file(&self, selector: &str, path: &Path) {
        self.type_into(selector, path.to_str().expect("text")).await;
    }

    pub async fn clear(&self, selector: &str) {
        let element = self.element(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/clear"), json!({})).await;
    }

    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.ask(Method::POST, &format!("/element/{element}/click"), json!({})).await;
    }

    /// What a function body returns in the page.
    pub async fn run(&self, script: &str) -> Value {
        self.ask(Method::POST, "/execute/sync", json!({"script": script, "args": []})).await
    }

    pub async fn text(&self, selector: &str) -> String {
        let element = self.element(selector).await;
        self.ask(Method::GET, &format!("/element/{element}/text"), Value::Null).await.text()
    }

    /// Waits until the text of an element fits, and answers it.
    pub async fn wait_for_text(&self, selector: &str, fits: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        until(&format!("{selector} shows what is waited for"), async || {
            text = self.text(selector).await;
            fits(&text)
        })
        .await;
        text
    }

    async fn element(&self, selector: &str) -> String {
        let found = self.ask(Method::POST, "/element", json!({"using": "css selector", "value": selector})).await;
        found[ELEMENT].text()
    }

    /// By hand, because nothing can be awaited in `drop`.
    fn end_session(&self) -> io::Result<()> {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port))?;
        connection.set_read_timeout(Some(super::PATIENCE))?;
        let path = &self.session[self.session.find("/session/").unwrap_or_default()..];
        write!(connection, "DELETE {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        // The driver answers once the browser has ended, and keeps the connection.
        connection.read(&mut [0; 64]).map(drop)
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.session)).timeout(super::PATIENCE);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.expect("the driver answers");
        let is_success = response.status().is_success();
        let mut answer: Value = response.json().await.expect("JSON");
        assert!(is_success, "{path}: {}", answer["value"]["message"]);
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with its session, and leaves it alone when it is ended itself.
        let _ = self.end_session();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
