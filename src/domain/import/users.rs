//! People who come along, without a password: it is theirs to set anew.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{identifier, instant, violation};
use crate::domain::{
    Timestamp, Violation,
    account::{Email, Role, User},
};

/// A batch of users, each as a list of users answers them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportUsers {
    #[schema(value_type = Vec<Object>)]
    pub users: Vec<Map<String, Value>>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsersImported {
    pub imported: u64,
    /// Users whose ids are there already; they are left as they are.
    pub present: u64,
}

/// A user of an export, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedUser {
    pub user: User,
    /// What the user says of themselves beside their name.
    pub profile: Map<String, Value>,
}

const PROFILE: [&str; 4] = ["mobile", "gender", "bio", "socialLinks"];

impl ImportedUser {
    /// `now` is for those who came without a time.
    ///
    /// # Errors
    /// One [`Violation`] for each field that cannot be kept.
    pub fn read(mut row: Map<String, Value>, now: Timestamp) -> Result<Self, Vec<Violation>> {
        let mut violations = Vec::new();
        let id = identifier(&row).map(str::to_owned);
        let email = row.get("email").and_then(Value::as_str).unwrap_or_default();
        let email = Email::parse(email).map_err(|invalid| violation("email", invalid.to_string()));
        let role = match row.get("role") {
            None | Some(Value::Null) => Ok(Role::default()),
            Some(role) => {
                Role::parse(role.as_str().unwrap_or_default()).map_err(|invalid| violation("role", invalid.to_string()))
            }
        };
        let [created_at, updated_at, verified] =
            ["createdAt", "updatedAt", "emailVerified"].map(|field| match row.get(field) {
                // Some of the service's pages show a flag where others show a time.
                Some(Value::Bool(_)) if field == "emailVerified" => Ok(None),
                _ => instant(&row, field),
            });
        match (id, email, role, created_at, updated_at, verified) {
            (Ok(id), Ok(email), Ok(role), Ok(created_at), Ok(updated_at), Ok(verified)) => {
                let created_at = created_at.unwrap_or(now);
                let text = |field: &str| row.get(field).and_then(Value::as_str).map(str::to_owned);
                let local = || email.as_str().split('@').next().unwrap_or_default().to_owned();
                let verified =
                    verified.or((row.get("emailVerified") == Some(&Value::Bool(true))).then_some(created_at));
                let user = User {
                    id,
                    name: text("name").filter(|name| !name.is_empty()).unwrap_or_else(local),
                    nickname: text("nickname"),
                    role,
                    email_verified: verified,
                    image: text("image"),
                    onboarding_status: text("onboardingStatus").unwrap_or_else(|| "pending".to_owned()),
                    created_at,
                    updated_at: updated_at.unwrap_or(created_at),
                    email: email.to_string(),
                };
                row.retain(|name, value| PROFILE.contains(&name.as_str()) && !value.is_null());
                Ok(Self { user, profile: row })
            }
            (id, email, role, created_at, updated_at, verified) => {
                violations.extend([id.err(), email.err(), role.err()].into_iter().flatten());
                violations.extend([created_at.err(), updated_at.err(), verified.err()].into_iter().flatten());
                Err(violations)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(row: &Value) -> Result<ImportedUser, Vec<Violation>> {
        ImportedUser::read(row.as_object().expect("an object").clone(), Timestamp::from_millis(7))
    }

    #[test]
    fn a_user_keeps_what_they_are() {
        let read = read(&json!({
            "id": "u1", "email": " Ann@Example.com ", "name": "Ann", "role": "admin", "emailVerified": true,
            "createdAt": "2025-01-20T10:00:00.123Z", "bio": "hello", "gender": null, "unknown": 1
        }));
        let ImportedUser { user, profile } = read.expect("valid");
        assert_eq!((user.id.as_str(), user.email.as_str(), user.role), ("u1", "ann@example.com", Role::Admin));
        assert_eq!((user.email_verified, user.updated_at), (Some(user.created_at), user.created_at));
        assert_eq!(Value::Object(profile), json!({"bio": "hello"}));
    }

    #[test]
    fn little_is_needed_and_what_is_wrong_is_named() {
        let user = read(&json!({"id": "u1", "email": "ann@example.com"})).expect("valid").user;
        assert_eq!((user.name.as_str(), user.created_at), ("ann", Timestamp::from_millis(7)));
        let refused = read(&json!({"email": "ann", "role": "king", "createdAt": 3})).expect_err("refused");
        let fields: Vec<_> = refused.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["id", "email", "role", "createdAt"]);
    }
}
