//! The users of an app: who they are, and what of them is shown to whom.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Builder;

use super::{EnvironmentId, Invalid, Timestamp, id::Entropy, permission::Group};

/// RFC 5321 leaves room for no more in a path.
const LONGEST_EMAIL: usize = 254;

/// An address to sign in with: trimmed and lower-cased, so that two spellings are one user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// [`Invalid`] for what no mail could be sent to. Whether anybody reads it is another question.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@').unwrap_or_default();
        let is_label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let is_local = !local.is_empty() && local.len() <= 64 && !local.contains('@');
        let is_clean = !local.chars().any(|c| c.is_whitespace() || c.is_control());
        if text.len() <= LONGEST_EMAIL && is_local && is_clean && domain.split('.').all(is_label) {
            Ok(Self(text))
        } else {
            Err(Invalid::new("an e-mail address is like name@example.com"))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a user may do beside their own things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Admin,
    #[default]
    User,
    /// Signed in, and no more than a guest except to their own records.
    Guest,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Admin, Self::User, Self::Guest];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::Guest => "guest",
        }
    }

    /// # Errors
    /// [`Invalid`] for a word that is no role.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| Invalid::new("a role is admin, user or guest"))
    }

    pub const fn group(self) -> Group {
        match self {
            Self::Admin => Group::Admin,
            Self::User => Group::User,
            Self::Guest => Group::Guest,
        }
    }
}

impl FromStr for Role {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A user, as shown to themselves and to admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// A UUID, unless it was imported with another.
    pub id: String,
    pub email: String,
    pub name: String,
    pub nickname: Option<String>,
    pub role: Role,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub email_verified: Option<Timestamp>,
    /// An absolute URL.
    pub image: Option<String>,
    pub onboarding_status: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

#[cfg(test)]
impl User {
    /// Somebody whom a test is not about.
    pub fn sample(id: &str) -> Self {
        Self {
            id: id.into(),
            email: format!("{id}@example.com"),
            name: id.into(),
            nickname: None,
            role: Role::User,
            email_verified: None,
            image: None,
            onboarding_status: "pending".into(),
            created_at: Timestamp::from_millis(1),
            updated_at: Timestamp::from_millis(1),
        }
    }
}

/// A user as the operator lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedUser {
    #[serde(flatten)]
    pub user: User,
    /// When they last signed in or had a token renewed; a session that goes on is seen about once in
    /// the life of an access token.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at: Option<Timestamp>,
    /// Sessions that have not ended.
    pub sessions: u64,
    /// Whether they have ever set a password; who has none can be invited to.
    pub has_password: bool,
}

/// What a list of users is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserOrder {
    #[default]
    CreatedAt,
    UpdatedAt,
    /// For the operator alone. Who was never seen comes first.
    LastSeenAt,
    Name,
    Email,
    Role,
}

impl UserOrder {
    pub const ALL: [Self; 6] =
        [Self::CreatedAt, Self::UpdatedAt, Self::LastSeenAt, Self::Name, Self::Email, Self::Role];

    /// The word of `sortBy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreatedAt => "createdAt",
            Self::UpdatedAt => "updatedAt",
            Self::LastSeenAt => "lastSeenAt",
            Self::Name => "name",
            Self::Email => "email",
            Self::Role => "role",
        }
    }
}

impl FromStr for UserOrder {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|order| order.as_str() == text);
        found.ok_or_else(|| Invalid::new("users are sorted by createdAt, updatedAt, lastSeenAt, name, email or role"))
    }
}

/// What anybody who is signed in may see of another user.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicUser<'a> {
    id: &'a str,
    name: &'a str,
    nickname: Option<&'a str>,
    image: Option<&'a str>,
    created_at: Timestamp,
}

impl<'a> From<&'a User> for PublicUser<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            id: &user.id,
            name: &user.name,
            nickname: user.nickname.as_deref(),
            image: user.image.as_deref(),
            created_at: user.created_at,
        }
    }
}

/// A user and where: what followers of the events are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentUser {
    #[schema(value_type = String)]
    pub environment_id: EnvironmentId,
    #[serde(flatten)]
    pub user: User,
}

/// A new UUID that sorts after those made in earlier milliseconds (RFC 9562, version 7), so that
/// users and sessions are added at the end of their tables.
pub fn new_uuid(entropy: &Entropy, now: Timestamp) -> String {
    let random = entropy.bytes();
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    Builder::from_unix_timestamp_millis(now.millis().unsigned_abs(), &tail).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_compared_trimmed_and_in_lower_case() {
        assert_eq!(Email::parse("  Ann@Example.COM "), Email::parse("ann@example.com"));
    }

    #[test]
    fn what_no_mail_can_be_sent_to_is_refused() {
        for bad in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "a b@example.com",
            "a@b@c",
            "a@-b.c",
            "a@b..c",
            "a@b.",
            "a\n@b.c",
            &format!("{}@b.c", "a".repeat(65)),
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["a@b", "ann+tag@example.co.kr", "o'brien@example.com", "ü@exämple.de"] {
            assert!(Email::parse(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn strangers_see_five_fields() {
        let user = User {
            id: "1".into(),
            email: "ann@example.com".into(),
            name: "Ann".into(),
            nickname: None,
            role: Role::Admin,
            email_verified: None,
            image: None,
            onboarding_status: "pending".into(),
            created_at: Timestamp::from_millis(1),
            updated_at: Timestamp::from_millis(2),
        };
        let shown = serde_json::to_value(PublicUser::from(&user)).expect("JSON");
        let fields: Vec<_> = shown.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(fields, ["id", "name", "nickname", "image", "createdAt"]);
    }

    #[test]
    fn a_new_id_is_a_uuid() {
        let id = new_uuid(&Entropy::system(), Timestamp::from_millis(1_700_000_000_000));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'7');
    }

    proptest! {
        #[test]
        fn what_is_an_address_stays_the_same_one(text in ".{0,60}", local in "[a-z.+]{1,10}", domain in "[A-Z]{1,10}") {
            let _ = Email::parse(&text);
            let email = Email::parse(&format!(" {local}@{domain}.com ")).expect("an address");
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
        }
    }
}
