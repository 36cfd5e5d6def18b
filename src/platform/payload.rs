//! Answers of the data plane, as compact JSON that is written once.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    domain::{Timestamp, record_tag::RecordTag},
    store::{Row, StoredTable},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub json: Vec<u8>,
    pub splice: Splice,
    /// Of the one record that this is.
    pub tag: Option<RecordTag>,
}

/// Whether the payload's own keys may stand beside the envelope's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Splice {
    Whole,
    /// It has keys named `success` or `data`, which belong to the envelope at that level.
    Without,
}

impl Payload {
    /// A payload without keys that the envelope uses.
    pub fn of<T: Serialize>(payload: &T) -> Self {
        Self { json: serde_json::to_vec(payload).expect("payloads have string keys"), splice: Splice::Whole, tag: None }
    }

    pub(super) fn record(table: &StoredTable, row: &Row) -> Self {
        let mut json = Vec::with_capacity(row.document.len() + 160);
        write_record(&mut json, row);
        let taken = ["success", "data"].iter().any(|name| table.schema.get(name).is_some());
        let splice = if taken { Splice::Without } else { Splice::Whole };
        Self { json, splice, tag: Some(RecordTag::of(row.updated_at, &row.document)) }
    }

    pub(super) fn deleted() -> Self {
        Self { json: br#"{"success":true}"#.to_vec(), splice: Splice::Without, tag: None }
    }
}

/// Records between the brackets of a JSON array.
#[derive(Debug)]
pub(super) struct Items {
    json: Vec<u8>,
    count: usize,
}

impl Items {
    pub fn new() -> Self {
        let mut json = Vec::with_capacity(256);
        json.extend_from_slice(b"{\"items\":[");
        Self { json, count: 0 }
    }

    pub fn push<T: AsRef<str>>(&mut self, row: &Row<T>) {
        if self.count > 0 {
            self.json.push(b',');
        }
        self.count += 1;
        write_record(&mut self.json, row);
    }

    pub const fn count(&self) -> usize {
        self.count
    }

    /// Bytes written so far.
    pub const fn len(&self) -> usize {
        self.json.len()
    }

    /// Ends the array and adds the one member that stands behind it.
    pub fn finish(self, name: &str, value: &impl Serialize) -> Payload {
        let Self { mut json, .. } = self;
        json.extend_from_slice(b"],");
        write_text(&mut json, name);
        json.push(b':');
        serde_json::to_writer(&mut json, value).expect("numbers and flags serialise");
        json.push(b'}');
        Payload { json, splice: Splice::Whole, tag: None }
    }
}

pub(super) fn to_text(document: &Map<String, Value>) -> String {
    serde_json::to_string(document).expect("a JSON object has string keys")
}

/// Writes a record: its id, its columns as they are stored, and the other system fields.
fn write_record<T: AsRef<str>>(json: &mut Vec<u8>, row: &Row<T>) {
    json.extend_from_slice(b"{\"id\":");
    write_text(json, row.id.as_ref());
    // The document is an object: what lies between its braces goes in as it is.
    let document = row.document.as_ref();
    let columns = document.get(1..document.len() - 1).unwrap_or_default();
    if !columns.is_empty() {
        json.push(b',');
        json.extend_from_slice(columns.as_bytes());
    }
    json.extend_from_slice(b",\"createdBy\":");
    write_text(json, row.created_by.as_ref());
    json.extend_from_slice(b",\"createdAt\":");
    write_instant(json, row.created_at);
    json.extend_from_slice(b",\"updatedAt\":");
    write_instant(json, row.updated_at);
    json.push(b'}');
}

fn write_text(json: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(json, text).expect("writing a string to memory does not fail");
}

fn write_instant(json: &mut Vec<u8>, instant: Timestamp) {
    use std::io::Write as _;
    write!(json, "\"{instant}\"").expect("writing to memory does not fail");
}
