//! Proofs of isolation in the activity: one line each.
//!
//! A proof plants a dozen things in every environment and removes them again; a line for each would push out what
//! people did. None at all would hide that keys of production were made. So the first deed of a proof writes the
//! line, with the name that all it plants begins with, and the others are part of it.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::domain::{
    Timestamp,
    api::{Activity, Key},
    key::proof_of,
};

/// How long deeds count as part of a proof: as long as its keys live at most.
const LASTS_MILLIS: i64 = 10 * 60 * 1000;

/// Proofs that are remembered; of one that was forgotten the next deed writes another line.
const MOST: usize = 64;

const ACTION: &str = "environment.verify";

/// A key that lives longer is nobody's marker, whatever it is called. More than a marker's ten minutes, because the
/// caller's clock may differ.
const KEY_LASTS_MILLIS: i64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Default)]
pub(super) struct Proofs(Mutex<VecDeque<(String, Timestamp)>>);

impl Proofs {
    /// The line to write for a deed: its own, that of its proof, or none.
    pub fn line(&self, deed: Activity) -> Option<Activity> {
        let Some(proof) = proof_of(&deed.target) else { return Some(deed) };
        let is_known =
            |(name, begun): &(String, Timestamp)| name == proof && deed.created_at.since(*begun) < LASTS_MILLIS;
        if self.lock().iter().any(is_known) {
            return None;
        }
        let (target, detail) = (deed.environment_name.clone().unwrap_or_default(), Some(proof.to_owned()));
        Some(Activity { action: ACTION.into(), target, detail, ..deed })
    }

    /// The lines are on the disk: deeds of their proofs are part of them from now on.
    pub fn written(&self, lines: &[Activity]) {
        for line in lines.iter().filter(|line| line.action == ACTION) {
            let mut known = self.lock();
            if known.len() == MOST {
                known.pop_front();
            }
            known.push_back((line.detail.clone().unwrap_or_default(), line.created_at));
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a key may be a marker.
pub(super) fn is_passing(key: &Key) -> bool {
    key.expires_at.is_some_and(|end| end.since(key.created_at) <= KEY_LASTS_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ProjectId,
        api::Actor,
        id::{ActivityId, Entropy},
    };

    fn deed(target: &str, millis: i64) -> Activity {
        let (entropy, now) = (Entropy::seeded(1), Timestamp::from_millis(millis));
        Activity {
            id: ActivityId::generate(&entropy, now),
            project_id: ProjectId::generate(&entropy, now),
            environment_id: None,
            environment_name: Some("dev".into()),
            actor: Actor::Operator,
            action: "table.create".into(),
            target: target.into(),
            detail: None,
            created_at: now,
        }
    }

    /// Writes what there is to write.
    fn write(proofs: &Proofs, target: &str, millis: i64) -> Option<String> {
        let line = proofs.line(deed(target, millis))?;
        proofs.written(std::slice::from_ref(&line));
        Some(format!("{} {}", line.action, line.target))
    }

    #[test]
    fn the_first_deed_of_a_proof_is_its_line_and_the_others_are_part_of_it() {
        let proofs = Proofs::default();
        let verified = Some("environment.verify dev".to_owned());
        assert_eq!(write(&proofs, "verify_0123456789abcdef_01", 0), verified);
        for target in ["verify_0123456789abcdef", "verify_0123456789abcdef_02-secret"] {
            assert_eq!(write(&proofs, target, LASTS_MILLIS - 1), None);
        }
        assert_eq!(write(&proofs, "verify_fedcba9876543210", 1), verified, "another one");
        assert_eq!(write(&proofs, "verify_0123456789abcdef_01", LASTS_MILLIS), verified, "nothing hides for long");
    }

    #[test]
    fn what_only_sounds_like_a_proof_has_a_line_of_its_own() {
        let proofs = Proofs::default();
        for target in
            ["verify_emails", "verify_0123456789abcde", "verify_0123456789abcdefg", "my_verify_0123456789abcdef"]
        {
            assert_eq!(write(&proofs, target, 0), Some(format!("table.create {target}")));
        }
    }

    #[test]
    fn a_line_that_was_not_written_is_written_by_the_next_deed() {
        let proofs = Proofs::default();
        assert!(proofs.line(deed("verify_0123456789abcdef", 0)).is_some());
        assert!(proofs.line(deed("verify_0123456789abcdef", 1)).is_some());
    }
}
