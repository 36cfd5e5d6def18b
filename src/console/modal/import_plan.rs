//! What an import will do, read before anything is done.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog, import_form::ImportForm};
use crate::{
    client::import::{
        Plan, Wanted,
        report::{self, Line, Part, Reader},
    },
    console::{
        effect::Effect,
        fit,
        key::Key,
        motion::Motion,
        shell::Shell,
        task::{Agreed, Task, TaskId},
        theme::{Paint, Theme},
        widget::Pen,
    },
    domain::{EnvironmentId, api::Environment},
};

const WIDTH: u16 = 100;
/// Columns between cells.
const GAP: u16 = 2;
/// The last column goes on below itself if it has this much room.
const LAST: u16 = 20;
/// Lines below the plan: air, and what can be done about it.
const BELOW: u16 = 2;

#[derive(Debug)]
pub struct ImportPlan {
    environment: EnvironmentId,
    wanted: Wanted,
    /// What reads the export.
    task: TaskId,
    state: State,
    first: usize,
}

#[derive(Debug)]
enum State {
    Reading,
    Failed(String),
    Planned { plan: Box<Plan>, parts: Vec<Part> },
}

impl ImportPlan {
    /// Begins to read the export, and shows the plan once it is made.
    pub fn open(shell: &mut Shell, project: String, environment: Environment, wanted: Wanted) -> Vec<Effect> {
        let id = environment.id.clone();
        let survey = Task::Survey { project, environment: Box::new(environment), wanted: Box::new(wanted.clone()) };
        let effects = shell.start(survey);
        let task = effects.iter().find_map(|effect| match effect {
            Effect::Start { id, .. } => Some(*id),
            _ => None,
        });
        if let Some(task) = task {
            shell.open(Self { environment: id, wanted, task, state: State::Reading, first: 0 });
        }
        effects
    }

    /// Why the plan cannot be carried out, or that there is nothing to do. Its end has the details.
    fn obstacle(plan: &Plan) -> Option<&'static str> {
        if !plan.problems.is_empty() {
            return Some("G shows what cannot be read; until that is mended nothing is imported");
        }
        if !plan.conflicts.is_empty() {
            return Some("G shows what is in the way; as it is, nothing is imported");
        }
        (!plan.has_work()).then_some("everything of it is imported already")
    }

    fn agree(&mut self, shell: &mut Shell) -> Outcome {
        match std::mem::replace(&mut self.state, State::Reading) {
            State::Planned { plan, .. } if Self::obstacle(&plan).is_none() => {
                let choices = self.wanted.choices;
                let agreed = Agreed { environment: self.environment.clone(), plan, choices };
                Outcome::Done(shell.start(Task::Import(Box::new(agreed))))
            }
            state => {
                self.state = state;
                Outcome::Stay
            }
        }
    }

    /// Nobody waits for the reading any more.
    fn leave(&self, shell: &mut Shell) -> Outcome {
        if shell.tasks.stop(self.task) { Outcome::Done(vec![Effect::Stop(self.task)]) } else { Outcome::Close }
    }

    /// The form again, with what was typed.
    fn change(&self, shell: &mut Shell) -> Outcome {
        shell.open(ImportForm::with(self.environment.clone(), &self.wanted));
        self.leave(shell)
    }

    fn outer(&self, area: Rect) -> Rect {
        let room = dialog::inside(dialog::place(area, WIDTH, 0)).width;
        let lines = match &self.state {
            State::Planned { parts, .. } => laid_out(parts, room).len(),
            State::Reading | State::Failed(_) => 2,
        };
        let lines = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(BELOW);
        dialog::place(area, WIDTH, lines.min(area.height.saturating_sub(2)))
    }

    fn move_by(&mut self, shell: &Shell, motion: Motion) {
        let State::Planned { parts, .. } = &self.state else { return };
        let inner = dialog::inside(self.outer(shell.modal_area()));
        let page = usize::from(inner.height.saturating_sub(BELOW)).max(1);
        let last = laid_out(parts, inner.width).len().saturating_sub(page);
        self.first = motion.apply(self.first.min(last), last + 1, page);
    }

    fn view_plan(&self, shell: &Shell, plan: &Plan, parts: &[Part], outer: Rect, frame: &mut Frame<'_>) {
        let inner = dialog::inside(outer);
        let (theme, buffer) = (&shell.theme, frame.buffer_mut());
        let lines = laid_out(parts, inner.width);
        let height = inner.height.saturating_sub(BELOW);
        let first = self.first.min(lines.len().saturating_sub(usize::from(height)));
        for (y, line) in (0..height).zip(lines.iter().skip(first)) {
            Pen::line(buffer, inner, y).put(&line.text, line.tone.paint(theme));
        }
        dialog::extent(buffer, theme, outer, fit::extent(first, usize::from(height), lines.len()));
        let mut pen = Pen::line(buffer, inner, inner.height.saturating_sub(1));
        match Self::obstacle(plan) {
            Some(obstacle) => pen.put(obstacle, theme.warning),
            None => pen.put("enter", theme.key).put(" imports it, while you go on", theme.text),
        };
    }
}

