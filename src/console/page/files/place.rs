//! Where one was among the files of an environment.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use super::{
    list::{Field, query},
    preview::{Content, Preview},
    search::Sought,
};
use crate::{
    console::{
        call::{Call, FileCall},
        effect::Effect,
        page::list::{Order, Paged, Row},
        session::Kept,
        shell::Shell,
    },
    domain::{EnvironmentId, api::Page, file::wire::File},
};

/// Files that one command is for. More are hardly chosen by hand.
pub const MOST_MARKED: usize = 1000;

#[derive(Debug)]
pub struct Place {
    pub filter: String,
    pub order: Order<Field>,
    pub paged: Paged<File>,
    pub preview: Option<Preview>,
    marked: HashSet<String>,
    /// Name and size of those that are marked, also of those that are not read any more.
    facts: HashMap<String, (String, u64)>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            filter: String::new(),
            order: Order::default(),
            paged: Paged::new(false),
            preview: None,
            marked: HashSet::new(),
            facts: HashMap::new(),
        }
    }
}

impl Place {
    /// Opens the file under the cursor.
    pub fn open(&mut self) {
        self.preview = self.paged.row().cloned().map(Preview::new);
    }

    pub fn set_filter(&mut self, text: String, now: Duration) {
        let is_other = Sought::of(&text) != Sought::of(&self.filter);
        self.filter = text;
        self.preview = None;
        if is_other {
            self.paged.refilter(&self.filter, now);
        }
    }

    pub fn kept(&self) -> Kept {
        let usual = Order::<Field>::default().column;
        let column = File::COLUMNS.iter().find(|column| column.key == self.order.column && column.key != usual);
        Kept {
            filter: self.filter.clone(),
            order: column.map(|column| column.title().to_owned()),
            reversed: self.order.reversed,
            cursor: self.paged.selected().map(str::to_owned),
            ..Kept::default()
        }
    }

    /// Takes up what the session kept, before anything is read.
    pub fn keep(&mut self, kept: Kept) {
        let column = File::COLUMNS.iter().find(|column| Some(column.title()) == kept.order.as_deref());
        self.order =
            Order { column: column.map_or(Order::default().column, |column| column.key), reversed: kept.reversed };
        self.filter = kept.filter;
        if let Some(id) = kept.cursor {
            self.paged.await_row(id);
        }
    }

    pub fn sort(&mut self, turn: impl FnOnce(&mut Order<Field>)) {
        let before = self.order;
        turn(&mut self.order);
        if self.order != before {
            self.paged.restart();
        }
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

    /// Marks the file under the cursor, or takes its mark away. Returns whether there was room.
    pub fn mark(&mut self) -> bool {
        let Some(file) = self.paged.row() else { return true };
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
        let (filter, order) = (&self.filter, self.order);
        let mut effects = self
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
        self.paged.answer(generation, result, height);
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
        self.paged.outdate();
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
            self.paged.change();
            return;
        }
        self.set_filter(String::new(), now);
        self.paged.await_row(file.id.clone());
        self.paged.outdate();
    }

    /// The server says what a file is now; where it belongs in the list is read.
    pub fn take_over(&mut self, file: &File) {
        self.paged.pages.change(&file.id, |listed| listed.clone_from(file));
        self.paged.change();
        if let Some(preview) = self.preview.as_mut().filter(|preview| preview.file.id == file.id) {
            preview.file.clone_from(file);
        }
    }

    /// It is gone. Returns whether it was open.
    pub fn forget(&mut self, id: &str) -> bool {
        self.marked.remove(id);
        self.facts.remove(id);
        self.paged.change();
        self.preview.take_if(|preview| preview.file.id == id).is_some()
    }

    /// What the keys do is for the file under the cursor: nothing else stays open.
    fn follow(&mut self) {
        if let (Some(preview), Some(file)) = (&self.preview, self.paged.row())
            && preview.file.id != file.id
        {
            self.preview = None;
        }
    }
}
