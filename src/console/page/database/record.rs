//! A row opened whole: pretty JSON, and whether it is still there.

use crate::{console::page::document::Document, domain::api::Record};

#[derive(Debug)]
pub struct OpenRecord {
    content: Record,
    pub document: Document,
    /// It is no longer in the table.
    lost: bool,
}

impl OpenRecord {
    pub fn new(content: Record) -> Self {
        Self { document: Document::resource(&content), content, lost: false }
    }

    pub const fn content(&self) -> &Record {
        &self.content
    }

    pub fn json(&self) -> String {
        self.document.source().to_owned()
    }

    pub const fn is_lost(&self) -> bool {
        self.lost
    }

    pub const fn lose(&mut self) {
        self.lost = true;
    }

    /// Takes over what was written to it; the place in it stays.
    pub fn renew(&mut self, content: &Record) {
        self.lost = false;
        if self.content != *content {
            self.content.clone_from(content);
            self.document.renew(Document::resource(content));
        }
    }
}

/// The row as people read and paste it.
pub fn pretty(record: &Record) -> String {
    serde_json::to_string_pretty(record).expect("a JSON object has string keys")
}
