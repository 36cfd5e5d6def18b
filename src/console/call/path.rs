//! Paths of this machine, as people type and paste them, looked at before anything is sent.

use std::path::{Path, PathBuf};

use tokio::fs;

use crate::{
    client::{Error, import},
    domain::error::Violation,
};

/// A path as it was typed: `~` is the home folder, and what terminals paste for a dropped file
/// (quotes, backslashes before spaces, `file://`) is taken away.
pub fn typed(text: &str) -> PathBuf {
    let text = text.trim();
    let quoted = ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let text = match quoted {
        Some(inside) => inside.to_owned(),
        None => text.strip_prefix("file://").unwrap_or(text).replace("\\ ", " "),
    };
    let home = || etcetera::home_dir().ok();
    match text.strip_prefix('~') {
        Some("") => home().unwrap_or_else(|| text.clone().into()),
        Some(rest) if rest.starts_with('/') => home().map_or_else(|| text.clone().into(), |home| home.join(&rest[1..])),
        _ => text.into(),
    }
}

/// A file that can be read.
pub async fn source(path: &str) -> Result<PathBuf, Error> {
    let path = typed(path);
    let shown = path.display();
    let metadata = match fs::metadata(&path).await {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(refused(format!("there is no file {shown}")));
        }
        Err(error) => return Err(refused(format!("{shown} cannot be read: {error}"))),
    };
    if metadata.is_dir() {
        return Err(refused(format!("{shown} is a folder: name a file in it")));
    }
    if !metadata.is_file() {
        return Err(refused(format!("{shown} is no file that could be sent")));
    }
    match fs::File::open(&path).await {
        Ok(_) => Ok(path),
        Err(error) => Err(refused(format!("{shown} cannot be read: {error}"))),
    }
}

/// A path that can be written to; in a folder the file has its own name.
pub async fn target(path: &str, name: &str, replace: bool) -> Result<PathBuf, Error> {
    let mut path = typed(path);
    if fs::metadata(&path).await.is_ok_and(|metadata| metadata.is_dir()) {
        path.push(own_name(name));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
        && !fs::metadata(folder).await.is_ok_and(|metadata| metadata.is_dir())
    {
        return Err(refused(format!("there is no folder {}", folder.display())));
    }
    match fs::symlink_metadata(&path).await {
        Ok(metadata) if metadata.is_dir() => Err(refused(format!("{} is a folder", path.display()))),
        Ok(_) if !replace => Err(refused(format!("{} is there already: name another, or replace it", path.display()))),
        _ => Ok(path),
    }
}

/// A folder with an export in it.
pub async fn export(folder: &Path) -> Result<(), Error> {
    import::look(folder).await.map_err(|error| refused(error.to_string()))
}

/// The name of a file without the folders that it claims to be in: it came from elsewhere.
pub fn own_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|character| !character.is_control()).collect();
    if clean.is_empty() || clean == "." || clean == ".." { "file".into() } else { clean }
}

/// Where downloads go: the folder that the desktop has for them, or the current one.
pub fn downloads() -> PathBuf {
    let folder = etcetera::home_dir().map(|home| home.join("Downloads"));
    folder.ok().filter(|folder| Path::is_dir(folder)).map_or_else(|| ".".into(), |_| "~/Downloads".into())
}

/// As the server refuses: the form comes back with the reason beside the path.
fn refused(message: String) -> Error {
    let violation = Violation { field: "path".into(), rule: "path".into(), message: message.clone() };
    Error::Refused { status: 400, code: "console/path".into(), message, details: vec![violation] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_paste_for_a_dropped_file_is_a_path() {
        for text in ["/a b/c.txt", " '/a b/c.txt' ", "\"/a b/c.txt\"", "/a\\ b/c.txt", "file:///a b/c.txt"] {
            assert_eq!(typed(text), Path::new("/a b/c.txt"), "{text}");
        }
        assert!(typed("~/x").is_absolute() && typed("~other/x") == Path::new("~other/x"));
    }

    #[test]
    fn a_name_that_came_from_elsewhere_leads_nowhere() {
        assert_eq!(own_name("../../etc/passwd"), "passwd");
        assert_eq!(own_name("C:\\temp\\a.txt"), "a.txt");
        assert_eq!((own_name(".."), own_name("a/")), ("file".into(), "file".into()));
    }

    #[tokio::test]
    async fn what_cannot_be_sent_or_written_is_refused_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("a.txt"), "a").expect("written");
        assert!(source(&path("a.txt")).await.is_ok());
        let reason = |result: Result<PathBuf, Error>| result.expect_err("refused").to_string();
        assert!(reason(source(&path("b.txt")).await).contains("there is no file"));
        assert!(reason(source(&path("")).await).contains("is a folder"));
        assert!(reason(target(&path("a.txt"), "x", false).await).contains("is there already"));
        assert!(target(&path("a.txt"), "x", true).await.is_ok());
        assert_eq!(target(&path(""), "x/y.txt", false).await.ok(), Some(folder.path().join("y.txt")));
        assert!(reason(target(&path("no/c.txt"), "x", false).await).contains("there is no folder"));
    }
}
