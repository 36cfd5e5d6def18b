//! The management plane on the wire: what the server answers and every client reads.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    EnvironmentId, EnvironmentName, EnvironmentType, Invalid, KeyId, KeyType, ProjectId, Status, Step, TableId,
    Timestamp, Violation,
    account::EnvironmentUser,
    file::wire::FileChanged,
    id::ActivityId,
    key::Scope,
    list::Pagination,
    permission::Permissions,
    table::{Index, Schema},
};

/// Header of a list answer: resume `/events` from here and nothing in between is missed.
pub const EVENT_ID_HEADER: &str = "x-event-id";

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub pagination: Pagination,
}

/// The body of every error of the management plane; data plane errors contain it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    pub code: String,
    /// What happened and what to do next, for a person.
    pub message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Violation>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    #[schema(value_type = String)]
    pub id: ProjectId,
    pub name: String,
    pub description: Option<String>,
    pub status: ProjectStatus,
    /// Origins that browsers may call the data plane from; empty means any.
    pub cors_origins: Vec<String>,
    /// How many environments it holds.
    pub environments: u64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProjectStatus {
    Active,
    /// Its environments are being deleted; it goes with the last of them.
    Deleting,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    #[schema(value_type = String)]
    pub id: EnvironmentId,
    #[schema(value_type = String)]
    pub project_id: ProjectId,
    #[schema(value_type = String, pattern = "^[a-z][a-z0-9-]{0,31}$")]
    pub name: EnvironmentName,
    #[serde(rename = "type")]
    pub kind: EnvironmentType,
    pub status: Status,
    /// The step under way, or the one that failed.
    pub step: Option<StepProgress>,
    /// Why it failed, or why its deletion has not succeeded yet.
    pub reason: Option<String>,
    /// Deleting it, or one of its tables, needs its name as confirmation.
    pub protected: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// From the request to `active`, in milliseconds.
    pub active_after_ms: Option<f64>,
    /// The steps that are done, with what each took.
    pub steps: Vec<StepTiming>,
    pub usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepProgress {
    pub name: Step,
    /// 1 for the first.
    pub index: u8,
    pub of: u8,
}

impl From<Step> for StepProgress {
    fn from(step: Step) -> Self {
        Self { name: step, index: step.index(), of: Step::Verify.index() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepTiming {
    pub name: Step,
    pub ms: f64,
}

/// What an environment holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Usage {
    pub tables: u64,
    pub rows: u64,
    pub users: u64,
    pub keys: u64,
    pub files: u64,
    /// Bytes of records and files, without the database's own overhead.
    pub bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Key {
    #[schema(value_type = String)]
    pub id: KeyId,
    #[schema(value_type = String)]
    pub environment_id: EnvironmentId,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: KeyType,
    /// The full text: always there for a publishable key, for a secret one only in the answer that
    /// creates it.
    pub key: Option<String>,
    pub mask: String,
    /// What it may be used for; empty means everything.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Scope>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// The key that took its place; this one works until it expires.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub replaced_by: Option<KeyId>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    #[schema(value_type = String)]
    pub id: TableId,
    #[schema(value_type = String)]
    pub environment_id: EnvironmentId,
    pub name: String,
    pub display_name: Option<String>,
    pub description: Option<String>,
    /// Always `deployed`: a local change is complete when it is answered.
    pub status: TableStatus,
    #[schema(value_type = Object)]
    pub schema: Schema,
    pub indexes: Vec<Index>,
    /// Absent until set: the default matrix applies.
    pub permissions: Option<Permissions>,
    pub rows: u64,
    pub bytes: u64,
    /// Counts up with every write to the table's rows.
    pub revision: u64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableStatus {
    Deployed,
}

/// One line of who did what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Activity {
    #[schema(value_type = String)]
    pub id: ActivityId,
    #[schema(value_type = String)]
    pub project_id: ProjectId,
    #[schema(value_type = Option<String>)]
    pub environment_id: Option<EnvironmentId>,
    /// Kept in words, because the environment may be gone.
    pub environment_name: Option<String>,
    pub actor: Actor,
    /// `noun.verb`, like `environment.create`.
    pub action: String,
    /// The name of the thing acted on.
    pub target: String,
    pub detail: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Actor {
    /// Whoever holds the operator token.
    Operator,
    /// The server itself, finishing or failing what an operator began.
    System,
    /// An admin of the app: a secret key, or a user with that role.
    Admin,
}

impl Actor {
    pub const ALL: [Self; 3] = [Self::Operator, Self::System, Self::Admin];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::System => "system",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Actor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.into_iter().find(|actor| actor.as_str() == text);
        found.ok_or_else(|| Invalid::new("an actor is operator, system or admin"))
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateProject {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateProject {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cors_origins: Option<Vec<String>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateEnvironment {
    pub name: String,
    /// Follows the name when absent.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<EnvironmentType>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateEnvironment {
    pub protected: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateKey {
    pub name: String,
    /// `publishable` when absent.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<KeyType>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RotateKey {
    /// How long the key goes on beside the one that takes its place: a day when absent, 30 days at
    /// most. 0 ends it at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_seconds: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateTable {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A map of columns, or the object form that `spec` prints:
    /// `{"bsonType":"object","required":[…],"properties":{…}}`.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub schema: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
}

/// What `/events` sends. The variant's name is the `event:` field, the content is `data:`.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Environment(Environment),
    EnvironmentDeleted(Environment),
    Table(Table),
    TableDeleted(Table),
    Key(Key),
    KeyDeleted(Key),
    Project(Project),
    ProjectDeleted(Project),
    File(Box<FileChanged>),
    FileDeleted(Box<FileChanged>),
    Activity(Activity),
    Data(DataChanged),
    User(EnvironmentUser),
    UserDeleted(EnvironmentUser),
    /// What lay between is no longer known: read everything again.
    Reset,
}

/// Rows of a table changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataChanged {
    #[schema(value_type = String)]
    pub environment_id: EnvironmentId,
    pub table: String,
    pub revision: u64,
}

impl Event {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Environment(_) => "environment",
            Self::EnvironmentDeleted(_) => "environment.deleted",
            Self::Table(_) => "table",
            Self::TableDeleted(_) => "table.deleted",
            Self::Key(_) => "key",
            Self::KeyDeleted(_) => "key.deleted",
            Self::Project(_) => "project",
            Self::ProjectDeleted(_) => "project.deleted",
            Self::File(_) => "file",
            Self::FileDeleted(_) => "file.deleted",
            Self::Activity(_) => "activity",
            Self::Data(_) => "data",
            Self::User(_) => "user",
            Self::UserDeleted(_) => "user.deleted",
            Self::Reset => "reset",
        }
    }

    /// The `data:` field.
    pub fn data(&self) -> String {
        let json = match self {
            Self::Environment(resource) | Self::EnvironmentDeleted(resource) => serde_json::to_string(resource),
            Self::Table(resource) | Self::TableDeleted(resource) => serde_json::to_string(resource),
            Self::Key(resource) | Self::KeyDeleted(resource) => serde_json::to_string(resource),
            Self::Project(resource) | Self::ProjectDeleted(resource) => serde_json::to_string(resource),
            Self::File(resource) | Self::FileDeleted(resource) => serde_json::to_string(resource),
            Self::Activity(resource) => serde_json::to_string(resource),
            Self::Data(change) => serde_json::to_string(change),
            Self::User(resource) | Self::UserDeleted(resource) => serde_json::to_string(resource),
            Self::Reset => Ok("{}".into()),
        };
        json.expect("wire types have string keys and no failing serialiser")
    }

    /// Reads an event back; `None` for a name this version does not know, which a client skips.
    ///
    /// # Errors
    /// When the data of a known event is not what its name promises.
    pub fn parse(name: &str, data: &str) -> Result<Option<Self>, serde_json::Error> {
        Ok(Some(match name {
            "environment" => Self::Environment(serde_json::from_str(data)?),
            "environment.deleted" => Self::EnvironmentDeleted(serde_json::from_str(data)?),
            "table" => Self::Table(serde_json::from_str(data)?),
            "table.deleted" => Self::TableDeleted(serde_json::from_str(data)?),
            "key" => Self::Key(serde_json::from_str(data)?),
            "key.deleted" => Self::KeyDeleted(serde_json::from_str(data)?),
            "project" => Self::Project(serde_json::from_str(data)?),
            "project.deleted" => Self::ProjectDeleted(serde_json::from_str(data)?),
            "file" => Self::File(serde_json::from_str(data)?),
            "file.deleted" => Self::FileDeleted(serde_json::from_str(data)?),
            "activity" => Self::Activity(serde_json::from_str(data)?),
            "data" => Self::Data(serde_json::from_str(data)?),
            "user" => Self::User(serde_json::from_str(data)?),
            "user.deleted" => Self::UserDeleted(serde_json::from_str(data)?),
            "reset" => Self::Reset,
            _ => return Ok(None),
        }))
    }
}

/// A record as the data plane answers it, column order kept.
pub type Record = Map<String, Value>;
