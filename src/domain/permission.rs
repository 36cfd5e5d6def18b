//! Who may do what to a table: the boolean mode of the contract.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::table::SYSTEM_TABLES;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Read,
    List,
    Update,
    Delete,
}

impl Operation {
    /// The word scopes and permissions use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::List => "list",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// What the credentials of a request amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Admin,
    User,
    Guest,
}

/// Who asks: the group, and the user's id when somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    pub group: Group,
    /// Empty for guests and for a secret key on its own; this is what `createdBy` becomes.
    pub id: String,
}

impl Requester {
    pub const fn admin() -> Self {
        Self { group: Group::Admin, id: String::new() }
    }

    pub const fn guest() -> Self {
        Self { group: Group::Guest, id: String::new() }
    }
}

/// The matrix of a table. Once it is set, whatever it leaves out is denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<Flags>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Flags>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Flags>,
    /// Applies to records whose `createdBy` is the requester.
    #[serde(default, rename = "self", skip_serializing_if = "Option::is_none")]
    pub own: Option<Flags>,
}

/// One row of the matrix. A missing `list` follows `read`; everything else missing is denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Flags {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete: Option<bool>,
}

impl Flags {
    /// Each operation with its flag, in the order that people read them in.
    pub fn named(&mut self) -> [(&'static str, &mut Option<bool>); 5] {
        [
            (Operation::Create.as_str(), &mut self.create),
            (Operation::Read.as_str(), &mut self.read),
            (Operation::List.as_str(), &mut self.list),
            (Operation::Update.as_str(), &mut self.update),
            (Operation::Delete.as_str(), &mut self.delete),
        ]
    }

    pub fn allows(self, operation: Operation) -> bool {
        let flag = match operation {
            Operation::Create => self.create,
            Operation::Read => self.read,
            Operation::List => self.list.or(self.read),
            Operation::Update => self.update,
            Operation::Delete => self.delete,
        };
        flag.unwrap_or(false)
    }
}

/// What a requester may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allow,
    /// Only records that the requester created.
    Own,
    Deny,
    /// The table belongs to the system; only `admin` may read it.
    System,
}

/// Decides `operation` on `table` for `requester`: admin, then system tables, then the group's
/// flag, then the self flag.
pub fn decide(permissions: Option<&Permissions>, table: &str, requester: &Requester, operation: Operation) -> Decision {
    let built_in = SYSTEM_TABLES.contains(&table);
    if built_in {
        let reads = matches!(operation, Operation::Read | Operation::List);
        return if requester.group == Group::Admin && reads { Decision::Allow } else { Decision::System };
    }
    if requester.group == Group::Admin {
        return Decision::Allow;
    }
    let Some(matrix) = permissions else {
        return if table.starts_with('_') {
            Decision::System
        } else if by_default(requester.group, operation) {
            Decision::Allow
        } else {
            Decision::Deny
        };
    };
    let group = match requester.group {
        Group::Admin | Group::User => matrix.user,
        Group::Guest => matrix.guest,
    };
    if group.is_some_and(|flags| flags.allows(operation)) {
        Decision::Allow
    } else if operation != Operation::Create
        && !requester.id.is_empty()
        && matrix.own.is_some_and(|flags| flags.allows(operation))
    {
        Decision::Own
    } else {
        Decision::Deny
    }
}

/// The matrix that a table is under, spelt out where none is set.
pub fn effective(permissions: Option<&Permissions>, table: &str) -> Permissions {
    if let Some(matrix) = permissions {
        return *matrix;
    }
    let flags = |group: Group| {
        let allowed = |operation| {
            let requester = Requester { group, id: String::new() };
            Some(decide(None, table, &requester, operation) == Decision::Allow)
        };
        Some(Flags {
            create: allowed(Operation::Create),
            read: allowed(Operation::Read),
            list: allowed(Operation::List),
            update: allowed(Operation::Update),
            delete: allowed(Operation::Delete),
        })
    };
    Permissions { admin: flags(Group::Admin), user: flags(Group::User), guest: flags(Group::Guest), own: None }
}

/// The matrix of a table that has none set.
const fn by_default(group: Group, operation: Operation) -> bool {
    match group {
        Group::Admin => true,
        Group::User => matches!(operation, Operation::Create | Operation::Read | Operation::List),
        Group::Guest => matches!(operation, Operation::Read | Operation::List),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Requester {
        Requester { group: Group::User, id: "u1".into() }
    }

    #[test]
    fn the_default_matrix_lets_guests_read_and_users_create() {
        use Operation::{Create, Delete, List, Read, Update};
        for (operation, guest, signed_in) in [
            (Create, Decision::Deny, Decision::Allow),
            (Read, Decision::Allow, Decision::Allow),
            (List, Decision::Allow, Decision::Allow),
            (Update, Decision::Deny, Decision::Deny),
            (Delete, Decision::Deny, Decision::Deny),
        ] {
            assert_eq!(decide(None, "posts", &Requester::guest(), operation), guest);
            assert_eq!(decide(None, "posts", &user(), operation), signed_in);
            assert_eq!(decide(None, "posts", &Requester::admin(), operation), Decision::Allow);
        }
    }

    #[test]
    fn a_matrix_that_is_set_denies_what_it_leaves_out() {
        let matrix: Permissions =
            serde_json::from_str(r#"{"guest":{"read":true},"self":{"update":true}}"#).expect("valid");
        let decide = |who: &Requester, operation| decide(Some(&matrix), "posts", who, operation);
        assert_eq!(decide(&Requester::guest(), Operation::List), Decision::Allow, "list follows read");
        assert_eq!(decide(&user(), Operation::Read), Decision::Deny);
        assert_eq!(decide(&user(), Operation::Update), Decision::Own);
        assert_eq!(decide(&Requester::guest(), Operation::Update), Decision::Deny, "a guest owns nothing");
    }

    #[test]
    fn system_tables_are_read_by_admin_only() {
        assert_eq!(decide(None, "users", &Requester::admin(), Operation::List), Decision::Allow);
        assert_eq!(decide(None, "users", &Requester::admin(), Operation::Create), Decision::System);
        assert_eq!(decide(None, "users", &user(), Operation::List), Decision::System);
        assert_eq!(decide(None, "_private", &user(), Operation::List), Decision::System);
    }
}
