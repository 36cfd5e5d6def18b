//! What happens when keys are typed, answers come and events arrive.

use super::*;
use crate::domain::{EnvironmentType, api::CreateEnvironment};

fn is_create(call: &Call) -> bool {
    matches!(call, Call::CreateEnvironment(..))
}

fn created(console: &Console) -> Option<CreateEnvironment> {
    console.requests.iter().find_map(|request| match &request.call {
        Call::CreateEnvironment(_, body) => Some(body.clone()),
        _ => None,
    })
}

#[test]
fn row_and_tab_are_one_selection() {
    let mut console = Console::sample(80, 24);
    assert_eq!(console.selected(), "dev");
    console.press("j");
    assert_eq!(console.selected(), "staging");
    console.press("tab tab");
    assert_eq!(console.selected(), "prod");
    console.press("k");
    assert_eq!(console.selected(), "qa");
    console.press("2");
    assert_eq!(console.selected(), "staging");
    console.press("g g");
    assert_eq!(console.selected(), "dev");
    console.press("shift-tab");
    assert_eq!(console.selected(), "prod");
}

#[test]
fn a_created_environment_is_selected_and_says_when_it_is_active() {
    let mut console = Console::sample(80, 24);
    console.press("n");
    console.write("stage-2");
    console.press("enter");
    assert!(console.state.shell.modals.is_empty(), "the form closes at once");
    let body = created(&console).expect("a request");
    assert_eq!((body.name.as_str(), body.kind.map(EnvironmentType::as_str)), ("stage-2", Some("staging")));

    let new = creating(9, "stage-2", "storage", 2, NOW);
    console.answer(is_create, Ok(Reply::Environment(Box::new(new.clone()))));
    assert_eq!(console.selected(), "stage-2");
    console.happens(Event::Environment(changed(&new, &json!({"status": "active", "activeAfterMs": 9.0}))));
    assert!(console.screen().contains("stage-2 is active after 9.0 ms: c connects an app"));
    assert!(!console.effects.iter().any(|effect| matches!(effect, Effect::Bell)), "nobody looked away so soon");
}

#[test]
fn a_creation_that_takes_long_takes_nobody_away_from_what_they_do_by_then() {
    for (meanwhile, selected) in
        [("j", "staging"), ("g d", "dev"), ("? j", "dev"), ("/ d", "dev"), ("2 g k", "staging")]
    {
        let mut console = Console::sample(80, 24);
        console.press("n x enter");
        console.press(meanwhile);
        let (page, modals, filter) = (
            console.state.shell.page,
            console.state.shell.modals.len(),
            console.state.page().filter(&console.state.shell),
        );
        let new = creating(9, "x", "storage", 2, NOW);
        console.answer(is_create, Ok(Reply::Environment(Box::new(new.clone()))));
        console.happens(Event::Environment(changed(&new, &json!({"status": "active", "activeAfterMs": 28_000.0}))));
        let shell = &console.state.shell;
        assert_eq!(console.selected(), selected, "{meanwhile}");
        let now = (shell.page, shell.modals.len(), console.state.page().filter(shell));
        assert_eq!(now, (page, modals, filter), "{meanwhile}");
        if modals > 0 {
            console.press("esc");
        }
        assert!(console.screen().contains("x is active after 28 s"), "{meanwhile}: {}", console.screen());
    }
}

#[test]
fn an_event_may_be_faster_than_the_answer_it_belongs_to() {
    let mut console = Console::sample(80, 24);
    console.press("n x enter");
    let new = creating(9, "x", "storage", 2, NOW);
    let active = changed(&new, &json!({"status": "active", "activeAfterMs": 28_000.0}));
    console.happens(Event::Environment(active));
    console.answer(is_create, Ok(Reply::Environment(Box::new(new))));
    assert!(console.screen().contains("x is active after 28 s"));
    assert!(console.effects.iter().any(|effect| matches!(effect, Effect::Bell)));
}

