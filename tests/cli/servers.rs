use std::{
    collections::BTreeSet,
    fs::{self, File},
    process::Stdio,
};

use serde_json::Value;

use crate::bkend::{Bkend, Running, is_empty, names, run};

#[test]
fn a_command_asks_the_server_that_holds_the_directory() {
    let bkend = Bkend::new();
    let server = bkend.start("serve --listen 127.0.0.1:0");
    let announced: Value =
        serde_json::from_slice(&fs::read(bkend.data().join("server.json")).expect("announced")).expect("JSON");
    assert_eq!((announced["pid"].as_u64(), announced["url"].as_str()), (Some(server.pid().into()), Some(&*server.url)));

    bkend.done("env create staging --wait");
    let connection = bkend.json("connect staging");
    assert_eq!(connection["url"], server.url);
    assert!(!bkend.done("connect staging").stderr.contains("no server runs"));
    assert_eq!(server.end("-TERM"), 0);
    assert!(!bkend.data().join("server.json").exists());
    assert_eq!(names(&bkend.json("env list")), ["dev", "staging"]);
}

#[test]
fn what_connect_prints_reaches_the_environment() {
    let bkend = Bkend::new();
    let server = bkend.start("serve --listen 127.0.0.1:0");
    bkend.done("table create posts title:string!");
    let connection = bkend.json("connect");
    let [url, key] = ["url", "key"].map(|name| connection[name].as_str().expect("text").to_owned());
    assert_eq!(get(&format!("{url}/v1/data/posts"), &key)["items"], serde_json::json!([]));
    assert_eq!(server.end("-INT"), 0);
}

/// What an app gets.
pub fn get(url: &str, key: &str) -> Value {
    answered(|client| client.get(url).header("X-API-Key", key))
}

/// What an app gets that sends something.
pub fn post(url: &str, key: &str, body: &Value) -> Value {
    answered(|client| client.post(url).header("X-API-Key", key).json(body))
}

fn answered(request: impl FnOnce(&reqwest::Client) -> reqwest::RequestBuilder) -> Value {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        request(&client).send().await.expect("answered").json().await.expect("JSON")
    })
}

#[test]
fn a_second_server_is_refused_with_the_first_one_s_address() {
    let bkend = Bkend::new();
    let server = bkend.start("serve --listen 127.0.0.1:0");
    let second = bkend.run("serve --listen 127.0.0.1:0");
    assert_eq!(second.code, 4, "{second:?}");
    assert!(second.stderr.contains(&server.url) && second.stderr.contains(&server.pid().to_string()), "{second:?}");

    let elsewhere = Bkend::new();
    let taken = elsewhere.run(&format!("serve --listen {}", server.url.trim_start_matches("http://")));
    assert_eq!(taken.code, 4, "{taken:?}");
    assert!(taken.stderr.contains("--listen"), "{taken:?}");
}

#[test]
fn a_data_directory_that_is_not_there_is_taken_for_a_mistyped_one() {
    let bkend = Bkend::without_data();
    let refused = |line: &str| {
        let ran = bkend.run(line);
        assert_eq!(ran.code, 2, "bkend {line}: {ran:?}");
        let data = bkend.data().display().to_string();
        assert!([&*data, "--data-dir", "bkend serve"].iter().all(|word| ran.stderr.contains(word)), "{line}: {ran:?}");
    };
    for line in [
        "env list",
        "env use dev",
        "env delete dev --yes",
        "project list",
        "table create posts",
        "key list",
        "user list",
        "file list",
        "connect",
    ] {
        refused(line);
        assert!(!bkend.data().exists(), "bkend {line}");
    }
    assert_eq!(bkend.run("--json env list").error()["code"], "common/invalid-parameters");
    // Nor is one begun in a folder of something else.
    fs::create_dir(bkend.data()).expect("made");
    refused("env list");
    bkend.done("doctor");
    assert!(is_empty(&bkend.data()));

    bkend.done("env create staging");
    assert_eq!(names(&bkend.json("env list")), ["dev", "staging"]);
    let other = Bkend::without_data();
    other.done("project create shop");
    assert_eq!(names(&other.json("project list")), ["my-app", "shop"]);
    let third = Bkend::without_data();
    let export = tempfile::tempdir().expect("a folder");
    let page = r#"{"items":[{"id":"1","title":"Hello"}],"pagination":{"total":1}}"#;
    fs::write(export.path().join("posts_page1.json"), page).expect("written");
    third.done(&format!("import {} --yes", export.path().display()));
    assert_eq!(names(&third.json("table list")), ["posts"]);
}

#[test]
fn a_copy_of_a_data_directory_is_one() {
    let bkend = Bkend::new();
    bkend.done("env create staging");
    fs::remove_file(bkend.data().join("lock")).expect("nobody holds it");
    assert_eq!(names(&bkend.json("env list")), ["dev", "staging"]);
}

