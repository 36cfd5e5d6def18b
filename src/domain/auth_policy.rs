//! What an environment asks of passwords, how long its sessions last, and when sign-in locks.

use std::{collections::HashSet, sync::LazyLock};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Invalid;

/// Passwords that everybody tries first, in lower case.
const COMMON: &str = include_str!("../../assets/common-passwords.txt");

static COMMON_PASSWORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.lines().collect());

/// Longest password that is accepted: what is hashed has a bound.
const LONGEST: usize = 128;

const MILLIS_A_MINUTE: i64 = 60_000;

/// Length and a list of known passwords, and no composition rules: those make people write
/// `Password1!` (NIST SP 800-63B, section 3.1.1). The rules are there for apps that need them.
#[expect(clippy::struct_excessive_bools, reason = "the hosted service's console has these four switches")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthPolicy {
    /// Characters, 6 to 128.
    pub min_length: u32,
    pub require_uppercase: bool,
    pub require_lowercase: bool,
    pub require_numbers: bool,
    pub require_special_chars: bool,
    /// Days after which a session ends that was not refreshed, 1 to 365.
    pub session_days: u32,
    /// Seconds, 60 to 86,400.
    pub access_token_seconds: u32,
    /// Failed sign-ins for one address within the window that lock it, 1 to 1,000.
    pub lock_after_failures: u32,
    /// Minutes, 1 to 1,440.
    pub lock_window_minutes: u32,
    /// Minutes, 1 to 1,440.
    pub lock_minutes: u32,
}

impl Default for AuthPolicy {
    fn default() -> Self {
        Self {
            min_length: 8,
            require_uppercase: false,
            require_lowercase: false,
            require_numbers: false,
            require_special_chars: false,
            session_days: 30,
            access_token_seconds: 3600,
            lock_after_failures: 10,
            lock_window_minutes: 15,
            lock_minutes: 15,
        }
    }
}

/// What to change of a policy; what is absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateAuthPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_uppercase: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_lowercase: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_numbers: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_special_chars: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_after_failures: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_window_minutes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_minutes: Option<u32>,
}

/// Why a password is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Too short, too long, or without something that the policy asks for.
    #[error("{0}")]
    Format(String),
    #[error("this password is among the first that anybody tries: choose another")]
    Common,
}

impl AuthPolicy {
    /// # Errors
    /// The first rule that `password` breaks.
    pub fn check_password(&self, password: &str) -> Result<(), Weakness> {
        let length = password.chars().count();
        if length < self.min_length as usize || length > LONGEST {
            let words = format!("a password has {} to {LONGEST} characters", self.min_length);
            return Err(Weakness::Format(words));
        }
        let has = |fits: fn(char) -> bool| password.chars().any(fits);
        for (missing, what) in [
            (self.require_uppercase && !has(char::is_uppercase), "an upper-case letter"),
            (self.require_lowercase && !has(char::is_lowercase), "a lower-case letter"),
            (self.require_numbers && !has(char::is_numeric), "a digit"),
            (self.require_special_chars && !has(is_special), "a character that is neither letter nor digit"),
        ] {
            if missing {
                return Err(Weakness::Format(format!("a password needs {what}")));
            }
        }
        let lower = password.to_lowercase();
        let mut characters = lower.chars();
        let first = characters.next();
        if COMMON_PASSWORDS.contains(lower.as_str()) || characters.all(|c| Some(c) == first) {
            return Err(Weakness::Common);
        }
        Ok(())
    }

