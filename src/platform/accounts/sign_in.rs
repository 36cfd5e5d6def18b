//! Signing up and in.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Map;

use super::{
    Refusal,
    realm::{Pair, Realm},
};
use crate::{
    domain::{
        ProjectId, Timestamp,
        account::{Email, Role, User, new_uuid},
        auth_policy::AuthPolicy,
        session::Tokens,
        token::{Claims, Purpose, Signer, TokenDigest},
        user_settings::parse_name,
    },
    platform::{Access, Error, Platform},
    store::{
        self,
        accounts::{StoredSession, StoredUser},
    },
};

/// Where somebody signs in from, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Device {
    pub user_agent: Option<String>,
    pub ip_address: Option<String>,
}

#[derive(Clone, Debug)]
pub struct SignUp {
    pub email: String,
    pub password: SecretString,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct SignIn {
    pub email: String,
    pub password: SecretString,
}

impl Platform {
    /// Makes a user, who is signed in from then on.
    ///
    /// # Errors
    /// [`Refusal`]; [`Error::Overloaded`] when too many passwords are being hashed.
    pub async fn sign_up(&self, access: &Access, body: SignUp, device: Device) -> Result<Tokens, Error> {
        let SignUp { email, password, name } = body;
        let email = Email::parse(&email).map_err(|_| Refusal::InvalidEmail)?;
        let name = user_name(&name)?;
        let realm = self.realm(access);
        let policy = self.policy(access, &realm).await?;
        policy.check_password(password.expose_secret()).map_err(Refusal::from)?;
        let file = self.file(access).await?;
        // Before the work of hashing; the unique index is what decides.
        let sought = email.clone();
        let taken =
            file.read(move |reader| Ok::<_, Error>(reader.accounts().user_by_email(sought.as_str())?.is_some()));
        if taken.await? {
            return Err(Refusal::EmailTaken.into());
        }
        let hash = self.0.hasher.hash(password, self.0.entropy.bytes()).await?;
        let stored = self.new_user(&email, name, Role::User, Some(hash));
        let issuer = self.issuer(access, &realm, policy).await?;
        let (session, pair) = issuer.begin(&stored.user, device);
        let user = stored.user.clone();
        let signed_up = file.write(move |transaction| {
            transaction.insert_user(&stored).map_err(taken_or)?;
            Ok::<_, Error>(transaction.insert_session(&session)?)
        });
        signed_up.await?;
        Ok(tokens(pair, user))
    }

    /// # Errors
    /// [`Refusal::InvalidCredentials`], which costs the same whether the user exists or not;
    /// [`Refusal::Locked`]; [`Error::Overloaded`] when too many passwords are being hashed.
    pub async fn sign_in(&self, access: &Access, body: SignIn, device: Device) -> Result<Tokens, Error> {
        let SignIn { email, password } = body;
        let email = Email::parse(&email).map_err(|_| Refusal::InvalidEmail)?;
        let realm = self.realm(access);
        let policy = self.policy(access, &realm).await?;
        let file = self.file(access).await?;
        let sought = email.clone();
        let found = file.read(move |reader| Ok::<_, Error>(reader.accounts().user_by_email(sought.as_str())?));
        let found = found.await?;
        let hash = found.as_ref().and_then(|stored| stored.password_hash.clone());
        self.check_password(&realm, &policy, email.as_str(), password, hash.clone(), Refusal::InvalidCredentials)
            .await?;
        let user = found.ok_or(Refusal::InvalidCredentials)?.user;
        let issuer = self.issuer(access, &realm, policy).await?;
        let (session, pair) = issuer.begin(&user, device);
        let id = user.id.clone();
        let signed_in = file.write(move |transaction| {
            // What was verified may have been changed, or the user deleted, since it was read.
            let now = transaction.accounts()?.user(&id)?.filter(|now| now.password_hash == hash);
            let user = now.ok_or(Refusal::InvalidCredentials)?.user;
            transaction.insert_session(&session)?;
            Ok::<_, Error>(user)
        });
        Ok(tokens(pair, signed_in.await?))
    }

    /// The user who is signed in.
    pub async fn me(&self, access: &Access) -> Result<User, Error> {
        let id = access.user()?.to_owned();
        let file = self.file(access).await?;
        let found = file.read(move |reader| Ok::<_, Error>(reader.accounts().user(&id)?)).await?;
        found.map(|stored| stored.user).ok_or_else(|| Refusal::UserNotFound.into())
    }

