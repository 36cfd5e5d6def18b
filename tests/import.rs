//! `bkend import`: what the hosted service's export leaves in a folder, brought into an environment.

mod harness;

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use harness::{
    Backend, Environment, Text,
    posts::list,
    terminal::{ENTER, Terminal},
    until,
};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

const PAGE: usize = 20;

/// An export in a folder of its own.
struct Export(TempDir);

#[derive(Clone, Copy, Debug)]
enum Shape {
    Wrapped,
    Bare,
    Dual,
}

impl Export {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, content).expect("written");
        path
    }

    /// Writes `rows` as the pages of a list.
    fn list(&self, name: &str, shape: Shape, rows: &[Value]) -> &Self {
        let pages = rows.len().div_ceil(PAGE).max(1);
        for number in 1..=pages {
            let items = rows.iter().skip((number - 1) * PAGE).take(PAGE).collect::<Vec<_>>();
            let has_next = number < pages;
            let pagination = json!({"total": rows.len(), "page": number, "limit": PAGE, "hasNext": has_next});
            let payload = json!({"items": items, "pagination": pagination});
            let page = match shape {
                Shape::Bare => payload,
                Shape::Wrapped => json!({"success": true, "data": payload}),
                Shape::Dual => {
                    json!({"success": true, "data": payload, "items": items, "pagination": pagination})
                }
            };
            // Half of them as a person's formatter leaves them.
            let text = if number % 2 == 0 { format!("{page:#}") } else { page.to_string() };
            self.file(&format!("{name}_page{number}.json"), text);
        }
        self
    }

    fn posts(rows: usize) -> Vec<Value> {
        (0..rows).map(post).collect()
    }
}

fn post(number: usize) -> Value {
    json!({
        "id": format!("{number:024x}"),
        "title": format!("Post {number}"),
        "views": number,
        "published": number.is_multiple_of(2),
        "tags": ["a", "b"],
        "price": if number.is_multiple_of(7) { Value::Null } else { json!(1.5) },
        "at": "2025-03-01T09:30:00.000Z",
        "day": "2025-03-01",
        "createdBy": format!("user-{}", number % 3),
        "createdAt": format!("2025-01-20T10:00:{:02}.123Z", number % 60),
        "updatedAt": "2025-02-01T00:00:00.000Z",
    })
}

/// What a command left.
#[derive(Debug)]
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON on stdout")
    }
}

fn command(backend: &Backend, export: &Export, flags: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bkend"));
    command.args(["import", "--env", "dev", "--url", &backend.url]).arg(export.path());
    command.args(flags.split_whitespace()).env("BKEND_TOKEN", &backend.token).stdin(Stdio::null());
    command
}

