//! Where one was among the files of an environment.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{
    list::query,
    preview::{Content, Preview},
    search::Sought,
};
use crate::{
    console::{
        call::{Call, FileCall},
        effect::Effect,
        page::{absence, list::Searched},
        shell::Shell,
    },
    domain::{EnvironmentId, api::Page, file::wire::File},
};

/// Files that one command is for. More are hardly chosen by hand.
pub const MOST_MARKED: usize = 1000;

#[derive(Debug, Default)]
pub struct Place {
    pub list: Searched<File>,
    pub preview: Option<Preview>,
    marked: HashSet<String>,
    /// Name and size of those that are marked, also of those that are not read any more.
    facts: HashMap<String, (String, u64)>,
}

impl Place {
    /// Opens the file under the cursor.
    pub fn open(&mut self) {
        self.preview = self.list.paged.row().cloned().map(Preview::new);
    }

    pub fn set_filter(&mut self, text: String, now: Duration) {
        self.list.set_filter(text, Sought::of, now);
        self.preview = None;
    }

    pub const fn marked(&self) -> &HashSet<String> {
        &self.marked
    }

    /// Those that are marked by identifier, name and size, in the order of their names.
    pub fn marked_files(&self) -> Vec<(String, String, u64)> {
        let mut files: Vec<_> = self.facts.iter().map(|(id, (name, size))| (id.clone(), name.clone(), *size)).collect();
        files.sort_by(|one, other| (&one.1, &one.0).cmp(&(&other.1, &other.0)));
        files
    }

    /// What is to be said of marked files that the filter hides.
    pub fn hidden_marks(&self) -> Option<String> {
        let is_filtered = Sought::of(&self.list.filter) != Sought::default();
        let unseen = self.list.paged.unseen(self.marked.iter());
        absence::out_of_sight(unseen, self.marked.len()).filter(|_| is_filtered)
    }

    /// Marks the file under the cursor, or takes its mark away. Returns whether there was room.
    pub fn mark(&mut self) -> bool {
        let Some(file) = self.list.paged.row() else { return true };
        if self.marked.remove(&file.id) {
            self.facts.remove(&file.id);
            return true;
        }
        if self.marked.len() == MOST_MARKED {
            return false;
        }
        self.marked.insert(file.id.clone());
        self.facts.insert(file.id.clone(), (file.original_name.clone(), file.size));
        true
    }

    /// Returns whether anything was marked.
    pub fn unmark_all(&mut self) -> bool {
        self.facts.clear();
        let were = !self.marked.is_empty();
        self.marked.clear();
        were
    }

    /// The readings that the screen lacks.
    pub fn want(&mut self, shell: &mut Shell, environment: &EnvironmentId, height: usize) -> Vec<Effect> {
        let (filter, order) = (&self.list.filter, self.list.order);
        let mut effects = self
            .list
            .paged
            .want(shell, height, |asked| Call::File(environment.clone(), FileCall::Page(query(asked, filter, order))));
        if let Some(preview) = self.preview.as_mut().filter(|preview| preview.is_readable()) {
            let file = preview.file.id.clone();
            let (effect, generation) = shell.ask(Call::File(environment.clone(), FileCall::Preview { file }));
            preview.content.ask(generation, shell.now.uptime);
            effects.push(effect);
        }
        effects
    }

    pub fn take(&mut self, generation: u64, result: Result<Page<File>, String>, height: usize) {
        self.list.paged.answer(generation, result, height);
        self.follow();
    }

    pub fn take_preview(&mut self, generation: u64, result: Result<&[u8], String>) {
        if let Some(preview) = &mut self.preview {
            let content = result.map(|bytes| Content::of(&preview.file, bytes));
            preview.content.answer(generation, content);
        }
    }

    /// Everything may be old. What a file holds never changes.
    pub fn outdate(&mut self) {
        self.list.paged.outdate();
        if let Some(preview) = &mut self.preview
            && preview.content.value().is_none()
        {
            preview.content.outdate();
        }
    }

    /// The list is to show this file, under the cursor. An upload takes its time: who has opened a file
    /// meanwhile, or marks some, or types a filter, stays there.
    pub fn expect(&mut self, file: &File, is_filter_typed: bool, now: Duration) {
        if is_filter_typed || self.preview.is_some() || !self.marked.is_empty() {
            self.list.paged.change();
            return;
        }
        self.set_filter(String::new(), now);
        self.list.paged.await_row(file.id.clone());
        self.list.paged.outdate();
    }

    /// The server says what a file is now; where it belongs in the list is read.
    pub fn take_over(&mut self, file: &File) {
        self.list.paged.pages.change(&file.id, |listed| listed.clone_from(file));
        self.list.paged.change();
        if let Some(preview) = self.preview.as_mut().filter(|preview| preview.file.id == file.id) {
            preview.file.clone_from(file);
        }
    }

    /// It is gone. Returns whether it was open.
    pub fn forget(&mut self, id: &str) -> bool {
        self.marked.remove(id);
        self.facts.remove(id);
        self.list.paged.change();
        self.preview.take_if(|preview| preview.file.id == id).is_some()
    }

    /// What the keys do is for the file under the cursor: nothing else stays open.
    fn follow(&mut self) {
        if let (Some(preview), Some(file)) = (&self.preview, self.list.paged.row())
            && preview.file.id != file.id
        {
            self.preview = None;
        }
    }
}
