//! What is pasted goes to whatever is typed into.

use super::{filter_line, modals::ask_modal};
use crate::console::{effect::Effect, fit, state::State, toast::Tone};

/// More is no line that anybody edits here: it would be looked through with every key.
const LONGEST_PASTE: usize = 1_000_000;

pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if text.len() > LONGEST_PASTE {
        let long = |bytes: usize| fit::bytes(u64::try_from(bytes).unwrap_or(u64::MAX));
        let text =
            format!("nothing was pasted: of {} at a time at most, it has {}", long(LONGEST_PASTE), long(text.len()));
        state.shell.say(Tone::Warning, None, text);
        return Vec::new();
    }
    if let Some(modal) = state.shell.modals.pop() {
        return ask_modal(state, modal, |modal, shell| modal.paste(shell, text));
    }
    let Some(mut line) = state.shell.filtering.take() else {
        // Pasted into a list it would be a row of commands.
        state.shell.say(Tone::Info, None, "there is nothing to paste into here");
        return Vec::new();
    };
    line.paste(text.lines().next().unwrap_or_default());
    filter_line::take(state, line)
}
