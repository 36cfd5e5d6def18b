//! The list of keys.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::sections::{Column, Line, Sections, scopes};
use crate::{
    console::{
        fit,
        page::{
            absence,
            title::{Button, Title},
        },
        remote::Remote,
        shell::Shell,
        widget::Pen,
    },
    domain::{
        KeyType,
        api::{Environment, Key},
    },
};

pub const BUTTON: Button = Button { text: "[ + Create Key  n ]", short: "[ + n ]" };
/// Columns of the cursor's mark before the first column.
const MARK: u16 = 3;
const GAP: u16 = 2;
/// Columns of a mask: `pk_4f0a…0a9c`.
const MASK: u16 = 12;
const DAY: i64 = 86_400_000;

/// The columns that fit, the most telling first.
fn widths(width: u16) -> [(Column, u16); 6] {
    let (expires, used, created) = match width {
        92.. => (13, 10, 16),
        76.. => (13, 10, 0),
        58.. => (13, 9, 0),
        _ => (0, 0, 0),
    };
    let gaps = [expires, used, created].iter().filter(|width| **width > 0).count();
    let gaps = u16::try_from(gaps).unwrap_or(0) * GAP;
    let rest = width.saturating_sub(MARK + MASK + expires + used + created + gaps + 2 * GAP + 1);
    let (name, scopes) = if rest < 26 { (rest, 0) } else { (rest / 2, rest - rest / 2) };
    [
        (Column::Name, name.min(32)),
        (Column::Key, MASK),
        (Column::Scopes, scopes),
        (Column::Expires, expires),
        (Column::Used, used),
        (Column::Created, created),
    ]
}

/// The column whose heading is at that place.
pub fn column_at(_: &Sections, heading: Rect, x: u16) -> Option<Column> {
    let mut start = heading.x + MARK;
    widths(heading.width).into_iter().filter(|(_, width)| *width > 0).find_map(|(column, width)| {
        let hit = (start..start + width).contains(&x);
        start += width + GAP;
        hit.then_some(column)
    })
}

pub fn title(place: &Sections, shell: &Shell, known: Option<&Remote<Vec<Key>>>, line: Rect, buffer: &mut Buffer) {
    let all = known.and_then(Remote::value).map(Vec::len);
    let count = match all {
        None => String::new(),
        Some(all) if place.filter.is_empty() => all.to_string(),
        Some(all) => format!("{} of {all}", place.len()),
    };
    let note = known
        .filter(|_| all.is_some())
        .and_then(|remote| absence::old(shell, remote.failure(), remote.awaited_since()));
    let title = Title { name: "API Keys", count, filter: &place.filter, note, button: Some(BUTTON) };
    title.view(&shell.theme, line, buffer);
}

pub fn heading(place: &Sections, shell: &Shell, line: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, line);
    pen.skip(MARK);
    for (column, width) in widths(line.width).into_iter().filter(|(_, width)| *width > 0) {
        let arrow = match (column == place.order, column.falls() != place.reversed) {
            (false, _) => "",
            (true, false) => " ↑",
            (true, true) => " ↓",
        };
        pen.column(&format!("{}{arrow}", column.title()), width, shell.theme.heading).skip(GAP);
    }
}

pub fn view(
    place: &Sections,
    shell: &Shell,
    environment: &Environment,
    known: Option<&Remote<Vec<Key>>>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = &shell.theme;
    let Some(keys) = known.and_then(Remote::value) else {
        let instead = absence::unreadable(environment, "keys").map(|text| (text, theme.text));
        if let Some((text, style)) = absence::instead(shell, known, "keys").or(instead) {
            absence::prose(&text, style, area, buffer);
        }
        return;
    };
    if place.len() == 0 && !place.filter.is_empty() {
        let mut pen = Pen::line(buffer, area, 1);
        pen.skip(MARK).put("nothing matches; ", theme.muted).put("esc", theme.key);
        pen.put(" shows all again", theme.muted);
        return;
    }
    for (y, line) in (0..area.height).zip(place.lines.iter().skip(place.first)) {
        let area = Rect { y: area.y + y, height: 1, ..area };
        let mut pen = Pen::new(buffer, area);
        match line {
            Line::Space => {}
            Line::Section(kind, count) => {
                let (name, about) = about(*kind);
                pen.skip(1).put(name, theme.strong).skip(1).put(&count.to_string(), theme.muted);
                pen.skip(2).put_whole(about, theme.muted);
            }
            Line::None(kind) => {
                pen.skip(MARK).put("none yet: ", theme.muted).put("n", theme.key);
                pen.put(&format!(" creates a {} one", kind.as_str()), theme.muted);
            }
            Line::Key(id) => {
                if let Some(key) = keys.iter().find(|key| key.id == *id) {
                    row(shell, key, place.selected() == Some(id), area, buffer);
                }
            }
        }
    }
}

const fn about(kind: KeyType) -> (&'static str, &'static str) {
    match kind {
        KeyType::Publishable => ("Publishable", "for browsers and phones"),
        KeyType::Secret => ("Secret", "for servers, past every permission"),
    }
}

fn row(shell: &Shell, key: &Key, selected: bool, line: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut pen = Pen::new(buffer, line);
    pen.put(if selected { " ▌ " } else { "   " }, theme.accent);
    for (column, width) in widths(line.width).into_iter().filter(|(_, width)| *width > 0) {
        match column {
            Column::Name if selected => pen.block(&key.name, width, theme.selection.0),
            Column::Name => pen.column(&key.name, width, theme.text),
            Column::Key => pen.column(&key.mask, width, theme.accent),
            Column::Scopes => pen.column(&scopes(key), width, theme.text),
            Column::Expires => {
                let (text, style) = expires(shell, key);
                pen.column(&text, width, style)
            }
            Column::Used => pen.column(&used(shell, key), width, theme.muted),
            Column::Created => pen.column(&shell.zone.minute(key.created_at), width, theme.muted),
        }
        .skip(GAP);
    }
}

pub fn used(shell: &Shell, key: &Key) -> String {
    key.last_used_at.map_or_else(|| "never".into(), |at| fit::ago(shell.age(at)))
}

/// How long it is still good for. What ends within a week stands out.
pub fn expires(shell: &Shell, key: &Key) -> (String, Style) {
    let theme = &shell.theme;
    let Some(at) = key.expires_at else { return ("never".into(), theme.muted.0) };
    let left = at.since(shell.now.wall);
    match left {
        ..=0 => ("✗ expired".into(), theme.error.0),
        1..DAY => (format!("! in {}", fit::age(left).replace("now", "1 m")), theme.warning.0),
        left if left < 7 * DAY => (format!("! in {}", fit::age(left)), theme.warning.0),
        left => (format!("in {}", fit::age(left)), theme.text.0),
    }
}
