//! URLs that carry their own credential: HMAC-SHA256 over what they allow, with the environment's
//! secret. A URL is good for one method, one object, one part, and until it expires.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Refusal;
use crate::domain::{Timestamp, file::ObjectPath, id::hex};

/// What a URL allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Put,
    Get,
}

/// A part of a multipart upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartName {
    pub upload_id: String,
    pub number: u32,
}

/// What a signed URL says behind its `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Seconds since the Unix epoch.
    pub expires: i64,
    /// In hex.
    pub signature: String,
    pub part: Option<PartName>,
}

impl Link {
    pub fn sign(secret: &[u8], verb: Verb, path: &ObjectPath, part: Option<PartName>, until: Timestamp) -> Self {
        let expires = until.millis().div_euclid(1000);
        let tag = mac(secret, verb, path, part.as_ref(), expires).finalize().into_bytes();
        Self { expires, signature: hex(&tag), part }
    }

    /// # Errors
    /// [`Refusal::Forged`] unless it was signed for exactly this; [`Refusal::Expired`].
    pub fn check(&self, secret: &[u8], verb: Verb, path: &ObjectPath, now: Timestamp) -> Result<(), Refusal> {
        let mac = mac(secret, verb, path, self.part.as_ref(), self.expires);
        let tag = unhex(&self.signature).ok_or(Refusal::Forged)?;
        // Compares in constant time.
        mac.verify_slice(&tag).map_err(|_| Refusal::Forged)?;
        if now.millis() < self.expires.saturating_mul(1000) { Ok(()) } else { Err(Refusal::Expired) }
    }

    pub fn query(&self) -> String {
        let Self { expires, signature, part } = self;
        let part = part
            .as_ref()
            .map(|PartName { upload_id, number }| format!("uploadId={upload_id}&partNumber={number}&"))
            .unwrap_or_default();
        format!("{part}expires={expires}&signature={signature}")
    }
}

fn mac(secret: &[u8], verb: Verb, path: &ObjectPath, part: Option<&PartName>, expires: i64) -> Hmac<Sha256> {
    let verb = match verb {
        Verb::Put => "PUT",
        Verb::Get => "GET",
    };
    let (upload, number) = part.map_or(("", 0), |part| (part.upload_id.as_str(), part.number));
    let mut mac = Hmac::new_from_slice(secret).expect("HMAC takes a key of any length");
    // One line each. What was signed never holds a line break, so lines cannot be moved between fields.
    mac.update(format!("{verb}\n{path}\n{upload}\n{number}\n{expires}").as_bytes());
    mac
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{EnvironmentId, FileId, id::Entropy};

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const SECRET: &[u8] = b"thirty-two bytes of an environment";

    fn path() -> ObjectPath {
        let environment = EnvironmentId::parse("env_0123456789abcdef01234567").expect("valid");
        ObjectPath::new(environment, FileId::generate(&Entropy::system()), "a.png")
    }

    fn part(number: u32) -> PartName {
        PartName { upload_id: "up".into(), number }
    }

    #[test]
    fn a_link_is_good_for_exactly_what_it_was_signed_for() {
        let path = path();
        let until = NOW.plus_millis(1000);
        let link = Link::sign(SECRET, Verb::Put, &path, Some(part(2)), until);
        assert_eq!(link.check(SECRET, Verb::Put, &path, NOW), Ok(()));
        assert_eq!(link.check(SECRET, Verb::Get, &path, NOW), Err(Refusal::Forged));
        assert_eq!(link.check(b"another environment's", Verb::Put, &path, NOW), Err(Refusal::Forged));
        assert_eq!(link.check(SECRET, Verb::Put, &self::path(), NOW), Err(Refusal::Forged));
        for changed in [
            Link { part: Some(part(3)), ..link.clone() },
            Link { part: None, ..link.clone() },
            Link { expires: link.expires + 1, ..link.clone() },
            Link { signature: String::new(), ..link.clone() },
            Link { signature: link.signature.replace(['0', '1', '2'], "3"), ..link.clone() },
        ] {
            assert_eq!(changed.check(SECRET, Verb::Put, &path, NOW), Err(Refusal::Forged), "{changed:?}");
        }
    }

    #[test]
    fn a_link_ends_at_its_second() {
        let path = path();
        let link = Link::sign(SECRET, Verb::Get, &path, None, NOW.plus_millis(60_000));
        assert_eq!(link.check(SECRET, Verb::Get, &path, NOW.plus_millis(59_999)), Ok(()));
        assert_eq!(link.check(SECRET, Verb::Get, &path, NOW.plus_millis(60_000)), Err(Refusal::Expired));
    }

    proptest! {
        #[test]
        fn no_link_makes_the_check_panic(expires: i64, signature in "\\PC{0,80}", upload in "(?s).{0,20}", number: u32) {
            let link = Link { expires, signature, part: Some(PartName { upload_id: upload, number }) };
            prop_assert_eq!(link.check(SECRET, Verb::Put, &path(), NOW), Err(Refusal::Forged));
        }
    }
}
