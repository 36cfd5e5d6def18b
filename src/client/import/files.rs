//! Which downloaded file is which entry of the list of files.
//!
//! The guides' scripts save a file under its original name, so of several with one name the one that
//! was downloaded last is on the disk. Its size says which that was; among equals it is the last.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Error, Importer, Step, folder::List, page, plan::FilesPlan, survey::Problem, urls::Moved};
use crate::{
    client::files::Sent,
    domain::{
        EnvironmentId, FileId,
        import::files::{FileImportStatus, ImportFile},
    },
};

/// Names that are kept to be shown; the rest is counted.
const SHOWN: usize = 10;

/// An entry of the list, as far as it takes to find its bytes.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: String,
    pub name: String,
    pub size: u64,
}

/// What belongs together, and what is left over on either side.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Matched {
    /// Entries whose bytes are there.
    pub complete: u64,
    pub bytes: u64,
    /// Entries whose bytes are not there, for a name that was used again or for none.
    pub without_bytes: Names,
    /// Files on the disk that no entry speaks of.
    pub without_entry: Names,
    /// Files on the disk whose size is that of no entry of their name: a download that was cut short.
    pub wrong_size: Names,
    /// Names that several entries have.
    pub collided: Names,
    /// Entries that cannot be kept as they are.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// The file of each entry, by its identifier.
    #[serde(skip)]
    pub paths: HashMap<String, PathBuf>,
}

/// A number of names, and the first of them.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    pub count: u64,
    pub examples: Vec<String>,
}

impl Names {
    fn add(&mut self, name: &str) {
        self.count += 1;
        if self.examples.len() < SHOWN {
            self.examples.push(name.to_owned());
        }
    }
}

/// Looks for the bytes of the entries on `list` in the folder of downloaded files.
pub fn look(list: &List, folder: &Path) -> Result<Matched, Error> {
    let unreadable = |error: io::Error| Error::Unusable(format!("{} cannot be read: {error}", folder.display()));
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    each(list, |place, read, _| match read {
        Ok(file) => entries.push(Entry { id: file.id, name: file.original_name, size: file.size }),
        Err(message) if problems.len() < SHOWN => problems.push(Problem { message, ..place }),
        Err(_) => {}
    });
    Ok(Matched { problems, ..matched(&entries, folder, &on_disk(folder).map_err(unreadable)?) })
}

/// What became of the files.
#[derive(Debug, Serialize)]
pub struct FilesImported {
    pub imported: u64,
    pub present: u64,
    pub bytes: u64,
}

/// Sends every file whose bytes are there, and learns by which keys they are known from now on.
pub async fn send(
    importer: &Importer,
    environment: &EnvironmentId,
    plan: &FilesPlan,
) -> Result<(FilesImported, Moved), Error> {
    let (mut result, mut moved) = (FilesImported { imported: 0, present: 0, bytes: 0 }, Moved::default());
    for page in &plan.list.pages {
        let list = List { pages: vec![page.clone()] };
        let reading = tokio::task::spawn_blocking(move || {
            let mut files = Vec::new();
            each(&list, |_, read, keys| files.extend(read.ok().map(|file| (file, keys))));
            files
        });
        for (file, keys) in reading.await.map_err(|error| Error::Failed(error.to_string()))? {
            let Some(path) = plan.matched.paths.get(&file.id) else { continue };
            if importer.stopping.is_cancelled() {
                return Err(Error::Interrupted);
            }
            let sent = Sent::default();
            let sending = importer.client.import_file(environment, &file, path, &sent);
            let answer = tokio::select! {
                answer = sending => answer?,
                () = importer.stopping.cancelled() => return Err(Error::Interrupted),
            };
            match answer.status {
                FileImportStatus::Imported => {
                    result.imported += 1;
                    result.bytes += file.size;
                }
                FileImportStatus::Present => result.present += 1,
                FileImportStatus::Waiting => {
                    let message = format!("the bytes of {} did not stay: import it again", file.original_name);
                    return Err(Error::Failed(message));
                }
            }
            for key in keys {
                moved.insert(&key, &answer.key);
            }
            let done = result.imported + result.present;
            (importer.watch)(&Step::File { done, of: plan.matched.complete });
        }
    }
    Ok((result, moved))
}

