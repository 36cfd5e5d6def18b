//! Requests and resources of the data plane's files.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Bucket, Category, OwnerType, Visibility};
use crate::domain::{EnvironmentId, Timestamp};

/// A file as its owner and `admin` see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct File {
    pub id: String,
    pub s3_key: String,
    /// The same again: older snippets read it under this name.
    pub key: String,
    pub original_name: String,
    pub mime_type: String,
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    pub visibility: Visibility,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    pub owner_id: String,
    pub owner_type: OwnerType,
    pub metadata: Map<String, Value>,
    /// Where a public one is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// A file as everybody else sees it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicFile {
    pub id: String,
    pub original_name: String,
    pub mime_type: String,
    pub size: u64,
    pub visibility: Visibility,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl From<File> for PublicFile {
    fn from(file: File) -> Self {
        let File { id, original_name, mime_type, size, visibility, url, created_at, .. } = file;
        Self { id, original_name, mime_type, size, visibility, url, created_at }
    }
}

/// A file as the caller may see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FileView {
    Whole(Box<File>),
    Public(PublicFile),
}

/// A file that changed, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileChanged {
    #[schema(value_type = String)]
    pub environment_id: EnvironmentId,
    #[serde(flatten)]
    pub file: File,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewUpload {
    pub filename: Option<String>,
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
}

/// Where the bytes go.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    pub url: String,
    pub key: String,
    pub filename: String,
    pub content_type: String,
    pub file_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// The same for a user's picture, with both names of its URL.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarUpload {
    pub upload_url: String,
    #[serde(flatten)]
    pub upload: Upload,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AvatarKey {
    pub s3_key: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegisterFile {
    pub s3_key: Option<String>,
    pub original_name: Option<String>,
    pub mime_type: Option<String>,
    pub size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Bucket>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Merged by key; null takes a key away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Download {
    pub url: String,
    pub filename: String,
    pub content_type: String,
    pub size: u64,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MultipartUpload {
    pub upload_id: String,
    pub key: String,
    pub filename: String,
    pub file_id: String,
}

/// What names a multipart upload in the calls that follow its beginning.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadName {
    pub key: Option<String>,
    pub upload_id: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewPart {
    #[serde(flatten)]
    pub upload: UploadName,
    /// 1 to 10,000.
    #[serde(default)]
    pub part_number: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartUrl {
    pub url: String,
    pub part_number: u32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompleteUpload {
    #[serde(flatten)]
    pub upload: UploadName,
    /// `[{"partNumber":1,"etag":"…"}]`
    #[serde(default)]
    pub parts: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    pub part_number: u32,
    #[serde(alias = "eTag", alias = "ETag")]
    pub etag: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CompletedUpload {
    pub key: String,
    pub location: String,
}
