//! `?`: the keys of the page that is shown; `enter` runs the line.

use std::iter;

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Hint, Modal, Outcome, dialog};
use crate::console::{
    command::{self, Command, Group},
    fit,
    key::Key,
    keymap::Keymap,
    motion::{Motion, window},
    page::Told,
    shell::{Medium, Shell},
    shell_commands,
    state::State,
    widget::Pen,
};

const WIDTH: u16 = 88;

/// Columns of the cursor's mark, and the gap behind the keys.
const MARK: u16 = 2;
const GAP: u16 = 2;

/// The heading of what would only say why it cannot be run.
const NOT_HERE: &str = "Not here, or not now";

#[derive(Debug)]
pub struct Help {
    title: String,
    /// Group by group, and those last that would only say why they cannot be run now.
    commands: Vec<&'static Command>,
    /// The heading of each, in the same order.
    headings: Vec<&'static str>,
    /// What the page says besides its commands.
    told: Told,
    /// Their keys, in the same order.
    keys: Vec<String>,
    /// The position of the command that `enter` runs.
    cursor: usize,
    /// The first line that is visible.
    first: usize,
}

#[derive(Clone, Debug)]
enum Line {
    Blank,
    Heading(&'static str),
    /// A command with the first line of its sentence.
    Command(usize, String),
    /// The next line of the same sentence.
    More(usize, String),
    /// Something that is typed, and what it means.
    Told(&'static str, &'static str),
}

impl Line {
    const fn command(&self) -> Option<usize> {
        match self {
            Self::Blank | Self::Heading(_) | Self::Told(..) => None,
            Self::Command(position, _) | Self::More(position, _) => Some(*position),
        }
    }
}

impl Help {
    pub fn new(state: &State) -> Self {
        let keymap = &state.shell.keymap;
        // Keys are pressed on a screen; lines are names, and every command has one.
        let shown = |command: &&Command| state.shell.medium == Medium::Lines || keymap.first(command).is_some();
        let mut all: Vec<_> = command::here(state).filter(shown).collect();
        all.sort_by_key(|command| command.group);
        let (available, refused): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|command| (command.available)(state).is_ok());
        let available = available.into_iter().map(|command| (command.group.title(), command));
        let commands = available.chain(iter::repeat(NOT_HERE).zip(refused)).collect();
        Self::of(format!("Help: {}", state.shell.page.title()), commands, state.page().told(&state.shell), keymap)
    }

    /// The commands of every page.
    pub fn of_all_pages(state: &State) -> Self {
        let pages = command::tables().flat_map(|(_, title, commands)| iter::repeat(title).zip(commands));
        let shell = shell_commands::COMMANDS.iter().map(|command| ("Every page", command));
        Self::of("Commands".to_owned(), pages.chain(shell).collect(), Told::default(), &state.shell.keymap)
    }

    fn of(title: String, commands: Vec<(&'static str, &'static Command)>, told: Told, keymap: &Keymap) -> Self {
        let keys = commands.iter().map(|(_, command)| keymap.shown(command)).collect();
        let (headings, commands) = commands.into_iter().unzip();
        Self { title, commands, headings, told, keys, cursor: 0, first: 0 }
    }

    /// Every line, broken to the room inside the box.
    fn lines(&self, width: u16) -> Vec<Line> {
        let room = width.saturating_sub(MARK + self.key_column(width) + GAP).max(1);
        let mut lines = Vec::new();
        for (position, command) in self.commands.iter().enumerate() {
            let heading = self.headings[position];
            if position.checked_sub(1).is_none_or(|before| self.headings[before] != heading) {
                if position > 0 {
                    lines.push(Line::Blank);
                }
                // Between the page's commands and those of every page.
                if heading == Group::Move.title() && !self.told.lines.is_empty() {
                    lines.push(Line::Heading(self.told.title));
                    lines.extend(self.told.lines.iter().map(|(what, means)| Line::Told(what, means)));
                    lines.push(Line::Blank);
                }
                lines.push(Line::Heading(heading));
            }
            let mut sentence = fit::wrap(command.doc, room).into_iter();
            lines.push(Line::Command(position, sentence.next().unwrap_or_default()));
            lines.extend(sentence.map(|text| Line::More(position, text)));
        }
        lines
    }

    fn key_column(&self, width: u16) -> u16 {
        self.keys.iter().map(|keys| fit::width(keys)).max().unwrap_or(0).min(width / 3)
    }

    fn lines_on(&self, area: Rect) -> Vec<Line> {
        self.lines(WIDTH.min(area.width.saturating_sub(4)))
    }

    fn rows(area: Rect, lines: usize) -> u16 {
        u16::try_from(lines).unwrap_or(u16::MAX).min(area.height.saturating_sub(2))
    }

    fn outer(area: Rect, lines: usize) -> Rect {
        dialog::place(area, WIDTH, Self::rows(area, lines))
    }

    fn move_by(&mut self, area: Rect, motion: Motion) {
        let lines = self.lines_on(area);
        let page = usize::from(Self::rows(area, lines.len()));
        self.cursor = motion.apply(self.cursor, self.commands.len(), page);
        self.first = self.first_line(&lines, page);
    }