/// Hands every entry of the list to `each`, with the keys and addresses that it had. Pages that cannot
/// be read have been reported by the survey.
fn each(list: &List, mut each: impl FnMut(Problem, Result<ImportFile, String>, Vec<String>)) {
    for file in &list.pages {
        let Ok(text) = file.read() else { continue };
        let rows = page::Page::parse(&text).map(|page| page.items).unwrap_or_default();
        for (position, row) in rows.into_iter().enumerate() {
            let Ok(mut row) = page::object(row) else { continue };
            row.retain(|_, value| !value.is_null());
            let keys = ["s3Key", "key", "url"].iter().filter_map(|field| row.get(*field)?.as_str());
            let keys = keys.map(str::to_owned).collect();
            let read = serde_json::from_value::<ImportFile>(row.into()).map_err(|error| error.to_string());
            let read = read.and_then(|file| match FileId::parse(&file.id) {
                Ok(_) => Ok(file),
                Err(invalid) => Err(format!("id: {invalid}")),
            });
            each(Problem { file: file.name(), item: Some(position + 1), message: String::new() }, read, keys);
        }
    }
}

/// Names and sizes of what is in the folder of downloaded files.
fn on_disk(folder: &Path) -> io::Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let about = fs::metadata(&path)?;
        if about.is_file() {
            found.insert(path.file_name().unwrap_or_default().to_string_lossy().into_owned(), about.len());
        }
    }
    Ok(found)
}

/// Finds the bytes of each entry; `entries` are in the order of the list.
fn matched(entries: &[Entry], folder: &Path, on_disk: &BTreeMap<String, u64>) -> Matched {
    let mut by_name: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in entries {
        by_name.entry(&entry.name).or_default().push(entry);
    }
    let mut matched = Matched::default();
    for (name, size) in on_disk {
        let Some(candidates) = by_name.get(name.as_str()) else {
            matched.without_entry.add(name);
            continue;
        };
        match candidates.iter().rev().find(|entry| entry.size == *size) {
            Some(entry) => {
                matched.complete += 1;
                matched.bytes += size;
                matched.paths.insert(entry.id.clone(), folder.join(name));
            }
            None => matched.wrong_size.add(name),
        }
    }
    for entry in entries {
        if !matched.paths.contains_key(&entry.id) {
            matched.without_bytes.add(&entry.name);
        }
    }
    let mut collided: Vec<_> = by_name.iter().filter(|(_, entries)| entries.len() > 1).map(|(name, _)| *name).collect();
    collided.sort_unstable();
    for name in collided {
        matched.collided.add(name);
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, name: &str, size: u64) -> Entry {
        Entry { id: id.into(), name: name.into(), size }
    }

    #[test]
    fn of_one_name_the_file_is_the_last_entry_of_its_size() {
        let entries =
            [entry("1", "a.png", 10), entry("2", "a.png", 20), entry("3", "a.png", 10), entry("4", "b.txt", 5)];
        let on_disk = BTreeMap::from([("a.png".to_owned(), 10), ("b.txt".to_owned(), 5)]);
        let matched = matched(&entries, Path::new("files"), &on_disk);
        assert_eq!((matched.complete, matched.bytes), (2, 15));
        assert_eq!(matched.paths["3"], Path::new("files/a.png"));
        assert_eq!(matched.without_bytes.examples, ["a.png", "a.png"]);
        assert_eq!(matched.collided.examples, ["a.png"]);
    }

    #[test]
    fn what_does_not_belong_together_is_left_over_on_its_side() {
        let entries = [entry("1", "short.png", 10), entry("2", "gone.png", 20)];
        let on_disk = BTreeMap::from([("short.png".to_owned(), 9), ("extra.png".to_owned(), 1)]);
        let matched = matched(&entries, Path::new("files"), &on_disk);
        assert_eq!(matched.complete, 0);
        assert_eq!(matched.without_bytes.examples, ["short.png", "gone.png"]);
        assert_eq!(matched.without_entry.examples, ["extra.png"]);
        assert_eq!(matched.wrong_size.examples, ["short.png"]);
    }
}
