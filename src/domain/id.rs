//! Identifiers, and the randomness they are made from.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use super::{Invalid, Timestamp};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            pub const PREFIX: &str = $prefix;

            /// A new identifier, sorting after those made earlier.
            pub fn generate(entropy: &Entropy, now: Timestamp) -> Self {
                Self(format!("{}{}", Self::PREFIX, entropy.sortable(now)).into())
            }

            /// # Errors
            /// [`Invalid`] unless the text is the prefix and 24 lower-case hex digits. Identifiers
            /// name folders and SQL tables, so nothing else may ever pass.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let body = text.strip_prefix(Self::PREFIX).unwrap_or_default();
                if body.len() == 24 && body.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    Ok(Self(text.into()))
                } else {
                    Err(Invalid::new(format!("expected an identifier like {}<24 hex digits>", Self::PREFIX)))
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(D::Error::custom)
            }
        }
    };
}

identifier!(ProjectId, "proj_");
identifier!(EnvironmentId, "env_");
identifier!(KeyId, "key_");
identifier!(TableId, "tbl_");
identifier!(
    /// One import of one table.
    ImportId,
    "imp_"
);
identifier!(
    /// One line of the activity log.
    ActivityId,
    "act_"
);

/// The identifier of a row: 24 hex digits that sort in the order of creation.
///
/// Imported rows keep the identifier they came with, so only generation is strict.
#[derive(Debug)]
pub struct RecordId;

impl RecordId {
    pub fn generate(entropy: &Entropy, now: Timestamp) -> String {
        entropy.sortable(now)
    }
}

/// Where identifiers and keys take their randomness from.
#[derive(Debug)]
pub struct Entropy {
    source: Source,
    /// Milliseconds and sequence of the last sortable identifier: two in one millisecond still
    /// sort in the order in which they were made.
    last: Mutex<(i64, u64)>,
}

#[derive(Debug)]
enum Source {
    System,
    /// SHA-256 over a seed and a counter: equal `bkend demo` flags give equal keys.
    Seeded {
        seed: u64,
        counter: AtomicU64,
    },
}

impl Entropy {
    pub fn system() -> Self {
        Self { source: Source::System, last: Mutex::default() }
    }

    pub fn seeded(seed: u64) -> Self {
        Self { source: Source::Seeded { seed, counter: AtomicU64::new(0) }, last: Mutex::default() }
    }

    /// 32 bytes nobody can guess (from the seed alone when seeded).
    pub fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        match &self.source {
            Source::System => {
                getrandom::fill(&mut bytes).expect("the operating system has a random source");
            }
            Source::Seeded { seed, counter } => {
                let mut hash = Sha256::new();
                hash.update(seed.to_le_bytes());
                hash.update(counter.fetch_add(1, Ordering::Relaxed).to_le_bytes());
                bytes.copy_from_slice(&hash.finalize());
            }
        }
        bytes
    }

    /// 12 hex digits of milliseconds and 12 of a sequence that starts at a random point in each
    /// millisecond, so that identifiers sort by creation and cannot be counted from outside.
    fn sortable(&self, now: Timestamp) -> String {
        const SEQUENCE: u64 = 0xffff_ffff_ffff;
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (mut millis, mut sequence) = *last;
        if now.millis() > millis {
            millis = now.millis();
            let mut word = [0; 8];
            word.copy_from_slice(&self.bytes()[..8]);
            // The upper half stays free for what follows in the same millisecond.
            sequence = u64::from_le_bytes(word) & (SEQUENCE >> 1);
        } else if sequence == SEQUENCE {
            millis += 1;
            sequence = 0;
        } else {
            sequence += 1;
        }
        *last = (millis, sequence);
        format!("{:012x}{sequence:012x}", millis & 0xffff_ffff_ffff)
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_ids_sort_in_the_order_of_creation() {
        let entropy = Entropy::system();
        let now = Timestamp::from_millis(1_700_000_000_000);
        let ids: Vec<_> = (0..1000).map(|i| RecordId::generate(&entropy, now.plus_millis(i / 100))).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.len() == 24));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_break_the_order() {
        let entropy = Entropy::system();
        let first = RecordId::generate(&entropy, Timestamp::from_millis(2_000));
        let second = RecordId::generate(&entropy, Timestamp::from_millis(1_000));
        assert!(first < second);
    }

    #[test]
    fn equal_seeds_give_equal_identifiers() {
        let now = Timestamp::from_millis(1);
        let make = || EnvironmentId::generate(&Entropy::seeded(7), now);
        assert_eq!(make(), make());
    }

    #[test]
    fn an_identifier_never_holds_a_path() {
        assert!(EnvironmentId::parse("env_../../../../etc/passwd0000").is_err());
        assert!(EnvironmentId::parse("key_0123456789abcdef01234567").is_err());
        assert!(EnvironmentId::parse("env_0123456789abcdef01234567").is_ok());
    }
}
