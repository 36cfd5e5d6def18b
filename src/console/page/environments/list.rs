//! The list of environments: what a line of it shows.

use std::cmp::Ordering;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        catalog::Entry,
        connection::Connection,
        fit,
        page::{
            absence,
            list::{Cell, Column, List, Listed, Parts, Row, Width, view::nothing_matches},
            title::{Button, Title},
        },
        shell::{Shell, is_fresh, mark},
        widget::Pen,
    },
    domain::{EnvironmentId, Status},
};

pub const BUTTON: Button = Button { text: "+ Create Environment", short: "+", command: "environment-create" };
/// Columns of the cursor's mark before the first column.
const MARK: u16 = 3;
const WORD: &str = "PROD";
/// Date, time and age; the date alone and the age; only the age.
const CREATED: &[u16] = &[23, 17, 7];

pub type EnvironmentList = List<Entry>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// As the tabs are: by number, production last. It has no column of its own.
    Tab,
    Name,
    Type,
    Status,
    Created,
}

impl Row for Entry {
    type Key = EnvironmentId;
    type Column = Field;

    const COLUMNS: &'static [Column<Field>] = &[
        Column::new(Field::Tab, "", Width::None),
        Column::new(Field::Name, "NAME", Width::Text(8)),
        Column::new(Field::Type, "TYPE", Width::Fixed(11)),
        // At the least, a creation with its step.
        Column::new(Field::Status, "STATUS", Width::Share { least: 21, most: 48 }),
        Column::new(Field::Created, "CREATED", Width::Forms(CREATED)).short("AGE"),
    ];

    fn key(&self) -> &EnvironmentId {
        &self.environment.id
    }

    fn cell(&self, shell: &Shell, field: Field, width: u16) -> Cell<'_> {
        let theme = &shell.theme;
        let environment = &self.environment;
        match field {
            Field::Tab => Cell::new("", theme.text),
            Field::Name if self.is_production() => {
                Cell::new(environment.name.as_str(), theme.text).end(WORD, theme.production)
            }
            Field::Name => Cell::new(environment.name.as_str(), theme.text),
            Field::Type => Cell::new(environment.kind.label(), theme.text),
            Field::Status => {
                let (mark, status) = status(shell, self, width.saturating_sub(2));
                Cell::new(format!("{mark} {status}"), theme.status(environment.status))
            }
            Field::Created => created(shell, self, width),
        }
    }
}

impl Listed for Entry {
    fn matches(&self, word: &str) -> bool {
        let environment = &self.environment;
        environment.name.as_str().contains(word)
            || environment.kind.label().to_lowercase().contains(word)
            || environment.status.as_str().contains(word)
    }

    fn compare(&self, other: &Self, field: Field) -> Ordering {
        let (one, two) = (&self.environment, &other.environment);
        let by = match field {
            Field::Tab => Ordering::Equal,
            Field::Name => one.name.cmp(&two.name),
            Field::Type => one.kind.cmp(&two.kind),
            Field::Status => one.status.cmp(&two.status),
            Field::Created => one.created_at.cmp(&two.created_at),
        };
        let tab = |entry: &Self| (entry.is_production(), entry.number);
        by.then_with(|| tab(self).cmp(&tab(other)))
    }

    /// The name, with the word beside it.
    fn width(&self, _field: Field) -> u16 {
        let word = if self.is_production() { fit::width(WORD) + 1 } else { 0 };
        fit::width(self.environment.name.as_str()) + word
    }
}

pub fn view(list: &EnvironmentList, shell: &Shell, parts: &Parts, buffer: &mut Buffer) {
    let all = shell.environments.len();
    let count = match list.len() {
        // How many there are is not known yet.
        _ if shell.listing.value().is_none() && all == 0 => String::new(),
        _ if list.filter.is_empty() => all.to_string(),
        listed => format!("{listed} of {all}"),
    };
    let note = absence::old(shell, shell.listing.failure(), None).filter(|_| all > 0);
    let title = Title { name: "Environments", count, filter: &list.filter, note, button: Some(BUTTON) };
    title.view(shell, parts.title, buffer);
    list.heading(shell, parts.heading, buffer);
    if !list.is_empty() {
        let selected = shell.selected().map(|environment| &environment.id);
        list.rows(shell, selected, |id| shell.environments.get(id), parts.rows, buffer);
    } else if list.filter.is_empty() {
        empty(shell, parts.rows, buffer);
    } else {
        nothing_matches(shell, &mut Pen::line(buffer, parts.rows, 1));
    }
}

fn created<'a>(shell: &Shell, entry: &Entry, width: u16) -> Cell<'a> {
    let theme = &shell.theme;
    let age = fit::age(shell.age(entry.environment.created_at));
    let at = shell.zone.minute(entry.environment.created_at);
    // The date alone is the front of both.
    let date = at.split(' ').next().unwrap_or_default();
    match CREATED.iter().position(|form| *form == width) {
        Some(0) => Cell::new(at, theme.text).end(age, theme.muted),
        Some(1) => Cell::new(date.to_owned(), theme.text).end(age, theme.muted),
        _ => Cell::new(format!("{age:>5}"), theme.muted),
    }
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

/// What to do where there is nothing.
fn empty(shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut pen = Pen::line(buffer, area, 1);
    pen.skip(MARK);
    if shell.listing.value().is_some() {
        pen.put("No environment yet. ", theme.text).put(&shell.keymap.way(BUTTON.command), theme.key);
        pen.put(" creates one.", theme.text);
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
