use crate::bkend::{Bkend, run};

#[test]
fn wrong_usage_is_2() {
    let bkend = Bkend::without_data();
    for line in [
        "env",
        "env bla",
        "env get",
        "env list --colour never",
        "key create k --expires soon",
        "key create k --scope posts",
        "table create posts title",
        "table create posts title:text",
        "env create x --type test",
        "-v -q env list",
    ] {
        let ran = bkend.run(line);
        assert_eq!(ran.code, 2, "bkend {line}: {ran:?}");
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "bkend {line}: {ran:?}");
    }
    assert!(!bkend.data().join("control.db").exists(), "none of them needed a server");
}

#[test]
fn input_that_is_not_valid_is_2() {
    let bkend = Bkend::new();
    for line in [
        "table create posts a:int a:int",
        "table create posts --schema nowhere.json",
        "env create DEV",
        "env create a_b",
        "table create 1st",
        "table create users",
    ] {
        assert_eq!(bkend.run(line).code, 2, "bkend {line}");
    }
}

#[test]
fn what_is_not_there_is_3() {
    let bkend = Bkend::new();
    for line in [
        "project get nope",
        "env get nope",
        "env delete nope --yes",
        "env list --project nope",
        "table get nope",
        "table list --env nope",
        "key delete nope --yes",
        "connect nope",
    ] {
        let ran = bkend.run(line);
        assert_eq!(ran.code, 3, "bkend {line}: {ran:?}");
    }
}

#[test]
fn what_cannot_be_now_is_4() {
    let bkend = Bkend::new();
    bkend.done("table create posts");
    for (line, code) in [
        ("env create dev", "environment/already-exists"),
        ("env retry dev", "environment/invalid-transition"),
        ("table create posts", "table/already-exists"),
        ("project create my-app", "project/already-exists"),
        ("key create default", "key/already-exists"),
    ] {
        let ran = bkend.run(&format!("--json {line}"));
        assert_eq!(ran.code, 4, "bkend {line}: {ran:?}");
        assert_eq!(ran.error()["code"], code);
    }
}

#[test]
fn a_server_that_is_not_there_or_not_ours_is_5() {
    let bkend = Bkend::new();
    let without_token = bkend.run("env list --url http://127.0.0.1:1");
    assert_eq!(without_token.code, 5, "{without_token:?}");
    assert!(without_token.stderr.contains("BKEND_TOKEN"));
    let unreachable = run(bkend.command("env list --url http://127.0.0.1:1").env("BKEND_TOKEN", "x"));
    assert_eq!(unreachable.code, 5, "{unreachable:?}");

    let server = bkend.start("serve --listen 127.0.0.1:0");
    let line = format!("env list --url {}", server.url);
    let wrong_token = run(bkend.command(&line).env("BKEND_TOKEN", "x"));
    assert_eq!(wrong_token.code, 5, "{wrong_token:?}");
    assert!(wrong_token.stderr.contains("set BKEND_TOKEN"), "{wrong_token:?}");
    let with_a_path = run(bkend.command(&format!("{line}/console")).env("BKEND_TOKEN", "x"));
    assert_eq!(with_a_path.code, 5, "nothing that was asked for is missing: {with_a_path:?}");
    assert_eq!(bkend.run(&line).code, 5, "the local token is never sent to a URL");
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let bkend = Bkend::new();
    for line in ["env delete dev", "project delete my-app", "table delete posts", "key delete default"] {
        let ran = bkend.run(line);
        assert_eq!(ran.code, 2, "bkend {line}: {ran:?}");
        assert!(ran.stderr.contains("--yes"), "{ran:?}");
    }
    let console = bkend.run("");
    assert_eq!(console.code, 2);
    assert!(console.stderr.contains("terminal"), "{console:?}");
}

#[test]
fn a_configuration_that_is_named_and_not_there_is_an_error() {
    let bkend = Bkend::new();
    for line in ["env list", "serve", "config show", "config check"] {
        let ran = bkend.run(&format!("{line} --config ./no-such.toml"));
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(ran.stderr.contains("no-such.toml is not there"), "{line}: {ran:?}");
        let ran = run(bkend.command(line).env("BKEND_CONFIG", "/no/such.toml"));
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(ran.stderr.contains("/no/such.toml is not there"), "{line}: {ran:?}");
    }
    // Where it would be can be asked at any time, and nobody who names none needs one.
    assert!(bkend.done("config path --config ./no-such.toml").stdout.ends_with("no-such.toml\n"));
    let ran = run(bkend.command("config check").env("BKEND_CONFIG", "").env("XDG_CONFIG_HOME", bkend.data()));
    assert!(ran.stdout.contains("everything is at its default"), "{ran:?}");
}

#[test]
fn the_doctor_says_what_is_wrong_in_the_configuration_and_goes_on() {
    let bkend = Bkend::new();
    let ran = bkend.run("doctor --config ./no-such.toml");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("no-such.toml is not there") && ran.stdout.contains("data directory"), "{ran:?}");
    bkend.file("config.toml", "theme = 1\nlisten = \"127.0.0.1\"\ncolour = \"auto\"\n");
    let ran = bkend.run("doctor");
    assert_eq!(ran.code, 1, "{ran:?}");
    let places: Vec<_> =
        ran.stdout.match_indices("config.toml:").map(|(at, _)| &ran.stdout[at + 12..at + 13]).collect();
    assert_eq!(places, ["1", "2", "3"], "{ran:?}");
    assert!(ran.stdout.contains("color is the nearest") && ran.stdout.contains("data directory"), "{ran:?}");
}

#[test]
fn what_deleting_takes_is_said_at_once() {
    let bkend = Bkend::new();
    bkend.done("env create prod --wait");
    bkend.done("table create posts --env prod");
    for line in ["env delete prod", "table delete posts --env prod"] {
        let ran = bkend.run(line);
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(ran.stderr.contains("add --yes --confirm prod"), "{line}: {ran:?}");
    }
    assert_eq!(bkend.run("env delete prod --yes").code, 4);
    bkend.done("env delete prod --yes --confirm prod --wait");
}

#[test]
fn a_usage_names_no_variable_that_is_set() {
    let ran = Bkend::new().run("env use");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("Usage: bkend env use") && !ran.stderr.contains("--data-dir"), "{ran:?}");
}

#[test]
fn of_two_projects_one_has_to_be_said_or_chosen() {
    let bkend = Bkend::new();
    bkend.done("project create shop");
    let ran = bkend.run("env list");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--project") && ran.stderr.contains("bkend env use"), "{ran:?}");
}

#[test]
fn a_wrong_configuration_is_named_with_its_line() {
    let bkend = Bkend::new();
    bkend.file("config.toml", "theme = \"dark\"\nlisten = \"here\"\n");
    let ran = bkend.run("env list");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("config.toml:2: "), "{ran:?}");
}