fn import(backend: &Backend, export: &Export, flags: &str) -> Ran {
    let output = command(backend, export, flags).output().expect("the binary runs");
    Ran {
        code: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

async fn backend() -> (Backend, Environment) {
    let backend = Backend::start().await;
    let dev = backend.environment("dev").await;
    (backend, dev)
}

async fn table(backend: &Backend, dev: &Environment, name: &str) -> Value {
    backend.operator(Method::GET, &format!("/environments/{}/tables/{name}", dev.id)).send().await.expect(200)
}

async fn tables(backend: &Backend, dev: &Environment) -> Vec<String> {
    let path = format!("/environments/{}/tables", dev.id);
    let list = backend.operator(Method::GET, &path).send().await.expect(200);
    list["items"].as_array().expect("a list").iter().map(|table| table["name"].text()).collect()
}

async fn imports(backend: &Backend, dev: &Environment) -> Vec<Value> {
    let path = format!("/environments/{}/imports", dev.id);
    let list = backend.operator(Method::GET, &path).send().await.expect(200);
    list["items"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn where_nobody_can_be_asked_the_plan_is_shown_and_what_is_missing_said() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Wrapped, &[json!({"id": "1", "title": "Hello"})]);
    let ran = import(&backend, &export, "").expect(2);
    assert!(ran.stderr.contains("posts") && ran.stderr.contains("title"), "the plan: {}", ran.stderr);
    assert!(ran.stderr.trim_end().lines().last().is_some_and(|line| line.contains("--yes")), "{}", ran.stderr);
    assert_eq!(backend.get("/v1/data/posts").key(&dev.key).send().await.status, 404);
}

// What is kept

#[rstest]
#[case(Shape::Wrapped)]
#[case(Shape::Bare)]
#[case(Shape::Dual)]
#[tokio::test]
async fn rows_keep_their_ids_owners_and_times_in_every_shape_of_page(#[case] shape: Shape) {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", shape, &Export::posts(45));
    import(&backend, &export, "--yes").expect(0);

    let page = list(&backend, &dev, &[("sortDirection", "asc"), ("limit", "100")]).await;
    assert_eq!(page["pagination"]["total"], 45);
    let expected: Vec<Value> = Export::posts(45);
    for (row, expected) in page["items"].as_array().expect("items").iter().zip(&expected) {
        assert_eq!(row, expected);
    }
    let table = table(&backend, &dev, "posts").await;
    assert_eq!((&table["rows"], &table["schema"]["required"]), (&json!(45), &json!([])));
    let types = &table["schema"]["properties"];
    for (column, kind) in [
        ("title", "string"),
        ("views", "double"),
        ("published", "bool"),
        ("tags", "array"),
        ("price", "double"),
        ("at", "date"),
        ("day", "string"),
    ] {
        assert_eq!(types[column]["bsonType"], kind, "{column}");
    }
}

#[tokio::test]
async fn what_the_environment_holds_is_counted() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(30)).list("tags", Shape::Bare, &Export::posts(3));
    import(&backend, &export, "--yes").expect(0);
    let usage =
        backend.operator(Method::GET, &format!("/environments/{}", dev.id)).send().await.expect(200)["usage"].clone();
    assert_eq!((&usage["tables"], &usage["rows"]), (&json!(2), &json!(33)));
    let bytes = [table(&backend, &dev, "posts").await, table(&backend, &dev, "tags").await];
    let bytes: u64 = bytes.iter().filter_map(|table| table["bytes"].as_u64()).sum();
    assert_eq!(usage["bytes"], bytes);

    backend.operator(Method::DELETE, &format!("/environments/{}/tables/posts", dev.id)).send().await.expect(200);
    assert_eq!(imports(&backend, &dev).await.len(), 1, "the import goes with its table");
}

#[tokio::test]
async fn an_import_is_one_event_a_table() {
    let (backend, dev) = backend().await;
    let path = format!("/environments/{}/tables", dev.id);
    let from = backend.operator(Method::GET, &path).send().await.header("x-event-id").expect("an event").to_owned();
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(2500));
    import(&backend, &export, "--yes").expect(0);
    let follow = backend.operator(Method::GET, "/events").header("last-event-id", &from);
    let mut events = harness::events::Events::open(follow).await;
    let mut names = Vec::new();
    loop {
        let event = events.next().await.expect("an event");
        names.push(event.name.clone());
        if event.name == "activity" {
            assert_eq!(event.data["action"], "table.import");
            break;
        }
    }
    assert_eq!(names.iter().filter(|name| *name == "table").count(), 1, "{names:?}");
    assert_eq!(names.iter().filter(|name| *name == "data").count(), 0, "{names:?}");
}

#[tokio::test]
async fn of_a_row_that_came_twice_the_newer_is_kept() {
    let (backend, dev) = backend().await;
    let (mut older, mut newer) = (post(1), post(1));
    older["title"] = "older".into();
    newer["title"] = "newer".into();
    newer["updatedAt"] = "2025-09-01T00:00:00.000Z".into();
    let export = Export::new();
    let rows = [post(0), newer, older, post(2), post(2)];
    export.file("posts_page1.json", json!({"items": rows}).to_string());
    let plan = import(&backend, &export, "--yes --json").expect(0).json()["plan"]["tables"][0].clone();
    assert_eq!((&plan["rows"], &plan["repeated"], &plan["revised"]), (&json!(3), &json!(1), &json!(1)));
    let page = list(&backend, &dev, &[("sortDirection", "asc")]).await;
    let titles: Vec<_> = page["items"].as_array().expect("items").iter().map(|row| row["title"].text()).collect();
    assert_eq!(titles, ["Post 0", "newer", "Post 2"]);
}

