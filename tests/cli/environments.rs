use crate::bkend::{Bkend, names, run};

#[test]
fn a_data_directory_that_was_begun_has_an_active_dev() {
    let bkend = Bkend::new();
    let list = bkend.json("env list");
    assert_eq!(names(&list), ["dev"]);
    assert_eq!(list["items"][0]["status"], "active");
    assert_eq!(names(&bkend.json("project list")), ["my-app"]);
}

#[test]
fn what_a_command_began_is_done_when_it_returns() {
    let bkend = Bkend::new();
    let accepted = bkend.json("env create staging");
    assert_eq!((accepted["type"].as_str(), accepted["status"].as_str()), (Some("staging"), Some("creating")));
    assert_eq!(bkend.json("env get staging")["status"], "active");
    bkend.done("env delete staging --yes");
    assert_eq!(names(&bkend.json("env list")), ["dev"]);
}

#[test]
fn waiting_prints_the_state_that_was_waited_for() {
    let bkend = Bkend::new();
    let active = bkend.json("env create qa --type custom --wait");
    assert_eq!(active["status"], "active");
    assert_eq!(bkend.json("env wait qa")["id"], active["id"]);
    let last = bkend.json("env delete qa --yes --wait");
    assert_eq!((last["id"].clone(), last["status"].as_str()), (active["id"].clone(), Some("deleting")));
    assert_eq!(bkend.run("env wait qa --for deleted").code, 0);
    assert_eq!(bkend.run("env wait qa --for active").code, 3);
}

#[test]
fn a_wait_ends_with_its_time() {
    let bkend = Bkend::new();
    let ran = bkend.run("env wait dev --for deleted --timeout 50ms");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("dev is still active"), "{ran:?}");
}

#[test]
fn a_failed_environment_ends_the_wait_and_can_be_retried() {
    let bkend = Bkend::new();
    let ran = run(bkend.command("env create qa --wait").env("BKEND_FAILPOINT", "provisioning.key=fail"));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("qa failed") && ran.stderr.contains("bkend env retry qa"), "{ran:?}");
    for state in ["active", "deleted"] {
        assert_eq!(bkend.run(&format!("env wait qa --for {state}")).code, 1);
    }
    let doctor = bkend.run("doctor");
    assert_eq!(doctor.code, 1);
    assert!(doctor.stdout.contains("bkend env retry qa"), "{doctor:?}");
    assert_eq!(bkend.json("env retry qa --wait")["status"], "active");
    assert_eq!(bkend.run("doctor").code, 0);
}

#[test]
fn a_protected_environment_needs_its_name() {
    let bkend = Bkend::new();
    bkend.done("env create prod --wait");
    let refused = bkend.run("--json env delete prod --yes");
    assert_eq!((refused.code, refused.error()["code"].as_str()), (4, Some("environment/protected")));
    let mistyped = bkend.run("env delete prod --yes --confirm prdo");
    assert_eq!(mistyped.code, 4);
    assert!(mistyped.stderr.contains("--confirm prod "), "{mistyped:?}");
    assert_eq!(bkend.run("project delete my-app --yes").code, 4);

    bkend.done("table create posts --env prod");
    assert_eq!(bkend.run("table delete posts --env prod --yes").code, 4);
    bkend.done("table delete posts --env prod --yes --confirm prod");

    bkend.done("env delete prod --yes --confirm prod --wait");
    bkend.done("env update dev --protected true");
    assert_eq!(bkend.run("env delete dev --yes").code, 4);
    bkend.done("env update dev --protected false");
    bkend.done("env delete dev --yes");
}

#[test]
fn the_environment_is_the_flag_s_then_the_variable_s_then_the_chosen_then_dev() {
    let bkend = Bkend::new();
    for name in ["one", "two", "three"] {
        bkend.done(&format!("env create {name}"));
        bkend.done(&format!("table create in-{name} --env {name}"));
    }
    let tables = |line: &str, variable: Option<&str>| {
        let mut command = bkend.command(line);
        command.arg("--json").envs(variable.map(|name| ("BKEND_ENV", name)));
        names(&run(&mut command).json()).join(" ")
    };
    assert_eq!(tables("table list", None), "");
    bkend.done("env use one");
    assert_eq!(tables("table list", None), "in-one");
    assert_eq!(tables("table list", Some("two")), "in-two");
    assert_eq!(tables("table list --env three", Some("two")), "in-three");
    // An empty variable is one that is not set.
    assert_eq!(tables("table list", Some("")), "in-one");
}

