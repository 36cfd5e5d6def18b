//! Which lines the page has on a screen of a height: what matters least gives way first.

use crate::client::verify::Kind;

/// A line of the page, from its second on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Heads,
    Requests,
    RequestCount,
    Errors,
    ErrorCount,
    Median,
    Slowest,
    /// Median and slowest on one line.
    Latencies,
    Size,
    Rows,
    Users,
    Files,
    /// Users and files on one line.
    Holds,
    Isolation,
    Kind(Kind),
    Verified,
    Lately,
    /// One thing that happened, the newest first.
    Event(usize),
    Empty,
}

/// The order of a screen with room for everything.
const ALL: [Line; 23] = [
    Line::Heads,
    Line::Requests,
    Line::RequestCount,
    Line::Errors,
    Line::ErrorCount,
    Line::Median,
    Line::Slowest,
    Line::Empty,
    Line::Size,
    Line::Rows,
    Line::Users,
    Line::Files,
    Line::Isolation,
    Line::Kind(Kind::Schema),
    Line::Kind(Kind::Rows),
    Line::Kind(Kind::Users),
    Line::Kind(Kind::Keys),
    Line::Kind(Kind::Files),
    Line::Verified,
    Line::Lately,
    Line::Event(0),
    Line::Event(1),
    Line::Event(2),
];

/// What gives way, in this order; what it gives way to comes in its place.
const GIVE_WAY: [(&[Line], Option<Line>); 11] = [
    (&[Line::Empty], None),
    (&[Line::Errors], None),
    (&[Line::Median, Line::Slowest], Some(Line::Latencies)),
    (&[Line::Users, Line::Files], Some(Line::Holds)),
    (&[Line::Event(2)], None),
    (&[Line::Verified], None),
    (&[Line::Event(1)], None),
    (&[Line::Event(0), Line::Lately], None),
    (&[Line::Holds], None),
    (&[Line::Rows], None),
    (&[Line::Size], None),
];

/// The lines for that many lines of room. What is left over is for what happened.
pub fn lines(room: usize) -> Vec<Line> {
    let mut lines = ALL.to_vec();
    for (less, instead) in GIVE_WAY {
        if lines.len() <= room {
            break;
        }
        let Some(place) = lines.iter().position(|line| *line == less[0]) else { continue };
        lines.retain(|line| !less.contains(line));
        if let Some(instead) = instead {
            lines.insert(place, instead);
        }
    }
    let spare = room.saturating_sub(lines.len());
    lines.extend((3..3 + spare).map(Line::Event));
    lines.truncate(room);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_height_is_filled_and_begins_with_the_names() {
        for room in 1..60 {
            let lines = lines(room);
            assert_eq!(lines.len(), room);
            assert_eq!(lines[0], Line::Heads);
        }
    }

    #[test]
    fn on_eighty_by_twenty_four_every_section_is_there() {
        let lines = lines(18);
        for line in [Line::Requests, Line::Latencies, Line::Holds, Line::Kind(Kind::Files), Line::Event(1)] {
            assert!(lines.contains(&line), "{line:?}");
        }
        assert!(!lines.contains(&Line::Median) && !lines.contains(&Line::Users));
    }

    #[test]
    fn on_a_low_screen_the_isolation_stays_longer_than_what_happened() {
        let lines = lines(14);
        assert!(lines.contains(&Line::Kind(Kind::Files)) && !lines.contains(&Line::Lately));
    }
}
