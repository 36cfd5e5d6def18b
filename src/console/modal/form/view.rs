//! Drawing a form.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{Form, Input, Note, Subject, places::Places};
use crate::console::{fit, modal::dialog, shell::Shell, theme::Theme, widget::Pen};

impl<S: Subject> Form<S> {
    pub(super) fn draw(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let notes = self.notes(shell);
        let places = self.places(&notes, area);
        dialog::open(frame, theme, places.outer, &self.subject.title(shell));
        let buffer = frame.buffer_mut();
        let mut cursor = None;
        for (place, ((label, field, explanation), note)) in self.values.shown().zip(&notes).enumerate() {
            let focused = place == self.focus;
            let style = if focused { theme.accent } else { theme.muted };
            Pen::new(buffer, places.label(place)).put(&fit::truncate(label, places.label - 1), style);
            let position = input(field, place, focused, &places, theme, buffer);
            cursor = if focused { position } else { cursor };
            dialog::note(buffer, places.note(place), note.text(), note.style(theme));
            dialog::note(buffer, places.explanation(place), explanation, theme.muted);
        }
        self.last(theme, &places, &notes, buffer);
        if let Some(cursor) = cursor {
            frame.set_cursor_position(cursor);
        }
    }

    /// What `enter` does, or what `esc` would forget.
    fn last(&self, theme: &Theme, places: &Places, notes: &[Note], buffer: &mut Buffer) {
        let mut pen = Pen::new(buffer, places.last);
        if places.is_cut {
            let place = format!("field {} of {}", self.focus + 1, self.values.len());
            pen.split_right(fit::width(&place)).put(&place, theme.muted);
        }
        if self.leaving {
            pen.put("esc again discards what was typed", theme.warning);
            return;
        }
        pen.put(if self.takes_lines() { "ctrl-s" } else { "enter" }, theme.key);
        if notes.iter().any(|note| matches!(note, Note::Refused(_))) {
            pen.put(" tries again", theme.muted);
        } else {
            pen.put(&format!(" {}", S::PROMISE), theme.muted).put_whole(S::ASIDE, theme.muted);
        }
    }
}

/// Draws a field and returns where its cursor is.
fn input(
    input: &Input,
    place: usize,
    focused: bool,
    places: &Places,
    theme: &Theme,
    buffer: &mut Buffer,
) -> Option<Position> {
    let area = places.input(place);
    match input {
        Input::Text(field) | Input::Word(field) => field.view(theme, area, buffer),
        Input::Secret(secret) => secret.masked().view(theme, area, buffer),
        Input::Lines(text, _) => text.view(theme, area, buffer),
        Input::Choice { options, chosen } => {
            for (option, area) in places.options(place).enumerate() {
                let (mark, style) = match (option == *chosen, focused) {
                    (true, true) => ("◉ ", theme.selection),
                    (true, false) => ("◉ ", theme.strong),
                    (false, _) => ("○ ", theme.muted),
                };
                Pen::new(buffer, area).put(mark, style).put(options.get(option).map_or("", |option| option), style);
            }
            None
        }
        Input::Toggle(on) => {
            let style = if focused { theme.selection } else { theme.strong };
            let text = if *on { "◉ yes" } else { "○ no " };
            for area in places.options(place) {
                Pen::new(buffer, area).put(text, style);
            }
            None
        }
    }
}
