//! Passwords that are made here, for users who change them soon.

use secrecy::SecretString;

use crate::domain::{auth_policy::AuthPolicy, id::Entropy};

/// Read aloud or from a screen, none of these is taken for another.
const LOWER: &[u8] = b"abcdefghijkmnpqrstuvwxyz";
const UPPER: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS: &[u8] = b"23456789";
const SIGNS: &[u8] = b"-_.+=";
/// Twenty of these 61 characters are 118 bits.
const LENGTH: usize = 20;

/// A password that the policy takes.
pub fn made(policy: &AuthPolicy, entropy: &Entropy) -> SecretString {
    let classes = [LOWER, UPPER, DIGITS, SIGNS];
    let all = classes.concat();
    let length = LENGTH.max(policy.min_length as usize);
    loop {
        let mut random = std::iter::repeat_with(|| entropy.bytes()).flatten();
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let Some(byte) = random.next().map(usize::from) else { break };
            // Bytes beyond the last whole round would make the first characters more likely.
            if byte < 256 - 256 % all.len() {
                text.push(char::from(all[byte % all.len()]));
            }
        }
        let has = |class: &&[u8]| text.bytes().any(|byte| class.contains(&byte));
        if classes.iter().all(has) && policy.check_password(&text).is_ok() {
            return text.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_made_password_meets_the_strictest_policy_and_is_never_the_same() {
        let policy = AuthPolicy {
            min_length: 30,
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_special_chars: true,
            ..AuthPolicy::default()
        };
        let (one, other) = (made(&policy, &Entropy::system()), made(&policy, &Entropy::system()));
        assert_eq!(one.expose_secret().len(), 30);
        assert!(policy.check_password(one.expose_secret()).is_ok());
        assert_ne!(one.expose_secret(), other.expose_secret());
    }
}