#[test]
fn a_refused_creation_comes_back_with_what_was_typed() {
    let mut console = Console::sample(80, 24);
    console.press("n q a 2 tab right enter");
    console.answer(is_create, Err(refused("the disk is full: free some space")));
    let screen = console.screen();
    assert!(screen.contains("qa2") && screen.contains("the disk is full"), "{screen}");
    console.press("enter");
    let body = created(&console).expect("sent again");
    assert_eq!((body.name.as_str(), body.kind.map(EnvironmentType::as_str)), ("qa2", Some("dev")));
}

#[test]
fn a_name_that_breaks_the_rule_or_is_taken_is_not_sent() {
    for name in ["dev", "1x", "A", "a_b"] {
        let mut console = Console::sample(80, 24);
        console.press("n");
        console.write(name);
        console.press("enter");
        assert!(created(&console).is_none(), "{name}");
        assert!(!console.state.shell.modals.is_empty());
    }
}

#[test]
fn leaving_a_form_asks_only_if_something_was_typed() {
    let mut console = Console::sample(80, 24);
    console.press("n esc");
    assert!(console.state.shell.modals.is_empty());
    console.press("n a esc");
    assert!(console.screen().contains("esc again discards"));
    console.press("b esc");
    assert!(console.screen().contains("ab"), "another key stays");
    console.press("esc");
    assert!(console.state.shell.modals.is_empty());
}

#[test]
fn a_name_can_be_pasted() {
    let mut console = Console::sample(80, 24);
    console.press("n");
    console.send(Message::Paste("preview-7\n".into()));
    console.press("enter");
    assert_eq!(created(&console).map(|body| body.name), Some("preview-7".into()));
}

#[test]
fn line_breaks_that_a_field_cannot_hold_are_not_dropped_without_a_word() {
    let mut console = Console::sample(120, 24);
    console.press("n");
    console.send(Message::Paste("preview-7\n".into()));
    assert!(!console.screen().contains("line breaks"), "the last one is no part of it");
    console.send(Message::Paste("a\nb".into()));
    let screen = console.screen();
    assert!(screen.contains("line breaks became blanks"), "{screen}");
}

#[test]
fn typed_text_survives_everything_the_server_says() {
    let mut console = Console::sample(80, 24);
    console.press("n h a l f");
    console.happens(Event::EnvironmentDeleted(sample()[2].clone()));
    console.happens(Event::Reset);
    console.answer(|call| matches!(call, Call::Environments(_)), Ok(Reply::Environments(listing(sample()))));
    console.press("enter");
    assert_eq!(created(&console).map(|body| body.name), Some("half".into()));
}

#[test]
fn numbers_stick_and_are_never_handed_on() {
    let mut console = Console::sample(80, 24);
    console.happens(Event::EnvironmentDeleted(sample()[2].clone()));
    console.happens(Event::Environment(environment(9, "new", "custom", NOW)));
    let numbers: Vec<_> = console
        .state
        .shell
        .environments
        .entries()
        .iter()
        .map(|entry| (entry.number, entry.environment.name.to_string()))
        .collect();
    let expected = [(1, "dev"), (3, "qa"), (5, "new"), (4, "prod")].map(|(n, name)| (n, name.to_owned()));
    assert_eq!(numbers, expected);
    console.press("2");
    assert!(console.screen().contains("no environment has the number 2"));
}

#[test]
fn a_row_that_vanishes_leaves_the_selection_on_its_neighbour() {
    let mut console = Console::sample(80, 24);
    console.press("j");
    let staging = sample()[2].clone();
    console.happens(Event::Environment(changed(&staging, &json!({"status": "deleting"}))));
    assert_eq!(console.selected(), "staging", "it stays until it is gone");
    console.happens(Event::EnvironmentDeleted(staging));
    assert_eq!(console.selected(), "qa");
}

#[test]
fn the_filter_is_live_and_esc_shows_all_again() {
    let mut console = Console::sample(80, 24);
    console.press("/ s t a g");
    assert_eq!(console.selected(), "staging");
    assert!(console.screen().contains("1 of 4"));
    console.press("enter j");
    assert_eq!(console.selected(), "staging");
    console.press("esc");
    assert!(console.screen().contains("Environments  4"));
}

