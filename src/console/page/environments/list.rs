//! The table of environments.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Environments, order::Column};
use crate::{
    console::{
        catalog::{Catalog, Entry},
        connection::Connection,
        fit,
        page::absence,
        shell::{Shell, is_fresh, mark},
        theme::Theme,
        widget::Pen,
    },
    domain::Status,
};

const BUTTON: &str = "[ + Create Environment  n ]";
const BUTTON_SHORT: &str = "[ + n ]";
/// Columns of the cursor's mark before the first column.
const MARK: u16 = 3;
const GAP: u16 = 2;
const WORD: &str = "PROD";

/// Widths of the columns for a page of that width.
#[derive(Clone, Copy, Debug)]
struct Columns {
    name: u16,
    kind: u16,
    status: u16,
    created: u16,
    age: u16,
}

impl Columns {
    /// `longest` is what the widest name takes.
    fn of(width: u16, longest: u16) -> Self {
        let kind = 11;
        // Date and time, the date alone, or only how long ago.
        let (created, age) = match width {
            74.. => (16, 5),
            66.. => (10, 5),
            _ => (0, 5),
        };
        let rest = width.saturating_sub(MARK + kind + created + age + 4 * GAP + 1);
        let name = longest.clamp(8, (rest * 2 / 5).max(8));
        Self { name, kind, status: rest.saturating_sub(name).min(48), created, age }
    }

    const fn widths(self) -> [(Column, u16); 4] {
        [
            (Column::Name, self.name),
            (Column::Type, self.kind),
            (Column::Status, self.status),
            (Column::Created, self.created + if self.created > 0 { GAP } else { 0 } + self.age),
        ]
    }
}

/// Columns that the widest name takes, with the word beside it.
pub fn longest(catalog: &Catalog) -> u16 {
    let width = |entry: &Entry| {
        let word = if entry.is_production() { fit::width(WORD) + 1 } else { 0 };
        fit::width(entry.environment.name.as_str()) + word
    };
    catalog.entries().iter().map(width).max().unwrap_or(0)
}

/// Where the button is; a narrow page has a short one.
pub fn button(title: Rect) -> Rect {
    let width = fit::width(button_text(title));
    Rect { x: title.right().saturating_sub(width + 1), width, ..title }.intersection(title)
}

fn button_text(title: Rect) -> &'static str {
    if title.width >= 56 { BUTTON } else { BUTTON_SHORT }
}

/// The column whose heading is at that place.
pub fn column_at(page: &Environments, heading: Rect, x: u16) -> Option<Column> {
    let mut start = heading.x + MARK;
    Columns::of(heading.width, page.longest).widths().into_iter().find_map(|(column, width)| {
        let hit = (start..start + width).contains(&x);
        start += width + GAP;
        hit.then_some(column)
    })
}

pub fn title(page: &Environments, shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let button_area = button(area);
    Pen::new(buffer, button_area).put(button_text(area), theme.accent);
    let room = Rect { width: button_area.x.saturating_sub(area.x + 1), ..area };
    let mut pen = Pen::new(buffer, room);
    pen.skip(1).put("Environments", theme.strong).skip(2);
    let all = shell.environments.len();
    if shell.listing.value().is_none() && all == 0 {
        // How many there are is not known yet.
    } else if page.filter.is_empty() {
        pen.put(&all.to_string(), theme.muted);
    } else {
        pen.put(&format!("{} of {all}  ", page.rows.len()), theme.muted)
            .put(&format!("/{}", page.filter), theme.accent);
    }
    if let Some((note, style)) = absence::old(shell, shell.listing.failure(), None).filter(|_| all > 0) {
        pen.skip(2).put(&note, style);
    }
}

pub fn heading(page: &Environments, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    pen.skip(MARK);
    for (column, width) in Columns::of(area.width, page.longest).widths() {
        let arrow = match (page.order.column == column, page.order.reversed) {
            (false, _) => "",
            (true, false) => " ↑",
            (true, true) => " ↓",
        };
        // Where only the age has room, the longer word has none.
        let title = if column == Column::Created && width < 9 { "AGE" } else { column.title() };
        pen.column(&format!("{title}{arrow}"), width, theme.heading).skip(GAP);
    }
}

pub fn rows(page: &Environments, shell: &Shell, area: Rect, buffer: &mut Buffer) {
    if page.rows.is_empty() {
        empty(page, shell, area, buffer);
        return;
    }
    let selected = shell.selected().map(|environment| &environment.id);
    let visible = page.rows.iter().skip(page.first).take(usize::from(area.height));
    for (line, id) in (0..).zip(visible) {
        if let Some(entry) = shell.environments.get(id) {
            let columns = Columns::of(area.width, page.longest);
            row(shell, entry, columns, selected == Some(id), Rect { y: area.y + line, height: 1, ..area }, buffer);
        }
    }
}

