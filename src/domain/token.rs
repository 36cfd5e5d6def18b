//! Tokens of users who are signed in: JSON Web Tokens with HMAC-SHA-256 (RFC 7515, RFC 7519).
//!
//! Only tokens that were signed here are ever accepted, so the header is one constant and is
//! compared as text: no token chooses how it is checked.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EnvironmentId, ProjectId, Timestamp, account::Role};

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Ours have some 400 bytes; an imported id may make them a little longer.
const LONGEST: usize = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    Access,
    Refresh,
}

/// What a token says. Apps read `sub` and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: String,
    /// The session.
    pub sid: String,
    #[serde(rename = "pid")]
    pub project: ProjectId,
    #[serde(rename = "env")]
    pub environment: EnvironmentId,
    /// As it was when the token was made: what counts is the user's role now.
    pub role: Role,
    #[serde(rename = "typ")]
    pub purpose: Purpose,
    /// Seconds since the epoch.
    pub iat: i64,
    pub exp: i64,
    /// Random, so that no two tokens are equal.
    pub jti: String,
}

impl Claims {
    /// # Errors
    /// [`TokenRefusal::Expired`] from the second on that they name.
    pub fn check_expiry(&self, now: Timestamp) -> Result<(), TokenRefusal> {
        if self.exp <= now.millis().div_euclid(1000) { Err(TokenRefusal::Expired) } else { Ok(()) }
    }
}

/// Why a token admits nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    #[error("this is not a token: it has three parts of base64url between dots")]
    Format,
    #[error("this token was not issued here, or its session has ended")]
    Invalid,
    #[error("this token has expired")]
    Expired,
    #[error("this token was issued for another environment")]
    Elsewhere,
}

/// The secret of an environment, ready to sign with.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    pub fn sign(&self, claims: &Claims) -> String {
        let json = serde_json::to_vec(claims).expect("claims have string keys");
        let mut token = String::with_capacity(HEADER.len() + json.len() * 4 / 3 + 48);
        token.push_str(HEADER);
        token.push('.');
        BASE64.encode_string(json, &mut token);
        let signature = self.0.clone().chain_update(&token).finalize().into_bytes();
        token.push('.');
        BASE64.encode_string(signature, &mut token);
        token
    }

    /// # Errors
    /// [`TokenRefusal::Invalid`] for a token that this secret did not sign or that serves another
    /// purpose, [`TokenRefusal::Expired`] for one that it did, once.
    pub fn verify(&self, token: Unverified<'_>, purpose: Purpose, now: Timestamp) -> Result<Claims, TokenRefusal> {
        let Unverified { signed, signature, claims } = token;
        let expected = self.0.clone().chain_update(signed);
        // In constant time.
        expected.verify_slice(&signature).map_err(|_| TokenRefusal::Invalid)?;
        if claims.purpose != purpose {
            return Err(TokenRefusal::Invalid);
        }
        claims.check_expiry(now)?;
        Ok(claims)
    }
}

/// A token as it came, believed in nothing.
#[derive(Debug)]
pub struct Unverified<'a> {
    /// The first two parts.
    signed: &'a str,
    signature: Vec<u8>,
    claims: Claims,
}

impl<'a> Unverified<'a> {
    /// # Errors
    /// [`TokenRefusal::Format`] for what is no token at all, [`TokenRefusal::Invalid`] for one that
    /// cannot be ours.
    pub fn parse(text: &'a str) -> Result<Self, TokenRefusal> {
        Self::read(text).ok_or_else(|| if is_shaped(text) { TokenRefusal::Invalid } else { TokenRefusal::Format })
    }

    fn read(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if text.len() > LONGEST || header != HEADER || signature.is_empty() {
            return None;
        }
        let json = BASE64.decode(payload).ok()?;
        let signature = BASE64.decode(signature).ok()?;
        let claims = serde_json::from_slice(&json).ok()?;
        Some(Self { signed, signature, claims })
    }

    /// The environment that it says it is for. A token that lies here is refused all the same.
    pub const fn environment(&self) -> &EnvironmentId {
        &self.claims.environment
    }
}

/// Whether it looks like three parts in base64, whatever they say.
fn is_shaped(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'='))
    };
    let parts: Vec<_> = text.splitn(4, '.').collect();
    parts.len() == 3 && parts.into_iter().all(is_part)
}

/// What is kept of a token that must not be known from the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenDigest(pub [u8; 32]);

