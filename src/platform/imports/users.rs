//! Users who come along with their identifiers, so that what they own stays theirs.

use super::{Error, Platform, words};
use crate::{
    domain::{
        EnvironmentId,
        import::{
            MAX_BATCH_ROWS,
            users::{ImportUsers, ImportedUser, UsersImported},
        },
    },
    store::{self, accounts::StoredUser},
};

impl Platform {
    /// Adds users without a password: all of the batch or none. Those who are there stay as they are.
    pub async fn import_users(&self, id: &EnvironmentId, body: ImportUsers) -> Result<UsersImported, Error> {
        if body.users.len() > MAX_BATCH_ROWS {
            return Err(Error::Invalid(format!(
                "a batch has at most {MAX_BATCH_ROWS} users: send the rest in another"
            )));
        }
        let now = self.0.clock.now();
        let read = body.users.into_iter().enumerate().map(|(position, row)| {
            let id = row.get("id").and_then(|id| id.as_str()).unwrap_or_default().to_owned();
            let refused = |violations: Vec<_>| Error::RowRefused { position, id, reason: words(&violations) };
            ImportedUser::read(row, now).map_err(refused)
        });
        let users = read.collect::<Result<Vec<_>, Error>>()?;
        let (file, _) = self.design(id).await?;
        file.write(move |transaction| {
            transaction.savepoint()?;
            let mut result = UsersImported { imported: 0, present: 0 };
            for (position, ImportedUser { user, profile }) in users.into_iter().enumerate() {
                if transaction.accounts()?.user(&user.id)?.is_some() {
                    result.present += 1;
                    continue;
                }
                let id = user.id.clone();
                let stored = StoredUser { user, password_hash: None, profile, settings: serde_json::Map::new() };
                transaction.insert_user(&stored).map_err(|error| match error {
                    store::Error::Duplicate(_) => Error::RowRefused {
                        position,
                        id,
                        reason: format!("another user has the address {} already", stored.user.email),
                    },
                    other => other.into(),
                })?;
                result.imported += 1;
            }
            Ok(result)
        })
        .await
    }
}
