//! A key takes another one's place, and both work until apps have changed over.
//!
//! The new key has the name, because that is what scripts and people ask for; the one before goes on
//! under `NAME (replaced)`. It is one transaction: after a crash there is either one key or two.

use super::{
    Error, Noun, Platform,
    control::{Change, Deed},
    keys::{MAX_KEYS, new_key},
};
use crate::{
    domain::{
        EnvironmentId, KeyId, Timestamp,
        api::{Actor, Environment, Key, RotateKey},
    },
    store::control::StoredKey,
};

/// A day: time to roll an app out, and to notice what still uses the key.
const OVERLAP: u64 = 24 * 60 * 60;

/// What is replaced because it may have leaked must not go on for ever.
const MAX_OVERLAP: u64 = 30 * 24 * 60 * 60;

/// Characters of a key's name.
const MAX_NAME: usize = 64;

impl Platform {
    /// Makes a key of the same name, type and scopes, and with as long a life as its predecessor was
    /// given. The answer is the only one that shows a secret key.
    pub async fn rotate_key(&self, environment: &EnvironmentId, id: &KeyId, body: RotateKey) -> Result<Key, Error> {
        let overlap = body.overlap_seconds.unwrap_or(OVERLAP);
        if overlap > MAX_OVERLAP {
            return Err(Error::Invalid(format!("overlapSeconds is at most {MAX_OVERLAP}, which is 30 days")));
        }
        self.active(environment)?;
        let (platform, environment, id) = (self.clone(), environment.clone(), id.clone());
        let rotate = move |change: &mut Change<'_>| {
            let environment = platform.active(&environment)?;
            let before = replaceable(change, &environment.id, &id)?;
            let now = platform.0.clock.now();
            let ends = now.plus_millis(i64::try_from(overlap * 1000).unwrap_or(i64::MAX));
            let ends = before.key.expires_at.map_or(ends, |own| own.min(ends));
            let (after, secret) = platform.successor(&before.key, now);
            let answer = Key { key: Some(secret.expose().to_owned()), ..after.key.clone() };
            let line = platform.rotation_line(&answer, &before.key, ends, &environment);

            let others = remove_ended(change, &environment.id, now)?;
            if others >= MAX_KEYS && ends > now {
                return Err(Error::Invalid(format!("an environment has at most {MAX_KEYS} keys: delete one")));
            }
            let name = name_of_replaced(change, &before.key);
            let replaced =
                Key { name, expires_at: Some(ends), replaced_by: Some(after.key.id.clone()), ..before.key.clone() };
            change.replace_key(StoredKey { key: replaced, ..before })?;
            if ends <= now {
                change.revoke_key(&id, now)?;
            }
            change.put_key(after)?;
            change.log(line)?;
            Ok(answer)
        };
        self.0.control.change(rotate).await
    }

    fn successor(&self, before: &Key, now: Timestamp) -> (StoredKey, crate::domain::ApiKey) {
        let expires_at = before.expires_at.map(|end| now.plus_millis(end.since(before.created_at)));
        let Key { environment_id, name, kind, scopes, .. } = before.clone();
        new_key(self, &environment_id, name, kind, scopes, now, expires_at)
    }

    fn rotation_line(
        &self,
        after: &Key,
        before: &Key,
        ends: Timestamp,
        environment: &Environment,
    ) -> crate::domain::api::Activity {
        let detail = format!("{} {}; {} ends {ends}", after.kind.as_str(), after.mask, before.mask);
        let deed = Deed { actor: Actor::Operator, action: "key.rotate", target: &after.name, detail: Some(&detail) };
        deed.in_environment(environment, &self.0.entropy, self.0.clock.now())
    }
}

/// The key, unless another one took its place: a repeated call must not make a third, and could not
/// show the second again.
fn replaceable(change: &Change<'_>, environment: &EnvironmentId, id: &KeyId) -> Result<StoredKey, Error> {
    let catalog = change.catalog();
    let entry = catalog.keys.get(id).filter(|entry| entry.key.environment_id == *environment);
    let entry = entry.ok_or(Error::NotFound(Noun::Key))?;
    let key = entry.resource();
    match key.replaced_by {
        Some(by) => Err(Error::KeyReplaced { name: key.name, by }),
        None if entry.revoked => Err(Error::NotFound(Noun::Key)),
        None => Ok(StoredKey { key, digest: entry.digest, revoked: false }),
    }
}

/// Keys that were replaced and have ended are of no use, and every rotation would leave one more. How
/// many keys are left.
fn remove_ended(change: &mut Change<'_>, environment: &EnvironmentId, now: Timestamp) -> Result<usize, Error> {
    let (ended, kept): (Vec<_>, Vec<_>) = {
        let catalog = change.catalog();
        let keys = catalog.keys_of(environment).map(|entry| entry.key.clone());
        keys.partition(|key| key.replaced_by.is_some() && key.expires_at.is_some_and(|end| end <= now))
    };
    ended.iter().try_for_each(|key| change.revoke_key(&key.id, now))?;
    Ok(kept.len())
}

/// `NAME (replaced)`, with a number where there is such a key already.
fn name_of_replaced(change: &Change<'_>, key: &Key) -> String {
    let catalog = change.catalog();
    let taken = |name: &str| catalog.keys_of(&key.environment_id).any(|entry| entry.key.name == name);
    let named = |number: usize| {
        let behind = if number == 1 { " (replaced)".to_owned() } else { format!(" (replaced {number})") };
        let kept = MAX_NAME - behind.chars().count();
        key.name.chars().take(kept).collect::<String>().trim_end().to_owned() + &behind
    };
    // One more than there are keys: one of these is free.
    (1..=MAX_KEYS + 1).map(named).find(|name| !taken(name)).unwrap_or_default()
}