#[test]
fn sorting_goes_through_the_columns_and_round() {
    let mut console = Console::sample(80, 24);
    let names = |console: &Console| -> Vec<String> {
        let screen = console.screen();
        let at = |name: &str| screen.lines().skip(4).position(|line| line.contains(&format!(" {name} ")));
        let mut rows: Vec<_> = ["dev", "staging", "qa", "prod"].map(|name| (at(name), name.to_owned())).into();
        rows.sort();
        rows.into_iter().map(|(_, name)| name).collect()
    };
    assert_eq!(names(&console), ["dev", "staging", "qa", "prod"]);
    console.press("s");
    assert_eq!(names(&console), ["dev", "prod", "qa", "staging"]);
    console.press("S");
    assert_eq!(names(&console), ["staging", "qa", "prod", "dev"]);
    console.press("s s s");
    assert_eq!(names(&console), ["prod", "dev", "staging", "qa"]);
}

#[test]
fn an_answer_that_nobody_awaits_any_more_is_dropped() {
    let mut console = Console::with(80, 24, sample());
    console.press("j");
    console.rest();
    let position =
        console.requests.iter().position(|r| matches!(r.call, Call::Key(_, KeyCall::List))).expect("keys of staging");
    let late = console.requests.remove(position);
    console.press("R");
    let id = console.state.shell.selected_id().expect("staging");
    let mut stale = publishable(id.as_str());
    stale.name = "stale".into();
    let result = Ok(Reply::Keys(listing(vec![stale])));
    console.send(Message::Answer { ticket: late.ticket.clone(), call: Box::new(late.call.clone()), result });
    let known = |console: &Console| console.state.shell.keys.get(&id).and_then(|keys| keys.value().map(Vec::len));
    assert_eq!(known(&console), Some(1), "the first answer to it counts");
    let result = Ok(Reply::Keys(listing(Vec::new())));
    console.send(Message::Answer { ticket: late.ticket, call: Box::new(late.call), result });
    assert_eq!(known(&console), Some(1), "a second one does not");
}

#[test]
fn a_list_made_before_an_event_does_not_undo_it() {
    let mut console = Console::sample(80, 24);
    console.press("R");
    console.happens(Event::EnvironmentDeleted(sample()[2].clone()));
    console.answer(|call| matches!(call, Call::Environments(_)), Ok(Reply::Environments(listing(sample()))));
    assert!(console.state.shell.environments.find("staging").is_none());
    assert!(console.asked(|call| matches!(call, Call::Environments(_))), "it is read again");
}

#[test]
fn a_first_reading_that_failed_is_tried_again_by_itself() {
    let mut console = Console::starting(80, 24);
    let error = client::Error::Unreachable { url: "http://127.0.0.1:4600".into(), reason: "refused".into() };
    console.answer(|call| matches!(call, Call::Projects), Err(error));
    let screen = console.screen();
    assert!(screen.contains("no answer since") && screen.contains("tried again by itself"), "{screen}");
    assert!(!screen.contains("lost"), "there was nothing to lose: {screen}");
    console.pass(Duration::from_secs(2));
    console.answer(|call| matches!(call, Call::Projects), Ok(Reply::Projects(listing(vec![project()]))));
    console.answer(|call| matches!(call, Call::Environments(_)), Ok(Reply::Environments(listing(sample()))));
    assert_eq!(console.selected(), "dev");
}

#[test]
fn a_name_is_not_called_free_while_nobody_can_say_so() {
    let mut console = Console::sample(120, 24);
    console.press("n q a 2");
    assert!(console.screen().contains("this name is free"));
    let reason = "connection refused".into();
    console.send(Message::Stream(Update::Disconnected { reason, retry_in: Duration::from_secs(3) }));
    let screen = console.screen();
    assert!(!screen.contains("this name is free") && screen.contains("when the server answers"), "{screen}");
}

