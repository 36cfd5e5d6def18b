//! Files that come along: what is known of one, and then its bytes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::{
    Timestamp,
    file::{Bucket, OwnerType, Visibility},
};

/// A file as a list of files answers it. The call is made twice: the first answer says where the
/// bytes go, and the one after they have arrived shows the file to everybody who may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportFile {
    pub id: String,
    pub original_name: String,
    pub mime_type: String,
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(default = "private")]
    pub visibility: Visibility,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    #[serde(default)]
    pub owner_id: String,
    #[serde(default = "owned_by_a_user")]
    pub owner_type: OwnerType,
    #[serde(default)]
    pub metadata: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileImported {
    pub id: String,
    pub status: FileImportStatus,
    /// What apps know it by here.
    pub key: String,
    /// Takes the bytes by `PUT`, while they are waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileImportStatus {
    /// Its bytes are to be sent.
    Waiting,
    Imported,
    /// It was there before.
    Present,
}

const fn private() -> Visibility {
    Visibility::Private
}

const fn owned_by_a_user() -> OwnerType {
    OwnerType::User
}
