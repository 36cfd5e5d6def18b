//! The first line: project, lock, connection, address.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::console::{
    command, fit,
    layout::Layout,
    lock::{Locks, guarded},
    shell::Shell,
    target::Target,
    widget::Pen,
};
use crate::domain::api::Environment;

const NAME: &str = " bkend  ";

pub fn view(shell: &Shell, area: Rect, buffer: &mut Buffer) {
    let theme = &shell.theme;
    let right = right(shell, area.width);
    let width = right.iter().map(|(text, _)| fit::width(text)).sum::<u16>();
    let mut pen = Pen::new(buffer, area);
    {
        let mut end = pen.split_right(width);
        for (text, style) in &right {
            end.put(text, *style);
        }
    }
    pen.put(NAME, theme.accent.0.patch(theme.strong.0));
    let project = project(shell);
    pen.put(&project, theme.strong);
    if let Some(place) = place(shell) {
        pen.put(&place, theme.muted);
    }
}

/// The page's name, where there is no sidebar to say it.
fn place(shell: &Shell) -> Option<String> {
    let layout = Layout::of(shell.area)?;
    layout.sidebar.is_none().then(|| format!(" › {}", shell.page.title()))
}

fn project(shell: &Shell) -> String {
    match &shell.project {
        Some(project) => project.name.clone(),
        None => match shell.projects.value() {
            Some(_) => "no project".into(),
            None => "…".into(),
        },
    }
}

/// Lock, connection and address, from the right edge inwards; what does not fit is left out.
fn right(shell: &Shell, width: u16) -> Vec<(String, Style)> {
    let theme = &shell.theme;
    let now = shell.now;
    let (connection, more) = shell.connection.describe(now, shell.zone);
    let place = place(shell).map_or(0, |place| fit::width(&place));
    let room = width.saturating_sub(fit::width(NAME) + fit::width(&project(shell)) + place + 2);
    let mut parts = vec![(connection, shell.connection.style(theme))];
    let taken = |parts: &[(String, Style)]| parts.iter().map(|(text, _)| fit::width(text)).sum::<u16>() + 1;
    let address = format!("  {}", shell.url.trim_start_matches("http://"));
    let lock = lock(shell);
    let tasks = shell.tasks.summary().map(|summary| format!("{summary}  ")).unwrap_or_default();
    for (text, style, first) in [
        (lock.0, lock.1, true),
        (tasks, theme.accent.0, true),
        (more.to_owned(), shell.connection.style(theme), false),
        (address, theme.muted.0, false),
    ] {
        if !text.is_empty() && taken(&parts) + fit::width(&text) <= room {
            parts.insert(if first { 0 } else { parts.len() }, (text, style));
        }
    }
    parts.push((" ".into(), theme.text.0));
    parts
}

/// Whether the selected environment can be changed, where that is not a matter of course.
fn lock(shell: &Shell) -> (String, Style) {
    let theme = &shell.theme;
    let held = |environment: &&Environment| guarded(environment) || shell.locks.holds(environment, shell.now.uptime);
    let Some(environment) = shell.selected().filter(held) else {
        return (String::new(), theme.text.0);
    };
    match shell.locks.left(&environment.id, shell.now.uptime) {
        Some(left) => (format!("{} unlocked, {} left  ", environment.name, Locks::describe(left)), theme.warning.0),
        None => (format!("{} read-only  ", environment.name), theme.production.0),
    }
}

pub fn target(shell: &Shell, area: Rect, position: Position) -> Option<Target> {
    let start = area.x + fit::width(NAME);
    let end = start + fit::width(&project(shell));
    (start..end).contains(&position.x).then(|| command::named("project-switch").map(Target::Command)).flatten()
}
