//! Where every field of a form is: the same for drawing and for clicks.

use ratatui::layout::{Position, Rect};

use super::{Form, Input, Note, Subject};
use crate::console::{fit, modal::dialog};

/// Columns of the labels at least.
const LABEL: u16 = 7;
/// Lines of air above the first field, and around the last line.
const AIR: u16 = 1;
/// Columns between an option and the next.
const BETWEEN: u16 = 2;
/// Columns of the mark before an option.
const MARK: u16 = 2;

/// The lines of one field, counted from the top of the form.
#[derive(Clone, Debug)]
struct Block {
    top: u16,
    input: u16,
    note: u16,
    explanation: u16,
    /// Line, column and width of each of its options.
    options: Vec<(u16, u16, u16)>,
}

impl Block {
    const fn bottom(&self) -> u16 {
        self.top + self.input + self.note + self.explanation
    }
}

/// Where everything is. Where the screen is too low for all of it, the fields scroll so that the
/// one in focus is visible, and the last line keeps its place.
#[derive(Debug)]
pub struct Places {
    pub outer: Rect,
    /// What `enter` does.
    pub last: Rect,
    pub label: u16,
    /// Whether some of the fields are out of sight.
    pub is_cut: bool,
    body: Rect,
    offset: u16,
    blocks: Vec<Block>,
}

impl<S: Subject> Form<S> {
    pub(super) fn places(&self, notes: &[Note], screen: Rect) -> Places {
        let labels = self.values.shown().map(|(label, ..)| fit::width(label) + 2);
        let label = labels.max().unwrap_or(0).clamp(LABEL, S::WIDTH / 2);
        let room = dialog::inside(dialog::place(screen, S::WIDTH, 0)).width.saturating_sub(label);
        let mut blocks: Vec<_> = self
            .values
            .shown()
            .zip(notes)
            .map(|((_, input, explanation), note)| {
                let options = options(input, room);
                let input = match input {
                    Input::Lines(_, height) => *height,
                    _ => options.last().map_or(1, |(line, ..)| line + 1),
                };
                Block {
                    top: 0,
                    input,
                    note: lines(note.text(), room),
                    explanation: lines_of(explanation, room),
                    options,
                }
            })
            .collect();
        let most = screen.height.saturating_sub(2);
        let mut height = stack(&mut blocks, 1).saturating_add(2 * AIR + 1);
        if height > most {
            height = stack(&mut blocks, 0).saturating_add(1);
        }
        let outer = dialog::place(screen, S::WIDTH, height);
        let inner = dialog::inside(outer);
        let end = blocks.last().map_or(0, Block::bottom);
        let is_cut = end.saturating_add(1) > inner.height;
        let last = if end + AIR < inner.height { end + AIR } else { inner.height.saturating_sub(1) };
        let body = Rect { height: last.min(inner.height), ..inner };
        let offset = blocks.get(self.focus).map_or(0, |block| {
            // The air above the first field scrolls away with it.
            block.bottom().saturating_sub(body.height).min(block.top)
        });
        let last = Rect { y: inner.y + last, height: 1, ..inner }.intersection(inner);
        Places { outer, last, label, is_cut, body, offset, blocks }
    }
}

impl Places {
    pub fn label(&self, place: usize) -> Rect {
        let top = self.blocks.get(place).map_or(0, |block| block.top);
        Rect { width: self.label, ..self.at(top, 1) }.intersection(self.body)
    }

    pub fn input(&self, place: usize) -> Rect {
        self.blocks.get(place).map_or(Rect::ZERO, |block| self.beside(block.top, block.input))
    }

    pub fn note(&self, place: usize) -> Rect {
        self.blocks.get(place).map_or(Rect::ZERO, |block| self.beside(block.top + block.input, block.note))
    }

    pub fn explanation(&self, place: usize) -> Rect {
        let lines = |block: &Block| self.beside(block.top + block.input + block.note, block.explanation);
        self.blocks.get(place).map_or(Rect::ZERO, lines)
    }

    /// The areas of a field's options, in their order.
    pub fn options(&self, place: usize) -> impl Iterator<Item = Rect> {
        self.blocks.get(place).into_iter().flat_map(move |block| {
            block.options.iter().map(move |(line, x, width)| {
                let area = self.beside(block.top + line, 1);
                Rect { x: area.x + x, width: *width, ..area }.intersection(area)
            })
        })
    }

    pub fn field_at(&self, position: Position) -> Option<usize> {
        let line = position.y.checked_sub(self.body.y)?.saturating_add(self.offset);
        self.body.contains(position).then(|| self.blocks.iter().rposition(|block| block.top <= line))?
    }

    /// The field and the place of its option.
    pub fn option_at(&self, position: Position) -> Option<(usize, usize)> {
        (0..self.blocks.len()).find_map(|place| {
            let option = self.options(place).position(|area| area.contains(position))?;
            Some((place, option))
        })
    }

    /// Lines of the form on the screen, right of the labels.
    fn beside(&self, line: u16, height: u16) -> Rect {
        let area = self.at(line, height);
        let label = self.label.min(area.width);
        Rect { x: area.x + label, width: area.width - label, ..area }
    }

    /// Lines of the form on the screen; none for those that are scrolled away.
    fn at(&self, line: u16, height: u16) -> Rect {
        let Some(y) = line.checked_sub(self.offset) else { return Rect { height: 0, ..self.body } };
        let height = height.min(self.body.height.saturating_sub(y));
        Rect { y: self.body.y + y.min(self.body.height), height, ..self.body }
    }
}

/// Puts the fields below each other and returns the line behind the last.
fn stack(blocks: &mut [Block], gap: u16) -> u16 {
    let mut line = AIR.min(gap);
    for block in blocks.iter_mut() {
        block.top = line;
        line = block.bottom().saturating_add(gap);
    }
    line.saturating_sub(gap)
}

/// Line, column and width of what can be chosen, on as many lines as it takes.
fn options(input: &Input, room: u16) -> Vec<(u16, u16, u16)> {
    let labels: Vec<&str> = match input {
        Input::Choice { options, .. } => options.iter().map(|option| &**option).collect(),
        Input::Toggle(_) => vec!["yes"],
        _ => Vec::new(),
    };
    let (mut line, mut x) = (0, 0);
    let place = |label: &&str| {
        let width = fit::width(label) + MARK;
        if x > 0 && x + width > room {
            (line, x) = (line + 1, 0);
        }
        let placed = (line, x, width);
        x += width + BETWEEN;
        placed
    };
    labels.iter().map(place).collect()
}

/// A note has its line also when there is nothing to say, so that nothing jumps.
fn lines(text: &str, room: u16) -> u16 {
    lines_of(text, room).max(1)
}

fn lines_of(text: &str, room: u16) -> u16 {
    if text.is_empty() {
        return 0;
    }
    u16::try_from(fit::wrap(text, room).len()).unwrap_or(u16::MAX)
}