    /// The window follows the cursor, with the whole of its sentence; above the first command there
    /// is only its heading.
    fn first_line(&self, lines: &[Line], page: usize) -> usize {
        if self.cursor == 0 {
            return 0;
        }
        let last = lines.iter().rposition(|line| line.command() == Some(self.cursor)).unwrap_or(0);
        let start = lines.iter().position(|line| line.command() == Some(self.cursor)).unwrap_or(0);
        window(window(self.first, last, lines.len(), page), start, lines.len(), page)
    }
}

impl Modal for Help {
    fn key(&mut self, shell: &mut Shell, key: Key) -> Outcome {
        let area = shell.modal_area();
        let control = key.modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Esc | KeyCode::Char('?' | 'q') => return Outcome::Close,
            KeyCode::Enter => {
                if let Some(command) = self.commands.get(self.cursor) {
                    return Outcome::Run(command);
                }
            }
            KeyCode::Down | KeyCode::Char('j') => self.move_by(area, Motion::Lines(1)),
            KeyCode::Up | KeyCode::Char('k') => self.move_by(area, Motion::Lines(-1)),
            KeyCode::PageDown => self.move_by(area, Motion::Pages(1)),
            KeyCode::PageUp => self.move_by(area, Motion::Pages(-1)),
            KeyCode::Char('d') if control => self.move_by(area, Motion::HalfPages(1)),
            KeyCode::Char('u') if control => self.move_by(area, Motion::HalfPages(-1)),
            KeyCode::Home | KeyCode::Char('g') => self.move_by(area, Motion::First),
            KeyCode::End | KeyCode::Char('G') => self.move_by(area, Motion::Last),
            _ => {}
        }
        Outcome::Stay
    }

    fn click(&mut self, _shell: &mut Shell, area: Rect, position: Position) -> Outcome {
        let lines = self.lines_on(area);
        let outer = Self::outer(area, lines.len());
        if dialog::is_outside(outer, position) {
            return Outcome::Close;
        }
        let row = self.first + usize::from(position.y.saturating_sub(dialog::inside(outer).y));
        if let Some(command) = lines.get(row).and_then(Line::command) {
            self.cursor = command;
        }
        Outcome::Stay
    }

    fn scroll(&mut self, shell: &mut Shell, lines: isize) {
        self.move_by(shell.modal_area(), Motion::Lines(lines));
    }

    fn view(&self, shell: &Shell, area: Rect, frame: &mut Frame<'_>) {
        let theme = &shell.theme;
        let lines = self.lines_on(area);
        let outer = Self::outer(area, lines.len());
        let inner = dialog::open(frame, theme, outer, &self.title);
        let buffer = frame.buffer_mut();
        let column = self.key_column(inner.width);
        let first = self.first_line(&lines, usize::from(inner.height));
        dialog::extent(buffer, theme, outer, fit::extent(first, usize::from(inner.height), lines.len()));
        for (line, content) in (0..inner.height).zip(lines.iter().skip(first)) {
            let mut pen = Pen::line(buffer, inner, line);
            let selected = content.command() == Some(self.cursor);
            let is_refused = content.command().is_some_and(|position| self.headings[position] == NOT_HERE);
            let style = match (selected, is_refused) {
                (true, _) => theme.strong,
                (false, true) => theme.muted,
                (false, false) => theme.text,
            };
            match content {
                Line::Blank => {}
                Line::Heading(title) => {
                    pen.put(title, theme.heading);
                }
                Line::Command(position, text) => {
                    pen.put(if selected { "▌ " } else { "  " }, theme.accent);
                    pen.column(&self.keys[*position], column, if is_refused { theme.muted } else { theme.key });
                    pen.skip(GAP).put(text, style);
                }
                Line::More(_, text) => {
                    pen.skip(MARK + column + GAP).put(text, style);
                }
                Line::Told(what, means) => {
                    let widest = self.told.lines.iter().map(|(what, _)| fit::width(what)).max().unwrap_or(0);
                    pen.skip(MARK).column(what, widest, theme.accent).skip(GAP).put(means, theme.text);
                }
            }
        }
    }

    fn lines(&self, _shell: &Shell) -> Option<Vec<String>> {
        let sections = self.headings.iter().zip(&self.commands).collect::<Vec<_>>();
        let section = |section: &[(&&str, &&'static Command)]| {
            let heading = section.first().map(|(heading, _)| format!("{heading}:"));
            let commands = section.iter().map(|(_, command)| format!("{}  {}", command.name, command.doc));
            heading.into_iter().chain(commands).collect::<Vec<_>>()
        };
        let told = sections.chunk_by(|(one, _), (next, _)| one == next).flat_map(section);
        Some(iter::once(self.title.clone()).chain(told).collect())
    }

    fn is_only_read(&self) -> bool {
        true
    }

    fn hints(&self) -> Vec<Hint> {
        vec![("enter", "run the line"), ("j k", "move"), ("esc", "close")]
    }
}
