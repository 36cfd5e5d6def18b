//! What `bkend env use` chose: a project and an environment for each backend, kept beside the
//! configuration.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::Failure;
use crate::domain::EnvironmentName;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub project: String,
    pub environment: EnvironmentName,
}

/// The file, by data directory or URL.
#[derive(Debug)]
pub struct ContextFile {
    path: PathBuf,
}

type Choices = BTreeMap<String, Choice>;

impl ContextFile {
    pub fn beside(configuration: &Path) -> Self {
        Self { path: configuration.with_file_name("context.toml") }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn choice(&self, backend: &str) -> Result<Option<Choice>, Failure> {
        Ok(self.read()?.remove(backend))
    }

    pub fn choose(&self, backend: &str, choice: Choice) -> Result<(), Failure> {
        let mut choices = self.read()?;
        choices.insert(backend.to_owned(), choice);
        let text = toml::to_string(&choices).map_err(|error| self.failed(&error))?;
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(|error| self.failed(&error))?;
        }
        // Renamed into place: another command reads the old choices or the new, never half of them.
        let temporary = self.path.with_extension(format!("toml.{}", std::process::id()));
        fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, &self.path)).map_err(|error| {
            let _ = fs::remove_file(&temporary);
            self.failed(&error)
        })
    }

    fn read(&self) -> Result<Choices, Failure> {
        match fs::read_to_string(&self.path) {
            Ok(text) => toml::from_str(&text).map_err(|error| {
                let reason = error.message();
                Failure::Usage(format!("{} is damaged ({reason}): mend it, or delete it", self.path.display()))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Choices::new()),
            Err(error) => Err(Failure::Failed(format!("{} cannot be read: {error}", self.path.display()))),
        }
    }

    fn failed(&self, error: &dyn std::error::Error) -> Failure {
        Failure::Failed(format!("{} cannot be written: {error}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_backend_has_a_choice_of_its_own() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = ContextFile::beside(&folder.path().join("bkend/config.toml"));
        let choice = |name| Choice {
            project: "my-app".into(),
            environment: EnvironmentName::parse(name).expect("a valid name"),
        };
        assert_eq!(file.choice("/data").expect("readable"), None);
        file.choose("/data", choice("staging")).expect("written");
        file.choose("http://10.0.0.1:4600", choice("prod")).expect("written");
        file.choose("/data", choice("qa")).expect("written");
        assert_eq!(file.choice("/data").expect("readable"), Some(choice("qa")));
        assert_eq!(file.choice("http://10.0.0.1:4600").expect("readable"), Some(choice("prod")));
        let left: Vec<_> = fs::read_dir(folder.path().join("bkend")).expect("a folder").collect();
        assert_eq!(left.len(), 1, "no temporary file stays behind");
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = ContextFile::beside(&folder.path().join("config.toml"));
        fs::write(file.path(), "nonsense").expect("written");
        assert!(file.choice("/data").expect_err("refused").to_string().contains("context.toml"));
    }
}
