//! The columns of a list: which fit on a page of a width, and where the rows are sorted by one.

use ratatui::layout::Rect;

use crate::{console::fit, domain::list::Direction};

/// Columns of the cursor's mark before the first column.
pub const MARK: u16 = 3;
/// Columns of air between two columns.
pub const GAP: u16 = 2;
/// Columns of air behind the last.
const EDGE: u16 = 1;

/// How wide a column is.
#[derive(Clone, Copy, Debug)]
pub enum Width {
    /// Sorted by, but not drawn.
    None,
    Fixed(u16),
    /// The widest of these forms that there is room for, the widest first.
    Forms(&'static [u16]),
    /// As wide as the widest text in it, but at least so much.
    Text(u16),
    /// An equal part of what the others leave.
    Share {
        least: u16,
        most: u16,
    },
}

#[derive(Clone, Copy, Debug)]
pub struct Column<C> {
    pub key: C,
    title: &'static str,
    /// The title where the other has no room.
    short: &'static str,
    width: Width,
    /// On a narrow page the highest goes first; zero stays.
    drop: u8,
    is_right: bool,
    is_sorted: bool,
    falls: bool,
}

impl<C: Copy + PartialEq> Column<C> {
    pub const fn new(key: C, title: &'static str, width: Width) -> Self {
        Self { key, title, short: title, width, drop: 0, is_right: false, is_sorted: true, falls: false }
    }

    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Its title in a narrow form.
    #[must_use]
    pub const fn short(self, title: &'static str) -> Self {
        Self { short: title, ..self }
    }

    /// It vanishes on a narrow page: the highest number first.
    #[must_use]
    pub const fn drop(self, priority: u8) -> Self {
        Self { drop: priority, ..self }
    }

    /// Flush right, as numbers are.
    #[must_use]
    pub const fn right(self) -> Self {
        Self { is_right: true, ..self }
    }

    /// Nobody sorts by it.
    #[must_use]
    pub const fn unsorted(self) -> Self {
        Self { is_sorted: false, ..self }
    }

    /// Its natural order runs downwards: the largest or the latest first.
    #[must_use]
    pub const fn falls(self) -> Self {
        Self { falls: true, ..self }
    }

    pub const fn is_right(&self) -> bool {
        self.is_right
    }

    /// Whether its width is that of the widest text in it.
    pub const fn is_measured(&self) -> bool {
        matches!(self.width, Width::Text(_))
    }

    /// Its title with the arrow of the order.
    pub fn heading(&self, order: Order<C>, width: u16) -> String {
        let arrow = match (order.column == self.key, self.falls != order.reversed) {
            (false, _) => "",
            (true, false) => " ↑",
            (true, true) => " ↓",
        };
        let title = if width < fit::width(self.title) + 2 { self.short } else { self.title };
        format!("{title}{arrow}")
    }

    /// Its widths from the widest to the narrowest, and whether it grows beyond the last.
    fn forms(&self) -> Vec<u16> {
        match self.width {
            Width::None => Vec::new(),
            Width::Forms(widths) => widths.to_vec(),
            Width::Fixed(width) | Width::Text(width) | Width::Share { least: width, .. } => vec![width],
        }
    }
}

/// By which column the rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order<C> {
    pub column: C,
    /// Against the column's natural order.
    pub reversed: bool,
}

impl<C: Copy + PartialEq> Order<C> {
    pub const fn new(column: C) -> Self {
        Self { column, reversed: false }
    }

    /// By the next column that is sorted by, or the other way round.
    pub fn turn(&mut self, columns: &[Column<C>], turn_round: bool) {
        if turn_round {
            self.reversed = !self.reversed;
            return;
        }
        let sorted: Vec<_> = columns.iter().filter(|column| column.is_sorted).map(|column| column.key).collect();
        let place = sorted.iter().position(|column| *column == self.column).map_or(0, |place| place + 1);
        if let Some(next) = sorted.get(place % sorted.len().max(1)) {
            *self = Self::new(*next);
        }
    }

    /// As the server is asked for it.
    pub fn direction(self, columns: &[Column<C>]) -> Direction {
        let falls = columns.iter().any(|column| column.key == self.column && column.falls);
        if falls == self.reversed { Direction::Ascending } else { Direction::Descending }
    }

    /// By that column; chosen again, the other way round.
    pub fn choose(&mut self, columns: &[Column<C>], column: C) {
        if columns.iter().any(|other| other.key == column && other.is_sorted) {
            self.reversed = self.column == column && !self.reversed;
            self.column = column;
        }
    }
}

/// A column with its place on a line.
#[derive(Clone, Copy, Debug)]
pub struct Placed<C: 'static> {
    pub column: &'static Column<C>,
    pub area: Rect,
}

/// Where the columns are on a line; `longest` is what the widest text of a column takes.
pub fn place<C: Copy + PartialEq>(
    columns: &'static [Column<C>],
    line: Rect,
    longest: impl Fn(C) -> u16,
) -> Vec<Placed<C>> {
    let mut x = line.x.saturating_add(MARK);
    let mut placed = Vec::with_capacity(columns.len());
    for (column, width) in columns.iter().zip(widths(columns, line.width, longest)) {
        if width > 0 {
            placed.push(Placed { column, area: Rect { x, width, height: line.height, ..line }.intersection(line) });
            x = x.saturating_add(width + GAP);
        }
    }
    placed
}

