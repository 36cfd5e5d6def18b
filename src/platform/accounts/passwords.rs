//! Changing a password, and setting one with a one-time token.

use secrecy::{ExposeSecret, SecretString};

use super::Refusal;
use crate::{
    domain::{Timestamp, account::Email, token::TokenDigest},
    platform::{Access, Error, Platform},
    store::{
        self, Transaction,
        accounts::{Accounts, StoredUser},
    },
};

impl Platform {
    /// Changes the password of the user who is signed in, and ends all their sessions.
    ///
    /// # Errors
    /// [`Refusal::InvalidPassword`] for a wrong current one, which counts towards a lock of its own;
    /// [`Refusal::Password`], [`Refusal::SamePassword`].
    pub async fn change_password(
        &self,
        access: &Access,
        current: SecretString,
        new: SecretString,
    ) -> Result<(), Error> {
        let id = access.user()?.to_owned();
        let realm = self.realm(access);
        let policy = self.policy(access, &realm).await?;
        policy.check_password(new.expose_secret()).map_err(Refusal::from)?;
        let file = self.file(access).await?;
        let sought = id.clone();
        let found = file.read(move |reader| Ok::<_, Error>(reader.accounts().user(&sought)?)).await?;
        let before = found.ok_or(Refusal::UserNotFound)?.password_hash;
        let same = new.expose_secret() == current.expose_secret();
        // Not the address: a stolen token must not lock its owner out.
        let subject = format!("user {id}");
        self.check_password(&realm, &policy, &subject, current, before.clone(), Refusal::InvalidPassword).await?;
        if same {
            return Err(Refusal::SamePassword.into());
        }
        let hash = self.0.hasher.hash(new, self.0.entropy.bytes()).await?;
        let now = self.0.clock.now();
        file.write(move |transaction| {
            let stored = transaction.accounts()?.user(&id)?.filter(|stored| stored.password_hash == before);
            let mut stored = stored.ok_or(Refusal::InvalidPassword)?;
            stored.user.updated_at = now;
            Ok::<_, Error>(put_password(transaction, stored, hash)?)
        })
        .await
    }

    /// Sets the password of whom a one-time token was made for. The token is used up.
    ///
    /// # Errors
    /// [`Refusal::TokenNotFound`], [`Refusal::OneTimeTokenExpired`], [`Refusal::Password`].
    pub async fn set_password_with_token(
        &self,
        access: &Access,
        email: &str,
        token: &str,
        new: SecretString,
    ) -> Result<(), Error> {
        let email = Email::parse(email).map_err(|_| Refusal::InvalidEmail)?;
        let realm = self.realm(access);
        let policy = self.policy(access, &realm).await?;
        policy.check_password(new.expose_secret()).map_err(Refusal::from)?;
        let digest = TokenDigest::of(token);
        let now = self.0.clock.now();
        let file = self.file(access).await?;
        // Before the work of hashing, and once more after it.
        let sought = email.clone();
        file.read(move |reader| holder(&reader.accounts(), digest, &sought, now)).await?;
        let hash = self.0.hasher.hash(new, self.0.entropy.bytes()).await?;
        file.write(move |transaction| {
            let mut stored = holder(&transaction.accounts()?, digest, &email, now)?;
            stored.user.updated_at = now;
            Ok::<_, Error>(put_password(transaction, stored, hash)?)
        })
        .await
    }
}

/// Whom a one-time token was made for.
fn holder(accounts: &Accounts<'_>, digest: TokenDigest, email: &Email, now: Timestamp) -> Result<StoredUser, Error> {
    let (user, expires_at) = accounts.one_time_token(digest)?.ok_or(Refusal::TokenNotFound)?;
    let stored = accounts.user(&user)?.filter(|stored| stored.user.email == email.as_str());
    let stored = stored.ok_or(Refusal::TokenNotFound)?;
    if expires_at <= now { Err(Refusal::OneTimeTokenExpired.into()) } else { Ok(stored) }
}

/// Stores a password, after which nothing that was given out before opens the account.
pub(super) fn put_password(
    transaction: &mut Transaction<'_>,
    stored: StoredUser,
    hash: String,
) -> Result<(), store::Error> {
    let id = stored.user.id.clone();
    transaction.update_user(&StoredUser { password_hash: Some(hash), ..stored })?;
    transaction.end_sessions(&id)?;
    transaction.delete_one_time_tokens(&id)
}