#[test]
fn every_trouble_with_the_server_has_its_own_words() {
    let lost = |reason: &str| Update::Disconnected { reason: reason.into(), retry_in: Duration::from_secs(3) };
    let mut console = Console::sample(120, 24);
    assert!(console.screen().contains("● live"));
    console.send(Message::Stream(lost("connection refused")));
    assert!(console.screen().contains("reconnecting in 3 s"));
    assert!(console.screen().contains("connection lost: connection refused"));
    console.pass(Duration::from_secs(11));
    assert!(console.screen().contains("offline since 06:42, showing what was last known"));
    console.send(Message::Stream(Update::Connected));
    assert!(console.screen().contains("connected again"));
    assert!(console.asked(|call| matches!(call, Call::Environments(_))), "what was missed is read");
    console.send(Message::Stream(Update::Poll));
    assert!(console.screen().contains("polling every 2 s"));
    let retry_in = Duration::from_secs(5);
    console.send(Message::Stream(Update::Unauthorized { reason: "the token is unknown".into(), retry_in }));
    assert!(console.screen().contains("not permitted"));
}

#[test]
fn another_project_starts_from_nothing_known() {
    let mut console = Console::sample(80, 24);
    let mut other = project();
    other.id = serde_json::from_value(json!("proj_000000000000000000000002")).expect("an id");
    other.name = "shop".into();
    console.happens(Event::Project(other));
    console.press("n h a l t enter p s h o p enter");
    assert!(console.state.shell.environments.is_empty());
    let new = creating(9, "halt", "storage", 2, NOW);
    console.answer(is_create, Ok(Reply::Environment(Box::new(new))));
    assert!(console.state.shell.environments.is_empty(), "what was asked for in the other project stays there");
    let shown = vec![environment(20, "main", "dev", NOW)];
    console.answer(|call| matches!(call, Call::Environments(_)), Ok(Reply::Environments(listing(shown))));
    assert_eq!(console.selected(), "main");
}

#[test]
fn projects_to_choose_from_come_and_go_while_they_are_shown() {
    let named = |number: u32, name: &str| Project {
        id: serde_json::from_value(json!(format!("proj_{number:024x}"))).expect("an id"),
        name: name.into(),
        ..project()
    };
    let chosen = |console: &Console| {
        let screen = console.screen();
        let line = screen.lines().find(|line| line.contains('▌') && line.contains(" environments"));
        let line = line.unwrap_or_else(|| panic!("no cursor in\n{screen}"));
        line.split('▌').nth(1).and_then(|line| line.split_whitespace().next()).map(str::to_owned)
    };
    let mut console = Console::sample(80, 24);
    console.happens(Event::Project(named(2, "shop")));
    console.happens(Event::Project(named(3, "wiki")));
    console.press("p down down");
    assert_eq!(chosen(&console).as_deref(), Some("wiki"));
    console.happens(Event::Project(named(4, "blog")));
    console.happens(Event::ProjectDeleted(named(2, "shop")));
    assert!(console.screen().contains("blog") && !console.screen().contains("shop"), "{}", console.screen());
    assert_eq!(chosen(&console).as_deref(), Some("wiki"), "the cursor stays where it was");
    console.write("w");
    console.happens(Event::Project(named(3, "wiki-2")));
    console.happens(Event::Project(named(5, "shop")));
    assert!(!console.screen().contains("shop"), "what was typed still counts:\n{}", console.screen());
    console.happens(Event::ProjectDeleted(named(3, "wiki-2")));
    assert!(console.screen().contains("nothing of that name"), "{}", console.screen());
    console.press("backspace end");
    console.write("shop");
    console.press("enter");
    assert_eq!(console.state.shell.project.as_ref().map(|project| project.name.as_str()), Some("shop"));
}

