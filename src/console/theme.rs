//! Themes: what each role on the screen looks like, read from the files in `assets/themes/` and
//! from a person's own.

use ratatui::style::{Color, Modifier, Style};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{
    colour::{self, Depth},
    config::Source,
};
use crate::domain::{Status, mistake::Mistake};

/// The themes that ship with the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeName {
    Dark,
    Light,
    HighContrast,
    HighContrastLight,
    /// The terminal's own sixteen colours.
    Ansi,
}

impl ThemeName {
    pub const ALL: [Self; 5] = [Self::Dark, Self::Light, Self::HighContrast, Self::HighContrastLight, Self::Ansi];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::HighContrastLight => "high-contrast-light",
            Self::Ansi => "ansi",
        }
    }

    /// What it is for, in the list to choose from.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Dark => "for a dark background",
            Self::Light => "for a light background",
            Self::HighContrast => "for a dark background, easier to read",
            Self::HighContrastLight => "for a light background, easier to read",
            Self::Ansi => "the terminal's own sixteen colours",
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Dark => include_str!("../../assets/themes/dark.toml"),
            Self::Light => include_str!("../../assets/themes/light.toml"),
            Self::HighContrast => include_str!("../../assets/themes/high-contrast.toml"),
            Self::HighContrastLight => include_str!("../../assets/themes/high-contrast-light.toml"),
            Self::Ansi => include_str!("../../assets/themes/ansi.toml"),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == name)
    }

    fn theme(self) -> Theme {
        // A test reads every theme file, and finds nothing wrong in any.
        Theme::read(&mut Source::new(self.as_str(), self.text()))
    }
}

/// The themes to choose from: those that ship with the console, and a person's own.
#[derive(Clone, Debug, Default)]
pub struct Themes {
    own: Vec<(String, Theme)>,
}

impl Themes {
    /// Takes over the text of a theme file. One by the name of a shipped theme takes its place.
    pub fn add(&mut self, name: &str, file: &str, text: &str) -> Vec<Mistake> {
        let mut source = Source::new(file, text);
        let theme = Theme::read(&mut source);
        self.own.push((name.to_owned(), theme));
        source.finish()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        let shipped =
            ThemeName::ALL.into_iter().map(|name| -> &str { name.as_str() }).filter(|name| self.own(name).is_none());
        shipped.chain(self.own.iter().map(|(name, _)| name.as_str()))
    }

    /// The theme of that name in the colours that the terminal can show.
    pub fn load(&self, name: &str, depth: Depth) -> Option<Theme> {
        let theme = self.own(name).cloned().or_else(|| ThemeName::named(name).map(ThemeName::theme))?;
        Some(theme.reduced(depth))
    }

    /// What it is for, in the list to choose from.
    pub fn describe(&self, name: &str) -> &'static str {
        match ThemeName::named(name) {
            Some(theme) if self.own(name).is_none() => theme.describe(),
            _ => "your own",
        }
    }

    fn own(&self, name: &str) -> Option<&Theme> {
        self.own.iter().find(|(own, _)| own == name).map(|(_, theme)| theme)
    }
}

/// The style of every role. Views name roles and never colours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Theme {
    pub text: Paint,
    pub strong: Paint,
    pub muted: Paint,
    pub border: Paint,
    pub accent: Paint,
    pub heading: Paint,
    pub selection: Paint,
    pub key: Paint,
    pub input: Paint,
    pub creating: Paint,
    pub ready: Paint,
    pub active: Paint,
    pub failed: Paint,
    pub deleting: Paint,
    pub production: Paint,
    pub success: Paint,
    pub warning: Paint,
    pub error: Paint,
    pub json_key: Paint,
    pub json_string: Paint,
    pub json_number: Paint,
    pub json_literal: Paint,
}

/// The theme that a file without `base` changes.
const BASE: &str = "base";

impl Theme {
    /// A theme that ships with the console, in the colours that the terminal can show.
    pub fn load(name: ThemeName, depth: Depth) -> Self {
        name.theme().reduced(depth)
    }

    pub const fn status(&self, status: Status) -> Style {
        match status {
            Status::Creating => self.creating.0,
            Status::Ready => self.ready.0,
            Status::Active => self.active.0,
            Status::Failed => self.failed.0,
            Status::Deleting => self.deleting.0,
        }
    }