fn row(shell: &Shell, entry: &Entry, columns: Columns, selected: bool, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let environment = &entry.environment;
    let mut pen = Pen::new(buffer, area);
    pen.skip(1).column(if selected { "▌" } else { "" }, MARK - 1, theme.accent);
    // The word beside the name, where the column has room for both.
    let name = environment.name.as_str();
    let beside = entry.is_production() && fit::width(name) + fit::width(WORD) < columns.name;
    let name_width = if beside { columns.name - fit::width(WORD) - 1 } else { columns.name };
    if selected {
        pen.block(name, name_width, theme.selection.0);
    } else {
        pen.column(name, name_width, theme.text);
    }
    if beside {
        pen.skip(1).put(WORD, theme.production);
    }
    pen.skip(GAP).column(environment.kind.label(), columns.kind, theme.text).skip(GAP);
    let style = theme.status(environment.status);
    let status_room = columns.status.saturating_sub(2);
    let (mark, status) = status(shell, entry, status_room);
    pen.column(mark, 2.min(columns.status), style).column(&status, status_room, style).skip(GAP);
    if columns.created > 0 {
        let created = shell.zone.minute(environment.created_at);
        // The date alone is the front of both.
        let end = usize::from(columns.created).min(created.len());
        pen.column(&created[..end], columns.created, theme.text).skip(GAP);
    }
    pen.column_right(&age(shell, entry), columns.age, theme.muted);
}

/// The mark and the words of a status. What is quick has neither spinner nor steps: a creation of
/// a few milliseconds would only flash.
fn status(shell: &Shell, entry: &Entry, room: u16) -> (&'static str, String) {
    let environment = &entry.environment;
    let fresh = is_fresh(entry, shell.now);
    let moving = mark(entry, shell.now, shell.clock_runs);
    match environment.status {
        Status::Creating if fresh => (" ", "Creating".into()),
        Status::Creating => (moving, creating(shell, entry, room)),
        Status::Failed => {
            let reason = environment.reason.as_deref().unwrap_or("without a reason");
            ("✗", format!("Failed: {reason}"))
        }
        Status::Deleting => match &environment.reason {
            Some(reason) => (moving, format!("Deleting: {reason}")),
            None => (moving, "Deleting".into()),
        },
        status @ (Status::Ready | Status::Active) => (moving, status.label().into()),
    }
}

/// `Creating 3/5 tables  2 s, usually 28 s`, or as much of it as there is room for.
fn creating(shell: &Shell, entry: &Entry, room: u16) -> String {
    let mut text = "Creating".to_owned();
    let mut add = |part: String| {
        if fit::width(&text) + fit::width(&part) <= room {
            text.push_str(&part);
        }
    };
    if let Some(step) = entry.environment.step {
        add(format!(" {}/{}", step.index, step.of));
        add(format!(" {}", step.name.label()));
    }
    let seconds = shell.now.uptime.saturating_sub(entry.since).as_secs();
    if seconds > 0 && shell.clock_runs {
        add(format!("  {}", fit::seconds(seconds.cast_signed())));
        if let Some(usual) = shell.environments.usual_creation().filter(|usual| *usual >= 1000.0) {
            add(format!(", usually {}", fit::milliseconds(usual)));
        }
    }
    text
}

fn age(shell: &Shell, entry: &Entry) -> String {
    fit::age(shell.age(entry.environment.created_at))
}

/// What to do where there is nothing.
fn empty(page: &Environments, shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut pen = Pen::line(buffer, area, 1);
    pen.skip(MARK);
    if !page.filter.is_empty() {
        pen.put("nothing matches; ", theme.muted).put("esc", theme.key).put(" shows all again", theme.muted);
    } else if shell.listing.value().is_some() {
        pen.put("No environment yet. ", theme.text).put("n", theme.key).put(" creates one.", theme.text);
    } else if shell.projects.value().is_some_and(Vec::is_empty) {
        pen.put("No project yet: bkend project create my-app", theme.text);
    } else if let Some(failure) = shell.listing.failure().or(shell.projects.failure()) {
        let room = area.width.saturating_sub(2 * MARK);
        for (line, text) in (1..).zip(fit::wrap(failure, room)) {
            Pen::line(buffer, area, line).skip(MARK).put(&text, theme.warning);
        }
        let below = area.height.min(u16::try_from(fit::wrap(failure, room).len()).unwrap_or(u16::MAX) + 2);
        if !matches!(shell.connection, Connection::Refused { .. }) {
            Pen::line(buffer, area, below).skip(MARK).put("It is tried again by itself.", theme.muted);
        }
    } else if waiting_long(shell) {
        pen.put("reading the environments", theme.muted);
    }
}

/// Loading is said only when it takes longer than a blink.
fn waiting_long(shell: &Shell) -> bool {
    [shell.listing.awaited_since(), shell.projects.awaited_since()]
        .into_iter()
        .any(|since| absence::waits_long(shell, since))
}
