//! What the columns or the indexes of a table were: the versions, and how each differs from the
//! present one.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{listed::MARK, words};
use crate::{
    client::Listing,
    console::{
        fit,
        modal::question::style,
        motion::{Cursor, Motion},
        page::absence,
        remote::Remote,
        shell::Shell,
        view::frame::rule,
        widget::Pen,
    },
    domain::{
        Timestamp,
        api::{Actor, Table},
        compare::{Difference, Part, compare},
        table::{Index, IndexVersion, Schema, SchemaVersion},
    },
};

#[derive(Clone, Debug)]
pub struct Version {
    pub number: u64,
    pub current: bool,
    by: Actor,
    at: Timestamp,
    design: Design,
    /// How it differs from the version before, in short.
    summary: String,
}

/// The half of a table that the versions are of.
#[derive(Clone, Debug)]
enum Design {
    Schema(Schema),
    Indexes(Vec<Index>),
}

/// The list while it is open, newest first.
#[derive(Debug, Default)]
pub struct Versions {
    pub known: Remote<Vec<Version>>,
    cursor: Cursor<u64>,
    /// The versions whose difference is shown, and that difference.
    compared: Option<(u64, u64)>,
    differences: Vec<(char, String)>,
    /// The difference has the screen for itself, scrolled so far.
    whole: Option<usize>,
}

impl Versions {
    pub fn of_schema(listing: Listing<SchemaVersion>) -> Vec<Version> {
        let version = |version: SchemaVersion| {
            let SchemaVersion { version: number, current, schema, created_by: by, created_at: at } = version;
            Version { number, current, by, at, design: Design::Schema(schema), summary: String::new() }
        };
        listing.items.into_iter().map(version).collect()
    }

    pub fn of_indexes(listing: Listing<IndexVersion>) -> Vec<Version> {
        let version = |version: IndexVersion| {
            let IndexVersion { version: number, current, indexes, created_by: by, created_at: at } = version;
            Version { number, current, by, at, design: Design::Indexes(indexes), summary: String::new() }
        };
        listing.items.into_iter().map(version).collect()
    }

    /// Takes over an answer: says of each version what it changed.
    pub fn answer(&mut self, generation: u64, result: Result<Vec<Version>, String>, table: &Table) -> bool {
        let result = result.map(|mut versions| {
            versions.sort_by_key(|version| std::cmp::Reverse(version.number));
            let summaries: Vec<_> = (0..versions.len())
                .map(|place| match versions.get(place + 1) {
                    Some(before) => summary(&differences(before, &versions[place], table)),
                    None => "the first".into(),
                })
                .collect();
            for (version, summary) in versions.iter_mut().zip(summaries) {
                version.summary = summary;
            }
            versions
        });
        self.compared = None;
        self.known.answer(generation, result)
    }

    pub fn selected(&self) -> Option<&Version> {
        let number = self.cursor.key()?;
        self.known.value()?.iter().find(|version| version.number == *number)
    }

    /// What bringing back the selected version adds, changes and removes.
    pub fn undoing(&self, table: &Table) -> Vec<Part> {
        let present = self.known.value().and_then(|versions| versions.first());
        match (present, self.selected()) {
            (Some(present), Some(selected)) => differences(present, selected, table),
            _ => Vec::new(),
        }
    }

    pub fn derive(&mut self, table: &Table, area: Rect) {
        let versions = self.known.value().map(Vec::as_slice).unwrap_or_default();
        let height = usize::from(Parts::of(area, self.whole.is_some()).rows.height);
        self.cursor.follow(versions.len(), height, |row| versions.get(row).map(|version| version.number));
        let Some(place) = versions.iter().position(|version| Some(&version.number) == self.cursor.key()) else {
            return;
        };
        // The present one is compared with the one before it.
        let (from, to) = if place == 0 { (1.min(versions.len() - 1), 0) } else { (place, 0) };
        let pair = (versions[from].number, versions[to].number);
        if self.compared != Some(pair) {
            self.differences = differences(&versions[from], &versions[to], table).iter().map(marked).collect();
            self.compared = Some(pair);
            self.whole = self.whole.map(|_| 0);
        }
    }

    pub fn move_by(&mut self, motion: Motion, area: Rect) {
        let parts = Parts::of(area, self.whole.is_some());
        if let Some(first) = &mut self.whole {
            let height = usize::from(parts.detail.height);
            let last = self.differences.len().saturating_sub(height) + 1;
            *first = motion.apply(*first, last, height);
            return;
        }
        let versions = self.known.value().map(Vec::as_slice).unwrap_or_default();
        let number = |row: usize| versions.get(row).map(|version| version.number);
        self.cursor.move_by(motion, versions.len(), usize::from(parts.rows.height), number);
    }

    /// Shows the difference alone, or the list again.
    pub fn turn_whole(&mut self) {
        self.whole = if self.whole.is_some() { None } else { Some(0) };
    }

    /// Goes back from the difference to the list. Returns whether it was shown.
    pub fn back(&mut self) -> bool {
        self.whole.take().is_some()
    }

    pub fn click(&mut self, area: Rect, y: u16) {
        let parts = Parts::of(area, self.whole.is_some());
        if parts.rows.top() <= y && y < parts.rows.bottom() {
            let row = self.cursor.first() + usize::from(y - parts.rows.y);
            let versions = self.known.value().map(Vec::as_slice).unwrap_or_default();
            if row < versions.len() {
                let number = |row: usize| versions.get(row).map(|version| version.number);
                self.cursor.go_to(row, versions.len(), usize::from(parts.rows.height), number);
            }
        } else if y >= parts.detail.y.saturating_sub(1) {
            self.turn_whole();
        }
    }