#[test]
fn a_choice_is_kept_for_its_project_only() {
    let bkend = Bkend::new();
    bkend.done("env create staging");
    bkend.done("env use staging");
    bkend.done("project create shop");
    bkend.done("table create posts --project shop --env dev");
    assert_eq!(names(&bkend.json("table list --project shop")), ["posts"]);
    assert_eq!(names(&bkend.json("table list --project my-app")), [""; 0]);

    bkend.done("env delete dev --project shop --yes");
    let ran = bkend.run("table list --project shop");
    assert_eq!(ran.code, 2, "shop has no dev, and staging was not chosen for it: {ran:?}");
    assert!(ran.stderr.contains("--env"), "{ran:?}");
}

#[test]
fn more_than_one_project_is_a_question() {
    let bkend = Bkend::new();
    bkend.done("project create shop");
    let ran = bkend.run("env list");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("my-app") && ran.stderr.contains("shop"), "{ran:?}");
    bkend.done("env create qa --project shop --wait");
    assert_eq!(names(&bkend.json("env list --project shop")), ["dev", "qa"]);
    let shop = bkend.json("project get shop");
    let by_id = format!("env list --project {}", shop["id"].as_str().expect("an id"));
    assert_eq!(names(&bkend.json(&by_id)), ["dev", "qa"]);
    bkend.done("project delete shop --yes");
    assert_eq!(names(&bkend.json("project list")), ["my-app"]);
}

#[test]
fn isolation_is_proved_and_nothing_is_left_behind() {
    let bkend = Bkend::new();
    bkend.done("env create staging");
    bkend.done("env create prod");
    let report = bkend.json("env verify staging");
    assert_eq!(report["passed"], true);
    let proofs = report["proofs"].as_array().expect("proofs");
    let kinds: Vec<_> = proofs.iter().map(|proof| proof["kind"].as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["schema", "rows", "users", "files", "keys"]);
    assert!(proofs.iter().all(|proof| proof["detail"].as_str().is_some_and(|text| text.contains("dev, prod"))));
    for environment in ["dev", "staging", "prod"] {
        assert_eq!(names(&bkend.json(&format!("table list --env {environment}"))), [""; 0]);
        assert_eq!(names(&bkend.json(&format!("key list --env {environment}"))), ["default"]);
        assert_eq!(names(&bkend.json(&format!("user list --env {environment}"))), [""; 0]);
    }
    let lines = bkend.done("env verify dev").stdout;
    assert_eq!(lines.lines().filter(|line| line.contains("isolated")).count(), 5, "{lines}");
}

#[test]
fn two_environments_are_compared() {
    let bkend = Bkend::new();
    bkend.done("env create staging --wait");
    bkend.done("table create posts title:string! --env dev");
    bkend.done("table create posts title:string views:int --env staging");
    bkend.done("table create notes text:string --env dev");
    let report = bkend.json("env compare dev staging");
    assert_eq!(report["counts"], serde_json::json!({"same": 0, "new": 0, "changed": 1, "missing": 1}));
    assert_eq!((&report["left"]["name"], &report["right"]["name"]), (&"dev".into(), &"staging".into()));
    let columns = &report["tables"][1]["columns"];
    assert_eq!((&columns[0]["difference"], &columns[1]["difference"]), (&"changed".into(), &"new".into()));
    let text = bkend.done("env compare dev staging").stdout;
    for line in ["0 new, 1 changed, 1 missing, 0 the same", "- ", "required true to -", "+    column views"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(bkend.done("env compare dev dev").stdout.contains("2 the same"));
    assert_eq!(bkend.run("env compare dev nowhere").code, 3);
}
