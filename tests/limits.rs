//! What the server puts up with: sizes, depths, slow and many clients.
//!
//! Times and counts are tested against a server in this process whose limits are small; everything
//! else against the real binary.

mod harness;

use std::{net::SocketAddr, time::Duration};

use bkend_console::{
    domain::list::Window,
    platform::{Config, Platform},
    server::{self, AppSettings, Listen, Options, Server, limits::Limits},
};
use harness::{Backend, Environment, PATIENCE, Text, events::Events};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const MIB: usize = 1024 * 1024;

async fn posts() -> (Backend, Environment) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, "posts", json!({})).await;
    (backend, dev)
}

#[tokio::test]
async fn a_body_of_ten_mebibytes_is_taken_and_one_byte_more_is_not() {
    let (backend, dev) = posts().await;
    let body = |bytes: usize| format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes - r#"{"text":""}"#.len()));
    let post = |body: String| {
        let call = backend.request(Method::POST, "/v1/data/posts").key(&dev.key);
        call.header("content-type", "application/json").body(body)
    };
    post(body(10 * MIB)).send().await.expect(201);
    post(body(10 * MIB + 1)).send().await.expect_error(413, "common/payload-too-large");
    // Of unknown length, so that only reading it shows how long it is.
    let chunks = (0..11).map(|_| Ok::<_, std::io::Error>(vec![b'x'; MIB]));
    let streamed = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let call = backend.request(Method::POST, "/v1/data/posts").key(&dev.key).body(streamed);
    call.send().await.expect_error(413, "common/payload-too-large");
    let call = backend.operator(Method::POST, "/projects").body(body(11 * MIB));
    call.send().await.expect_refusal(413, "common/payload-too-large");
}

#[tokio::test]
async fn after_an_error_without_its_body_the_connection_goes_on() {
    let (backend, dev) = posts().await;
    let mut stream = TcpStream::connect(address(&backend.url)).await.expect("a connection");
    for (path, key, status) in [
        ("/v1/nowhere/at/all", dev.key.as_str(), 404),
        ("/v1/data/posts", "pk_wrong", 401),
        ("/v1/auth/signout", &dev.key, 405),
    ] {
        let request = format!("HEAD {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, stream.read_u8()).await.expect("in time").expect("an answer"));
        }
        let head = String::from_utf8(head).expect("text");
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        // A body would be taken for the next answer.
        let next = ask(&mut stream).await;
        assert!(next.starts_with("HTTP/1.1 200 "), "{next}");
    }
}

#[tokio::test]
async fn a_stranger_with_a_large_body_still_reads_the_answer() {
    let (backend, _) = posts().await;
    for _ in 0..5 {
        let call = backend.request(Method::POST, "/v1/data/posts").key("pk_wrong").body(vec![b'x'; 9 * MIB]);
        call.send().await.expect_error(401, "auth/invalid-token");
    }
}

