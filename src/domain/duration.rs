//! Lengths of time as people type them: `30s`, `12h`, `1d12h`.

use std::time::Duration;

use super::{Invalid, Timestamp};

/// Reads numbers with units `ms s m h d w`, the larger first by habit but in any order.
pub fn parse(text: &str) -> Result<Duration, Invalid> {
    let wrong = || Invalid::new(format!("{text:?} is not a length of time: write 30s, 5m, 12h, 90d or 1d12h"));
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit: u64 = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return Err(wrong()),
        };
        rest = rest[letters..].trim_start();
        let part = number.checked_mul(unit).map(Duration::from_millis).ok_or_else(wrong)?;
        total = total.checked_add(part).ok_or_else(wrong)?;
    }
    Ok(total)
}

/// The instant that lies so far ahead; none beyond the last year that four digits write.
pub fn ahead(now: Timestamp, duration: Duration) -> Option<Timestamp> {
    let millis = i64::try_from(duration.as_millis()).ok()?;
    let end = now.millis().checked_add(millis)?;
    (end < 253_402_300_800_000).then(|| Timestamp::from_millis(end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_needs_a_unit() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("12h", 43_200), ("90d", 7_776_000), ("1d12h", 129_600)] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("1d 12h"), parse("1d12h"));
        for bad in ["", "30", "d", "-1d", "1.5h", "90 days", "18446744073709551615w"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_end_that_no_date_can_write_is_refused() {
        let ends = |duration| ahead(Timestamp::from_millis(0), duration).is_some();
        assert!(ends(Duration::from_hours(90 * 24)));
        assert!(!ends(Duration::from_secs(u64::from(u32::MAX) * 100)));
        assert!(!ends(Duration::MAX));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,20}") {
            let _ = parse(&text);
        }
    }
}
