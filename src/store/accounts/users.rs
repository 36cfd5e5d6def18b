//! Rows of `users`.

use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Map, Value};

use super::{Accounts, UserChange};
use crate::{
    domain::{
        Timestamp,
        account::{Role, User, UserOrder},
        list::{Direction, Window},
    },
    store::{Error, Transaction},
};

/// A user with what is shown nowhere, or in other places.
#[derive(Clone, Debug)]
pub struct StoredUser {
    pub user: User,
    /// In PHC format; absent for a user who has never set a password.
    pub password_hash: Option<String>,
    /// What the user says of themselves beside name and nickname.
    pub profile: Map<String, Value>,
    /// Preferences, notifications and the like, an object each.
    pub settings: Map<String, Value>,
}

/// A user with the last sign in or renewal of a token; that is written by sessions alone.
#[derive(Clone, Debug)]
pub struct SeenUser {
    pub stored: StoredUser,
    pub last_seen_at: Option<Timestamp>,
}

/// Which users to list.
#[derive(Clone, Debug)]
pub struct UserQuery {
    pub window: Window,
    pub search: Option<UserSearch>,
    pub role: Option<Role>,
    pub order: UserOrder,
    pub direction: Direction,
}

#[derive(Clone, Debug)]
pub struct UserSearch {
    pub text: String,
    /// One must contain the text.
    pub columns: Vec<&'static str>,
}

const COLUMNS: &str = "id, email, name, nickname, role, email_verified_at, image, onboarding_status, created_at, \
                       updated_at, password_hash, profile, settings";

impl Accounts<'_> {
    pub fn user(&self, id: &str) -> Result<Option<StoredUser>, Error> {
        self.find(&format!("SELECT {COLUMNS} FROM users WHERE id = ?1 AND deleted_at IS NULL"), id)
    }

    /// `email` as it is kept: trimmed and in lower case.
    pub fn user_by_email(&self, email: &str) -> Result<Option<StoredUser>, Error> {
        self.find(&format!("SELECT {COLUMNS} FROM users WHERE email = ?1 AND deleted_at IS NULL"), email)
    }

    /// A page of users, each with when they were last seen, and how many there are on all pages.
    pub fn users(&self, query: &UserQuery) -> Result<(Vec<SeenUser>, u64), Error> {
        let pattern = query.search.as_ref().map(|search| pattern(&search.text));
        let role = query.role.map(Role::as_str);
        let mut statement = self.0.prepare_cached(&query.page())?;
        let rows = statement.query_map(params![pattern, role, query.window.limit, query.window.offset()], |row| {
            let last_seen_at = row.get::<_, Option<i64>>(13)?.map(Timestamp::from_millis);
            Ok(read(row).map(|stored| SeenUser { stored, last_seen_at }))
        })?;
        let users = rows.map(|row| row?).collect::<Result<_, Error>>()?;
        let mut statement = self.0.prepare_cached(&format!("SELECT count(*) {}", query.from()))?;
        let total = statement.query_row(params![pattern, role], |row| row.get(0))?;
        Ok((users, total))
    }

    fn find(&self, sql: &str, key: &str) -> Result<Option<StoredUser>, Error> {
        self.0.prepare_cached(sql)?.query_row([key], |row| Ok(read(row))).optional()?.transpose()
    }
}

impl UserQuery {
    fn page(&self) -> String {
        let (from, order) = (self.from(), column(self.order));
        let direction = match self.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        format!("SELECT {COLUMNS}, last_seen_at {from} ORDER BY {order} {direction}, id {direction} LIMIT ?3 OFFSET ?4")
    }

    /// With the pattern of the search as ?1 and the role as ?2.
    fn from(&self) -> String {
        let columns: Vec<_> = self.search.iter().flat_map(|search| &search.columns).collect();
        let condition = match (&self.search, columns.is_empty()) {
            (None, _) => "?1 IS NULL".to_owned(),
            (Some(_), true) => "?1 IS NULL AND 0".to_owned(),
            (Some(_), false) => {
                let each = columns.iter().map(|column| format!("{column} LIKE ?1 ESCAPE '\\'"));
                format!("({})", each.collect::<Vec<_>>().join(" OR "))
            }
        };
        format!("FROM users WHERE deleted_at IS NULL AND (?2 IS NULL OR role = ?2) AND {condition}")
    }
}

