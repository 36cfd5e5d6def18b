//! The nouns of the product and their rules: no I/O, no SQL, no HTTP.
//!
//! Everything that can be decided from values alone is decided here, once, and the other modules
//! carry the resulting types around: an [`EnvironmentName`] or an [`ApiKey`] that exists is valid.
//!
//! | File | Idea |
//! |---|---|
//! | [`api`] | the wire types of the management plane, shared by server and clients |
//! | [`account`] | the users of an app, their roles, and what others see of them |
//! | [`auth_policy`], [`lockout`] | what is asked of passwords; when too many were wrong |
//! | [`session`], [`token`] | what signed-in users get and carry |
//! | [`environment`] | names, types, and the life cycle as a state machine |
//! | [`key`] | API keys: format, digest, mask, scopes |
//! | [`table`] | table and column names, schemas, indexes |
//! | [`column_text`], [`permission_text`], [`duration`] | small grammars that people type |
//! | [`compare`] | two environments side by side |
//! | [`record`] | validation and normalisation of a record against a schema |
//! | [`record_tag`] | which version of a record somebody has seen |
//! | [`row_set`] | rows that are deleted together and put back |
//! | [`import`] | a table that comes from elsewhere: the calls, and what is kept of a row |
//! | [`filter`] | the filter language of list calls |
//! | [`list`] | paging and sorting parameters |
//! | [`mod@file`] | files: who sees what of one, its address, its form on the wire |
//! | [`activity`] | which lines of activity somebody looks for |
//! | [`nearest`], [`mistake`] | the name that was probably meant; what is wrong in a file, and where |
//! | [`announcement`] | what a running server says of itself in its data directory |
//! | [`metrics`] | counts of requests, and what they say of latencies |
//! | [`user_settings`] | profiles and preferences |
//! | [`permission`] | who may do what to a table |
//! | [`error`], [`envelope`] | error codes both planes answer with; what an app's answers are wrapped in |
//! | [`id`], [`time`] | identifiers, instants, and where they come from |

pub mod account;
pub mod activity;
pub mod announcement;
pub mod api;
pub mod auth_policy;
pub mod column_text;
pub mod compare;
pub mod duration;
pub mod envelope;
pub mod environment;
pub mod error;
pub mod file;
pub mod filter;
pub mod id;
pub mod import;
pub mod key;
pub mod list;
pub mod lockout;
pub mod metrics;
pub mod mistake;
pub mod nearest;
pub mod number;
pub mod permission;
pub mod permission_text;
pub mod record;
pub mod record_tag;
pub mod row_set;
pub mod session;
pub mod table;
pub mod time;
pub mod token;
pub mod user_settings;

pub use environment::{EnvironmentName, EnvironmentType, Status, Step};
pub use error::{Invalid, Violation};
pub use file::FileId;
pub use id::{EnvironmentId, ImportId, KeyId, ProjectId, RecordId, TableId};
pub use key::{ApiKey, KeyType};
pub use table::TableName;
pub use time::{Clock, Timestamp};