#[tokio::test]
async fn a_column_of_several_types_stays_undeclared_and_keeps_every_value() {
    let (backend, dev) = backend().await;
    let values = [json!("5"), json!(5), json!(null), json!({"a": [1.0, true]})];
    let rows: Vec<_> =
        values.iter().enumerate().map(|(n, v)| json!({"id": format!("r{n}"), "any": v, "a b": v})).collect();
    let export = Export::new();
    export.list("posts", Shape::Wrapped, &rows);
    let ran = import(&backend, &export, "--yes").expect(0);
    assert!(ran.stderr.contains("mixed (1 number, 1 object, 1 string): left undeclared"), "{}", ran.stderr);
    assert!(ran.stderr.contains("not a column name"), "{}", ran.stderr);
    let page = list(&backend, &dev, &[("sortDirection", "asc")]).await;
    let kept: Vec<_> = page["items"].as_array().expect("items").iter().map(|row| row["any"].clone()).collect();
    assert_eq!(kept, [json!("5"), json!(5), json!(null), json!({"a": [1, true]})]);
    assert_eq!(table(&backend, &dev, "posts").await["schema"]["properties"], json!({}));
    // Nobody was named, and no time: what the contract promises of every record is there.
    assert_eq!(page["items"][0]["createdBy"], "");
    assert!(page["items"][0]["createdAt"].is_string());
}

#[tokio::test]
async fn strict_requires_what_every_row_has() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(9));
    import(&backend, &export, "--yes --strict --private").expect(0);
    let table = table(&backend, &dev, "posts").await;
    let required = table["schema"]["required"].as_array().expect("a list");
    assert!(required.contains(&json!("title")) && !required.contains(&json!("price")), "{required:?}");
    assert_eq!(table["permissions"], json!({}));
    let refused = backend.get("/v1/data/posts").key(&dev.key).send().await;
    refused.expect_error(403, "data/permission-denied");
}

fn file(number: u8, name: &str, size: usize) -> Value {
    json!({
        "id": format!("00000000-0000-4000-8000-0000000000{number:02x}"),
        "s3Key": format!("images/{number}/{name}"),
        "originalName": name,
        "mimeType": "image/png",
        "size": size,
        "visibility": "public",
        "bucket": "images",
        "ownerId": "user-1",
        "ownerType": "user",
        "metadata": {"album": "first"},
        "createdAt": "2025-01-20T10:00:00.123Z",
    })
}

#[tokio::test]
async fn users_keep_their_ids_and_come_without_a_password() {
    let (backend, dev) = backend().await;
    let user = |number: u8| {
        json!({
            "id": format!("user-{number}"), "email": format!("U{number}@example.com"), "name": format!("User {number}"),
            "role": if number == 0 { "admin" } else { "user" }, "nickname": "nick", "image": null,
            "emailVerified": "2025-01-21T00:00:00.000Z", "onboardingStatus": "completed",
            "createdAt": "2025-01-20T10:00:00.123Z", "updatedAt": "2025-02-20T10:00:00.123Z"
        })
    };
    let export = Export::new();
    export.list("users", Shape::Wrapped, &[user(0), user(1), user(2)]).list("posts", Shape::Bare, &Export::posts(9));
    let ran = import(&backend, &export, "--yes --json").expect(0);
    let report = ran.json();
    assert_eq!(report["result"]["users"], json!({"imported": 3, "present": 0}));
    assert_eq!(report["plan"]["tables"][0]["ownersUnknown"]["rows"], 0);

    let path = format!("/environments/{}/v1/users/user-1", dev.id);
    let kept = backend.operator(Method::GET, &path).send().await.expect(200)["data"].clone();
    let mut expected = user(1);
    expected["email"] = "u1@example.com".into();
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&kept[field], value, "{field}");
    }
    let sign_in = json!({"email": "u1@example.com", "password": "correct horse"});
    let refused = backend.post("/v1/auth/email/signin", &sign_in).key(&dev.key).send().await;
    refused.expect_error(401, "auth/invalid-credentials");

    // Somebody more, and those who are there stay as they are.
    export.list("users", Shape::Wrapped, &[user(0), user(1), user(2), user(3)]);
    let again = import(&backend, &export, "--yes --json").expect(0).json();
    assert_eq!((&again["plan"]["users"]["present"], &again["result"]["users"]["imported"]), (&json!(3), &json!(1)));
    let usage = backend.operator(Method::GET, &format!("/environments/{}", dev.id)).send().await.expect(200);
    assert_eq!(usage["usage"]["users"], 4);

    let mut twin = user(4);
    twin["email"] = "u1@example.com".into();
    export.list("users", Shape::Wrapped, &[twin]);
    let refused = import(&backend, &export, "--yes").expect(4);
    assert!(refused.stderr.contains("two users have the address u1@example.com"), "{}", refused.stderr);
    export.list("users", Shape::Wrapped, &[json!({"id": "u", "email": "nobody"})]);
    let refused = import(&backend, &export, "--yes").expect(2);
    assert!(refused.stderr.contains("users_page1.json, item 1: an e-mail address is like"), "{}", refused.stderr);
}

