//! What an environment keeps for itself: secrets to sign with, and its settings.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Error, Reader, Transaction};
use crate::domain::auth_policy::AuthPolicy;

/// The setting that holds the rules of sign-in.
const AUTH_POLICY: &str = "auth-policy";

impl Reader {
    /// Absent until somebody needed it.
    pub fn secret(&self, purpose: &str) -> Result<Option<Vec<u8>>, Error> {
        secret(self.connection(), purpose)
    }

    pub fn auth_policy(&self) -> Result<AuthPolicy, Error> {
        auth_policy(self.connection())
    }
}

impl Transaction<'_> {
    /// The secret for a purpose, which is `fresh` if there was none.
    pub fn secret_or(&mut self, purpose: &str, fresh: &[u8]) -> Result<Vec<u8>, Error> {
        let connection = self.several()?;
        let sql = "INSERT OR IGNORE INTO secrets (purpose, secret) VALUES (?1, ?2)";
        connection.prepare_cached(sql)?.execute(params![purpose, fresh])?;
        let found = secret(connection, purpose)?;
        found.ok_or_else(|| Error::Corrupt(format!("the secret for {purpose} did not stay")))
    }

    pub fn auth_policy(&mut self) -> Result<AuthPolicy, Error> {
        auth_policy(self.several()?)
    }

    pub fn put_auth_policy(&mut self, policy: &AuthPolicy) -> Result<(), Error> {
        let json = serde_json::to_string(policy).expect("a policy has string keys");
        let sql = "INSERT INTO settings (name, value) VALUES (?1, ?2)
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.several()?.prepare_cached(sql)?.execute(params![AUTH_POLICY, json])?;
        self.auth_policy_changed();
        Ok(())
    }
}

fn secret(connection: &Connection, purpose: &str) -> Result<Option<Vec<u8>>, Error> {
    let mut statement = connection.prepare_cached("SELECT secret FROM secrets WHERE purpose = ?1")?;
    Ok(statement.query_row([purpose], |row| row.get(0)).optional()?)
}

fn auth_policy(connection: &Connection) -> Result<AuthPolicy, Error> {
    let mut statement = connection.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
    let found: Option<String> = statement.query_row([AUTH_POLICY], |row| row.get(0)).optional()?;
    let Some(json) = found else { return Ok(AuthPolicy::default()) };
    serde_json::from_str(&json).map_err(|_| Error::Corrupt("the auth policy of the environment is unreadable".into()))
}
