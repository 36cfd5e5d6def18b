//! What to say of a reading: that it takes long, that it failed, that it is old.

use std::{borrow::Cow, time::Duration};

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    console::{fit, keymap::Keymap, shell::Shell, theme::Paint, toast::PATIENCE, widget::Pen},
    domain::{Status, api::Environment},
};

/// As far in as the rows of a list.
const INSET: u16 = 3;

/// Why nothing can be read of an environment in its status.
pub fn unreadable(shell: &Shell, environment: &Environment, what: &str) -> Option<String> {
    let name = &environment.name;
    match environment.status {
        Status::Active => None,
        Status::Creating | Status::Ready => {
            Some(format!("{name} is being created: its {what} are here once it is active"))
        }
        Status::Failed => {
            let way = shell.keymap.way("environment-retry");
            Some(format!(
                "{name} failed, so it answers nothing of its {what}: {way} on the Environments page tries again"
            ))
        }
        Status::Deleting => Some(format!("{name} is being deleted with its {what}")),
    }
}

/// Where there is nothing to show yet: that it is being read, once that takes longer than a blink,
/// or why it could not be.
pub fn of_reading(
    shell: &Shell,
    failure: Option<&str>,
    awaited_since: Option<Duration>,
    what: &str,
) -> Option<(String, Paint)> {
    if let Some(failure) = failure {
        let (failure, way) = (sentence(failure), shell.keymap.way("refresh"));
        return Some((format!("the {what} could not be read: {failure} {way} tries again."), shell.theme.warning));
    }
    let until = if shell.connection.is_lost() { " once the server is back" } else { "" };
    let text = format!("reading the {what}{until}");
    waits_long(shell, awaited_since).then_some((text, shell.theme.muted))
}

/// The filter lets nothing pass: what shows all again, in a sentence.
pub fn nothing_matches(keymap: &Keymap, what: &str) -> Cow<'static, str> {
    format!("nothing matches: {} shows all {what} again", keymap.way("back")).into()
}

/// What is listed is not what was asked for, and a command would do something to what is not meant.
pub fn not_here_yet(what: &str) -> Cow<'static, str> {
    format!("the {what} asked for are not here yet").into()
}

/// How many of those that are marked nobody sees under the filter, in a sentence; none where all are seen.
pub fn out_of_sight(unseen: usize, marked: usize) -> Option<String> {
    let which = match (unseen, marked) {
        (0, _) => return None,
        (1, 1) => "It is".to_owned(),
        (2, 2) => "Both are".to_owned(),
        (1, _) => "1 of them is".to_owned(),
        _ if unseen == marked => format!("All {marked} are"),
        _ => format!("{unseen} of them are"),
    };
    Some(format!("{which} out of sight under this filter."))
}

/// How the first of a kind is made in the selected environment, to go before "creates one": what unlocks it where it
/// is read-only, and the way to the command.
pub fn way_to_first(shell: &Shell, command: &str) -> String {
    let way = shell.keymap.way(command);
    if shell.selected().is_some_and(|environment| shell.is_locked(&environment.id)) {
        format!("{} unlocks it, then {way}", shell.keymap.way("unlock"))
    } else {
        way
    }
}

/// What to do where there is nothing yet, and below it what does the same on a command line.
pub fn nothing_yet(shell: &Shell, told: &str, same: &[String], area: Rect, buffer: &mut Buffer) {
    prose(told, shell.theme.text, area, buffer);
    let told = fit::wrap(told, area.width.saturating_sub(2 * INSET)).len();
    let below = u16::try_from(told).unwrap_or(u16::MAX).saturating_add(2);
    for (line, text) in (below..).zip(same) {
        Pen::line(buffer, area, line).skip(INSET).put(text, shell.theme.accent);
    }
}

/// There is no environment to show anything of: why, and what to do about that.
pub fn without_environment(shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let failure = shell.listing.failure().or(shell.projects.failure());
    if shell.listing.value().is_some() {
        let way = shell.keymap.way("environment-create");
        let text = format!("No environment yet: {way} on the Environments page creates one.");
        prose(&text, shell.theme.text, area, buffer);
    } else if let Some(failure) = failure {
        prose(failure, shell.theme.warning, area, buffer);
    }
}

/// What was read before is shown, and is not what the server would say now.
pub fn old(shell: &Shell, failure: Option<&str>, awaited_since: Option<Duration>) -> Option<(String, Paint)> {
    // That the server is gone is said in the header, and shorter than by what each reading met.
    if shell.connection.was_live() {
        return Some(("as last known".to_owned(), shell.theme.warning));
    }
    if let Some(failure) = failure {
        return Some((format!("old: {failure}"), shell.theme.warning));
    }
    waits_long(shell, awaited_since).then(|| ("old, being read again".to_owned(), shell.theme.muted))
}

/// Whether an answer is awaited for longer than a blink.
pub fn waits_long(shell: &Shell, awaited_since: Option<Duration>) -> bool {
    awaited_since.is_some_and(|since| shell.now.uptime >= since + PATIENCE)
}

/// When [`of_reading`] or [`old`] begin to say something.
pub fn next_change(awaited_since: Option<Duration>, now: Duration) -> Option<Duration> {
    awaited_since.map(|since| since + PATIENCE).filter(|at| *at > now)
}

/// A text of several lines where a list would be.
pub fn prose(text: &str, style: impl Into<Style> + Copy, area: Rect, buffer: &mut Buffer) {
    for (line, text) in (1..area.height).zip(fit::wrap(text, area.width.saturating_sub(2 * INSET))) {
        Pen::line(buffer, area, line).skip(INSET).put(&text, style);
    }
}

/// The reason as a sentence that another one can follow.
pub fn sentence(reason: &str) -> String {
    let reason = reason.trim_end();
    if reason.ends_with(['.', '!', '?']) { reason.to_owned() } else { format!("{reason}.") }
}