impl Transaction<'_> {
    /// # Errors
    /// [`Error::Duplicate`] when the address or the id is taken.
    pub fn insert_user(&mut self, stored: &StoredUser) -> Result<(), Error> {
        let sql = "INSERT INTO users (id, email, name, nickname, role, email_verified_at, image, onboarding_status,
                                      created_at, updated_at, password_hash, profile, settings)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        self.put_user(sql, stored)?;
        self.user_changed(UserChange::Created(stored.user.clone()));
        Ok(())
    }

    pub fn update_user(&mut self, stored: &StoredUser) -> Result<(), Error> {
        let sql =
            "UPDATE users SET email = ?2, name = ?3, nickname = ?4, role = ?5, email_verified_at = ?6, image = ?7,
                                    onboarding_status = ?8, created_at = ?9, updated_at = ?10, password_hash = ?11,
                                    profile = ?12, settings = ?13
                   WHERE id = ?1";
        self.put_user(sql, stored)?;
        self.user_changed(UserChange::Updated(stored.user.clone()));
        Ok(())
    }

    /// Ends everything that the user could do; what is left keeps the id from being given again.
    pub fn delete_user(&mut self, user: &User, now: Timestamp) -> Result<(), Error> {
        let connection = self.several()?;
        let sql = "UPDATE users SET deleted_at = ?2, updated_at = ?2, password_hash = NULL WHERE id = ?1";
        connection.prepare_cached(sql)?.execute(params![user.id, now.millis()])?;
        for sql in [
            "DELETE FROM sessions WHERE user_id = ?1",
            "DELETE FROM accounts WHERE user_id = ?1",
            "DELETE FROM one_time_tokens WHERE user_id = ?1",
        ] {
            connection.prepare_cached(sql)?.execute([&user.id])?;
        }
        self.user_changed(UserChange::Deleted(user.clone()));
        Ok(())
    }

    /// Removes the row of a user, deleted before or not. Whether there was one.
    pub fn erase_user(&mut self, id: &str) -> Result<bool, Error> {
        let live = self.accounts()?.user(id)?;
        // Sessions, accounts and tokens go along (ON DELETE CASCADE).
        let erased = self.several()?.prepare_cached("DELETE FROM users WHERE id = ?1")?.execute([id])?;
        if let Some(stored) = live {
            self.user_changed(UserChange::Deleted(stored.user));
        }
        Ok(erased > 0)
    }

    fn put_user(&mut self, sql: &str, stored: &StoredUser) -> Result<(), Error> {
        let StoredUser { user, password_hash, profile, settings } = stored;
        self.several()?.prepare_cached(sql)?.execute(params![
            user.id,
            user.email,
            user.name,
            user.nickname,
            user.role.as_str(),
            user.email_verified.map(Timestamp::millis),
            user.image,
            user.onboarding_status,
            user.created_at.millis(),
            user.updated_at.millis(),
            password_hash,
            text(profile),
            text(settings),
        ])?;
        Ok(())
    }
}

const fn column(order: UserOrder) -> &'static str {
    match order {
        UserOrder::CreatedAt => "created_at",
        UserOrder::UpdatedAt => "updated_at",
        UserOrder::LastSeenAt => "last_seen_at",
        UserOrder::Name => "name COLLATE NOCASE",
        UserOrder::Email => "email",
        UserOrder::Role => "role",
    }
}

fn read(row: &Row<'_>) -> Result<StoredUser, Error> {
    let id: String = row.get(0)?;
    let corrupt = |what: &str| Error::Corrupt(format!("the user {id} has an unreadable {what}"));
    let object = |index: usize, what: &str| -> Result<Map<String, Value>, Error> {
        serde_json::from_str(&row.get::<_, String>(index)?).map_err(|_| corrupt(what))
    };
    let role = Role::parse(&row.get::<_, String>(4)?).map_err(|_| corrupt("role"))?;
    let (profile, settings) = (object(11, "profile")?, object(12, "settings")?);
    let user = User {
        email: row.get(1)?,
        name: row.get(2)?,
        nickname: row.get(3)?,
        role,
        email_verified: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
        image: row.get(6)?,
        onboarding_status: row.get(7)?,
        created_at: Timestamp::from_millis(row.get(8)?),
        updated_at: Timestamp::from_millis(row.get(9)?),
        id,
    };
    Ok(StoredUser { user, password_hash: row.get(10)?, profile, settings })
}

fn text(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).expect("a JSON object has string keys")
}

/// A pattern for LIKE that finds `text` anywhere, whatever characters it has.
fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Durability, environment::connect, fixture::DataFile};

    #[test]
    fn a_page_of_many_users_is_found_without_sorting_all_of_them() {
        let file = DataFile::new();
        let connection = connect(file.path(), Durability::Relaxed).expect("opens");
        for order in [UserOrder::CreatedAt, UserOrder::LastSeenAt, UserOrder::Email] {
            for direction in [Direction::Ascending, Direction::Descending] {
                let window = Window { page: 1, limit: 100 };
                let query = UserQuery { window, search: None, role: None, order, direction };
                let explain = format!("EXPLAIN QUERY PLAN {}", query.page());
                let mut statement = connection.prepare(&explain).expect("a statement");
                let nothing: [Option<&str>; 4] = [None; 4];
                let steps = statement.query_map(nothing, |row| row.get::<_, String>(3)).expect("a plan");
                let plan = steps.collect::<Result<Vec<_>, _>>().expect("text").join("; ");
                assert!(!plan.contains("TEMP B-TREE"), "{order:?} {direction:?}: {plan}");
            }
        }
    }
}
