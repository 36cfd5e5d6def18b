//! How many colours a terminal has, and the nearest one it can show.

use ratatui::style::Color;

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// `NO_COLOR`, `--color never` or a terminal without any.
    None,
    Sixteen,
    Indexed,
    True,
}

impl Depth {
    /// Decides from the variables that terminals set.
    ///
    /// `variable` looks one up; an empty one counts as absent, as <https://no-color.org> asks.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        if set("NO_COLOR").is_some() || term == "dumb" {
            return Self::None;
        }
        let truecolor = set("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
        if truecolor || term.contains("direct") || term.contains("kitty") || term.contains("ghostty") {
            Self::True
        } else if term.contains("256") || term.contains("alacritty") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }
}

/// Reads `#rrggbb` or one of the sixteen names.
pub fn parse(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#') {
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 6)?;
        return Some(Color::from_u32(number));
    }
    Some(match text {
        "black" => Color::Black,
        "red" => Color::Red,
        "green" => Color::Green,
        "yellow" => Color::Yellow,
        "blue" => Color::Blue,
        "magenta" => Color::Magenta,
        "cyan" => Color::Cyan,
        "white" => Color::Gray,
        "bright-black" => Color::DarkGray,
        "bright-red" => Color::LightRed,
        "bright-green" => Color::LightGreen,
        "bright-yellow" => Color::LightYellow,
        "bright-blue" => Color::LightBlue,
        "bright-magenta" => Color::LightMagenta,
        "bright-cyan" => Color::LightCyan,
        "bright-white" => Color::White,
        _ => return None,
    })
}

/// The nearest colour of that depth; `None` when the terminal has none.
pub fn reduce(color: Color, depth: Depth) -> Option<Color> {
    let Color::Rgb(red, green, blue) = color else {
        return (depth != Depth::None).then_some(color);
    };
    let rgb = [red, green, blue];
    match depth {
        Depth::None => None,
        Depth::Sixteen => SIXTEEN.into_iter().min_by_key(|(_, other)| distance(rgb, *other)).map(|(color, _)| color),
        Depth::Indexed => Some(Color::Indexed(nearest_index(rgb))),
        Depth::True => Some(color),
    }
}

/// The usual values of the sixteen colours, as xterm ships them.
const SIXTEEN: [(Color, [u8; 3]); 15] = [
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// The steps of the 6x6x6 cube that follows the sixteen.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Red, green and blue of a colour, where it is the same on every terminal.
pub fn rgb(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 16..) => Some(indexed(index)),
        _ => None,
    }
}

/// The colour of an index from 16 on: the cube, and the greys behind it.
fn indexed(index: u8) -> [u8; 3] {
    match index.saturating_sub(16) {
        n @ 0..216 => [CUBE[usize::from(n / 36)], CUBE[usize::from(n / 6 % 6)], CUBE[usize::from(n % 6)]],
        n => [8 + (n - 216) * 10; 3],
    }
}

fn nearest_index(rgb: [u8; 3]) -> u8 {
    (16..=255).min_by_key(|index| distance(rgb, indexed(*index))).unwrap_or(7)
}

/// Squared distance, weighted as the eye weighs the three.
fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    let [red, green, blue] = [0, 1, 2].map(|i| u32::from(one[i].abs_diff(other[i])).pow(2));
    2 * red + 4 * green + 3 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> Depth {
        Depth::detect(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_depth_follows_what_the_terminal_says() {
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(depth(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "dumb")]), Depth::None);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Depth::None);
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]), Depth::Indexed);
    }

    #[test]
    fn a_colour_falls_back_to_its_nearest_neighbour() {
        let red = Color::Rgb(0xf7, 0x20, 0x20);
        assert_eq!(reduce(red, Depth::Sixteen), Some(Color::LightRed));
        assert_eq!(reduce(Color::Rgb(95, 135, 175), Depth::Indexed), Some(Color::Indexed(67)));
        assert_eq!(reduce(Color::Rgb(8, 8, 8), Depth::Indexed), Some(Color::Indexed(232)));
        assert_eq!(reduce(red, Depth::None), None);
    }
}
