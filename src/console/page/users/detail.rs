//! The pane below the list: what is to be known of the user under the cursor, and where they are
//! signed in.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{device::device, sessions::Sessions};
use crate::{
    console::{
        fit::{self, clean},
        shell::Shell,
        widget::Pen,
    },
    domain::{account::ListedUser, session::Session},
};

/// Lines of the pane; a tall screen has room for more sessions.
const LOW: u16 = 6;
const TALL: u16 = 11;
const TALL_FROM: u16 = 34;
const LABEL: u16 = 10;
const INSET: u16 = 1;

pub const fn height(shell: &Shell) -> u16 {
    if shell.area.height >= TALL_FROM { TALL } else { LOW }
}

pub fn view(shell: &Shell, listed: &ListedUser, sessions: &Sessions, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let user = &listed.user;
    let mut pen = labelled(shell, "E-mail", area, 0, buffer);
    pen.put(&clean(&user.email), theme.accent);
    match user.email_verified {
        Some(at) => {
            pen.put("  ✓ ", theme.success).put_whole(&format!("verified {}", shell.zone.minute(at)), theme.muted)
        }
        None => pen.put_whole("  not verified", theme.muted),
    };
    let mut pen = labelled(shell, "Id", area, 1, buffer);
    pen.put(&clean(&user.id), theme.text);
    pen.put_whole(&format!("   created {}", shell.zone.minute(user.created_at)), theme.muted);
    let mut pen = labelled(shell, "Signs in", area, 2, buffer);
    if listed.has_password {
        pen.put("with a password", theme.text);
    } else {
        pen.put("has no password: ", theme.text).put(&shell.keymap.way("user-invite"), theme.key);
        pen.put(" invites them to set one", theme.muted);
    }
    profile(shell, listed, area, buffer);
    self::sessions(shell, listed, sessions, area, buffer);
}

fn profile(shell: &Shell, listed: &ListedUser, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let user = &listed.user;
    let mut pen = labelled(shell, "Profile", area, 3, buffer);
    let nickname = user.nickname.as_deref().map(clean);
    let facts = [
        ("nickname ", nickname.as_deref()),
        ("onboarding ", Some(&*user.onboarding_status)),
        ("picture ", user.image.as_deref()),
    ];
    let mut gap = 0;
    for (label, text) in facts.into_iter().filter_map(|(label, text)| Some((label, text?))) {
        if gap == 0 || pen.room() > gap + fit::width(label) + fit::width(text).min(12) {
            pen.skip(gap).put(label, theme.muted).put(text, theme.text);
            gap = 3;
        }
    }
}

fn sessions(shell: &Shell, listed: &ListedUser, sessions: &Sessions, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let lines = area.height.saturating_sub(4);
    let first = 4;
    if listed.sessions == 0 {
        let mut pen = labelled(shell, "Sessions", area, first, buffer);
        pen.put("none", theme.muted);
        if let Some(at) = listed.last_seen_at {
            pen.put(&format!(", last seen {}", fit::ago(shell.age(at))), theme.muted);
        }
        return;
    }
    let Some(known) = sessions.of(&listed.user.id) else {
        let text = match sessions.failure(&listed.user.id) {
            Some(failure) => format!("{}, which could not be read: {failure}", listed.sessions),
            None => fit::grouped(listed.sessions),
        };
        labelled(shell, "Sessions", area, first, buffer).put(&text, theme.text);
        return;
    };
    let shown = if known.len() > usize::from(lines) { lines.saturating_sub(1) } else { lines };
    for (line, session) in (0..shown).zip(known) {
        let label = if line == 0 { "Sessions" } else { "" };
        let mut pen = labelled(shell, label, area, first + line, buffer);
        pen.put(&line_of(shell, session), theme.text);
        pen.put_whole(&format!(", signed in {}", fit::ago(shell.age(session.created_at))), theme.muted);
    }
    let more = known.len().saturating_sub(usize::from(shown));
    if more > 0 && shown < lines {
        let label = if shown == 0 { "Sessions" } else { "" };
        let mut pen = labelled(shell, label, area, first + shown, buffer);
        let text = if shown == 0 { fit::count(listed.sessions, "session") } else { format!("and {more} more") };
        pen.put(&format!("{text}: "), theme.muted).put(&shell.keymap.way("user-sessions-end"), theme.key);
        pen.put(" shows and ends them", theme.muted);
    }
}

/// `Firefox on Linux, 127.0.0.1, seen 3 m ago`.
pub fn line_of(shell: &Shell, session: &Session) -> String {
    let from = session.ip_address.as_deref().map(|ip| format!(", {}", clean(ip))).unwrap_or_default();
    let device = device(session.user_agent.as_deref());
    format!("{}{from}, seen {}", clean(&device), fit::ago(shell.age(session.last_activity_at)))
}

fn labelled<'a>(shell: &Shell, label: &str, area: Rect, line: u16, buffer: &'a mut Buffer) -> Pen<'a> {
    let mut pen = Pen::line(buffer, area, line);
    pen.skip(INSET).column(label, LABEL, shell.theme.muted);
    pen
}
