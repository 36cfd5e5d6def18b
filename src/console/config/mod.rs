//! The console's part of the configuration file, and the themes beside it.
//!
//! ```toml
//! theme = "dark"
//!
//! [console]
//! mouse = true
//!
//! [keys]
//! environment-create = ["n", "ctrl-n"]
//! ```
//!
//! No mistake keeps the console from starting: its entry counts as not written, and the mistake is
//! told with its line.
//!
//! | File | Idea |
//! |---|---|
//! | `source` | a TOML file whose mistakes have lines |
//! | `keys` | `[keys]`: bindings by the names of commands |

mod keys;
mod source;

use std::{fs, io, path::Path, time::Duration};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub use self::source::Source;
use super::{keymap::Keymap, page::PageId, theme::Themes, zone::Zone};
use crate::domain::{duration, mistake::Mistake};

/// The settings of `[console]`, by name.
pub const SETTINGS: [&str; 6] = ["bell", "mouse", "quit", "refresh", "start-page", "time-zone"];
/// The folder of a person's own themes, beside the configuration file.
const THEMES: &str = "themes";
/// Reading everything again more often would be load without news: events come at once.
const LEAST_REFRESH: Duration = Duration::from_secs(1);

/// How the console is set up.
#[derive(Debug)]
pub struct Config {
    /// Absent: it follows the terminal.
    pub theme: Option<String>,
    pub themes: Themes,
    pub habits: Habits,
    /// Absent: where one was the last time.
    pub start_page: Option<PageId>,
    pub zone: Zone,
    pub keymap: Keymap,
}

/// How the console behaves, where people differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Whether the mouse is the console's; without it the terminal selects text as it does elsewhere.
    pub mouse: bool,
    /// Whether a creation that took long rings when it is done.
    pub bell: bool,
    pub quit: Quitting,
    /// How often everything is read again, also while events come.
    pub refresh: Option<Duration>,
}

/// When quitting asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quitting {
    /// When something would end that somebody uses or waits for.
    AsksIfNeeded,
    Asks,
}

impl Default for Habits {
    fn default() -> Self {
        Self { mouse: true, bell: true, quit: Quitting::AsksIfNeeded, refresh: None }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            theme: None,
            themes: Themes::default(),
            habits: Habits::default(),
            start_page: None,
            zone: Zone::Local,
            keymap: Keymap::default(),
        }
    }
}

impl Config {
    /// Reads the file and the themes beside it. A file that is not there sets nothing.
    pub fn load(path: &Path) -> (Self, Vec<Mistake>) {
        let mut mistakes = Vec::new();
        let themes = own_themes(path, &mut mistakes);
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    mistakes.push(Mistake { file: file.clone(), line: 1, text: format!("it cannot be read: {error}") });
                }
                String::new()
            }
        };
        let (config, found) = Self::read(&file, &text, themes);
        mistakes.extend(found);
        (config, mistakes)
    }

    /// Reads the text of the file of that name.
    pub fn read(file: &str, text: &str, themes: Themes) -> (Self, Vec<Mistake>) {
        let mut source = Source::new(file, text);
        let table = source.table();
        let mut config = Self { themes, ..Self::default() };
        if let Some(value) = table.get("theme") {
            config.theme = theme(value, &config.themes, &mut source);
        }
        if let Some(entries) = section("console", &table, &mut source) {
            config.settings(entries, &mut source);
        }
        if let Some(entries) = section("keys", &table, &mut source) {
            config.keymap = keys::read(entries, &mut source);
        }
        (config, source.finish())
    }

    fn settings(&mut self, entries: &DeTable<'_>, source: &mut Source<'_>) {
        let habits = &mut self.habits;
        for (name, value) in entries {
            let written = name.get_ref().as_ref();
            match written {
                "bell" => set(&mut habits.bell, source.boolean(written, value)),
                "mouse" => set(&mut habits.mouse, source.boolean(written, value)),
                "quit" => {
                    let words = [("ask-if-needed", Quitting::AsksIfNeeded), ("ask", Quitting::Asks)];
                    set(&mut habits.quit, source.one_of(written, value, &words));
                }
                "refresh" => habits.refresh = refresh(value, source),
                "start-page" => {
                    let pages = PageId::ALL.map(|page| (page.name(), page));
                    self.start_page = source.one_of(written, value, &pages);
                }
                "time-zone" => {
                    let words = [("local", Zone::Local), ("utc", Zone::Utc)];
                    set(&mut self.zone, source.one_of(written, value, &words));
                }
                _ => source.unknown("setting of [console]", name, &SETTINGS),
            }
        }
    }
}

fn set<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

fn section<'t, 'a>(name: &str, table: &'t DeTable<'a>, source: &mut Source<'_>) -> Option<&'t DeTable<'a>> {
    let value = table.get(name)?;
    let entries = value.get_ref().as_table();
    if entries.is_none() {
        source.wrong(value.span(), format!("{name} is a section: [{name}], and its entries below"));
    }
    entries
}