#[test]
fn a_lock_that_nobody_answers_for_is_waited_for_and_then_5() {
    let bkend = Bkend::new();
    let lock = File::options().write(true).open(bkend.data().join("lock")).expect("a lock file");
    lock.lock().expect("nobody holds it");
    let ran = bkend.run("env list");
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("in use"), "{ran:?}");
    drop(lock);
    bkend.done("env list");
}

#[test]
fn an_address_that_was_asked_for_is_that_address_or_a_refusal() {
    let bkend = Bkend::new();
    let server = bkend.start("serve --listen 127.0.0.1:0");
    let address = server.url.trim_start_matches("http://");
    let demo = bkend.run(&format!("--json demo --headless --environments 1 --rows 0 --listen {address}"));
    assert_eq!((demo.code, demo.error()["code"].as_str()), (4, Some("cli/address-in-use")), "{demo:?}");
}

#[test]
fn commands_take_turns() {
    let bkend = Bkend::new();
    let mut commands: Vec<_> = (0..6)
        .map(|number| {
            bkend
                .command(&format!("env create env-{number}"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("the binary runs")
        })
        .collect();
    assert!(commands.iter_mut().all(|command| command.wait().expect("started here").success()));
    assert_eq!(bkend.json("env list")["items"].as_array().map(Vec::len), Some(7));
}

#[test]
fn a_command_leaves_no_socket_behind() {
    let bkend = Bkend::new();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let ran = run(bkend.command("env create staging --wait").env("TMPDIR", temporary.path()));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(is_empty(temporary.path()));
}

#[test]
fn the_demo_is_the_same_every_time_and_shows_every_state() {
    let demo = || {
        let bkend = Bkend::new();
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let mut command = bkend.command("demo --headless --listen 127.0.0.1:0 --rows 20 --provision-time 10m");
        command.env("TMPDIR", temporary.path());
        let server = Running::start(command);
        let data = fs::read_dir(temporary.path()).expect("a folder").next().expect("a folder").expect("readable");
        let token = fs::read_to_string(data.path().join("data/operator.token")).expect("a token");
        let ask = |line: &str| {
            let mut command = bkend.command(&format!("--json {line} --url {}", server.url));
            run(command.env("BKEND_TOKEN", &token)).json()
        };
        let (environments, keys, tables) = (ask("env list"), ask("key list --env prod"), ask("table list"));
        let dev = environments["items"].as_array().expect("a list").iter().find(|one| one["name"] == "dev");
        let dev = dev.and_then(|dev| dev["id"].as_str()).expect("there is a dev");
        let users = format!("{}/management/v1/environments/{dev}/users", server.url);
        let users = answered(|client| client.get(users).bearer_auth(&token));
        let sessions = users["items"].as_array().expect("a list").iter().filter_map(|user| user["sessions"].as_u64());
        assert_eq!(sessions.sum::<u64>(), 3, "{users}");
        assert_eq!(server.end("-TERM"), 0);
        assert!(is_empty(temporary.path()), "it is gone on exit");
        let of = |list: &Value, field: &str| {
            let items = list["items"].as_array().expect("a list");
            items.iter().map(|item| item[field].as_str().expect("text").to_owned()).collect::<Vec<_>>()
        };
        let ids = [of(&environments, "id"), of(&environments, "createdAt"), of(&keys, "key"), of(&tables, "id")];
        (of(&environments, "status"), ids)
    };
    let (statuses, ids) = demo();
    for status in ["creating", "ready", "active", "failed", "deleting"] {
        assert!(statuses.iter().any(|other| other == status), "{statuses:?}");
    }
    assert_eq!(ids, demo().1);
}

#[test]
fn what_a_killed_demo_left_goes_with_the_next_and_nothing_else_does() {
    let bkend = Bkend::new();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let demo = || {
        let mut command = bkend.command("demo --headless --listen 127.0.0.1:0 --environments 1 --rows 0");
        command.env("TMPDIR", temporary.path());
        Running::start(command)
    };
    let folders = || {
        let entries = fs::read_dir(temporary.path()).expect("a folder");
        entries.map(|entry| entry.expect("readable").path()).collect::<BTreeSet<_>>()
    };
    // Killed, as `drop` does it.
    drop(demo());
    let left = folders();
    assert_eq!(left.len(), 1);
    // The name alone is not enough.
    let foreign = temporary.path().join("bkend-demo-of-mine");
    fs::create_dir(&foreign).expect("made");
    fs::write(foreign.join("notes"), "keep").expect("written");

    let first = demo();
    let of_first = &folders() - &left;
    assert!(left.is_disjoint(&folders()) && foreign.join("notes").exists());
    let second = demo();
    assert!(of_first.is_subset(&folders()), "a running one keeps its folder");
    assert_eq!((first.end("-TERM"), second.end("-TERM")), (0, 0));
    assert_eq!(folders(), BTreeSet::from([foreign]));
}
