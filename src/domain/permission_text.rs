//! Permissions as people write them: `user:create,read,list self:update,delete`.

use std::{fmt, str::FromStr};

use super::{
    Invalid,
    permission::{Flags, Permissions},
};

/// `GROUP:OPERATION,…`, one row of a matrix. An operation behind `-` is denied, which matters for `list`
/// alone: it follows `read` where nothing is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionText {
    group: Who,
    flags: Flags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Admin,
    User,
    Guest,
    Own,
}

impl FromStr for PermissionText {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (group, operations) = text.split_once(':').ok_or_else(|| {
            Invalid::new("write GROUP:OPERATION,…, like user:create,read or self:all, and guest:none for nothing")
        })?;
        let group = match group {
            "admin" => Who::Admin,
            "user" => Who::User,
            "guest" => Who::Guest,
            "self" => Who::Own,
            other => return Err(Invalid::new(format!("{other:?} is not a group: use admin, user, guest or self"))),
        };
        let mut flags = Flags::default();
        match operations {
            "none" => {}
            "all" => {
                for flag in flags.named() {
                    *flag.1 = Some(true);
                }
            }
            list => list.split(',').try_for_each(|word| allow(&mut flags, word))?,
        }
        Ok(Self { group, flags })
    }
}

fn allow(flags: &mut Flags, word: &str) -> Result<(), Invalid> {
    let (name, allowed) = word.strip_prefix('-').map_or((word, true), |name| (name, false));
    let Some((_, flag)) = flags.named().into_iter().find(|(other, _)| *other == name) else {
        return Err(Invalid::new(format!(
            "{word:?} is not an operation: use create, read, list, update, delete, or all, or none"
        )));
    };
    *flag = Some(allowed);
    Ok(())
}

/// The matrix of several rows.
///
/// # Errors
/// [`Invalid`] naming a group that is given twice.
pub fn matrix(rows: &[PermissionText]) -> Result<Permissions, Invalid> {
    let mut matrix = Permissions::default();
    for row in rows {
        let place = match row.group {
            Who::Admin => &mut matrix.admin,
            Who::User => &mut matrix.user,
            Who::Guest => &mut matrix.guest,
            Who::Own => &mut matrix.own,
        };
        if place.replace(row.flags).is_some() {
            return Err(Invalid::new(format!("{} is given twice", row.group)));
        }
    }
    Ok(matrix)
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::Guest => "guest",
            Self::Own => "self",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(words: &str) -> Result<Value, Invalid> {
        let rows = words.split(' ').map(str::parse).collect::<Result<Vec<_>, _>>()?;
        Ok(serde_json::to_value(matrix(&rows)?).expect("JSON"))
    }

    #[test]
    fn a_matrix_is_a_line_of_words() {
        let all = json!({"create": true, "read": true, "list": true, "update": true, "delete": true});
        for (words, matrix) in [
            (
                "user:create,read self:update,delete",
                json!({"user": {"create": true, "read": true}, "self": {"update": true, "delete": true}}),
            ),
            ("guest:read,-list", json!({"guest": {"read": true, "list": false}})),
            ("guest:none user:all", json!({"guest": {}, "user": all})),
        ] {
            assert_eq!(parse(words), Ok(matrix), "{words}");
        }
        for bad in ["user", "user:", "users:read", "user:write", "user:read,", "user:read user:list", "user:all,read"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
