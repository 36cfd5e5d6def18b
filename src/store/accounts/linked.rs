//! Rows of `accounts`: where else a user is known.

use serde::Serialize;

use super::Accounts;
use crate::{domain::Timestamp, store::Error};

/// Both families of names are there, because apps read either.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkedAccount {
    pub id: String,
    pub user_id: String,
    pub provider: String,
    pub provider_account_id: String,
    pub connected_at: Timestamp,
    pub linked_at: Timestamp,
}

impl Accounts<'_> {
    pub fn linked(&self, user: &str) -> Result<Vec<LinkedAccount>, Error> {
        let mut statement = self.0.prepare_cached(
            "SELECT id, user_id, provider, provider_account_id, connected_at FROM accounts WHERE user_id = ?1
             ORDER BY connected_at",
        )?;
        let rows = statement.query_map([user], |row| {
            let connected_at = Timestamp::from_millis(row.get(4)?);
            Ok(LinkedAccount {
                id: row.get(0)?,
                user_id: row.get(1)?,
                provider: row.get(2)?,
                provider_account_id: row.get(3)?,
                connected_at,
                linked_at: connected_at,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
