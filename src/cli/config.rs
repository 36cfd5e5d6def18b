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
//! envelope = "dual"             # what answers to apps are wrapped in: dual, bare or wrapped
//! max-file-size = 104857600     # bytes of a file, or of a part of one
//! rate-limit = 600              # requests of a key in a minute; as many as it likes if absent
//! ```
//!
//! `theme`, `[console]` and `[keys]` are the console's. It reads them itself, and starts whatever is
//! wrong in them; what is wrong in the rest ends every command, because it may be the wrong data.

use std::{
    fs, io,
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny},
};
use toml::de::DeTable;

use super::Failure;
use crate::domain::{envelope::Envelope, file::KeyStyle, mistake::Mistake, nearest::nearest};

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    pub data_dir: Option<PathBuf>,
    pub listen: Option<SocketAddr>,
    pub color: Option<Color>,
    pub log_file: Option<PathBuf>,
    #[serde(default, deserialize_with = "public_url")]
    pub public_url: Option<String>,
    pub key_style: Option<KeyStyle>,
    pub envelope: Option<Envelope>,
    pub max_file_size: Option<u64>,
    pub rate_limit: Option<NonZeroU32>,
    theme: Option<IgnoredAny>,
    console: Option<IgnoredAny>,
    keys: Option<IgnoredAny>,
}

fn public_url<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let url = String::deserialize(from)?;
    if is_public_url(&url) { Ok(Some(url)) } else { Err(D::Error::custom("this is no public URL")) }
}

/// Something can be written behind it.
pub fn is_public_url(url: &str) -> bool {
    (url.starts_with("http://") || url.starts_with("https://")) && !url.contains(['?', '#', ' '])
}

/// What each setting has to be.
const SETTINGS: [(&str, &str); 9] = [
    ("color", "\"auto\", \"always\" or \"never\""),
    ("data-dir", "a path in quotes"),
    ("envelope", "\"dual\", \"bare\" or \"wrapped\""),
    ("key-style", "\"url\" or \"path\""),
    ("listen", "an address with its port, like \"127.0.0.1:4600\""),
    ("log-file", "a path in quotes"),
    ("max-file-size", "a number of bytes, like 104857600"),
    ("public-url", "an address in quotes, like \"https://api.example\""),
    ("rate-limit", "a number of requests in a minute, like 600"),
];
const OF_THE_CONSOLE: [&str; 3] = ["theme", "console", "keys"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl Config {
    /// A file that is not there configures nothing; one in which anything is wrong is refused.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let (config, mistakes) = Self::read_right(path);
        if mistakes.is_empty() {
            return Ok(config);
        }
        let whole = |mistake: Mistake| Mistake { file: path.display().to_string(), ..mistake }.to_string();
        Err(Failure::Usage(mistakes.into_iter().map(whole).collect::<Vec<_>>().join("\n")))
    }

    /// What is right in it, and what is not.
    pub fn read_right(path: &Path) -> (Self, Vec<Mistake>) {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let mistake = |(line, text)| Mistake { file: file.clone().into_owned(), line, text };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Self::default(), Vec::new()),
            Err(error) => return (Self::default(), vec![mistake((1, format!("it cannot be read: {error}")))]),
        };
        let (mut config, mistakes) = Self::parse(&text);
        if let Some(folder) = path.parent() {
            for relative in [&mut config.data_dir, &mut config.log_file].into_iter().flatten() {
                *relative = folder.join(&*relative);
            }
        }
        (config, mistakes.into_iter().map(mistake).collect())
    }

    /// Each of the mistakes with its line; beside them what the entries that are right make.
    fn parse(text: &str) -> (Self, Vec<(usize, String)>) {
        let line = |offset: usize| text.get(..offset).unwrap_or(text).matches('\n').count() + 1;
        let error = match toml::from_str(text) {
            Ok(config) => return (config, Vec::new()),
            Err(error) => error,
        };
        // What is no TOML at all is named as it is; otherwise every entry is looked at by itself.
        let table = DeTable::parse(text).ok();
        let mut right = String::new();
        let entries = table.iter().flat_map(toml::Spanned::get_ref);
        let mut mistakes: Vec<_> = entries
            .filter_map(|(key, value)| {
                let name = key.get_ref().as_ref();
                let entry = text.get(key.span().start..value.span().end)?;
                let mistake = match SETTINGS.iter().find(|(setting, _)| *setting == name) {
                    Some((_, wanted)) if toml::from_str::<Self>(entry).is_err() => format!("{name} has to be {wanted}"),
                    Some(_) => {
                        right.push_str(entry);
                        right.push('\n');
                        return None;
                    }
                    None if !OF_THE_CONSOLE.contains(&name) => unknown(name),
                    None => return None,
                };
                Some((line(key.span().start), mistake))
            })
            .collect();
        if mistakes.is_empty() {
            mistakes.push((line(error.span().map_or(0, |span| span.start)), error.message().to_owned()));
        }
        mistakes.sort();
        (toml::from_str(&right).unwrap_or_default(), mistakes)
    }
}

fn unknown(name: &str) -> String {
    let settings = || SETTINGS.map(|(setting, _)| setting).into_iter().chain(OF_THE_CONSOLE);
    match nearest(name, settings()) {
        Some(meant) => format!("there is no setting {name}: {meant} is the nearest"),
        None => format!("there is no setting {name}; there are {}", settings().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read() {
        let text = "data-dir = \"data\"\nlisten = \"127.0.0.1:0\"\ncolor = \"never\"\ntheme = \"light\"\nlog-file = \"log\"\n\
             public-url = \"https://api.example\"\nkey-style = \"path\"\nenvelope = \"bare\"\nmax-file-size = 5\nrate-limit = 6\n[console]\nmouse = false\n[keys]\n";
        let (config, mistakes) = Config::parse(text);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(config.color, Some(Color::Never));
        assert_eq!(config.listen, Some(SocketAddr::from(([127, 0, 0, 1], 0))));
        assert_eq!((config.key_style, config.max_file_size), (Some(KeyStyle::Path), Some(5)));
        assert_eq!((config.envelope, config.rate_limit), (Some(Envelope::Bare), NonZeroU32::new(6)));
        assert_eq!(Config::parse(""), (Config::default(), Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, line, part) in [
            ("theme = \"dark\"\n\ncolour = \"auto\"\n", 3, "colour: color is the nearest"),
            ("# note\ncolor = \"blue\"\n", 2, "color has to be \"auto\""),
            ("listen = 4600\n", 1, "127.0.0.1:4600"),
            ("listen = \"here\"\n", 1, "address"),
            ("public-url = \"ftp://x\"\n", 1, "https://api.example"),
            ("theme = \n", 1, "value"),
        ] {
            let (_, errors) = Config::parse(text);
            assert!(matches!(&*errors, [error] if error.0 == line && error.1.contains(part)), "{errors:?}");
        }
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let text = "data-dirr = \"x\"\ntheme = 5\ncolor = 3\nkey-style = \"path\"\nmax-file-size = \"big\"\n[console]\nbell = 1\n";
        let (right, errors) = Config::parse(text);
        let places: Vec<_> = errors.iter().map(|(line, _)| *line).collect();
        assert_eq!(places, [1, 3, 5], "{errors:?}");
        assert_eq!(right.key_style, Some(KeyStyle::Path), "what is right is there beside them");
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