    pub fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let Some(versions) = self.known.value() else {
            let reading = absence::of_reading(shell, self.known.failure(), self.known.awaited_since(), "versions");
            if let Some((text, style)) = reading {
                absence::prose(&text, style, area, buffer);
            }
            return;
        };
        let parts = Parts::of(area, self.whole.is_some());
        let mut pen = Pen::new(buffer, parts.heading);
        pen.skip(MARK);
        for (title, width) in ["VERSION", "CREATED", "BY", "CHANGED"].into_iter().zip(widths(area.width)) {
            if width > 0 {
                pen.block(title, width, theme.heading).skip(2);
            }
        }
        for (line, version) in (0..parts.rows.height).zip(versions.iter().skip(self.cursor.first())) {
            let selected = self.cursor.key() == Some(&version.number);
            self::line(version, selected, shell, Rect { y: parts.rows.y + line, height: 1, ..area }, buffer);
        }
        self.difference(shell, &parts, area, buffer);
    }

    fn difference(&self, shell: &Shell, parts: &Parts, area: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let Some((from, to)) = self.compared.filter(|_| parts.detail.height > 0) else { return };
        let title = if from == to {
            format!("version {to}, the only one")
        } else {
            format!("version {from} → {to}, the present one")
        };
        rule(shell, area, parts.detail.y.saturating_sub(1), &title, buffer);
        let first = self.whole.unwrap_or(0);
        let left = self.differences.len().saturating_sub(first);
        let cut = left > usize::from(parts.detail.height) && self.whole.is_none();
        let room = parts.detail.height - u16::from(cut);
        for (line, (mark, text)) in (0..room).zip(self.differences.iter().skip(first)) {
            let paint = style(*mark, theme);
            Pen::line(buffer, parts.detail, line)
                .skip(1)
                .put(mark.encode_utf8(&mut [0; 4]), paint)
                .skip(1)
                .put(text, paint);
        }
        if cut {
            let more = format!("{} more: ", left - usize::from(room));
            Pen::line(buffer, parts.detail, room)
                .skip(3)
                .put(&more, theme.muted)
                .put("enter", theme.key)
                .put(" shows all", theme.muted);
        }
        if self.differences.is_empty() {
            let text = if from == to { "Nothing was changed since the table was made." } else { "They are the same." };
            Pen::line(buffer, parts.detail, 0).skip(3).put(text, theme.muted);
        }
    }
}

/// The parts of the list.
struct Parts {
    heading: Rect,
    rows: Rect,
    /// The difference, below its line.
    detail: Rect,
}

impl Parts {
    fn of(area: Rect, whole: bool) -> Self {
        let detail = if whole { area.height } else { (area.height / 2).min(14) };
        let list = area.height - detail;
        let at = |y: u16, height: u16| Rect { y: area.y + y.min(area.height), height, ..area };
        Self {
            heading: at(0, list.min(1)),
            rows: at(1, list.saturating_sub(1)),
            detail: at(list + 1, detail.saturating_sub(1)),
        }
    }
}

fn widths(width: u16) -> [u16; 4] {
    let by = if width >= 76 { 8 } else { 0 };
    let gaps = 6 + if by > 0 { 2 } else { 0 };
    let created = if width >= 56 { 24 } else { 16 };
    [10, created, by, width.saturating_sub(MARK + 10 + created + by + gaps)]
}

fn line(version: &Version, selected: bool, shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let [number, created, by, changed] = widths(area.width);
    let mut pen = Pen::new(buffer, area);
    pen.put(if selected { " ▌ " } else { "   " }, theme.accent);
    let name = if version.current { format!("{} ● now", version.number) } else { version.number.to_string() };
    if selected {
        pen.block(&name, number, theme.selection.0).skip(2);
    } else {
        pen.column(&name, number, if version.current { theme.success } else { theme.text }).skip(2);
    }
    let age = if created > 16 { format!("  {}", fit::age(shell.age(version.at))) } else { String::new() };
    pen.column(&format!("{}{age}", shell.zone.minute(version.at)), created, theme.muted).skip(2);
    if by > 0 {
        pen.column(version.by.as_str(), by, theme.muted).skip(2);
    }
    pen.column(&version.summary, changed, theme.text);
}

/// The columns, or the indexes, that the one has in another form than the other.
fn differences(from: &Version, to: &Version, table: &Table) -> Vec<Part> {
    let side = |version: &Version| {
        let mut side = Table { schema: Schema::default(), indexes: Vec::new(), ..table.clone() };
        match &version.design {
            Design::Schema(schema) => side.schema.clone_from(schema),
            Design::Indexes(indexes) => side.indexes.clone_from(indexes),
        }
        side
    };
    let compared = compare(&[side(from)], &[side(to)]).pop();
    compared.map(|table| table.differing().map(|(_, part)| part.clone()).collect()).unwrap_or_default()
}

/// `+slug ~title -old`.
fn summary(parts: &[Part]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| format!("{}{}", part.difference.mark(), part.name)).collect();
    if parts.is_empty() { "the same again".into() } else { parts.join(" ") }
}

/// The mark, and what stands behind it.
pub fn marked(part: &Part) -> (char, String) {
    let about = words::difference(part);
    debug_assert!(part.difference != Difference::Same, "only what differs is listed");
    (part.difference.mark(), format!("{}  {about}", part.name))
}
