//! A line of text that is typed.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use tui_input::{Input, InputRequest};

use crate::console::{fit, key::Key, theme::Theme};

#[derive(Clone, Debug, Default)]
pub struct Field(Input);

impl Field {
    pub fn new(text: &str) -> Self {
        Self(Input::from(text))
    }

    pub fn text(&self) -> &str {
        self.0.value()
    }

    /// Handles a key as readline does. Returns whether it was one for a text field.
    pub fn key(&mut self, key: Key) -> bool {
        let Some(request) = request(key) else { return false };
        self.0.handle(request);
        true
    }

    /// Inserts pasted text; line ends become spaces and other control characters vanish.
    pub fn paste(&mut self, text: &str) {
        let blank = |character| if matches!(character, '\r' | '\n' | '\t') { ' ' } else { character };
        let text = text.trim_end_matches(['\r', '\n']).chars().map(blank).filter(|character| !character.is_control());
        let before = self.before();
        let mut whole = before.to_owned();
        whole.extend(text);
        let cursor = whole.chars().count();
        whole.push_str(&self.text()[before.len()..]);
        self.0 = Input::new(whole).with_cursor(cursor);
    }

    /// As many marks as there are characters, with the cursor where it is.
    #[must_use]
    pub fn masked(&self) -> Self {
        let marks = "•".repeat(self.text().chars().count());
        Self(Input::new(marks).with_cursor(self.0.cursor()))
    }

    /// Takes the text out of the field.
    pub fn take(&mut self) -> String {
        self.0.value_and_reset()
    }

    /// The text before the cursor.
    pub fn before(&self) -> &str {
        let end = self.text().char_indices().nth(self.cursor()).map_or(self.text().len(), |(end, _)| end);
        &self.text()[..end]
    }

    pub fn is_at_end(&self) -> bool {
        self.before().len() == self.text().len()
    }

    /// Puts text behind the cursor, which stays.
    pub fn put_behind(&mut self, text: &str) {
        let cursor = self.cursor();
        let before = self.before();
        let text = format!("{before}{text}{}", &self.text()[before.len()..]);
        self.0 = Input::new(text).with_cursor(cursor);
    }

    /// The place of the cursor, in characters.
    pub fn cursor(&self) -> usize {
        self.0.cursor()
    }

    pub fn set_cursor(&mut self, cursor: usize) {
        self.0.handle(InputRequest::SetCursor(cursor));
    }

    /// Cuts off what stands behind the cursor.
    pub fn cut_off(&mut self) -> String {
        let end: String = self.text().chars().skip(self.cursor()).collect();
        self.0.handle(InputRequest::DeleteTillEnd);
        end
    }

    /// Draws the text scrolled so that the cursor is visible, and returns where that is.
    pub fn view(&self, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        self.view_with(&Marks::default(), theme, area, buffer)
    }

    /// As [`Field::view`], with what is said in the text.
    pub fn view_with(&self, marks: &Marks<'_>, theme: &Theme, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return None;
        }
        // One column stays free for the cursor behind the last character, and some for what may follow.
        let following = marks.following(self).min(area.width / 2);
        let scroll = self.0.visual_scroll(usize::from(area.width.saturating_sub(1 + following)).max(1));
        let cursor = self.0.visual_cursor().saturating_sub(scroll);
        buffer.set_style(Rect { height: 1, ..area }, theme.input.0);
        let mut hidden = 0;
        let mut x = area.x;
        let mut is_cut = false;
        for (text, style) in marks.parts(self.text(), theme) {
            let start = text.char_indices().find(|(_, character)| {
                let before = hidden;
                hidden += usize::from(fit::width(character.encode_utf8(&mut [0; 4])));
                before >= scroll
            });
            let Some((start, _)) = start else { continue };
            let text = &text[start..];
            let room = area.right() - x;
            is_cut |= fit::width(text) > room;
            (x, _) = buffer.set_stringn(x, area.y, text, usize::from(room), style);
        }
        let column = u16::try_from(cursor).unwrap_or(u16::MAX).min(area.width - 1);
        if scroll > 0 {
            hide_start(area, theme, buffer);
        }
        if is_cut && column + 1 < area.width {
            hide_end(area, theme, buffer);
        }
        Some(Position { x: area.x + column, y: area.y })
    }
}

/// What is drawn into a text while it is typed.
#[derive(Debug, Default)]
pub struct Marks<'a> {
    /// The part that is wrong, in bytes.
    pub wrong: Range<usize>,
    /// How it may go on behind that place, in bytes.
    pub rest: (usize, &'a str),
}

impl<'a> Marks<'a> {
    /// Columns from the cursor to the end of how its word may go on.
    fn following(&self, field: &Field) -> u16 {
        let (at, rest) = self.rest;
        let word = field.text().get(field.before().len()..at).unwrap_or_default();
        if rest.is_empty() { 0 } else { fit::width(word).saturating_add(fit::width(rest)) }
    }

    /// The text in parts of one style each.
    fn parts(&self, text: &'a str, theme: &Theme) -> Vec<(&'a str, Style)> {
        let (at, rest) = self.rest;
        let mut ends = vec![self.wrong.start, self.wrong.end, at, text.len()];
        // A place that is none in this text marks nothing of it, and hides nothing either.
        ends.retain(|end| text.is_char_boundary(*end));
        ends.sort_unstable();
        ends.dedup();
        let mut start = 0;
        let mut parts = Vec::new();
        for end in ends {
            let style = if self.wrong.contains(&start) { theme.error.0 } else { theme.input.0 };
            parts.push((&text[start..end], style));
            if end == at {
                parts.push((rest, theme.muted.0));
            }
            start = end;
        }
        parts
    }
}

