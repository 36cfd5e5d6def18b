//! The Overview page: environments side by side, their figures, the matrix of isolation.

use std::time::Duration;

use super::*;
use crate::{
    client::verify::{Kind, Proof},
    domain::{
        api::{Activity, Page},
        metrics::{Metrics, STEPS},
    },
};

/// Requests that rise, some of them refused, and one that failed.
fn metrics(environment: &Environment, requests: u64) -> Metrics {
    let rising: Vec<u64> = (0..STEPS as u64).map(|step| step * requests / STEPS as u64).collect();
    let at =
        |step: usize, count: u64| (0..STEPS).map(|other| if other == step { count } else { 0 }).collect::<Vec<_>>();
    let traffic = json!({"requests": rising.iter().sum::<u64>(), "clientErrors": 12, "serverErrors": 1, "p50Ms": 1.2, "p99Ms": 8.4});
    let none: Vec<Option<f64>> = vec![None; STEPS];
    serde_json::from_value(json!({
        "environmentId": environment.id, "stepSeconds": 10, "lastStepAt": NOW, "requests": rising,
        "clientErrors": at(20, 12), "serverErrors": at(50, 1), "p50Ms": none, "p99Ms": none,
        "total": traffic, "lastMinute": traffic
    }))
    .expect("metrics")
}

pub fn line(number: u32, action: &str, target: &str) -> Activity {
    serde_json::from_value(json!({
        "id": format!("act_{number:024x}"), "projectId": "proj_000000000000000000000001",
        "environmentId": "env_000000000000000000000002", "environmentName": "dev", "actor": "operator",
        "action": action, "target": target, "detail": null, "createdAt": "2026-11-23T06:40:41.000Z"
    }))
    .expect("a line")
}

pub fn lines(items: Vec<Activity>) -> Reply {
    let pagination = Pagination::new(u64::try_from(items.len()).expect("few"), Window { page: 1, limit: 100 });
    Reply::Activity(Page { items, pagination })
}

const fn is_metrics(call: &Call) -> bool {
    matches!(call, Call::Project(_, ProjectCall::Metrics))
}

const fn is_verify(call: &Call) -> bool {
    matches!(call, Call::Environment(_, EnvironmentCall::Verify { .. }))
}

fn proofs(passed: bool) -> Reply {
    let proof =
        |kind| Proof { kind, passed: passed || kind != Kind::Rows, detail: "rows of dev are read from staging".into() };
    Reply::Proofs(Kind::ALL.into_iter().map(proof).collect())
}

/// With figures of dev, and something that happened.
pub fn overview(width: u16, height: u16) -> Console {
    let mut console = Console::sample(width, height);
    console.press("g o");
    let [prod, dev] = [&sample()[0], &sample()[1]].map(Clone::clone);
    console.answer(is_metrics, Ok(Reply::Metrics(vec![metrics(&dev, 60), metrics(&prod, 900)])));
    let happened =
        vec![line(3, "key.create", "web"), line(2, "table.update", "posts"), line(1, "environment.active", "dev")];
    console.answer(|call| matches!(call, Call::Project(_, ProjectCall::Latest)), Ok(lines(happened)));
    console
}

fn on_screen(console: &Console, text: &str) -> bool {
    console.screen().contains(text)
}

#[test]
fn environments_side_by_side() {
    let mut console = overview(100, 30);
    console.press("v");
    console.answer(is_verify, Ok(proofs(true)));
    console.press("esc");
    insta::assert_snapshot!(console.screen());
}

#[test]
fn on_a_narrow_screen_what_matters_least_gives_way() {
    insta::assert_snapshot!(overview(60, 20).screen());
}

#[test]
fn counts_are_read_again_while_the_page_is_shown_and_the_server_answers() {
    let mut console = overview(100, 30);
    assert!(!console.asked(is_metrics));
    let due = console.state.next_change().expect("the next reading");
    assert!(due <= console.state.shell.now.uptime + Duration::from_secs(2));
    console.pass(Duration::from_secs(2));
    assert!(console.asked(is_metrics));
    console.pass(Duration::from_secs(10));
    assert_eq!(console.requests.iter().filter(|request| is_metrics(&request.call)).count(), 1, "one at a time");
    console.answer(is_metrics, Ok(Reply::Metrics(Vec::new())));
    console.requests.clear();

    console.press("g e");
    console.pass(Duration::from_secs(10));
    assert!(!console.asked(is_metrics), "nobody looks");
    console.press("g o");
    console.requests.clear();
    console.send(Message::Stream(Update::Disconnected { reason: "gone".into(), retry_in: Duration::from_mins(1) }));
    console.pass(Duration::from_secs(10));
    assert!(!console.asked(is_metrics), "nobody answers");
    assert!(on_screen(&console, "as last known"));
}