fn theme(value: &Spanned<DeValue<'_>>, themes: &Themes, source: &mut Source<'_>) -> Option<String> {
    let names: Vec<_> = themes.names().map(|name| (name, name)).collect();
    source.one_of("theme", value, &names).map(str::to_owned)
}

/// `"off"`, which is the default, or a length of time.
fn refresh(value: &Spanned<DeValue<'_>>, source: &mut Source<'_>) -> Option<Duration> {
    let written = source.string("refresh", value).filter(|written| *written != "off")?;
    match duration::parse(written) {
        Ok(every) if every >= LEAST_REFRESH => return Some(every),
        Ok(_) => source.wrong(value.span(), "refresh is at least \"1s\"; changes are shown at once without it"),
        Err(_) => {
            let text = format!("refresh is not {written:?}: it is \"off\", or a time as in \"30s\" or \"5m\"");
            source.wrong(value.span(), text);
        }
    }
    None
}

/// The themes that ship with the console, and those in the folder beside the configuration file.
fn own_themes(config: &Path, mistakes: &mut Vec<Mistake>) -> Themes {
    let mut themes = Themes::default();
    let Some(folder) = config.parent().map(|folder| folder.join(THEMES)) else { return themes };
    let Ok(entries) = fs::read_dir(&folder) else { return themes };
    let mut paths: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    for path in paths {
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        let file = format!("{THEMES}/{name}.toml");
        match fs::read_to_string(&path) {
            Ok(text) => mistakes.extend(themes.add(name, &file, &text)),
            Err(error) => mistakes.push(Mistake { file, line: 1, text: format!("it cannot be read: {error}") }),
        }
    }
    themes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Config, Vec<String>) {
        let (config, mistakes) = Config::read("config.toml", text, Themes::default());
        (config, mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_setting_is_read() {
        let (config, mistakes) = read(
            "theme = \"light\"\ndata-dir = \"elsewhere\"\n[console]\nbell = false\nmouse = false\nquit = \"ask\"\n\
             refresh = \"30s\"\nstart-page = \"database\"\ntime-zone = \"utc\"\n[keys]\nenvironment-create = \"ctrl-n\"\n",
        );
        assert!(mistakes.is_empty(), "{mistakes:?}");
        assert_eq!(config.theme.as_deref(), Some("light"));
        assert_eq!((config.habits.bell, config.habits.mouse, config.habits.quit), (false, false, Quitting::Asks));
        assert_eq!((config.habits.refresh, config.zone), (Some(Duration::from_secs(30)), Zone::Utc));
        assert_eq!(config.start_page, Some(PageId::Database));
        assert_eq!(config.keymap.way("environment-create"), "ctrl-n");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_what_would_be_right() {
        for (text, expected) in [
            ("theme = \"pink\"\n", "config.toml:1: theme is not \"pink\": it is one of dark, light,"),
            ("[console]\n\nmoose = true\n", "config.toml:3: moose is no setting of [console]: mouse is the nearest"),
            ("[console]\nmouse = 1\n", "config.toml:2: mouse is true or false"),
            ("[console]\nfrobnicate = 1\n", "there are bell, mouse, quit, refresh, start-page, time-zone"),
            ("[console]\nrefresh = \"10ms\"\n", "config.toml:2: refresh is at least \"1s\""),
            ("[console]\nrefresh = \"often\"\n", "config.toml:2: refresh is not \"often\""),
            ("[console]\ntime-zone = \"CET\"\n", "time-zone is not \"CET\": it is one of local, utc"),
            ("keys = 5\n", "config.toml:1: keys is a section"),
            ("[console]\nbell = \n", "config.toml:2: "),
        ] {
            let (_, mistakes) = read(text);
            assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
            assert!(mistakes[0].contains(expected), "{text}: {mistakes:?}");
        }
    }

    #[test]
    fn a_mistake_costs_only_its_own_entry() {
        let (config, mistakes) = read("[console]\nbell = 5\nmouse = false\nquit = \"ask\"\n");
        assert_eq!(mistakes.len(), 1);
        assert_eq!((config.habits.bell, config.habits.mouse, config.habits.quit), (true, false, Quitting::Asks));
    }

    #[test]
    fn themes_beside_the_file_can_be_chosen() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        fs::create_dir(folder.path().join(THEMES)).expect("a folder");
        fs::write(folder.path().join("themes/mine.toml"), "base = \"light\"\nacent = { fg = \"#112233\" }\n")
            .expect("written");
        fs::write(&path, "theme = \"mine\"\n").expect("written");
        let (config, mistakes) = Config::load(&path);
        assert_eq!(config.theme.as_deref(), Some("mine"));
        let mistakes: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(mistakes, ["themes/mine.toml:2: acent is no role of a theme: accent is the nearest"]);
    }
}
