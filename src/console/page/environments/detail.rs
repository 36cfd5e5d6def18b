//! The pane below the list: what is to be known of the selected environment.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{catalog::Entry, fit, isolation::Verification, shell::Shell, widget::Pen},
    domain::{
        Status, Step,
        api::{Environment, Key},
    },
};

/// Lines of the pane.
pub const HEIGHT: u16 = 5;
const LABEL: u16 = 11;
/// Columns of the whole duration: `12.3 s`, `140 ms`.
const TOOK: u16 = 7;
const INSET: u16 = 1;
/// Columns of `pk_4f…9c`.
const SHORT_MASK: u16 = 8;

/// Stands for the steps that have no room.
const MORE: &str = "  …";

/// Where the Connect line is, for clicks.
pub fn connect_line(pane: Rect) -> Rect {
    Rect { height: pane.height.min(1), ..pane }
}

pub fn view(shell: &Shell, entry: &Entry, area: Rect, buffer: &mut Buffer) {
    let environment = &entry.environment;
    connect(shell, environment, &mut labelled(shell, "Connect", area, 0, buffer));
    holds(shell, environment, &mut labelled(shell, "Holds", area, 1, buffer));
    match environment.status {
        Status::Failed => failed(shell, environment, area, buffer),
        Status::Deleting => deleting(shell, environment, area, buffer),
        Status::Creating | Status::Ready | Status::Active => {
            created(shell, entry, &mut labelled(shell, "Created", area, 2, buffer));
            isolation(shell, environment, &mut labelled(shell, "Isolation", area, 3, buffer));
        }
    }
}

fn labelled<'a>(shell: &Shell, label: &str, area: Rect, line: u16, buffer: &'a mut Buffer) -> Pen<'a> {
    // As far from the frame at the right as at the left.
    let area = Rect { width: area.width.saturating_sub(INSET), ..area };
    let mut pen = Pen::line(buffer, area, line);
    pen.skip(INSET).column(label, LABEL, shell.theme.muted);
    pen
}

fn connect(shell: &Shell, environment: &Environment, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    pen.put(&shell.url, theme.text).skip(3);
    match (shell.publishable_key(&environment.id), environment.status) {
        (Some(key), _) => pen.put(&short_mask(key), theme.accent).skip(3),
        (None, Status::Creating) => pen.put("the key is issued in step 4", theme.muted).skip(3),
        (None, _) => {
            let known = shell.keys.get(&environment.id);
            let failure = known.and_then(|keys| keys.failure());
            let none = known.is_some_and(|keys| keys.value().is_some());
            match (failure, none) {
                (Some(failure), _) => pen.put(failure, theme.warning),
                (None, true) => pen.put("no publishable key", theme.muted),
                // A place of the same width, so that nothing jumps when the key is known.
                (None, false) => pen.skip(SHORT_MASK),
            }
            .skip(3)
        }
    };
    let offer = " copies .env, curl or fetch";
    let way = shell.keymap.way("connect");
    if pen.room() >= fit::width(&way) + fit::width(offer) {
        pen.put(&way, theme.key).put(offer, theme.muted);
    }
}

/// The mask with what tells keys apart: `pk_4f…9c`.
fn short_mask(key: &Key) -> String {
    let mask: Vec<char> = key.mask.chars().collect();
    if mask.len() != 12 {
        return key.mask.clone();
    }
    mask[..5].iter().chain(&mask[7..8]).chain(&mask[10..]).collect()
}

fn holds(shell: &Shell, environment: &Environment, pen: &mut Pen<'_>) {
    let usage = environment.usage;
    let parts = [
        fit::count(usage.tables, "table"),
        fit::count(usage.rows, "row"),
        fit::count(usage.users, "user"),
        fit::count(usage.files, "file"),
        fit::count(usage.keys, "key"),
        fit::bytes(usage.bytes),
    ];
    for part in parts {
        pen.put_whole(&part, shell.theme.text).skip(2);
    }
}