#[test]
fn everything_can_be_clicked() {
    let mut console = Console::sample(80, 24);
    console.click_on("2 staging");
    assert_eq!(console.selected(), "staging");
    console.click_on("qa         Custom");
    assert_eq!(console.selected(), "qa");
    console.click_on("API Keys");
    assert_eq!(console.state.shell.page.title(), "API Keys");
    console.click_on("Environments");
    console.click_on("[ + Create");
    assert!(console.screen().contains("Create Environment ─"));
    console.click_on("○ Production");
    assert!(console.screen().contains("◉ Production"));
    console.click_on("esc cancel");
    assert!(console.state.shell.modals.is_empty());
    console.click_on("TYPE");
    assert!(console.screen().contains("TYPE ↑"));
    console.click_on("? help");
    assert!(console.screen().contains("Help: Environments"));
    console.send(Message::Resize { width: 140, height: 60 });
    console.click(0, 0);
    assert!(console.state.shell.modals.is_empty(), "a click beside it closes it");
}

#[test]
fn palette_and_help_run_what_is_chosen() {
    let mut console = Console::sample(80, 24);
    console.press(":");
    console.write("go-database");
    console.press("enter");
    assert_eq!(console.state.shell.page.title(), "Database");
    console.press("g e ? enter");
    assert!(console.screen().contains("Create Environment ─"), "the first line of help creates one");
}

#[test]
fn the_palette_runs_what_belongs_to_another_page() {
    let mut console = Console::sample(80, 24);
    console.press("g d :");
    console.write("verif");
    console.press("enter");
    assert_eq!(console.state.shell.page.title(), "Overview");
    assert!(console.asked(|call| matches!(call, Call::Environment(_, EnvironmentCall::Verify { .. }))));
    console.press("g k :");
    console.write("create environment");
    assert!(console.screen().contains("ge n"), "{}", console.screen());
    console.press("enter");
    assert!(console.screen().contains("Create Environment ─"));
}

#[test]
fn a_selection_that_vanishes_goes_on_to_a_neighbour_outside_production() {
    let mut console = Console::with(80, 24, sample()[..3].to_vec());
    console.press("2");
    assert_eq!(console.selected(), "staging");
    console.happens(Event::EnvironmentDeleted(sample()[2].clone()));
    assert_eq!(console.selected(), "dev");
}

#[test]
fn a_note_takes_no_key() {
    let mut console = Console::sample(80, 24);
    console.press("g d R");
    assert!(console.screen().contains("reading everything again"));
    console.press("g e / d e v enter R esc");
    assert!(console.screen().contains("Environments  4"), "the filter went with the first esc");
}

#[test]
fn a_creation_under_way_shows_its_step_where_the_clock_stands_still() {
    let mut console = Console::starting(80, 24);
    console.state.shell.clock_runs = false;
    console.answer(|call| matches!(call, Call::Projects), Ok(Reply::Projects(listing(vec![project()]))));
    console.answer(|call| matches!(call, Call::Environments(_)), Ok(Reply::Environments(listing(sample()))));
    assert!(!console.screen().contains("Creating 3/5"), "it may be over in a moment");
    let wall = console.state.shell.now.wall;
    let at = console.state.next_change().expect("the mark is drawn by itself");
    console.send(Message::Clock(Moment { wall, uptime: at.max(Duration::from_millis(1150)) }));
    let screen = console.screen();
    assert!(screen.contains("⠹ Creating 3/5 tables") && screen.contains("qa ⠹"), "{screen}");
}

#[test]
fn a_refusal_is_gone_with_the_next_key() {
    let mut console = Console::sample(80, 24);
    console.press("n q a 2 enter");
    let long = "http://127.0.0.1:4600 cannot be reached (Connection refused): start it with bkend serve, or wait";
    console.answer(is_create, Err(refused(long)));
    let screen = console.screen();
    assert!(screen.contains("or wait") && screen.contains("enter tries again"), "nothing of it is cut: {screen}");
    console.press("tab");
    assert!(console.screen().contains("this name is free"));
}

#[test]
fn a_sequence_shows_how_it_goes_on_and_can_be_given_up() {
    let mut console = Console::sample(80, 24);
    console.press("g");
    assert!(console.screen().contains("gd database"));
    console.press("esc j");
    assert_eq!(console.selected(), "staging");
    console.press("g d");
    assert_eq!(console.state.shell.page.title(), "Database");
}

