//! A file that is there whole, or not at all.

use std::path::{Path, PathBuf};

use tokio::{
    fs::{self, File},
    io::{AsyncWriteExt as _, BufWriter},
};

use super::Error;

/// Written beside its place and renamed into it. Dropped before that, nothing stays.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    part: Part,
    file: BufWriter<File>,
    replace: bool,
}

/// The unfinished file; removed when it is dropped.
#[derive(Debug)]
struct Part(Option<PathBuf>);

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What cannot be removed was not there any more.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Output {
    /// Refuses a path where something is already, unless that is to be replaced.
    pub async fn create(path: &Path, replace: bool) -> Result<Self, Error> {
        let path = path.to_owned();
        if !replace && fs::try_exists(&path).await.unwrap_or(false) {
            return Err(Error::Exists { path: path.display().to_string() });
        }
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        let file = File::create(&part).await.map_err(unwritable(&path))?;
        Ok(Self { path, part: Part(Some(part)), file: BufWriter::new(file), replace })
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).await.map_err(unwritable(&self.path))
    }

    /// Puts it in its place, and answers where that is.
    pub async fn finish(mut self) -> Result<PathBuf, Error> {
        let unwritable = unwritable(&self.path);
        let Some(part) = self.part.0.clone() else { return Ok(self.path) };
        let done = async {
            self.file.flush().await?;
            self.file.get_ref().sync_all().await
        };
        done.await.map_err(&unwritable)?;
        if self.replace {
            fs::rename(&part, &self.path).await.map_err(&unwritable)?;
            self.part.0 = None;
        } else {
            // A link is refused where somebody else was faster; a rename would replace theirs.
            match fs::hard_link(&part, &self.path).await {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    return Err(Error::Exists { path: self.path.display().to_string() });
                }
                // Some file systems have no links.
                Err(_) => {
                    fs::rename(&part, &self.path).await.map_err(&unwritable)?;
                    self.part.0 = None;
                }
            }
        }
        Ok(self.path)
    }
}

fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> Error + use<> {
    let path = path.display().to_string();
    move |error| Error::Unwritable { path: path.clone(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_appears_whole_and_replaces_only_what_it_may() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("posts.csv");
        let mut output = Output::create(&path, false).await.expect("created");
        output.write(b"one").await.expect("written");
        assert!(!path.exists(), "not before it is whole");
        output.finish().await.expect("finished");
        assert!(matches!(Output::create(&path, false).await, Err(Error::Exists { .. })));
        let mut output = Output::create(&path, true).await.expect("created");
        output.write(b"two").await.expect("written");
        output.finish().await.expect("finished");
        assert_eq!(std::fs::read(&path).expect("a file"), b"two");
        drop(Output::create(&folder.path().join("other.csv"), false).await.expect("created"));
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 1, "what was given up leaves nothing");
    }
}
