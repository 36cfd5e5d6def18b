//! A line of text that is typed.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
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
        for character in text.trim_end_matches(['\r', '\n']).chars() {
            let character = if matches!(character, '\r' | '\n' | '\t') { ' ' } else { character };
            if !character.is_control() {
                self.0.handle(InputRequest::InsertChar(character));
            }
        }
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
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return None;
        }
        // One column stays free for the cursor behind the last character.
        let scroll = self.0.visual_scroll(usize::from(area.width.saturating_sub(1)).max(1));
        let cursor = self.0.visual_cursor().saturating_sub(scroll);
        buffer.set_style(Rect { height: 1, ..area }, theme.input.0);
        let mut hidden = 0;
        let start = self
            .text()
            .char_indices()
            .find(|(_, character)| {
                let before = hidden;
                hidden += usize::from(fit::width(character.encode_utf8(&mut [0; 4])));
                before >= scroll
            })
            .map_or(self.text().len(), |(index, _)| index);
        buffer.set_stringn(area.x, area.y, &self.text()[start..], usize::from(area.width), theme.input.0);
        if scroll > 0 {
            hide_start(area, theme, buffer);
        }
        let column = u16::try_from(cursor).unwrap_or(u16::MAX).min(area.width - 1);
        Some(Position { x: area.x + column, y: area.y })
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

    #[test]
    fn a_text_whose_start_is_hidden_says_so() {
        let theme = Theme::load(ThemeName::Dark, Depth::True);
        let shown = |text: &str| {
            let area = Rect::new(0, 0, 8, 1);
            let mut buffer = Buffer::empty(area);
            let cursor = Field::new(text).view(&theme, area, &mut buffer);
            let line: String = (0..8).map(|x| buffer[(x, 0)].symbol()).collect();
            (line, cursor.map(|cursor| cursor.x))
        };
        assert_eq!(shown("staging"), ("staging ".to_owned(), Some(7)));
        assert_eq!(shown("staging-two"), ("‹ng-two ".to_owned(), Some(7)));
    }
}
