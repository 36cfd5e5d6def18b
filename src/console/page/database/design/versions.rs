//! What the columns or the indexes of a table were: the versions, and how each differs from the
//! present one.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{listed::MARK, words};
use crate::{
    console::{
        call::Call,
        effect::Effect,
        fit,
        modal::question::{Broken, broken},
        motion::Motion,
        page::{
            absence,
            list::{
                Item, Paged,
                paged::{Asked, Followed},
            },
        },
        shell::Shell,
        view::frame::rule,
        widget::Pen,
    },
    domain::{
        Timestamp,
        api::{Actor, Page, Table},
        compare::{Difference, Part, compare},
        table::{Index, IndexVersion, Schema, SchemaVersion},
    },
};

/// About how much memory a column or an index takes, in bytes.
const WEIGHT: usize = 256;
/// Columns of air beside a difference.
const INSET: u16 = 1;

#[derive(Clone, Debug)]
pub struct Version {
    pub number: u64,
    pub current: bool,
    /// The number as text, for the list.
    id: String,
    by: Actor,
    at: Timestamp,
    design: Design,
    /// How it differs from the version before, in short; absent until that one is read.
    summary: Option<String>,
}

/// The half of a table that the versions are of.
#[derive(Clone, Debug, PartialEq)]
enum Design {
    Schema(Schema),
    Indexes(Vec<Index>),
}

/// The list while it is open, newest first.
#[derive(Debug)]
pub struct Versions {
    pub list: Paged<Version>,
    /// The versions whose difference is shown, and that difference.
    compared: Option<(u64, u64)>,
    differences: Vec<(char, String)>,
    /// What they were compared with: the table as it was then.
    present: Option<Design>,
    /// The difference has the screen for itself, scrolled so far.
    whole: Option<usize>,
}

impl Default for Versions {
    fn default() -> Self {
        let list = Paged::new(false);
        Self { list, compared: None, differences: Vec::new(), present: None, whole: None }
    }
}

impl Item for Version {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn weight(&self) -> usize {
        let parts = match &self.design {
            Design::Schema(schema) => schema.columns().len(),
            Design::Indexes(indexes) => indexes.len(),
        };
        (parts + 1) * WEIGHT
    }
}

impl Version {
    fn new(number: u64, current: bool, design: Design, by: Actor, at: Timestamp) -> Self {
        Self { number, current, id: number.to_string(), by, at, design, summary: None }
    }
}

impl Design {
    /// The same half of a table that has nothing of it.
    fn nothing(&self) -> Self {
        match self {
            Self::Schema(_) => Self::Schema(Schema::default()),
            Self::Indexes(_) => Self::Indexes(Vec::new()),
        }
    }

    /// The same half of the table as it is now, whatever of the list was read when.
    fn present(&self, table: &Table) -> Self {
        match self {
            Self::Schema(_) => Self::Schema(table.schema.clone()),
            Self::Indexes(_) => Self::Indexes(table.indexes.clone()),
        }
    }
}

impl Versions {
    pub fn of_schema(page: Page<SchemaVersion>) -> Page<Version> {
        let version = |version: SchemaVersion| {
            let SchemaVersion { version: number, current, schema, created_by, created_at } = version;
            Version::new(number, current, Design::Schema(schema), created_by, created_at)
        };
        Page { items: page.items.into_iter().map(version).collect(), pagination: page.pagination }
    }

    pub fn of_indexes(page: Page<IndexVersion>) -> Page<Version> {
        let version = |version: IndexVersion| {
            let IndexVersion { version: number, current, indexes, created_by, created_at } = version;
            Version::new(number, current, Design::Indexes(indexes), created_by, created_at)
        };
        Page { items: page.items.into_iter().map(version).collect(), pagination: page.pagination }
    }

    /// Takes over a page: says of each version what it changed.
    pub fn answer(&mut self, generation: u64, result: Result<Page<Version>, String>, table: &Table, height: usize) {
        if self.list.answer(generation, result, height) == Followed::Nothing {
            return;
        }
        self.compared = None;
        self.summarise(table);
    }

    /// The last version of a page waits for the first one of the next.
    fn summarise(&mut self, table: &Table) {
        let pages = &self.list.pages;
        let last = pages.len().saturating_sub(1);
        let unsaid = pages.known().filter(|(_, version)| version.summary.is_none());
        let said = unsaid.filter_map(|(place, version)| {
            let summary = match pages.row(place + 1) {
                Some(before) => summary(&differences(&before.design, &version.design, table)),
                None if place == last => "the first".into(),
                None => return None,
            };
            Some((version.id.clone(), summary))
        });
        for (id, summary) in said.collect::<Vec<_>>() {
            self.list.pages.change(&id, |version| version.summary = Some(summary));
        }
    }

    pub fn selected(&self) -> Option<&Version> {
        self.list.row()
    }

    /// What bringing back the selected version adds, changes and removes.
    pub fn undoing(&self, table: &Table) -> Vec<Part> {
        let Some(Version { design, .. }) = self.selected() else { return Vec::new() };
        differences(&design.present(table), design, table)
    }

