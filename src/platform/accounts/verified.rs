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

use crate::domain::token::Claims;

/// Tokens of an environment that are remembered, a kilobyte each. Past it all are forgotten and verified again as
/// they come.
const MOST: usize = 4096;

#[derive(Default)]
pub struct Verified(RwLock<HashMap<Box<str>, Arc<Claims>>>);

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verified")
    }
}

impl Verified {
    pub fn get(&self, token: &str) -> Option<Arc<Claims>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(token).map(Arc::clone)
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
    use crate::domain::{EnvironmentId, ProjectId, Timestamp, account::Role, id::Entropy, token::Purpose};

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
    fn a_token_is_known_by_all_of_its_text() {
        let verified = Verified::default();
        verified.keep("a.b.c", &claims());
        assert_eq!(verified.get("a.b.c"), Some(claims()));
        for other in ["", "a.b.", "a.b.d", "a.b.c ", "A.b.c"] {
            assert_eq!(verified.get(other), None, "{other:?}");
        }
    }

    #[test]
    fn memory_has_a_bound() {
        let verified = Verified::default();
        for n in 0..=MOST {
            verified.keep(&n.to_string(), &claims());
        }
        assert_eq!(verified.0.read().expect("no panic").len(), 1);
        assert!(verified.get(&MOST.to_string()).is_some() && verified.get("0").is_none());
    }
}
