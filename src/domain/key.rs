//! API keys: their format, what is stored of them, and what they may be used for.

use std::{fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{Invalid, id, id::Entropy};

/// Begins the names of the keys and tables that a proof of isolation plants for a moment: what is asked
/// with them is no traffic of apps, and what becomes of them no news.
pub const PROOF: &str = "verify_";

/// What a proof calls itself in `User-Agent`: it also tries keys that were there before, and what it is
/// refused is no error of an app.
pub const PROOF_AGENT: &str = "bkend-isolation-proof";

/// Digits behind it that are the same in all names of one proof.
const PROOF_DIGITS: usize = 16;

/// The proof that a marker of this name belongs to: `verify_`, 16 hexadecimal digits, and whatever follows a
/// character that is no letter or digit.
pub fn proof_of(name: &str) -> Option<&str> {
    let (proof, rest) = name.split_at_checked(PROOF.len() + PROOF_DIGITS)?;
    let digits = proof.strip_prefix(PROOF)?;
    let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_hex && !rest.starts_with(|c: char| c.is_alphanumeric())).then_some(proof)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    /// For browsers and phones; readable at any time.
    Publishable,
    /// For servers; shown once, past every permission.
    Secret,
}

impl KeyType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publishable => "publishable",
            Self::Secret => "secret",
        }
    }

    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Publishable => "pk_",
            Self::Secret => "sk_",
        }
    }
}

impl FromStr for KeyType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "publishable" => Ok(Self::Publishable),
            "secret" => Ok(Self::Secret),
            _ => Err(Invalid::new("a key type is publishable or secret")),
        }
    }
}

/// A key as an app sends it: `pk_` or `sk_` and 64 hex digits.
///
/// Its `Debug` shows the mask, so that a key cannot reach a log by accident.
#[derive(Clone)]
pub struct ApiKey {
    kind: KeyType,
    text: SecretString,
}

impl ApiKey {
    /// 32 random bytes as lower-case hex.
    pub fn generate(kind: KeyType, entropy: &Entropy) -> Self {
        let text = format!("{}{}", kind.prefix(), id::hex(&entropy.bytes()));
        Self { kind, text: text.into() }
    }

    /// # Errors
    /// [`Invalid`] unless the text matches `^(pk|sk)_[a-fA-F0-9]{64}$`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let kind = if text.starts_with("pk_") {
            KeyType::Publishable
        } else if text.starts_with("sk_") {
            KeyType::Secret
        } else {
            return Err(Invalid::new("an API key starts with pk_ or sk_"));
        };
        let body = &text[3..];
        if body.len() != 64 || !body.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Invalid::new("an API key has 64 hex digits after its prefix"));
        }
        Ok(Self { kind, text: text.to_owned().into() })
    }

    pub const fn kind(&self) -> KeyType {
        self.kind
    }

    /// The full text, for the one answer or store that needs it.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// What a request's key is looked up by.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest(Sha256::digest(self.expose()).into())
    }

    /// The first 7 and the last 4 characters.
    pub fn mask(&self) -> String {
        let text = self.expose();
        format!("{}…{}", &text[..7], &text[text.len() - 4..])
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mask())
    }
}

/// SHA-256 of a key's full text. The key is 256 random bits, so a plain digest resists guessing
/// and a slow password hash would only slow every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyDigest(pub [u8; 32]);

/// What one entry of a key's scope list allows: `table:operation`, either side may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    table: String,
    operation: String,
}

impl Scope {
    /// # Errors
    /// [`Invalid`] when it is not `table:operation`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || {
            Invalid::new(format!(
                "{text:?} is not a scope: write table:operation, where the operation is create, read, list, \
                 update, delete or *, and the table may be *"
            ))
        };
        let (table, operation) = text.split_once(':').ok_or_else(wrong)?;
        let known = ["*", "create", "read", "list", "update", "delete"].contains(&operation);
        let named = table == "*" || super::table::check_table_name(table).is_ok();
        if !(known && named) {
            return Err(wrong());
        }
        Ok(Self { table: table.to_owned(), operation: operation.to_owned() })
    }

    /// Whether this scope covers `operation` on `table`. Listing passes with `read` too, as keys
    /// in the hosted service's documentation are used that way.
    pub fn covers(&self, table: &str, operation: &str) -> bool {
        (self.table == "*" || self.table == table)
            && (self.operation == "*"
                || self.operation == operation
                || (operation == "list" && self.operation == "read"))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.table, self.operation)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_generated_key_parses_and_masks() {
        let key = ApiKey::generate(KeyType::Publishable, &Entropy::seeded(1));
        let parsed = ApiKey::parse(key.expose()).expect("generated keys are valid");
        assert_eq!(parsed.digest(), key.digest());
        assert_eq!(format!("{parsed:?}"), key.mask());
        assert_eq!(key.mask().chars().count(), 12);
    }

    #[test]
    fn malformed_keys_are_refused() {
        for bad in ["", "pk_", "pk_12", "tk_0123", &format!("pk_{}", "g".repeat(64)), &format!("pk_{}", "a".repeat(65))]
        {
            assert!(ApiKey::parse(bad).is_err(), "{bad}");
        }
        assert!(ApiKey::parse("pk_é").is_err());
    }

    #[test]
    fn reading_covers_listing_and_nothing_else() {
        let scope = Scope::parse("posts:read").expect("valid");
        assert!(scope.covers("posts", "read") && scope.covers("posts", "list"));
        assert!(!scope.covers("posts", "create") && !scope.covers("other", "read"));
        let any = Scope::parse("*:*").expect("valid");
        assert!(any.covers("x", "delete"));
        assert!(
            Scope::parse("posts").is_err() && Scope::parse("posts:write").is_err() && Scope::parse("a b:read").is_err()
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parsers_panic_and_few_are_keys(text in ".{0,80}", hex in "[0-9a-fA-F]{60,70}") {
            prop_assert!(ApiKey::parse(&text).is_err());
            let _ = Scope::parse(&text);
            for prefix in ["pk_", "sk_", "xk_", ""] {
                let is_key = ApiKey::parse(&format!("{prefix}{hex}")).is_ok();
                prop_assert_eq!(is_key, hex.len() == 64 && matches!(prefix, "pk_" | "sk_"));
            }
        }
    }
}
