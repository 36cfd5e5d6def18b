//! The pane below the list: what is to be known of the key under the cursor.

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect};

use super::list::{expires, scopes, used};
use crate::{
    console::{fit, shell::Shell, widget::Pen},
    domain::api::Key,
};

/// Lines of the pane.
pub const HEIGHT: u16 = 5;
const LABEL: u16 = 9;
const INSET: u16 = 1;

/// Where the key is, for clicks.
pub fn key_lines(pane: Rect) -> Rect {
    Rect { height: pane.height.min(2), ..pane }
}

/// `until` is set while the key is readable.
pub fn view(
    shell: &Shell,
    key: &Key,
    replaced: Option<String>,
    until: Option<Duration>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = &shell.theme;
    let (show, copy) = (shell.keymap.way("key-show"), shell.keymap.way("key-copy"));
    let left = until.map(|until| until.saturating_sub(shell.now.uptime)).filter(|left| !left.is_zero());
    match (&key.key, left) {
        (Some(text), Some(left)) => {
            let room = area.width.saturating_sub(INSET + LABEL + 1);
            let lines = fit::wrap(text, room);
            for (line, text) in (0..2).zip(&lines) {
                let label = if line == 0 { "Key" } else { "" };
                labelled(shell, label, area, line, buffer).put(text, theme.accent);
            }
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            let mut pen = labelled(shell, "", area, u16::try_from(lines.len()).unwrap_or(1).min(2), buffer);
            pen.put(&copy, theme.key).put(&format!(" copies it; hidden again in {seconds} s"), theme.muted);
        }
        (text, _) => {
            labelled(shell, "Key", area, 0, buffer).put(&key.mask, theme.accent);
            let mut pen = labelled(shell, "", area, 1, buffer);
            if let Some(replaced) = replaced {
                pen.put(&replaced, theme.warning);
            } else if text.is_some() {
                pen.put(&show, theme.key).put(" shows it, ", theme.muted).put(&copy, theme.key);
                pen.put(" copies it", theme.muted);
            } else {
                pen.put("was shown once, when it was created", theme.muted);
            }
        }
    }
    labelled(shell, "Scopes", area, 3, buffer).put(&scopes(key), theme.text);
    let (ends, style) = expires(shell, key);
    let mut pen = labelled(shell, "Expires", area, 4, buffer);
    pen.put(&ends, style);
    if let Some(at) = key.expires_at {
        pen.skip(2).put(&shell.zone.minute(at), theme.muted);
    }
    for (label, text) in [("used ", used(shell, key)), ("created ", shell.zone.minute(key.created_at))] {
        if pen.room() > 3 + fit::width(label) + fit::width(&text) {
            pen.skip(3).put(label, theme.muted).put(&text, theme.text);
        }
    }
}

fn labelled<'a>(shell: &Shell, label: &str, area: Rect, line: u16, buffer: &'a mut Buffer) -> Pen<'a> {
    let mut pen = Pen::line(buffer, area, line);
    pen.skip(INSET).column(label, LABEL, shell.theme.muted);
    pen
}
