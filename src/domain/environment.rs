//! Environments: their names, their types, and their life cycle.

use std::{borrow::Cow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;

use super::Invalid;

/// A name like `staging`: a lower-case letter, then up to 31 letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentName(Arc<str>);

impl EnvironmentName {
    pub const MAX_LENGTH: usize = 32;

    /// # Errors
    /// [`Invalid`] with the first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        check_name(text)?;
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The rule for environment and project names: `^[a-z][a-z0-9-]{0,31}$`.
pub(super) fn check_name(text: &str) -> Result<(), Invalid> {
    let mut characters = text.chars();
    match characters.next() {
        None => return Err(Invalid::new("a name is needed")),
        Some('a'..='z') => {}
        Some(_) => return Err(Invalid::new("a name starts with a letter from a to z")),
    }
    if let Some(other) = characters.find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(Invalid::new(format!("only a to z, 0 to 9 and - may be used, not {other:?}")));
    }
    if text.len() > EnvironmentName::MAX_LENGTH {
        return Err(Invalid::new(format!("a name has at most {} characters", EnvironmentName::MAX_LENGTH)));
    }
    Ok(())
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for EnvironmentName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EnvironmentName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentType {
    Dev,
    Staging,
    Prod,
    Custom,
}

impl EnvironmentType {
    pub const ALL: [Self; 4] = [Self::Dev, Self::Staging, Self::Prod, Self::Custom];

    /// The type a name suggests, for a form or command that leaves it open.
    pub fn from_name(name: &str) -> Self {
        match name {
            "dev" | "development" => Self::Dev,
            "prod" | "production" | "prd" | "live" => Self::Prod,
            _ if name.starts_with("stag") => Self::Staging,
            _ => Self::Custom,
        }
    }

    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Staging => "staging",
            Self::Prod => "prod",
            Self::Custom => "custom",
        }
    }

    /// The word for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Dev => "Development",
            Self::Staging => "Staging",
            Self::Prod => "Production",
            Self::Custom => "Custom",
        }
    }
}

impl FromStr for EnvironmentType {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Invalid::new("a type is one of dev, staging, prod, custom"))
    }
}

/// Where an environment is in its life.
///
/// ```text
/// creating ──> ready ──> active
///     │          │         │
///     └────┬─────┘         │
///          v               v
///        failed ───────> deleting ──> gone
///          │  ^
///          v  │ (retry)
///        creating
/// ```
/// [`Status::transition`] is the only way from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Creating,
    Ready,
    Active,
    Failed,
    Deleting,
}

/// What happens to an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// Everything exists and the first publishable key is issued.
    Provisioned,
    /// A request with that key went through and came back right.
    Verified,
    Fail,
    Retry,
    Delete,
}

/// A step of the life cycle that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", refusal(*from, *transition))]
pub struct InvalidTransition {
    pub from: Status,
    pub transition: Transition,
}

fn refusal(from: Status, transition: Transition) -> String {
    match (transition, from) {
        (Transition::Delete, Status::Creating) => {
            "it is still being created: wait until it is active or failed, then delete it".into()
        }
        (Transition::Delete, Status::Deleting) => "it is being deleted already".into(),
        (Transition::Retry, _) => format!("only a failed environment can be retried, and this one is {from}"),
        (Transition::Provisioned | Transition::Verified | Transition::Fail | Transition::Delete, _) => {
            format!("this cannot happen to an environment that is {from}")
        }
    }
}

impl Status {
    pub const ALL: [Self; 5] = [Self::Creating, Self::Ready, Self::Active, Self::Failed, Self::Deleting];

    /// The status after `transition`.
    ///
    /// # Errors
    /// [`InvalidTransition`] for every pair that the life cycle does not have.
    pub const fn transition(self, transition: Transition) -> Result<Self, InvalidTransition> {
        use Status::{Active, Creating, Deleting, Failed, Ready};
        match (self, transition) {
            (Creating, Transition::Provisioned) => Ok(Ready),
            (Ready, Transition::Verified) => Ok(Active),
            (Creating | Ready, Transition::Fail) => Ok(Failed),
            (Failed, Transition::Retry) => Ok(Creating),
            (Active | Ready | Failed, Transition::Delete) => Ok(Deleting),
            (from, transition) => Err(InvalidTransition { from, transition }),
        }
    }

    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Ready => "ready",
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Deleting => "deleting",
        }
    }

    /// The word for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::Ready => "Ready",
            Self::Active => "Active",
            Self::Failed => "Failed",
            Self::Deleting => "Deleting",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Status {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Invalid::new("a status is one of creating, ready, active, failed, deleting"))
    }
}

/// The steps of creating an environment, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The name is taken in the project.
    Reserve,
    /// The file exists under its final name.
    Storage,
    /// The file opens and holds the system tables.
    SystemTables,
    /// The first publishable key is issued.
    Key,
    /// A request with that key came back right.
    Verify,
}

impl Step {
    pub const ALL: [Self; 5] = [Self::Reserve, Self::Storage, Self::SystemTables, Self::Key, Self::Verify];

    /// 1 for the first.
    pub const fn index(self) -> u8 {
        self as u8 + 1
    }

    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reserve => "reserve",
            Self::Storage => "storage",
            Self::SystemTables => "system-tables",
            Self::Key => "key",
            Self::Verify => "verify",
        }
    }

    /// A word short enough for a table cell.
    pub const fn label(self) -> &'static str {
        match self {
            Self::SystemTables => "tables",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Step {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|step| step.as_str() == text)
            .ok_or_else(|| Invalid::new("not a step of creating an environment"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_cycle_has_these_steps_and_no_others() {
        use Transition::{Delete, Fail, Provisioned, Retry, Verified};
        let allowed = [
            (Status::Creating, Provisioned, Status::Ready),
            (Status::Ready, Verified, Status::Active),
            (Status::Creating, Fail, Status::Failed),
            (Status::Ready, Fail, Status::Failed),
            (Status::Failed, Retry, Status::Creating),
            (Status::Active, Delete, Status::Deleting),
            (Status::Ready, Delete, Status::Deleting),
            (Status::Failed, Delete, Status::Deleting),
        ];
        for from in Status::ALL {
            for transition in [Provisioned, Verified, Fail, Retry, Delete] {
                let expected = allowed
                    .iter()
                    .find(|(status, step, _)| *status == from && *step == transition)
                    .map(|(_, _, to)| *to);
                let result = from.transition(transition);
                assert_eq!(result.ok(), expected, "{from} {transition:?}");
                if let Err(refused) = result {
                    assert!(!refused.to_string().is_empty());
                }
            }
        }
    }

    #[test]
    fn names_follow_the_rule() {
        for good in ["a", "dev", "qa-2", "a1234567890123456789012345678901"] {
            assert!(EnvironmentName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "1a", "-a", "Dev", "a_b", "a b", "a/b", "ä", "a12345678901234567890123456789012"] {
            assert!(EnvironmentName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_type_follows_the_name() {
        assert_eq!(EnvironmentType::from_name("development"), EnvironmentType::Dev);
        assert_eq!(EnvironmentType::from_name("stage"), EnvironmentType::Staging);
        assert_eq!(EnvironmentType::from_name("live"), EnvironmentType::Prod);
        assert_eq!(EnvironmentType::from_name("qa"), EnvironmentType::Custom);
    }
}
