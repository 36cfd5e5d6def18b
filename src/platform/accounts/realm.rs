//! What is remembered of an environment's users: enough to settle a token without a read.
//!
//! Every commit that touches a user makes this forget them before it is answered, so a session that
//! has ended is refused from that answer on. What was read before such a commit is not kept: it
//! belongs to an earlier generation.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::verified::Verified;
use crate::{
    domain::{
        EnvironmentId, Timestamp,
        account::Role,
        auth_policy::AuthPolicy,
        lockout::Lockout,
        token::{Signer, TokenDigest},
    },
    store::{Committed, accounts::Live},
};

/// Users who are remembered; some hundred bytes each. Past it all are forgotten and read again as
/// they come, which is one read for each.
const MOST_USERS: usize = 20_000;

/// How long the token before a rotation still gets the pair that replaced it: apps refresh from
/// several requests at once, and the later ones come with a token that has just been used.
const GRACE_MILLIS: i64 = 30_000;

/// Rotations that are remembered; what comes past it counts as a replay.
const MOST_ROTATIONS: usize = 20_000;

/// The realms of all environments that anybody has signed in to.
#[derive(Debug, Default)]
pub struct Realms {
    by_environment: RwLock<HashMap<EnvironmentId, Arc<Realm>>>,
    verified: Verified,
}

#[derive(Debug, Default)]
pub struct Realm {
    signer: OnceLock<Signer>,
    memory: RwLock<Memory>,
    lockout: Mutex<Lockout>,
    rotations: Mutex<Rotations>,
}

#[derive(Debug, Default)]
struct Memory {
    /// Counts what made it forget.
    generation: u64,
    policy: Option<Arc<AuthPolicy>>,
    /// Those who were asked for; one who does not exist is known as that.
    users: HashMap<String, Option<Live>>,
}

/// What is known of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Live(Role),
    Ended,
    /// It has to be read, and belongs to this generation then.
    Unknown(u64),
}

/// A pair of tokens.
#[derive(Clone)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    /// Seconds.
    pub expires_in: u32,
}

#[derive(Default)]
struct Rotations {
    by_token: HashMap<TokenDigest, (Timestamp, Pair)>,
    oldest_first: VecDeque<TokenDigest>,
}

impl std::fmt::Debug for Rotations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rotations").field("remembered", &self.by_token.len()).finish_non_exhaustive()
    }
}

impl Realms {
    pub fn of(&self, id: &EnvironmentId) -> Arc<Realm> {
        if let Some(realm) = self.read().get(id) {
            return Arc::clone(realm);
        }
        Arc::clone(self.write().entry(id.clone()).or_default())
    }

    /// The tokens of all environments that were verified.
    pub const fn verified(&self) -> &Verified {
        &self.verified
    }

    /// Forgets what a commit changed.
    pub fn committed(&self, id: &EnvironmentId, committed: &Committed) {
        if committed.users.is_empty() && !committed.auth_policy {
            return;
        }
        let realm = self.of(id);
        let mut memory = realm.memory_to_change();
        memory.generation += 1;
        for change in &committed.users {
            memory.users.remove(change.user_id());
        }
        if committed.auth_policy {
            memory.policy = None;
        }
    }