    /// Every role by its name in a theme file.
    pub fn roles(&mut self) -> [(&'static str, &mut Paint); 22] {
        [
            ("text", &mut self.text),
            ("strong", &mut self.strong),
            ("muted", &mut self.muted),
            ("border", &mut self.border),
            ("accent", &mut self.accent),
            ("heading", &mut self.heading),
            ("selection", &mut self.selection),
            ("key", &mut self.key),
            ("input", &mut self.input),
            ("creating", &mut self.creating),
            ("ready", &mut self.ready),
            ("active", &mut self.active),
            ("failed", &mut self.failed),
            ("deleting", &mut self.deleting),
            ("production", &mut self.production),
            ("success", &mut self.success),
            ("warning", &mut self.warning),
            ("error", &mut self.error),
            ("json_key", &mut self.json_key),
            ("json_string", &mut self.json_string),
            ("json_number", &mut self.json_number),
            ("json_literal", &mut self.json_literal),
        ]
    }

    /// Reads a theme file. What it does not name is as in the theme that it is based on.
    fn read(source: &mut Source<'_>) -> Self {
        let table = source.table();
        let mut theme = base(&table, source);
        let mut roles = theme.roles();
        for (name, value) in &table {
            let written = name.get_ref().as_ref();
            if written == BASE {
                continue;
            }
            let Some((role, paint)) = roles.iter_mut().find(|(role, _)| *role == written) else {
                let known: Vec<_> = roles.iter().map(|(role, _)| *role).chain([BASE]).collect();
                source.unknown("role of a theme", name, &known);
                continue;
            };
            if let Some(read) = Paint::read(role, value, source) {
                **paint = read;
            }
        }
        theme
    }

    fn reduced(mut self, depth: Depth) -> Self {
        for (_, paint) in self.roles() {
            paint.0.fg = paint.0.fg.and_then(|color| colour::reduce(color, depth));
            paint.0.bg = paint.0.bg.and_then(|color| colour::reduce(color, depth));
        }
        self
    }
}

/// The shipped theme that a file changes; the shipped ones themselves start from nothing.
fn base(table: &DeTable<'_>, source: &mut Source<'_>) -> Theme {
    let Some(value) = table.get(BASE) else { return Theme::default() };
    let names = ThemeName::ALL.map(|name| (name.as_str(), name));
    source.one_of(BASE, value, &names).map(ThemeName::theme).unwrap_or_default()
}

/// A style as a theme file writes it: `{ fg = "#7aa2f7", bold = true }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint(pub Style);

impl From<Paint> for Style {
    fn from(paint: Paint) -> Self {
        paint.0
    }
}

const ATTRIBUTES: [(&str, Modifier); 4] = [
    ("bold", Modifier::BOLD),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("italic", Modifier::ITALIC),
];

impl Paint {
    fn read(role: &str, value: &Spanned<DeValue<'_>>, source: &mut Source<'_>) -> Option<Self> {
        let Some(entries) = value.get_ref().as_table() else {
            source.wrong(value.span(), format!("{role} is written as {{ fg = \"#7aa2f7\", bold = true }}"));
            return None;
        };
        let mut style = Style::new();
        for (name, value) in entries {
            style = Self::part(style, name, value, source);
        }
        Some(Self(style))
    }

    fn part(
        style: Style,
        name: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        source: &mut Source<'_>,
    ) -> Style {
        let written = name.get_ref().as_ref();
        match written {
            "fg" => Style { fg: color(written, value, source), ..style },
            "bg" => Style { bg: color(written, value, source), ..style },
            _ => match ATTRIBUTES.iter().find(|(attribute, _)| *attribute == written) {
                Some((_, modifier)) if source.boolean(written, value) == Some(true) => style.add_modifier(*modifier),
                Some(_) => style,
                None => {
                    source.unknown("part of a style", name, &["fg", "bg", "bold", "underline", "reverse", "italic"]);
                    style
                }
            },
        }
    }
}

fn color(name: &str, value: &Spanned<DeValue<'_>>, source: &mut Source<'_>) -> Option<Color> {
    let written = source.string(name, value)?;
    let color = colour::parse(written);
    if color.is_none() {
        let text = format!("{written:?} is no colour: write \"#7aa2f7\", or one of the sixteen as in \"bright-blue\"");
        source.wrong(value.span(), text);
    }
    color
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_file_names_every_role_and_nothing_else() {
        for name in ThemeName::ALL {
            let mut source = Source::new(name.as_str(), name.text());
            let table = source.table();
            for (role, _) in Theme::read(&mut source).roles() {
                assert!(table.contains_key(role), "{} says nothing of {role}", name.as_str());
            }
            assert_eq!(source.finish(), [], "{}", name.as_str());
        }
    }

    #[test]
    fn without_colour_the_selection_still_differs_from_the_text() {
        for name in ThemeName::ALL {
            let mut theme = Theme::load(name, Depth::None);
            assert_ne!(theme.selection, theme.text);
            assert!(theme.roles().iter().all(|(_, paint)| paint.0.fg.is_none() && paint.0.bg.is_none()));
        }
    }

    #[test]
    fn an_own_theme_changes_another_and_its_mistakes_have_lines() {
        let mut themes = Themes::default();
        let text =
            "base = \"light\"\naccent = { fg = \"#112233\", blink = true }\nmuted = { fg = \"grey\" }\nkey = 5\n";
        let mistakes: Vec<_> = themes.add("mine", "themes/mine.toml", text).iter().map(ToString::to_string).collect();
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
        for (mistake, expected) in mistakes.iter().zip([
            "themes/mine.toml:2: blink is no part of a style",
            "themes/mine.toml:3: \"grey\" is no colour",
            "themes/mine.toml:4: key is written as",
        ]) {
            assert!(mistake.starts_with(expected), "{mistake}");
        }
        let (mine, light) =
            (themes.load("mine", Depth::True).expect("it is there"), Theme::load(ThemeName::Light, Depth::True));
        assert_eq!(mine.accent.0.fg, Some(Color::Rgb(0x11, 0x22, 0x33)));
        assert_eq!((mine.error, mine.key), (light.error, light.key));
        assert_eq!(themes.names().last(), Some("mine"));
        assert!(themes.load("other", Depth::True).is_none());
    }
}