    pub fn derive(&mut self, table: &Table, area: Rect) {
        self.list.fit(height(area));
        let Some((from, to)) = self.shown() else { return };
        let (pair, present) = ((from.number, to), from.design.present(table));
        if self.compared != Some(pair) || self.present.as_ref() != Some(&present) {
            // Of the only one there is all that it holds.
            let before = if from.number == to { &from.design.nothing() } else { &from.design };
            self.differences = differences(before, &present, table).iter().map(marked).collect();
            self.compared = Some(pair);
            self.present = Some(present);
            self.whole = self.whole.map(|_| 0);
        }
    }

    /// The selected version and the number of the present one; that is compared with the one before it.
    /// They are counted from one, and none ever goes.
    fn shown(&self) -> Option<(&Version, u64)> {
        let selected = self.selected()?;
        let present = self.list.pages.total()?;
        let from = if selected.current { self.list.pages.row(1).unwrap_or(selected) } else { selected };
        Some((from, u64::try_from(present).unwrap_or(u64::MAX)))
    }

    /// The pages that the screen lacks; `call` asks for one, the first of which is 1.
    pub fn want(&mut self, shell: &mut Shell, area: Rect, call: impl Fn(u64) -> Call) -> Vec<Effect> {
        self.list.want(shell, height(area), |asked| match asked {
            Asked::Page(page) => call(u64::try_from(page).unwrap_or(u64::MAX).saturating_add(1)),
            // Nothing says where a version is, and none ever goes.
            Asked::Before(_) => call(1),
        })
    }

    pub fn move_by(&mut self, motion: Motion, area: Rect) {
        if let Some(first) = &mut self.whole {
            let detail = Parts::of(area, true).detail;
            let height = usize::from(detail.height);
            let last = lines(&self.differences, detail).len().saturating_sub(height) + 1;
            *first = motion.apply(*first, last, height);
            return;
        }
        self.list.move_by(motion, height(area));
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
            let row = self.list.first() + usize::from(y - parts.rows.y);
            if row < self.list.pages.len() {
                self.list.go_to(row, height(area));
            }
        } else if y >= parts.detail.y.saturating_sub(1) {
            self.turn_whole();
        }
    }

    pub fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let pages = &self.list.pages;
        if pages.total().is_none() {
            let reading = absence::of_reading(shell, pages.failure(), pages.awaited_since(), "versions");
            if let Some((text, style)) = reading {
                absence::prose(&text, style, area, buffer);
            }
            return;
        }
        let parts = Parts::of(area, self.whole.is_some());
        let mut pen = Pen::new(buffer, parts.heading);
        pen.skip(MARK);
        for (title, width) in ["VERSION", "CREATED", "BY", "CHANGED"].into_iter().zip(widths(area.width)) {
            if width > 0 {
                pen.block(title, width, theme.heading).skip(2);
            }
        }
        for (line, place) in (0..parts.rows.height).zip(self.list.first()..pages.len()) {
            let selected = self.list.position() == place;
            let line = Rect { y: parts.rows.y + line, height: 1, ..area };
            self::line(pages.row(place), selected, shell, line, buffer);
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
        let lines = lines(&self.differences, parts.detail);
        // Another width has another number of them.
        let first = first.min(lines.len().saturating_sub(1));
        let left = lines.len().saturating_sub(first);
        let cut = left > usize::from(parts.detail.height) && self.whole.is_none();
        let room = parts.detail.height - u16::from(cut);
        for (line, broken) in (0..room).zip(lines.iter().skip(first)) {
            broken.view(theme, Pen::line(buffer, parts.detail, line).skip(INSET));
        }
        if cut {
            let open = match &self.present {
                Some(Design::Indexes(_)) => "index-edit",
                _ => "column-edit",
            };
            let hidden = u64::try_from(left - usize::from(room)).unwrap_or(u64::MAX);
            let more = format!("{} more: ", fit::count(hidden, "line"));
            Pen::line(buffer, parts.detail, room)
                .skip(3)
                .put(&more, theme.muted)
                .put(&shell.keymap.way(open), theme.key)
                .put(" shows all", theme.muted);
        }
        if self.differences.is_empty() {
            let text = if from == to { "Nothing was changed since the table was made." } else { "They are the same." };
            Pen::line(buffer, parts.detail, 0).skip(3).put(text, theme.muted);
        }
    }
}

/// The differences on as many lines as they take: nothing of one is out of sight.
fn lines(differences: &[(char, String)], detail: Rect) -> Vec<Broken> {
    broken(differences, detail.width.saturating_sub(2 * INSET))
}

/// The parts of the list.
struct Parts {
    heading: Rect,
    rows: Rect,
    /// The difference, below its line.
    detail: Rect,
}

/// Versions that are visible while the difference does not have the screen for itself.
pub fn height(area: Rect) -> usize {
    usize::from(Parts::of(area, false).rows.height)
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

fn line(version: Option<&Version>, selected: bool, shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let [number, created, by, changed] = widths(area.width);
    let mut pen = Pen::new(buffer, area);
    pen.put(if selected { " ▌ " } else { "   " }, theme.accent);
    let Some(version) = version else {
        pen.put("…", theme.muted);
        return;
    };
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
    pen.column(version.summary.as_deref().unwrap_or("…"), changed, theme.text);
}

/// The columns, or the indexes, that the one has in another form than the other.
fn differences(from: &Design, to: &Design, table: &Table) -> Vec<Part> {
    let side = |design: &Design| {
        let mut side = Table { schema: Schema::default(), indexes: Vec::new(), ..table.clone() };
        match design {
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
