//! A small app in a real browser, on another origin than the backend: what CORS, preflights, headers
//! and pictures come to where it counts.

mod harness;

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use harness::{Backend, Environment, browser::Browser};
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

/// A backend, and the journal's page on a port of its own.
struct Journal {
    backend: Backend,
    dev: Environment,
    port: u16,
    browser: Browser,
}

impl Journal {
    async fn open() -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        let yes = |what: &[&str]| what.iter().map(|name| ((*name).to_owned(), json!(true))).collect();
        let permissions: serde_json::Map<_, _> = [
            ("guest".to_owned(), serde_json::Value::Object(yes(&["read", "list"]))),
            ("user".to_owned(), serde_json::Value::Object(yes(&["create", "read", "list"]))),
        ]
        .into_iter()
        .collect();
        let schema = json!({"title": {"bsonType": "string", "required": true}, "picture": {"bsonType": "string"}});
        backend.table(&dev, &json!({"name": "entries", "schema": schema, "permissions": permissions})).await;
        let port = serve_page().await;
        Self { backend, dev, port, browser: Browser::open().await }
    }

    /// Opens the page by one of the names that lead to this machine.
    async fn visit(&self, host: &str) {
        let (base, key) = (&self.backend.url, &self.dev.key);
        self.browser.go_to(&format!("http://{host}:{}/?base={base}&key={key}", self.port)).await;
    }

    /// Waits for the end of the page's action of that number, and answers what came of it.
    async fn outcome(&self, action: u32) -> String {
        let number = format!("{action} ");
        let status = self.browser.wait_for_text("#status", |text| text.starts_with(&number)).await;
        status[number.len()..].to_owned()
    }

    async fn sign(&self, button: &str) {
        for (field, text) in [("email", "ada@example.com"), ("password", "correct horse"), ("name", "Ada")] {
            let selector = format!("#account [name={field}]");
            self.browser.clear(&selector).await;
            self.browser.type_into(&selector, text).await;
        }
        self.browser.click(&format!("#account [name={button}]")).await;
    }

    async fn entries(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('#entries li')].map((item) => item.textContent)";
        serde_json::from_value(self.browser.run(script).await).expect("a list of texts")
    }

    async fn only_from(&self, origins: &[&str]) {
        let project = format!("/projects/{}", self.backend.project_id().await);
        let call = self.backend.operator(Method::PATCH, &project).json(&json!({"corsOrigins": origins}));
        call.send().await.expect(200);
    }
}

async fn serve_page() -> u16 {
    let file = |kind: &'static str, text: &'static str| get(move || async move { ([(CONTENT_TYPE, kind)], text) });
    let page = Router::new()
        .route("/", file("text/html", include_str!("journal/index.html")))
        .route("/app.js", file("text/javascript", include_str!("journal/app.js")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("it listens").port();
    // It ends with the test's runtime.
    tokio::spawn(async move { axum::serve(listener, page).await });
    port
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_on_another_origin_lists_what_guests_may_see() {
    let journal = Journal::open().await;
    let secret = journal.backend.secret_key(&journal.dev, "seed", &[]).await;
    let entry = json!({"title": "written by a script"});
    journal.backend.post("/v1/data/entries", &entry).key(&secret).send().await.expect(201);
    journal.visit("localhost").await;
    assert_eq!(journal.outcome(1).await, "1 entries");
    assert_eq!(journal.entries().await, ["written by a script"]);
    journal.browser.type_into("#entry [name=title]", "by nobody").await;
    journal.browser.click("#entry button").await;
    let refused = journal.outcome(2).await;
    assert!(refused.starts_with("failed: create on entries is not permitted"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_whose_origin_is_not_listed_may_read_nothing() {
    let journal = Journal::open().await;
    journal.only_from(&["https://journal.example"]).await;
    journal.visit("journal.localhost").await;
    assert_eq!(journal.outcome(1).await, "failed: Failed to fetch");
    // Development servers are let in whatever the list says.
    journal.visit("localhost").await;
    assert_eq!(journal.outcome(1).await, "0 entries");
    journal.only_from(&[&format!("http://journal.localhost:{}", journal.port)]).await;
    journal.visit("journal.localhost").await;
    assert_eq!(journal.outcome(1).await, "0 entries");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_up_writes_with_a_picture_and_stays_signed_in() {
    let journal = Journal::open().await;
    let browser = &journal.browser;
    journal.visit("localhost").await;
    assert_eq!(journal.outcome(1).await, "0 entries");
    journal.sign("signup").await;
    assert_eq!(journal.outcome(2).await, "0 entries");
    assert_eq!(browser.text("#user").await, "ada@example.com");

    let folder = tempfile::tempdir().expect("a temporary folder");
    let picture = folder.path().join("a picture, été.png");
    std::fs::write(&picture, include_bytes!("journal/pixel.png")).expect("written");
    browser.type_into("#entry [name=title]", "a day with a picture").await;
    browser.choose_file("#entry [name=picture]", &picture).await;
    browser.click("#entry button").await;
    assert_eq!(journal.outcome(3).await, "1 entries");
    assert_eq!(browser.run("return document.querySelector('#entries li').dataset.mine").await, "true");
    let shown =
        "const picture = document.querySelector('#entries img'); await picture.decode(); return picture.naturalWidth";
    assert_eq!(browser.run(&format!("return (async () => {{ {shown} }})()")).await, 1);

    // An access token that is over: two requests at once are refused, and both refresh.
    let before = browser.run("return localStorage.getItem('refreshToken')").await;
    browser.run("localStorage.setItem('accessToken', localStorage.getItem('accessToken').slice(0, -4) + 'AAAA')").await;
    browser.click("#reload").await;
    assert_eq!(journal.outcome(4).await, "1 entries");
    assert_eq!(browser.text("#user").await, "ada@example.com");
    assert_ne!(browser.run("return localStorage.getItem('refreshToken')").await, before);

    browser.click("#signout").await;
    assert_eq!(journal.outcome(5).await, "1 entries");
    assert_eq!(browser.text("#user").await, "nobody");
    journal.sign("signin").await;
    assert_eq!(journal.outcome(6).await, "1 entries");
    assert_eq!(browser.text("#user").await, "ada@example.com");
}
