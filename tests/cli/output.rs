use serde_json::Value;

use crate::bkend::{Bkend, run};

#[test]
fn a_list_is_one_page_with_everything() {
    let bkend = Bkend::new();
    let list = bkend.json("env list");
    let keys: Vec<_> = list.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys, ["items", "pagination"]);
    assert_eq!((list["pagination"]["total"].as_u64(), list["pagination"]["hasNext"].as_bool()), (Some(1), Some(false)));
}

#[test]
fn a_resource_is_what_the_api_answers() {
    let bkend = Bkend::new();
    let environment = bkend.json("env get dev");
    let keys: Vec<_> = environment.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "id",
            "projectId",
            "name",
            "type",
            "status",
            "step",
            "reason",
            "protected",
            "createdAt",
            "updatedAt",
            "activeAfterMs",
            "steps",
            "usage"
        ]
    );
}

#[test]
fn an_error_is_json_for_those_who_asked_for_it_even_in_the_arguments() {
    let bkend = Bkend::new();
    for (line, code) in [
        ("env get nope --json", "environment/not-found"),
        ("env bla --json", "common/invalid-parameters"),
        ("--json env delete dev", "common/invalid-parameters"),
    ] {
        let error = bkend.run(line).error();
        assert_eq!(error["code"], code, "bkend {line}");
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
}

#[test]
fn a_command_that_writes_says_first_where() {
    let bkend = Bkend::new();
    for (line, target) in [
        ("env create staging", "target: my-app/staging\n"),
        ("table create posts --env staging", "target: my-app/staging\n"),
        ("key create web", "target: my-app/dev\n"),
        ("project create shop", "target: shop\n"),
        ("project delete shop --yes", "target: shop\n"),
    ] {
        let ran = bkend.done(line);
        assert!(ran.stderr.starts_with(target), "bkend {line}: {ran:?}");
        assert!(!ran.stdout.contains("target"), "bkend {line}: {ran:?}");
    }
    for line in ["env list", "table list", "connect", "-q key create other"] {
        assert!(!bkend.done(line).stderr.contains("target"), "bkend {line}");
    }
}

#[test]
fn with_json_standard_error_holds_the_error_and_nothing_else() {
    let bkend = Bkend::new();
    let ran = bkend.run("--json key create default");
    let error: Value = serde_json::from_str(&ran.stderr).expect("one JSON value");
    assert_eq!(error["error"]["code"], "key/already-exists");
    assert_eq!(bkend.done("--json key create web").stderr, "");
}

#[test]
fn a_pipe_gets_no_colour_unless_it_is_asked_for() {
    let bkend = Bkend::new();
    assert!(!bkend.done("env list").stdout.contains('\x1b'));
    assert!(bkend.done("env list --color always").stdout.contains('\x1b'));
    bkend.file("config.toml", "color = \"always\"\n");
    assert!(bkend.done("env list").stdout.contains('\x1b'));
    assert!(!bkend.done("env list --color never").stdout.contains('\x1b'));
}

#[test]
fn every_short_name_does_what_its_long_one_does() {
    let bkend = Bkend::new();
    assert_eq!(bkend.done("env ls --json").stdout, bkend.done("env list --json").stdout);
    assert_eq!(bkend.done("env show dev").stdout, bkend.done("env get dev").stdout);
    bkend.done("table create posts");
    bkend.done("table rm posts --yes");
}

#[test]
fn connect_prints_what_an_app_pastes() {
    let bkend = Bkend::new();
    bkend.done("table create articles");
    let keys = bkend.json("key list");
    let key = keys["items"][0]["key"].as_str().expect("a publishable key is readable");

    let dotenv = bkend.done("connect --prefix VITE_").stdout;
    assert_eq!(dotenv, format!("VITE_API_URL=http://127.0.0.1:4600\nVITE_API_KEY={key}\n"));
    let curl = bkend.done("connect dev --format curl").stdout;
    assert!(curl.contains("/v1/data/articles") && curl.contains(key), "{curl}");
    assert!(bkend.done("connect --format fetch").stdout.contains("fetch(\"http://127.0.0.1:4600/v1/data/articles\""));
    assert!(bkend.done("connect").stderr.contains("bkend serve"), "nothing listens there yet");

    let connection = bkend.json("connect");
    assert_eq!((connection["environment"].as_str(), connection["key"].as_str()), (Some("dev"), Some(key)));
}

#[test]
fn the_doctor_makes_nothing_and_says_what_is_wrong() {
    let bkend = Bkend::without_data();
    let nothing = bkend.done("doctor");
    assert!(nothing.stdout.contains("not begun yet"), "{nothing:?}");
    assert!(!bkend.data().exists());

    bkend.done("env create qa --wait");
    let report = bkend.json("doctor");
    assert_eq!(report["healthy"], true, "{report}");

    let elsewhere = run(bkend.command("doctor --json --url http://127.0.0.1:1").env("BKEND_TOKEN", "x"));
    assert_eq!(elsewhere.code, 1);
    let report: Value = elsewhere.json();
    let problem = report["checks"].as_array().expect("checks").iter().find(|check| check["verdict"] == "problem");
    assert!(problem.is_some_and(|check| check["subject"] == "server"), "{report}");
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let bkend = Bkend::new();
    let data = bkend.data();
    let mut command = bkend.command("env list --data-dir");
    for name in ["BKEND_DATA_DIR", "BKEND_URL", "BKEND_PROJECT", "BKEND_ENV"] {
        command.env(name, "");
    }
    let ran = run(command.arg(&data));
    assert_eq!(ran.code, 0, "{ran:?}");

    let mut command = bkend.command("doctor");
    let home = data.join("home");
    let ran = run(command.env("BKEND_DATA_DIR", "").env("BKEND_CONFIG", "").env("HOME", &home));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains(&home.display().to_string()), "{ran:?}");
}

#[test]
fn a_data_directory_that_cannot_be_used_is_named_with_the_way_out() {
    let bkend = Bkend::new();
    let file = bkend.file("file", "");
    let ran = bkend.run(&format!("env list --data-dir {}", file.display()));
    assert_eq!(ran.code, 1, "{ran:?}");
    let named = format!("the data directory {} cannot be used", file.display());
    assert!(ran.stderr.contains(&named) && ran.stderr.contains("--data-dir"), "{ran:?}");
}

#[test]
fn a_table_that_is_not_there_is_named_with_where_to_look() {
    let bkend = Bkend::new();
    let ran = bkend.run("table get nope");
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("dev has no table nope") && ran.stderr.contains("bkend table list"), "{ran:?}");
}

#[test]
fn completions_know_every_shell_s_syntax() {
    let bkend = Bkend::without_data();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(bkend.done(&format!("completions {shell}")).stdout.contains("bkend"), "{shell}");
    }
    assert!(!bkend.data().exists());
}
