//! Where a user is signed in, and the end of that.

use super::Refusal;
use crate::{
    domain::{
        api::Page,
        list::{Pagination, Window},
        session::Session,
    },
    platform::{Access, Error, Platform},
    store::accounts::StoredSession,
};

impl Platform {
    /// The sessions of the user who is signed in, the last used first.
    pub async fn sessions(&self, access: &Access, window: Window) -> Result<Page<Session>, Error> {
        let user = access.user()?.to_owned();
        self.sessions_of(access, user, window).await
    }

    /// Ends one session of the user who is signed in, which may be the one that asks.
    pub async fn end_session(&self, access: &Access, session: &str) -> Result<(), Error> {
        let (user, session) = (access.user()?.to_owned(), session.to_owned());
        let file = self.file(access).await?;
        file.write(move |transaction| {
            if transaction.end_session(&user, &session)? { Ok(()) } else { Err(Refusal::SessionNotFound.into()) }
        })
        .await
    }

    /// Ends the session that asks.
    pub async fn sign_out(&self, access: &Access) -> Result<(), Error> {
        let session = access.session()?.to_owned();
        match self.end_session(access, &session).await {
            // Somebody else ended it at the same time.
            Err(Error::Account(Refusal::SessionNotFound)) => Ok(()),
            ended => ended,
        }
    }

    /// Deletes the user who is signed in.
    pub async fn withdraw_user(&self, access: &Access) -> Result<(), Error> {
        let user = access.user()?.to_owned();
        self.delete_user(access, &user).await
    }

    pub(super) async fn sessions_of(
        &self,
        access: &Access,
        user: String,
        window: Window,
    ) -> Result<Page<Session>, Error> {
        let now = self.0.clock.now();
        let file = self.file(access).await?;
        let read = file.read(move |reader| Ok::<_, Error>(reader.accounts().sessions(&user, window, now)?));
        let (sessions, total) = read.await?;
        let items = sessions.into_iter().map(shown).collect();
        Ok(Page { items, pagination: Pagination::new(total, window) })
    }
}

pub(super) fn shown(stored: StoredSession) -> Session {
    let StoredSession { id, user_id, user_agent, ip_address, last_activity_at, expires_at, created_at, .. } = stored;
    Session {
        id,
        user_id,
        device_info: user_agent.clone(),
        device: user_agent.clone(),
        user_agent,
        ip: ip_address.clone(),
        ip_address,
        last_activity_at,
        last_accessed_at: last_activity_at,
        created_at,
        expires_at,
    }
}
