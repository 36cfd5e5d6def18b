//! The first line of a page: its name, how much it lists, the filter, and a button.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::console::{
    fit,
    keymap::Keymap,
    shell::{Medium, Shell},
    theme::Paint,
    widget::Pen,
};

/// Below this the button is its short form.
const ROOMY: u16 = 56;

#[derive(Debug)]
pub struct Title<'a> {
    pub name: &'a str,
    /// How much is listed.
    pub count: String,
    pub filter: &'a str,
    /// What has to be said of what is listed.
    pub note: Option<(String, Paint)>,
    pub button: Option<Button>,
}

/// What a click runs, with the key that does the same.
#[derive(Clone, Copy, Debug)]
pub struct Button {
    /// `+ Create Table`, and what of it a narrow line has.
    pub text: &'static str,
    pub short: &'static str,
    pub command: &'static str,
}

impl Button {
    fn shown(self, keymap: &Keymap, line: Rect) -> String {
        let way = keymap.way(self.command);
        match (line.width >= ROOMY, self.short) {
            (true, _) => format!("[ {}  {way} ]", self.text),
            (false, "") => format!("[ {way} ]"),
            (false, short) => format!("[ {short} {way} ]"),
        }
    }

    pub fn area(self, keymap: &Keymap, line: Rect) -> Rect {
        let width = fit::width(&self.shown(keymap, line));
        Rect { x: line.right().saturating_sub(width + 1), width, ..line }.intersection(line)
    }
}

impl Title<'_> {
    pub fn view(&self, shell: &Shell, line: Rect, buffer: &mut Buffer) {
        let theme = &shell.theme;
        let mut end = line.right();
        // Where nothing can be clicked a button is a key, and the footer's are not there either.
        if let Some(button) = self.button.filter(|_| shell.medium == Medium::Screen) {
            let area = button.area(&shell.keymap, line);
            Pen::new(buffer, area).put(&button.shown(&shell.keymap, line), theme.accent);
            end = area.x;
        }
        let room = Rect { width: end.saturating_sub(line.x + 1), ..line };
        let mut pen = Pen::new(buffer, room);
        pen.skip(1).put(self.name, theme.strong).skip(2).put(&self.count, theme.muted);
        if !self.filter.is_empty() {
            pen.skip(2).put(&format!("/{}", self.filter), theme.accent);
        }
        if let Some((note, style)) = &self.note {
            pen.skip(2).put(note, *style);
        }
    }
}
