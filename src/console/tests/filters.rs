//! The line in which a filter is typed: edited anywhere, on every page.

use std::time::Duration;

use super::{
    database::{opened, tables},
    posts::{Posts, identifier, is_rows},
    *,
};
use crate::console::page::PageId;

/// What is typed so far, and the column of the screen's cursor in it.
fn line(console: &Console) -> (String, u16) {
    let shell = &console.state.shell;
    let text = shell.filtering.as_ref().expect("a filter is typed").text().to_owned();
    assert_eq!(text, console.state.page().filter(shell), "the page has what is typed");
    (text, console.cursor().x)
}

fn footer(console: &Console) -> String {
    console.screen().lines().last().expect("a footer").to_owned()
}

/// Columns before the text.
const MARK: u16 = 3;

#[test]
fn a_filter_is_edited_at_its_cursor_on_every_page() {
    for page in PageId::ALL {
        let mut console = Console::sample(100, 30);
        update::go_to(&mut console.state, page);
        console.pass(Duration::ZERO);
        console.press("/ s t n g left left a");
        assert_eq!(line(&console), ("stang".into(), MARK + 3), "{page:?}");
        console.press("home delete");
        assert_eq!(line(&console), ("tang".into(), MARK), "{page:?}");
        console.send(Message::Paste("fish ".into()));
        assert_eq!(line(&console), ("fish tang".into(), MARK + 5), "{page:?}");
        console.press("end x ctrl-left ctrl-w");
        assert_eq!(line(&console), ("tangx".into(), MARK), "{page:?}");
        console.press("right backspace ctrl-k");
        assert_eq!(line(&console), (String::new(), MARK), "{page:?}");
        console.press("backspace");
        assert!(!console.state.shell.is_filtering(), "{page:?}");
    }
}

#[test]
fn up_and_down_move_in_the_list_while_it_is_filtered() {
    let mut console = Console::sample(80, 24);
    console.press("/ a left");
    assert_eq!(console.selected(), "dev");
    console.press("down");
    assert_eq!((console.selected(), line(&console)), ("staging", ("a".into(), MARK)));
    console.press("up");
    assert_eq!((console.selected(), line(&console)), ("dev", ("a".into(), MARK)));
}

#[test]
fn the_word_at_the_cursor_is_completed_and_what_is_behind_it_stays() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("/");
    console.write("vie > 10 and title ~ x");
    console.press("home right");
    assert!(footer(&console).starts_with(" / views > 10 and title ~ x"), "{}", footer(&console));
    assert_eq!(line(&console), ("vie > 10 and title ~ x".into(), MARK + 1));
    console.press("tab");
    assert_eq!(line(&console), ("views > 10 and title ~ x".into(), MARK + 5));
    console.press("tab");
    assert_eq!(line(&console).0, "views > 10 and title ~ x", "the word is whole: nothing more is put between");
    console.press("right right right");
    assert_eq!(line(&console).1, MARK + 8, "inside the text it moves");
}

#[test]
fn right_at_the_end_completes_as_tab_does() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("/ v i right");
    assert_eq!(line(&console), ("views ".into(), MARK + 6));
}

#[test]
fn a_word_before_others_that_may_become_a_column_is_not_sought_yet() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("/");
    console.write("x and views > 10");
    console.pass(Duration::from_millis(130));
    console.requests.clear();
    console.press("home delete t i");
    console.pass(Duration::from_millis(130));
    assert!(!console.asked(|call| matches!(call, Call::Row(..))), "{:?}", console.requests);
    console.press("enter");
    console.pass(Duration::from_millis(130));
    assert!(console.asked(|call| matches!(call, Call::Row(..))));
}

#[test]
fn what_is_wrong_is_marked_wherever_the_cursor_is() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("/");
    console.write("title ~ x and views > ten");
    console.press("home");
    let error = console.state.shell.theme.error.0.fg;
    let marked = |console: &Console| {
        let buffer = console.drawn();
        let y = buffer.area.bottom() - 1;
        let cells = (0..MARK + 25).map(|x| &buffer[(x, y)]);
        cells.filter(|cell| cell.style().fg == error).map(ratatui::buffer::Cell::symbol).collect::<String>()
    };
    assert_eq!(marked(&console), "ten");
    assert!(footer(&console).contains("views holds numbers"), "{}", footer(&console));
}

#[test]
fn a_long_filter_is_scrolled_to_its_cursor() {
    let mut console = Console::sample(60, 20);
    console.press("/");
    console.write(&"staging or-what ".repeat(8));
    assert!(footer(&console).starts_with(" / ‹"), "{}", footer(&console));
    assert!(!footer(&console).contains('›'));
    console.press("home");
    assert!(footer(&console).starts_with(" / staging") && footer(&console).contains('›'), "{}", footer(&console));
    assert_eq!(console.cursor().x, MARK);
}

#[test]
fn another_environments_filter_is_edited_once_its_page_is_shown() {
    let mut console = tables(100, 30, 3);
    console.press("/ p o s left");
    console.click_on("staging");
    assert_eq!((console.selected(), line(&console)), ("staging", (String::new(), MARK)));
    console.click_on("1 dev");
    assert_eq!((console.selected(), line(&console)), ("dev", ("pos".into(), MARK + 3)));
}