#[tokio::test]
async fn files_come_with_their_bytes_and_rows_lead_to_them() {
    let (backend, dev) = backend().await;
    let mut rows = Export::posts(3);
    rows[0]["cover"] = "images/1/a.png".into();
    rows[1]["cover"] = "https://img.bkend.ai/fit-in/10x10/images/1/a.png".into();
    let export = Export::new();
    export.list("files", Shape::Wrapped, &[file(1, "a.png", 3), file(2, "größe.png", 5)]);
    export.list("posts", Shape::Wrapped, &rows);
    export.file("files/a.png", "abc");
    export.file("files/größe.png", "defgh");
    let ran = import(&backend, &export, "--yes --json --rewrite-urls").expect(0);
    assert_eq!(ran.json()["result"]["files"], json!({"imported": 2, "present": 0, "bytes": 8}));

    let id = file(1, "", 0)["id"].text();
    let path = format!("/environments/{}/v1/files/{id}", dev.id);
    let kept = backend.operator(Method::GET, &path).send().await.expect(200)["data"].clone();
    for field in [
        "id",
        "originalName",
        "mimeType",
        "size",
        "visibility",
        "bucket",
        "ownerId",
        "ownerType",
        "metadata",
        "createdAt",
    ] {
        assert_eq!(kept[field], file(1, "a.png", 3)[field], "{field}");
    }
    let page = list(&backend, &dev, &[("sortDirection", "asc")]).await;
    for row in [0, 1] {
        let cover = page["items"][row]["cover"].text();
        let bytes = backend.http.get(cover).send().await.expect("an answer").text().await.expect("a body");
        assert_eq!(bytes, "abc");
    }
    let again = import(&backend, &export, "--yes --json --rewrite-urls").expect(0).json();
    assert_eq!(again["result"]["files"], json!({"imported": 0, "present": 2, "bytes": 0}));
    assert_eq!(again["result"]["tables"][0]["status"], "skipped");
}