    /// Verifies a password, and counts the wrong ones of `subject`.
    ///
    /// A lock counts for those too who were being verified when it fell: of many guesses at once
    /// nobody learns more than of as many as lock.
    pub(super) async fn check_password(
        &self,
        realm: &Realm,
        policy: &AuthPolicy,
        subject: &str,
        password: SecretString,
        hash: Option<String>,
        wrong: Refusal,
    ) -> Result<(), Error> {
        let locked = |left: i64| Refusal::Locked { seconds: u64::try_from(left).unwrap_or_default().div_ceil(1000) };
        realm.lockout().check(subject, self.0.clock.now()).map_err(locked)?;
        let is_right = self.0.hasher.verify(password, hash).await?;
        let now = self.0.clock.now();
        let mut lockout = realm.lockout();
        lockout.check(subject, now).map_err(locked)?;
        if is_right {
            lockout.succeeded(subject);
            Ok(())
        } else {
            lockout.failed(subject, policy, now);
            Err(wrong.into())
        }
    }

    /// A user who is not stored yet.
    pub(super) fn new_user(&self, email: &Email, name: String, role: Role, hash: Option<String>) -> StoredUser {
        let now = self.0.clock.now();
        let user = User {
            id: new_uuid(&self.0.entropy, now),
            email: email.to_string(),
            name,
            nickname: None,
            role,
            email_verified: None,
            image: None,
            onboarding_status: "pending".into(),
            created_at: now,
            updated_at: now,
        };
        StoredUser { user, password_hash: hash, profile: Map::new(), settings: Map::new() }
    }

    /// What makes tokens for the environment.
    pub(super) async fn issuer(
        &self,
        access: &Access,
        realm: &Realm,
        policy: Arc<AuthPolicy>,
    ) -> Result<Issuer, Error> {
        let signer = self.signer(access, realm).await?.clone();
        let project = self.environment(access.environment())?.project_id;
        Ok(Issuer { platform: self.clone(), access: access.clone(), project, signer, policy, now: self.0.clock.now() })
    }
}

/// Makes the tokens of one request.
pub(super) struct Issuer {
    platform: Platform,
    access: Access,
    project: ProjectId,
    signer: Signer,
    policy: Arc<AuthPolicy>,
    now: Timestamp,
}

impl Issuer {
    /// A session that is not stored yet, and its first pair of tokens.
    pub fn begin(&self, user: &User, device: Device) -> (StoredSession, Pair) {
        let id = new_uuid(&self.platform.0.entropy, self.now);
        let pair = self.pair(user, &id);
        let session = StoredSession {
            id,
            user_id: user.id.clone(),
            refresh: TokenDigest::of(&pair.refresh),
            user_agent: device.user_agent,
            ip_address: device.ip_address,
            last_activity_at: self.now,
            expires_at: self.session_end(),
            created_at: self.now,
        };
        (session, pair)
    }

    /// The next pair of a session, which lives on from now.
    pub fn rotate(&self, user: &User, session: StoredSession) -> (StoredSession, Pair) {
        let pair = self.pair(user, &session.id);
        let session = StoredSession {
            refresh: TokenDigest::of(&pair.refresh),
            last_activity_at: self.now,
            expires_at: self.session_end(),
            ..session
        };
        (session, pair)
    }

    fn session_end(&self) -> Timestamp {
        self.now.plus_millis(self.policy.session_millis())
    }

    fn pair(&self, user: &User, session: &str) -> Pair {
        let expires_in = self.policy.access_token_seconds;
        Pair {
            access: self.token(user, session, Purpose::Access, i64::from(expires_in)),
            refresh: self.token(user, session, Purpose::Refresh, self.policy.session_millis() / 1000),
            expires_in,
        }
    }

    fn token(&self, user: &User, session: &str, purpose: Purpose, seconds: i64) -> String {
        let issued = self.now.millis().div_euclid(1000);
        self.signer.sign(&Claims {
            sub: user.id.clone(),
            sid: session.to_owned(),
            project: self.project.clone(),
            environment: self.access.environment().clone(),
            role: user.role,
            purpose,
            iat: issued,
            exp: issued + seconds,
            jti: new_uuid(&self.platform.0.entropy, self.now),
        })
    }
}

pub(super) fn tokens(pair: Pair, user: User) -> Tokens {
    let Pair { access, refresh, expires_in } = pair;
    Tokens { access_token: access, refresh_token: refresh, token_type: "Bearer".into(), expires_in, user }
}

pub(super) fn user_name(text: &str) -> Result<String, Refusal> {
    parse_name(text).ok_or(Refusal::InvalidName)
}

/// The only unique value that a new user brings along is the address.
pub(super) fn taken_or(error: store::Error) -> Error {
    match error {
        store::Error::Duplicate(_) => Refusal::EmailTaken.into(),
        other => other.into(),
    }
}
