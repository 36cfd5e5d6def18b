//! The beginning of a file: text and JSON as they are, and in words what anything else is.

use crate::{
    console::{
        call::PREVIEW,
        fit::{self, clean},
        keymap::Keymap,
        page::document::Document,
        remote::Remote,
    },
    domain::file::wire::File,
};

/// A file that was opened.
#[derive(Debug)]
pub struct Preview {
    pub file: File,
    pub content: Remote<Content>,
    /// Not read before anything was found out about it: its type says that it is no text.
    pub is_binary: bool,
}

#[derive(Debug)]
pub enum Content {
    Text(Document),
    /// Bytes that are no text, whatever the type says.
    Binary,
}

impl Preview {
    pub fn new(file: File) -> Self {
        Self { is_binary: is_never_text(&file.mime_type), content: Remote::default(), file }
    }

    /// Whether there is something to read that was not read yet.
    pub const fn is_readable(&self) -> bool {
        !self.is_binary && self.file.size > 0 && self.content.is_wanted()
    }

    pub const fn document(&self) -> Option<&Document> {
        match self.content.value() {
            Some(Content::Text(document)) => Some(document),
            _ => None,
        }
    }

    pub const fn document_mut(&mut self) -> Option<&mut Document> {
        match self.content.value_mut() {
            Some(Content::Text(document)) => Some(document),
            _ => None,
        }
    }

    /// What is to be said instead of a text.
    pub fn said(&self, keymap: &Keymap) -> Option<String> {
        let name = clean(&self.file.original_name);
        if self.file.size == 0 {
            return Some(format!("{name} is empty."));
        }
        let is_binary = self.is_binary || matches!(self.content.value(), Some(Content::Binary));
        is_binary.then(|| {
            format!(
                "{name} is {} of {}: nothing that can be read here. {} downloads it, {} copies a link for a browser.",
                clean(&self.file.mime_type),
                fit::bytes(self.file.size),
                keymap.way("file-download"),
                keymap.way("file-copy-link")
            )
        })
    }

    /// Where only the beginning is shown.
    pub fn cut(&self) -> Option<String> {
        (self.file.size > PREVIEW && self.document().is_some())
            .then(|| format!("the first {} of {}", fit::bytes(PREVIEW), fit::bytes(self.file.size)))
    }
}

impl Content {
    /// What the first bytes of a file are.
    pub fn of(file: &File, bytes: &[u8]) -> Self {
        let Some(text) = text(bytes, file.size > bytes.len() as u64) else { return Self::Binary };
        if !is_json(&file.mime_type, &file.original_name) {
            return Self::Text(Document::text(text));
        }
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(value) => Self::Text(Document::resource(&value)),
            // Cut off, or not what its type says: shown as it is.
            Err(_) => Self::Text(Document::json(text)),
        }
    }
}

/// The bytes as text, without the part of a character that a cut left at the end.
fn text(bytes: &[u8], is_cut: bool) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) if is_cut && error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok().map(str::to_owned)
        }
        Err(_) => None,
    }
}

fn essence(mime_type: &str) -> String {
    mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(mime_type: &str, name: &str) -> bool {
    let essence = essence(mime_type);
    essence == "application/json" || essence.ends_with("+json") || name.to_ascii_lowercase().ends_with(".json")
}

/// Types whose bytes nobody reads. What says nothing about itself is looked at.
fn is_never_text(mime_type: &str) -> bool {
    let essence = essence(mime_type);
    match essence.split_once('/') {
        Some(("image", kind)) => !kind.contains("svg"),
        Some(("audio" | "video" | "font", _)) => true,
        _ => matches!(essence.as_str(), "application/pdf" | "application/zip" | "application/gzip"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(mime_type: &str, size: u64) -> File {
        let file = json!({
            "id": "1", "s3Key": "k", "key": "k", "originalName": "a", "mimeType": mime_type, "size": size,
            "visibility": "private", "ownerId": "", "ownerType": "service", "metadata": {},
            "createdAt": "2026-11-23T06:40:00.000Z", "updatedAt": "2026-11-23T06:40:00.000Z"
        });
        serde_json::from_value(file).expect("a file")
    }

    fn shown(mime_type: &str, size: u64, bytes: &[u8]) -> Option<String> {
        match Content::of(&file(mime_type, size), bytes) {
            Content::Text(document) => Some(document.source().to_owned()),
            Content::Binary => None,
        }
    }

    #[test]
    fn text_is_shown_and_what_is_none_is_not() {
        assert_eq!(shown("text/plain", 3, b"a\nb").as_deref(), Some("a\nb"));
        assert_eq!(shown("application/octet-stream", 2, b"ab").as_deref(), Some("ab"));
        assert_eq!(shown("text/plain", 3, b"a\0b"), None);
        assert_eq!(shown("text/plain", 2, b"\xff\xfe"), None);
        assert!(is_never_text("image/PNG") && !is_never_text("image/svg+xml") && !is_never_text("text/csv; header"));
    }

    #[test]
    fn a_character_that_the_cut_goes_through_is_left_out() {
        let bytes = "ab한".as_bytes();
        assert_eq!(shown("text/plain", 9, &bytes[..4]).as_deref(), Some("ab"));
        assert_eq!(shown("text/plain", 4, &bytes[..4]), None, "a whole file that ends so is no text");
    }

    #[test]
    fn json_is_put_in_order_unless_it_is_cut() {
        assert_eq!(shown("application/json", 7, b"{\"a\":1}").as_deref(), Some("{\n  \"a\": 1\n}"));
        assert_eq!(shown("application/json", 99, b"{\"a\":1").as_deref(), Some("{\"a\":1"));
    }
}