    /// # Errors
    /// [`Invalid`] for a number out of its range.
    pub fn updated(&self, update: &UpdateAuthPolicy) -> Result<Self, Invalid> {
        let within = |name: &str, value: Option<u32>, current: u32, least: u32, most: u32| match value {
            None => Ok(current),
            Some(value) if (least..=most).contains(&value) => Ok(value),
            Some(_) => Err(Invalid::new(format!("the value of {name} must be a number from {least} to {most}"))),
        };
        Ok(Self {
            min_length: within("minLength", update.min_length, self.min_length, 6, 128)?,
            require_uppercase: update.require_uppercase.unwrap_or(self.require_uppercase),
            require_lowercase: update.require_lowercase.unwrap_or(self.require_lowercase),
            require_numbers: update.require_numbers.unwrap_or(self.require_numbers),
            require_special_chars: update.require_special_chars.unwrap_or(self.require_special_chars),
            session_days: within("sessionDays", update.session_days, self.session_days, 1, 365)?,
            access_token_seconds: within(
                "accessTokenSeconds",
                update.access_token_seconds,
                self.access_token_seconds,
                60,
                86_400,
            )?,
            lock_after_failures: within(
                "lockAfterFailures",
                update.lock_after_failures,
                self.lock_after_failures,
                1,
                1000,
            )?,
            lock_window_minutes: within(
                "lockWindowMinutes",
                update.lock_window_minutes,
                self.lock_window_minutes,
                1,
                1440,
            )?,
            lock_minutes: within("lockMinutes", update.lock_minutes, self.lock_minutes, 1, 1440)?,
        })
    }

    pub const fn session_millis(&self) -> i64 {
        self.session_days as i64 * 24 * 60 * MILLIS_A_MINUTE
    }

    pub const fn window_millis(&self) -> i64 {
        self.lock_window_minutes as i64 * MILLIS_A_MINUTE
    }

    pub const fn lock_millis(&self) -> i64 {
        self.lock_minutes as i64 * MILLIS_A_MINUTE
    }
}

fn is_special(c: char) -> bool {
    !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakness(policy: &AuthPolicy, password: &str) -> Option<Weakness> {
        policy.check_password(password).err()
    }

    #[test]
    fn by_default_length_counts_and_composition_does_not() {
        let policy = AuthPolicy::default();
        assert!(matches!(weakness(&policy, "seven77"), Some(Weakness::Format(_))));
        assert_eq!(weakness(&policy, "nothing but words"), None);
        assert_eq!(weakness(&policy, &"xy".repeat(64)), None);
        assert!(matches!(weakness(&policy, &"x".repeat(129)), Some(Weakness::Format(_))));
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(weakness(&AuthPolicy::default(), "비밀번호는길어야해"), None);
        assert!(matches!(weakness(&AuthPolicy::default(), "비밀번호"), Some(Weakness::Format(_))));
    }

    #[test]
    fn what_everybody_tries_first_is_refused_in_any_case() {
        for known in ["password", "PassWord", "12345678", "qwertyuiop", "aaaaaaaaaa", "Password1!"] {
            assert_eq!(weakness(&AuthPolicy::default(), known), Some(Weakness::Common), "{known}");
        }
    }

    #[test]
    fn the_list_is_sorted_lower_case_and_holds_nothing_that_could_not_be_chosen() {
        let lines: Vec<_> = COMMON.lines().collect();
        assert!(lines.is_sorted() && lines.len() > 300);
        assert!(lines.iter().all(|line| line.chars().count() >= 6 && *line == line.to_lowercase()));
    }

    #[test]
    fn each_class_can_be_required() {
        let update = |json: &str| serde_json::from_str::<UpdateAuthPolicy>(json).expect("valid");
        for (json, bad, good) in [
            (r#"{"requireUppercase":true}"#, "longenough", "Longenough"),
            (r#"{"requireLowercase":true}"#, "LONGENOUGH", "LONGENOUGh"),
            (r#"{"requireNumbers":true}"#, "longenough", "longenough7"),
            (r#"{"requireSpecialChars":true}"#, "longenough", "long enough"),
        ] {
            let policy = AuthPolicy::default().updated(&update(json)).expect("valid");
            assert!(matches!(weakness(&policy, bad), Some(Weakness::Format(_))), "{json}");
            assert_eq!(weakness(&policy, good), None, "{json}");
        }
    }

    #[test]
    fn a_number_out_of_range_is_refused() {
        for json in [
            r#"{"minLength":5}"#,
            r#"{"minLength":129}"#,
            r#"{"sessionDays":0}"#,
            r#"{"accessTokenSeconds":59}"#,
            r#"{"lockAfterFailures":0}"#,
            r#"{"lockWindowMinutes":0}"#,
            r#"{"lockMinutes":1441}"#,
        ] {
            let update = serde_json::from_str(json).expect("valid JSON");
            assert!(AuthPolicy::default().updated(&update).is_err(), "{json}");
        }
    }
}