    /// The environment is gone.
    pub fn remove(&self, id: &EnvironmentId) {
        self.write().remove(id);
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<EnvironmentId, Arc<Realm>>> {
        self.by_environment.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<EnvironmentId, Arc<Realm>>> {
        self.by_environment.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Realm {
    /// Absent until it was read, or made because a first token was needed.
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.get()
    }

    /// An environment has one secret for all its life, so whoever reads it reads the same.
    pub fn keep_signer(&self, secret: &[u8]) -> &Signer {
        self.signer.get_or_init(|| Signer::new(secret))
    }

    pub fn standing(&self, user: &str, session: &str, now: Timestamp) -> Standing {
        let memory = self.memory();
        match memory.users.get(user) {
            None => Standing::Unknown(memory.generation),
            Some(known) => standing(known.as_ref(), session, now),
        }
    }

    /// Keeps what was read of a user, unless a commit has come in between, and says how the session
    /// stood when it was read.
    pub fn keep(&self, user: String, read: Option<Live>, generation: u64, session: &str, now: Timestamp) -> Standing {
        let standing = standing(read.as_ref(), session, now);
        let mut memory = self.memory_to_change();
        if memory.generation == generation {
            if memory.users.len() >= MOST_USERS {
                memory.users.clear();
            }
            memory.users.insert(user, read);
        }
        standing
    }

    /// The rules, or the generation that those read from now on belong to.
    pub fn policy(&self) -> Result<Arc<AuthPolicy>, u64> {
        let memory = self.memory();
        memory.policy.as_ref().map(Arc::clone).ok_or(memory.generation)
    }

    pub fn keep_policy(&self, policy: &Arc<AuthPolicy>, generation: u64) {
        let mut memory = self.memory_to_change();
        if memory.generation == generation {
            memory.policy = Some(Arc::clone(policy));
        }
    }

    pub fn lockout(&self) -> MutexGuard<'_, Lockout> {
        self.lockout.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what a token was exchanged for.
    pub fn rotated(&self, token: TokenDigest, pair: Pair, now: Timestamp) {
        self.rotations.lock().unwrap_or_else(PoisonError::into_inner).insert(token, pair, now);
    }

    /// What a token was exchanged for a moment ago.
    pub fn successor(&self, token: TokenDigest, now: Timestamp) -> Option<Pair> {
        self.rotations.lock().unwrap_or_else(PoisonError::into_inner).get(token, now)
    }

    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory_to_change(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn standing(known: Option<&Live>, session: &str, now: Timestamp) -> Standing {
    let Some(live) = known else { return Standing::Ended };
    match live.sessions.iter().find(|(id, _)| id == session) {
        Some((_, expires_at)) if *expires_at > now => Standing::Live(live.role),
        _ => Standing::Ended,
    }
}

impl Rotations {
    fn insert(&mut self, token: TokenDigest, pair: Pair, now: Timestamp) {
        while let Some(oldest) = self.oldest_first.front() {
            let passed = self.by_token.get(oldest).is_none_or(|(at, _)| now.since(*at) > GRACE_MILLIS);
            if !passed && self.oldest_first.len() < MOST_ROTATIONS {
                break;
            }
            self.by_token.remove(oldest);
            self.oldest_first.pop_front();
        }
        if self.by_token.insert(token, (now, pair)).is_none() {
            self.oldest_first.push_back(token);
        }
    }

    fn get(&self, token: TokenDigest, now: Timestamp) -> Option<Pair> {
        let (at, pair) = self.by_token.get(&token)?;
        (now.since(*at) <= GRACE_MILLIS).then(|| pair.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::accounts::UserChange;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn live() -> Live {
        Live { role: Role::User, sessions: vec![("s1".into(), NOW.plus_millis(10))] }
    }

    fn id() -> EnvironmentId {
        EnvironmentId::parse("env_0123456789abcdef01234567").expect("valid")
    }

    fn ended(user: &str) -> Committed {
        Committed { users: vec![UserChange::Sessions(user.into())], ..Committed::default() }
    }

    #[test]
    fn a_known_session_is_settled_without_a_read_until_it_expires() {
        let realm = Realm::default();
        assert_eq!(realm.standing("ann", "s1", NOW), Standing::Unknown(0));
        assert_eq!(realm.keep("ann".into(), Some(live()), 0, "s1", NOW), Standing::Live(Role::User));
        assert_eq!(realm.standing("ann", "s1", NOW), Standing::Live(Role::User));
        assert_eq!(realm.standing("ann", "s2", NOW), Standing::Ended);
        assert_eq!(realm.standing("ann", "s1", NOW.plus_millis(10)), Standing::Ended);
        assert_eq!(realm.keep("bob".into(), None, 0, "s1", NOW), Standing::Ended);
        assert_eq!(realm.standing("bob", "s1", NOW), Standing::Ended, "nobody is known as that");
    }

    #[test]
    fn a_session_read_before_its_end_was_committed_is_not_kept() {
        let realms = Realms::default();
        let realm = realms.of(&id());
        let Standing::Unknown(before) = realm.standing("ann", "s1", NOW) else { unreachable!("nothing is known") };
        // The sign-out is committed while the session is still being read.
        realms.committed(&id(), &ended("ann"));
        realm.keep("ann".into(), Some(live()), before, "s1", NOW);
        assert_eq!(realm.standing("ann", "s1", NOW), Standing::Unknown(1));
    }

    #[test]
    fn what_a_commit_touches_is_forgotten_and_nothing_else() {
        let realms = Realms::default();
        let realm = realms.of(&id());
        for user in ["ann", "bob"] {
            realm.keep(user.into(), Some(live()), 0, "s1", NOW);
        }
        realms.committed(&id(), &Committed::default());
        assert_eq!(realm.standing("ann", "s1", NOW), Standing::Live(Role::User));
        realms.committed(&id(), &ended("ann"));
        assert_eq!(realm.standing("ann", "s1", NOW), Standing::Unknown(1));
        assert_eq!(realm.standing("bob", "s1", NOW), Standing::Live(Role::User));
    }

    #[test]
    fn memory_has_a_bound_and_what_it_drops_is_read_again() {
        let realm = Realm::default();
        for user in 0..MOST_USERS {
            realm.keep(user.to_string(), Some(live()), 0, "s1", NOW);
        }
        realm.keep("ann".into(), Some(live()), 0, "s1", NOW);
        assert_eq!(realm.standing("ann", "s1", NOW), Standing::Live(Role::User));
        assert_eq!(realm.standing("0", "s1", NOW), Standing::Unknown(0));
    }

    #[test]
    fn a_rotated_token_is_good_for_its_pair_for_half_a_minute() {
        let realm = Realm::default();
        let token = TokenDigest::of("old");
        let pair = Pair { access: "a".into(), refresh: "r".into(), expires_in: 1 };
        realm.rotated(token, pair, NOW);
        let successor = |at: i64| realm.successor(token, NOW.plus_millis(at)).map(|pair| pair.refresh);
        assert_eq!(successor(30_000).as_deref(), Some("r"));
        assert_eq!(successor(30_001), None);
        assert!(realm.successor(TokenDigest::of("other"), NOW).is_none());
    }

    #[test]
    fn rotations_that_no_longer_count_make_room() {
        let mut rotations = Rotations::default();
        let pair = Pair { access: "a".into(), refresh: "r".into(), expires_in: 1 };
        for n in 0..10 {
            rotations.insert(TokenDigest::of(&n.to_string()), pair.clone(), NOW);
        }
        rotations.insert(TokenDigest::of("later"), pair, NOW.plus_millis(GRACE_MILLIS + 1));
        assert_eq!((rotations.by_token.len(), rotations.oldest_first.len()), (1, 1));
    }
}