#[test]
fn what_was_wrong_with_another_text_hides_nothing_of_this_one() {
    let mut console = opened(100, 20, &Posts::up_to(3));
    console.press("/");
    console.write("zzz = 1 grö");
    console.press("left left left ctrl-u");
    assert_eq!(line(&console).0, "grö");
    assert!(console.screen().contains("grö"), "{}", console.screen());
}

/// Keys in one burst: no answer comes between them.
fn burst(console: &mut Console, filter: &str, keys: &str) {
    console.press("/");
    console.write(filter);
    console.press("enter");
    console.press(keys);
}

#[test]
fn a_filter_is_asked_for_when_enter_ends_it() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    burst(&mut console, "title ~ \"row 57\"", "j");
    assert!(console.asked(is_rows), "no time has passed: {:?}", console.requests);
}

#[test]
fn nothing_is_done_to_rows_that_the_filter_may_not_let_pass() {
    let is_done = |call: &Call| matches!(call, Call::Row(_, call) if !matches!(call, RowCall::Page { .. }));
    for key in ["d", "i", "D", "E", "space", "enter", "o", "y"] {
        let mut console = opened(120, 16, &Posts::up_to(30));
        let effects = console.effects.len();
        burst(&mut console, "title ~ \"row 57\"", key);
        assert!(!console.asked(is_done) && console.state.shell.modals.is_empty(), "{key}: {:?}", console.requests);
        assert_eq!(console.effects.len(), effects, "{key}");
        let screen = console.screen();
        assert!(
            screen.contains("the rows asked for are not here yet") && !screen.contains("marked"),
            "{key}: {screen}"
        );
        Posts::up_to(3).serve(&mut console);
        assert!(!console.screen().contains("not here yet"), "{}", console.screen());
    }
    let mut console = opened(120, 16, &Posts::up_to(30));
    burst(&mut console, "title ~ \"row 57\"", "d");
    Posts::up_to(3).serve(&mut console);
    console.press("d");
    assert!(console.asked(|call| matches!(call, Call::Row(_, RowCall::Delete { ids, .. }) if *ids == [identifier(3)])));
}

#[test]
fn marked_rows_stay_while_the_rows_of_another_filter_are_awaited() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("space space");
    burst(&mut console, "views > 100", "d");
    assert!(console.state.shell.modals.is_empty() && console.screen().contains("not here yet"), "{}", console.screen());
}

#[test]
fn nothing_is_done_to_rows_of_a_filter_that_cannot_be_read() {
    let mut console = opened(120, 16, &Posts::up_to(30));
    burst(&mut console, "views > ten", "d");
    assert!(!console.asked(|call| matches!(call, Call::Row(_, RowCall::Delete { .. }))));
    assert!(console.screen().contains("these are not its rows"), "{}", console.screen());
}

#[test]
fn nothing_is_done_to_users_and_files_that_the_filter_may_not_let_pass() {
    for (page, keys, answer) in [
        (PageId::Users, "d r x w I enter", super::users::few as fn(&mut Console)),
        (PageId::Files, "d v space enter o", super::files::few),
    ] {
        for key in keys.split(' ') {
            let mut console = Console::sample(120, 30);
            update::go_to(&mut console.state, page);
            console.pass(Duration::ZERO);
            answer(&mut console);
            burst(&mut console, "zz", key);
            assert!(console.state.shell.modals.is_empty() && !console.asked(Call::mutates), "{key} on {page:?}");
            assert!(console.screen().contains("asked for are not here yet"), "{key}: {}", console.screen());
        }
    }
}

/// The rows of the newest filter, however it reads.
fn found(console: &mut Console, ids: &[u64]) {
    Posts(ids.to_vec()).serve(console);
}

#[test]
fn what_is_deleted_out_of_sight_is_said() {
    let delete = |call: &Call| matches!(call, Call::Row(_, RowCall::Delete { .. }));
    for (marks, shown, said) in [
        ("space", &[3][..], "It is out of sight under this filter."),
        ("space space", &[3], "Both are out of sight under this filter."),
        ("space space space", &[30, 3], "2 of them are out of sight under this filter."),
        ("space space", &[30, 3], "1 of them is out of sight under this filter."),
    ] {
        let mut console = opened(120, 16, &Posts::up_to(30));
        console.press(marks);
        burst(&mut console, "views > 10", "j");
        found(&mut console, shown);
        console.press("d");
        assert!(!console.asked(delete) && console.screen().contains(said), "{said}: {}", console.screen());
        console.press("enter");
        assert!(console.asked(delete), "{said}");
    }
    let mut console = opened(120, 16, &Posts::up_to(30));
    console.press("space space d");
    assert!(!console.screen().contains("out of sight"), "{}", console.screen());
}

#[test]
fn marked_files_that_the_filter_hides_are_said() {
    let mut console = Console::sample(120, 30);
    update::go_to(&mut console.state, PageId::Files);
    console.pass(Duration::ZERO);
    super::files::few(&mut console);
    console.press("space space");
    burst(&mut console, "settings", "j");
    super::files::few(&mut console);
    console.press("d");
    let screen = console.screen();
    assert!(screen.contains("2 files") && screen.contains("Both are out of sight under this filter."), "{screen}");
}