#[tokio::test]
async fn files_whose_names_collided_or_whose_bytes_are_elsewhere_are_named() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    let entries = [file(1, "a.png", 3), file(2, "a.png", 4), file(3, "lost.png", 5), file(4, "cut.png", 9)];
    export.list("files", Shape::Wrapped, &entries);
    export.file("files/a.png", "abcd");
    export.file("files/cut.png", "abc");
    export.file("files/extra.png", "x");
    let ran = import(&backend, &export, "--yes").expect(4);
    assert!(ran.stdout.contains("3 in the list and not in the folder: a.png, lost.png, cut.png"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 of another size than the list says, so left out: cut.png"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 in the folder and not in the list, so left out: extra.png"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 used by several entries, so that the folder holds only the last of each: a.png"));
    assert!(ran.stderr.contains("--incomplete"), "{}", ran.stderr);
    import(&backend, &export, "--yes --incomplete").expect(0);
    let path = format!("/environments/{}/v1/files", dev.id);
    let files = backend.operator(Method::GET, &path).send().await.expect(200)["data"]["items"].clone();
    assert_eq!((files.as_array().map(Vec::len), &files[0]["id"]), (Some(1), &file(2, "", 0)["id"]));
}

// What is shown first

#[tokio::test]
async fn the_plan_shows_the_evidence_and_writes_nothing() {
    let (backend, dev) = backend().await;
    let mut rows = Export::posts(1204);
    rows[3]["cover"] = "https://img.bkend.ai/fit-in/1x1/a.png".into();
    rows[4]["body"] = json!({"blocks": ["see https://api-client.bkend.ai/v1/files/7"]});
    let users: Vec<_> =
        (0..2).map(|n| json!({"id": format!("user-{n}"), "email": format!("{n}@example.com")})).collect();
    let export = Export::new();
    export.list("posts", Shape::Wrapped, &rows).list("users", Shape::Wrapped, &users);
    export.file("notes.txt", "x");

    let ran = import(&backend, &export, "--dry-run").expect(0);
    let line = |name: &str| {
        let found = ran.stdout.lines().find(|line| line.trim_start().starts_with(name));
        found
            .unwrap_or_else(|| unreachable!("{name} is in {}", ran.stdout))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("views"), "views number 1,204 of 1,204 values");
    assert_eq!(line("price"), "price number 1,032 of 1,204 values, 172 null");
    assert_eq!(line("cover"), "cover string 1 of 1,204 values, 1,203 without it");
    assert!(ran.stdout.contains("1 value of cover with an address"), "{}", ran.stdout);
    assert!(ran.stdout.contains("the createdBy of 401 rows is none of the users (user-2)"), "{}", ran.stdout);
    assert!(ran.stdout.contains("left alone: notes.txt"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("target:"), "nothing is written");

    let plan = import(&backend, &export, "--dry-run --json").expect(0).json();
    assert_eq!(plan["result"], Value::Null);
    let table = &plan["plan"]["tables"][0];
    assert_eq!((&table["action"], &table["rows"], &table["pages"]), (&json!("create"), &json!(1204), &json!(61)));
    assert_eq!(table["deadUrls"], json!({"cover": 1, "body": 1}));
    assert_eq!(table["ownersUnknown"], json!({"rows": 401, "examples": ["user-2"]}));
    assert_eq!(plan["plan"]["users"]["users"], 2);

    assert_eq!(tables(&backend, &dev).await, Vec::<String>::new());
    assert_eq!(imports(&backend, &dev).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_terminal_the_plan_is_agreed_to_and_a_line_says_how_far_it_is() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(6000));
    let (own, folder) = (tempfile::tempdir().expect("a folder"), export.path().to_str().expect("text"));
    let arguments = ["import", folder, "--env", "dev", "--url", &backend.url];
    let ask = || {
        let terminal = Terminal::open_with(own.path(), &arguments, &[("BKEND_TOKEN", &backend.token)]);
        let asked = terminal.wait_for("Import this into my-app/dev? [y/N]");
        assert!(asked.contains("6,000 rows"), "{asked}");
        terminal
    };

    let mut terminal = ask();
    terminal.keys(ENTER);
    terminal.wait_for("nothing was changed");
    assert_eq!(terminal.expect_given_back().exit_code(), 4);
    assert_eq!(tables(&backend, &dev).await, Vec::<String>::new());

    let mut terminal = ask();
    terminal.keys(&format!("y{ENTER}"));
    terminal.wait("it says how far it is", |screen| screen.contains(" of 6,000 rows, "));
    assert!(terminal.expect_given_back().success());
    assert_eq!(tables(&backend, &dev).await, ["posts"]);
}

#[tokio::test]
async fn without_anybody_to_ask_nothing_happens() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(3));
    let ran = import(&backend, &export, "").expect(2);
    assert!(ran.stderr.contains("--yes"), "{}", ran.stderr);
    assert_eq!(tables(&backend, &dev).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_result_is_json_for_scripts() {
    let (backend, _) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(3)).list("tags", Shape::Bare, &Export::posts(2));
    let result = import(&backend, &export, "--yes --json --only tags").expect(0).json()["result"].clone();
    let tables = result["tables"].as_array().expect("a list");
    assert_eq!(tables.len(), 1);
    assert_eq!(
        (&tables[0]["table"], &tables[0]["status"], &tables[0]["rows"]),
        (&json!("tags"), &json!("imported"), &json!(2))
    );
    let again = import(&backend, &export, "--yes --json").expect(0).json()["result"].clone();
    let statuses: Vec<_> = again["tables"].as_array().expect("a list").iter().map(|t| t["status"].text()).collect();
    assert_eq!(statuses, ["imported", "skipped"]);
}

// What is in the way

#[tokio::test]
async fn a_missing_page_is_named_and_needs_a_flag() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(65));
    std::fs::remove_file(export.path().join("posts_page2.json")).expect("removed");
    let ran = import(&backend, &export, "--yes --json").expect(4);
    let conflicts = ran.json()["plan"]["conflicts"].clone();
    assert_eq!(conflicts[0]["message"], "page 2 is missing");
    assert_eq!(conflicts[1]["message"], "its pages speak of 65 rows, and hold 45");
    assert!(ran.stderr.contains("import/conflict"), "{}", ran.stderr);
    assert_eq!(tables(&backend, &dev).await, Vec::<String>::new());

    import(&backend, &export, "--yes --incomplete").expect(0);
    assert_eq!(table(&backend, &dev, "posts").await["rows"], 45);
}

