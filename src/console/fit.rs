//! Text in terminal columns: how wide it is, and how it is made to fit.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::domain::number::grouped;

/// Columns that the text takes; control characters take none, because none is ever drawn.
pub fn width(text: &str) -> u16 {
    if text.is_ascii() {
        return u16::try_from(text.len()).unwrap_or(u16::MAX);
    }
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// The text, cut with an ellipsis where it is wider than `most` columns.
pub fn truncate(text: &str, most: u16) -> Cow<'_, str> {
    // No character takes more columns than bytes, so short text needs no measuring.
    if text.len() <= usize::from(most) || width(text) <= most {
        return Cow::Borrowed(text);
    }
    if most == 0 {
        return Cow::Borrowed("");
    }
    let mut columns = 0;
    let mut end = 0;
    for (start, character) in text.char_indices() {
        let wide = u16::try_from(character.width().unwrap_or(0)).unwrap_or(0);
        if columns + wide > most - 1 {
            break;
        }
        columns += wide;
        end = start + character.len_utf8();
    }
    Cow::Owned(format!("{}…", &text[..end]))
}

/// The text without what a terminal would act on: control characters, and marks that turn the
/// direction of writing round for the rest of the line.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if acts(c) { ' ' } else { c }).collect())
}

fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Breaks text into lines of at most `most` columns, at spaces where there are any.
pub fn wrap(text: &str, most: u16) -> Vec<String> {
    let mut lines = vec![String::new()];
    for mut word in text.split_whitespace() {
        loop {
            let line = lines.last_mut().expect("the first line is there from the start");
            let gap = u16::from(!line.is_empty());
            if width(line) + gap + width(word) <= most || most == 0 {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if !line.is_empty() {
                lines.push(String::new());
                continue;
            }
            let mut columns = 0;
            let fits = word
                .char_indices()
                .find(|(_, c)| {
                    columns += u16::try_from(c.width().unwrap_or(0)).unwrap_or(0);
                    columns > most
                })
                .map_or(word.len(), |(end, _)| end)
                // A character wider than the whole line is put there all the same.
                .max(word.chars().next().map_or(0, char::len_utf8));
            line.push_str(&word[..fits]);
            word = &word[fits..];
            if word.is_empty() {
                break;
            }
        }
    }
    lines
}

/// Which lines of how many are on the screen, where not all of them are: `13-24 of 80`.
pub fn extent(first: usize, height: usize, lines: usize) -> Option<String> {
    let number = |number: usize| grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let last = first.saturating_add(height).min(lines);
    (lines > height).then(|| format!("{}-{} of {}", number(first + 1), number(last), number(lines)))
}

/// `1 row`, `1,204 rows`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A size for people, in powers of 1000: `3.1 MB`.
#[expect(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
pub fn bytes(number: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", units[unit])
}

/// A duration for people from milliseconds: `9 ms`, `1.2 s`, `28 s`, `3 min`.
pub fn milliseconds(ms: f64) -> String {
    if ms < 10.0 {
        format!("{ms:.1} ms")
    } else if ms < 1000.0 {
        format!("{ms:.0} ms")
    } else if ms < 10_000.0 {
        format!("{:.1} s", ms / 1000.0)
    } else if ms < 120_000.0 {
        format!("{:.0} s", ms / 1000.0)
    } else {
        format!("{:.0} min", ms / 60_000.0)
    }
}

/// A wait for people from whole seconds: `2 s`, `3 min`.
pub fn seconds(seconds: i64) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds / 60) }
}

/// How long ago in one unit: `now`, `3 m`, `2 h`, `41 d`.
pub fn age(ms: i64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        ..1 => "now".into(),
        1..60 => format!("{minutes} m"),
        60..1440 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

/// [`age`] in a sentence: `just now`, `3 m ago`.
pub fn ago(ms: i64) -> String {
    let age = age(ms);
    if age == "now" { "just now".into() } else { format!("{age} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_are_never_cut_in_half() {
        assert_eq!(truncate("日本語", 6), "日本語");
        assert_eq!(truncate("日本語", 5), "日本…");
        assert_eq!(truncate("日本語", 4), "日…");
        assert_eq!(truncate("e\u{301}te\u{301}", 3), "e\u{301}te\u{301}");
        assert_eq!(truncate("staging", 0), "");
        assert_eq!(truncate("staging", 1), "…");
    }

    #[test]
    fn lines_break_at_spaces_and_inside_words_that_are_too_long() {
        assert_eq!(wrap("the disk is full", 8), ["the disk", "is full"]);
        assert_eq!(wrap("a /very/long/path", 6), ["a", "/very/", "long/p", "ath"]);
        assert_eq!(wrap("日本語", 1), ["日", "本", "語"]);
    }

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(bytes(3_100_000), "3.1 MB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(milliseconds(9.04), "9.0 ms");
        assert_eq!(milliseconds(28_400.0), "28 s");
        assert_eq!((age(59_999), age(60_000), age(7_200_000)), ("now".into(), "1 m".into(), "2 h".into()));
    }
}
