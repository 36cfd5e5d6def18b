//! What concerns the console itself: its colours, its notes, its freshness.

use crate::console::{
    effect::Effect,
    modal::{
        Outcome,
        picker::{Item, Picker},
    },
    state::State,
    stream,
    theme::{Theme, ThemeName},
    toast::Tone,
};

pub fn refresh(state: &mut State) -> Vec<Effect> {
    state.shell.say(Tone::Info, None, "reading everything again");
    stream::read_again(state)
}

pub fn theme(state: &mut State) -> Vec<Effect> {
    let item = |name: ThemeName| Item {
        name: name.as_str().to_owned(),
        detail: match name {
            ThemeName::Dark => "for a dark background",
            ThemeName::Light => "for a light background",
            ThemeName::Ansi => "the terminal's own sixteen colours",
        }
        .to_owned(),
        aside: String::new(),
        style: state.shell.theme.text.0,
        value: name,
    };
    let items = ThemeName::ALL.into_iter().map(item).collect();
    state.shell.open(Picker::new("Theme", items, |shell, name: &ThemeName| {
        shell.chosen_theme = Some(*name);
        shell.theme = Theme::load(*name, shell.depth);
        Outcome::Close
    }));
    Vec::new()
}

/// Only in debug builds, for the test of what happens then.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "that is what it is for")]
pub fn defect(_: &mut State) -> Vec<Effect> {
    panic!("a defect was asked for")
}