#[tokio::test]
async fn a_last_page_that_has_a_next_one_is_not_the_last() {
    let (backend, _) = backend().await;
    let export = Export::new();
    export.file("posts_page1.json", json!({"items": [post(1)], "pagination": {"hasNextPage": true}}).to_string());
    let ran = import(&backend, &export, "--yes").expect(4);
    assert!(ran.stderr.contains("page 1 says that another one follows"), "{}", ran.stderr);
}

#[rstest]
#[case("{\"items\":[{\"id\":\"a\"},", "posts_page2.json is not valid JSON: EOF")]
#[case("[]", "posts_page2.json")]
#[case("{\"items\":[{\"id\":\"a\"},{\"title\":\"b\"}]}", "posts_page2.json, item 2: id is missing")]
#[case("{\"items\":[{\"id\":7}]}", "posts_page2.json, item 1: id must be a string")]
#[case("{\"items\":[{\"id\":\"a\",\"createdAt\":\"soon\"}]}", "item 1: createdAt must be an ISO 8601 date")]
#[case("{\"items\":[3]}", "item 1: is not an object")]
#[case("{\"success\":false,\"error\":{\"message\":\"Too many requests\"}}", "Too many requests")]
#[case("{\"items\":[{\"id\":\"a\",\"n\":1e999}]}", "item 1: is not valid JSON: number out of range")]
#[tokio::test]
async fn what_cannot_be_read_is_named_and_nothing_is_imported(#[case] second: &str, #[case] words: &str) {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export
        .list("albums", Shape::Bare, &Export::posts(3))
        .file("posts_page1.json", json!({"items": [post(1)]}).to_string());
    export.file("posts_page2.json", second);
    let ran = import(&backend, &export, "--yes").expect(2);
    assert!(ran.stderr.contains(words) && ran.stderr.contains("nothing was imported"), "{}", ran.stderr);
    assert_eq!(tables(&backend, &dev).await, Vec::<String>::new());
}

#[tokio::test]
async fn rows_are_added_to_a_table_that_takes_them() {
    let (backend, dev) = backend().await;
    let schema = json!({"title": {"bsonType": "string", "required": true, "unique": true}, "at": {"bsonType": "date"}});
    let body = json!({"name": "posts", "schema": schema});
    let before = backend.table(&dev, &body).await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(25));
    let result = import(&backend, &export, "--yes --json").expect(0).json();
    assert_eq!(result["result"]["tables"][0]["status"], "added");
    let after = table(&backend, &dev, "posts").await;
    assert_eq!((&after["id"], &after["schema"], &after["rows"]), (&before["id"], &before["schema"], &json!(25)));

    // More of them, some of which are there.
    export.list("posts", Shape::Bare, &Export::posts(40));
    let ran = import(&backend, &export, "--yes").expect(4);
    assert!(ran.stderr.contains("25 of its rows are there already, by their ids (--keep-existing"), "{}", ran.stderr);
    import(&backend, &export, "--yes --keep-existing").expect(0);
    assert_eq!(table(&backend, &dev, "posts").await["rows"], 40);
    assert_eq!(imports(&backend, &dev).await.iter().filter(|import| import["status"] == "open").count(), 0);
}

#[tokio::test]
async fn a_table_with_another_schema_is_a_conflict() {
    let (backend, dev) = backend().await;
    backend.table(&dev, &json!({"name": "posts", "schema": {"views": {"bsonType": "string"}}})).await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(25));
    let ran = import(&backend, &export, "--yes").expect(4);
    let words = "another schema, which refuses 25 of the rows: posts_page1.json, item 1: views must be a string";
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
    assert_eq!(table(&backend, &dev, "posts").await["rows"], 0);
}