/// Marks that the text begins further left.
fn hide_start(area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let first = &mut buffer[(area.x, area.y)];
    let covered = fit::width(first.symbol());
    first.set_symbol("‹").set_style(theme.muted.0);
    // The other half of a wide character.
    if covered > 1 && area.width > 1 {
        buffer[(area.x + 1, area.y)].set_symbol(" ");
    }
}

/// Marks that the text goes on further right.
fn hide_end(area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let last = area.right() - 1;
    // A wide character would cover the mark with its other half.
    if area.width > 1 && fit::width(buffer[(last - 1, area.y)].symbol()) > 1 {
        buffer[(last - 1, area.y)].set_symbol(" ");
    }
    buffer[(last, area.y)].set_symbol("›").set_style(theme.muted.0);
}

fn request(key: Key) -> Option<InputRequest> {
    let control = key.modifiers == KeyModifiers::CONTROL;
    let alt = key.modifiers == KeyModifiers::ALT;
    let plain = key.modifiers.is_empty();
    Some(match key.code {
        KeyCode::Char(character) if plain => InputRequest::InsertChar(character),
        KeyCode::Backspace if plain => InputRequest::DeletePrevChar,
        KeyCode::Backspace if alt || control => InputRequest::DeletePrevWord,
        KeyCode::Delete if plain => InputRequest::DeleteNextChar,
        KeyCode::Left if plain => InputRequest::GoToPrevChar,
        KeyCode::Right if plain => InputRequest::GoToNextChar,
        KeyCode::Left if control || alt => InputRequest::GoToPrevWord,
        KeyCode::Right if control || alt => InputRequest::GoToNextWord,
        KeyCode::Home if plain => InputRequest::GoToStart,
        KeyCode::End if plain => InputRequest::GoToEnd,
        KeyCode::Char(character) if control => match character {
            'a' => InputRequest::GoToStart,
            'e' => InputRequest::GoToEnd,
            'b' => InputRequest::GoToPrevChar,
            'f' => InputRequest::GoToNextChar,
            'h' => InputRequest::DeletePrevChar,
            'w' => InputRequest::DeletePrevWord,
            'u' => InputRequest::DeleteFromStart,
            'k' => InputRequest::DeleteTillEnd,
            _ => return None,
        },
        KeyCode::Char('b') if alt => InputRequest::GoToPrevWord,
        KeyCode::Char('f') if alt => InputRequest::GoToNextWord,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::{colour::Depth, theme::ThemeName};

    fn shown(field: &Field, marks: &Marks<'_>) -> (String, u16) {
        let theme = Theme::load(ThemeName::Dark, Depth::True);
        let area = Rect::new(0, 0, 8, 1);
        let mut buffer = Buffer::empty(area);
        let cursor = field.view_with(marks, &theme, area, &mut buffer).expect("room");
        ((0..8).map(|x| buffer[(x, 0)].symbol()).collect(), cursor.x)
    }

    #[test]
    fn a_text_that_is_longer_than_its_room_says_so_where_it_is_cut() {
        let at = |text: &str, cursor| {
            let mut field = Field::new(text);
            field.set_cursor(cursor);
            shown(&field, &Marks::default())
        };
        assert_eq!(at("staging", 7), ("staging ".to_owned(), 7));
        assert_eq!(at("staging-two", 11), ("‹ng-two ".to_owned(), 7));
        assert_eq!(at("staging-two", 0), ("staging›".to_owned(), 0));
        assert_eq!(at("staging-two", 8), ("‹aging-t".to_owned(), 7));
        assert_eq!(at("日本語日本語", 0), ("日 本 語  ›".to_owned(), 0));
    }

    #[test]
    fn what_may_follow_is_shown_where_the_word_ends_and_what_is_wrong_is_marked() {
        let mut field = Field::new("ti = x");
        field.set_cursor(1);
        let marks = Marks { wrong: 5..6, rest: (2, "tle") };
        assert_eq!(shown(&field, &marks), ("title =›".to_owned(), 1));
        let theme = Theme::load(ThemeName::Dark, Depth::True);
        let (input, error, muted) = (theme.input.0, theme.error.0, theme.muted.0);
        assert_eq!(marks.parts("ti = x", &theme), [("ti", input), ("tle", muted), (" = ", input), ("x", error)]);
        // A place of another text, within a character of this one or behind its end, hides nothing.
        for (wrong, at) in [(3..9, 0), (2..3, 3), (8..12, 20)] {
            let parts = Marks { wrong, rest: (at, "") }.parts("grö", &theme);
            assert_eq!(parts.into_iter().map(|(text, _)| text).collect::<String>(), "grö");
        }
        assert_eq!(Marks::default().parts("x", &theme), [("", input), ("", muted), ("x", input)]);
    }

    #[test]
    fn pasted_text_stands_at_the_cursor_however_long_it_is() {
        let mut field = Field::new("ac");
        field.set_cursor(1);
        field.paste("b\tb\x1b\r\n");
        assert_eq!((field.text(), field.cursor()), ("ab bc", 4));
        // One character after the other would take minutes.
        field.paste(&"é".repeat(500_000));
        assert_eq!((field.text().len(), field.cursor()), (1_000_005, 500_004));
    }
}
