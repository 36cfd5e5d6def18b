//! What an export left in a folder: `TABLE_pageN.json` for each page of each list, and `files/`.

use std::{
    collections::BTreeMap,
    fs, io,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use super::Error;

/// The largest page that is read: a hundred rows of a third of a megabyte each.
const MAX_PAGE_BYTES: u64 = 64 << 20;

#[derive(Debug)]
pub struct Folder {
    /// By the name before `_page`, in order.
    pub lists: BTreeMap<String, List>,
    /// The folder of downloaded files, if there is one.
    pub files: Option<PathBuf>,
    /// What is in the folder and is no part of an export.
    pub ignored: Vec<String>,
}

/// The pages of one list, by number.
#[derive(Clone, Debug, Default)]
pub struct List {
    pub pages: Vec<PageFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageFile {
    pub number: u64,
    pub path: PathBuf,
}

impl Folder {
    pub fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |error: &io::Error| Error::Unusable(format!("{} cannot be read: {error}", path.display()));
        let mut folder = Self { lists: BTreeMap::new(), files: None, ignored: Vec::new() };
        for entry in fs::read_dir(path).map_err(|error| unreadable(&error))? {
            let path = entry.map_err(|error| unreadable(&error))?.path();
            folder.sort_in(path);
        }
        for list in folder.lists.values_mut() {
            list.pages.sort();
        }
        folder.ignored.sort();
        if folder.lists.is_empty() {
            let message = format!("there is no export in {}: it consists of files TABLE_page1.json", path.display());
            return Err(Error::Unusable(message));
        }
        Ok(folder)
    }

    /// Pages of all lists together.
    pub fn pages(&self) -> u64 {
        self.lists.values().map(|list| list.pages.len() as u64).sum()
    }

    fn sort_in(&mut self, path: PathBuf) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "files" && path.is_dir() {
            self.files = Some(path);
        } else if let Some((list, number)) = page_name(&name).filter(|_| path.is_file()) {
            self.lists.entry(list.to_owned()).or_default().pages.push(PageFile { number, path });
        } else {
            self.ignored.push(name);
        }
    }
}

/// The list and the number in `posts_page12.json`.
fn page_name(name: &str) -> Option<(&str, u64)> {
    let (list, number) = name.strip_suffix(".json")?.rsplit_once("_page")?;
    Some((list, number.parse().ok()?)).filter(|(list, _)| !list.is_empty())
}

impl List {
    /// Numbers between 1 and the last page that no file has.
    pub fn gaps(&self) -> Vec<RangeInclusive<u64>> {
        let mut next = 1;
        let mut gaps = Vec::new();
        for page in &self.pages {
            if page.number > next {
                gaps.push(next..=page.number - 1);
            }
            next = next.max(page.number.saturating_add(1));
        }
        gaps
    }
}

impl PageFile {
    /// The file's name, as messages call it.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// # Errors
    /// Why it cannot be read, in words.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        let length = fs::metadata(&self.path).map_err(|error| error.to_string())?.len();
        if length > MAX_PAGE_BYTES {
            return Err(format!("has {length} bytes, and a page at most {MAX_PAGE_BYTES}: export it in smaller ones"));
        }
        fs::read(&self.path).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(numbers: &[u64]) -> List {
        List { pages: numbers.iter().map(|number| PageFile { number: *number, path: PathBuf::new() }).collect() }
    }

    #[test]
    fn a_page_is_named_after_its_list_and_number() {
        assert_eq!(page_name("posts_page12.json"), Some(("posts", 12)));
        assert_eq!(page_name("my_page_page2.json"), Some(("my_page", 2)));
        for other in ["posts.json", "_page1.json", "posts_page.json", "posts_page-1.json", "posts_page1.json.gz"] {
            assert_eq!(page_name(other), None, "{other}");
        }
    }

    #[test]
    fn missing_numbers_are_gaps() {
        assert_eq!(list(&[1, 2, 3]).gaps(), []);
        assert_eq!(list(&[2, 5, 6, 9]).gaps(), [1..=1, 3..=4, 7..=8]);
        assert_eq!(list(&[1, 1, 2]).gaps(), []);
        assert_eq!(list(&[u64::MAX]).gaps(), [1..=u64::MAX - 1]);
    }
}
