//! The tab bar: one tab for each environment, production apart at the right.

use std::{cell::RefCell, ops::Range};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::{
    console::{
        catalog::Entry,
        fit,
        shell::{Shell, mark},
        widget::Pen,
    },
    domain::EnvironmentId,
};

const PRODUCTION: &str = "PROD │";

/// The tabs that fit, with where they are.
#[derive(Debug)]
struct Bar<'a> {
    tabs: Vec<(Rect, &'a Entry)>,
    /// Environments that are left out before and behind those at the left.
    before: usize,
    after: usize,
    /// Where the word of production stands, if there is any production.
    production: Option<Rect>,
    /// Where the mark of those left out behind stands.
    after_at: u16,
}

/// How the tabs were cut into runs last: of thousands that is not found out anew for each frame.
#[derive(Debug, Default)]
pub struct Cuts {
    production: RefCell<Cut>,
    others: RefCell<Cut>,
}

/// Tabs that are cut into runs from the first one on, so that moving within a run redraws two tabs
/// and not the whole line.
#[derive(Debug, Default)]
struct Cut {
    /// What it was made for: an order of the environments, and columns of a run.
    of: (u64, u16),
    /// Where each run begins.
    starts: Vec<usize>,
    len: usize,
    /// Columns of all tabs.
    width: u32,
}

pub fn view(shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let bar = arrange(shell, area);
    if shell.environments.is_empty() {
        if shell.listing.value().is_some() {
            let text = format!("no environment yet: {} creates one", shell.keymap.way("environment-create"));
            Pen::new(buffer, area).skip(1).put(&text, theme.muted);
        }
        return;
    }
    if bar.before > 0 {
        Pen::new(buffer, area).put(&format!("‹{}", bar.before), theme.muted);
    }
    if bar.after > 0 {
        let end = Rect { x: bar.after_at, width: area.right().saturating_sub(bar.after_at), ..area };
        Pen::new(buffer, end).put(&format!("{}›", bar.after), theme.muted);
    }
    if let Some(word) = bar.production {
        Pen::new(buffer, word).put("PROD", theme.production).put(" │", theme.border);
    }
    let selected = shell.selected().map(|environment| &environment.id);
    for (area, entry) in &bar.tabs {
        let is_selected = selected == Some(&entry.environment.id);
        tab(shell, entry, is_selected, *area, buffer);
    }
}

fn tab(shell: &Shell, entry: &Entry, selected: bool, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let (left, right) = if selected { ("▏", "▕") } else { (" ", " ") };
    let edge = if selected { theme.selection } else { theme.text };
    let name = match (selected, entry.is_production()) {
        (true, _) => theme.selection,
        (false, true) => theme.production,
        (false, false) => theme.text,
    };
    let number = if selected { theme.selection } else { theme.muted };
    let status = theme.status(entry.environment.status);
    let mut pen = Pen::new(buffer, area);
    pen.put(left, edge).put(&entry.number.to_string(), number).put(" ", number);
    // The last three columns belong to the mark, however little is left for the name.
    let room = pen.room().saturating_sub(3);
    pen.column(entry.environment.name.as_str(), room, name).skip(1);
    pen.put(mark(entry, shell.now, shell.clock_runs), status).put(right, edge);
}

pub fn target(shell: &Shell, area: Rect, position: Position) -> Option<EnvironmentId> {
    let bar = arrange(shell, area);
    bar.tabs.iter().find(|(area, _)| area.contains(position)).map(|(_, entry)| entry.environment.id.clone())
}

/// Columns of a tab: `▏2 staging ●▕`.
fn width(entry: &Entry) -> u16 {
    let digits = u16::try_from(entry.number.checked_ilog10().unwrap_or(0)).unwrap_or(0) + 1;
    digits + fit::width(entry.environment.name.as_str()) + 5
}

/// Decides which tabs fit: production first, at most half of the line; of the others a run that
/// holds the selected one.
fn arrange(shell: &Shell, area: Rect) -> Bar<'_> {
    let entries = shell.environments.entries();
    let first_production = entries.partition_point(|entry| !entry.is_production());
    let (others, production) = entries.split_at(first_production);
    let selected = shell.environments.selected_position();
    let arrangement = shell.environments.arrangement();
    let mut bar = Bar { tabs: Vec::new(), before: 0, after: 0, production: None, after_at: area.x };

    let mut right = area.right();
    if !production.is_empty() {
        let most = (area.width / 2).saturating_sub(fit::width(PRODUCTION));
        let focus = selected.and_then(|position| position.checked_sub(first_production));
        let (run, _) = run(&shell.tab_cuts.production, arrangement, production, focus, most);
        let total = production[run.clone()].iter().map(width).sum::<u16>();
        right = right.saturating_sub(total.min(most));
        place(&mut bar.tabs, &production[run.clone()], area, right, area.right());
        let word = fit::width(PRODUCTION);
        right = right.saturating_sub(word);
        bar.production = Some(Rect { x: right, width: word, ..area });
        right = right.saturating_sub(1);
    }
    let room = right.saturating_sub(area.x);
    // Room for the marks at both ends.
    let marks = 6;
    let focus = selected.filter(|position| *position < first_production);
    let (run, total) = run(&shell.tab_cuts.others, arrangement, others, focus, room.saturating_sub(2 * marks));
    if total < u32::from(room) {
        place(&mut bar.tabs, others, area, area.x + 1, right);
        return bar;
    }
    (bar.before, bar.after) = (run.start, others.len() - run.end);
    let end = place(&mut bar.tabs, &others[run], area, area.x + marks, right.saturating_sub(marks));
    bar.after_at = end + 1;
    bar
}

/// The run of tabs that holds the focus, and the columns that all of them take.
fn run(
    last: &RefCell<Cut>,
    arrangement: u64,
    entries: &[Entry],
    focus: Option<usize>,
    room: u16,
) -> (Range<usize>, u32) {
    let mut cut = last.borrow_mut();
    if cut.of != (arrangement, room) {
        *cut = Cut { of: (arrangement, room), ..Cut::new(entries, room) };
    }
    (cut.run(focus.unwrap_or(0)), cut.width)
}

impl Cut {
    fn new(entries: &[Entry], room: u16) -> Self {
        let mut cut = Self { len: entries.len(), ..Self::default() };
        let mut used = 0;
        for (index, entry) in entries.iter().enumerate() {
            let width = width(entry);
            cut.width += u32::from(width);
            if index == 0 || used + width > room {
                cut.starts.push(index);
                used = 0;
            }
            used += width;
        }
        cut
    }

    fn run(&self, focus: usize) -> Range<usize> {
        let next = self.starts.partition_point(|start| *start <= focus);
        let start = next.checked_sub(1).and_then(|run| self.starts.get(run)).copied().unwrap_or(0);
        start..self.starts.get(next).copied().unwrap_or(self.len)
    }
}

/// Lays tabs side by side and returns where they end.
fn place<'a>(tabs: &mut Vec<(Rect, &'a Entry)>, entries: &'a [Entry], area: Rect, from: u16, to: u16) -> u16 {
    let mut x = from;
    for entry in entries {
        let width = width(entry).min(to.saturating_sub(x));
        tabs.push((Rect { x, width, ..area }, entry));
        x += width;
    }
    x
}
