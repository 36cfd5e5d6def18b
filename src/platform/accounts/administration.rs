//! What an operator does for the users of an environment, and its rules of sign-in.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use secrecy::{ExposeSecret, SecretString};

use super::{Refusal, passwords::put_password};
use crate::{
    domain::{
        EnvironmentId,
        account::User,
        api::{Actor, Page},
        auth_policy::{AuthPolicy, UpdateAuthPolicy},
        list::Window,
        session::{Invitation, Session},
        token::TokenDigest,
    },
    platform::{Access, Error, Platform, control::Deed},
};

/// How long an invitation is good.
const INVITATION_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;

impl Platform {
    /// The rules of sign-in.
    pub async fn auth_policy(&self, id: &EnvironmentId) -> Result<AuthPolicy, Error> {
        let access = self.administration(id)?;
        let realm = self.realm(&access);
        Ok(self.policy(&access, &realm).await?.as_ref().clone())
    }

    /// Passwords and sessions that are there keep what they were given.
    pub async fn update_auth_policy(&self, id: &EnvironmentId, update: UpdateAuthPolicy) -> Result<AuthPolicy, Error> {
        let access = self.administration(id)?;
        let file = self.file(&access).await?;
        let policy = file.write(move |transaction| {
            let policy = transaction.auth_policy()?.updated(&update);
            let policy = policy.map_err(|invalid| Error::Invalid(invalid.to_string()))?;
            transaction.put_auth_policy(&policy)?;
            Ok::<_, Error>(policy)
        });
        let policy = policy.await?;
        self.note(id, "auth-policy.update", "auth-policy").await;
        Ok(policy)
    }

    /// Gives a user a password, and ends all their sessions.
    pub async fn set_password(&self, id: &EnvironmentId, user: &str, new: SecretString) -> Result<User, Error> {
        let access = self.administration(id)?;
        let realm = self.realm(&access);
        self.policy(&access, &realm).await?.check_password(new.expose_secret()).map_err(Refusal::from)?;
        self.stored_user(&access, user).await?;
        let hash = self.0.hasher.hash(new, self.0.entropy.bytes()).await?;
        let (user, now) = (user.to_owned(), self.0.clock.now());
        let file = self.file(&access).await?;
        let changed = file.write(move |transaction| {
            let mut stored = transaction.accounts()?.user(&user)?.ok_or(Refusal::UserNotFound)?;
            stored.user.updated_at = now;
            let changed = stored.user.clone();
            put_password(transaction, stored, hash)?;
            Ok::<_, Error>(changed)
        });
        let changed = changed.await?;
        self.note(id, "user.set-password", &changed.email).await;
        Ok(changed)
    }

    /// Makes a token with which a user can set their password, once. The one before is void.
    pub async fn invite(&self, id: &EnvironmentId, user: &str) -> Result<Invitation, Error> {
        let access = self.administration(id)?;
        let token = BASE64.encode(self.0.entropy.bytes());
        let expires_at = self.0.clock.now().plus_millis(INVITATION_MILLIS);
        let (user, digest) = (user.to_owned(), TokenDigest::of(&token));
        let file = self.file(&access).await?;
        let invited = file.write(move |transaction| {
            let stored = transaction.accounts()?.user(&user)?.ok_or(Refusal::UserNotFound)?;
            transaction.put_one_time_token(&stored.user.id, digest, expires_at)?;
            Ok::<_, Error>(stored.user)
        });
        let invited = invited.await?;
        self.note(id, "user.invite", &invited.email).await;
        Ok(Invitation { user_id: invited.id, email: invited.email, token, expires_at })
    }

    pub async fn user_sessions(&self, id: &EnvironmentId, user: &str, window: Window) -> Result<Page<Session>, Error> {
        let access = self.administration(id)?;
        let stored = self.stored_user(&access, user).await?;
        self.sessions_of(&access, stored.user.id, window).await
    }

    /// Signs a user out everywhere.
    pub async fn end_user_sessions(&self, id: &EnvironmentId, user: &str) -> Result<User, Error> {
        let access = self.administration(id)?;
        let user = user.to_owned();
        let file = self.file(&access).await?;
        let signed_out = file.write(move |transaction| {
            let stored = transaction.accounts()?.user(&user)?.ok_or(Refusal::UserNotFound)?;
            transaction.end_sessions(&stored.user.id)?;
            Ok::<_, Error>(stored.user)
        });
        let signed_out = signed_out.await?;
        self.note(id, "user.end-sessions", &signed_out.email).await;
        Ok(signed_out)
    }

    /// Removes the account of a user for good, also of one who was deleted before. Their records and
    /// files stay.
    pub async fn erase_user(&self, id: &EnvironmentId, user: &str) -> Result<(), Error> {
        let access = self.administration(id)?;
        let subject = user.to_owned();
        let file = self.file(&access).await?;
        let erased = file.write(move |transaction| Ok::<_, Error>(transaction.erase_user(&subject)?));
        if !erased.await? {
            return Err(Refusal::UserNotFound.into());
        }
        self.note(id, "user.erase", user).await;
        Ok(())
    }

    fn administration(&self, id: &EnvironmentId) -> Result<Access, Error> {
        self.active(id)?;
        self.operator_access(id)
    }

    /// Logs what is on the disk already.
    async fn note(&self, id: &EnvironmentId, action: &'static str, target: &str) {
        let (platform, id, target) = (self.clone(), id.clone(), target.to_owned());
        let logged = self.0.control.change(move |change| {
            let environment = platform.environment(&id)?;
            let deed = Deed { actor: Actor::Operator, action, target: &target, detail: None };
            change.log(deed.in_environment(&environment, &platform.0.entropy, platform.0.clock.now()))
        });
        if let Err(error) = logged.await {
            tracing::warn!(%error, "a line of activity was lost");
        }
    }
}
