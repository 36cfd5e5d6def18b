//! What does not fit says which part of it is shown, in every box that scrolls.

use super::{database::opened, posts::Posts, *};
use crate::console::toast::Tone;

/// What the lower border of the box on top says.
fn extent(console: &Console) -> Option<String> {
    let screen = console.screen();
    let border = screen.lines().find(|line| line.contains('└') && line.contains(" of "))?;
    let said: String = border.chars().filter(|c| !('\u{2500}'..='\u{257f}').contains(c)).collect();
    Some(said.trim().to_owned())
}

/// `13-24 of 80` in numbers.
fn numbers(console: &Console) -> (usize, usize, usize) {
    let said = extent(console).unwrap_or_else(|| panic!("nothing says how much there is:\n{}", console.screen()));
    let numbers: Vec<_> = said.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    (numbers[0], numbers[1], numbers[2])
}

fn with_notes() -> Console {
    let mut console = Console::sample(80, 24);
    for number in 0..40 {
        console.state.shell.say(Tone::Info, None, format!("note {number}"));
    }
    console
}

fn on_a_cell() -> Console {
    let mut console = opened(80, 10, &Posts::up_to(3));
    console.press("l l l l");
    console
}

#[test]
fn every_box_that_scrolls_says_where_one_is_in_it() {
    let sample: fn() -> Console = || Console::sample(80, 24);
    for (console, open, down) in
        [(sample, "?", "j"), (sample, ":", "down"), (with_notes as _, "m", "j"), (on_a_cell as _, "o", "j")]
    {
        let mut console = console();
        console.press(open);
        let (first, shown, all) = numbers(&console);
        assert!(first == 1 && shown < all, "{open}: {first}-{shown} of {all}");
        for _ in 0..all {
            console.press(down);
        }
        assert_eq!(numbers(&console), (all - shown + 1, all, all), "{open}");
    }
}

#[test]
fn what_is_shown_whole_says_nothing_of_that() {
    let mut console = Console::sample(80, 24);
    console.press(": e n v i r o n m e n t - c r e a t e");
    assert_eq!(extent(&console), None, "{}", console.screen());
}
