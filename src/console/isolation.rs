//! The isolation of environments: what was proved and when, and what is still to be proved.
//!
//! One environment is verified when somebody asks for it, or each in turn. The round goes on when
//! its page is left: it belongs to the shell.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet, VecDeque},
    fmt::Write as _,
};

use super::{
    call::{Call, EnvironmentCall, Reply},
    effect::Effect,
    fit,
    shell::{Shell, read_only},
    toast::Tone,
};
use crate::{
    client::{self, verify::Proof},
    domain::{EnvironmentId, Status, Timestamp, api::Environment},
};

/// Environments of a round: each is tried against every other, which is a square of them.
const MOST: usize = 40;

/// Environments that are left out and named; the others are counted.
const NAMED: usize = 3;

#[derive(Debug, Default)]
pub struct Isolation {
    verified: HashMap<EnvironmentId, Verification>,
    under_way: HashSet<EnvironmentId>,
    round: Option<Round>,
}

/// What proving the isolation of an environment brought.
#[derive(Debug, Clone)]
pub struct Verification {
    pub proofs: Vec<Proof>,
    pub at: Timestamp,
    /// The environments that it was tried against, and those that were active and left out.
    pub against: Vec<String>,
    pub left_out: Vec<String>,
}

impl Verification {
    /// Against how many of how many, unless it was all of them: `1 of 2`.
    pub fn extent(&self) -> Option<String> {
        let tried = self.against.len();
        (!self.left_out.is_empty()).then(|| format!("{tried} of {}", tried + self.left_out.len()))
    }
}

/// Environments that are verified one after the other.
#[derive(Debug)]
struct Round {
    current: EnvironmentId,
    waiting: VecDeque<EnvironmentId>,
    total: usize,
}

impl Isolation {
    pub fn of(&self, id: &EnvironmentId) -> Option<&Verification> {
        self.verified.get(id)
    }

    pub fn is_under_way(&self, id: &EnvironmentId) -> bool {
        self.under_way.contains(id)
    }

    /// Of a round, which environment is being verified, as the how manieth of how many.
    pub fn round(&self) -> Option<(&EnvironmentId, usize, usize)> {
        self.round.as_ref().map(|round| (&round.current, round.total - round.waiting.len(), round.total))
    }

    /// Environments of which something was within reach of others.
    pub fn broken(&self) -> impl Iterator<Item = &EnvironmentId> {
        let is_broken = |verification: &Verification| verification.proofs.iter().any(|proof| !proof.passed);
        self.verified.iter().filter(move |(_, verification)| is_broken(verification)).map(|(id, _)| id)
    }

    pub fn forget(&mut self, id: &EnvironmentId) {
        self.verified.remove(id);
        self.under_way.remove(id);
    }
}

/// Why the environment cannot be verified now.
pub fn verifiable(environment: Option<&Environment>, shell: &Shell) -> Result<(), Cow<'static, str>> {
    let environment = environment.ok_or("there is no environment yet")?;
    if environment.status != Status::Active {
        let text = format!("{} is {}: isolation is verified once it is active", environment.name, environment.status);
        return Err(text.into());
    }
    if shell.is_locked(&environment.id) {
        return Err(read_only(environment, &shell.keymap).into());
    }
    if shell.isolation.is_under_way(&environment.id) {
        return Err(format!("{} is being verified", environment.name).into());
    }
    Ok(())
}

/// Verifies one environment against all others.
pub fn verify(shell: &mut Shell, id: &EnvironmentId) -> Vec<Effect> {
    let Some((call, locked)) = proof(shell, id) else { return Vec::new() };
    leave_out(shell, &locked.iter().collect::<Vec<_>>());
    shell.isolation.under_way.insert(id.clone());
    vec![shell.request(call)]
}

/// Why a round cannot begin now.
pub fn all_verifiable(shell: &Shell) -> Result<(), Cow<'static, str>> {
    // The footer asks with every frame: one more than a round takes is enough to know.
    let count = candidates(shell).take(MOST + 1).count();
    if count == 0 {
        let left_out: Vec<_> = all(shell).collect();
        let why = if left_out.is_empty() { "there is none".to_owned() } else { reasons(shell, &left_out) };
        return Err(format!("no environment can be verified now: {why}").into());
    }
    if count > MOST {
        let text = format!(
            "more than {MOST} environments are too many for a round, in which each is tried against every other: {} \
             verifies one",
            shell.keymap.way("overview-verify")
        );
        return Err(text.into());
    }
    Ok(())
}

/// Verifies every active environment, one after the other.
pub fn begin_round(shell: &mut Shell) -> Vec<Effect> {
    let left_out: Vec<_> = all(shell).filter(|environment| !is_candidate(shell, environment)).cloned().collect();
    leave_out(shell, &left_out.iter().collect::<Vec<_>>());
    let waiting: VecDeque<_> = candidates(shell).map(|environment| environment.id.clone()).collect();
    let total = waiting.len();
    go_on(shell, waiting, total)
}

/// The environment that is being verified is the last one.
pub fn end_round(shell: &mut Shell) {
    let left = shell.isolation.round.take().map_or(0, |round| round.waiting.len());
    if left > 0 {
        let left = fit::count(u64::try_from(left).unwrap_or(u64::MAX), "environment");
        shell.say(Tone::Info, None, format!("the round ends before {left}"));
    }
}

