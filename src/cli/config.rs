//! The configuration file: the few things worth setting once.
//!
//! ```toml
//! data-dir = "/srv/bkend"       # where everything is kept; relative to this file
//! listen = "127.0.0.1:4600"     # where the console's own server and `bkend serve` listen
//! color = "auto"                # auto, always or never
//! theme = "dark"                # the console's; follows the terminal if absent
//! log-file = "bkend.log"        # diagnostics go here; relative to this file
//! public-url = "https://api.example"  # what URLs of files begin with; follows the request if absent
//! key-style = "url"             # keys of files: url or path
//! max-file-size = 104857600     # bytes of a file, or of a part of one
//! ```
//!
//! `theme`, `[console]` and `[keys]` are the console's. It reads them itself, and starts whatever is
//! wrong in them; what is wrong in the rest ends every command, because it may be the wrong data.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::IgnoredAny};

use super::Failure;
use crate::domain::file::KeyStyle;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    pub data_dir: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub color: Option<Color>,
    pub log_file: Option<PathBuf>,
    pub public_url: Option<String>,
    pub key_style: Option<KeyStyle>,
    pub max_file_size: Option<u64>,
    theme: Option<IgnoredAny>,
    console: Option<IgnoredAny>,
    keys: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl Config {
    /// A file that is not there configures nothing.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => {
                return Err(Failure::Usage(format!("{} cannot be read: {error}", path.display())));
            }
        };
        let mut config = Self::parse(&text).map_err(|wrong| Failure::Usage(format!("{}:{wrong}", path.display())))?;
        if let Some(folder) = path.parent() {
            for relative in [&mut config.data_dir, &mut config.log_file].into_iter().flatten() {
                *relative = folder.join(&*relative);
            }
        }
        Ok(config)
    }

    /// The error begins with the line it is in.
    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or(text));
            format!("{}: {}", before.matches('\n').count() + 1, error.message())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let text = "data-dir = \"data\"\nlisten = \"127.0.0.1:0\"\ncolor = \"never\"\ntheme = \"light\"\nlog-file = \"log\"\n\
             public-url = \"https://api.example\"\nkey-style = \"path\"\nmax-file-size = 5\n[console]\nmouse = false\n[keys]\n";
        let config = Config::parse(text).expect("valid");
        assert_eq!(config.color, Some(Color::Never));
        assert_eq!(config.listen, Some(SocketAddr::from(([127, 0, 0, 1], 0))));
        assert_eq!((config.key_style, config.max_file_size), (Some(KeyStyle::Path), Some(5)));
        assert_eq!(Config::parse(""), Ok(Config::default()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, part) in [
            ("theme = \"dark\"\n\ncolour = \"auto\"\n", "3: ", "colour"),
            ("# note\ncolor = \"blue\"\n", "2: ", "blue"),
            ("listen = 4600\n", "1: ", "socket address"),
            ("listen = \"here\"\n", "1: ", "address"),
            ("theme = \n", "1: ", "value"),
        ] {
            let error = Config::parse(text).expect_err("refused");
            assert!(error.starts_with(line) && error.contains(part), "{error}");
        }
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("config.toml");
        assert_eq!(Config::read(&path).expect("nothing configured"), Config::default());
        fs::write(&path, "data-dir = \"data\"\n").expect("written");
        assert_eq!(Config::read(&path).expect("valid").data_dir, Some(folder.path().join("data")));
        fs::write(&path, "data-dir = 5\n").expect("written");
        let error = Config::read(&path).expect_err("refused").to_string();
        assert!(error.contains("config.toml:1: "), "{error}");
    }
}
