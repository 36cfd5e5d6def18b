//! Any size, any text: never a panic, and always the whole screen again when there is room.

use super::*;
use crate::console::effect::Exit;

/// Every screen of the shell, each reached from the last one by these keys.
const SCREENS: [&str; 9] = ["j", "?", "esc n a", "esc esc :", "esc d", "esc c", "esc e", "esc p", "esc m"];

#[test]
fn no_size_is_too_small_or_too_large() {
    let widths = (1..12).chain([25, 39, 40, 55, 60, 69, 70, 80, 120, 300]);
    for width in widths {
        for height in [1, 2, 3, 9, 10, 11, 14, 15, 16, 24, 40, 100] {
            let mut console = Console::sample(120, 40);
            for keys in SCREENS {
                console.send(Message::Resize { width: 120, height: 40 });
                console.press(keys);
                console.send(Message::Resize { width, height });
                assert_eq!(console.screen().lines().count(), usize::from(height), "{width}x{height} {keys}");
            }
        }
    }
}

#[test]
fn a_screen_that_was_tiny_is_whole_again() {
    let mut console = Console::sample(80, 24);
    let before = console.screen();
    console.send(Message::Resize { width: 1, height: 1 });
    console.screen();
    console.send(Message::Resize { width: 80, height: 24 });
    assert_eq!(console.screen(), before);
}

#[test]
fn wide_and_combining_characters_stay_in_their_columns() {
    let broken = changed(
        &environment(1, "dev", "dev", "2026-11-20T09:14:00.000Z"),
        &json!({"status": "failed", "reason": "디스크가 가득 찼습니다 e\u{301}te\u{301} \u{200b}\t\n".repeat(9)}),
    );
    for width in 40..100 {
        let console = Console::with(width, 24, vec![broken.clone()]);
        let screen = console.screen();
        for line in screen.lines().skip(2).take(20) {
            let columns = crate::console::fit::width(line);
            assert_eq!(columns, width, "the frame is straight at {width}:\n{screen}");
        }
    }
}

#[test]
fn pages_of_several_environments_are_drawn_at_every_size() {
    for page in [overview::overview, activity::activity, compare::compare] {
        let mut console = page(120, 40);
        for width in (1..12).chain([39, 40, 41, 55, 60, 69, 70, 80, 120, 300]) {
            for height in [1, 2, 10, 11, 12, 15, 16, 20, 24, 40, 100] {
                console.send(Message::Resize { width, height });
                console.press("j");
                assert_eq!(console.screen().lines().count(), usize::from(height), "{width}x{height}");
                console.press("k");
            }
        }
    }
}

#[test]
fn where_nothing_can_be_shown_keys_do_nothing_but_quit() {
    let tiny = || Message::Resize { width: 39, height: 9 };
    let whole = || Message::Resize { width: 80, height: 24 };
    let quits = |console: &Console| console.effects.iter().any(|effect| matches!(effect, Effect::Quit(_)));
    for below in ["j", "n a", "/ a", "d", ":", "g"] {
        let mut console = Console::sample(80, 24);
        console.press(below);
        let before = console.screen();
        console.send(tiny());
        console.press("x esc j enter 2 n d");
        console.send(Message::Paste("pasted".into()));
        console.click(20, 5);
        console.send(whole());
        assert_eq!(console.screen(), before, "{below}");
        console.send(tiny());
        assert!(!quits(&console));
        console.press("q");
        assert!(quits(&console), "over {below}");
    }
    let mut console = Console::sample(39, 9);
    console.press("ctrl-c");
    // As after a signal, what was not saved is told.
    assert!(matches!(console.effects.last(), Some(Effect::Quit(Exit::Terminated))));
}