/// What a proof brought.
pub fn answer(
    shell: &mut Shell,
    environment: &Environment,
    others: &[Environment],
    result: Result<Reply, client::Error>,
) -> Vec<Effect> {
    let id = &environment.id;
    shell.isolation.under_way.remove(id);
    match result {
        Ok(Reply::Proofs(proofs)) => proved(shell, environment, others, proofs),
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(%error, "the isolation of {} could not be verified", environment.name);
            shell.say(Tone::Error, Some(id), format!("could not be verified: {error}"));
        }
    }
    match shell.isolation.round.take_if(|round| round.current == *id) {
        Some(round) => go_on(shell, round.waiting, round.total),
        None => Vec::new(),
    }
}

fn proved(shell: &mut Shell, environment: &Environment, others: &[Environment], proofs: Vec<Proof>) {
    let tried = |other: &&Environment| others.iter().any(|tried| tried.id == other.id);
    let left_out = active(shell).filter(|other| other.id != environment.id && !tried(other));
    let left_out: Vec<_> = left_out.map(|other| other.name.to_string()).collect();
    let failed = proofs.iter().find(|proof| !proof.passed);
    let (tone, text) = match failed {
        Some(proof) => (Tone::Error, format!("is not isolated: {}", proof.detail)),
        None if others.is_empty() => (Tone::Warning, "there is no other environment to verify it against".to_owned()),
        None => {
            let count = |number: usize| fit::count(u64::try_from(number).unwrap_or(u64::MAX), "other environment");
            let text = match left_out.len() {
                0 => count(others.len()),
                more => format!("{} of {}", others.len(), count(others.len() + more)),
            };
            (Tone::Success, format!("is out of reach of {text}"))
        }
    };
    shell.say(tone, Some(&environment.id), text);
    let against = others.iter().map(|other| other.name.to_string()).collect();
    let verification = Verification { proofs, at: shell.now.wall, against, left_out };
    shell.isolation.verified.insert(environment.id.clone(), verification);
}

/// The next of a round that can still be verified.
fn go_on(shell: &mut Shell, mut waiting: VecDeque<EnvironmentId>, total: usize) -> Vec<Effect> {
    while let Some(id) = waiting.pop_front() {
        let environment = shell.environments.get(&id).map(|entry| &entry.environment);
        if verifiable(environment, shell).is_err() {
            continue;
        }
        if let Some((call, _)) = proof(shell, &id) {
            shell.isolation.under_way.insert(id.clone());
            shell.isolation.round = Some(Round { current: id, waiting, total });
            return vec![shell.request(call)];
        }
    }
    Vec::new()
}

/// The call, and the environments that it leaves out.
fn proof(shell: &Shell, id: &EnvironmentId) -> Option<(Call, Vec<Environment>)> {
    let project = shell.project.clone()?;
    let environment = shell.environments.get(id)?.environment.clone();
    // Markers are written into the others too, and a read-only one takes none.
    let (locked, others) =
        active(shell).filter(|other| other.id != *id).cloned().partition(|other| shell.is_locked(&other.id));
    let verify = EnvironmentCall::Verify { project, environment: Box::new(environment), others };
    Some((Call::Environment(id.clone(), verify), locked))
}

/// Says what is not proved, because what is said of a proof is only about the others.
fn leave_out(shell: &mut Shell, environments: &[&Environment]) {
    if !environments.is_empty() {
        let text = format!("left out: {}", reasons(shell, environments));
        shell.say(Tone::Warning, None, text);
    }
}

/// `prod is read-only, qa is creating; u on what is read-only unlocks it`.
fn reasons(shell: &Shell, environments: &[&Environment]) -> String {
    let reason = |environment: &&Environment| match environment.status {
        Status::Active if shell.is_locked(&environment.id) => format!("{} is read-only", environment.name),
        Status::Active => format!("{} is being verified", environment.name),
        status => format!("{} is {status}", environment.name),
    };
    let mut environments = environments.to_vec();
    // Of these something can be done.
    environments.sort_by_key(|environment| !shell.is_locked(&environment.id));
    let mut said: Vec<_> = environments.iter().take(NAMED).map(reason).collect();
    if let more @ 1.. = environments.len().saturating_sub(NAMED) {
        said.push(format!("and {} more", fit::grouped(u64::try_from(more).unwrap_or(u64::MAX))));
    }
    let mut text = said.join(", ");
    if environments.iter().any(|environment| shell.is_locked(&environment.id)) {
        let _ = write!(text, "; {} on what is read-only unlocks it", shell.keymap.way("unlock"));
    }
    text
}

fn candidates(shell: &Shell) -> impl Iterator<Item = &Environment> {
    all(shell).filter(|environment| is_candidate(shell, environment))
}

fn is_candidate(shell: &Shell, environment: &Environment) -> bool {
    verifiable(Some(environment), shell).is_ok()
}

fn active(shell: &Shell) -> impl Iterator<Item = &Environment> {
    all(shell).filter(|environment| environment.status == Status::Active)
}

fn all(shell: &Shell) -> impl Iterator<Item = &Environment> {
    shell.environments.entries().iter().map(|entry| &entry.environment)
}
