//! `t`: the tasks that run and those that ended, and the way to stop one.

use crossterm::event::KeyCode;
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    effect::Effect,
    fit,
    key::Key,
    motion::{Motion, window},
    shell::Shell,
    task::{Entry, State, TaskId},
    widget::Pen,
};

const WIDTH: u16 = 76;
/// Lines of a task: what it is, and how far.
const EACH: u16 = 2;
const BAR: u16 = 24;
const MARK: u16 = 2;

#[derive(Debug, Default)]
pub struct TaskList {
    cursor: usize,
    first: usize,
    /// Whether that one is really to be stopped is being asked.
    asking: Option<TaskId>,
}

impl TaskList {
    fn outer(shell: &Shell, area: Rect) -> Rect {
        let tasks = u16::try_from(shell.tasks.entries().len()).unwrap_or(u16::MAX);
        let lines = tasks.saturating_mul(EACH).clamp(1, area.height.saturating_sub(3).max(1));
        // One more for the question.
        dialog::place(area, WIDTH, lines + 1)
    }

    /// Tasks that there is room for.
    fn page(shell: &Shell) -> usize {
        let inner = dialog::inside(Self::outer(shell, shell.modal_area()));
        usize::from(inner.height.saturating_sub(1) / EACH).max(1)
    }

    fn move_by(&mut self, shell: &Shell, motion: Motion) {
        let (len, page) = (shell.tasks.entries().len(), Self::page(shell));
        self.cursor = motion.apply(self.cursor, len, page);
        self.first = window(self.first, self.cursor, len, page);
    }

    fn selected<'a>(&self, shell: &'a Shell) -> Option<&'a Entry> {
        // Some may have gone since the cursor moved.
        let entries = shell.tasks.entries();
        entries.get(self.cursor.min(entries.len().saturating_sub(1)))
    }

    fn stop(shell: &mut Shell, id: TaskId) -> Outcome {
        if shell.tasks.stop(id) { Outcome::Effects(vec![Effect::Stop(id)]) } else { Outcome::Stay }
    }
}

impl Modal for TaskList {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        if let Some(id) = self.asking.take() {
            return if key == Key::char('y') { Self::stop(shell, id) } else { Outcome::Stay };
        }
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('t' | 'q') => return Outcome::Close,
            KeyCode::Char('d') | KeyCode::Delete => {
                self.asking = self.selected(shell).filter(|entry| entry.state == State::Running).map(|entry| entry.id);
            }
            KeyCode::Char('c') => shell.tasks.forget_ended(),
            KeyCode::Down | KeyCode::Char('j') => self.move_by(shell, Motion::Lines(1)),
            KeyCode::Up | KeyCode::Char('k') => self.move_by(shell, Motion::Lines(-1)),
            KeyCode::Home | KeyCode::Char('g') => self.move_by(shell, Motion::First),
            KeyCode::End | KeyCode::Char('G') => self.move_by(shell, Motion::Last),
            _ => {}
        }
        Outcome::Stay
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let outer = Self::outer(shell, area);
        if dialog::is_outside(outer, position) {
            return Outcome::Close;
        }
        let line = position.y.saturating_sub(dialog::inside(outer).y);
        let row = self.first + usize::from(line / EACH);
        if row < shell.tasks.entries().len() {
            self.cursor = row;
        }
        Outcome::Stay
    }

    fn scroll(&mut self, shell: &mut Shell, lines: isize) {
        self.move_by(shell, Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let outer = Self::outer(shell, area);
        let inner = dialog::open(frame, theme, outer, "Tasks");
        let buffer = frame.buffer_mut();
        let list = Rect { height: inner.height.saturating_sub(1), ..inner };
        if shell.tasks.entries().is_empty() {
            let export = shell.keymap.way("export");
            Pen::new(buffer, list).put(&format!("nothing is under way; {export} on a list exports it"), theme.muted);
        }
        let extent = fit::extent(self.first, usize::from(list.height / EACH), shell.tasks.entries().len());
        dialog::extent(buffer, theme, outer, extent);
        let selected = self.selected(shell).map(|entry| entry.id);
        for (place, entry) in (0..).zip(shell.tasks.entries().iter().skip(self.first)) {
            let line = place * EACH;
            if line >= list.height {
                break;
            }
            let is_selected = selected == Some(entry.id);
            let mut pen = Pen::line(buffer, list, line);
            pen.put(if is_selected { "▌ " } else { "  " }, theme.accent);
            pen.put(&entry.title, if is_selected { theme.strong } else { theme.text });
            if let Some(name) = entry.environment.as_ref().and_then(|id| shell.name_of(id)) {
                pen.put(&format!("  {name}"), theme.muted);
            }
            state(shell, entry, &mut Pen::line(buffer, list, line + 1));
        }
        let below = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
        let asked = self.asking.and_then(|id| shell.tasks.get(id)).filter(|entry| entry.is_running());
        if let Some(entry) = asked {
            Pen::new(buffer, below).put("y", theme.key).put(&format!(" stops the {}", entry.title), theme.warning);
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self.asking {
            Some(_) => vec![("y", "stop it"), ("esc", "go on")],
            None => vec![("d", "stop"), ("c", "clear those that ended"), ("j k", "move"), ("esc", "close")],
        }
    }
}

/// The second line of a task.
fn state(shell: &Shell, entry: &Entry, pen: &mut Pen<'_>) {
    let theme = &shell.theme;
    pen.skip(MARK);
    match &entry.state {
        State::Running | State::Stopping => {
            let percent = entry.progress.percent();
            if let Some(percent) = percent {
                let full = u16::try_from(u64::from(BAR) * percent / 100).unwrap_or(BAR);
                let start = pen.position();
                pen.fill("━", start + full, theme.accent).fill("─", start + BAR, theme.border);
                pen.put(&format!(" {percent:>3}%  "), theme.text);
            }
            pen.put(&entry.amount(), theme.muted);
            let seconds = shell.now.uptime.saturating_sub(entry.since).as_secs();
            if entry.state == State::Stopping {
                pen.put("  stopping", theme.warning);
            } else if shell.clock_runs {
                pen.put(&format!("  {}", fit::seconds(seconds.cast_signed())), theme.muted);
            }
        }
        State::Done(text) => {
            pen.put("✓ ", theme.success).put(text, theme.text);
        }
        State::Failed(reason) => {
            pen.put("✗ ", theme.error).put(reason, theme.error);
        }
        State::Stopped => {
            pen.put("stopped", theme.muted);
        }
    }
}
