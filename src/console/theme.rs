//! Themes: what each role on the screen looks like, read from the files in `assets/themes/`.

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Deserializer, de::Error as _};

use super::colour::{self, Depth};
use crate::domain::Status;

const DARK: &str = include_str!("../../assets/themes/dark.toml");
const LIGHT: &str = include_str!("../../assets/themes/light.toml");
const ANSI: &str = include_str!("../../assets/themes/ansi.toml");

/// Which of the theme files to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThemeName {
    Dark,
    Light,
    /// The terminal's own sixteen colours.
    Ansi,
}

impl ThemeName {
    pub const ALL: [Self; 3] = [Self::Dark, Self::Light, Self::Ansi];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Ansi => "ansi",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Dark => DARK,
            Self::Light => LIGHT,
            Self::Ansi => ANSI,
        }
    }
}

/// The style of every role. Views name roles and never colours.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
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

impl Theme {
    /// Reads the theme's file and brings its colours down to what the terminal can show.
    pub fn load(name: ThemeName, depth: Depth) -> Self {
        let mut theme: Self = toml::from_str(name.file()).expect("a test reads every theme file");
        for paint in theme.paints() {
            paint.0.fg = paint.0.fg.and_then(|color| colour::reduce(color, depth));
            paint.0.bg = paint.0.bg.and_then(|color| colour::reduce(color, depth));
        }
        theme
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

    fn paints(&mut self) -> [&mut Paint; 22] {
        [
            &mut self.text,
            &mut self.strong,
            &mut self.muted,
            &mut self.border,
            &mut self.accent,
            &mut self.heading,
            &mut self.selection,
            &mut self.key,
            &mut self.input,
            &mut self.creating,
            &mut self.ready,
            &mut self.active,
            &mut self.failed,
            &mut self.deleting,
            &mut self.production,
            &mut self.success,
            &mut self.warning,
            &mut self.error,
            &mut self.json_key,
            &mut self.json_string,
            &mut self.json_number,
            &mut self.json_literal,
        ]
    }
}

/// A style as a theme file writes it: `{ fg = "#7aa2f7", bold = true }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint(pub Style);

impl From<Paint> for Style {
    fn from(paint: Paint) -> Self {
        paint.0
    }
}

impl<'de> Deserialize<'de> for Paint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[expect(clippy::struct_excessive_bools, reason = "one for each attribute a terminal has")]
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[derive(Default)]
        struct Written {
            fg: Option<String>,
            bg: Option<String>,
            bold: bool,
            underline: bool,
            reverse: bool,
            italic: bool,
        }
        let written = Written::deserialize(deserializer)?;
        let color = |text: Option<String>| -> Result<Option<Color>, D::Error> {
            text.map(|text| colour::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not a colour"))))
                .transpose()
        };
        let mut style = Style::new();
        style.fg = color(written.fg)?;
        style.bg = color(written.bg)?;
        for (wanted, modifier) in [
            (written.bold, Modifier::BOLD),
            (written.underline, Modifier::UNDERLINED),
            (written.reverse, Modifier::REVERSED),
            (written.italic, Modifier::ITALIC),
        ] {
            if wanted {
                style = style.add_modifier(modifier);
            }
        }
        Ok(Self(style))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_file_names_every_role() {
        for name in ThemeName::ALL {
            assert!(toml::from_str::<Theme>(name.file()).is_ok(), "{}", name.as_str());
        }
    }

    #[test]
    fn without_colour_the_selection_still_differs_from_the_text() {
        for name in ThemeName::ALL {
            let mut theme = Theme::load(name, Depth::None);
            assert_ne!(theme.selection, theme.text);
            assert!(theme.paints().iter().all(|paint| paint.0.fg.is_none() && paint.0.bg.is_none()));
        }
    }
}
