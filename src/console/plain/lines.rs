//! What is shown, as lines: drawn as for the screen, and read off without what only the eye needs.

use std::mem;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, layout::Rect};

use super::columns::{self, Columns};
use crate::console::{layout::Layout, state::State};

/// The place that is shown, and its lines.
pub fn of(state: &mut State) -> (String, Vec<String>) {
    let theme = mem::replace(&mut state.shell.theme, columns::theme());
    let told = told(state);
    state.shell.theme = theme;
    told
}

fn told(state: &State) -> (String, Vec<String>) {
    let shell = &state.shell;
    let mut lines = header(state);
    let mut place = format!("{:?} {:?}", shell.page, shell.selected_id());
    if let Some(modal) = shell.modals.last() {
        let text =
            modal.lines(shell).unwrap_or_else(|| drawn(shell.area, |frame| modal.view(shell, shell.area, frame)));
        place.push_str(text.first().map(String::as_str).unwrap_or_default());
        lines.extend(text);
        if modal.is_only_read() {
            return (place, lines);
        }
        let hints: Vec<_> = modal.hints().into_iter().map(|(key, does)| format!("{key} {does}")).collect();
        lines.push(format!("Keys: {}", hints.join(", ")));
        return (place, lines);
    }
    if let Some(opened) = state.page().opened(shell) {
        place.push_str(opened);
    }
    if let Some(layout) = Layout::of(shell.area) {
        let mut buffer = Buffer::empty(shell.area);
        state.page().view(shell, layout.main, &mut buffer);
        lines.extend(read(&buffer, layout.main));
    }
    if shell.is_filtering() {
        lines.push(format!("Filter: {}", state.page().filter(shell)));
    }
    (place, lines)
}

/// Which environment, how it is, and whether all of this is live.
fn header(state: &State) -> Vec<String> {
    let shell = &state.shell;
    let (connection, more) = shell.connection.describe(shell.now, shell.zone);
    let project = shell.project.as_ref().map_or("no project", |project| &project.name);
    let mut lines = vec![format!("Project {project}, {}{more}, {}", without_marks(&connection), shell.url)];
    match shell.environments.selected() {
        Some(entry) => {
            let environment = &entry.environment;
            let place = shell.environments.selected_position().unwrap_or(0) + 1;
            let held = if shell.locks.holds(environment, shell.now.uptime) { ", read-only" } else { "" };
            lines.push(format!(
                "Environment {}, {}, {}{held}, {place} of {}; page {}",
                environment.name,
                environment.kind.label(),
                environment.status.label(),
                shell.environments.len(),
                shell.page.title(),
            ));
        }
        None => lines.push(format!("Page {}", shell.page.title())),
    }
    if let Some(tasks) = shell.tasks.summary() {
        lines.push(format!("Under way: {tasks}"));
    }
    lines
}

fn drawn(area: Rect, draw: impl FnOnce(&mut ratatui::Frame<'_>)) -> Vec<String> {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(area.width, area.height));
    let Ok(frame) = terminal.draw(draw);
    read(frame.buffer, area)
}

/// What an area says: the lines of a list behind their titles, up to the next rule, the rest as it is.
fn read(buffer: &Buffer, area: Rect) -> Vec<String> {
    let mut above: Option<Columns> = None;
    let mut lines = Vec::new();
    for line in columns::drawn(buffer, area) {
        match (Columns::begin(&line), is_rule(&line.text())) {
            (Some(begun), false) => {
                lines.push(begun.titles(&line));
                above = Some(begun);
                continue;
            }
            // It parts what is below the same titles.
            (Some(_), true) | (None, false) => {}
            (None, true) => above = None,
        }
        let row = above.as_ref().and_then(|columns| columns.row(&line));
        lines.extend(row.or_else(|| line_of(&line.text())));
    }
    lines
}

fn is_rule(line: &str) -> bool {
    line.contains("──")
}

/// A line of the screen as a line of text: cells parted by commas. Nothing if it holds nothing.
fn line_of(line: &str) -> Option<String> {
    let is_frame = |c: char| matches!(c, '─' | '│' | '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴');
    let is_rule = is_rule(line);
    let line: String = line.chars().map(|c| if is_frame(c) { ' ' } else { c }).collect();
    let selected = line.contains('▌');
    let cells: Vec<_> =
        line.split("  ").map(|cell| without_marks(cell.trim())).filter(|cell| !cell.is_empty()).collect();
    if cells.is_empty() {
        return None;
    }
    let text = cells.join(", ");
    Some(match (selected, is_rule) {
        (true, _) => format!("> {text}"),
        (false, true) => format!("{text}:"),
        (false, false) => text,
    })
}

/// The words without the marks beside them; a mark that stands for a word becomes one.
pub fn without_marks(text: &str) -> String {
    let text = text.replace('✓', "ok").replace("✗ Failed", "Failed").replace('✗', "failed").replace('◉', "chosen");
    let text: String = text.chars().filter(|c| !is_mark(*c)).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Alone it stands where nothing is known or to be said.
    if text == "·" { "-".to_owned() } else { text }
}

/// What is beside a word that says the same, or only moves.
const fn is_mark(character: char) -> bool {
    matches!(character, '●' | '◐' | '○' | '◌' | '▌' | '▐' | '▏' | '▕' | '━' | '\u{2800}'..='\u{28ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_text_like_any_other() {
        assert_eq!(line_of("  note   [ ] buy milk").as_deref(), Some("note, [ ] buy milk"));
        assert_eq!(line_of(" [ ] one   two [ ]").as_deref(), Some("[ ] one, two [ ]"));
    }
}