impl Modal for ImportPlan {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc | KeyCode::Char('q') => return self.leave(shell),
            KeyCode::Enter => return self.agree(shell),
            KeyCode::Char('e') => return self.change(shell),
            KeyCode::Down | KeyCode::Char('j') => self.move_by(shell, Motion::Lines(1)),
            KeyCode::Up | KeyCode::Char('k') => self.move_by(shell, Motion::Lines(-1)),
            KeyCode::Char('d') if control => self.move_by(shell, Motion::HalfPages(1)),
            KeyCode::Char('u') if control => self.move_by(shell, Motion::HalfPages(-1)),
            KeyCode::PageDown => self.move_by(shell, Motion::Pages(1)),
            KeyCode::PageUp => self.move_by(shell, Motion::Pages(-1)),
            KeyCode::Home | KeyCode::Char('g') => self.move_by(shell, Motion::First),
            KeyCode::End | KeyCode::Char('G') => self.move_by(shell, Motion::Last),
            _ => {}
        }
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        if dialog::is_outside(self.outer(area), position) { self.leave(shell) } else { Outcome::Stay }
    }

    fn scroll(&mut self, shell: &mut Shell, lines: isize) {
        self.move_by(shell, Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let environment = shell.name_of(&self.environment).unwrap_or_default();
        let title = format!("Import {} into {environment}", self.wanted.directory.display());
        let outer = self.outer(area);
        let inner = dialog::open(frame, theme, outer, &fit::clean(&title));
        match &self.state {
            State::Reading => {
                let amount = shell.tasks.get(self.task).map(crate::console::task::Entry::amount).unwrap_or_default();
                let text = format!("reading, {amount}; nothing is changed by that");
                dialog::note(frame.buffer_mut(), inner, &text, theme.muted);
            }
            State::Failed(reason) => dialog::note(frame.buffer_mut(), inner, &fit::clean(reason), theme.error),
            State::Planned { plan, parts } => self.view_plan(shell, plan, parts, outer, frame),
        }
    }

    fn objection(&self, _shell: &Shell) -> Option<String> {
        match &self.state {
            State::Failed(reason) => Some(reason.clone()),
            _ => None,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let change = ("e", "change the choices");
        match &self.state {
            State::Reading => vec![("esc", "stop reading")],
            State::Failed(_) => vec![change, ("esc", "close")],
            State::Planned { plan, .. } if Self::obstacle(plan).is_some() => {
                vec![("j k", "move"), change, ("esc", "close")]
            }
            State::Planned { .. } => vec![("enter", "import"), ("j k", "move"), change, ("esc", "cancel")],
        }
    }

    fn awaits_plan(&self) -> Option<TaskId> {
        matches!(self.state, State::Reading).then_some(self.task)
    }

    fn planned(&mut self, result: Result<Box<Plan>, String>) {
        self.state = match result {
            Ok(plan) => State::Planned { parts: report::parts(&plan, Reader::Console), plan },
            Err(reason) => State::Failed(reason),
        };
    }
}

/// A line of the plan as it stands on the screen.
#[derive(Debug, PartialEq, Eq)]
struct Laid {
    text: String,
    tone: Tone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Text,
    Heading,
    Wrong,
}

impl Tone {
    const fn paint(self, theme: &Theme) -> Paint {
        match self {
            Self::Text => theme.text,
            Self::Heading => theme.muted,
            Self::Wrong => theme.warning,
        }
    }
}

/// The parts broken to the width, with a line of air between them.
fn laid_out(parts: &[Part], width: u16) -> Vec<Laid> {
    let mut lines = Vec::new();
    for part in parts {
        if !lines.is_empty() {
            lines.push(Laid { text: String::new(), tone: Tone::Text });
        }
        for group in part.chunk_by(|one, other| is_aligned(one) && is_aligned(other)) {
            match group {
                [Line::Text(text)] => lines.extend(indented(text, width, Tone::Text)),
                [Line::Wrong(text)] => lines.extend(indented(text, width, Tone::Wrong)),
                _ => lines.extend(aligned(group, width)),
            }
        }
    }
    lines
}

const fn is_aligned(line: &Line) -> bool {
    matches!(line, Line::Heading(_) | Line::Cells(_))
}

/// A text that goes on as far in as it began.
fn indented(text: &str, width: u16, tone: Tone) -> Vec<Laid> {
    let text = fit::clean(text);
    let inside = text.trim_start();
    let indent = text.len() - inside.len();
    let room = width.saturating_sub(u16::try_from(indent).unwrap_or(u16::MAX));
    let line = |line| Laid { text: format!("{}{line}", " ".repeat(indent)), tone };
    fit::wrap(inside, room).into_iter().map(line).collect()
}

fn aligned(group: &[Line], width: u16) -> Vec<Laid> {
    let rows: Vec<(Vec<String>, Tone)> = group
        .iter()
        .filter_map(|line| match line {
            Line::Heading(names) => Some((names.iter().map(|name| (*name).to_owned()).collect(), Tone::Heading)),
            Line::Cells(cells) => Some((cells.iter().map(|cell| fit::clean(cell).into_owned()).collect(), Tone::Text)),
            Line::Text(_) | Line::Wrong(_) => None,
        })
        .collect();
    let count = rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
    let cells = |column: usize| rows.iter().filter_map(move |(cells, tone)| Some((cells.get(column)?, *tone)));
    let last = count.saturating_sub(1);
    // The last column keeps what room it needs; a name that is too long gives way to it.
    let most = width.saturating_sub(LAST) / 2;
    let widths: Vec<u16> =
        (0..last).map(|column| cells(column).map(|(cell, _)| fit::width(cell)).max().unwrap_or(0).min(most)).collect();
    let is_number = |cell: &str| !cell.is_empty() && cell.chars().all(|c| c.is_ascii_digit() || c == ',');
    let numeric: Vec<bool> =
        (0..last).map(|column| cells(column).all(|(cell, tone)| tone == Tone::Heading || is_number(cell))).collect();
    let before: u16 = widths.iter().map(|width| width + GAP).sum();
    let mut lines = Vec::new();
    for (cells, tone) in &rows {
        let mut text = String::new();
        for (cell, (width, numeric)) in cells.iter().zip(widths.iter().zip(&numeric)) {
            let cell = fit::truncate(cell, *width);
            let padding = " ".repeat(usize::from(width - fit::width(&cell)));
            let gap = " ".repeat(usize::from(GAP));
            text.extend(if *numeric { [&padding, &*cell, &gap] } else { [&*cell, &padding, &gap] });
        }
        let rest = cells.get(last).map(String::as_str).unwrap_or_default();
        for (place, part) in fit::wrap(rest, width.saturating_sub(before)).into_iter().enumerate() {
            let start = if place == 0 { text.clone() } else { " ".repeat(usize::from(before)) };
            lines.push(Laid { text: format!("{start}{part}"), tone: *tone });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_each_other_and_the_last_goes_on_below_itself() {
        let cells = |cells: &[&str]| Line::Cells(cells.iter().map(|cell| (*cell).to_owned()).collect());
        let part = vec![
            Line::Heading(vec!["TABLE", "ROWS", "WHAT HAPPENS"]),
            cells(&["posts", "1,204", "is there with 12 rows, and gets these"]),
            cells(&["日本", "7", "is created"]),
            Line::Text("  a remark that is longer than the line is wide".to_owned()),
        ];
        let lines: Vec<_> = laid_out(&[part], 40).into_iter().map(|line| line.text).collect();
        assert_eq!(
            lines,
            [
                "TABLE   ROWS  WHAT HAPPENS",
                "posts  1,204  is there with 12 rows, and",
                "              gets these",
                "日本       7  is created",
                "  a remark that is longer than the line",
                "  is wide",
            ]
        );
    }
}