/// The timeline: how long it took, and each step of it. The numbers have columns of their own, so
/// that the lines of two environments can be compared, and moving between them redraws digits.
fn created(shell: &Shell, entry: &Entry, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    let environment = &entry.environment;
    match environment.active_after_ms {
        Some(ms) => pen.column(&fit::milliseconds(ms), TOOK, theme.text),
        None => pen.column("so far", TOOK, theme.muted),
    };
    let quick = environment.active_after_ms.is_some_and(|ms| ms < 1000.0);
    for (index, step) in environment.steps.iter().enumerate() {
        // Three columns hold 9.9 and 999 alike.
        let digits = usize::from(step.ms < 10.0);
        let took = if quick { format!("{:.digits$}", step.ms) } else { fit::milliseconds(step.ms) };
        let width = if quick { 3 } else { 6 };
        // All but the last leave room to say that there are more.
        let more = if index + 1 < environment.steps.len() { fit::width(MORE) } else { 0 };
        if pen.room() < 2 + fit::width(step.name.label()) + 1 + width + more {
            pen.put(MORE, theme.muted);
            return;
        }
        pen.skip(2).put(step.name.label(), theme.muted).skip(1).column_right(&took, width, theme.text);
    }
    if let Some(step) = environment.step.filter(|_| environment.status == Status::Creating) {
        pen.skip(2);
        pen.put(step.name.label(), theme.creating).put(" now", theme.creating);
        let left: Vec<_> = Step::ALL.iter().skip(usize::from(step.index)).map(|step| step.label()).collect();
        pen.skip(2).put(&left.join("  "), theme.border);
    }
}

fn isolation(shell: &Shell, environment: &Environment, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    let Some(verification) = shell.isolation.of(&environment.id) else {
        if environment.status == Status::Active {
            pen.put("not verified yet: ", theme.muted).put(&shell.keymap.way("isolation-verify"), theme.key);
            pen.put(" proves it from outside", theme.muted);
        } else {
            pen.put("can be verified once it is active", theme.muted);
        }
        return;
    };
    let ago = fit::age(shell.age(verification.at));
    let ago = if ago == "now" { "just now".to_owned() } else { format!("{ago} ago") };
    let way = shell.keymap.way("isolation-verify");
    // What was found comes first, and of that what was within reach: the rest of a line may be cut.
    let found = [(false, "✗", theme.error), (true, "✓", theme.success)].map(|(passed, mark, style)| {
        let kinds = verification.proofs.iter().filter(|proof| proof.passed == passed);
        (mark, style, kinds.map(|proof| proof.kind.as_str()).collect::<Vec<_>>().join(", "))
    });
    let found: Vec<_> = found.into_iter().filter(|(_, _, kinds)| !kinds.is_empty()).collect();
    let kinds = found.iter().map(|(_, _, kinds)| fit::width(kinds) + 4).sum::<u16>();
    let room = pen.room().saturating_sub(kinds + 2 + fit::width(&way) + 2 + fit::width(&ago));
    let told = verification.extent().map(|extent| (left_out(verification, room), extent));
    for (index, (mark, style, kinds)) in found.iter().enumerate() {
        pen.put(mark, *style).skip(1);
        // Where there is no room to name them, that not all were tried comes before what was.
        if let (0, Some((None, extent))) = (index, &told) {
            pen.put(extent, theme.warning).skip(2);
        }
        pen.put(kinds, theme.text).skip(2);
    }
    if let Some((Some(text), _)) = told {
        pen.put(&text, theme.warning);
    }
    pen.skip(2).put(&way, theme.key).put(&format!(", {ago}"), theme.muted);
}

/// What was tried and what was not, as far as there is room for the names.
fn left_out(verification: &Verification, room: u16) -> Option<String> {
    let (tried, left) = (verification.against.join(", "), verification.left_out.join(", "));
    let verb = if verification.left_out.len() == 1 { "is" } else { "are" };
    let against = if tried.is_empty() { String::new() } else { format!("against {tried}; ") };
    let texts = [format!("{against}{left} {verb} read-only and left out"), format!("{against}not {left}")];
    texts.into_iter().find(|text| fit::width(text) <= room)
}

fn failed(shell: &Shell, environment: &Environment, area: Rect, buffer: &mut Buffer) {
    let reason = environment.reason.as_deref().unwrap_or("no reason was given").trim_end_matches('.');
    let step = environment.step.map(|step| format!("{}: ", step.name.label())).unwrap_or_default();
    let (retry, delete) = (shell.keymap.way("environment-retry"), shell.keymap.way("environment-delete"));
    let text = format!("{step}{reason}. {retry} tries again, {delete} deletes it.");
    prose(shell, "Failed", &text, area, buffer);
}

fn deleting(shell: &Shell, environment: &Environment, area: Rect, buffer: &mut Buffer) {
    match &environment.reason {
        Some(reason) => {
            let text = format!("not yet: {reason}. It is tried again by itself.");
            prose(shell, "Deleting", &text, area, buffer);
        }
        None => prose(shell, "Deleting", "its name is free again when everything is gone.", area, buffer),
    }
}

/// A text over the last lines of the pane.
fn prose(shell: &Shell, label: &str, text: &str, area: Rect, buffer: &mut Buffer) {
    let room = area.width.saturating_sub(INSET + LABEL + 1);
    for (line, text) in (2..area.height).zip(fit::wrap(text, room)) {
        let label = if line == 2 { label } else { "" };
        labelled(shell, label, area, line, buffer).put(&text, shell.theme.text);
    }
}