#[tokio::test]
async fn a_value_that_must_be_unique_stops_the_table_and_is_named() {
    let (backend, dev) = backend().await;
    backend.table(&dev, &json!({"name": "posts", "schema": {"day": {"bsonType": "string", "unique": true}}})).await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(25));
    let ran = import(&backend, &export, "--yes").expect(4);
    assert!(ran.stderr.contains("posts_page1.json, item 2: another row has this day already"), "{}", ran.stderr);
    assert_eq!(table(&backend, &dev, "posts").await["rows"], 0);
    assert_eq!(imports(&backend, &dev).await, Vec::<Value>::new(), "what was begun is gone");
}

#[rstest]
#[case("my table_page1.json", "a table name cannot contain ' '")]
#[case("1posts_page1.json", "a table name starts with a letter")]
#[tokio::test]
async fn a_list_that_no_table_can_be_named_after_is_a_conflict(#[case] file: &str, #[case] words: &str) {
    let (backend, _) = backend().await;
    let export = Export::new();
    export.file(file, json!({"items": [post(1)]}).to_string());
    let ran = import(&backend, &export, "--yes").expect(4);
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
}

#[tokio::test]
async fn a_folder_without_an_export_says_what_one_is() {
    let (backend, _) = backend().await;
    let ran = import(&backend, &Export::new(), "--yes").expect(2);
    assert!(ran.stderr.contains("TABLE_page1.json"), "{}", ran.stderr);
}

// Ends in the middle

fn spawn(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
}

#[tokio::test]
async fn an_import_that_is_killed_leaves_whole_tables_and_goes_on_when_run_again() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("albums", Shape::Bare, &Export::posts(30));
    import(&backend, &export, "--yes").expect(0);

    // The server stops before the second table is shown, and both processes are killed there.
    export.list("posts", Shape::Bare, &Export::posts(2500));
    let armed = backend.armed("import.finish").await;
    let mut running = spawn(command(&armed.backend, &export, "--yes"));
    let backend = armed.killed_there().await;
    running.kill().expect("it was started here");
    running.wait().expect("it was started here");

    assert_eq!(tables(&backend, &dev).await, ["albums"]);
    let open: Vec<_> = imports(&backend, &dev).await.into_iter().filter(|import| import["status"] == "open").collect();
    assert_eq!((open.len(), &open[0]["rows"]), (1, &json!(2500)), "it was about to be shown");

    let again = import(&backend, &export, "--yes --json").expect(0).json();
    let actions: Vec<_> =
        again["plan"]["tables"].as_array().expect("a list").iter().map(|t| t["action"].text()).collect();
    assert_eq!(actions, ["skip", "create"]);
    assert_eq!(table(&backend, &dev, "posts").await["rows"], 2500);
    assert_eq!(imports(&backend, &dev).await.iter().filter(|import| import["status"] == "open").count(), 0);
}

#[tokio::test]
async fn an_import_that_is_interrupted_takes_back_what_it_began() {
    let (backend, dev) = backend().await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(20_000));
    let mut running = spawn(command(&backend, &export, "--yes"));
    until("the first rows are there", async || {
        let imports = imports(&backend, &dev).await;
        imports.iter().any(|import| import["status"] == "open" && import["rows"].as_u64() > Some(0))
    })
    .await;
    Command::new("kill").args(["-INT", &running.id().to_string()]).status().expect("kill runs");
    let code = running.wait().expect("it ends").code();
    assert_eq!(code, Some(130));
    assert_eq!(imports(&backend, &dev).await, Vec::<Value>::new());
    assert_eq!(tables(&backend, &dev).await, Vec::<String>::new());
}

#[tokio::test]
async fn apps_write_while_an_import_is_under_way_and_see_none_of_it() {
    let (backend, dev) = backend().await;
    backend.open_table(&dev, "notes", json!({})).await;
    let export = Export::new();
    export.list("posts", Shape::Bare, &Export::posts(20_000));
    let mut running = spawn(command(&backend, &export, "--yes"));
    let mut written = 0;
    until("the import is over", async || {
        backend.post("/v1/data/notes", &json!({"n": written})).key(&dev.key).send().await.expect(201);
        written += 1;
        let seen = backend.get("/v1/data/posts").key(&dev.key).query(&[("limit", "1")]).send().await;
        match seen.status {
            404 => {}
            _ => assert_eq!(seen.expect(200)["pagination"]["total"], 20_000),
        }
        running.try_wait().expect("it was started here").is_some()
    })
    .await;
    assert_eq!(table(&backend, &dev, "posts").await["rows"], 20_000);
    assert_eq!(table(&backend, &dev, "notes").await["rows"], written);
}

