//! The pane below the list: what is to be known of the file under the cursor.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    console::{
        fit::{self, clean},
        shell::Shell,
        widget::Pen,
    },
    domain::file::{Visibility, wire::File},
};

/// Lines of the pane.
pub const HEIGHT: u16 = 6;
const LABEL: u16 = 9;
const INSET: u16 = 1;

pub fn view(shell: &Shell, file: &File, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let mut pen = labelled(shell, "Type", area, 0, buffer);
    pen.put(&clean(&file.mime_type), theme.text).skip(3).put(&fit::bytes(file.size), theme.text);
    if file.size >= 1000 {
        pen.put_whole(&format!(", {}", fit::count(file.size, "byte")), theme.muted);
    }
    if let (Some(width), Some(height)) = (file.width, file.height) {
        pen.put_whole(&format!("   {width} x {height}"), theme.muted);
    }
    let mut pen = labelled(shell, "Read by", area, 1, buffer);
    pen.put(read_by(file.visibility), theme.text);
    if let Some(url) = file.url.as_deref().filter(|_| file.visibility == Visibility::Public) {
        let url = clean(url);
        if pen.room() >= 4 + fit::width(&url) {
            pen.put(" at ", theme.muted).put(&url, theme.accent);
        }
    }
    let mut pen = labelled(shell, "Owner", area, 2, buffer);
    pen.put(file.owner_type.as_str(), theme.text).skip(1).put(&clean(&file.owner_id), theme.muted);
    labelled(shell, "Id", area, 3, buffer).put(&clean(&file.id), theme.text);
    let mut pen = labelled(shell, "Key", area, 4, buffer);
    pen.put(&clean(&file.s3_key), theme.text);
    let mut pen = labelled(shell, "Created", area, 5, buffer);
    pen.put(&shell.zone.minute(file.created_at), theme.text);
    if file.updated_at != file.created_at {
        pen.put_whole(&format!("   changed {}", fit::ago(shell.age(file.updated_at))), theme.muted);
    }
    if !file.metadata.is_empty() {
        let text = serde_json::to_string(&file.metadata).unwrap_or_default();
        pen.skip(3).put("metadata ", theme.muted).put(&clean(&text), theme.text);
    }
}

pub const fn read_by(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "anyone, without signing in",
        Visibility::Protected => "any signed-in user",
        Visibility::Shared => "its owner and named users",
        Visibility::Private => "its owner alone",
    }
}

fn labelled<'a>(shell: &Shell, label: &str, area: Rect, line: u16, buffer: &'a mut Buffer) -> Pen<'a> {
    let mut pen = Pen::line(buffer, area, line);
    pen.skip(INSET).column(label, LABEL, shell.theme.muted);
    pen
}