/// The width of each column; none for those that have no room.
fn widths<C: Copy + PartialEq>(columns: &[Column<C>], page: u16, longest: impl Fn(C) -> u16) -> Vec<u16> {
    let room = page.saturating_sub(MARK + EDGE);
    let mut forms: Vec<Vec<u16>> = columns.iter().map(Column::forms).collect();
    let taken = |forms: &[Vec<u16>]| {
        let widths = forms.iter().filter_map(|forms| forms.first());
        widths.map(|width| width + GAP).sum::<u16>().saturating_sub(GAP)
    };
    // First the longer forms go, then whole columns.
    for keep in [1, 0] {
        while taken(&forms) > room {
            let least = |place: &usize| forms[*place].len() > keep && (keep == 1 || columns[*place].drop > 0);
            let Some(place) = (0..columns.len()).filter(least).max_by_key(|place| columns[*place].drop) else { break };
            forms[place].remove(0);
        }
    }
    let mut rest = room.saturating_sub(taken(&forms));
    let mut widths: Vec<u16> = forms.iter().map(|forms| forms.first().copied().unwrap_or(0)).collect();
    let shown = |place: &usize| widths_shown(&forms, *place);
    for place in (0..columns.len()).filter(shown) {
        if matches!(columns[place].width, Width::Text(_)) {
            let more = longest(columns[place].key).saturating_sub(widths[place]).min(rest);
            widths[place] += more;
            rest -= more;
        }
    }
    share(columns, &mut widths, rest);
    widths
}

fn widths_shown(forms: &[Vec<u16>], place: usize) -> bool {
    !forms[place].is_empty()
}

/// Gives what is left to the columns that take a share: equal parts of all they have together.
fn share<C>(columns: &[Column<C>], widths: &mut [u16], rest: u16) {
    let sharing = |place: &usize| widths[*place] > 0 && matches!(columns[*place].width, Width::Share { .. });
    let places: Vec<_> = (0..columns.len()).filter(sharing).collect();
    let mut all = rest + places.iter().map(|place| widths[*place]).sum::<u16>();
    for (index, place) in places.iter().enumerate() {
        let part = all / u16::try_from(places.len() - index).unwrap_or(1);
        all -= part;
        if let Width::Share { least, most } = columns[*place].width {
            widths[*place] = part.clamp(least.min(part), most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Key {
        Tab,
        Name,
        Note,
        Size,
        At,
    }

    const COLUMNS: &[Column<Key>] = &[
        Column::new(Key::Tab, "", Width::None),
        Column::new(Key::Name, "NAME", Width::Text(8)),
        Column::new(Key::Note, "NOTE", Width::Share { least: 10, most: 40 }).drop(2).unsorted(),
        Column::new(Key::Size, "SIZE", Width::Fixed(8)).right().falls().drop(1),
        Column::new(Key::At, "CREATED", Width::Forms(&[16, 5])).short("AGE"),
    ];

    fn at(width: u16, longest: u16) -> Vec<u16> {
        widths(COLUMNS, width, |_| longest)
    }

    #[test]
    fn a_narrow_page_takes_shorter_forms_before_it_drops_columns() {
        assert_eq!(at(100, 12), [0, 12, 40, 8, 16]);
        assert_eq!(at(60, 12), [0, 12, 14, 8, 16]);
        assert_eq!(at(44, 12), [0, 11, 10, 8, 5], "a long name leaves the others their least");
        assert_eq!(at(38, 12), [0, 12, 0, 8, 5]);
        assert_eq!(at(20, 12), [0, 9, 0, 0, 5]);
    }

    #[test]
    fn every_column_lies_on_the_line_at_every_width() {
        for width in 0..200 {
            let line = Rect::new(3, 1, width, 1);
            for placed in place(COLUMNS, line, |_| 30) {
                assert_eq!(placed.area.intersection(line), placed.area, "{width}");
            }
        }
    }

    #[test]
    fn sorting_goes_round_the_columns_and_chosen_again_it_turns() {
        let mut order = Order::new(Key::Tab);
        let mut turned = Vec::new();
        for _ in 0..4 {
            order.turn(COLUMNS, false);
            turned.push(order.column);
        }
        assert_eq!(turned, [Key::Name, Key::Size, Key::At, Key::Tab]);
        assert_eq!(order.direction(COLUMNS), Direction::Ascending);
        order.choose(COLUMNS, Key::Size);
        assert_eq!((&*COLUMNS[3].heading(order, 8), order.direction(COLUMNS)), ("SIZE ↓", Direction::Descending));
        order.choose(COLUMNS, Key::Size);
        assert_eq!((&*COLUMNS[3].heading(order, 8), order.direction(COLUMNS)), ("SIZE ↑", Direction::Ascending));
        order.choose(COLUMNS, Key::Note);
        assert_eq!(order.column, Key::Size, "nobody sorts by a note");
    }
}
