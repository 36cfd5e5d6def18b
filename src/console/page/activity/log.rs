//! The lines that were read, the cursor, and whether it follows the newest.

use std::time::Duration;

use ratatui::layout::Position;

use super::words;
use crate::{
    console::{
        call::{Call, ProjectCall},
        effect::Effect,
        motion::{Motion, window},
        page::list::{Hit, Item, Paged, Parts, paged::Asked},
        shell::Shell,
    },
    domain::{
        ProjectId,
        activity::ActivityFilter,
        api::{Activity, Page},
    },
};

#[derive(Debug)]
pub struct Log {
    pub lines: Paged<Activity>,
    /// The cursor stays on the newest line.
    pub following: bool,
    /// Lines that came since it was moved off.
    pub unseen: usize,
    /// Where the lines are that the typed filter lets pass, among those that were read.
    matching: Option<Vec<usize>>,
    /// The first of them that is visible.
    first: usize,
}

impl Default for Log {
    fn default() -> Self {
        Self { lines: Paged::new(false), following: true, unseen: 0, matching: None, first: 0 }
    }
}

impl Log {
    pub fn want(
        &mut self,
        shell: &mut Shell,
        project: &ProjectId,
        filter: &ActivityFilter,
        height: usize,
    ) -> Vec<Effect> {
        self.lines.fit(height);
        self.lines.want(shell, height, |asked| {
            let page = match asked {
                Asked::Page(page) => u64::try_from(page).unwrap_or(u64::MAX).saturating_add(1),
                // Never asked: the lines are not locatable.
                Asked::Before(_) => 1,
            };
            Call::Project(project.clone(), ProjectCall::Activity { filter: filter.clone(), page })
        })
    }

    pub fn answer(&mut self, generation: u64, result: Result<Page<Activity>, String>, height: usize) {
        self.lines.answer(generation, result, height);
        if self.following {
            self.lines.go_to(0, height);
        }
    }

    /// The server says that there is one more.
    pub fn happened(&mut self) {
        self.lines.change();
        if !self.following {
            self.unseen += 1;
        }
    }

    /// What the filter lets pass. The cursor comes to the nearest of it.
    pub fn derive(&mut self, text: &str, height: usize) {
        let words = words::sought(text);
        if words.is_empty() {
            self.matching = None;
            return;
        }
        let known = self.lines.pages.known();
        let matching: Vec<_> =
            known.filter(|(_, line)| words::matches(line, &words)).map(|(position, _)| position).collect();
        let nearest = matching.partition_point(|position| *position < self.lines.position());
        if let Some(position) = matching.get(nearest).or(matching.last())
            && *position != self.lines.position()
        {
            self.lines.go_to(*position, height);
        }
        self.first = window(self.first, nearest, matching.len(), height);
        self.matching = Some(matching);
    }

    pub fn follow(&mut self, height: usize) {
        self.following = true;
        self.unseen = 0;
        self.lines.go_to(0, height);
    }

    /// The line that it is to come back to; the newest one where it follows.
    pub fn kept(&self) -> Option<String> {
        self.lines.selected().filter(|_| !self.following).map(str::to_owned)
    }

    /// Comes back to a line, once it is read.
    pub fn come_back(&mut self, id: String) {
        self.pause();
        self.lines.await_row(id);
    }

    pub const fn pause(&mut self) {
        self.following = false;
        self.unseen = 0;
    }

    pub fn move_by(&mut self, motion: Motion, height: usize) {
        match &self.matching {
            Some(matching) => {
                let here = matching.partition_point(|position| *position < self.lines.position());
                if let Some(position) = matching.get(motion.apply(here, matching.len(), height)) {
                    self.lines.go_to(*position, height);
                }
            }
            None => self.lines.move_by(motion, height),
        }
        self.moved();
    }

    pub fn click(&mut self, parts: &Parts, position: Position) -> Hit {
        let Some(line) = parts.rows.contains(position).then(|| position.y - parts.rows.y) else { return Hit::Nothing };
        let Some(row) = self.visible().nth(usize::from(line)) else { return Hit::Nothing };
        if row == self.lines.position() {
            return Hit::Again;
        }
        self.lines.go_to(row, parts.height());
        self.moved();
        Hit::Row
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Option<&Activity> {
        if self.matching.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        self.lines.row()
    }

    /// Where the lines are from the first visible one on.
    pub fn visible(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match &self.matching {
            Some(matching) => Box::new(matching.iter().copied().skip(self.first)),
            None => Box::new(self.lines.first()..self.lines.pages.len()),
        }
    }

    /// How many lines pass the typed filter.
    pub fn matching(&self) -> Option<usize> {
        self.matching.as_ref().map(Vec::len)
    }

    pub fn next_change(&self, now: Duration) -> Option<Duration> {
        self.lines.next_change(now)
    }

    /// Whoever moves off the newest line reads, and is not carried away.
    fn moved(&mut self) {
        if self.following && self.lines.position() > 0 {
            self.pause();
        }
    }
}

impl Item for Activity {
    fn id(&self) -> Option<&str> {
        Some(self.id.as_str())
    }

    fn weight(&self) -> usize {
        256 + self.target.len() + self.detail.as_ref().map_or(0, String::len)
    }
}