// The management calls

#[tokio::test]
async fn an_import_is_checked_when_it_is_begun_filled_and_finished() {
    let (backend, dev) = backend().await;
    let imports = format!("/environments/{}/imports", dev.id);
    let call = |path: &str, body: Value| backend.operator(Method::POST, path).json(&body);
    let begin = |name: &str, existing: bool| {
        call(
            &imports,
            json!({"table": {"name": name, "schema": {"n": {"bsonType": "int"}}}, "source": "x", "existing": existing}),
        )
    };
    begin("users", false).send().await.expect_refusal(400, "common/invalid-parameters");
    begin("posts", true).send().await.expect_refusal(404, "table/not-found");
    call(&imports, json!({"table": {"name": "posts"}, "source": ""}))
        .send()
        .await
        .expect_refusal(400, "common/invalid-parameters");

    let opened = begin("posts", false).send().await.expect(201);
    assert_eq!((&opened["status"], &opened["rows"], &opened["tableId"]), (&json!("open"), &json!(0), &Value::Null));
    let this = format!("{imports}/{}", opened["id"].text());
    let rows = |rows: Value| call(&format!("{this}/rows"), json!({"rows": rows}));
    let refused = rows(json!([{"id": "a", "n": 1}, {"id": "b", "n": "many"}])).send().await;
    let refused = refused.expect_refusal(400, "import/row-refused");
    assert_eq!(refused["error"]["details"][0]["field"], "rows[1]");
    assert_eq!(refused["error"]["details"][0]["message"], "n must be a whole number");
    let too_many: Vec<_> = (0..1001).map(|n| json!({"id": n.to_string()})).collect();
    rows(too_many.into()).send().await.expect_refusal(400, "common/invalid-parameters");

    let sent = rows(json!([{"id": "a", "n": 1}, {"id": "b"}])).send().await.expect(200);
    assert_eq!(sent["rows"], 2);
    let again = rows(json!([{"id": "a", "n": 1}, {"id": "b"}])).send().await.expect(200);
    assert_eq!((&again["rows"], &again["bytes"]), (&sent["rows"], &sent["bytes"]), "sent again, it changes nothing");

    let finish = |rows: u64| call(&format!("{this}/finish"), json!({"rows": rows}));
    finish(3).send().await.expect_refusal(409, "import/refused");
    backend.table(&dev, &json!({"name": "posts"})).await;
    finish(2).send().await.expect_refusal(409, "table/already-exists");
    backend.operator(Method::DELETE, &format!("/environments/{}/tables/posts", dev.id)).send().await.expect(200);
    let finished = finish(2).send().await.expect(200);
    assert_eq!(finished["status"], "finished");
    assert_eq!(finished["tableId"], table(&backend, &dev, "posts").await["id"]);
    assert_eq!(finish(2).send().await.expect(200), finished, "a lost answer may be asked for again");
    rows(json!([])).send().await.expect_refusal(409, "import/refused");
    backend.operator(Method::DELETE, &this).send().await.expect_refusal(409, "import/refused");
    let unknown = format!("{imports}/imp_0123456789abcdef01234567");
    backend.operator(Method::DELETE, &unknown).send().await.expect_refusal(404, "import/not-found");
}

#[tokio::test]
async fn an_import_that_is_begun_again_takes_the_place_of_the_open_one() {
    let (backend, dev) = backend().await;
    let path = format!("/environments/{}/imports", dev.id);
    let begin = || backend.operator(Method::POST, &path).json(&json!({"table": {"name": "posts"}, "source": "x"}));
    let first = begin().send().await.expect(201);
    let rows: Vec<_> = (0..1000).map(|n| json!({"id": format!("{n}")})).collect();
    let send = |id: &str| backend.operator(Method::POST, &format!("{path}/{id}/rows")).json(&json!({"rows": rows}));
    send(&first["id"].text()).send().await.expect(200);
    let second = begin().send().await.expect(201);
    let open = imports(&backend, &dev).await;
    assert_eq!((open.len(), &open[0]["id"]), (1, &second["id"]));
    send(&first["id"].text()).send().await.expect_refusal(404, "import/not-found");
}
