//! The next pair of tokens for the refresh token of the last one.

use std::sync::Arc;

use super::{Refusal, sign_in::tokens};
use crate::{
    domain::{
        session::Tokens,
        token::{Purpose, TokenDigest, TokenRefusal, Unverified},
    },
    platform::{Access, Error, Platform},
};

impl Platform {
    /// Exchanges a refresh token, which is good for one exchange.
    ///
    /// One that was exchanged a moment ago gets the same pair again: several requests of one app
    /// meet the end of their access token at once. After that it is a sign that somebody else has
    /// the token, and every session of the user ends.
    ///
    /// # Errors
    /// [`Refusal::InvalidRefreshToken`], [`Refusal::SessionExpired`], [`TokenRefusal::Elsewhere`].
    pub async fn refresh(&self, access: &Access, token: &str) -> Result<Tokens, Error> {
        let unverified = Unverified::parse(token).map_err(|_| Refusal::InvalidRefreshToken)?;
        if unverified.environment() != access.environment() {
            return Err(TokenRefusal::Elsewhere.into());
        }
        let realm = self.realm(access);
        let signer = self.known_signer(access, &realm).await?.ok_or(Refusal::InvalidRefreshToken)?;
        let now = self.0.clock.now();
        let claims = signer.verify(unverified, Purpose::Refresh, now).map_err(|refusal| match refusal {
            TokenRefusal::Expired => Refusal::SessionExpired,
            _ => Refusal::InvalidRefreshToken,
        })?;
        let policy = self.policy(access, &realm).await?;
        let issuer = self.issuer(access, &realm, policy).await?;
        let digest = TokenDigest::of(token);
        let file = self.file(access).await?;
        let remembered = Arc::clone(&realm);
        // In the writer one comes after the other, so of two with the same token the second finds
        // what the first has left.
        let exchanged = file.write(move |transaction| {
            let session = transaction.accounts()?.session(&claims.sid)?.ok_or(Refusal::InvalidRefreshToken)?;
            let user = transaction.accounts()?.user(&session.user_id)?.ok_or(Refusal::InvalidRefreshToken)?.user;
            if session.expires_at <= now {
                return Err(Refusal::SessionExpired.into());
            }
            if session.refresh == digest {
                let (session, pair) = issuer.rotate(&user, session);
                transaction.rotate_session(&session)?;
                // Should the commit fail, the token is still the current one and is exchanged anew.
                remembered.rotated(digest, pair.clone(), now);
                return Ok(Some((pair, user)));
            }
            if let Some(pair) = remembered.successor(digest, now) {
                return Ok(Some((pair, user)));
            }
            transaction.end_sessions(&user.id)?;
            // Committed, and therefore no error.
            Ok::<_, Error>(None)
        });
        let (pair, user) = exchanged.await?.ok_or(Refusal::InvalidRefreshToken)?;
        Ok(tokens(pair, user))
    }
}