#[test]
fn esc_with_a_key_close_behind_is_both() {
    let mut console = Console::sample(80, 24);
    console.press("? alt-j");
    assert!(console.state.shell.modals.is_empty());
    assert_eq!(console.selected(), "staging");
}

#[test]
fn no_key_of_a_burst_is_lost() {
    let many = (0..300).map(|n| environment(n, &format!("e{n:03}"), "custom", NOW)).collect();
    let mut console = Console::with(120, 40, many);
    for _ in 0..200 {
        console.press("j");
    }
    assert_eq!(console.selected(), "e200");
}

#[test]
fn nothing_but_the_minute_wakes_an_idle_console() {
    let mut console = Console::with(80, 24, sample()[..3].to_vec());
    let wake = console.state.next_change().expect("a shown time turns its minute");
    let now = console.state.shell.now;
    let into = Duration::from_millis(u64::try_from(now.wall.millis() % 60_000).expect("a moment of a minute"));
    assert_eq!(wake + into, now.uptime + Duration::from_mins(1));

    console.state.shell.clock_runs = false;
    assert_eq!(console.state.next_change(), None, "where the clock stands still, nothing moves");
}

#[test]
fn what_is_quick_leaves_no_trace_and_what_is_slow_is_shown() {
    let mut console = Console::sample(80, 24);
    console.press("n s l o w enter");
    assert!(!console.screen().contains("creating slow"));
    console.pass(Duration::from_millis(150));
    assert!(console.screen().contains("creating slow"));
    let fresh = changed(&creating(9, "slow", "storage", 2, NOW), &json!({"createdAt": console.state.shell.now.wall}));
    console.answer(is_create, Ok(Reply::Environment(Box::new(fresh))));
    assert!(!console.screen().contains("⠋ Creating 2/5"), "{}", console.screen());
    console.pass(Duration::from_secs(3));
    assert!(console.screen().contains("Creating 2/5"), "{}", console.screen());
}

#[test]
fn a_form_goes_with_its_environment() {
    let dev = sample().swap_remove(1);
    for open in ["g d n", "g k n", "g f n"] {
        let mut console = Console::sample(100, 24);
        console.press(open);
        assert_eq!(console.state.shell.modals.len(), 1, "{open}: {}", console.screen());
        console.happens(Event::EnvironmentDeleted(sample().swap_remove(2)));
        assert_eq!(console.state.shell.modals.len(), 1, "{open}: it is of dev");
        console.happens(Event::EnvironmentDeleted(dev.clone()));
        assert!(console.state.shell.modals.is_empty(), "{open}: {}", console.screen());
        assert!(console.screen().contains("dev is gone, and with it the form that was open"), "{}", console.screen());
    }
    // One that was sent does not come back without it.
    let mut console = Console::sample(100, 24);
    console.press("g d n p o s t s enter");
    assert!(console.state.shell.modals.is_empty(), "it is sent: {}", console.screen());
    console.happens(Event::EnvironmentDeleted(dev));
    let sent = |call: &Call| matches!(call, Call::Table(_, TableCall::Create(_)));
    console.answer(sent, Err(refused("there is no such environment")));
    assert!(console.state.shell.modals.is_empty(), "{}", console.screen());
    assert!(console.screen().contains("there is no such environment"), "{}", console.screen());
}

#[test]
fn a_form_goes_with_an_environment_that_is_not_listed_any_more() {
    let mut console = Console::sample(100, 24);
    console.press("g k n");
    console.happens(Event::Reset);
    let mut left = sample();
    left.remove(1);
    console.answer(
        |call| matches!(call, Call::Environments(_)),
        Ok(Reply::Environments(Listing { event_id: Some(9), ..listing(left) })),
    );
    assert!(console.state.shell.modals.is_empty(), "{}", console.screen());
    assert!(console.screen().contains("is gone, and the form with it"), "{}", console.screen());
}
