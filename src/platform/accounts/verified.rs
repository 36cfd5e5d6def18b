//! Access tokens whose signature was verified already: an app sends the same one with each of its requests for an
//! hour, and looking it up costs a tenth of decoding it.
//!
//! Only what cannot change is kept: who signed it for whom, and until when. Whether it has expired and whether its
//! session lives is asked each time.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use crate::domain::{EnvironmentId, token::Claims};

/// Tokens that are remembered, a kilobyte each, for all environments together. Past it all are forgotten and verified
/// again as they come.
const MOST: usize = 16_384;

#[derive(Default)]
pub struct Verified(RwLock<HashMap<Box<str>, Arc<Claims>>>);

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified")
    }
}

impl Verified {
    /// What a token says, if it was issued for this environment.
    pub fn get(&self, environment: &EnvironmentId, token: &str) -> Option<Arc<Claims>> {
        let tokens = self.0.read().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).filter(|claims| claims.environment == *environment).map(Arc::clone)
    }

    pub fn keep(&self, token: &str, claims: &Arc<Claims>) {
        let mut tokens = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= MOST {
            tokens.clear();
        }
        tokens.insert(token.into(), Arc::clone(claims));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProjectId, Timestamp, account::Role, id::Entropy, token::Purpose};

    fn claims() -> Arc<Claims> {
        let (entropy, now) = (Entropy::seeded(1), Timestamp::from_millis(1));
        Arc::new(Claims {
            sub: "ann".into(),
            sid: "s1".into(),
            project: ProjectId::generate(&entropy, now),
            environment: EnvironmentId::generate(&entropy, now),
            role: Role::User,
            purpose: Purpose::Access,
            iat: 1,
            exp: 2,
            jti: "j1".into(),
        })
    }

    #[test]
    fn a_token_is_known_by_all_of_its_text_and_in_its_environment() {
        let (verified, claims) = (Verified::default(), claims());
        let environment = &claims.environment;
        verified.keep("a.b.c", &claims);
        assert_eq!(verified.get(environment, "a.b.c").as_ref(), Some(&claims));
        for other in ["", "a.b.", "a.b.d", "a.b.c ", "A.b.c"] {
            assert_eq!(verified.get(environment, other), None, "{other:?}");
        }
        let elsewhere = EnvironmentId::generate(&Entropy::seeded(2), Timestamp::from_millis(2));
        assert_eq!(verified.get(&elsewhere, "a.b.c"), None);
    }

    #[test]
    fn memory_has_a_bound() {
        let verified = Verified::default();
        let claims = claims();
        for n in 0..=MOST {
            verified.keep(&n.to_string(), &claims);
        }
        assert_eq!(verified.0.read().expect("no panic").len(), 1);
        let is_known = |token: &str| verified.get(&claims.environment, token).is_some();
        assert!(is_known(&MOST.to_string()) && !is_known("0"));
    }
}
