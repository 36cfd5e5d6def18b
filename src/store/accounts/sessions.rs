//! Rows of `sessions` and `one_time_tokens`.

use rusqlite::{OptionalExtension, Row, params};

use super::{Accounts, UserChange};
use crate::{
    domain::{Timestamp, account::Role, list::Window, token::TokenDigest},
    store::{Error, Transaction},
};

/// Sessions of one user; whoever begins another one loses the one unused for longest.
const MOST: u32 = 200;

/// Where a user is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub id: String,
    pub user_id: String,
    /// Of the refresh token that is good now.
    pub refresh: TokenDigest,
    pub user_agent: Option<String>,
    pub ip_address: Option<String>,
    pub last_activity_at: Timestamp,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
}

/// What has to be known of a user to settle requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    pub role: Role,
    /// The sessions that have not ended, and when they will.
    pub sessions: Vec<(String, Timestamp)>,
}

const COLUMNS: &str = "id, user_id, refresh_digest, user_agent, ip_address, last_activity_at, expires_at, created_at";

impl Accounts<'_> {
    /// Absent when there is no such user any more.
    pub fn live(&self, user: &str) -> Result<Option<Live>, Error> {
        let mut statement = self.0.prepare_cached("SELECT role FROM users WHERE id = ?1 AND deleted_at IS NULL")?;
        let Some(role) = statement.query_row([user], |row| row.get::<_, String>(0)).optional()? else {
            return Ok(None);
        };
        let role = Role::parse(&role).map_err(|_| Error::Corrupt(format!("the user {user} has an unreadable role")))?;
        let mut statement = self.0.prepare_cached("SELECT id, expires_at FROM sessions WHERE user_id = ?1")?;
        let rows = statement.query_map([user], |row| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?))))?;
        Ok(Some(Live { role, sessions: rows.collect::<Result<_, _>>()? }))
    }

    pub fn session(&self, id: &str) -> Result<Option<StoredSession>, Error> {
        let mut statement = self.0.prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE id = ?1"))?;
        Ok(statement.query_row([id], read).optional()?)
    }

    /// A page of the sessions that have not ended, the last used first, and how many there are.
    pub fn sessions(&self, user: &str, window: Window, now: Timestamp) -> Result<(Vec<StoredSession>, u64), Error> {
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sessions WHERE user_id = ?1 AND expires_at > ?2
             ORDER BY last_activity_at DESC, id DESC LIMIT ?3 OFFSET ?4"
        ))?;
        let rows = statement.query_map(params![user, now.millis(), window.limit, window.offset()], read)?;
        let sessions = rows.collect::<Result<_, _>>()?;
        Ok((sessions, self.session_count(user, now)?))
    }

    /// How many sessions of a user have not ended.
    pub fn session_count(&self, user: &str, now: Timestamp) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM sessions WHERE user_id = ?1 AND expires_at > ?2";
        Ok(self.0.prepare_cached(sql)?.query_row(params![user, now.millis()], |row| row.get(0))?)
    }

    /// Whose one-time token this is, and until when.
    pub fn one_time_token(&self, digest: TokenDigest) -> Result<Option<(String, Timestamp)>, Error> {
        let mut statement =
            self.0.prepare_cached("SELECT user_id, expires_at FROM one_time_tokens WHERE digest = ?1")?;
        let read = |row: &Row<'_>| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?)));
        Ok(statement.query_row([digest.0], read).optional()?)
    }
}

impl Transaction<'_> {
    /// Begins a session, and lets go of those of the user that are over.
    pub fn insert_session(&mut self, session: &StoredSession) -> Result<(), Error> {
        let connection = self.several()?;
        let sql = "DELETE FROM sessions WHERE user_id = ?1 AND (expires_at <= ?2 OR id IN (
                       SELECT id FROM sessions WHERE user_id = ?1
                       ORDER BY last_activity_at DESC, id DESC LIMIT -1 OFFSET ?3))";
        connection.prepare_cached(sql)?.execute(params![session.user_id, session.created_at.millis(), MOST - 1])?;
        let sql = format!("INSERT INTO sessions ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        connection.prepare_cached(&sql)?.execute(params![
            session.id,
            session.user_id,
            session.refresh.0,
            session.user_agent,
            session.ip_address,
            session.last_activity_at.millis(),
            session.expires_at.millis(),
            session.created_at.millis(),
        ])?;
        self.saw_user(&session.user_id, session.last_activity_at)?;
        self.user_changed(UserChange::Sessions(session.user_id.clone()));
        Ok(())
    }

    /// Gives a session its next refresh token; the one before is no longer good.
    pub fn rotate_session(&mut self, session: &StoredSession) -> Result<(), Error> {
        let sql = "UPDATE sessions SET refresh_digest = ?2, last_activity_at = ?3, expires_at = ?4 WHERE id = ?1";
        self.several()?.prepare_cached(sql)?.execute(params![
            session.id,
            session.refresh.0,
            session.last_activity_at.millis(),
            session.expires_at.millis(),
        ])?;
        self.saw_user(&session.user_id, session.last_activity_at)?;
        self.user_changed(UserChange::Sessions(session.user_id.clone()));
        Ok(())
    }

    /// Kept beside the sessions, because they end.
    fn saw_user(&mut self, user: &str, at: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET last_seen_at = ?2 WHERE id = ?1";
        self.several()?.prepare_cached(sql)?.execute(params![user, at.millis()])?;
        Ok(())
    }

    /// Whether the user had such a session.
    pub fn end_session(&mut self, user: &str, id: &str) -> Result<bool, Error> {
        let sql = "DELETE FROM sessions WHERE id = ?1 AND user_id = ?2";
        let ended = self.several()?.prepare_cached(sql)?.execute([id, user])?;
        self.user_changed(UserChange::Sessions(user.to_owned()));
        Ok(ended > 0)
    }

    /// How many there were.
    pub fn end_sessions(&mut self, user: &str) -> Result<usize, Error> {
        let ended = self.several()?.prepare_cached("DELETE FROM sessions WHERE user_id = ?1")?.execute([user])?;
        self.user_changed(UserChange::Sessions(user.to_owned()));
        Ok(ended)
    }

    /// Replaces the one-time tokens of a user by this one.
    pub fn put_one_time_token(&mut self, user: &str, digest: TokenDigest, expires_at: Timestamp) -> Result<(), Error> {
        self.delete_one_time_tokens(user)?;
        let sql = "INSERT INTO one_time_tokens (digest, user_id, expires_at) VALUES (?1, ?2, ?3)";
        self.several()?.prepare_cached(sql)?.execute(params![digest.0, user, expires_at.millis()])?;
        Ok(())
    }

    pub fn delete_one_time_tokens(&mut self, user: &str) -> Result<(), Error> {
        self.several()?.prepare_cached("DELETE FROM one_time_tokens WHERE user_id = ?1")?.execute([user])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredSession> {
    Ok(StoredSession {
        id: row.get(0)?,
        user_id: row.get(1)?,
        refresh: TokenDigest(row.get(2)?),
        user_agent: row.get(3)?,
        ip_address: row.get(4)?,
        last_activity_at: Timestamp::from_millis(row.get(5)?),
        expires_at: Timestamp::from_millis(row.get(6)?),
        created_at: Timestamp::from_millis(row.get(7)?),
    })
}
