//! A file that is open, and a page without any.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Place, preview::Preview};
use crate::{
    console::{
        fit::{self, clean},
        page::{absence, list::Parts},
        shell::Shell,
        theme::Paint,
        widget::Pen,
    },
    domain::api::Environment,
};

pub fn preview(shell: &Shell, place: &Place, preview: &Preview, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let parts = Parts::of(area, 0);
    let file = &preview.file;
    let mut pen = Pen::new(buffer, parts.title);
    let extent = preview.document().and_then(|document| document.extent(parts.rows));
    let aside =
        extent.into_iter().chain([format!("{} files ", shell.keymap.way("back"))]).collect::<Vec<_>>().join("   ");
    if parts.title.width > fit::width(&aside) + 24 {
        pen.split_right(fit::width(&aside)).put(&aside, theme.muted);
    }
    pen.skip(1).put(&clean(&file.original_name), theme.strong).skip(2);
    let number = |number: usize| fit::grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let position = format!("{} of {}", number(place.list.paged.position() + 1), number(place.list.paged.pages.len()));
    pen.put_whole(&position, theme.muted).skip(2);
    if let Some(cut) = preview.cut() {
        pen.put(&cut, theme.warning);
    }
    if let Some(said) = preview.said(&shell.keymap) {
        absence::prose(&said, theme.text, parts.rows, buffer);
    } else if let Some(document) = preview.document() {
        document.view(shell, parts.rows, buffer);
    } else if let Some((text, style)) = reading(shell, preview) {
        absence::prose(&text, style, parts.rows, buffer);
    }
}

fn reading(shell: &Shell, preview: &Preview) -> Option<(String, Paint)> {
    let content = &preview.content;
    absence::of_reading(shell, content.failure(), content.awaited_since(), "beginning of the file")
}

/// What to do where there is nothing.
pub fn empty(shell: &Shell, environment: &Environment, area: Rect, buffer: &mut Buffer) {
    let way = absence::way_to_first(shell, "file-upload");
    let told =
        format!("{} has no file yet. Apps upload them; {way} uploads one by hand, and so does", environment.name);
    let same = format!("bkend file upload photo.jpg {}", shell.options(environment));
    absence::nothing_yet(shell, &told, &[same], area, buffer);
}
