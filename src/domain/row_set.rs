//! Rows that an operator deletes together and may put back as they were.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::api::Record;

/// Rows of one call.
pub const MAX_ROWS: usize = 1000;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteRows {
    /// A thousand at most; those that are not there are passed over.
    pub ids: Vec<String>,
}

/// The rows as they were, which is what [`RestoreRows`] takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeletedRows {
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<Record>,
    pub count: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreRows {
    /// A thousand at most, each with its `id`, `createdBy`, `createdAt` and `updatedAt`.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Record>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RestoredRows {
    pub count: u64,
}
