//! The lines on the screen.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Activities, log::Log, words};
use crate::{
    console::{
        fit,
        page::{
            absence,
            list::{
                Cell, Column, Order, Parts, Row, Width,
                column::place,
                row::{self, Standing},
                view::{heading, nothing_matches},
            },
            title::{Button, Title},
        },
        shell::Shell,
        widget::Pen,
    },
    domain::{
        api::{Activity, Actor},
        id::ActivityId,
    },
};

pub const BUTTON: Button = Button { text: "Show…", short: "", command: "activity-narrow" };
/// Columns of a date with its time.
const MINUTE: u16 = 16;
/// Columns of an environment's name at most: what happened is worth more.
const LONGEST_NAME: u16 = 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    When,
    Environment,
    Who,
    What,
}

impl Row for Activity {
    type Key = ActivityId;
    type Column = Field;

    const COLUMNS: &'static [Column<Field>] = &[
        Column::new(Field::When, "WHEN", Width::Forms(&[MINUTE, 6])).falls(),
        Column::new(Field::Environment, "ENVIRONMENT", Width::Text(6)).short("ENV").unsorted(),
        Column::new(Field::Who, "WHO", Width::Fixed(8)).drop(1).unsorted(),
        Column::new(Field::What, "WHAT", Width::Share { least: 24, most: u16::MAX }).unsorted(),
    ];

    fn key(&self) -> &ActivityId {
        &self.id
    }

    fn cell(&self, shell: &Shell, field: Field, width: u16) -> Cell<'_> {
        let theme = &shell.theme;
        match field {
            Field::When if width >= MINUTE => Cell::new(shell.zone.minute(self.created_at), theme.muted),
            Field::When => Cell::new(fit::age(shell.age(self.created_at)), theme.muted),
            Field::Environment => match &self.environment_name {
                Some(name) => Cell::new(name, theme.text),
                None => Cell::new("–", theme.muted),
            },
            Field::Who => {
                let style = if self.actor == Actor::Admin { theme.warning } else { theme.muted };
                Cell::new(self.actor.as_str(), style)
            }
            Field::What => {
                let style = if self.action == "environment.fail" { theme.error } else { theme.text };
                Cell::new(words::sentence(self), style)
            }
        }
    }
}

pub fn view(page: &Activities, log: &Log, shell: &Shell, parts: &Parts, buffer: &mut Buffer) {
    title(page, log, shell, parts.title, buffer);
    let pages = &log.lines.pages;
    let names = pages.known().filter_map(|(_, activity)| activity.environment_name.as_deref());
    let longest = names.map(fit::width).max().unwrap_or(0).min(LONGEST_NAME);
    let placed = place(Activity::COLUMNS, parts.heading, |_| longest);
    heading(shell, Order::new(Field::When), &placed, buffer);
    if log.matching() == Some(0) {
        nothing_matches(shell, &mut Pen::line(buffer, parts.rows, 1));
        return;
    }
    if pages.is_empty() {
        empty(page, log, shell, parts.rows, buffer);
        return;
    }
    for (y, position) in (0..parts.rows.height).zip(log.visible()) {
        let line = Rect { y: parts.rows.y + y, height: 1, ..parts.rows };
        let selected = position == log.lines.position();
        if let Some(activity) = pages.row(position) {
            row::draw(shell, activity, &placed, Standing { selected, marked: false }, line, buffer);
        } else {
            let mut pen = Pen::new(buffer, line);
            pen.put(if selected { " ▌ " } else { "   " }, shell.theme.accent).put("…", shell.theme.muted);
        }
    }
}

fn title(page: &Activities, log: &Log, shell: &Shell, line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let pages = &log.lines.pages;
    let number = |number: usize| fit::grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let mut count = match (pages.total(), log.matching()) {
        (None, _) => String::new(),
        (Some(total), None) => number(total),
        // Only what was read is searched.
        (Some(total), Some(matching)) => {
            let read = pages.known().count();
            let of = if read < total { format!("{} read of {}", number(read), number(total)) } else { number(total) };
            format!("{} of {of}", number(matching))
        }
    };
    let narrowed = page.narrow.describe(shell);
    if !narrowed.is_empty() {
        count = format!("{count} {narrowed}");
    }
    let note = absence::old(shell, pages.failure(), None).filter(|_| pages.total().is_some());
    let follow = shell.keymap.way("activity-follow");
    let note = note.or_else(|| match (log.following, log.unseen) {
        _ if pages.total().is_none() => None,
        (true, _) => Some(("following".to_owned(), theme.active)),
        (false, 0) => Some((format!("{follow} follows"), theme.muted)),
        (false, unseen) => Some((format!("{} new: {follow} follows", number(unseen)), theme.accent)),
    });
    Title { name: "Activity", count, filter: &page.filter, note, button: Some(BUTTON) }.view(shell, line, buffer);
}

fn empty(page: &Activities, log: &Log, shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let pages = &log.lines.pages;
    if pages.total().is_none() || pages.is_replaced() {
        let said = absence::of_reading(shell, pages.failure(), pages.awaited_since(), "activity");
        if let Some((text, style)) = said {
            absence::prose(&text, style, area, buffer);
        }
        return;
    }
    let text = if page.narrow.is_everything() {
        "Nothing happened yet: what you and your apps' admins change is written here.".to_owned()
    } else {
        format!("Nothing of that kind happened: {} shows everything again.", shell.keymap.way("back"))
    };
    absence::prose(&text, shell.theme.text, area, buffer);
}
