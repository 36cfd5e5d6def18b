//! API keys, as an operator makes and revokes them.

use super::{
    Error, Listed, Noun, Platform,
    catalog::shown,
    control::{Change, Deed},
    proofs::is_passing,
};
use crate::{
    domain::{
        ApiKey, EnvironmentId, KeyId, KeyType, Timestamp,
        api::{Actor, CreateKey, Environment, Key},
        key::Scope,
        list::Window,
    },
    store::control::StoredKey,
};

/// Keys of one environment; rotation needs two or three, not thousands.
pub(super) const MAX_KEYS: usize = 200;

impl Platform {
    pub fn keys(&self, id: &EnvironmentId, window: Window) -> Result<Listed<Key>, Error> {
        let (catalog, event) = self.0.shared.snapshot();
        if !catalog.environments.contains_key(id) {
            return Err(Error::NotFound(Noun::Environment));
        }
        let keys = catalog.keys_of(id).map(|entry| {
            let key = entry.resource();
            Key { key: shown(&key), ..key }
        });
        Ok(Listed::of(keys, window, event))
    }

    /// The answer is the only one that shows a secret key.
    pub async fn create_key(&self, id: &EnvironmentId, body: CreateKey) -> Result<Key, Error> {
        let CreateKey { name, kind, scopes, expires_at } = body;
        let name = key_name(&name)?;
        let scopes: Vec<Scope> = scopes
            .iter()
            .map(|scope| Scope::parse(scope))
            .collect::<Result<_, _>>()
            .map_err(|error| Error::Invalid(error.to_string()))?;
        let now = self.0.clock.now();
        if expires_at.is_some_and(|instant| instant <= now) {
            return Err(Error::Invalid("expiresAt lies in the past".into()));
        }
        self.active(id)?;
        let kind = kind.unwrap_or(KeyType::Publishable);
        let (stored, secret) = new_key(self, id, name, kind, scopes, now, expires_at);
        let answer = Key { key: Some(secret.expose().to_owned()), ..stored.key.clone() };
        let (platform, id) = (self.clone(), id.clone());
        self.0
            .control
            .change(move |change| {
                let environment = platform.active(&id)?;
                {
                    let catalog = change.catalog();
                    if catalog.keys_of(&id).any(|entry| entry.key.name == stored.key.name) {
                        return Err(Error::AlreadyExists { noun: Noun::Key, name: stored.key.name });
                    }
                    if catalog.keys_of(&id).count() >= MAX_KEYS {
                        return Err(Error::Invalid(format!("an environment has at most {MAX_KEYS} keys: delete one")));
                    }
                }
                platform.log_key(change, "key.create", &stored.key, &environment)?;
                change.put_key(stored)
            })
            .await?;
        Ok(answer)
    }

    /// From the answer on, requests with the key are refused.
    pub async fn delete_key(&self, environment: &EnvironmentId, id: &KeyId) -> Result<Key, Error> {
        let (platform, environment, id) = (self.clone(), environment.clone(), id.clone());
        self.0
            .control
            .change(move |change| {
                let found = change.catalog().keys_of(&environment).find(|e| e.key.id == id).map(|e| e.resource());
                let key = found.ok_or(Error::NotFound(Noun::Key))?;
                let environment = platform.environment(&environment)?;
                platform.log_key(change, "key.delete", &key, &environment)?;
                change.revoke_key(&id, platform.0.clock.now())?;
                Ok(Key { key: shown(&key), ..key })
            })
            .await
    }

    fn log_key(
        &self,
        change: &mut Change<'_>,
        action: &'static str,
        key: &Key,
        environment: &Environment,
    ) -> Result<(), Error> {
        let detail = format!("{} {}", key.kind.as_str(), key.mask);
        let deed = Deed { actor: Actor::Operator, action, target: &key.name, detail: Some(&detail) };
        let line = deed.in_environment(environment, &self.0.entropy, self.0.clock.now());
        if is_passing(key) { change.log_unless_of_proof(line) } else { change.log(line) }
    }
}

/// A key and the only copy of its text, if it is a secret one. `now` is its caller's, whose `expires_at`
/// may be counted from it.
pub(super) fn new_key(
    platform: &Platform,
    environment: &EnvironmentId,
    name: String,
    kind: KeyType,
    scopes: Vec<Scope>,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> (StoredKey, ApiKey) {
    let secret = ApiKey::generate(kind, &platform.0.entropy);
    let key = Key {
        id: KeyId::generate(&platform.0.entropy, now),
        environment_id: environment.clone(),
        name,
        kind,
        key: (kind == KeyType::Publishable).then(|| secret.expose().to_owned()),
        mask: secret.mask(),
        scopes,
        expires_at,
        last_used_at: None,
        replaced_by: None,
        created_at: now,
    };
    (StoredKey::new(key, &secret), secret)
}

fn key_name(text: &str) -> Result<String, Error> {
    let fits = !text.is_empty() && text.chars().count() <= 64 && text.trim() == text;
    if fits && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Error::Invalid("a key's name has 1 to 64 characters and no spaces around it".into()))
    }
}
