//! Whose token a request carries.

use std::sync::Arc;

use super::realm::{Realm, Standing};
use crate::{
    domain::{
        Timestamp,
        auth_policy::AuthPolicy,
        token::{Claims, Purpose, Signer, TokenRefusal, Unverified},
    },
    platform::{Access, Error, Platform},
};

/// The row of `secrets` that tokens are signed with.
const SECRET: &str = "tokens";

impl Platform {
    /// Makes the bearer of an access token the requester.
    ///
    /// It costs two look-ups in memory, and a signature when the token is new; the session is read from the file
    /// only when it is met for the first time since the start or since something about its user changed.
    ///
    /// # Errors
    /// [`TokenRefusal`]; whatever reading the environment answers.
    pub async fn identify(&self, access: &mut Access, token: &str) -> Result<(), Error> {
        let realm = self.realm(access);
        let now = self.0.clock.now();
        let claims = match self.0.realms.verified().get(access.environment(), token) {
            Some(claims) => claims,
            None => self.verify(access, &realm, token, now).await?,
        };
        claims.check_expiry(now)?;
        let standing = match realm.standing(&claims.sub, &claims.sid, now) {
            Standing::Unknown(generation) => {
                let user = claims.sub.clone();
                let file = self.file(access).await?;
                let read = file.read(move |reader| Ok::<_, Error>(reader.accounts().live(&user)?)).await?;
                realm.keep(claims.sub.clone(), read, generation, &claims.sid, now)
            }
            known => known,
        };
        match standing {
            Standing::Live(role) => {
                access.sign_in(claims.sub.clone(), claims.sid.clone(), role);
                Ok(())
            }
            Standing::Ended | Standing::Unknown(_) => Err(TokenRefusal::Invalid.into()),
        }
    }

    async fn verify(&self, access: &Access, realm: &Realm, token: &str, now: Timestamp) -> Result<Arc<Claims>, Error> {
        let unverified = Unverified::parse(token)?;
        if unverified.environment() != access.environment() {
            return Err(TokenRefusal::Elsewhere.into());
        }
        let signer = self.known_signer(access, realm).await?.ok_or(TokenRefusal::Invalid)?;
        let claims = Arc::new(signer.verify(unverified, Purpose::Access, now)?);
        self.0.realms.verified().keep(token, &claims);
        Ok(claims)
    }

    pub(super) fn realm(&self, access: &Access) -> Arc<Realm> {
        self.0.realms.of(access.environment())
    }

    /// What the environment's tokens are verified with; absent if it has never signed one.
    pub(super) async fn known_signer<'a>(
        &self,
        access: &Access,
        realm: &'a Realm,
    ) -> Result<Option<&'a Signer>, Error> {
        if let Some(signer) = realm.signer() {
            return Ok(Some(signer));
        }
        let file = self.file(access).await?;
        let secret = file.read(|reader| Ok::<_, Error>(reader.secret(SECRET)?)).await?;
        Ok(secret.map(|secret| realm.keep_signer(&secret)))
    }

    /// What new tokens are signed with, made if there is nothing yet.
    pub(super) async fn signer<'a>(&self, access: &Access, realm: &'a Realm) -> Result<&'a Signer, Error> {
        if let Some(signer) = self.known_signer(access, realm).await? {
            return Ok(signer);
        }
        let fresh = self.0.entropy.bytes();
        let file = self.file(access).await?;
        let secret = file.write(move |transaction| Ok::<_, Error>(transaction.secret_or(SECRET, &fresh)?)).await?;
        Ok(realm.keep_signer(&secret))
    }

    /// The rules of the environment.
    pub(super) async fn policy(&self, access: &Access, realm: &Realm) -> Result<Arc<AuthPolicy>, Error> {
        let generation = match realm.policy() {
            Ok(policy) => return Ok(policy),
            Err(generation) => generation,
        };
        let file = self.file(access).await?;
        let policy = Arc::new(file.read(|reader| Ok::<_, Error>(reader.auth_policy()?)).await?);
        realm.keep_policy(&policy, generation);
        Ok(policy)
    }
}