#[test]
fn moving_sideways_selects_and_enter_opens_the_tables() {
    let mut console = overview(100, 30);
    assert_eq!(console.selected(), "dev");
    console.press("l");
    assert_eq!(console.selected(), "staging");
    console.press("h h");
    assert!(console.state.shell.focus == crate::console::shell::Focus::Sidebar, "beyond the first is the sidebar");
    console.press("l");
    console.click_on("none");
    assert_eq!(console.selected(), "staging");
    console.press("enter");
    assert!(on_screen(&console, "▏Database"));
}

#[test]
fn ten_thousand_environments_are_as_quick_as_four() {
    let many = (1..=10_000).map(|number| environment(number, &format!("e{number}"), "custom", NOW)).collect();
    let mut console = Console::with(80, 24, many);
    console.press("g o");
    assert!(on_screen(&console, "1..4 of 10,000"));
    console.press("G");
    assert!(on_screen(&console, "9997..10000 of 10,000") && on_screen(&console, "▌e10000"));
    console.press("/ e 7 7 7 7 enter");
    assert!(on_screen(&console, "▌e7777") && !on_screen(&console, "e10000"));
}

#[test]
fn a_round_verifies_one_after_the_other_and_leaves_production_out() {
    let mut console = overview(100, 30);
    console.press("V");
    let asked = |console: &Console| -> Vec<String> {
        let verified = |request: &Request| match &request.call {
            Call::Environment(_, EnvironmentCall::Verify { environment, .. }) => Some(environment.name.to_string()),
            _ => None,
        };
        console.requests.iter().filter_map(verified).collect()
    };
    assert_eq!(asked(&console), ["dev"]);
    assert!(on_screen(&console, "dev, 1 of 2") && on_screen(&console, "left out: prod is read-only, qa is creating"));
    assert!(on_screen(&console, "read-only"), "and the page says it of prod");
    console.press("g d");
    console.answer(is_verify, Ok(proofs(true)));
    assert_eq!(asked(&console), ["staging"], "it goes on when the page is left");
    console.answer(is_verify, Err(refused("staging is busy")));
    assert!(asked(&console).is_empty());
    console.press("g o");
    assert!(on_screen(&console, "✓ 1 of 2 now") && !on_screen(&console, "V stops"));
}

#[test]
fn a_round_that_nothing_is_left_for_says_of_each_environment_why() {
    let mut console = Console::with(100, 30, vec![sample()[0].clone(), sample()[3].clone()]);
    console.press("g o V");
    let screen = console.screen();
    assert!(screen.contains("no environment can be verified now: prod is read-only, qa is creating"), "{screen}");
    assert!(!console.asked(is_verify));
}

#[test]
fn a_round_that_is_stopped_ends_after_the_current_one() {
    let mut console = overview(100, 30);
    console.press("V V");
    assert!(on_screen(&console, "the round ends before 1 environment"));
    console.answer(is_verify, Ok(proofs(true)));
    assert!(!console.asked(is_verify));
}

#[test]
fn what_is_within_reach_is_said_where_the_matrix_is() {
    let mut console = overview(100, 30);
    console.press("v");
    console.answer(is_verify, Ok(proofs(false)));
    assert!(on_screen(&console, "✗ 1 of 2 now") && on_screen(&console, "1 environment within reach of others"));
}

#[test]
fn what_happens_elsewhere_comes_at_the_top() {
    let mut console = overview(100, 30);
    console.happens(Event::Activity(line(4, "key.delete", "old")));
    let screen = console.screen();
    let place = |text: &str| screen.find(text).unwrap_or_else(|| panic!("{text} in\n{screen}"));
    assert!(place("deleted the key old") < place("created the key web"));
}

#[test]
fn counts_that_cannot_be_read_are_said_to_be_old() {
    let mut console = overview(100, 30);
    console.pass(Duration::from_secs(2));
    console.answer(is_metrics, Err(refused("the counters are busy")));
    assert!(on_screen(&console, "old: ") && on_screen(&console, "1.2 ms"));
}
