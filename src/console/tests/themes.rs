//! Whether every theme can be read: its contrast as WCAG 2.2 computes it.
//! <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>

use ratatui::style::Color;

use crate::console::{
    colour::{self, Depth},
    theme::{Theme, ThemeName},
};

/// Of text, as WCAG asks at level AA.
const READABLE: f64 = 4.5;
/// Of text at level AAA.
const EASILY_READABLE: f64 = 7.0;
/// Lines that part things, and that nothing is lost without.
const DECORATION: [&str; 1] = ["border"];

/// What a theme is held to, on the background that is hardest for it.
///
/// The terminal's own background stays, so a theme has to do on any of its kind: a dark one on the
/// lightest of the usual dark backgrounds, a light one on the darkest of the light ones. The
/// sixteen colours of `ansi` are whatever the terminal's owner made them.
fn held_to(name: ThemeName) -> Option<(Color, f64)> {
    let (background, contrast) = match name {
        ThemeName::Dark => ("#282c34", READABLE),
        ThemeName::Light => ("#fdf6e3", READABLE),
        ThemeName::HighContrast => ("#282c34", EASILY_READABLE),
        ThemeName::HighContrastLight => ("#fdf6e3", EASILY_READABLE),
        ThemeName::Ansi => return None,
    };
    Some((colour::parse(background).expect("a colour"), contrast))
}

/// Every role that is drawn with a colour of its own.
fn contrasts(name: ThemeName, depth: Depth, behind: Color) -> Vec<(&'static str, f64)> {
    let mut theme = Theme::load(name, depth);
    let roles = theme.roles();
    let colored = roles.iter().filter_map(|(role, paint)| Some((*role, paint.0.fg?, paint.0.bg.unwrap_or(behind))));
    colored.map(|(role, ink, behind)| (role, contrast(ink, behind))).collect()
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(color: Color) -> f64 {
    let channels = colour::rgb(color).expect("neither of the sixteen nor the terminal's own").map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
}

#[test]
fn every_theme_can_be_read_in_true_colour_and_in_256() {
    let mut faint = Vec::new();
    for name in ThemeName::ALL {
        let Some((behind, least)) = held_to(name) else { continue };
        for depth in [Depth::True, Depth::Indexed] {
            let roles = contrasts(name, depth, behind);
            assert!(roles.len() > 10, "{} has hardly a colour", name.as_str());
            let text = roles.into_iter().filter(|(role, _)| !DECORATION.contains(role));
            faint.extend(text.filter(|(_, contrast)| *contrast < least).map(|(role, contrast)| {
                format!("{} of {} in {depth:?}: {contrast:.2}, needs {least}", role, name.as_str())
            }));
        }
    }
    assert!(faint.is_empty(), "{}", faint.join("\n"));
}

#[test]
fn the_contrast_is_the_one_that_the_standard_computes() {
    let of = |one: &str, other: &str| {
        contrast(colour::parse(one).expect("a colour"), colour::parse(other).expect("a colour"))
    };
    assert!((of("#ffffff", "#000000") - 21.0).abs() < 0.01);
    assert!((of("#777777", "#ffffff") - 4.48).abs() < 0.01);
}
