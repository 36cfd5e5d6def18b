//! Instants, and the clock they are read from.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, SecondsFormat, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An instant in milliseconds since the Unix epoch.
///
/// On the wire it is ISO 8601 in UTC with milliseconds and `Z`, as every timestamp of the hosted
/// service was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads an ISO 8601 instant, a local date-time (taken as UTC) or a bare date (midnight UTC).
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(instant.timestamp_millis()));
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(Self(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis()));
        }
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|time| Self(time.and_utc().timestamp_millis()))
    }

    /// Milliseconds from `earlier` to `self`; negative when the order is the other one.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The same instant for calendar arithmetic; out-of-range values become the epoch.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the time zone, which each of the parts below would be asked for.
        let instant = self.to_utc().naive_utc();
        let Ok(year @ 0..=9999) = u32::try_from(instant.year()) else {
            return f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true));
        };
        // Two for each record of a page: the digits one by one cost a fraction of a format string.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put_digits(&mut text[..4], year);
        put_digits(&mut text[5..7], instant.month());
        put_digits(&mut text[8..10], instant.day());
        put_digits(&mut text[11..13], instant.hour());
        put_digits(&mut text[14..16], instant.minute());
        put_digits(&mut text[17..19], instant.second());
        put_digits(&mut text[20..23], instant.nanosecond() / 1_000_000);
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// Fills `text` with the last decimal digits of `number`.
fn put_digits(text: &mut [u8], mut number: u32) {
    for place in text.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("expected an ISO 8601 date and time"))
    }
}

/// Where the present comes from: the system, or a fixed instant so that `bkend demo` shows the
/// same picture every time.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    Fixed(Timestamp),
}

impl Clock {
    pub fn now(self) -> Timestamp {
        match self {
            Self::System => Timestamp(Utc::now().timestamp_millis()),
            Self::Fixed(instant) => instant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_alone_is_midnight_utc() {
        let date = Timestamp::parse("2025-01-20").map(|t| t.to_string());
        assert_eq!(date.as_deref(), Some("2025-01-20T00:00:00.000Z"));
    }

    #[test]
    fn an_offset_is_converted_to_utc() {
        let instant = Timestamp::parse("2025-01-20T09:00:00+09:00").map(|t| t.to_string());
        assert_eq!(instant.as_deref(), Some("2025-01-20T00:00:00.000Z"));
    }

    #[test]
    fn instants_are_printed_with_milliseconds_even_outside_four_digits_of_years() {
        for (millis, text) in [
            (1_737_331_445_006, "2025-01-20T00:04:05.006Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "+10000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp(millis).to_string(), text);
        }
    }

    #[test]
    fn words_are_not_dates() {
        assert_eq!(Timestamp::parse("tomorrow"), None);
        assert_eq!(Timestamp::parse("2025-13-01"), None);
    }
}
