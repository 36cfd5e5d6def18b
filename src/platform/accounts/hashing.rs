//! Passwords, hashed a few at a time.
//!
//! A hash is slow and takes 19 MiB by design. Half of the processors work on them at most, and a
//! bounded number wait; whoever comes past that is told to come back, and requests for data go on.

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::platform::Error;

/// Hashes that may wait or be worked on: about a second's worth on a small machine.
const PLACES: usize = 48;

/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// No password has this hash. It is verified against where there is no user, so that an unknown
/// address costs what a wrong password costs. Its parameters are those of [`Argon2::default`].
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$YmtlbmQtbm9ib2R5LTAwMQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Argon2id with 19 MiB, two passes and one lane, the crate's default and the first choice of the
/// OWASP Password Storage Cheat Sheet.
#[derive(Debug)]
pub struct Hasher {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Hasher {
    pub fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self { places: Arc::new(Semaphore::new(PLACES)), turns: Arc::new(Semaphore::new((processors / 2).max(1))) }
    }

    /// In PHC format.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub async fn hash(&self, password: SecretString, salt: [u8; 32]) -> Result<String, Error> {
        self.run(move || {
            let hash = Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt[..16]);
            hash.map(|hash| hash.to_string()).map_err(|error| Error::Internal(format!("a password: {error}")))
        })
        .await?
    }

    /// Whether `password` is what was hashed. Takes as long where there is nothing to compare with.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool, Error> {
        self.run(move || {
            let parsed = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY));
            let parsed = parsed.map_err(|error| Error::Internal(format!("the hash of a password: {error}")))?;
            Ok(Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok())
        })
        .await?
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let turn: OwnedSemaphorePermit = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| Error::Overloaded)?
            .map_err(|_| Error::Overloaded)?;
        // Both are given back when the work is done, not when the caller goes away.
        let worked = tokio::task::spawn_blocking(move || {
            let result = work();
            drop((turn, place));
            result
        });
        worked.await.map_err(|error| Error::Internal(format!("hashing a password: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let hasher = Hasher::new();
        let hash = hasher.hash(secret("correct horse"), [7; 32]).await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(secret("correct horse"), Some(hash.clone())).await.expect("an answer"));
        assert!(!hasher.verify(secret("correct horsf"), Some(hash)).await.expect("an answer"));
    }

    #[tokio::test]
    async fn nobody_has_the_hash_of_nobody_and_it_costs_the_same() {
        assert!(!Hasher::new().verify(secret(""), None).await.expect("an answer"));
        let nobody = PasswordHash::new(NOBODY).expect("a hash");
        let somebody = Argon2::default().hash_password_with_salt(b"x", &[1; 16]).expect("a hash");
        assert_eq!((nobody.algorithm, nobody.version), (somebody.algorithm, somebody.version));
        assert_eq!(nobody.params, somebody.params);
        let length = |hash: &PasswordHash| hash.hash.map(|output| output.len());
        assert_eq!(length(&nobody), length(&somebody));
    }

    #[tokio::test]
    async fn a_flood_is_refused_past_the_places_and_loses_none_of_them() {
        let hasher = Hasher::new();
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(std::sync::Mutex::new(wait));
        let hold = || {
            let wait = Arc::clone(&wait);
            hasher.run(move || wait.lock().expect("not poisoned").recv().is_err())
        };
        let mut works: Vec<_> = (0..PLACES).map(|_| Box::pin(hold())).collect();
        for work in &mut works {
            assert!(futures_util::poll!(work.as_mut()).is_pending());
        }
        assert!(matches!(hasher.run(|| ()).await, Err(Error::Overloaded)));
        drop(release);
        for work in works {
            assert!(work.await.expect("its turn comes"));
        }
        assert!(hasher.run(|| ()).await.is_ok());
    }
}
