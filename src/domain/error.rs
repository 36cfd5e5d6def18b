//! What can be wrong with a value, in words, and the codes the API answers with.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A value that breaks a rule, with the sentence to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(Cow<'static, str>);

impl Invalid {
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }
}

/// One field of a request that breaks a rule; errors carry one for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Violation {
    pub field: String,
    /// The rule's name as the schema spells it: `required`, `type`, `maxLength`, …
    pub rule: Cow<'static, str>,
    pub message: String,
}

/// The error codes of both planes, as api-visible text.
///
/// Names are `domain/kebab-name`, after the error pages of the hosted service's documentation.
pub mod code {
    pub const INVALID_PARAMETERS: &str = "common/invalid-parameters";
    pub const NOT_FOUND: &str = "common/not-found";
    pub const METHOD_NOT_ALLOWED: &str = "common/method-not-allowed";
    pub const PAYLOAD_TOO_LARGE: &str = "common/payload-too-large";
    pub const NOT_IMPLEMENTED: &str = "common/not-implemented";
    pub const INTERNAL: &str = "common/internal-error";
    pub const INSUFFICIENT_STORAGE: &str = "common/insufficient-storage";
    pub const OVERLOADED: &str = "common/overloaded";
    pub const HOST_NOT_ALLOWED: &str = "common/host-not-allowed";
    pub const RANGE_NOT_SATISFIABLE: &str = "common/range-not-satisfiable";
    pub const REQUEST_TIMEOUT: &str = "common/request-timeout";

    pub const UNAUTHORIZED: &str = "auth/unauthorized";
    pub const INVALID_TOKEN: &str = "auth/invalid-token";
    pub const INVALID_TOKEN_FORMAT: &str = "auth/invalid-token-format";
    pub const TOKEN_REVOKED: &str = "auth/token-revoked";
    pub const TOKEN_EXPIRED: &str = "auth/token-expired";
    pub const INVALID_REQUEST: &str = "auth/invalid-request";
    pub const INVALID_EMAIL: &str = "auth/invalid-email";
    pub const INVALID_PASSWORD_FORMAT: &str = "auth/invalid-password-format";
    pub const WEAK_PASSWORD: &str = "auth/weak-password";
    pub const SAME_PASSWORD: &str = "auth/same-as-previous-password";
    pub const INVALID_CREDENTIALS: &str = "auth/invalid-credentials";
    pub const INVALID_PASSWORD: &str = "auth/invalid-password";
    pub const EMAIL_ALREADY_EXISTS: &str = "auth/email-already-exists";
    pub const TOO_MANY_REQUESTS: &str = "auth/too-many-requests";
    pub const ACCOUNT_LOCKED: &str = "auth/account-locked";
    pub const INVALID_REFRESH_TOKEN: &str = "auth/invalid-refresh-token";
    pub const SESSION_EXPIRED: &str = "auth/session-expired";
    pub const SESSION_NOT_FOUND: &str = "auth/session-not-found";
    pub const VERIFICATION_TOKEN_NOT_FOUND: &str = "auth/verification-token-not-found";
    pub const VERIFICATION_TOKEN_EXPIRED: &str = "auth/verification-token-expired";
    pub const OAUTH_NOT_CONFIGURED: &str = "auth/oauth-not-configured";
    pub const UNSUPPORTED_PROVIDER: &str = "auth/unsupported-provider";

    pub const USER_UNAUTHORIZED: &str = "user/unauthorized";
    pub const USER_FORBIDDEN: &str = "user/forbidden";
    pub const USER_NOT_FOUND: &str = "user/not-found";
    pub const INVALID_ROLE: &str = "user/invalid-role";
    pub const INVALID_NAME: &str = "user/invalid-name";
    pub const INVALID_NICKNAME: &str = "user/invalid-nickname";

    pub const RATE_LIMIT_EXCEEDED: &str = "data/rate-limit-exceeded";
    pub const INVALID_HEADER: &str = "data/invalid-header";
    pub const VALIDATION: &str = "data/validation-error";
    pub const PERMISSION_DENIED: &str = "data/permission-denied";
    pub const SCOPE_INSUFFICIENT: &str = "data/scope-insufficient";
    pub const SYSTEM_TABLE_ACCESS: &str = "data/system-table-access";
    pub const TABLE_NOT_FOUND: &str = "data/table-not-found";
    pub const RECORD_NOT_FOUND: &str = "data/not-found";
    pub const PRECONDITION_FAILED: &str = "data/precondition-failed";
    pub const DUPLICATE_VALUE: &str = "data/duplicate-value";
    pub const ENVIRONMENT_NOT_FOUND: &str = "data/environment-not-found";
    pub const ENVIRONMENT_INACTIVE: &str = "data/environment-inactive";
    pub const PROJECT_ACCESS_DENIED: &str = "data/project-access-denied";
    pub const QUERY_TOO_SLOW: &str = "data/query-too-slow";

    pub const ROW_REFUSED: &str = "import/row-refused";
    pub const IMPORT_REFUSED: &str = "import/refused";

    pub const ENVIRONMENT_PROTECTED: &str = "environment/protected";
    pub const ENVIRONMENT_NOT_ACTIVE: &str = "environment/not-active";
    pub const INVALID_TRANSITION: &str = "environment/invalid-transition";
}
