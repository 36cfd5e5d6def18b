//! Who asks, and for which environment: a request's key settles both.

use std::sync::Arc;

use super::{Error, Platform, accounts::Refusal, catalog::KeyEntry};
use crate::domain::{
    ApiKey, EnvironmentId, KeyId, KeyType, ProjectId, Status,
    account::Role,
    key::PROOF,
    permission::{Group, Operation, Requester},
};

/// Why a key opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    #[error("this is not an API key: it is pk_ or sk_ and 64 hex digits")]
    Malformed,
    #[error("no environment has this API key")]
    Unknown,
    #[error("this API key has expired")]
    Expired,
    #[error("this API key was deleted")]
    Revoked,
}

/// A settled caller.
#[derive(Clone, Debug)]
pub struct Access {
    environment: EnvironmentId,
    requester: Requester,
    /// Absent for the operator, whose token has no scopes.
    key: Option<Arc<KeyEntry>>,
    /// The session of the user who is signed in.
    session: Option<String>,
    admits_ready: bool,
}

impl Access {
    pub fn environment(&self) -> &EnvironmentId {
        &self.environment
    }

    pub fn requester(&self) -> &Requester {
        &self.requester
    }

    /// Whoever holds the URL of an object: nobody in particular.
    pub(super) const fn by_url(environment: EnvironmentId) -> Self {
        Self { environment, requester: Requester::guest(), key: None, admits_ready: false, session: None }
    }

    /// The key that came along; none for the operator.
    pub fn key(&self) -> Option<&KeyId> {
        self.key.as_ref().map(|entry| &entry.key.id)
    }

    /// Whether a proof of isolation asks, and no app.
    pub fn is_proof(&self) -> bool {
        self.key.as_ref().is_some_and(|entry| entry.key.name.starts_with(PROOF))
    }

    /// Lets the caller into an environment that is not active yet: for the server's own probe.
    pub fn admit_ready(&mut self) {
        self.admits_ready = true;
    }

    /// The id of the user who is signed in.
    ///
    /// # Errors
    /// [`Refusal::SignInNeeded`] for a key on its own and for the operator.
    pub fn user(&self) -> Result<&str, Refusal> {
        if self.session.is_some() { Ok(&self.requester.id) } else { Err(Refusal::SignInNeeded) }
    }

    /// The session of the user who is signed in.
    ///
    /// # Errors
    /// As [`Access::user`].
    pub fn session(&self) -> Result<&str, Refusal> {
        self.session.as_deref().ok_or(Refusal::SignInNeeded)
    }

    /// A secret key stays what it is; it only gets the user's id.
    pub(super) fn sign_in(&mut self, user: String, session: String, role: Role) {
        if self.requester.group != Group::Admin {
            self.requester.group = role.group();
        }
        self.requester.id = user;
        self.session = Some(session);
    }

    /// The same environment and key, for somebody in particular.
    #[cfg(test)]
    pub(super) fn on_behalf_of(self, requester: Requester) -> Self {
        Self { requester, ..self }
    }

    /// Whether it is the operator, on the mount of the data plane.
    pub(super) fn is_operator(&self) -> bool {
        self.key.is_none() && self.requester.group == Group::Admin
    }

    pub(super) fn check_scope(&self, table: &str, operation: Operation) -> Result<(), Error> {
        let operation = operation.as_str();
        let scopes = self.key.as_ref().map_or(&[][..], |entry| &entry.key.scopes);
        if scopes.is_empty() || scopes.iter().any(|scope| scope.covers(table, operation)) {
            Ok(())
        } else {
            Err(Error::ScopeInsufficient { table: table.into(), operation })
        }
    }
}

impl Platform {
    /// Settles a data plane caller: prefix, digest, look-up, revoked, expired.
    ///
    /// # Errors
    /// [`KeyRefusal`]; all of them are a 401.
    pub fn authenticate(&self, key: &str) -> Result<Access, KeyRefusal> {
        let key = ApiKey::parse(key).map_err(|_| KeyRefusal::Malformed)?;
        let entry = self.0.shared.read().by_digest.get(&key.digest()).map(Arc::clone).ok_or(KeyRefusal::Unknown)?;
        if entry.revoked {
            return Err(KeyRefusal::Revoked);
        }
        let now = self.0.clock.now();
        if entry.key.expires_at.is_some_and(|instant| instant <= now) {
            return Err(KeyRefusal::Expired);
        }
        let requester = match entry.key.kind {
            KeyType::Publishable => Requester::guest(),
            KeyType::Secret => Requester::admin(),
        };
        Ok(Access {
            environment: entry.key.environment_id.clone(),
            requester,
            key: Some(entry),
            session: None,
            admits_ready: false,
        })
    }

    /// The operator on the data plane of an environment: `admin`.
    pub fn operator_access(&self, id: &EnvironmentId) -> Result<Access, Error> {
        self.environment(id)?;
        Ok(Access {
            environment: id.clone(),
            requester: Requester::admin(),
            key: None,
            session: None,
            admits_ready: false,
        })
    }

    /// Whether the caller's environment answers now. Notes the use of the key.
    pub fn check_active(&self, access: &Access) -> Result<(), Error> {
        let status = {
            let catalog = self.0.shared.read();
            catalog.environments.get(&access.environment).map(|environment| environment.status)
        };
        match status {
            None => Err(Error::EnvironmentMissing),
            Some(Status::Active) => {
                if let Some(entry) = &access.key {
                    let now = self.0.clock.now();
                    if entry.touch(now) {
                        self.0.usage.used(&entry.key.id, now);
                    }
                }
                Ok(())
            }
            Some(Status::Ready) if access.admits_ready => Ok(()),
            Some(status) => Err(Error::EnvironmentInactive { status }),
        }
    }

    /// The origins that browsers may call from, for the project of the caller's environment.
    pub fn cors_origins(&self, access: &Access) -> Vec<String> {
        let project: Option<ProjectId> =
            self.0.shared.read().environments.get(&access.environment).map(|e| e.project_id.clone());
        project.map(|id| self.cors_origins_of(&id)).unwrap_or_default()
    }
}
