//! The part of an object that a request asks for (RFC 9110, section 14).

use std::ops::Range;

/// What `Range` amounts to for an object of some length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    /// It lies beyond the end.
    Nothing,
}

/// One range is served. What is not understood is ignored, and so are several: a server may.
pub fn parse(header: &str, length: u64) -> Wanted {
    let Some((unit, set)) = header.split_once('=') else { return Wanted::Whole };
    let Some((first, last)) = set.trim().split_once('-') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return Wanted::Whole;
    }
    let range = match (number(first), number(last)) {
        (Some(Some(first)), Some(Some(last))) if first > last => return Wanted::Whole,
        (Some(Some(first)), Some(last)) => first..last.map_or(length, |last| last.saturating_add(1)).min(length),
        (Some(None), Some(Some(suffix))) => length.saturating_sub(suffix)..length,
        _ => return Wanted::Whole,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Nothing }
}

/// A number, or nothing at all; absent when it is neither. One too large is as good as the largest.
#[expect(clippy::option_option, reason = "an empty bound means something, and differs from a wrong one")]
fn number(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    text.bytes().all(|b| b.is_ascii_digit()).then(|| Some(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_range_is_inclusive_and_ends_with_the_object() {
        for (header, range) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-5", 2..6),
            ("bytes=2-", 2..10),
            ("bytes=5-99", 5..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("Bytes = 1 - 2", 1..3),
            ("bytes=3-99999999999999999999999", 3..10),
        ] {
            assert_eq!(parse(header, 10), Wanted::Part(range), "{header}");
        }
    }

    #[test]
    fn what_lies_beyond_the_end_is_nothing() {
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(parse(header, 10), Wanted::Nothing, "{header}");
        }
        assert_eq!(parse("bytes=0-", 0), Wanted::Nothing);
    }

    #[test]
    fn what_is_not_understood_is_ignored() {
        for header in ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1"] {
            assert_eq!(parse(header, 10), Wanted::Whole, "{header}");
        }
    }

    proptest! {
        #[test]
        fn a_range_never_leaves_the_object(header in "(bytes=)?[0-9]{0,22}-[0-9]{0,22}|\\PC*", length: u64) {
            if let Wanted::Part(range) = parse(&header, length) {
                prop_assert!(range.start < range.end && range.end <= length);
            }
        }
    }
}
