//! Where the bytes of a file are found.
//!
//! The path names the environment and the object, so a URL needs no key beside it. What clients
//! keep as the file's key is that URL, or the path alone.

use std::fmt;

use super::FileId;
use crate::domain::{EnvironmentId, Invalid};

const PREFIX: &str = "/v1/objects/";

/// The longest key that is read.
pub const LONGEST_KEY: usize = 1024;

/// Characters of a file's name that its path keeps.
const NAME: usize = 100;

/// `/v1/objects/{environment}/{object}/{name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    pub environment: EnvironmentId,
    pub id: FileId,
    /// What the path shows of the client's file name.
    pub name: String,
}

impl ObjectPath {
    pub fn new(environment: EnvironmentId, id: FileId, filename: &str) -> Self {
        Self { environment, id, name: plain(filename) }
    }

    /// Reads a key as it was handed out: a URL under any address of this server, or the path. The
    /// address is not looked at, because it changes when a server moves.
    ///
    /// # Errors
    /// [`Invalid`] for anything else.
    pub fn parse(key: &str) -> Result<Self, Invalid> {
        let unusable = || Invalid::new("this is not a key that presigned-url answered");
        let start = key.find(PREFIX).ok_or_else(unusable)?;
        let mut segments = key[start + PREFIX.len()..].split('/');
        let (Some(environment), Some(id), Some(name), None) =
            (segments.next(), segments.next(), segments.next(), segments.next())
        else {
            return Err(unusable());
        };
        if name.is_empty() || plain(name) != name {
            return Err(unusable());
        }
        Ok(Self { environment: EnvironmentId::parse(environment)?, id: FileId::parse(id)?, name: name.to_owned() })
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}/{}/{}", self.environment, self.id, self.name)
    }
}

/// A file name without what a URL would have to encode, so that it is spelt one way only.
fn plain(filename: &str) -> String {
    let keep = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let count = filename.chars().count();
    // The end says what it is.
    let name: String = filename.chars().skip(count.saturating_sub(NAME)).map(keep).collect();
    // Clients take a segment of dots for a folder.
    if name.chars().all(|c| c == '.') { "-".into() } else { name }
}

/// What a key looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyStyle {
    /// The object's whole URL: apps show it as it is.
    #[default]
    Url,
    /// The path alone.
    Path,
}

/// The address that clients reach this server by, and what keys under it look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// Without a slash at its end.
    pub base: String,
    pub style: KeyStyle,
}

impl PublicUrl {
    pub fn url(&self, path: &ObjectPath) -> String {
        format!("{}{path}", self.base)
    }

    pub fn key(&self, path: &ObjectPath) -> String {
        match self.style {
            KeyStyle::Url => self.url(path),
            KeyStyle::Path => path.to_string(),
        }
    }

    /// The key of a file whose path was kept as text; one that came from elsewhere stays as it is.
    pub fn stored_key(&self, text: &str) -> String {
        if self.style == KeyStyle::Url && text.starts_with(PREFIX) {
            format!("{}{text}", self.base)
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::Entropy;

    fn path(filename: &str) -> ObjectPath {
        let environment = EnvironmentId::parse("env_0123456789abcdef01234567").expect("valid");
        ObjectPath::new(environment, FileId::generate(&Entropy::system()), filename)
    }

    #[test]
    fn a_key_is_read_back_under_any_address() {
        let path = path("photo of me.jpg");
        assert_eq!(path.name, "photo-of-me.jpg");
        for base in ["", "http://127.0.0.1:4600", "https://files.example/behind/a/proxy"] {
            let public = PublicUrl { base: base.into(), style: KeyStyle::Url };
            assert_eq!(ObjectPath::parse(&public.key(&path)).as_ref(), Ok(&path), "{base}");
        }
    }

    #[test]
    fn what_was_not_handed_out_is_no_key() {
        let good = path("a.png").to_string();
        for bad in
            ["", "a.png", "/v1/objects/", &format!("{good}/b"), &format!("{good}?x=1"), &good.replace("env_", "")]
        {
            assert!(ObjectPath::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_of_dots_is_no_folder() {
        assert_eq!(path("..").name, "-");
    }

    proptest! {
        #[test]
        fn any_file_name_gives_a_path_that_reads_back(name in "\\PC{1,300}") {
            let path = path(&name);
            prop_assert!(path.to_string().len() < LONGEST_KEY);
            prop_assert_eq!(ObjectPath::parse(&path.to_string()), Ok(path));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*", tail in "(/v1/objects/)?(env_[0-9a-f]{24}/)?\\PC*") {
            let _ = ObjectPath::parse(&text);
            let _ = ObjectPath::parse(&tail);
        }
    }
}