#[tokio::test]
async fn a_refused_request_whose_body_comes_late_leaves_the_connection_to_the_next() {
    let (backend, _) = posts().await;
    let mut stream = TcpStream::connect(address(&backend.url)).await.expect("a connection");
    stream.set_nodelay(true).expect("an option of every socket");
    for _ in 0..20 {
        stream.write_all(b"POST /v1/data/posts HTTP/1.1\r\nhost: x\r\nx-api-key: x\r\n").await.expect("sent");
        stream.write_all(b"content-length: 7\r\n\r\n").await.expect("sent");
        tokio::task::yield_now().await;
        stream.write_all(b"{\"a\":1}").await.expect("sent");
        assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 401"));
    }
    assert!(ask(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_body_may_be_nested_but_not_without_end() {
    let (backend, dev) = posts().await;
    let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let post = |body: String| backend.request(Method::POST, "/v1/data/posts").key(&dev.key).body(body);
    post(nested(100)).send().await.expect(201);
    post(nested(128)).send().await.expect_error(400, "common/invalid-parameters");
    post(nested(1_000_000)).send().await.expect_error(400, "common/invalid-parameters");
    post(r#"{"a":"#.to_owned() + &"[".repeat(1_000_000)).send().await.expect_error(400, "common/invalid-parameters");
}

#[tokio::test]
async fn a_request_line_may_be_64_kib_long() {
    let (backend, dev) = posts().await;
    let line = |padding: usize| format!("GET /v1/data/posts?x={} HTTP/1.1", "x".repeat(padding));
    let longest = line(64 * 1024 - line(0).len());
    let headers = format!("host: localhost\r\nx-api-key: {}\r\nconnection: close", dev.key);
    let answer = exchange(address(&backend.url), &format!("{longest}\r\n{headers}\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let ids: Vec<_> = (0..1000).map(|n| format!("{n:024x}")).collect();
    let filter = json!({"id": {"$in": ids}}).to_string();
    backend.get("/v1/data/posts").query(&[("andFilters", &filter)]).key(&dev.key).send().await.expect(200);
}

#[tokio::test]
async fn a_pattern_that_would_follow_every_state_through_a_long_text_is_refused_in_time() {
    let (backend, dev) = posts().await;
    let mut random = fastrand::Rng::with_seed(1);
    let letters: String = (0..9 * MIB).map(|_| if random.bool() { 'a' } else { 'b' }).collect();
    backend.post("/v1/data/posts", &json!({"text": letters, "n": 1})).key(&dev.key).send().await.expect(201);
    let list = |pattern: &str| {
        let filter = json!({"text": {"$regex": pattern}}).to_string();
        backend.get("/v1/data/posts?select=n").query(&[("andFilters", &filter)]).key(&dev.key)
    };
    list("a[ab]{300}c").send().await.expect_error(400, "data/query-too-slow");
    for (pattern, found) in [("^[ab]+$", 1), ("[^ab]", 0), (r"(?i)A{5}B", 1), (r"\ba\b", 0)] {
        let page = list(pattern).send().await.expect(200);
        assert_eq!(page["pagination"]["total"], found, "{pattern}: {}", page["pagination"]);
    }
}

#[tokio::test]
async fn headers_have_a_bound_in_bytes_and_in_number() {
    let (backend, dev) = posts().await;
    let large = backend.get("/v1/data/posts").key(&dev.key).header("x-large", &"x".repeat(200 * 1024)).send().await;
    assert_eq!(large.status, 431, "{}", large.text);
    let many =
        (0..150).fold(backend.get("/v1/data/posts").key(&dev.key), |call, n| call.header(&format!("x-{n}"), "x"));
    assert_eq!(many.send().await.status, 431);
    let some = (0..50).fold(backend.get("/v1/data/posts").key(&dev.key), |call, n| call.header(&format!("x-{n}"), "x"));
    some.send().await.expect(200);
}

#[tokio::test]
async fn bytes_that_are_not_http_end_the_connection_and_nothing_else() {
    let (backend, dev) = posts().await;
    for garbage in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}tls\r\n\r\n"] {
        let answer = exchange(address(&backend.url), garbage).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    backend.get("/v1/data/posts").key(&dev.key).send().await.expect(200);
}

// Slow and many clients, on a server whose limits are small

struct Small {
    server: Server,
    platform: Platform,
    token: String,
    _directory: TempDir,
}

impl Small {
    async fn start(limits: Limits) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let platform = Platform::open(Config::new(directory.path())).await.expect("it opens");
        let listen = Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 0)));
        let options =
            Options { listen, allowed_hosts: Vec::new(), announce: false, apps: AppSettings::default(), limits };
        let server = server::start(platform.clone(), options).await.expect("it starts");
        let token = platform.operator_token().expose_secret().to_owned();
        Self { server, platform, token, _directory: directory }
    }

    fn address(&self) -> SocketAddr {
        self.server.address().expect("it listens on TCP")
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.expect("a connection")
    }

    /// A connection that follows the events.
    async fn follow(&self) -> TcpStream {
        let mut stream = self.connect().await;
        let head = format!(
            "GET /management/v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
            self.token
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream
    }

    async fn stop(self) {
        self.server.shutdown().await;
        self.platform.close().await;
    }
}

const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_client_that_does_not_finish_its_head_is_cut_off() {
    let small = Small::start(Limits { head_patience: SOON, ..Limits::default() }).await;
    let mut slow = small.connect().await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: local").await.expect("sent");
    let mut answer = Vec::new();
    timeout(PATIENCE, slow.read_to_end(&mut answer)).await.expect("an end in time").expect("an end");
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
    small.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_finish_its_body_is_told_and_cut_off() {
    let small = Small::start(Limits { body_patience: SOON, ..Limits::default() }).await;
    let mut slow = small.connect().await;
    let head = format!(
        "POST /management/v1/projects HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n\r\n{{",
        small.token
    );
    slow.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    timeout(PATIENCE, slow.read_to_string(&mut answer)).await.expect("an end in time").expect("an end");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("common/request-timeout"), "{answer}");
    small.stop().await;
}

#[tokio::test]
async fn large_bodies_wait_for_their_turn_and_small_ones_do_not() {
    let small = Small::start(Limits { large_body: 10, large_bodies: 1, ..Limits::default() }).await;
    small.platform.settled(PATIENCE).await.expect("dev becomes active");
    let all = Window { page: 1, limit: 1 };
    let project = small.platform.projects(all).page.items.remove(0).id;
    let dev = small.platform.environments(&project, all).expect("listed").page.items.remove(0).id;
    let key = small.platform.keys(&dev, all).expect("listed").page.items.remove(0).key.expect("a publishable key");
    let post = |body: &str, more: &str| {
        let length = body.len();
        format!("POST /v1/data/none HTTP/1.1\r\nx-api-key: {key}\r\ncontent-length: {length}\r\n{more}\r\n")
    };
    let (large, little) = (r#"{"text":"long"}"#, "{}");
    let mut first = small.connect().await;
    first.write_all(post(large, "expect: 100-continue\r\n").as_bytes()).await.expect("sent");
    // It is asked for its body once it is its turn.
    let mut asked = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
    timeout(PATIENCE, first.read_exact(&mut asked)).await.expect("in time").expect("it is asked");
    assert!(asked.starts_with(b"HTTP/1.1 100"));
    let mut second = small.connect().await;
    second.write_all((post(large, "") + large).as_bytes()).await.expect("sent");
    let mut third = small.connect().await;
    third.write_all((post(little, "") + little).as_bytes()).await.expect("sent");
    assert!(read_answer(&mut third).await.starts_with("HTTP/1.1 404"));
    let mut byte = [0; 1];
    assert!(timeout(SOON, second.read(&mut byte)).await.is_err(), "two are held at once");
    first.write_all(large.as_bytes()).await.expect("sent");
    assert!(read_answer(&mut first).await.starts_with("HTTP/1.1 404"));
    assert!(read_answer(&mut second).await.starts_with("HTTP/1.1 404"));
    small.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_while_all_are_used() {
    let small = Small::start(Limits { connections: 2, ..Limits::default() }).await;
    let mut used = vec![small.follow().await, small.follow().await];
    let mut waiting = small.connect().await;
    waiting.write_all(HEALTH).await.expect("sent");
    let mut first = [0; 1];
    assert!(timeout(SOON * 5, waiting.read(&mut first)).await.is_err(), "it is served beyond the bound");
    drop(used.pop());
    timeout(PATIENCE, waiting.read_exact(&mut first)).await.expect("in time").expect("an answer");
    small.stop().await;
}

#[tokio::test]
async fn a_connection_that_nobody_uses_makes_room_and_one_in_use_does_not() {
    let backend = Backend::start().await;
    let mut events = Events::open(backend.operator(Method::GET, "/events")).await;
    let body = r#"{"name":"slow"}"#;
    let mut upload = TcpStream::connect(address(&backend.url)).await.expect("a connection");
    let head = format!(
        "POST /management/v1/projects HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        backend.token,
        body.len()
    );
    upload.write_all(head.as_bytes()).await.expect("sent");
    upload.write_all(&body.as_bytes()[..1]).await.expect("sent");
    let mut slow = TcpStream::connect(address(&backend.url)).await.expect("a connection");
    slow.write_all(&HEALTH[..10]).await.expect("sent");

    let mut unused = Vec::new();
    for n in 0..Limits::default().connections {
        let mut stream = TcpStream::connect(address(&backend.url)).await.expect("a connection");
        // Half of them have never asked for anything.
        if n % 2 == 0 {
            assert!(ask(&mut stream).await.starts_with("HTTP/1.1 200"));
        }
        unused.push(stream);
    }
    let mut wanted = TcpStream::connect(address(&backend.url)).await.expect("a connection");
    assert!(ask(&mut wanted).await.starts_with("HTTP/1.1 200"));
    upload.write_all(&body.as_bytes()[1..]).await.expect("sent");
    assert!(read_answer(&mut upload).await.starts_with("HTTP/1.1 201"));
    events.find(|event| event.data["name"] == "slow").await;
    slow.write_all(&HEALTH[10..]).await.expect("sent");
    assert!(read_answer(&mut slow).await.starts_with("HTTP/1.1 200"));
    // The one unused for longest was told so, and the last ones are served on.
    let mut end = [0; 1];
    let read = timeout(PATIENCE, unused[0].read(&mut end)).await.expect("in time").expect("a clean end");
    assert_eq!(read, 0);
    let last = unused.last_mut().expect("there are some");
    assert!(ask(last).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn hundreds_of_clients_are_served_side_by_side() {
    let (backend, dev) = posts().await;
    let calls = (0..300).map(|n| {
        let call = backend.post("/v1/data/posts", &json!({"n": n})).key(&dev.key);
        async move { call.send().await.expect(201)["id"].text() }
    });
    let mut ids = futures_util::future::join_all(calls).await;
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 300);
    let list = backend.get("/v1/data/posts").key(&dev.key).send().await.expect(200);
    assert_eq!(list["pagination"]["total"], 300);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_may_open_as_many_files_as_the_system_lets_it() {
    let backend = Backend::start_with_descriptors(256).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", backend.pid())).expect("limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a line");
    let numbers: Vec<&str> = line.split_whitespace().skip(3).collect();
    assert_eq!(numbers[0], numbers[1], "{line}");
}

#[tokio::test]
async fn a_quiet_event_stream_says_that_it_lives() {
    let small = Small::start(Limits { event_silence: SOON, ..Limits::default() }).await;
    let mut stream = small.follow().await;
    let mut text = String::new();
    let comments = timeout(PATIENCE, async {
        while text.matches("\n:\n").count() < 3 {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).await.expect("the stream goes on");
            assert_ne!(read, 0, "the stream ended");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    });
    comments.await.expect("comments in time");
    small.stop().await;
}

#[tokio::test]
async fn stopping_ends_event_streams_and_idle_connections_at_once() {
    let small = Small::start(Limits::default()).await;
    let mut idle = small.connect().await;
    assert!(ask(&mut idle).await.starts_with("HTTP/1.1 200"));
    let mut stream = small.follow().await;
    let mut first = [0; 1];
    stream.read_exact(&mut first).await.expect("it is open");
    let address = small.address();
    // Well within what requests under way would be given.
    timeout(Limits::default().shutdown / 2, small.stop()).await.expect("it stops at once");
    for mut ended in [idle, stream] {
        let mut rest = Vec::new();
        timeout(PATIENCE, ended.read_to_end(&mut rest)).await.expect("in time").expect("a clean end");
    }
    assert!(TcpStream::connect(address).await.is_err(), "it still listens");
}

#[tokio::test]
async fn a_request_under_way_is_finished_before_the_server_stops() {
    let small = Small::start(Limits::default()).await;
    let mut slow = small.connect().await;
    let body = r#"{"name":"late"}"#;
    let head = format!(
        "POST /management/v1/projects HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        small.token,
        body.len()
    );
    slow.write_all(head.as_bytes()).await.expect("sent");
    let mut interim = [0; 25];
    slow.read_exact(&mut interim).await.expect("the handler waits for the body");
    assert!(interim.starts_with(b"HTTP/1.1 100"));
    let Small { server, platform, .. } = small;
    let stopping = tokio::spawn(server.shutdown());
    slow.write_all(body.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    timeout(PATIENCE, slow.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    stopping.await.expect("no panic");
    platform.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_serves_the_same_and_is_removed_at_the_end() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let platform = Platform::open(Config::new(directory.path().join("data"))).await.expect("it opens");
    let path = directory.path().join("socket");
    let options = Options {
        listen: Listen::Unix(path.clone()),
        allowed_hosts: Vec::new(),
        announce: true,
        apps: AppSettings::default(),
        limits: Limits::default(),
    };
    let server = server::start(platform.clone(), options).await.expect("it starts");
    assert!(server.url().is_none());
    assert!(!directory.path().join("data/server.json").exists(), "nobody should find it");
    let mut stream = tokio::net::UnixStream::connect(&path).await.expect("a connection");
    let token = platform.operator_token().expose_secret();
    let head = format!(
        "GET /management/v1/projects HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("my-app"), "{answer}");
    server.shutdown().await;
    platform.close().await;
    assert!(!path.exists());
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// One request over a connection that stays open.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(HEALTH).await.expect("sent");
    read_answer(stream).await
}

/// An answer with a JSON object as its body, of a connection that stays open.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    while text.is_empty() || text.matches('{').count() != text.matches('}').count() || !text.ends_with('}') {
        let mut bytes = [0; 1024];
        let read = timeout(PATIENCE, stream.read(&mut bytes)).await.expect("in time").expect("an answer");
        assert_ne!(read, 0, "the connection ended: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    text
}

/// Sends bytes and reads until the connection ends.
async fn exchange(address: SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(bytes.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end in time");
    String::from_utf8_lossy(&answer).into_owned()
}

fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().expect("the URL is an address")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_a_bound_in_bytes_and_says_how_to_stay_below() {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    backend.open_table(&dev, "large", json!({})).await;
    let body = json!({"text": "x".repeat(9 << 20)});
    for _ in 0..4 {
        backend.post("/v1/data/large", &body).key(&dev.key).send().await.expect(201);
    }
    let refused = backend.get("/v1/data/large").key(&dev.key).send().await;
    let refused = refused.expect_error(400, "common/invalid-parameters");
    assert!(refused["message"].text().contains("limit"), "{refused}");
    backend.get("/v1/data/large?limit=2").key(&dev.key).send().await.expect(200);
}
