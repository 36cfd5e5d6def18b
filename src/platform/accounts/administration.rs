//! What an operator does for the users of an environment, and its rules of sign-in.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use secrecy::{ExposeSecret, SecretString};

use super::{Refusal, passwords::put_password, sessions::shown};
use crate::{
    domain::{
        EnvironmentId,
        account::{ListedUser, User},
        api::{Actor, Page},
        auth_policy::{AuthPolicy, UpdateAuthPolicy},
        list::{Pagination, Window},
        session::{Invitation, Session},
        token::TokenDigest,
    },
    platform::{Access, Error, Listed, Platform},
    store::accounts::{SeenUser, UserQuery},
};

pub(super) const SET_ROLE: &str = "user.set-role";

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

    /// A page of users with what the operator looks for: who was seen when, and is signed in where.
    pub async fn list_users(&self, id: &EnvironmentId, query: UserQuery) -> Result<Listed<ListedUser>, Error> {
        let access = self.administration(id)?;
        let event_id = self.0.shared.latest_event();
        let now = self.0.clock.now();
        let file = self.file(&access).await?;
        let page = file.read(move |reader| {
            let accounts = reader.accounts();
            let (users, total) = accounts.users(&query)?;
            let items = users.into_iter().map(|SeenUser { stored, last_seen_at }| {
                let sessions = accounts.session_count(&stored.user.id, now)?;
                let has_password = stored.password_hash.is_some();
                Ok::<_, Error>(ListedUser { user: stored.user, last_seen_at, sessions, has_password })
            });
            let items = items.collect::<Result<_, Error>>()?;
            Ok::<_, Error>(Page { items, pagination: Pagination::new(total, query.window) })
        });
        Ok(Listed { page: page.await?, event_id })
    }

    pub async fn user_sessions(&self, id: &EnvironmentId, user: &str, window: Window) -> Result<Page<Session>, Error> {
        let access = self.administration(id)?;
        let stored = self.stored_user(&access, user).await?;
        self.sessions_of(&access, stored.user.id, window).await
    }

    /// Signs a user out in one place.
    pub async fn end_user_session(&self, id: &EnvironmentId, user: &str, session: &str) -> Result<Session, Error> {
        let access = self.administration(id)?;
        let (user, session) = (user.to_owned(), session.to_owned());
        let file = self.file(&access).await?;
        let ended = file.write(move |transaction| {
            let stored = transaction.accounts()?.user(&user)?.ok_or(Refusal::UserNotFound)?;
            let ended = transaction.accounts()?.session(&session)?.ok_or(Refusal::SessionNotFound)?;
            if !transaction.end_session(&stored.user.id, &session)? {
                return Err(Refusal::SessionNotFound.into());
            }
            Ok::<_, Error>((stored.user, ended))
        });
        let (user, ended) = ended.await?;
        self.note(id, "user.end-session", &user.email).await;
        Ok(shown(ended))
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
        let erased = file.write(move |transaction| {
            let live = transaction.accounts()?.user(&subject)?;
            let is_erased = transaction.erase_user(&subject)?;
            // One who was deleted before has no address any more.
            let name = live.map_or(subject, |stored| stored.user.email);
            if is_erased { Ok::<_, Error>(name) } else { Err(Refusal::UserNotFound.into()) }
        });
        let erased = erased.await?;
        self.note(id, "user.erase", &erased).await;
        Ok(())
    }

    /// Logs what the operator did to a user on the data plane, and a change of role by whoever made it:
    /// who may do what is worth a line, what apps do all day is not.
    pub(super) async fn note_deed(&self, access: &Access, action: &'static str, user: &User) {
        let actor = if access.is_operator() { Actor::Operator } else { Actor::Admin };
        if actor == Actor::Operator || action == SET_ROLE {
            let detail = (action == SET_ROLE).then(|| format!("to {}", user.role));
            self.log_deed(access.environment(), actor, action, &user.email, detail).await;
        }
    }

    fn administration(&self, id: &EnvironmentId) -> Result<Access, Error> {
        self.active(id)?;
        self.operator_access(id)
    }

    async fn note(&self, id: &EnvironmentId, action: &'static str, target: &str) {
        self.log_deed(id, Actor::Operator, action, target, None).await;
    }
}