impl TokenDigest {
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::id::Entropy;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn claims() -> Claims {
        Claims {
            sub: "u1".into(),
            sid: "s1".into(),
            project: ProjectId::generate(&Entropy::seeded(1), NOW),
            environment: EnvironmentId::generate(&Entropy::seeded(2), NOW),
            role: Role::User,
            purpose: Purpose::Access,
            iat: 1_700_000_000,
            exp: 1_700_003_600,
            jti: "j1".into(),
        }
    }

    fn verify(signer: &Signer, token: &str, now: Timestamp) -> Result<Claims, TokenRefusal> {
        signer.verify(Unverified::parse(token)?, Purpose::Access, now)
    }

    #[test]
    fn a_token_comes_back_as_it_was_signed() {
        let signer = Signer::new(b"secret");
        let token = signer.sign(&claims());
        assert_eq!(verify(&signer, &token, NOW), Ok(claims()));
    }

    #[test]
    fn the_signature_is_that_of_rfc_7515() {
        // Made with another implementation: HMAC-SHA-256 over the same text with the key "secret".
        let signer = Signer::new(b"secret");
        let mac = signer.0.clone().chain_update("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30").finalize().into_bytes();
        assert_eq!(BASE64.encode(mac), "t-IDcSemACt8x4iTMCda8Yhe3iZaWbvV5XKSTbuAn0M");
    }

    #[test]
    fn the_header_says_what_the_signature_is() {
        assert_eq!(BASE64.decode(HEADER).expect("base64url"), br#"{"alg":"HS256","typ":"JWT"}"#);
    }

    #[test]
    fn a_token_ends_with_the_second_that_it_names() {
        let signer = Signer::new(b"secret");
        let token = signer.sign(&claims());
        let end = Timestamp::from_millis(1_700_003_600_000);
        assert!(verify(&signer, &token, end.plus_millis(-1)).is_ok());
        assert_eq!(verify(&signer, &token, end), Err(TokenRefusal::Expired));
    }

    #[test]
    fn a_token_of_another_secret_or_purpose_or_algorithm_is_invalid() {
        let signer = Signer::new(b"secret");
        let token = signer.sign(&claims());
        assert_eq!(verify(&Signer::new(b"other"), &token, NOW), Err(TokenRefusal::Invalid));
        let refresh = signer.sign(&Claims { purpose: Purpose::Refresh, ..claims() });
        assert_eq!(verify(&signer, &refresh, NOW), Err(TokenRefusal::Invalid));
        let payload = token.split('.').nth(1).expect("a payload");
        let none = format!("{}.{payload}.{}", BASE64.encode(r#"{"alg":"none"}"#), "AA");
        assert_eq!(verify(&signer, &none, NOW), Err(TokenRefusal::Invalid));
        assert_eq!(verify(&signer, &format!("{HEADER}.{payload}."), NOW), Err(TokenRefusal::Format));
    }

    #[test]
    fn what_is_no_token_is_told_from_what_is_no_good_one() {
        for text in ["", "abc", "a.b", "a.b.c d", "a..c", "a.b.c/d", "ä.b.c"] {
            assert_eq!(Unverified::parse(text).err(), Some(TokenRefusal::Format), "{text}");
        }
        for text in ["a.b.c", "a.b.c=", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AA"] {
            assert_eq!(Unverified::parse(text).err(), Some(TokenRefusal::Invalid), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_token_by_chance_and_none_panics(text in ".{0,200}") {
            prop_assert!(verify(&Signer::new(b"secret"), &text, NOW).is_err());
        }

        #[test]
        fn no_payload_is_believed_without_its_signature(json in ".{0,120}", signature in prop::collection::vec(any::<u8>(), 0..40)) {
            let token = format!("{HEADER}.{}.{}", BASE64.encode(json), BASE64.encode(signature));
            prop_assert!(verify(&Signer::new(b"secret"), &token, NOW).is_err());
        }

        #[test]
        fn one_changed_character_spoils_a_token(position in 0..400_usize, with in "[A-Za-z0-9_-]") {
            let signer = Signer::new(b"secret");
            let token = signer.sign(&claims());
            let position = position % token.len();
            let mut changed = token.clone();
            changed.replace_range(position..=position, &with);
            // The last character of base64 has bits that say nothing; the decoder refuses those that are set.
            prop_assume!(changed != token);
            prop_assert!(verify(&signer, &changed, NOW).is_err());
        }
    }
}
